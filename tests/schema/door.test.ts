/** The door of GraphQL: events in, results out, by yoga and past it, octet for octet the same. Nothing that a client can send makes a 5xx. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context as LambdaContext } from 'aws-lambda'
import fc from 'fast-check'
import { getIntrospectionQuery } from 'graphql'
import { serverAudits } from 'graphql-http'
import { describe, expect, test } from 'vitest'
import { anonymous, type Actor } from '../../core/law/actor.ts'
import type { GraphqlEnvironment } from '../../functions/environment.ts'
import { graphqlDoor, largestRequest, newRequestId, type GraphqlDoor } from '../../functions/graphql.ts'
import { bothWays } from '../harness/paths.ts'
import { card, citizen, global, now, officer, rewind, sha256, world } from './fixture.ts'

interface Line { readonly level: string; readonly event: string; readonly facts: Readonly<Record<string, unknown>> }
const lambda = { awsRequestId: 'aws-request' } as LambdaContext
const canary = '山田花子 1990-05-05'

function environment(stage: string, lines: Line[] = [], ports: Parameters<typeof world>[0] = {}): GraphqlEnvironment {
  const actors: Readonly<Record<string, Actor>> = { 'Bearer hanako': citizen() }
  return {
    stage, world: world(ports), sha256, issuer: 'https://login.example', audience: 'https://gateway.example',
    authenticate: async (authorization) => (authorization === null ? { actor: anonymous } : actors[authorization] === undefined ? { denied: 'invalid_token', description: 'not a token of ours', challenge: 'Bearer error="invalid_token"' } : { actor: actors[authorization] }),
    log: (level, event, facts = {}) => void lines.push({ level, event, facts }),
  }
}
const doorOf = (stage = 'test', lines: Line[] = [], ports: Parameters<typeof world>[0] = {}): GraphqlDoor => bothWays(async () => environment(stage, lines, ports), rewind)
const door = doorOf()
const production = doorOf('production')

function event(body: string | Buffer | undefined, headers: Record<string, string> = {}, method = 'POST', path = '/graphql'): APIGatewayProxyEventV2 {
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' }
  return {
    version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: '', headers: { 'content-type': 'application/json', ...headers },
    requestContext: { accountId: '0', apiId: 'test', domainName: 'gateway.example', domainPrefix: 'gateway', requestId: 'api', routeKey: '$default', stage: '$default', time: '', timeEpoch: 0, http },
    isBase64Encoded: typeof body !== 'string', ...(body === undefined ? {} : { body: typeof body === 'string' ? body : body.toString('base64') }),
  }
}
interface Answered { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: { readonly data?: unknown; readonly errors?: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[] } }
const answered = (result: APIGatewayProxyStructuredResultV2): Answered => ({ status: result.statusCode!, headers: result.headers ?? {}, body: JSON.parse(result.body === undefined || result.body === '' ? '{}' : result.body) as Answered['body'] })
const send = async (to: GraphqlDoor, query: unknown, variables?: unknown, headers: Record<string, string> = {}) => answered(await to(event(JSON.stringify({ query, variables }), headers), lambda))
const codes = (answer: Answered) => answer.body.errors?.map((error) => error.extensions['code'])

describe('answers', () => {
  test('a question without a token, with a request id in the header', async () => {
    const answer = await send(door, '{ serverInfo { stage } }')
    expect(answer).toMatchObject({ status: 200, body: { data: { serverInfo: { stage: 'test' } } }, headers: { 'x-request-id': expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/), 'cache-control': 'no-store' } })
  })

  test('a body in base64', async () => {
    expect(answered(await door(event(Buffer.from('{"query":"{ serverInfo { stage } }"}')), lambda))).toMatchObject({ status: 200, body: { data: { serverInfo: { stage: 'test' } } } })
  })

  test('a token makes the actor', async () => {
    expect((await send(door, '{ me { cards(first: 1) { nodes { id } } } }', undefined, { authorization: 'Bearer hanako' })).body).toEqual({ data: { me: { cards: { nodes: [{ id: global(card.id) }] } } } })
  })

  test('the document is the same for everybody: the environment is opened once, and again after a failure', async () => {
    let opened = 0
    const flaky = graphqlDoor(async () => {
      if (++opened === 1) throw new Error('no database')
      return environment('test')
    })
    expect((await send(flaky, '{ serverInfo { stage } }')).status).toBe(500)
    expect((await send(flaky, '{ serverInfo { stage } }')).status).toBe(200)
    expect((await send(flaky, '{ serverInfo { stage } }')).status).toBe(200)
    expect(opened).toBe(2)
  })
})

describe('no token, a wrong token', () => {
  test('nobody: 401 with the place where tokens are told of', async () => {
    const answer = await send(door, '{ me { id } }')
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'DPoP resource_metadata="https://gateway.example/.well-known/oauth-protected-resource", algs="ES256 PS256 EdDSA Ed25519", Bearer resource_metadata="https://gateway.example/.well-known/oauth-protected-resource"' }, body: { data: { me: null } } })
    expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', requestId: answer.headers['x-request-id'] })
  })

  test('what is public is answered beside what is not', async () => {
    const answer = await send(door, '{ serverInfo { stage } me { id } }')
    expect([answer.status, answer.body.data, codes(answer)]).toEqual([200, { serverInfo: { stage: 'test' }, me: null }, ['UNAUTHENTICATED']])
  })

  test('a token that is none', async () => {
    const answer = await send(door, '{ serverInfo { stage } }', undefined, { authorization: 'Bearer forged' })
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
    expect(codes(answer)).toEqual(['UNAUTHENTICATED'])
  })

  test('metadata of the resource', async () => {
    const answer = answered(await door(event(undefined, {}, 'GET', '/.well-known/oauth-protected-resource'), lambda))
    expect(answer).toMatchObject({ status: 200, body: { resource: 'https://gateway.example', authorization_servers: ['https://login.example'], bearer_methods_supported: ['header'] } })
  })
})

describe('HTTP', () => {
  test.each([
    ['GET', event(undefined, {}, 'GET'), 405], ['PUT', event('{}', {}, 'PUT'), 405], ['OPTIONS', event(undefined, {}, 'OPTIONS'), 405], ['another path', event('{}', {}, 'POST', '/graphql/x'), 404],
    ['a form', event('query={x}', { 'content-type': 'application/x-www-form-urlencoded' }), 415], ['multipart', event('--x', { 'content-type': 'multipart/form-data; boundary=x' }), 415],
    ['application/jsonp', event('{}', { 'content-type': 'application/jsonp' }), 415], ['a GraphQL body', event('{ me { id } }', { 'content-type': 'application/graphql' }), 415],
    ['too large', event(JSON.stringify({ query: `{ a ${' '.repeat(largestRequest)} }` })), 413], ['no body', event(undefined), 400], ['no JSON', event('{"query":'), 400], ['JSON, but a number', event('1'), 400], ['null', event('null'), 400],
    ['a batch', event('[{"query":"{ serverInfo { stage } }"}]'), 400], ['no query', event('{}', { accept: 'application/graphql-response+json' }), 400], ['a query that is no text', event('{"query":{"a":1}}'), 400], ['variables that are a list', event('{"query":"{ serverInfo { stage } }","variables":[1]}'), 400],
    ['an operation that is not there', event('{"query":"{ serverInfo { stage } }","operationName":"x"}'), 400], ['not UTF-8', event(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), 400],
  ])('%s', async (_, request, status) => {
    const result = await door(request, lambda)
    expect(result.statusCode).toBe(status)
    const { errors } = answered(result).body
    expect(errors?.[0]?.extensions).toMatchObject({ code: expect.any(String), requestId: result.headers!['x-request-id'] })
  })

  test('exactly the largest request is read', async () => {
    const query = '{ serverInfo { stage } }'
    const body = JSON.stringify({ query }).replace('}"}', `}${' '.repeat(largestRequest - JSON.stringify({ query }).length)}"}`)
    expect(body.length).toBe(largestRequest)
    expect((await door(event(body), lambda)).statusCode).toBe(200)
    expect((await door(event(`${body} `), lambda)).statusCode).toBe(413)
  })

  test('the page for people: where the caller passes one, to browsers, and not in production', async () => {
    const page = { renderGraphiQL: ({ endpoint }: { endpoint: string }) => `<html>${endpoint}</html>` }
    const browser = event(undefined, { accept: 'text/html,*/*' }, 'GET')
    expect(await bothWays(async () => environment('local'), rewind, page)(browser, lambda)).toMatchObject({ statusCode: 200, body: '<html>/graphql</html>' })
    expect((await bothWays(async () => environment('production'), rewind, page)(browser, lambda)).statusCode).toBe(405)
    expect((await door(browser, lambda)).statusCode).toBe(405)
  })
})

describe('limits', () => {
  const nested = (depth: number) => `{ me { cards(first: 1) ${'{ nodes { installations { grant '.repeat(depth)} { id } ${'} } }'.repeat(depth)} } }`
  const bomb = `{ ...F0 } ${Array.from({ length: 25 }, (_, i) => `fragment F${i} on Query { a: serverInfo { stage } ${i < 24 ? `...F${i + 1} ...F${i + 1}` : ''} }`).join(' ')}`
  const deepBomb = `{ me { ...F0 } } ${Array.from({ length: 9 }, (_, i) => `fragment F${i} on Me { cards(first: 1) { nodes { resident { id } } } ${i < 8 ? `...F${i + 1} ...F${i + 1} ...F${i + 1}` : ''} }`).join(' ')}`
  test.each([
    ['tokens', `{ ${'serverInfo { stage } '.repeat(300)} }`, 'tokens'], ['depth', nested(5), 'depth'], ['aliases', `{ ${Array.from({ length: 16 }, (_, i) => `a${i}: serverInfo { stage }`).join(' ')} }`, 'aliases'],
    ['directives', '{ serverInfo @include(if: true) @include(if: true) @include(if: true) @include(if: true) @include(if: true) @include(if: true) { stage } }', 'directives'],
    ['aliases through fragments', bomb, 'aliases'], ['fields through fragments', deepBomb, 'fields'],
    ['a document that is all brackets', `${'{a'.repeat(40_000)}`, 'tokens'], ['a list value that is all brackets', `{ card(id: ${'['.repeat(40_000)}`, 'tokens'],
  ])('%s', async (_, query, limit) => {
    const started = performance.now()
    const answer = await send(door, query)
    expect(codes(answer)).toEqual(['DOCUMENT_TOO_LARGE'])
    expect(answer.body.errors?.[0]?.extensions['limit']).toBe(limit)
    expect(answer.status).toBeLessThan(500)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test('a cycle of fragments is refused, not followed', async () => {
    const answer = await send(door, '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }')
    expect(answer.status).toBeLessThan(500)
    expect(codes(answer)).toContain('GRAPHQL_VALIDATION_FAILED')
  })

  test('just within the limits runs', async () => {
    expect((await send(door, `{ ${Array.from({ length: 15 }, (_, i) => `a${i}: serverInfo { stage }`).join(' ')} }`)).body.errors).toBeUndefined()
  })
})

describe('production tells nothing of the schema', () => {
  test('introspection is there on other stages, whole', async () => {
    expect((await send(door, getIntrospectionQuery({ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true }))).body.errors).toBeUndefined()
    expect(codes(await send(production, getIntrospectionQuery()))).toContain('GRAPHQL_VALIDATION_FAILED')
    expect(codes(await send(production, '{ __type(name: "Card") { name } }'))).toContain('GRAPHQL_VALIDATION_FAILED')
  })

  test('suggestions', async () => {
    const asked: [string, unknown][] = [['{ serverInf { stage } }', {}], ['query ($k: CardCertificateKind!) { __typename }', { k: 'signatur' }], ['query ($i: VerifySignatureInput!) { verifySignature(input: $i) { __typename } }', { i: { certificat: 'AA==' } }]]
    for (const [query, variables] of asked) {
      expect(JSON.stringify((await send(production, query, variables)).body)).not.toContain('Did you mean')
    }
    expect(JSON.stringify((await send(door, '{ serverInf { stage } }')).body)).toContain('Did you mean')
  })
})

describe('faults', () => {
  const throwing = { cards: { load: async () => { throw Object.assign(new Error(`insert failed: ${canary}`), { code: '23505', cause: new Error(canary) }) } } }

  test('are masked, named and logged without their values', async () => {
    const lines: Line[] = []
    const answer = await send(doorOf('test', lines, throwing), 'query ($id: ID!) { card(id: $id) { id } }', { id: global(card.id) }, { authorization: 'Bearer hanako' })
    expect(answer).toMatchObject({ status: 500, body: { data: { card: null }, errors: [{ message: 'A fault of the gateway. The request id finds it in the log.', extensions: { code: 'INTERNAL', requestId: answer.headers['x-request-id'] } }] } })
    expect(JSON.stringify(answer)).not.toContain('山田')
    const fault = lines.find((line) => line.event === 'graphql.fault')!
    expect(fault).toMatchObject({ level: 'error', facts: { requestId: answer.headers['x-request-id'], path: 'card', code: '23505', fault: 'Error' } })
    expect(JSON.stringify(fault.facts['frames'])).toContain('door.test.ts')
    expect(JSON.stringify(lines)).not.toContain('山田')
  })

  test('of the authentication are 500 too, and say nothing', async () => {
    const lines: Line[] = []
    const broken = bothWays(async () => ({ ...environment('test', lines), authenticate: async () => { throw new Error(canary) } }), rewind)
    const answer = await send(broken, '{ serverInfo { stage } }')
    expect([answer.status, codes(answer), JSON.stringify([answer, lines]).includes('山田')]).toEqual([500, ['INTERNAL'], false])
  })

  test('an answer that does not fit the schema is a fault of ours', async () => {
    const answer = await send(doorOf('test', [], { cards: { load: async () => ({ ...card, cardNumber: undefined }) as never } }), 'query ($id: ID!) { card(id: $id) { cardNumber } }', { id: global(card.id) }, { authorization: 'Bearer hanako' })
    expect([answer.status, codes(answer)]).toEqual([500, ['INTERNAL']])
  })

  test('a count beyond what Int carries is a fault of ours', async () => {
    const counts = { asOf: now, applicationsReceived: 2 ** 40, applicationsValid: 0, cardsDelivered: 0, cardsHeld: 0, signatureCertificatesIssued: 0, authenticationCertificatesIssued: 0, certificatesRevoked: 0 }
    const agency = bothWays(async () => ({ ...environment('test', [], { counts: { at: async () => counts } }), authenticate: async () => ({ actor: officer('agency', 'statistics') }) }), rewind)
    const answer = await send(agency, '{ statistics { ... on Statistics { applicationsReceived } } }')
    expect([answer.status, codes(answer), JSON.stringify(answer).includes('1099511627776')]).toEqual([500, ['INTERNAL'], false])
  })

  test('an enum value or a number that the schema has not is a fault of ours', async () => {
    for (const wrong of [{ state: 'LOST' }, { deliveredAt: 'yesterday' }]) {
      const answer = await send(doorOf('test', [], { cards: { load: async () => ({ ...card, ...wrong }) as never } }), 'query ($id: ID!) { card(id: $id) { state deliveredAt } }', { id: global(card.id) }, { authorization: 'Bearer hanako' })
      expect([answer.status, codes(answer)]).toEqual([500, ['INTERNAL']])
    }
  })
})

describe('what a client can send', () => {
  const token = { authorization: 'Bearer hanako' }
  const card1 = 'query ($id: ID!) { card(id: $id) { id } }'
  const revoke = 'mutation ($input: RevokeCertificateInput!) { revokeCertificate(input: $input) { __typename } }'
  const input = { certificate: global(card.id), ground: 'KEY_LEAK', idempotencyKey: 'key-00000001' }
  test.each([
    ['an id of another type', card1, { id: true }], ['a huge int as id', card1, { id: 1e308 }], ['an int beyond 2^53', card1, JSON.parse('{"id":9007199254740993}')], ['a list as id', card1, { id: [] }], ['a lone surrogate as id', card1, { id: '\ud800' }],
    ['__proto__', card1, JSON.parse('{"id":"x","__proto__":{"a":1},"constructor":1}')], ['a lone surrogate in a key', revoke, { input: { ...input, idempotencyKey: 'key-\udfff0000' } }],
    ['no key', revoke, { input: { certificate: 'x', ground: 'KEY_LEAK' } }], ['an unknown field', revoke, { input: { ...input, extra: 1 } }], ['null for all', revoke, { input: null }], ['a date of year 10000', revoke, { input: { ...input, occurredAt: '10000-01-01T00:00:00Z' } }],
    ['null for an argument that has a default', 'query ($id: ID = "x") { card(id: $id) { id } }', { id: null }], ['a wrong ground', revoke, { input: { ...input, ground: '__proto__' } }], ['a huge page', '{ me { cards(first: 2147483647) { nodes { id } } } }', {}], ['an int too large', '{ me { cards(first: 99999999999999999999) { nodes { id } } } }', {}], ['a page of a text', 'query ($n: Int) { me { cards(first: $n) { nodes { id } } } }', { n: '1' }],
    ['a subscription', 'subscription { x }', {}], ['definitions of types', 'type Query { a: Int }', {}], ['nothing', '', {}], ['a BOM', '\ufeff{ serverInfo { stage } }', {}], ['a NUL', '{ server\u0000Info }', {}], ['a block string', '{ card(id: """\n\u202e""") { id } }', {}],
    ['@defer', '{ me { ... @defer { id } } }', {}], ['two operations', 'query A { serverInfo { stage } } query B { serverInfo { stage } }', {}],
  ])('%s', async (_, query, variables) => {
    const answer = await send(door, query, variables, token)
    expect(answer.status).toBeLessThan(500)
    expect(codes(answer) ?? []).not.toContain('INTERNAL')
    for (const error of answer.body.errors ?? []) expect(error.extensions).toMatchObject({ code: expect.any(String), requestId: expect.any(String) })
  })

  test('any octets at all', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (octets) => {
      expect((await door(event(Buffer.from(octets)), lambda)).statusCode).toBeLessThan(500)
    }), { numRuns: 100 })
  })

  test('any JSON as the request, as variables, as an input', async () => {
    await fc.assert(fc.asyncProperty(fc.json(), fc.jsonValue(), async (body, value) => {
      expect((await door(event(body), lambda)).statusCode).toBeLessThan(500)
      expect((await send(door, revoke, { input: value }, token)).status).toBeLessThan(500)
      expect((await send(door, card1, value, token)).status).toBeLessThan(500)
    }), { numRuns: 60 })
  })

  test('any text as the document', async () => {
    const words = fc.constantFrom('{', '}', '(', ')', '...', 'on', 'query', 'mutation', 'fragment', 'F', 'me', 'card', 'id:', '"x"', '$a', ':', '[', ']', '@skip', '!', '1e9', '"""', '#', '\n', '|', '&')
    await fc.assert(fc.asyncProperty(fc.array(words, { maxLength: 60 }), async (parts) => {
      expect((await send(door, parts.join(' '))).status).toBeLessThan(500)
    }), { numRuns: 200 })
  })
})

describe('GraphQL over HTTP', () => {
  /** Where the production build does otherwise than the suite asks, and how; nothing else may differ. Both ask `__type`, and there is no introspection in production. */
  const exceptions: Readonly<Record<string, string>> = {
    'SHOULD allow map {variables} parameter when accepting application/graphql-response+json': 'warn: Response status code is not 200',
    'MUST allow map {variables} parameter when accepting application/json': 'error: Response body execution result has a property "errors"',
  }
  const auditsOf = (one: GraphqlDoor) => serverAudits({
    url: 'https://gateway.example/graphql',
    fetchFn: async (url: string, init: { method?: string; headers?: Record<string, string>; body?: string } = {}) => {
      const request = event(init.body, {}, init.method ?? 'GET')
      const { search } = new URL(url)
      const headers = Object.fromEntries(new Headers(init.headers).entries())
      const result = await one({ ...request, rawQueryString: search.slice(1), headers }, lambda)
      return new Response(result.body ?? null, { status: result.statusCode!, headers: result.headers as Record<string, string> })
    },
  })
  describe.each([['open', door], ['production', production]] as const)('%s', (build, one) => {
    test.each(auditsOf(one).map((audit) => [audit.name, audit] as const))('%s', async (name, audit) => {
      const result = await audit.fn()
      // Questions by GET are a MAY; this door takes none.
      if (result.status === 'notice' && /GET|query string/.test(name + result.reason)) return
      expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe((build === 'production' ? exceptions[name] : undefined) ?? 'ok')
    })
  })
})

test('request ids sort by time and carry all their random bits', () => {
  expect(newRequestId(now, Uint8Array.from({ length: 10 }, () => 0xff))).toBe(`${now.toString(16).padStart(12, '0').replace(/^(.{8})/, '$1-')}-7fff-bfff-ffffffffffff`)
  const bit = (i: number) => Uint8Array.from({ length: 10 }, (_, octet) => (octet === i >> 3 ? 0x80 >> (i & 7) : 0))
  const seen = new Set(Array.from({ length: 76 }, (_, i) => newRequestId(now, bit(i))))
  // 74 bits tell 74 ids apart; the two that version and variant take leave one more, the bare one.
  expect(seen.size).toBe(75)
})

/** Documents, costs and budgets at the door: what is refused before anything runs, and what every answer says. */
import type { Context as LambdaContext } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scopes, type Actor } from '../../core/law/actor.ts'
import { defaultAccess } from '../../core/law/partner/access.ts'
import { newId } from '../../core/law/ids.ts'
import { instant } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { graphqlDoor, type GraphqlDoor } from '../../functions/graphql.ts'
import { documentId } from '../../client/manifest.ts'
import { testRandom, testWorld, type TestWorld, worldOf } from '../harness/world.ts'
import { global, sha256 } from './fixture.ts'

let world: TestWorld
const doors: Record<string, GraphqlDoor> = {}
const everything = new Set(scopes)
const bank: Actor = { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank-web', scopes: everything }
const platform: Actor = { kind: 'partner', partner: seededPartnerIds.platform, client: 'platform', scopes: everything }
const agency: Actor = { kind: 'officer', officer: newId('officer', instant(0), testRandom('agency')), role: 'agency', municipality: null, scopes: everything }
const actors = new Map<string, Actor>([['bank', bank], ['platform', platform], ['agency', agency]])

beforeAll(async () => {
  world = await testWorld({ random: 'access' })
  for (const stage of ['test', 'production']) doors[stage] = graphqlDoor(async () => ({
    stage, world, worldFor: (actor) => worldOf(world, actor), sha256, issuer: 'https://login.example', audience: 'https://gateway.example', log: () => undefined,
    authenticate: async (authorization) => ({ actor: actors.get(authorization!.slice('Bearer '.length))! }),
  }))
}, 120_000)
afterAll(() => world.close())

interface Answer { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: { readonly data?: any; readonly errors?: readonly { readonly extensions: Readonly<Record<string, unknown>> }[] } }
async function send(who: string, request: object, stage = 'production'): Promise<Answer> {
  const event = { rawPath: '/graphql', rawQueryString: '', headers: { 'content-type': 'application/json', authorization: `Bearer ${who}` }, requestContext: { domainName: 'gateway.example', http: { method: 'POST' } }, body: JSON.stringify(request), isBase64Encoded: false }
  const result = await doors[stage]!(event as never, { awsRequestId: 'aws' } as LambdaContext)
  return { status: result.statusCode!, headers: result.headers as Record<string, string>, body: JSON.parse(result.body!) as Answer['body'] }
}
const codes = ({ body }: Answer) => body.errors?.map((error) => error.extensions['code'])
let keys = 0
const key = (): string => `key-${String(++keys).padStart(8, '0')}`
const register = (documents: readonly string[], partner: string | null = null) =>
  ({ query: 'mutation ($i: RegisterDocumentsInput!) { registerDocuments(input: $i) { ... on Manifest { documents { sha256 text } } ... on Refused { code field } } }', variables: { i: { documents, partner, idempotencyKey: key() } } })
const rule = (documentRule: string, more: object = {}) =>
  ({ query: 'mutation ($i: SetAccessInput!) { setAccess(input: $i) { ... on Access { documentRule budgetCapacity budgetPerSecond } ... on Refused { code field } } }', variables: { i: { documentRule, ...more, idempotencyKey: key() } } })

const asks = 'query Own { partner { id } }'
const reads = 'query Read($consent: ID!) { fourInformation(consent: $consent) { __typename ... on Refused { code } } }'
const half = 31_000

describe('registered documents', () => {
  test('are asked by their hash', async () => {
    expect(codes(await send('bank', { documentId: documentId(asks) }))).toEqual(['DOCUMENT_UNKNOWN'])
    const { body } = await send('bank', register([asks, reads, rule('ANY').query, register([]).query]))
    expect(body.data.registerDocuments.documents.map((d: { sha256: string }) => `sha256:${d.sha256}`)).toContain(documentId(asks))
    expect((await send('bank', { documentId: documentId(asks) })).body).toEqual({ data: { partner: { id: global(seededPartnerIds.bank) } } })
    expect((await send('bank', { documentId: documentId(reads), variables: { consent: 'x' } })).body).toEqual({ data: { fourInformation: { __typename: 'Refused', code: 'CONSENT_NOT_IN_FORCE' } } })
  })

  test('belong to their partner: another, an officer, another spelling and both at once do not find them', async () => {
    for (const who of ['platform', 'agency']) expect((await send(who, { documentId: documentId(asks) })).status).toBe(404)
    for (const id of [documentId(asks).toUpperCase(), documentId(asks).slice('sha256:'.length), 'sha256:', '__proto__']) expect(codes(await send('bank', { documentId: id }))).toEqual(['DOCUMENT_UNKNOWN'])
    expect(codes(await send('bank', { documentId: documentId(asks), query: asks }))).toEqual(['DOCUMENT_UNKNOWN'])
  })

  test('must be able to run', async () => {
    for (const [place, documents] of [[0, ['{ nothing }']], [1, [asks, '{']], [0, [`{${'partner{id}'.repeat(260)}}`]], [0, ['{ __schema { types { name } } }']], [0, ['fragment F on Query { partner { id } }']]] as const) {
      expect((await send('bank', register(documents))).body.data.registerDocuments).toEqual({ code: 'MALFORMED_INPUT', field: `documents.${place}` })
    }
    expect((await send('bank', register([]))).body.data.registerDocuments).toEqual({ code: 'MALFORMED_INPUT', field: 'documents' })
  })

  test('are registered by the partner itself or the agency, for nobody else', async () => {
    expect((await send('platform', register([asks], global(seededPartnerIds.bank)))).body.data.registerDocuments).toEqual({ code: 'NOT_PERMITTED', field: 'partner' })
    expect((await send('agency', register([asks], global(seededPartnerIds.platform)))).body.data.registerDocuments.documents).toHaveLength(1)
    expect((await send('platform', { documentId: documentId(asks) })).status).toBe(200)
    expect((await send('agency', register([asks]))).body.data.registerDocuments).toEqual({ code: 'MALFORMED_INPUT', field: 'partner' })
  })

  test('alone, where the record says so: nothing is told of another text, valid or not', async () => {
    expect((await send('bank', rule('REGISTERED'))).body.data.setAccess.documentRule).toBe('REGISTERED')
    world.clock.advance(half)
    for (const query of ['{ serverInfo { stage } }', '{ serverInf }', '{', 'query { __schema { types { name } } }']) {
      const answer = await send('bank', { query })
      expect([answer.status, codes(answer), answer.body.data]).toEqual([403, ['DOCUMENT_NOT_REGISTERED'], undefined])
    }
    expect((await send('bank', { query: asks })).status).toBe(200)
    expect((await send('bank', { documentId: documentId(asks) })).status).toBe(200)
    expect((await send('platform', { query: '{ serverInfo { stage } }' })).status).toBe(200)
    await send('bank', rule('ANY'))
    world.clock.advance(half)
    expect((await send('bank', { query: '{ serverInfo { stage } }' })).status).toBe(200)
  })

  test('go by yoga too where something is out of the ordinary', async () => {
    const answer = await send('bank', { documentId: documentId(reads), variables: { consent: 7.5 } })
    expect([answer.status < 500, codes(answer)]).toEqual([true, ['GRAPHQL_VALIDATION_FAILED']])
  })
})

describe('costs', () => {
  test('a page out of bounds and a request that is too large are refused before anything runs', async () => {
    const page = await send('bank', { query: 'query ($n: Int) { webhooks { deliveries(first: $n) { nodes { id } } } }', variables: { n: 101 } })
    expect([page.status, codes(page), page.body.data]).toEqual([400, ['BAD_USER_INPUT'], undefined])
    const wide = `{ webhooks { ${Array.from({ length: 5 }, (_, i) => `d${i}: deliveries(first: 100) { nodes { event } edges { node { event } } }`).join(' ')} } }`
    const large = await send('bank', { query: wide })
    expect([large.status, codes(large)]).toEqual([400, ['QUERY_TOO_COSTLY']])
  })
})

describe('budgets', () => {
  test('every answer says what it cost and what is left', async () => {
    world.clock.advance(600_000)
    const first = await send('platform', { query: '{ partner { id } }' })
    expect(first.headers).toMatchObject({ 'request-cost': '1', 'ratelimit-limit': String(defaultAccess.budget.capacity), 'ratelimit-remaining': String(defaultAccess.budget.capacity - 1), 'ratelimit-reset': '1' })
    expect((await send('platform', { query: '{' })).headers).toMatchObject({ 'request-cost': '5', 'ratelimit-remaining': String(defaultAccess.budget.capacity - 6) })
    expect((await send('agency', { query: '{ serverInfo { stage } }' })).headers).toMatchObject({ 'request-cost': '1' })
  })

  test('run out, and fill again by the second', async () => {
    expect((await send('agency', rule('ANY', { partner: global(seededPartnerIds.platform), budgetCapacity: 10_000, budgetPerSecond: 2 }))).body.data.setAccess).toEqual({ documentRule: 'ANY', budgetCapacity: 10_000, budgetPerSecond: 2 })
    world.clock.advance(10_000_000)
    await world.budgets.take(seededPartnerIds.platform, 9_995, world.clock.now(), defaultAccess.budget)
    const reading = { query: reads, variables: { consent: 'x' } }
    const out = await send('platform', reading)
    expect([out.status, codes(out), out.headers['retry-after'], out.headers['ratelimit-remaining']]).toEqual([429, ['BUDGET_EXHAUSTED'], '3', '5'])
    expect(out.body.errors![0]!.extensions).toMatchObject({ retryAfter: 3, limit: 10_000, remaining: 5, cost: 10 })
    world.clock.advance(2_499)
    expect((await send('platform', reading)).status).toBe(429)
    world.clock.advance(1)
    expect((await send('platform', reading)).status).toBe(200)
    expect((await send('platform', reading)).status).toBe(429)
    expect((await send('bank', reading)).status).toBe(200)
  })

  test('are set by the agency, never so small that nothing can be paid', async () => {
    expect((await send('bank', rule('ANY', { budgetCapacity: 1_000_000, budgetPerSecond: 1_000 }))).body.data.setAccess).toEqual({ code: 'NOT_PERMITTED', field: 'budget' })
    for (const [budgetCapacity, budgetPerSecond] of [[9_999, 10], [20_000, 0], [-1, 1]]) expect((await send('agency', rule('ANY', { partner: global(seededPartnerIds.bank), budgetCapacity, budgetPerSecond }))).body.data.setAccess).toEqual({ code: 'MALFORMED_INPUT', field: 'budget' })
  })
})

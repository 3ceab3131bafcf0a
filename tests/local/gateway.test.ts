/** The gateway on one machine, in memory, over real HTTP: every path to its door. */
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandboxCard } from '../../client/card.ts'
import { connect, GatewayError } from '../../client/gateway.ts'
import { parseCaCertificate } from '../../core/pki/certificate.ts'
import { readOcspResponse } from '../../core/pki/ocsp-read.ts'
import { buildOcspRequest, certIdFor } from '../../core/pki/ocsp-request.ts'
import { parseCertificate } from '../../core/pki/parse.ts'
import { readCaCertificate } from '../../core/chip/client.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'
import { testPins } from '../../local/play/acting.ts'

let gateway: RunningGateway
let url: string
const lines: string[] = []
beforeAll(async () => {
  gateway = await startGateway({ port: 0, data: 'memory', cards: ['hanako'], say: (line) => lines.push(line) })
  url = gateway.url
}, 120_000)
afterAll(() => gateway.close())

const json = async (answer: Response) => ({ status: answer.status, body: (await answer.json()) as Record<string, unknown> })
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(new URL(path, url), { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) })
const as = (name: string) => connect({ url, ...gateway.credentials[name]! })

describe('the gateway', () => {
  test('says what the first start does', () => {
    expect(lines).toEqual(['first start: key ceremony of the two certification authorities', 'first start: a card for hanako'])
  })

  test('answers GraphQL with a token that any client gets, and says where to get one', async () => {
    expect((await as('bank').query<{ serverInfo: { stage: string } }>('{ serverInfo { stage } }')).data.serverInfo.stage).toBe('local')
    expect((await as('hanako').query<{ me: { resident: { items: { name: string } } } }>('{ me { resident { items { name } } } }')).data.me.resident.items.name).toBe('青空　花子')
    const nobody = await post('/graphql', { query: '{ me { resident { id } } }' }, { authorization: 'Bearer nonsense' })
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining(`resource_metadata="${url}/.well-known/oauth-protected-resource"`)])
    expect(await json(await fetch(`${url}/.well-known/oauth-protected-resource`))).toMatchObject({ status: 200, body: { resource: url, authorization_servers: [`${url}/oauth`] } })
  })

  test('a token of another gateway opens nothing', async () => {
    const other = await startGateway({ port: 0, data: 'memory', quiet: true, cards: [] })
    try {
      const answer = await post('/graphql', { query: '{ serverInfo { stage } }' }, { authorization: `Bearer ${await other.token('hanako')}` })
      expect(answer.status).toBe(401)
      await expect(connect({ url: other.url, ...gateway.credentials['bank']! }).token()).rejects.toThrow(GatewayError)
    } finally {
      await other.close()
    }
  }, 120_000)

  test('a persona’s card is in use, and its certificate is good', async () => {
    const card = await sandboxCard('hanako', { url })
    const certificate = parseCertificate(await card.authenticationCertificate())
    const ca = parseCaCertificate((await readCaCertificate(card.transmit, 'authentication'))!)
    const asked = buildOcspRequest([certIdFor(ca, certificate.serial)])
    for (const answer of [await fetch(`${url}/ocsp/${encodeURIComponent(Buffer.from(asked).toString('base64'))}`), await fetch(`${url}/ocsp`, { method: 'POST', headers: { 'content-type': 'application/ocsp-request' }, body: Buffer.from(asked) })]) {
      const reading = readOcspResponse(new Uint8Array(await answer.arrayBuffer()), ca, Date.now())
      expect(reading).toMatchObject({ outcome: 'answered', responses: [{ status: 'good' }] })
    }
    const list = await fetch(`${url}/crl/${ca.keyId}/132217.crl`)
    expect([list.status, list.headers.get('content-type')]).toEqual([200, 'application/pkix-crl'])
  })

  test('PINs of a card count, across readers', async () => {
    const digest = createHash('sha256').update('x').digest()
    const [one, two] = [await sandboxCard('hanako', { url }), await sandboxCard('hanako', { url })]
    expect(await one.authenticate('0000', digest)).toEqual({ outcome: 'wrong', triesLeft: 2 })
    expect(await two.authenticate('0000', digest)).toEqual({ outcome: 'wrong', triesLeft: 1 })
    expect((await one.authenticate(testPins.authentication, digest)).outcome).toBe('signed')
    expect(await two.authenticate('0000', digest)).toEqual({ outcome: 'wrong', triesLeft: 2 })
    expect((await one.authenticate(testPins.authentication, digest)).outcome).toBe('signed')
  })

  test('a persona that should have a card gets it when it is asked for, once', async () => {
    const [a, b] = await Promise.all([sandboxCard('island', { url }), sandboxCard('island', { url })])
    expect(a.cardNumber).toBe(b.cardNumber)
    const items = await a.fourItems(testPins.text)
    expect(items).toMatchObject({ name: '海原　凪' })
  }, 120_000)

  test('the sandbox refuses what is not as it should be', async () => {
    const n = (await sandboxCard('hanako', { url })).cardNumber
    const door = async (path: string, body: unknown) => (await post(`/sandbox/${path}`, body)).status
    expect(await door(`cards/${n}/apdu`, { session: 's', apdu: '00' })).toBe(400)
    expect(await door(`cards/${n}/apdu`, { session: 's', apdu: 'zz' })).toBe(400)
    expect(await door(`cards/${n}/apdu`, { apdu: '00A40400' })).toBe(400)
    expect(await door(`cards/${n}/apdu`, '{')).toBe(400)
    expect(await door(`cards/${n}/apdu`, '[]')).toBe(400)
    expect(await door('cards/000000000000000/apdu', { session: 's', apdu: '00A40400' })).toBe(404)
    expect(await door('cards/000000000000000/reset', { session: 's' })).toBe(404)
    expect(await door('cards', { cardNumber: '1' })).toBe(400)
    expect(await door('cards', { cardNumber: '000000000000000' })).toBe(404)
    expect(await door('personas/nobody/card', {})).toBe(404)
    expect(await door('personas/deceased/card', {})).toBe(409)
    for (const path of ['cards/taro', 'cards/nobody', 'cards/%zz', 'cards/000000000000000', 'elsewhere']) expect([400, 404]).toContain((await fetch(new URL(`/sandbox/${path}`, url))).status)
  })

  test('the factory makes a chip once: the same card number answers the same key', async () => {
    const n = (await sandboxCard('hanako', { url })).cardNumber
    const made = await json(await post('/sandbox/cards', { cardNumber: n }))
    expect(made.status).toBe(201)
    expect((await json(await post('/sandbox/cards', { cardNumber: n }))).body['attestationKey']).toBe(made.body['attestationKey'])
  })

  test('GraphiQL comes whole: nothing in the page is fetched from elsewhere, and the page may not', async () => {
    const answer = await fetch(`${url}/graphiql`)
    const page = await answer.text()
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none';.*connect-src 'self'/)
    // Tags that load, and code that imports, from an absolute address.
    expect(page.match(/<(?:script|link|img|iframe|source|video|audio|object|embed)\b[^>]*\b(?:src|href|data)\s*=\s*["']?(?:https?:)?\/\//gi)).toBeNull()
    expect(page.match(/(?:@import\s+(?:url\()?|\bimport\s*\(\s*|\bfrom\s*)["'](?:https?:)?\/\//g)).toBeNull()
    expect(page.match(/url\(\s*["']?(?:https?:)?\/\//g)).toBeNull()
    expect(page).toContain('"endpoint":"/graphql"')
    const token = /Bearer ([\w.-]+)/.exec(page)![1]!
    expect((await post('/graphql', { query: '{ serverInfo { stage } }' }, { authorization: `Bearer ${token}` })).status).toBe(200)
  })

  test('answers on loopback names alone', async () => {
    const { port } = new URL(url)
    const status = (host: string) => new Promise<number>((resolve, reject) => request({ port, path: '/health', host: '127.0.0.1', headers: { host } }, (r) => { r.resume(); resolve(r.statusCode!) }).on('error', reject).end())
    expect(await status(`127.0.0.1:${port}`)).toBe(200)
    expect(await status('localhost')).toBe(200)
    expect(await status('rebound.example')).toBe(421)
    expect(await status('127.0.0.1.rebound.example')).toBe(421)
  })

  test('tells everybody how it is, and nothing of anybody', async () => {
    await gateway.settled()
    const { status, body } = await json(await fetch(`${url}/status.json`))
    expect([status, body['status'], body['doors']]).toEqual([200, 'ok', { graphql: 'up', ocsp: 'up', authority: 'up' }])
    expect(Object.keys(body)).toEqual(['at', 'status', 'doors', 'crl', 'ocsp', 'checkpoint'])
    expect(body).toMatchObject({ crl: { missing: 0, ageSeconds: expect.any(Number), until: expect.any(String) }, ocsp: { responderUntil: expect.any(String) } })
  })

  test.each<[string, string, number]>([['GET', '/health', 200], ['GET', '/ready', 200], ['GET', '/', 200], ['GET', '/nowhere', 404], ['POST', '/', 404], ['DELETE', '/ocsp', 405], ['GET', '/graphql', 405], ['GET', '/oauth/nowhere', 404]])('%s %s is %i', async (method, path, status) => {
    expect((await fetch(new URL(path, url), { method })).status).toBe(status)
  })

  test('a body too large is refused', async () => {
    const answer = await post('/sandbox/cards', `{"x":"${'y'.repeat(7 * 1024 * 1024)}"}`).catch((error: unknown) => error)
    expect(answer instanceof Response ? answer.status : 413).toBe(413)
    expect((await fetch(`${url}/health`)).status).toBe(200)
  })

  test('nothing of it ends in the dead letters', async () => {
    await gateway.settled()
    expect(gateway.dead).toBe(0)
  })

  test('does not start for personas or on ports that are not there', async () => {
    await expect(startGateway({ port: 0, data: 'memory', quiet: true, cards: ['nobody'] })).rejects.toThrow('no persona named nobody')
    await expect(startGateway({ port: Number(new URL(url).port), data: 'memory', quiet: true })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  }, 120_000)
})

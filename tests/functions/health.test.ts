/** The public status: how the doors are knocked at, and where it is put. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Vitals } from '../../core/law/record/health.ts'
import { instant } from '../../core/law/time.ts'
import { healthFrom, knocksAt, statusInBucket } from '../../functions/environment/health.ts'

let server: Server
let url: string
let answer = { status: 200, type: 'application/ocsp-response' }
const asked: string[] = []
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(answer.status, { 'content-type': answer.type, ...(answer.status === 302 ? { location: '/' } : {}) }).end('x')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())))

test.each([
  [200, 'application/ocsp-response', { graphql: true, ocsp: true }], [200, 'text/html', { graphql: true, ocsp: false }], [500, 'application/ocsp-response', { graphql: false, ocsp: false }], [302, 'application/ocsp-response', { graphql: false, ocsp: false }],
] as const)('a door that answers %i %s', async (status, type, wanted) => {
  answer = { status, type }
  const { graphql, ocsp } = knocksAt(fetch, url, `${url}/ocsp`)
  expect({ graphql: await graphql(), ocsp: await ocsp() }).toEqual(wanted)
  expect(asked.slice(-2).toSorted()).toEqual(status === 302 ? expect.anything() : ['GET /.well-known/oauth-protected-resource', 'GET /ocsp/MAA='])
})

test('nobody there is down, not a fault', async () => {
  const { graphql, ocsp } = knocksAt(fetch, 'http://127.0.0.1:9', 'http://127.0.0.1:9/ocsp')
  expect([await graphql(), await ocsp()]).toEqual([false, false])
})

const vitals: Vitals = { lists: { published: 1, missing: 0, oldest: instant(0), until: instant(172_800_000) }, responderUntil: instant(9e9), checkpoint: { size: 2n ** 60n, at: instant(0) }, waiting: 4 }
test('what is published is what was looked at, with how many wait kept back', async () => {
  const published: string[] = []
  const look = healthFrom({ clock: { now: () => instant(1_000) }, archive: { look: async () => vitals }, crlLifeHours: 48, knock: { graphql: async () => true, ocsp: async () => true }, publish: async (json) => void published.push(json) })
  expect((await look()).waiting).toBe(4)
  expect(JSON.parse(published[0]!)).toMatchObject({ at: '1970-01-01T00:00:01Z', status: 'ok', checkpoint: { size: '1152921504606846976' } })
  expect(published[0]).not.toContain('waiting')
})

test('goes to the bucket of lists, for half a minute; a bucket that refuses is said', async () => {
  const sent: { url: string; headers: Record<string, string> }[] = []
  const bucket = (status: number) => statusInBucket({ region: 'ap-northeast-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, now: () => 0, fetch: (async (to: URL, init: { headers: Record<string, string> }) => (sent.push({ url: to.href, headers: init.headers }), new Response('', { status }))) as unknown as typeof fetch }, 'https://lists.example')
  await bucket(200)('{}')
  expect(sent[0]).toMatchObject({ url: 'https://lists.example/status.json', headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'max-age=30, public' } })
  await expect(bucket(403)('{}')).rejects.toThrow('answered 403')
})

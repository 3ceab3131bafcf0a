import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextFor, readBody, toEvent, writeResult } from '../../local/http/adapter.ts'

const at = Date.UTC(2026, 10, 25)
let server: Server
let port: number
let seen: APIGatewayProxyEventV2
let answer: APIGatewayProxyStructuredResultV2

beforeAll(async () => {
  server = createServer((incoming, outgoing) => void (async () => {
    const body = await readBody(incoming, 1000)
    if (body === null) return writeResult(outgoing, { statusCode: 413 })
    seen = toEvent(incoming, body, at)
    writeResult(outgoing, answer)
  })())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  port = (server.address() as AddressInfo).port
})
afterAll(() => new Promise((done) => server.close(done)))

/** Raw, so that neither path nor headers are tidied up on the way. */
const send = (method: string, path: string, headers: Record<string, string | string[]> = {}, body: Uint8Array | string = ''): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> =>
  new Promise((resolve, reject) => {
    const r = request({ port, method, path, headers, host: '127.0.0.1' }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part)).on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }))
    })
    r.on('error', reject)
    r.end(body)
  })

test('text goes through as text, path and query as they were sent', async () => {
  answer = { statusCode: 200, body: '{"名":"前"}', headers: { 'content-type': 'application/json' } }
  const got = await send('POST', '/graphql%2Fx?a=1&a=2&b=%20&c', { 'content-type': 'application/json', cookie: 'a=1; b=2', 'x-two': ['1', '2'], authorization: ['DPoP a', 'Bearer b'] }, '{"query":"{ 名 }"}')
  expect(seen).toMatchObject({
    version: '2.0', rawPath: '/graphql%2Fx', rawQueryString: 'a=1&a=2&b=%20&c', queryStringParameters: { a: '1,2', b: ' ', c: '' }, cookies: ['a=1', 'b=2'], body: '{"query":"{ 名 }"}', isBase64Encoded: false,
    headers: { 'x-two': '1, 2', authorization: 'DPoP a, Bearer b' }, requestContext: { timeEpoch: at, http: { method: 'POST', path: '/graphql%2Fx', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' } },
  })
  expect(seen.headers['cookie']).toBeUndefined()
  expect([got.status, got.body.toString(), got.headers['content-length']]).toEqual([200, '{"名":"前"}', '13'])
})

test('octets go through as base64, both ways', async () => {
  const octets = Uint8Array.from({ length: 256 }, (_, i) => i)
  answer = { statusCode: 200, body: Buffer.from(octets).toString('base64'), isBase64Encoded: true, headers: { 'content-type': 'application/ocsp-response' }, cookies: ['s=1; Path=/', 't=2'] }
  const got = await send('POST', '/ocsp', { 'content-type': 'application/ocsp-request' }, octets)
  expect([seen.isBase64Encoded, Buffer.from(seen.body!, 'base64').equals(octets)]).toEqual([true, true])
  expect([got.body.equals(octets), got.headers['set-cookie']]).toEqual([true, ['s=1; Path=/', 't=2']])
})

test('what calls itself text and is none is not repaired', async () => {
  answer = {}
  await send('POST', '/graphql', { 'content-type': 'application/json' }, Uint8Array.of(0x22, 0xff, 0x22))
  expect([seen.isBase64Encoded, seen.body]).toEqual([true, 'Iv8i'])
})

test('no body is no body', async () => {
  answer = { statusCode: 204 }
  expect((await send('GET', '/ready')).status).toBe(204)
  expect([seen.body, seen.isBase64Encoded, seen.cookies, seen.queryStringParameters]).toEqual([undefined, false, undefined, undefined])
})

test('a body above the limit is refused', async () => {
  expect((await send('POST', '/graphql', { 'content-type': 'application/json' }, 'x'.repeat(1001))).status).toBe(413)
  expect((await send('POST', '/graphql', { 'content-type': 'application/json' }, 'x'.repeat(1000))).status).toBe(204)
})

test('the context knows how long there is', () => {
  expect(contextFor('graphql', 'r1', Date.now() + 1000).getRemainingTimeInMillis()).toBeGreaterThan(500)
  expect(contextFor('graphql', 'r1', Date.now() - 1000)).toMatchObject({ awsRequestId: 'r1' })
  expect(contextFor('graphql', 'r1', Date.now() - 1000).getRemainingTimeInMillis()).toBe(0)
})

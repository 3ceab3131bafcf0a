/** A call of KMS bears the trace of the knock that it is made for, in both forms, and is signed all the same. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kmsClient, type KmsClient } from '../../core/pki/kms.ts'
import { traceHeaders, within } from '../../functions/environment/trace.ts'

const seen: IncomingHttpHeaders[] = []
let away = 0
const server = createServer((request, response) => {
  seen.push(request.headers)
  if (away-- > 0) response.writeHead(500).end()
  else response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}')
})
let client: KmsClient
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = kmsClient({ region: 'ap-northeast-1', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, headers: () => traceHeaders(true) })
})
afterAll(async () => {
  await client.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const describeKey = () => client.call((aws, sdk, options) => aws.send(new sdk.DescribeKeyCommand({ KeyId: 'k' }), options))
const trace = (digit: string) => ({ id: digit.repeat(32), span: digit.repeat(16), sampled: true })

test('each call bears the trace it is made under, and each try of it', async () => {
  seen.length = 0
  away = 1
  await Promise.all([within(trace('a'), describeKey), within(trace('b'), describeKey)])
  expect(seen).toHaveLength(3)
  const of = (digit: string) => seen.filter((headers) => headers['traceparent'] === `00-${digit.repeat(32)}-${digit.repeat(16)}-01`)
  expect([of('a').length, of('b').length].toSorted()).toEqual([1, 2])
  for (const headers of seen) {
    const digit = String(headers['traceparent'])[3]!
    expect(headers['x-amzn-trace-id']).toBe(`Root=1-${digit.repeat(8)}-${digit.repeat(24)};Parent=${digit.repeat(16)};Sampled=1`)
    // AWS's front ends write into it: it must not be part of what is signed.
    expect(headers.authorization).toMatch(/SignedHeaders=(?!\S*trace)\S+,/)
  }
})

test('outside of a knock there is none', async () => {
  seen.length = 0
  away = 0
  await describeKey()
  expect(seen.map((headers) => [headers['traceparent'], headers['x-amzn-trace-id']])).toEqual([[undefined, undefined]])
})

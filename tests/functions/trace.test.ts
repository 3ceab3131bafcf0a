/** One trace from a knock to the log, to the queue, and onward. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { instant } from '../../core/law/time.ts'
import { sendTo, sqsBell, type AwsAccess } from '../../functions/environment/aws.ts'
import { outbound } from '../../functions/environment/outbound.ts'
import { currentTrace, parseTraceparent, parseXray, traced, traceFacts, traceHeaders, traceOf, within, xrayOf } from '../../functions/environment/trace.ts'

const id = '0af7651916cd43dd8448eb211c80319c'
const root = 'Root=1-0af76519-16cd43dd8448eb211c80319c'
const span = 'b7ad6b7169203331'

describe('what comes in', () => {
  test.each([
    ['W3C', `00-${id}-${span}-01`, { id, sampled: true }], ['W3C, not sampled', `00-${id}-${span}-00`, { id, sampled: false }],
    ['a version to come', `01-${id}-${span}-01`, null], ['an id of zeros', `00-${'0'.repeat(32)}-${span}-01`, null], ['a span of zeros', `00-${id}-${'0'.repeat(16)}-01`, null],
    ['capitals', `00-${id.toUpperCase()}-${span}-01`, null], ['more behind it', `00-${id}-${span}-01-x`, null], ['nothing', undefined, null],
  ])('traceparent: %s', (_, text, wanted) => expect(parseTraceparent(text)).toEqual(wanted))
  test.each([
    ['of a runtime', `${root};Parent=${span};Sampled=1`, { id, sampled: true }], ['in another order', `Sampled=0;${root}`, { id, sampled: false }], ['without a root', `Self=1-0af76519-16cd43dd8448eb211c80319c`, null], ['too short', 'Root=1-0-0', null],
  ])('X-Ray: %s', (_, text, wanted) => expect(parseXray(text)).toEqual(wanted))

  test('the caller’s before the message’s before the runtime’s; a new one where nobody has one', () => {
    const event = (headers: Record<string, string>) => ({ headers })
    const records = { Records: [{ attributes: { AWSTraceHeader: `${root};Sampled=1` } }] }
    const other = 'Root=1-11111111-222222222222222222222222;Sampled=1'
    expect(traceOf(event({ traceparent: `00-${id}-${span}-01` }), other).id).toBe(id)
    expect(traceOf(event({ 'x-amzn-trace-id': root }), other).id).toBe(id)
    expect(traceOf(records, other).id).toBe(id)
    expect(traceOf({ 'detail-type': 'Scheduled Event' }, other).id).toBe('11111111222222222222222222222222')
    expect(traceOf(null, undefined, (n) => Buffer.alloc(n, 7))).toEqual({ id: '07'.repeat(16), span: '07'.repeat(8), sampled: false })
  })
})

describe('what goes on', () => {
  const trace = { id, span, sampled: true }
  test('a webhook bears it to its partner, in the form that everybody knows', async () => {
    const heard: Record<string, unknown>[] = []
    const partner = createServer((request, response) => {
      heard.push(request.headers)
      response.end()
    })
    await new Promise<void>((resolve) => partner.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(partner.address() as AddressInfo).port}/`
    const handOver = outbound({ inside: true, patience: 2_000, resolve: async () => [{ address: '127.0.0.1' }] })
    await within(trace, () => handOver({ id: 'dlv_1', url } as never, [new Uint8Array(32)], '{}', instant(0)))
    partner.close()
    expect(heard[0]).toMatchObject({ traceparent: `00-${id}-${span}-01` })
    expect(heard[0]).not.toHaveProperty('x-amzn-trace-id')
  })
  test('stands in the log, in both forms of header, and round the turn it comes back', () => {
    expect([traceFacts(), traceHeaders(true)]).toEqual([{}, {}])
    within(trace, () => {
      expect(traceFacts()).toEqual({ trace: id, span })
      expect(traceHeaders(false)).toEqual({ traceparent: `00-${id}-${span}-01` })
      expect(traceHeaders(true)).toEqual({ traceparent: `00-${id}-${span}-01`, 'x-amzn-trace-id': `${root};Parent=${span};Sampled=1` })
      expect(parseXray(xrayOf(trace))).toEqual({ id, sampled: true })
    })
  })
  test('two knocks at once keep theirs apart', async () => {
    const handler = traced(async (_event: unknown) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return currentTrace()?.id
    }, () => undefined)
    const other = 'f'.repeat(32)
    expect(await Promise.all([handler({ headers: { traceparent: `00-${id}-${span}-00` } }), handler({ headers: { traceparent: `00-${other}-${span}-00` } })])).toEqual([id, other])
    expect(currentTrace()).toBeNull()
  })
  test('a request to AWS bears it unsigned, a bell hands it to the queue', async () => {
    const sent: { headers: Record<string, string>; body: string }[] = []
    const access: AwsAccess = { region: 'ap-northeast-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, now: () => 0, fetch: (async (_: unknown, init: { headers: Record<string, string>; body: Buffer }) => (sent.push({ headers: init.headers, body: String(init.body) }), new Response('{}'))) as unknown as typeof fetch }
    await within(trace, () => sendTo(access, 's3', { method: 'PUT', url: new URL('https://b.example/x'), headers: {}, body: new Uint8Array() }))
    expect(sent[0]!.headers).toMatchObject({ traceparent: `00-${id}-${span}-01`, 'x-amzn-trace-id': `${root};Parent=${span};Sampled=1` })
    expect(sent[0]!.headers['authorization']).not.toMatch(/trace/)
    await within(trace, () => sqsBell(access, 'https://q.example/1/bell', (fault) => { throw fault }).ring({ wake: 'crl' }))
    expect(JSON.parse(sent[1]!.body)).toMatchObject({ MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: `${root};Parent=${span};Sampled=1` } } })
    await sqsBell(access, 'https://q.example/1/bell', (fault) => { throw fault }).ring({ wake: 'crl' })
    expect(JSON.parse(sent[2]!.body)).not.toHaveProperty('MessageSystemAttributes')
  })
})

/** Vectors of AWS's own Signature Version 4 test suite (get-vanilla, post-vanilla, get-vanilla-query-order-key-case). */
import { describe, expect, test } from 'vitest'
import { municipalityCode, type IssuerKeyId } from '../../core/law/ids.ts'
import { instant } from '../../core/law/time.ts'
import { s3Lists, signRequest, sqsBell, type AwsAccess } from '../../functions/environment/aws.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const at = Date.UTC(2015, 7, 30, 12, 36, 0)
const signatureOf = (method: string, url: string): string =>
  signRequest({ method, url: new URL(url), headers: {}, body: new Uint8Array() }, 'service', 'us-east-1', credentials, at)['authorization']!

describe('Signature Version 4', () => {
  test.each([
    ['get-vanilla', 'GET', 'https://example.amazonaws.com/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', 'POST', 'https://example.amazonaws.com/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    ['get-vanilla-query-order-key-case', 'GET', 'https://example.amazonaws.com/?Param2=value2&Param1=value1', 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'],
  ])('%s', (_, method, url, signature) => {
    expect(signatureOf(method, url)).toBe(`AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`)
  })
})

function recorded(answers: Response[]): AwsAccess & { readonly sent: { url: string; method: string; headers: Record<string, string>; body: string }[] } {
  const sent: { url: string; method: string; headers: Record<string, string>; body: string }[] = []
  return {
    region: 'ap-northeast-1', credentials, now: () => at, sent,
    fetch: (async (url: URL, init: RequestInit) => {
      sent.push({ url: url.href, method: init.method!, headers: init.headers as Record<string, string>, body: init.body === undefined ? '' : Buffer.from(init.body as Uint8Array).toString('latin1') })
      return answers.shift()!
    }) as unknown as typeof fetch,
  }
}

describe('the bell', () => {
  test('puts the message into the queue, signed', async () => {
    const access = recorded([new Response('{}')])
    await sqsBell(access, 'https://sqs.ap-northeast-1.amazonaws.com/000000000000/bell', () => expect.unreachable())
      .ring({ wake: 'issue', application: 'xap_1' })
    expect(access.sent[0]).toMatchObject({ url: 'https://sqs.ap-northeast-1.amazonaws.com/', method: 'POST', headers: { 'x-amz-target': 'AmazonSQS.SendMessage' } })
    expect(JSON.parse(access.sent[0]!.body)).toEqual({ QueueUrl: 'https://sqs.ap-northeast-1.amazonaws.com/000000000000/bell', MessageBody: '{"wake":"issue","application":"xap_1"}' })
    expect(access.sent[0]!.headers['authorization']).toMatch(/20150830\/ap-northeast-1\/sqs\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target,/)
  })

  test('that cannot be rung fails no act', async () => {
    const lost: unknown[] = []
    await sqsBell(recorded([new Response('', { status: 500 })]), 'https://sqs.example/1/bell', (fault) => lost.push(fault)).ring({ wake: 'crl' })
    expect(String(lost[0])).toContain('500')
  })
})

describe('the bucket of lists', () => {
  const list = { issuer: 'A'.repeat(40) as IssuerKeyId, shard: municipalityCode('131016'), number: 7n, der: Uint8Array.of(0x30, 0), thisUpdate: instant(at), nextUpdate: instant(at + 1) }
  const head = (number: string) => new Response(null, { headers: { etag: '"e1"', 'x-amz-meta-crl-number': number } })

  test('takes a first list only where none is', async () => {
    const access = recorded([new Response(null, { status: 404 }), new Response()])
    expect(await s3Lists(access, 'https://bucket.example').put(list)).toBe(true)
    expect(access.sent[1]).toMatchObject({ method: 'PUT', url: `https://bucket.example/crl/${'A'.repeat(40)}/131016.crl`, headers: { 'if-none-match': '*', 'x-amz-meta-crl-number': '7' } })
  })

  test('replaces exactly the older list it saw, and looks again when somebody was faster', async () => {
    const access = recorded([head('6'), new Response('', { status: 412 }), head('6'), new Response()])
    expect(await s3Lists(access, 'https://bucket.example/').put(list)).toBe(true)
    expect(access.sent[3]!.headers['if-match']).toBe('"e1"')
  })

  test.each(['7', '8'])('leaves a list of number %s alone', async (number) => {
    const access = recorded([head(number)])
    expect(await s3Lists(access, 'https://bucket.example').put(list)).toBe(false)
    expect(access.sent).toHaveLength(1)
  })

  test('says when the bucket is out of reach', async () => {
    await expect(s3Lists(recorded([new Response(null, { status: 403 })]), 'https://bucket.example').put(list)).rejects.toThrow('403')
  })
})

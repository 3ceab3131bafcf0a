/** Answers of CloudWatch Logs as its API writes them, for a count over CloudTrail's events of KMS. */
import { expect, test } from 'vitest'
import { instant } from '../../core/law/time.ts'
import type { AwsAccess } from '../../functions/environment/aws.ts'
import { cloudTrail } from '../../functions/environment/trail.ts'

const arn = (n: number): string => `arn:aws:kms:ap-northeast-1:111111111111:key/00000000-0000-0000-0000-00000000000${n}`
const [from, until] = [instant(Date.parse('2026-04-01T00:00:00+09:00')), instant(Date.parse('2026-04-02T00:00:00+09:00'))]
const started = { queryId: '12ab3456-12ab-123a-789e-1234567890ab' }
const row = (of: string | null, n: string) => [...(of === null ? [] : [{ field: 'arn', value: of }]), { field: 'signatures', value: n }]
const answer = (status: string, results: unknown[] = []) => ({ results, statistics: { bytesScanned: 81349723, recordsMatched: 360851, recordsScanned: 610956 }, status })

function recorded(...answers: object[]): { access: AwsAccess; sent: { target: string; authorization: string; body: Record<string, unknown> }[] } {
  const sent: { target: string; authorization: string; body: Record<string, unknown> }[] = []
  const fetch = async (_url: URL, init: RequestInit) => {
    const headers = init.headers as Record<string, string>
    sent.push({ target: headers['x-amz-target']!, authorization: headers['authorization']!, body: JSON.parse(Buffer.from(init.body as Uint8Array).toString('utf8')) as Record<string, unknown> })
    const next = answers.shift()!
    return next instanceof Response ? next : new Response(JSON.stringify(next))
  }
  return { sent, access: { region: 'ap-northeast-1', credentials: { accessKeyId: 'A', secretAccessKey: 'S' }, now: () => until, fetch: fetch as unknown as typeof globalThis.fetch } }
}
const trailOf = (access: AwsAccess) => cloudTrail(access, '/mynagate/production/trail', async () => undefined)

test('counts by key what was signed on the day, in the log group of the trail', async () => {
  const { access, sent } = recorded(started, answer('Scheduled'), answer('Running', [row(arn(1), '1')]), answer('Complete', [row(arn(1), '42'), row(arn(2), '7'), row(arn(9), '5'), row(null, '1')]))
  // Keys of others in the same account are none of this gateway's business.
  expect([...(await trailOf(access).signed([arn(1), arn(2), arn(3)], from, until))]).toEqual([[arn(1), 42], [arn(2), 7]])
  expect(sent.map(({ target }) => target)).toEqual(['Logs_20140328.StartQuery', ...Array(3).fill('Logs_20140328.GetQueryResults')])
  expect(sent[0]!.authorization).toContain('/ap-northeast-1/logs/aws4_request')
  expect(sent[0]!.body).toMatchObject({ logGroupName: '/mynagate/production/trail', startTime: from / 1_000, endTime: until / 1_000 + 3_600 })
  expect(sent[0]!.body['queryString']).toBe('filter eventSource = "kms.amazonaws.com" and eventName = "Sign" and not ispresent(errorCode) | filter eventTime >= "2026-03-31T15:00:00Z" and eventTime < "2026-04-01T15:00:00Z" | stats count(*) as signatures by resources.0.ARN as arn')
  expect(sent[1]!.body).toEqual(started)
})

test('says that it cannot be said: refused, failed, never done, or another answer', async () => {
  const asked = (...answers: object[]) => trailOf(recorded(...answers).access).signed([arn(1)], from, until)
  await expect(asked(new Response('{"__type":"AccessDeniedException"}', { status: 400 }))).rejects.toThrow('answered 400 to StartQuery')
  await expect(asked(started, answer('Failed'))).rejects.toThrow('Failed')
  await expect(asked(started, ...Array.from({ length: 20 }, () => answer('Running')))).rejects.toThrow('in time')
  await expect(asked(started, answer('Complete', [[{ field: 'arn', value: arn(1) }]]))).rejects.toThrow('otherwise')
})

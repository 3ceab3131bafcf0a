/**
 * What KMS signed, from the trail of its use: CloudTrail writes every call into a log group, CloudWatch Logs Insights counts
 * there. A call that was refused made no signature.
 */
import type { Trail } from '../../core/law/record/trail.ts'
import { hour, toRfc3339, type Instant } from '../../core/law/time.ts'
import { sendTo, type AwsAccess } from './aws.ts'

/** Looks for the answer, and seconds between two. */
const looks = 20
const seconds = 1

interface Results { readonly status: string; readonly results?: readonly (readonly { readonly field: string; readonly value: string }[])[] }

/** `pause`: waits so many milliseconds. */
export function cloudTrail(access: AwsAccess, logGroupName: string, pause: (milliseconds: number) => Promise<unknown>): Trail {
  const call = async <T>(action: string, body: object): Promise<T> => {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Logs_20140328.${action}` }
    const answer = await sendTo(access, 'logs', { method: 'POST', url: new URL(`https://logs.${access.region}.amazonaws.com/`), headers, body: Buffer.from(JSON.stringify(body)) })
    if (!answer.ok) throw new Error(`the trail of keys answered ${answer.status} to ${action}`)
    return (await answer.json()) as T
  }
  return {
    async signed(keys, from, until) {
      // An event is told some time after it happened: its own time decides.
      const { queryId } = await call<{ queryId: string }>('StartQuery', { logGroupName, startTime: Math.floor(from / 1_000), endTime: Math.floor((until + hour) / 1_000), limit: 10_000, queryString: query(from, until) })
      for (let i = 0; i < looks; i++) {
        await pause(seconds * 1_000)
        const { status, results = [] } = await call<Results>('GetQueryResults', { queryId })
        if (status === 'Complete') return counts(results, new Set(keys))
        if (status !== 'Scheduled' && status !== 'Running') throw new Error(`the trail of keys could not be counted: ${status}`)
      }
      throw new Error('the trail of keys was not counted in time')
    },
  }
}

const query = (from: Instant, until: Instant): string => [
  'filter eventSource = "kms.amazonaws.com" and eventName = "Sign" and not ispresent(errorCode)',
  `filter eventTime >= "${toRfc3339(from)}" and eventTime < "${toRfc3339(until)}"`,
  'stats count(*) as signatures by resources.0.ARN as arn',
].join(' | ')

function counts(results: NonNullable<Results['results']>, keys: ReadonlySet<string>): Map<string, number> {
  const found = new Map<string, number>()
  for (const row of results) {
    const of = new Map(row.map(({ field, value }) => [field, value]))
    const [arn, n] = [of.get('arn'), Number(of.get('signatures'))]
    if (!Number.isSafeInteger(n)) throw new Error('the trail of keys answered otherwise than it was asked')
    if (arn !== undefined && keys.has(arn)) found.set(arn, n)
  }
  return found
}

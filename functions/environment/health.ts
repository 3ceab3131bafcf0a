/**
 * How the gateway is, looked at by the sweep every minute: the archive is asked, the doors on the internet are knocked at
 * as anybody would, and what comes of it is put where anybody may read it, `status.json` beside the lists. The address is
 * one of the public ones on purpose: a page that says that all is well has to come by the way it speaks of.
 */
import { healthOf, type Health, type ServiceHealth } from '../../core/law/record/health.ts'
import type { Clock } from '../../core/law/time.ts'
import { sendTo, type AwsAccess } from './aws.ts'

export interface Looked { readonly health: ServiceHealth; readonly waiting: number }
export type LookAround = () => Promise<Looked>

export interface HealthParts {
  readonly clock: Clock
  readonly archive: Health
  readonly crlLifeHours: number
  /** Whether a door of the internet answers. */
  readonly knock: Readonly<Record<'graphql' | 'ocsp', () => Promise<boolean>>>
  readonly publish: (json: string) => Promise<void>
}

export const healthFrom = ({ clock, archive, crlLifeHours, knock, publish }: HealthParts): LookAround => async () => {
  const now = clock.now()
  const [vitals, graphql, ocsp] = await Promise.all([archive.look(now), knock.graphql(), knock.ocsp()])
  const health = healthOf(vitals, { graphql, ocsp }, crlLifeHours, now)
  await publish(`${JSON.stringify(health)}\n`)
  return { health, waiting: vitals.waiting }
}

const patience = 3_000
const answers = (fetching: typeof fetch, url: URL, fits: (answer: Response) => boolean): Promise<boolean> =>
  fetching(url, { redirect: 'error', signal: AbortSignal.timeout(patience) }).then((answer) => (void answer.body?.cancel(), fits(answer)), () => false)

/** The counter says what it is without a token; a question that is none gets a protocol's answer from the responder. @rfc 9728 3 · 6960 2.3 */
export const knocksAt = (fetching: typeof fetch, gateway: string, ocsp: string): HealthParts['knock'] => ({
  graphql: () => answers(fetching, new URL('/.well-known/oauth-protected-resource', gateway), (answer) => answer.status === 200),
  ocsp: () => answers(fetching, new URL(`${ocsp.replace(/\/$/, '')}/MAA=`), (answer) => answer.status === 200 && answer.headers.get('content-type') === 'application/ocsp-response'),
})

export const statusPath = 'status.json'
/** Kept for half a minute by whoever keeps it. */
export const statusInBucket = (access: AwsAccess, bucketUrl: string): HealthParts['publish'] => async (json) => {
  const answer = await sendTo(access, 's3', { method: 'PUT', url: new URL(statusPath, bucketUrl.endsWith('/') ? bucketUrl : `${bucketUrl}/`), headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'max-age=30, public' }, body: Buffer.from(json) })
  if (!answer.ok) throw new Error(`the bucket of lists answered ${answer.status} to the status`)
}

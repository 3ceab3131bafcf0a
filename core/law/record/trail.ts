/**
 * The second account of signatures, which the gateway does not keep itself: what the key service says that each key signed on
 * a day, held against what was written down on that day before each signature was asked for. More than was asked: somebody
 * else has the use of the key. Less: the key did not answer, or the trail is not whole. An attempt that timed out here and was
 * signed there is more as well; it is one signature nobody has, and wants the same look.
 */
import type { Clock, Instant, LegalDate } from '../time.ts'
import { addDays, dayOf, hour, minute, startOf } from '../time.ts'

/** A key of this gateway, as the account of signatures names it and as the key service does. */
export interface NamedKey { readonly key: string; readonly arn: string }

/** The key service's own record of its use. */
export interface Trail {
  /** Signatures made from `from` until before `until`, by ARN; a key that made none may be missing. Throws where it cannot be said. */
  signed(keys: readonly string[], from: Instant, until: Instant): Promise<ReadonlyMap<string, number>>
}

/** One key on one day in Japan. What is asked for at midnight may be signed on either side of it: hence least and most. */
export interface TrailDay extends NamedKey {
  readonly day: LegalDate
  readonly askedLeast: number
  readonly askedMost: number
  readonly signed: number
}

export interface TrailLedger {
  /** How often each key was asked from `from` until before `until`. */
  asked(from: Instant, until: Instant): Promise<ReadonlyMap<string, number>>
  recordTrail(at: Instant, days: readonly TrailDay[]): Promise<void>
  /** Days from `from` on that are reckoned. */
  trailDays(from: LegalDate): Promise<readonly LegalDate[]>
  /** Of the last day that is reckoned. */
  lastTrail(): Promise<TrailDay[]>
}

export const agreesWithTrail = ({ askedLeast, askedMost, signed }: TrailDay): boolean => signed >= askedLeast && signed <= askedMost

/** The trail is told of a signature within a quarter of an hour. */
const late = hour
const edge = minute
/** Days back that are reckoned when the sweep could not. */
const back = 7

/** Of one day, the oldest that is over and not reckoned; null where there is none. Returns the keys that differ. */
export async function reconcileTrail(world: { readonly clock: Clock; readonly ledger: TrailLedger }, trail: Trail, keys: readonly NamedKey[]): Promise<TrailDay[] | null> {
  const now = world.clock.now()
  const last = addDays(dayOf((now - late) as Instant), -1)
  const first = addDays(last, 1 - back)
  const done = new Set(await world.ledger.trailDays(first))
  let day = first
  while (day <= last && done.has(day)) day = addDays(day, 1)
  if (day > last || keys.length === 0) return null
  const [from, until] = [startOf(day), startOf(addDays(day, 1))]
  const signed = await trail.signed(keys.map(({ arn }) => arn), from, until)
  const [least, most] = [await world.ledger.asked(from, (until - edge) as Instant), await world.ledger.asked((from - edge) as Instant, until)]
  const days = keys.map(({ key, arn }): TrailDay => ({ day, key, arn, askedLeast: least.get(key) ?? 0, askedMost: most.get(key) ?? 0, signed: signed.get(arn) ?? 0 }))
  await world.ledger.recordTrail(now, days)
  return days.filter((one) => !agreesWithTrail(one))
}

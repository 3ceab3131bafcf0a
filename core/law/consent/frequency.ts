/**
 * How often a partner may be given the items (頻度). The partner names it, the person agrees to it in the document that is
 * signed, and the store holds the partner to it: each item of a consent has one turn in each period, taken in the releasing
 * transaction. Periods are days, months and years of the calendar of Japan. Another consent of the grant is another
 * agreement, with turns of its own.
 *
 * Where every use is allowed, a pace (間隔の上限) still bounds it, so that neither a faulty client nor a stolen token asks for
 * the same items without end: so many at once, and one more after each interval.
 *
 * @law 公的個人認証法施行規則 第35条の2
 */
import { refuse, type Refusal } from '../refusal.ts'
import { addDays, addMonths, after, dayOf, legalDate, minute, startOf, type Instant } from '../time.ts'

/** ONCE: one time. ON_CHANGE: one time for each certificate (or state of the record) that bears the items. PER_USE: whenever asked. */
export type Frequency = 'ONCE' | 'ON_CHANGE' | 'YEARLY' | 'MONTHLY' | 'DAILY' | 'PER_USE'

/** What stands for requests and consents that were made before a frequency could be named: what their page said. */
export const unstated: Frequency = 'PER_USE'

/** The name of the period that a release now falls into; null where none is counted. `bearer` is what bears the items. */
export function turnOf(frequency: Frequency, at: Instant, bearer: string): string | null {
  const day = dayOf(at)
  switch (frequency) {
    case 'ONCE': return 'once'
    case 'ON_CHANGE': return bearer
    case 'YEARLY': return day.slice(0, 4)
    case 'MONTHLY': return day.slice(0, 7)
    case 'DAILY': return day
    case 'PER_USE': return null
  }
}

/** The first instant of the next period; null where none is known to come. */
export function nextTurn(frequency: Frequency, at: Instant): Instant | null {
  const day = dayOf(at)
  switch (frequency) {
    case 'YEARLY': return startOf(addMonths(legalDate(`${day.slice(0, 4)}-01-01`), 12))
    case 'MONTHLY': return startOf(addMonths(legalDate(`${day.slice(0, 7)}-01`), 1))
    case 'DAILY': return startOf(addDays(day, 1))
    default: return null
  }
}

/** Of one consent under PER_USE. */
export interface Pace {
  readonly atOnce: number
  /** Until one more is allowed, in milliseconds. */
  readonly interval: number
}
/** Sixty at once, one more each minute: far above what a person's affairs need. */
export const defaultPace: Pace = { atOnce: 60, interval: minute }

/** When the next use is allowed: `until` is by when those that were had are paid for, each by an interval. */
export const nextUse = (until: Instant, { atOnce, interval }: Pace): Instant => after(until, interval - atOnce * interval)

/** Every use is allowed, but not so fast. */
export const tooFast = (until: Instant, pace: Pace): Refusal => refuse('RELEASED_TOO_SOON', { state: 'PER_USE', retryAt: nextUse(until, pace) })

/** The turn of this period is taken. */
export function tooOften(frequency: Frequency, at: Instant): Refusal {
  if (frequency === 'ONCE') return refuse('ALREADY_RELEASED')
  const retryAt = nextTurn(frequency, at)
  return refuse('RELEASED_TOO_SOON', { state: frequency, ...(retryAt === null ? {} : { retryAt }) })
}

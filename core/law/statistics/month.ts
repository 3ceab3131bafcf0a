/**
 * Months by which the law has things counted. Apart from the calendar of open days, whose table a door that only counts
 * need not load.
 *
 * @law 公的個人認証法 施行規則 第72条
 */
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { fromParts, lastDay, type LegalDate } from '../time.ts'

declare const monthBrand: unique symbol
/** `YYYY-MM` */
export type Month = string & { readonly [monthBrand]: true }

export function parseMonth(text: string): Result<Month> {
  return /^[1-9]\d{3}-(0[1-9]|1[0-2])$/.test(text) ? (text as Month) : refuse('MALFORMED_DATE', { field: 'month' })
}

/** For literals; throws RangeError where {@link parseMonth} refuses. */
export function month(text: string): Month {
  const parsed = parseMonth(text)
  if (isRefusal(parsed)) throw new RangeError(`not a month: ${text}`)
  return parsed
}

export const monthOf = (day: LegalDate): Month => day.slice(0, 7) as Month

export function spanOf(of: Month): { readonly from: LegalDate; readonly to: LegalDate } {
  const [year, m] = [Number(of.slice(0, 4)), Number(of.slice(5))]
  return { from: fromParts(year, m, 1), to: fromParts(year, m, lastDay(year, m)) }
}

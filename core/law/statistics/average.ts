/**
 * Averages that name the days they leave out, and what a published average says of its total. Apart from the rest, because
 * the days off are a table of eighty years, for which a door waits only when it is asked.
 *
 * @law 公的個人認証法 第40条・第41条
 */
import { weekdaysWithoutHolidays } from './calendar.ts'
import { convention, publishedAverages } from './deck.ts'
import { spanOf, type Month } from './month.ts'
import type { DayCount } from './statistics.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { daysBetween, type LegalDate } from '../time.ts'

/** How many days of the span the convention counts, both ends included. Refused where the span is empty. */
export function divisor(span: { readonly from: LegalDate; readonly to: LegalDate }, convention: DayCount): Result<number> {
  if (span.to < span.from) return refuse('MALFORMED_INPUT', { field: 'to' })
  return convention === 'calendar days' ? daysBetween(span.from, span.to) + 1 : weekdaysWithoutHolidays(span.from, span.to)
}

export interface DailyAverage {
  /** Everything counted in the span, on days left out too: only the divisor leaves days out. */
  readonly total: number
  readonly days: number
  readonly convention: DayCount
  /** Rounded to the nearest whole; null where no day counts. */
  readonly perDay: number | null
}

export function dailyAverage(total: number, span: { readonly from: LegalDate; readonly to: LegalDate }, convention: DayCount): Result<DailyAverage> {
  const days = divisor(span, convention)
  return isRefusal(days) ? days : { total, days, convention, perDay: days === 0 ? null : Math.round(total / days) }
}

/** The whole month. */
export const monthlyAverage = (total: number, of: Month, convention: DayCount): Result<DailyAverage> => dailyAverage(total, spanOf(of), convention)

/** What a rounded average says of its total: `total ± tolerance`. */
export const impliedTotal = (perDay: number, days: number): { readonly total: number; readonly tolerance: number } => ({ total: perDay * days, tolerance: days / 2 })

export interface ImpliedMonth {
  readonly month: Month
  readonly days: number
  readonly valid: { readonly total: number; readonly tolerance: number }
  readonly delivered: { readonly total: number; readonly tolerance: number }
}

/** The month's totals that the rounded averages stand for: the divisor leaves days out, the numerator none. */
export function impliedMonths(): Result<readonly ImpliedMonth[]> {
  const months: ImpliedMonth[] = []
  for (const average of publishedAverages) {
    const days = divisor(spanOf(average.month), convention)
    if (isRefusal(days)) return days
    months.push({ month: average.month, days, valid: impliedTotal(average.validPerDay, days), delivered: impliedTotal(average.deliveredPerDay, days) })
  }
  return months
}

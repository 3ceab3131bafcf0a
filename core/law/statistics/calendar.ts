/**
 * Days on which offices are open. National holidays are a dated table, not a rule: the equinoxes are announced each
 * February, and special laws moved holidays in 2019, 2020 and 2021. Days of later years are the table's forecast.
 *
 * @law 国民の祝日に関する法律 第2条・第3条 · 行政機関の休日に関する法律 第1条
 */
// The table alone: the package around it reads its dates with code of its own.
import table from '@holiday-jp/holiday_jp/lib/holidays.js'
import { refuse, type Refusal, type Result } from '../refusal.ts'
import { addDays, legalDate, weekday, type LegalDate } from '../time.ts'

const holidayOn = (day: LegalDate): string | undefined => (table as Readonly<Record<string, { readonly name: string } | undefined>>)[day]?.name

/** First and last day that the table covers; about a day outside it nothing is said. */
export const calendarSpan = { from: legalDate('1970-01-01'), until: legalDate('2050-12-31') } as const

/** 国民の祝日・休日: its name, or null on a day that is none. */
export function holidayName(day: LegalDate): Result<string | null> {
  return outside(day) ?? holidayOn(day) ?? null
}

/** Neither Saturday nor Sunday nor a national holiday. */
export function isWeekdayWithoutHoliday(day: LegalDate): Result<boolean> {
  return outside(day) ?? (weekday(day) !== 0 && weekday(day) !== 6 && holidayOn(day) === undefined)
}

/** 行政機関の休日: the days above, and 29 December to 3 January. @law 行政機関の休日に関する法律 第1条第1項 */
export function isOfficeDay(day: LegalDate): Result<boolean> {
  const monthDay = day.slice(5)
  return outside(day) ?? (monthDay < '12-29' && monthDay > '01-03' && isWeekdayWithoutHoliday(day) === true)
}

/** How many weekdays without holidays lie between two days, both included. */
export function weekdaysWithoutHolidays(from: LegalDate, to: LegalDate): Result<number> {
  const no = outside(from) ?? outside(to)
  if (no !== null) return no
  let days = 0
  for (let day = from; day <= to; day = addDays(day, 1)) if (isWeekdayWithoutHoliday(day) === true) days++
  return days
}

const outside = (day: LegalDate): Refusal | null => (day < calendarSpan.from || day > calendarSpan.until ? refuse('MALFORMED_INPUT', { field: 'day', state: 'outside the table of holidays' }) : null)

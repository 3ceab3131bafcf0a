/**
 * Instants and Japanese legal dates. The law counts days in Japan (UTC+9, no summer time) and a right that ends on
 * a day lasts until 23:59:59 of that day. Nothing here reads a clock: the caller passes `clock.now()`.
 *
 * @law 民法 第140条–第143条 (how periods are counted)
 */
import { refuse, type Refusal } from './refusal.ts'

declare const instantBrand: unique symbol
declare const dateBrand: unique symbol

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly [instantBrand]: true }
/** A calendar day in Japan, `YYYY-MM-DD`. Compares correctly as a string. */
export type LegalDate = string & { readonly [dateBrand]: true }
export type MonthDay = { readonly month: number; readonly day: number }

export interface Clock {
  now(): Instant
}

const JST = 9 * 3_600_000
const DAY = 86_400_000

export const second = 1_000
export const minute = 60_000
export const hour = 3_600_000

export function instant(ms: number): Instant {
  if (!Number.isSafeInteger(ms)) throw new RangeError(`not an instant: ${ms}`)
  return ms as Instant
}

export const after = (at: Instant, ms: number): Instant => instant(at + ms)

/** `YYYY-MM-DD` of a day that exists, years 1000–9999; anything else is refused. */
export function parseLegalDate(text: string): LegalDate | Refusal {
  return isLegalDate(text) ? text : refuse('MALFORMED_DATE', { field: text.slice(0, 40) })
}

export function isLegalDate(text: string): text is LegalDate {
  if (!/^[1-9]\d{3}-\d\d-\d\d$/.test(text)) return false
  return fromDayNumber(dayNumberUnchecked(text)) === text
}

/** For literals in code and tests; throws where {@link parseLegalDate} refuses. */
export function legalDate(text: string): LegalDate {
  if (!isLegalDate(text)) throw new RangeError(`not a calendar day: ${text}`)
  return text
}

/** The day in Japan at that instant. */
export const dayOf = (at: Instant): LegalDate => fromDayNumber(Math.floor((at + JST) / DAY))

/** 00:00:00.000 in Japan. */
export const startOf = (day: LegalDate): Instant => instant(dayNumberUnchecked(day) * DAY - JST)

/** 23:59:59.000 in Japan, the last second of the day: how certificates write an expiry date. */
export const endOf = (day: LegalDate): Instant => instant(startOf(day) + DAY - second)

export const addDays = (day: LegalDate, days: number): LegalDate => fromDayNumber(dayNumberUnchecked(day) + days)

export const daysBetween = (from: LegalDate, to: LegalDate): number => dayNumberUnchecked(to) - dayNumberUnchecked(from)

/**
 * The corresponding day `months` later (negative: earlier); where the month has no such day, its last day.
 * @law 民法 第143条第2項
 */
export function addMonths(day: LegalDate, months: number): LegalDate {
  const { year, month, day: d } = partsOf(day)
  const index = year * 12 + (month - 1) + months
  const y = Math.floor(index / 12)
  const m = index - y * 12 + 1
  return fromParts(y, m, Math.min(d, lastDay(y, m)))
}

export function partsOf(day: LegalDate): { year: number; month: number; day: number } {
  return { year: Number(day.slice(0, 4)), month: Number(day.slice(5, 7)), day: Number(day.slice(8, 10)) }
}

export function fromParts(year: number, month: number, day: number): LegalDate {
  return legalDate(`${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`)
}

export const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

export const lastDay = (year: number, month: number): number =>
  month === 2 ? (isLeapYear(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31

/** 0 Sunday … 6 Saturday. */
export const weekday = (day: LegalDate): number => (((dayNumberUnchecked(day) + 4) % 7) + 7) % 7

/** RFC 3339 in UTC with milliseconds only where there are some. */
export const toRfc3339 = (at: Instant): string => iso(at)

/** Days since 1970-01-01, proleptic Gregorian. */
function dayNumberUnchecked(text: string): number {
  const y0 = Number(text.slice(0, 4))
  const m = Number(text.slice(5, 7))
  const d = Number(text.slice(8, 10))
  const y = m <= 2 ? y0 - 1 : y0
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

function fromDayNumber(n: number): LegalDate {
  const z = n + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const mp = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * mp + 2) / 5) + 1
  const month = mp < 10 ? mp + 3 : mp - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` as LegalDate
}

function iso(at: Instant): string {
  const days = Math.floor(at / DAY)
  const ms = at - days * DAY
  const two = (n: number) => String(n).padStart(2, '0')
  const rest = ms % second
  const time = `${two(Math.floor(ms / hour))}:${two(Math.floor(ms / minute) % 60)}:${two(Math.floor(ms / second) % 60)}`
  return `${fromDayNumber(days)}T${time}${rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`}Z`
}

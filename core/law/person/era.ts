/**
 * Japanese eras (元号): western days written as people read them, and back; and the birth date as certificates carry it.
 * An era begins on its first day; the year in which it begins is 元年.
 *
 * @law 元号法 · 元号を改める政令 (昭和64年政令第1号・平成31年政令第143号)
 */
import { isLegalDate, legalDate, lastDay, partsOf, type LegalDate } from '../time.ts'

export interface Era {
  readonly name: '明治' | '大正' | '昭和' | '平成' | '令和'
  readonly roman: 'M' | 'T' | 'S' | 'H' | 'R'
  /** Digit that certificates write before a birth date. */
  readonly digit: 1 | 2 | 3 | 4 | 5
  readonly from: LegalDate
  /** Last day that documents write in this era. 明治 and 大正 ended on the day the next one began: that day has two names. */
  readonly until: LegalDate | null
}

/** The day 明治 began by the lunisolar calendar is 1868-01-25 in the Gregorian one. */
export const eras: readonly Era[] = [
  { name: '明治', roman: 'M', digit: 1, from: legalDate('1868-01-25'), until: legalDate('1912-07-30') },
  { name: '大正', roman: 'T', digit: 2, from: legalDate('1912-07-30'), until: legalDate('1926-12-25') },
  { name: '昭和', roman: 'S', digit: 3, from: legalDate('1926-12-25'), until: legalDate('1989-01-07') },
  { name: '平成', roman: 'H', digit: 4, from: legalDate('1989-01-08'), until: legalDate('2019-04-30') },
  { name: '令和', roman: 'R', digit: 5, from: legalDate('2019-05-01'), until: null },
]

/** The later era on a day with two names. Null for a day before 明治. */
export function eraOf(day: LegalDate): { readonly era: Era; readonly year: number } | null {
  const era = eras.findLast(({ from }) => from <= day)
  return era === undefined ? null : { era, year: partsOf(day).year - partsOf(era.from).year + 1 }
}

/** `令和8年11月25日`, `令和元年5月1日`; a day before 明治 in western form. */
export function wareki(day: LegalDate): string {
  const found = eraOf(day)
  const { year, month, day: d } = partsOf(day)
  const written = found === null ? `西暦${year}` : `${found.era.name}${found.year === 1 ? '元' : found.year}`
  return `${written}年${month}月${d}日`
}

/** `R8.11.25`: the short form of forms and receipts. */
export function shortWareki(day: LegalDate): string {
  const found = eraOf(day)
  const { year, month, day: d } = partsOf(day)
  return `${found === null ? year : `${found.era.roman}${found.year}`}.${month}.${d}`
}

/** Reads `令和8年11月25日` or `令和元年5月1日`, `1年` as 元年; null for anything else and for days outside the era. */
export function parseWareki(text: string): LegalDate | null {
  const match = /^(明治|大正|昭和|平成|令和)(元|[1-9]\d?)年([1-9]|1[0-2])月([1-9]|[12]\d|3[01])日$/.exec(text)
  const era = eras.find(({ name }) => name === match?.[1])
  if (match === null || era === undefined) return null
  const year = partsOf(era.from).year + (match[2] === '元' ? 1 : Number(match[2])) - 1
  const day = `${year}-${match[3]!.padStart(2, '0')}-${match[4]!.padStart(2, '0')}`
  return isLegalDate(day) && era.from <= day && (era.until === null || day <= era.until) ? day : null
}

// ---------------------------------------------------------------- EYYYYMMDD

/** A birth date of which parts are unknown (生年月日不詳). Null is unknown; a known day has a known month. */
export interface BirthDate { readonly year: number | null; readonly month: number | null; readonly day: number | null }

/** The era's digit and the Gregorian date; 0 for a day before 明治. */
export const eraDated = (day: LegalDate): string => `${eraOf(day)?.era.digit ?? 0}${day.replaceAll('-', '')}`

/**
 * Reads EYYYYMMDD. Era 0 and zeros stand for what is not known; how the real certificates fill it is not public, so
 * zeros are our reading. Null where a known part does not exist, or the era is not that of the date.
 */
export function parseEraDated(text: string): BirthDate | null {
  if (!/^[0-5]\d{8}$/.test(text)) return null
  const [digit, year, month, day] = [Number(text[0]), known(text.slice(1, 5)), known(text.slice(5, 7)), known(text.slice(7))]
  if (year === null) return digit === 0 && fits(null, month, day) ? { year, month, day } : null
  if (!fits(year, month, day)) return null
  const [earliest, latest] = span(year, month, day)
  const possible = eras.some((era) => era.digit === digit && era.from <= latest && (era.until === null || earliest <= era.until))
  const before = digit === 0 && earliest < eras[0]!.from
  return possible || before ? { year, month, day } : null
}

/** The day, where all of it is known. */
export function wholeDate({ year, month, day }: BirthDate): LegalDate | null {
  const [first, last] = year === null ? [null, null] : span(year, month, day)
  return first !== null && first === last ? first : null
}

const known = (digits: string): number | null => (/^0+$/.test(digits) ? null : Number(digits))

function fits(year: number | null, month: number | null, day: number | null): boolean {
  if (year !== null && year < 1000) return false
  if (month === null) return day === null
  if (month > 12) return false
  // Without a year the 29th of February may have been.
  return day === null || day <= lastDay(year ?? 2000, month)
}

/** First and last day that the known parts leave open. */
function span(year: number, month: number | null, day: number | null): readonly [LegalDate, LegalDate] {
  const write = (m: number, d: number) => legalDate(`${year}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`)
  return [write(month ?? 1, day ?? 1), write(month ?? 12, day ?? lastDay(year, month ?? 12))]
}

/**
 * Japanese eras (元号): western days written as people read them, and back. An era begins on its first day; the year in
 * which it begins is 元年.
 *
 * @law 元号法
 */
import { isLegalDate, legalDate, partsOf, type LegalDate } from './time.ts'

export interface Era {
  readonly name: '明治' | '大正' | '昭和' | '平成' | '令和'
  readonly roman: 'M' | 'T' | 'S' | 'H' | 'R'
  /** Digit that certificates write before a birth date. */
  readonly digit: 1 | 2 | 3 | 4 | 5
  readonly from: LegalDate
}

/** The day 明治 began by the lunisolar calendar is 1868-01-25 in the Gregorian one. */
export const eras: readonly Era[] = [
  { name: '明治', roman: 'M', digit: 1, from: legalDate('1868-01-25') },
  { name: '大正', roman: 'T', digit: 2, from: legalDate('1912-07-30') },
  { name: '昭和', roman: 'S', digit: 3, from: legalDate('1926-12-25') },
  { name: '平成', roman: 'H', digit: 4, from: legalDate('1989-01-08') },
  { name: '令和', roman: 'R', digit: 5, from: legalDate('2019-05-01') },
]

/** Null for a day before 明治. */
export function eraOf(day: LegalDate): { readonly era: Era; readonly year: number } | null {
  const era = eras.findLast(({ from }) => from <= day)
  return era === undefined ? null : { era, year: partsOf(day).year - partsOf(era.from).year + 1 }
}

/** `令和8年11月25日`; a day before 明治 in western form. */
export function wareki(day: LegalDate): string {
  const found = eraOf(day)
  const { year, month, day: d } = partsOf(day)
  const written = found === null ? `西暦${year}` : `${found.era.name}${found.year === 1 ? '元' : found.year}`
  return `${written}年${month}月${d}日`
}

/** Reads `令和8年11月25日` or `令和元年5月1日`; null for anything else and for days outside the era. */
export function parseWareki(text: string): LegalDate | null {
  const match = /^(明治|大正|昭和|平成|令和)(元|[1-9]\d?)年([1-9]|1[0-2])月([1-9]|[12]\d|3[01])日$/.exec(text)
  const era = eras.find(({ name }) => name === match?.[1])
  if (match === null || era === undefined) return null
  const year = partsOf(era.from).year + (match[2] === '元' ? 1 : Number(match[2])) - 1
  const day = `${year}-${match[3]!.padStart(2, '0')}-${match[4]!.padStart(2, '0')}`
  return isLegalDate(day) && eraOf(day)?.era === era ? day : null
}

/** `YYMMDD` with the year of the era: the birth-date part of 照合番号B and of the card face. Null before 明治. */
export function eraYearDigits(day: LegalDate): string | null {
  const found = eraOf(day)
  return found === null ? null : `${String(found.year).padStart(2, '0')}${day.slice(5, 7)}${day.slice(8, 10)}`
}

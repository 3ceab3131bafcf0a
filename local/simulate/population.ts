/**
 * A hundred million synthetic cards: each drawn with a day of making, a birthday and an age, and counted by what its ends
 * hang on. Ends are birthdays, so that of the day of making only the year counts, and whether that year's birthday was
 * still to come.
 *
 * Anchors without a source are assumptions, as are the months of birth and the ages; they are here to be changed.
 */
import { isWeekdayWithoutHoliday } from '../../core/law/statistics/calendar.ts'
import { addDays, daysBetween, legalDate, partsOf, type LegalDate } from '../../core/law/time.ts'

/** Cards made until a day, in millions. */
const anchors: readonly (readonly [day: LegalDate, millions: number])[] = [
  [legalDate('2016-04-01'), 0],
  [legalDate('2020-11-01'), 27.773_689], // 総務省, 2020-11-01: handed over
  [legalDate('2023-06-30'), 93.060_433], // デジタル庁, 2023-06-30: handed over
  [legalDate('2026-04-01'), 104],
]
/** Births by month, relative to an even year: more in summer, fewer in early spring. */
const birthsByMonth = [0.99, 0.97, 0.97, 0.98, 1.0, 0.99, 1.05, 1.05, 1.05, 1.02, 0.98, 0.97]
/** Share of cards by age at making: adults, and minors by how many five-year cards they will have had before they are 18. */
const ages = [0.84, 0.05, 0.05, 0.04, 0.02]

export const firstYear = 2016
const years = 11
export const ageClasses = ages.length
/** Days of a leap year, 1 January first. */
export const birthdays = 366

/** Cards by year of making, birthday, whether the birthday of that year was still to come, and age. */
export interface Population { readonly cards: number; readonly counts: Int32Array }
export const cellOf = (year: number, birthday: number, ahead: 0 | 1, age: number): number => (((year - firstYear) * birthdays + birthday) * 2 + ahead) * ageClasses + age
export const yearsOfMaking: readonly number[] = Array.from({ length: years }, (_, i) => firstYear + i)

const monthStart = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335]
/** Index of a day in a leap year. */
export function dayIndex(day: LegalDate): number {
  const { month, day: d } = partsOf(day)
  return monthStart[month - 1]! + d - 1
}

/** Draws `cards` cards; the same seed draws the same. */
export function draw(cards: number, seed: number): Population {
  const days = weightedDays()
  const day = alias(days.map(([, weight]) => weight))
  const birthday = alias(birthdayWeights())
  const age = alias(ages)
  const yearOf = Uint16Array.from(days, ([d]) => partsOf(d).year - firstYear)
  const indexOf = Uint16Array.from(days, ([d]) => dayIndex(d))
  const counts = new Int32Array(years * birthdays * 2 * ageClasses)
  const next = xorshift(seed)
  for (let i = 0; i < cards; i++) {
    const made = day(next(), next())
    const born = birthday(next(), next())
    const cell = ((yearOf[made]! * birthdays + born) * 2 + (indexOf[made]! < born ? 1 : 0)) * ageClasses + age(next(), next())
    counts[cell] = counts[cell]! + 1
  }
  return { cards, counts }
}

/** Cards are made on weekdays without holidays, between two anchors evenly. */
function weightedDays(): (readonly [LegalDate, number])[] {
  const days: [LegalDate, number][] = []
  for (const [i, [to, millions]] of anchors.entries()) {
    const before = anchors[i - 1]
    if (before === undefined) continue
    const open: LegalDate[] = []
    for (let n = 0, span = daysBetween(before[0], to); n < span; n++) {
      const day = addDays(before[0], n)
      if (isWeekdayWithoutHoliday(day) === true) open.push(day)
    }
    for (const day of open) days.push([day, (millions - before[1]) / open.length])
  }
  return days
}

const birthdayWeights = (): number[] =>
  Array.from({ length: birthdays }, (_, i) => birthsByMonth[monthStart.findLastIndex((start) => start <= i)]! * (i === 59 ? 1 / 4 : 1))

/** Walker's method: one draw of a weighted choice by two even ones. */
function alias(weights: readonly number[]): (a: number, b: number) => number {
  const n = weights.length
  const sum = weights.reduce((x, y) => x + y, 0)
  const share = Float64Array.from(weights, (w) => (w / sum) * n)
  const other = new Uint16Array(n)
  const [small, large] = [[] as number[], [] as number[]]
  for (let i = 0; i < n; i++) (share[i]! < 1 ? small : large).push(i)
  while (small.length > 0 && large.length > 0) {
    const [less, more] = [small.pop()!, large.pop()!]
    other[less] = more
    share[more] = share[more]! + share[less]! - 1
    ;(share[more]! < 1 ? small : large).push(more)
  }
  for (const i of [...small, ...large]) share[i] = 1
  return (a, b) => {
    const i = Math.floor(a * n)
    return b < share[i]! ? i : other[i]!
  }
}

/** Marsaglia's xorshift, 32 bits: numbers in [0, 1). Not for secrets. */
function xorshift(seed: number): () => number {
  let x = seed | 0 || 1
  return () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) / 4_294_967_296
  }
}

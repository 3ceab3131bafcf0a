import { describe, expect, test } from 'vitest'
import { addDays, daysBetween, legalDate, weekday } from '../../core/law/time.ts'
import { renewableFrom } from '../../core/law/card/validity.ts'
import { dayCount, loadOf, renewed, span } from '../../local/simulate/load.ts'
import { peak, plot } from '../../local/simulate/plot.ts'
import { birthdays, cellOf, dayIndex, draw, yearsOfMaking, type Population } from '../../local/simulate/population.ts'

const at = (day: string): number => daysBetween(span.from, legalDate(day))
const sum = (values: Int32Array): number => values.reduce((a, b) => a + b, 0)
const daysWith = (values: Float64Array): string[] => [...values.entries()].filter(([, v]) => v > 0).map(([i]) => addDays(span.from, i))

/** One kind of card only. */
function only(year: number, day: string, ahead: 0 | 1, age: number, cards = 1_000): Population {
  const counts = new Int32Array(yearsOfMaking.length * birthdays * 2 * 5)
  counts[cellOf(year, dayIndex(legalDate(day)), ahead, age)] = cards
  return { cards, counts }
}

describe('the population', () => {
  const population = draw(200_000, 7)
  test('as many cards as asked for; the same seed draws the same, another another', () => {
    expect(sum(population.counts)).toBe(200_000)
    expect(draw(200_000, 7).counts).toEqual(population.counts)
    expect(draw(200_000, 8).counts).not.toEqual(population.counts)
  })

  test('a 29 February is a quarter of its neighbours', () => {
    const born = (index: number): number => {
      let n = 0
      for (const year of yearsOfMaking) for (const ahead of [0, 1] as const) for (let age = 0; age < 5; age++) n += population.counts[cellOf(year, index, ahead, age)]!
      return n
    }
    expect(born(59) / ((born(58) + born(60)) / 2)).toBeGreaterThan(0.15)
    expect(born(59) / ((born(58) + born(60)) / 2)).toBeLessThan(0.37)
  })
})

describe('the load', () => {
  test('公的個人認証法施行規則 第49条: made 2020 before the birthday, an adult: certificates end 2029 with the card, then by fives', () => {
    // 10th birthday after the making: 2029; the second certificates, renewed early in 2024, end with it.
    const load = loadOf(only(2020, '2000-10-10', 1, 0))
    expect(daysWith(load.cardEnds)).toEqual(['2029-10-10'])
    expect(daysWith(load.certificateEnds)).toEqual(['2033-10-10'])
    expect(load.cardEnds[at('2029-10-10')]).toBe(1_000)
    expect(load.certificateEnds[at('2033-10-10')]).toBeCloseTo(900)
  })

  test('カード命令 第26条: a minor’s card ends with the fifth birthday, the next one is an adult’s', () => {
    expect(daysWith(loadOf(only(2024, '2000-10-10', 0, 1)).cardEnds)).toEqual(['2029-10-10'])
    expect(daysWith(loadOf(only(2024, '2000-10-10', 0, 2)).cardEnds)).toEqual(['2029-10-10', '2033-10-10'])
  })

  test('born on 29 February: the ends of other years are on the 28th', () => {
    expect(daysWith(loadOf(only(2020, '2000-02-29', 0, 0)).cardEnds)).toEqual(['2030-02-28'])
  })

  test('who renews does so on a weekday of the last three months, and is on a list until the old end; the rest is swept the day after', () => {
    const load = loadOf(only(2020, '2000-10-10', 1, 0))
    const end = legalDate('2029-10-10')
    const days = daysWith(load.issued).filter((day) => day < '2030')
    expect(days[0]! >= renewableFrom(end, end) && days.at(-1)! <= end).toBe(true)
    expect(days.filter((day) => weekday(day as never) % 6 === 0)).toEqual([])
    expect(days.reduce((n, day) => n + load.issued[at(day)]!, 0)).toBeCloseTo(2 * 1_000 * renewed.cards)
    expect(load.listed[at('2029-10-10')]).toBeCloseTo(2 * 1_000 * renewed.cards)
    expect(load.listed[at('2029-10-11')]).toBe(0)
    expect(load.swept[at('2029-10-11')]).toBeCloseTo(1_000 * (1 - renewed.cards))
  })
})

test('the plot says its peaks in words, and is well-formed', () => {
  const values = new Float64Array(dayCount)
  values[at('2027-01-01')] = 12_345
  expect(peak(values)).toEqual({ at: at('2027-01-01'), value: 12_345 })
  const svg = plot('a < b', span.from, [{ name: 'ends', colour: '#000', values }])
  expect(svg).toContain('ends: at most 12,345 on 2027-01-01')
  expect(svg).toContain('a &lt; b')
  expect(svg.match(/<\w(?:[^>]*[^/])?>/g)!.length).toBe(svg.match(/<\/\w+>/g)!.length)
})

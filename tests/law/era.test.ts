import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeBirthDate } from '../../core/pki/holder.ts'
import { eraDated, eraOf, eras, parseEraDated, parseWareki, shortWareki, wareki, wholeDate } from '../../core/law/person/era.ts'
import { addDays, daysBetween, legalDate } from '../../core/law/time.ts'

const d = legalDate
const anyDay = fc.integer({ min: 0, max: daysBetween(d('1868-01-25'), d('2100-12-31')) }).map((n) => addDays(d('1868-01-25'), n))

describe('和暦 (元号法)', () => {
  test.each([
    ['1868-01-24', '西暦1868年1月24日', '1868.1.24'], ['1868-01-25', '明治元年1月25日', 'M1.1.25'], ['1912-07-29', '明治45年7月29日', 'M45.7.29'], ['1912-07-30', '大正元年7月30日', 'T1.7.30'],
    ['1926-12-24', '大正15年12月24日', 'T15.12.24'], ['1926-12-25', '昭和元年12月25日', 'S1.12.25'], ['1927-01-01', '昭和2年1月1日', 'S2.1.1'], ['1989-01-07', '昭和64年1月7日', 'S64.1.7'],
    ['1989-01-08', '平成元年1月8日', 'H1.1.8'], ['2019-04-30', '平成31年4月30日', 'H31.4.30'], ['2019-05-01', '令和元年5月1日', 'R1.5.1'], ['2020-11-10', '令和2年11月10日', 'R2.11.10'],
  ])('%s is %s', (day, long, short) => {
    expect([wareki(d(day)), shortWareki(d(day))]).toEqual([long, short])
    if (!long.startsWith('西暦')) expect(parseWareki(long)).toBe(day)
  })

  test('there and back for every day', () => {
    fc.assert(fc.property(anyDay, (day) => void expect(parseWareki(wareki(day))).toBe(day)), { numRuns: 500 })
  })

  test('the last day of 明治 and of 大正 has two names; both are read', () => {
    expect([parseWareki('明治45年7月30日'), parseWareki('大正15年12月25日')]).toEqual(['1912-07-30', '1926-12-25'])
  })

  test.each([
    '明治45年7月31日', '大正15年12月26日', '大正元年7月29日', '昭和64年1月8日', '平成元年1月7日', '平成31年5月1日', '平成32年1月1日', '令和元年4月30日', '令和0年1月1日', '令和5年2月29日', '令和5年13月1日', '令和５年1月1日', '令和5年01月1日', ' 令和5年1月1日', '和5年1月1日', '',
  ])('not a day: %j', (text) => expect(parseWareki(text)).toBeNull())

  test('1年 is read as 元年', () => expect(parseWareki('令和1年5月1日')).toBe('2019-05-01'))

  test('eras follow each other without a gap', () => {
    for (let i = 1; i < eras.length; i++) expect(daysBetween(eras[i - 1]!.until!, eras[i]!.from)).toBeLessThanOrEqual(1)
  })
})

describe('EYYYYMMDD', () => {
  test.each([['1899-12-01', '118991201'], ['1980-02-17', '319800217'], ['1989-01-07', '319890107'], ['1989-01-08', '419890108'], ['2019-05-01', '520190501'], ['1867-06-01', '018670601'], ['1868-01-24', '018680124'], ['1000-01-01', '010000101']])('%s is %s', (day, text) => {
    expect(eraDated(d(day))).toBe(text)
    expect(wholeDate(parseEraDated(text)!)).toBe(day)
  })

  test('the law and the bytes write the same', () => {
    fc.assert(fc.property(anyDay, (day) => {
      expect(eraDated(day)).toBe(encodeBirthDate(day))
      expect(eraDated(day)[0]).toBe(String(eraOf(day)!.era.digit))
    }))
  })

  test.each([
    ['319500000', { year: 1950, month: null, day: null }], ['319500300', { year: 1950, month: 3, day: null }], ['000000000', { year: null, month: null, day: null }],
    ['000000229', { year: null, month: 2, day: 29 }], ['219260000', { year: 1926, month: null, day: null }], ['319260000', { year: 1926, month: null, day: null }], ['018670000', { year: 1867, month: null, day: null }],
  ])('partly unknown: %s', (text, expected) => {
    expect(parseEraDated(text)).toEqual(expected)
    expect(wholeDate(parseEraDated(text)!)).toBeNull()
  })

  test.each(['419890107', '319890108', '019890107', '619900101', '31989010', '3198901077', '319890230', '319891301', '319500015', '300000000', '319250000', '220190501', '000001301', '000000230', '018680125', '009990101'])('not a birth date: %s', (text) => {
    expect(parseEraDated(text)).toBeNull()
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { calendarSpan, holidayName, isOfficeDay, isWeekdayWithoutHoliday, weekdaysWithoutHolidays } from '../../core/law/statistics/calendar.ts'
import { month, monthOf, parseMonth, spanOf } from '../../core/law/statistics/month.ts'
import { convention, derived, published } from '../../core/law/statistics/deck.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { dailyAverage, divisor, impliedMonths, impliedTotal, monthlyAverage } from '../../core/law/statistics/average.ts'
import { figuresAt, percent, yearlyReport, type CountedApplication, type LedgerEntry } from '../../core/law/statistics/statistics.ts'
import { byMonth, type DailyCount } from '../../core/law/statistics/counts.ts'
import { provided, tally, type Provisions } from '../../core/law/statistics/provision.ts'
import { addDays, instant, legalDate } from '../../core/law/time.ts'
import { defaultNow } from '../harness/world.ts'

const d = legalDate

describe('days without weekends and holidays (国民の祝日に関する法律)', () => {
  test.each([['2020-08', 20], ['2020-09', 20], ['2020-10', 22], ['2020-07', 21], ['2019-05', 19], ['2021-07', 20], ['2021-10', 21]])('%s has %i', (of, days) => {
    expect(divisor(spanOf(month(of)), 'weekdays without holidays')).toBe(days)
  })

  test.each([
    ['2020-07-23', '海の日'], ['2020-07-24', 'スポーツの日'], ['2020-08-10', '山の日'], ['2020-08-11', null], ['2020-09-21', '敬老の日'], ['2020-09-22', '秋分の日'], ['2020-10-12', null],
    ['2019-04-30', '休日'], ['2019-05-01', '休日'], ['2019-10-22', '休日'], ['2021-07-22', '海の日'], ['2021-08-09', '休日'], ['2026-09-22', '休日'],
  ])('%s', (day, name) => {
    const found = holidayName(d(day))
    if (name === null) expect(found).toBeNull()
    else expect(found).toMatch(name === '休日' ? /休日|即位/ : name)
    expect(isWeekdayWithoutHoliday(d(day))).toBe(name === null)
  })

  test('weekends are left out, office days leave out the turn of the year too (行政機関の休日に関する法律 第1条)', () => {
    expect(['2020-10-30', '2020-10-31', '2020-11-01', '2020-11-02'].map((day) => isWeekdayWithoutHoliday(d(day)))).toEqual([true, false, false, true])
    expect(['2020-12-28', '2020-12-29', '2020-12-31', '2021-01-01', '2021-01-04'].map((day) => isOfficeDay(d(day)))).toEqual([true, false, false, false, true])
    expect(['2023-01-03', '2023-01-04'].map((day) => isOfficeDay(d(day)))).toEqual([false, true])
    expect(isWeekdayWithoutHoliday(d('2020-12-31'))).toBe(true)
  })

  test('outside the table nothing is said', () => {
    for (const day of [addDays(calendarSpan.from, -1), addDays(calendarSpan.until, 1)]) {
      for (const answer of [holidayName(day), isWeekdayWithoutHoliday(day), isOfficeDay(day), weekdaysWithoutHolidays(day, d('2020-01-01')), weekdaysWithoutHolidays(d('2020-01-01'), day)]) expect(answer).toMatchObject({ code: 'MALFORMED_INPUT' })
    }
    expect([isRefusal(holidayName(calendarSpan.from)), isRefusal(holidayName(calendarSpan.until))]).toEqual([false, false])
  })

  test('months', () => {
    expect(['2020-13', '2020-00', '2020-1', '20-01', '2020-01-01'].every((text) => isRefusal(parseMonth(text)))).toBe(true)
    expect(spanOf(month('2024-02'))).toEqual({ from: '2024-02-01', to: '2024-02-29' })
    expect(monthOf(d('2024-02-29'))).toBe('2024-02')
    expect(() => month('2020-13')).toThrow(RangeError)
  })
})

describe('averages state their days', () => {
  test('the same total, two conventions', () => {
    expect(monthlyAverage(1_177_620, month('2020-08'), 'weekdays without holidays')).toEqual({ total: 1_177_620, days: 20, convention: 'weekdays without holidays', perDay: 58_881 })
    expect(monthlyAverage(1_177_620, month('2020-08'), 'calendar days')).toEqual({ total: 1_177_620, days: 31, convention: 'calendar days', perDay: 37_988 })
  })

  test('a single day is a span', () => {
    expect(dailyAverage(7, { from: d('2020-10-30'), to: d('2020-10-30') }, 'weekdays without holidays')).toMatchObject({ days: 1, perDay: 7 })
  })

  test('no day, no average; an empty span is refused', () => {
    expect(dailyAverage(7, { from: d('2020-10-31'), to: d('2020-11-01') }, 'weekdays without holidays')).toMatchObject({ days: 0, perDay: null })
    expect(dailyAverage(7, { from: d('2020-10-31'), to: d('2020-10-30') }, 'calendar days')).toMatchObject({ code: 'MALFORMED_INPUT', field: 'to' })
  })

  test('a rounded average implies its total within half a unit for each day', () => {
    fc.assert(fc.property(fc.nat(3_000_000), fc.integer({ min: 1, max: 31 }), (total, days) => {
      const implied = impliedTotal(Math.round(total / days), days)
      expect(Math.abs(total - implied.total)).toBeLessThanOrEqual(implied.tolerance)
    }))
  })
})

describe('published figures of 2020-11-01', () => {
  test('1,622,122 were known to be dropped; 88.02 % of the valid were handed over', () => {
    expect(derived).toEqual({ dropped: 1_622_122, droppedPercent: 4.89, deliveredPercentOfValid: 88.02, waiting: 3_781_540 })
    expect(published.valid + derived.dropped).toBe(33_177_351)
    expect(percent(1, 0)).toBeNull()
  })

  test('totals that the averages imply', () => {
    expect(convention).toBe('weekdays without holidays')
    expect(impliedMonths()).toEqual([
      { month: '2020-08', days: 20, valid: { total: 1_177_620, tolerance: 10 }, delivered: { total: 1_294_960, tolerance: 10 } },
      { month: '2020-09', days: 20, valid: { total: 1_284_480, tolerance: 10 }, delivered: { total: 1_263_720, tolerance: 10 } },
      { month: '2020-10', days: 22, valid: { total: 965_074, tolerance: 11 }, delivered: { total: 1_560_878, tolerance: 11 } },
    ])
  })
})

describe('figures at an instant', () => {
  const application = (received: number, dropped: number | null = null, delivered: number | null = null, ended: number | null = null): CountedApplication => ({
    receivedAt: instant(received), droppedAt: dropped === null ? null : instant(dropped), deliveredAt: delivered === null ? null : instant(delivered), endedAt: ended === null ? null : instant(ended),
  })
  const all = [application(1), application(2, 5), application(3, null, 6), application(4, null, 7, 9), application(8)]

  test('valid = received − known dropped, held = delivered − ended, each as known then', () => {
    expect([0, 4, 5, 7, 9].map((at) => figuresAt(all, instant(at)))).toEqual([
      { received: 0, dropped: 0, valid: 0, delivered: 0, held: 0 }, { received: 4, dropped: 0, valid: 4, delivered: 0, held: 0 }, { received: 4, dropped: 1, valid: 3, delivered: 0, held: 0 },
      { received: 4, dropped: 1, valid: 3, delivered: 2, held: 2 }, { received: 5, dropped: 1, valid: 4, delivered: 2, held: 1 },
    ])
  })

  test('a drop that is learned later lowers the figure from then on and not before', () => {
    expect(figuresAt([application(1, 5)], instant(4)).valid).toBe(1)
    expect(figuresAt([application(1, 5)], instant(5)).valid).toBe(0)
  })

  test('received and delivered never fall; valid and held never exceed them', () => {
    const some = fc.array(fc.tuple(fc.nat(20), fc.option(fc.nat(20), { nil: null }), fc.option(fc.nat(20), { nil: null }), fc.option(fc.nat(20), { nil: null })).map(([r, x, y, z]) => application(r, x, y, z)))
    fc.assert(fc.property(some, fc.nat(20), (applications, at) => {
      const [now, later] = [figuresAt(applications, instant(at)), figuresAt(applications, instant(at + 1))]
      expect(later.received >= now.received && later.delivered >= now.delivered).toBe(true)
      expect(now.valid <= now.received && now.valid >= 0 && now.held <= now.delivered && now.held >= 0).toBe(true)
    }))
  })
})

describe('yearly report (公的個人認証法 第41条・施行規則 第72条)', () => {
  const entry = (on: string, provision: LedgerEntry['provision'], count: number, recipient = '国税庁', method = 'OCSP'): LedgerEntry => ({ on: d(on), provision, count, recipient, method })
  const ledger = [
    entry('2025-04-30', 'revocation-information', 5), entry('2025-04-01', 'revocation-information', 7), entry('2025-04-02', 'revocation-information', 1, '国税庁', 'CRL'), entry('2025-04-02', 'four-information', 2, '架空銀行'),
    entry('2026-03-31', 'revocation-file', 1), entry('2025-03-31', 'revocation-information', 100), entry('2026-04-01', 'revocation-information', 100), entry('2025-05-01', 'face-verifier-code', 100),
  ]

  const certificates = { issued: [{ month: month('2025-04'), kind: 'signature', count: 3 }], revoked: [{ month: month('2025-05'), kind: 'signature', ground: 'record-changed', count: 1 }] } as const

  test('day becomes month, counts are summed by recipient, kind and method; what is the ledger’s alone is left out', () => {
    expect(yearlyReport(ledger, certificates, d('2025-04-01'))).toEqual({
      from: '2025-04-01', to: '2026-03-31',
      rows: [
        { recipient: '国税庁', month: '2025-04', provision: 'revocation-information', method: 'CRL', count: 1 }, { recipient: '国税庁', month: '2025-04', provision: 'revocation-information', method: 'OCSP', count: 12 },
        { recipient: '架空銀行', month: '2025-04', provision: 'four-information', method: 'OCSP', count: 2 }, { recipient: '国税庁', month: '2026-03', provision: 'revocation-file', method: 'OCSP', count: 1 },
      ],
      ...certificates,
    })
  })

  test('the order of the ledger does not matter', () => {
    fc.assert(fc.property(fc.shuffledSubarray(ledger, { minLength: ledger.length }), (shuffled) => void expect(yearlyReport(shuffled, certificates, d('2025-04-01'))).toEqual(yearlyReport(ledger, certificates, d('2025-04-01')))))
  })
})

describe('counts that are added up', () => {
  test('month by month, each the sum of its days, in order', () => {
    const day = (on: string, applicationsReceived: number, cardsDelivered: number) => ({ day: legalDate(on), applicationsReceived, cardsDelivered }) as DailyCount
    expect(byMonth([day('2026-03-30', 1, 2), day('2026-03-31', 3, 4), day('2026-04-01', 5, 6)])).toEqual([{ month: '2026-03', applicationsReceived: 4, cardsDelivered: 6 }, { month: '2026-04', applicationsReceived: 5, cardsDelivered: 6 }])
    expect(byMonth([])).toEqual([])
  })

  test('法 第41条: what a busy door provided is written down together, at its first time, after a while and at its end', async () => {
    const added: unknown[] = []
    const { count, flush } = tally({ add: async (counts) => { added.push(counts) } } as Provisions, 1_000)
    const at = (milliseconds: number) => instant(defaultNow + milliseconds)
    const one = { day: '2026-04-01', recipient: 'a', provision: 'status', method: 'ocsp' }
    await count(at(0), 'a', 'status' as never, 'ocsp', 1)
    await count(at(1), 'a', 'status' as never, 'ocsp', 2)
    await count(at(999), 'a', 'status' as never, 'ocsp', 3)
    await count(at(999), 'b', 'status' as never, 'ocsp', 4)
    expect(added).toEqual([[{ ...one, count: 1 }]])
    await count(at(1_000), 'a', 'status' as never, 'ocsp', 1)
    expect(added[1]).toEqual([{ ...one, count: 6 }, { ...one, recipient: 'b', count: 4 }])
    await flush()
    expect(added).toHaveLength(2)
    await count(at(1_001), 'a', 'status' as never, 'ocsp', 9)
    await flush()
    expect(added[2]).toEqual([{ ...one, count: 9 }])
  })

  test('and one thing alone by the day it was provided', async () => {
    const added: unknown[] = []
    await provided({ clock: { now: () => defaultNow }, provisions: { add: async (counts: unknown) => { added.push(counts) } } } as never, 'a', 'status' as never, 'ocsp')
    expect(added).toEqual([[{ day: '2026-04-01', recipient: 'a', provision: 'status', method: 'ocsp', count: 1 }]])
  })
})

/** The queries of schema/README.md: each is valid, and what anybody may ask answers as the reference data has it. */
import { readFileSync } from 'node:fs'
import { parse, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import { anonymous } from '../../core/law/actor.ts'
import type { DailyCount } from '../../core/law/statistics/counts.ts'
import { month } from '../../core/law/statistics/month.ts'
import { addDays, legalDate } from '../../core/law/time.ts'
import { ask, now, officer, schema, tokyo } from './fixture.ts'

const blocks = [...readFileSync(new URL('../../schema/README.md', import.meta.url), 'utf8').matchAll(/```graphql\n([\s\S]*?)```/g)].map((match) => match[1]!)
const named = (name: string): string => blocks.find((block) => new RegExp(`(query|mutation) ${name} `).test(block))!

test.each(blocks.map((block) => [/(?:query|mutation) (\w+)/.exec(block)![1]!, block]))('%s is valid', (_, block) => {
  expect(validate(schema, parse(block)).map((e) => e.message)).toEqual([])
})
test('there is one for each part of the tour', () => expect(blocks.length).toBe(35))

describe('without a token', () => {
  test('smartphones: the sums are those that the list states', async () => {
    const { data } = await ask(anonymous, named('Phones')) as { data: Record<string, any> }
    const all = data['smartphones']
    const sums = (column: string): Record<string, number> => Object.fromEntries(all[column].map((sum: { key: string; models: number }) => [sum.key, sum.models]))
    expect([all.models, all.statedAndroid, all.statedIphone]).toEqual([172, 160, 12])
    expect(sums('bySystem')).toEqual({ Android: 160, iPhone: 12 })
    expect(sums('byYear')).toEqual({ 2016: 7, 2017: 23, 2018: 29, 2019: 47, 2020: 54, '—': 12 })
    expect(sums('byMaker')).toMatchObject({ シャープ: 55, 富士通: 20, ソニー: 31, サムスン: 29, LG: 14, Google: 7, 京セラ: 3, トリニティ: 1, Apple: 12 })
    expect(sums('byCarrier')).toMatchObject({ docomo: 51, kddi: 37, softbank: 19, mvno: 12, uq: 10, ymobile: 9, rakuten: 7, jcom: 2, tone: 1 })
    expect([data['sharp'].models, data['jcom'].rows.map((row: { carrierAsPrinted: string }) => row.carrierAsPrinted)]).toEqual([15, ['J:COM', 'JCOM']])
  })

  test('published figures and what follows from them', async () => {
    const { data } = await ask(anonymous, named('Published')) as { data: { publishedFigures: Record<string, any> } }
    expect(data.publishedFigures).toMatchObject({ applicationsDropped: 1_622_122, droppedPercent: 4.89, deliveredPercentOfValid: 88.02, waiting: 3_781_540, convention: 'WEEKDAYS_WITHOUT_HOLIDAYS' })
    expect(data.publishedFigures['months'].map((m: Record<string, any>) => [m['month'], m['days'], m['valid'], m['delivered'].total])).toEqual([
      ['2020-08', 20, { total: 1_177_620, tolerance: 10 }, 1_294_960], ['2020-09', 20, { total: 1_284_480, tolerance: 10 }, 1_263_720], ['2020-10', 22, { total: 965_074, tolerance: 11 }, 1_560_878],
    ])
  })
})

describe('公的個人認証法 第40条・第41条: statistics', () => {
  const counts = { asOf: now, applicationsReceived: 5, applicationsValid: 4, cardsDelivered: 3, cardsHeld: 2, signatureCertificatesIssued: 1, authenticationCertificatesIssued: 1, certificatesRevoked: 0 }
  const daily = async (from: string, to: string): Promise<DailyCount[]> => {
    const days: DailyCount[] = []
    for (let day = legalDate(from); day <= to; day = addDays(day, 1)) days.push({ day, applicationsReceived: 7, cardsDelivered: day === '2026-04-29' ? 100 : 0 })
    return days
  }

  test('averages say their convention: a holiday’s count stays in the total, its day leaves the divisor', async () => {
    const { data } = await ask(officer('agency', 'statistics'), named('Statistics'), {}, { counts: { at: async () => counts, daily } }) as { data: { statistics: Record<string, any> } }
    const { months, weekdays, calendar } = data.statistics['daily']
    expect(months).toEqual([{ month: '2026-04', applicationsReceived: 210, cardsDelivered: 100 }])
    // April 2026: 22 weekdays, one of them 昭和の日.
    expect(weekdays).toEqual({ applicationsReceived: { total: 210, days: 21, convention: 'WEEKDAYS_WITHOUT_HOLIDAYS', perDay: 10 }, cardsDelivered: { total: 100, days: 21, convention: 'WEEKDAYS_WITHOUT_HOLIDAYS', perDay: 5 } })
    expect(calendar.applicationsReceived).toEqual({ total: 210, days: 30, convention: 'CALENDAR_DAYS', perDay: 7 })
  })

  test('by municipality, and the yearly report: days become months', async () => {
    const ledger = async () => [4, 20].map((d) => ({ recipient: '見本銀行', on: legalDate(`2026-05-${String(d).padStart(2, '0')}`), provision: 'four-information' as const, method: 'API', count: d }))
    const ports = { counts: { byMunicipality: async () => [{ municipality: tokyo, applicationsReceived: 3, cardsDelivered: 2, cardsHeld: 1 }], ledger, certificates: async () => ({ issued: [{ month: month('2026-05'), kind: 'signature' as const, count: 9 }], revoked: [{ month: month('2026-06'), kind: 'signature' as const, ground: 'record-changed' as const, count: 2 }] }) } }
    const { data } = await ask(officer('ministry', 'statistics'), named('Reports'), {}, ports) as { data: Record<string, any> }
    expect(data['statisticsByMunicipality'].municipalities).toEqual([{ municipality: tokyo, applicationsReceived: 3, cardsDelivered: 2, cardsHeld: 1 }])
    expect(data['yearlyReport']).toEqual({ from: '2026-04-01', to: '2027-03-31', rows: [{ month: '2026-05', recipient: '見本銀行', provision: 'FOUR_INFORMATION', method: 'API', count: 24 }], issued: [{ month: '2026-05', kind: 'SIGNATURE', count: 9 }], revoked: [{ month: '2026-06', kind: 'SIGNATURE', ground: 'RECORD_CHANGED', count: 2 }] })
    const municipal = await ask(officer('municipal', 'statistics'), '{ yearlyReport(from: "2026-04-01") { ... on Refused { code } } }', {}, ports)
    expect(municipal.data).toEqual({ yearlyReport: { code: 'NOT_PERMITTED' } })
  })
})

import { describe, expect, test } from 'vitest'
import { channels, findPhones, makers, phones, stated, sumOfModels, sumsBy, type Maker } from '../../core/law/statistics/phones.ts'

const android = findPhones({ platform: 'Android' })

describe('スマートフォン一覧, 2020-09-14', () => {
  test('76 rows add up to the stated 160, and 12 iPhones', () => {
    expect(android).toHaveLength(76)
    expect(sumOfModels(android)).toBe(stated.Android)
    expect(sumOfModels(findPhones({ platform: 'iPhone' }))).toBe(stated.iPhone)
    expect([...sumsBy(phones, 'platform')]).toEqual([['Android', 160], ['iPhone', 12]])
  })

  // The check table of the list, by year and maker.
  test.each<[number, Partial<Record<Maker, number>>]>([
    [2016, { シャープ: 5, 富士通: 2 }], [2017, { シャープ: 15, 富士通: 4, ソニー: 4 }], [2018, { シャープ: 10, 富士通: 2, ソニー: 9, サムスン: 7, トリニティ: 1 }],
    [2019, { シャープ: 15, 富士通: 5, ソニー: 11, サムスン: 13, 京セラ: 3 }], [2020, { シャープ: 10, 富士通: 7, ソニー: 7, サムスン: 9, LG: 14, Google: 7 }],
  ])('%i', (year, expected) => expect(Object.fromEntries(sumsBy(findPhones({ year }), 'maker'))).toEqual(expected))

  test('by year, by maker, by channel', () => {
    expect([...sumsBy(android, 'year')]).toEqual([[2016, 7], [2017, 23], [2018, 29], [2019, 47], [2020, 54]])
    expect(Object.fromEntries(sumsBy(android, 'maker'))).toEqual({ シャープ: 55, 富士通: 20, ソニー: 31, サムスン: 29, LG: 14, Google: 7, 京セラ: 3, トリニティ: 1 })
    expect(new Map(sumsBy(android, 'printedChannel'))).toEqual(new Map<string | null, number>([
      ['ドコモ', 51], ['KDDI', 37], ['ソフトバンク', 19], ['MVNO', 12], ['UQ', 10], ['Y!mobile', 9], ['楽天モバイル', 7], ['SIMフリー', 3], ['法人向けSIMフリー', 2], ['J:COM', 1], ['JCOM', 1], ['TONEモバイル', 1], [null, 7],
    ]))
  })

  test('two spellings of one carrier are found under one key', () => {
    expect(findPhones({ channel: 'jcom' }).map((row) => [row.year, row.printedChannel])).toEqual([[2017, 'J:COM'], [2019, 'JCOM']])
  })

  test('a query narrows; an unknown year finds nothing', () => {
    expect(findPhones({ maker: 'LG', channel: 'docomo', year: 2020 })).toEqual([{ platform: 'Android', year: 2020, maker: 'LG', printedChannel: 'ドコモ', channel: 'docomo', models: 8 }])
    expect(findPhones({ year: 2015 })).toEqual([])
    expect(findPhones({})).toEqual(phones)
  })

  test('no row is told twice, and every maker and channel of the tables occurs', () => {
    expect(new Set(phones.map((row) => `${row.platform} ${row.year} ${row.maker} ${row.printedChannel}`)).size).toBe(phones.length)
    expect(new Set(phones.map((row) => row.maker))).toEqual(new Set(Object.keys(makers)))
    expect(new Set(android.flatMap((row) => row.printedChannel ?? []))).toEqual(new Set(Object.keys(channels)))
  })
})

/**
 * Smartphones that read the card (マイナンバーカード読み取り対応スマートフォン一覧), as of 2020-09-14: numbers of models by year,
 * maker and carrier or sales channel, in the spelling of the published list. It names no models.
 *
 * Source: 総務省「マイナンバーカード及び公的個人認証サービスの概要」(令和2年11月10日)
 */
import { legalDate } from '../time.ts'

export const makers = {
  シャープ: 'Sharp', 富士通: 'Fujitsu', ソニー: 'Sony', サムスン: 'Samsung', LG: 'LG', Google: 'Google', 京セラ: 'Kyocera', トリニティ: 'Trinity', Apple: 'Apple',
} as const
export type Maker = keyof typeof makers

/** Printed spelling → one key and an English name. `J:COM` and `JCOM` are one carrier. */
export const channels = {
  ドコモ: ['docomo', 'NTT docomo'], KDDI: ['kddi', 'KDDI'], ソフトバンク: ['softbank', 'SoftBank'], MVNO: ['mvno', 'MVNO'], UQ: ['uq', 'UQ mobile'], 'Y!mobile': ['ymobile', 'Y!mobile'],
  楽天モバイル: ['rakuten', 'Rakuten Mobile'], SIMフリー: ['sim-free', 'SIM-free'], 法人向けSIMフリー: ['sim-free-business', 'SIM-free for companies'], 'J:COM': ['jcom', 'J:COM'], JCOM: ['jcom', 'J:COM'], TONEモバイル: ['tone', 'Tone Mobile'],
} as const
export type PrintedChannel = keyof typeof channels
export type Channel = (typeof channels)[PrintedChannel][0]

export interface PhoneRow {
  readonly platform: 'Android' | 'iPhone'
  /** Null for the iPhone row, which is headed 2019、2020年 and reaches back to the iPhone 7. */
  readonly year: number | null
  readonly maker: Maker
  /** As printed; null where the list names none. */
  readonly printedChannel: PrintedChannel | null
  readonly channel: Channel | null
  readonly models: number
}

export const asOf = legalDate('2020-09-14')
/** The totals that the list itself states. */
export const stated = { Android: 160, iPhone: 12 } as const

/** In the order of the list. The 2019 line of ソニー, サムスン and 京セラ bears no year of its own and continues 2019. */
const android: readonly (readonly [number, Maker, readonly (readonly [PrintedChannel | '—', number])[]])[] = [
  [2016, 'シャープ', [['ドコモ', 1], ['KDDI', 2], ['ソフトバンク', 1], ['MVNO', 1]]],
  [2016, '富士通', [['ドコモ', 2]]],
  [2017, 'シャープ', [['ドコモ', 2], ['KDDI', 3], ['ソフトバンク', 3], ['Y!mobile', 1], ['UQ', 3], ['J:COM', 1], ['MVNO', 2]]],
  [2017, '富士通', [['ドコモ', 4]]],
  [2017, 'ソニー', [['ドコモ', 2], ['KDDI', 1], ['ソフトバンク', 1]]],
  [2018, 'シャープ', [['ドコモ', 2], ['KDDI', 2], ['ソフトバンク', 2], ['Y!mobile', 1], ['UQ', 1], ['MVNO', 2]]],
  [2018, '富士通', [['ドコモ', 2]]],
  [2018, 'ソニー', [['ドコモ', 4], ['KDDI', 3], ['ソフトバンク', 2]]],
  [2018, 'サムスン', [['ドコモ', 4], ['KDDI', 3]]],
  [2018, 'トリニティ', [['SIMフリー', 1]]],
  [2019, 'シャープ', [['ドコモ', 2], ['KDDI', 3], ['ソフトバンク', 3], ['楽天モバイル', 2], ['MVNO', 3], ['UQ', 1], ['Y!mobile', 1]]],
  [2019, '富士通', [['ドコモ', 1], ['ソフトバンク', 1], ['法人向けSIMフリー', 2], ['Y!mobile', 1]]],
  [2019, 'ソニー', [['ドコモ', 3], ['KDDI', 3], ['ソフトバンク', 2], ['楽天モバイル', 1], ['Y!mobile', 1], ['UQ', 1]]],
  [2019, 'サムスン', [['ドコモ', 5], ['KDDI', 5], ['UQ', 2], ['JCOM', 1]]],
  [2019, '京セラ', [['KDDI', 2], ['Y!mobile', 1]]],
  [2020, 'シャープ', [['ドコモ', 2], ['KDDI', 2], ['ソフトバンク', 2], ['楽天モバイル', 1], ['MVNO', 2], ['Y!mobile', 1]]],
  [2020, 'サムスン', [['ドコモ', 3], ['KDDI', 3], ['楽天モバイル', 2], ['UQ', 1]]],
  [2020, 'LG', [['ドコモ', 8], ['KDDI', 3], ['ソフトバンク', 2], ['Y!mobile', 1]]],
  [2020, '富士通', [['ドコモ', 2], ['楽天モバイル', 1], ['MVNO', 2], ['UQ', 1], ['TONEモバイル', 1]]],
  [2020, 'ソニー', [['ドコモ', 2], ['KDDI', 2], ['Y!mobile', 1], ['SIMフリー', 2]]],
  [2020, 'Google', [['—', 7]]],
]

/** 76 rows of Android and the one of iPhone. */
export const phones: readonly PhoneRow[] = [
  ...android.flatMap(([year, maker, sold]) => sold.map(([printed, models]): PhoneRow => ({
    platform: 'Android', year, maker, printedChannel: printed === '—' ? null : printed, channel: printed === '—' ? null : channels[printed][0], models,
  }))),
  { platform: 'iPhone', year: null, maker: 'Apple', printedChannel: null, channel: null, models: stated.iPhone },
]

export interface PhoneQuery {
  readonly platform?: PhoneRow['platform']
  readonly year?: number
  readonly maker?: Maker
  readonly channel?: Channel
}

/** The rows that match all of the query. */
export const findPhones = (query: PhoneQuery): readonly PhoneRow[] =>
  phones.filter((row) => (Object.keys(query) as (keyof PhoneQuery)[]).every((key) => query[key] === undefined || row[key] === query[key]))

export const sumOfModels = (rows: readonly PhoneRow[]): number => rows.reduce((sum, row) => sum + row.models, 0)

/** Sums by one column, in the order of first appearance; under `null` what bears no value there. */
export function sumsBy<K extends 'platform' | 'year' | 'maker' | 'channel' | 'printedChannel'>(rows: readonly PhoneRow[], column: K): ReadonlyMap<PhoneRow[K], number> {
  const sums = new Map<PhoneRow[K], number>()
  for (const row of rows) sums.set(row[column], (sums.get(row[column]) ?? 0) + row.models)
  return sums
}

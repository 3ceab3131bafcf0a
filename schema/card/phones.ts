/**
 * Reference data: the catalogue of smartphones that read the card, and the published figures of 2020 with what follows
 * from them.
 *
 * Source: 総務省「マイナンバーカード及び公的個人認証サービスの概要」(令和2年11月10日)
 */
import type { Month } from '../../core/law/statistics/month.ts'
import type { ImpliedMonth } from '../../core/law/statistics/average.ts'
import { convention, derived, published, publishedAverages } from '../../core/law/statistics/deck.ts'
import { asOf, channels, findPhones, makers, stated, sumOfModels, sumsBy, type Channel, type Maker, type PhoneRow } from '../../core/law/statistics/phones.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { DayCountEnum } from '../record/statistics.ts'

const PlatformEnum = builder.enumType('PhonePlatform', { description: 'System of a phone.', values: { ANDROID: { value: 'Android', description: 'Android.' }, IPHONE: { value: 'iPhone', description: 'iPhone.' } } as const })
const MakerEnum = builder.enumType('PhoneMaker', {
  description: 'Maker of a phone.', values: Object.fromEntries(Object.entries(makers).map(([printed, name]) => [name.toUpperCase(), { value: printed as Maker, description: printed }])) as Record<string, { value: Maker; description: string }>,
})
const channelNames = Object.fromEntries(Object.entries(channels).map(([printed, [key]]) => [key, printed])) as Record<Channel, string>
const CarrierEnum = enumOf<Channel>('PhoneCarrier', 'Carrier or sales channel; spellings of one carrier are one value.', channelNames)

const RowRef = builder.objectRef<PhoneRow>('PhoneRow').implement({
  description: 'Models of one year, maker and carrier. The list names no models.',
  fields: (t) => ({
    platform: t.field({ type: PlatformEnum, description: 'System.', resolve: (row) => row.platform }),
    year: t.exposeInt('year', { nullable: true, description: 'Null for the iPhone row, which spans years.' }),
    maker: t.field({ type: MakerEnum, description: 'Maker.', resolve: (row) => row.maker }),
    carrier: t.field({ type: CarrierEnum, nullable: true, description: 'Carrier; null where the list names none.', resolve: (row) => row.channel }),
    carrierAsPrinted: t.exposeString('printedChannel', { nullable: true, description: 'In the spelling of the list.' }),
    models: t.exposeInt('models', { description: 'How many models.' }),
  }),
})
interface Sum { readonly key: string; readonly models: number }
const SumRef = builder.objectRef<Sum>('PhoneSum').implement({
  description: 'How many models bear one value of a column.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The value; — where the list names none.' }),
    models: t.exposeInt('models', { description: 'How many models.' }),
  }),
})
const sums = (column: 'platform' | 'year' | 'maker' | 'channel') => (rows: readonly PhoneRow[]): Sum[] => [...sumsBy(rows, column)].map(([key, models]) => ({ key: String(key ?? '—'), models }))

const SmartphonesRef = builder.objectRef<readonly PhoneRow[]>('Smartphones').implement({
  description: 'Smartphones that read the card (マイナンバーカード読み取り対応スマートフォン一覧), with sums over the rows asked for.',
  fields: (t) => ({
    asOf: t.field({ type: 'Date', description: 'As of when.', resolve: () => asOf }),
    models: t.int({ description: 'How many models.', resolve: sumOfModels }),
    statedAndroid: t.int({ description: 'The total that the list itself states for Android.', resolve: () => stated.Android }),
    statedIphone: t.int({ description: 'The total that the list itself states for iPhone.', resolve: () => stated.iPhone }),
    rows: t.field({ type: [RowRef], description: 'The rows, in the order of the list.', resolve: (rows) => [...rows] }),
    byYear: t.field({ type: [SumRef], description: 'Sums by year.', resolve: sums('year') }),
    byMaker: t.field({ type: [SumRef], description: 'Sums by maker, as printed.', resolve: sums('maker') }),
    byCarrier: t.field({ type: [SumRef], description: 'Sums by carrier.', resolve: sums('channel') }),
    bySystem: t.field({ type: [SumRef], description: 'Sums by system.', resolve: sums('platform') }),
  }),
})
builder.queryField('smartphones', (t) => t.field({
  type: SmartphonesRef, description: 'Smartphones that read the card, as of 2020-09-14; what is left out is not asked for.', extensions: audience('everyone'),
  args: {
    year: t.arg.int({ required: false, description: 'Of this year.' }), maker: t.arg({ type: MakerEnum, required: false, description: 'Of this maker.' }),
    carrier: t.arg({ type: CarrierEnum, required: false, description: 'Of this carrier.' }), system: t.arg({ type: PlatformEnum, required: false, description: 'Of this system.' }),
  },
  resolve: (_, { year, maker, carrier, system }) => findPhones({
    ...(year == null ? {} : { year }), ...(maker == null ? {} : { maker }), ...(carrier == null ? {} : { channel: carrier }), ...(system == null ? {} : { platform: system }),
  }),
}))

// ---------------------------------------------------------------- published figures

interface Implied { readonly total: number; readonly tolerance: number }
const ImpliedRef = builder.objectRef<Implied>('ImpliedTotal').implement({
  description: 'The total that a rounded average stands for: total ± tolerance.',
  fields: (t) => ({ total: t.exposeInt('total', { description: 'Average times days.' }), tolerance: t.exposeFloat('tolerance', { description: 'Half a day’s rounding, times days.' }) }),
})
const MonthRef = builder.objectRef<ImpliedMonth>('PublishedMonth').implement({
  description: 'A month of the published daily averages, and the totals they stand for.',
  fields: (t) => ({
    month: t.string({ description: 'YYYY-MM.', resolve: ({ month }): Month => month }),
    days: t.exposeInt('days', { description: 'Days that the convention counts.' }),
    validPerDay: t.int({ description: '有効申請 a day, as published.', resolve: ({ month }) => publishedAverages.find((a) => a.month === month)!.validPerDay }),
    deliveredPerDay: t.int({ description: '交付 a day, as published.', resolve: ({ month }) => publishedAverages.find((a) => a.month === month)!.deliveredPerDay }),
    valid: t.expose('valid', { type: ImpliedRef, description: 'Implied total of valid applications.' }),
    delivered: t.expose('delivered', { type: ImpliedRef, description: 'Implied total of hand-overs.' }),
  }),
})
const PublishedRef = builder.objectRef<typeof published>('PublishedFigures').implement({
  description: 'Figures that the ministry published for 1 November 2020, and what follows from them. Derived values are computed.',
  fields: (t) => ({
    asOf: t.expose('asOf', { type: 'Date', description: 'As of when.' }),
    applicationsReceived: t.exposeInt('received', { description: '申請受付の総累計数, published.' }),
    applicationsValid: t.exposeInt('valid', { description: '有効申請受付数, published.' }),
    cardsDelivered: t.exposeInt('delivered', { description: '交付実施済数, published.' }),
    applicationsDropped: t.int({ description: 'Derived: known to have been dropped.', resolve: () => derived.dropped }),
    droppedPercent: t.float({ nullable: true, description: 'Derived: of all received.', resolve: () => derived.droppedPercent }),
    deliveredPercentOfValid: t.float({ nullable: true, description: 'Derived.', resolve: () => derived.deliveredPercentOfValid }),
    waiting: t.int({ description: 'Derived: valid and not yet handed over.', resolve: () => derived.waiting }),
    convention: t.field({ type: DayCountEnum, description: 'Days that the published averages count.', resolve: () => convention }),
    months: t.field({ type: [MonthRef], description: 'The published months.', resolve: async () => { const months = (await import('../../core/law/statistics/average.ts')).impliedMonths(); return isRefusal(months) ? [] : [...months] } }),
  }),
})
builder.queryField('publishedFigures', (t) => t.field({ type: PublishedRef, description: 'Published figures of 2020 as reference data, and what can be derived.', extensions: audience('everyone'), resolve: () => published }))

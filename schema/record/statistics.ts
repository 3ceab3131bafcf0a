/**
 * Counts of applications, cards and certificates, as of now and day by day.
 *
 * @law 公的個人認証法 第40条・第41条
 */
import { byMonth, readCounts, readDailyCounts, readMunicipalityCounts, readYearlyReport, type CountsAt, type DailyCount, type MunicipalityCount } from '../../core/law/statistics/counts.ts'
import type { CertificateKind } from '../../core/law/certificate/certificate.ts'
import type { Ground } from '../../core/law/certificate/revocation.ts'
import type { MunicipalityCode } from '../../core/law/ids.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import type { DailyAverage } from '../../core/law/statistics/average.ts'
import type { IssuedCount, Provision, ReportRow, RevokedCount, YearlyReport } from '../../core/law/statistics/statistics.ts'
import type { LegalDate } from '../../core/law/time.ts'
import { orRefused } from './act.ts'
import { audience } from '../audience.ts'
import { builder } from '../builder.ts'
import { CertificateKindEnum, GroundEnum } from '../certificate/certificate.ts'

interface Statistics { readonly municipality: MunicipalityCode | null; readonly counts: CountsAt }

const DailyCountRef = builder.objectRef<DailyCount>('DailyCount').implement({
  description: 'The counts of one day in Japan.',
  fields: (t) => ({
    day: t.expose('day', { type: 'Date', description: 'The day.' }),
    applicationsReceived: t.exposeInt('applicationsReceived', { description: '申請受付数 of the day.' }),
    cardsDelivered: t.exposeInt('cardsDelivered', { description: '交付数 of the day.' }),
  }),
})
/** 土日祝日を除く · 暦日 */
export const DayCountEnum = builder.enumType('DayCount', {
  description: 'Which days an average counts. Only the divisor leaves days out, the total none.',
  values: { WEEKDAYS_WITHOUT_HOLIDAYS: { value: 'weekdays without holidays', description: '土日祝日を除く, by the table of holidays.' }, CALENDAR_DAYS: { value: 'calendar days', description: '暦日.' } } as const,
})
const AverageRef = builder.objectRef<DailyAverage>('DailyAverage').implement({
  description: 'An average a day, with the convention it was made by.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'Everything counted in the span, on days left out too.' }),
    days: t.exposeInt('days', { description: 'How many days the convention counts.' }),
    convention: t.field({ type: DayCountEnum, description: 'Which days.', resolve: (average) => average.convention }),
    perDay: t.exposeInt('perDay', { nullable: true, description: 'Rounded to the nearest whole; null where no day counts.' }),
  }),
})
const AveragesRef = builder.objectRef<{ readonly received: DailyAverage; readonly delivered: DailyAverage }>('DailyAverages').implement({
  description: '1日当たり平均.',
  fields: (t) => ({
    applicationsReceived: t.expose('received', { type: AverageRef, description: '申請受付数 a day.' }),
    cardsDelivered: t.expose('delivered', { type: AverageRef, description: '交付数 a day.' }),
  }),
})
const MonthlyCountRef = builder.objectRef<ReturnType<typeof byMonth>[number]>('MonthlyCount').implement({
  description: 'The counts of one month.',
  fields: (t) => ({
    month: t.exposeString('month', { description: 'YYYY-MM.' }),
    applicationsReceived: t.exposeInt('applicationsReceived', { description: '申請受付数 of the month.' }),
    cardsDelivered: t.exposeInt('cardsDelivered', { description: '交付数 of the month.' }),
  }),
})
interface Span { readonly from: LegalDate; readonly to: LegalDate; readonly days: readonly DailyCount[] }
const DailyCountsRef = builder.objectRef<Span>('DailyCounts').implement({
  description: 'Counts day by day, and what is made of them.',
  fields: (t) => ({
    days: t.expose('days', { type: [DailyCountRef], description: 'Every day of the span, in order.' }),
    months: t.field({ type: [MonthlyCountRef], description: 'Month by month, as far as the span reaches.', resolve: ({ days }) => byMonth(days) }),
    averages: t.field({
      type: orRefused('DailyAveragesPayload', AveragesRef), description: 'Averages over the span, by the convention asked for.', args: { convention: t.arg({ type: DayCountEnum, description: 'Which days count.' }) },
      resolve: async (span, { convention }) => {
        // Brings a table of eighty years of holidays along, for which no other answer waits.
        const { dailyAverage } = await import('../../core/law/statistics/average.ts')
        const of = (name: 'applicationsReceived' | 'cardsDelivered') => dailyAverage(span.days.reduce((sum, day) => sum + day[name], 0), span, convention)
        const [received, delivered] = [of('applicationsReceived'), of('cardsDelivered')]
        return isRefusal(received) ? received : isRefusal(delivered) ? delivered : { received, delivered }
      },
    }),
  }),
})
const MunicipalityCountRef = builder.objectRef<MunicipalityCount>('MunicipalityCount').implement({
  description: 'The counts of one municipality.',
  fields: (t) => ({
    municipality: t.expose('municipality', { type: 'MunicipalityCode', description: 'Which.' }),
    applicationsReceived: t.exposeInt('applicationsReceived', { description: '申請受付数.' }),
    cardsDelivered: t.exposeInt('cardsDelivered', { description: '交付実施済数, by the municipality that handed over.' }),
    cardsHeld: t.exposeInt('cardsHeld', { description: '保有枚数, by the municipality that holds them now.' }),
  }),
})
const MunicipalityCountsRef = builder.objectRef<{ readonly municipalities: readonly MunicipalityCount[] }>('MunicipalityCounts').implement({
  description: 'Counts by municipality.', fields: (t) => ({ municipalities: t.expose('municipalities', { type: [MunicipalityCountRef], description: 'Those that have any, by their codes.' }) }),
})

const count = (name: keyof Omit<CountsAt, 'asOf'>) => ({ counts }: Statistics): number => counts[name]
const StatisticsRef = builder.objectRef<Statistics>('Statistics').implement({
  description: 'What the register holds as of now.',
  fields: (t) => ({
    asOf: t.field({ type: 'DateTime', description: 'As of when.', resolve: ({ counts }) => counts.asOf }),
    municipality: t.expose('municipality', { type: 'MunicipalityCode', nullable: true, description: 'Of which municipality; null for all.' }),
    applicationsReceived: t.int({ description: '申請受付数 (総累計).', resolve: count('applicationsReceived') }),
    applicationsValid: t.int({ description: '有効申請受付数: less those known to have been dropped.', resolve: count('applicationsValid') }),
    cardsDelivered: t.int({ description: '交付実施済数 (累計).', resolve: count('cardsDelivered') }),
    cardsHeld: t.int({ description: '保有枚数: less those that ended.', resolve: count('cardsHeld') }),
    signatureCertificatesIssued: t.int({ description: '署名用電子証明書の発行数.', resolve: count('signatureCertificatesIssued') }),
    authenticationCertificatesIssued: t.int({ description: '利用者証明用電子証明書の発行数.', resolve: count('authenticationCertificatesIssued') }),
    certificatesRevoked: t.int({ description: '失効数.', resolve: count('certificatesRevoked') }),
    daily: t.field({
      type: orRefused('DailyCountsPayload', DailyCountsRef), description: 'Day by day, both ends included, at most 366 days.',
      args: { from: t.arg({ type: 'Date', description: 'First day.' }), to: t.arg({ type: 'Date', description: 'Last day.' }) },
      resolve: async ({ municipality }, args, { world, actor }) => {
        const days = await readDailyCounts(world, actor, { ...args, municipality })
        return isRefusal(days) ? days : { ...args, days }
      },
    }),
  }),
})

builder.queryField('statistics', (t) => t.field({
  type: orRefused('StatisticsPayload', StatisticsRef), description: 'Counts. A municipal officer sees the own municipality; the agency and the ministry see all.',
  extensions: audience({ municipal: ['statistics'], agency: ['statistics'], ministry: ['statistics'] }),
  args: { municipality: t.arg({ type: 'MunicipalityCode', required: false, description: 'Of which municipality; left out, of all.' }) },
  resolve: async (_, args, { world, actor }) => {
    const municipality = args.municipality ?? null
    const counts = await readCounts(world, actor, municipality)
    return isRefusal(counts) ? counts : { municipality, counts }
  },
}))

builder.queryField('statisticsByMunicipality', (t) => t.field({
  type: orRefused('MunicipalityCountsPayload', MunicipalityCountsRef), description: 'Counts of every municipality.', extensions: audience({ agency: ['statistics'], ministry: ['statistics'] }),
  resolve: async (_, __, { world, actor }) => {
    const municipalities = await readMunicipalityCounts(world, actor)
    return isRefusal(municipalities) ? municipalities : { municipalities }
  },
}))

const ProvisionEnum = builder.enumType('Provision', {
  description: 'What is provided and reported (規則 第72条).',
  values: {
    REVOCATION_INFORMATION: { value: 'revocation-information', description: '失効情報.' }, REVOCATION_FILE: { value: 'revocation-file', description: '失効情報ファイル.' },
    FOUR_INFORMATION: { value: 'four-information', description: '特定署名用電子証明書記録情報.' }, SERIAL_SIGNING_TO_PHONE: { value: 'serial card-signing ↔ phone-signing', description: '対応署名用電子証明書の発行の番号.' },
    SERIAL_SIGNING_TO_AUTHENTICATION: { value: 'serial card-signing ↔ card-authentication', description: '対応証明書の発行の番号.' },
    SERIAL_AUTHENTICATION_TO_PHONE: { value: 'serial card-authentication ↔ phone-authentication', description: '対応利用者証明用電子証明書の発行の番号.' },
    FACE_VERIFIER_CODE: { value: 'face-verifier-code', description: '特定利用者証明検証者: in the ledger only.' },
  } satisfies Record<string, { value: Provision; description: string }>,
})
const ReportRowRef = builder.objectRef<ReportRow>('YearlyReportRow').implement({
  description: 'Provisions of one kind to one recipient in one month.',
  fields: (t) => ({
    recipient: t.exposeString('recipient', { description: 'To whom.' }), month: t.exposeString('month', { description: 'YYYY-MM.' }), provision: t.field({ type: ProvisionEnum, description: 'What.', resolve: (row) => row.provision }),
    method: t.exposeString('method', { description: 'How.' }), count: t.exposeInt('count', { description: 'How many times.' }),
  }),
})
const IssuedCountRef = builder.objectRef<IssuedCount>('IssuedCount').implement({
  description: 'Certificates of one kind issued in one month (発行件数).',
  fields: (t) => ({ month: t.exposeString('month', { description: 'YYYY-MM.' }), kind: t.field({ type: CertificateKindEnum, description: 'Which certificate.', resolve: ({ kind }): CertificateKind => kind }), count: t.exposeInt('count', { description: 'How many.' }) }),
})
const RevokedCountRef = builder.objectRef<RevokedCount>('RevokedCount').implement({
  description: 'Certificates of one kind that lapsed on one ground in one month (失効件数).',
  fields: (t) => ({
    month: t.exposeString('month', { description: 'YYYY-MM.' }), kind: t.field({ type: CertificateKindEnum, description: 'Which certificate.', resolve: ({ kind }): CertificateKind => kind }),
    ground: t.field({ type: GroundEnum, description: 'On which legal ground.', resolve: ({ ground }): Ground => ground }), count: t.exposeInt('count', { description: 'How many.' }),
  }),
})
const YearlyReportRef = builder.objectRef<YearlyReport>('YearlyReport').implement({
  description: 'The statutory yearly report (公的個人認証法 第41条).',
  fields: (t) => ({
    from: t.expose('from', { type: 'Date', description: 'First day.' }), to: t.expose('to', { type: 'Date', description: 'Last day.' }),
    rows: t.expose('rows', { type: [ReportRowRef], description: 'By month, recipient, kind and method.' }),
    issued: t.expose('issued', { type: [IssuedCountRef], description: '発行件数, by month and kind.' }),
    revoked: t.expose('revoked', { type: [RevokedCountRef], description: '失効件数, by month, kind and ground.' }),
  }),
})
builder.queryField('yearlyReport', (t) => t.field({
  type: orRefused('YearlyReportPayload', YearlyReportRef), description: 'What was provided to whom in the year from a day on, and how many certificates were issued and lapsed; published once a year (公的個人認証法 第41条 · 施行規則 第72条).',
  extensions: audience({ agency: ['statistics'], ministry: ['statistics'] }), args: { from: t.arg({ type: 'Date', description: 'First day of the year.' }) },
  resolve: (_, { from }, { world, actor }) => readYearlyReport(world, actor, from),
}))

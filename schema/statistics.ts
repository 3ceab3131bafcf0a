/**
 * Counts of applications, cards and certificates, as of now and day by day.
 *
 * @law 公的個人認証法 第40条・第41条
 */
import { readCounts, readDailyCounts, type CountsAt, type DailyCount } from '../core/law/counts.ts'
import type { MunicipalityCode } from '../core/law/ids.ts'
import { isRefusal } from '../core/law/refusal.ts'
import { orRefused } from './act.ts'
import { audience } from './audience.ts'
import { builder } from './builder.ts'

interface Statistics { readonly municipality: MunicipalityCode | null; readonly counts: CountsAt }

const DailyCountRef = builder.objectRef<DailyCount>('DailyCount').implement({
  description: 'The counts of one day in Japan.',
  fields: (t) => ({
    day: t.expose('day', { type: 'Date', description: 'The day.' }),
    applicationsReceived: t.exposeInt('applicationsReceived', { description: '申請受付数 of the day.' }),
    cardsDelivered: t.exposeInt('cardsDelivered', { description: '交付数 of the day.' }),
  }),
})
const DailyCountsRef = builder.objectRef<{ readonly days: readonly DailyCount[] }>('DailyCounts').implement({
  description: 'Counts day by day.', fields: (t) => ({ days: t.expose('days', { type: [DailyCountRef], description: 'One for each day of the span that has any, in order.' }) }),
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
        return isRefusal(days) ? days : { days }
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

/**
 * How the works stand, for officers: freshness of what is published, what waits, how far the log is signed, which days bring
 * lapses, certificates day by day, and how much of the free space is spoken for.
 */
import { farthest, readCertificateDays, readDeadlines, readWorks, type CertificateDay, type DeadlineDay, type ListsStand, type LogStand, type QueueStand, type ResponderStand, type Works } from '../../core/law/record/operations.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { sharesOf, shareOf, type Quota } from '../../core/law/space/basis.ts'
import { audience } from '../audience.ts'
import { builder } from '../builder.ts'
import { GrantRef, QuotaRef } from '../space/grant.ts'
import { orRefused } from './act.ts'

const ListsRef = builder.objectRef<ListsStand>('ListsStand').implement({
  description: 'The newest lists of one issuer, of all municipalities together.',
  fields: (t) => ({
    issuer: t.expose('issuer', { type: 'KeyId', description: 'The issuer.' }),
    lists: t.exposeInt('lists', { description: 'How many there are.' }),
    oldest: t.expose('oldest', { type: 'DateTime', nullable: true, description: 'When the oldest of them was made.' }),
    firstEnd: t.expose('firstEnd', { type: 'DateTime', nullable: true, description: 'When the first of them runs out.' }),
    due: t.exposeInt('due', { description: 'How many are to be made anew now.' }),
  }),
})
const ResponderStandRef = builder.objectRef<ResponderStand>('ResponderStand').implement({
  description: 'The newest OCSP responder of one issuer.',
  fields: (t) => ({
    issuer: t.expose('issuer', { type: 'KeyId', description: 'The issuer.' }),
    notBefore: t.expose('notBefore', { type: 'DateTime', description: 'From when on its answers are good.' }),
    notAfter: t.expose('notAfter', { type: 'DateTime', description: 'Until when.' }),
  }),
})
const QueueRef = builder.objectRef<QueueStand>('QueueStand').implement({
  description: 'What waits.',
  fields: (t) => ({
    issuances: t.exposeInt('issuances', { description: 'Applications for certificates that the authority is to finish.' }),
    orders: t.exposeInt('orders', { description: 'Orders to chips that it is to sign.' }),
    deliveries: t.exposeInt('deliveries', { description: 'Messages to webhooks that are still tried.' }),
    deadDeliveries: t.exposeInt('deadDeliveries', { description: 'Messages to webhooks that were given up.' }),
    oldest: t.expose('oldest', { type: 'DateTime', nullable: true, description: 'Since when the oldest order or message waits.' }),
  }),
})
const LogRef = builder.objectRef<LogStand>('LogStand').implement({
  description: 'How far the log of acts is signed.',
  fields: (t) => ({
    acts: t.expose('acts', { type: 'LogSize', description: 'Acts in order.' }),
    signed: t.expose('signed', { type: 'LogSize', description: 'How many the newest checkpoint covers.' }),
    at: t.expose('at', { type: 'DateTime', nullable: true, description: 'When it was taken.' }),
  }),
})
const WorksRef = builder.objectRef<Works>('Operations').implement({
  description: 'How the works stand.',
  fields: (t) => ({
    asOf: t.expose('asOf', { type: 'DateTime', description: 'As of when.' }),
    lists: t.field({ type: [ListsRef], description: 'Lists of revoked certificates (失効情報ファイル).', resolve: ({ lists }) => [...lists] }),
    responders: t.field({ type: [ResponderStandRef], description: 'Who answers about statuses (OCSP).', resolve: ({ responders }) => [...responders] }),
    queue: t.expose('queue', { type: QueueRef, description: 'What waits.' }),
    log: t.expose('log', { type: LogRef, description: 'The log of acts (監査証跡).' }),
  }),
})
builder.queryField('operations', (t) => t.field({
  type: orRefused('OperationsPayload', WorksRef), description: 'How the works stand.', extensions: audience({ agency: ['audit', 'card'], ministry: ['audit'] }), resolve: (_, _args, { world, actor }) => readWorks(world, actor),
}))

const DeadlineDayRef = builder.objectRef<DeadlineDay>('DeadlineDay').implement({
  description: 'A day on which something runs out.',
  fields: (t) => ({
    day: t.expose('day', { type: 'Date', description: 'The day.' }),
    cards: t.exposeInt('cards', { description: 'Cards that a period of the law ends, or may end, that day.' }),
    certificates: t.exposeInt('certificates', { description: 'Certificates whose last day it is.' }),
  }),
})
interface DeadlineDays { readonly days: readonly DeadlineDay[] }
const DeadlineDaysRef = builder.objectRef<DeadlineDays>('LapseDeadlines').implement({ description: 'Lapses to come.', fields: (t) => ({ days: t.field({ type: [DeadlineDayRef], description: 'In order; days without any are left out.', resolve: ({ days }) => [...days] }) }) })
builder.queryField('lapseDeadlines', (t) => t.field({
  type: orRefused('LapseDeadlinesPayload', DeadlineDaysRef), description: 'Which days from today on bring lapses. A municipal officer sees the own municipality.', extensions: audience({ municipal: ['card'], agency: ['card'] }),
  args: { days: t.arg.int({ description: `How many days, 1–${farthest}.` }) },
  resolve: async (_, { days }, { world, actor }) => {
    const found = await readDeadlines(world, actor, days)
    return isRefusal(found) ? found : { days: found }
  },
}))

const CertificateDayRef = builder.objectRef<CertificateDay>('CertificateDay').implement({
  description: 'Certificates on one day in Japan.',
  fields: (t) => ({
    day: t.expose('day', { type: 'Date', description: 'The day.' }),
    issued: t.exposeInt('issued', { description: '発行数 of the day.' }),
    revoked: t.exposeInt('revoked', { description: '失効数 of the day.' }),
  }),
})
interface CertificateDays { readonly days: readonly CertificateDay[] }
const CertificateDaysRef = builder.objectRef<CertificateDays>('CertificateDays').implement({ description: 'Certificates day by day.', fields: (t) => ({ days: t.field({ type: [CertificateDayRef], description: 'Every day of the span, in order.', resolve: ({ days }) => [...days] }) }) })
builder.queryField('certificatesByDay', (t) => t.field({
  type: orRefused('CertificateDaysPayload', CertificateDaysRef), description: 'Certificates issued and lapsed, day by day. A municipal officer sees the own municipality.', extensions: audience({ municipal: ['statistics'], agency: ['statistics'], ministry: ['statistics'] }),
  args: { from: t.arg({ type: 'Date', description: 'First day.' }), to: t.arg({ type: 'Date', description: `Last day; at most ${farthest} days.` }) },
  resolve: async (_, span, { world, actor }) => {
    const found = await readCertificateDays(world, actor, span)
    return isRefusal(found) ? found : { days: found }
  },
}))

// ---------------------------------------------------------------- capacity

interface Share { readonly share: string; readonly capacity: Quota; readonly reserved: Quota }
const ShareRef = builder.objectRef<Share>('SpaceShare').implement({
  description: 'A share of every card’s free space: the residents’ area of a municipality (地域住民向け領域), or the extended area (拡張利用領域).',
  fields: (t) => ({
    share: t.exposeString('share', { description: 'Which: a municipality code, or `extended`.' }),
    capacity: t.field({ type: QuotaRef, description: 'Its space, by the card profile.', resolve: ({ capacity }) => capacity }),
    reserved: t.field({ type: QuotaRef, description: 'What approved areas have of it.', resolve: ({ reserved }) => reserved }),
  }),
})
builder.objectField(GrantRef, 'space', (t) => t.field({
  type: [ShareRef], description: 'The shares of the free space that the area takes from, as they stand now.',
  resolve: async (grant, _, { world }) => {
    const names = sharesOf(grant.population)
    const stand = await world.operations.shares(names)
    return names.map((share) => ({ share, capacity: shareOf(share, world.settings.freeSpace, world.settings.freeSpaceForResidents), reserved: stand.find((s) => s.share === share)?.reserved ?? { code: 0, data: 0, volatile: 0 } }))
  },
}))
interface Profile { readonly freeSpace: Quota; readonly forResidents: Quota }
const ProfileRef = builder.objectRef<Profile>('CardProfile').implement({
  description: 'How much free space a card of this gateway’s profile has. Not a claim about the real card.',
  fields: (t) => ({
    freeSpace: t.field({ type: QuotaRef, description: 'All of it.', resolve: ({ freeSpace }) => freeSpace }),
    forResidents: t.field({ type: QuotaRef, description: 'The part for residents of the own municipality.', resolve: ({ forResidents }) => forResidents }),
  }),
})
builder.queryField('cardProfile', (t) => t.field({
  type: ProfileRef, description: 'The free space of the card profile.', extensions: audience('everyone'), resolve: (_, _args, { world }) => ({ freeSpace: world.settings.freeSpace, forResidents: world.settings.freeSpaceForResidents }),
}))

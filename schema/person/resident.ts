/**
 * The resident register (住民基本台帳) as far as the card depends on it: reading a record, recording an event. What an
 * event does to certificates and card is the law's.
 *
 * @law 住民基本台帳法 第22条–第24条 · 公的個人認証法 第12条・第31条
 */
import type { PersonId } from '../../core/law/ids.ts'
import type { MinorCorrection } from '../../core/law/card/lapse.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import { certificateItems, type Departure, type Nationality } from '../../core/law/person/departure.ts'
import { enterResident, type EntryKind } from '../../core/law/person/entry.ts'
import { eventKinds, readResident, recordResidentEvent, type EventKind, type RecordedEvent, type Resident } from '../../core/law/person/resident.ts'
import { act } from '../record/act.ts'
import { ownReading } from '../assurance.ts'
import { audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import type { Context } from '../context.ts'
import { globalId, localId, Node, nullIfRefused, reachable } from '../node.ts'
import { nameOfResident, recordPersonName } from '../../core/law/person/name.ts'
import { PersonNameRef, nameFields } from './name.ts'
import { FourInformationInput, FourInformationRef, readItems } from './person.ts'

const ResidentState = enumOf<Resident['state']>('ResidentState', 'Where the person stands in the register.', {
  RESIDENT: '住民票あり: recorded in a municipality.', MOVING: '転出: moved out, not yet moved in.', OVERSEAS: '国外転出.', DECEASED: '死亡.', DELETED: '住民票の消除: the record was deleted (在留資格の喪失).',
})

const EventKindEnum = enumOf<EventKind>('ResidentEventKind', 'What happened (異動).', {
  'move-out': '転出', 'move-in': '転入', 'move-within': '転居', 'move-overseas': '国外転出', death: '死亡', 'items-change': '氏名等の変更', 'minor-correction': '軽微な修正: leaves every certificate alive; name which of the seven (規則 第20条).',
  'card-presented': 'カードの提示: shown where its holder moved to, within 90 days of the move-in notice (継続利用).', 'name-change': '氏名の変更', 'sex-change': '性別の変更', 'birth-date-correction': '生年月日の訂正',
  correction: '記載の訂正: of any item, and none of the seven minor ones.', 'my-number-change': '個人番号の変更', 'resident-code-change': '住民票コードの変更', 'status-lost': '在留資格の喪失',
  'move-cancelled': '転出取消: the move that was announced does not come about; recorded where it was announced.', 'annex-deleted': '附票の消除, of who is overseas: ends both certificates.',
  'stay-change': '在留期間等の変更, of a foreign resident: a card that is there does not live longer by it.',
  birth: '出生: by `enterResident` alone.', 'first-entry': '国外からの転入 of who had no record before: by `enterResident` alone.',
} satisfies Record<(typeof eventKinds)[number], string>)

const CorrectionEnum = enumOf<MinorCorrection>('MinorCorrection', 'Corrections that leave certificates alive (公的個人認証法施行規則 第20条).', {
  'common-kanji': '常用漢字等への修正', 'character-identification': '文字の同定', 'administrative-area': '行政区画・その名称の変更', 'lot-number': '地番の変更', 'residence-indication': '住居表示の実施・変更',
  building: '建物の名称等の変更', 'accepted-by-minister': '主務大臣が認めるもの',
})

/** A resident is named by its person. */
interface Identity extends Resident { readonly id: PersonId }
const identified = (resident: Resident): Identity => ({ ...resident, id: resident.person })

const NationalityEnum = enumOf<Nationality>('Nationality', 'As far as the card depends on it.', { japanese: '日本国民.', foreign: '外国人住民.' })
const DepartureRef = builder.objectRef<Departure>('Departure').implement({
  description: 'A move that was announced (転出届・国外転出届). The record stands where it is until the day.',
  fields: (t) => ({
    on: t.expose('on', { type: 'Date', description: '転出予定年月日.' }), from: t.expose('from', { type: 'MunicipalityCode', description: 'Where the notice was given.' }),
    overseas: t.boolean({ description: 'Whether it leads overseas.', resolve: ({ to }) => to === 'OVERSEAS' }), continuedUse: t.exposeBoolean('continuedUse', { description: '国外継続利用: whether the card is kept.' }),
  }),
})

export const ResidentRef = builder.objectRef<Identity>('Resident').implement({
  description: 'A resident record (住民票), as far as card and certificates depend on it.', interfaces: [Node],
  fields: (t) => ({
    state: t.expose('state', { type: ResidentState, description: 'Where the person stands in the register.' }),
    municipality: t.expose('municipality', { type: 'MunicipalityCode', nullable: true, description: '住所地市町村; null between a move-out and the next move-in.' }),
    items: t.expose('items', { type: FourInformationRef, description: '基本4情報.', extensions: ownReading }),
    kana: t.exposeString('kana', { nullable: true, description: 'The reading of the name (氏名の振り仮名), where the record holds it.', extensions: ownReading }),
    name: t.field({ type: PersonNameRef, description: 'The name with all that the register has of it; nothing normalised.', extensions: ownReading, resolve: (resident) => nameOfResident(resident) }),
    nationality: t.expose('nationality', { type: NationalityEnum, description: 'Whether a Japanese national: only nationals keep the card overseas (国外継続利用).' }),
    certificateItems: t.field({ type: FourInformationRef, description: '基本4情報 as a certificate issued now bears them: with a departure overseas and continued use, the address is the fact and the day announced (公的個人認証法 第7条第2項). An application for a certificate states these.', extensions: ownReading, resolve: (resident) => certificateItems(resident) }),
    departure: t.expose('departure', { type: DepartureRef, nullable: true, description: 'A move that was announced and followed by nothing yet.' }),
    stayUntil: t.expose('stayUntil', { type: 'Date', nullable: true, description: '在留期間満了日, for those whose card ends with it.' }),
  }),
})

export async function residentOf({ world, actor }: Context, person: PersonId): Promise<Result<Identity>> {
  const resident = await readResident(world, actor, person)
  return isRefusal(resident) ? resident : identified(resident)
}

reachable('person', 'Resident', { citizen: ['me'], municipal: ['register'] }, residentOf)
builder.queryField('resident', (t) => t.field({
  type: ResidentRef, nullable: true, description: 'A resident record: the municipality of residence may read it. Null where there is none, or none that the actor may see.',
  extensions: audience({ municipal: ['register'] }), args: { id: t.arg.id({ description: 'The person.' }) },
  resolve: (_, args, context) => {
    const person = localId('person', args.id)
    return person === null ? null : nullIfRefused(residentOf(context, person))
  },
}))

const RecordedResidentEvent = builder.objectRef<RecordedEvent>('RecordedResidentEvent').implement({
  description: 'An event of a resident (異動) as recorded, with what it brought about.',
  fields: (t) => ({
    id: t.id({ description: 'The event.', resolve: ({ event }) => globalId(event.id) }),
    kind: t.field({ type: EventKindEnum, description: 'What happened.', resolve: ({ event }) => event.kind }),
    municipality: t.field({ type: 'MunicipalityCode', description: 'The municipality that recorded it.', resolve: ({ event }) => event.municipality }),
    occurredOn: t.field({ type: 'Date', description: 'The day it happened (異動日).', resolve: ({ event }) => event.occurredOn }),
    recordedAt: t.field({ type: 'DateTime', description: 'When it was recorded: the legal instant of what lapsed with it.', resolve: ({ event }) => event.recordedAt }),
    lapsedCertificates: t.exposeInt('lapsed', { description: 'How many live certificates lapsed with it.' }),
    resident: t.field({ type: ResidentRef, description: 'The record after the event.', resolve: ({ resident }) => identified(resident) }),
  }),
})

const EntryKindEnum = enumOf<EntryKind>('EntryKind', 'How a person comes to be in the register.', { birth: '出生: `occurredOn` is the day of birth.', 'first-entry': '国外からの転入 of who had no record before.' })

act('enterResident', {
  description: 'The municipality enters a person who had no record anywhere (出生, 国外からの転入): from then on a resident of it, who may apply for a card. Who was recorded once comes back by a move-in. 住民基本台帳法 第8条・第22条.',
  who: { municipal: ['register'] }, success: RecordedResidentEvent,
  fields: (t) => ({
    kind: t.field({ type: EntryKindEnum, description: 'How.' }),
    occurredOn: t.field({ type: 'Date', description: 'The day of birth, or of the move; not in the future.' }),
    items: t.field({ type: FourInformationInput, description: '基本4情報.' }),
    nationality: t.field({ type: NationalityEnum, required: false, description: 'Absent: a Japanese national.' }),
    stayUntil: t.field({ type: 'Date', required: false, description: '在留期間満了日, of a foreign resident whose card ends with it.' }),
  }),
  run: async ({ world, actor }, input) => {
    const items = readItems(input.items)
    return isRefusal(items) ? items : enterResident(world, actor, { ...input, items, nationality: input.nationality ?? 'japanese', stayUntil: input.stayUntil ?? null })
  },
})

act('recordPersonName', {
  description: 'The municipality that keeps the record writes what stands beside the certified name, all as it is from now on: its reading and whose word it is (振り仮名の届出, 職権による記載), roman letters, a former surname (旧氏). It lapses nothing; where the certified name changes with it, record NAME_CHANGE as well. 住民基本台帳法 第7条第1号の2.',
  who: { municipal: ['register'] }, success: ResidentRef, ids: { person: ['person', 'The person.'] }, fields: nameFields,
  run: async ({ world, actor }, { reading, roman, former, ...input }) => {
    const recorded = await recordPersonName(world, actor, { ...input, reading: reading ?? null, roman: roman ?? null, former: former == null ? null : { ...former, kana: former.kana ?? null } })
    return isRefusal(recorded) ? recorded : identified(recorded)
  },
})

act('recordResidentEvent', {
  description: 'An officer records an event in the register of the own municipality (a move-in: of a person who has moved out of another; of who has left, where the notice was given). 署名用電子証明書 lapse with it where the four items change (公的個人認証法 第12条).',
  who: { municipal: ['register'] }, success: RecordedResidentEvent, ids: { person: ['person', 'The person.'] },
  fields: (t) => ({
    kind: t.field({ type: EventKindEnum, description: 'What happened.' }),
    occurredOn: t.field({ type: 'Date', description: 'The day it happened (異動日); not in the future.' }),
    plannedOn: t.field({ type: 'Date', required: false, description: '転出予定年月日, for a move-out or a move overseas: periods run from it.' }),
    continuedUse: t.boolean({ required: false, defaultValue: false, description: 'With a move overseas: that the procedure for continued use was done (国外継続利用). Of nationals, by the day before the departure; done after the notice, give the notice again with it.' }),
    correction: t.field({ type: CorrectionEnum, required: false, description: 'With a minor correction, and only then: which.' }),
    stayUntil: t.field({ type: 'Date', required: false, description: 'With a change of stay: the new 在留期間満了日; left out for a permanent resident.' }),
    cardPresented: t.boolean({ required: false, defaultValue: false, description: 'Whether the card was presented with a move-in notice (継続利用).' }),
    items: t.field({ type: FourInformationInput, required: false, description: 'The four items as they stand after the event; left out where they stay.' }),
  }),
  run: async ({ world, actor }, input) => {
    const items = input.items == null ? null : readItems(input.items)
    if (isRefusal(items)) return items
    return recordResidentEvent(world, actor, { ...input, plannedOn: input.plannedOn ?? null, cardPresented: input.cardPresented ?? false, continuedUse: input.continuedUse ?? false, correction: input.correction ?? null, stayUntil: input.stayUntil ?? null, items })
  },
})

/**
 * The card (個人番号カード) and its application, act by act: apply, withdraw or drop, produce, ship, notice, hand over,
 * suspend and resume.
 *
 * @law 番号法 第16条の2–第17条
 */
import {
  applyForCard, dropCardApplication, readCard, readCardApplication, sendNotice, shipCard, startProduction, usable, withdrawCardApplication, type Card, type CardApplication, type CardApplicationState, type CardEnd, type CardState, type Channel, type HandOver, type Production,
} from '../../core/law/card/card.ts'
import { handOver, mailCard } from '../../core/law/card/hand-over.ts'
import type { Proxy, SpecialGround, SpecialSpeed, Support, SupportPlace } from '../../core/law/card/application.ts'
import { certificatesOnCard } from '../../core/law/certificate/certificate.ts'
import { resumeCard, suspendCard } from '../../core/law/card/holding.ts'
import type { Document } from '../../core/law/record/evidence.ts'
import { wareki } from '../../core/law/person/era.ts'
import { installationsOnCard } from '../../core/law/space/slot.ts'
import { act } from '../record/act.ts'
import { InstallationRef } from '../space/area.ts'
import type { Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { CertificateRef, ExpiryReasonRef } from '../certificate/certificate.ts'
import { askable, Node, nullIfRefused } from '../node.ts'
import { ResidentRef, residentOf } from '../person/resident.ts'

const CardStateEnum = enumOf<CardState>('CardState', 'Where the card stands.', {
  MADE: '作成済: made, not handed over.', ACTIVE: '交付済: in use, if not past its last day.', SUSPENDED: '一時停止中.', LAPSED: '失効.', ABOLISHED: '廃止.',
})
const CardEndEnum = enumOf<CardEnd>('CardEndGround', 'Why a card ended (番号法 第17条第10項 · 施行令 第14条).', {
  overseas: '国外転出', 'move-30': '転出届後30日', 'move-14': '転入後14日', 'present-90': '90日未提示', 'moved-on': '未提示での再転出', death: '死亡', expired: '有効期間満了', returned: '返納',
  'number-changed': '個人番号の変更', 'status-lost': '在留資格の喪失', lost: '紛失による廃止',
})
const ApplicationStateEnum = enumOf<CardApplicationState>('CardApplicationState', 'Where the application stands.', {
  RECEIVED: '申請受付.', IN_PRODUCTION: '作成中.', SHIPPED: '市区町村へ発送済.', NOTICE_SENT: '交付通知書送付済.', DELIVERED: '交付済.', REJECTED: '不備.', WITHDRAWN: '取下げ.', DECLINED: '辞退.', NOT_COLLECTED: '未受領.',
})
const ChannelEnum = enumOf<Channel>('CardApplicationChannel', 'How the application came in.', { paper: '郵送', web: 'オンライン', 'qr-form': 'QRコード付き申請書', 'photo-booth': '証明写真機', counter: '窓口' })
export const DocumentEnum = enumOf<Document>('IdentityDocument', 'What was shown for the identity check (本人確認書類). One with a photo is enough, of the others two.', {
  'driving-licence': '運転免許証 (photo)', passport: '旅券 (photo)', 'residence-card': '在留カード (photo)', 'disability-certificate': '障害者手帳 (photo)', 'health-insurance': '資格確認書',
  'pension-book': '年金手帳', 'notice-card': '個人番号通知書', 'student-card': '学生証',
})
const PinsSetBy = enumOf<HandOver['pinsSetBy']>('PinsSetBy', 'Who set the PINs on the chip.', { holder: '本人', representative: '法定代理人', officer: '職員 (at the holder’s request)', agency: '機構: of a card that it mailed.' })

const EndRef = builder.objectRef<NonNullable<Card['end']>>('CardEnd').implement({
  description: 'The end of a card.',
  fields: (t) => ({
    ground: t.expose('ground', { type: CardEndEnum, description: 'Why.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
  }),
})

export const CardRef = builder.objectRef<Card>('Card').implement({
  description: 'A card (個人番号カード). The holder, the municipality that holds it and the agency may read it.', interfaces: [Node],
  fields: (t) => ({
    cardNumber: t.exposeString('cardNumber', { description: 'カード識別: 15 digits, printed and on the chip. Not the My Number, which is nowhere in this API.' }),
    municipality: t.expose('municipality', { type: 'MunicipalityCode', description: 'The municipality that holds it.' }),
    state: t.expose('state', { type: CardStateEnum, description: 'Where it stands.' }),
    usable: t.boolean({ description: 'Whether it is in use now: handed over, not suspended, not ended, not past its last day.', resolve: (card, _, { world }) => usable(card, world.clock.now()) }),
    madeOn: t.expose('madeOn', { type: 'Date', description: '作成日.' }),
    expiresOn: t.expose('expiresOn', { type: 'Date', description: '有効期間満了日: its last day.' }),
    expiresOnWareki: t.string({ description: '有効期間満了日 in 和暦.', resolve: (card) => wareki(card.expiresOn) }),
    expiresBy: t.expose('expiresBy', { type: ExpiryReasonRef, nullable: true, description: 'What decided that day; null of a card made before this was kept.' }),
    deliveredAt: t.expose('deliveredAt', { type: 'DateTime', nullable: true, description: 'When it was handed over (交付).' }),
    end: t.expose('end', { type: EndRef, nullable: true, description: 'Why and when it ended.' }),
    certificates: t.field({ type: [CertificateRef], description: 'The certificates on it that the actor may read.', resolve: (card, _, { world, actor }) => certificatesOnCard(world, actor, card.id) }),
    installations: t.field({ type: [InstallationRef], description: 'What the actor may read of its free space (空き領域).', resolve: (card, _, { world, actor }) => installationsOnCard(world, actor, card.id) }),
    resident: t.field({ type: ResidentRef, nullable: true, description: 'The resident record of its holder, where the actor may read it.', resolve: (card, _, context) => nullIfRefused(residentOf(context, card.person)) }),
  }),
})

const SupportPlaceEnum = enumOf<SupportPlace>('SupportPlace', 'Where the applicant was helped (申請サポート).', {
  'post-office': '郵便局', bank: '金融機関', 'convenience-store': 'コンビニエンスストア', hospital: '病院', school: '学校', 'licence-centre': '運転免許センター', 'phone-shop': '携帯電話ショップ',
})
const SpecialGroundEnum = enumOf<SpecialGround>('SpecialSpeedGround', 'Why a card is issued at special speed (特急発行), to be applied for within 30 days.', {
  infant: '1歳未満', 'from-overseas': '国外からの転入', lost: '紛失', 'newly-recorded': '新たな住民票の記載', 'new-foreign-resident': '新規の中長期在留者等', 'number-changed': '個人番号・住民票コードの変更', damaged: '破損',
  'no-note-space': '追記欄の余白なし', released: '刑事施設等の出所',
})
const SpecialSpeedRef = builder.objectRef<SpecialSpeed>('SpecialSpeed').implement({
  description: 'Special-speed issue (特急発行).',
  fields: (t) => ({
    ground: t.expose('ground', { type: SpecialGroundEnum, description: 'Why.' }),
    on: t.expose('on', { type: 'Date', description: 'The day it came about.' }),
  }),
})
const SpecialSpeedInput = builder.inputType('SpecialSpeedInput', {
  description: 'Special-speed issue (特急発行).',
  fields: (t) => ({
    ground: t.field({ type: SpecialGroundEnum, description: 'Why.' }),
    on: t.field({ type: 'Date', description: 'The day it came about; of an infant the day of birth.' }),
  }),
})
const SupportRef = builder.objectRef<Support>('ApplicationSupport').implement({
  description: 'Help with an application (申請サポート).',
  fields: (t) => ({
    place: t.expose('place', { type: SupportPlaceEnum, description: 'Kind of place.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
  }),
})
const SupportInput = builder.inputType('ApplicationSupportInput', {
  description: 'Help with an application (申請サポート).',
  fields: (t) => ({
    place: t.field({ type: SupportPlaceEnum, description: 'Kind of place.' }),
    name: t.field({ type: 'Text', description: 'Its name.' }),
  }),
})

const Relation = enumOf<Proxy['relation']>('ProxyRelation', 'Who takes the card in the holder’s stead.', { parent: '親権者', guardian: '成年後見人等', chosen: '任意代理人' })
const Reason = enumOf<Proxy['reason']>('ProxyReason', 'Why the holder does not come.', {
  minor: '未成年', 'under-guardianship': '成年被後見人等', illness: '病気', disability: '身体の障害', 'in-an-institution': '施設入所', away: '長期出張等やむを得ない事情',
})
const Proof = enumOf<Proxy['proof']>('ProxyProof', 'How the right to act was proved.', {
  'family-register': '戸籍謄本等', 'guardianship-register': '登記事項証明書', 'power-of-attorney': '委任状', 'answer-form': '照会書兼回答書',
})
const ProxyRef = builder.objectRef<Proxy>('HandOverProxy').implement({
  description: 'Hand-over to a representative (代理交付).',
  fields: (t) => ({
    relation: t.expose('relation', { type: Relation, description: 'Who came.' }),
    reason: t.expose('reason', { type: Reason, description: 'Why the holder did not.' }),
    proof: t.expose('proof', { type: Proof, description: 'How the right to act was proved.' }),
    documents: t.expose('documents', { type: [DocumentEnum], description: 'What the representative showed of itself.' }),
  }),
})
const ProxyInput = builder.inputType('HandOverProxyInput', {
  description: 'Hand-over to a representative (代理交付).',
  fields: (t) => ({
    relation: t.field({ type: Relation, description: 'Who came.' }),
    reason: t.field({ type: Reason, description: 'Why the holder did not.' }),
    proof: t.field({ type: Proof, description: 'How the right to act was proved.' }),
    documents: t.field({ type: [DocumentEnum], description: 'What the representative showed of itself.' }),
  }),
})

const HandOverRef = builder.objectRef<HandOver>('HandOver').implement({
  description: 'The hand-over by the mayor (交付), after the identity check.',
  fields: (t) => ({
    documents: t.expose('documents', { type: [DocumentEnum], description: 'What was shown.' }),
    pinsSetBy: t.expose('pinsSetBy', { type: PinsSetBy, description: 'Who set the PINs; the values are on the chip and nowhere else.' }),
    proxy: t.expose('proxy', { type: ProxyRef, nullable: true, description: 'Who came in the holder’s stead; null where the holder came.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
  }),
})

export const CardApplicationRef = builder.objectRef<CardApplication>('CardApplication').implement({
  description: 'An application for a card (交付申請).', interfaces: [Node],
  fields: (t) => ({
    municipality: t.expose('municipality', { type: 'MunicipalityCode', description: '住所地市町村.' }),
    channel: t.expose('channel', { type: ChannelEnum, description: 'How it came in.' }),
    state: t.expose('state', { type: ApplicationStateEnum, description: 'Where it stands.' }),
    receivedAt: t.expose('receivedAt', { type: 'DateTime', description: '受付日時.' }),
    form: t.exposeString('form', { nullable: true, description: '申請書ID of the form with a QR code, 23 digits.' }),
    support: t.expose('support', { type: SupportRef, nullable: true, description: 'Where the applicant was helped.' }),
    specialSpeed: t.expose('special', { type: SpecialSpeedRef, nullable: true, description: '特急発行.' }),
    photo: t.exposeBoolean('photo', { description: 'Whether the card bears a photo: from one year of age.' }),
    card: t.field({
      type: CardRef, nullable: true, description: 'The card made for it.',
      resolve: (application, _, { world, actor }) => (application.card === null ? null : nullIfRefused(readCard(world, actor, application.card))),
    }),
    handOver: t.expose('handOver', { type: HandOverRef, nullable: true, description: 'The hand-over.' }),
    resident: t.field({ type: ResidentRef, nullable: true, description: 'The resident record of the applicant, where the actor may read it.', resolve: (a, _, context) => nullIfRefused(residentOf(context, a.person)) }),
  }),
})

const ProductionRef = builder.objectRef<Production>('Production').implement({
  description: 'An application in production and the card being made for it.',
  fields: (t) => ({
    application: t.expose('application', { type: CardApplicationRef, description: 'The application.' }),
    card: t.expose('card', { type: CardRef, description: 'The card.' }),
  }),
})
const DropOutcome = enumOf<'REJECTED' | 'DECLINED'>('CardApplicationDrop', 'How an application ended without a card.', { REJECTED: '不備: rejected by the agency.', DECLINED: '辞退: the applicant declined.' })

const readers: Audience = { citizen: ['me'], municipal: ['card'], agency: ['card'] }

askable('card', CardRef, { ...readers, municipal: ['card', 'area'] }, 'A card.', ({ world, actor }, id) => readCard(world, actor, id))
askable('cardApplication', CardApplicationRef, readers, 'An application for a card.', ({ world, actor }, id) => readCardApplication(world, actor, id))

// ---------------------------------------------------------------- acts

const ofApplication = { application: ['cardApplication', 'The application.'] } as const
const agency: Audience = { agency: ['card'] }
const municipal: Audience = { municipal: ['card'] }

act('applyForCard', {
  description: 'Applies for a card (交付申請): the person itself, or an officer of the municipality who received the form. 番号法 第16条の2.',
  who: { citizen: ['me'], municipal: ['card'] }, success: CardApplicationRef, ids: { person: ['person', 'Who applies.'] },
  fields: (t) => ({
    channel: t.field({ type: ChannelEnum, description: 'How the application came in.' }),
    form: t.field({ type: 'ApplicationFormId', required: false, description: 'With QR_FORM, and only then: 申請書ID of the form. One printed for an earlier address is refused (FORM_OUTDATED).' }),
    support: t.field({ type: SupportInput, required: false, description: 'Where the applicant was helped.' }),
    specialSpeed: t.field({ type: SpecialSpeedInput, required: false, description: '特急発行, on one of its grounds.' }),
    photo: t.boolean({ required: false, defaultValue: true, description: 'Whether a photo was handed in; none is needed under one year of age.' }),
  }),
  run: ({ world, actor }, { specialSpeed, form, support, photo, ...input }) => applyForCard(world, actor, { ...input, form: form ?? null, support: support ?? null, special: specialSpeed ?? null, photo: photo ?? true }),
})
act('withdrawCardApplication', {
  description: 'Takes an application back before the card is made (取下げ).', who: { citizen: ['me'], municipal: ['card'] }, success: CardApplicationRef, ids: ofApplication,
  run: ({ world, actor }, input) => withdrawCardApplication(world, actor, input),
})
act('dropCardApplication', {
  description: 'The agency rejects an application (不備), or records that the applicant declined (辞退).', who: agency, success: CardApplicationRef, ids: ofApplication,
  fields: (t) => ({ outcome: t.field({ type: DropOutcome, description: 'Which of the two.' }) }),
  run: ({ world, actor }, input) => dropCardApplication(world, actor, input),
})
act('startProduction', {
  description: 'The agency takes an application into production (作成): card number and last day are fixed.', who: agency, success: ProductionRef, ids: ofApplication,
  run: ({ world, actor }, input) => startProduction(world, actor, input),
})
act('shipCard', {
  description: 'The agency sends the made card to the municipality and records the key by which its chip signs.', who: agency, success: CardApplicationRef, ids: ofApplication,
  fields: (t) => ({ attestationKey: t.field({ type: 'Bytes', description: 'Public key of the chip, SubjectPublicKeyInfo, DER.' }) }),
  run: ({ world, actor }, input) => shipCard(world, actor, input),
})
act('sendNotice', {
  description: 'The municipality sends the notice of delivery (交付通知書).', who: municipal, success: CardApplicationRef, ids: ofApplication, run: ({ world, actor }, input) => sendNotice(world, actor, input),
})
act('handOverCard', {
  description: 'The mayor hands the card over after the identity check (交付). 番号法 第17条第1項.', who: municipal, success: CardApplicationRef, ids: ofApplication,
  fields: (t) => ({
    documents: t.field({ type: [DocumentEnum], description: 'What was shown.' }),
    pinsSetBy: t.field({ type: PinsSetBy, description: 'Who set the PINs on the chip.' }),
    proxy: t.field({ type: ProxyInput, required: false, description: 'Where a representative came in the holder’s stead (代理交付).' }),
  }),
  run: ({ world, actor }, { proxy, ...input }) => handOver(world, actor, { ...input, proxy: proxy ?? null }),
})
act('mailCard', {
  description: 'The agency mails a card of special-speed issue (特急発行) that was applied for at the counter, where the applicant was identified; it sets the PINs and tells them by another letter. 公的個人認証法施行規則 第6条第2項・第42条第2項.',
  who: agency, success: CardApplicationRef, ids: ofApplication,
  fields: (t) => ({
    documents: t.field({ type: [DocumentEnum], description: 'What was shown at the counter with the application.' }),
    proxy: t.field({ type: ProxyInput, required: false, description: 'Who came there in the holder’s stead.' }),
  }),
  run: ({ world, actor }, { proxy, ...input }) => mailCard(world, actor, { ...input, proxy: proxy ?? null }),
})
act('suspendCard', {
  description: 'Stops a card at any hour (一時停止), when it was lost: the holder itself, the counter, or the agency’s desk that takes calls day and night. Its certificates go on hold, and stay so: after the lifting new ones are issued.', who: readers, success: CardRef, ids: { card: ['card', 'The card.'] },
  run: ({ world, actor }, input) => suspendCard(world, actor, input),
})
act('resumeCard', {
  description: 'Lifts a suspension (一時停止の解除), in person at the counter after the identity check.', who: municipal, success: CardRef, ids: { card: ['card', 'The card.'] },
  fields: (t) => ({ documents: t.field({ type: [DocumentEnum], description: 'What was shown.' }) }),
  run: ({ world, actor }, input) => resumeCard(world, actor, input),
})

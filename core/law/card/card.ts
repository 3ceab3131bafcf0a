/**
 * The card (個人番号カード): application, production, notice. Its hand-over is hand-over.ts, what becomes of it then holding.ts.
 *
 * @law 番号法 第16条の2–第17条 · カード命令
 */
import { asOfficer, type Actor } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import { applicationRefusedOrPhoto, type ApplicationForm, type CardApplicationInput, type Proxy, type SpecialSpeed, type Support } from './application.ts'
import { settlePerson } from './deadline.ts'
import { residentNow } from '../person/departure.ts'
import type { Document } from '../record/evidence.ts'
import { newId, type CardApplicationId, type CardId, type IdempotencyKey, type MunicipalityCode, type PersonId } from '../ids.ts'
import type { ApplicationFormId } from './numbers.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { dayOf, endOf, type Instant, type LegalDate } from '../time.ts'
import { cardEnd, type DecidedBy } from './validity.ts'
import type { Uses } from '../world.ts'

/** 郵送 · オンライン · QRコード付き申請書 · 証明写真機 · 窓口 */
export const channels = ['paper', 'web', 'qr-form', 'photo-booth', 'counter'] as const
export type Channel = (typeof channels)[number]

export type CardApplicationState =
  | 'RECEIVED' | 'IN_PRODUCTION' | 'SHIPPED' | 'NOTICE_SENT' | 'DELIVERED'
  | 'REJECTED' | 'WITHDRAWN' | 'DECLINED' | 'NOT_COLLECTED'
/** 申請受付 counts all; 有効申請受付 all but these. */
export const droppedStates: readonly CardApplicationState[] = ['REJECTED', 'WITHDRAWN', 'DECLINED']

/** 交付申請 */
export interface CardApplication {
  readonly id: CardApplicationId
  readonly person: PersonId
  readonly municipality: MunicipalityCode
  readonly channel: Channel
  readonly state: CardApplicationState
  readonly receivedAt: Instant
  readonly card: CardId | null
  readonly handOver: HandOver | null
  /** 申請書ID, of an application by a form with a QR code. */
  readonly form: ApplicationFormId | null
  /** Where the applicant was helped. */
  readonly support: Support | null
  /** 特急発行 */
  readonly special: SpecialSpeed | null
  /** Whether the card will bear one. */
  readonly photo: boolean
}

/** 本人 · 法定代理人 · 市区町村の職員 · 機構, of a card that it mails. */
export const pinSetters = ['holder', 'representative', 'officer', 'agency'] as const
export type PinSetter = (typeof pinSetters)[number]

export interface HandOver {
  readonly officer: string
  readonly documents: readonly Document[]
  /** Who set the PINs; the values are on the chip and nowhere else. */
  readonly pinsSetBy: PinSetter
  /** 代理交付; null where the holder came. */
  readonly proxy: Proxy | null
  readonly at: Instant
}

export type CardState = 'MADE' | 'ACTIVE' | 'SUSPENDED' | 'LAPSED' | 'ABOLISHED'
/** Why a card ended. 国外転出 · 転出届後30日 · 転入後14日 · 90日未提示 · 未提示での再転出 · 死亡 · 有効期間満了 · 返納 · 番号変更 · 在留資格喪失 · 紛失による廃止 */
export const cardEnds = ['overseas', 'move-30', 'move-14', 'present-90', 'moved-on', 'death', 'expired', 'returned', 'number-changed', 'status-lost', 'lost'] as const
export type CardEnd = (typeof cardEnds)[number]

export interface Card {
  readonly id: CardId
  readonly person: PersonId
  /** カード識別: printed and on the chip, 15 digits. */
  readonly cardNumber: string
  readonly municipality: MunicipalityCode
  readonly state: CardState
  readonly madeOn: LegalDate
  readonly expiresOn: LegalDate
  /** What decided the last day; null of a card made before that was kept. */
  readonly expiresBy: DecidedBy | null
  readonly deliveredAt: Instant | null
  readonly end: { readonly ground: CardEnd; readonly at: Instant } | null
  /** Public key by which the chip signs receipts; null until the card is made. */
  readonly attestationKey: Uint8Array | null
}

/** In use at that instant: handed over, not suspended, not ended, not expired (swept or not). */
export const usable = (card: Card, at: Instant): boolean => card.state === 'ACTIVE' && at <= endOf(card.expiresOn)

/** One that orders may go to: made or in use, not suspended, not ended, not expired (swept or not). */
export const openable = (card: Card, at: Instant): boolean => (card.state === 'MADE' || card.state === 'ACTIVE') && at <= endOf(card.expiresOn)

export interface CardApplications {
  load(id: CardApplicationId): Promise<CardApplication | null>
  ofPerson(person: PersonId): Promise<CardApplication[]>
  /** `APPLICATION_OPEN` where one of this person is under way (one partial unique index). */
  create(act: Act, application: CardApplication): Promise<Result<void>>
  /**
   * Compare-and-set on the state; `CONFLICT` where it moved. With `card`, the card row is made or changed in the same
   * transaction; with a hand-over every earlier card of the person ends in it, returned (返納), and its certificates.
   */
  advance(act: Act, from: CardApplicationState, application: CardApplication, card?: Card): Promise<Result<void>>
  /** 申請書. Of those who do not print it, nobody makes one. */
  form(id: ApplicationFormId): Promise<ApplicationForm | null>
  /** `CONFLICT` where a form of that id is there. */
  printForm(act: Act, form: ApplicationForm): Promise<Result<void>>
}

export interface Cards {
  load(id: CardId): Promise<Card | null>
  byNumber(cardNumber: string): Promise<Card | null>
  ofPerson(person: PersonId): Promise<Card[]>
  /** The card that an officer's terminal has before it, whosever it is. */
  inHand(id: CardId): Promise<Card | null>
  /** Compare-and-set; with a suspension the certificates on the card go on hold in the same transaction. */
  changeState(act: Act, from: CardState, card: Card): Promise<Result<void>>
}

export type CardWorld = Uses<'clock' | 'random' | 'acts' | 'residents' | 'cardApplications' | 'cards' | 'cardNotes' | 'deadlines' | 'settings'>

/** A resident applies: the person itself online, or a municipal officer who received the form. */
export async function applyForCard(world: CardWorld, actor: Actor, input: CardApplicationInput): Promise<Result<CardApplication>> {
  const now = world.clock.now()
  const resident = await residentNow(world, input.person)
  if (resident === null || !mayApply(actor, input.person, resident.municipality)) return refuse('NOT_FOUND')
  const municipality = resident.municipality
  if (municipality === null) return refuse('NOT_RESIDENT', { state: resident.state })
  const act = begin('card.apply', actor, now, input)
  return once(world.acts, act, (id) => loadApplication(world, id), async () => {
    await settlePerson(world, input.person)
    const { person, channel, form = null, support = null, special = null } = input
    const cards = await world.cards.ofPerson(person)
    const held = cards.find((card) => card.state === 'ACTIVE' || card.state === 'SUSPENDED')
    const photo = applicationRefusedOrPhoto({ channel, form, special, photo: input.photo ?? true }, {
      now, resident, cards, form: form === null ? null : await world.cardApplications.form(form), notesLeft: world.settings.noteLines - (held === undefined ? 0 : (await world.cardNotes.of(held.id)).length),
      history: special === null ? [] : await world.residents.history(person), atCounter: actor.kind === 'officer' && channel === 'counter',
    })
    if (isRefusal(photo)) return photo
    const application: CardApplication = {
      id: newId('cardApplication', now, world.random), person, municipality, channel, state: 'RECEIVED', receivedAt: now, card: null, handOver: null, form, support, special, photo,
    }
    const facts = { channel, support: support?.place ?? null, special: special?.ground ?? null }
    const stored = await world.cardApplications.create({ ...act, subject: application.id, facts }, application)
    return isRefusal(stored) ? stored : application
  })
}

function mayApply(actor: Actor, person: PersonId, municipality: MunicipalityCode | null): boolean {
  if (actor.kind === 'citizen') return actor.person === person
  return actor.kind === 'officer' && actor.role === 'municipal' && actor.scopes.has('card') && actor.municipality === municipality
}

/** The applicant takes the application back (取下げ), before the card is made. */
export function withdrawCardApplication(world: CardWorld, actor: Actor, input: { application: CardApplicationId; idempotencyKey: IdempotencyKey }): Promise<Result<CardApplication>> {
  return move(world, actor, 'card.withdraw', input, 'RECEIVED', 'WITHDRAWN', (a) => mayApply(actor, a.person, a.municipality))
}

/** The agency rejects (不備) or the applicant is found to have declined (辞退). */
export function dropCardApplication(
  world: CardWorld, actor: Actor, input: { application: CardApplicationId; outcome: 'REJECTED' | 'DECLINED'; idempotencyKey: IdempotencyKey },
): Promise<Result<CardApplication>> {
  return move(world, actor, 'card.decide', input, 'RECEIVED', input.outcome, () => !isRefusal(asOfficer(actor, 'agency', 'card')))
}

export interface Production { readonly application: CardApplication; readonly card: Card }

/** The agency takes the application into production: card number and expiry are fixed by the day the card is made. */
export async function startProduction(world: CardWorld, actor: Actor, input: { application: CardApplicationId; idempotencyKey: IdempotencyKey }): Promise<Result<Production>> {
  const officer = asOfficer(actor, 'agency', 'card')
  if (isRefusal(officer)) return officer
  const now = world.clock.now()
  const act = begin('card.produce', officer, now, input)
  const load = async (id: string): Promise<Result<Production>> => {
    const application = await loadApplication(world, id)
    if (isRefusal(application)) return application
    const card = application.card === null ? null : await world.cards.load(application.card)
    return card === null ? refuse('NOT_FOUND') : { application, card }
  }
  return once(world.acts, act, load, async () => {
    const application = await world.cardApplications.load(input.application)
    if (application === null) return refuse('NOT_FOUND')
    if (application.state !== 'RECEIVED') return refuse('WRONG_STATE', { state: application.state })
    const resident = await residentNow(world, application.person)
    if (resident === null || resident.municipality !== application.municipality) return refuse('NOT_RESIDENT')
    const madeOn = dayOf(now)
    if (resident.stayUntil !== null && resident.stayUntil < madeOn) return refuse('WRONG_STATE', { state: `stay until ${resident.stayUntil}` })
    const end = cardEnd({ madeOn, birthDate: resident.items.birthDate, receivedOn: dayOf(application.receivedAt), ...(resident.stayUntil === null ? {} : { stayUntil: resident.stayUntil }) })
    const card: Card = {
      id: newId('card', now, world.random), person: application.person, cardNumber: newCardNumber(world.random.bytes(15)), municipality: application.municipality, state: 'MADE', madeOn,
      expiresOn: end.on, expiresBy: { limit: end.limit, article: end.article },
      deliveredAt: null, end: null, attestationKey: null,
    }
    const next: CardApplication = { ...application, state: 'IN_PRODUCTION', card: card.id }
    const stored = await world.cardApplications.advance({ ...act, subject: application.id }, 'RECEIVED', next, card)
    return isRefusal(stored) ? stored : { application: next, card }
  })
}

const newCardNumber = (bytes: Uint8Array): string => Array.from(bytes, (b) => String(b % 10)).join('')

/** The agency ships the made card to the municipality and records the chip's own public key. */
export function shipCard(
  world: CardWorld, actor: Actor, input: { application: CardApplicationId; attestationKey: Uint8Array; idempotencyKey: IdempotencyKey },
): Promise<Result<CardApplication>> {
  return move(world, actor, 'card.ship', input, 'IN_PRODUCTION', 'SHIPPED', () => !isRefusal(asOfficer(actor, 'agency', 'card')), async (application) => {
    const card = application.card === null ? null : await world.cards.load(application.card)
    if (card === null) return refuse('NOT_FOUND')
    if (input.attestationKey.length < 80 || input.attestationKey.length > 200) return refuse('MALFORMED_INPUT', { field: 'attestationKey' })
    return { card: { ...card, attestationKey: input.attestationKey } }
  })
}

/** 交付通知書 */
export function sendNotice(world: CardWorld, actor: Actor, input: { application: CardApplicationId; idempotencyKey: IdempotencyKey }): Promise<Result<CardApplication>> {
  return move(world, actor, 'card.notice', input, 'SHIPPED', 'NOTICE_SENT', (a) => ofThisMunicipality(actor, a))
}

export const ofThisMunicipality = (actor: Actor, a: CardApplication): boolean => !isRefusal(asOfficer(actor, 'municipal', 'card', a.municipality))

async function loadApplication(world: Uses<'cardApplications'>, id: string): Promise<Result<CardApplication>> {
  return (await world.cardApplications.load(id as CardApplicationId)) ?? refuse('NOT_FOUND')
}

/** One step of the application: permission, state, what else changes, compare-and-set. */
export async function move(
  world: CardWorld, actor: Actor, kind: Act['kind'], input: { application: CardApplicationId; idempotencyKey: IdempotencyKey }, from: CardApplicationState, to: CardApplicationState,
  may: (application: CardApplication) => boolean,
  also: (application: CardApplication) => Promise<Result<{ card?: Card; application?: CardApplication }>> = async () => ({}),
): Promise<Result<CardApplication>> {
  const found = await world.cardApplications.load(input.application)
  if (found === null || !may(found)) return refuse('NOT_FOUND')
  const act = begin(kind, actor, world.clock.now(), { ...input })
  return once(world.acts, act, (id) => loadApplication(world, id), async () => {
    // A card that ended before it was fetched takes its application with it, whether it was swept or not.
    await settlePerson(world, found.person)
    const application = (await world.cardApplications.load(found.id)) ?? found
    if (application.state !== from) return refuse('WRONG_STATE', { state: application.state })
    const change = await also(application)
    if (isRefusal(change)) return change
    const next: CardApplication = { ...(change.application ?? application), state: to }
    const stored = await world.cardApplications.advance({ ...act, subject: application.id }, from, next, change.card)
    return isRefusal(stored) ? stored : next
  })
}

export async function readCardApplication(world: Uses<'cardApplications'>, actor: Actor, id: CardApplicationId): Promise<Result<CardApplication>> {
  const application = await world.cardApplications.load(id)
  if (application === null) return refuse('NOT_FOUND')
  const agency = actor.kind === 'officer' && actor.role === 'agency' && actor.scopes.has('card')
  return agency || mayApply(actor, application.person, application.municipality) ? application : refuse('NOT_FOUND')
}

export async function readCard(world: Uses<'cards' | 'residents'>, actor: Actor, id: CardId): Promise<Result<Card>> {
  const card = await world.cards.load(id)
  return card !== null && mayReadCard(actor, card) ? card : refuse('NOT_FOUND')
}

export function mayReadCard(actor: Actor, card: Card): boolean {
  if (actor.kind === 'citizen') return actor.person === card.person
  if (actor.kind !== 'officer' || !(actor.scopes.has('card') || actor.scopes.has('area'))) return false
  return actor.role === 'agency' || (actor.role === 'municipal' && actor.municipality === card.municipality)
}

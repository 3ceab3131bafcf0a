/**
 * Rules about the application for a card (交付申請) and its hand-over: the form with a QR code, help at a support place,
 * the photo, special-speed issue, and who may take a card in the holder's stead. The acts are card.ts.
 *
 * @law 番号法 第16条の2・第17条第1項 · 番号法施行令 第13条 · カード命令
 */
import { asOfficer, type Actor } from '../actor.ts'
import { begin, once } from '../act.ts'
import type { Card, CardEnd, Channel, PinSetter } from './card.ts'
import { enoughEvidence, type Document } from '../record/evidence.ts'
import type { IdempotencyKey, MunicipalityCode, PersonId, Random } from '../ids.ts'
import type { ApplicationFormId } from './numbers.ts'
import { residentNow } from '../person/departure.ts'
import { ageOn } from '../person/person.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import type { Resident, ResidentEvent } from '../person/resident.ts'
import { daysBetween, endOf, dayOf, legalDate, type Instant, type LegalDate } from '../time.ts'
import { mayHoldSigningCertificate, mayRenew, photoRequired } from './validity.ts'
import type { Uses } from '../world.ts'

// ---------------------------------------------------------------- the form

/** 申請書: printed for a person at an address. Forms printed for an address that is no longer the person's are refused. */
export interface ApplicationForm {
  readonly id: ApplicationFormId
  readonly person: PersonId
  readonly municipality: MunicipalityCode
  readonly address: string
  readonly addressSubstitutes: string
  readonly printedAt: Instant
}

/** Null where the form may be used by this person now. Another person's form is unknown to everyone else. */
export function formRefused(form: ApplicationForm | null, resident: Resident): Refusal | null {
  if (form === null || form.person !== resident.person) return refuse('NOT_FOUND', { field: 'form' })
  const same = form.municipality === resident.municipality && form.address === resident.items.address && form.addressSubstitutes === resident.items.addressSubstitutes
  return same ? null : refuse('FORM_OUTDATED')
}

/** The municipality prints a form for a resident, at the address of the register. */
export async function printApplicationForm(
  world: Uses<'clock' | 'random' | 'acts' | 'residents' | 'cardApplications'>, actor: Actor, input: { person: PersonId; idempotencyKey: IdempotencyKey },
): Promise<Result<ApplicationForm>> {
  const resident = await residentNow(world, input.person)
  if (resident === null || resident.municipality === null || isRefusal(asOfficer(actor, 'municipal', 'card', resident.municipality))) return refuse('NOT_FOUND')
  const { municipality, items: { address, addressSubstitutes } } = resident
  const now = world.clock.now()
  const act = begin('card.print-form', actor, now, input)
  return once(world.acts, act, async (id) => (await world.cardApplications.form(id as ApplicationFormId)) ?? refuse('NOT_FOUND'), async () => {
    const form: ApplicationForm = { id: newFormId(world.random), person: input.person, municipality, address, addressSubstitutes, printedAt: now }
    const stored = await world.cardApplications.printForm({ ...act, subject: form.id }, form)
    return isRefusal(stored) ? stored : form
  })
}

/** 23 digits that nobody guesses: octets above 249 are left out, so that each digit is as likely as the others. */
function newFormId(random: Random): ApplicationFormId {
  let digits = ''
  while (digits.length < 23) for (const octet of random.bytes(32)) if (octet < 250 && digits.length < 23) digits += String(octet % 10)
  return digits as ApplicationFormId
}

// ---------------------------------------------------------------- support places

/** 郵便局 · 金融機関 · コンビニエンスストア · 病院 · 学校 · 運転免許センター · 携帯電話ショップ: where people are helped to apply. */
export const supportPlaces = ['post-office', 'bank', 'convenience-store', 'hospital', 'school', 'licence-centre', 'phone-shop'] as const
export type SupportPlace = (typeof supportPlaces)[number]
export interface Support { readonly place: SupportPlace; readonly name: string }

// ---------------------------------------------------------------- special-speed issue (特急発行)

/** From this day on. */
export const specialSpeedFrom = legalDate('2024-12-02')
/** Days after the event within which it must be applied for. */
export const specialSpeedDays = 30
/** 1歳未満 · 国外からの転入 · 紛失 · 新たな住民票の記載 · 新規の中長期在留者等 · 番号・コードの変更 · 破損 · 追記欄の余白なし · 刑事施設等の出所 */
export const specialGrounds = ['infant', 'from-overseas', 'lost', 'newly-recorded', 'new-foreign-resident', 'number-changed', 'damaged', 'no-note-space', 'released'] as const
export type SpecialGround = (typeof specialGrounds)[number]
/** The ground and the day it came about; for an infant, the day of birth. */
export interface SpecialSpeed { readonly ground: SpecialGround; readonly on: LegalDate }

/** With these a person applies who still has the card that is to be replaced. */
const replaces: readonly SpecialGround[] = ['damaged', 'no-note-space', 'number-changed']

/** What the register knows of the ground: the resident's events, the cards, lines left; and whether an officer at the counter bears it out, who saw the broken card or the paper of release. */
export interface Grounds { readonly history: readonly ResidentEvent[]; readonly cards: readonly Card[]; readonly notesLeft: number; readonly atCounter: boolean }

/** From where who was entered that day came: from overseas, by birth, or into a register that had no record of the person any more. */
function cameFrom(history: readonly ResidentEvent[], on: LegalDate): 'overseas' | 'no record' | 'elsewhere' | null {
  if (history.some((event) => event.kind === 'first-entry' && event.occurredOn === on)) return 'overseas'
  if (history.some((event) => event.kind === 'birth' && event.occurredOn === on)) return 'no record'
  const at = history.findLastIndex((event) => event.kind === 'move-in' && event.occurredOn === on)
  if (at < 0) return null
  const left = history.slice(0, at).findLast(({ kind }) => kind === 'move-out' || kind === 'move-overseas' || kind === 'status-lost' || kind === 'annex-deleted')
  return left?.kind === 'move-overseas' ? 'overseas' : left?.kind === 'move-out' ? 'elsewhere' : 'no record'
}

/** Each ground against the register; the two that no register knows against the officer's word. */
export function specialSpeedRefused(special: SpecialSpeed, resident: Resident, { history, cards, notesLeft, atCounter }: Grounds, today: LegalDate): Refusal | null {
  const { ground, on } = special
  const no = (state: string): Refusal => refuse('SPECIAL_SPEED_UNFOUNDED', { state })
  if (today < specialSpeedFrom) return no('not yet in force')
  if (ground === 'infant') return ageOn(resident.items.birthDate, today) < 1 && on === resident.items.birthDate ? null : no('not under one year of age')
  if (on > today) return refuse('MALFORMED_INPUT', { field: 'special.on' })
  if (daysBetween(on, today) > specialSpeedDays) return no('more than 30 days')
  const ended = (by: CardEnd): boolean => cards.some((card) => card.end?.ground === by)
  const came = cameFrom(history, on)
  switch (ground) {
    case 'from-overseas': return came === 'overseas' ? null : no('no move-in from overseas on that day')
    case 'newly-recorded': return came === 'no record' ? null : no('no new record on that day')
    case 'new-foreign-resident': return resident.nationality === 'foreign' && (came === 'overseas' || came === 'no record') ? null : no('no new foreign resident on that day')
    case 'lost': return ended('lost') ? null : no('no card was reported lost')
    case 'number-changed': return ended('number-changed') ? null : no('no card lapsed with a number')
    case 'no-note-space': return notesLeft <= 0 ? null : no('the additions field has space')
    case 'damaged': return atCounter && cards.some(({ state }) => state === 'ACTIVE' || state === 'SUSPENDED') ? null : no('no card in use was shown at the counter')
    case 'released': return atCounter ? null : no('shown at the counter')
  }
}

/** A person who has a card applies for another when it is ending, or on a ground that replaces it. */
export function heldCardRefused(cards: readonly Card[], special: SpecialSpeed | null, now: Instant): Refusal | null {
  const held = cards.find((card) => (card.state === 'MADE' || card.state === 'ACTIVE' || card.state === 'SUSPENDED') && now <= endOf(card.expiresOn))
  if (held === undefined || (held.state !== 'MADE' && mayRenew(held.expiresOn, dayOf(now)))) return null
  return held.state !== 'MADE' && special !== null && replaces.includes(special.ground) ? null : refuse('APPLICATION_OPEN', { state: `card ${held.state}` })
}

// ---------------------------------------------------------------- photo

/** Whether the card will bear a photo; refused where one is needed and was not handed in. From 2024-12-02 none under one year of age. */
export function photoFor(resident: Resident, handedIn: boolean, receivedOn: LegalDate): boolean | Refusal {
  const needed = photoRequired(resident.items.birthDate, receivedOn)
  return needed && !handedIn ? refuse('PHOTO_MISSING') : needed
}

// ---------------------------------------------------------------- all together

export interface CardApplicationInput {
  readonly person: PersonId
  readonly channel: Channel
  readonly form?: ApplicationFormId | null
  readonly support?: Support | null
  readonly special?: SpecialSpeed | null
  /** Whether a photo was handed in with it; absent: it was. */
  readonly photo?: boolean
  readonly idempotencyKey: IdempotencyKey
}

export interface Applied { readonly channel: Channel; readonly form: ApplicationFormId | null; readonly special: SpecialSpeed | null; readonly photo: boolean }
/** What is known of the applicant; `notesLeft`: free lines of the card in use. */
export interface Known { readonly now: Instant; readonly resident: Resident; readonly cards: readonly Card[]; readonly form: ApplicationForm | null; readonly notesLeft: number; readonly history: readonly ResidentEvent[]; readonly atCounter: boolean }

/** Form, ground of special speed, the card already held, the photo; answers whether the card will bear one. */
export function applicationRefusedOrPhoto(applied: Applied, { now, resident, cards, form, notesLeft, history, atCounter }: Known): Result<boolean> {
  if ((applied.channel === 'qr-form') !== (applied.form !== null)) return refuse('MALFORMED_INPUT', { field: 'form' })
  const today = dayOf(now)
  const no = (applied.form === null ? null : formRefused(form, resident))
    ?? (applied.special === null ? null : specialSpeedRefused(applied.special, resident, { history, cards, notesLeft, atCounter }, today))
    ?? heldCardRefused(cards, applied.special, now)
  return no ?? photoFor(resident, applied.photo, today)
}

// ---------------------------------------------------------------- hand-over to a representative (代理交付)

/** 親権者 · 成年後見人 · 任意代理人 */
export const proxyRelations = ['parent', 'guardian', 'chosen'] as const
/** 未就学児・小中学生 · 成年被後見人等 · 病気 · 身体の障害 · 施設入所 · 長期出張等: why the holder does not come. */
export const proxyReasons = ['minor', 'under-guardianship', 'illness', 'disability', 'in-an-institution', 'away'] as const
/** 戸籍謄本等 · 登記事項証明書 · 委任状 · 照会書兼回答書: how the right to act was proved. */
export const proxyProofs = ['family-register', 'guardianship-register', 'power-of-attorney', 'answer-form'] as const
export interface Proxy {
  readonly relation: (typeof proxyRelations)[number]
  readonly reason: (typeof proxyReasons)[number]
  readonly proof: (typeof proxyProofs)[number]
  /** What the representative showed of itself. */
  readonly documents: readonly Document[]
}

/** Under 15 the legal representative comes along and sets the PINs; nobody whom the child chose stands in. Practice, not statute. */
export const legalRepresentativeMissing = (birthDate: LegalDate, today: LegalDate, proxy: Proxy | null): boolean => !mayHoldSigningCertificate(birthDate, today) && (proxy === null || proxy.relation === 'chosen')

/** A chosen representative needs a reason that keeps the holder away; a legal one proves the relation. @law 番号法施行令 第13条 */
export function proxyRefused(proxy: Proxy): Refusal | null {
  const proofs: Readonly<Record<Proxy['relation'], readonly Proxy['proof'][]>> = { parent: ['family-register'], guardian: ['guardianship-register'], chosen: ['power-of-attorney', 'answer-form'] }
  if (!enoughEvidence(proxy.documents) || !proofs[proxy.relation].includes(proxy.proof)) return refuse('EVIDENCE_INSUFFICIENT', { field: 'proxy' })
  const reasons: Readonly<Record<Proxy['relation'], readonly Proxy['reason'][]>> = { parent: ['minor'], guardian: ['under-guardianship'], chosen: ['illness', 'disability', 'in-an-institution', 'away'] }
  return reasons[proxy.relation].includes(proxy.reason) ? null : refuse('EVIDENCE_INSUFFICIENT', { field: 'proxy.reason' })
}

/**
 * The holder sets the PINs, or has the officer type them; a legal representative sets them for the holder; for a chosen one,
 * who must not learn them, the municipality does. @law 公的個人認証法施行規則 第6条第2項・第42条第2項
 */
export function maySetPins(proxy: Proxy | null, setter: PinSetter): boolean {
  if (setter === 'agency') return false
  if (setter === 'officer') return true
  return proxy === null ? setter === 'holder' : proxy.relation !== 'chosen' && setter === 'representative'
}

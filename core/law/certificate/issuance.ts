/**
 * Article 3 (署名用電子証明書) and Article 22 (利用者証明用電子証明書), act by act. The two articles are parallel: one
 * procedure with a kind. The municipality of residence stands between the person and the agency.
 *
 *   (2) apply → (3) confirm → (4) key onto the card → (5) notify the agency → (6) issue → (7) deliver
 *
 * Act (6) is safe against a crash at any point: serial and bytes are stored before the key is asked, and the same
 * function, called again, goes on from what is stored.
 *
 * @law 公的個人認証法 第3条・第22条
 */
import { verifyKeyAttestation } from '../../chip/order.ts'
import { fitsProfile, type Generation } from '../../pki/profile.ts'
import { asOfficer, system, type Actor } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import { usable, type Card } from '../card/card.ts'
import { isSmartphone, type CardCertificateKind, type CertificateKind, type CertificateRecord, type InSmartphone } from './certificate.ts'
import { settlePerson, standingCard, type Decide } from '../card/deadline.ts'
import { newId, type CardId, type CertificateApplicationId, type IdempotencyKey, type MunicipalityCode, type PersonId } from '../ids.ts'
import type { Reservation } from './issue.ts'
import { bears, registryOf, residentNow } from '../person/departure.ts'
import type { FourInformation } from '../person/person.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { revocation, type Revocation } from './revocation.ts'
import { dayOf, type Instant, type LegalDate } from '../time.ts'
import { mayHoldSigningCertificate, mayRenew } from '../card/validity.ts'
import type { Uses } from '../world.ts'

export type CertificateApplicationState = 'APPLIED' | 'CONFIRMED' | 'KEY_ON_CARD' | 'NOTIFIED' | 'RESERVED' | 'ISSUED' | 'DELIVERED' | 'REFUSED' | 'ABANDONED'

/** 発行申請 */
export interface CertificateApplication {
  readonly id: CertificateApplicationId
  readonly kind: CertificateKind
  readonly person: PersonId
  readonly card: CardId
  /** 住所地市町村 */
  readonly municipality: MunicipalityCode
  readonly state: CertificateApplicationState
  readonly appliedOn: LegalDate
  /** The four items as the applicant wrote them. */
  readonly items: FourInformation
  /** Whether the applicant asks, with the new certificate, for the lapse of the present one. */
  readonly lapseOfPresent: boolean
  readonly confirmation: { readonly officer: string; readonly at: Instant } | null
  readonly publicKey: Uint8Array | null
  /** Of an application for a certificate in a phone (smartphone.ts), which no municipality handles. */
  readonly smartphone: InSmartphone | null
  /** Why the agency refused, where it did. */
  readonly refusedFor: string | null
}

export interface Issuances {
  load(id: CertificateApplicationId): Promise<CertificateApplication | null>
  ofCard(card: CardId): Promise<CertificateApplication[]>
  /** `APPLICATION_OPEN` where one of this person and kind is under way. */
  create(act: Act, application: CertificateApplication): Promise<Result<void>>
  /** Compare-and-set on the state; `KEY_UNFIT` where the public key was used before; `CONFLICT` where the state moved. */
  advance(act: Act, from: CertificateApplicationState, application: CertificateApplication): Promise<Result<void>>
  /**
   * Application NOTIFIED → RESERVED and the certificate row, together, with the person's rows held still. `CONFLICT` where the
   * serial is taken, the state moved, or where `decide` says that something of the person has ended and nobody carried it out yet.
   */
  reserve(act: Act, id: CertificateApplicationId, reservation: Reservation, decide: Decide): Promise<Result<void>>
  reservation(id: CertificateApplicationId): Promise<Reservation | null>
  /** Stores the certificate where none is stored, and the lapse of the one it replaces, together. Returns what is stored. */
  complete(act: Act, id: CertificateApplicationId, der: Uint8Array, supersede: Revocation): Promise<Result<CertificateRecord>>
  certificateOf(id: CertificateApplicationId): Promise<CertificateRecord | null>
  /** Application ISSUED → DELIVERED and the certificate's day of delivery, together. */
  deliver(act: Act, id: CertificateApplicationId, at: Instant): Promise<Result<void>>
  /** Applications notified or reserved and not finished, oldest first. */
  unfinished(limit: number): Promise<CertificateApplicationId[]>
  /** Applications reserved before that instant and not finished, oldest first. */
  overdue(before: Instant, limit: number): Promise<CertificateApplicationId[]>
}

type IssuanceWorld = Uses<'clock' | 'random' | 'acts' | 'residents' | 'cards' | 'certificates' | 'issuances' | 'bell' | 'settings' | 'deadlines'>

// ---------------------------------------------------------------- (2) apply

export interface ApplyInput {
  readonly card: CardId
  readonly kind: CardCertificateKind
  readonly items: FourInformation
  readonly lapseOfPresent: boolean
  readonly idempotencyKey: IdempotencyKey
}

/** The resident hands the form in at the municipality of residence; an officer enters it. @law 第3条第2項・第22条第2項 */
export async function applyForCertificate(world: IssuanceWorld, actor: Actor, input: ApplyInput): Promise<Result<CertificateApplication>> {
  const card = await world.cards.load(input.card)
  const officer = card === null ? refuse('NOT_FOUND') : asOfficer(actor, 'municipal', 'certificate', card.municipality)
  if (isRefusal(officer)) return officer.code === 'NOT_PERMITTED' && officer.field === 'municipality' ? refuse('NOT_FOUND') : officer
  const now = world.clock.now()
  const act = begin('certificate.apply', officer, now, { ...input })
  return once(world.acts, act, (id) => load(world, id), async () => {
    if (card === null) return refuse('NOT_FOUND')
    // Nothing is applied for on a card whose period ran out since the last sweep.
    const standing = await standingCard(world, card)
    const application: CertificateApplication = {
      id: newId('certificateApplication', now, world.random), kind: input.kind, person: card.person, card: card.id, municipality: card.municipality, state: 'APPLIED',
      appliedOn: dayOf(now), items: input.items, lapseOfPresent: input.lapseOfPresent, confirmation: null, publicKey: null, smartphone: null, refusedFor: null,
    }
    const no = await mayIssue(world, application, standing, now)
    if (no !== null) return no
    const stored = await world.issuances.create({ ...act, subject: application.id, facts: { kind: input.kind } }, application)
    return isRefusal(stored) ? stored : application
  })
}

/** What must hold from the application until the signature: card in use; no second live certificate, age; or the card certificate that one in a phone hangs on. */
export async function mayIssue(world: Uses<'certificates' | 'residents'>, application: CertificateApplication, card: Card, now: Instant): Promise<Refusal | null> {
  if (!usable(card, now)) return refuse('CARD_NOT_USABLE', { state: card.state })
  const today = dayOf(now)
  if (application.smartphone !== null) {
    // A present one ends when the new one is stored: one device per person.
    const parent = await world.certificates.load(application.smartphone.parent)
    return parent?.state === 'VALID' && today <= parent.expiresOn ? null : refuse('PARENT_NOT_LIVE')
  }
  if (application.kind === 'signature' && !mayHoldSigningCertificate(application.items.birthDate, today)) return refuse('UNDER_FIFTEEN')
  const present = await world.certificates.live(application.person, application.kind, now)
  if (present !== null && !(application.lapseOfPresent && mayRenew(present.expiresOn, today))) return refuse('CERTIFICATE_LIVE', { state: present.state })
  return null
}

// ---------------------------------------------------------------- (3) confirm

declare const confirmedBrand: unique symbol
/** The applicant stands in the register with these items, and an officer said so. Made only by {@link confirmed}. */
export type ApplicantConfirmed = CertificateApplication & { readonly [confirmedBrand]: true }
const sealed = new WeakSet<object>()

function confirmed(application: CertificateApplication): ApplicantConfirmed | Refusal {
  if (application.confirmation === null) return refuse('WRONG_STATE', { state: application.state })
  sealed.add(application)
  return application as ApplicantConfirmed
}

/** 署名利用者確認 · 利用者証明利用者確認. @law 第3条第3項・第22条第3項 */
export function confirmApplicant(world: IssuanceWorld, actor: Actor, input: { application: CertificateApplicationId; idempotencyKey: IdempotencyKey }): Promise<Result<CertificateApplication>> {
  return step(world, actor, 'certificate.confirm', input, 'APPLIED', async (application, officer, now) => {
    await settlePerson(world, application.person)
    const resident = await residentNow(world, application.person)
    if (resident === null || registryOf(resident) !== application.municipality) return refuse('NOT_RESIDENT')
    if (!bears(resident, application.items, false)) return refuse('ITEMS_DIFFER')
    return { ...application, state: 'CONFIRMED', confirmation: { officer, at: now } }
  })
}

// ---------------------------------------------------------------- (4) key onto the card

/**
 * The pair is made on the chip itself, so that no copy of the private key has to be erased; the chip attests that the
 * public key is its own. @law 第3条第4項・第22条第4項
 */
export function recordKeyOnCard(
  world: IssuanceWorld, actor: Actor, input: { application: CertificateApplicationId; attestation: Uint8Array; idempotencyKey: IdempotencyKey },
): Promise<Result<CertificateApplication>> {
  return step(world, actor, 'certificate.key', input, 'CONFIRMED', async (application) => {
    const applicant = confirmed(application)
    if (isRefusal(applicant)) return applicant
    const card = await world.cards.load(application.card)
    if (card === null || card.attestationKey === null) return refuse('NOT_FOUND')
    return keyOnCard(applicant, card.cardNumber, card.attestationKey, input.attestation, world.settings.profile.generation)
  })
}

/** `attestation`: the chip's statement that it made this public key for this kind (core/chip/order.ts). */
function keyOnCard(applicant: ApplicantConfirmed, cardNumber: string, attestationKey: Uint8Array, attestation: Uint8Array, generation: Generation): Result<CertificateApplication> {
  if (!sealed.has(applicant)) throw new Error('an applicant that nobody confirmed')
  const attested = verifyKeyAttestation(attestation, attestationKey)
  if (attested === null || attested.cardNumber !== cardNumber || attested.kind !== applicant.kind) return refuse('KEY_NOT_ON_CARD')
  if (!fitsProfile(attested.publicKey, generation)) return refuse('KEY_UNFIT')
  return { ...applicant, state: 'KEY_ON_CARD', publicKey: attested.publicKey }
}

// ---------------------------------------------------------------- (5) notify

/** The notice to the agency travels from computer to computer; here: a stored row and a bell. @law 第3条第5項・第8項 */
export async function notifyAgency(world: IssuanceWorld, actor: Actor, input: { application: CertificateApplicationId; idempotencyKey: IdempotencyKey }): Promise<Result<CertificateApplication>> {
  const notified = await step(world, actor, 'certificate.notify', input, 'KEY_ON_CARD', async (application) => ({ ...application, state: 'NOTIFIED' }))
  if (!isRefusal(notified)) await world.bell.ring({ wake: 'issue', application: notified.id })
  return notified
}

/** The applicant takes the application back, or the officer closes one that cannot be confirmed; until the agency is notified. */
export async function withdrawCertificateApplication(world: IssuanceWorld, actor: Actor, input: { application: CertificateApplicationId; idempotencyKey: IdempotencyKey }): Promise<Result<CertificateApplication>> {
  const application = await world.issuances.load(input.application)
  const withdrawable: readonly CertificateApplicationState[] = ['APPLIED', 'CONFIRMED', 'KEY_ON_CARD']
  const from = withdrawable.find((state) => state === application?.state) ?? 'APPLIED'
  return step(world, actor, 'certificate.abandon', input, from, async (a) => ({ ...a, state: 'ABANDONED' }))
}

// ---------------------------------------------------------------- (6) issue: issue.ts

// ---------------------------------------------------------------- (7) deliver

/** The municipality has written the certificate onto the same card and given it to the applicant. @law 第3条第7項・第22条第7項 */
export async function deliverCertificate(world: IssuanceWorld, actor: Actor, input: { application: CertificateApplicationId; idempotencyKey: IdempotencyKey }): Promise<Result<CertificateApplication>> {
  const application = await readCertificateApplication(world, actor, input.application)
  if (isRefusal(application)) return application
  if (application.smartphone !== null) return refuse('NOT_FOUND')
  const now = world.clock.now()
  const act = begin('certificate.deliver', actor, now, { ...input })
  return once(world.acts, act, (id) => load(world, id), async () => {
    if (application.state !== 'ISSUED') return refuse('WRONG_STATE', { state: application.state })
    const found = await world.cards.load(application.card)
    const card = found === null ? null : await standingCard(world, found)
    if (card === null || !usable(card, now)) return refuse('CARD_NOT_USABLE', card === null ? {} : { state: card.state })
    const stored = await world.issuances.deliver({ ...act, subject: application.id }, application.id, now)
    return isRefusal(stored) ? stored : load(world, application.id)
  })
}

// ---------------------------------------------------------------- reading and stepping

/** The municipality of residence and the agency may read an application, and the person its own for a phone. */
export async function readCertificateApplication(world: Uses<'issuances'>, actor: Actor, id: CertificateApplicationId): Promise<Result<CertificateApplication>> {
  const application = await world.issuances.load(id)
  if (application !== null && actor.kind === 'citizen') return actor.scopes.has('me') && actor.person === application.person && isSmartphone(application.kind) ? application : refuse('NOT_FOUND')
  if (application === null || actor.kind !== 'officer' || !actor.scopes.has('certificate')) return refuse('NOT_FOUND')
  const mine = actor.role === 'agency' || (actor.role === 'municipal' && actor.municipality === application.municipality)
  return mine ? application : refuse('NOT_FOUND')
}

/** The certificate that came of the application, for the terminal that writes it onto the card. */
export async function readIssued(world: Uses<'issuances' | 'certificates'>, actor: Actor, id: CertificateApplicationId): Promise<Result<CertificateRecord>> {
  const application = await readCertificateApplication(world, actor, id)
  if (isRefusal(application)) return application
  const record = application.state === 'ISSUED' || application.state === 'DELIVERED' ? await world.issuances.certificateOf(id) : null
  return record ?? refuse('NOT_FOUND')
}

async function load(world: Uses<'issuances'>, id: string): Promise<Result<CertificateApplication>> {
  return (await world.issuances.load(id as CertificateApplicationId)) ?? refuse('NOT_FOUND')
}

async function step(
  world: IssuanceWorld, actor: Actor, kind: Act['kind'], input: { application: CertificateApplicationId; idempotencyKey: IdempotencyKey }, from: CertificateApplicationState,
  decide: (application: CertificateApplication, officer: string, now: Instant) => Promise<Result<CertificateApplication>>,
): Promise<Result<CertificateApplication>> {
  const application = await world.issuances.load(input.application)
  const officer = application === null || application.smartphone !== null ? refuse('NOT_FOUND') : asOfficer(actor, 'municipal', 'certificate', application.municipality)
  if (application === null || isRefusal(officer)) return refuse('NOT_FOUND')
  const now = world.clock.now()
  const act = begin(kind, officer, now, { ...input })
  return once(world.acts, act, (id) => load(world, id), async () => {
    if (application.state !== from) return refuse('WRONG_STATE', { state: application.state })
    const next = await decide(application, officer.officer, now)
    if (isRefusal(next)) return next
    const stored = await world.issuances.advance({ ...act, subject: application.id, facts: { kind: application.kind } }, from, next)
    return isRefusal(stored) ? stored : next
  })
}

export const superseded = (now: Instant): Revocation => revocation('superseded', now, now)
export const byAuthority = system('authority')

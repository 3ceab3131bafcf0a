/**
 * Rows for tests of the stores, made through the stores' own methods, each legal by the tables' checks. No key signs
 * anything here: certificates are octets.
 */
import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Act, ActKind } from '../../core/law/act.ts'
import { system, type Actor } from '../../core/law/actor.ts'
import type { Card, CardApplication } from '../../core/law/card/card.ts'
import { caOf, type CardCertificateKind, type CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { Consent, ConsentRequest, Purpose } from '../../core/law/consent/consent.ts'
import { unstatedNotices } from '../../core/law/consent/notice.ts'
import type { AccessLogEntry } from '../../core/law/consent/disclosure.ts'
import type { Decide } from '../../core/law/card/deadline.ts'
import { newId, newSerial, type CertificateApplicationId, type CertificateId, type IdempotencyKey, type PersonId } from '../../core/law/ids.ts'
import { superseded, type CertificateApplication } from '../../core/law/certificate/issuance.ts'
import type { Reservation } from '../../core/law/certificate/issue.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import { decided, type Decision } from '../../core/law/partner/explain.ts'
import type { Resident } from '../../core/law/person/resident.ts'
import type { Grant } from '../../core/law/space/basis.ts'
import type { Shares } from '../../core/law/space/grant.ts'
import { addMonths, after, dayOf, endOf, legalDate, type LegalDate } from '../../core/law/time.ts'
import type { NewOrder } from '../../core/law/card/order.ts'
import type { FourInformation } from '../../core/law/person/person.ts'
import { rowOf } from '../../db/person/residents.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { certificates } from '../../db/tables/certificates.ts'
import { residents } from '../../db/tables/register.ts'
import type { TestWorld } from '../harness/world.ts'

/** The value, or an error that names the refusal. */
export function ok<T>(result: Result<T>): T {
  if (isRefusal(result)) throw new Error(`refused: ${result.code} ${result.state ?? ''} ${result.field ?? ''}`)
  return result
}

let counter = 0
/** An event that ends nothing. */
export const nothing: Decide = () => ({ cards: [], certificates: [], due: [], transfer: null })

/** An act with a key of its own; `over` replaces what matters to the test. */
export function actOf(world: TestWorld, kind: ActKind, over: Partial<Act> = {}): Act {
  const actor: Actor = system('seed')
  return { kind, actor, at: world.clock.now(), key: `key-${process.pid}-${counter++}-${kind}` as IdempotencyKey, request: '{}', subject: `subject-${counter}`, facts: {}, ...over }
}

export const resident = (world: TestWorld, name = 'hanako'): Resident => world.persona(name).resident

export function cardApplication(world: TestWorld, person: PersonId): CardApplication {
  const { resident: r } = world.personas.find((p) => p.person === person)!
  return { id: newId('cardApplication', world.clock.now(), world.random), person, municipality: r.municipality!, channel: 'web', state: 'RECEIVED', receivedAt: world.clock.now(), card: null, handOver: null, form: null, support: null, special: null, photo: true }
}

export function cardFor(world: TestWorld, application: CardApplication): Card {
  const today = dayOf(world.clock.now())
  return {
    id: newId('card', world.clock.now(), world.random), person: application.person, cardNumber: Array.from(world.random.bytes(15), (b) => b % 10).join(''), municipality: application.municipality,
    state: 'MADE', madeOn: today, expiresOn: addMonths(today, 120), expiresBy: { limit: 'adult-card', article: 'カード命令 第26条' }, deliveredAt: null, end: null, attestationKey: null,
  }
}

/** A card in use, by the whole way from the application. */
export async function deliveredCard(world: TestWorld, person: PersonId): Promise<Card> {
  const applied = cardApplication(world, person)
  ok(await world.cardApplications.create(actOf(world, 'card.apply'), applied))
  const made = cardFor(world, applied)
  let application: CardApplication = { ...applied, state: 'IN_PRODUCTION', card: made.id }
  ok(await world.cardApplications.advance(actOf(world, 'card.produce'), 'RECEIVED', application, made))
  const shipped: Card = { ...made, attestationKey: world.random.bytes(91) }
  application = { ...application, state: 'SHIPPED' }
  ok(await world.cardApplications.advance(actOf(world, 'card.ship'), 'IN_PRODUCTION', application, shipped))
  application = { ...application, state: 'NOTICE_SENT' }
  ok(await world.cardApplications.advance(actOf(world, 'card.notice'), 'SHIPPED', application))
  const card: Card = { ...shipped, state: 'ACTIVE', deliveredAt: world.clock.now() }
  application = { ...application, state: 'DELIVERED', handOver: { officer: 'ofc_1', documents: ['passport'], pinsSetBy: 'holder', proxy: null, at: world.clock.now() } }
  ok(await world.cardApplications.advance(actOf(world, 'card.hand-over'), 'NOTICE_SENT', application, card))
  return card
}

export function certificateApplication(world: TestWorld, card: Card, kind: CardCertificateKind): CertificateApplication {
  const items = world.personas.find((p) => p.person === card.person)!.resident.items
  return {
    id: newId('certificateApplication', world.clock.now(), world.random), kind, person: card.person, card: card.id, municipality: card.municipality, state: 'APPLIED',
    appliedOn: dayOf(world.clock.now()), items, lapseOfPresent: false, confirmation: null, publicKey: null, smartphone: null, refusedFor: null,
  }
}

/** An application that waits for the agency. */
export async function notified(world: TestWorld, card: Card, kind: CardCertificateKind = 'signature'): Promise<CertificateApplication> {
  const applied = certificateApplication(world, card, kind)
  ok(await world.issuances.create(actOf(world, 'certificate.apply'), applied))
  const confirmed: CertificateApplication = { ...applied, state: 'CONFIRMED', confirmation: { officer: 'ofc_1', at: world.clock.now() } }
  ok(await world.issuances.advance(actOf(world, 'certificate.confirm'), 'APPLIED', confirmed))
  const onCard: CertificateApplication = { ...confirmed, state: 'KEY_ON_CARD', publicKey: world.random.bytes(294) }
  ok(await world.issuances.advance(actOf(world, 'certificate.key'), 'CONFIRMED', onCard))
  const waiting: CertificateApplication = { ...onCard, state: 'NOTIFIED' }
  ok(await world.issuances.advance(actOf(world, 'certificate.notify'), 'KEY_ON_CARD', waiting))
  return waiting
}

/** What T1 would store; the expectation is a stand-in of its shape. */
export function reservationFor(world: TestWorld, application: CertificateApplication, expiresOn?: LegalDate): Reservation {
  const now = world.clock.now()
  const record: CertificateRecord = {
    id: newId('certificate', now, world.random), kind: application.kind, person: application.person, card: application.card, issuer: world.authorities.current(caOf(application.kind)).keyId,
    serial: newSerial(world.random), der: new Uint8Array(), state: 'RESERVED', issuedAt: now, expiresOn: expiresOn ?? addMonths(dayOf(now), 60), expiresBy: null, deliveredAt: null, shard: application.municipality,
    items: application.kind === 'signature' ? application.items : null, smartphone: null, revocation: null,
  }
  return { record, tbs: world.random.bytes(700), expectation: { kind: application.kind, fields: { serial: record.serial } } as unknown as Reservation['expectation'] }
}

export async function reserved(world: TestWorld, application: CertificateApplication, expiresOn?: LegalDate): Promise<Reservation> {
  const reservation = reservationFor(world, application, expiresOn)
  ok(await world.issuances.reserve(actOf(world, 'certificate.reserve'), application.id, reservation, nothing))
  return reservation
}

export const derOf = (id: CertificateApplicationId): Uint8Array => Uint8Array.from(createHash('sha512').update(id).digest())

/** A valid certificate on the card. */
export async function issued(world: TestWorld, card: Card, kind: CardCertificateKind = 'signature', expiresOn?: LegalDate): Promise<CertificateRecord> {
  const application = await notified(world, card, kind)
  await reserved(world, application, expiresOn)
  return ok(await world.issuances.complete(actOf(world, 'certificate.issue', { key: null }), application.id, derOf(application.id), superseded(world.clock.now())))
}

// ---------------------------------------------------------------- consents

export async function purpose(world: TestWorld, name = 'opening an account'): Promise<Purpose> {
  const now = world.clock.now()
  return ok(await world.consents.registerPurpose(actOf(world, 'purpose.register'), {
    id: newId('purpose', now, world.random), partner: seededPartnerIds.bank, name, textJa: '口座開設', textEn: 'opening an account', items: ['name', 'address', 'birthDate'], until: null, minors: 'from-15', notices: unstatedNotices('口座開設', 'opening an account'), registeredAt: now,
  }))
}

export async function consentRequest(world: TestWorld, under: Purpose): Promise<ConsentRequest> {
  const now = world.clock.now()
  const request: ConsentRequest = {
    id: newId('consentRequest', now, world.random), partner: under.partner, purpose: under.id, required: ['name'], optional: ['address'], nonce: world.random.bytes(16), action: 'CREATE', replaces: null, frequency: 'PER_USE', municipality: null,
    requestedAt: now, expiresAt: after(now, 86_400_000), state: 'OPEN',
  }
  ok(await world.consents.createRequest(actOf(world, 'consent.request'), request))
  return request
}

export function consentTo(world: TestWorld, request: ConsentRequest, certificate: CertificateRecord): Consent {
  const now = world.clock.now()
  const id = newId('consent', now, world.random)
  return {
    id, grant: id, replaces: null, frequency: 'PER_USE', municipality: null, givenBy: certificate.person, request: request.id, partner: request.partner, purpose: request.purpose, person: certificate.person, items: ['name', 'address'], givenAt: now, from: now,
    until: endOf(addMonths(dayOf(now), 120)), limitedBy: 'TEN_YEARS', state: 'IN_FORCE', withdrawnAt: null, withdrawnBy: null, certificate: certificate.id, document: '{"type":"Mynagate consent v1"}', signature: world.random.bytes(256),
  }
}

export async function consentInForce(world: TestWorld, certificate: CertificateRecord): Promise<Consent> {
  const consent = consentTo(world, await consentRequest(world, await purpose(world, `purpose of ${certificate.id}`)), certificate)
  ok(await world.consents.give(actOf(world, 'consent.give'), consent))
  return consent
}

/** Why a release was decided as its entry says; no ground matters to the test. */
export const why = (world: TestWorld, { requestId, at, partner, person, outcome }: AccessLogEntry): Decision =>
  decided(world.random, { requestId, at, partner, client: 'bank', person, asked: 'four-information', outcome: outcome === 'RELEASED' ? 'DONE' : outcome, grounds: [] })

// ---------------------------------------------------------------- free space

export function grant(world: TestWorld, over: Partial<Grant> = {}): Grant {
  const now = world.clock.now()
  return {
    id: newId('grant', now, world.random), municipality: resident(world).municipality!, basis: { kind: 'ordinance', municipality: resident(world).municipality!, name: '見本条例', article: '第3条', promulgatedOn: legalDate('2025-12-20') },
    partner: null, operator: '見本市', population: { kind: 'residents', municipalities: [resident(world).municipality!] }, minimumAge: 15, evidence: 'AB'.repeat(32), requestedFor: 'municipal', approvedFor: null, pending: null,
    suspendedFor: null, endedFor: null, warned: null, reserved: false, version: 0, purpose: 'library', label: '図書館', aid: `F0${Buffer.from(world.random.bytes(6)).toString('hex').toUpperCase()}`, quota: { code: 0, data: 1000, volatile: 0 }, pin: { digits: 4, tries: 3 },
    records: { count: 9, size: 100 }, validFrom: legalDate('2026-01-01'), validUntil: legalDate('2030-12-31'), state: 'REQUESTED', requestedBy: 'ofc_1', approvedBy: null, requestedAt: now, ...over,
  }
}

export async function approvedGrant(world: TestWorld, over: Partial<Grant> = {}): Promise<Grant> {
  const asked = grant(world, over)
  ok(await world.grants.request(actOf(world, 'grant.request'), asked))
  ok(await approve(world, asked))
  return approvedBy(asked)
}

/** Shares so large that only the card itself limits. */
export const roomy: Shares = () => ({ code: 1_000_000_000, data: 1_000_000_000, volatile: 1_000_000_000 })
export const approvedBy = (asked: Grant, officer = 'ofc_2'): Grant => ({ ...asked, state: 'APPROVED', approvedBy: officer, approvedFor: 'agency', version: asked.version + 1 })
export const approve = (world: TestWorld, asked: Grant, officer = 'ofc_2', shares = roomy): Promise<Result<void>> => world.grants.change(actOf(world, 'grant.approve'), [approvedBy(asked, officer)], shares)

export function orderTo(world: TestWorld, card: Card, operation: NewOrder['operation'] = { kind: 'UNBLOCK', pin: 'signature' }): NewOrder {
  return { id: newId('cardOrder', world.clock.now(), world.random), card: card.id, cardNumber: card.cardNumber, operation, municipality: card.municipality, requestedAt: world.clock.now() }
}

/** `OK`, or the code of the refusal. */
export const outcome = (result: Result<unknown>): string => (isRefusal(result) ? result.code : 'OK')

/** The register says otherwise, as if it always had. */
export async function rewriteResident(world: TestWorld, person: PersonId, change: (resident: Resident) => Resident): Promise<void> {
  const { person: _, ...columns } = rowOf(world.safe, change((await world.residents.load(person))!))
  await world.db.update(residents).set(columns).where(eq(residents.person, person))
}

/** A certificate's row says otherwise. */
export const rewriteItems = (world: TestWorld, id: CertificateId, items: FourInformation): Promise<unknown> =>
  world.db.update(certificates).set({ personal: world.safe.seal('certificates.personal', id, items) }).where(eq(certificates.id, id))

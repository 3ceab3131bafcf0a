/**
 * Consent to receive the latest four items: chosen item by item, signed with the signing key, ten years at most,
 * withdrawn at any time. A purpose is a text that never changes; another text is another version.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2
 */
import { asCitizen, asPartner, type Actor } from '../actor.ts'
import { begin, canonicalJson, once, type Act } from '../act.ts'
import { newId, toHex, type CertificateId, type ConsentId, type ConsentRequestId, type IdempotencyKey, type PartnerId, type PersonId, type PurposeId } from '../ids.ts'
import { inStanding } from '../partner/partner.ts'
import { attributeNames, type AttributeName } from '../person/person.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { addDays, addMonths, after, dayOf, endOf, hour, startOf, toRfc3339, type Instant, type LegalDate } from '../time.ts'
import { judge } from '../certificate/verification.ts'
import type { Uses } from '../world.ts'

/** 利用目的. Immutable. */
export interface Purpose {
  readonly id: PurposeId
  readonly partner: PartnerId
  readonly name: string
  readonly version: number
  readonly textJa: string
  readonly textEn: string
  /** What may be asked under it. */
  readonly items: readonly AttributeName[]
  readonly until: LegalDate | null
  readonly registeredAt: Instant
  /** When the partner ended it; absent while it runs. */
  readonly endedAt?: Instant | null
}

export interface ConsentRequest {
  readonly id: ConsentRequestId
  readonly partner: PartnerId
  readonly purpose: PurposeId
  /** All or nothing. */
  readonly required: readonly AttributeName[]
  /** Each for itself, unticked. */
  readonly optional: readonly AttributeName[]
  readonly nonce: Uint8Array
  readonly requestedAt: Instant
  readonly expiresAt: Instant
  /** Single use. */
  readonly state: 'OPEN' | 'ANSWERED'
}

/** Withdrawn by one of the two, or ended with what it hung on. */
export type ConsentState = 'IN_FORCE' | 'WITHDRAWN' | 'ENDED_WITH_PURPOSE' | 'ENDED_WITH_PARTNER'
export interface Consent {
  readonly id: ConsentId
  readonly request: ConsentRequestId
  readonly partner: PartnerId
  readonly purpose: PurposeId
  readonly person: PersonId
  readonly items: readonly AttributeName[]
  readonly givenAt: Instant
  readonly from: Instant
  readonly until: Instant
  readonly limitedBy: Limit
  readonly state: ConsentState
  /** When it was withdrawn or ended. */
  readonly withdrawnAt: Instant | null
  /** The certificate it was signed with: a newer one means that the items changed. */
  readonly certificate: CertificateId
  /** What was signed, and the signature: the receipt is made of these. */
  readonly document: string
  readonly signature: Uint8Array
}

/** Which limit decided the end. @law 施行規則 第35条の2第4項 (ten years) */
export type Limit = 'TEN_YEARS' | 'PURPOSE' | 'CHOSEN'

export interface Consents {
  loadPurpose(id: PurposeId): Promise<Purpose | null>
  purposesOf(partner: PartnerId): Promise<Purpose[]>
  /** The version is the next of that name. */
  registerPurpose(act: Act, purpose: Omit<Purpose, 'version'>): Promise<Result<Purpose>>
  createRequest(act: Act, request: ConsentRequest): Promise<Result<void>>
  loadRequest(id: ConsentRequestId): Promise<ConsentRequest | null>
  /** Request OPEN → ANSWERED and the consent, together; `CONFLICT` where it was answered. */
  give(act: Act, consent: Consent): Promise<Result<void>>
  load(id: ConsentId): Promise<Consent | null>
  /** IN_FORCE → WITHDRAWN. Waits for a release in flight, so that none commits after it. */
  withdraw(act: Act, id: ConsentId, at: Instant): Promise<Result<void>>
  ofPerson(person: PersonId): Promise<Consent[]>
  /** How many consents in force hang on it. */
  inForceUnder(purpose: PurposeId): Promise<number>
  /** The purpose and the consents under it end together. */
  endPurpose(act: Act, id: PurposeId, at: Instant): Promise<Result<void>>
}

type ConsentWorld = Uses<'clock' | 'random' | 'acts' | 'partners' | 'consents' | 'authorities' | 'statuses' | 'certificates' | 'settings'>

// ---------------------------------------------------------------- purpose and request

export interface PurposeInput {
  readonly name: string
  readonly textJa: string
  readonly textEn: string
  readonly items: readonly AttributeName[]
  readonly until: LegalDate | null
  readonly idempotencyKey: IdempotencyKey
}

export async function registerPurpose(world: ConsentWorld, actor: Actor, input: PurposeInput): Promise<Result<Purpose>> {
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const partner = await inStanding(world, client, 'signature-verifier', dayOf(now))
  if (isRefusal(partner)) return partner
  const act = begin('purpose.register', client, now, { ...input })
  const load = async (id: string) => (await world.consents.loadPurpose(id as PurposeId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (input.items.length === 0 || new Set(input.items).size !== input.items.length) return refuse('MALFORMED_INPUT', { field: 'items' })
    if (input.until !== null && input.until < dayOf(now)) return refuse('MALFORMED_INPUT', { field: 'until' })
    const id = newId('purpose', now, world.random)
    return world.consents.registerPurpose({ ...act, subject: id }, {
      id, partner: client.partner, name: input.name, textJa: input.textJa, textEn: input.textEn, items: inOrder(input.items), until: input.until, registeredAt: now,
    })
  })
}

export async function requestConsent(
  world: ConsentWorld, actor: Actor, input: { purpose: PurposeId; required: readonly AttributeName[]; optional: readonly AttributeName[]; idempotencyKey: IdempotencyKey },
): Promise<Result<ConsentRequest>> {
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const partner = await inStanding(world, client, 'signature-verifier', dayOf(now))
  if (isRefusal(partner)) return partner
  const purpose = await world.consents.loadPurpose(input.purpose)
  if (purpose === null || purpose.partner !== client.partner) return refuse('NOT_FOUND')
  const act = begin('consent.request', client, now, { ...input })
  const load = async (id: string) => (await world.consents.loadRequest(id as ConsentRequestId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const asked = [...input.required, ...input.optional]
    if (asked.length === 0 || new Set(asked).size !== asked.length) return refuse('MALFORMED_INPUT', { field: 'required' })
    if (!asked.every((item) => purpose.items.includes(item)) || (purpose.until !== null && purpose.until < dayOf(now)) || (purpose.endedAt ?? null) !== null) return refuse('PURPOSE_NOT_REGISTERED')
    const request: ConsentRequest = {
      id: newId('consentRequest', now, world.random), partner: client.partner, purpose: purpose.id, required: inOrder(input.required), optional: inOrder(input.optional),
      nonce: world.random.bytes(16), requestedAt: now, expiresAt: after(now, 24 * hour), state: 'OPEN',
    }
    const stored = await world.consents.createRequest({ ...act, subject: request.id }, request)
    return isRefusal(stored) ? stored : request
  })
}

/** `consents` is the number the partner was shown; where another one would end, nothing does. */
export async function endPurpose(world: ConsentWorld, actor: Actor, input: { purpose: PurposeId; consents: number; idempotencyKey: IdempotencyKey }): Promise<Result<Purpose>> {
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const purpose = await world.consents.loadPurpose(input.purpose)
  if (purpose === null || purpose.partner !== client.partner) return refuse('NOT_FOUND')
  const act = begin('purpose.end', client, now, input)
  const load = async () => (await world.consents.loadPurpose(purpose.id)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if ((purpose.endedAt ?? null) !== null) return refuse('WRONG_STATE', { state: 'ENDED' })
    if ((await world.consents.inForceUnder(purpose.id)) !== input.consents) return refuse('CONFLICT', { field: 'consents' })
    const stored = await world.consents.endPurpose({ ...act, subject: purpose.id, facts: { consents: input.consents } }, purpose.id, now)
    return isRefusal(stored) ? stored : load()
  })
}

// ---------------------------------------------------------------- giving

/** When a consent to this request, given now, would begin and end, and which limit decides. */
export function term(request: ConsentRequest, purpose: Purpose, chosenUntil: LegalDate | null, start: 'at-once' | 'next-day'): { from: Instant; until: Instant; limitedBy: Limit } {
  const received = dayOf(request.requestedAt)
  const from = start === 'at-once' ? request.requestedAt : startOf(addDays(received, 1))
  const limits: [Limit, LegalDate][] = [['TEN_YEARS', addMonths(received, 120)]]
  if (purpose.until !== null) limits.push(['PURPOSE', purpose.until])
  if (chosenUntil !== null) limits.push(['CHOSEN', chosenUntil])
  const [limitedBy, day] = limits.reduce((a, b) => (b[1] < a[1] ? b : a))
  return { from, until: endOf(day), limitedBy }
}

/** What the person signs: canonical JSON, the same bytes on every side. */
export function consentDocument(input: { request: ConsentRequest; purpose: Purpose; partner: { id: PartnerId; name: string }; items: readonly AttributeName[]; chosenUntil: LegalDate | null; start: 'at-once' | 'next-day' }): string {
  const { from, until, limitedBy } = term(input.request, input.purpose, input.chosenUntil, input.start)
  return canonicalJson({
    type: 'Mynagate consent v1', request: input.request.id, nonce: toHex(input.request.nonce), recipient: { id: input.partner.id, name: input.partner.name },
    purpose: { id: input.purpose.id, name: input.purpose.name, version: input.purpose.version, textJa: input.purpose.textJa, textEn: input.purpose.textEn },
    items: inOrder(input.items), from: toRfc3339(from), until: toRfc3339(until), limitedBy, chosenUntil: input.chosenUntil, basis: '公的個人認証法施行規則 第35条の2',
  })
}

/** All required items and nothing that was not asked for, and an end that is not over. */
function unfitChoice(request: ConsentRequest, choice: { items: readonly AttributeName[]; chosenUntil: LegalDate | null }, now: Instant): Refusal | null {
  const offered = [...request.required, ...request.optional]
  const { items, chosenUntil } = choice
  if (new Set(items).size !== items.length || !request.required.every((i) => items.includes(i)) || !items.every((i) => offered.includes(i))) return refuse('ITEMS_NOT_OFFERED')
  return chosenUntil !== null && chosenUntil < dayOf(now) ? refuse('MALFORMED_INPUT', { field: 'chosenUntil' }) : null
}

/** The document that a person who chose so has to sign; refused where {@link giveConsent} would refuse the choice. */
export async function draftConsent(
  world: Uses<'clock' | 'consents' | 'partners' | 'settings'>, actor: Actor, input: { request: ConsentRequestId; items: readonly AttributeName[]; chosenUntil: LegalDate | null },
): Promise<Result<string>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  const now = world.clock.now()
  const found = await openRequest(world, input.request, now)
  if (isRefusal(found)) return found
  return unfitChoice(found.request, input, now) ?? consentDocument({ ...found, items: input.items, chosenUntil: input.chosenUntil, start: world.settings.consentStart })
}

export interface GiveInput {
  readonly request: ConsentRequestId
  readonly items: readonly AttributeName[]
  readonly chosenUntil: LegalDate | null
  readonly certificate: Uint8Array
  readonly signature: Uint8Array
  readonly idempotencyKey: IdempotencyKey
}

/** The person consents: the signature over the document is the consent. */
export async function giveConsent(world: ConsentWorld, actor: Actor, input: GiveInput, sha256: (text: string) => Uint8Array): Promise<Result<Consent>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  const now = world.clock.now()
  const act = begin('consent.give', citizen, now, { ...input })
  const load = async (id: string) => (await world.consents.load(id as ConsentId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const found = await openRequest(world, input.request, now)
    if (isRefusal(found)) return found
    const { request, purpose, partner } = found
    const no = unfitChoice(request, input, now)
    if (no !== null) return no
    const document = consentDocument({ request, purpose, partner, items: input.items, chosenUntil: input.chosenUntil, start: world.settings.consentStart })
    const verdict = await judge(world, { certificate: input.certificate, purpose: 'signature', hash: 'sha256', digest: sha256(document), signature: input.signature })
    if (!verdict.valid) {
      const failed = verdict.checks.find((c) => !c.passed)
      return refuse(failed?.name === 'signature' ? 'SIGNATURE_INVALID' : 'CERTIFICATE_NOT_VALID', { field: failed?.name ?? 'certificate' })
    }
    if (verdict.record === null || verdict.record.person !== citizen.person) return refuse('CERTIFICATE_NOT_VALID', { field: 'holder' })
    const consent: Consent = {
      id: newId('consent', now, world.random), request: request.id, partner: request.partner, purpose: purpose.id, person: citizen.person, items: inOrder(input.items), givenAt: now,
      ...term(request, purpose, input.chosenUntil, world.settings.consentStart), state: 'IN_FORCE', withdrawnAt: null, certificate: verdict.record.id, document, signature: input.signature,
    }
    const stored = await world.consents.give({ ...act, subject: consent.id, facts: { items: consent.items.length } }, consent)
    return isRefusal(stored) ? stored : consent
  })
}

async function openRequest(world: Uses<'consents' | 'partners'>, id: ConsentRequestId, now: Instant) {
  const request = await world.consents.loadRequest(id)
  const purpose = request === null ? null : await world.consents.loadPurpose(request.purpose)
  const partner = request === null ? null : await world.partners.load(request.partner)
  if (request === null || purpose === null || partner === null) return refuse('NOT_FOUND')
  if ((purpose.endedAt ?? null) !== null) return refuse('PURPOSE_NOT_REGISTERED')
  if (request.state !== 'OPEN' || now > request.expiresAt) return refuse('WRONG_STATE', { state: request.state === 'OPEN' ? 'EXPIRED' : request.state })
  return { request, purpose, partner }
}

// ---------------------------------------------------------------- withdrawing and reading

/** From either side, at any time; effective for the next release. @law 施行規則 第35条の2第5項 */
export async function withdrawConsent(world: ConsentWorld, actor: Actor, input: { consent: ConsentId; idempotencyKey: IdempotencyKey }): Promise<Result<Consent>> {
  const consent = await readConsent(world, actor, input.consent)
  if (isRefusal(consent)) return consent
  const now = world.clock.now()
  const act = begin('consent.withdraw', actor, now, input)
  const load = async () => (await world.consents.load(consent.id)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (consent.state !== 'IN_FORCE') return refuse('WRONG_STATE', { state: consent.state })
    const stored = await world.consents.withdraw({ ...act, subject: consent.id }, consent.id, now)
    return isRefusal(stored) ? stored : load()
  })
}

/** The person it is of, and the partner it was given to. */
export async function readConsent(world: Uses<'consents'>, actor: Actor, id: ConsentId): Promise<Result<Consent>> {
  const consent = await world.consents.load(id)
  if (consent === null) return refuse('NOT_FOUND')
  const mine = (actor.kind === 'citizen' && actor.person === consent.person) || (actor.kind === 'partner' && actor.scopes.has('consent') && actor.partner === consent.partner)
  return mine ? consent : refuse('NOT_FOUND')
}

/** The partner that asked, and any citizen who holds the link: nothing in it is about a person. */
export async function readConsentRequest(world: Uses<'consents' | 'partners'>, actor: Actor, id: ConsentRequestId) {
  const request = await world.consents.loadRequest(id)
  const purpose = request === null ? null : await world.consents.loadPurpose(request.purpose)
  const partner = request === null ? null : await world.partners.load(request.partner)
  if (request === null || purpose === null || partner === null) return refuse('NOT_FOUND')
  const may = actor.kind === 'citizen' || (actor.kind === 'partner' && actor.partner === request.partner)
  return may ? { request, purpose, partner } : refuse('NOT_FOUND')
}

/** Name, address, birth date, sex: the order of every list of items. */
export const inOrder = (items: readonly AttributeName[]): readonly AttributeName[] => attributeNames.filter((name) => items.includes(name))

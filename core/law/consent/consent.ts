/**
 * Consent to receive the latest four items: chosen item by item, signed with the signing key, ten years at most,
 * withdrawn at any time. A purpose is a text that never changes; another text is another version.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2
 */
import { asCitizen, type Actor } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import { newId, type CertificateId, type ConsentId, type ConsentRequestId, type IdempotencyKey, type MunicipalityCode, type PartnerId, type PersonId, type PurposeId } from '../ids.ts'
import { hasStanding, type Partner } from '../partner/partner.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { dayOf, type Instant, type LegalDate } from '../time.ts'
import { judge } from '../certificate/verification.ts'
import type { Uses } from '../world.ts'
import type { Frequency } from './frequency.ts'
import { represents, standpoint } from './guardian.ts'
import { inOrder, type ConsentItem } from './item.ts'
import type { Notice } from './notice.ts'
import { consentDocument, term, type Choice, type Limit } from './term.ts'

/** Whether a purpose takes minors: not at all, from 15 on by themselves, or younger ones through their representative too. */
export type MinorsRule = 'refused' | 'from-15' | 'represented'

/** 利用目的. Immutable. */
export interface Purpose {
  readonly id: PurposeId
  readonly partner: PartnerId
  readonly name: string
  readonly version: number
  readonly textJa: string
  readonly textEn: string
  /** What may be asked under it. */
  readonly items: readonly ConsentItem[]
  readonly until: LegalDate | null
  readonly minors: MinorsRule
  /** What a person is told before consenting under it, all fifteen. */
  readonly notices: readonly Notice[]
  readonly registeredAt: Instant
  /** When the partner ended it; absent while it runs. */
  readonly endedAt?: Instant | null
}

/** A new consent, more items for one in force, or others in its place. */
export type ConsentAction = 'CREATE' | 'MERGE' | 'REPLACE'

export interface ConsentRequest {
  readonly id: ConsentRequestId
  readonly partner: PartnerId
  readonly purpose: PurposeId
  readonly action: ConsentAction
  /** The consent that ends when this request is answered with yes; null for a new one. */
  readonly replaces: ConsentId | null
  /** All or nothing. Of a MERGE only what is new. */
  readonly required: readonly ConsentItem[]
  /** Each for itself, unticked. */
  readonly optional: readonly ConsentItem[]
  /** 頻度: how often the items may be given. */
  readonly frequency: Frequency
  /** Which municipality `livesInMunicipality` is about. */
  readonly municipality: MunicipalityCode | null
  readonly nonce: Uint8Array
  readonly requestedAt: Instant
  readonly expiresAt: Instant
  /** Single use. */
  readonly state: 'OPEN' | 'ANSWERED'
}

/** Withdrawn by one of the two, ended with what it hung on, or replaced by a later one of the same grant. */
export type ConsentState = 'IN_FORCE' | 'WITHDRAWN' | 'ENDED_WITH_PURPOSE' | 'ENDED_WITH_PARTNER' | 'REPLACED'
/** From where a withdrawal came: from the two sides, or from upstream, by the client software or at the national portal. */
export type Withdrawer = 'PERSON' | 'REPRESENTATIVE' | 'PARTNER' | Upstream
export type Upstream = 'CLIENT_SOFTWARE' | 'NATIONAL_PORTAL'

export interface Consent {
  readonly id: ConsentId
  readonly request: ConsentRequestId
  readonly partner: PartnerId
  readonly purpose: PurposeId
  /** Whose items. */
  readonly person: PersonId
  /** Who consented: the person, or its legal representative. */
  readonly givenBy: PersonId
  /** The first consent of the row that this one goes on with; its own id for the first. */
  readonly grant: ConsentId
  readonly replaces: ConsentId | null
  readonly items: readonly ConsentItem[]
  /** 頻度, as agreed. */
  readonly frequency: Frequency
  readonly municipality: MunicipalityCode | null
  readonly givenAt: Instant
  readonly from: Instant
  readonly until: Instant
  readonly limitedBy: Limit
  readonly state: ConsentState
  /** When it was withdrawn or ended. */
  readonly withdrawnAt: Instant | null
  /** Of a withdrawal: from where it came; absent or null otherwise. */
  readonly withdrawnBy?: Withdrawer | null
  /** The certificate it was signed with: a newer one means that the items changed. */
  readonly certificate: CertificateId
  /** What was signed, and the signature: the receipt is made of these. */
  readonly document: string
  readonly signature: Uint8Array
}
/** What a release rests on: what holds, without what was signed and where it came from. */
export type Terms = Pick<Consent, 'id' | 'partner' | 'purpose' | 'person' | 'givenBy' | 'items' | 'frequency' | 'municipality' | 'from' | 'until' | 'limitedBy' | 'state' | 'withdrawnAt' | 'certificate'>

export interface Consents {
  loadPurpose(id: PurposeId): Promise<Purpose | null>
  purposesOf(partner: PartnerId): Promise<Purpose[]>
  /** The version is the next of that name. */
  registerPurpose(act: Act, purpose: Omit<Purpose, 'version'>): Promise<Result<Purpose>>
  createRequest(act: Act, request: ConsentRequest): Promise<Result<void>>
  loadRequest(id: ConsentRequestId): Promise<ConsentRequest | null>
  /**
   * Request OPEN → ANSWERED, the replaced consent IN_FORCE → REPLACED, and the consent, together; `CONFLICT` where the
   * request was answered, or the other consent or the purpose ended meanwhile; `PARTNER_NOT_IN_STANDING` where the partner
   * has no ground to receive it at that instant, which holds until the transaction ends.
   */
  give(act: Act, consent: Consent): Promise<Result<void>>
  load(id: ConsentId): Promise<Consent | null>
  /** For the agency that hands on a withdrawal: the one that it names, whosever it is. */
  handedOn(id: ConsentId): Promise<Consent | null>
  /** The one in force of a grant. */
  currentOf(grant: ConsentId): Promise<Consent | null>
  /** IN_FORCE → WITHDRAWN. Waits for a release in flight, so that none commits after it. */
  withdraw(act: Act, id: ConsentId, at: Instant, by?: Withdrawer | null): Promise<Result<void>>
  ofPerson(person: PersonId): Promise<Consent[]>
  /** Open requests that would extend or replace a consent in force of the person, newest first. */
  extending(person: PersonId, at: Instant): Promise<ConsentRequest[]>
  /** How many consents in force hang on it. */
  inForceUnder(purpose: PurposeId): Promise<number>
  /** The purpose and the consents under it end together. */
  endPurpose(act: Act, id: PurposeId, at: Instant): Promise<Result<void>>
}

type ReadWorld = Uses<'clock' | 'consents' | 'partners' | 'settings' | 'residents' | 'representations' | 'pairwise'>
type HeldWorld = Uses<'clock' | 'consents' | 'residents' | 'representations' | 'settings'>
type WithdrawWorld = HeldWorld & Uses<'acts'>
type GiveWorld = ReadWorld & Uses<'random' | 'acts' | 'authorities' | 'statuses' | 'certificates'>

// ---------------------------------------------------------------- giving

export interface ConsentChoice {
  readonly request: ConsentRequestId
  readonly items: readonly ConsentItem[]
  readonly chosenUntil: LegalDate | null
  /** Whom the citizen represents; null or its own id where it consents for itself. */
  readonly person?: PersonId | null
}

interface Opened { readonly request: ConsentRequest; readonly purpose: Purpose; readonly partner: Partner }
export interface Drafted extends Opened {
  readonly subject: PersonId
  /** The consent that ends with this one. */
  readonly previous: Consent | null
  /** All items that the consent will cover. */
  readonly items: readonly ConsentItem[]
  readonly representedUntil: LegalDate | null
  readonly document: string
}

/** What a person who chose so has to sign; refused where {@link giveConsent} would refuse the choice. */
export async function draft(world: ReadWorld, actor: Actor, choice: ConsentChoice): Promise<Result<Drafted>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  const now = world.clock.now()
  const found = await openRequest(world, choice.request, now)
  if (isRefusal(found)) return found
  const { request, purpose, partner } = found
  if (!hasStanding(partner, 'signature-verifier', dayOf(now))) return refuse('PARTNER_NOT_IN_STANDING')
  const from = await standpoint(world, citizen, choice.person ?? null, found, choice.items)
  if (isRefusal(from)) return from
  const previous = request.replaces === null ? null : await world.consents.load(request.replaces)
  // To anybody else the request to extend somebody's consent is not there.
  if (request.replaces !== null && previous?.person !== from.subject) return refuse('NOT_FOUND')
  if (previous !== null && previous.state !== 'IN_FORCE') return refuse('WRONG_STATE', { state: previous.state })
  const no = unfitChoice(request, choice, now)
  if (no !== null) return no
  const items = inOrder(request.action === 'MERGE' ? [...(previous?.items ?? []), ...choice.items] : choice.items)
  const never = neverRuns(request, purpose, { chosenUntil: choice.chosenUntil, representedUntil: from.representedUntil }, world.settings.consentStart, now)
  if (never !== null) return never
  const subject = from.subject === citizen.person ? null : world.pairwise.subject(partner.sector, from.subject)
  const named = { ...request, municipality: items.includes('livesInMunicipality') ? request.municipality : null }
  const document = consentDocument({ request: named, purpose, partner, items, chosenUntil: choice.chosenUntil, representedUntil: from.representedUntil, start: world.settings.consentStart, previous, subject })
  return { request: named, purpose, partner, subject: from.subject, previous, items, representedUntil: from.representedUntil, document }
}

export async function draftConsent(world: ReadWorld, actor: Actor, choice: ConsentChoice): Promise<Result<string>> {
  const drafted = await draft(world, actor, choice)
  return isRefusal(drafted) ? drafted : drafted.document
}

/** All required items and nothing that was not asked for, and an end that is not over. */
function unfitChoice(request: ConsentRequest, { items, chosenUntil }: ConsentChoice, now: Instant): Refusal | null {
  const offered = [...request.required, ...request.optional]
  if (items.length === 0 || new Set(items).size !== items.length || !request.required.every((i) => items.includes(i)) || !items.every((i) => offered.includes(i))) return refuse('ITEMS_NOT_OFFERED')
  return chosenUntil !== null && chosenUntil < dayOf(now) ? refuse('MALFORMED_INPUT', { field: 'chosenUntil' }) : null
}

/** What would end before it begins, or has ended, is nothing to sign: by the limit that decides. */
function neverRuns(request: ConsentRequest, purpose: Purpose, choice: Choice, start: 'at-once' | 'next-day', now: Instant): Refusal | null {
  const { from, until, limitedBy } = term(request, purpose, choice, start)
  if (from <= until && now <= until) return null
  if (limitedBy === 'CHOSEN') return refuse('MALFORMED_INPUT', { field: 'chosenUntil' })
  return limitedBy === 'COMING_OF_AGE' ? refuse('MINORS_NOT_TAKEN', { field: 'person' }) : refuse('PURPOSE_NOT_REGISTERED')
}

export interface GiveInput extends ConsentChoice {
  readonly certificate: Uint8Array
  readonly signature: Uint8Array
  readonly idempotencyKey: IdempotencyKey
}

/** The person consents: the signature over the document is the consent. */
export async function giveConsent(world: GiveWorld, actor: Actor, input: GiveInput, sha256: (text: string) => Uint8Array): Promise<Result<Consent>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  const now = world.clock.now()
  const act = begin('consent.give', citizen, now, { ...input })
  const load = async (id: string) => (await world.consents.load(id as ConsentId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const drafted = await draft(world, citizen, input)
    if (isRefusal(drafted)) return drafted
    const { request, purpose, subject, previous, items, representedUntil, document } = drafted
    const verdict = await judge(world, { certificate: input.certificate, purpose: 'signature', hash: 'sha256', digest: sha256(document), signature: input.signature })
    if (!verdict.valid) {
      const failed = verdict.checks.find((c) => !c.passed)
      return refuse(failed?.name === 'signature' ? 'SIGNATURE_INVALID' : 'CERTIFICATE_NOT_VALID', { field: failed?.name ?? 'certificate' })
    }
    if (verdict.record === null || verdict.record.person !== citizen.person) return refuse('CERTIFICATE_NOT_VALID', { field: 'holder' })
    const id = newId('consent', now, world.random)
    const consent: Consent = {
      id, request: request.id, partner: request.partner, purpose: purpose.id, person: subject, givenBy: citizen.person, grant: previous?.grant ?? id, replaces: previous?.id ?? null, items, frequency: request.frequency, municipality: request.municipality, givenAt: now,
      ...term(request, purpose, { chosenUntil: input.chosenUntil, representedUntil }, world.settings.consentStart), state: 'IN_FORCE', withdrawnAt: null, certificate: verdict.record.id, document, signature: input.signature,
    }
    const stored = await world.consents.give({ ...act, subject: consent.id, facts: { items: consent.items.length, action: request.action, represented: subject !== citizen.person } }, consent)
    return isRefusal(stored) ? stored : consent
  })
}

async function openRequest(world: Uses<'consents' | 'partners'>, id: ConsentRequestId, now: Instant): Promise<Result<Opened>> {
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
export async function withdrawConsent(world: WithdrawWorld, actor: Actor, input: { consent: ConsentId; idempotencyKey: IdempotencyKey }): Promise<Result<Consent>> {
  const consent = await readConsent(world, actor, input.consent)
  if (isRefusal(consent)) return consent
  const now = world.clock.now()
  const act = begin('consent.withdraw', actor, now, input)
  const load = async () => (await world.consents.load(consent.id)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (consent.state !== 'IN_FORCE') return refuse('WRONG_STATE', { state: consent.state })
    const stored = await world.consents.withdraw({ ...act, subject: consent.id }, consent.id, now, actor.kind === 'partner' ? 'PARTNER' : actor.kind === 'citizen' && actor.person === consent.person ? 'PERSON' : 'REPRESENTATIVE')
    return isRefusal(stored) ? stored : load()
  })
}

/** The person it is of, who represents it as long as it is represented, and the partner it was given to. */
export async function readConsent(world: HeldWorld, actor: Actor, id: ConsentId): Promise<Result<Consent>> {
  const consent = await world.consents.load(id)
  if (consent === null) return refuse('NOT_FOUND')
  if (actor.kind === 'partner') return actor.scopes.has('consent') && actor.partner === consent.partner ? consent : refuse('NOT_FOUND')
  if (actor.kind !== 'citizen') return refuse('NOT_FOUND')
  return actor.person === consent.person || (await represents(world, actor.person, consent.person)) ? consent : refuse('NOT_FOUND')
}

/** The partner that asked, and any citizen who holds the link: nothing in it is about a person. */
export async function readConsentRequest(world: Uses<'consents' | 'partners'>, actor: Actor, id: ConsentRequestId) {
  const request = await world.consents.loadRequest(id)
  const purpose = request === null ? null : await world.consents.loadPurpose(request.purpose)
  const partner = request === null ? null : await world.partners.load(request.partner)
  if (request === null || purpose === null || partner === null) return refuse('NOT_FOUND')
  const extended = request.replaces === null ? null : await world.consents.load(request.replaces)
  // A request to extend somebody's consent is there for that person alone.
  const may = (actor.kind === 'citizen' && (extended === null || extended.person === actor.person)) || (actor.kind === 'partner' && actor.partner === request.partner)
  return may ? { request, purpose, partner } : refuse('NOT_FOUND')
}

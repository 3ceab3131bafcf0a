/**
 * Passkeys: card once, passkey afterwards, at a lower level. One is enrolled only inside a login with card or phone, at the
 * partner of that login and for it alone (a partner that handed in a key of its own would gain nothing elsewhere); it opens a
 * login of level AAL2, signs nothing, and ends with the certificate it was enrolled under.
 *
 * Web Authentication Level 3, 7.1 (registration) and 7.2 (assertion).
 *
 * @law 公的個人認証法 第38条
 */
import { asCitizen, type Actor } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import type { CertificateRecord } from '../certificate/certificate.ts'
import { answerGround, certificateGround } from './explain.ts'
import { newId, type CertificateId, type ChallengeId, type EnrolmentId, type IdempotencyKey, type LoginId, type PartnerId, type PasskeyId, type PersonId } from '../ids.ts'
import { loginMessage, settle, verifier, type Answering, type Login, type Sha256 } from './login.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { after, dayOf, minute, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

export interface Passkey {
  readonly id: PasskeyId
  readonly partner: PartnerId
  readonly person: PersonId
  readonly certificate: CertificateId
  readonly login: LoginId
  /** Of the partner's page; its host is the relying party id. */
  readonly origin: string
  readonly credential: Uint8Array
  /** COSE; empty once removed. */
  readonly publicKey: Uint8Array
  readonly counter: number
  /** Whether copies of it may lie elsewhere. */
  readonly backedUp: boolean
  readonly enrolledAt: Instant
  readonly usedAt: Instant | null
  readonly state: 'ENROLLED' | 'REMOVED'
  readonly removedAt: Instant | null
}

export interface Enrolment {
  readonly id: EnrolmentId
  readonly login: LoginId
  readonly partner: PartnerId
  readonly client: string
  readonly origin: string
  readonly challenge: Uint8Array
  readonly offeredAt: Instant
  readonly expiresAt: Instant
  readonly state: 'OPEN' | 'SPENT'
}

export interface Passkeys {
  offer(act: Act, enrolment: Enrolment): Promise<Result<void>>
  loadEnrolment(id: EnrolmentId): Promise<Enrolment | null>
  /** OPEN → SPENT, once, with the passkey or without. */
  enrol(act: Act, id: EnrolmentId, passkey: Passkey | null): Promise<Result<void>>
  load(id: PasskeyId): Promise<Passkey | null>
  byCredential(partner: PartnerId, credential: Uint8Array): Promise<Passkey | null>
  /** Newest first, removed ones too. */
  ofPerson(person: PersonId): Promise<Passkey[]>
  /** ENROLLED → REMOVED, its key forgotten. */
  remove(act: Act, id: PasskeyId, at: Instant): Promise<Result<void>>
}

/** Where a response fails. */
export type Flaw = 'form' | 'type' | 'challenge' | 'origin' | 'rpId' | 'userVerification' | 'algorithm' | 'attestation' | 'counter' | 'signature'
export interface Bound { readonly challenge: Uint8Array; readonly origin: string; readonly rpId: string; readonly credential: Uint8Array; readonly clientData: Uint8Array }
export interface Attested { readonly credential: Uint8Array; readonly publicKey: Uint8Array; readonly counter: number; readonly backedUp: boolean }
/** Verifies what an authenticator says; user verification is always demanded. */
export interface Webauthn {
  attested(response: Bound & { readonly attestation: Uint8Array }): Promise<Attested | { readonly flaw: Flaw }>
  asserted(response: Bound & { readonly authenticatorData: Uint8Array; readonly signature: Uint8Array; readonly publicKey: Uint8Array; readonly counter: number }): Promise<{ readonly counter: number } | { readonly flaw: Flaw }>
}

/** How long after the card login a passkey may be enrolled. */
export const enrolmentLife = 5 * minute
const ofOnePerson = 10

/** ENDED: the certificate it hangs on has lapsed, or its record is gone. SUSPENDED: while the certificate is. */
export type PasskeyState = 'ACTIVE' | 'SUSPENDED' | 'ENDED' | 'REMOVED'
export function stateOf(passkey: Passkey, certificate: CertificateRecord | null, now: Instant): PasskeyState {
  if (passkey.state === 'REMOVED') return 'REMOVED'
  if (certificate === null || certificate.expiresOn < dayOf(now)) return 'ENDED'
  return certificate.state === 'VALID' ? 'ACTIVE' : certificate.state === 'HELD' ? 'SUSPENDED' : 'ENDED'
}

/** A page of the partner: https, or this machine while one develops. */
export const isOrigin = (text: string): boolean => /^(https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+|http:\/\/localhost)(:\d{1,5})?$/.test(text) && text.length <= 200
export const rpIdOf = (origin: string): string => origin.replace(/^https?:\/\//, '').replace(/:\d+$/, '')

type EnrolWorld = Uses<'clock' | 'settings' | 'random' | 'acts' | 'partners' | 'challenges' | 'certificates' | 'passkeys' | 'webauthn'>

export async function offerPasskey(world: EnrolWorld, actor: Actor, input: { login: LoginId; origin: string; idempotencyKey: IdempotencyKey }): Promise<Result<Enrolment>> {
  const client = await verifier(world, actor)
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const act = begin('passkey.offer', client, now, input)
  const load = async (id: string) => (await world.passkeys.loadEnrolment(id as EnrolmentId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const login = await world.challenges.loadLogin(input.login)
    if (login === null || login.partner !== client.partner) return refuse('NOT_FOUND', { field: 'login' })
    if (!isOrigin(input.origin)) return refuse('MALFORMED_INPUT', { field: 'origin' })
    const late = await withoutCard(world, login, now)
    if (late !== null) return late
    const mine = (await world.passkeys.ofPerson(login.person)).filter((p) => p.partner === client.partner && p.state === 'ENROLLED')
    if (mine.length >= ofOnePerson) return refuse('CONFLICT', { field: 'login' })
    const enrolment: Enrolment = { id: newId('enrolment', now, world.random), login: login.id, partner: client.partner, client: client.client, origin: input.origin, challenge: world.random.bytes(32), offeredAt: now, expiresAt: after(login.at, enrolmentLife), state: 'OPEN' }
    const stored = await world.passkeys.offer({ ...act, subject: enrolment.id }, enrolment)
    return isRefusal(stored) ? stored : enrolment
  })
}

/** Null where the login is one with card or phone, of now, and its certificate stands. */
async function withoutCard(world: Uses<'certificates'>, login: Login, now: Instant) {
  if (login.assurance.method === 'PASSKEY' || login.certificate === null || now > after(login.at, enrolmentLife)) return refuse('PASSKEY_NEEDS_CARD', { state: login.assurance.method })
  const certificate = await world.certificates.load(login.certificate)
  return certificate?.state === 'VALID' && certificate.expiresOn >= dayOf(now) ? null : refuse('CERTIFICATE_NOT_VALID', { field: 'certificate' })
}

export interface EnrolInput { readonly enrolment: EnrolmentId; readonly credential: Uint8Array; readonly clientData: Uint8Array; readonly attestation: Uint8Array; readonly idempotencyKey: IdempotencyKey }

/** Any response spends the offer, a wrong one too. */
export async function enrolPasskey(world: EnrolWorld, actor: Actor, input: EnrolInput): Promise<Result<Passkey>> {
  const client = await verifier(world, actor)
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const act = begin('passkey.enrol', client, now, { ...input })
  const load = async (id: string) => (await world.passkeys.load(id as PasskeyId)) ?? refuse('CHALLENGE_SPENT')
  const outcome = await once<Passkey | { readonly flaw: Flaw }>(world.acts, act, load, async () => {
    const offer = await world.passkeys.loadEnrolment(input.enrolment)
    if (offer === null || offer.partner !== client.partner || offer.client !== client.client || offer.state !== 'OPEN' || now > offer.expiresAt) return refuse('CHALLENGE_SPENT')
    const login = await world.challenges.loadLogin(offer.login)
    const late = login === null ? refuse('NOT_FOUND') : await withoutCard(world, login, now)
    if (login === null || late !== null) return late ?? refuse('NOT_FOUND')
    const found = await world.webauthn.attested({ challenge: offer.challenge, origin: offer.origin, rpId: rpIdOf(offer.origin), credential: input.credential, clientData: input.clientData, attestation: input.attestation })
    const passkey: Passkey | null = 'flaw' in found ? null : {
      id: newId('passkey', now, world.random), partner: client.partner, person: login.person, certificate: login.certificate!, login: login.id, origin: offer.origin, ...found, enrolledAt: now, usedAt: null, state: 'ENROLLED', removedAt: null,
    }
    const spent = await world.passkeys.enrol({ ...act, subject: passkey?.id ?? offer.id, facts: { valid: passkey !== null } }, offer.id, passkey)
    if (isRefusal(spent)) return spent.code === 'CONFLICT' ? refuse('CHALLENGE_SPENT') : spent
    return passkey ?? (found as { flaw: Flaw })
  })
  return isRefusal(outcome) || !('flaw' in outcome) ? outcome : refuse('PASSKEY_INVALID', { field: outcome.flaw })
}

export interface PasskeyAnswer { readonly challenge: ChallengeId; readonly credential: Uint8Array; readonly clientData: Uint8Array; readonly authenticatorData: Uint8Array; readonly signature: Uint8Array; readonly idempotencyKey: IdempotencyKey }

/** The challenge that the authenticator signs is the SHA-256 of the login's message: bound to partner, client and attempt as a card's answer is. */
export async function answerWithPasskey(world: Answering & Uses<'certificates' | 'passkeys' | 'webauthn'>, actor: Actor, input: PasskeyAnswer, sha256: Sha256, requestId: string | null = null): Promise<Result<Login>> {
  const client = await verifier(world, actor)
  if (isRefusal(client)) return client
  const act = begin('login.answer', client, world.clock.now(), { ...input })
  return settle(world, client, act, input.challenge, requestId, async (challenge) => {
    const passkey = await world.passkeys.byCredential(client.partner, input.credential)
    if (passkey === null || passkey.state === 'REMOVED') return { refused: refuse('PASSKEY_INVALID', { field: 'credential' }), person: null, ground: answerGround('credential') }
    const certificate = await world.certificates.load(passkey.certificate)
    const state = stateOf(passkey, certificate, act.at)
    if (state !== 'ACTIVE') return { refused: refuse('PASSKEY_ENDED', { state }), person: passkey.person, ground: certificateGround(certificate?.state ?? 'ERASED', passkey.certificate, null) }
    const { origin, credential, publicKey, counter } = passkey
    const found = await world.webauthn.asserted({ challenge: sha256(loginMessage(challenge)), origin, rpId: rpIdOf(origin), credential, publicKey, counter, clientData: input.clientData, authenticatorData: input.authenticatorData, signature: input.signature })
    if ('flaw' in found) return { refused: refuse('PASSKEY_INVALID', { field: found.flaw }), person: passkey.person, ground: answerGround(found.flaw, passkey.id) }
    return { person: passkey.person, certificate: passkey.certificate, assurance: { identity: 'IAL3', authentication: 'AAL2', method: 'PASSKEY' }, use: { passkey: passkey.id, from: counter, to: found.counter }, ground: answerGround(null, passkey.id) }
  })
}

// ---------------------------------------------------------------- the person's own

export interface OwnPasskey { readonly passkey: Passkey; readonly state: PasskeyState; readonly certificate: CertificateRecord | null }

export async function ownPasskeys(world: Uses<'clock' | 'passkeys' | 'certificates'>, actor: Actor): Promise<Result<OwnPasskey[]>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  return Promise.all((await world.passkeys.ofPerson(citizen.person)).map((passkey) => withState(world, passkey)))
}

export async function withState(world: Uses<'clock' | 'certificates'>, passkey: Passkey): Promise<OwnPasskey> {
  const certificate = await world.certificates.load(passkey.certificate)
  return { passkey, certificate, state: stateOf(passkey, certificate, world.clock.now()) }
}

export async function removePasskey(world: Uses<'clock' | 'acts' | 'passkeys'>, actor: Actor, input: { passkey: PasskeyId; idempotencyKey: IdempotencyKey }): Promise<Result<Passkey>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  const found = await world.passkeys.load(input.passkey)
  if (found === null || found.person !== citizen.person) return refuse('NOT_FOUND')
  const now = world.clock.now()
  const act = begin('passkey.remove', citizen, now, input)
  const load = async () => (await world.passkeys.load(found.id)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (found.state !== 'ENROLLED') return refuse('WRONG_STATE', { state: found.state })
    const stored = await world.passkeys.remove({ ...act, subject: found.id }, found.id, now)
    return isRefusal(stored) ? stored : load()
  })
}

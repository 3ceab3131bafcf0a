/**
 * Login with the card: a challenge bound to partner and client, answered once, within 60 seconds, with the key of the
 * authentication certificate. What the partner gets is a name of its own for the person, and how sure the gateway is.
 *
 * @law 公的個人認証法 第38条 · 施行規則 第64条の4 (the PIN is proof that the holder acted)
 */
import { asPartner, type Actor, type PartnerClient } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import type { CertificateRecord } from '../certificate/certificate.ts'
import { newId, toHex, type ChallengeId, type IdempotencyKey, type LoginId, type PartnerId, type PersonId } from '../ids.ts'
import { inStanding } from './partner.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { after, dayOf, second, type Instant } from '../time.ts'
import { judge } from '../certificate/verification.ts'
import type { Uses } from '../world.ts'

export const challengeLife = 60 * second

export interface Challenge {
  readonly id: ChallengeId
  readonly partner: PartnerId
  readonly client: string
  readonly nonce: Uint8Array
  readonly createdAt: Instant
  readonly expiresAt: Instant
  readonly state: 'OPEN' | 'SPENT'
}

/** Identity was proven face to face at hand-over (IAL3); two factors, one of them a hardware key (AAL3). */
export interface Assurance { readonly identity: 'IAL3'; readonly authentication: 'AAL3'; readonly method: 'CARD_AND_PIN' | 'SMARTPHONE_AND_PIN' }

export interface Login {
  readonly id: LoginId
  readonly challenge: ChallengeId
  readonly partner: PartnerId
  readonly person: PersonId
  /** The partner's own name for the person. */
  readonly subject: string
  readonly at: Instant
  readonly assurance: Assurance
}

export interface Challenges {
  create(act: Act, challenge: Challenge): Promise<Result<void>>
  load(id: ChallengeId): Promise<Challenge | null>
  /** OPEN → SPENT, once. With a login: stored together. `CONFLICT` where it was spent already. */
  spend(act: Act, id: ChallengeId, login: Login | null): Promise<Result<void>>
  loadLogin(id: LoginId): Promise<Login | null>
  loginsOf(person: PersonId, limit: number): Promise<Login[]>
}

/**
 * The bytes to be signed: a fixed line that no other protocol of the gateway uses, then what the answer is bound to.
 * The card signs their SHA-256.
 */
export const loginMessage = (c: Pick<Challenge, 'id' | 'partner' | 'client' | 'nonce'>): string => `Mynagate login v1\n${c.partner}\n${c.client}\n${c.id}\n${toHex(c.nonce)}\n`

type LoginWorld = Uses<'clock' | 'random' | 'acts' | 'partners' | 'challenges' | 'pairwise' | 'authorities' | 'statuses' | 'certificates' | 'settings'>

export async function createChallenge(world: LoginWorld, actor: Actor, input: { idempotencyKey: IdempotencyKey }): Promise<Result<Challenge>> {
  const client = await verifier(world, actor)
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const act = begin('login.challenge', client, now, input)
  const load = async (id: string) => (await world.challenges.load(id as ChallengeId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const challenge: Challenge = {
      id: newId('challenge', now, world.random), partner: client.partner, client: client.client, nonce: world.random.bytes(32), createdAt: now, expiresAt: after(now, challengeLife), state: 'OPEN',
    }
    const stored = await world.challenges.create({ ...act, subject: challenge.id }, challenge)
    return isRefusal(stored) ? stored : challenge
  })
}

export interface AnswerInput {
  readonly challenge: ChallengeId
  readonly certificate: Uint8Array
  readonly signature: Uint8Array
  readonly idempotencyKey: IdempotencyKey
}

/** Any answer spends the challenge, a wrong one too. `digestOf` hashes the message; the door passes SHA-256. */
export async function answerChallenge(
  world: LoginWorld, actor: Actor, input: AnswerInput, sha256: (text: string) => Uint8Array,
): Promise<Result<Login>> {
  const client = await verifier(world, actor)
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const act = begin('login.answer', client, now, { ...input })
  const load = async (id: string) => (await world.challenges.loadLogin(id as LoginId)) ?? refuse('CHALLENGE_SPENT')
  // An answer that failed has been acted upon too: its reason comes back once, a repeat finds the challenge spent.
  const outcome = await once<Login | Failed>(world.acts, act, load, async () => {
    const challenge = await world.challenges.load(input.challenge)
    if (challenge === null || challenge.partner !== client.partner || challenge.client !== client.client) return refuse('CHALLENGE_SPENT')
    if (challenge.state !== 'OPEN' || now > challenge.expiresAt) return refuse('CHALLENGE_SPENT', { state: challenge.state })
    const verdict = await judge(world, { certificate: input.certificate, purpose: 'authentication', hash: 'sha256', digest: sha256(loginMessage(challenge)), signature: input.signature })
    const login = verdict.valid && verdict.record !== null ? await loginFor(world, client, challenge, verdict.record, now) : null
    const spent = await world.challenges.spend({ ...act, subject: login?.id ?? challenge.id, facts: { valid: login !== null } }, challenge.id, login)
    if (isRefusal(spent)) return refuse('CHALLENGE_SPENT')
    if (login !== null) return login
    const failed = verdict.checks.find((c) => !c.passed)
    return { refused: refuse(failed?.name === 'signature' ? 'SIGNATURE_INVALID' : 'CERTIFICATE_NOT_VALID', { field: failed?.name ?? 'certificate' }) }
  })
  return isRefusal(outcome) || !('refused' in outcome) ? outcome : outcome.refused
}

interface Failed { readonly refused: Refusal }

async function loginFor(world: LoginWorld, client: PartnerClient, challenge: Challenge, { person, smartphone }: CertificateRecord, now: Instant): Promise<Login> {
  const partner = await world.partners.load(client.partner)
  return {
    id: newId('login', now, world.random), challenge: challenge.id, partner: client.partner, person, subject: world.pairwise.subject(partner?.sector ?? client.partner, person), at: now,
    assurance: { identity: 'IAL3', authentication: 'AAL3', method: smartphone === null ? 'CARD_AND_PIN' : 'SMARTPHONE_AND_PIN' },
  }
}

async function verifier(world: LoginWorld, actor: Actor): Promise<Result<PartnerClient>> {
  const client = asPartner(actor, 'login')
  if (isRefusal(client)) return client
  const partner = await inStanding(world, client, 'authentication-verifier', dayOf(world.clock.now()))
  return isRefusal(partner) ? partner : client
}

/** The person who logged in, and the partner it logged in at. */
export async function readLogin(world: Uses<'challenges'>, actor: Actor, id: LoginId): Promise<Result<Login>> {
  const login = await world.challenges.loadLogin(id)
  if (login === null) return refuse('NOT_FOUND')
  const mine = (actor.kind === 'citizen' && actor.scopes.has('me') && actor.person === login.person) || (actor.kind === 'partner' && actor.scopes.has('login') && actor.partner === login.partner)
  return mine ? login : refuse('NOT_FOUND')
}

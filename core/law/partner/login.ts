/**
 * Login with the card: a challenge bound to partner and client, answered once, within 60 seconds, with the key of the
 * authentication certificate, on the card or in a phone. What the partner gets is a name of its own for the person, and how
 * sure the gateway is; in the same challenge it may have its own account linked to the person.
 *
 * @law 公的個人認証法 第38条 · 施行規則 第64条の4 (the PIN is proof that the holder acted)
 */
import { asPartner, type Actor, type PartnerClient } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import { accountHash, isAccountName, type AccountLink } from './account.ts'
import { reaches, tooLow, type Assurance, type Levels } from './assurance.ts'
import { accountedFor, accountGround, answerGround, assuranceGround, challengeGround, decided, type Decision, type Ground } from './explain.ts'
import { newId, toHex, type CertificateId, type ChallengeId, type IdempotencyKey, type LoginId, type PartnerId, type PasskeyId, type PersonId } from '../ids.ts'
import { asking } from './agreement.ts'
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
  /** An answer that reaches less is refused. */
  readonly requested: Levels
  /** SHA-256 of the partner's account to be linked. */
  readonly account: Uint8Array | null
}

export interface Login {
  readonly id: LoginId
  readonly challenge: ChallengeId
  readonly partner: PartnerId
  readonly person: PersonId
  /** The partner's own name for the person. */
  readonly subject: string
  readonly at: Instant
  readonly requested: Levels
  /** What was reached. */
  readonly assurance: Assurance
  /** The authentication certificate it rests on; for a passkey, that of the login it was enrolled in. */
  readonly certificate: CertificateId | null
  readonly passkey: PasskeyId | null
}

/** Stored with the login, or with the failure. */
export interface Aside {
  readonly link: AccountLink | null
  /** A counter that stands otherwise by now is a `CONFLICT`. */
  readonly use: PasskeyUse | null
  readonly decision: Decision | null
}
export interface PasskeyUse { readonly passkey: PasskeyId; readonly from: number; readonly to: number }

export interface Challenges {
  create(act: Act, challenge: Challenge): Promise<Result<void>>
  load(id: ChallengeId): Promise<Challenge | null>
  /** OPEN → SPENT, once. With a login: stored together. `CONFLICT` where it was spent already, `ACCOUNT_LINKED` where the account went to another meanwhile. */
  spend(act: Act, id: ChallengeId, login: Login | null, aside?: Aside): Promise<Result<void>>
  loadLogin(id: LoginId): Promise<Login | null>
  loginsOf(person: PersonId, limit: number): Promise<Login[]>
}

/**
 * The bytes to be signed: a fixed line that no other protocol of the gateway uses, then what the answer is bound to; the account
 * too, where one is to be linked. The card signs their SHA-256.
 */
export const loginMessage = (c: Pick<Challenge, 'id' | 'partner' | 'client' | 'nonce'> & { readonly account?: Uint8Array | null }): string =>
  `Mynagate login v1\n${c.partner}\n${c.client}\n${c.id}\n${toHex(c.nonce)}\n${c.account == null ? '' : `link ${toHex(c.account)}\n`}`

export type Sha256 = (text: string) => Uint8Array
type Asking = Uses<'clock' | 'settings' | 'random' | 'acts' | 'partners' | 'challenges'>
export type Answering = Asking & Uses<'pairwise' | 'links' | 'decisions'>
type LoginWorld = Answering & Uses<'authorities' | 'statuses' | 'certificates' | 'settings'>

export interface ChallengeInput {
  /** Absent: the highest, so that only a card or a phone will do. */
  readonly requested?: Levels | undefined
  /** The partner's own name for the account to be linked. Needs the card. */
  readonly linkAccount?: string | null | undefined
  readonly idempotencyKey: IdempotencyKey
}
const highest: Levels = { identity: 'IAL3', authentication: 'AAL3' }

export async function createChallenge(world: Asking, actor: Actor, input: ChallengeInput, sha256: Sha256): Promise<Result<Challenge>> {
  const client = await verifier(world, actor)
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const act = begin('login.challenge', client, now, input)
  const load = async (id: string) => (await world.challenges.load(id as ChallengeId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const { linkAccount = null, requested = highest } = input
    if (linkAccount !== null && !isAccountName(linkAccount)) return refuse('MALFORMED_INPUT', { field: 'linkAccount' })
    const challenge: Challenge = {
      id: newId('challenge', now, world.random), partner: client.partner, client: client.client, nonce: world.random.bytes(32), createdAt: now, expiresAt: after(now, challengeLife), state: 'OPEN',
      requested: linkAccount === null ? requested : highest, account: linkAccount === null ? null : accountHash(sha256, client.partner, linkAccount),
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

/** Any answer spends the challenge, a wrong one too. */
export async function answerChallenge(world: LoginWorld, actor: Actor, input: AnswerInput, sha256: Sha256, requestId: string | null = null): Promise<Result<Login>> {
  const client = await verifier(world, actor)
  if (isRefusal(client)) return client
  const act = begin('login.answer', client, world.clock.now(), { ...input })
  return settle(world, client, act, input.challenge, requestId, async (challenge) => {
    const verdict = await judge(world, { certificate: input.certificate, purpose: 'authentication', hash: 'sha256', digest: sha256(loginMessage(challenge)), signature: input.signature })
    const failed = verdict.checks.find((c) => !c.passed)
    if (!verdict.valid || verdict.record === null) {
      return { refused: refuse(failed?.name === 'signature' ? 'SIGNATURE_INVALID' : 'CERTIFICATE_NOT_VALID', { field: failed?.name ?? 'certificate' }), person: null, ground: answerGround(failed?.name ?? 'certificate') }
    }
    const { id, person, smartphone } = verdict.record
    return { person, certificate: id, use: null, assurance: { ...highest, method: smartphone === null ? 'CARD_AND_PIN' : 'SMARTPHONE_AND_PIN' }, ground: answerGround(null, id) }
  })
}

/** What an answer shows, or why it shows nothing. */
export type Shown =
  | { readonly person: PersonId; readonly certificate: CertificateId; readonly assurance: Assurance; readonly use: PasskeyUse | null; readonly ground: Ground }
  | { readonly refused: Refusal; readonly person: PersonId | null; readonly ground: Ground }

/** The one way from an answer to a login, whatever it was given with. An answer that failed is acted upon too: its reason comes back once, a repeat finds the challenge spent. */
export async function settle(world: Answering, client: PartnerClient, act: Omit<Act, 'subject'>, id: ChallengeId, requestId: string | null, look: (challenge: Challenge) => Promise<Shown>): Promise<Result<Login>> {
  const now = act.at
  const decision = (outcome: Decision['outcome'], person: PersonId | null, ...grounds: Ground[]): Decision | null =>
    requestId === null ? null : decided(world.random, { requestId, at: now, partner: client.partner, client: client.client, person, asked: 'login', outcome, grounds })
  const load = async (subject: string) => (await world.challenges.loadLogin(subject as LoginId)) ?? refuse('CHALLENGE_SPENT')
  const outcome = await once<Login | { readonly refused: Refusal }>(world.acts, act, load, async () => {
    const found = await world.challenges.load(id)
    const challenge = found !== null && found.partner === client.partner && found.client === client.client ? found : null
    const state = challenge === null ? 'UNKNOWN' : challenge.state === 'OPEN' && now > challenge.expiresAt ? 'EXPIRED' : challenge.state
    const open = challengeGround(state, challenge?.expiresAt ?? null)
    if (challenge === null || state !== 'OPEN') {
      const told = decision('CHALLENGE_SPENT', null, open)
      if (told !== null) await world.decisions.note(told)
      return accountedFor(refuse('CHALLENGE_SPENT', challenge === null ? {} : { state: challenge.state }))
    }
    const shown = await look(challenge)
    const { grounds, link, refused } = 'refused' in shown ? { grounds: [], link: null, refused: shown.refused } : await within(world, challenge, shown, now)
    const code = refused === null ? 'DONE' : refused.code
    const login = 'refused' in shown || refused !== null ? null : await loginFor(world, challenge, shown, now)
    const aside: Aside = { link: login === null || link === null ? null : { ...link, login: login.id }, use: 'use' in shown ? shown.use : null, decision: decision(code, shown.person, open, shown.ground, ...grounds) }
    const spent = await world.challenges.spend({ ...act, subject: login?.id ?? challenge.id, facts: { valid: login !== null } }, challenge.id, login, aside)
    if (isRefusal(spent)) return spent.code === 'ACCOUNT_LINKED' ? spent : refuse('CHALLENGE_SPENT')
    return login ?? { refused: refused! }
  })
  return isRefusal(outcome) || !('refused' in outcome) ? outcome : accountedFor(outcome.refused)
}

type Person = Extract<Shown, { readonly assurance: Assurance }>

/** The level that was asked for, and the account that is to be linked. */
async function within(world: Uses<'random' | 'links'>, challenge: Challenge, shown: Person, now: Instant): Promise<{ readonly grounds: Ground[]; readonly link: Omit<AccountLink, 'login'> | null; readonly refused: Refusal | null }> {
  const { requested, account, partner } = challenge
  const reached = reaches(shown.assurance, requested)
  const grounds = [assuranceGround(reached, requested.authentication)]
  if (!reached) return { grounds, link: null, refused: tooLow({ needed: { level: requested.authentication, maxAge: challengeLife / second }, achieved: { levels: shown.assurance, age: 0 } }) }
  if (account === null) return { grounds, link: null, refused: null }
  const linked = await world.links.ofAccount(partner, account)
  if (linked === null) return { grounds: [...grounds, accountGround('FREE')], link: { id: newId('accountLink', now, world.random), partner, person: shown.person, account, linkedAt: now, state: 'LINKED', endedAt: null }, refused: null }
  if (linked.person === shown.person) return { grounds: [...grounds, accountGround('LINKED')], link: null, refused: null }
  return { grounds: [...grounds, accountGround('LINKED_OTHERWISE')], link: null, refused: refuse('ACCOUNT_LINKED', { field: 'linkAccount' }) }
}

async function loginFor(world: Uses<'random' | 'partners' | 'pairwise'>, challenge: Challenge, { person, certificate, assurance, use }: Person, now: Instant): Promise<Login> {
  const partner = await world.partners.load(challenge.partner)
  const subject = world.pairwise.subject(partner?.sector ?? challenge.partner, person)
  return { id: newId('login', now, world.random), challenge: challenge.id, partner: challenge.partner, person, subject, at: now, requested: challenge.requested, assurance, certificate, passkey: use?.passkey ?? null }
}

/** A client with the scope `login`, of a partner in standing (利用者証明検証者). */
export async function verifier(world: Uses<'clock' | 'partners' | 'settings'>, actor: Actor): Promise<Result<PartnerClient>> {
  const client = asPartner(actor, 'login')
  if (isRefusal(client)) return client
  const partner = await inStanding(world, client, 'authentication-verifier', dayOf(world.clock.now()), asking(world, 'login'))
  return isRefusal(partner) ? partner : client
}

/** The person who logged in, and the partner it logged in at. */
export async function readLogin(world: Uses<'challenges'>, actor: Actor, id: LoginId): Promise<Result<Login>> {
  const login = await world.challenges.loadLogin(id)
  if (login === null) return refuse('NOT_FOUND')
  const mine = (actor.kind === 'citizen' && actor.scopes.has('me') && actor.person === login.person) || (actor.kind === 'partner' && actor.scopes.has('login') && actor.partner === login.partner)
  return mine ? login : refuse('NOT_FOUND')
}

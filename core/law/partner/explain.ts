/**
 * Why a request was decided as it was: which rule, on what grounds, by which clock. Each audience sees its own truth. The person
 * sees all of it. The partner sees what is its own; where a refusal must not tell "not allowed" from "no consent" from "no such
 * person", the explanation does not either.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第82条 (who decided, and why)
 */
import type { Actor, PartnerClient } from '../actor.ts'
import { newId, type ConsentId, type DecisionId, type PartnerId, type PersonId, type Random } from '../ids.ts'
import type { Terms } from '../consent/consent.ts'
import { agreed, type AskedUse } from './agreement.ts'
import type { Grounds, VerifierRole } from './partner.ts'
import type { Refusal } from '../refusal.ts'
import { errorTexts, type ErrorCode } from '../request-error.ts'
import { dayOf, endOf, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

export const asks = ['four-information', 'encrypted-four-information', 'predicate', 'login', 'verification', 'account-link', 'request'] as const
export type Asked = (typeof asks)[number]

/** Something that was looked at. The last ground of a decision is the one that decided. */
export interface Ground {
  readonly what: 'standing' | 'consent' | 'frequency' | 'scope' | 'certificate' | 'challenge' | 'answer' | 'assurance' | 'account' | 'request' | 'budget'
  /** A state, or the name of a check; never a value of a person. */
  readonly found: string
  /** Of the consent, the certificate or the login looked at. */
  readonly ref: string | null
  /** Which limit set the clock, and the instant it stands at. */
  readonly limit: string | null
  readonly at: Instant | null
}

export interface Decision {
  readonly id: DecisionId
  readonly requestId: string
  readonly at: Instant
  readonly partner: PartnerId
  readonly client: string
  readonly person: PersonId | null
  readonly asked: Asked
  readonly outcome: 'DONE' | ErrorCode
  readonly grounds: readonly Ground[]
}

export interface Decisions {
  note(decision: Decision): Promise<void>
  ofRequest(requestId: string): Promise<Decision[]>
}

export const decided = (random: Random, facts: Omit<Decision, 'id'>): Decision => ({ id: newId('decision', facts.at, random), ...facts })

/** What a hidden refusal can mean, always all of it. */
export const hiddenReasons = ['NOT_ALLOWED', 'NO_CONSENT', 'UNKNOWN_PERSON'] as const
export type HiddenReason = (typeof hiddenReasons)[number]
const hidden: ReadonlySet<Decision['outcome']> = new Set(['CONSENT_NOT_IN_FORCE', 'NOT_FOUND'])

export interface Explanation {
  readonly requestId: string
  readonly at: Instant
  readonly asked: Asked
  readonly partner: PartnerId
  readonly outcome: Decision['outcome']
  /** Article or section. */
  readonly rule: string
  readonly grounds: readonly Ground[]
  /** Empty where the grounds say it all. */
  readonly reasons: readonly HiddenReason[]
}

const rules: Readonly<Record<Asked, string>> = {
  'four-information': '公的個人認証法 第18条第3項', 'encrypted-four-information': '公的個人認証法 第18条第3項', predicate: '公的個人認証法 第18条第3項', login: '公的個人認証法 第38条', verification: '公的個人認証法 第19条', 'account-link': '公的個人認証法 第38条', request: 'API',
}

/** Nothing where there is no such request, or it is not the actor's. */
export async function explain(world: Uses<'decisions'>, actor: Actor, requestId: string): Promise<Explanation[]> {
  if (!/^[0-9a-f-]{36}$/.test(requestId)) return []
  const mine = (await world.decisions.ofRequest(requestId)).filter((d) => (actor.kind === 'partner' ? actor.partner === d.partner : actor.kind === 'citizen' && actor.scopes.has('me') && actor.person === d.person))
  return mine.map(({ id: _id, client: _client, person: _person, ...d }) => {
    const veiled = actor.kind === 'partner' && hidden.has(d.outcome)
    return { ...d, rule: d.outcome === 'DONE' ? rules[d.asked] : errorTexts[d.outcome].basis, grounds: veiled ? [] : d.grounds, reasons: veiled ? hiddenReasons : [] }
  })
}

// ---------------------------------------------------------------- noting

const accounted = new WeakSet<Refusal>()
/** Marks a refusal whose grounds were noted where it was decided. */
export function accountedFor<R extends Refusal>(refusal: R): R {
  accounted.add(refusal)
  return refusal
}

type NoteWorld = Uses<'clock' | 'random' | 'decisions'>
const byPartner = (world: NoteWorld, client: PartnerClient, requestId: string, about: Pick<Decision, 'person' | 'asked' | 'outcome' | 'grounds'>): Promise<void> =>
  world.decisions.note(decided(world.random, { requestId, at: world.clock.now(), partner: client.partner, client: client.client, ...about }))

/** A refusal that went out to a partner, whatever was asked, and was not noted where it was decided. */
export async function noteRefusal(world: NoteWorld, actor: Actor, refusal: Refusal, requestId: string): Promise<void> {
  if (actor.kind !== 'partner' || accounted.has(refusal)) return
  await byPartner(world, actor, requestId, { person: null, asked: 'request', outcome: refusal.code, grounds: [ground('request', refusal.state ?? 'REFUSED', { limit: refusal.field ?? null })] })
}

/** A request of a partner that was turned away before it ran: by its document, its cost or the budget. */
export async function noteTurnedAway(world: NoteWorld, actor: Actor, outcome: ErrorCode, requestId: string, found: { readonly limit: string | null; readonly at: Instant | null }): Promise<void> {
  if (actor.kind === 'partner') await byPartner(world, actor, requestId, { person: null, asked: 'request', outcome, grounds: [ground(outcome === 'BUDGET_EXHAUSTED' ? 'budget' : 'request', 'TURNED_AWAY', found)] })
}

/** Something of a person that a partner was answered about or did. */
export async function noteDone(world: NoteWorld, actor: Actor, asked: Asked, person: PersonId | null, grounds: readonly Ground[], requestId: string): Promise<void> {
  if (actor.kind === 'partner') await byPartner(world, actor, requestId, { person, asked, outcome: 'DONE', grounds })
}

/** A verdict that a partner was told: what failed, or that all holds, and how the certificate stood. */
export const verdictGrounds = (failed: string | null, status: string | null, certificate: string | null): readonly Ground[] =>
  [certificateGround(status === null ? 'UNKNOWN' : status.toUpperCase(), certificate, null), answerGround(failed, certificate)]

// ---------------------------------------------------------------- grounds

const ground = (what: Ground['what'], found: string, more: Partial<Ground> = {}): Ground => ({ what, found, ref: null, limit: null, at: null, ...more })

/** On what the partner stands that day, until when; or why on nothing. */
export function standingGround(partner: { readonly standings: readonly Grounds[] } | null, role: VerifierRole, at: Instant, asked: AskedUse | null = null): Ground {
  const running = (partner?.standings ?? []).filter((s) => (s.endedAt ?? null) === null)
  const own = running.filter((s) => s.role === role)
  const covering = own.find((s) => s.from <= dayOf(at) && dayOf(at) <= s.until)
  const last = covering ?? own.toSorted((a, b) => (a.until < b.until ? 1 : -1))[0]
  const found = running.some((s) => s.suspended) ? 'SUSPENDED' : covering !== undefined ? (agreed(covering.agreement, dayOf(at), asked) ? 'IN_FORCE' : 'NOT_AGREED') : last === undefined ? 'NONE' : 'OVER'
  return ground('standing', found, { limit: last?.basis ?? null, at: last === undefined ? null : endOf(last.until) })
}

/** The state of a consent at that instant, and the clock that rules it. */
export function consentGround(consent: Terms | null, at: Instant): Ground {
  if (consent === null) return ground('consent', 'UNKNOWN')
  const ref: ConsentId = consent.id
  if (consent.state !== 'IN_FORCE') return ground('consent', consent.state, { ref, at: consent.withdrawnAt })
  if (at < consent.from) return ground('consent', 'NOT_BEGUN', { ref, at: consent.from })
  return ground('consent', at > consent.until ? 'EXPIRED' : 'IN_FORCE', { ref, limit: consent.limitedBy, at: consent.until })
}

export const scopeGround = (missing: string | undefined): Ground => (missing === undefined ? ground('scope', 'HELD') : ground('scope', 'MISSING', { limit: missing }))
/** Which frequency the consent names, and when the next use is allowed. TOO_FAST: every use is, but not at this pace. */
export const frequencyGround = (consent: Pick<Terms, 'id' | 'frequency'>, next: Instant | null): Ground =>
  ground('frequency', consent.frequency === 'PER_USE' ? 'TOO_FAST' : 'TURN_TAKEN', { ref: consent.id, limit: consent.frequency, at: next })
export const certificateGround = (found: string, ref: string | null, at: Instant | null): Ground => ground('certificate', found, { ref, at })
export const challengeGround = (found: 'OPEN' | 'SPENT' | 'EXPIRED' | 'UNKNOWN', at: Instant | null): Ground => ground('challenge', found, { at })
export const answerGround = (failed: string | null, ref: string | null = null): Ground => ground('answer', failed ?? 'HOLDS', { ref })
export const assuranceGround = (reached: boolean, limit: string): Ground => ground('assurance', reached ? 'REACHED' : 'TOO_LOW', { limit })
export const accountGround = (found: 'FREE' | 'LINKED' | 'LINKED_OTHERWISE'): Ground => ground('account', found)

/**
 * Decisions on grants: approved by other eyes than those that asked, suspended by one, resumed and ended by two, ended with
 * the ordinance they stand on. What an end would touch is said before, and must be what was said. Whoever decides does so in
 * the own authority or in another's stead (office.ts), and signs what was shown (signed.ts).
 *
 * @law 番号法 第18条 · 施行令 第18条
 */
import { isCentral, type Actor, type Officer } from '../actor.ts'
import { begin, once } from '../act.ts'
import { handOf, otherEyes, tooLate, type Grant, type Hand, type Pending } from './basis.ts'
import { ended, isOwn, loadGrant, readGrant, sharesIn, type BlastRadius, type GrantWorld, type Keyed } from './grant.ts'
import { authorityFor, namesIn, shareEyes, type DelegableAct } from './office.ts'
import type { GrantId, MunicipalityCode } from '../ids.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { challengeOf, proven, shownOf, type DecisionChallenge, type ProofWorld, type SignedDecision } from './signed.ts'
import { dayOf, type Instant, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'

export type DecisionWorld = GrantWorld & ProofWorld
type Decision = Keyed & { readonly grant: GrantId; readonly signed?: SignedDecision | null | undefined }
/** What is so at the moment of deciding. */
interface Case { readonly grant: Grant; readonly hand: Hand; readonly now: Instant; readonly share: (first: Hand, second: Hand) => boolean; readonly reach: BlastRadius }

/** Other eyes, of agency or ministry, within 72 hours: space is set aside from here on. */
export function approveGrant(world: DecisionWorld, actor: Actor, input: Decision): Promise<Result<Grant>> {
  return decide(world, actor, 'grant.approve', input, ({ grant, hand, now, share }) => {
    if (grant.state !== 'REQUESTED') return refuse('WRONG_STATE', { state: grant.state })
    if (tooLate(grant.requestedAt, now)) return refuse('DECISION_EXPIRED')
    return otherEyes(grant.basis, 'approve', { officer: grant.requestedBy, organisation: grant.requestedFor }, hand, share) ?? {
      // Who said that a request should end did not say so of an area in force.
      ...grant, state: 'APPROVED', approvedBy: hand.officer, approvedFor: hand.organisation, pending: grant.pending?.act === 'repeal' ? grant.pending : null,
    }
  })
}

/** By one person: in an emergency nobody waits for a second. */
export function suspendGrant(world: DecisionWorld, actor: Actor, input: Decision): Promise<Result<Grant>> {
  return decide(world, actor, 'grant.suspend', input, ({ grant }) =>
    grant.state === 'APPROVED' ? { ...grant, state: 'SUSPENDED', suspendedFor: 'officer', pending: null } : refuse('WRONG_STATE', { state: grant.state }))
}

/** By two: the first says so, the second does it. */
export function resumeGrant(world: DecisionWorld, actor: Actor, input: Decision): Promise<Result<Grant>> {
  return decide(world, actor, 'grant.resume', input, (given) => {
    const { grant, now } = given
    if (grant.state !== 'SUSPENDED') return refuse('WRONG_STATE', { state: grant.state })
    if (grant.validUntil < dayOf(now)) return refuse('LEGAL_BASIS_MISSING', { field: 'validUntil' })
    return byTwo(given, 'resume', () => ({ ...grant, state: 'APPROVED', suspendedFor: null, pending: null }))
  })
}

/** By two, each having seen how many installations and cards it touches: where that changed meanwhile, nothing is ended. */
export function endGrant(world: DecisionWorld, actor: Actor, input: Decision & { readonly seen: BlastRadius }): Promise<Result<Grant>> {
  return decide(world, actor, 'grant.end', input, (given) => {
    const { grant, reach } = given
    if (grant.state === 'ENDED') return refuse('WRONG_STATE', { state: grant.state })
    return differs(input.seen, reach) ?? byTwo(given, 'end', () => ended(grant, 'revoked'))
  })
}

function byTwo({ grant, hand, now, share }: Case, act: Exclude<Pending['act'], 'repeal'>, done: () => Grant): Result<Grant> {
  const first = grant.pending !== null && grant.pending.act === act && !tooLate(grant.pending.at, now) ? grant.pending : null
  if (first === null) return { ...grant, pending: { act, ...hand, at: now } }
  return otherEyes(grant.basis, act, first, hand, share) ?? done()
}

const differs = (seen: BlastRadius, now: BlastRadius): Refusal | null =>
  seen.installations === now.installations && seen.cards === now.cards ? null : refuse('CONFLICT', { field: 'seen', state: `${now.installations} installations on ${now.cards} cards` })

const mayApprove = (officer: Officer): boolean => isCentral(officer) && officer.scopes.has('area:approve')
const may = (act: DelegableAct, grant: Grant) => (officer: Officer): boolean => mayApprove(officer) || (act !== 'grant.approve' && officer.scopes.has('area') && !isCentral(officer) && isOwn(officer, grant))

async function decide(world: DecisionWorld, actor: Actor, kind: DelegableAct, input: Decision, step: (given: Case) => Result<Grant>): Promise<Result<Grant>> {
  const found = await readGrant(world, actor, input.grant)
  if (isRefusal(found)) return found
  if (actor.kind !== 'officer') return refuse('NOT_PERMITTED', { field: 'scope area:approve' })
  const now = world.clock.now()
  const act = begin(kind, actor, now, { ...input })
  return once(world.acts, act, (id) => loadGrant(world, id), async () => {
    const hand = await authorityFor(world, actor, kind, may(kind, found))
    if (isRefusal(hand)) return hand
    const people = await world.offices.people([found.requestedBy, ...namesIn(hand, ...(found.pending === null ? [] : [found.pending]))])
    const reach = await world.grants.radius([found.id])
    const next = step({ grant: found, hand, now, reach, share: (first, second) => shareEyes(people, first, second) })
    if (isRefusal(next)) return next
    const evidence = await proven(world, actor, { act: kind, hand, subject: found.id, shown: shownOf(found, reach) }, input.signed ?? null)
    if (isRefusal(evidence)) return evidence
    const facts = { state: next.state, pending: next.pending?.act ?? null, onBehalfOf: hand.onBehalfOf ?? null, signed: evidence?.digest ?? null }
    const stored = await world.grants.change({ ...act, subject: found.id, facts }, [{ ...next, version: found.version + 1 }], sharesIn(world), evidence)
    return isRefusal(stored) ? stored : loadGrant(world, found.id)
  })
}

/** The text that the officer's card signs for a decision on a grant; null in the own authority and in nobody's stead. */
export async function challengeOnGrant(world: DecisionWorld, actor: Actor, kind: DelegableAct, id: GrantId): Promise<Result<DecisionChallenge>> {
  const grant = await readGrant(world, actor, id)
  if (isRefusal(grant)) return grant
  if (actor.kind !== 'officer') return refuse('NOT_FOUND')
  const hand = await authorityFor(world, actor, kind, may(kind, grant))
  return isRefusal(hand) ? hand : challengeOf(world, actor, { act: kind, hand, shown: shownOf(grant, await world.grants.radius([id])) })
}

// ---------------------------------------------------------------- the ordinance ends

export interface Ordinance { readonly municipality: MunicipalityCode; readonly name: string }
export interface OrdinanceReach extends BlastRadius { readonly grants: readonly Grant[] }
interface Repeal extends Ordinance { readonly repealedOn: LegalDate }

/** Of the municipality or prefecture whose ordinance it is. */
const ofCouncil = (actor: Actor, municipality: MunicipalityCode): Result<Officer> =>
  actor.kind === 'officer' && actor.scopes.has('area') && actor.municipality === municipality ? actor : refuse('NOT_PERMITTED', { field: 'municipality' })

/** What stands on an ordinance: shown before it is repealed. */
export async function reachOfOrdinance(world: Uses<'grants'>, actor: Actor, { municipality, name }: Ordinance): Promise<Result<OrdinanceReach>> {
  const officer = ofCouncil(actor, municipality)
  if (isRefusal(officer)) return officer
  const grants = await world.grants.standingOn(municipality, name)
  return { grants, ...(await world.grants.radius(grants.map((g) => g.id))) }
}

const repealOf = ({ municipality, name, repealedOn }: Repeal, { grants, cards, installations }: OrdinanceReach, officer: Officer) =>
  ({ act: 'grant.repeal', hand: { ...handOf(officer), onBehalfOf: null }, shown: { municipality, name, repealedOn, reach: { cards, installations }, grants: grants.map(({ id, label, version }) => ({ id, label, version })) } }) as const

export async function challengeOnRepeal(world: DecisionWorld, actor: Actor, input: Repeal): Promise<Result<DecisionChallenge>> {
  const reach = await reachOfOrdinance(world, actor, input)
  const officer = ofCouncil(actor, input.municipality)
  return isRefusal(reach) ? reach : isRefusal(officer) ? officer : challengeOf(world, officer, repealOf(input, reach, officer))
}

/** What came of it: the rights that ended, or those that wait for the second person. */
export interface Repealed { readonly ended: readonly Grant[]; readonly waiting: readonly Grant[] }

/**
 * The council repealed it: all that stands on it ends with it. By two of its administration: the first says so and nothing
 * ends yet, the second, who has seen what it touches, does it. What came to stand on it meanwhile makes them begin again.
 */
export async function repealOrdinance(world: DecisionWorld, actor: Actor, input: Repeal & Keyed & { readonly seen: BlastRadius; readonly signed?: SignedDecision | null | undefined }): Promise<Result<Repealed>> {
  const officer = ofCouncil(actor, input.municipality)
  if (isRefusal(officer)) return officer
  const now = world.clock.now()
  const act = begin('grant.repeal', officer, now, { ...input })
  const outcome = async (): Promise<Repealed> => {
    const standing = (await world.grants.list(input.municipality)).filter(({ basis }) => basis.kind === 'ordinance' && basis.name === input.name && basis.municipality === input.municipality)
    return { ended: standing.filter((g) => g.endedFor === 'ordinance-repealed'), waiting: standing.filter((g) => g.pending?.act === 'repeal') }
  }
  return once(world.acts, act, outcome, async () => {
    if (input.repealedOn > dayOf(now)) return refuse('MALFORMED_INPUT', { field: 'repealedOn' })
    const reach = await reachOfOrdinance(world, officer, input)
    if (isRefusal(reach)) return reach
    if (reach.grants.length === 0) return refuse('NOT_FOUND')
    const other = differs(input.seen, reach)
    if (other !== null) return other
    const first = firstOf(reach.grants, input.repealedOn, now)
    const hand = { ...handOf(officer), onBehalfOf: null }
    if (first !== null && shareEyes(await world.offices.people(namesIn(hand, first)), first, hand)) return refuse('FOUR_EYES')
    const evidence = await proven(world, officer, { ...repealOf(input, reach, officer), subject: input.municipality }, input.signed ?? null)
    if (isRefusal(evidence)) return evidence
    const next = (grant: Grant): Grant => (first === null ? { ...grant, pending: { act: 'repeal', ...hand, at: now, repealedOn: input.repealedOn } } : ended(grant, 'ordinance-repealed'))
    const facts = { grants: reach.grants.length, pending: first === null ? 'repeal' : null, signed: evidence?.digest ?? null }
    const stored = await world.grants.change({ ...act, subject: input.municipality, facts }, reach.grants.map((g) => ({ ...next(g), version: g.version + 1 })), sharesIn(world), evidence)
    return isRefusal(stored) ? stored : outcome()
  })
}

/** The first of the two, where all that stands on the ordinance waits for one and the same repeal. */
function firstOf(grants: readonly Grant[], repealedOn: LegalDate, now: Instant): Pending | null {
  const [first] = grants.map((grant) => grant.pending)
  const same = (pending: Pending | null): boolean => pending !== null && pending.act === 'repeal' && pending.officer === first?.officer && pending.at === first.at && pending.repealedOn === repealedOn && !tooLate(pending.at, now)
  return first != null && grants.every((grant) => same(grant.pending)) ? first : null
}

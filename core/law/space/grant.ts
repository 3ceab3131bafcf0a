/**
 * Grants of free space: asked for by one, approved by another, suspended by one, resumed and ended by two, ended with the
 * ordinance they stand on, suspended when they run out. What an end would touch is said before, and must be what was said.
 *
 * @law 番号法 第18条 · 施行令 第18条
 */
import { asOfficer, system, type Actor, type Officer } from '../actor.ts'
import { begin, once, type Act, type ActKind } from '../act.ts'
import { covers, decisionLife, handOf, otherEyes, shareOf, tooLate, warningDays, type Grant, type GrantEnd, type LegalBasis, type Pending, type Quota } from './basis.ts'
import { newId, type GrantId, type IdempotencyKey, type MunicipalityCode } from '../ids.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { addDays, dayOf, type Instant, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'

/** What stands on a right now. */
export interface BlastRadius { readonly installations: number; readonly cards: number }

/** Octets of a share of every card, by its name. */
export type Shares = (share: string) => Quota
const sharesIn = ({ settings }: Uses<'settings'>): Shares => (share) => shareOf(share, settings.freeSpace, settings.freeSpaceForResidents)

export interface GrantStore {
  load(id: GrantId): Promise<Grant | null>
  /** Of a municipality; all for null. */
  list(municipality: MunicipalityCode | null): Promise<Grant[]>
  /** `CONFLICT` where the AID is taken. */
  request(act: Act, grant: Grant): Promise<Result<void>>
  /**
   * Each compare-and-set on `version - 1`, together or not at all. Space is set aside in the shares of the population when a
   * grant is approved (`NO_SPACE` where they do not hold it) and given back when nothing refers to an ended one; the
   * installations of an ended one are to be removed.
   */
  change(act: Act, grants: readonly Grant[], shares: Shares): Promise<Result<void>>
  radius(grants: readonly GrantId[]): Promise<BlastRadius>
  /** Not ended, and standing on that ordinance. */
  standingOn(municipality: MunicipalityCode, ordinance: string): Promise<Grant[]>
  /** Those that time has something to say to: asked for before `askedBefore`, run out before `today`, or running out by `warnBy` and not warned of for that. */
  due(askedBefore: Instant, today: LegalDate, limit: number): Promise<Grant[]>
}

type GrantWorld = Uses<'clock' | 'random' | 'acts' | 'grants' | 'settings'>
interface Keyed { readonly idempotencyKey: IdempotencyKey }

export type GrantInput = Keyed & Pick<Grant, 'basis' | 'population' | 'operator' | 'purpose' | 'label' | 'aid' | 'quota' | 'pin' | 'records' | 'minimumAge' | 'evidence' | 'validFrom' | 'validUntil'>

/** A municipality asks by its ordinance; the ministry for a national area by rule, and for a private one that was confirmed. */
export async function requestGrant(world: GrantWorld, actor: Actor, input: GrantInput): Promise<Result<Grant>> {
  const officer = actor.kind === 'officer' && (actor.role === 'agency' || actor.role === 'ministry') ? asOfficer(actor, actor.role, 'area') : asOfficer(actor, 'municipal', 'area')
  if (isRefusal(officer)) return officer
  const now = world.clock.now()
  const act = begin('grant.request', officer, now, { ...input })
  return once(world.acts, act, (id) => loadGrant(world, id), async () => {
    const bad = unfit(input, officer, dayOf(now))
    if (bad !== null) return refuse(bad === 'basis' ? 'LEGAL_BASIS_MISSING' : 'MALFORMED_INPUT', { field: bad })
    const { idempotencyKey: _, ...asked } = input
    const { officer: requestedBy, organisation: requestedFor } = handOf(officer)
    const grant: Grant = {
      ...asked, id: newId('grant', now, world.random), municipality: officer.municipality, aid: input.aid.toUpperCase(), state: 'REQUESTED', requestedBy, requestedFor, requestedAt: now,
      approvedBy: null, approvedFor: null, pending: null, suspendedFor: null, endedFor: null, warned: null, reserved: false, version: 0,
    }
    const stored = await world.grants.request({ ...act, subject: grant.id, facts: { basis: grant.basis.kind, aid: grant.aid } }, grant)
    return isRefusal(stored) ? stored : grant
  })
}

/** The field at fault, or null. */
function unfit(input: GrantInput, officer: Officer, today: LegalDate): string | null {
  if (!/^([0-9A-Fa-f]{2}){5,16}$/.test(input.aid)) return 'aid'
  if (Object.values(input.quota).some((n) => !Number.isSafeInteger(n) || n < 0) || input.quota.data === 0) return 'quota'
  if (input.label.length === 0 || [...input.label].length > 16) return 'label'
  if (!(input.records.count >= 1 && input.records.count <= 254 && input.records.size >= 1 && input.records.size <= 254)) return 'records'
  if (input.records.count * input.records.size > input.quota.data) return 'records'
  if (input.validUntil < input.validFrom || input.validUntil < today) return 'validUntil'
  if (input.pin !== null && !(input.pin.digits >= 4 && input.pin.digits <= 8 && input.pin.tries >= 1 && input.pin.tries <= 10)) return 'pin'
  if (!/^[0-9A-F]{64}$/.test(input.evidence)) return 'evidence'
  if (!Number.isSafeInteger(input.minimumAge) || input.minimumAge < 0 || input.minimumAge > 120) return 'minimumAge'
  if (!supports(input.basis, officer, today)) return 'basis'
  const { population } = input
  if (population.kind === 'residents' && (population.municipalities.length === 0 || new Set(population.municipalities).size !== population.municipalities.length)) return 'population'
  return officer.municipality !== null && (population.kind !== 'residents' || !covers(population, officer.municipality)) ? 'population' : null
}

/** An ordinance carries its own municipality and nobody else; a rule the ministry; a private area is filed by agency or ministry. */
function supports(basis: LegalBasis, { role, municipality }: Officer, today: LegalDate): boolean {
  switch (basis.kind) {
    case 'ordinance': return role === 'municipal' && basis.municipality === municipality && basis.promulgatedOn <= today
    case 'ministerial-rule': return role === 'ministry' && basis.issuedOn <= today
    case 'minister-confirmation': return role !== 'municipal' && basis.confirmedOn <= today
    case 'jpki-verifier': return role !== 'municipal' && basis.notifiedOn <= today
  }
}

// ---------------------------------------------------------------- decisions

type Decision = Keyed & { readonly grant: GrantId }

/** Other eyes, of agency or ministry, within 72 hours: space is set aside from here on. */
export function approveGrant(world: GrantWorld, actor: Actor, input: Decision): Promise<Result<Grant>> {
  return decide(world, actor, 'grant.approve', input, mayApprove, (grant, officer, now) => {
    if (grant.state !== 'REQUESTED') return refuse('WRONG_STATE', { state: grant.state })
    if (tooLate(grant.requestedAt, now)) return refuse('DECISION_EXPIRED')
    const hand = handOf(officer)
    const no = otherEyes(grant.basis, 'approve', { officer: grant.requestedBy, organisation: grant.requestedFor }, hand)
    return no ?? { ...grant, state: 'APPROVED', approvedBy: hand.officer, approvedFor: hand.organisation }
  })
}

/** By one person: in an emergency nobody waits for a second. */
export function suspendGrant(world: GrantWorld, actor: Actor, input: Decision): Promise<Result<Grant>> {
  return decide(world, actor, 'grant.suspend', input, mayDecide, (grant) =>
    grant.state === 'APPROVED' ? { ...grant, state: 'SUSPENDED', suspendedFor: 'officer', pending: null } : refuse('WRONG_STATE', { state: grant.state }))
}

/** By two: the first says so, the second does it. */
export function resumeGrant(world: GrantWorld, actor: Actor, input: Decision): Promise<Result<Grant>> {
  return decide(world, actor, 'grant.resume', input, mayDecide, (grant, officer, now) => {
    if (grant.state !== 'SUSPENDED') return refuse('WRONG_STATE', { state: grant.state })
    if (grant.validUntil < dayOf(now)) return refuse('LEGAL_BASIS_MISSING', { field: 'validUntil' })
    return byTwo(grant, 'resume', officer, now, () => ({ ...grant, state: 'APPROVED', suspendedFor: null, pending: null }))
  })
}

/** By two, each having seen how many installations and cards it touches: where that changed meanwhile, nothing is ended. */
export function endGrant(world: GrantWorld, actor: Actor, input: Decision & { readonly seen: BlastRadius }): Promise<Result<Grant>> {
  return decide(world, actor, 'grant.end', input, mayDecide, async (grant, officer, now) => {
    if (grant.state === 'ENDED') return refuse('WRONG_STATE', { state: grant.state })
    const other = differs(input.seen, await world.grants.radius([grant.id]))
    return other ?? byTwo(grant, 'end', officer, now, () => ended(grant, 'revoked'))
  })
}

function byTwo(grant: Grant, act: Pending['act'], officer: Officer, now: Instant, done: () => Grant): Result<Grant> {
  const hand = handOf(officer)
  const first = grant.pending !== null && grant.pending.act === act && !tooLate(grant.pending.at, now) ? grant.pending : null
  if (first === null) return { ...grant, pending: { act, ...hand, at: now } }
  return otherEyes(grant.basis, act, first, hand) ?? done()
}

const ended = (grant: Grant, endedFor: GrantEnd): Grant => ({ ...grant, state: 'ENDED', endedFor, pending: null })
const differs = (seen: BlastRadius, now: BlastRadius): Refusal | null =>
  seen.installations === now.installations && seen.cards === now.cards ? null : refuse('CONFLICT', { field: 'seen', state: `${now.installations} installations on ${now.cards} cards` })

const mayApprove = (officer: Officer): boolean => officer.role !== 'municipal' && officer.scopes.has('area:approve')
const mayDecide = (officer: Officer, grant: Grant): boolean => mayApprove(officer) || (officer.role === 'municipal' && officer.scopes.has('area') && officer.municipality === grant.municipality)

async function decide(
  world: GrantWorld, actor: Actor, kind: ActKind, input: Decision, may: (officer: Officer, grant: Grant) => boolean, step: (grant: Grant, officer: Officer, now: Instant) => Result<Grant> | Promise<Result<Grant>>,
): Promise<Result<Grant>> {
  const found = await readGrant(world, actor, input.grant)
  if (isRefusal(found)) return found
  if (actor.kind !== 'officer' || !may(actor, found)) return refuse('NOT_PERMITTED', { field: 'scope area:approve' })
  const now = world.clock.now()
  const act = begin(kind, actor, now, input)
  return once(world.acts, act, (id) => loadGrant(world, id), async () => {
    const next = await step(found, actor, now)
    if (isRefusal(next)) return next
    const stored = await world.grants.change({ ...act, subject: found.id, facts: { state: next.state, pending: next.pending?.act ?? null } }, [{ ...next, version: found.version + 1 }], sharesIn(world))
    return isRefusal(stored) ? stored : loadGrant(world, found.id)
  })
}

// ---------------------------------------------------------------- the ordinance ends

export interface Ordinance { readonly municipality: MunicipalityCode; readonly name: string }
export interface OrdinanceReach extends BlastRadius { readonly grants: readonly Grant[] }

/** What stands on an ordinance: shown before it is repealed. */
export async function reachOfOrdinance(world: Uses<'grants'>, actor: Actor, { municipality, name }: Ordinance): Promise<Result<OrdinanceReach>> {
  const officer = asOfficer(actor, 'municipal', 'area', municipality)
  if (isRefusal(officer)) return officer
  const grants = await world.grants.standingOn(municipality, name)
  return { grants, ...(await world.grants.radius(grants.map((g) => g.id))) }
}

/** The council repealed it: all that stands on it ends with it. */
export async function repealOrdinance(world: GrantWorld, actor: Actor, input: Ordinance & Keyed & { readonly repealedOn: LegalDate; readonly seen: BlastRadius }): Promise<Result<{ readonly ended: readonly Grant[] }>> {
  const officer = asOfficer(actor, 'municipal', 'area', input.municipality)
  if (isRefusal(officer)) return officer
  const now = world.clock.now()
  const act = begin('grant.repeal', officer, now, { ...input })
  const outcome = async () => ({ ended: (await world.grants.list(input.municipality)).filter((g) => g.endedFor === 'ordinance-repealed' && g.basis.kind === 'ordinance' && g.basis.name === input.name) })
  return once(world.acts, act, outcome, async () => {
    if (input.repealedOn > dayOf(now)) return refuse('MALFORMED_INPUT', { field: 'repealedOn' })
    const reach = await reachOfOrdinance(world, officer, input)
    if (isRefusal(reach)) return reach
    if (reach.grants.length === 0) return refuse('NOT_FOUND')
    const other = differs(input.seen, reach)
    if (other !== null) return other
    const stored = await world.grants.change({ ...act, subject: input.municipality, facts: { grants: reach.grants.length } }, reach.grants.map((g) => ({ ...ended(g, 'ordinance-repealed'), version: g.version + 1 })), sharesIn(world))
    return isRefusal(stored) ? stored : outcome()
  })
}

// ---------------------------------------------------------------- time

export interface GrantSweep { readonly lapsed: number; readonly expired: number; readonly warned: number }

/** What time does to grants: requests nobody approved lapse, what ran out is suspended, ends ahead are warned of once each. */
export async function sweepGrants(world: GrantWorld, limit: number): Promise<GrantSweep> {
  const now = world.clock.now()
  const today = dayOf(now)
  const done = { lapsed: 0, expired: 0, warned: 0 }
  for (const grant of await world.grants.due((now - decisionLife) as Instant, today, limit)) {
    const [kind, next, count] = grant.state === 'REQUESTED' ? (['grant.lapse', ended(grant, 'not-approved-in-time'), 'lapsed'] as const)
      : grant.validUntil < today ? (['grant.expire', { ...grant, state: 'SUSPENDED', suspendedFor: 'expired', pending: null }, 'expired'] as const)
      : (['grant.warn', { ...grant, warned: warningOn(grant.validUntil, today) }, 'warned'] as const)
    const act: Act = { ...begin(kind, system('sweep'), now, { grant: grant.id }), subject: grant.id, facts: { days: next.warned } }
    if (!isRefusal(await world.grants.change(act, [{ ...next, version: grant.version + 1 }], sharesIn(world)))) done[count]++
  }
  return done
}

/** The nearest of 90, 30 and 7 days that has come; null before all. */
export const warningOn = (validUntil: LegalDate, today: LegalDate): number | null => warningDays.findLast((days) => today >= addDays(validUntil, -days)) ?? null

// ---------------------------------------------------------------- reading

/** The municipality it is for, and those who approve. */
export async function readGrant(world: Uses<'grants'>, actor: Actor, id: GrantId): Promise<Result<Grant>> {
  const grant = await world.grants.load(id)
  return grant !== null && actor.kind === 'officer' && mayRead(actor, grant) ? grant : refuse('NOT_FOUND')
}

const mayRead = (officer: Officer, grant: Grant): boolean =>
  officer.role === 'municipal' ? officer.scopes.has('area') && officer.municipality !== null && covers(grant.population, officer.municipality) : officer.scopes.has('area:approve') || officer.scopes.has('area')

export async function listGrants(world: Uses<'grants'>, actor: Actor): Promise<Grant[]> {
  return actor.kind === 'officer' ? (await world.grants.list(actor.role === 'municipal' ? actor.municipality : null)).filter((grant) => mayRead(actor, grant)) : []
}

export async function readRadius(world: Uses<'grants'>, actor: Actor, id: GrantId): Promise<Result<BlastRadius>> {
  const grant = await readGrant(world, actor, id)
  return isRefusal(grant) ? grant : world.grants.radius([id])
}

const loadGrant = async (world: Uses<'grants'>, id: string): Promise<Result<Grant>> => (await world.grants.load(id as GrantId)) ?? refuse('NOT_FOUND')


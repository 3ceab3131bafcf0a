/**
 * Grants of free space: asked for by one (decided on in decision.ts), suspended when they run out, read by those whose
 * business they are.
 *
 * @law 番号法 第18条 · 施行令 第18条
 */
import { asOfficer, isCentral, officeOf, system, type Actor, type Officer } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import { areaOverhead } from '../../chip/applications/area.ts'
import { commonAid, isdAid, jpkiAid, jukiAid, textAid, visualAid } from '../../chip/aids.ts'
import { covers, decisionLife, handOf, shareOf, warningDays, type Grant, type GrantEnd, type LegalBasis, type Population, type Quota } from './basis.ts'
import { newId, toHex, type GrantId, type IdempotencyKey, type MunicipalityCode } from '../ids.ts'
import { isA, prefectureOf } from '../person/bodies.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { addDays, dayOf, type Instant, type LegalDate } from '../time.ts'
import type { DecisionEvidence } from './signed.ts'
import type { Uses } from '../world.ts'

/** What stands on a right now. */
export interface BlastRadius { readonly installations: number; readonly cards: number }

/** Octets of a share of every card, by its name. */
export type Shares = (share: string) => Quota
export const sharesIn = ({ settings }: Uses<'settings'>): Shares => (share) => shareOf(share, settings.freeSpace, settings.freeSpaceForResidents)

export interface GrantStore {
  load(id: GrantId): Promise<Grant | null>
  /** Of a municipality; all for null. */
  list(municipality: MunicipalityCode | null): Promise<Grant[]>
  /** `CONFLICT` where the AID is taken, or one of the two is the beginning of the other; an ended one is taken until it is on no card. */
  request(act: Act, grant: Grant): Promise<Result<void>>
  /**
   * Each compare-and-set on `version - 1`, together or not at all. Space is set aside in the shares of the population when a
   * grant is approved (`NO_SPACE` where they do not hold it) and given back when nothing refers to an ended one; the
   * installations of an ended one are to be removed.
   */
  change(act: Act, grants: readonly Grant[], shares: Shares, evidence?: DecisionEvidence | null): Promise<Result<void>>
  /** What officers signed about it, oldest first. */
  evidence(subject: string): Promise<DecisionEvidence[]>
  radius(grants: readonly GrantId[]): Promise<BlastRadius>
  /** Not ended, and standing on that ordinance. */
  standingOn(municipality: MunicipalityCode, ordinance: string): Promise<Grant[]>
  /** Those that time has something to say to: asked for before `askedBefore`, run out before `today`, or running out by `warnBy` and not warned of for that. */
  due(askedBefore: Instant, today: LegalDate, limit: number): Promise<Grant[]>
}

export type GrantWorld = Uses<'clock' | 'random' | 'acts' | 'grants' | 'settings'>
export interface Keyed { readonly idempotencyKey: IdempotencyKey }

export type GrantInput = Keyed & Pick<Grant, 'basis' | 'population' | 'partner' | 'operator' | 'purpose' | 'label' | 'aid' | 'quota' | 'pin' | 'records' | 'minimumAge' | 'evidence' | 'validFrom' | 'validUntil'>

/** A municipality or prefecture asks by its ordinance; an organ of the state, or the ministry, by the ministers' rule; agency or ministry for a private area that was confirmed. */
export async function requestGrant(world: GrantWorld, actor: Actor, input: GrantInput): Promise<Result<Grant>> {
  const officer = asOfficer(actor, actor.kind === 'officer' ? actor.role : 'municipal', 'area')
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

/** SELECT goes by the beginning of a name: of two such names a chip takes one alone. */
const overlap = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a)
/** Names of what every card bears: 公的個人認証 · 共通 · 住基 · 券面事項確認 · 券面事項入力補助 · its issuer's domain. */
const ownNames = [jpkiAid, commonAid, jukiAid, visualAid, textAid, isdAid].map(toHex)

/** Octets for data that an area of such records takes on a chip, its own files included. */
export const octetsOf = ({ count, size }: Grant['records']): number => count * size + areaOverhead

/** The field at fault, or null. */
function unfit(input: GrantInput, officer: Officer, today: LegalDate): string | null {
  if (!/^([0-9A-Fa-f]{2}){5,16}$/.test(input.aid) || ownNames.some((name) => overlap(name, input.aid.toUpperCase()))) return 'aid'
  if (Object.values(input.quota).some((n) => !Number.isSafeInteger(n) || n < 0) || input.quota.data === 0) return 'quota'
  if (input.label.length === 0 || [...input.label].length > 16) return 'label'
  if (!(input.records.count >= 1 && input.records.count <= 254 && input.records.size >= 1 && input.records.size <= 254)) return 'records'
  // What no chip could install is a right to nothing.
  if (octetsOf(input.records) > input.quota.data) return 'records'
  if (input.validUntil < input.validFrom || input.validUntil < today) return 'validUntil'
  if (input.pin !== null && !(input.pin.digits >= 4 && input.pin.digits <= 8 && input.pin.tries >= 1 && input.pin.tries <= 10)) return 'pin'
  if (!/^[0-9A-F]{64}$/.test(input.evidence)) return 'evidence'
  if (!Number.isSafeInteger(input.minimumAge) || input.minimumAge < 0 || input.minimumAge > 120) return 'minimumAge'
  if (!supports(input.basis, officer, today)) return 'basis'
  if (input.basis.kind === 'ordinance' && !isPublished(input.basis.url ?? null)) return 'url'
  const { population } = input
  if (population.kind === 'residents' && (population.municipalities.length === 0 || new Set(population.municipalities).size !== population.municipalities.length)) return 'population'
  if (population.kind === 'residents' && population.municipalities.some((one) => !isA('municipality', one))) return 'population'
  return isForThem(officer, population) ? null : 'population'
}

/** A municipality’s area is for its own residents too, a prefecture’s for residents of its municipalities and no others. */
function isForThem({ role, municipality }: Officer, population: Population): boolean {
  if (municipality === null) return true
  return population.kind === 'residents' && (role === 'municipal' ? covers(population, municipality) : population.municipalities.every((one) => prefectureOf(one) === municipality))
}

/** Where an ordinance can be read by anybody: https, without credentials. */
const isPublished = (url: string | null): boolean => url === null || (url.length <= 500 && /^https:\/\/[^\s@\\]+$/.test(url))

/** An ordinance carries its own municipality or prefecture and nobody else; a rule the organs of the state; a private area is filed by agency or ministry. */
function supports(basis: LegalBasis, { role, municipality }: Officer, today: LegalDate): boolean {
  switch (basis.kind) {
    case 'ordinance': return (role === 'municipal' || role === 'prefectural') && basis.municipality === municipality && basis.promulgatedOn <= today
    case 'ministerial-rule': return (role === 'ministry' || role === 'national') && basis.issuedOn <= today
    case 'minister-confirmation': return (role === 'agency' || role === 'ministry') && basis.confirmedOn <= today
    case 'jpki-verifier': return (role === 'agency' || role === 'ministry') && basis.notifiedOn <= today
  }
}

export const ended = (grant: Grant, endedFor: GrantEnd): Grant => ({ ...grant, state: 'ENDED', endedFor, pending: null })

// ---------------------------------------------------------------- time

export interface GrantSweep { readonly lapsed: number; readonly expired: number; readonly warned: number }

/** What time does to grants: requests nobody approved lapse, what ran out is suspended, ends ahead are warned of once each. */
export async function sweepGrants(world: Uses<'clock' | 'grants' | 'settings'>, limit: number): Promise<GrantSweep> {
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

/** A prefecture sees what its municipalities have (地方自治法 第245条の4) and decides nothing of it; an organ of the state sees its own. */
function mayRead(officer: Officer, grant: Grant): boolean {
  if (isCentral(officer)) return officer.scopes.has('area:approve') || officer.scopes.has('area')
  if (!officer.scopes.has('area')) return false
  if (isOwn(officer, grant)) return true
  const { population } = grant
  if (officer.role === 'municipal') return officer.municipality !== null && covers(population, officer.municipality)
  return officer.role === 'prefectural' && population.kind === 'residents' && population.municipalities.some((one) => prefectureOf(one) === officer.municipality)
}

/** Of the local government that answers for it, or of the organ that asked for it. */
export const isOwn = (officer: Officer, grant: Grant): boolean => (officer.role === 'national' ? grant.requestedFor === officeOf(officer) : officer.municipality !== null && officer.municipality === grant.municipality)

export async function listGrants(world: Uses<'grants'>, actor: Actor): Promise<Grant[]> {
  return actor.kind === 'officer' ? (await world.grants.list(actor.role === 'municipal' ? actor.municipality : null)).filter((grant) => mayRead(actor, grant)) : []
}

export async function readRadius(world: Uses<'grants'>, actor: Actor, id: GrantId): Promise<Result<BlastRadius>> {
  const grant = await readGrant(world, actor, id)
  return isRefusal(grant) ? grant : world.grants.radius([id])
}

/** What officers signed about a grant, for whoever may read it. */
export async function readEvidence(world: Uses<'grants'>, actor: Actor, id: GrantId): Promise<DecisionEvidence[]> {
  return isRefusal(await readGrant(world, actor, id)) ? [] : world.grants.evidence(id)
}

export const loadGrant = async (world: Uses<'grants'>, id: string): Promise<Result<Grant>> => (await world.grants.load(id as GrantId)) ?? refuse('NOT_FOUND')


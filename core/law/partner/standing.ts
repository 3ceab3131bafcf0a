/**
 * How a partner comes by its standing and loses it: accreditation for a year, renewable; delegation by a service to a platform
 * operator that is accredited itself; suspension, which spreads; the end, with which everything given under it ends.
 *
 * @law 公的個人認証法 第17条・第18条第6項・第36条・第37条第4項 · 施行規則 第29条 · 施行令 第10条 (one year)
 */
import { asOfficer, type Actor } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import type { IdempotencyKey, PartnerId } from '../ids.ts'
import type { Agreement } from './agreement.ts'
import { hasStanding, type Partner, type Standing, type VerifierRole } from './partner.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { addDays, addMonths, dayOf, type Instant, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'

/** What ends with a partner: its own, and that of services with nothing else to stand on. */
export interface Ending {
  /** Services that act through it (SP). */
  readonly delegations: number
  readonly consents: number
  readonly webhooks: number
  readonly openRequests: number
  /** Links between persons and accounts. */
  readonly links: number
  readonly passkeys: number
}

export interface Standings {
  /** `CONFLICT` where a period of that role overlaps. Suspended from the start where the partner is. */
  grant(act: Act, partner: PartnerId, standing: Standing): Promise<Result<void>>
  /** Its own grounds; on those that rest on it it tells by itself ({@link Partners.load}). */
  suspend(act: Act, partner: PartnerId, suspended: boolean): Promise<Result<void>>
  /** Replaces what was agreed for that ground. */
  agree(act: Act, partner: PartnerId, ground: Pick<Standing, 'role' | 'from'>, agreement: Agreement): Promise<Result<void>>
  /** Delegations of the service to that platform that were not reported before. */
  report(act: Act, service: PartnerId, platform: PartnerId, at: Instant): Promise<Result<void>>
  /** What {@link Standings.end} would end that day. */
  endingOf(partner: PartnerId, today: LegalDate): Promise<Ending>
  /**
   * One transaction: its standings and those that rest on it end; consents under them end; open requests, challenges and
   * offers, webhooks, links and passkeys go, those of services with nothing else to stand on too. The leaf of the act counts
   * them and binds the ids: the proof that they were erased.
   */
  end(act: Act, partner: PartnerId): Promise<Result<Ending>>
}

type StandingWorld = Uses<'clock' | 'acts' | 'partners' | 'standings'>

export interface AccreditInput {
  readonly partner: PartnerId
  readonly role: VerifierRole
  /** The platform operator, for a delegation; null for an accreditation of its own. */
  readonly through: PartnerId | null
  readonly from: LegalDate
  readonly idempotencyKey: IdempotencyKey
}

/** Last day of an accreditation: one year. */
export const yearFrom = (from: LegalDate): LegalDate => addDays(addMonths(from, 12), -1)

export async function accreditPartner(world: StandingWorld, actor: Actor, input: AccreditInput): Promise<Result<Partner>> {
  const officer = asOfficer(actor, 'ministry', 'partner')
  if (isRefusal(officer)) return officer
  const now = world.clock.now()
  const today = dayOf(now)
  const act = begin('partner.accredit', officer, now, { ...input })
  const load = async () => (await world.partners.load(input.partner)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const partner = await world.partners.load(input.partner)
    if (partner === null) return refuse('NOT_FOUND')
    if (input.from < today || input.from > addMonths(today, 12)) return refuse('MALFORMED_INPUT', { field: 'from' })
    const until = await lastDay(world, input)
    if (isRefusal(until)) return until
    const basis: Standing['basis'] = input.through !== null ? '規則第29条 (委託)' : input.role === 'signature-verifier' ? '法第17条第1項' : '法第36条第1項'
    const standing: Standing = { role: input.role, basis, through: input.through, from: input.from, until, suspended: false }
    const stored = await world.standings.grant({ ...act, subject: partner.id, facts: { role: input.role, basis, until } }, partner.id, standing)
    return isRefusal(stored) ? stored : load()
  })
}

/** A delegation rests on the accreditation it leads to, and on none that is a delegation itself. */
async function lastDay(world: Uses<'partners'>, { partner, through, role, from }: AccreditInput): Promise<Result<LegalDate>> {
  if (through === null) return yearFrom(from)
  const platform = through === partner ? null : await world.partners.load(through)
  const ground = platform?.standings.find((s) => s.role === role && s.through === null && s.from <= from && from <= s.until)
  if (platform === null || ground === undefined || !hasStanding({ ...platform, standings: platform.standings.filter((s) => s.through === null) }, role, from)) return refuse('PARTNER_NOT_IN_STANDING', { field: 'through' })
  return ground.until < yearFrom(from) ? ground.until : yearFrom(from)
}

/** At once, by one officer; it spreads to every ground and to every service that acts through it. @law 法第18条第6項第6号 */
export const suspendPartner = (world: StandingWorld, actor: Actor, input: { partner: PartnerId; idempotencyKey: IdempotencyKey }): Promise<Result<Partner>> => setSuspended(world, actor, input, true)
export const resumePartner = (world: StandingWorld, actor: Actor, input: { partner: PartnerId; idempotencyKey: IdempotencyKey }): Promise<Result<Partner>> => setSuspended(world, actor, input, false)

async function setSuspended(world: StandingWorld, actor: Actor, input: { partner: PartnerId; idempotencyKey: IdempotencyKey }, suspended: boolean): Promise<Result<Partner>> {
  const officer = asOfficer(actor, 'ministry', 'partner')
  if (isRefusal(officer)) return officer
  const act = begin(suspended ? 'partner.suspend' : 'partner.resume', officer, world.clock.now(), input)
  const load = async () => (await world.partners.load(input.partner)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const partner = await load()
    if (isRefusal(partner)) return partner
    const stored = await world.standings.suspend({ ...act, subject: partner.id }, partner.id, suspended)
    return isRefusal(stored) ? stored : load()
  })
}

/** For the officer to look at before it is done. */
export async function readEnding(world: Uses<'clock' | 'standings' | 'partners'>, actor: Actor, partner: PartnerId): Promise<Result<Ending>> {
  const officer = asOfficer(actor, 'ministry', 'partner')
  if (isRefusal(officer)) return officer
  return (await world.partners.load(partner)) === null ? refuse('NOT_FOUND') : world.standings.endingOf(partner, dayOf(world.clock.now()))
}

/** `consents` is the number that was shown; where another one would end, nothing does. */
export async function endPartner(world: StandingWorld, actor: Actor, input: { partner: PartnerId; consents: number; idempotencyKey: IdempotencyKey }): Promise<Result<Partner>> {
  const officer = asOfficer(actor, 'ministry', 'partner')
  if (isRefusal(officer)) return officer
  const act = begin('partner.end', officer, world.clock.now(), input)
  const load = async () => (await world.partners.load(input.partner)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const partner = await load()
    if (isRefusal(partner)) return partner
    if ((await world.standings.endingOf(partner.id, dayOf(act.at))).consents !== input.consents) return refuse('CONFLICT', { field: 'consents' })
    const ended = await world.standings.end({ ...act, subject: partner.id }, partner.id)
    return isRefusal(ended) ? ended : load()
  })
}

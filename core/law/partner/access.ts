/**
 * How a partner may ask: which documents (trusted ones alone, or any), and how much. Trusted documents (登録文書) are known by
 * their SHA-256 and never change. The budget is a bucket of points that fills by the second; each request pays its cost
 * before it runs.
 */
import { begin, once, type Act } from '../act.ts'
import type { Actor } from '../actor.ts'
import type { IdempotencyKey, PartnerId } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { after, second, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

/** `registered`: nothing but registered documents; `any`: those and every other. */
export type DocumentRule = 'any' | 'registered'
export interface BudgetRule {
  /** Points of a full bucket. */
  readonly capacity: number
  readonly perSecond: number
}
/** What holds where the partner's record says nothing else. */
export interface AccessRule { readonly documents: DocumentRule; readonly budget: BudgetRule }
/** Sixty thousand points at once and a thousand a second: about eighty requests for four items a second, for ever. */
export const defaultAccess: AccessRule = { documents: 'any', budget: { capacity: 60_000, perSecond: 1_000 } }

export interface Access extends AccessRule { readonly partner: PartnerId }
export interface RegisteredDocument { readonly sha256: string; readonly text: string; readonly registeredAt: Instant }
export interface Manifest { readonly partner: PartnerId; readonly documents: readonly RegisteredDocument[] }

export const documentsOfAPartner = 500
export const documentsAtOnce = 50

/** Asks the bucket; both are one statement, so that many instances share one bucket. */
export interface Budgets {
  /** A cost below nothing gives back, up to the brim. */
  take(partner: PartnerId, cost: number, at: Instant, usual: BudgetRule): Promise<Taken>
}
export interface Taken extends BudgetRule { readonly granted: boolean; readonly remaining: number }

export interface Accesses {
  load(partner: PartnerId, usual: AccessRule): Promise<Access>
  set(act: Act, access: Access): Promise<Result<void>>
  /** A document that is there already stays as it is. `CONFLICT` where there would be too many. */
  register(act: Act, partner: PartnerId, documents: readonly RegisteredDocument[]): Promise<Result<void>>
  document(partner: PartnerId, sha256: string): Promise<string | null>
  documents(partner: PartnerId): Promise<RegisteredDocument[]>
}

/** When the bucket is full again. */
export const fullAt = ({ remaining, capacity, perSecond }: Taken, at: Instant): Instant => after(at, Math.ceil(((capacity - remaining) * second) / perSecond))
/** Seconds until so many points are there. */
export const waitFor = (cost: number, { remaining, perSecond }: Taken): number => Math.max(1, Math.ceil((cost - remaining) / perSecond))

type AccessWorld = Uses<'clock' | 'acts' | 'accesses' | 'settings' | 'partners'>

/** A partner registers for itself, the agency for any. */
function whose(actor: Actor, partner: PartnerId | null): Result<PartnerId> {
  if (!actor.scopes.has('partner')) return refuse('NOT_PERMITTED', { field: 'scope partner' })
  if (actor.kind === 'partner') return partner === null || partner === actor.partner ? actor.partner : refuse('NOT_PERMITTED', { field: 'partner' })
  if (actor.kind !== 'officer' || actor.role !== 'agency') return refuse('NOT_PERMITTED', { field: 'role agency' })
  return partner ?? refuse('MALFORMED_INPUT', { field: 'partner' })
}

export interface RegisterInput { readonly partner: PartnerId | null; readonly documents: readonly string[]; readonly idempotencyKey: IdempotencyKey }

/** `unfit` says which of the documents could not run, by their place. */
export async function registerDocuments(world: AccessWorld, actor: Actor, input: RegisterInput, sha256Hex: (text: string) => string, unfit: (text: string) => boolean): Promise<Result<Manifest>> {
  const partner = whose(actor, input.partner)
  if (isRefusal(partner)) return partner
  const at = world.clock.now()
  const act = begin('partner.documents', actor, at, { ...input })
  const load = (): Promise<Result<Manifest>> => readManifest(world, actor, partner)
  return once(world.acts, act, load, async () => {
    if ((await world.partners.load(partner)) === null) return refuse('NOT_FOUND', { field: 'partner' })
    if (input.documents.length === 0 || input.documents.length > documentsAtOnce) return refuse('MALFORMED_INPUT', { field: 'documents' })
    const bad = input.documents.findIndex(unfit)
    if (bad >= 0) return refuse('MALFORMED_INPUT', { field: `documents.${bad}` })
    const documents = input.documents.map((text) => ({ sha256: sha256Hex(text), text, registeredAt: at }))
    const stored = await world.accesses.register({ ...act, subject: partner, facts: { documents: documents.length } }, partner, documents)
    return isRefusal(stored) ? stored : load()
  })
}

export async function readManifest(world: Uses<'accesses'>, actor: Actor, asked: PartnerId | null): Promise<Result<Manifest>> {
  const partner = whose(actor, asked)
  return isRefusal(partner) ? partner : { partner, documents: await world.accesses.documents(partner) }
}

export async function readAccess(world: Uses<'accesses' | 'settings'>, actor: Actor, asked: PartnerId | null): Promise<Result<Access>> {
  const partner = whose(actor, asked)
  return isRefusal(partner) ? partner : world.accesses.load(partner, world.settings.access)
}

export interface AccessInput { readonly partner: PartnerId | null; readonly documents: DocumentRule; readonly budget: BudgetRule | null; readonly idempotencyKey: IdempotencyKey }

/** A partner decides whether it sends registered documents alone; its budget is decided by the agency. */
export async function setAccess(world: AccessWorld, actor: Actor, input: AccessInput, smallest: number): Promise<Result<Access>> {
  const partner = whose(actor, input.partner)
  if (isRefusal(partner)) return partner
  const act = begin('partner.access', actor, world.clock.now(), { ...input })
  const load = (): Promise<Result<Access>> => world.accesses.load(partner, world.settings.access)
  return once(world.acts, act, load, async () => {
    if ((await world.partners.load(partner)) === null) return refuse('NOT_FOUND', { field: 'partner' })
    if (input.budget !== null && actor.kind === 'partner') return refuse('NOT_PERMITTED', { field: 'budget' })
    const budget = input.budget ?? (await world.accesses.load(partner, world.settings.access)).budget
    // A bucket that one request cannot be paid from would shut the partner out.
    if (budget.capacity < smallest || budget.capacity > 1_000_000_000 || budget.perSecond < 1 || budget.perSecond > 1_000_000) return refuse('MALFORMED_INPUT', { field: 'budget' })
    const stored = await world.accesses.set({ ...act, subject: partner, facts: { documents: input.documents } }, { partner, documents: input.documents, budget })
    return isRefusal(stored) ? stored : load()
  })
}

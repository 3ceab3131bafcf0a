/**
 * How the works stand: how fresh what was published is, what waits, how far the log is signed, which days bring lapses, and
 * how much of the free space is spoken for. Counts and instants alone; nothing here is about a person.
 *
 * @law 公的個人認証法施行規則 第27条 (運用の記録)
 */
import type { Actor } from '../actor.ts'
import type { IssuerKeyId, MunicipalityCode } from '../ids.ts'
import { refuse, type Result } from '../refusal.ts'
import type { Quota } from '../space/basis.ts'
import { addDays, dayOf, startOf, type Instant, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'

/** The newest lists of one issuer, all municipalities together. */
export interface ListsStand {
  readonly issuer: IssuerKeyId
  readonly lists: number
  /** When the oldest of them was made, and when the first of them runs out. */
  readonly oldest: Instant | null
  readonly firstEnd: Instant | null
  /** How many are to be made anew now. */
  readonly due: number
}
export interface ResponderStand { readonly issuer: IssuerKeyId; readonly notBefore: Instant; readonly notAfter: Instant }
export interface QueueStand { readonly issuances: number; readonly orders: number; readonly deliveries: number; readonly deadDeliveries: number; readonly oldest: Instant | null }
export interface LogStand { readonly acts: bigint; readonly signed: bigint; readonly at: Instant | null }
export interface DeadlineDay { readonly day: LegalDate; readonly cards: number; readonly certificates: number }
export interface CertificateDay { readonly day: LegalDate; readonly issued: number; readonly revoked: number }
export interface ShareStand { readonly share: string; readonly reserved: Quota }

export interface Operations {
  lists(at: Instant): Promise<ListsStand[]>
  /** The newest responder of each issuer. */
  responders(): Promise<ResponderStand[]>
  queue(): Promise<QueueStand>
  /** Days on which something runs out or has to be looked at, in order; days without any are left out. */
  deadlines(from: LegalDate, to: LegalDate, municipality: MunicipalityCode | null): Promise<DeadlineDay[]>
  certificateDays(from: LegalDate, to: LegalDate, municipality: MunicipalityCode | null): Promise<CertificateDay[]>
  shares(names: readonly string[]): Promise<ShareStand[]>
}

export interface Works { readonly asOf: Instant; readonly lists: readonly ListsStand[]; readonly responders: readonly ResponderStand[]; readonly queue: QueueStand; readonly log: LogStand }

const mayWatch = (actor: Actor): boolean => actor.kind === 'officer' && (actor.role === 'agency' || actor.role === 'ministry') && (actor.scopes.has('audit') || actor.scopes.has('card'))

/** For officers of the agency and the ministry. */
export async function readWorks(world: Uses<'clock' | 'operations' | 'audit'>, actor: Actor): Promise<Result<Works>> {
  if (!mayWatch(actor)) return refuse('NOT_PERMITTED', { field: 'scope audit' })
  const asOf = world.clock.now()
  const [lists, responders, queue, head, checkpoint] = await Promise.all([world.operations.lists(asOf), world.operations.responders(), world.operations.queue(), world.audit.head(), world.audit.checkpoint()])
  return { asOf, lists, responders, queue, log: { acts: head.size, signed: checkpoint?.size ?? 0n, at: checkpoint?.at ?? null } }
}

export const farthest = 366

/** From today on. A municipal officer sees the own municipality. */
export async function readDeadlines(world: Uses<'clock' | 'operations'>, actor: Actor, days: number): Promise<Result<DeadlineDay[]>> {
  const municipality = lookedAt(actor, 'card')
  if (municipality === undefined) return refuse('NOT_PERMITTED', { field: 'scope card' })
  if (days < 1 || days > farthest) return refuse('MALFORMED_INPUT', { field: 'days' })
  const today = dayOf(world.clock.now())
  return world.operations.deadlines(today, addDays(today, days - 1), municipality)
}

/** Issued and lapsed, day by day, every day of the span. */
export async function readCertificateDays(world: Uses<'operations'>, actor: Actor, span: { readonly from: LegalDate; readonly to: LegalDate }): Promise<Result<CertificateDay[]>> {
  const municipality = lookedAt(actor, 'statistics')
  if (municipality === undefined) return refuse('NOT_PERMITTED', { field: 'scope statistics' })
  if (span.to < span.from || span.to >= addDays(span.from, farthest)) return refuse('MALFORMED_INPUT', { field: 'to' })
  const found = new Map((await world.operations.certificateDays(span.from, span.to, municipality)).map((day) => [day.day, day]))
  const all: CertificateDay[] = []
  for (let day = span.from; day <= span.to; day = addDays(day, 1)) all.push(found.get(day) ?? { day, issued: 0, revoked: 0 })
  return all
}

/** Null for all municipalities; undefined where the actor may look at none. */
function lookedAt(actor: Actor, scope: 'card' | 'statistics'): MunicipalityCode | null | undefined {
  if (actor.kind !== 'officer' || !actor.scopes.has(scope)) return undefined
  if (actor.role === 'agency' || actor.role === 'ministry') return null
  return actor.role === 'municipal' && actor.municipality !== null ? actor.municipality : undefined
}

/** First and last instant of a span of days. */
export const instantsOf = (from: LegalDate, to: LegalDate): { readonly begin: Instant; readonly end: Instant } => ({ begin: startOf(from), end: startOf(addDays(to, 1)) })

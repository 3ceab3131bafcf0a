/**
 * Counts for the statistics: what the register holds at an instant. What is made of them (averages, the yearly report)
 * is statistics.ts.
 *
 * @law 公的個人認証法 第40条・第41条 · 施行規則 第71条・第72条
 */
import type { Actor } from './actor.ts'
import type { MunicipalityCode } from './ids.ts'
import { refuse, type Refusal, type Result } from './refusal.ts'
import { daysBetween, type Instant, type LegalDate } from './time.ts'
import type { Uses } from './world.ts'

export interface CountsAt {
  readonly asOf: Instant
  /** 申請受付数 (総累計) */
  readonly applicationsReceived: number
  /** 有効申請受付数: less those known to have been dropped */
  readonly applicationsValid: number
  /** 交付実施済数 (累計) */
  readonly cardsDelivered: number
  /** 保有枚数: less those that ended */
  readonly cardsHeld: number
  readonly signatureCertificatesIssued: number
  readonly authenticationCertificatesIssued: number
  readonly certificatesRevoked: number
}
export interface DailyCount { readonly day: LegalDate; readonly applicationsReceived: number; readonly cardsDelivered: number }

export interface Counts {
  at(asOf: Instant, municipality: MunicipalityCode | null): Promise<CountsAt>
  daily(from: LegalDate, to: LegalDate, municipality: MunicipalityCode | null): Promise<DailyCount[]>
}

/** Totals are public among officers; a municipal officer sees its own municipality. */
export async function readCounts(world: Uses<'clock' | 'counts'>, actor: Actor, municipality: MunicipalityCode | null): Promise<Result<CountsAt>> {
  return mayCount(actor, municipality) ?? world.counts.at(world.clock.now(), municipality)
}

/** Longest span of daily counts in one answer. */
export const longestSpan = 366

/** Day by day, both ends included. */
export async function readDailyCounts(world: Uses<'counts'>, actor: Actor, span: { from: LegalDate; to: LegalDate; municipality: MunicipalityCode | null }): Promise<Result<DailyCount[]>> {
  const no = mayCount(actor, span.municipality)
  if (no !== null) return no
  const days = daysBetween(span.from, span.to) + 1
  return days >= 1 && days <= longestSpan ? world.counts.daily(span.from, span.to, span.municipality) : refuse('MALFORMED_INPUT', { field: 'to' })
}

function mayCount(actor: Actor, municipality: MunicipalityCode | null): Refusal | null {
  if (actor.kind !== 'officer' || !actor.scopes.has('statistics')) return refuse('NOT_PERMITTED', { field: 'scope statistics' })
  return actor.role === 'municipal' && municipality !== actor.municipality ? refuse('NOT_PERMITTED', { field: 'municipality' }) : null
}

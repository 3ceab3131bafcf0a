/**
 * Counts for the statistics: what the register holds at an instant. What is made of them (averages, the yearly report)
 * is statistics.ts.
 *
 * @law 公的個人認証法 第40条・第41条 · 施行規則 第71条・第72条
 */
import type { Actor } from './actor.ts'
import type { MunicipalityCode } from './ids.ts'
import { refuse, type Result } from './refusal.ts'
import type { Instant, LegalDate } from './time.ts'
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
  if (actor.kind !== 'officer' || !actor.scopes.has('statistics')) return refuse('NOT_PERMITTED', { field: 'scope statistics' })
  if (actor.role === 'municipal' && municipality !== actor.municipality) return refuse('NOT_PERMITTED', { field: 'municipality' })
  return world.counts.at(world.clock.now(), municipality)
}

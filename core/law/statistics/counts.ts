/**
 * Counts for the statistics: what the register holds at an instant. What is made of them (averages, the yearly report)
 * is statistics.ts.
 *
 * @law 公的個人認証法 第40条・第41条 · 施行規則 第71条・第72条
 */
import { isCentral, type Actor } from '../actor.ts'
import { monthOf, type Month } from './month.ts'
import { prefectureOf } from '../person/bodies.ts'
import type { MunicipalityCode } from '../ids.ts'
import { refuse, type Refusal, type Result } from '../refusal.ts'
import { yearlyReport, type LedgerEntry, type YearlyReport } from './statistics.ts'
import { addDays, addMonths, daysBetween, type Instant, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'

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
  byMunicipality(asOf: Instant): Promise<MunicipalityCount[]>
  /** What was provided in the span, a line for each day, recipient, kind and method. @law 公的個人認証法 第40条 */
  ledger(from: LegalDate, to: LegalDate): Promise<LedgerEntry[]>
  /** Certificates issued and lapsed in the span, by month, kind and ground. */
  certificates(from: LegalDate, to: LegalDate): Promise<Pick<YearlyReport, 'issued' | 'revoked'>>
}

/** Totals are public among officers; a municipal officer sees its own municipality. */
export async function readCounts(world: Uses<'clock' | 'counts'>, actor: Actor, municipality: MunicipalityCode | null): Promise<Result<CountsAt>> {
  return mayCount(actor, municipality) ?? world.counts.at(world.clock.now(), municipality)
}

/** Longest span of daily counts in one answer. */
export const longestSpan = 366

/** Month by month, each the sum of its days. */
export function byMonth(days: readonly DailyCount[]): { readonly month: Month; readonly applicationsReceived: number; readonly cardsDelivered: number }[] {
  const months = new Map<Month, { applicationsReceived: number; cardsDelivered: number }>()
  for (const { day, applicationsReceived, cardsDelivered } of days) {
    const before = months.get(monthOf(day)) ?? { applicationsReceived: 0, cardsDelivered: 0 }
    months.set(monthOf(day), { applicationsReceived: before.applicationsReceived + applicationsReceived, cardsDelivered: before.cardsDelivered + cardsDelivered })
  }
  return [...months].map(([month, counts]) => ({ month, ...counts }))
}

export interface MunicipalityCount { readonly municipality: MunicipalityCode; readonly applicationsReceived: number; readonly cardsDelivered: number; readonly cardsHeld: number }

/** Every municipality that has any, by its code. Not for municipal officers. */
export async function readMunicipalityCounts(world: Uses<'clock' | 'counts'>, actor: Actor): Promise<Result<MunicipalityCount[]>> {
  return mayCount(actor, null) ?? world.counts.byMunicipality(world.clock.now())
}

/** The yearly report from a day on: what was provided to whom, by month, kind and method, and how many certificates were issued and lapsed. Agency and ministry. @law 公的個人認証法 第41条 */
export async function readYearlyReport(world: Uses<'counts'>, actor: Actor, from: LegalDate): Promise<Result<YearlyReport>> {
  const no = mayCount(actor, null)
  if (no !== null) return no
  const to = addDays(addMonths(from, 12), -1)
  return yearlyReport(await world.counts.ledger(from, to), await world.counts.certificates(from, to), from)
}

/** Day by day, both ends included. */
export async function readDailyCounts(world: Uses<'counts'>, actor: Actor, span: { from: LegalDate; to: LegalDate; municipality: MunicipalityCode | null }): Promise<Result<DailyCount[]>> {
  const no = mayCount(actor, span.municipality)
  if (no !== null) return no
  const days = daysBetween(span.from, span.to) + 1
  return days >= 1 && days <= longestSpan ? world.counts.daily(span.from, span.to, span.municipality) : refuse('MALFORMED_INPUT', { field: 'to' })
}

function mayCount(actor: Actor, municipality: MunicipalityCode | null): Refusal | null {
  if (actor.kind !== 'officer' || !actor.scopes.has('statistics')) return refuse('NOT_PERMITTED', { field: 'scope statistics' })
  if (isCentral(actor)) return null
  const own = actor.municipality !== null && municipality !== null && (municipality === actor.municipality || (actor.role === 'prefectural' && prefectureOf(municipality) === actor.municipality))
  return own ? null : refuse('NOT_PERMITTED', { field: 'municipality' })
}

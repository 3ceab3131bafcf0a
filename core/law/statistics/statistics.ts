/**
 * What is made of the counts: figures of applications and hand-overs at an instant, and the yearly report of the
 * agency. Averages are average.ts; the counting itself is counts.ts and the archive.
 *
 * @law 公的個人認証法 第40条・第41条 · 施行規則 第71条・第72条
 */
import { monthOf, type Month } from './month.ts'
import type { CertificateKind } from '../certificate/certificate.ts'
import type { Ground } from '../certificate/revocation.ts'
import { addDays, addMonths, type Instant, type LegalDate } from '../time.ts'

// ---------------------------------------------------------------- figures at an instant

export interface CountedApplication {
  readonly receivedAt: Instant
  /** When it became known that it was dropped (不備・取下げ・辞退). */
  readonly droppedAt: Instant | null
  readonly deliveredAt: Instant | null
  /** When the card that came of it ended. */
  readonly endedAt: Instant | null
}

/** 申請受付数 · known dropped · 有効申請受付数 · 交付実施済数 · 保有枚数 */
export interface Figures { readonly received: number; readonly dropped: number; readonly valid: number; readonly delivered: number; readonly held: number }

/** As known at that instant. A drop that is learned later lowers the valid figure from then on, not before. */
export function figuresAt(applications: Iterable<CountedApplication>, at: Instant): Figures {
  const by = (instant: Instant | null): number => (instant !== null && instant <= at ? 1 : 0)
  let [received, dropped, delivered, ended] = [0, 0, 0, 0]
  for (const application of applications) {
    if (by(application.receivedAt) === 0) continue
    received++
    dropped += by(application.droppedAt)
    delivered += by(application.deliveredAt)
    ended += by(application.deliveredAt) * by(application.endedAt)
  }
  return { received, dropped, valid: received - dropped, delivered, held: delivered - ended }
}

// ---------------------------------------------------------------- days and shares

/** The ministry leaves out weekends and holidays; the Digital Agency's dashboard divides by all days. */
export const dayCounts = ['weekdays without holidays', 'calendar days'] as const
export type DayCount = (typeof dayCounts)[number]

/** A share in percent, to two decimals; null of nothing. */
export const percent = (part: number, whole: number): number | null => (whole === 0 ? null : Math.round((part / whole) * 10_000) / 100)

// ---------------------------------------------------------------- the ledger and the yearly report

/**
 * What is provided and counted: 失効情報 · 失効情報ファイル · 4情報 · the three linked serials · 特定利用者証明検証者 code.
 * The last is kept in the ledger only.
 */
export const provisions = [
  'revocation-information', 'revocation-file', 'four-information', 'serial card-signing ↔ phone-signing', 'serial card-signing ↔ card-authentication', 'serial card-authentication ↔ phone-authentication', 'face-verifier-code',
] as const
export type Provision = (typeof provisions)[number]
const ledgerOnly: readonly Provision[] = ['face-verifier-code']

/** One line of the ledger (帳簿), which also keeps how many certificates of each kind were issued (counts.ts). @law 公的個人認証法 第40条 · 施行規則 第71条 */
export interface LedgerEntry {
  readonly recipient: string
  readonly on: LegalDate
  readonly provision: Provision
  readonly method: string
  readonly count: number
}

/** 発行件数 of a month. */
export interface IssuedCount { readonly month: Month; readonly kind: CertificateKind; readonly count: number }
/** 失効件数 of a month, by legal ground: what ran out is not among them. */
export interface RevokedCount extends IssuedCount { readonly ground: Ground }

export interface ReportRow { readonly recipient: string; readonly month: Month; readonly provision: Provision; readonly method: string; readonly count: number }
export interface YearlyReport {
  readonly from: LegalDate
  readonly to: LegalDate
  /** By month, recipient, kind and method. */
  readonly rows: readonly ReportRow[]
  readonly issued: readonly IssuedCount[]
  readonly revoked: readonly RevokedCount[]
}

/**
 * The report over one year from `from`: day becomes month, what is kept in the ledger only is left out. Certificates issued
 * and lapsed, which the law has in the ledger, are told with it. @law 公的個人認証法 第41条 · 施行規則 第72条
 */
export function yearlyReport(ledger: Iterable<LedgerEntry>, certificates: Pick<YearlyReport, 'issued' | 'revoked'>, from: LegalDate): YearlyReport {
  const to = addDays(addMonths(from, 12), -1)
  const rows = new Map<string, ReportRow>()
  for (const { recipient, on, provision, method, count } of ledger) {
    if (on < from || on > to || ledgerOnly.includes(provision)) continue
    const key = JSON.stringify([monthOf(on), recipient, provisions.indexOf(provision), method])
    rows.set(key, { recipient, month: monthOf(on), provision, method, count: (rows.get(key)?.count ?? 0) + count })
  }
  return { from, to, rows: [...rows.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row), ...certificates }
}

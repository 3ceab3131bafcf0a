/**
 * Counts for the statistics, looked up as of an instant that may lie in the past.
 *
 * @law 公的個人認証法 第40条・第41条 · 施行規則 第71条・第72条
 */
import { and, eq, gt, gte, isNotNull, isNull, lte, or, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Counts, CountsAt, DailyCount, MunicipalityCount } from '../../core/law/statistics/counts.ts'
import type { MunicipalityCode } from '../../core/law/ids.ts'
import type { Month } from '../../core/law/statistics/month.ts'
import { everybody } from '../../core/law/statistics/provision.ts'
import type { LedgerEntry, YearlyReport } from '../../core/law/statistics/statistics.ts'
import { addDays, dayOf, startOf, type Instant, type LegalDate } from '../../core/law/time.ts'
import type { Db } from '../client.ts'
import { opening } from '../session.ts'
import { cardApplications, cards } from '../tables/cards.ts'
import { certificates, crls } from '../tables/certificates.ts'
import { accessLog } from '../tables/consents.ts'
import { partners } from '../tables/partners.ts'
import { provisionCounts } from '../tables/provisions.ts'

export function openCounts(db: Db): Counts {
  return {
    at: (asOf, municipality) => opening(['counts'], () => countsAt(db, asOf, municipality)),
    daily: (from, to, municipality) => opening(['counts'], () => daily(db, from, to, municipality)),
    byMunicipality: (asOf) => opening(['counts'], () => byMunicipality(db, asOf)),
    ledger: (from, to) => opening(['counts'], () => ledger(db, from, to)),
    certificates: (from, to) => opening(['counts'], () => issuedAndRevoked(db, from, to)),
  }
}

const number = (when: SQL | undefined): SQL<number> => sql<number>`count(*) filter (where ${when})`.mapWith(Number)
const only = (column: SQLWrapper, municipality: MunicipalityCode | null): SQL | undefined => (municipality === null ? undefined : sql`${column} = ${municipality}`)

async function countsAt(db: Db, asOf: Instant, municipality: MunicipalityCode | null): Promise<CountsAt> {
  const received = lte(cardApplications.receivedAt, asOf)
  const [applied] = await db
    .select({
      received: number(received),
      valid: number(and(received, or(isNull(cardApplications.droppedAt), gt(cardApplications.droppedAt, asOf)))),
      delivered: number(lte(cardApplications.handOverAt, asOf)),
    })
    .from(cardApplications)
    .where(only(cardApplications.municipality, municipality))
  const [held] = await db
    .select({ held: number(and(lte(cards.deliveredAt, asOf), or(isNull(cards.endAt), gt(cards.endAt, asOf)), gte(cards.expiresOn, dayOf(asOf)))) })
    .from(cards)
    .where(only(cards.municipality, municipality))
  const issued = lte(certificates.completedAt, asOf)
  const [certified] = await db
    .select({
      signature: number(and(issued, eq(certificates.kind, 'signature'))),
      authentication: number(and(issued, eq(certificates.kind, 'authentication'))),
      revoked: number(and(issued, lte(certificates.recordedAt, asOf))),
    })
    .from(certificates)
    .where(only(certificates.shard, municipality))
  return {
    asOf, applicationsReceived: applied?.received ?? 0, applicationsValid: applied?.valid ?? 0, cardsDelivered: applied?.delivered ?? 0, cardsHeld: held?.held ?? 0,
    signatureCertificatesIssued: certified?.signature ?? 0, authenticationCertificatesIssued: certified?.authentication ?? 0, certificatesRevoked: certified?.revoked ?? 0,
  }
}

async function byMunicipality(db: Db, asOf: Instant): Promise<MunicipalityCount[]> {
  const applied = await db
    .select({ municipality: cardApplications.municipality, received: number(lte(cardApplications.receivedAt, asOf)), delivered: number(lte(cardApplications.handOverAt, asOf)) })
    .from(cardApplications).groupBy(cardApplications.municipality)
  const held = await db
    .select({ municipality: cards.municipality, held: number(and(lte(cards.deliveredAt, asOf), or(isNull(cards.endAt), gt(cards.endAt, asOf)), gte(cards.expiresOn, dayOf(asOf)))) })
    .from(cards).groupBy(cards.municipality)
  const codes = [...new Set([...applied, ...held].map((row) => row.municipality))].toSorted()
  return codes.map((municipality) => ({
    municipality, applicationsReceived: applied.find((row) => row.municipality === municipality)?.received ?? 0, cardsDelivered: applied.find((row) => row.municipality === municipality)?.delivered ?? 0,
    cardsHeld: held.find((row) => row.municipality === municipality)?.held ?? 0,
  }))
}

/** What was counted when it was provided; and, from their own rows, the four items and the lists that were published. */
async function ledger(db: Db, from: LegalDate, to: LegalDate): Promise<LedgerEntry[]> {
  const counted = await db.select().from(provisionCounts).where(and(gte(provisionCounts.day, from), lte(provisionCounts.day, to))).orderBy(provisionCounts.day, provisionCounts.recipient)
  const out = sql<number>`((${crls.thisUpdate} - ${startOf(from)}::bigint) / 86400000)`.mapWith(Number)
  const lists = await db
    .select({ day: out, n: sql<number>`count(*)`.mapWith(Number) }).from(crls)
    .where(and(isNotNull(crls.thisUpdate), gte(crls.thisUpdate, startOf(from)), sql`${crls.thisUpdate} < ${startOf(addDays(to, 1))}::bigint`)).groupBy(sql`1`).orderBy(sql`1`)
  return [
    ...counted.map(({ day: on, ...rest }) => ({ ...rest, on })),
    ...lists.map(({ day: n, n: times }) => ({ recipient: everybody, on: addDays(from, n), provision: 'revocation-file' as const, method: 'CRL', count: times })),
    ...(await released(db, from, to)),
  ]
}

async function released(db: Db, from: LegalDate, to: LegalDate): Promise<LedgerEntry[]> {
  const day = sql<number>`((${accessLog.at} - ${startOf(from)}::bigint) / 86400000)`.mapWith(Number)
  const rows = await db
    .select({ recipient: partners.name, day, n: sql<number>`count(*)`.mapWith(Number) })
    .from(accessLog).innerJoin(partners, eq(partners.id, accessLog.partner))
    .where(and(eq(accessLog.outcome, 'RELEASED'), gte(accessLog.at, startOf(from)), sql`${accessLog.at} < ${startOf(addDays(to, 1))}::bigint`))
    .groupBy(partners.name, sql`2`).orderBy(sql`2`, partners.name)
  return rows.map((row) => ({ recipient: row.recipient, on: addDays(from, row.day), provision: 'four-information', method: 'API', count: row.n }))
}

/** Months in Japan; a certificate on hold lapsed on that ground until a final one took its place. */
async function issuedAndRevoked(db: Db, from: LegalDate, to: LegalDate): Promise<Pick<YearlyReport, 'issued' | 'revoked'>> {
  const within = (column: typeof certificates.completedAt | typeof certificates.recordedAt): SQL | undefined => and(gte(column, startOf(from)), sql`${column} < ${startOf(addDays(to, 1))}::bigint`)
  const monthOf = (column: SQLWrapper): SQL<Month> => sql<Month>`to_char(timestamp 'epoch' + (${column} + 32400000) * interval '1 millisecond', 'YYYY-MM')`
  const count = sql<number>`count(*)`.mapWith(Number)
  const issued = await db
    .select({ month: monthOf(certificates.completedAt), kind: certificates.kind, count }).from(certificates)
    .where(within(certificates.completedAt)).groupBy(sql`1`, certificates.kind).orderBy(sql`1`, certificates.kind)
  const revoked = await db
    .select({ month: monthOf(certificates.recordedAt), kind: certificates.kind, ground: certificates.ground, count }).from(certificates)
    .where(and(within(certificates.recordedAt), isNotNull(certificates.ground), isNotNull(certificates.completedAt))).groupBy(sql`1`, certificates.kind, certificates.ground).orderBy(sql`1`, certificates.kind, certificates.ground)
  return { issued, revoked: revoked.flatMap(({ ground, ...rest }) => (ground === null ? [] : [{ ...rest, ground }])) }
}

/** Every day of the span, also those on which nothing came. Days are days in Japan. */
async function daily(db: Db, from: LegalDate, to: LegalDate, municipality: MunicipalityCode | null): Promise<DailyCount[]> {
  const begin = startOf(from)
  const end = startOf(addDays(to, 1))
  const perDay = async (column: typeof cardApplications.receivedAt | typeof cardApplications.handOverAt): Promise<Map<number, number>> => {
    const offset = sql<number>`((${column} - ${begin}::bigint) / 86400000)`.mapWith(Number)
    const rows = await db
      .select({ offset, n: sql<number>`count(*)`.mapWith(Number) })
      .from(cardApplications)
      .where(and(gte(column, begin), sql`${column} < ${end}::bigint`, only(cardApplications.municipality, municipality)))
      .groupBy(sql`1`)
    return new Map(rows.map((row) => [row.offset, row.n]))
  }
  const received = await perDay(cardApplications.receivedAt)
  const delivered = await perDay(cardApplications.handOverAt)
  const days: DailyCount[] = []
  for (let day = from, i = 0; day <= to; day = addDays(day, 1), i++) days.push({ day, applicationsReceived: received.get(i) ?? 0, cardsDelivered: delivered.get(i) ?? 0 })
  return days
}

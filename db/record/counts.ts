/**
 * Counts for the statistics, looked up as of an instant that may lie in the past.
 *
 * @law 公的個人認証法 第40条・第41条 · 施行規則 第71条・第72条
 */
import { and, eq, gt, gte, isNull, lte, or, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Counts, CountsAt, DailyCount, MunicipalityCount } from '../../core/law/statistics/counts.ts'
import type { MunicipalityCode } from '../../core/law/ids.ts'
import type { LedgerEntry } from '../../core/law/statistics/statistics.ts'
import { addDays, dayOf, startOf, type Instant, type LegalDate } from '../../core/law/time.ts'
import type { Db } from '../client.ts'
import { cardApplications, cards } from '../tables/cards.ts'
import { certificates } from '../tables/certificates.ts'
import { accessLog } from '../tables/consents.ts'
import { partners } from '../tables/partners.ts'

export function openCounts(db: Db): Counts {
  return {
    at: (asOf, municipality) => countsAt(db, asOf, municipality),
    daily: (from, to, municipality) => daily(db, from, to, municipality),
    byMunicipality: (asOf) => byMunicipality(db, asOf),
    ledger: (from, to) => ledger(db, from, to),
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

/** Provisions of this gateway that are kept one by one: the four items, over the API. A list or an answer of OCSP has no named recipient. */
async function ledger(db: Db, from: LegalDate, to: LegalDate): Promise<LedgerEntry[]> {
  const day = sql<number>`((${accessLog.at} - ${startOf(from)}::bigint) / 86400000)`.mapWith(Number)
  const rows = await db
    .select({ recipient: partners.name, day, n: sql<number>`count(*)`.mapWith(Number) })
    .from(accessLog).innerJoin(partners, eq(partners.id, accessLog.partner))
    .where(and(eq(accessLog.outcome, 'RELEASED'), gte(accessLog.at, startOf(from)), sql`${accessLog.at} < ${startOf(addDays(to, 1))}::bigint`))
    .groupBy(partners.name, sql`2`).orderBy(sql`2`, partners.name)
  return rows.map((row) => ({ recipient: row.recipient, on: addDays(from, row.day), provision: 'four-information', method: 'API', count: row.n }))
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

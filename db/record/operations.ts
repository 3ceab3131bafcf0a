/** How the works stand, counted from the rows: lists, responders, what waits, deadlines, shares of the free space. */
import { and, eq, gte, inArray, isNotNull, lt, lte, min, sql, type SQLWrapper } from 'drizzle-orm'
import type { MunicipalityCode } from '../../core/law/ids.ts'
import { instantsOf, type CertificateDay, type DeadlineDay, type ListsStand, type Operations, type QueueStand } from '../../core/law/record/operations.ts'
import type { Instant, LegalDate } from '../../core/law/time.ts'
import type { Db } from '../client.ts'
import { opening } from '../session.ts'
import { cardOrders, cards } from '../tables/cards.ts'
import { certificateApplications, certificates, crls, crlShards, responders } from '../tables/certificates.ts'
import { spaceShares } from '../tables/space.ts'
import { deliveries } from '../tables/webhooks.ts'

export function openOperations(db: Db): Operations {
  return {
    lists: (at) => opening(['counts'], () => lists(db, at)),
    responders: () => db.select({ issuer: responders.issuer, notBefore: sql<Instant>`max(${responders.notBefore})`.mapWith(Number) as never, notAfter: sql<Instant>`max(${responders.notAfter})`.mapWith(Number) as never }).from(responders).groupBy(responders.issuer).orderBy(responders.issuer),
    queue: () => opening(['counts'], () => queue(db)),
    deadlines: (from, to, municipality) => opening(['counts'], () => deadlines(db, from, to, municipality)),
    certificateDays: (from, to, municipality) => opening(['counts'], () => certificateDays(db, from, to, municipality)),
    shares: async (names) => (names.length === 0 ? [] : (await db.select().from(spaceShares).where(inArray(spaceShares.share, [...names]))).map(({ share, reservedCode, reservedData, reservedVolatile }) => ({ share, reserved: { code: reservedCode, data: reservedData, volatile: reservedVolatile } }))),
  }
}

const all = sql<number>`count(*)`.mapWith(Number)
const of = (column: SQLWrapper, municipality: MunicipalityCode | null) => (municipality === null ? undefined : sql`${column} = ${municipality}`)
/** The day in Japan of a column of milliseconds. */
const dayOfColumn = (column: SQLWrapper) => sql<LegalDate>`to_char(to_timestamp(${column} / 1000.0) at time zone 'Asia/Tokyo', 'YYYY-MM-DD')`

async function lists(db: Db, at: Instant): Promise<ListsStand[]> {
  const stale = sql<number>`count(*) filter (where ${crls.number} is null or ${crls.changes} < ${crlShards.changes} or ${crls.thisUpdate} + (${crls.nextUpdate} - ${crls.thisUpdate}) / 2 <= ${at}::bigint)`.mapWith(Number)
  return db
    .select({ issuer: crlShards.issuer, lists: sql<number>`count(${crls.number})`.mapWith(Number), oldest: min(crls.thisUpdate), firstEnd: min(crls.nextUpdate), due: stale })
    .from(crlShards).leftJoin(crls, and(eq(crls.issuer, crlShards.issuer), eq(crls.shard, crlShards.shard), isNotNull(crls.der)))
    .groupBy(crlShards.issuer).orderBy(crlShards.issuer)
}

async function queue(db: Db): Promise<QueueStand> {
  const [issuances] = await db.select({ n: all }).from(certificateApplications).where(inArray(certificateApplications.state, ['NOTIFIED', 'RESERVED']))
  const [orders] = await db.select({ n: all, oldest: min(cardOrders.requestedAt) }).from(cardOrders).where(eq(cardOrders.state, 'REQUESTED'))
  const [waiting] = await db.select({ n: all, oldest: min(deliveries.at) }).from(deliveries).where(eq(deliveries.state, 'WAITING'))
  const [dead] = await db.select({ n: all }).from(deliveries).where(eq(deliveries.state, 'DEAD'))
  const times = [orders?.oldest, waiting?.oldest].filter((time): time is Instant => time != null)
  return { issuances: issuances?.n ?? 0, orders: orders?.n ?? 0, deliveries: waiting?.n ?? 0, deadDeliveries: dead?.n ?? 0, oldest: times.length === 0 ? null : (Math.min(...times) as Instant) }
}

async function deadlines(db: Db, from: LegalDate, to: LegalDate, municipality: MunicipalityCode | null): Promise<DeadlineDay[]> {
  const { begin, end } = instantsOf(from, to)
  const day = dayOfColumn(cards.dueAt)
  const due = await db.select({ day, n: all }).from(cards)
    .where(and(inArray(cards.state, ['MADE', 'ACTIVE', 'SUSPENDED']), gte(cards.dueAt, begin), lt(cards.dueAt, end), of(cards.municipality, municipality))).groupBy(day)
  const ending = await db.select({ day: certificates.expiresOn, n: all }).from(certificates)
    .where(and(inArray(certificates.state, ['VALID', 'HELD']), gte(certificates.expiresOn, from), lte(certificates.expiresOn, to), of(certificates.shard, municipality))).groupBy(certificates.expiresOn)
  const days = [...new Set([...due, ...ending].map((row) => row.day))].toSorted()
  const on = (rows: readonly { readonly day: LegalDate; readonly n: number }[], wanted: LegalDate): number => rows.find((row) => row.day === wanted)?.n ?? 0
  return days.map((wanted) => ({ day: wanted, cards: on(due, wanted), certificates: on(ending, wanted) }))
}

async function certificateDays(db: Db, from: LegalDate, to: LegalDate, municipality: MunicipalityCode | null): Promise<CertificateDay[]> {
  const { begin, end } = instantsOf(from, to)
  const by = async (column: typeof certificates.completedAt | typeof certificates.recordedAt) => {
    const day = dayOfColumn(column)
    return db.select({ day, n: all }).from(certificates).where(and(isNotNull(certificates.completedAt), gte(column, begin), lt(column, end), of(certificates.shard, municipality))).groupBy(day)
  }
  const [issued, revoked] = [await by(certificates.completedAt), await by(certificates.recordedAt)]
  const days = [...new Set([...issued, ...revoked].map((row) => row.day))].toSorted()
  return days.map((day) => ({ day, issued: issued.find((row) => row.day === day)?.n ?? 0, revoked: revoked.find((row) => row.day === day)?.n ?? 0 }))
}

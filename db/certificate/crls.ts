/**
 * Lists of revoked certificates, one per issuer and municipality. The number is the archive's to give: larger than any
 * before, and a list of a larger number never says less than what stood when a smaller one was given.
 *
 * @law 公的個人認証法施行令 第3条–第7条 (an entry is kept until the certificate's last day) · @rfc 5280 5.2.3
 */
import { createHash } from 'node:crypto'
import { and, asc, eq, gte, isNotNull, lt, lte, max, or, sql } from 'drizzle-orm'
import type { IssuerKeyId, MunicipalityCode } from '../../core/law/ids.ts'
import { refuse, type Result } from '../../core/law/refusal.ts'
import type { Crls, ListedRevocation, PublishedCrl } from '../../core/law/certificate/status.ts'
import { dayOf, type Instant } from '../../core/law/time.ts'
import { perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import { certificates, crls, crlShards } from '../tables/certificates.ts'

export function openCrls(db: Db): Crls {
  const latest = db
    .select()
    .from(crls)
    .where(and(eq(crls.issuer, sql.placeholder('issuer')), eq(crls.shard, sql.placeholder('shard')), isNotNull(crls.der)))
    .prepare('crls_latest')
  return {
    due: (at, settled) => due(db, at, settled),
    reserve: (issuer, shard, at) => db.transaction((tx) => reserve(tx, issuer, shard, at)),
    publish: (act, crl) => perform(db, act, {}, (tx) => publish(tx, crl)),
    async latest(issuer, shard) {
      const [row] = await latest.execute({ issuer, shard })
      if (row === undefined || row.der === null || row.thisUpdate === null || row.nextUpdate === null) return null
      return { issuer: row.issuer, shard: row.shard, number: row.number, der: row.der, thisUpdate: row.thisUpdate, nextUpdate: row.nextUpdate }
    },
  }
}

/** Missing, past half of its life, or made before something that it must say. Told by count, not by clocks: a lapse that commits late is not overlooked. */
function due(db: Db, at: Instant, settled: Instant = at): Promise<{ issuer: IssuerKeyId; shard: MunicipalityCode }[]> {
  return db
    .select({ issuer: crlShards.issuer, shard: crlShards.shard })
    .from(crlShards)
    .leftJoin(crls, and(eq(crls.issuer, crlShards.issuer), eq(crls.shard, crlShards.shard), isNotNull(crls.der)))
    .where(or(sql`${crls.number} is null`, and(lt(crls.changes, crlShards.changes), lte(crls.thisUpdate, settled)), sql`${crls.thisUpdate} + (${crls.nextUpdate} - ${crls.thisUpdate}) / 2 <= ${at}::bigint`))
    .orderBy(asc(crlShards.issuer), asc(crlShards.shard))
}

/**
 * The lock comes first and the entries are read last, each statement with a snapshot of its own: what was committed
 * when a smaller number was given is among the entries of this one.
 */
async function reserve(tx: Tx, issuer: IssuerKeyId, shard: MunicipalityCode, at: Instant): Promise<{ number: bigint; entries: ListedRevocation[] }> {
  await lock(tx, issuer, shard)
  await tx.insert(crlShards).values({ issuer, shard }).onConflictDoNothing()
  const ofShard = and(eq(crls.issuer, issuer), eq(crls.shard, shard))
  const [present] = await tx.select({ changes: crlShards.changes }).from(crlShards).where(and(eq(crlShards.issuer, issuer), eq(crlShards.shard, shard)))
  const [before] = await tx.select({ number: max(crls.number) }).from(crls).where(ofShard)
  const last = before?.number ?? null
  const number = last !== null && last >= BigInt(at) ? last + 1n : BigInt(at)
  await tx.insert(crls).values({ issuer, shard, number, changes: present?.changes ?? 0 })
  const rows = await tx
    .select({ serial: certificates.serial, recordedAt: certificates.recordedAt, abandonedAt: certificates.abandonedAt, reason: certificates.reason })
    .from(certificates)
    .where(and(eq(certificates.issuer, issuer), eq(certificates.shard, shard), sql`${certificates.state} in ('HELD', 'REVOKED', 'ABANDONED')`, gte(certificates.expiresOn, dayOf(at))))
    .orderBy(asc(certificates.serial))
  return { number, entries: rows.map(({ serial, recordedAt, abandonedAt, reason }) => ({ serial, at: instantOf(recordedAt ?? abandonedAt), reason })) }
}

function instantOf(instant: Instant | null): Instant {
  if (instant === null) throw new Error('a listed certificate without an instant')
  return instant
}

async function publish(tx: Tx, crl: PublishedCrl): Promise<Result<void>> {
  await lock(tx, crl.issuer, crl.shard)
  const ofShard = and(eq(crls.issuer, crl.issuer), eq(crls.shard, crl.shard))
  const [newer] = await tx.select({ number: crls.number }).from(crls).where(and(ofShard, gte(crls.number, crl.number), isNotNull(crls.sha256))).limit(1)
  if (newer !== undefined) return refuse('CONFLICT')
  await tx.update(crls).set({ der: null }).where(and(ofShard, isNotNull(crls.der)))
  const published = await tx
    .update(crls)
    .set({ thisUpdate: crl.thisUpdate, nextUpdate: crl.nextUpdate, der: crl.der, sha256: createHash('sha256').update(crl.der).digest('hex') })
    .where(and(ofShard, eq(crls.number, crl.number)))
    .returning({ number: crls.number })
  return published.length === 0 ? refuse('CONFLICT') : undefined
}

const lock = (tx: Tx, issuer: IssuerKeyId, shard: MunicipalityCode): Promise<unknown> => tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`crl ${issuer} ${shard}`}, 0))`)

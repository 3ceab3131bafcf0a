/** What the archive can say of how the gateway is, in four counts. */
import { and, count, desc, eq, inArray, isNotNull, isNull, lte, max, min } from 'drizzle-orm'
import type { Health } from '../../core/law/record/health.ts'
import type { Instant } from '../../core/law/time.ts'
import type { Db } from '../client.ts'
import { certificateApplications, crls, crlShards, issuers, responders } from '../tables/certificates.ts'
import { auditCheckpoints } from '../tables/tree.ts'

export function openHealth(db: Db): Health {
  return {
    async look(at) {
      const out = isNotNull(crls.der)
      const [lists] = await db.select({ published: count(), oldest: min(crls.thisUpdate), until: min(crls.nextUpdate) }).from(crls).where(out)
      const [missing] = await db.select({ n: count() }).from(crlShards).leftJoin(crls, and(eq(crls.issuer, crlShards.issuer), eq(crls.shard, crlShards.shard), out)).where(isNull(crls.number))
      const speaking = await db.select({ until: max(responders.notAfter) }).from(issuers).leftJoin(responders, eq(responders.issuer, issuers.keyId)).where(lte(issuers.activeFrom, at)).groupBy(issuers.keyId)
      const [head] = await db.select({ size: auditCheckpoints.size, at: auditCheckpoints.at }).from(auditCheckpoints).where(isNotNull(auditCheckpoints.note)).orderBy(desc(auditCheckpoints.size)).limit(1)
      const [waiting] = await db.select({ n: count() }).from(certificateApplications).where(inArray(certificateApplications.state, ['NOTIFIED', 'RESERVED']))
      const ends = speaking.map(({ until }) => until)
      return {
        lists: { published: lists?.published ?? 0, missing: missing?.n ?? 0, oldest: lists?.oldest ?? null, until: lists?.until ?? null },
        responderUntil: ends.length === 0 || ends.includes(null) ? null : (Math.min(...ends.map(Number)) as Instant),
        checkpoint: head ?? null, waiting: waiting?.n ?? 0,
      }
    },
  }
}

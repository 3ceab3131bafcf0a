/**
 * The account of signatures. Counts are taken in one statement: what is asked and stored meanwhile is in all of them or in
 * none.
 */
import { and, count, eq, gte, lt, max, sql } from 'drizzle-orm'
import type { Ledger, Tally } from '../../core/law/record/ledger.ts'
import type { Db } from '../client.ts'
import { opening } from '../session.ts'
import { reconciliations, signaturesAsked, trailDays } from '../tables/tree.ts'

export function openLedger(db: Db): Ledger {
  return {
    ask: async (key, digest, at) => void (await db.insert(signaturesAsked).values({ key, digest, at })),
    async tally(recentSince) {
      const { rows } = await opening(['counts'], async () => db.execute(sql`
        with asked as (
          select key, sum(times)::int as asked, count(*)::int as distinct, count(*) filter (where first >= ${recentSince}::bigint)::int as recent
            from (select key, digest, count(*) as times, min(at) as first from signatures_asked group by key, digest) as texts group by key
        ), stored as (
          select key, sum(n)::int as stored from (
            select key_id as key, 1 as n from issuers
            union all select issuer, count(*) from certificates where der is not null group by issuer
            union all select issuer, count(*) from crls where sha256 is not null group by issuer
            union all select issuer, count(*) from responders group by issuer
            union all select key, signatures from erased_signatures
            union all select 'card-orders', count(*) from card_orders where signature is not null
            union all select 'receipt', count(*) from consent_seals where signature is not null
            union all select 'checkpoint', count(*) from audit_checkpoints where note is not null
          ) as products group by key
        )
        select coalesce(asked.key, stored.key) as key, coalesce(asked.asked, 0) as asked, coalesce(asked.distinct, 0) as distinct, coalesce(asked.recent, 0) as recent, coalesce(stored.stored, 0) as stored
          from asked full join stored on stored.key = asked.key
         where coalesce(asked.asked, 0) > 0 or coalesce(stored.stored, 0) > 0
         order by 1`)) as unknown as { rows: Tally[] }
      return rows
    },
    async record(day, at, tallies) {
      if (tallies.length === 0) return true
      const made = await db.insert(reconciliations).values(tallies.map(({ key, asked, distinct, stored }) => ({ day, key, asked, distinct, stored, at }))).onConflictDoNothing().returning({ key: reconciliations.key })
      return made.length > 0
    },
    recorded: async (day) => (await db.select({ key: reconciliations.key }).from(reconciliations).where(eq(reconciliations.day, day)).limit(1)).length > 0,
    asked: async (from, until) =>
      new Map((await db.select({ key: signaturesAsked.key, n: count() }).from(signaturesAsked).where(and(gte(signaturesAsked.at, from), lt(signaturesAsked.at, until))).groupBy(signaturesAsked.key)).map(({ key, n }) => [key, n])),
    recordTrail: async (at, days) => void (await db.insert(trailDays).values(days.map((one) => ({ ...one, at }))).onConflictDoNothing()),
    trailDays: async (from) => (await db.selectDistinct({ day: trailDays.day }).from(trailDays).where(gte(trailDays.day, from))).map((row) => row.day),
    async lastTrail() {
      const last = db.select({ day: max(trailDays.day) }).from(trailDays)
      return (await db.select().from(trailDays).where(eq(trailDays.day, last)).orderBy(trailDays.key)).map(({ at: _, ...one }) => one)
    },
  }
}

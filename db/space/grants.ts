/**
 * Grants of free space, and the shares of every card that they draw on.
 *
 * @law 番号法 第18条
 */
import { and, asc, countDistinct, count, eq, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm'
import { sharesOf, warningDays, type Grant } from '../../core/law/space/basis.ts'
import type { GrantStore, Shares } from '../../core/law/space/grant.ts'
import type { GrantId } from '../../core/law/ids.ts'
import { refuse, type Result } from '../../core/law/refusal.ts'
import { liveStates } from '../../core/law/space/slot.ts'
import { addDays } from '../../core/law/time.ts'
import { announceExpiring } from '../partner/outbox.ts'
import { perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import { opening } from '../session.ts'
import { signedDecisions } from '../tables/offices.ts'
import { grants, installations, spaceShares } from '../tables/space.ts'

export function openGrants(db: Db): GrantStore {
  const load = db.select().from(grants).where(eq(grants.id, sql.placeholder('id'))).prepare('grants_load')
  const all = () => db.select().from(grants).orderBy(asc(grants.id)).$dynamic()
  return {
    async load(id) {
      const [row] = await load.execute({ id })
      return row === undefined ? null : grantOf(row)
    },
    list: async (municipality) => (await (municipality === null ? all() : all().where(or(eq(grants.municipality, municipality), sql`${grants.population} -> 'municipalities' @> to_jsonb(${municipality}::text)`, sql`${grants.population} ->> 'kind' = 'cards'`)))).map(grantOf),
    request: (act, grant) => opening(['areas'], () => perform(db, act, { grants_aid: 'CONFLICT' }, async (tx) => {
      // One after the other: that no name begins another is nothing an index could see to.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('names of areas', 0))`)
      const taken = await tx.select({ id: grants.id }).from(grants)
        .where(and(or(ne(grants.state, 'ENDED'), grants.reserved), or(sql`starts_with(${grants.aid}, ${grant.aid})`, sql`starts_with(${grant.aid}, ${grants.aid})`))).limit(1)
      if (taken.length > 0) return refuse('CONFLICT')
      await tx.insert(grants).values(rowOf(grant))
      return undefined
    })),
    evidence: (subject) => db.select().from(signedDecisions).where(eq(signedDecisions.subject, subject)).orderBy(asc(signedDecisions.at)),
    change: (act, changed, shares, evidence = null) => perform(db, act, { grants_four_eyes: 'FOUR_EYES', grants_two_bodies: 'FOUR_EYES', space_shares_capacity: 'NO_SPACE', signed_decisions_pkey: 'DECISION_DIFFERS' }, async (tx) => {
      if (evidence !== null) await tx.insert(signedDecisions).values(evidence)
      if (act.kind === 'grant.warn') for (const grant of changed) await announceExpiring(tx, grant, act.at)
      for (const grant of changed.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
        const done = await change(tx, grant, shares)
        if (done !== undefined) return done
      }
      return undefined
    }),
    async radius(ids) {
      const [row] = ids.length === 0 ? [] : await db.select({ installations: count(), cards: countDistinct(installations.card) }).from(installations).innerJoin(grants, eq(grants.id, installations.grant)).where(and(inArray(installations.grant, [...ids]), inArray(installations.state, liveStates)))
      return row ?? { installations: 0, cards: 0 }
    },
    standingOn: async (municipality, ordinance) => (await all().where(and(ne(grants.state, 'ENDED'), sql`${grants.basis} @> ${JSON.stringify({ kind: 'ordinance', municipality, name: ordinance })}::jsonb`))).map(grantOf),
    due: async (askedBefore, today, limit) => (await all().where(or(
      and(eq(grants.state, 'REQUESTED'), lt(grants.requestedAt, askedBefore)),
      and(eq(grants.state, 'APPROVED'), lt(grants.validUntil, today)),
      ...warningDays.map((days) => and(eq(grants.state, 'APPROVED'), sql`${grants.validUntil} <= ${addDays(today, days)}`, or(isNull(grants.warned), sql`${grants.warned} > ${days}`))),
    )).limit(limit)).map(grantOf),
  }
}

/** Locks in the order grant, shares by name. */
async function change(tx: Tx, grant: Grant, shares: Shares): Promise<Result<undefined>> {
  const { id, reserved: _, ...columns } = rowOf(grant)
  const [row] = await tx.update(grants).set(columns).where(and(eq(grants.id, id), eq(grants.version, grant.version - 1))).returning({ reserved: grants.reserved })
  if (row === undefined) return refuse('CONFLICT')
  if (grant.state === 'APPROVED' && !row.reserved) await reserve(tx, grant, shares)
  if (grant.state !== 'ENDED') return undefined
  await tx.update(installations).set({ state: 'ENDING' }).where(and(eq(installations.grant, id), inArray(installations.state, ['ORDERED', 'INSTALLED', 'LOCKED'])))
  await releaseUnused(tx, [id])
  return undefined
}

/** One statement per share: the row is made or added to under its own lock, and the table's check says whether it fits. */
async function reserve(tx: Tx, grant: Grant, shares: Shares): Promise<void> {
  for (const share of sharesOf(grant.population)) {
    const capacity = shares(share)
    const room = { capacityCode: capacity.code, capacityData: capacity.data, capacityVolatile: capacity.volatile }
    await tx.insert(spaceShares)
      .values({ share, ...room, reservedCode: grant.quota.code, reservedData: grant.quota.data, reservedVolatile: grant.quota.volatile })
      .onConflictDoUpdate({ target: spaceShares.share, set: { ...room, ...reservedBy(grant, 1) } })
  }
  await tx.update(grants).set({ reserved: true }).where(eq(grants.id, grant.id))
}

/** Space of ended grants to which no installation refers any more goes back to the shares. */
export async function releaseUnused(tx: Tx, ids: readonly GrantId[]): Promise<void> {
  if (ids.length === 0) return
  const live = tx.select({ one: sql`1` }).from(installations).where(and(eq(installations.grant, grants.id), inArray(installations.state, liveStates)))
  const free = await tx.update(grants).set({ reserved: false }).where(and(inArray(grants.id, [...ids]), eq(grants.state, 'ENDED'), eq(grants.reserved, true), sql`not exists ${live}`)).returning()
  for (const grant of free.map(grantOf)) for (const share of sharesOf(grant.population)) await tx.update(spaceShares).set(reservedBy(grant, -1)).where(eq(spaceShares.share, share))
}

const reservedBy = ({ quota }: Grant, sign: 1 | -1) => ({
  reservedCode: sql`${spaceShares.reservedCode} + ${sign * quota.code}`, reservedData: sql`${spaceShares.reservedData} + ${sign * quota.data}`, reservedVolatile: sql`${spaceShares.reservedVolatile} + ${sign * quota.volatile}`,
})

type GrantRow = typeof grants.$inferSelect

const grantOf = ({ quotaCode, quotaData, quotaVolatile, pinDigits, pinTries, recordsCount, recordsSize, ...rest }: GrantRow): Grant => ({
  ...rest,
  quota: { code: quotaCode, data: quotaData, volatile: quotaVolatile },
  pin: pinDigits !== null && pinTries !== null ? { digits: pinDigits, tries: pinTries } : null,
  records: { count: recordsCount, size: recordsSize },
})

const rowOf = ({ quota, pin, records, ...rest }: Grant): GrantRow => ({
  ...rest, quotaCode: quota.code, quotaData: quota.data, quotaVolatile: quota.volatile, pinDigits: pin?.digits ?? null, pinTries: pin?.tries ?? null,
  recordsCount: records.count, recordsSize: records.size,
})

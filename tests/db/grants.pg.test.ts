/** Shares of space and the order of the log on a real server, 64 at once. */
import fc from 'fast-check'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Grant } from '../../core/law/space/basis.ts'
import { sequence } from '../../core/law/record/audit.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { append, emptyRange, rootOf } from '../../core/pki/merkle.ts'
import { spaceShares } from '../../db/tables/space.ts'
import { freshDatabase, type TestDatabase } from '../harness/database.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome } from './rows.ts'

let database: TestDatabase
let world: TestWorld
beforeAll(async () => {
  database = await freshDatabase(64)
  world = await testWorld({ db: database.db })
}, 120_000)
afterAll(async () => {
  await world.close()
  await database.close()
})

const n = 64
const many = <T>(count: number, run: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, i) => run(i)))
const tally = (outcomes: readonly string[]): Record<string, number> => outcomes.reduce<Record<string, number>>((t, o) => ({ ...t, [o]: (t[o] ?? 0) + 1 }), {})
const asked = async (over: Partial<Grant> = {}): Promise<Grant> => {
  const grant = rows.grant(world, over)
  ok(await world.grants.request(actOf(world, 'grant.request'), grant))
  return grant
}
const ended = (grant: Grant, version: number): Grant => ({ ...grant, state: 'ENDED', endedFor: 'revoked', approvedBy: 'ofc_2', approvedFor: 'agency', version })
const reservedOf = async (share: string) => (await world.db.select({ data: spaceShares.reservedData }).from(spaceShares).where(eq(spaceShares.share, share)))[0]?.data ?? 0

test('64 approvals at once against the last octets of a share: exactly the fitting ones succeed', async () => {
  const grants = await many(n, () => asked({ population: { kind: 'cards' }, quota: { code: 0, data: 1_000, volatile: 0 } }))
  const shares = () => ({ code: 0, data: 7_500, volatile: 0 })
  expect(tally(await many(n, async (i) => outcome(await rows.approve(world, grants[i]!, 'ofc_2', shares))))).toEqual({ NO_SPACE: 57, OK: 7 })
  expect(await reservedOf('extended')).toBe(7_000)
  const after = await Promise.all(grants.map((g) => world.grants.load(g.id)))
  expect(tally(after.map((g) => g!.state))).toEqual({ APPROVED: 7, REQUESTED: 57 })
  await many(n, async (i) => after[i]!.state === 'APPROVED' && ok(await world.grants.change(actOf(world, 'grant.end'), [ended(after[i]!, 2)], shares)))
  expect(await reservedOf('extended')).toBe(0)
})

test('any mixture of approvals and ends at once: no share passes its room, and what is reserved is what is in force', { timeout: 120_000 }, async () => {
  const municipality = rows.resident(world).municipality!
  await fc.assert(fc.asyncProperty(fc.array(fc.record({ data: fc.integer({ min: 1, max: 900 }), joint: fc.boolean(), ends: fc.boolean() }), { minLength: 8, maxLength: 40 }), async (plan) => {
    const shares = () => ({ code: 0, data: 3_000, volatile: 0 })
    const grants = await Promise.all(plan.map(({ data, joint }) => asked({ quota: { code: 0, data, volatile: 0 }, records: { count: 1, size: 1 }, population: { kind: 'residents', municipalities: joint ? [municipality, '011002' as never] : [municipality] } })))
    await Promise.all(plan.map(async ({ ends }, i) => {
      const approved = await rows.approve(world, grants[i]!, 'ofc_2', shares)
      if (!isRefusal(approved) && ends) ok(await world.grants.change(actOf(world, 'grant.end'), [ended(grants[i]!, 2)], shares))
    }))
    const now = (await Promise.all(grants.map((g) => world.grants.load(g.id)))).filter((g) => g!.state === 'APPROVED')
    const sum = (of: typeof now) => of.reduce((total, g) => total + g!.quota.data, 0)
    const joint = now.filter((g) => g!.population.kind === 'residents' && g!.population.municipalities.length === 2)
    expect([await reservedOf(municipality), await reservedOf('011002')]).toEqual([sum(now), sum(joint)])
    expect(sum(now)).toBeLessThanOrEqual(3_000)
    await Promise.all(now.map(async (g) => ok(await world.grants.change(actOf(world, 'grant.end'), [ended(g!, g!.version + 1)], shares))))
  }), { numRuns: 25 })
})

test('a decision of two at once is one decision: the other one is told to look again', async () => {
  const grant = await rows.approvedGrant(world, { population: { kind: 'cards' }, quota: { code: 0, data: 1, volatile: 0 } })
  const suspended: Grant = { ...grant, state: 'SUSPENDED', suspendedFor: 'officer', version: 2 }
  expect(tally(await many(n, async () => outcome(await world.grants.change(actOf(world, 'grant.suspend'), [suspended], rows.roomy))))).toEqual({ CONFLICT: 63, OK: 1 })
})

test('the log while 64 write and four put it in order: every act once, nothing before what was taken, no hole', { timeout: 120_000 }, async () => {
  let writing = true
  const sequencers = many(4, async () => { while (writing) await sequence(world, 50) })
  // A transaction that began early and writes late: nothing younger may be taken before it ends.
  const slow = world.db.transaction(async (tx) => {
    await tx.execute(sql`insert into audit_leaves (at, kind, actor, subject, facts, leaf_hash) values (0, 'grant.warn', 'system:seed', 'slow', '{}', decode(repeat('ab', 32), 'hex'))`)
    await tx.execute(sql`select pg_sleep(1.5)`)
  })
  await many(n, async () => { for (let i = 0; i < 8; i++) await asked() })
  await slow
  writing = false
  await sequencers
  await sequence(world)
  const { rows: [counted] } = (await world.db.execute(sql`select (select count(*)::int from audit_leaves) as leaves, (select count(*)::int from audit_entries) as entries, (select count(distinct leaf)::int from audit_entries) as once,
    (select max(position)::int + 1 from audit_entries) as size`)) as unknown as { rows: Record<string, number>[] }
  expect(counted).toEqual({ leaves: counted!['leaves'], entries: counted!['leaves'], once: counted!['leaves'], size: counted!['leaves'] })
  const { rows: disordered } = (await world.db.execute(sql`select count(*)::int as n from (select l.transaction, lag(l.transaction) over (order by e.position) as before from audit_entries e join audit_leaves l on l.id = e.leaf) as o where before > transaction`)) as unknown as { rows: { n: number }[] }
  expect(disordered[0]!.n).toBe(0)
  const entries = await world.audit.entries(0n, 100_000)
  expect(rootOf(await world.audit.head())).toEqual(rootOf(entries.map((e) => e.leafHash).reduce(append, emptyRange)))
})

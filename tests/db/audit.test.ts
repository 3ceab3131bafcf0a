/** The log in order: leaves, tree, proofs, checkpoints and the account of signatures, on the embedded database. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import { begin } from '../../core/law/act.ts'
import { system, type Officer } from '../../core/law/actor.ts'
import { grow, LogRewritten, proveAct, proveGrowth, publishCheckpoint, readEntries, sequence } from '../../core/law/record/audit.ts'
import type { OfficerId } from '../../core/law/ids.ts'
import { agrees, ledgered, readTallies, reconcile, tallyNow } from '../../core/law/record/ledger.ts'
import { agreesWithTrail, reconcileTrail, type Trail } from '../../core/law/record/trail.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { addDays, after, dayOf, hour, legalDate, minute, startOf, type Instant, type LegalDate } from '../../core/law/time.ts'
import { parseCheckpoint, verifyCheckpoint } from '../../core/pki/checkpoint.ts'
import { append, emptyRange, leafHash, nodesOver, rootOf, verifyConsistency, verifyInclusion } from '../../core/pki/merkle.ts'
import { signerNamed, testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { ok } from './rows.ts'

let world: TestWorld
const kept = new Map<bigint, string>()
const store = { put: async (size: bigint, note: string) => void kept.set(size, note) }
const signer = signerNamed('card-orders')
const keeping = () => ({ ...world, checkpointSigner: signer, checkpointStore: store })
const auditor: Officer = { kind: 'officer', officer: 'ofc_9' as OfficerId, role: 'agency', municipality: null, scopes: new Set(['audit']) }

beforeAll(async () => { world = await testWorld() }, 60_000)
afterAll(() => world.close())

async function someActs(n: number): Promise<void> {
  for (let i = 0; i < n; i++) ok(await world.grants.request(rows.actOf(world, 'grant.request', { subject: `grt_${i}` }), rows.grant(world)))
}

describe('the tree', () => {
  test('grows as the tree of the leaves does, and keeps every node that a proof needs', async () => {
    const leaves = Array.from({ length: 37 }, (_, i) => leafHash(Uint8Array.of(i)))
    for (const cut of [0, 1, 2, 7, 8, 36, 37]) {
      const first = grow(emptyRange, leaves.slice(0, cut))
      const second = grow(first.range, leaves.slice(cut))
      expect(second.range).toEqual(leaves.reduce(append, emptyRange))
      const node = nodesOver(leaves)
      for (const { level, index, hash } of [...first.nodes, ...second.nodes]) expect(hash).toEqual(node(level, index))
      expect(first.nodes.length + second.nodes.length).toBe(18 + 9 + 4 + 2 + 1)
    }
  })

  test('every act is a leaf; the order is whole, in portions or at once, and a second look adds nothing', async () => {
    await someActs(13)
    await sequence(world, 5)
    const entries = ok(await readEntries(world, auditor, 0n, 1_000))
    const [{ n }] = ((await world.db.execute(sql`select count(*)::int as n from audit_leaves`)) as unknown as { rows: [{ n: number }] }).rows
    expect(entries.map((e) => e.position)).toEqual(Array.from({ length: n }, (_, i) => BigInt(i)))
    for (const { body, leafHash: stored } of entries) expect(leafHash(Buffer.from(body, 'utf8'))).toEqual(stored)
    expect(rootOf(await world.audit.head())).toEqual(rootOf(entries.map((e) => e.leafHash).reduce(append, emptyRange)))
    expect(await sequence(world)).toBe(0)
  })

  test('a dump read into a server with a lower count of transactions is noticed, not passed over', async () => {
    await world.db.execute(sql`update audit_head set last_transaction = '99999999999'::xid8`)
    await expect(sequence(world)).rejects.toMatchObject({ name: 'ArchiveFault', code: 'audit-count-of-another-server' })
    await world.db.execute(sql`update audit_head set last_transaction = (select max(transaction::text::bigint)::text::xid8 from audit_leaves)`)
    expect(await sequence(world)).toBe(0)
  })
})

describe('checkpoints', () => {
  test('signed, copied outside, and none where nothing grew', async () => {
    const size = await publishCheckpoint(keeping())
    const head = await world.audit.head()
    expect(size).toBe(head.size)
    const parsed = parseCheckpoint(kept.get(size!)!)
    expect(parsed.checkpoint).toEqual({ origin: world.settings.auditOrigin, size, root: rootOf(head), extensions: [] })
    expect(verifyCheckpoint(parsed, { name: world.settings.auditOrigin, spki: signer.spki })).toBe(true)
    expect(await publishCheckpoint(keeping())).toBeNull()
  })

  test('a crash before the signature or before the copy is made good by the next round', async () => {
    await someActs(3)
    await sequence(world)
    const broken = { ...keeping(), checkpointSigner: { ...signer, sign: async () => { throw new Error('away') } } }
    await expect(publishCheckpoint(broken)).rejects.toThrow('away')
    const { size } = await world.audit.head()
    await expect(publishCheckpoint({ ...keeping(), checkpointStore: { put: async () => { throw new Error('full') } } })).rejects.toThrow('full')
    const first = (await world.audit.checkpoint())!.signed!.note
    await publishCheckpoint(keeping())
    expect(kept.get(size)).toBe(first)
    expect(await world.audit.unfinished()).toEqual([])
  })

  test('what did not grow out of the last signed head is not signed', async () => {
    await someActs(2)
    await sequence(world)
    const { hashes } = await world.audit.head()
    const forged = Buffer.concat(hashes)
    forged[0]! ^= 1
    const whole = Buffer.concat(hashes)
    await world.db.execute(sql`update audit_head set hashes = ${forged}`)
    await expect(publishCheckpoint(keeping())).rejects.toBeInstanceOf(LogRewritten)
    await world.db.execute(sql`update audit_head set hashes = ${whole}`)
    expect(await publishCheckpoint(keeping())).toBe((await world.audit.head()).size)
  })
})

describe('proofs', () => {
  test('one’s own act by its key, verified against the checkpoint; not another’s; none before a checkpoint covers it', async () => {
    const act = rows.actOf(world, 'grant.request', { actor: auditor, subject: 'grt_own' })
    ok(await world.grants.request(act, rows.grant(world)))
    const asked = { key: act.key! }
    expect(isRefusal(await proveAct(world, auditor, asked))).toBe(true)
    await sequence(world)
    await publishCheckpoint(keeping())
    const proof = ok(await proveAct(world, auditor, asked))
    expect(JSON.parse(proof.entry.body)).toMatchObject({ subject: 'grt_own', kind: 'grant.request', actor: 'officer:ofc_9' })
    const { entry, checkpoint, path } = proof
    expect(verifyInclusion(entry.position, checkpoint.size, entry.leafHash, path, checkpoint.root)).toBe(true)
    expect(isRefusal(await proveAct(world, { ...auditor, officer: 'ofc_8' as OfficerId }, asked))).toBe(true)
    expect(isRefusal(await proveAct(world, { ...auditor, scopes: new Set() }, { position: 0n }))).toBe(true)
    expect(ok(await proveAct(world, auditor, { position: 0n })).entry.position).toBe(0n)
  })

  test('growth between every pair of sizes', async () => {
    const { size } = await world.audit.head()
    for (let from = 1n; from <= size; from += 3n) for (let to = from; to <= size; to += 4n) {
      const proof = ok(await proveGrowth(world, from, to))
      expect(verifyConsistency(from, to, proof.fromRoot, proof.toRoot, proof.path)).toBe(true)
    }
    for (const [from, to] of [[0n, 1n], [2n, 1n], [1n, size + 1n]] as const) expect(await proveGrowth(world, from, to)).toMatchObject({ code: 'MALFORMED_INPUT' })
  })
})

describe('the account of signatures', () => {
  test('is written before the key is asked; what was asked and is nowhere shows when its time is over', async () => {
    const order: string[] = []
    const ledger = { ask: async (...args: Parameters<TestWorld['ledger']['ask']>) => { order.push('written'); await world.ledger.ask(...args) } }
    const counted = ledgered('card-orders', { ...signer, sign: async (tbs) => { order.push('asked'); return signer.sign(tbs) } }, ledger, world.clock)
    const card = await rows.deliveredCard(world, world.persona('hanako').person)
    const placed = ok(await world.orders.request(rows.actOf(world, 'order.request'), rows.orderTo(world, card)))
    const signature = await counted.sign(Uint8Array.of(1))
    expect(order).toEqual(['written', 'asked'])
    const tally = async () => (await tallyNow(world)).find((t) => t.key === 'card-orders')!
    expect(await tally()).toEqual({ key: 'card-orders', asked: 1, distinct: 1, recent: 1, stored: 0 })
    expect(agrees(await tally())).toBe(true)
    world.clock.advance(11 * minute)
    expect(agrees(await tally())).toBe(false)
    ok(await world.orders.sign({ ...begin('order.sign', system('authority'), world.clock.now(), {}), subject: placed.id }, placed.id, { order: Uint8Array.of(1), signature }))
    expect(agrees(await tally())).toBe(true)
    await counted.sign(Uint8Array.of(1))
    expect(await tally()).toMatchObject({ asked: 2, distinct: 1, stored: 1 })
  })

  test('is reckoned once a day, and says which keys do not agree', async () => {
    await world.ledger.ask('checkpoint', Uint8Array.from(createHash('sha256').update('lost').digest()), world.clock.now())
    world.clock.advance(11 * minute)
    const first = await reconcile(world)
    expect(first!.map((t) => t.key)).toEqual(['checkpoint', ...world.authorities.all.map((a) => a.keyId as string)].toSorted())
    expect(await reconcile(world)).toBeNull()
    world.clock.advance(24 * 60 * minute)
    expect(await reconcile(world)).not.toBeNull()
  })
})

describe('the account of the key service', () => {
  const keys = [{ key: 'checkpoint', arn: 'arn:checkpoint' }, { key: 'receipt', arn: 'arn:receipt' }, { key: 'F'.repeat(40), arn: 'arn:never-asked' }]
  const today = legalDate('2026-04-20')
  const asking: [LegalDate, LegalDate][] = []
  const says = (signed: Record<string, number>): Trail => ({ signed: async (arns, from, until) => { asking.push([dayOf(from), dayOf(after(until, -1))]); return new Map(arns.flatMap((arn) => (signed[arn] === undefined ? [] : [[arn, signed[arn]]]))) } })
  const ask = (key: string, at: Instant) => world.ledger.ask(key, Uint8Array.from(createHash('sha256').update(`${key} ${at}`).digest()), at)
  const settled = async () => { for (let n = 0; (await reconcileTrail(world, says({}), keys)) !== null; n++) if (n > 7) throw new Error('a day is reckoned twice') }

  test('each day is held against what was asked on it, key by key, once the trail has been told; one day after the other', async () => {
    world.clock.set(after(startOf(today), hour - 1))
    await settled()
    asking.length = 0
    const yesterday = addDays(today, -1)
    const noon = after(startOf(yesterday), 12 * hour)
    for (const n of [0, 1, 2]) await ask('checkpoint', after(noon, n))
    await ask('receipt', noon)
    // Not before the trail can know: the day before is all that is reckoned.
    expect(await reconcileTrail(world, says({}), keys)).toBeNull()
    world.clock.advance(1)
    const found = await reconcileTrail(world, says({ 'arn:checkpoint': 3, 'arn:receipt': 0, 'arn:never-asked': 2 }), keys)
    expect(asking).toEqual([[yesterday, yesterday]])
    expect(found!.map(({ key, signed, askedLeast, askedMost }) => [key, signed, askedLeast, askedMost]).toSorted()).toEqual([['F'.repeat(40), 2, 0, 0], ['receipt', 0, 1, 1]])
    expect(await reconcileTrail(world, says({}), keys)).toBeNull()
    // Who audits reads it, also of a key that was never asked.
    const told = ok(await readTallies(world, auditor))
    expect(keys.map(({ key }) => { const { trail } = told.find((tally) => tally.key === key)!; return [key, trail!.day, trail!.signed, agreesWithTrail(trail!)] })).toEqual([['checkpoint', yesterday, 3, true], ['receipt', yesterday, 0, false], ['F'.repeat(40), yesterday, 2, false]])
  })

  test('what is asked for at midnight may be signed on either side of it, and nothing else may be missing', async () => {
    world.clock.set(after(startOf(addDays(today, 1)), hour))
    await settled()
    const midnight = startOf(addDays(today, 1))
    for (const at of [after(midnight, -1_000), after(midnight, -90_000)]) await ask('checkpoint', at)
    world.clock.set(after(startOf(addDays(today, 1)), hour))
    const days = [0, 1, 2, 3].map((signed) => agreesWithTrail({ key: 'checkpoint', arn: 'a', day: today, askedLeast: 1, askedMost: 2, signed }))
    expect(days).toEqual([false, true, true, false])
    const counted = async (from: Instant, until: Instant) => (await world.ledger.asked(from, until)).get('checkpoint') ?? 0
    expect([await counted(startOf(today), after(midnight, -60_000)), await counted(after(startOf(today), -60_000), midnight), await counted(midnight, after(midnight, hour))]).toEqual([1, 2, 0])
  })

  test('days that the sweep missed are reckoned too; what the service did not say is not reckoned', async () => {
    world.clock.set(after(startOf(addDays(today, 4)), 2 * hour))
    await expect(reconcileTrail(world, { signed: () => Promise.reject(new Error('no answer')) }, keys)).rejects.toThrow('no answer')
    asking.length = 0
    await settled()
    expect(asking.map(([day]) => day)).toEqual([1, 2, 3].map((n) => addDays(today, n)))
  })
})

/** Free space on a real server, through the recipes of the law: the last octets of a share, and a chip that never holds more than its profile. */
import fc from 'fast-check'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scopes, type Officer } from '../../core/law/actor.ts'
import { approveGrant } from '../../core/law/space/decision.ts'
import { newId, type IdempotencyKey, type OfficerId } from '../../core/law/ids.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { after, liveStates, type Installation } from '../../core/law/space/slot.ts'
import type { Grant, Quota } from '../../core/law/space/basis.ts'
import { cardSpace, installations } from '../../db/tables/space.ts'
import { freshDatabase, type TestDatabase } from '../harness/database.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome } from './rows.ts'

let database: TestDatabase
let world: TestWorld
beforeAll(async () => {
  database = await freshDatabase(64)
  world = await testWorld({ db: database.db, settings: { freeSpace: { code: 0, data: 8_000, volatile: 0 }, freeSpaceForResidents: { code: 0, data: 500, volatile: 0 } } })
}, 120_000)
afterAll(async () => {
  await world.close()
  await database.close()
})

const n = 64
const many = <T>(count: number, run: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, i) => run(i)))
const tally = (outcomes: readonly string[]): Record<string, number> => outcomes.reduce<Record<string, number>>((t, o) => ({ ...t, [o]: (t[o] ?? 0) + 1 }), {})
const officer = (i: number): Officer => ({ kind: 'officer', officer: `ofc_${String(i).padStart(26, '0')}` as OfficerId, role: 'agency', municipality: null, scopes: new Set(scopes) })
let keys = 0
const key = (): IdempotencyKey => `space-key-${String(keys++).padStart(6, '0')}` as IdempotencyKey

test('64 officers approve 64 requests at once against the last 7,500 octets: exactly the seven that fit', { timeout: 60_000 }, async () => {
  const asked = await many(n, async () => {
    const grant = rows.grant(world, { population: { kind: 'cards' }, quota: { code: 0, data: 1_000, volatile: 0 }, requestedFor: 'ministry', requestedBy: 'ofc_ministry' })
    ok(await world.grants.request(actOf(world, 'grant.request'), grant))
    return grant
  })
  expect(tally(await many(n, async (i) => outcome(await approveGrant(world, officer(i), { grant: asked[i]!.id, idempotencyKey: key() }))))).toEqual({ NO_SPACE: 57, OK: 7 })
  // The same request, approved by 64 at once: by one.
  const one = rows.grant(world, { population: { kind: 'cards' }, quota: { code: 0, data: 400, volatile: 0 }, requestedFor: 'ministry', requestedBy: 'ofc_ministry' })
  ok(await world.grants.request(actOf(world, 'grant.request'), one))
  const once = tally(await many(n, async (i) => outcome(await approveGrant(world, officer(i), { grant: one.id, idempotencyKey: key() }))))
  expect([once['OK'], (once['CONFLICT'] ?? 0) + (once['WRONG_STATE'] ?? 0)]).toEqual([1, 63])
})

/** What a card holds, all three numbers, as the rows of its areas say. */
async function heldOn(card: Installation['card']): Promise<Quota> {
  const live = (await world.db.select().from(installations).where(eq(installations.card, card))).filter(({ state }) => liveStates.some((one) => one === state))
  const sum = (of: (row: (typeof live)[number]) => number): number => live.reduce((total, row) => total + of(row), 0)
  return { code: sum((r) => r.quotaCode), data: sum((r) => r.quotaData), volatile: sum((r) => r.quotaVolatile) }
}

test('whatever is ordered, refused, removed and ordered again at once: a chip never holds more than its profile, and what is reserved is what it holds', { timeout: 180_000 }, async () => {
  const profile: Quota = { code: 4_000, data: 3_000, volatile: 300 }
  const people = world.personas.filter((p) => p.resident.state === 'RESIDENT').map((p) => p.person)
  let turn = 0
  const plan = fc.array(fc.record({ code: fc.nat({ max: 1_500 }), data: fc.integer({ min: 1, max: 900 }), volatile: fc.nat({ max: 90 }), after: fc.constantFrom('stay', 'refused', 'removed') }), { minLength: 12, maxLength: 40 })
  await fc.assert(fc.asyncProperty(plan, async (areas) => {
    const card = await rows.deliveredCard(world, people[turn++ % people.length]!)
    const grants: Grant[] = []
    for (const { code, data, volatile } of areas) grants.push(await rows.approvedGrant(world, { population: { kind: 'cards' }, quota: { code, data, volatile }, records: { count: 1, size: 1 } }))
    const outcomes = await Promise.all(areas.map(async ({ after: then }, i) => {
      const order = rows.orderTo(world, card)
      const made: Installation = { id: newId('installation', world.clock.now(), world.random), grant: grants[i]!.id, card: card.id, state: 'ORDERED', order: order.id, quota: grants[i]!.quota }
      const installed = await world.installations.install(actOf(world, 'area.install'), made, order, profile)
      if (isRefusal(installed) || then === 'stay') return outcome(installed)
      ok(await world.orders.sign(actOf(world, 'order.sign'), order.id, { order: Uint8Array.of(1), signature: Uint8Array.of(1) }))
      const answer = (id: typeof order.id, done: 'DONE' | 'REFUSED_BY_CARD') => ({ order: id, outcome: done, receipt: Uint8Array.of(1) })
      if (then === 'refused') return outcome(await world.installations.settle(actOf(world, 'area.confirm'), made.id, after('ORDERED', 'INSTALL', 'REFUSED_BY_CARD'), answer(order.id, 'REFUSED_BY_CARD')))
      ok(await world.installations.settle(actOf(world, 'area.confirm'), made.id, 'INSTALLED', answer(order.id, 'DONE')))
      const removal = rows.orderTo(world, card)
      ok(await world.installations.reorder(actOf(world, 'area.remove'), made.id, ['INSTALLED'], removal))
      ok(await world.orders.sign(actOf(world, 'order.sign'), removal.id, { order: Uint8Array.of(1), signature: Uint8Array.of(1) }))
      return outcome(await world.installations.settle(actOf(world, 'area.confirm'), made.id, 'REMOVED', answer(removal.id, 'DONE')))
    }))
    expect([...new Set(outcomes)].filter((o) => o !== 'OK' && o !== 'NO_SPACE')).toEqual([])
    const held = await heldOn(card.id)
    for (const part of ['code', 'data', 'volatile'] as const) expect(held[part]).toBeLessThanOrEqual(profile[part])
    const [space] = await world.db.select().from(cardSpace).where(eq(cardSpace.card, card.id))
    expect(space === undefined ? { code: 0, data: 0, volatile: 0 } : { code: space.reservedCode, data: space.reservedData, volatile: space.reservedVolatile }).toEqual(held)
    // Nothing that fits was turned away once all was quiet.
    const rest: Quota = { code: profile.code - held.code, data: profile.data - held.data, volatile: profile.volatile - held.volatile }
    if (rest.data > 0) {
      const last = await rows.approvedGrant(world, { population: { kind: 'cards' }, quota: rest, records: { count: 1, size: 1 } })
      const order = rows.orderTo(world, card)
      expect(outcome(await world.installations.install(actOf(world, 'area.install'), { id: newId('installation', world.clock.now(), world.random), grant: last.id, card: card.id, state: 'ORDERED', order: order.id, quota: rest }, order, profile))).toBe('OK')
      expect(await heldOn(card.id)).toEqual(profile)
    }
  }), { numRuns: 12 })
})

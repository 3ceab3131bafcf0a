/** A partner that ends while people are answering it: whatever the order, no consent outlives its standing. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededPartnerIds } from '../../db/seed.ts'
import { consents } from '../../db/tables/consents.ts'
import { freshDatabase, type TestDatabase } from '../harness/database.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome } from './rows.ts'

let database: TestDatabase
let world: TestWorld
beforeAll(async () => {
  database = await freshDatabase(40)
  world = await testWorld({ db: database.db })
})
afterAll(() => database.close())

test('32 consents being given as the partner ends', async () => {
  const certificate = await rows.issued(world, await rows.deliveredCard(world, rows.resident(world).person))
  const purpose = await rows.purpose(world)
  const given = []
  for (let i = 0; i < 32; i++) given.push(rows.consentTo(world, await rows.consentRequest(world, purpose), certificate))
  const ending = async () => {
    // Somewhere in the middle of them.
    await new Promise((resolve) => setTimeout(resolve, 5))
    return world.standings.end(actOf(world, 'partner.end'), seededPartnerIds.bank)
  }
  const [ended, ...outcomes] = await Promise.all([ending(), ...given.map(async (consent) => outcome(await world.consents.give(actOf(world, 'consent.give'), consent)))])
  ok(ended)
  expect(outcomes.every((o) => o === 'OK' || o === 'CONFLICT' || o === 'PARTNER_NOT_IN_STANDING')).toBe(true)
  expect(await world.db.$count(consents, eq(consents.state, 'IN_FORCE'))).toBe(0)
  expect(await world.db.$count(consents)).toBe(outcomes.filter((o) => o === 'OK').length)
})

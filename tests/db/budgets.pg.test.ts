/** One bucket for many instances: what is taken at once from many connections is never more than was there. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Opened } from '../../db/client.ts'
import { openPostgres } from '../../db/postgres.ts'
import { openBudgets } from '../../db/partner/access.ts'
import type { PartnerId } from '../../core/law/ids.ts'
import { instant } from '../../core/law/time.ts'
import { purses } from '../../functions/graphql/purse.ts'
import { defaultSettings } from '../../functions/environment/settings.ts'
import { freshDatabase, type TestDatabase } from '../harness/database.ts'

let database: TestDatabase
let instances: Opened[]
const rule = { capacity: 1_000, perSecond: 10 }
const partner = (n: number) => `ptn_${String(n).padStart(26, '0')}` as PartnerId
const at = instant(1_800_000_000_000)

beforeAll(async () => {
  database = await freshDatabase(4)
  instances = Array.from({ length: 4 }, () => openPostgres(database.url, { connections: 8 }))
})
afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.close()))
  await database.close()
})

test('1,000 points, asked for 400 times by 7 from four instances at once: 142 are paid, and 6 points are left', async () => {
  const buckets = instances.map(({ db }) => openBudgets(db))
  const taken = await Promise.all(Array.from({ length: 400 }, (_, n) => buckets[n % 4]!.take(partner(1), 7, at, rule)))
  expect(taken.filter((t) => t.granted)).toHaveLength(142)
  expect((await buckets[0]!.take(partner(1), 7, at, rule))).toEqual({ ...rule, granted: false, remaining: 6 })
})

test('it fills by the time that passed, never past its brim, and a clock that lags takes nothing from it', async () => {
  const { take } = openBudgets(instances[0]!.db)
  const later = (ms: number) => instant(at + ms)
  expect((await take(partner(2), 1_000, at, rule)).remaining).toBe(0)
  expect(await take(partner(2), 5, later(499), rule)).toMatchObject({ granted: false, remaining: 4 })
  expect(await take(partner(2), 5, later(500), rule)).toMatchObject({ granted: true, remaining: 0 })
  expect(await take(partner(2), 1, at, rule)).toMatchObject({ granted: false, remaining: 0 })
  expect(await take(partner(2), 1, later(600), rule)).toMatchObject({ granted: true, remaining: 0 })
  expect(await take(partner(2), 1, later(10_000_000), rule)).toMatchObject({ granted: true, remaining: 999 })
})

test('what is given back is there again, up to the brim', async () => {
  const { take } = openBudgets(instances[0]!.db)
  expect((await take(partner(5), 300, at, rule)).remaining).toBe(700)
  expect(await take(partner(5), -100, at, rule)).toMatchObject({ granted: true, remaining: 800 })
  expect(await take(partner(5), -900, at, rule)).toMatchObject({ granted: true, remaining: 1_000 })
})

test('more than a bucket holds is never paid', async () => {
  const { take } = openBudgets(instances[0]!.db)
  expect(await take(partner(3), 1_001, at, rule)).toMatchObject({ granted: false })
  expect(await take(partner(3), 1_001, instant(at + 1_000_000), rule)).toMatchObject({ granted: false, remaining: 1_000 })
})

test('instances that draw for several requests at once never pay more than was there: 20,000 points, asked for 3,000 times by 9', async () => {
  const [budget, drawn] = [{ capacity: 20_000, perSecond: 1 }, 200]
  const hands = instances.map(({ db }) => purses({ budgets: openBudgets(db), settings: { ...defaultSettings, access: { ...defaultSettings.access, budget } } }))
  const asks: (() => Promise<boolean>)[] = Array.from({ length: 3_000 }, (_, n) => async () => (await hands[n % 4]!.take(partner(4), 9, at)).granted)
  let granted = 0
  while (asks.length > 0) granted += (await Promise.all(asks.splice(0, 100).map((ask) => ask()))).filter(Boolean).length
  expect(granted * 9).toBeLessThanOrEqual(20_000)
  expect(granted * 9).toBeGreaterThan(20_000 - 4 * drawn)
})

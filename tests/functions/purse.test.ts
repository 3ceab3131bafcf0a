/** Points in hand: how often the bucket is asked, for how much, and that nothing is spent that was not drawn. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PartnerId } from '../../core/law/ids.ts'
import type { Budgets, BudgetRule } from '../../core/law/partner/access.ts'
import { instant } from '../../core/law/time.ts'
import { purses } from '../../functions/graphql/purse.ts'
import { defaultSettings } from '../../functions/environment/settings.ts'

const [one, other] = ['ptn_1' as PartnerId, 'ptn_2' as PartnerId]
const start = 1_800_000_000_000
const at = (ms: number) => instant(start + ms)

/** A bucket that does not fill but by what is given back, and what was asked of it. */
function bucketOf(level: number, capacity = 60_000) {
  const asked: number[] = []
  let left = level
  const budgets: Budgets = {
    async take(_, cost) {
      asked.push(cost)
      const granted = cost <= left
      if (granted) left = Math.min(capacity, left - cost)
      return { granted, remaining: left, capacity, perSecond: 1 }
    },
  }
  return { asked, budgets, left: () => left }
}
const over = (budgets: Budgets, budget: BudgetRule = defaultSettings.access.budget) => purses({ budgets, settings: { ...defaultSettings, access: { ...defaultSettings.access, budget } } })

describe('how much is drawn', () => {
  test('the first request draws what it costs; close upon it twice the draw before, so that the bucket is asked ever less', async () => {
    const { asked, budgets } = bucketOf(60_000)
    const { take } = over(budgets)
    for (let n = 0; n < 40; n++) await take(one, 12, at(n))
    expect(asked).toEqual([12, 24, 48, 96, 192, 384])
  })

  test('never more than a hundredth of the bucket, but always what the request costs', async () => {
    const { asked, budgets } = bucketOf(1_000, 1_000)
    const { take } = over(budgets)
    for (let n = 0; n < 5; n++) await take(one, 4, at(n))
    await take(one, 30, at(6))
    expect(asked).toEqual([4, 8, 10, 28])
  })

  test('after a second the bucket is asked again, for what is missing in the hand, and gets back what is left', async () => {
    const { asked, budgets, left } = bucketOf(60_000)
    const { take } = over(budgets)
    for (let n = 0; n < 8; n++) await take(one, 10, at(n))
    expect(asked).toEqual([10, 20, 40, 80])
    await take(one, 100, at(1_100))
    await take(one, 10, at(1_101))
    expect(asked.slice(4)).toEqual([30, 60])
    await take(one, 10, at(5_000))
    expect(asked.slice(6)).toEqual([-40])
    expect(left()).toBe(60_000 - 80 - 100 - 10 - 10)
  })

  test('each partner has a purse of its own', async () => {
    const { asked, budgets } = bucketOf(60_000)
    const { take } = over(budgets)
    for (const partner of [one, one, other, other]) await take(partner, 5, at(0))
    expect(asked).toEqual([5, 10, 5, 10])
  })
})

describe('what is answered', () => {
  test('what remains is what the bucket said and what is in the hand, to the point', async () => {
    const { budgets } = bucketOf(60_000)
    const { take } = over(budgets)
    const remaining: number[] = []
    for (let n = 0; n < 6; n++) remaining.push((await take(one, 12, at(n))).remaining)
    expect(remaining).toEqual([59_988, 59_976, 59_964, 59_952, 59_940, 59_928])
  })

  test('an almost empty bucket pays for the request alone, to its last point, and then says what is there', async () => {
    const { asked, budgets, left } = bucketOf(35)
    const { take } = over(budgets)
    const granted: boolean[] = []
    for (let n = 0; n < 4; n++) granted.push((await take(one, 10, at(n))).granted)
    expect(granted).toEqual([true, true, true, false])
    expect(asked).toEqual([10, 20, 40, 10])
    expect(await take(one, 10, at(5))).toMatchObject({ granted: false, remaining: 5 })
    expect((await take(one, 5, at(6))).granted).toBe(true)
    expect(left()).toBe(0)
  })
})

describe('at once', () => {
  test('whoever comes while a draw is out waits for it: sixty-four at once ask the bucket a few times', async () => {
    const { asked, budgets, left } = bucketOf(60_000)
    const { take } = over(budgets)
    const all = await Promise.all(Array.from({ length: 64 }, () => take(one, 3, at(0))))
    expect(all.every((t) => t.granted)).toBe(true)
    expect(asked).toEqual([3, 6, 12, 24, 48, 96, 192])
    expect(60_000 - left()).toBeGreaterThanOrEqual(64 * 3)
  })

  test('what is in the hand is spent by nobody else while a draw is out, and is there again where the draw is denied', async () => {
    const { asked, budgets, left } = bucketOf(7, 1_000)
    const { take } = over(budgets)
    for (let n = 0; n < 2; n++) await take(one, 1, at(n))
    expect(asked).toEqual([1, 2])
    const taken = await Promise.all([take(one, 5, at(2)), take(one, 1, at(2))])
    expect([taken.map((t) => t.granted), left()]).toEqual([[true, false], 0])
    const little = bucketOf(4)
    const { take: draw } = over(little.budgets)
    for (let n = 0; n < 2; n++) await draw(one, 1, at(n))
    expect([(await draw(one, 9, at(2))).granted, (await draw(one, 2, at(3))).granted, (await draw(one, 1, at(4))).granted, little.left()]).toEqual([false, true, false, 0])
  })

  test('a database that is gone is the fault of the request that asked it; the next one asks for itself', async () => {
    const { budgets } = bucketOf(60_000)
    let gone = true
    const { take } = over({ take: async (...args) => { if (gone) { gone = false; throw new Error('no database') } return budgets.take(...args) } })
    const both = await Promise.allSettled([take(one, 3, at(0)), take(one, 3, at(0))])
    expect(both.map((b) => b.status)).toEqual(['rejected', 'fulfilled'])
  })

  test('what went back, without an answer that says so, is not spent a second time', async () => {
    const { asked, budgets } = bucketOf(1_000, 1_000)
    let lost = false
    const { take } = over({ take: async (...args) => { const taken = await budgets.take(...args); if (lost) throw new Error('reset'); return taken } })
    for (let n = 0; n < 2; n++) await take(one, 4, at(n))
    lost = true
    await expect(take(one, 1, at(5_000))).rejects.toThrow('reset')
    lost = false
    await take(one, 4, at(5_001))
    expect(asked).toEqual([4, 8, -3, 4])
  })

  test('many instances, any costs, any times: never is more spent than was drawn, and what is not spent is in the hands', async () => {
    const request = fc.record({ instance: fc.nat(3), cost: fc.integer({ min: 0, max: 90 }), later: fc.nat(700), withNext: fc.boolean() })
    await fc.assert(fc.asyncProperty(fc.array(request, { maxLength: 60 }), fc.oneof(fc.nat(60), fc.nat(3_000)), async (requests, level) => {
      const { budgets, left } = bucketOf(level, 5_000)
      const instances = Array.from({ length: 4 }, () => over(budgets))
      let [now, spent] = [0, 0]
      let out: Promise<void>[] = []
      for (const { instance, cost, later, withNext } of requests) {
        now += later
        out.push(instances[instance]!.take(one, cost, at(now)).then(({ granted, remaining }) => {
          expect(remaining).toBeGreaterThanOrEqual(0)
          if (granted) spent += cost
        }))
        if (!withNext) { await Promise.all(out); out = [] }
      }
      await Promise.all(out)
      const inHands = level - left() - spent
      expect(inHands).toBeGreaterThanOrEqual(0)
      expect(inHands).toBeLessThanOrEqual(4 * 50)
    }), { numRuns: 1_000 })
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { limits } from '../../core/law/card/validity.ts'
import { openedExpiry, sealedExpiry } from '../../db/card/expiry.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
  await world.safe.fetch('personal-data')
})
afterAll(() => world.close())

test('what decided a last day comes back as it was, and no length tells an end of stay from a birthday', () => {
  const sealed = limits.flatMap((limit) => ['カード命令 第26条', '公的個人認証法施行規則 第13条第1項'].map((article) => {
    const octets = sealedExpiry(world.safe, 'cards.expiry', 'crd_1', { limit, article })!
    expect(openedExpiry(world.safe, 'cards.expiry', 'crd_1', octets)).toEqual({ limit, article })
    return octets.length
  }))
  expect(new Set(sealed).size).toBe(1)
  expect([sealedExpiry(world.safe, 'cards.expiry', 'crd_1', null), openedExpiry(world.safe, 'cards.expiry', 'crd_1', null)]).toEqual([null, null])
})

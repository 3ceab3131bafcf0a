/** A warm door and a new generation: the register is read again after five minutes, by a clock of the test. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Issuer } from '../../core/law/certificate/issuer.ts'
import { loadAuthorities, reread } from '../../functions/environment/parts.ts'
import { testClock, testWorld, type TestWorld } from '../harness/world.ts'

let world: TestWorld
let known: Issuer[]
beforeAll(async () => {
  world = await testWorld()
  known = await world.issuers.all()
}, 60_000)
afterAll(() => world.close())

async function opened(first: readonly Issuer[]) {
  const clock = testClock()
  const register = { now: first, reads: 0, away: false }
  const logged: string[] = []
  const issuers = {
    all: async () => {
      register.reads++
      if (register.away) throw new Error('away')
      return [...register.now]
    },
    add: async () => undefined,
  }
  const signed: string[] = []
  const authorities = await loadAuthorities(issuers, clock, async (issuer) => (signed.push(issuer.keyId), null), (_, event) => void logged.push(event))
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5))
  return { clock, register, logged, signed, authorities, settle }
}

test('within five minutes the register is left alone; after that a look reads it, once', async () => {
  const { clock, register, authorities, settle } = await opened(known.slice(0, 1))
  register.now = known
  clock.advance(reread - 1)
  expect([authorities.all.length, register.reads]).toEqual([1, 1])
  clock.advance(1)
  // Who finds it old goes on with what is there.
  expect([authorities.all.length, authorities.all.length]).toEqual([1, 1])
  await settle()
  expect([authorities.all.length, register.reads]).toEqual([2, 2])
  clock.advance(reread - 1)
  expect([authorities.all.length, register.reads]).toEqual([2, 2])
})

test('a generation that is known keeps its signer, and what was loaded keeps its place', async () => {
  const { clock, register, authorities, signed, settle } = await opened(known.slice(0, 1))
  const [before] = authorities.all
  register.now = known
  clock.advance(reread)
  void authorities.all
  await settle()
  expect(authorities.all[0]).toBe(before)
  expect(signed).toEqual(known.map((issuer) => issuer.keyId))
})

test('a new generation issues once it is active and seen', async () => {
  const [signature] = known.filter((issuer) => issuer.ca === 'signature')
  const later = { ...signature!, keyId: 'F'.repeat(40) as Issuer['keyId'], activeFrom: (testClock().now() + 2 * reread) as Issuer['activeFrom'] }
  const { clock, register, authorities, settle } = await opened([signature!])
  register.now = [signature!, later]
  clock.advance(reread)
  void authorities.all
  await settle()
  expect(authorities.current('signature').keyId).toBe(signature!.keyId)
  clock.advance(reread)
  expect(authorities.current('signature').keyId).toBe(later.keyId)
})

test('a register that is away is told of, changes nothing, and is asked again five minutes later', async () => {
  const { clock, register, authorities, logged, settle } = await opened(known)
  register.away = true
  clock.advance(reread)
  void authorities.all
  await settle()
  expect([authorities.all.length, register.reads, logged]).toEqual([known.length, 2, ['issuers.unread']])
  clock.advance(reread)
  void authorities.all
  await settle()
  expect(register.reads).toBe(3)
})

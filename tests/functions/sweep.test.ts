import { expect, test } from 'vitest'
import type { BellMessage } from '../../core/law/world.ts'
import { sweepDoor } from '../../functions/sweep.ts'

test('rings for what was left, and for what may be due', async () => {
  const rung: BellMessage[] = []
  const left = ['xap_1', 'xap_2'] as never[]
  const world = { clock: { now: () => 0 as never }, bell: { ring: async (message: BellMessage) => void rung.push(message) }, issuances: { unfinished: async (limit: number) => left.slice(0, limit) } as never }
  const logged: unknown[] = []
  expect(await sweepDoor({ world, log: (...line) => logged.push(line) })()).toEqual({ rung: 2 })
  expect(rung).toEqual([{ wake: 'issue', application: 'xap_1' }, { wake: 'issue', application: 'xap_2' }, { wake: 'orders' }, { wake: 'crl' }])
  expect(logged).toEqual([['info', 'sweep.unfinished', { applications: 2 }]])
})

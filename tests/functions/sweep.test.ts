import { expect, test } from 'vitest'
import { UpkeepFailed } from '../../core/law/record/upkeep.ts'
import type { BellMessage } from '../../core/law/world.ts'
import { sweepDoor } from '../../functions/sweep.ts'

test('rings for what was left, and for what may be due', async () => {
  const rung: BellMessage[] = []
  const left = ['xap_1', 'xap_2'] as never[]
  const world = { clock: { now: () => 0 as never }, bell: { ring: async (message: BellMessage) => void rung.push(message) }, issuances: { unfinished: async (limit: number) => left.slice(0, limit) } as never, deadlines: { due: async () => [] } as never }
  const logged: unknown[] = []
  const kept = { grants: { lapsed: 0, expired: 0, warned: 0 }, followed: 0, erased: 0, sealed: 0, forwarded: 0, ordered: 0, checkpoint: 7n, disagreeing: [{ key: 'card-orders', asked: 2, distinct: 2, recent: 0, stored: 1 }], unlikeTrail: [{ day: '2026-03-31' as never, key: 'checkpoint', arn: 'arn', askedLeast: 2, askedMost: 3, signed: 4 }] }
  const round = await sweepDoor({ world, upkeep: async () => kept, lookAround: async () => { throw new Error('no bucket') }, log: (...line) => logged.push(line) })()
  // As the Lambda runtime writes it: a bigint would fail the whole round.
  expect(JSON.parse(JSON.stringify(round))).toEqual({ rung: 2, deadlines: { persons: 0, ended: 0, failed: 0, finished: true }, kept: { ...kept, checkpoint: '7', disagreeing: ['card-orders'], unlikeTrail: ['checkpoint'] } })
  expect(rung).toEqual([{ wake: 'issue', application: 'xap_1' }, { wake: 'issue', application: 'xap_2' }, { wake: 'orders' }, { wake: 'crl' }])
  expect(logged).toEqual([['info', 'sweep.unfinished', { applications: 2 }], ['error', 'account.disagrees', { key: 'card-orders', asked: 2, distinct: 2, stored: 1 }], ['error', 'account.disagrees', { key: 'checkpoint', day: '2026-03-31', askedLeast: 2, askedMost: 3, signed: 4 }], ['error', 'health.failed', { fault: 'Error: no bucket' }]])
})

test('an account that does not agree is said although another part failed: it is found once a day', async () => {
  const logged: unknown[] = []
  const report = { grants: { lapsed: 0, expired: 0, warned: 0 }, followed: 0, erased: 0, sealed: 0, forwarded: 0, ordered: 0, checkpoint: null, disagreeing: [{ key: 'receipt', asked: 2, distinct: 2, recent: 0, stored: 1 }], unlikeTrail: [] }
  const world = { clock: { now: () => 0 as never }, bell: { ring: async () => undefined }, issuances: { unfinished: async () => [] } as never, deadlines: { due: async () => [] } as never }
  const door = sweepDoor({ world, upkeep: async () => { throw new UpkeepFailed([new Error('no bucket')], report) }, lookAround: async () => { throw new Error('not reached') }, log: (...line) => logged.push(line) })
  await expect(door()).rejects.toThrow('no bucket')
  expect(logged).toEqual([['error', 'account.disagrees', { key: 'receipt', asked: 2, distinct: 2, stored: 1 }]])
})

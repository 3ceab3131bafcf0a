import type { SQSEvent } from 'aws-lambda'
import { expect, test } from 'vitest'
import { startQueue, type QueueOptions } from '../../local/cloud/queue.ts'

const build = (over: Partial<QueueOptions>) => {
  const seen: string[][] = []
  const faults: unknown[] = []
  const queue = startQueue({
    deliver: async (event: SQSEvent) => {
      seen.push(event.Records.map((r) => r.body))
      return { batchItemFailures: [] }
    },
    tick: async () => undefined, every: 0, delay: () => 1, fault: (fault) => faults.push(fault), ...over,
  })
  return { queue, seen, faults }
}

test('hands over what was rung, after the caller, in batches of ten at most', async () => {
  const { queue, seen } = build({})
  for (let i = 0; i < 12; i++) await queue.bell.ring({ wake: 'issue', application: `xap_${i}` })
  expect(seen).toEqual([])
  await queue.idle()
  expect(seen.map((batch) => batch.length)).toEqual([10, 2])
  expect(JSON.parse(seen[0]![0]!)).toEqual({ wake: 'issue', application: 'xap_0' })
})

test('brings again only what was named as failed, and gives up after the last try', async () => {
  const tries: Record<string, number> = {}
  const { queue, faults } = build({
    tries: 3,
    deliver: async (event) => {
      for (const { body, attributes } of event.Records) {
        tries[body] = (tries[body] ?? 0) + 1
        expect(attributes.ApproximateReceiveCount).toBe(String(tries[body]))
      }
      return { batchItemFailures: event.Records.filter((r) => r.body.includes('orders')).map((r) => ({ itemIdentifier: r.messageId })) }
    },
  })
  await queue.bell.ring({ wake: 'orders' })
  await queue.bell.ring({ wake: 'crl' })
  await queue.idle()
  expect(tries).toEqual({ '{"wake":"orders"}': 3, '{"wake":"crl"}': 1 })
  expect([queue.dead, faults.length]).toEqual([1, 1])
})

test('a handler that throws failed with the whole batch', async () => {
  let calls = 0
  const { queue, faults } = build({ deliver: async () => { calls++; if (calls === 1) throw new Error('down'); return { batchItemFailures: [] } } })
  await queue.bell.ring({ wake: 'crl' })
  await queue.idle()
  expect([calls, queue.dead, String(faults[0])]).toEqual([2, 0, 'Error: down'])
})

test('what is rung while something runs is not lost', async () => {
  const { queue, seen } = build({
    deliver: async (event) => {
      if (event.Records.some((r) => r.body.includes('orders'))) await queue.bell.ring({ wake: 'crl' })
      seen.push(event.Records.map((r) => r.body))
      return { batchItemFailures: [] }
    },
  })
  await queue.bell.ring({ wake: 'orders' })
  await queue.idle()
  expect(seen).toEqual([['{"wake":"orders"}'], ['{"wake":"crl"}']])
})

test('the schedule ticks, never twice at once, and stops', async () => {
  let ticks = 0
  let inside = 0
  let most = 0
  const { queue } = build({ every: 2, tick: async () => { ticks++; most = Math.max(most, ++inside); await new Promise((done) => setTimeout(done, 15)); inside-- } })
  await new Promise((done) => setTimeout(done, 80))
  await queue.stop()
  expect([most, inside]).toEqual([1, 0])
  const stoppedAt = ticks
  expect(stoppedAt).toBeGreaterThan(1)
  await queue.bell.ring({ wake: 'crl' })
  await new Promise((done) => setTimeout(done, 20))
  expect(ticks).toBe(stoppedAt)
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { Card } from '../../core/law/card/card.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { addDays, after, dayOf, hour, startOf, type Instant } from '../../core/law/time.ts'
import type { PublishedCrl } from '../../core/law/certificate/status.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome } from './rows.ts'

let world: TestWorld
let card: Card
let certificate: CertificateRecord
beforeEach(async () => {
  world = await testWorld()
  card = await rows.deliveredCard(world, rows.resident(world).person)
  certificate = await rows.issued(world, card)
})
afterEach(() => world.close())

const now = () => world.clock.now()
const list = async (at: Instant = now(), life = 48 * hour): Promise<PublishedCrl> => {
  const { number, entries } = await world.crls.reserve(certificate.issuer, certificate.shard, at)
  return { issuer: certificate.issuer, shard: certificate.shard, number, der: Uint8Array.from(Buffer.from(JSON.stringify(entries))), thisUpdate: at, nextUpdate: after(at, life) }
}
const publish = (crl: PublishedCrl) => world.crls.publish(actOf(world, 'crl.publish', { key: null }), crl)
const dueShards = async (at: Instant = now()) => (await world.crls.due(at)).map((d) => d.shard)

test('a number is at least the instant, and larger than any before, published or not', async () => {
  expect((await list()).number).toBe(BigInt(now()))
  expect((await list()).number).toBe(BigInt(now()) + 1n)
  expect((await list(after(now(), -hour))).number).toBe(BigInt(now()) + 2n)
  world.clock.advance(hour)
  expect((await list()).number).toBe(BigInt(now()))
})

test('after a revocation a list waits until the one before is as old as the pause; at half of its life it does not wait', async () => {
  ok(await publish(await list()))
  ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('temporary-stop', now(), now())))
  const pause = 60_000
  const due = async (later: number) => (await world.crls.due(after(now(), later), after(now(), later - pause))).length
  expect([await due(0), await due(pause - 1), await due(pause), await due(24 * hour)]).toEqual([0, 0, 1, 1])
})

test('a list is due when missing, at half of its life, and as soon as something lapsed', async () => {
  expect(await world.crls.due(now())).toEqual([{ issuer: certificate.issuer, shard: certificate.shard }])
  ok(await publish(await list()))
  expect(await dueShards()).toEqual([])
  expect(await dueShards(after(now(), 24 * hour - 1))).toEqual([])
  expect(await dueShards(after(now(), 24 * hour))).toEqual([certificate.shard])
  ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('temporary-stop', now(), now())))
  expect(await dueShards()).toEqual([certificate.shard])
  ok(await publish(await list()))
  expect(await dueShards()).toEqual([])
  ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('key-leak', now(), now())))
  expect(await dueShards()).toEqual([certificate.shard])
})

test('a list made before a lapse that was published after it is still due', async () => {
  const early = await list()
  ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('key-leak', now(), now())))
  ok(await publish(early))
  expect(await dueShards()).toEqual([certificate.shard])
})

test('entries: what lapsed, with instant and reason, in the order of serials, of this issuer and municipality only', async () => {
  const authentication = await rows.issued(world, card, 'authentication')
  const elsewhere = await rows.issued(world, await rows.deliveredCard(world, world.persona('taro').person))
  const second = await rows.issued(world, await rows.deliveredCard(world, world.persona('misaki').person))
  for (const record of [certificate, authentication, elsewhere, second]) ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), record.id, revocation('holder-request', now(), now())))
  const { entries } = await world.crls.reserve(certificate.issuer, certificate.shard, now())
  expect(entries).toEqual([certificate.serial, second.serial].sort().map((serial) => ({ serial, at: now(), reason: 5 })))
})

test('an entry is kept until the certificate’s last day is over', async () => {
  const lastDay = addDays(dayOf(now()), 10)
  const short = await rows.issued(world, await rows.deliveredCard(world, world.persona('misaki').person), 'signature', lastDay)
  ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), short.id, revocation('holder-request', now(), now())))
  const serials = async (at: Instant) => (await world.crls.reserve(short.issuer, short.shard, at)).entries.map((e) => e.serial)
  expect(await serials(after(startOf(addDays(lastDay, 1)), -1))).toEqual([short.serial])
  expect(await serials(startOf(addDays(lastDay, 1)))).toEqual([])
})

test('a smaller number never follows a larger one; only the newest list keeps its octets', async () => {
  const [first, second] = [await list(), await list()]
  ok(await publish(second))
  expect(outcome(await publish(first))).toBe('CONFLICT')
  expect(outcome(await publish(second))).toBe('CONFLICT')
  expect(await world.crls.latest(certificate.issuer, certificate.shard)).toEqual(second)
  const third = await list()
  ok(await publish(third))
  expect(await world.crls.latest(certificate.issuer, certificate.shard)).toEqual(third)
  expect(outcome(await publish({ ...third, number: third.number + 5n }))).toBe('CONFLICT')
  expect(await world.crls.latest(certificate.issuer, '011002' as never)).toBeNull()
})

/**
 * Publishers of one list at the same time, on a real server, into one place: what is served only rises, and the last of it
 * says every lapse that was recorded before it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isRefusal } from '../../core/law/refusal.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { publishCrl } from '../../core/law/certificate/status.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { listBucket, publishedTo, type ListStore } from '../../functions/environment/lists.ts'
import { openLists } from '../../local/cloud/lists.ts'
import * as rows from '../db/rows.ts'
import { actOf, ok } from '../db/rows.ts'
import { freshDatabase, type TestDatabase } from '../harness/database.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'

let database: TestDatabase
let world: TestWorld
beforeAll(async () => {
  database = await freshDatabase(32)
  world = await testWorld({ db: database.db })
})
afterAll(() => database.close())

test('thirty publishers, one lapse between them', async () => {
  const card = await rows.deliveredCard(world, rows.resident(world).person)
  const certificate = await rows.issued(world, card)
  const lists = openLists(null)
  const served: bigint[] = []
  const slow: ListStore = {
    look: async (path) => {
      const there = await lists.look(path)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
      return there
    },
    replace: async (path, list, version) => {
      const done = await lists.replace(path, list, version)
      if (done) served.push(list.number)
      return done
    },
  }
  const publishing = { ...world, crls: publishedTo(listBucket(slow), world.crls, world) }
  const publish = async () => !isRefusal(await publishCrl(publishing, certificate.issuer, certificate.shard).catch(() => ({ refused: true, code: 'CONFLICT' }) as const))
  const lapse = async () => ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('key-leak', world.clock.now(), world.clock.now())))
  const done = await Promise.all([...Array.from({ length: 15 }, publish), lapse(), ...Array.from({ length: 15 }, publish)])
  expect(done.filter((d) => d === true).length).toBeGreaterThan(0)
  expect(served).toEqual([...served].sort((a, b) => (a < b ? -1 : 1)))
  expect(new Set(served).size).toBe(served.length)

  expect(await publish()).toBe(true)
  const last = readCrl((await lists.latest(certificate.issuer, certificate.shard))!.der)
  expect(last.number).toBe((await world.crls.latest(certificate.issuer, certificate.shard))!.number)
  expect([...last.entries()].map((entry) => [entry.serial, entry.reason])).toEqual([[certificate.serial, 1]])
  expect((await world.crls.due(world.clock.now())).filter((d) => d.shard === certificate.shard && d.issuer === certificate.issuer)).toEqual([])
}, 60_000)

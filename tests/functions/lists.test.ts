/** Lists go out checked, under numbers that only rise, whoever publishes at the same time; the folder and the bucket alike. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PublishedCrl } from '../../core/law/certificate/status.ts'
import { publishCrl } from '../../core/law/certificate/status.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { listBucket, listPath, publishedTo, UnfitList, type ListStore } from '../../functions/environment/lists.ts'
import { openLists } from '../../local/cloud/lists.ts'
import { actOf, ok } from '../db/rows.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'

let world: TestWorld
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mynagate-lists-'))
  world = await testWorld({ random: 'lists' })
}, 60_000)
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true, force: true })
})
const shard = () => world.persona('hanako').resident.municipality!
const issuer = () => world.authorities.current('signature').keyId
const publishing = (lists: Parameters<typeof publishedTo>[0]) => ({ ...world, crls: publishedTo(lists, world.crls, world) })

describe.each(['folder', 'memory'])('in a %s', (where) => {
  test('what is published is served, whole', async () => {
    const lists = openLists(where === 'folder' ? folder : null)
    const list = ok(await publishCrl(publishing(listBucket(lists)), issuer(), shard()))
    expect(await lists.latest(issuer(), shard())).toEqual(list)
    if (where === 'folder') expect(new Uint8Array(readFileSync(join(folder, listPath(list))))).toEqual(list.der)
    expect(await openLists(where === 'folder' ? folder : null).latest(issuer(), shard())).toEqual(where === 'folder' ? list : null)
    expect(await listBucket(lists).put({ ...list, number: list.number })).toBe(false)
    expect(await lists.replace(listPath(list), list, 'another version')).toBe(false)
  })

  test('of twenty at once the last number stays', async () => {
    const lists = openLists(where === 'folder' ? folder : null)
    const seen: bigint[] = []
    const watched: ListStore = { look: lists.look, replace: async (path, list, version) => {
      const done = await lists.replace(path, list, version)
      if (done) seen.push(list.number)
      return done
    } }
    // Two processes: between look and write another one may have written.
    const made: PublishedCrl[] = []
    for (let n = 0; n < 20; n++) {
      const list = await publishCrl({ ...world, crls: { ...world.crls, publish: async () => undefined, due: world.crls.due, reserve: world.crls.reserve, latest: world.crls.latest } }, issuer(), shard())
      made.push(ok(list))
    }
    const largest = made.at(-1)!.number
    await Promise.all(made.toSorted((a, b) => Number((a.number * 7919n) % 23n - (b.number * 7919n) % 23n)).map((list) => listBucket(watched).put(list).catch(() => false)))
    await listBucket(watched).put(made.at(-1)!)
    expect(seen).toEqual(seen.toSorted((a, b) => (a < b ? -1 : 1)))
    expect(readCrl((await lists.latest(issuer(), shard()))!.der).number).toBe(largest)
  })
})

describe('a list that is not what it must be goes nowhere', () => {
  test.each([
    ['another number', (list: PublishedCrl) => ({ ...list, number: list.number + 1n })],
    ['another municipality', (list: PublishedCrl) => ({ ...list, shard: world.persona('taro').resident.municipality! })],
    ['another issuer', (list: PublishedCrl) => ({ ...list, issuer: world.authorities.current('authentication').keyId })],
    ['a changed octet of the signature', (list: PublishedCrl) => ({ ...list, der: list.der.map((b, i) => (i === list.der.length - 1 ? b ^ 1 : b)) })],
  ])('%s', async (_, change) => {
    const lists = openLists(null)
    const list = ok(await publishCrl(world, issuer(), shard()))
    await expect(publishedTo(listBucket(lists), world.crls, world).publish(actOf(world, 'crl.publish', { key: null }), change(list))).rejects.toThrow(UnfitList)
    expect(await lists.latest(issuer(), shard())).toBeNull()
  })
})

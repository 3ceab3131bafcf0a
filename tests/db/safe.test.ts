/** Values of persons at rest: what opens for whom, what does not, generations of keys, and what a stolen table shows. */
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hour, instant } from '../../core/law/time.ts'
import { generationLasts, KeyWanted, openKeyring } from '../../db/keyring.ts'
import { migrate, readMigrations } from '../../db/migrate.ts'
import { openStores } from '../../db/open.ts'
import { noSafe, NotOpened, openSafe, sealedColumns } from '../../db/safe.ts'
import { realRandom } from '../../functions/environment.ts'
import { testSafe, testWrapper } from '../harness/safe.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'

let world: TestWorld
beforeEach(async () => {
  world = await testWorld()
  for (const purpose of ['personal-data', 'blind-index'] as const) await world.safe.fetch(purpose)
})
afterEach(() => world.close())

const rowsOf = async (table: string) => (await world.db.execute(sql.raw(`select * from ${table}`)) as unknown as { rows: Record<string, unknown>[] }).rows

describe('a sealed value', () => {
  test('opens for its column and row, and no two sealings look alike', () => {
    const one = world.safe.seal('residents.personal', 'psn_1', { a: '青空' })
    expect(world.safe.open('residents.personal', 'psn_1', one)).toEqual({ a: '青空' })
    expect(world.safe.seal('residents.personal', 'psn_1', { a: '青空' })).not.toEqual(one)
    expect([one[0], one[1], one[2], (one.length - 31) % 64]).toEqual([1, 0, 1, 0])
  })
  test('opens for no other row, no other column, and not with a bit changed anywhere', () => {
    const one = world.safe.seal('residents.personal', 'psn_1', { a: '青空' })
    for (const wrong of [() => world.safe.open('residents.personal', 'psn_2', one), () => world.safe.open('certificates.personal', 'psn_1', one), ...Array.from(one, (_, i) => () => world.safe.open('residents.personal', 'psn_1', one.map((o, j) => (i === j ? o ^ 1 : o)))), () => world.safe.open('residents.personal', 'psn_1', one.subarray(0, 20))]) {
      expect(wrong).toThrow(expect.toSatisfy((e: Error) => e instanceof NotOpened || e instanceof KeyWanted))
    }
  })
  test('says nothing of its content when it does not open', () => {
    expect(() => world.safe.open('cards.number', 'crd_1', new Uint8Array(40))).toThrow('cards.number of crd_1 does not open: form')
  })
  test('a text that cannot be stored as it is is a fault', () => {
    for (const text of ['\ud800', 'a\udc00b', '\0']) expect(() => world.safe.seal('cards.number', 'crd_1', { text })).toThrow('cannot be stored')
    for (const text of ['\\ud800', '\\\\u0000', '𠮷']) expect(world.safe.open('cards.number', 'crd_1', world.safe.seal('cards.number', 'crd_1', { text }))).toEqual({ text })
  })
  test('a row whose sealed value was exchanged for another’s opens for nobody', async () => {
    const [hanako, taro] = [rows.resident(world).person, rows.resident(world, 'taro').person]
    await world.db.execute(sql`update residents set personal = (select personal from residents where person = ${taro}) where person = ${hanako}`)
    await expect(world.residents.load(hanako)).rejects.toThrow('residents.personal')
    await world.db.execute(sql`delete from residents where person = ${hanako}`)
  })
})

test('a blind index finds by value, by column, and is not the hash of anything known', () => {
  expect(world.safe.index('cards.number_index', '1')).toEqual(world.safe.index('cards.number_index', '1'))
  const all = [world.safe.index('cards.number_index', '1'), world.safe.index('cards.number_index', '2'), world.safe.index('chips.number_index', '1')].map((i) => Buffer.from(i).toString('hex'))
  expect(new Set(all).size).toBe(3)
})

test('a stolen archive shows no value: every sealed column holds octets that begin with the version', async () => {
  const card = await rows.deliveredCard(world, rows.resident(world).person)
  await rows.issued(world, card)
  await rows.reserved(world, await rows.notified(world, await rows.deliveredCard(world, rows.resident(world, 'taro').person)))
  let seen = 0
  for (const name of sealedColumns) {
    const [table, column] = name.split('.') as [string, string]
    for (const row of await rowsOf(table)) {
      const value = row[column] as Uint8Array | null
      if (value !== null) expect([name, value[0], value.length >= 31]).toEqual([name, 1, true])
      seen += value === null ? 0 : 1
    }
  }
  expect(seen).toBeGreaterThan(30)
  const everything = JSON.stringify(await Promise.all(['residents', 'cards', 'certificates', 'certificate_applications', 'acts'].map(rowsOf)))
  for (const secret of [rows.resident(world).items.name, rows.resident(world).items.address, rows.resident(world).items.birthDate, card.cardNumber]) expect(everything).not.toContain(secret)
})

describe('generations', () => {
  const at = (now: number, makes = true) => openSafe(openKeyring(world.db, { wrapper: testWrapper, stage: 'test', now: () => instant(now), makes }), realRandom)
  test('a year later new values get a new one; old ones open; a door that was open meanwhile fetches it by itself', async () => {
    const { person, items, kana, nationality, stayUntil } = rows.resident(world)
    const later = at(world.clock.now() + generationLasts + hour)
    await later.fetch('personal-data')
    const fresh = later.seal('residents.personal', person, { items: { ...items, name: '新しい名' }, kana, nationality, stayUntil })
    expect([fresh[2], (await rowsOf('data_keys')).length]).toEqual([2, 3])
    expect((await openStores(world.db, later).residents.load(person))!.items.name).toBe(items.name)
    expect(() => world.safe.open('residents.personal', person, fresh)).toThrow(KeyWanted)
    await world.db.execute(sql`update residents set personal = ${fresh} where person = ${person}`)
    expect((await world.residents.load(person))!.items.name).toBe('新しい名')
  })
  test('of two that make the first at once one key stays, and both have it', async () => {
    await world.db.execute(sql`delete from data_keys`)
    const both = [at(1), at(1)]
    await Promise.all(both.map((safe) => safe.fetch('personal-data')))
    expect(both[1]!.open('cards.number', 'x', both[0]!.seal('cards.number', 'x', '1'))).toBe('1')
  })
  test('a door that may have none made waits for the counter; one of another stage has no key; one that has no business opens nothing', async () => {
    const person = rows.resident(world).person
    await expect(openStores(world.db, noSafe).residents.load(person)).rejects.toThrow('no key for values of persons')
    const elsewhere = openSafe(openKeyring(world.db, { wrapper: testWrapper, stage: 'other', now: world.clock.now, makes: true }), realRandom)
    await expect(openStores(world.db, elsewhere).residents.load(person)).rejects.toThrow('sealed for something else')
    const kept = await rowsOf('data_keys')
    await world.db.execute(sql`delete from data_keys`)
    await expect(openStores(world.db, at(1, false)).residents.load(person)).rejects.toThrow(KeyWanted)
    expect(kept.length).toBe(2)
  })
  test('a key of the wrong length is no key', async () => {
    await expect(testSafe(world.db, world.clock.now, { ...testWrapper, open: async () => new Uint8Array(16) }).fetch('personal-data')).rejects.toThrow('16 octets')
  })
})

test('the migration stops where a table holds values in clear, and says what to do', async () => {
  const { PGlite } = await import('@electric-sql/pglite')
  const { drizzle } = await import('drizzle-orm/pglite')
  const client = await PGlite.create()
  try {
    const db = drizzle({ client, casing: 'snake_case' }) as never
    const all = readMigrations()
    const first = all.findIndex(({ name }) => name.endsWith('_sealed_expand'))
    await migrate(db, all.slice(0, first))
    await client.query(`insert into residents (person, municipality, name, name_substitutes, address, address_substitutes, birth_date, sex, state, version) values ('psn_1', null, 'x', '0', 'y', '0', '1990-01-01', 'male', 'DECEASED', 1)`)
    await expect(migrate(db, all)).rejects.toThrow('archive: 55000 residents holds values of persons in clear')
    await client.query('delete from residents')
    await migrate(db, all)
  } finally {
    await client.close()
  }
}, 60_000)

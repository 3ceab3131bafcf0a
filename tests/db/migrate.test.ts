import { readdirSync, readFileSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pglite'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Db } from '../../db/client.ts'
import { ArchiveFault } from '../../db/fault.ts'
import { expectSchema, migrate, readMigrations, SchemaMismatch } from '../../db/migrate.ts'
import journal from '../../db/migrations/meta/_journal.json' with { type: 'json' }

let client: PGlite
let db: Db
beforeAll(async () => { client = await PGlite.create() })
afterAll(() => client.close())
beforeEach(async () => {
  await client.exec('drop schema public cascade; create schema public')
  db = drizzle({ client, casing: 'snake_case' })
})

const known = readMigrations()
const extra = { name: '9999_extra', sha256: 'e', statements: ['create table extra (n integer)'] }
const mismatch = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'no error', (e: unknown) => (e instanceof SchemaMismatch ? e.kind : e))

describe('migrating', () => {
  test('applies all, then nothing', async () => {
    expect(await mismatch(expectSchema(db))).toBe('behind')
    expect(await migrate(db)).toEqual(known.map((m) => m.name))
    expect(await migrate(db)).toEqual([])
    await expectSchema(db)
  })

  test('applies what is new', async () => {
    await migrate(db)
    expect(await migrate(db, [...known, extra])).toEqual(['9999_extra'])
    await db.execute(sql`insert into extra values (1)`)
    expect(await mismatch(expectSchema(db))).toBe('ahead')
    expect(await mismatch(migrate(db))).toBe('ahead')
  })

  test('older code serves a database that has only grown; what is dropped later may still be there', async () => {
    await migrate(db)
    await migrate(db, [...known, { name: '9998_more_expand', sha256: 'a', statements: ['create table more (n integer)'] }])
    await expectSchema(db)
    await db.execute(sql`insert into schema_migrations (position, name, sha256) values (9999, '9999_less_contract', 'b')`)
    expect(await mismatch(expectSchema(db))).toBe('ahead')
  })

  test('a migration that was changed, or merged before one that was applied, is an error', async () => {
    await migrate(db, [extra])
    expect(await mismatch(migrate(db, [{ ...extra, sha256: 'other' }]))).toBe('different')
    expect(await mismatch(migrate(db, [{ ...extra, name: '0000_late' }, extra]))).toBe('different')
    expect(await mismatch(expectSchema(db))).toBe('different')
  })

  test('a failure leaves nothing of any', async () => {
    await expect(migrate(db, [extra, { name: 'broken', sha256: 'b', statements: ['create table half (n integer)', 'select nonsense'] }])).rejects.toBeInstanceOf(ArchiveFault)
    expect((await client.query(`select count(*)::int as n from pg_tables where schemaname = 'public'`)).rows).toEqual([{ n: 0 }])
  })
})

test('the journal rises, and names every file in the folder', () => {
  const folder = new URL('../../db/migrations/', import.meta.url)
  const files = readdirSync(folder).filter((f) => f.endsWith('.sql')).sort()
  expect(journal.entries.map((e) => `${e.tag}.sql`)).toEqual(files)
  expect(journal.entries.map((e) => e.idx)).toEqual(files.map((_, i) => i))
  expect(journal.entries.every((e, i) => i === 0 || e.when > journal.entries[i - 1]!.when)).toBe(true)
  for (const file of files) expect(readFileSync(new URL(file, folder), 'utf8')).not.toMatch(/\bnow\(\)|current_timestamp/i)
})

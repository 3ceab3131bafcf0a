/** A door and a database that do not belong together. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { archive } from '../../functions/environment/archive.ts'
import { freshDatabase, type TestDatabase } from '../harness/database.ts'

let database: TestDatabase
beforeAll(async () => { database = await freshDatabase(4) })
afterAll(() => database.close())
const log = () => undefined

test('starts on the tables it knows', async () => {
  expect(await (await archive(database.url, log, null)).issuers.all()).toEqual([])
})

test('does not start on newer tables', async () => {
  await database.db.execute(sql`insert into schema_migrations (position, name, sha256) values (999, '9999_to_come', 'x')`)
  await expect(archive(database.url, log, null)).rejects.toMatchObject({ name: 'CannotStart', fault: 'database-ahead', message: expect.stringContaining('9999_to_come') })
  await database.db.execute(sql`delete from schema_migrations where position = 999`)
})

test('does not start on older ones', async () => {
  await database.db.execute(sql`delete from schema_migrations`)
  await expect(archive(database.url, log, null)).rejects.toMatchObject({ name: 'CannotStart', fault: 'database-behind', message: expect.stringContaining('0000_first') })
})

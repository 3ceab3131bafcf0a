/**
 * Databases for tests: on the real server of DATABASE_URL one of its own per test file; embedded ones from a pool, each
 * emptied before it is handed out again, because opening one takes half a second and emptying one a few milliseconds.
 */
import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import type { Db, Opened } from '../../db/client.ts'
import { openPostgres } from '../../db/postgres.ts'
import { openEmbedded } from '../../db/embedded.ts'
import { migrate } from '../../db/migrate.ts'

export interface TestDatabase extends Opened {
  readonly url: string
}

/** The address of the real server. Throws where the tests were not started through `npm run test:pg`. */
export function serverUrl(): string {
  const url = process.env['DATABASE_URL']
  if (url === undefined) throw new Error('these tests need a real Postgres: npm run test:pg')
  return url
}

/** A new, migrated database on the real server; closing drops it. */
export async function freshDatabase(connections = 40): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`
  await admin(`create database ${name}`)
  const url = new URL(serverUrl())
  url.pathname = `/${name}`
  const { db, close } = openPostgres(url.href, { connections })
  await migrate(db)
  return {
    url: url.href, db,
    async close() {
      await close()
      await admin(`drop database ${name} with (force)`)
    },
  }
}

async function admin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl() })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Of this worker: test files share it, and what one gave back the next one takes. */
const idle: Opened[] = ((globalThis as { mynagateIdleDatabases?: Opened[] }).mynagateIdleDatabases ??= [])

/** An empty embedded database; closing gives it back. */
export async function embeddedDatabase(): Promise<Opened> {
  const taken = idle.pop()
  const opened = taken ?? (await openEmbedded({ directory: 'memory' }))
  if (taken !== undefined) await empty(taken.db)
  let open = true
  return {
    db: opened.db,
    async close() {
      if (open) idle.push(opened)
      open = false
    },
  }
}

/** Removes every row but the record of migrations. Triggers and foreign keys rest meanwhile. */
async function empty(db: Db): Promise<void> {
  await db.execute(sql.raw(`do $$
    declare t text;
    begin
      set local session_replication_role = replica;
      for t in select tablename from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations' loop execute format('delete from %I', t); end loop;
      perform setval('audit_leaves_id_seq', 1, false);
    end $$`))
}

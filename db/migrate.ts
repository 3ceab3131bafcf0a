/**
 * Brings a database to the tables of this code, and checks that it is there. The same for all three drivers. Files come
 * from drizzle-kit; they are applied in the order of the journal, all in one transaction, under one lock. What was applied
 * must be a beginning of what is here, hash by hash: a migration merged late is an error, not silently left out.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import type { Db, Tx } from './client.ts'
import { withoutValues } from './fault.ts'
import journal from './migrations/meta/_journal.json' with { type: 'json' }

/** The database and this code do not belong together. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch'
  readonly kind: 'behind' | 'ahead' | 'different'
  constructor(kind: SchemaMismatch['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

interface Migration { readonly name: string; readonly sha256: string; readonly statements: readonly string[] }
interface Applied { readonly name: string; readonly sha256: string }

const names: readonly string[] = [...journal.entries].sort((a, b) => a.idx - b.idx).map((entry) => entry.tag)

/** The migrations of this code, read from their files. */
export const readMigrations = (folder = new URL('./migrations/', import.meta.url)): Migration[] =>
  names.map((name) => {
    const text = readFileSync(new URL(`${name}.sql`, folder), 'utf8')
    return { name, sha256: createHash('sha256').update(text).digest('hex'), statements: text.split('--> statement-breakpoint').map((s) => s.trim()).filter((s) => s !== '') }
  })

/** Applies what is missing; returns the names of what it applied. */
export async function migrate(db: Db, migrations: readonly Migration[] = readMigrations()): Promise<string[]> {
  try {
    return await db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('mynagate migrations', 0))`)
      await tx.execute(sql`create table if not exists schema_migrations (position integer primary key, name text not null unique, sha256 text not null, applied_at timestamptz not null default now())`)
      const applied = await readApplied(tx)
      compare(applied, migrations)
      const missing = migrations.slice(applied.length)
      for (const [i, migration] of missing.entries()) {
        for (const statement of migration.statements) await tx.execute(sql.raw(statement))
        await tx.execute(sql`insert into schema_migrations (position, name, sha256) values (${applied.length + i}, ${migration.name}, ${migration.sha256})`)
      }
      return missing.map((m) => m.name)
    })
  } catch (error) {
    throw withoutValues(error)
  }
}

/**
 * Throws unless the database has the migrations that this code knows. Two differences are part of a gradual move and are
 * let pass: the database has grown by migrations named `…_expand`, which older code does not notice, or still lacks those
 * named `…_contract`, which come after the older code is gone. Reads no file: it works in a bundle.
 */
export async function expectSchema(db: Db): Promise<void> {
  const [present] = rowsOf<{ there: boolean }>(await db.execute(sql`select to_regclass('schema_migrations') is not null as there`))
  const applied = present?.there === true ? await readApplied(db) : []
  const wrong = names.findIndex((name, i) => applied[i] !== undefined && applied[i].name !== name)
  if (wrong >= 0) throw new SchemaMismatch('different', `the database has migration ${applied[wrong]!.name} where this code has ${names[wrong]!}`)
  const lacking = names.slice(applied.length).filter((name) => !name.endsWith('_contract'))
  if (lacking.length > 0) throw new SchemaMismatch('behind', `the database lacks ${lacking.join(', ')}; migrate it first`)
  const unknown = applied.slice(names.length).map((a) => a.name).filter((name) => !name.endsWith('_expand'))
  if (unknown.length > 0) throw new SchemaMismatch('ahead', `the database has ${unknown.join(', ')}, which this code does not know; it is older than the database`)
}

function compare(applied: readonly Applied[], migrations: readonly Migration[]): void {
  for (const [i, row] of applied.entries()) {
    const here = migrations[i]
    if (here === undefined) throw new SchemaMismatch('ahead', `the database has ${row.name}, which this code does not know; it is older than the database`)
    if (here.name !== row.name || here.sha256 !== row.sha256) throw new SchemaMismatch('different', `the database has migration ${row.name} (${row.sha256.slice(0, 12)}) where this code has ${here.name} (${here.sha256.slice(0, 12)})`)
  }
}

const readApplied = async (db: Db | Tx): Promise<Applied[]> => rowsOf<Applied>(await db.execute(sql`select name, sha256 from schema_migrations order by position`))

/** Every driver answers an object with `rows`; the common type of the three does not say so. */
const rowsOf = <T>(result: unknown): T[] => (result as { rows: T[] }).rows

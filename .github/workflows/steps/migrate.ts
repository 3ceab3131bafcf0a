/**
 * Migrations in two phases around the move to new code. `expand` applies what is missing up to the first migration named
 * `…_contract`; the code before and the code after both live with it. `contract` applies the rest, once no door runs the
 * code before. An empty archive has no code before: it gets everything at once.
 */
import { openDatabase } from '../../../db/client.ts'
import { migrate, readMigrations } from '../../../db/migrate.ts'

export type Phase = 'expand' | 'contract'

/** What a phase may have applied, given what is applied already. */
export function upTo<M extends { readonly name: string }>(phase: Phase, migrations: readonly M[], applied: number): readonly M[] {
  if (phase === 'contract' || applied === 0) return migrations
  const first = migrations.findIndex((migration, i) => i >= applied && migration.name.endsWith('_contract'))
  return first < 0 ? migrations : migrations.slice(0, first)
}

if (import.meta.main) {
  const phase = process.argv[2]
  const url = process.env['DATABASE_URL']
  if ((phase !== 'expand' && phase !== 'contract') || url === undefined) throw new Error('DATABASE_URL=… migrate.ts expand|contract')
  const { db, close } = await openDatabase(url, { connections: 1 })
  try {
    const there = await db.execute("select to_regclass('schema_migrations') is not null as there") as unknown as { rows: { there: boolean }[] }
    const count = there.rows[0]?.there === true ? Number((await db.execute('select count(*) as n from schema_migrations') as unknown as { rows: { n: string }[] }).rows[0]?.n) : 0
    const applied = await migrate(db, upTo(phase, readMigrations(), count))
    console.log(applied.length === 0 ? `${phase}: nothing to apply` : `${phase}: applied ${applied.join(', ')}`)
  } finally {
    await close()
  }
}

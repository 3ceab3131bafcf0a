/**
 * What the measurements read: one person with a card, certificates and a consent, made by the stores, and as many others as asked for, copied by the database
 * itself. Each copy hangs together as the first does. What is sealed is sealed anew for those that will be asked for, who lie evenly among all; of the others it
 * is octets. While rows are copied, foreign keys, checks and all indexes but the primary keys rest; then they are put back.
 */
import pg from 'pg'
import type { FourInformation } from '../../../core/law/person/person.ts'
import { grantDoors } from '../../../db/doors.ts'
import { openPostgres } from '../../../db/postgres.ts'
import { migrate } from '../../../db/migrate.ts'
import { seededPartnerIds } from '../../../db/seed.ts'
import * as rows from '../../db/rows.ts'
import { testSafe } from '../../harness/safe.ts'
import { testWorld } from '../../harness/world.ts'
import { askedAmong, copyOf, digits, type Scene } from './ids.ts'

const template = 'bench_scene'
export const databaseOf = (people: number): string => `bench_${people}`
const named = (server: string, database: string): string => Object.assign(new URL(server), { pathname: `/${database}` }).href

/** Empty tables, and the one person; every other database is made from this one. */
export async function scene(server: string): Promise<Scene> {
  await connected(server, (client) => client.query(`create database ${template}`))
  const { db, close } = openPostgres(named(server, template), { connections: 4 })
  try {
    await migrate(db)
    await grantDoors(db)
    const world = await testWorld({ db, random: 'bench' })
    const card = await rows.deliveredCard(world, rows.resident(world).person)
    const certificate = await rows.issued(world, card)
    const consent = await rows.consentInForce(world, certificate)
    // A budget that no measurement empties.
    await world.accesses.set({ ...rows.actOf(world, 'partner.access'), subject: seededPartnerIds.bank }, { partner: seededPartnerIds.bank, documents: 'any', budget: { capacity: 1_000_000_000, perSecond: 1_000_000 } })
    return { consent: consent.id, card: card.id, person: card.person, certificate: certificate.id }
  } finally {
    await close()
  }
}

const id = (prefix: string): string => `'${prefix}_1' || lpad(i::text, ${digits}, '0')`

/**
 * What differs from copy to copy, by table; every other column is the original's. Octets that the measured questions do not read are short: ten million
 * certificates would be a disk of their own.
 */
const copies: Readonly<Record<string, { readonly key: string; readonly of: keyof Scene; readonly differing: Readonly<Record<string, string>> }>> = {
  residents: { key: 'person', of: 'person', differing: { person: id('psn') } },
  certificates: { key: 'id', of: 'certificate', differing: { id: id('crt'), person: id('psn'), card: id('crd'), application: id('xap'), serial: `'40' || upper(md5(i::text))`, der: 'coalesce(s.der, sha256(i::text::bytea))', personal: 'coalesce(s.personal, r.personal)', tbs: 'null', expected: 'null' } },
  consents: { key: 'id', of: 'consent', differing: { id: id('cns'), request: id('crq'), person: id('psn'), certificate: id('crt'), document: `'-'`, signature: 'sha256(i::text::bytea)' } },
}

/** A database with `people` in it; its address. */
export async function populated(server: string, made: Scene, people: number): Promise<string> {
  const name = databaseOf(people)
  const address = named(server, name)
  await connected(server, (client) => client.query(`create database ${name} template ${template}`))
  const putBack = await connected(address, (client) => lighten(client, Object.keys(copies)))
  // Two at a time: the machine has two processors.
  await Promise.all([['certificates'], ['consents', 'residents']].map((tables) => connected(address, async (client) => {
    await client.query('set session_replication_role = replica')
    await client.query('create temporary table sealed (n bigint, der bytea, personal bytea)')
    if (tables.includes('certificates')) await sealFor(client, address, made, people)
    for (const table of tables) await copy(client, table, made, people)
  })))
  await Promise.all([0, 1].map((half) => connected(address, async (client) => {
    await client.query(`set maintenance_work_mem = '512MB'`)
    for (const [n, statement] of putBack.indexes.entries()) if (n % 2 === half) await client.query(statement)
  })))
  await connected(address, async (client) => {
    for (const statement of putBack.constraints) await client.query(statement)
    await client.query('vacuum analyze')
    // A server that has been asked for a while has its indexes at hand; rows lie where they lie.
    await client.query('create extension if not exists pg_prewarm')
    await client.query('select pg_prewarm(indexrelid) from pg_index where indrelid = any($1::regclass[])', [Object.keys(copies)])
    await client.query('checkpoint')
  })
  return address
}

async function copy(client: pg.Client, table: string, made: Scene, people: number): Promise<void> {
  const { key, of, differing } = copies[table]!
  const { rows: columns } = await client.query<{ name: string }>(`select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' order by ordinal_position`, [table])
  const names = columns.map(({ name }) => client.escapeIdentifier(name)).join(', ')
  const values = columns.map(({ name }) => differing[name] ?? `r.${client.escapeIdentifier(name)}`).join(', ')
  await client.query(`insert into ${table} (${names}) select ${values} from ${table} r, generate_series(1::bigint, ${people}::bigint) i left join sealed s on s.n = i where r.${key} = '${made[of]}'`)
}

/** Items and certificates of those that are asked for, as the stores would seal them. */
async function sealFor(client: pg.Client, address: string, made: Scene, people: number): Promise<void> {
  const { db, close } = openPostgres(address, { connections: 1 })
  try {
    const safe = testSafe(db)
    await safe.fetch('personal-data')
    const { rows: [row] } = await client.query<{ personal: Buffer; der: Buffer }>('select personal, der from certificates where id = $1', [made.certificate])
    const [items, der] = [safe.open<FourInformation>('certificates.personal', made.certificate, row!.personal), safe.openOctets('certificates.der', made.certificate, row!.der)]
    for (const some of chunks(askedAmong(people), 1_000)) {
      const ids = some.map((n) => copyOf('crt', n))
      await client.query('insert into sealed select * from unnest($1::bigint[], $2::bytea[], $3::bytea[])', [some, ids.map((of) => Buffer.from(safe.sealOctets('certificates.der', of, der))), ids.map((of) => Buffer.from(safe.seal('certificates.personal', of, items)))])
    }
    await client.query('analyze sealed')
  } finally {
    await close()
  }
}

const chunks = <T>(list: readonly T[], size: number): T[][] => Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size))

interface PutBack { readonly indexes: readonly string[]; readonly constraints: readonly string[] }

/** Takes checks and indexes off; what puts them back. Rows that are there need not be checked again: they are copies. */
async function lighten(client: pg.Client, tables: readonly string[]): Promise<PutBack> {
  const { rows: constraints } = await client.query<{ table: string; name: string; type: string; text: string }>(`
    select conrelid::regclass::text as table, quote_ident(conname) as name, contype::text as type, pg_get_constraintdef(oid) as text from pg_constraint where conrelid = any($1::regclass[]) and contype in ('c', 'u')`, [tables])
  const { rows: indexes } = await client.query<{ name: string; text: string }>(`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as text from pg_index i where indrelid = any($1::regclass[]) and not indisprimary and not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid)`, [tables])
  for (const { table, name } of constraints) await client.query(`alter table ${table} drop constraint ${name}`)
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  const add = ({ table, name, text, type }: (typeof constraints)[number]): string => `alter table ${table} add constraint ${name} ${text}${type === 'c' && !text.endsWith('NOT VALID') ? ' not valid' : ''}`
  return { indexes: [...indexes.map(({ text }) => text), ...constraints.filter(({ type }) => type === 'u').map(add)], constraints: constraints.filter(({ type }) => type === 'c').map(add) }
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

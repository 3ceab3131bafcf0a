/**
 * A thousand edits of the rows of a copy of the database, each seen by the offline verifier that holds the copy against
 * checkpoints kept elsewhere; and verifiers from which one check was taken out, each of which lets something pass.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql, type SQL } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scopes, type Officer } from '../../core/law/actor.ts'
import { newId, type IdempotencyKey, type OfficerId } from '../../core/law/ids.ts'
import { recordResidentEvent } from '../../core/law/person/resident.ts'
import { publishCheckpoint, sequence } from '../../core/law/record/audit.ts'
import { archiveChecks, verifyArchive, type ArchiveCheck, type ArchiveCopy } from '../../core/law/record/intact.ts'
import type { AccessLogEntry } from '../../core/law/consent/disclosure.ts'
import { boundColumns, boundTables, sealRows } from '../../core/law/record/rows.ts'
import { delegate, proposeOfficerCard } from '../../core/law/space/office.ts'
import { after, dayOf } from '../../core/law/time.ts'
import { leafHash } from '../../core/pki/merkle.ts'
import type { Opened, Tx } from '../../db/client.ts'
import { openEmbedded } from '../../db/embedded.ts'
import { readArchiveCopy } from '../../db/record/copy.ts'
import { signerNamed, testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { ok } from './rows.ts'

const kept: string[] = []
const signer = signerNamed('card-orders')
let folder: string
let world: TestWorld
/** Dumps of the database with fewer acts, and with all. */
let older: Opened
let copy: Opened
const key = () => ({ name: world.settings.auditOrigin, spki: signer.spki })

let told = 0
/** No two alike: to exchange two that are would change nothing. */
async function moreActs(n: number): Promise<void> {
  if (told === 0) await oneOfEach()
  for (let i = told; i < told + n; i++) ok(await world.grants.request(rows.actOf(world, 'grant.request', { subject: `grt_${i}`, facts: { aid: `A0${i}`, basis: 'ordinance', count: i } }), rows.grant(world)))
  told += n
  await sealRows(world)
  await sequence(world)
  await publishCheckpoint({ ...world, checkpointSigner: signer, checkpointStore: { put: async (_, note) => void kept.push(note) } })
}

/** At least a row in every table that is bound, some in a second version. */
async function oneOfEach(): Promise<void> {
  const { person, municipality } = rows.resident(world)
  const clerk: Officer = { kind: 'officer', officer: 'ofc_m' as OfficerId, role: 'municipal', municipality, scopes: new Set(scopes) }
  const key = (n: number) => ({ idempotencyKey: `tamper-key-${n}` as IdempotencyKey })
  const card = await rows.deliveredCard(world, person)
  const consent = await rows.consentInForce(world, await rows.issued(world, card))
  const now = world.clock.now()
  const entry: AccessLogEntry = { id: newId('release', now, world.random), at: now, partner: consent.partner, consent: consent.id, purpose: consent.purpose, person, items: ['name'], outcome: 'CONSENT_NOT_IN_FORCE', requestId: 'req' }
  await world.releases.refused(rows.actOf(world, 'release.refuse', { key: null }), entry, rows.why(world, entry))
  const grant = await rows.approvedGrant(world)
  const order = rows.orderTo(world, card)
  ok(await world.installations.install(rows.actOf(world, 'area.install'), { id: newId('installation', now, world.random), grant: grant.id, card: card.id, state: 'ORDERED', order: order.id, quota: grant.quota }, order, world.settings.freeSpace))
  ok(await proposeOfficerCard(world, clerk, { officer: 'ofc_n' as OfficerId, person, ...key(1) }))
  ok(await delegate(world, clerk, { to: 'ofc_n' as OfficerId, kind: 'absence', acts: ['grant.suspend'], validFrom: null, validUntil: after(now, 3_600_000), ...key(2) }))
  ok(await recordResidentEvent(world, clerk, { person, kind: 'card-presented', occurredOn: dayOf(now), plannedOn: null, cardPresented: true, continuedUse: false, correction: null, items: null, ...key(3) }))
}

/** Who owns a database owns its constraints: none of them is what is tested here. */
async function unguard({ db }: Opened): Promise<void> {
  await db.execute(sql.raw(`do $$ declare c record; begin
    for c in select conrelid::regclass as t, conname from pg_constraint where conrelid::regclass::text = any (array[${boundTables.map((t) => `'${t}'`).join(', ')}]) and contype in ('c', 'f', 'u') order by contype = 'u' loop execute format('alter table %s drop constraint %I cascade', c.t, c.conname); end loop;
    for c in select indexrelid::regclass as i from pg_index where indrelid::regclass::text = any (array[${boundTables.map((t) => `'${t}'`).join(', ')}]) and indisunique and not indisprimary loop execute format('drop index %s', c.i); end loop;
  end $$`))
}

async function dumped(name: string): Promise<Opened> {
  const client = (world.db as unknown as { $client: { dumpDataDir(compression: 'none'): Promise<Blob> } }).$client
  const file = join(folder, name)
  writeFileSync(file, new Uint8Array(await (await client.dumpDataDir('none')).arrayBuffer()))
  return openEmbedded({ directory: 'memory', snapshot: file })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mynagate-tamper-'))
  world = await testWorld()
  await moreActs(21)
  older = await dumped('older.tar')
  await moreActs(16)
  copy = await dumped('copy.tar')
  await unguard(copy)
}, 120_000)
afterAll(async () => {
  await older.close()
  await copy.close()
  await world.close()
  rmSync(folder, { recursive: true, force: true })
})

class Undone extends Error {}

/** The copy as it reads after the edit, which is undone again. Keys of other tables rest meanwhile, as they do for who owns the database. */
async function edited(edit: (tx: Tx) => Promise<void>): Promise<ArchiveCopy> {
  let seen: ArchiveCopy | null = null
  await copy.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`)
    await edit(tx)
    seen = await readArchiveCopy(tx)
    throw new Undone()
  }).catch((error: unknown) => {
    if (!(error instanceof Undone)) throw error
  })
  return seen!
}

const run = async (tx: Tx, statement: SQL): Promise<void> => void (await tx.execute(statement))
/** A row of a table by its number in the order of its key. */
const nth = (table: string, by: string, n: number): SQL => sql`ctid = (select ctid from ${sql.raw(table)} order by ${sql.raw(by)} offset ${n} % (select count(*)::int from ${sql.raw(table)}) limit 1)`
const tables = { audit_leaves: 'id', audit_entries: 'position', audit_nodes: 'level, index', audit_head: 'one', audit_checkpoints: 'size' } as const
type Table = keyof typeof tables

/** Columns that say something, and how each is changed. */
const columns: readonly (readonly [Table, string, SQL])[] = [
  ['audit_leaves', 'at', sql`at + 1`], ['audit_leaves', 'kind', sql`case kind when 'grant.end' then 'grant.warn' else 'grant.end' end`], ['audit_leaves', 'actor', sql`actor || 'x'`], ['audit_leaves', 'subject', sql`'x' || subject`],
  ['audit_leaves', 'facts', sql`facts || '{"count": -1}'`], ['audit_leaves', 'leaf_hash', sql`set_byte(leaf_hash, 7, (get_byte(leaf_hash, 7) + 1) % 256)`],
  ['audit_entries', 'position', sql`position + 1000`], ['audit_entries', 'leaf', sql`leaf + 100000`], ['audit_nodes', 'hash', sql`set_byte(hash, 31, (get_byte(hash, 31) + 1) % 256)`], ['audit_nodes', 'index', sql`index + 5000`], ['audit_nodes', 'level', sql`level + 9`],
  ['audit_head', 'size', sql`size + 1`], ['audit_head', 'hashes', sql`set_byte(hashes, 3, (get_byte(hashes, 3) + 1) % 256)`], ['audit_head', 'last_leaf', sql`last_leaf - 1`], ['audit_head', 'last_transaction', sql`((last_transaction::text)::bigint - 1)::text::xid8`],
  ['audit_checkpoints', 'root', sql`set_byte(root, 0, (get_byte(root, 0) + 1) % 256)`], ['audit_checkpoints', 'note', sql`replace(note, 'audit', 'other')`], ['audit_checkpoints', 'key', sql`set_byte(key, 40, (get_byte(key, 40) + 1) % 256)`], ['audit_checkpoints', 'size', sql`size + 1`],
]

const place = fc.nat({ max: 10_000 })
/** Any value but the one that is there, whatever the column holds. */
const other: Readonly<Record<string, string>> = {
  text: `coalesce(C, '') || 'x'`, date: `coalesce(C, '2000-01-01'::date) + 1`, bigint: 'coalesce(C, 0) + 1', integer: 'coalesce(C, 0) + 1', boolean: 'not coalesce(C, false)', jsonb: `coalesce(C, '{}') || '{"x": 1}'`, ARRAY: `array_append(C, 'x')`, bytea: `coalesce(C, ''::bytea) || '\\x01'::bytea`,
}
const dataType = async (tx: Tx, table: string, column: string): Promise<string> =>
  ((await tx.execute(sql`select data_type from information_schema.columns where table_name = ${table} and column_name = ${column}`)) as unknown as { rows: [{ data_type: string }] }).rows[0].data_type
const versionColumns = [['digest', sql`set_byte(coalesce(digest, decode(repeat('00', 32), 'hex')), 5, (get_byte(coalesce(digest, decode(repeat('00', 32), 'hex')), 5) + 1) % 256)`], ['key', sql`key || 'x'`], ['of_table', sql`of_table || 'x'`], ['transaction', sql`((transaction::text)::bigint + 1)::text::xid8`]] as const
/** Edits of business, and of the versions that bind it. */
const ofRows: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...boundTables), place, place).map(([table, c, n]): Edit => {
    const column = boundColumns[table][c % boundColumns[table].length]!
    return { name: `update ${table}.${column} ${n}`, apply: async (tx) => run(tx, sql`update ${sql.raw(table)} set ${sql.identifier(column)} = ${sql.raw(other[await dataType(tx, table, column)]!.replaceAll('C', `"${column}"`))} where ${nth(table, boundColumns[table][0], n)}`) }
  }) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...boundTables), place).map(([table, n]): Edit => ({ name: `delete ${table} ${n}`, apply: (tx) => run(tx, sql`delete from ${sql.raw(table)} where ${nth(table, boundColumns[table][0], n)}`) })) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...boundTables), place).map(([table, n]): Edit => ({ name: `insert into ${table} ${n}`, apply: (tx) => run(tx, sql`insert into ${sql.raw(table)} select (jsonb_populate_record(t, jsonb_build_object(${boundColumns[table][0]}::text, t.${sql.raw(boundColumns[table][0])} || 'x'))).* from ${sql.raw(table)} t where ${nth(table, boundColumns[table][0], n)}`) })) },
  { weight: 1, arbitrary: fc.constantFrom(...boundTables).map((table): Edit => ({ name: `truncate ${table}`, apply: (tx) => run(tx, sql`delete from ${sql.raw(table)}`) })) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...versionColumns), place).map(([[column, to], n]): Edit => ({ name: `update row_versions.${column} ${n}`, apply: (tx) => run(tx, sql`update row_versions set ${sql.raw(column)} = ${to} where ${nth('row_versions', 'id', n)}`) })) },
  { weight: 2, arbitrary: place.map((n): Edit => ({ name: `delete row_versions ${n}`, apply: (tx) => run(tx, sql`delete from row_versions where ${nth('row_versions', 'id', n)}`) })) },
  { weight: 1, arbitrary: place.map((n): Edit => ({ name: `insert a version ${n}`, apply: (tx) => run(tx, sql`insert into row_versions (of_table, key, digest) select of_table, key, digest from row_versions where ${nth('row_versions', 'id', n)}`) })) },
)

type Edit = { readonly name: string; readonly apply: (tx: Tx) => Promise<void> }
const copied = ['at', 'kind', 'actor', 'subject', 'facts', 'leaf_hash']
const edits: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...columns), place).map(([[table, column, to], n]): Edit => ({ name: `update ${table}.${column} ${n}`, apply: (tx) => run(tx, sql`update ${sql.raw(table)} set ${sql.raw(column)} = ${to} where ${nth(table, tables[table], n)}`) })) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom<Table>('audit_leaves', 'audit_entries', 'audit_nodes', 'audit_head', 'audit_checkpoints'), place).map(([table, n]): Edit => ({ name: `delete ${table} ${n}`, apply: (tx) => run(tx, sql`delete from ${sql.raw(table)} where ${nth(table, tables[table], n)}`) })) },
  { weight: 2, arbitrary: fc.tuple(place, fc.boolean()).map(([n, whole]): Edit => ({ name: `delete leaf ${n} and its place${whole ? ', the rest moved up' : ''}`, async apply(tx) {
    const { rows: [found] } = (await tx.execute(sql`select position, leaf from audit_entries order by position offset ${n} % (select count(*)::int from audit_entries) limit 1`)) as unknown as { rows: [{ position: string; leaf: string }] }
    await run(tx, sql`delete from audit_entries where leaf = ${found.leaf}::bigint`)
    await run(tx, sql`delete from audit_leaves where id = ${found.leaf}::bigint`)
    if (whole) for (const step of [100_000, -100_001]) await run(tx, sql`update audit_entries set position = position + ${step}::bigint where position > ${found.position}::bigint`)
  } })) },
  { weight: 2, arbitrary: fc.tuple(place, fc.boolean()).map(([n, placed]): Edit => ({ name: `insert an act ${n}${placed ? ' with a place' : ''}`, async apply(tx) {
    const { rows: [twin] } = (await tx.execute(sql`insert into audit_leaves (transaction, at, kind, actor, subject, facts, leaf_hash) select transaction, at, kind, actor, subject, facts, leaf_hash from audit_leaves where ${nth('audit_leaves', 'id', n)} and id < (select max(id) from audit_leaves) returning id`)) as unknown as { rows: { id: string }[] }
    const made = twin ?? ((await tx.execute(sql`insert into audit_leaves (transaction, at, kind, actor, subject, facts, leaf_hash) select '5'::xid8, at, kind, actor, subject, facts, leaf_hash from audit_leaves order by id limit 1 returning id`)) as unknown as { rows: [{ id: string }] }).rows[0]
    if (placed) await run(tx, sql`insert into audit_entries (position, leaf) select max(position) + 1, ${made.id}::bigint from audit_entries`)
  } })) },
  { weight: 1, arbitrary: fc.constantFrom<Table>('audit_leaves', 'audit_entries', 'audit_nodes', 'audit_head', 'audit_checkpoints').map((table): Edit => ({ name: `truncate ${table}`, apply: (tx) => run(tx, sql`delete from ${sql.raw(table)}`) })) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 36 }).map((n): Edit => ({ name: `cut the last ${n} acts`, async apply(tx) {
    await run(tx, sql`delete from audit_leaves where id in (select leaf from audit_entries order by position desc limit ${n})`)
    await run(tx, sql`delete from audit_entries where position in (select position from audit_entries order by position desc limit ${n})`)
  } })) },
  { weight: 3, arbitrary: fc.tuple(place, fc.integer({ min: 1, max: 36 }), fc.boolean()).map(([n, by, contents]): Edit => ({ name: `swap ${n} with the ${by}th after it, ${contents ? 'contents' : 'places'}`, async apply(tx) {
    const pair = (await tx.execute(sql`select position, leaf from audit_entries order by position`)) as unknown as { rows: { position: string; leaf: string }[] }
    const [a, b] = [pair.rows[n % pair.rows.length]!, pair.rows[(n + by) % pair.rows.length]!]
    if (contents) return run(tx, sql`update audit_leaves l set (${sql.raw(copied.join(', '))}) = (select ${sql.raw(copied.join(', '))} from audit_leaves o where o.id = case l.id when ${a.leaf}::bigint then ${b.leaf}::bigint else ${a.leaf}::bigint end) where l.id in (${a.leaf}::bigint, ${b.leaf}::bigint)`)
    for (const [from, to] of [[a.position, '-1'], [b.position, a.position], ['-1', b.position]]) await run(tx, sql`update audit_entries set position = ${to}::bigint where position = ${from}::bigint`)
  } })) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 15 }).map((more): Edit => ({ name: `an older dump played over it, ${more} other acts after it`, apply: (tx) => replay(tx, more) })) },
)

/** The log of the older dump, and after it acts that never were, in an order and a tree that fit. */
async function replay(tx: Tx, more: number): Promise<void> {
  const old = await readArchiveCopy(older.db)
  await run(tx, sql`delete from row_versions where id > ${old.versions.at(-1)!.id}`)
  await run(tx, sql`delete from grants where not (id = any (string_to_array(${old.rows.filter(({ table }) => table === 'grants').map(({ key: one }) => one).join(',')}, ',')))`)
  await run(tx, sql`delete from audit_leaves where id > ${old.head!.lastLeaf}`)
  await run(tx, sql`delete from audit_entries where position >= ${old.places}`)
  await run(tx, sql`delete from audit_checkpoints where size > ${old.places}`)
  await run(tx, sql`delete from audit_nodes`)
  for (const { level, index, hash } of old.nodes) await run(tx, sql`insert into audit_nodes (level, index, hash) values (${level}, ${index.toString()}::bigint, ${hash})`)
  await run(tx, sql`update audit_head set size = ${old.places}, hashes = ${Buffer.concat(old.head!.hashes)}, last_leaf = ${old.head!.lastLeaf}, last_transaction = ${old.head!.lastTransaction.toString()}::xid8`)
  for (let i = 0; i < more; i++) {
    const subject = `grt_other_${i}`
    const body = `{"actor":"system:seed","at":1,"facts":{},"kind":"grant.request","subject":"${subject}"}`
    await run(tx, sql`insert into audit_leaves (at, kind, actor, subject, facts, leaf_hash) values (1, 'grant.request', 'system:seed', ${subject}, '{}', ${leafHash(Buffer.from(body))})`)
  }
}

describe('a copy of the database', () => {
  test('as it was dumped: intact, against both heads and against the earlier one alone', async () => {
    const rowsOfIt = await readArchiveCopy(copy.db)
    expect(rowsOfIt.leaves.length).toBeGreaterThan(36)
    expect(boundTables.filter((table) => !rowsOfIt.rows.some((row) => row.table === table))).toEqual([])
    expect(rowsOfIt.versions.filter(({ act }) => act === null).every(({ table }) => table === 'residents')).toBe(true)
    expect(kept).toHaveLength(2)
    expect(await verifyArchive(rowsOfIt, kept, key())).toEqual([])
    expect(await verifyArchive(rowsOfIt, kept.slice(0, 1), key())).toEqual([])
  })

  test('after any of a thousand edits: not intact', { timeout: 300_000 }, async () => {
    const kinds = new Set<string>()
    await fc.assert(fc.asyncProperty(fc.oneof(edits, ofRows), async ({ name, apply }) => {
      kinds.add(name.split(' ')[0]!)
      expect([name, (await verifyArchive(await edited(apply), kept, key())).length > 0]).toEqual([name, true])
    }), { numRuns: 1_000, seed: 20_260_401 })
    expect([...kinds].toSorted()).toEqual(['an', 'cut', 'delete', 'insert', 'swap', 'truncate', 'update'])
  })

  test('a whole log made anew, tree and all, falls against the earlier head alone', async () => {
    const forged = await edited((tx) => replay(tx, 0))
    expect((await verifyArchive(forged, kept, key())).map(({ check }) => check)).toEqual(['kept', 'given'])
  })
})

/** For each check an edit that it alone sees. */
const only: Readonly<Record<ArchiveCheck, (tx: Tx) => Promise<void>>> = {
  places: async (tx) => run(tx, sql`insert into audit_entries (position, leaf) values (900, 99999)`),
  leaves: async (tx) => run(tx, sql`insert into audit_leaves (at, kind, actor, subject, facts, leaf_hash) values (1, 'grant.end', 'system:seed', 'x', '{}', decode(repeat('ab', 32), 'hex'))`),
  order: async (tx) => {
    const body = '{"actor":"system:seed","at":1,"facts":{},"kind":"grant.end","subject":"x"}'
    await run(tx, sql`insert into audit_leaves (transaction, at, kind, actor, subject, facts, leaf_hash) values ('1'::xid8, 1, 'grant.end', 'system:seed', 'x', '{}', ${leafHash(Buffer.from(body))})`)
  },
  tree: async (tx) => run(tx, sql`delete from audit_nodes where level = 2 and index = 1`),
  heads: async (tx) => run(tx, sql`update audit_checkpoints set key = set_byte(key, 40, 1) where size = (select min(size) from audit_checkpoints)`),
  kept: async (tx) => run(tx, sql`delete from audit_checkpoints where size = (select max(size) from audit_checkpoints)`),
  given: async () => undefined,
  rows: async (tx) => run(tx, sql`update grants set purpose = purpose || 'x' where ${nth('grants', 'id', 3)}`),
  // The first of two versions of one row: what stands is still the second.
  seals: async (tx) => run(tx, sql`update row_versions set digest = decode(repeat('ab', 32), 'hex') where id = (select min(id) from row_versions where of_table = 'grants' and key in (select key from row_versions where of_table = 'grants' group by key having count(*) > 1))`),
  beside: async (tx) => run(tx, sql`insert into row_versions (of_table, key, digest) select of_table, key, digest from row_versions where of_table = 'cards' order by id desc limit 1`),
}

describe('a verifier from which a check was taken out', () => {
  const all = [...(Object.keys(archiveChecks) as ArchiveCheck[]), 'given'] as const
  test.each(all.filter((check) => check !== 'given'))('without `%s` lets pass what only it sees', async (check) => {
    const changed = await edited(only[check])
    expect((await verifyArchive(changed, kept, key())).map((f) => f.check)).toEqual([check])
    expect(await verifyArchive(changed, kept, key(), all.filter((other) => other !== check))).toEqual([])
  })

  test('without `given` lets pass a log that somebody with the signing key made anew', async () => {
    // The heads in the copy are those of the forged log; what was kept elsewhere is asked for by nobody.
    const changed = await edited(async (tx) => {
      await replay(tx, 0)
    })
    const blind = all.filter((check) => check !== 'given' && check !== 'kept')
    expect(await verifyArchive(changed, kept, key(), blind)).toEqual([])
    expect((await verifyArchive(changed, kept, key(), [...blind, 'given'])).map((f) => f.check)).toEqual(['given'])
  })
})

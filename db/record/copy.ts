/**
 * The rows of the log as they stand, nothing left out and nothing believed: for holding a copy of the database against
 * checkpoints that were kept elsewhere. Bodies are made from the columns, as a client is given them.
 */
import { createHash } from 'node:crypto'
import { asc, eq, sql } from 'drizzle-orm'
import { canonicalJson } from '../../core/law/act.ts'
import type { ArchiveCopy } from '../../core/law/record/intact.ts'
import { boundColumns, boundTables, type BoundTable, type StandingRow } from '../../core/law/record/rows.ts'
import type { Db } from '../client.ts'
import { versionsFrom } from './audit.ts'
import { auditLeaves } from '../tables/audit.ts'
import { auditCheckpoints, auditEntries, auditHead, auditNodes } from '../tables/tree.ts'

export async function readArchiveCopy(db: Pick<Db, 'select' | '$count' | 'execute'>): Promise<ArchiveCopy> {
  const leaves = await db
    .select({ position: auditEntries.position, leaf: auditLeaves.id, transaction: sql<string>`${auditLeaves.transaction}::text`, actor: auditLeaves.actor, at: auditLeaves.at, facts: auditLeaves.facts, kind: auditLeaves.kind, subject: auditLeaves.subject, leafHash: auditLeaves.leafHash })
    .from(auditLeaves).leftJoin(auditEntries, eq(auditEntries.leaf, auditLeaves.id))
    .orderBy(sql`${auditEntries.position} nulls last`, asc(auditLeaves.id))
  const [head] = await db.select().from(auditHead)
  const checkpoints = await db.select().from(auditCheckpoints).orderBy(asc(auditCheckpoints.size))
  return {
    leaves: leaves.map(({ position, leaf, transaction, leafHash, ...act }) => ({ position, leaf, transaction: BigInt(transaction), leafHash, body: canonicalJson(act) })),
    places: await db.$count(auditEntries),
    nodes: await db.select().from(auditNodes),
    head: head === undefined ? null : { size: head.size, hashes: hashesOf(head.hashes), lastTransaction: BigInt(head.lastTransaction), lastLeaf: head.lastLeaf },
    checkpoints: checkpoints.map(({ size, root, note, key }) => ({ size, root, signed: note === null || key === null ? null : { note, key } })),
    versions: await versionsFrom(db),
    rows: (await Promise.all(boundTables.map((table) => standingRows(db, table)))).flat(),
  }
}

/** The digest is made here: a function of the copy itself could say what it likes. */
async function standingRows(db: Pick<Db, 'execute'>, table: BoundTable): Promise<StandingRow[]> {
  const columns = boundColumns[table]
  const { rows } = (await db.execute(sql`select t.${sql.identifier(columns[0])} as key, jsonb_build_object(${sql.join(columns.map((column) => sql`${sql.raw(`'${column}'`)}, to_jsonb(t) -> ${sql.raw(`'${column}'`)}`), sql`, `)})::text as bound from ${sql.identifier(table)} t`)) as unknown as { rows: { key: string; bound: string }[] }
  return rows.map(({ key, bound }) => ({ table, key, digest: Uint8Array.from(createHash('sha256').update(bound, 'utf8').digest()) }))
}

/** The last one may be short: that too is to be seen. */
const hashesOf = (bytes: Uint8Array): Uint8Array[] => Array.from({ length: Math.ceil(bytes.length / 32) }, (_, i) => bytes.slice(i * 32, i * 32 + 32))

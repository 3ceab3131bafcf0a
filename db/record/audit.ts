/**
 * The log in order. The sequencer is alone by an advisory lock and takes only leaves whose transaction is older than
 * every running one, by transaction and then by leaf: nothing can come to stand before what was taken, so the last one
 * taken is the whole memory of where to go on.
 */
import { and, asc, desc, eq, gte, isNotNull, isNull, or, sql, type SQL } from 'drizzle-orm'
import { canonicalJson } from '../../core/law/act.ts'
import type { AuditEntry, AuditLog, Growth, StoredCheckpoint } from '../../core/law/record/audit.ts'
import type { Db, Tx } from '../client.ts'
import { opening } from '../session.ts'
import { ArchiveFault } from '../fault.ts'
import { keyHash, leafOf } from './acts.ts'
import { acts, auditLeaves } from '../tables/audit.ts'
import { auditCheckpoints, auditEntries, auditHead, auditNodes, rowHead, rowVersions } from '../tables/tree.ts'

type Grow = Parameters<AuditLog['extend']>[0]
const hashLength = 32
const begin = { size: 0n, hashes: new Uint8Array(), lastTransaction: '0', lastLeaf: 0 } as const

export function openAuditLog(db: Db): AuditLog {
  return {
    extend: (grow, limit) => db.transaction((tx) => extend(tx, grow, limit)),
    seal: (make, limit) => db.transaction((tx) => seal(tx, make, limit)),
    async head() {
      const [row] = await db.select().from(auditHead)
      return rangeOf(row ?? begin)
    },
    async node(level, index) {
      const [row] = level === 0
        ? await opening(['hashes'], async () => db.select({ hash: auditLeaves.leafHash }).from(auditEntries).innerJoin(auditLeaves, eq(auditLeaves.id, auditEntries.leaf)).where(eq(auditEntries.position, index)))
        : await db.select({ hash: auditNodes.hash }).from(auditNodes).where(and(eq(auditNodes.level, level), eq(auditNodes.index, index)))
      if (row === undefined) throw new RangeError(`the tree has no node ${level}/${index}`)
      return row.hash
    },
    entries: async (from, limit) => (await ordered(db).where(gte(auditEntries.position, from)).orderBy(asc(auditEntries.position)).limit(limit)).map(entryOf),
    async ofAct(actor, key) {
      const [row] = await ordered(db)
        .innerJoin(acts, and(eq(acts.subject, auditLeaves.subject), eq(acts.actor, auditLeaves.actor), eq(acts.kind, auditLeaves.kind), eq(acts.at, auditLeaves.at)))
        .where(and(eq(acts.actor, actor), eq(acts.key, keyHash(actor, key))))
        .orderBy(asc(auditEntries.position))
        .limit(1)
      return row === undefined ? null : entryOf(row)
    },
    intend: async ({ size, root, at }) => void (await db.insert(auditCheckpoints).values({ size, root, at }).onConflictDoNothing()),
    sign: async (size, { note, key }) => void (await db.update(auditCheckpoints).set({ note, key }).where(and(eq(auditCheckpoints.size, size), isNull(auditCheckpoints.note)))),
    copied: async (size) => void (await db.update(auditCheckpoints).set({ copied: true }).where(and(eq(auditCheckpoints.size, size), isNotNull(auditCheckpoints.note)))),
    unfinished: async () => (await db.select().from(auditCheckpoints).where(or(isNull(auditCheckpoints.note), eq(auditCheckpoints.copied, false))).orderBy(asc(auditCheckpoints.size))).map(checkpointOf),
    async checkpoint(size) {
      const signed = isNotNull(auditCheckpoints.note)
      const [row] = await db.select().from(auditCheckpoints).where(size === undefined ? signed : and(signed, gte(auditCheckpoints.size, size)))
        .orderBy(size === undefined ? desc(auditCheckpoints.size) : asc(auditCheckpoints.size)).limit(1)
      return row === undefined ? null : checkpointOf(row)
    },
  }
}

const ordered = (db: Db) => db
  .select({ position: auditEntries.position, actor: auditLeaves.actor, at: auditLeaves.at, facts: auditLeaves.facts, kind: auditLeaves.kind, subject: auditLeaves.subject, leafHash: auditLeaves.leafHash })
  .from(auditEntries).innerJoin(auditLeaves, eq(auditLeaves.id, auditEntries.leaf)).$dynamic()

/** Versions of rows by place, with the hash of the act in whose transaction each was written. */
export const versionsFrom = (db: Pick<Db, 'select'>, where?: SQL) => db
  .select({
    id: rowVersions.id, transaction: sql<bigint>`${rowVersions.transaction}::text`.mapWith(BigInt), table: rowVersions.table, key: rowVersions.key, digest: rowVersions.digest,
    act: sql<Uint8Array | null>`(select leaf_hash from audit_leaves where audit_leaves.transaction = row_versions.transaction and audit_leaves.kind <> 'rows.seal' order by audit_leaves.id limit 1)`,
  })
  .from(rowVersions).where(where).orderBy(asc(rowVersions.transaction), asc(rowVersions.id))

/** As the leaves are ordered: only what can no longer gain an elder sibling, by one at a time. */
async function seal(tx: Tx, make: Parameters<AuditLog['seal']>[0], limit: number): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('mynagate row sealer', 0))`)
  const [last] = await tx.select().from(rowHead)
  const waiting = await versionsFrom(tx, sql`(${rowVersions.transaction}, ${rowVersions.id}) > (${last?.transaction ?? '0'}::xid8, ${last?.version ?? 0}::bigint) and ${rowVersions.transaction} < pg_snapshot_xmin(pg_current_snapshot())`).limit(limit)
  const through = waiting.at(-1)
  if (through === undefined) return 0
  await tx.insert(auditLeaves).values(leafOf(make(waiting)))
  const head = { transaction: through.transaction.toString(), version: through.id }
  await tx.insert(rowHead).values({ one: true, ...head }).onConflictDoUpdate({ target: rowHead.one, set: head })
  return waiting.length
}

/** The lock is a statement of its own: what comes after it sees what the one before committed. */
async function extend(tx: Tx, grow: Grow, limit: number): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('mynagate audit sequencer', 0))`)
  const [row] = await tx.select().from(auditHead)
  const head = row ?? begin
  const waiting = await tx
    .select({ id: auditLeaves.id, transaction: sql<string>`${auditLeaves.transaction}::text`, leafHash: auditLeaves.leafHash })
    .from(auditLeaves)
    .where(sql`(${auditLeaves.transaction}, ${auditLeaves.id}) > (${head.lastTransaction}::xid8, ${head.lastLeaf}::bigint) and ${auditLeaves.transaction} < pg_snapshot_xmin(pg_current_snapshot())`)
    .orderBy(asc(auditLeaves.transaction), asc(auditLeaves.id))
    .limit(limit)
  const last = waiting.at(-1)
  if (last === undefined) {
    await expectSameCount(tx, head.lastTransaction)
    return 0
  }
  await keep(tx, head.size, waiting, grow(rangeOf(head), waiting.map((leaf) => leaf.leafHash)), last)
  return waiting.length
}

async function keep(tx: Tx, from: bigint, leaves: readonly { readonly id: number }[], { range, nodes }: Growth, last: { readonly id: number; readonly transaction: string }): Promise<void> {
  await tx.insert(auditEntries).values(leaves.map(({ id }, i) => ({ position: from + BigInt(i), leaf: id })))
  if (nodes.length > 0) await tx.insert(auditNodes).values([...nodes])
  const head = { size: range.size, hashes: Uint8Array.from(Buffer.concat(range.hashes)), lastTransaction: last.transaction, lastLeaf: last.id }
  await tx.insert(auditHead).values({ one: true, ...head }).onConflictDoUpdate({ target: auditHead.one, set: head })
}

/** A dump that was read into another server brings transactions from a count that this one has not reached: its new leaves would stand before the old ones, unseen. */
async function expectSameCount(tx: Tx, lastTransaction: string): Promise<void> {
  const { rows } = await tx.execute(sql`select ${lastTransaction}::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) as ahead`) as unknown as { rows: { ahead: boolean }[] }
  if (rows[0]?.ahead === true) throw new ArchiveFault({ code: 'audit-count-of-another-server', constraint: null, table: 'audit_head' })
}

function rangeOf({ size, hashes }: { readonly size: bigint; readonly hashes: Uint8Array }) {
  return { size, hashes: Array.from({ length: hashes.length / hashLength }, (_, i) => hashes.slice(i * hashLength, (i + 1) * hashLength)) }
}

type Ordered = { position: bigint; actor: string; at: number; facts: Readonly<Record<string, unknown>>; kind: string; subject: string; leafHash: Uint8Array }
const entryOf = ({ position, leafHash, actor, at, facts, kind, subject }: Ordered): AuditEntry => ({ position, leafHash, body: canonicalJson({ actor, at, facts, kind, subject }) })

const checkpointOf = ({ size, root, at, note, key }: typeof auditCheckpoints.$inferSelect): StoredCheckpoint =>
  ({ size, root, at, signed: note === null || key === null ? null : { note, key } })

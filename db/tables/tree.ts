/**
 * The Merkle tree over the leaves of acts: their order, the nodes that proofs need, the head as a compact range, and the
 * heads that were signed. Rows are added, never changed, but for the head and for what a checkpoint gains.
 *
 * @rfc 9162 2.1
 */
import { sql } from 'drizzle-orm'
import { bigint, bigserial, boolean, check, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { auditLeaves } from './audit.ts'
import { bytes, day, instant, together, transactionId } from './columns.ts'

const place = () => bigint({ mode: 'bigint' })

export const auditEntries = pgTable('audit_entries', {
  position: place().primaryKey(),
  leaf: bigint({ mode: 'number' }).notNull().unique().references(() => auditLeaves.id),
})

/** Roots of perfect subtrees of 2^level leaves, level 1 and above; level 0 stands in the leaves. */
export const auditNodes = pgTable('audit_nodes', {
  level: integer().notNull(),
  index: place().notNull(),
  hash: bytes().notNull(),
}, (t) => [primaryKey({ name: 'audit_nodes_pk', columns: [t.level, t.index] })])

/** One row: size, hashes of the compact range one after another, and the last leaf that was ordered. */
export const auditHead = pgTable('audit_head', {
  one: boolean().primaryKey().default(true),
  size: place().notNull(),
  hashes: bytes().notNull(),
  lastTransaction: transactionId().notNull(),
  lastLeaf: bigint({ mode: 'number' }).notNull(),
}, (t) => [check('audit_head_one', sql`${t.one}`)])

export const auditCheckpoints = pgTable('audit_checkpoints', {
  size: place().primaryKey(),
  root: bytes().notNull(),
  at: instant().notNull(),
  note: text(),
  key: bytes(),
  copied: boolean().notNull().default(false),
}, (t) => [check('audit_checkpoints_signed', together(t.note, t.key)), check('audit_checkpoints_copied', sql`not ${t.copied} or ${t.note} is not null`)])

/** Digests of the versions of rows that are bound to the log (core/law/record/rows.ts), written by triggers. */
export const rowVersions = pgTable('row_versions', {
  id: bigserial({ mode: 'number' }).primaryKey(),
  transaction: transactionId().notNull().default(sql`pg_current_xact_id()`),
  table: text('of_table').notNull(),
  key: text().notNull(),
  /** Null where the row was deleted. */
  digest: bytes(),
}, (t) => [index('row_versions_order').on(t.transaction, t.id)])

/** One row: the last version that was sealed into the log. */
export const rowHead = pgTable('row_head', {
  one: boolean().primaryKey().default(true),
  transaction: transactionId().notNull(),
  version: bigint({ mode: 'number' }).notNull(),
}, (t) => [check('row_head_one', sql`${t.one}`)])

/** Every signature that was asked of a key, written before it was asked for. */
export const signaturesAsked = pgTable('signatures_asked', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  /** Whose: `card-orders`, `checkpoint`, or the key id of an issuer. */
  key: text().notNull(),
  /** SHA-256 of what was to be signed: a repeat after a crash shows as such. */
  digest: bytes().notNull(),
  at: instant().notNull(),
})

/** By the key service's own record: what each key signed on a day, and what was asked of it. */
export const trailDays = pgTable('trail_days', {
  day: day().notNull(),
  key: text().notNull(),
  arn: text().notNull(),
  askedLeast: integer().notNull(),
  askedMost: integer().notNull(),
  signed: integer().notNull(),
  at: instant().notNull(),
}, (t) => [primaryKey({ name: 'trail_days_pk', columns: [t.day, t.key] })])

/** One row per day: what was asked and what is there. */
export const reconciliations = pgTable('reconciliations', {
  day: text().notNull(),
  key: text().notNull(),
  asked: integer().notNull(),
  distinct: integer().notNull(),
  stored: integer().notNull(),
  at: instant().notNull(),
}, (t) => [primaryKey({ name: 'reconciliations_pk', columns: [t.day, t.key] })])

/**
 * Acts: the row that makes a repeat harmless, and the leaf that proves the act. Leaves are not chained here: a chain in
 * line costs four fifths of the throughput. A sequencer orders them later into a Merkle tree.
 *
 * @rfc 9162 2.1.1 (leaf hash)
 */
import { sql } from 'drizzle-orm'
import { bigserial, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { Act, ActKind } from '../../core/law/act.ts'
import { bytes, instant, transactionId } from './columns.ts'

/** One row per actor and idempotency key, for good. */
export const acts = pgTable('acts', {
  actor: text().notNull(),
  /** SHA-256 over actor and idempotency key; the key itself is not kept. */
  key: text().notNull(),
  kind: text().$type<ActKind>().notNull(),
  /** SHA-256 over kind, key and input: tells a repeat from a misuse, and nothing else. Without the key no input can be tried out against it. */
  request: bytes().notNull(),
  subject: text().notNull(),
  at: instant().notNull(),
}, (t) => [primaryKey({ name: 'acts_key', columns: [t.actor, t.key] })])

export const auditLeaves = pgTable('audit_leaves', {
  id: bigserial({ mode: 'number' }).primaryKey(),
  transaction: transactionId().notNull().default(sql`pg_current_xact_id()`),
  at: instant().notNull(),
  kind: text().$type<ActKind>().notNull(),
  actor: text().notNull(),
  subject: text().notNull(),
  facts: jsonb().$type<Act['facts']>().notNull(),
  /** SHA-256 of 00 and the canonical JSON of actor, at, facts, kind and subject. */
  leafHash: bytes().notNull(),
}, (t) => [index('audit_leaves_transaction').on(t.transaction), index('audit_leaves_subject').on(t.subject)])

/**
 * Proofs of erasure: what kind of record, how many, up to which day, and which, by a hash over their ids. Counts per key
 * keep the account of signatures whole when what they were for is gone.
 */
import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { ErasedKind } from '../../core/law/record/erasure.ts'
import { count, day, instant } from './columns.ts'

export const erasures = pgTable('erasures', {
  kind: text().$type<ErasedKind>().notNull(),
  digest: text().notNull(),
  through: day().notNull(),
  count: count(),
  at: instant().notNull(),
}, (t) => [primaryKey({ name: 'erasures_pk', columns: [t.kind, t.digest] })])

/** How many signatures of a key went with what was erased. */
export const erasedSignatures = pgTable('erased_signatures', {
  key: text().primaryKey(),
  signatures: integer().notNull(),
})

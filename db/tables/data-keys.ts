/**
 * Generations of the keys under which values of persons are sealed (db/safe.ts), each wrapped by KMS. Rows are added, never
 * changed: what an earlier generation sealed stays readable.
 */
import { sql } from 'drizzle-orm'
import { check, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { KeyPurpose } from '../keyring.ts'
import { bytes, instant, oneOf } from './columns.ts'

export const dataKeys = pgTable('data_keys', {
  purpose: text().$type<KeyPurpose>().notNull(),
  generation: integer().notNull(),
  /** By KMS, under purpose, stage and generation. */
  wrapped: bytes().notNull(),
  since: instant().notNull(),
}, (t) => [
  primaryKey({ name: 'data_keys_pk', columns: [t.purpose, t.generation] }),
  check('data_keys_purpose', oneOf<KeyPurpose>(t.purpose, { 'personal-data': true, 'blind-index': true })),
  check('data_keys_generation', sql`${t.generation} between 1 and 65535`),
])

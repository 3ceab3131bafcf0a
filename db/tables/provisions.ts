/**
 * 情報提供の帳簿: how often what was provided to whom. No column could hold a person or a certificate.
 */
import { sql } from 'drizzle-orm'
import { bigint, check, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { Provision } from '../../core/law/statistics/statistics.ts'
import { day, oneOf } from './columns.ts'

export const provisionCounts = pgTable('provision_counts', {
  day: day().notNull(),
  recipient: text().notNull(),
  provision: text().$type<Provision>().notNull(),
  method: text().notNull(),
  count: bigint({ mode: 'number' }).notNull(),
}, (t) => [
  primaryKey({ name: 'provision_counts_row', columns: [t.day, t.recipient, t.provision, t.method] }),
  check('provision_counts_provision', oneOf<Provision>(t.provision, {
    'revocation-information': true, 'revocation-file': true, 'four-information': true, 'serial card-signing ↔ phone-signing': true, 'serial card-signing ↔ card-authentication': true,
    'serial card-authentication ↔ phone-authentication': true, 'face-verifier-code': true,
  })),
  check('provision_counts_positive', sql`${t.count} > 0`),
])

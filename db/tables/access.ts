/**
 * How partners may ask: their registered documents, and the bucket of points that each request pays from.
 */
import { sql } from 'drizzle-orm'
import { bigint, boolean, check, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { PartnerId } from '../../core/law/ids.ts'
import type { DocumentRule } from '../../core/law/partner/access.ts'
import { id, instant, oneOf, words } from './columns.ts'
import { partners } from './partners.ts'

/** No foreign key: the bucket is there before anything of the partner is looked up, and is no record of it. */
export const partnerAccess = pgTable('partner_access', {
  partner: id<PartnerId>().primaryKey(),
  /** Null: as the settings say. */
  documents: text().$type<DocumentRule>(),
  capacity: integer(),
  perSecond: integer(),
  /** Thousandths of points that were there at that time. */
  level: bigint({ mode: 'number' }).notNull(),
  at: instant().notNull(),
  /** Whether the last request was paid for: told by the statement that asked. */
  granted: boolean().notNull(),
}, (t) => [
  check('partner_access_documents', oneOf<DocumentRule>(t.documents, { any: true, registered: true })),
  check('partner_access_budget', sql`num_nulls(${t.capacity}, ${t.perSecond}) in (0, 2) and ${t.level} >= 0`),
])

/** 登録文書. Never changed: another text has another hash. */
export const partnerDocuments = pgTable('partner_documents', {
  partner: id<PartnerId>().notNull().references(() => partners.id),
  sha256: text().notNull(),
  text: words().notNull(),
  registeredAt: instant().notNull(),
}, (t) => [primaryKey({ name: 'partner_documents_pk', columns: [t.partner, t.sha256] }), check('partner_documents_sha256', sql`${t.sha256} ~ '^[0-9a-f]{64}$'`)])

/**
 * Where partners are returned to, requests for consent that were started, and those that were answered with no. None says
 * who the person is; what hangs on a request goes with it.
 */
import { pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import type { ConsentRequestId, PartnerId } from '../../core/law/ids.ts'
import { id, instant } from './columns.ts'
import { consentRequests } from './consents.ts'
import { partners } from './partners.ts'

export const returnAddresses = pgTable('return_addresses', {
  partner: id<PartnerId>().notNull().references(() => partners.id),
  address: text().notNull(),
  /** When the partner no longer named it. */
  endedAt: instant(),
}, (t) => [primaryKey({ name: 'return_addresses_pk', columns: [t.partner, t.address] })])

export const consentStarts = pgTable('consent_starts', {
  request: id<ConsentRequestId>().primaryKey().references(() => consentRequests.id, { onDelete: 'cascade' }),
  reference: text().notNull(),
  returnTo: text().notNull(),
  state: text().notNull(),
  startedAt: instant().notNull(),
}, (t) => [unique('consent_starts_reference').on(t.reference)])

export const consentRefusals = pgTable('consent_refusals', {
  request: id<ConsentRequestId>().primaryKey().references(() => consentRequests.id, { onDelete: 'cascade' }),
  at: instant().notNull(),
})

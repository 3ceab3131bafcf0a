/**
 * Public keys of partners' clients, one row for each and for good, and the addresses that some are fetched from.
 */
import { sql } from 'drizzle-orm'
import { check, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { PartnerId } from '../../core/law/ids.ts'
import type { PartnerKey } from '../../core/law/partner/key.ts'
import { id, instant, oneOf } from './columns.ts'
import { partners } from './partners.ts'

export const partnerKeys = pgTable('partner_keys', {
  client: text().notNull(),
  kid: text().notNull(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  use: text().$type<PartnerKey['use']>().notNull(),
  alg: text().notNull(),
  jwk: jsonb().$type<PartnerKey['jwk']>().notNull(),
  source: text().$type<PartnerKey['source']>().notNull(),
  registeredAt: instant().notNull(),
  retiresAt: instant(),
  lastFetchedAt: instant(),
  lastUsedAt: instant(),
}, (t) => [
  primaryKey({ name: 'partner_keys_pk', columns: [t.client, t.kid] }),
  check('partner_keys_use', oneOf<PartnerKey['use']>(t.use, { sig: true, enc: true })),
  check('partner_keys_source', sql`${oneOf<PartnerKey['source']>(t.source, { INLINE: true, URI: true })} and (${t.source} = 'URI') = (${t.lastFetchedAt} is not null)`),
  check('partner_keys_public', sql`not ${t.jwk} ?| array['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']`),
  index('partner_keys_of_partner').on(t.partner),
])

export const keyAddresses = pgTable('key_addresses', {
  client: text().primaryKey(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  uri: text().notNull(),
  registeredAt: instant().notNull(),
  lastFetchedAt: instant(),
  lastOutcome: text(),
}, (t) => [index('key_addresses_due').on(t.lastFetchedAt)])

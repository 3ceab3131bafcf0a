/** Turns that partners took under the frequency (頻度) that was agreed, the pace of uses, and lapses of certificates that they saw. */
import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { ConsentItem } from '../../core/law/consent/item.ts'
import type { CertificateId, ConsentId, PartnerId, ReleaseId } from '../../core/law/ids.ts'
import { certificates } from './certificates.ts'
import { id, instant } from './columns.ts'
import { accessLog, consents } from './consents.ts'
import { partners } from './partners.ts'

/** One of a consent, an item and a period: of two releases that meet, the second finds it taken. */
export const releaseTurns = pgTable('release_turns', {
  consent: id<ConsentId>().notNull().references(() => consents.id),
  item: text().$type<ConsentItem>().notNull(),
  /** The period: a day, month or year, the certificate, or `once`. */
  turn: text().notNull(),
  release: id<ReleaseId>().notNull().references(() => accessLog.id),
}, (t) => [primaryKey({ name: 'release_turns_pk', columns: [t.consent, t.item, t.turn] })])

/** Of a consent under PER_USE: by when the uses that were had are paid for, each by an interval. */
export const releasePaces = pgTable('release_paces', {
  consent: id<ConsentId>().primaryKey().references(() => consents.id),
  until: instant().notNull(),
})

/** Goes with the certificate when that is erased. */
export const lapseSightings = pgTable('lapse_sightings', {
  partner: id<PartnerId>().notNull().references(() => partners.id),
  certificate: id<CertificateId>().notNull().references(() => certificates.id, { onDelete: 'cascade' }),
  at: instant().notNull(),
}, (t) => [primaryKey({ name: 'lapse_sightings_pk', columns: [t.partner, t.certificate] })])

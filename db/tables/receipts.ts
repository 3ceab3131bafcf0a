/**
 * The gateway's signature on records of consents, the keys it signs with, and who represents minors. No row here holds a
 * value of a person; a record holds the text that was signed, a public key and the number of a certificate.
 */
import { sql } from 'drizzle-orm'
import { check, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { RepresentationKind } from '../../core/law/consent/guardian.ts'
import type { SealedEvent } from '../../core/law/consent/seal.ts'
import type { ConsentId, PersonId } from '../../core/law/ids.ts'
import { bytes, day, id, instant, oneOf, together, words } from './columns.ts'
import { consents } from './consents.ts'
import { residents } from './register.ts'

export const receiptKeys = pgTable('receipt_keys', {
  /** Hex SHA-256 of the SubjectPublicKeyInfo. */
  key: text().primaryKey(),
  spki: bytes().notNull(),
  since: instant().notNull(),
})

/** Written first, signed then. */
export const consentSeals = pgTable('consent_seals', {
  consent: id<ConsentId>().notNull().references(() => consents.id),
  event: text().$type<SealedEvent>().notNull(),
  record: words().notNull(),
  key: text().references(() => receiptKeys.key),
  signature: bytes(),
  sealedAt: instant(),
  /** When it came into the register of the agency. */
  forwardedAt: instant(),
}, (t) => [
  primaryKey({ name: 'consent_seals_pk', columns: [t.consent, t.event] }),
  check('consent_seals_event', oneOf<SealedEvent>(t.event, { given: true, ended: true })),
  check('consent_seals_signed', together(t.key, t.signature, t.sealedAt)),
  index('consent_seals_unsigned').on(t.consent).where(sql`${t.signature} is null`),
  index('consent_seals_unforwarded').on(t.consent).where(sql`${t.signature} is not null and ${t.forwardedAt} is null`),
  check('consent_seals_forwarded', sql`${t.forwardedAt} is null or ${t.signature} is not null`),
])

/** 法定代理人, as the municipality of the minor recorded it. */
export const representations = pgTable('representations', {
  person: id<PersonId>().notNull().references(() => residents.person),
  representative: id<PersonId>().notNull().references(() => residents.person),
  kind: text().$type<RepresentationKind>().notNull(),
  recordedAt: instant().notNull(),
  /** Day of issue of the document that was seen; null where none is demanded. */
  evidenceOn: day(),
  endedAt: instant(),
}, (t) => [
  primaryKey({ name: 'representations_pk', columns: [t.person, t.representative, t.recordedAt] }),
  check('representations_kind', oneOf<RepresentationKind>(t.kind, { 'parental-authority': true, 'guardian-of-minor': true, 'guardian-of-adult': true })),
  check('representations_self', sql`${t.person} <> ${t.representative}`),
  index('representations_by').on(t.representative),
])

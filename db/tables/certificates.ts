/**
 * Certification authorities, applications (発行申請), certificates (発行記録), the lists of revoked ones, and the OCSP
 * responders. A serial is unique under its issuer's key; every state of a certificate is a row here before it is a
 * signature anywhere.
 */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { bigint, boolean, check, foreignKey, index, integer, pgTable, primaryKey, text, unique, uniqueIndex, type AnyPgColumn } from 'drizzle-orm/pg-core'
import type { CertificateKind, CertificateState } from '../../core/law/certificate/certificate.ts'
import type { CardId, CertificateApplicationId, CertificateId, IssuerKeyId, MunicipalityCode, PersonId, SerialNumber } from '../../core/law/ids.ts'
import type { CertificateApplicationState } from '../../core/law/certificate/issuance.ts'
import type { Issuer } from '../../core/law/certificate/issuer.ts'
import type { Ground, Revocation } from '../../core/law/certificate/revocation.ts'
import { cards } from './cards.ts'
import { bytes, day, id, instant, oneOf, sealed, together } from './columns.ts'
import { municipalities, residents } from './register.ts'

/** Generations of the two authorities: the pinned anchors. */
export const issuers = pgTable('issuers', {
  keyId: id<IssuerKeyId>().primaryKey(),
  ca: text().$type<Issuer['ca']>().notNull(),
  certificate: bytes().notNull(),
  /** Where the key is: the ARN of the KMS key. */
  key: text().notNull(),
  spkiSha256: text().notNull(),
  activeFrom: instant().notNull(),
}, (t) => [
  check('issuers_ca', oneOf<Issuer['ca']>(t.ca, { signature: true, authentication: true })),
  check('issuers_key_id', sql`${t.keyId} ~ '^[0-9A-F]{40}$'`),
  unique('issuers_spki').on(t.spkiSha256),
])

/** 発行者署名符号の漏えい等: from then on the generation certifies nothing more. */
export const caIncidents = pgTable('ca_incidents', {
  issuer: id<IssuerKeyId>().primaryKey().references(() => issuers.keyId),
  occurredAt: instant().notNull(),
  recordedAt: instant().notNull(),
})

/** A certificate in a phone, and no other, names the card certificate it hangs on and its device. */
const inSmartphone = (kind: SQLWrapper, parent: SQLWrapper, device: SQLWrapper): SQL =>
  sql`num_nulls(${parent}, ${device}) = case when ${kind} in ('smartphone-signature', 'smartphone-authentication') then 0 else 2 end`

export const certificateApplications = pgTable('certificate_applications', {
  id: id<CertificateApplicationId>().primaryKey(),
  kind: text().$type<CertificateKind>().notNull(),
  person: id<PersonId>().notNull().references(() => residents.person),
  card: id<CardId>().notNull().references(() => cards.id),
  municipality: id<MunicipalityCode>().notNull().references(() => municipalities.code),
  state: text().$type<CertificateApplicationState>().notNull(),
  appliedOn: day().notNull(),
  /** The four items. */
  personal: sealed().notNull(),
  lapseOfPresent: boolean().notNull(),
  confirmedBy: text(),
  confirmedAt: instant(),
  publicKey: bytes(),
  /** For a phone: the card certificate it will hang on, and the device. */
  parent: id<CertificateId>().references((): AnyPgColumn => certificates.id),
  device: text(),
  refusedFor: text(),
}, (t) => [
  uniqueIndex('certificate_applications_open').on(t.person, t.kind).where(sql`${t.state} in ('APPLIED', 'CONFIRMED', 'KEY_ON_CARD', 'NOTIFIED', 'RESERVED')`),
  // A key that was certified, or was to be, is never certified again.
  uniqueIndex('certificate_applications_key').on(sql`sha256(${t.publicKey})`).where(sql`${t.publicKey} is not null`),
  check('certificate_applications_kind', oneOf<CertificateKind>(t.kind, { signature: true, authentication: true, 'smartphone-signature': true, 'smartphone-authentication': true })),
  check('certificate_applications_state', oneOf<CertificateApplicationState>(t.state, {
    APPLIED: true, CONFIRMED: true, KEY_ON_CARD: true, NOTIFIED: true, RESERVED: true, ISSUED: true, DELIVERED: true, REFUSED: true, ABANDONED: true,
  })),
  check('certificate_applications_confirmed', together(t.confirmedBy, t.confirmedAt)),
  check('certificate_applications_key_on_card', sql`${t.state} not in ('KEY_ON_CARD', 'NOTIFIED', 'RESERVED', 'ISSUED', 'DELIVERED') or (${t.confirmedBy} is not null and ${t.publicKey} is not null)`),
  check('certificate_applications_smartphone', inSmartphone(t.kind, t.parent, t.device)),
  index('certificate_applications_of_card').on(t.card),
  index('certificate_applications_unfinished').on(t.id).where(sql`${t.state} in ('NOTIFIED', 'RESERVED')`),
])

export const certificates = pgTable('certificates', {
  id: id<CertificateId>().primaryKey(),
  application: id<CertificateApplicationId>().references(() => certificateApplications.id),
  kind: text().$type<CertificateKind>().notNull(),
  person: id<PersonId>().notNull().references(() => residents.person),
  card: id<CardId>().notNull().references(() => cards.id),
  issuer: id<IssuerKeyId>().notNull().references(() => issuers.keyId),
  serial: id<SerialNumber>().notNull(),
  state: text().$type<CertificateState>().notNull(),
  /** Null until the signature is stored. A signing certificate bears the four items. */
  der: sealed(),
  /** Of its octets, and its SubjectPublicKeyInfo: what a record of a consent binds, by doors that open nothing. */
  sha256: text(),
  publicKey: bytes(),
  /** What is to be signed, and what it must say: kept until the signature is stored, for good where it never was. */
  tbs: sealed(),
  expected: sealed(),
  issuedAt: instant().notNull(),
  /** When the signature was stored. */
  completedAt: instant(),
  expiresOn: day().notNull(),
  /** What decided the last day: of a foreign resident it may be the stay. */
  expiry: sealed(),
  deliveredAt: instant(),
  shard: id<MunicipalityCode>().notNull().references(() => municipalities.code),
  /** The four items, of a signing certificate. */
  personal: sealed(),
  parent: id<CertificateId>().references((): AnyPgColumn => certificates.id),
  device: text(),
  /** Lapse (失効). Of a hold that became final the ground is the final one and the instant that of the hold. */
  ground: text().$type<Ground>(),
  reason: integer().$type<Revocation['reason']>(),
  occurredAt: instant(),
  recordedAt: instant(),
  abandonedAt: instant(),
}, (t) => [
  unique('certificates_serial').on(t.issuer, t.serial),
  unique('certificates_application').on(t.application),
  uniqueIndex('certificates_live').on(t.person, t.kind).where(sql`${t.state} in ('VALID', 'HELD')`),
  check('certificates_kind', oneOf<CertificateKind>(t.kind, { signature: true, authentication: true, 'smartphone-signature': true, 'smartphone-authentication': true })),
  check('certificates_state', oneOf<CertificateState>(t.state, { RESERVED: true, VALID: true, HELD: true, REVOKED: true, EXPIRED: true, ABANDONED: true })),
  check('certificates_serial_form', sql`${t.serial} ~ '^([0-9A-F]{2}){1,20}$'`),
  check('certificates_signed', sql`(${t.state} in ('RESERVED', 'ABANDONED')) = (${t.der} is null) and (${t.der} is null) = (${t.completedAt} is null) and num_nulls(${t.der}, ${t.sha256}, ${t.publicKey}) in (0, 3)`),
  check('certificates_reserved', sql`${t.state} not in ('RESERVED', 'ABANDONED') or (${t.tbs} is not null and ${t.expected} is not null)`),
  check('certificates_items', sql`(${t.personal} is not null) = (${t.kind} in ('signature', 'smartphone-signature'))`),
  check('certificates_smartphone', inSmartphone(t.kind, t.parent, t.device)),
  check('certificates_lapse', together(t.ground, t.reason, t.occurredAt, t.recordedAt)),
  check('certificates_lapsed', sql`case when ${t.state} in ('HELD', 'REVOKED') then ${t.ground} is not null when ${t.state} = 'EXPIRED' then true else ${t.ground} is null end`),
  check('certificates_hold', sql`(${t.state} = 'HELD' and ${t.reason} = 6) or (${t.state} = 'REVOKED' and ${t.reason} <> 6) or ${t.state} not in ('HELD', 'REVOKED')`),
  check('certificates_abandoned', sql`(${t.state} = 'ABANDONED') = (${t.abandonedAt} is not null)`),
  index('certificates_of_person').on(t.person),
  index('certificates_of_card').on(t.card),
  index('certificates_of_parent').on(t.parent).where(sql`${t.parent} is not null`),
  index('certificates_listed').on(t.issuer, t.shard, t.serial).where(sql`${t.state} in ('HELD', 'REVOKED', 'ABANDONED')`),
  index('certificates_running_out').on(t.expiresOn).where(sql`${t.state} in ('VALID', 'HELD')`),
])

/** One list per issuer and municipality. `changes` counts what a list must say anew: a list that was made at a smaller count is stale. */
export const crlShards = pgTable('crl_shards', {
  issuer: id<IssuerKeyId>().notNull().references(() => issuers.keyId),
  shard: id<MunicipalityCode>().notNull().references(() => municipalities.code),
  changes: bigint({ mode: 'number' }).notNull().default(0),
}, (t) => [primaryKey({ name: 'crl_shards_pk', columns: [t.issuer, t.shard] })])

/** Every number that was ever given out, published or not. Of the published lists only the newest keeps its octets. */
export const crls = pgTable('crls', {
  issuer: id<IssuerKeyId>().notNull(),
  shard: id<MunicipalityCode>().notNull(),
  number: bigint({ mode: 'bigint' }).notNull(),
  /** `crl_shards.changes` when the entries were read. */
  changes: bigint({ mode: 'number' }).notNull(),
  thisUpdate: instant(),
  nextUpdate: instant(),
  sha256: text(),
  der: bytes(),
}, (t) => [
  primaryKey({ name: 'crls_number', columns: [t.issuer, t.shard, t.number] }),
  foreignKey({ name: 'crls_shard', columns: [t.issuer, t.shard], foreignColumns: [crlShards.issuer, crlShards.shard] }),
  check('crls_published', together(t.thisUpdate, t.nextUpdate, t.sha256)),
  check('crls_octets', sql`${t.der} is null or ${t.sha256} is not null`),
  uniqueIndex('crls_latest').on(t.issuer, t.shard).where(sql`${t.der} is not null`),
])

/** Delegated OCSP responders; the private key is wrapped by a KMS key. */
export const responders = pgTable('responders', {
  issuer: id<IssuerKeyId>().notNull().references(() => issuers.keyId),
  serial: id<SerialNumber>().notNull(),
  certificate: bytes().notNull(),
  sealedKey: bytes().notNull(),
  notBefore: instant().notNull(),
  notAfter: instant().notNull(),
}, (t) => [primaryKey({ name: 'responders_serial', columns: [t.issuer, t.serial] })])

/**
 * Purposes, consents (同意) and the log of every release of the four items. No row here holds a value of a person.
 *
 * The items of a purpose, request or consent are lists of names: name, address, birthDate, sex.
 */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { check, index, integer, pgTable, text, unique } from 'drizzle-orm/pg-core'
import type { Consent, ConsentRequest, ConsentState, Limit } from '../../core/law/consent/consent.ts'
import type { AccessLogEntry } from '../../core/law/consent/disclosure.ts'
import type { CertificateId, ConsentId, ConsentRequestId, PartnerId, PersonId, PurposeId, ReleaseId } from '../../core/law/ids.ts'
import type { AttributeName } from '../../core/law/person/person.ts'
import { bytes, day, id, instant, oneOf, words } from './columns.ts'
import { certificates } from './certificates.ts'
import { partners } from './partners.ts'
import { residents } from './register.ts'

const items = () => text().array().$type<AttributeName[]>().notNull()
const areItems = (column: SQLWrapper): SQL => sql`${column} <@ array['name', 'address', 'birthDate', 'sex']`

/** 利用目的. Never changed: another text is another version. */
export const purposes = pgTable('purposes', {
  id: id<PurposeId>().primaryKey(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  name: words().notNull(),
  version: integer().notNull(),
  textJa: words().notNull(),
  textEn: words().notNull(),
  items: items(),
  until: day(),
  registeredAt: instant().notNull(),
  endedAt: instant(),
}, (t) => [unique('purposes_version').on(t.partner, t.name, t.version), check('purposes_items', areItems(t.items))])

export const consentRequests = pgTable('consent_requests', {
  id: id<ConsentRequestId>().primaryKey(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  purpose: id<PurposeId>().notNull().references(() => purposes.id),
  required: items(),
  optional: items(),
  nonce: bytes().notNull(),
  requestedAt: instant().notNull(),
  expiresAt: instant().notNull(),
  state: text().$type<ConsentRequest['state']>().notNull(),
}, (t) => [
  check('consent_requests_state', oneOf<ConsentRequest['state']>(t.state, { OPEN: true, ANSWERED: true })),
  check('consent_requests_items', sql`${areItems(t.required)} and ${areItems(t.optional)} and not ${t.required} && ${t.optional}`),
])

export const consents = pgTable('consents', {
  id: id<ConsentId>().primaryKey(),
  request: id<ConsentRequestId>().notNull().references(() => consentRequests.id),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  purpose: id<PurposeId>().notNull().references(() => purposes.id),
  person: id<PersonId>().notNull().references(() => residents.person),
  items: items(),
  givenAt: instant().notNull(),
  from: instant().notNull(),
  until: instant().notNull(),
  limitedBy: text().$type<Limit>().notNull(),
  state: text().$type<ConsentState>().notNull(),
  withdrawnAt: instant(),
  certificate: id<CertificateId>().notNull().references(() => certificates.id),
  document: words().notNull(),
  signature: bytes().notNull(),
}, (t) => [
  unique('consents_request').on(t.request),
  check('consents_state', oneOf<ConsentState>(t.state, { IN_FORCE: true, WITHDRAWN: true, ENDED_WITH_PURPOSE: true, ENDED_WITH_PARTNER: true })),
  check('consents_limited_by', oneOf<Limit>(t.limitedBy, { TEN_YEARS: true, PURPOSE: true, CHOSEN: true })),
  check('consents_withdrawn', sql`(${t.state} <> 'IN_FORCE') = (${t.withdrawnAt} is not null)`),
  check('consents_items', areItems(t.items)),
  index('consents_of_person').on(t.person),
  index('consents_of_purpose').on(t.purpose),
  index('consents_of_partner').on(t.partner),
])

/** 提供の記録. A release without its row cannot exist: both are one statement. */
export const accessLog = pgTable('access_log', {
  id: id<ReleaseId>().primaryKey(),
  at: instant().notNull(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  consent: id<Consent['id']>().references(() => consents.id),
  purpose: id<PurposeId>().references(() => purposes.id),
  person: id<PersonId>().references(() => residents.person),
  /** The certificate whose items went out; null where nothing did. */
  certificate: id<CertificateId>().references(() => certificates.id),
  items: items(),
  outcome: text().$type<AccessLogEntry['outcome']>().notNull(),
  requestId: text().notNull(),
}, (t) => [
  check('access_log_released', sql`(${t.outcome} = 'RELEASED') = (${t.certificate} is not null)`),
  check('access_log_items', areItems(t.items)),
  index('access_log_of_person').on(t.person, t.at),
  index('access_log_request').on(t.requestId),
])

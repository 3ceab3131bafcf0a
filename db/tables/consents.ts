/**
 * Purposes, consents (同意) and the log of every release of the four items. No row here holds a value of a person.
 *
 * The items of a purpose, request or consent are lists of names: name, address, birthDate, sex, isAdult, livesInMunicipality.
 */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, text, unique, uniqueIndex } from 'drizzle-orm/pg-core'
import type { Consent, ConsentAction, ConsentRequest, ConsentState, MinorsRule, Withdrawer } from '../../core/law/consent/consent.ts'
import type { AccessLogEntry, Source } from '../../core/law/consent/disclosure.ts'
import type { Frequency } from '../../core/law/consent/frequency.ts'
import type { ConsentItem } from '../../core/law/consent/item.ts'
import type { Notice } from '../../core/law/consent/notice.ts'
import type { Limit } from '../../core/law/consent/term.ts'
import type { CertificateId, ConsentId, ConsentRequestId, MunicipalityCode, PartnerId, PersonId, PurposeId, ReleaseId } from '../../core/law/ids.ts'
import { bytes, day, id, instant, oneOf, words } from './columns.ts'
import { certificates } from './certificates.ts'
import { partners } from './partners.ts'
import { municipalities, residents } from './register.ts'

const items = () => text().array().$type<ConsentItem[]>().notNull()
const areItems = (column: SQLWrapper): SQL => sql`${column} <@ array['name', 'address', 'birthDate', 'sex', 'isAdult', 'livesInMunicipality']`

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
  minors: text().$type<MinorsRule>().notNull().default('from-15'),
  /** 重要事項, all fifteen as registered; null of earlier ones. */
  notices: jsonb().$type<readonly Notice[]>(),
  registeredAt: instant().notNull(),
  endedAt: instant(),
}, (t) => [unique('purposes_version').on(t.partner, t.name, t.version), check('purposes_items', areItems(t.items)), check('purposes_minors', oneOf<MinorsRule>(t.minors, { refused: true, 'from-15': true, represented: true }))])

export const consentRequests = pgTable('consent_requests', {
  id: id<ConsentRequestId>().primaryKey(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  purpose: id<PurposeId>().notNull().references(() => purposes.id),
  required: items(),
  optional: items(),
  /** Null of earlier ones: whenever asked. */
  frequency: text().$type<Frequency>(),
  action: text().$type<ConsentAction>().notNull().default('CREATE'),
  /** The consent that ends with the answer. A foreign key would go round in a circle. */
  replaces: id<ConsentId>(),
  municipality: id<MunicipalityCode>().references(() => municipalities.code),
  nonce: bytes().notNull(),
  requestedAt: instant().notNull(),
  expiresAt: instant().notNull(),
  state: text().$type<ConsentRequest['state']>().notNull(),
}, (t) => [
  check('consent_requests_state', oneOf<ConsentRequest['state']>(t.state, { OPEN: true, ANSWERED: true })),
  check('consent_requests_action', sql`${oneOf<ConsentAction>(t.action, { CREATE: true, MERGE: true, REPLACE: true })} and (${t.action} = 'CREATE') = (${t.replaces} is null)`),
  check('consent_requests_frequency', oneOf<Frequency>(t.frequency, { ONCE: true, ON_CHANGE: true, YEARLY: true, MONTHLY: true, DAILY: true, PER_USE: true })),
  check('consent_requests_items', sql`${areItems(t.required)} and ${areItems(t.optional)} and not ${t.required} && ${t.optional}`),
  index('consent_requests_extending').on(t.replaces).where(sql`${t.state} = 'OPEN'`),
])

export const consents = pgTable('consents', {
  id: id<ConsentId>().primaryKey(),
  request: id<ConsentRequestId>().notNull().references(() => consentRequests.id),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  purpose: id<PurposeId>().notNull().references(() => purposes.id),
  person: id<PersonId>().notNull().references(() => residents.person),
  /** Who consented where it was not the person. */
  representative: id<PersonId>().references(() => residents.person),
  /** The first of the row that this one goes on with; null for the first. */
  continues: id<ConsentId>(),
  replaces: id<ConsentId>(),
  items: items(),
  /** Null of earlier ones: whenever asked. */
  frequency: text().$type<Frequency>(),
  municipality: id<MunicipalityCode>().references(() => municipalities.code),
  givenAt: instant().notNull(),
  from: instant().notNull(),
  until: instant().notNull(),
  limitedBy: text().$type<Limit>().notNull(),
  state: text().$type<ConsentState>().notNull(),
  withdrawnAt: instant(),
  /** From where a withdrawal came; null of earlier ones and of other ends. */
  withdrawnBy: text().$type<Withdrawer>(),
  certificate: id<CertificateId>().notNull().references(() => certificates.id),
  document: words().notNull(),
  signature: bytes().notNull(),
}, (t) => [
  unique('consents_request').on(t.request),
  check('consents_state', oneOf<ConsentState>(t.state, { IN_FORCE: true, WITHDRAWN: true, ENDED_WITH_PURPOSE: true, ENDED_WITH_PARTNER: true, REPLACED: true })),
  check('consents_limited_by', oneOf<Limit>(t.limitedBy, { TEN_YEARS: true, PURPOSE: true, CHOSEN: true, COMING_OF_AGE: true })),
  check('consents_frequency', oneOf<Frequency>(t.frequency, { ONCE: true, ON_CHANGE: true, YEARLY: true, MONTHLY: true, DAILY: true, PER_USE: true })),
  check('consents_withdrawn', sql`(${t.state} <> 'IN_FORCE') = (${t.withdrawnAt} is not null)`),
  check('consents_withdrawn_by', sql`${t.withdrawnBy} is null or (${t.state} = 'WITHDRAWN' and ${oneOf<Withdrawer>(t.withdrawnBy, { PERSON: true, REPRESENTATIVE: true, PARTNER: true, CLIENT_SOFTWARE: true, NATIONAL_PORTAL: true })})`),
  check('consents_items', areItems(t.items)),
  check('consents_municipality', sql`('livesInMunicipality' = any(${t.items})) = (${t.municipality} is not null)`),
  check('consents_continues', sql`(${t.continues} is null) = (${t.replaces} is null)`),
  // One of a grant is in force; the first has no row before it and is taken out of force by its successor.
  uniqueIndex('consents_of_grant').on(t.continues).where(sql`${t.state} = 'IN_FORCE'`),
  index('consents_of_person').on(t.person),
  index('consents_of_certificate').on(t.certificate),
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
  /** Set where they came from the resident record instead. */
  source: text().$type<Source>(),
  items: items(),
  outcome: text().$type<AccessLogEntry['outcome']>().notNull(),
  requestId: text().notNull(),
}, (t) => [
  check('access_log_released', sql`(${t.outcome} = 'RELEASED') = (${t.certificate} is not null or ${t.source} is not null)`),
  check('access_log_items', areItems(t.items)),
  index('access_log_of_person').on(t.person, t.at),
  index('access_log_request').on(t.requestId),
])

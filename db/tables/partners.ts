/**
 * Partners (署名検証者・利用者証明検証者), their standing and clients, and the logins they asked for.
 */
import { sql } from 'drizzle-orm'
import { boolean, check, index, jsonb, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import type { Scope } from '../../core/law/actor.ts'
import type { CertificateId, ChallengeId, LoginId, PartnerId, PasskeyId, PersonId } from '../../core/law/ids.ts'
import type { Assurance, AuthenticationLevel, IdentityLevel } from '../../core/law/partner/assurance.ts'
import type { Challenge } from '../../core/law/partner/login.ts'
import type { Agreement } from '../../core/law/partner/agreement.ts'
import type { Standing, VerifierRole } from '../../core/law/partner/partner.ts'
import { bytes, day, id, instant, oneOf, sealed } from './columns.ts'
import { residents } from './register.ts'

export const partners = pgTable('partners', {
  id: id<PartnerId>().primaryKey(),
  name: text().notNull(),
  nameEn: text().notNull(),
  tradeName: text(),
  privacyPolicy: text(),
  sector: text().notNull(),
  contact: text().notNull(),
}, (t) => [check('partners_privacy_policy', sql`${t.privacyPolicy} ~ '^https://[^[:space:]]+$'`)])

export const standings = pgTable('standings', {
  partner: id<PartnerId>().notNull().references(() => partners.id),
  role: text().$type<VerifierRole>().notNull(),
  from: day().notNull(),
  basis: text().$type<Standing['basis']>().notNull(),
  through: id<PartnerId>().references(() => partners.id),
  until: day().notNull(),
  suspended: boolean().notNull(),
  endedAt: instant(),
  /** 取決め; null of earlier grounds, and of delegations, which that of the platform covers. */
  agreement: jsonb().$type<Agreement>(),
  /** When the platform reported a delegation. */
  reportedAt: instant(),
}, (t) => [
  primaryKey({ name: 'standings_pk', columns: [t.partner, t.role, t.from] }),
  check('standings_role', oneOf<VerifierRole>(t.role, { 'signature-verifier': true, 'authentication-verifier': true })),
  check('standings_basis', oneOf<Standing['basis']>(t.basis, { '法第17条第1項': true, '法第36条第1項': true, '規則第29条 (委託)': true })),
  check('standings_delegation', sql`(${t.basis} = '規則第29条 (委託)') = (${t.through} is not null)`),
  check('standings_period', sql`${t.from} <= ${t.until}`),
])

/** What a partner authenticates with: a client of the authorization server and its public keys. */
export const clients = pgTable('clients', {
  clientId: text().primaryKey(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  scopes: text().array().$type<Scope[]>().notNull(),
  /** RFC 7517; never a private key. */
  jwks: jsonb().$type<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>().notNull(),
  redirectUris: text().array().notNull(),
})

export const challenges = pgTable('challenges', {
  id: id<ChallengeId>().primaryKey(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  client: text().notNull(),
  nonce: bytes().notNull(),
  createdAt: instant().notNull(),
  expiresAt: instant().notNull(),
  state: text().$type<Challenge['state']>().notNull(),
  requestedIdentity: text().$type<IdentityLevel>().notNull().default('IAL3'),
  requestedAuthentication: text().$type<AuthenticationLevel>().notNull().default('AAL3'),
  /** SHA-256 of the partner's account to link, sealed: names of accounts can be guessed. Null where none is. */
  account: sealed(),
}, (t) => [check('challenges_state', oneOf<Challenge['state']>(t.state, { OPEN: true, SPENT: true }))])

export const logins = pgTable('logins', {
  id: id<LoginId>().primaryKey(),
  challenge: id<ChallengeId>().notNull().references(() => challenges.id),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  person: id<PersonId>().notNull().references(() => residents.person),
  subject: text().notNull(),
  at: instant().notNull(),
  identity: text().$type<IdentityLevel>().notNull(),
  authentication: text().$type<AuthenticationLevel>().notNull(),
  method: text().$type<Assurance['method']>().notNull(),
  requestedIdentity: text().$type<IdentityLevel>().notNull().default('IAL3'),
  requestedAuthentication: text().$type<AuthenticationLevel>().notNull().default('AAL3'),
  /** What it was done with. No foreign keys: the record of a certificate goes when its time is over, the login stays. */
  certificate: id<CertificateId>(),
  passkey: id<PasskeyId>(),
}, (t) => [unique('logins_challenge').on(t.challenge), index('logins_of_person').on(t.person, t.at)])

/** State of the authorization server of the offline edition: what its protocol library hands over, unread. */
export const oauthRecords = pgTable('oauth_records', {
  model: text().notNull(),
  id: text().notNull(),
  payload: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
  expiresAt: instant(),
  grantId: text(),
  uid: text(),
  userCode: text(),
  /** When it was used up. */
  consumed: instant(),
}, (t) => [
  primaryKey({ name: 'oauth_records_pk', columns: [t.model, t.id] }),
  index('oauth_records_grant').on(t.grantId),
  index('oauth_records_uid').on(t.model, t.uid),
  index('oauth_records_user_code').on(t.model, t.userCode),
  index('oauth_records_expiry').on(t.expiresAt),
])

/** `jti` of every single-use token seen, until it would be too old anyway. @rfc 9449 11.1 · 7523 3 */
export const replayedTokens = pgTable('replayed_tokens', {
  issuer: text().notNull(),
  jti: text().notNull(),
  expiresAt: instant().notNull(),
}, (t) => [primaryKey({ name: 'replayed_tokens_pk', columns: [t.issuer, t.jti] }), index('replayed_tokens_expiry').on(t.expiresAt)])

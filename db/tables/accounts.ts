/**
 * What a card login may leave behind at a partner: the link between a person and the partner's own account, and passkeys.
 * The partner's name for the account is kept as a hash, and goes when the link ends; a passkey's key goes with the passkey.
 */
import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, pgTable, text, unique, uniqueIndex } from 'drizzle-orm/pg-core'
import type { AccountLinkId, CertificateId, EnrolmentId, LoginId, PartnerId, PasskeyId, PersonId } from '../../core/law/ids.ts'
import type { AccountLink } from '../../core/law/partner/account.ts'
import type { Enrolment, Passkey } from '../../core/law/partner/passkey.ts'
import { blindIndex, bytes, id, instant, oneOf } from './columns.ts'
import { partners } from './partners.ts'
import { residents } from './register.ts'

export const accountLinks = pgTable('account_links', {
  id: id<AccountLinkId>().primaryKey(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  person: id<PersonId>().notNull().references(() => residents.person),
  /** Null once the link has ended. */
  account: blindIndex(),
  login: id<LoginId>().notNull(),
  linkedAt: instant().notNull(),
  state: text().$type<AccountLink['state']>().notNull(),
  endedAt: instant(),
}, (t) => [
  check('account_links_state', oneOf<AccountLink['state']>(t.state, { LINKED: true, ENDED_BY_PERSON: true, ENDED_BY_PARTNER: true, ENDED_WITH_PARTNER: true })),
  check('account_links_ended', sql`(${t.state} = 'LINKED') = (${t.account} is not null) and (${t.state} = 'LINKED') = (${t.endedAt} is null)`),
  // An account is one person's at a time; ended links have none.
  uniqueIndex('account_links_account').on(t.partner, t.account),
  index('account_links_of_person').on(t.person, t.linkedAt),
])

export const passkeys = pgTable('passkeys', {
  id: id<PasskeyId>().primaryKey(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  person: id<PersonId>().notNull().references(() => residents.person),
  /** Of the card login it was enrolled in; the passkey ends with it. No foreign key: its record goes when its time is over. */
  certificate: id<CertificateId>().notNull(),
  login: id<LoginId>().notNull(),
  origin: text().notNull(),
  credential: bytes().notNull(),
  /** COSE; empty once removed. */
  publicKey: bytes().notNull(),
  counter: bigint({ mode: 'number' }).notNull(),
  backedUp: boolean().notNull(),
  enrolledAt: instant().notNull(),
  usedAt: instant(),
  state: text().$type<Passkey['state']>().notNull(),
  removedAt: instant(),
}, (t) => [
  check('passkeys_state', oneOf<Passkey['state']>(t.state, { ENROLLED: true, REMOVED: true })),
  check('passkeys_removed', sql`(${t.state} = 'REMOVED') = (${t.removedAt} is not null) and (${t.state} = 'REMOVED') = (length(${t.publicKey}) = 0)`),
  unique('passkeys_credential').on(t.partner, t.credential),
  index('passkeys_of_person').on(t.person, t.enrolledAt),
])

/** Offers to enrol a passkey: good once, for a few minutes. */
export const enrolments = pgTable('passkey_enrolments', {
  id: id<EnrolmentId>().primaryKey(),
  login: id<LoginId>().notNull(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  client: text().notNull(),
  origin: text().notNull(),
  challenge: bytes().notNull(),
  offeredAt: instant().notNull(),
  expiresAt: instant().notNull(),
  state: text().$type<Enrolment['state']>().notNull(),
}, (t) => [check('passkey_enrolments_state', oneOf<Enrolment['state']>(t.state, { OPEN: true, SPENT: true }))])

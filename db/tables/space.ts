/**
 * Free space of cards (空き領域): rights to an area, what is on which chip, and how much of each card is spoken for.
 *
 * @law 番号法 第18条
 */
import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { CardId, CardOrderId, GrantId, InstallationId, MunicipalityCode, PartnerId } from '../../core/law/ids.ts'
import type { Grant, GrantEnd, GrantState, LegalBasis, Pending, Population } from '../../core/law/space/basis.ts'
import type { InstallationState } from '../../core/law/space/slot.ts'
import { cardOrders, cards } from './cards.ts'
import { count, day, id, instant, oneOf, together, words } from './columns.ts'
import { partners } from './partners.ts'

export const grants = pgTable('grants', {
  id: id<GrantId>().primaryKey(),
  /** The local government that answers for it: of those, a prefecture is no row of municipalities. */
  municipality: id<MunicipalityCode>(),
  /** Whom it is granted to, where that is a partner of the gateway. */
  partner: id<PartnerId>().references(() => partners.id),
  operator: words().notNull().default(''),
  basis: jsonb().$type<LegalBasis>().notNull(),
  population: jsonb().$type<Population>().notNull().default({ kind: 'cards' }),
  purpose: words().notNull(),
  label: words().notNull(),
  aid: text().notNull(),
  quotaCode: count(),
  quotaData: count(),
  quotaVolatile: count(),
  pinDigits: integer(),
  pinTries: integer(),
  recordsCount: count(),
  recordsSize: count(),
  minimumAge: count().default(0),
  evidence: text().notNull().default(''),
  validFrom: day().notNull(),
  validUntil: day().notNull(),
  state: text().$type<GrantState>().notNull(),
  requestedBy: text().notNull(),
  requestedFor: text().notNull().default(''),
  requestedAt: instant().notNull(),
  approvedBy: text(),
  approvedFor: text(),
  pending: jsonb().$type<Pending>(),
  suspendedFor: text().$type<NonNullable<Grant['suspendedFor']>>(),
  endedFor: text().$type<GrantEnd>(),
  warned: integer(),
  reserved: boolean().notNull().default(false),
  version: count().default(0),
}, (t) => [
  uniqueIndex('grants_aid').on(t.aid).where(sql`${t.state} <> 'ENDED'`),
  check('grants_aid_form', sql`${t.aid} ~ '^([0-9A-F]{2}){5,16}$'`),
  check('grants_state', oneOf<GrantState>(t.state, { REQUESTED: true, APPROVED: true, SUSPENDED: true, ENDED: true })),
  check('grants_four_eyes', sql`${t.approvedBy} <> ${t.requestedBy}`),
  // The two who decide on a private area are of different bodies.
  check('grants_two_bodies', sql`${t.basis} ->> 'kind' not in ('minister-confirmation', 'jpki-verifier') or ${t.approvedFor} <> ${t.requestedFor}`),
  check('grants_approved', sql`${t.state} not in ('APPROVED', 'SUSPENDED') or ${t.approvedBy} is not null`),
  check('grants_suspended', sql`(${t.state} = 'SUSPENDED') = (${t.suspendedFor} is not null) or ${t.state} = 'ENDED'`),
  check('grants_ended', sql`(${t.state} = 'ENDED') = (${t.endedFor} is not null)`),
  check('grants_end', oneOf<GrantEnd>(t.endedFor, { 'not-approved-in-time': true, revoked: true, 'ordinance-repealed': true })),
  check('grants_pin', together(t.pinDigits, t.pinTries)),
  check('grants_period', sql`${t.validFrom} <= ${t.validUntil}`),
  index('grants_of_municipality').on(t.municipality),
])

/** The shares of every card's free space (a municipality’s residents’ area, the extended area) and what is granted of them. */
export const spaceShares = pgTable('space_shares', {
  share: text().primaryKey(),
  capacityCode: count(),
  capacityData: count(),
  capacityVolatile: count(),
  reservedCode: count(),
  reservedData: count(),
  reservedVolatile: count(),
}, (t) => [
  check('space_shares_capacity', sql`${t.reservedCode} <= ${t.capacityCode} and ${t.reservedData} <= ${t.capacityData} and ${t.reservedVolatile} <= ${t.capacityVolatile}`),
  check('space_shares_reserved', sql`${t.reservedCode} >= 0 and ${t.reservedData} >= 0 and ${t.reservedVolatile} >= 0`),
])

/** What is spoken for on a card. Reserving is one update; the check decides who gets the last octets. */
export const cardSpace = pgTable('card_space', {
  card: id<CardId>().primaryKey().references(() => cards.id),
  capacityCode: count(),
  capacityData: count(),
  capacityVolatile: count(),
  reservedCode: count(),
  reservedData: count(),
  reservedVolatile: count(),
}, (t) => [
  check('card_space_capacity', sql`${t.reservedCode} <= ${t.capacityCode} and ${t.reservedData} <= ${t.capacityData} and ${t.reservedVolatile} <= ${t.capacityVolatile}`),
  check('card_space_reserved', sql`${t.reservedCode} >= 0 and ${t.reservedData} >= 0 and ${t.reservedVolatile} >= 0`),
])

export const installations = pgTable('installations', {
  id: id<InstallationId>().primaryKey(),
  grant: id<GrantId>().notNull().references(() => grants.id),
  card: id<CardId>().notNull().references(() => cards.id),
  state: text().$type<InstallationState>().notNull(),
  order: id<CardOrderId>().notNull().references(() => cardOrders.id),
  quotaCode: count(),
  quotaData: count(),
  quotaVolatile: count(),
}, (t) => [
  uniqueIndex('installations_on_card').on(t.grant, t.card).where(sql`${t.state} in ('ORDERED', 'INSTALLED', 'LOCKED', 'ENDING')`),
  check('installations_state', oneOf<InstallationState>(t.state, { ORDERED: true, INSTALLED: true, LOCKED: true, ENDING: true, REFUSED_BY_CARD: true, REMOVED: true, ENDED: true })),
  index('installations_of_card').on(t.card),
  index('installations_of_grant').on(t.grant),
])

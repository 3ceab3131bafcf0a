/**
 * Free space of cards (空き領域): rights to an area, what is on which chip, and how much of each card is spoken for.
 *
 * @law 番号法 第18条
 */
import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { CardId, CardOrderId, GrantId, InstallationId, MunicipalityCode } from '../../core/law/ids.ts'
import type { GrantState, InstallationState, LegalBasis } from '../../core/law/slot.ts'
import { cardOrders, cards } from './cards.ts'
import { count, day, id, instant, oneOf, together, words } from './columns.ts'
import { municipalities } from './register.ts'

export const grants = pgTable('grants', {
  id: id<GrantId>().primaryKey(),
  municipality: id<MunicipalityCode>().notNull().references(() => municipalities.code),
  basis: jsonb().$type<LegalBasis>().notNull(),
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
  validFrom: day().notNull(),
  validUntil: day().notNull(),
  state: text().$type<GrantState>().notNull(),
  requestedBy: text().notNull(),
  approvedBy: text(),
  requestedAt: instant().notNull(),
}, (t) => [
  uniqueIndex('grants_aid').on(t.aid).where(sql`${t.state} <> 'ENDED'`),
  check('grants_aid_form', sql`${t.aid} ~ '^([0-9A-F]{2}){5,16}$'`),
  check('grants_state', oneOf<GrantState>(t.state, { REQUESTED: true, APPROVED: true, SUSPENDED: true, ENDED: true })),
  check('grants_four_eyes', sql`${t.approvedBy} <> ${t.requestedBy}`),
  check('grants_approved', sql`${t.state} not in ('APPROVED', 'SUSPENDED') or ${t.approvedBy} is not null`),
  check('grants_pin', together(t.pinDigits, t.pinTries)),
  check('grants_period', sql`${t.validFrom} <= ${t.validUntil}`),
  index('grants_of_municipality').on(t.municipality),
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
  uniqueIndex('installations_on_card').on(t.grant, t.card).where(sql`${t.state} in ('ORDERED', 'INSTALLED')`),
  check('installations_state', oneOf<InstallationState>(t.state, { ORDERED: true, INSTALLED: true, REFUSED_BY_CARD: true, REMOVED: true })),
  index('installations_of_card').on(t.card),
])

/**
 * Officers in their office: their own cards, who decides in whose stead, and the decisions they signed.
 */
import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { Scope } from '../../core/law/actor.ts'
import type { DelegationId, OfficerCardId, OfficerId, PersonId } from '../../core/law/ids.ts'
import type { DelegableAct, DelegationKind, OfficerCard } from '../../core/law/space/office.ts'
import type { SignedAct } from '../../core/law/space/signed.ts'
import { bytes, id, instant, oneOf, words } from './columns.ts'
import { residents } from './register.ts'

export const officerCards = pgTable('officer_cards', {
  id: id<OfficerCardId>().primaryKey(),
  officer: id<OfficerId>().notNull(),
  office: words().notNull(),
  person: id<PersonId>().notNull().references(() => residents.person),
  state: text().$type<OfficerCard['state']>().notNull(),
  proposedBy: id<OfficerId>().notNull(),
  proposedAt: instant().notNull(),
  confirmedBy: id<OfficerId>(),
  endedAt: instant(),
}, (t) => [
  check('officer_cards_state', oneOf<OfficerCard['state']>(t.state, { PROPOSED: true, ENROLLED: true, ENDED: true })),
  check('officer_cards_by_two', sql`${t.state} <> 'ENROLLED' or ${t.confirmedBy} is not null`),
  check('officer_cards_four_eyes', sql`${t.proposedBy} <> ${t.officer} and ${t.confirmedBy} <> ${t.officer} and ${t.confirmedBy} <> ${t.proposedBy}`),
  uniqueIndex('officer_cards_one').on(t.officer).where(sql`${t.state} = 'ENROLLED'`),
  index('officer_cards_of_office').on(t.office),
])

export const delegations = pgTable('delegations', {
  id: id<DelegationId>().primaryKey(),
  from: text('from_officer').$type<OfficerId>().notNull(),
  to: text('to_officer').$type<OfficerId>().notNull(),
  office: words().notNull(),
  kind: text().$type<DelegationKind>().notNull(),
  acts: text().array().$type<DelegableAct[]>().notNull(),
  scopes: text().array().$type<Scope[]>().notNull(),
  validFrom: instant().notNull(),
  validUntil: instant().notNull(),
  madeAt: instant().notNull(),
  endedAt: instant(),
}, (t) => [
  check('delegations_kind', oneOf<DelegationKind>(t.kind, { absence: true, standing: true })),
  check('delegations_other', sql`${t.from} <> ${t.to}`),
  check('delegations_period', sql`${t.validFrom} < ${t.validUntil}`),
  check('delegations_acts', sql`cardinality(${t.acts}) > 0`),
  index('delegations_from').on(t.from),
  index('delegations_to').on(t.to),
])

/** What an officer's card signed, whole: whoever holds it can check it without the gateway. */
export const signedDecisions = pgTable('signed_decisions', {
  /** SHA-256 over document, line feed and signature, as the leaf has it. */
  digest: text().primaryKey(),
  act: text().$type<SignedAct>().notNull(),
  subject: text().notNull(),
  officer: text().notNull(),
  onBehalfOf: text(),
  at: instant().notNull(),
  document: words().notNull(),
  signature: bytes().notNull(),
  certificate: bytes().notNull(),
}, (t) => [check('signed_decisions_other', sql`${t.onBehalfOf} <> ${t.officer}`), index('signed_decisions_of').on(t.subject, t.at)])

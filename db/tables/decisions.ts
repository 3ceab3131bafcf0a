/**
 * Why a request of a partner was decided as it was: which rule, on what ground, by which clock. Names of things and states,
 * no value of a person. Kept a year, then erased with proof.
 */
import { index, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import type { DecisionId, PartnerId, PersonId } from '../../core/law/ids.ts'
import type { Decision, Ground } from '../../core/law/partner/explain.ts'
import { id, instant } from './columns.ts'
import { partners } from './partners.ts'
import { residents } from './register.ts'

export const decisions = pgTable('decisions', {
  id: id<DecisionId>().primaryKey(),
  requestId: text().notNull(),
  at: instant().notNull(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  client: text().notNull(),
  person: id<PersonId>().references(() => residents.person),
  asked: text().$type<Decision['asked']>().notNull(),
  outcome: text().$type<Decision['outcome']>().notNull(),
  grounds: jsonb().$type<readonly Ground[]>().notNull(),
}, (t) => [index('decisions_request').on(t.requestId), index('decisions_at').on(t.at)])

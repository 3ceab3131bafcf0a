/**
 * Cards of officers, and who decides in whose stead.
 */
import { and, asc, eq, gt, inArray, isNull, ne, or } from 'drizzle-orm'
import type { PersonId } from '../../core/law/ids.ts'
import { refuse } from '../../core/law/refusal.ts'
import type { Offices } from '../../core/law/space/office.ts'
import type { Db } from '../client.ts'
import { opening } from '../session.ts'
import { perform } from '../record/acts.ts'
import { delegations, officerCards } from '../tables/offices.ts'

export function openOffices(db: Db): Offices {
  const enrolled = eq(officerCards.state, 'ENROLLED')
  return {
    loadCard: async (id) => (await db.select().from(officerCards).where(eq(officerCards.id, id)))[0] ?? null,
    cardOf: async (officer) => (await db.select().from(officerCards).where(and(eq(officerCards.officer, officer), enrolled)))[0] ?? null,
    cardsOf: (office) => db.select().from(officerCards).where(and(eq(officerCards.office, office), ne(officerCards.state, 'ENDED'))).orderBy(asc(officerCards.id)),
    async people(officers) {
      const rows = await opening(['hands'], async () => db.selectDistinct({ officer: officerCards.officer, person: officerCards.person }).from(officerCards).where(and(inArray(officerCards.officer, officers as never), or(enrolled, eq(officerCards.state, 'ENDED')))))
      const people = new Map<string, PersonId[]>()
      for (const { officer, person } of rows) people.set(officer, [...(people.get(officer) ?? []), person])
      return people
    },
    propose: (act, card) => perform(db, act, {}, async (tx) => void (await tx.insert(officerCards).values(card))),
    changeCard: (act, from, card) => perform(db, act, { officer_cards_four_eyes: 'FOUR_EYES', officer_cards_one: 'CONFLICT' }, async (tx) => {
      if (card.state === 'ENROLLED') await tx.update(officerCards).set({ state: 'ENDED', endedAt: act.at }).where(and(eq(officerCards.officer, card.officer), enrolled))
      const changed = await tx.update(officerCards).set({ state: card.state, confirmedBy: card.confirmedBy, endedAt: card.endedAt }).where(and(eq(officerCards.id, card.id), eq(officerCards.state, from))).returning({ id: officerCards.id })
      return changed.length === 0 ? refuse('CONFLICT') : undefined
    }),
    loadDelegation: async (id) => (await db.select().from(delegations).where(eq(delegations.id, id)))[0] ?? null,
    delegate: (act, delegation) => perform(db, act, {}, async (tx) => void (await tx.insert(delegations).values({ ...delegation, acts: [...delegation.acts], scopes: [...delegation.scopes] }))),
    endDelegation: (act, id, at) => perform(db, act, {}, async (tx) => {
      const changed = await tx.update(delegations).set({ endedAt: at }).where(and(eq(delegations.id, id), isNull(delegations.endedAt))).returning({ id: delegations.id })
      return changed.length === 0 ? refuse('CONFLICT') : undefined
    }),
    delegationsOf: (officer, at) => db.select().from(delegations).where(and(or(eq(delegations.from, officer), eq(delegations.to, officer)), isNull(delegations.endedAt), gt(delegations.validUntil, at))).orderBy(asc(delegations.id)),
  }
}

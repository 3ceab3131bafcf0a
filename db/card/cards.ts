/**
 * Applications for cards (交付申請) and the cards themselves. Every step is a compare-and-set on the state.
 */
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { droppedStates, type Card, type CardApplication, type CardApplications, type CardApplicationState, type Cards } from '../../core/law/card/card.ts'
import type { Act } from '../../core/law/act.ts'
import { settle } from '../../core/law/card/deadline.ts'
import type { CardNotes } from '../../core/law/card/holding.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { refuse, type Result } from '../../core/law/refusal.ts'
import { perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import { shown } from '../session.ts'
import { carryOut, holdStill } from './deadlines.ts'
import { lapse } from './lapse.ts'
import { restore, store } from '../json.ts'
import { applicationForms, cardApplications, cardNotes, cards } from '../tables/cards.ts'
import { certificates } from '../tables/certificates.ts'

export function openCardApplications(db: Db): CardApplications {
  const load = db.select().from(cardApplications).where(eq(cardApplications.id, sql.placeholder('id'))).prepare('card_applications_load')
  return {
    async load(id) {
      const [row] = await load.execute({ id })
      // Before the agency: to make the card, or to mail it.
      if (row?.state === 'RECEIVED' || row?.state === 'SHIPPED') shown(`applicant:${row.person}`)
      return row === undefined ? null : applicationOf(row)
    },
    ofPerson: async (person) => (await db.select().from(cardApplications).where(eq(cardApplications.person, person)).orderBy(asc(cardApplications.id))).map(applicationOf),
    create: (act, application) =>
      perform(db, act, { card_applications_open: 'APPLICATION_OPEN' }, async (tx) => {
        await tx.insert(cardApplications).values(rowOf(application, act))
      }),
    async form(id) {
      const [row] = await db.select().from(applicationForms).where(eq(applicationForms.id, id))
      return row ?? null
    },
    printForm: (act, form) => perform(db, act, { application_forms_pkey: 'CONFLICT' }, async (tx) => {
      await tx.insert(applicationForms).values(form)
    }),
    advance: (act, from, application, card) => perform(db, act, {}, (tx) => advance(tx, act, from, application, card)),
  }
}

async function advance(tx: Tx, act: Act, from: CardApplicationState, application: CardApplication, card: Card | undefined): Promise<Result<void>> {
  if (card !== undefined && application.state === 'IN_PRODUCTION') await tx.insert(cards).values(rowOfCard(card))
  const { id, ...columns } = rowOf(application, act)
  const moved = await tx.update(cardApplications).set(columns).where(and(eq(cardApplications.id, id), eq(cardApplications.state, from))).returning({ id: cardApplications.id })
  if (moved.length === 0) return refuse('CONFLICT')
  if (card !== undefined && application.state !== 'IN_PRODUCTION') {
    // Until it is handed over a card changes with its application only, and nobody else's change is overwritten.
    const { id: cardId, ...made } = rowOfCard(card)
    const changed = await tx.update(cards).set(made).where(and(eq(cards.id, cardId), eq(cards.state, 'MADE'))).returning({ id: cards.id })
    if (changed.length === 0) return refuse('CONFLICT')
  }
  if (application.state === 'DELIVERED') await returnEarlier(tx, act, application)
}

/** Whoever gets a card gives the earlier one back (返納). */
async function returnEarlier(tx: Tx, act: Act, { person, card }: CardApplication): Promise<void> {
  const standing = await holdStill(tx, person)
  const earlier = standing.cards.filter(({ id, state }) => id !== card && state !== 'MADE').map((c) => ({ ...c, returnedAt: act.at }))
  if (earlier.length > 0) await carryOut(tx, act.at, person, settle({ ...standing, cards: earlier }, act.at))
}

export function openCards(db: Db): Cards {
  const load = db.select().from(cards).where(eq(cards.id, sql.placeholder('id'))).prepare('cards_load')
  const byNumber = db.select().from(cards).where(eq(cards.cardNumber, sql.placeholder('cardNumber'))).prepare('cards_by_number')
  const first = (rows: readonly CardRow[]): Card | null => (rows[0] === undefined ? null : cardOf(rows[0]))
  return {
    load: async (id) => first(await load.execute({ id })),
    async inHand(id) {
      shown(`hand:${id}`)
      return first(await load.execute({ id }))
    },
    byNumber: async (cardNumber) => first(await byNumber.execute({ cardNumber })),
    ofPerson: async (person) => (await db.select().from(cards).where(eq(cards.person, person)).orderBy(asc(cards.id))).map(cardOf),
    changeState: (act, from, card) =>
      perform(db, act, {}, async (tx) => {
        const { state, endGround, endAt } = rowOfCard(card)
        const changed = await tx.update(cards).set({ state, endGround, endAt }).where(and(eq(cards.id, card.id), eq(cards.state, from))).returning({ id: cards.id })
        if (changed.length === 0) return refuse('CONFLICT')
        // Both on the card; those in a phone are in another thing, which was not lost with it.
        if (from === 'ACTIVE' && state === 'SUSPENDED') await lapse(tx, and(eq(certificates.card, card.id), inArray(certificates.kind, ['signature', 'authentication'])), revocation('temporary-stop', act.at, act.at))
      }),
  }
}

export function openCardNotes(db: Db): CardNotes {
  return {
    of: (card) => db.select().from(cardNotes).where(eq(cardNotes.card, card)).orderBy(asc(cardNotes.line)),
    add: (act, note) => perform(db, act, { card_notes_line: 'CONFLICT' }, async (tx) => {
      const [card] = await tx.select({ id: cards.id }).from(cards).where(and(eq(cards.id, note.card), eq(cards.state, 'ACTIVE'))).for('share')
      if (card === undefined) return refuse('CONFLICT')
      await tx.insert(cardNotes).values(note)
    }),
  }
}

type ApplicationRow = typeof cardApplications.$inferSelect
type CardRow = typeof cards.$inferSelect

function applicationOf(row: ApplicationRow): CardApplication {
  const { handOverOfficer, handOverDocuments, handOverPins, handOverAt, handOverProxy, supportPlace, supportName, specialGround, specialOn, droppedAt: _, ...rest } = row
  const whole = handOverOfficer !== null && handOverDocuments !== null && handOverPins !== null && handOverAt !== null
  return {
    ...rest,
    handOver: whole ? { officer: handOverOfficer, documents: handOverDocuments, pinsSetBy: handOverPins, proxy: handOverProxy === null ? null : restore(handOverProxy), at: handOverAt } : null,
    support: supportPlace !== null && supportName !== null ? { place: supportPlace, name: supportName } : null,
    special: specialGround !== null && specialOn !== null ? { ground: specialGround, on: specialOn } : null,
  }
}

const rowOf = ({ handOver, support, special, ...rest }: CardApplication, act: Act): ApplicationRow => ({
  ...rest,
  handOverOfficer: handOver?.officer ?? null, handOverDocuments: handOver === null ? null : [...handOver.documents], handOverPins: handOver?.pinsSetBy ?? null, handOverAt: handOver?.at ?? null,
  handOverProxy: handOver?.proxy == null ? null : store(handOver.proxy),
  supportPlace: support?.place ?? null, supportName: support?.name ?? null, specialGround: special?.ground ?? null, specialOn: special?.on ?? null,
  droppedAt: droppedStates.includes(rest.state) ? act.at : null,
})

function cardOf(row: CardRow): Card {
  const { endGround, endAt, orderCounter: _, dueAt: __, ...rest } = row
  return { ...rest, end: endGround !== null && endAt !== null ? { ground: endGround, at: endAt } : null }
}

const rowOfCard = ({ end, ...rest }: Card): Omit<CardRow, 'orderCounter' | 'dueAt'> => ({ ...rest, endGround: end?.ground ?? null, endAt: end?.at ?? null })

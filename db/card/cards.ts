/**
 * Applications for cards (交付申請) and the cards themselves. Every step is a compare-and-set on the state.
 */
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { ApplicationForm, Proxy } from '../../core/law/card/application.ts'
import { droppedStates, type Card, type CardApplication, type CardApplications, type CardApplicationState, type Cards } from '../../core/law/card/card.ts'
import type { Act } from '../../core/law/act.ts'
import { settle } from '../../core/law/card/deadline.ts'
import type { CardNote, CardNotes } from '../../core/law/card/holding.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { refuse, type Result } from '../../core/law/refusal.ts'
import { perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import { shown } from '../session.ts'
import { carryOut, holdStill } from './deadlines.ts'
import { openedExpiry, sealedExpiry } from './expiry.ts'
import { lapse } from './lapse.ts'
import type { Safe } from '../safe.ts'
import { applicationForms, cardApplications, cardNotes, cards } from '../tables/cards.ts'
import { certificates } from '../tables/certificates.ts'

export function openCardApplications(db: Db, safe: Safe): CardApplications {
  const load = db.select().from(cardApplications).where(eq(cardApplications.id, sql.placeholder('id'))).prepare('card_applications_load')
  return {
    async load(id) {
      const [row] = await load.execute({ id })
      // Before the agency: to make the card, or to mail it.
      if (row?.state === 'RECEIVED' || row?.state === 'SHIPPED') shown(`applicant:${row.person}`)
      return row === undefined ? null : applicationOf(safe, row)
    },
    ofPerson: async (person) => (await db.select().from(cardApplications).where(eq(cardApplications.person, person)).orderBy(asc(cardApplications.id))).map((row) => applicationOf(safe, row)),
    create: (act, application) =>
      perform(db, act, { card_applications_open: 'APPLICATION_OPEN' }, async (tx) => {
        await tx.insert(cardApplications).values(rowOf(safe, application, act))
      }),
    async form(id) {
      const [row] = await db.select().from(applicationForms).where(eq(applicationForms.id, id))
      if (row === undefined) return null
      const { personal, ...form } = row
      return { ...form, ...safe.open<Printed>('application_forms.personal', id, personal) }
    },
    printForm: (act, form) => perform(db, act, { application_forms_pkey: 'CONFLICT' }, async (tx) => {
      const { address, addressSubstitutes, ...columns } = form
      await tx.insert(applicationForms).values({ ...columns, personal: safe.seal('application_forms.personal', form.id, { address, addressSubstitutes } satisfies Printed) })
    }),
    advance: (act, from, application, card) => perform(db, act, {}, (tx) => advance(tx, safe, act, from, application, card)),
  }
}

type Printed = Pick<ApplicationForm, 'address' | 'addressSubstitutes'>

async function advance(tx: Tx, safe: Safe, act: Act, from: CardApplicationState, application: CardApplication, card: Card | undefined): Promise<Result<void>> {
  if (card !== undefined && application.state === 'IN_PRODUCTION') await tx.insert(cards).values(rowOfCard(safe, card))
  const { id, ...columns } = rowOf(safe, application, act)
  const moved = await tx.update(cardApplications).set(columns).where(and(eq(cardApplications.id, id), eq(cardApplications.state, from))).returning({ id: cardApplications.id })
  if (moved.length === 0) return refuse('CONFLICT')
  if (card !== undefined && application.state !== 'IN_PRODUCTION') {
    // Until it is handed over a card changes with its application only, and nobody else's change is overwritten.
    const { id: cardId, ...made } = rowOfCard(safe, card)
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

export function openCards(db: Db, safe: Safe): Cards {
  const load = db.select().from(cards).where(eq(cards.id, sql.placeholder('id'))).prepare('cards_load')
  const byNumber = db.select().from(cards).where(eq(cards.numberIndex, sql.placeholder('numberIndex'))).prepare('cards_by_number')
  const first = (rows: readonly CardRow[]): Card | null => (rows[0] === undefined ? null : cardOf(safe, rows[0]))
  return {
    load: async (id) => first(await load.execute({ id })),
    async inHand(id) {
      shown(`hand:${id}`)
      return first(await load.execute({ id }))
    },
    byNumber: async (cardNumber) => first(await byNumber.execute({ numberIndex: safe.index('cards.number_index', cardNumber) })),
    ofPerson: async (person) => (await db.select().from(cards).where(eq(cards.person, person)).orderBy(asc(cards.id))).map((row) => cardOf(safe, row)),
    changeState: (act, from, card) =>
      perform(db, act, {}, async (tx) => {
        const { state, end } = card
        const changed = await tx.update(cards).set({ state, endGround: end?.ground ?? null, endAt: end?.at ?? null }).where(and(eq(cards.id, card.id), eq(cards.state, from))).returning({ id: cards.id })
        if (changed.length === 0) return refuse('CONFLICT')
        // Both on the card; those in a phone are in another thing, which was not lost with it.
        if (from === 'ACTIVE' && state === 'SUSPENDED') await lapse(tx, and(eq(certificates.card, card.id), inArray(certificates.kind, ['signature', 'authentication'])), revocation('temporary-stop', act.at, act.at))
      }),
  }
}

export function openCardNotes(db: Db, safe: Safe): CardNotes {
  const place = ({ card, line }: Pick<CardNote, 'card' | 'line'>): string => `${card}/${line}`
  return {
    of: async (card) => (await db.select().from(cardNotes).where(eq(cardNotes.card, card)).orderBy(asc(cardNotes.line))).map(({ words, ...note }) => ({ ...note, text: safe.open<string>('card_notes.words', place(note), words) })),
    add: (act, note) => perform(db, act, { card_notes_line: 'CONFLICT' }, async (tx) => {
      const [card] = await tx.select({ id: cards.id }).from(cards).where(and(eq(cards.id, note.card), eq(cards.state, 'ACTIVE'))).for('share')
      if (card === undefined) return refuse('CONFLICT')
      const { text, ...columns } = note
      await tx.insert(cardNotes).values({ ...columns, words: safe.seal('card_notes.words', place(note), text) })
    }),
  }
}

type ApplicationRow = typeof cardApplications.$inferSelect
type CardRow = typeof cards.$inferSelect

function applicationOf(safe: Safe, row: ApplicationRow): CardApplication {
  const { handOverOfficer, handOverDocuments, handOverPins, handOverAt, proxy, supportPlace, supportName, specialGround, specialOn, droppedAt: _, ...rest } = row
  const whole = handOverOfficer !== null && handOverDocuments !== null && handOverPins !== null && handOverAt !== null
  return {
    ...rest,
    handOver: whole ? { officer: handOverOfficer, documents: handOverDocuments, pinsSetBy: handOverPins, proxy: proxy === null ? null : safe.open<Proxy>('card_applications.proxy', rest.id, proxy), at: handOverAt } : null,
    support: supportPlace !== null && supportName !== null ? { place: supportPlace, name: supportName } : null,
    special: specialGround !== null && specialOn !== null ? { ground: specialGround, on: specialOn } : null,
  }
}

const rowOf = (safe: Safe, { handOver, support, special, ...rest }: CardApplication, act: Act): ApplicationRow => ({
  ...rest,
  handOverOfficer: handOver?.officer ?? null, handOverDocuments: handOver === null ? null : [...handOver.documents], handOverPins: handOver?.pinsSetBy ?? null, handOverAt: handOver?.at ?? null,
  proxy: handOver?.proxy == null ? null : safe.seal('card_applications.proxy', rest.id, handOver.proxy),
  supportPlace: support?.place ?? null, supportName: support?.name ?? null, specialGround: special?.ground ?? null, specialOn: special?.on ?? null,
  droppedAt: droppedStates.includes(rest.state) ? act.at : null,
})

function cardOf(safe: Safe, row: CardRow): Card {
  const { number, numberIndex: _, endGround, endAt, expiry, orderCounter: __, dueAt: ___, ...rest } = row
  return { ...rest, expiresBy: openedExpiry(safe, 'cards.expiry', row.id, expiry), cardNumber: safe.open<string>('cards.number', row.id, number), end: endGround !== null && endAt !== null ? { ground: endGround, at: endAt } : null }
}

export const rowOfCard = (safe: Safe, { end, cardNumber, expiresBy, ...rest }: Card): Omit<CardRow, 'orderCounter' | 'dueAt'> => ({
  ...rest, number: safe.seal('cards.number', rest.id, cardNumber), numberIndex: safe.index('cards.number_index', cardNumber), endGround: end?.ground ?? null, endAt: end?.at ?? null, expiry: sealedExpiry(safe, 'cards.expiry', rest.id, expiresBy) })

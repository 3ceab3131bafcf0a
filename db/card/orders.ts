/**
 * Orders to chips, under a counter that rises per card without a gap.
 */
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { CardState } from '../../core/law/card/card.ts'
import type { CardOrder, NewOrder, Orders } from '../../core/law/card/order.ts'
import { refuse, type Result } from '../../core/law/refusal.ts'
import { perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import { restore, store } from '../json.ts'
import type { Safe } from '../safe.ts'
import { cardOrders, cards } from '../tables/cards.ts'

export function openOrders(db: Db, safe: Safe): Orders {
  const load = db.select().from(cardOrders).where(eq(cardOrders.id, sql.placeholder('id'))).prepare('orders_load')
  return {
    async load(id) {
      const [row] = await load.execute({ id })
      return row === undefined ? null : orderOf(safe, row)
    },
    request: (act, order) => perform(db, act, {}, (tx) => place(tx, safe, order, ['MADE', 'ACTIVE'])),
    unsigned: async (limit) => (await db.select().from(cardOrders).where(sql`${cardOrders.state} = 'REQUESTED'`).orderBy(asc(cardOrders.id)).limit(limit)).map((row) => orderOf(safe, row)),
    sign: (act, id, signed) =>
      perform(db, act, {}, async (tx) => {
        const done = await tx.update(cardOrders).set({ state: 'SIGNED', order: safe.sealOctets('card_orders.order', id, signed.order), signature: signed.signature }).where(and(eq(cardOrders.id, id), eq(cardOrders.state, 'REQUESTED'))).returning({ id: cardOrders.id })
        return done.length === 0 ? refuse('CONFLICT') : undefined
      }),
    complete: (act, id, state, receipt) => perform(db, act, {}, (tx) => answer(tx, safe, id, state, receipt)),
  }
}

/** Takes the card's next counter. The card's row is the queue: two orders to one card come one after the other. */
export async function place(tx: Tx, safe: Safe, order: NewOrder, states: CardState[]): Promise<Result<CardOrder>> {
  const [card] = await tx
    .update(cards)
    .set({ orderCounter: sql`${cards.orderCounter} + 1` })
    .where(and(eq(cards.id, order.card), inArray(cards.state, states)))
    .returning({ counter: cards.orderCounter })
  if (card === undefined) return refuse('CARD_NOT_USABLE')
  const placed: CardOrder = { ...order, counter: card.counter, state: 'REQUESTED', signed: null, receipt: null }
  const { signed: _, receipt: __, operation, cardNumber, ...columns } = placed
  await tx.insert(cardOrders).values({ ...columns, number: safe.seal('card_orders.number', order.id, cardNumber), operation: store(operation) })
  return placed
}

/** SIGNED → its end, once. */
export async function answer(tx: Tx, safe: Safe, id: CardOrder['id'], state: 'DONE' | 'REFUSED_BY_CARD', receipt: Uint8Array): Promise<Result<void>> {
  const done = await tx.update(cardOrders).set({ state, receipt: safe.sealOctets('card_orders.receipt', id, receipt) }).where(and(eq(cardOrders.id, id), eq(cardOrders.state, 'SIGNED'))).returning({ id: cardOrders.id })
  return done.length === 0 ? refuse('CONFLICT') : undefined
}

type Row = typeof cardOrders.$inferSelect

const orderOf = (safe: Safe, { operation, order, signature, receipt, number, ...rest }: Row): CardOrder => ({
  ...rest, cardNumber: safe.open<string>('card_orders.number', rest.id, number), operation: restore(operation),
  signed: order !== null && signature !== null ? { order: safe.openOctets('card_orders.order', rest.id, order), signature } : null,
  receipt: receipt === null ? null : safe.openOctets('card_orders.receipt', rest.id, receipt),
})

/**
 * Orders to a chip. What only the issuer may do on a card (open it for keys and certificates, unblock a PIN, install or
 * remove a free-space area) is an order signed by the authority; the chip checks signature, card number and counter and
 * answers with a receipt that it signs itself. Nothing public describes the real commands: the form is ours (core/chip/order.ts).
 */
import { encodeOrder, orderHash, verifyReceipt, type Operation } from '../../chip/order.ts'
import { asOfficer, system, type Actor } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import { mayReadCard, openable, type Card } from './card.ts'
import { standingCard } from './deadline.ts'
import { newId, toHex, type CardId, type CardOrderId, type IdempotencyKey, type MunicipalityCode } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import type { Instant } from '../time.ts'
import type { Uses } from '../world.ts'

export type OrderState = 'REQUESTED' | 'SIGNED' | 'DONE' | 'REFUSED_BY_CARD'

export interface CardOrder {
  readonly id: CardOrderId
  readonly card: CardId
  readonly cardNumber: string
  /** Strictly rising per card: the chip refuses an old one. */
  readonly counter: number
  readonly operation: Operation
  readonly municipality: MunicipalityCode
  readonly state: OrderState
  readonly requestedAt: Instant
  /** The order as the chip reads it, and the authority's signature over it; null until signed. */
  readonly signed: { readonly order: Uint8Array; readonly signature: Uint8Array } | null
  readonly receipt: Uint8Array | null
}

export interface Orders {
  load(id: CardOrderId): Promise<CardOrder | null>
  /** Stores the order under the card's next counter. */
  request(act: Act, order: NewOrder): Promise<Result<CardOrder>>
  unsigned(limit: number): Promise<CardOrder[]>
  /** First stored signature wins. */
  sign(act: Act, id: CardOrderId, signed: NonNullable<CardOrder['signed']>): Promise<Result<void>>
  complete(act: Act, id: CardOrderId, state: 'DONE' | 'REFUSED_BY_CARD', receipt: Uint8Array): Promise<Result<void>>
}

export type OrderWorld = Uses<'clock' | 'random' | 'acts' | 'cards' | 'orders' | 'bell' | 'deadlines'>

/** What a municipal officer may order at the counter; areas are ordered through slot.ts, by grant. */
export type CounterOperation = Extract<Operation, { kind: 'PERSONALISE' | 'UNBLOCK' }>

/** The officer of the municipality that holds the card asks for an order to it. */
export async function requestCardOrder(
  world: OrderWorld, actor: Actor, input: { card: CardId; operation: CounterOperation; idempotencyKey: IdempotencyKey },
): Promise<Result<CardOrder>> {
  const card = await world.cards.load(input.card)
  if (card === null || !mayReadCard(actor, card)) return refuse('NOT_FOUND')
  const officer = asOfficer(actor, 'municipal', 'card', card.municipality)
  if (isRefusal(officer)) return officer
  const act = begin('order.request', officer, world.clock.now(), { ...input })
  return once(world.acts, act, (id) => loadOrder(world, id), async () => {
    const standing = await standingCard(world, card)
    if (!openable(standing, act.at)) return refuse('CARD_NOT_USABLE', { state: standing.state })
    const order = newOrder(world, act.at, standing, input.operation)
    if (isRefusal(order)) return order
    const placed = await world.orders.request({ ...act, subject: order.id, facts: { operation: order.operation.kind } }, order)
    if (!isRefusal(placed)) await world.bell.ring({ wake: 'orders' })
    return placed
  })
}

/** An order that waits for its counter and its signature. */
export type NewOrder = Omit<CardOrder, 'counter' | 'state' | 'signed' | 'receipt'>

export function newOrder(world: Uses<'random'>, at: Instant, card: Card, operation: Operation): Result<NewOrder> {
  if (card.attestationKey === null) return refuse('CARD_NOT_USABLE', { state: card.state })
  return { id: newId('cardOrder', at, world.random), card: card.id, cardNumber: card.cardNumber, operation, municipality: card.municipality, requestedAt: at }
}

/** The authority signs what waits. Called by the bell and by schedule; a crash in between leaves the order waiting. */
export async function signOrders(world: Uses<'clock' | 'orders' | 'orderSigner'>, limit: number): Promise<number> {
  if (world.orderSigner === null) throw new Error('this door holds no key for orders')
  let signed = 0
  for (const waiting of await world.orders.unsigned(limit)) {
    const order = encodeOrder({ cardNumber: waiting.cardNumber, counter: waiting.counter, operation: waiting.operation })
    const signature = await world.orderSigner.sign(order)
    const act: Act = { ...begin('order.sign', system('authority'), world.clock.now(), { order: waiting.id }), subject: waiting.id }
    if (!isRefusal(await world.orders.sign(act, waiting.id, { order, signature }))) signed++
  }
  return signed
}

/** What the receipt says, if it is this card's answer to this order. What is to be removed and is not there is gone: that, too, is `DONE`. */
export function readReceipt(order: CardOrder, card: Card, receipt: Uint8Array): Result<'DONE' | 'REFUSED_BY_CARD'> {
  if (order.state !== 'SIGNED' || order.signed === null || card.attestationKey === null) return refuse('WRONG_STATE', { state: order.state })
  const read = verifyReceipt(receipt, card.attestationKey)
  if (read === null || read.cardNumber !== order.cardNumber || read.counter !== order.counter) return refuse('RECEIPT_INVALID')
  if (toHex(read.orderHash) !== toHex(orderHash(order.signed.order))) return refuse('RECEIPT_INVALID')
  const gone = read.outcome === 'not-found' && order.operation.kind === 'DELETE'
  return read.outcome === 'done' || gone ? 'DONE' : 'REFUSED_BY_CARD'
}

/** The terminal hands in the chip's receipt. */
export async function completeOrder(
  world: OrderWorld, actor: Actor, input: { order: CardOrderId; receipt: Uint8Array; idempotencyKey: IdempotencyKey },
): Promise<Result<CardOrder>> {
  const order = await readOrder(world, actor, input.order)
  if (isRefusal(order)) return order
  const card = await world.cards.load(order.card)
  if (card === null) return refuse('NOT_FOUND')
  const act = begin('order.complete', actor, world.clock.now(), { ...input })
  return once(world.acts, act, (id) => loadOrder(world, id), async () => {
    const outcome = readReceipt(order, card, input.receipt)
    if (isRefusal(outcome)) return outcome
    const stored = await world.orders.complete({ ...act, subject: order.id, facts: { outcome } }, order.id, outcome, input.receipt)
    return isRefusal(stored) ? stored : loadOrder(world, order.id)
  })
}

export async function readOrder(world: Uses<'orders'>, actor: Actor, id: CardOrderId): Promise<Result<CardOrder>> {
  const order = await world.orders.load(id)
  if (order === null || actor.kind !== 'officer' || !(actor.scopes.has('card') || actor.scopes.has('area'))) return refuse('NOT_FOUND')
  return actor.role === 'agency' || actor.municipality === order.municipality ? order : refuse('NOT_FOUND')
}

async function loadOrder(world: Uses<'orders'>, id: string): Promise<Result<CardOrder>> {
  return (await world.orders.load(id as CardOrderId)) ?? refuse('NOT_FOUND')
}

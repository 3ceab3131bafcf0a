/**
 * A PIN set anew without the counter (アプリとキオスク端末による暗証番号の再設定): open only to who still knows the other one. The
 * holder signs, under that other PIN, a text that names the card and the PIN to be reset; a kiosk into which that card was
 * put then gets one order to the chip. Who knows neither goes to the counter (holding.ts).
 *
 *   start: nonce, five minutes → prove: by the other key, once → at the kiosk, within two hours: one order to the chip
 *
 * How long the real ones wait is not public; the periods are this gateway's own.
 *
 * @law 公的個人認証法施行規則 第36条の2・第64条の4 (the PIN is proof that the holder acted) · 事務処理要領 (暗証番号の再設定)
 */
import { begin, once, type Act } from '../act.ts'
import { asCitizen, asOfficer, type Actor } from '../actor.ts'
import type { CertificateRecord } from '../certificate/certificate.ts'
import { judge, type VerifyWorld } from '../certificate/verification.ts'
import { newId, toHex, type CardId, type CardOrderId, type IdempotencyKey, type PersonId, type PinResetId } from '../ids.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { after, hour, minute, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'
import { usable, type Card } from './card.ts'
import { settlePerson } from './deadline.ts'
import { newOrder, type CardOrder, type NewOrder } from './order.ts'

/** 署名用 · 利用者証明用: the two that a key stands behind. */
export const kioskPins = ['signature', 'authentication'] as const
export type KioskPin = (typeof kioskPins)[number]
export const otherPin = (pin: KioskPin): KioskPin => (pin === 'signature' ? 'authentication' : 'signature')

export const proofLife = 5 * minute
export const wayToKiosk = 2 * hour

export interface PinReset {
  readonly id: PinResetId
  readonly person: PersonId
  readonly card: CardId
  /** The one that is set anew; the other one proves it. */
  readonly pin: KioskPin
  readonly nonce: Uint8Array
  readonly startedAt: Instant
  /** OPEN → PROVEN → USED, each once; FAILED by a proof that was none. */
  readonly state: 'OPEN' | 'PROVEN' | 'USED' | 'FAILED'
  readonly provenAt: Instant | null
  /** What the kiosk gave to the chip. */
  readonly order: CardOrderId | null
}

export interface PinResets {
  load(id: PinResetId): Promise<PinReset | null>
  start(act: Act, reset: PinReset): Promise<Result<void>>
  /** Compare-and-set OPEN → PROVEN or FAILED; `CONFLICT` where it was answered before. */
  answer(act: Act, reset: PinReset): Promise<Result<void>>
  /** PROVEN → USED and the order to the chip, together; `CONFLICT` where it was used, `CARD_NOT_USABLE` where the card is not in use. */
  use(act: Act, reset: PinReset, order: NewOrder): Promise<Result<CardOrder>>
}

type ResetWorld = VerifyWorld & Uses<'random' | 'acts' | 'cards' | 'deadlines' | 'pinResets'>
type Sha256 = (text: string) => Uint8Array

/** What the card signs, under the other PIN; no other text of the gateway begins like it. */
export const resetText = (reset: Pick<PinReset, 'id' | 'card' | 'pin' | 'nonce'>): string =>
  `Mynagate PIN reset v1\n${reset.id}\n${reset.card}\nreset ${reset.pin}, proved by ${otherPin(reset.pin)}\n${toHex(reset.nonce)}\n`

/** The holder begins; `OTHER_PIN_UNKNOWN` where the card bears no certificate in force whose key could prove the other PIN. */
export async function startPinReset(world: ResetWorld, actor: Actor, input: { readonly card: CardId; readonly pin: KioskPin; readonly idempotencyKey: IdempotencyKey }): Promise<Result<PinReset>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  const now = world.clock.now()
  const act = begin('pin-reset.start', citizen, now, input)
  return once(world.acts, act, (id) => load(world, id, citizen.person), async () => {
    const card = await own(world, input.card, citizen.person)
    if (isRefusal(card)) return card
    if ((await prover(world, card, input.pin, now)) === null) return refuse('OTHER_PIN_UNKNOWN')
    const reset: PinReset = { id: newId('pinReset', now, world.random), person: citizen.person, card: card.id, pin: input.pin, nonce: world.random.bytes(32), startedAt: now, state: 'OPEN', provenAt: null, order: null }
    const stored = await world.pinResets.start({ ...act, subject: reset.id, facts: { pin: input.pin } }, reset)
    return isRefusal(stored) ? stored : reset
  })
}

/** Any answer ends the attempt, a wrong one too: it comes back once with its reason, and is never looked at again. */
export async function provePinReset(world: ResetWorld, actor: Actor, input: { readonly reset: PinResetId; readonly signature: Uint8Array; readonly idempotencyKey: IdempotencyKey }, sha256: Sha256): Promise<Result<PinReset>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  const now = world.clock.now()
  const act = begin('pin-reset.prove', citizen, now, { ...input })
  const again = async (id: string): Promise<Result<PinReset>> => {
    const reset = await load(world, id, citizen.person)
    return isRefusal(reset) || reset.state !== 'FAILED' ? reset : refuse('CHALLENGE_SPENT', { state: reset.state })
  }
  const outcome = await once<PinReset | { readonly refused: Refusal }>(world.acts, act, again, async () => {
    const reset = await load(world, input.reset, citizen.person)
    if (isRefusal(reset)) return reset
    if (reset.state !== 'OPEN' || now > after(reset.startedAt, proofLife)) return refuse('CHALLENGE_SPENT', { state: reset.state === 'OPEN' ? 'EXPIRED' : reset.state })
    const card = await own(world, reset.card, citizen.person)
    if (isRefusal(card)) return card
    const no = await disproved(world, card, reset, input.signature, now, sha256)
    const next: PinReset = no === null ? { ...reset, state: 'PROVEN', provenAt: now } : { ...reset, state: 'FAILED' }
    const stored = await world.pinResets.answer({ ...act, subject: reset.id, facts: { pin: reset.pin, proven: no === null } }, next)
    if (isRefusal(stored)) return refuse('CHALLENGE_SPENT')
    return no === null ? next : { refused: no }
  })
  return isRefusal(outcome) || !('refused' in outcome) ? outcome : outcome.refused
}

/** The certificate is the one on this card, never one that came with the request: a phone or another card proves nothing here. */
async function disproved(world: ResetWorld, card: Card, reset: PinReset, signature: Uint8Array, now: Instant, sha256: Sha256): Promise<Refusal | null> {
  const certificate = await prover(world, card, reset.pin, now)
  if (certificate === null) return refuse('OTHER_PIN_UNKNOWN')
  const verdict = await judge(world, { certificate: certificate.der, purpose: otherPin(reset.pin), hash: 'sha256', digest: sha256(resetText(reset)), signature })
  if (verdict.valid && verdict.pin === 'DEMANDED_BY_KEY') return null
  const failed = verdict.checks.find((check) => !check.passed)
  return failed?.name === 'signature' ? refuse('SIGNATURE_INVALID') : refuse('OTHER_PIN_UNKNOWN', { field: failed?.name ?? 'certificate' })
}

/**
 * The kiosk, a terminal of the agency, names the number that it read from the card in it; the reservation opens that one
 * card and no other. The receipt of the chip comes back as for every order.
 */
export async function orderPinReset(world: ResetWorld & Uses<'bell' | 'orders'>, actor: Actor, input: { readonly reset: PinResetId; readonly cardNumber: string; readonly idempotencyKey: IdempotencyKey }): Promise<Result<CardOrder>> {
  const kiosk = asOfficer(actor, 'agency', 'card')
  if (isRefusal(kiosk)) return kiosk
  const now = world.clock.now()
  const act = begin('pin-reset.order', kiosk, now, input)
  const ordered = async (id: string): Promise<Result<CardOrder>> => (await world.orders.load(id as CardOrderId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, ordered, async () => {
    const reset = await world.pinResets.load(input.reset)
    const card = reset === null ? null : await world.cards.load(reset.card)
    if (reset === null || card === null || card.cardNumber !== input.cardNumber) return refuse('NOT_FOUND')
    if (reset.state !== 'PROVEN' || reset.provenAt === null || now > after(reset.provenAt, wayToKiosk)) return refuse('CHALLENGE_SPENT', { state: reset.state === 'PROVEN' ? 'EXPIRED' : reset.state })
    await settlePerson(world, reset.person)
    const standing = (await world.cards.load(card.id)) ?? card
    if (!usable(standing, now)) return refuse('CARD_NOT_USABLE', { state: standing.state })
    const order = newOrder(world, now, standing, { kind: 'UNBLOCK', pin: reset.pin })
    if (isRefusal(order)) return order
    const placed = await world.pinResets.use({ ...act, subject: order.id, facts: { pin: reset.pin } }, { ...reset, state: 'USED', order: order.id }, order)
    if (!isRefusal(placed)) await world.bell.ring({ wake: 'orders' })
    return placed
  })
}

/** The certificate on the card whose key answers only under the other PIN. */
async function prover(world: Uses<'certificates'>, card: Card, pin: KioskPin, now: Instant): Promise<CertificateRecord | null> {
  const live = await world.certificates.live(card.person, otherPin(pin), now)
  return live !== null && live.card === card.id && live.state === 'VALID' ? live : null
}

async function own(world: ResetWorld, id: CardId, person: PersonId): Promise<Result<Card>> {
  await settlePerson(world, person)
  const card = await world.cards.load(id)
  if (card === null || card.person !== person) return refuse('NOT_FOUND')
  return usable(card, world.clock.now()) ? card : refuse('CARD_NOT_USABLE', { state: card.state })
}

async function load(world: Uses<'pinResets'>, id: string, person: PersonId): Promise<Result<PinReset>> {
  const reset = await world.pinResets.load(id as PinResetId)
  return reset !== null && reset.person === person ? reset : refuse('NOT_FOUND')
}

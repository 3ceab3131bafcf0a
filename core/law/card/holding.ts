/**
 * The card in its holder's hand: its suspension (一時停止), what is added on its face (追記欄), its return (返納), the report
 * that it is lost, by which it is abolished for good (廃止), and PINs set anew at the counter (elsewhere: pin-reset.ts).
 *
 * @law 番号法 第17条第4項–第10項 · 番号法施行令 第14条–第15条 · カード命令
 */
import { asOfficer, type Actor } from '../actor.ts'
import { begin, once, type Act, type ActKind } from '../act.ts'
import { mayReadCard, usable, type Card, type CardEnd, type CardState } from './card.ts'
import { settle, standingCard, type Decide } from './deadline.ts'
import { enoughEvidence, type Document } from '../record/evidence.ts'
import type { CardId, IdempotencyKey } from '../ids.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { guardText } from '../text.ts'
import { dayOf, endOf, type Instant, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'

/** Most characters of one line. */
export const noteLength = 80

/** One line: the new address, name or other item, written by the municipality that took the notice. */
export interface CardNote {
  readonly card: CardId
  readonly line: number
  readonly text: string
  readonly addedOn: LegalDate
  readonly recordedAt: Instant
  readonly officer: string
}

export interface CardNotes {
  /** In the order of their lines. */
  of(card: CardId): Promise<CardNote[]>
  /** `CONFLICT` where the line was written meanwhile, or the card is in use no more. */
  add(act: Act, note: CardNote): Promise<Result<void>>
}

type HoldingWorld = Uses<'clock' | 'acts' | 'cards' | 'cardNotes' | 'deadlines' | 'bell' | 'settings'>

export interface NotedCard { readonly card: Card; readonly notes: readonly CardNote[]; readonly left: number }

/** What was added when; the holder, the municipality and the agency may read it. */
export async function readNotes(world: Uses<'cards' | 'cardNotes' | 'settings'>, actor: Actor, id: CardId): Promise<Result<NotedCard>> {
  const card = await world.cards.load(id)
  if (card === null || !mayReadCard(actor, card)) return refuse('NOT_FOUND')
  const notes = await world.cardNotes.of(id)
  return { card, notes, left: Math.max(0, world.settings.noteLines - notes.length) }
}

/** The municipality writes a line; `NO_NOTE_SPACE` opens the way to a special-speed re-issue. @law 番号法 第17条第5項 */
export async function addCardNote(world: HoldingWorld, actor: Actor, input: { card: CardId; text: string; idempotencyKey: IdempotencyKey }): Promise<Result<NotedCard>> {
  const card = await atCounter(world, actor, input.card)
  if (isRefusal(card)) return card
  const text = guardText(input.text, { max: noteLength }, 'text')
  if (isRefusal(text)) return text
  const now = world.clock.now()
  const act = begin('card.note', actor, now, input)
  return once(world.acts, act, () => readNotes(world, actor, card.id), async () => {
    const standing = await standingCard(world, card)
    if (!usable(standing, now)) return refuse('CARD_NOT_USABLE', { state: standing.state })
    const line = (await world.cardNotes.of(card.id)).length + 1
    if (line > world.settings.noteLines) return refuse('NO_NOTE_SPACE')
    const note: CardNote = { card: card.id, line, text, addedOn: dayOf(now), recordedAt: now, officer: actor.kind === 'officer' ? actor.officer : '' }
    const stored = await world.cardNotes.add({ ...act, subject: card.id, facts: { line } }, note)
    return isRefusal(stored) ? stored : readNotes(world, actor, card.id)
  })
}

/** Who had a card stopped: the holder, the counter, or the agency's desk that takes calls at any hour of any day (一時停止の受付). */
const stoppedBy = (actor: Actor): 'holder' | 'counter' | 'call-centre' => (actor.kind === 'citizen' ? 'holder' : actor.kind === 'officer' && actor.role === 'municipal' ? 'counter' : 'call-centre')

/** Suspension at any hour (一時停止): the card, and its certificates, which go on hold and are published so. */
export function suspendCard(world: HoldingWorld, actor: Actor, input: { card: CardId; idempotencyKey: IdempotencyKey }): Promise<Result<Card>> {
  return changeSuspension(world, actor, 'card.suspend', input, 'ACTIVE', 'SUSPENDED', { by: stoppedBy(actor) }, () => (mayStop(actor) ? null : refuse('NOT_PERMITTED', { field: 'scope card' })))
}

/**
 * Its lifting, in person at the counter after the identity check, takes only the card back into use: a hold of certificates
 * is not lifted, new ones are issued.
 */
export function resumeCard(world: HoldingWorld, actor: Actor, input: { card: CardId; documents: readonly Document[]; idempotencyKey: IdempotencyKey }): Promise<Result<Card>> {
  return changeSuspension(world, actor, 'card.resume', input, 'SUSPENDED', 'ACTIVE', { documents: input.documents.join(' ') }, (card) =>
    isRefusal(asOfficer(actor, 'municipal', 'card', card.municipality)) ? refuse('NOT_PERMITTED', { field: 'lifting is done in person' }) : enoughEvidence(input.documents) ? null : refuse('EVIDENCE_INSUFFICIENT'))
}

async function changeSuspension(
  world: HoldingWorld, actor: Actor, kind: ActKind, input: { card: CardId; idempotencyKey: IdempotencyKey }, from: CardState, to: CardState, facts: Act['facts'], refused: (card: Card) => Refusal | null,
): Promise<Result<Card>> {
  const found = await world.cards.load(input.card)
  if (found === null || !mayReadCard(actor, found)) return refuse('NOT_FOUND')
  const no = refused(found)
  if (no !== null) return no
  const now = world.clock.now()
  const act = begin(kind, actor, now, { ...input })
  const load = async (): Promise<Result<Card>> => (await world.cards.load(input.card)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const card = await standingCard(world, found)
    if (card.state !== from) return refuse('WRONG_STATE', { state: card.state })
    if (now > endOf(card.expiresOn)) return refuse('CARD_NOT_USABLE', { state: card.state })
    const next: Card = { ...card, state: to }
    const stored = await world.cards.changeState({ ...act, subject: card.id, facts }, from, next)
    if (isRefusal(stored)) return stored
    await world.bell.ring({ wake: 'crl' })
    return next
  })
}

/** 返納: the holder gives the card back at the counter; its certificates lapse with it. @law 番号法施行令 第15条 */
export async function returnCard(world: HoldingWorld, actor: Actor, input: { card: CardId; idempotencyKey: IdempotencyKey }): Promise<Result<Card>> {
  const card = await atCounter(world, actor, input.card)
  return isRefusal(card) ? card : end(world, actor, 'card.return', input, card, 'returned')
}

/**
 * 紛失の届出による廃止: the holder, or the counter for it, reports that the card is lost for good. It cannot be undone; who
 * only wants it stopped suspends it.
 */
export async function reportCardLost(world: HoldingWorld, actor: Actor, input: { card: CardId; idempotencyKey: IdempotencyKey }): Promise<Result<Card>> {
  const card = await world.cards.load(input.card)
  if (card === null || !mayReadCard(actor, card)) return refuse('NOT_FOUND')
  if (!mayStop(actor)) return refuse('NOT_PERMITTED', { field: 'scope card' })
  return end(world, actor, 'card.abolish', input, card, 'lost')
}

/** The holder, or who is there for cards: an officer for areas alone reads a card and stops none. */
const mayStop = (actor: Actor): boolean => actor.kind === 'citizen' || actor.scopes.has('card')

async function end(world: HoldingWorld, actor: Actor, kind: ActKind, input: { card: CardId; idempotencyKey: IdempotencyKey }, card: Card, ground: CardEnd & ('returned' | 'lost')): Promise<Result<Card>> {
  const now = world.clock.now()
  const act = begin(kind, actor, now, input)
  const load = async (): Promise<Result<Card>> => (await world.cards.load(card.id)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const endable: readonly CardState[] = ['ACTIVE', 'SUSPENDED']
    if (!endable.includes(card.state)) return refuse('WRONG_STATE', { state: card.state })
    const decide: Decide = (standing) =>
      settle({ ...standing, cards: standing.cards.map((c) => (c.id !== card.id ? c : { ...c, ...(ground === 'lost' ? { abolishedAt: now } : { returnedAt: now }) })) }, now)
    const stored = await world.deadlines.settle({ ...act, subject: card.id, facts: { ground } }, card.person, decide)
    if (isRefusal(stored)) return stored
    await world.bell.ring({ wake: 'crl' })
    return load()
  })
}

export const resettablePins = ['signature', 'authentication', 'text', 'juki'] as const
export type ResettablePin = (typeof resettablePins)[number]

/**
 * 暗証番号の再設定: at the counter, after the identity check. It records who looked at what for which PINs; the chip takes
 * new ones only under an order of the authority (order.ts), and their values are nowhere but on it.
 */
export async function recordPinReset(
  world: HoldingWorld, actor: Actor, input: { card: CardId; pins: readonly ResettablePin[]; documents: readonly Document[]; idempotencyKey: IdempotencyKey },
): Promise<Result<Card>> {
  const card = await atCounter(world, actor, input.card)
  if (isRefusal(card)) return card
  const now = world.clock.now()
  const act = begin('card.reset-pin', actor, now, input)
  return once(world.acts, act, async () => card, async () => {
    const standing = await standingCard(world, card)
    if (!usable(standing, now)) return refuse('CARD_NOT_USABLE', { state: standing.state })
    if (input.pins.length === 0 || new Set(input.pins).size !== input.pins.length) return refuse('MALFORMED_INPUT', { field: 'pins' })
    if (!enoughEvidence(input.documents)) return refuse('EVIDENCE_INSUFFICIENT')
    // The state stays as it is: compare-and-set sees to it that the card did not end meanwhile.
    const stored = await world.cards.changeState({ ...act, subject: card.id, facts: { pins: input.pins.join(' '), documents: input.documents.join(' ') } }, 'ACTIVE', standing)
    return isRefusal(stored) ? stored : standing
  })
}

async function atCounter(world: Uses<'cards'>, actor: Actor, id: CardId): Promise<Result<Card>> {
  const card = await world.cards.load(id)
  return card !== null && !isRefusal(asOfficer(actor, 'municipal', 'card', card.municipality)) ? card : refuse('NOT_FOUND')
}

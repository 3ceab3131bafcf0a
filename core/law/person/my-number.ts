/**
 * My Number (個人番号): read only from the chip, by an officer of an entitled body who names one of the statutory uses. The
 * number stays on that officer's terminal: what reaches the gateway is that it was read, or why not. Each attempt leaves a
 * row, also one that was refused; none holds the number, and no answer says whether there is one.
 *
 * @law 番号法 第9条・第19条・第20条
 */
import type { Actor, OfficerRole } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import { usable } from '../card/card.ts'
import { standingCard } from '../card/deadline.ts'
import { newId, type CardId, type IdempotencyKey, type MyNumberReadingId } from '../ids.ts'
import type { StatutoryUse } from '../card/numbers.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import type { Instant } from '../time.ts'
import type { Uses } from '../world.ts'

/** What the terminal saw: read with a right check digit · the chip refused the PIN · the chip gave nothing that is a My Number. */
export const chipOutcomes = ['READ', 'PIN_REFUSED', 'UNREADABLE'] as const
export type ChipOutcome = (typeof chipOutcomes)[number]
export type ReadingResult = ChipOutcome | 'CARD_NOT_USABLE' | 'NOT_ENTITLED'

export interface MyNumberReading {
  readonly id: MyNumberReadingId
  /** Null where the attempt named a card that the actor may not know of. */
  readonly card: CardId | null
  readonly officer: string
  /** The body the officer acts for: a municipality, or the agency. */
  readonly body: string
  readonly use: StatutoryUse
  readonly result: ReadingResult
  readonly at: Instant
}

export interface MyNumberReadings {
  record(act: Act, reading: MyNumberReading): Promise<Result<void>>
  load(id: MyNumberReadingId): Promise<MyNumberReading | null>
  /** Newest first. */
  ofBody(body: string, limit: number): Promise<MyNumberReading[]>
}

/** Whose work may need the number. What the agency's work is, is 番号法's own business: certification does not use it. */
const usesOf: Readonly<Record<OfficerRole, readonly StatutoryUse[]>> = {
  municipal: ['social-security', 'tax', 'disaster', 'ordinance'], prefectural: ['social-security', 'tax', 'disaster', 'ordinance'], national: ['social-security', 'tax', 'disaster'], agency: [], ministry: ['social-security', 'tax', 'disaster'],
}

/** Records one attempt. The refusal, too, is stored; who is no officer leaves nothing, as for anybody who may not ask. */
export async function readMyNumber(
  world: Uses<'clock' | 'random' | 'acts' | 'cards' | 'deadlines' | 'myNumberReadings'>, actor: Actor, input: { card: CardId; use: StatutoryUse; outcome: ChipOutcome; idempotencyKey: IdempotencyKey },
): Promise<Result<MyNumberReading>> {
  if (actor.kind !== 'officer' || !actor.scopes.has('my_number')) return refuse('NOT_PERMITTED', { field: 'scope my_number' })
  const now = world.clock.now()
  const act = begin('my-number.read', actor, now, input)
  const load = async (id: string): Promise<Result<MyNumberReading>> => answered((await world.myNumberReadings.load(id as MyNumberReadingId)) ?? refuse('NOT_FOUND'))
  return once(world.acts, act, load, async () => {
    const found = await world.cards.inHand(input.card)
    const card = found === null ? null : await standingCard(world, found)
    const entitled = usesOf[actor.role].includes(input.use)
    const result: ReadingResult = !entitled ? 'NOT_ENTITLED' : card === null || !usable(card, now) ? 'CARD_NOT_USABLE' : input.outcome
    const reading: MyNumberReading = {
      id: newId('myNumberReading', now, world.random), card: card?.id ?? null, officer: actor.officer, body: actor.municipality ?? actor.organ ?? actor.role, use: input.use, result, at: now,
    }
    const stored = await world.myNumberReadings.record({ ...act, subject: reading.id, facts: { use: input.use, result } }, reading)
    return isRefusal(stored) ? stored : answered(reading)
  })
}

/** An attempt that was turned down is answered with the refusal it was stored with. */
function answered(reading: Result<MyNumberReading>): Result<MyNumberReading> {
  if (isRefusal(reading)) return reading
  if (reading.result === 'NOT_ENTITLED') return refuse('LEGAL_USE_MISSING')
  return reading.result === 'CARD_NOT_USABLE' ? refuse('CARD_NOT_USABLE') : reading
}

/** A body sees the attempts of its own officers. */
export async function myNumberReadings(world: Uses<'myNumberReadings'>, actor: Actor, limit: number): Promise<Result<MyNumberReading[]>> {
  if (actor.kind !== 'officer' || !actor.scopes.has('my_number')) return refuse('NOT_PERMITTED', { field: 'scope my_number' })
  return world.myNumberReadings.ofBody(actor.municipality ?? actor.organ ?? actor.role, limit)
}

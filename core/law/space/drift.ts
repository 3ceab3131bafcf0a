/**
 * Drift: what the register says is on a chip, the orders and receipts about it, and what a terminal found there, held
 * against one another.
 */
import type { Actor } from '../actor.ts'
import type { CardId, InstallationId } from '../ids.ts'
import type { CardOrder } from '../card/order.ts'
import { mayReadCard } from '../card/card.ts'
import { refuse, type Result } from '../refusal.ts'
import type { Installation } from './slot.ts'
import type { Uses } from '../world.ts'

export type DriftKind =
  /** On the chip, and the register knows of no such area on this card. */
  | 'ORPHAN'
  /** The chip did what it was ordered, and its receipt was never handed in. */
  | 'MISSING_RECEIPT'
  /** Ordered with a signed order, and not on the chip: never given to it, or refused as old. Its removal is ordered, and the area again. */
  | 'UNANSWERED_ORDER'
  /** The register says it is on the chip, and it is not. */
  | 'MISSING_AREA'
export interface Drift { readonly kind: DriftKind; readonly aid: string; readonly installation: InstallationId | null }

interface Known extends Pick<Installation, 'id' | 'state'> { readonly aid: string; readonly order: Pick<CardOrder, 'operation' | 'state'> }

/** `present`: AIDs found on the chip, hex. */
export function driftOf(known: readonly Known[], present: readonly string[]): Drift[] {
  const there = new Set(present.map((aid) => aid.toUpperCase()))
  const found: Drift[] = []
  for (const { id, aid, state, order } of known) {
    const given = order.state === 'SIGNED'
    const say = (kind: DriftKind): void => { found.push({ kind, aid, installation: id }) }
    if (state === 'ORDERED' && given) say(there.has(aid) || order.operation.kind === 'DELETE' ? 'MISSING_RECEIPT' : 'UNANSWERED_ORDER')
    if (state === 'INSTALLED' || state === 'LOCKED' || state === 'ENDING') if (!there.has(aid)) say(given && order.operation.kind === 'DELETE' ? 'MISSING_RECEIPT' : 'MISSING_AREA')
  }
  const expected = new Set(known.filter(({ state }) => state === 'ORDERED' || state === 'INSTALLED' || state === 'LOCKED' || state === 'ENDING').map(({ aid }) => aid))
  return [...found, ...[...there].filter((aid) => !expected.has(aid)).toSorted().map((aid): Drift => ({ kind: 'ORPHAN', aid, installation: null }))]
}

/** For the counter that has the card before it, and the agency. */
export async function readDrift(world: Uses<'cards' | 'grants' | 'installations' | 'orders'>, actor: Actor, card: CardId, present: readonly string[]): Promise<Result<Drift[]>> {
  const held = await world.cards.load(card)
  if (held === null || actor.kind !== 'officer' || !actor.scopes.has('area') || !mayReadCard(actor, held)) return refuse('NOT_FOUND')
  const known: Known[] = []
  for (const installation of await world.installations.onCard(card)) {
    const [grant, order] = [await world.grants.load(installation.grant), await world.orders.load(installation.order)]
    if (grant !== null && order !== null) known.push({ id: installation.id, state: installation.state, aid: grant.aid, order })
  }
  return driftOf(known, present)
}

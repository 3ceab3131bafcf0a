/**
 * Areas on chips (空き領域への搭載). An installation is what an order put on a chip and the chip's receipt proved; every
 * change of it is an order with a receipt. It ends with the card, and where its holder moves out of those it is for.
 *
 * @law 番号法 第18条 · 施行令 第18条
 */
import type { Actor, Officer } from '../actor.ts'
import { begin, once, type Act, type ActKind } from '../act.ts'
import { covers, type Grant, type Quota } from './basis.ts'
import type { Operation } from '../../chip/order.ts'
import { usable, type Card } from '../card/card.ts'
import { readGrant } from './grant.ts'
import { fromHex, newId, type CardId, type CardOrderId, type GrantId, type IdempotencyKey, type InstallationId } from '../ids.ts'
import { standingCard } from '../card/deadline.ts'
import { newOrder, readReceipt, type CardOrder, type NewOrder, type OrderWorld } from '../card/order.ts'
import { ageOn } from '../person/person.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { dayOf, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'

/** `ENDING`: the right is gone, the area is still on the chip and takes its space. `ENDED`: gone with the card. */
export type InstallationState = 'ORDERED' | 'INSTALLED' | 'LOCKED' | 'ENDING' | 'REFUSED_BY_CARD' | 'REMOVED' | 'ENDED'
export const liveStates = ['ORDERED', 'INSTALLED', 'LOCKED', 'ENDING'] as const satisfies readonly InstallationState[]

export interface Installation {
  readonly id: InstallationId
  readonly grant: GrantId
  readonly card: CardId
  readonly state: InstallationState
  /** The order that is under way or was last answered. */
  readonly order: CardOrderId
  readonly quota: Quota
}

export interface Installations {
  load(id: InstallationId): Promise<Installation | null>
  onCard(card: CardId): Promise<Installation[]>
  /** Reserves the quota on the card and places the order, together; `NO_SPACE` where what is ordered and installed would pass `capacity`. */
  install(act: Act, installation: Installation, order: NewOrder, capacity: Quota): Promise<Result<void>>
  /** Places another order for an area that is in one of these states. */
  reorder(act: Act, id: InstallationId, from: readonly InstallationState[], order: NewOrder): Promise<Result<void>>
  /** The receipt, the order's end and the installation's state, together. What is no longer on the card frees its space. */
  settle(act: Act, id: InstallationId, state: InstallationState, answer: { readonly order: CardOrderId; readonly outcome: 'DONE' | 'REFUSED_BY_CARD'; readonly receipt: Uint8Array }): Promise<Result<void>>
  /** Ends what went with its card, and marks for removal what its holder moved away from. Returns how many. */
  follow(act: Act, limit: number): Promise<number>
}

type SlotWorld = OrderWorld & Uses<'grants' | 'installations' | 'residents' | 'settings'>
interface Keyed { readonly idempotencyKey: IdempotencyKey }

/** The counter the holder comes to: the municipality that holds the card, or the agency. */
const serves = (officer: Officer, card: Card): boolean =>
  officer.scopes.has('area') && (officer.role === 'agency' || (officer.role === 'municipal' && officer.municipality === card.municipality))

/** Reserves the space on the card and orders the chip to make the area. */
export async function orderInstallation(world: SlotWorld, actor: Actor, input: Keyed & { readonly grant: GrantId; readonly card: CardId }): Promise<Result<Installation>> {
  const grant = await readGrant(world, actor, input.grant)
  if (isRefusal(grant)) return grant
  const now = world.clock.now()
  const act = begin('area.install', actor, now, input)
  return once(world.acts, act, (id) => loadInstallation(world, id), async () => {
    const outOfForce = notInForce(grant, dayOf(now))
    if (outOfForce !== null) return outOfForce
    const found = await world.cards.load(input.card)
    if (found === null || actor.kind !== 'officer' || !serves(actor, found) || !covers(grant.population, found.municipality)) return refuse('NOT_FOUND')
    const card = await standingCard(world, found)
    if (!usable(card, now)) return refuse('CARD_NOT_USABLE', { state: card.state })
    const born = await world.residents.birthDateOf(card.person)
    if (born === null || ageOn(born, dayOf(now)) < grant.minimumAge) return refuse('HOLDER_TOO_YOUNG')
    const id = newId('installation', now, world.random)
    const order = newOrder(world, now, card, {
      kind: 'INSTALL', aid: fromHex(grant.aid), label: grant.label, quota: grant.quota, records: grant.records,
      pin: { required: grant.pin !== null, digits: grant.pin?.digits ?? 4, tries: grant.pin?.tries ?? 3 },
    })
    if (isRefusal(order)) return order
    const installation: Installation = { id, grant: grant.id, card: card.id, state: 'ORDERED', order: order.id, quota: grant.quota }
    const stored = await world.installations.install({ ...act, subject: id, facts: { grant: grant.id } }, installation, order, world.settings.freeSpace)
    if (isRefusal(stored)) return stored
    await world.bell.ring({ wake: 'orders' })
    return installation
  })
}

const notInForce = (grant: Grant, today: LegalDate): Refusal | null =>
  grant.state === 'APPROVED' && grant.validFrom <= today && today <= grant.validUntil ? null : refuse('LEGAL_BASIS_MISSING', { state: grant.state })

/** What may be ordered of an area, from which states, and whether the right must be in force. Locking and removing need no right: they end a use. */
export const areaOrders = {
  write: { operation: 'WRITE_AREA', act: 'area.write', from: ['INSTALLED'], inForce: true },
  unblock: { operation: 'UNBLOCK_AREA', act: 'area.unblock', from: ['INSTALLED'], inForce: true },
  lock: { operation: 'LOCK', act: 'area.lock', from: ['INSTALLED'], inForce: false },
  unlock: { operation: 'UNLOCK', act: 'area.unlock', from: ['LOCKED'], inForce: true },
  // Also where the chip never made it, or refused the order as old: what is not there is gone, and the area can be ordered again.
  remove: { operation: 'DELETE', act: 'area.remove', from: ['ORDERED', 'INSTALLED', 'LOCKED', 'ENDING'], inForce: false },
} as const satisfies Record<string, { readonly operation: Exclude<Operation['kind'], 'INSTALL'>; readonly act: ActKind; readonly from: readonly InstallationState[]; readonly inForce: boolean }>
export type AreaOrder = keyof typeof areaOrders

/** Orders the chip to do it; the chip's receipt decides. */
export async function orderArea(world: SlotWorld, actor: Actor, input: Keyed & { readonly installation: InstallationId; readonly what: AreaOrder }): Promise<Result<Installation>> {
  const found = await atCounter(world, actor, input.installation)
  if (isRefusal(found)) return found
  const { installation, grant, card } = found
  const rule = areaOrders[input.what]
  const now = world.clock.now()
  const act = begin(rule.act, actor, now, input)
  return once(world.acts, act, (id) => loadInstallation(world, id), async () => {
    const outOfForce = rule.inForce ? notInForce(grant, dayOf(now)) : null
    if (outOfForce !== null) return outOfForce
    const standing = await standingCard(world, card)
    if (!usable(standing, now)) return refuse('CARD_NOT_USABLE', { state: standing.state })
    const from: readonly InstallationState[] = rule.from
    if (!from.includes(installation.state)) return refuse('WRONG_STATE', { state: installation.state })
    const order = newOrder(world, now, standing, { kind: rule.operation, aid: fromHex(grant.aid) })
    if (isRefusal(order)) return order
    const stored = await world.installations.reorder({ ...act, subject: installation.id, facts: { grant: grant.id } }, installation.id, from, order)
    if (isRefusal(stored)) return stored
    await world.bell.ring({ wake: 'orders' })
    return { ...installation, order: order.id }
  })
}

/** The chip's receipt decides: what it did is so, what it refused stays as it was; a refused installation frees its space. */
export async function confirmInstallation(world: SlotWorld, actor: Actor, input: Keyed & { readonly installation: InstallationId; readonly receipt: Uint8Array }): Promise<Result<Installation>> {
  const found = await atCounter(world, actor, input.installation)
  if (isRefusal(found)) return found
  const { installation, card } = found
  const act = begin('area.confirm', actor, world.clock.now(), { ...input })
  return once(world.acts, act, (id) => loadInstallation(world, id), async () => {
    const order = await world.orders.load(installation.order)
    if (order === null) return refuse('NOT_FOUND')
    const outcome = readReceipt(order, card, input.receipt)
    if (isRefusal(outcome)) return outcome
    const state = after(installation.state, order.operation.kind, outcome)
    const stored = await world.installations.settle({ ...act, subject: installation.id, facts: { outcome, state } }, installation.id, state, { order: order.id, outcome, receipt: input.receipt })
    return isRefusal(stored) ? stored : loadInstallation(world, installation.id)
  })
}

/** Where a receipt leaves the installation. A right that ended while the order was under way stays ended. */
export function after(state: InstallationState, operation: CardOrder['operation']['kind'], outcome: 'DONE' | 'REFUSED_BY_CARD'): InstallationState {
  if (outcome === 'REFUSED_BY_CARD') return operation === 'INSTALL' ? 'REFUSED_BY_CARD' : state
  if (operation === 'DELETE') return 'REMOVED'
  if (state === 'ENDING') return state
  return operation === 'INSTALL' || operation === 'UNLOCK' ? 'INSTALLED' : operation === 'LOCK' ? 'LOCKED' : state
}

// ---------------------------------------------------------------- reading

interface Found { readonly installation: Installation; readonly grant: Grant; readonly card: Card }

async function atCounter(world: Uses<'grants' | 'installations' | 'cards'>, actor: Actor, id: InstallationId): Promise<Result<Found>> {
  const installation = await world.installations.load(id)
  const [grant, card] = installation === null ? [null, null] : [await world.grants.load(installation.grant), await world.cards.load(installation.card)]
  if (installation === null || grant === null || card === null || actor.kind !== 'officer' || !serves(actor, card)) return refuse('NOT_FOUND')
  return { installation, grant, card }
}

/** The counter, those who answer for the grant, and the holder, who sees what is on the own card and why. */
async function found(world: Uses<'grants' | 'installations' | 'cards'>, actor: Actor, id: InstallationId): Promise<Result<{ readonly installation: Installation; readonly grant: Grant }>> {
  const installation = await world.installations.load(id)
  // Who answers for the right may see the installation without seeing the card.
  const [grant, card] = installation === null ? [null, null] : [await world.grants.load(installation.grant), await world.cards.load(installation.card)]
  if (installation === null || grant === null) return refuse('NOT_FOUND')
  const holder = actor.kind === 'citizen' && actor.person === card?.person
  const officer = actor.kind === 'officer' && ((card !== null && serves(actor, card)) || !isRefusal(await readGrant(world, actor, grant.id)))
  return holder || officer ? { installation, grant } : refuse('NOT_FOUND')
}

export async function readInstallation(world: Uses<'grants' | 'installations' | 'cards'>, actor: Actor, id: InstallationId): Promise<Result<Installation>> {
  const seen = await found(world, actor, id)
  return isRefusal(seen) ? seen : seen.installation
}

/** The right that an installation rests on, for whoever may see the installation. */
export async function grantOfInstallation(world: Uses<'grants' | 'installations' | 'cards'>, actor: Actor, id: InstallationId): Promise<Result<Grant>> {
  const seen = await found(world, actor, id)
  return isRefusal(seen) ? seen : seen.grant
}

/** What is on a card of the areas that the actor may read. */
export async function installationsOnCard(world: Uses<'grants' | 'installations' | 'cards'>, actor: Actor, card: CardId): Promise<Installation[]> {
  const seen: Installation[] = []
  for (const installation of await world.installations.onCard(card)) if (!isRefusal(await readInstallation(world, actor, installation.id))) seen.push(installation)
  return seen
}

const loadInstallation = async (world: Uses<'installations'>, id: string): Promise<Result<Installation>> => (await world.installations.load(id as InstallationId)) ?? refuse('NOT_FOUND')

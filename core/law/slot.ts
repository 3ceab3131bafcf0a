/**
 * Free space (空き領域): who may use an area of the card, on what legal basis, and what is on which chip. A grant is a
 * right; an installation is what an order put on a chip and the chip's receipt proved.
 *
 * @law 番号法 第18条 · 施行令 第18条
 */
import { asOfficer, type Actor } from './actor.ts'
import { begin, once, type Act } from './act.ts'
import type { Operation } from '../chip/order.ts'
import { usable } from './card.ts'
import { fromHex, newId, type CardId, type CardOrderId, type GrantId, type IdempotencyKey, type InstallationId, type MunicipalityCode } from './ids.ts'
import { newOrder, readReceipt, type NewOrder, type OrderWorld } from './order.ts'
import { isRefusal, refuse, type Result } from './refusal.ts'
import { dayOf, type Instant, type LegalDate } from './time.ts'
import type { Uses } from './world.ts'

/** 条例 · 主務大臣の定め · 主務大臣の確認 */
export type LegalBasis =
  | { readonly kind: 'ordinance'; readonly municipality: MunicipalityCode; readonly name: string; readonly article: string; readonly promulgatedOn: LegalDate }
  | { readonly kind: 'ministerial-rule'; readonly notice: string; readonly issuedOn: LegalDate }
  | { readonly kind: 'minister-confirmation'; readonly number: string; readonly confirmedOn: LegalDate }

export interface Quota { readonly code: number; readonly data: number; readonly volatile: number }

export type GrantState = 'REQUESTED' | 'APPROVED' | 'SUSPENDED' | 'ENDED'
export interface Grant {
  readonly id: GrantId
  readonly municipality: MunicipalityCode
  readonly basis: LegalBasis
  readonly purpose: string
  /** Name of the area on the chip, up to 64 octets of UTF-8. */
  readonly label: string
  /** Application identifier, 5–16 octets as hex; unique among grants. */
  readonly aid: string
  readonly quota: Quota
  readonly pin: { readonly digits: number; readonly tries: number } | null
  /** How many records, of how many octets, the area holds. */
  readonly records: { readonly count: number; readonly size: number }
  readonly validFrom: LegalDate
  readonly validUntil: LegalDate
  readonly state: GrantState
  readonly requestedBy: string
  readonly approvedBy: string | null
  readonly requestedAt: Instant
}

export type InstallationState = 'ORDERED' | 'INSTALLED' | 'REFUSED_BY_CARD' | 'REMOVED'
export interface Installation {
  readonly id: InstallationId
  readonly grant: GrantId
  readonly card: CardId
  readonly state: InstallationState
  /** The order that is under way or was last answered. */
  readonly order: CardOrderId
  readonly quota: Quota
}

export interface Grants {
  load(id: GrantId): Promise<Grant | null>
  ofMunicipality(municipality: MunicipalityCode): Promise<Grant[]>
  /** `CONFLICT` where the AID is taken. */
  request(act: Act, grant: Grant): Promise<Result<void>>
  approve(act: Act, id: GrantId, approvedBy: string): Promise<Result<void>>
  loadInstallation(id: InstallationId): Promise<Installation | null>
  installationsOf(card: CardId): Promise<Installation[]>
  /** Reserves the quota on the card and places the order, together; `NO_SPACE` where what is ordered and installed would pass `capacity`. */
  install(act: Act, installation: Installation, order: NewOrder, capacity: Quota): Promise<Result<void>>
  /** Places another order for an installed area. */
  reorder(act: Act, id: InstallationId, order: NewOrder): Promise<Result<void>>
  /** The receipt, the order's end and the installation's state, together. A refused installation frees its space. */
  settle(act: Act, id: InstallationId, state: InstallationState, answer: { readonly order: CardOrderId; readonly outcome: 'DONE' | 'REFUSED_BY_CARD'; readonly receipt: Uint8Array }): Promise<Result<void>>
}

type SlotWorld = OrderWorld & Uses<'grants' | 'settings'>

export interface GrantInput extends Pick<Grant, 'basis' | 'purpose' | 'label' | 'aid' | 'quota' | 'pin' | 'records' | 'validFrom' | 'validUntil'> { readonly idempotencyKey: IdempotencyKey }

export async function requestGrant(world: SlotWorld, actor: Actor, input: GrantInput): Promise<Result<Grant>> {
  const officer = asOfficer(actor, 'municipal', 'area')
  if (isRefusal(officer)) return officer
  const municipality = officer.municipality
  if (municipality === null) return refuse('NOT_PERMITTED', { field: 'municipality' })
  const now = world.clock.now()
  const act = begin('grant.request', officer, now, { ...input })
  const load = async (id: string) => (await world.grants.load(id as GrantId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const bad = unfit(input, municipality, dayOf(now))
    if (bad !== null) return refuse(bad === 'basis' ? 'LEGAL_BASIS_MISSING' : 'MALFORMED_INPUT', { field: bad })
    const { idempotencyKey: _, ...asked } = input
    const grant: Grant = { ...asked, id: newId('grant', now, world.random), municipality, aid: input.aid.toUpperCase(), state: 'REQUESTED', requestedBy: officer.officer, approvedBy: null, requestedAt: now }
    const stored = await world.grants.request({ ...act, subject: grant.id, facts: { basis: grant.basis.kind, aid: grant.aid } }, grant)
    return isRefusal(stored) ? stored : grant
  })
}

/** The field at fault, or null. An ordinance must be the municipality's own and promulgated. */
function unfit(input: GrantInput, municipality: MunicipalityCode, today: LegalDate): string | null {
  if (!/^([0-9A-Fa-f]{2}){5,16}$/.test(input.aid)) return 'aid'
  if (Object.values(input.quota).some((n) => !Number.isSafeInteger(n) || n < 0) || input.quota.data === 0) return 'quota'
  if (input.label.length === 0 || [...input.label].length > 16) return 'label'
  if (!(input.records.count >= 1 && input.records.count <= 254 && input.records.size >= 1 && input.records.size <= 254)) return 'records'
  if (input.records.count * input.records.size > input.quota.data) return 'records'
  if (input.validUntil < input.validFrom || input.validUntil < today) return 'validUntil'
  if (input.pin !== null && !(input.pin.digits >= 4 && input.pin.digits <= 8 && input.pin.tries >= 1 && input.pin.tries <= 10)) return 'pin'
  const basis = input.basis
  if (basis.kind === 'ordinance' && (basis.municipality !== municipality || basis.promulgatedOn > today)) return 'basis'
  if (basis.kind === 'ministerial-rule' && basis.issuedOn > today) return 'basis'
  if (basis.kind === 'minister-confirmation' && basis.confirmedOn > today) return 'basis'
  return null
}

/** Other eyes: an officer of the agency, never the one who asked. */
export async function approveGrant(world: SlotWorld, actor: Actor, input: { grant: GrantId; idempotencyKey: IdempotencyKey }): Promise<Result<Grant>> {
  const officer = asOfficer(actor, 'agency', 'area:approve')
  if (isRefusal(officer)) return officer
  const act = begin('grant.approve', officer, world.clock.now(), input)
  const load = async (id: string) => (await world.grants.load(id as GrantId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const grant = await world.grants.load(input.grant)
    if (grant === null) return refuse('NOT_FOUND')
    if (grant.state !== 'REQUESTED') return refuse('WRONG_STATE', { state: grant.state })
    if (grant.requestedBy === officer.officer) return refuse('FOUR_EYES')
    const stored = await world.grants.approve({ ...act, subject: grant.id }, grant.id, officer.officer)
    return isRefusal(stored) ? stored : load(grant.id)
  })
}

/** Reserves the space on the card and orders the chip to make the area. */
export async function orderInstallation(world: SlotWorld, actor: Actor, input: { grant: GrantId; card: CardId; idempotencyKey: IdempotencyKey }): Promise<Result<Installation>> {
  const grant = await grantInForce(world, actor, input.grant)
  if (isRefusal(grant)) return grant
  const now = world.clock.now()
  const act = begin('area.install', actor, now, input)
  return once(world.acts, act, (id) => loadInstallation(world, id), async () => {
    const card = await world.cards.load(input.card)
    if (card === null || card.municipality !== grant.municipality) return refuse('NOT_FOUND')
    if (!usable(card, now)) return refuse('CARD_NOT_USABLE', { state: card.state })
    const id = newId('installation', now, world.random)
    const operation: Operation = {
      kind: 'INSTALL', aid: fromHex(grant.aid), label: grant.label, quota: grant.quota, records: grant.records,
      pin: { required: grant.pin !== null, digits: grant.pin?.digits ?? 4, tries: grant.pin?.tries ?? 3 },
    }
    const order = newOrder(world, now, card, operation)
    if (isRefusal(order)) return order
    const installation: Installation = { id, grant: grant.id, card: card.id, state: 'ORDERED', order: order.id, quota: grant.quota }
    const stored = await world.grants.install({ ...act, subject: id, facts: { grant: grant.id } }, installation, order, world.settings.freeSpace)
    if (isRefusal(stored)) return stored
    await world.bell.ring({ wake: 'orders' })
    return installation
  })
}

/** Orders the chip to open the installed area for writing its records. */
export async function orderAreaWrite(world: SlotWorld, actor: Actor, input: { installation: InstallationId; idempotencyKey: IdempotencyKey }): Promise<Result<Installation>> {
  const installation = await world.grants.loadInstallation(input.installation)
  if (installation === null) return refuse('NOT_FOUND')
  const grant = await grantInForce(world, actor, installation.grant)
  if (isRefusal(grant)) return grant
  const now = world.clock.now()
  const act = begin('area.install', actor, now, input)
  return once(world.acts, act, (id) => loadInstallation(world, id), async () => {
    const card = await world.cards.load(installation.card)
    if (card === null) return refuse('NOT_FOUND')
    if (!usable(card, now)) return refuse('CARD_NOT_USABLE', { state: card.state })
    if (installation.state !== 'INSTALLED') return refuse('WRONG_STATE', { state: installation.state })
    const order = newOrder(world, now, card, { kind: 'WRITE_AREA', aid: fromHex(grant.aid) })
    if (isRefusal(order)) return order
    const stored = await world.grants.reorder({ ...act, subject: installation.id }, installation.id, order)
    if (isRefusal(stored)) return stored
    await world.bell.ring({ wake: 'orders' })
    return { ...installation, order: order.id }
  })
}

/** The chip's receipt decides: installed, or refused by the card and the space freed. */
export async function confirmInstallation(world: SlotWorld, actor: Actor, input: { installation: InstallationId; receipt: Uint8Array; idempotencyKey: IdempotencyKey }): Promise<Result<Installation>> {
  const installation = await world.grants.loadInstallation(input.installation)
  if (installation === null) return refuse('NOT_FOUND')
  const grant = await grantInForce(world, actor, installation.grant)
  if (isRefusal(grant)) return grant
  const now = world.clock.now()
  const act = begin('area.confirm', actor, now, { ...input })
  return once(world.acts, act, (id) => loadInstallation(world, id), async () => {
    const order = await world.orders.load(installation.order)
    const card = await world.cards.load(installation.card)
    if (order === null || card === null) return refuse('NOT_FOUND')
    const outcome = readReceipt(order, card, input.receipt)
    if (isRefusal(outcome)) return outcome
    const state: InstallationState = installation.state !== 'ORDERED' ? installation.state : outcome === 'DONE' ? 'INSTALLED' : 'REFUSED_BY_CARD'
    const stored = await world.grants.settle({ ...act, subject: installation.id, facts: { outcome } }, installation.id, state, { order: order.id, outcome, receipt: input.receipt })
    return isRefusal(stored) ? stored : loadInstallation(world, installation.id)
  })
}

/** The grant, approved and in its period, of the municipality that the officer acts for. */
async function grantInForce(world: SlotWorld, actor: Actor, id: GrantId): Promise<Result<Grant>> {
  const grant = await world.grants.load(id)
  const officer = grant === null ? refuse('NOT_FOUND') : asOfficer(actor, 'municipal', 'area', grant.municipality)
  if (grant === null || isRefusal(officer)) return refuse('NOT_FOUND')
  const today = dayOf(world.clock.now())
  if (grant.state !== 'APPROVED' || today < grant.validFrom || today > grant.validUntil) return refuse('LEGAL_BASIS_MISSING', { state: grant.state })
  return grant
}

export async function readGrant(world: Uses<'grants'>, actor: Actor, id: GrantId): Promise<Result<Grant>> {
  const grant = await world.grants.load(id)
  if (grant === null || actor.kind !== 'officer') return refuse('NOT_FOUND')
  const may = (actor.role === 'municipal' && actor.scopes.has('area') && actor.municipality === grant.municipality) || (actor.role !== 'municipal' && actor.scopes.has('area:approve'))
  return may ? grant : refuse('NOT_FOUND')
}

export async function readInstallation(world: Uses<'grants'>, actor: Actor, id: InstallationId): Promise<Result<Installation>> {
  const installation = await world.grants.loadInstallation(id)
  const grant = installation === null ? refuse('NOT_FOUND') : await readGrant(world, actor, installation.grant)
  return installation === null || isRefusal(grant) ? refuse('NOT_FOUND') : installation
}

/** What is on a card of the areas that the actor may read. */
export async function installationsOnCard(world: Uses<'grants'>, actor: Actor, card: CardId): Promise<Installation[]> {
  const found: Installation[] = []
  for (const installation of await world.grants.installationsOf(card)) if (!isRefusal(await readInstallation(world, actor, installation.id))) found.push(installation)
  return found
}

async function loadInstallation(world: Uses<'grants'>, id: string): Promise<Result<Installation>> {
  return (await world.grants.loadInstallation(id as InstallationId)) ?? refuse('NOT_FOUND')
}

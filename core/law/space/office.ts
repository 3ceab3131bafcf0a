/**
 * Officers in their office: whose card an officer decides with, enrolled by two others of the office; and who may decide in
 * an officer's stead, for named acts and a time (代決 while the officer is away, 専決 at all times). Nobody gains by either
 * that one person is maker and checker: whoever stands behind a decision is looked at, not only who made it.
 *
 * @law 地方自治法 第153条第1項 (the head of a local government has staff act in its stead)
 */
import { isCentral, nameOf, officeOf, type Actor, type Officer, type Scope } from '../actor.ts'
import { begin, once, type Act, type ActKind } from '../act.ts'
import { decisionLife, handOf, type Hand } from './basis.ts'
import { newId, type DelegationId, type IdempotencyKey, type OfficerCardId, type OfficerId, type PersonId } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { hour, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

/** An officer's own card, by the person who holds it. */
export interface OfficerCard {
  readonly id: OfficerCardId
  readonly officer: OfficerId
  readonly office: string
  readonly person: PersonId
  readonly state: 'PROPOSED' | 'ENROLLED' | 'ENDED'
  readonly proposedBy: OfficerId
  readonly proposedAt: Instant
  readonly confirmedBy: OfficerId | null
  readonly endedAt: Instant | null
}

/** What may be decided in another's stead. Asking for a grant is everybody's own. */
export const delegableActs = ['grant.approve', 'grant.suspend', 'grant.resume', 'grant.end'] as const satisfies readonly ActKind[]
export type DelegableAct = (typeof delegableActs)[number]
/** 代決: while the officer is away, who then decides nothing of it · 専決: at all times, and the officer may too. */
export const delegationKinds = ['absence', 'standing'] as const
export type DelegationKind = (typeof delegationKinds)[number]

export interface Delegation {
  readonly id: DelegationId
  readonly from: OfficerId
  readonly to: OfficerId
  readonly office: string
  readonly kind: DelegationKind
  readonly acts: readonly DelegableAct[]
  /** What the officer held of it when it was given: nobody hands on more. */
  readonly scopes: readonly Scope[]
  readonly validFrom: Instant
  readonly validUntil: Instant
  readonly madeAt: Instant
  readonly endedAt: Instant | null
}

/** Persons behind officers, of links that are in force and of earlier ones: a link that was ended still tells who is who. */
export type People = ReadonlyMap<string, readonly PersonId[]>

export interface Offices {
  loadCard(id: OfficerCardId): Promise<OfficerCard | null>
  /** The one in force. */
  cardOf(officer: OfficerId): Promise<OfficerCard | null>
  /** Proposed and in force. */
  cardsOf(office: string): Promise<OfficerCard[]>
  people(officers: readonly string[]): Promise<People>
  propose(act: Act, card: OfficerCard): Promise<Result<void>>
  /** Compare-and-set on the state before; another card of the officer in force is ended. */
  changeCard(act: Act, from: OfficerCard['state'], card: OfficerCard): Promise<Result<void>>
  loadDelegation(id: DelegationId): Promise<Delegation | null>
  delegate(act: Act, delegation: Delegation): Promise<Result<void>>
  /** `CONFLICT` where it was ended already. */
  endDelegation(act: Act, id: DelegationId, at: Instant): Promise<Result<void>>
  /** Given by or to the officer, and not over at that time. */
  delegationsOf(officer: OfficerId, at: Instant): Promise<Delegation[]>
}

type OfficeWorld = Uses<'clock' | 'random' | 'acts' | 'offices' | 'residents'>
interface Keyed { readonly idempotencyKey: IdempotencyKey }

/** Who stands behind a decision: who made it, in whose stead, and the persons of both. */
const behind = (people: People, { officer, onBehalfOf }: Hand): string[] => [officer, onBehalfOf].flatMap((o) => (o == null ? [] : [o, ...(people.get(o) ?? [])]))
export const shareEyes = (people: People, first: Hand, second: Hand): boolean => {
  const seen = new Set(behind(people, first))
  return behind(people, second).some((name) => seen.has(name))
}
export const namesIn = (...hands: readonly Hand[]): string[] => hands.flatMap(({ officer, onBehalfOf }) => (onBehalfOf == null ? [officer] : [officer, onBehalfOf]))

// ---------------------------------------------------------------- cards of officers

const ofOffice = (actor: Actor): Result<Officer> => (actor.kind === 'officer' && actor.scopes.has('office') ? actor : refuse('NOT_PERMITTED', { field: 'scope office' }))

/** The first of two says whose card it is. Nobody does so for the own card. */
export async function proposeOfficerCard(world: OfficeWorld, actor: Actor, input: Keyed & { readonly officer: OfficerId; readonly person: PersonId }): Promise<Result<OfficerCard>> {
  const officer = ofOffice(actor)
  if (isRefusal(officer)) return officer
  const now = world.clock.now()
  const act = begin('officer.propose', officer, now, input)
  return once(world.acts, act, (id) => loadCard(world, id), async () => {
    if (input.officer === officer.officer) return refuse('FOUR_EYES')
    if ((await world.residents.birthDateOf(input.person)) === null) return refuse('NOT_FOUND', { field: 'person' })
    const card: OfficerCard = { id: newId('officerCard', now, world.random), officer: input.officer, office: officeOf(officer), person: input.person, state: 'PROPOSED', proposedBy: officer.officer, proposedAt: now, confirmedBy: null, endedAt: null }
    const stored = await world.offices.propose({ ...act, subject: card.id, facts: { officer: card.officer } }, card)
    return isRefusal(stored) ? stored : card
  })
}

/** The second, within 72 hours: another officer and another person than the first, and neither of them the one it is about. */
export async function confirmOfficerCard(world: OfficeWorld, actor: Actor, input: Keyed & { readonly card: OfficerCardId }): Promise<Result<OfficerCard>> {
  const officer = ofOffice(actor)
  if (isRefusal(officer)) return officer
  const now = world.clock.now()
  const act = begin('officer.confirm', officer, now, input)
  return once(world.acts, act, (id) => loadCard(world, id), async () => {
    const card = await world.offices.loadCard(input.card)
    if (card === null || card.office !== officeOf(officer)) return refuse('NOT_FOUND')
    if (card.state !== 'PROPOSED') return refuse('WRONG_STATE', { state: card.state })
    if (now - card.proposedAt > decisionLife) return refuse('DECISION_EXPIRED')
    const people = await world.offices.people([officer.officer, card.proposedBy, card.officer])
    const hand = (name: OfficerId): Hand => ({ officer: name, organisation: card.office })
    const about = new Map(people).set(card.officer, [...(people.get(card.officer) ?? []), card.person])
    if (shareEyes(people, hand(card.proposedBy), hand(officer.officer)) || [card.proposedBy, officer.officer].some((one) => shareEyes(about, hand(one), hand(card.officer)))) return refuse('FOUR_EYES')
    const stored = await world.offices.changeCard({ ...act, subject: card.id, facts: { officer: card.officer } }, 'PROPOSED', { ...card, state: 'ENROLLED', confirmedBy: officer.officer })
    return isRefusal(stored) ? stored : loadCard(world, card.id)
  })
}

/** By one person of the office, or by the officer: a card that was lost must not decide another minute. */
export async function endOfficerCard(world: OfficeWorld, actor: Actor, input: Keyed & { readonly card: OfficerCardId }): Promise<Result<OfficerCard>> {
  const card = await world.offices.loadCard(input.card)
  const own = card !== null && actor.kind === 'officer' && actor.officer === card.officer
  const officer = own ? actor : ofOffice(actor)
  if (isRefusal(officer)) return officer
  if (card === null || card.office !== officeOf(officer)) return refuse('NOT_FOUND')
  const now = world.clock.now()
  const act = begin('officer.end', officer, now, input)
  return once(world.acts, act, (id) => loadCard(world, id), async () => {
    if (card.state === 'ENDED') return refuse('WRONG_STATE', { state: card.state })
    const stored = await world.offices.changeCard({ ...act, subject: card.id, facts: { officer: card.officer } }, card.state, { ...card, state: 'ENDED', endedAt: now })
    return isRefusal(stored) ? stored : loadCard(world, card.id)
  })
}

const loadCard = async (world: Uses<'offices'>, id: string): Promise<Result<OfficerCard>> => (await world.offices.loadCard(id as OfficerCardId)) ?? refuse('NOT_FOUND')

// ---------------------------------------------------------------- in another's stead

const longest = 366 * 24 * hour
const mayHandOn = (officer: Officer, act: DelegableAct): boolean => (act === 'grant.approve' ? isCentral(officer) && officer.scopes.has('area:approve') : officer.scopes.has(isCentral(officer) ? 'area:approve' : 'area'))

/** To another officer of the same office, who must be it when the act is done. What one holds only by delegation one cannot hand on. */
export async function delegate(
  world: OfficeWorld, actor: Actor, input: Keyed & Pick<Delegation, 'to' | 'kind' | 'acts'> & { readonly validFrom: Instant | null; readonly validUntil: Instant },
): Promise<Result<Delegation>> {
  if (actor.kind !== 'officer') return refuse('NOT_PERMITTED', { field: 'actor' })
  const now = world.clock.now()
  const act = begin('delegation.give', actor, now, input)
  return once(world.acts, act, (id) => loadDelegation(world, id), async () => {
    const validFrom = input.validFrom ?? now
    if (input.acts.length === 0 || new Set(input.acts).size !== input.acts.length) return refuse('MALFORMED_INPUT', { field: 'acts' })
    if (input.acts.some((one) => !mayHandOn(actor, one))) return refuse('NOT_PERMITTED', { field: 'acts' })
    if (input.to === actor.officer) return refuse('FOUR_EYES', { field: 'to' })
    if (validFrom < now || input.validUntil <= validFrom || input.validUntil - validFrom > longest) return refuse('MALFORMED_INPUT', { field: 'validUntil' })
    const scopes = (['area', 'area:approve'] as const).filter((scope) => actor.scopes.has(scope))
    const delegation: Delegation = { id: newId('delegation', now, world.random), from: actor.officer, to: input.to, office: officeOf(actor), kind: input.kind, acts: delegableActs.filter((one) => input.acts.includes(one)), scopes, validFrom, validUntil: input.validUntil, madeAt: now, endedAt: null }
    const stored = await world.offices.delegate({ ...act, subject: delegation.id, facts: { to: delegation.to, kind: delegation.kind, acts: delegation.acts.join(' '), until: delegation.validUntil } }, delegation)
    return isRefusal(stored) ? stored : delegation
  })
}

/** By hand, before its time: by who gave it, by who has it, or by the office. */
export async function endDelegation(world: OfficeWorld, actor: Actor, input: Keyed & { readonly delegation: DelegationId }): Promise<Result<Delegation>> {
  const found = await world.offices.loadDelegation(input.delegation)
  if (found === null || actor.kind !== 'officer' || officeOf(actor) !== found.office || !(actor.officer === found.from || actor.officer === found.to || actor.scopes.has('office'))) return refuse('NOT_FOUND')
  const now = world.clock.now()
  const act = begin('delegation.end', actor, now, input)
  return once(world.acts, act, (id) => loadDelegation(world, id), async () => {
    if (found.endedAt !== null || found.validUntil <= now) return refuse('WRONG_STATE', { state: 'ENDED' })
    const stored = await world.offices.endDelegation({ ...act, subject: found.id, facts: { by: nameOf(actor) } }, found.id, now)
    return isRefusal(stored) ? stored : loadDelegation(world, found.id)
  })
}

const loadDelegation = async (world: Uses<'offices'>, id: string): Promise<Result<Delegation>> => (await world.offices.loadDelegation(id as DelegationId)) ?? refuse('NOT_FOUND')

export const inForce = (delegation: Delegation, at: Instant): boolean => delegation.endedAt === null && delegation.validFrom <= at && at < delegation.validUntil

/**
 * Whose authority an officer decides with: the own, unless the officer is away (a delegation of 代決 is in force: end it
 * first); else that of an officer of the same office who gave it for this act.
 */
export async function authorityFor(world: Uses<'clock' | 'offices'>, officer: Officer, act: DelegableAct, may: (officer: Officer) => boolean): Promise<Result<Hand>> {
  const now = world.clock.now()
  const given = (await world.offices.delegationsOf(officer.officer, now)).filter((d) => inForce(d, now) && d.acts.includes(act) && d.office === officeOf(officer))
  if (may(officer)) return given.some((d) => d.from === officer.officer && d.kind === 'absence') ? refuse('WRONG_STATE', { state: 'ABSENT' }) : { ...handOf(officer), onBehalfOf: null }
  const one = given.find((d) => d.to === officer.officer && may({ ...officer, officer: d.from, scopes: new Set(d.scopes) }))
  return one === undefined ? refuse('NOT_PERMITTED', { field: 'scope area:approve' }) : { ...handOf(officer), onBehalfOf: one.from }
}

/** What an officer sees of the own office: the own card and delegations; with the scope, the cards of the office. */
export interface OfficeView { readonly officer: Officer; readonly card: OfficerCard | null; readonly delegations: readonly Delegation[]; readonly cards: readonly OfficerCard[] }
export async function readOffice(world: Uses<'clock' | 'offices'>, actor: Actor): Promise<Result<OfficeView>> {
  if (actor.kind !== 'officer') return refuse('NOT_FOUND')
  const [card, delegations] = [await world.offices.cardOf(actor.officer), await world.offices.delegationsOf(actor.officer, world.clock.now())]
  return { officer: actor, card, delegations, cards: actor.scopes.has('office') ? await world.offices.cardsOf(officeOf(actor)) : [] }
}

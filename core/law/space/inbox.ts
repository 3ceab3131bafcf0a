/**
 * What waits for an officer: requests to approve, decisions that want a second person, areas that run out, cards of
 * colleagues to confirm. Nothing is stored for it: it is what the rows say now.
 */
import { isCentral, officeOf, type Actor, type Officer } from '../actor.ts'
import { decisionLife, isPrivate, tooLate, type Grant, type Pending } from './basis.ts'
import { isOwn, listGrants } from './grant.ts'
import type { OfficerCard } from './office.ts'
import { after, dayOf, daysBetween, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

export const inboxKinds = ['approval', 'second-decision', 'expiring', 'officer-card'] as const
export type InboxKind = (typeof inboxKinds)[number]
export interface InboxItem {
  readonly id: string
  readonly kind: InboxKind
  readonly grant: Grant | null
  readonly card: OfficerCard | null
  /** When it can no longer be done; null where it is not a decision. */
  readonly until: Instant | null
  /** Days left of an area that runs out. */
  readonly daysLeft: number | null
}

/** Of one grant, what waits for this officer; the own is for other eyes. */
export function waitingOf(officer: Officer, grant: Grant, now: Instant): InboxItem | null {
  const item = (kind: InboxKind, until: Instant | null, daysLeft: number | null): InboxItem => ({ id: `${kind}:${grant.id}`, kind, grant, card: null, until, daysLeft })
  const { pending } = grant
  const [central, mine] = [isCentral(officer), isCentral(officer) || isOwn(officer, grant)]
  if (pending !== null && mine && mayBeSecond(pending, central) && pending.officer !== officer.officer && !tooLate(pending.at, now)) return item('second-decision', after(pending.at, decisionLife), null)
  if (grant.state === 'REQUESTED') return central && grant.requestedBy !== officer.officer && !(isPrivate(grant.basis) && grant.requestedFor === officeOf(officer)) && !tooLate(grant.requestedAt, now) ? item('approval', after(grant.requestedAt, decisionLife), null) : null
  return mine && grant.state === 'APPROVED' && grant.warned !== null ? item('expiring', null, daysBetween(dayOf(now), grant.validUntil)) : null
}

/** A repeal is the council's own: no other body is its second person. Requests wait for one too, to be turned down or taken back. */
const mayBeSecond = ({ act }: Pending, central: boolean): boolean => act !== 'repeal' || !central

export async function readInbox(world: Uses<'clock' | 'grants' | 'offices'>, actor: Actor): Promise<InboxItem[]> {
  if (actor.kind !== 'officer') return []
  const now = world.clock.now()
  const grants = (await listGrants(world, actor)).flatMap((grant) => waitingOf(actor, grant, now) ?? [])
  const cards = actor.scopes.has('office') ? await world.offices.cardsOf(officeOf(actor)) : []
  const toConfirm = cards.filter((card) => card.state === 'PROPOSED' && card.proposedBy !== actor.officer && card.officer !== actor.officer && now - card.proposedAt <= decisionLife)
  return [...grants, ...toConfirm.map((card): InboxItem => ({ id: `officer-card:${card.id}`, kind: 'officer-card', grant: null, card, until: after(card.proposedAt, decisionLife), daysLeft: null }))]
}

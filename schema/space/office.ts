/**
 * The office of an officer: the own card, who decides in whose stead, what waits.
 *
 * @law 地方自治法 第153条第1項
 */
import { confirmOfficerCard, delegate, endDelegation, endOfficerCard, proposeOfficerCard, readOffice, type DelegableAct, type Delegation, type DelegationKind, type OfficerCard, type OfficeView } from '../../core/law/space/office.ts'
import { readInbox, type InboxItem, type InboxKind } from '../../core/law/space/inbox.ts'
import { officeOf } from '../../core/law/actor.ts'
import { act } from '../record/act.ts'
import { audience, type Audience } from '../audience.ts'
import { builder, enumOf } from '../builder.ts'
import { connectionOf, pageArgs, pageOf } from '../connection.ts'
import { deciders } from './decision.ts'
import { GrantRef } from './grant.ts'
import { globalId, nullIfRefused } from '../node.ts'

const anyOfficer: Audience = { municipal: [], prefectural: [], national: [], agency: [], ministry: [] }
const officeKeepers: Audience = { municipal: ['office'], prefectural: ['office'], national: ['office'], agency: ['office'], ministry: ['office'] }

const CardState = enumOf<OfficerCard['state']>('OfficerCardState', 'Where the card of an officer stands.', { PROPOSED: 'One officer said so; a second has 72 hours.', ENROLLED: 'Decisions can be signed with it.', ENDED: 'No longer.' })
const OfficerCardRef = builder.objectRef<OfficerCard>('OfficerCard').implement({
  description: 'The own card that an officer decides with, enrolled by two others of the office.',
  fields: (t) => ({
    id: t.id({ description: 'Its id.', resolve: (c) => globalId(c.id) }),
    officer: t.id({ description: 'The officer.', resolve: (c) => globalId(c.officer) }),
    holder: t.id({ description: 'The holder of the card: what the second officer confirms.', resolve: (c) => globalId(c.person) }),
    proposedBy: t.id({ description: 'The first officer.', resolve: (c) => globalId(c.proposedBy) }),
    state: t.expose('state', { type: CardState, description: 'Where it stands.' }),
    proposedAt: t.expose('proposedAt', { type: 'DateTime', description: 'When the first officer said so.' }),
  }),
})

const DelegableActEnum = enumOf<DelegableAct>('DelegableAct', 'What may be decided in another’s stead.', { 'grant.approve': 'Approving grants.', 'grant.suspend': 'Suspending them.', 'grant.resume': 'Resuming them.', 'grant.end': 'Ending them.' })
const DelegationKindEnum = enumOf<DelegationKind>('DelegationKind', 'How one decides in another’s stead.', { absence: '代決: while the officer is away and decides nothing of it.', standing: '専決: at all times; the officer may too.' })
const DelegationRef = builder.objectRef<Delegation>('Delegation').implement({
  description: 'That one officer decides in another’s stead. Nobody becomes maker and checker by it.',
  fields: (t) => ({
    id: t.id({ description: 'Its id.', resolve: (d) => globalId(d.id) }),
    from: t.id({ description: 'In whose stead.', resolve: (d) => globalId(d.from) }),
    to: t.id({ description: 'Who decides.', resolve: (d) => globalId(d.to) }),
    kind: t.expose('kind', { type: DelegationKindEnum, description: 'How.' }),
    acts: t.field({ type: [DelegableActEnum], description: 'Which decisions.', resolve: (d) => [...d.acts] }),
    validFrom: t.expose('validFrom', { type: 'DateTime', description: 'From when.' }),
    validUntil: t.expose('validUntil', { type: 'DateTime', description: 'Until when.' }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true, description: 'When it was ended by hand.' }),
  }),
})

const OfficeRef = builder.objectRef<OfficeView>('Office').implement({
  description: 'The office of the officer who asks.',
  fields: (t) => ({
    officer: t.id({ description: 'The officer who asks: what others name in a delegation or an enrolment.', resolve: (o) => globalId(o.officer.officer) }),
    name: t.string({ description: 'The office as it is told apart from others.', resolve: (o) => officeOf(o.officer) }),
    card: t.expose('card', { type: OfficerCardRef, nullable: true, description: 'The own card, where one is enrolled.' }),
    delegations: t.field({ type: [DelegationRef], description: 'Given or held, and not over.', resolve: (o) => [...o.delegations] }),
    cards: t.field({ type: [OfficerCardRef], description: 'Cards of the office, for who looks after them (scope `office`).', resolve: (o) => [...o.cards] }),
  }),
})
builder.queryField('office', (t) => t.field({ type: OfficeRef, nullable: true, description: 'The own office.', extensions: audience(anyOfficer), resolve: (_, _args, { world, actor }) => nullIfRefused(readOffice(world, actor)) }))

const InboxKindEnum = enumOf<InboxKind>('InboxKind', 'What waits for an officer.', { approval: 'A request for an area, to be approved within 72 hours.', 'second-decision': 'What one person decided and a second may, within 72 hours.', expiring: 'An area that runs out: warned of 90, 30 and 7 days before.', 'officer-card': 'The card of a colleague, to be confirmed within 72 hours.' })
const InboxItemRef = builder.objectRef<InboxItem>('InboxItem').implement({
  description: 'Something that waits for the officer.',
  fields: (t) => ({
    kind: t.expose('kind', { type: InboxKindEnum, description: 'What it is.' }),
    grant: t.expose('grant', { type: GrantRef, nullable: true, description: 'The grant it is about.' }),
    card: t.expose('card', { type: OfficerCardRef, nullable: true, description: 'The card it is about.' }),
    until: t.expose('until', { type: 'DateTime', nullable: true, description: 'When it can no longer be done.' }),
    daysLeft: t.exposeInt('daysLeft', { nullable: true, description: 'Days until an area runs out.' }),
  }),
})
const InboxConnection = connectionOf('InboxItem', 'things that wait', InboxItemRef)
builder.queryField('inbox', (t) => t.field({
  type: InboxConnection, description: 'What waits for the officer who asks.', extensions: audience(anyOfficer), args: pageArgs,
  resolve: (_, args, context) => pageOf(args, context, (item) => item.id, () => readInbox(context.world, context.actor)),
}))

// ---------------------------------------------------------------- acts

const card = { card: ['officerCard', 'The card of an officer.'] } as const
act('proposeOfficerCard', {
  description: 'The first of two says with whose card an officer of the own office decides. Nobody does so for the own card.', who: officeKeepers, success: OfficerCardRef,
  ids: { officer: ['officer', 'The officer, as `office` names it.'], person: ['person', 'The holder of the card.'] }, run: ({ world, actor }, input) => proposeOfficerCard(world, actor, input),
})
act('confirmOfficerCard', { description: 'The second confirms it within 72 hours. An earlier card of the officer ends.', who: officeKeepers, success: OfficerCardRef, ids: card, run: ({ world, actor }, input) => confirmOfficerCard(world, actor, input) })
act('endOfficerCard', { description: 'Ends it: by one of the office, or by the officer.', who: anyOfficer, success: OfficerCardRef, ids: card, run: ({ world, actor }, input) => endOfficerCard(world, actor, input) })
act('delegateDecisions', {
  description: 'Has another officer of the own office decide in one’s stead, for named decisions and at most 366 days.', who: deciders, success: DelegationRef, ids: { to: ['officer', 'Who decides.'] },
  fields: (t) => ({
    kind: t.field({ type: DelegationKindEnum, description: 'How.' }), acts: t.field({ type: [DelegableActEnum], description: 'Which decisions: of one’s own.' }),
    validFrom: t.field({ type: 'DateTime', required: false, description: 'From when; from now where absent.' }), validUntil: t.field({ type: 'DateTime', description: 'Until when.' }),
  }),
  run: ({ world, actor }, { validFrom, ...input }) => delegate(world, actor, { ...input, validFrom: validFrom ?? null }),
})
act('endDelegation', { description: 'Ends a delegation before its time: by who gave it, who holds it, or who looks after the office.', who: anyOfficer, success: DelegationRef, ids: { delegation: ['delegation', 'The delegation.'] }, run: ({ world, actor }, input) => endDelegation(world, actor, input) })

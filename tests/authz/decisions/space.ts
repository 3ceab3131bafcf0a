/**
 * The free space. A right (grant) names bodies and no person: the municipality it is for, its prefecture, which sees and
 * decides nothing (地方自治法 第245条の4), the organ that asked, and those who approve; the holder of a card it lies on sees
 * what lies there and why, not the officers' papers. An area on a card is the counter's, the holder's and the approvers'.
 */
import { own, type Decisions } from '../parties.ts'

const central = 'agency:area|area:approve ministry:area|area:approve'
const officers = `counter:area prefecture:area ${central}`
const right = `holder:me ${officers}`
const counters = 'counter:area agency:area'
const offices = 'municipal:office prefectural:office national:office agency:office ministry:office'
const deciders = `counter:area agency:area:approve ministry:area:approve`
const everyOffice = 'officer'

export const space: Decisions = {
  types: {
    Grant: { fields: 'aid endedFor evidence id label legalBasis minimumAge municipality operator partner pendingDecision pin population purpose quota records repealedOn requestedAt space state suspendedFor validFrom validUntil warnedDaysBefore', sees: right, but: { 'blastRadius signedDecisions': officers } },
    BlastRadius: [officers, 'cards installations'],
    SignedDecision: [officers, 'act at certificate digest document signature'],
    Ordinance: [right, 'article municipality name promulgatedOn url'],
    // One of these for each right.
    MinisterialRule: { fields: 'issuedOn notice', sees: right, sometimes: true },
    MinisterConfirmation: { fields: 'confirmedOn number procedure', sees: right, sometimes: true },
    JpkiVerifierStatus: { fields: 'notifiedOn number provision', sees: right, sometimes: true },
    AreaPinPolicy: [right, 'digits tries'],
    AreaPopulation: [right, 'municipalities'],
    AreaRecords: [right, 'count size'],
    SpaceShare: [right, 'capacity reserved share'],
    GrantConnection: [officers, 'edges nodes pageInfo'],
    GrantEdge: [officers, 'cursor node'],
    Installation: { fields: 'card grant id order quota state', sees: `holder:me counter:area ${central}`, but: { orderSigned: counters } },
    AreaDrift: [counters, 'aid installation kind'],
    OrdinanceReach: ['counter:area', 'cards grants installations'],
    RepealedOrdinance: ['counter:area', 'ended waiting'],
    DecisionChallenge: [deciders, 'demanded digest document validUntil'],
    // Each sees the own office: its delegations, and with the scope for it its cards; what waits for whom, by the scope to decide it.
    Office: { fields: 'card delegations name officer', sees: 'counter', but: { cards: 'counter:office' } },
    OfficerCard: ['counter:office', 'holder id officer proposedAt proposedBy state'],
    Delegation: ['counter', 'acts endedAt from id kind to validFrom validUntil'],
    InboxItemConnection: ['counter', 'edges nodes pageInfo'],
    InboxItem: ['counter:office|area', 'card daysLeft grant kind until'],
    InboxItemEdge: ['counter:office|area', 'cursor node'],
  },
  roots: {
    grant: officers, grants: own('municipal:area prefectural:area national:area agency:area|area:approve ministry:area|area:approve', 'counter prefecture agency ministry'), inbox: own(everyOffice), office: own(everyOffice),
    installation: `holder:me counter:area ${central}`, areaDrift: counters, ordinanceReach: 'counter:area', decisionChallenge: deciders,
    requestGrant: own('municipal:area prefectural:area national:area agency:area ministry:area'), approveGrant: 'agency:area:approve ministry:area:approve',
    suspendGrant: deciders, resumeGrant: deciders, endGrant: deciders, repealOrdinance: 'counter:area',
    orderInstallation: counters, orderAreaWrite: counters, orderAreaLock: counters, orderAreaUnlock: counters, orderAreaUnblock: counters, orderAreaRemoval: counters, confirmInstallation: counters,
    proposeOfficerCard: own(offices), confirmOfficerCard: 'counter:office', endOfficerCard: 'counter',
    delegateDecisions: own('municipal:area prefectural:area national:area agency:area:approve ministry:area:approve'), endDelegation: 'counter',
  },
}

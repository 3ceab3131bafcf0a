/**
 * All stores over one database, and the safe for values of persons. What they throw carries no such value.
 */
import type { Chips } from '../core/law/card/chips.ts'
import type { Issuers } from '../core/law/certificate/issuer.ts'
import type { Responders } from '../core/law/certificate/responder.ts'
import type { World } from '../core/law/world.ts'
import { openActs } from './record/acts.ts'
import { openAuditLog } from './record/audit.ts'
import { openCardApplications, openCardNotes, openCards } from './card/cards.ts'
import { openCertificates, openStatuses } from './certificate/certificates.ts'
import { openAccesses, openBudgets } from './partner/access.ts'
import { openAccountLinks, openPasskeys } from './partner/accounts.ts'
import { openChallenges } from './partner/challenges.ts'
import { openDecisions } from './partner/decisions.ts'
import { openChips } from './card/chips.ts'
import type { Db } from './client.ts'
import { fetchingKeys } from './keyring.ts'
import type { Safe } from './safe.ts'
import { openConsents } from './consent/consents.ts'
import { openConsentStarts } from './consent/starts.ts'
import { openCounts } from './record/counts.ts'
import { openProvisions } from './record/provisions.ts'
import { openCrls } from './certificate/crls.ts'
import { openDeadlines } from './card/deadlines.ts'
import { openErasures } from './record/erasures.ts'
import { withoutValuesInFaults } from './fault.ts'
import { openLedger } from './certificate/ledger.ts'
import { openGrants } from './space/grants.ts'
import { openOffices } from './space/offices.ts'
import { openInstallations } from './space/installations.ts'
import { openIssuances } from './certificate/issuances.ts'
import { openIssuers, openResponders } from './certificate/issuers.ts'
import { openOperations } from './record/operations.ts'
import { openMyNumberReadings } from './person/my-number.ts'
import { openOAuth, openSeenTokens, type OAuthRecords, type SeenTokens } from './partner/oauth.ts'
import { openOrders } from './card/orders.ts'
import { openPinResets } from './card/pin-resets.ts'
import { openStandings } from './partner/standings.ts'
import { openWebhooks } from './partner/webhooks.ts'
import { openClients, openPartners, type Clients } from './partner/partners.ts'
import { openRadii } from './consent/radii.ts'
import { openReleases } from './consent/releases.ts'
import { openRepresentations } from './consent/representations.ts'
import { openSeals } from './consent/seals.ts'
import { openPartnerKeys } from './partner/keys.ts'
import { openMunicipalities, openResidents } from './person/residents.ts'
import { openRevocations } from './certificate/revocations.ts'

/** The parts of a World that are stores. */
export type WorldStores = Pick<
  World,
  | 'acts' | 'audit' | 'ledger' | 'erasures' | 'municipalities' | 'residents' | 'cardApplications' | 'cards' | 'issuances' | 'certificates' | 'revocations' | 'statuses' | 'crls' | 'orders' | 'pinResets' | 'provisions' | 'challenges'
  | 'partners' | 'accesses' | 'budgets' | 'representations' | 'radii' | 'seals' | 'partnerKeys' | 'consents' | 'consentStarts' | 'releases' | 'grants' | 'offices' | 'installations' | 'counts' | 'operations' | 'deadlines' | 'cardNotes' | 'myNumberReadings'
  | 'standings' | 'webhooks' | 'links' | 'passkeys' | 'decisions'
>
/** Those that only some doors use. */
export interface DoorStores {
  readonly issuers: Issuers
  readonly responders: Responders
  readonly chips: Chips
  readonly clients: Clients
  readonly oauth: OAuthRecords
  readonly seenTokens: SeenTokens
}
export type Stores = WorldStores & DoorStores

export function openStores(db: Db, safe: Safe): Stores {
  const stores: Stores = {
    acts: openActs(db), audit: openAuditLog(db), ledger: openLedger(db), erasures: openErasures(db), municipalities: openMunicipalities(db), residents: openResidents(db, safe), cardApplications: openCardApplications(db, safe), cards: openCards(db, safe),
    issuances: openIssuances(db, safe), certificates: openCertificates(db, safe), revocations: openRevocations(db), statuses: openStatuses(db), crls: openCrls(db), orders: openOrders(db, safe), pinResets: openPinResets(db, safe), provisions: openProvisions(db),
    challenges: openChallenges(db, safe), partners: openPartners(db), accesses: openAccesses(db), budgets: openBudgets(db), consents: openConsents(db), consentStarts: openConsentStarts(db), releases: openReleases(db, safe), representations: openRepresentations(db), radii: openRadii(db), seals: openSeals(db), partnerKeys: openPartnerKeys(db), grants: openGrants(db), offices: openOffices(db), installations: openInstallations(db, safe), counts: openCounts(db), operations: openOperations(db), deadlines: openDeadlines(db), cardNotes: openCardNotes(db, safe), myNumberReadings: openMyNumberReadings(db),
    standings: openStandings(db), webhooks: openWebhooks(db), links: openAccountLinks(db, safe), passkeys: openPasskeys(db), decisions: openDecisions(db),
    issuers: openIssuers(db), responders: openResponders(db), chips: openChips(db, safe), clients: openClients(db), oauth: openOAuth(db), seenTokens: openSeenTokens(db),
  }
  return Object.fromEntries(Object.entries(stores).map(([name, store]) => [name, withoutValuesInFaults(fetchingKeys(store as object, safe))])) as unknown as Stores
}

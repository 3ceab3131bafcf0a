/**
 * Partners, their logins and their ways in. What a partner is, is told to whoever deals with it; its keys, webhooks and
 * documents are its own. A login is the person's and the partner's where it happened (施行規則 第64条の4): another partner
 * does not even learn that there was one. Who accredits sees what would end, as numbers.
 */
import { own, type Decisions } from '../parties.ts'

const known = { sees: 'citizen:me partner', acting: 'ministry:partner agency:partner ownRight:partner' }
const login = 'holder:me partner:login'
const webhook = 'partner:consent|login'
/** The agency sets budgets for any. */
const access = 'partner:partner agency:partner'

export const partners: Decisions = {
  types: {
    Partner: { ...known, fields: 'contact id name nameEn privacyPolicy standings tradeName' },
    Standing: { ...known, fields: 'agreement basis endedAt from reportedAt role suspended through until' },
    Agreement: { ...known, fields: 'allows concludedOn cycle endsOn methods version' },
    PartnerEnding: ['ministry:partner', 'consents delegations links openRequests passkeys webhooks'],
    Login: { fields: 'assurance at id partner requested subject', sees: login, but: { links: 'holder:me* partner:login' } },
    Assurance: [login, 'authentication identity method'],
    AssuranceLevels: [login, 'authentication identity'],
    LoginChallenge: ['partner:login', 'digest expiresAt id links message requested state'],
    // Accounts and passkeys show where a person goes: a login of now.
    Passkey: { fields: 'backedUp enrolledAt id origin partner state usedAt', sees: 'holder:me*', acting: 'partner:login' },
    AccountLink: ['holder:me* partner:login', 'endedAt id linkedAt partner state'],
    OwnPasskey: ['holder:me*', 'passkey until'],
    PasskeyOffer: ['partner:login', 'challenge expiresAt id rpId userHandle'],
    Explanation: ['holder:me partner', 'asked at code granted grounds partner reasons requestId rule'],
    Ground: ['holder:me partner', 'at found limit thing what'],
    Webhook: [webhook, 'deliveries events id previousSecretUntil registeredAt state url'],
    RegisteredWebhook: [webhook, 'secret webhook'],
    WebhookDelivery: [webhook, 'at attempts consent event grant id lastAt lastOutcome link messageId nextAt state'],
    WebhookDeliveryConnection: [webhook, 'edges nodes pageInfo'],
    WebhookDeliveryEdge: [webhook, 'cursor node'],
    Access: [access, 'budgetCapacity budgetPerSecond documentRule partner'],
    Manifest: [access, 'documents partner'],
    RegisteredDocument: [access, 'registeredAt sha256 text'],
    ClientKeys: ['partner', 'client jwksLastFetchedAt jwksLastOutcome jwksUri keys'],
    ClientKey: ['partner', 'alg fetched kid lastFetchedAt lastUsedAt registeredAt retiresAt use'],
  },
  roots: {
    partner: own('client'), keys: own('client'), registerKey: own('client'), retireKey: 'partner', webhooks: own('client:consent|login'), registerWebhook: own('client:consent|login'),
    removeWebhook: webhook, rotateWebhookSecret: webhook, resendWebhookDelivery: webhook,
    access, manifest: access, registerDocuments: access, setAccess: access,
    createLoginChallenge: own('inStanding:login'), answerLoginChallenge: 'partner:login', answerLoginWithPasskey: 'partner:login',
    offerPasskey: 'partner:login', enrolPasskey: 'partner:login', removePasskey: 'holder:me*', unlinkAccount: 'holder:me* partner:login',
    // Each is told of what is its own; of what is not, nothing.
    explain: 'holder:me partner',
    partnerEnding: 'ministry:partner', accreditPartner: 'ministry:partner', suspendPartner: 'ministry:partner', resumePartner: 'ministry:partner', endPartner: 'ministry:partner',
    concludeAgreement: 'agency:partner',
    // Of a platform, about services that act through it.
    reportDelegation: 'ownRight:partner',
  },
}

/**
 * Consent and what is given under it. The consent is the person's, its legal representative's as long as it is represented,
 * and the partner's it was given to; what another partner asks for is answered as if there were nothing (reference: EUDI
 * RPA_11). Values leave to that partner alone, while the consent is in force, for the items consented to, each under its
 * scope (公的個人認証法 第18条第3項 · 施行規則 第35条の2). Ministry and agency see no consent: they count.
 */
import { own, whileInForce, type Decisions } from '../parties.ts'

const consent = 'holder:me guardian:me partner:consent'
/** Nothing in a request is about a person: whoever is logged in and holds the link may read it. */
const link = 'citizen:me partner:consent'
const items = 'partner:consent+four_info:name+four_info:address'
const answers = 'partner:consent+predicate:is_adult|consent+predicate:lives_in_municipality'

export const consents: Decisions = {
  types: {
    Purpose: { fields: 'endedAt id items minors name notices registeredAt textEn textJa until version', sees: link, but: { consentsInForce: 'partner:consent' } },
    Notice: [link, 'kind number required source textEn textJa'],
    ConsentRequest: [link, 'action declinedAt document expiresAt frequency id municipality notices optional partner purpose requestedAt required returnAddresses state'],
    // What one would sign and what it would change: for persons.
    ConsentDocument: ['citizen:me', 'sha256 text'],
    ConsentDelta: ['citizen:me', 'action added dropped kept limitedBy replaces untilAfter untilBefore'],
    ConsentStart: [link, 'request requestUri returnTo startedAt state'],
    ReturnAddresses: ['partner:consent', 'addresses'],
    // The agency, whose register it is sent on to, is told how it stands when it hands a withdrawal on; the receipt is the parties'.
    Consent: { fields: 'forwardings frequency freshness from givenAt grant id items limitedBy municipality notices partner purpose receiptSealed replaces represented request state until withdrawnAt withdrawnBy', sees: consent, acting: 'agency:certificate', but: { receipt: consent } },
    ConsentForwarding: [consent, 'at event state'],
    ConsentRadius: ['partner:consent ministry:partner', 'consents links openRequests partners passkeys persons purposes webhooks'],
    FourInformationRelease: { fields: 'address asOf birthDate birthDateWareki facts freshness id items name sex source', sees: items, inForce: true }, EncryptedRelease: { fields: 'asOf freshness id items jwe kid', sees: items, inForce: true },
    PredicateAnswer: { fields: 'asOf facts freshness holds id source', sees: answers, inForce: true }, ReleasedItem: { fields: 'asOf checkedAt checkedBy item source sourceUpdatedAt', sees: `${items} ${answers}`, inForce: true },
  },
  roots: {
    consent, consentRequest: link, consentDelta: 'citizen:me', consentStart: link, consentRadius: 'partner:consent ministry:partner',
    fourInformation: whileInForce(items), encryptedFourInformation: whileInForce(items), isAdult: whileInForce('partner:consent+predicate:is_adult'), livesInMunicipality: whileInForce('partner:consent+predicate:lives_in_municipality'),
    registerPurpose: own('inStanding:consent'), endPurpose: 'partner:consent', requestConsent: 'partner:consent', registerReturnAddresses: own('client:consent'), startConsent: 'partner:consent',
    giveConsent: 'citizen:me', declineConsent: 'citizen:me', withdrawConsent: consent, receiveConsentWithdrawal: 'agency:certificate',
  },
}

/**
 * Certificates and what verifiers are told of them. The octets of a signing certificate bear the four items: they go to the
 * holder, to the officers of Articles 3 and 22, and to a verifier in its own right that was shown them and asks for them.
 * A verifier learns of a certificate what it was shown and how it stands (公的個人認証法 第18条・第19条・第37条).
 */
import { own, type Decisions } from '../parties.ts'

const certificate = 'holder:me counter:certificate agency:certificate'
const officers = 'counter:certificate agency:certificate'
const verifier = 'inStanding:verify'
const statistics = 'municipal:statistics agency:statistics ministry:statistics'

export const certificates: Decisions = {
  types: {
    // The octets to the holder by an older login, too: the consent page shows by them what would be given.
    Certificate: [certificate, 'deliveredAt der device expiresBy expiresOn expiresOnWareki id issuedAt issuer kind revocation serial state'],
    // Of a card too: whoever sees the day sees what decided it.
    ExpiryReason: ['holder:me counter:card|area|certificate agency:card|certificate', 'article limit'],
    Revocation: [certificate, 'article ground occurredAt reason recordedAt'],
    // The municipality stands between the person and the agency; the person reads its own applications for a phone alone.
    CertificateApplication: { fields: 'appliedOn certificate confirmation device id items kind lapseOfPresent municipality publicKey refusedFor state', sees: officers, acting: 'holder:me', but: { card: 'counter:certificate+card|certificate+area agency:certificate+card|certificate+area' } },
    ApplicantConfirmation: [officers, 'at'],
    // What is applied for states the four items.
    TextToSign: ['holder:me*', 'digest text'],
    CaIncident: ['agency:certificate', 'issuer revoked'],
    CaIncidentRecord: ['everyone', 'issuer occurredAt recordedAt'],
    TrustAnchor: ['everyone', 'authority certificate current keyId'],
    CertificateDays: [statistics, 'days'],
    CertificateDay: [statistics, 'day issued revoked'],
    Verdict: [verifier, 'at checks madeAt pin serial signer status valid'],
    Verdicts: [verifier, 'verdicts'],
    Check: [verifier, 'name passed section why'],
    DocumentVerdict: [verifier, 'malformed signers valid'],
    SignerVerdict: [verifier, 'claimedAt verdict'],
    StatusOfCertificate: [verifier, 'asOf method reason revokedAt sourceTime status'],
    StatusReport: [verifier, 'freshness method nextUpdate reason revokedAt sourceTime status'],
    SignerCertificate: { fields: 'kind notAfter notBefore policies serial', sees: verifier, but: { der: 'ownRight:verify+certificate:raw' } },
    CorrespondingCertificate: [verifier, 'issuer kind serial'],
  },
  roots: {
    certificate, certificateApplication: officers,
    applyForCertificate: 'counter:certificate', confirmApplicant: 'counter:certificate', recordKeyOnCard: 'counter:certificate', notifyAgency: 'counter:certificate', deliverCertificate: 'counter:certificate', withdrawCertificateApplication: 'counter:certificate',
    // The holder, and the municipality that handed it over; the agency only by grounds of its own.
    revokeCertificate: 'holder:me counter:certificate', recordCaIncident: 'agency:certificate',
    applyForSmartphoneCertificate: own('citizen:me'), smartphoneApplicationText: own('citizen:me*'), registerSmartphoneKey: 'holder:me', smartphoneKeyText: 'holder:me', withdrawSmartphoneApplication: 'holder:me',
    verifySignature: verifier, verifySignatures: verifier, verifyDocument: verifier, certificateStatus: verifier, correspondingCertificate: verifier,
    certificatesByDay: statistics, caIncidents: 'everyone', trustAnchors: 'everyone',
  },
}

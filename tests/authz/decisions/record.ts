/**
 * The log, the counts, and what is published. The log of acts names who did what to which id: agency and ministry audit
 * it; its heads and hashes are everybody's, or they would prove nothing. Counts over all are the central bodies', a
 * municipality counts itself. What is the gateway's own is told to anybody.
 */
import { own, type Decisions } from '../parties.ts'

const auditors = 'agency:audit ministry:audit'
const works = 'agency:audit|card ministry:audit'
const counted = 'counter:statistics agency:statistics ministry:statistics'
const central = 'agency:statistics ministry:statistics'

export const records: Decisions = {
  types: {
    AuditEntry: { fields: 'body leafHash position', sees: auditors, acting: 'token' }, AuditProof: { fields: 'checkpoint entry path', sees: auditors, acting: 'token' },
    AuditCheckpoint: ['everyone', 'at key note root size'],
    AuditConsistency: ['everyone', 'from fromRoot path to toRoot'],
    ReceiptKey: ['everyone', 'key publicKey since'],
    SignatureTally: [auditors, 'agrees asked distinct key stored trail'],
    SignatureTrail: [auditors, 'agrees askedAtLeast askedAtMost day signed'],
    Operations: [works, 'asOf lists log queue responders'],
    ListsStand: [works, 'due firstEnd issuer lists oldest'],
    LogStand: [works, 'acts at signed'],
    QueueStand: [works, 'deadDeliveries deliveries issuances oldest orders'],
    ResponderStand: [works, 'issuer notAfter notBefore'],
    Statistics: [counted, 'applicationsReceived applicationsValid asOf authenticationCertificatesIssued cardsDelivered cardsHeld certificatesRevoked daily municipality signatureCertificatesIssued'],
    DailyCounts: [counted, 'averages days months'],
    DailyCount: [counted, 'applicationsReceived cardsDelivered day'],
    MonthlyCount: [counted, 'applicationsReceived cardsDelivered month'],
    DailyAverages: [counted, 'applicationsReceived cardsDelivered'],
    DailyAverage: [counted, 'convention days perDay total'],
    MunicipalityCounts: [central, 'municipalities'],
    MunicipalityCount: [central, 'applicationsReceived cardsDelivered cardsHeld municipality'],
    YearlyReport: [central, 'from issued revoked rows to'],
    YearlyReportRow: [central, 'count method month provision recipient'],
    IssuedCount: [central, 'count kind month'],
    RevokedCount: [central, 'count ground kind month'],
    PublishedFigures: ['everyone', 'applicationsDropped applicationsReceived applicationsValid asOf cardsDelivered convention deliveredPercentOfValid droppedPercent months waiting'],
    PublishedMonth: ['everyone', 'days delivered deliveredPerDay month valid validPerDay'],
    ImpliedTotal: ['everyone', 'tolerance total'],
    Smartphones: ['everyone', 'asOf byCarrier byMaker bySystem byYear models rows statedAndroid statedIphone'],
    PhoneRow: ['everyone', 'carrier carrierAsPrinted maker models platform year'],
    PhoneSum: ['everyone', 'key models'],
    ServerInfo: ['everyone', 'now schemaVersion stage today'],
    RefusalText: ['everyone', 'basis code docsUrl inData inErrors message retryable userMessageEn userMessageJa'],
    PageInfo: ['everyone', 'endCursor hasNextPage hasPreviousPage startCursor'],
    // A refusal is told to whom it refuses; it names a state only of what that actor may read.
    Refused: { fields: 'basis code docsUrl field foundState message requestId retryAt retryable stepUp userMessageEn userMessageJa', sees: 'token', sometimes: true }, StepUp: { fields: 'achieved achievedIdentity acrValues age maxAge needed', sees: 'citizen', sometimes: true },
  },
  roots: {
    auditEntries: auditors, signatureTallies: auditors, auditCheckpoint: 'everyone', auditConsistency: 'everyone', receiptKeys: 'everyone',
    // By its place in the log, as auditors ask; one's own acts by their key, which only who did them has.
    auditProof: auditors,
    operations: works, statistics: counted, statisticsByMunicipality: central, yearlyReport: central,
    publishedFigures: 'everyone', smartphones: 'everyone', serverInfo: 'everyone', errorCatalogue: 'everyone',
    node: own('token', 'token'),
  },
}

/**
 * The register and the person itself. A resident record is its municipality's and the person's: the agency certifies
 * what an application states and has no register of residents; no partner sees a record (住民基本台帳法 第11条–第12条の4).
 * What shows the four items to the person asks for a login of now, since a stolen session would show them too.
 */
import { own, type Decisions } from '../parties.ts'

const record = 'holder:me counter:register'
const itself = 'holder:me* counter:register'

export const person: Decisions = {
  types: {
    Resident: { fields: 'departure id municipality nationality state stayUntil', sees: record, but: { 'items certificateItems name kana': itself } },
    // Also as a certificate application states them, for those who deal with it.
    FourInformation: ['holder:me* counter:register|certificate agency:certificate', 'address addressSubstitutes birthDate birthDateWareki name nameSubstitutes sex'],
    PersonName: [itself, 'former kanji reading roman substitutes'],
    NameReading: [itself, 'kana source'],
    FormerName: [itself, 'kana substitutes surname'],
    Departure: [record, 'continuedUse from on overseas'],
    RecordedResidentEvent: ['counter:register', 'id kind lapsedCertificates municipality occurredOn recordedAt resident'],
    // Told to who represents, and by the counter that records it.
    Representation: { fields: 'endedAt evidenceOn kind person recordedAt representative', sees: 'guardian:me', acting: 'counter:register' },
    // 開示: all that is the person's own.
    Me: { fields: 'accessLog cardApplications cards certificates consents extensions id logins notices resident', sees: 'holder:me', but: { 'links passkeys': 'holder:me*' } },
    HolderNotice: ['holder:me', 'certificate messageEn messageJa revocation'],
    AccessLogConnection: ['holder:me', 'edges nodes pageInfo'],
    AccessLogEdge: ['holder:me', 'cursor node'],
    AccessLogEntry: ['holder:me', 'at consent id items partner purpose refusal released requestId'],
    CardConnection: ['holder:me', 'edges nodes pageInfo'],
    CardEdge: ['holder:me', 'cursor node'],
    CardApplicationConnection: ['holder:me', 'edges nodes pageInfo'],
    CardApplicationEdge: ['holder:me', 'cursor node'],
    CertificateConnection: ['holder:me', 'edges nodes pageInfo'],
    CertificateEdge: ['holder:me', 'cursor node'],
    ConsentConnection: ['holder:me', 'edges nodes pageInfo'],
    ConsentEdge: ['holder:me', 'cursor node'],
    LoginConnection: ['holder:me', 'edges nodes pageInfo'],
    LoginEdge: ['holder:me', 'cursor node'],
    // Readings of the My Number off the chip: a body sees those of its own officers; neither says a number.
    MyNumberReadings: ['counter:my_number', 'readings'],
    MyNumberReading: ['counter:my_number', 'at id result use'],
    Municipality: ['everyone', 'code name nameRoman prefecture prefectureRoman'],
    MunicipalityConnection: ['everyone', 'edges nodes pageInfo'],
    MunicipalityEdge: ['everyone', 'cursor node'],
    PublicBody: ['everyone', 'code kind name reading within'],
    PublicBodyConnection: ['everyone', 'edges nodes pageInfo'],
    PublicBodyEdge: ['everyone', 'cursor node'],
  },
  roots: {
    me: own('citizen:me'), representations: own('citizen:me', 'guardian'),
    resident: 'counter:register',
    // Whom it enters is nobody's before: any municipality may, into its own register.
    enterResident: own('municipal:register'),
    recordPersonName: 'counter:register', recordResidentEvent: 'counter:register', recordRepresentation: 'counter:register', endRepresentation: 'counter:register',
    // Any body that has the card before it and a statute behind it; the agency's own work never needs the number, and is told so.
    readMyNumber: own('municipal:my_number agency:my_number ministry:my_number'), myNumberReadings: own('municipal:my_number agency:my_number ministry:my_number'),
    municipalities: 'everyone', publicBodies: 'everyone',
  },
}

/**
 * Values of a tenant that nobody else has, and who may be told them: whoever is decided to see a field in which they stand.
 */
import { types } from './decisions/index.ts'
import { coarser } from './decisions/walls.ts'
import { globalId } from './documents.ts'
import type { Land, Tenant } from './land.ts'
import { lets, ofField, type Token } from './parties.ts'

export interface Secret { readonly text: string; readonly what: string; readonly cells: readonly string[] }

/** Where ids of a kind are shown; without an entry in the field `id` of the type itself. */
const shownIn: Readonly<Record<string, string>> = {
  person: 'Me.id Resident.id Representation.person OfficerCard.holder', card: 'Card.id Installation.card', cardApplication: 'CardApplication.id', waitingApplication: 'CardApplication.id', grantByrule: 'Grant.id', grantByconfirmation: 'Grant.id', grantByverifier: 'Grant.id', certificateApplication: 'CertificateApplication.id',
  signature: 'Certificate.id Ground.thing', authentication: 'Certificate.id Ground.thing', cardOrder: 'CardOrder.id Installation.order', grant: 'Grant.id', installation: 'Installation.id AreaDrift.installation',
  purpose: 'Purpose.id', consentRequest: 'ConsentRequest.id Consent.request', openRequest: 'ConsentRequest.id ConsentStart.request', consent: 'Consent.id Consent.grant AccessLogEntry.consent WebhookDelivery.consent Ground.thing ConsentDelta.replaces',
  webhook: 'Webhook.id', delivery: 'WebhookDelivery.id', challenge: 'LoginChallenge.id', login: 'Login.id', accountLink: 'AccountLink.id WebhookDelivery.link', enrolment: 'PasskeyOffer.id', passkey: 'Passkey.id', pinReset: 'PinReset.id',
  residentEvent: 'RecordedResidentEvent.id', officerCard: 'OfficerCard.id', delegation: 'Delegation.id',
}

export function secretsOf(land: Land, { name, person, ids, words, card, certificate }: Tenant): Secret[] {
  const { resident } = land.world.personas.find((persona) => persona.person === person)!
  const { items } = resident
  const secret = (what: string, text: string, cells: string): Secret => ({ what: `${what} of ${name}`, text: JSON.stringify(text).slice(1, -1), cells: cells.split(' ') })
  const given = 'FourInformation.NAME FourInformationRelease.NAME'
  return [
    ...Object.entries(shownIn).flatMap(([kind, cells]) => (ids[kind] === undefined ? [] : [secret(`id of the ${kind}`, globalId(ids[kind]), cells)])),
    // Stands in the octets of the certificate, too, and in the receipt of a consent; both are looked for as they are.
    secret('name', items.name, given.replaceAll('NAME', 'name') + ' PersonName.kanji'), secret('address', items.address, given.replaceAll('NAME', 'address')), secret('birth date', items.birthDate, 'FourInformation.birthDate'),
    ...(resident.kana === null ? [] : [secret('reading', resident.kana, 'Resident.kana NameReading.kana')]), secret('former surname', `旧${name}`, 'FormerName.surname'), secret('roman name', `Roman ${name}`, 'PersonName.roman'),
    secret('card number', card.cardNumber, 'Card.cardNumber CardOrder.cardNumber'), secret('serial', certificate.serial, 'Certificate.serial Verdict.serial SignerCertificate.serial CorrespondingCertificate.serial Consent.receipt'),
    secret('octets of the certificate', Buffer.from(certificate.der).toString('base64').slice(0, 400), 'Certificate.der SignerCertificate.der Consent.receipt'),
    secret('subject', `subject of ${name}`, 'Login.subject'), secret('hook', `https://${name}.example/hook`, 'Webhook.url'), secret('return address', `https://${name}.example/back`, 'ReturnAddresses.addresses ConsentStart.returnTo ConsentRequest.returnAddresses'),
    secret('state of a start', `state-of-${name}`, 'ConsentStart.state'), secret('request id', words.requestId, 'AccessLogEntry.requestId Explanation.requestId'), secret('purpose', `purpose of ${name}`, 'Purpose.name'), secret('note', `住所 ${name}`, 'CardNote.text'),
    secret('ordinance', `${name}条例`, 'Ordinance.name'), secret('help', `help of ${name}`, 'ApplicationSupport.name'), secret('area', `library of ${name}`, 'Grant.purpose'), secret('document', `# ${name}`, 'RegisteredDocument.text'),
  ]
}

/** Who may know it. Acts tell who acts of what it did. */
export const mayKnow = ({ cells }: Secret, one: Token): boolean => cells.some((cell) => {
  const [type = '', field = ''] = cell.split('.')
  const decision = types.get(type)
  if (decision === undefined) throw new Error(`no decision about ${cell}`)
  return lets(ofField(decision, field), one) || (decision.acting !== undefined && lets(decision.acting, one))
})

/** Who may know it where row-level security alone holds. */
export const mayReach = (secret: Secret, one: Token): boolean => mayKnow(secret, one) || coarser.some(({ who, cells }) => lets(who, one) && cells.split(' ').some((cell) => secret.cells.includes(cell)))

/** Secrets that the text tells a token that may not know them; what it said itself it may be told back. */
export const tellsOf = (text: string, sent: string, secrets: readonly Secret[], one: Token, may = mayKnow): string[] =>
  secrets.filter((secret) => text.includes(secret.text) && !sent.includes(secret.text) && !may(secret, one)).map(({ what }) => what)

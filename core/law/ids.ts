/**
 * Identifiers. Those that the law gives (municipality code, My Number, application form number) are made by a
 * function that checks them; those that the gateway gives are prefixed, sortable by time and carry 80 random bits.
 */
import type { Instant } from './time.ts'

declare const brand: unique symbol
type Branded<B extends string> = string & { readonly [brand]: B }

export type PersonId = Branded<'person'>
export type CardId = Branded<'card'>
export type CardApplicationId = Branded<'cardApplication'>
export type CertificateApplicationId = Branded<'certificateApplication'>
export type CertificateId = Branded<'certificate'>
export type PartnerId = Branded<'partner'>
export type ChallengeId = Branded<'challenge'>
export type LoginId = Branded<'login'>
export type PurposeId = Branded<'purpose'>
export type ConsentRequestId = Branded<'consentRequest'>
export type ConsentId = Branded<'consent'>
export type ReleaseId = Branded<'release'>
export type GrantId = Branded<'grant'>
export type InstallationId = Branded<'installation'>
export type OfficerId = Branded<'officer'>
export type ResidentEventId = Branded<'residentEvent'>
export type CardOrderId = Branded<'cardOrder'>
export type PinResetId = Branded<'pinReset'>
export type WebhookId = Branded<'webhook'>
export type DeliveryId = Branded<'delivery'>
export type MyNumberReadingId = Branded<'myNumberReading'>
export type OfficerCardId = Branded<'officerCard'>
export type DelegationId = Branded<'delegation'>
export type AccountLinkId = Branded<'accountLink'>
export type PasskeyId = Branded<'passkey'>
export type EnrolmentId = Branded<'enrolment'>
export type DecisionId = Branded<'decision'>

/** 全国地方公共団体コード, 6 digits with the check digit. */
export type MunicipalityCode = Branded<'municipality'>
/** 発行の番号: hex, upper case, 40 digits (20 octets). */
export type SerialNumber = Branded<'serial'>
/** Hex SHA-1 of the issuing CA's public key: generations of a CA share one name, only the key tells them apart. */
export type IssuerKeyId = Branded<'issuerKeyId'>
/** Chosen by the client, 8–200 visible ASCII characters. */
export type IdempotencyKey = Branded<'idempotencyKey'>

export interface Random {
  /** `n` unpredictable octets. */
  bytes(n: number): Uint8Array
}

const prefixes = {
  person: 'psn', card: 'crd', cardApplication: 'cap', certificateApplication: 'xap', certificate: 'crt', partner: 'ptn',
  challenge: 'chl', login: 'lgn', purpose: 'pur', consentRequest: 'crq', consent: 'cns', release: 'rel', grant: 'grt',
  installation: 'ins', officer: 'ofc', residentEvent: 'rev', cardOrder: 'ord', pinReset: 'prs', myNumberReading: 'mnr', webhook: 'whk', delivery: 'dlv', officerCard: 'ofk', delegation: 'dlg',
  accountLink: 'lnk', passkey: 'pky', enrolment: 'enr', decision: 'dcs',
} as const
export type IdKind = keyof typeof prefixes

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** `crd_` + 10 characters of time + 16 of randomness, Crockford base 32: sorts by the instant it was made. */
export function newId<K extends IdKind>(kind: K, now: Instant, random: Random): Branded<K> {
  let time = ''
  for (let t: number = now, i = 0; i < 10; i++, t = Math.floor(t / 32)) time = alphabet[t % 32] + time
  let tail = ''
  for (const byte of random.bytes(16)) tail += alphabet[byte & 31]
  return `${prefixes[kind]}_${time}${tail}` as Branded<K>
}

/** Null where the text is not an id of that kind; whether it exists is another question. */
export function parseId<K extends IdKind>(kind: K, text: string): Branded<K> | null {
  return new RegExp(`^${prefixes[kind]}_[0-9a-hjkmnp-tv-z]{1,40}$`).test(text) ? (text as Branded<K>) : null
}

export const kindOfId = (text: string): IdKind | null =>
  (Object.keys(prefixes) as IdKind[]).find((kind) => parseId(kind, text) !== null) ?? null

/**
 * 6 digits whose last is the check digit: with weights 6,5,4,3,2 over the first five, the last digit of 11 − (sum mod 11).
 * Vectors: 011002 131016 010006 132217.
 */
export function parseMunicipalityCode(text: string): MunicipalityCode | null {
  if (!/^\d{6}$/.test(text)) return null
  const sum = [6, 5, 4, 3, 2].reduce((s, w, i) => s + w * Number(text[i]), 0)
  return (11 - (sum % 11)) % 10 === Number(text[5]) ? (text as MunicipalityCode) : null
}

export function municipalityCode(text: string): MunicipalityCode {
  const code = parseMunicipalityCode(text)
  if (code === null) throw new RangeError(`not a municipality code: ${text}`)
  return code
}

export function parseIdempotencyKey(text: string): IdempotencyKey | null {
  return /^[\x21-\x7e]{8,200}$/.test(text) ? (text as IdempotencyKey) : null
}

/**
 * 20 octets, first octet 0x40–0x7f: 158 random bits, always positive, always of full length.
 * @rfc 5280 4.1.2.2
 */
export function newSerial(random: Random): SerialNumber {
  const bytes = random.bytes(20)
  bytes[0] = 0x40 | (bytes[0]! & 0x3f)
  return toHex(bytes) as SerialNumber
}

export const toHex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('').toUpperCase()

export const fromHex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (h) => Number.parseInt(h, 16))

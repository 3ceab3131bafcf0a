/**
 * The certificates as the law knows them: kind, life, and what is kept of each. Issuing is issuance.ts, lapsing is
 * revocation.ts; the bytes are core/pki.
 *
 * @law 公的個人認証法 第7条・第8条・第26条・第27条
 */
import type { Actor } from '../actor.ts'
import type { CardId, CertificateId, IssuerKeyId, MunicipalityCode, PersonId, SerialNumber } from '../ids.ts'
import type { FourInformation } from '../person/person.ts'
import { refuse, type Result } from '../refusal.ts'
import type { Revocation } from './revocation.ts'
import type { Instant, LegalDate } from '../time.ts'
import type { DecidedBy } from '../card/validity.ts'
import type { Uses } from '../world.ts'

/** 署名用 · 利用者証明用 · 移動端末設備用署名用 · 移動端末設備用利用者証明用 */
export type CertificateKind = 'signature' | 'authentication' | 'smartphone-signature' | 'smartphone-authentication'
export type CardCertificateKind = 'signature' | 'authentication'
export type SmartphoneCertificateKind = 'smartphone-signature' | 'smartphone-authentication'

/** In a phone, and the card certificate it hangs on. */
export interface InSmartphone {
  readonly parent: CertificateId
  /** The device's own name for itself; says nothing of the person. */
  readonly device: string
}
export const isSmartphone = (kind: CertificateKind): kind is SmartphoneCertificateKind => kind.startsWith('smartphone-')

export const caOf = (kind: CertificateKind): 'signature' | 'authentication' => (kind.endsWith('signature') ? 'signature' : 'authentication')

/**
 * RESERVED: serial and bytes are fixed, the signature may or may not exist. VALID, HELD, REVOKED, EXPIRED: as the words say.
 * ABANDONED: a reservation that will never be finished; it is on the CRL because a signature may exist.
 */
export type CertificateState = 'RESERVED' | 'VALID' | 'HELD' | 'REVOKED' | 'EXPIRED' | 'ABANDONED'

/** 発行記録: the certificate and what links it to its holder. */
export interface CertificateRecord {
  readonly id: CertificateId
  readonly kind: CertificateKind
  readonly person: PersonId
  readonly card: CardId
  readonly issuer: IssuerKeyId
  /** 発行の番号 */
  readonly serial: SerialNumber
  readonly der: Uint8Array
  readonly state: CertificateState
  readonly issuedAt: Instant
  readonly expiresOn: LegalDate
  /** What decided the last day; null of one issued before that was kept. */
  readonly expiresBy: DecidedBy | null
  readonly deliveredAt: Instant | null
  /** Municipality whose CRL carries it; fixed at issue. */
  readonly shard: MunicipalityCode
  /** The four items as they stand in a signing certificate; null in an authentication certificate. */
  readonly items: FourInformation | null
  /** Null for a certificate on a card. */
  readonly smartphone: InSmartphone | null
  readonly revocation: Revocation | null
}

/** What binds a certificate without what is in it. */
export interface CertificateMark {
  readonly issuer: IssuerKeyId
  readonly serial: SerialNumber
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array
  /** Of the certificate's octets; hex. */
  readonly sha256: string
}

/** Certificates as facts for reading. */
export interface Certificates {
  load(id: CertificateId): Promise<CertificateRecord | null>
  ofCard(card: CardId): Promise<CertificateRecord[]>
  /** Those in phones that hang on it, oldest first. */
  ofParent(parent: CertificateId): Promise<CertificateRecord[]>
  /** The live one of that kind, if any. A period that has run out is not live, swept or not. */
  live(person: PersonId, kind: CertificateKind, at: Instant): Promise<CertificateRecord | null>
  bySerial(issuer: IssuerKeyId, serial: SerialNumber): Promise<CertificateRecord | null>
  /** Of a certificate that was signed; for doors that may not see what is in it. */
  markOf(id: CertificateId): Promise<CertificateMark | null>
}

/** The holder, the agency, and the municipality that handed it over may read a certificate. */
export async function readCertificate(world: Uses<'certificates'>, actor: Actor, id: CertificateId): Promise<Result<CertificateRecord>> {
  const record = await world.certificates.load(id)
  return record !== null && mayReadCertificate(actor, record) ? record : refuse('NOT_FOUND')
}

/** Those on a card that the actor may read. */
export async function certificatesOnCard(world: Uses<'certificates'>, actor: Actor, card: CardId): Promise<CertificateRecord[]> {
  return (await world.certificates.ofCard(card)).filter((record) => mayReadCertificate(actor, record))
}

export function mayReadCertificate(actor: Actor, record: CertificateRecord): boolean {
  if (actor.kind === 'citizen') return actor.person === record.person
  if (actor.kind !== 'officer' || !actor.scopes.has('certificate')) return false
  return actor.role === 'agency' || (actor.role === 'municipal' && actor.municipality === record.shard)
}

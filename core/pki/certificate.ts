/**
 * Certificates of our own: from what is to be said to the bytes to be signed, from a linted TBS and its signature to
 * the certificate, and back. Only what the lint has sealed can be assembled.
 *
 * @rfc 5280 4.1 · 7468
 */
import { createHash } from 'node:crypto'
import { decode, Malformed, tags } from './der.ts'
import { extensionOf } from './extension.ts'
import { base64, bytesOfBase64, encodeFields, readFields, unwrapSigned, wrapSigned, type DecodedFields } from './fields.ts'
import { readHolder, type Holder } from './holder.ts'
import { lintedContent, type Linted } from './lint.ts'
import { attributeOf, encodeName, type AuthorityKind, type MunicipalityNames } from './names.ts'
import { expectCa, expectEndEntity, expectOcspResponder } from './plan.ts'
import { generationOf, type EndEntityKind, type Generation, type ProfileSettings } from './profile.ts'
import { type Algorithm } from './signer.ts'

/** 署名用 · 利用者証明用, on the card or on the phone. Times are epoch milliseconds; fractions of a second are cut off. */
export interface EndEntityInput {
  readonly kind: EndEntityKind
  readonly issuer: CaCertificate
  /** 発行の番号: 16 to 20 octets, the first 01 to 7F. */
  readonly serial: Uint8Array
  readonly spki: Uint8Array
  readonly commonName: string
  readonly municipality: MunicipalityNames
  readonly notBefore: number
  readonly notAfter: number
  /** Signature certificates have it, authentication certificates must not. */
  readonly holder?: Holder
}

export interface CaInput {
  readonly ca: AuthorityKind
  readonly serial: Uint8Array
  readonly spki: Uint8Array
  readonly notBefore: number
  readonly notAfter: number
}

export interface ResponderInput {
  readonly issuer: CaCertificate
  readonly serial: Uint8Array
  readonly spki: Uint8Array
  readonly notBefore: number
  readonly notAfter: number
}

/** A generation of an authority, parsed once. Names are kept as bytes: they are copied, never re-encoded. */
export interface CaCertificate {
  readonly der: Uint8Array
  readonly subjectDer: Uint8Array
  readonly spki: Uint8Array
  /** Hex, upper case: SHA-1 of the public key. */
  readonly keyId: string
  readonly algorithm: Algorithm
  readonly generation: Generation
  readonly notBefore: number
  readonly notAfter: number
}

/** TBSCertificate of a holder's certificate. Throws `Malformed` for a key that is no SubjectPublicKeyInfo, `RangeError` for values no field can hold. */
export const endEntityTbs = (input: EndEntityInput, settings: ProfileSettings): Uint8Array => encodeFields(expectEndEntity(input, settings).fields)
/** TBSCertificate of a self-signed authority. */
export const caTbs = (input: CaInput, settings: ProfileSettings): Uint8Array => encodeFields(expectCa(input, settings).fields)
/** TBSCertificate of a delegated OCSP responder. @rfc 6960 4.2.2.2 */
export const ocspResponderTbs = (input: ResponderInput, settings: ProfileSettings): Uint8Array => encodeFields(expectOcspResponder(input, settings).fields)

/** The certificate: the very bytes that were linted, the algorithm they name, the signature. */
export function assemble(linted: Linted, signature: Uint8Array): Uint8Array {
  const { tbs, algorithm } = lintedContent(linted)
  return wrapSigned(tbs, algorithm, signature)
}

/** The signed bytes inside a certificate, a list or a basic OCSP response. Throws `Malformed`. */
export function tbsOf(der: Uint8Array): Uint8Array {
  return unwrapSigned(decode(der, tags.sequence)).tbs.slice()
}

function certificateFields(der: Uint8Array): DecodedFields {
  const parts = unwrapSigned(decode(der, tags.sequence))
  parts.rest.finish()
  const fields = readFields(parts.tbs)
  if (fields.algorithm !== parts.algorithm) throw new Malformed('the two signature algorithms differ')
  return fields
}

/** Parses a CA certificate of ours. It is a pinned anchor: its self-signature proves nothing and is not checked here. Throws `Malformed`. */
export function parseCaCertificate(der: Uint8Array): CaCertificate {
  const fields = certificateFields(der)
  const spki = bytesOfBase64(fields.spki)
  const generation = generationOf(spki)
  if (generation === null) throw new Malformed('an authority key of no known generation')
  const keyId = extensionOf(fields.extensions, 'subjectKeyIdentifier')?.keyId
  if (keyId === undefined || extensionOf(fields.extensions, 'basicConstraints')?.ca !== true) throw new Malformed('not a CA certificate')
  const subjectDer = encodeName(fields.subject)
  if (base64(subjectDer) !== fields.issuer) throw new Malformed('not self-issued')
  return { der: der.slice(), subjectDer, spki, keyId, algorithm: fields.algorithm, generation, notBefore: fields.notBefore, notAfter: fields.notAfter }
}

/** A certificate of ours, read back. */
export interface IssuedCertificate {
  /** Hex, upper case. */
  readonly serial: string
  readonly issuerDer: Uint8Array
  /** Hex SHA-1 of the issuer's key; null where the profile leaves the extension out. */
  readonly issuerKeyId: string | null
  readonly notBefore: number
  readonly notAfter: number
  readonly spki: Uint8Array
  /** Hex SHA-1 of the subject's key. */
  readonly keyId: string | null
  readonly commonName: string | null
  readonly policy: string | null
  readonly holder: Holder | null
}

/** Reads a certificate of ours by OID. The signature is not checked. Throws `Malformed`. */
export function readIssued(der: Uint8Array, settings: ProfileSettings): IssuedCertificate {
  const fields = certificateFields(der)
  const names = extensionOf(fields.extensions, 'subjectAltName')?.names ?? []
  const items = names.flatMap((name) => ('other' in name ? [{ oid: name.other, text: name.text }] : []))
  return {
    serial: fields.serial, issuerDer: bytesOfBase64(fields.issuer), issuerKeyId: extensionOf(fields.extensions, 'authorityKeyIdentifier')?.keyId ?? null,
    notBefore: fields.notBefore, notAfter: fields.notAfter, spki: bytesOfBase64(fields.spki), keyId: extensionOf(fields.extensions, 'subjectKeyIdentifier')?.keyId ?? null,
    commonName: attributeOf(fields.subject, 'CN'), policy: extensionOf(fields.extensions, 'certificatePolicies')?.policy ?? null, holder: readHolder(items, settings),
  }
}

export type PemLabel = 'CERTIFICATE' | 'X509 CRL' | 'OCSP RESPONSE' | 'PUBLIC KEY'

/** Textual form, 64 characters a line. */
export const toPem = (label: PemLabel, der: Uint8Array): string => `-----BEGIN ${label}-----\n${base64(der).replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`

/** The one object of that label in the text. Throws `Malformed` for none, for several, and for anything but base64 inside. */
export function fromPem(text: string, label: PemLabel = 'CERTIFICATE'): Uint8Array {
  const found = [...text.matchAll(new RegExp(`-----BEGIN ${label}-----\\r?\\n([A-Za-z0-9+/=\\r\\n]*)-----END ${label}-----`, 'g'))]
  const body = found[0]?.[1]?.replace(/[\r\n]/g, '')
  if (found.length !== 1 || body === undefined) throw new Malformed(`one PEM object ${label} expected, ${found.length} found`)
  const der = bytesOfBase64(body)
  if (base64(der) !== body) throw new Malformed('base64 of the PEM object')
  return der
}

/** Hex SHA-256 of the whole certificate. */
export const fingerprint = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex').toUpperCase()

/**
 * A certificate's content as plain data, encoded and decoded by one pair of functions. The same shape is what the
 * profile plans, what the bytes say, and what is stored (as JSON) so that stored bytes can be linted again.
 *
 * @rfc 5280 4.1
 */
import { bitString, decode, encodingOf, enter, explicit, integer, inner, Malformed, contextTag, Reader, sequence, tags, time, type Element } from './der.ts'
import { bytesOfHex, encodeExtensions, hexOf, readExtensions, type Extension, type KnownExtension } from './extension.ts'
import { encodeName, readName, type Name } from './names.ts'
import { algorithmOf, algorithms, type Algorithm } from './signer.ts'
import { integerOctets, readSmall, readTime, readWholeBits } from './values.ts'

export interface CertificateFields<E extends Extension = Extension> {
  /** INTEGER content in hex, upper case; a positive serial of ours has no sign octet. */
  readonly serial: string
  readonly algorithm: Algorithm
  /** Base64 of the issuer's Name, byte for byte. */
  readonly issuer: string
  readonly notBefore: number
  readonly notAfter: number
  readonly subject: Name
  /** Base64 of the SubjectPublicKeyInfo. */
  readonly spki: string
  readonly extensions: readonly E[]
}
export type PlannedFields = CertificateFields<KnownExtension>

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
export const bytesOfBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

const version3 = explicit(0, integer(2))

/** TBSCertificate. */
export function encodeFields(fields: PlannedFields): Uint8Array {
  return sequence(
    version3,
    integer(bytesOfHex(fields.serial)),
    algorithms[fields.algorithm].identifier,
    bytesOfBase64(fields.issuer),
    sequence(time(fields.notBefore), time(fields.notAfter)),
    encodeName(fields.subject),
    bytesOfBase64(fields.spki),
    explicit(3, encodeExtensions(fields.extensions)),
  )
}

/** Decoded content, with the tags of the two times, which data does not carry. */
export interface DecodedFields extends CertificateFields { readonly timeTags: readonly [number, number] }

/** Throws `Malformed` for anything that is not a version 3 TBSCertificate in the vocabulary of our profiles. */
export const readFields = (tbs: Uint8Array): DecodedFields => fieldsOf(decode(tbs, tags.sequence))

function fieldsOf(tbs: Element): DecodedFields {
  const members = new Reader(tbs)
  if (readSmall(inner(members.next(contextTag(0)))) !== 2) throw new Malformed('not version 3')
  const serial = hexOf(integerOctets(members.next()))
  const algorithm = algorithmOf(encodingOf(members.next(tags.sequence)))
  if (algorithm === null) throw new Malformed('signature algorithm not of this profile')
  const issuer = members.next(tags.sequence)
  const validity = enter(members)
  const notBefore = validity.next()
  const notAfter = validity.next()
  validity.finish()
  const subject = readName(members.next(tags.sequence))
  const spki = members.next(tags.sequence)
  const extensions = inner(members.next(contextTag(3)), tags.sequence)
  members.finish()
  return {
    serial, algorithm, issuer: base64(encodingOf(issuer)), notBefore: readTime(notBefore), notAfter: readTime(notAfter), subject, spki: base64(encodingOf(spki)),
    extensions: readExtensions(extensions), timeTags: [notBefore.tag, notAfter.tag],
  }
}

/** SEQUENCE { tbs, algorithm, BIT STRING }: certificates, lists and basic OCSP responses alike; `more` follows. */
export const wrapSigned = (tbs: Uint8Array, algorithm: Algorithm, signature: Uint8Array, ...more: readonly Uint8Array[]): Uint8Array =>
  sequence(tbs, algorithms[algorithm].identifier, bitString(signature), ...more)

export interface SignedParts { readonly tbs: Uint8Array; readonly algorithm: Algorithm; readonly signature: Uint8Array; readonly rest: Reader }
/** Takes the wrapping apart. Throws `Malformed` for an algorithm other than the three. */
export function unwrapSigned(e: Element): SignedParts {
  const members = new Reader(e)
  const tbs = members.next(tags.sequence)
  const algorithm = algorithmOf(encodingOf(members.next(tags.sequence)))
  if (algorithm === null) throw new Malformed('signature algorithm not of this profile')
  const signature = readWholeBits(members.next(tags.bitString))
  return { tbs: encodingOf(tbs), algorithm, signature, rest: members }
}

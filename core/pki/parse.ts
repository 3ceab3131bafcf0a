/**
 * Certificates and revocation lists of any origin, from bytes to types. Strict: a size cap before anything else, DER
 * only, the two signature algorithms equal, every extension known here decoded, none twice. Nothing is trusted for
 * having been parsed: signatures, times and constraints are for path.ts. The only error is `Malformed`.
 *
 * @rfc 5280 4.1, 5.1
 */
import { contextTag, decode, encodingOf, enter, inner, Malformed, primitiveTag, Reader, tags, type Element } from './der.ts'
import { nameOfExtension, noExtensions, readExtensions, type Extension, type KnownExtensions } from './parse/extensions.ts'
import { readDistinguishedName, type DistinguishedName, type GeneralName } from './parse/general-name.ts'
import { integerOctets, readBitString, readInteger, readNull, readOid, readSerial, readSmall, readTime, readWholeBits } from './values.ts'

/** Octets; what is larger is refused unread. */
export interface Limits { readonly maxBytes: number }
export const certificateLimits: Limits = { maxBytes: 64 * 1024 }
export const crlLimits: Limits = { maxBytes: 8 * 1024 * 1024 }

export interface AlgorithmIdentifier { readonly oid: string; readonly der: Uint8Array }

export type PublicKey =
  | { readonly kind: 'rsa'; readonly bits: number; readonly exponent: bigint; readonly modulus: bigint }
  | { readonly kind: 'ec'; readonly curve: 'P-256' | 'P-384'; readonly point: Uint8Array }
  /** Of a kind that nothing here verifies with. */
  | { readonly kind: 'other'; readonly oid: string }

/** Octet fields are views on one private copy of the input. Times are epoch milliseconds. */
export interface Certificate {
  readonly der: Uint8Array
  /** The signed bytes. */
  readonly tbs: Uint8Array
  readonly version: 1 | 2 | 3
  /** 発行の番号: hex, upper case, without sign octet. */
  readonly serial: string
  readonly algorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  readonly notBefore: number
  readonly notAfter: number
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array
  readonly key: PublicKey
  /** In encoded order. */
  readonly extensions: readonly Extension[]
  readonly known: KnownExtensions
}

/** Throws `Malformed`. */
export function parseCertificate(der: Uint8Array, limits: Limits = certificateLimits): Certificate {
  const parts = unwrap(der, limits)
  const members = new Reader(parts.tbs)
  const explicitVersion = members.optional(contextTag(0))
  const version = explicitVersion === undefined ? 1 : readSmall(inner(explicitVersion)) + 1
  if ((version !== 1 && version !== 2 && version !== 3) || (version === 1 && explicitVersion !== undefined)) throw new Malformed('certificate version')
  const serial = readSerial(members.next())
  sameAlgorithm(members.next(tags.sequence), parts.algorithm)
  const issuer = readDistinguishedName(members.next())
  const validity = enter(members)
  const notBefore = readTime(validity.next())
  const notAfter = readTime(validity.next())
  validity.finish()
  const subject = readDistinguishedName(members.next())
  const spki = members.next(tags.sequence)
  for (const n of [1, 2]) {
    const uniqueId = members.optional(primitiveTag(n))
    if (uniqueId === undefined) continue
    if (version === 1) throw new Malformed('unique identifier in version 1')
    readBitString(uniqueId, uniqueId.tag)
  }
  const wrapped = members.optional(contextTag(3))
  members.finish()
  if (wrapped !== undefined && version !== 3) throw new Malformed(`extensions in version ${version}`)
  const { list, known } = wrapped === undefined ? noExtensions : readExtensions(inner(wrapped))
  return {
    der: parts.der, tbs: encodingOf(parts.tbs), version, serial, algorithm: parts.algorithm, signature: parts.signature, issuer, subject, notBefore, notAfter,
    spki: encodingOf(spki), key: readKey(spki), extensions: list, known,
  }
}

/** SubjectPublicKeyInfo: the form is checked, the mathematics (a point on its curve) is for verify.ts. Throws `Malformed`. */
export const parsePublicKey = (spki: Uint8Array): PublicKey => readKey(decode(spki))

const rsaEncryption = '1.2.840.113549.1.1.1'
const ecPublicKey = '1.2.840.10045.2.1'
const curves: Readonly<Record<string, readonly ['P-256' | 'P-384', number]>> = { '1.2.840.10045.3.1.7': ['P-256', 65], '1.3.132.0.34': ['P-384', 97] }

function readKey(spki: Element): PublicKey {
  const members = new Reader(spki)
  const algorithm = enter(members)
  const bits = readWholeBits(members.next())
  members.finish()
  const oid = readOid(algorithm.next())
  if (oid === rsaEncryption) {
    readNull(algorithm.next())
    algorithm.finish()
    const numbers = new Reader(decode(bits, tags.sequence))
    const modulus = readInteger(numbers.next())
    const exponent = readInteger(numbers.next())
    numbers.finish()
    if (modulus <= 0n || exponent <= 0n) throw new Malformed('RSA key of negative numbers')
    return { kind: 'rsa', bits: modulus.toString(2).length, exponent, modulus }
  }
  if (oid !== ecPublicKey) return { kind: 'other', oid }
  const parameters = algorithm.next()
  algorithm.finish()
  const curve = parameters.tag === tags.oid ? curves[readOid(parameters)] : undefined
  if (curve === undefined) return { kind: 'other', oid }
  if (bits.length !== curve[1] || bits[0] !== 4) throw new Malformed('point not in the uncompressed form')
  return { kind: 'ec', curve: curve[0], point: bits }
}

// ---------------------------------------------------------------- revocation lists

export interface RevokedEntry {
  readonly serial: string
  readonly at: number
  /** CRLReason; null where none is given. */
  readonly reason: number | null
  /** In an indirect list: the issuer of the certificate, where it is not the issuer of the list. It holds for the entries that follow, too. */
  readonly issuer: readonly GeneralName[] | null
}

export interface Crl {
  readonly der: Uint8Array
  readonly tbs: Uint8Array
  readonly algorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  readonly issuer: DistinguishedName
  readonly thisUpdate: number
  readonly nextUpdate: number | null
  readonly entries: readonly RevokedEntry[]
  readonly extensions: readonly Extension[]
  readonly known: KnownExtensions
  /** OIDs of critical extensions in entries that nothing here understands: such a list proves nothing. */
  readonly unknownInEntries: readonly string[]
}

/** Throws `Malformed`. */
export function parseCrl(der: Uint8Array, limits: Limits = crlLimits): Crl {
  const parts = unwrap(der, limits)
  const members = new Reader(parts.tbs)
  const version = members.optional(tags.integer)
  if (version !== undefined && readSmall(version) !== 1) throw new Malformed('CRL version')
  sameAlgorithm(members.next(tags.sequence), parts.algorithm)
  const issuer = readDistinguishedName(members.next())
  const thisUpdate = readTime(members.next())
  const until = members.peek()
  const nextUpdate = until === tags.utcTime || until === tags.generalizedTime ? readTime(members.next()) : null
  const revoked = members.optional(tags.sequence)
  const wrapped = members.optional(contextTag(0))
  members.finish()
  if (wrapped !== undefined && version === undefined) throw new Malformed('extensions in a CRL of version 1')
  const { list, known } = wrapped === undefined ? noExtensions : readExtensions(inner(wrapped))
  const unknownInEntries = new Set<string>()
  return {
    der: parts.der, tbs: encodingOf(parts.tbs), algorithm: parts.algorithm, signature: parts.signature, issuer, thisUpdate, nextUpdate,
    entries: revoked === undefined ? [] : readEntries(revoked, version !== undefined, unknownInEntries), extensions: list, known, unknownInEntries: [...unknownInEntries],
  }
}

/** A list of none is left out, never empty. @rfc 5280 5.1.2.6 */
function readEntries(e: Element, extensible: boolean, unknown: Set<string>): RevokedEntry[] {
  const entries: RevokedEntry[] = []
  let issuer: readonly GeneralName[] | null = null
  for (const reader = new Reader(e); !reader.done; ) {
    const parts = enter(reader)
    const serial = readListedSerial(parts.next())
    const at = readTime(parts.next())
    const wrapped = parts.optional(tags.sequence)
    parts.finish()
    if (wrapped !== undefined && !extensible) throw new Malformed('entry extensions in a CRL of version 1')
    const { list, known } = wrapped === undefined ? noExtensions : readExtensions(wrapped)
    for (const { oid, critical } of list) if (critical && !understoodInEntries.has(nameOfExtension(oid) ?? '')) unknown.add(oid)
    issuer = known.certificateIssuer ?? issuer
    entries.push({ serial, at, reason: known.reason ?? null, issuer })
  }
  if (entries.length === 0) throw new Malformed('empty list of revoked certificates')
  return entries
}
/** A negative number stands for no certificate that is read here; it gets a form of its own and does not spoil the list. */
function readListedSerial(e: Element): string {
  const octets = integerOctets(e)
  return octets[0]! < 0x80 ? readSerial(e) : `-${Buffer.from(octets).toString('hex').toUpperCase()}`
}
const understoodInEntries: ReadonlySet<string> = new Set(['reason', 'invalidityDate', 'certificateIssuer'])

// ---------------------------------------------------------------- the signed wrapping

interface Unwrapped { readonly der: Uint8Array; readonly tbs: Element; readonly algorithm: AlgorithmIdentifier; readonly signature: Uint8Array }

function unwrap(input: Uint8Array, limits: Limits): Unwrapped {
  if (input.length > limits.maxBytes) throw new Malformed(`${input.length} octets where ${limits.maxBytes} are the limit`)
  const der = Uint8Array.from(input)
  const members = new Reader(decode(der, tags.sequence))
  const tbs = members.next(tags.sequence)
  const algorithm = readAlgorithm(members.next(tags.sequence))
  const signature = readWholeBits(members.next())
  members.finish()
  return { der, tbs, algorithm, signature }
}

/** AlgorithmIdentifier: OID, and at most one parameter. */
export function readAlgorithm(e: Element): AlgorithmIdentifier {
  const members = new Reader(e)
  const oid = readOid(members.next())
  if (!members.done) members.next()
  members.finish()
  return { oid, der: encodingOf(e) }
}

/** @rfc 5280 4.1.1.2 */
function sameAlgorithm(inside: Element, outside: AlgorithmIdentifier): void {
  if (Buffer.compare(encodingOf(inside), outside.der) !== 0) throw new Malformed('the signature algorithms inside and outside differ')
}

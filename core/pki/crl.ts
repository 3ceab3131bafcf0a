/**
 * Lists of revoked certificates (失効情報ファイル), one per authority and municipality: by hand, entry by entry into one
 * growing buffer, so that 100,000 entries cost what they weigh. An entry without a reason has no extensions field.
 *
 * @rfc 5280 5
 */
import type { CaCertificate } from './certificate.ts'
import { contextTag, decode, encodingOf, enter, explicit, inner, integer, Malformed, oid, primitiveTag, Reader, sequence, tags, time, tlv, type Element } from './der.ts'
import { bytesOfHex, encodePointOf, hexOf, wrapExtension } from './extension.ts'
import { unwrapSigned } from './fields.ts'
import { algorithmOf, algorithms, type Algorithm } from './signer.ts'
import { readBoolean, readInteger, readOctetString, readOid, readSerial, readSmall, readTime } from './values.ts'

/** Reasons a certificate is listed with; 0 (unspecified) and null are written as no reason. @rfc 5280 5.3.1 */
export type CrlReason = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 8 | 9 | 10
export interface CrlEntry {
  /** Hex, at most 20 octets. */
  readonly serial: string
  readonly revokedAt: number
  readonly reason: CrlReason | null
}

export interface CrlInput {
  readonly issuer: CaCertificate
  /** DER Name, the same as in the certificates' cRLDistributionPoints. */
  readonly distributionPoint: Uint8Array
  readonly number: bigint
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** May be a stream for `crlTbs`; the lint walks it once more. */
  readonly entries: Iterable<CrlEntry>
}

export const crlOids = { number: '2.5.29.20', authorityKeyIdentifier: '2.5.29.35', issuingDistributionPoint: '2.5.29.28' } as const
const encoded = { number: oid(crlOids.number), authorityKeyIdentifier: oid(crlOids.authorityKeyIdentifier), issuingDistributionPoint: oid(crlOids.issuingDistributionPoint) }

/** TBSCertList, version 2. Throws `RangeError` for an entry no list can hold. */
export function crlTbs(input: CrlInput): Uint8Array {
  const entries = encodeEntries(input.entries)
  return sequence(
    integer(1),
    algorithms[input.issuer.algorithm].identifier,
    input.issuer.subjectDer,
    time(input.thisUpdate),
    time(input.nextUpdate),
    // revokedCertificates is absent, not empty, where nothing is revoked (5.1.2.6).
    ...(entries.length === 0 ? [] : [tlv(tags.sequence, entries)]),
    explicit(0, sequence(
      wrapExtension(encoded.authorityKeyIdentifier, false, sequence(tlv(primitiveTag(0), bytesOfHex(input.issuer.keyId)))),
      wrapExtension(encoded.number, false, integer(input.number)),
      wrapExtension(encoded.issuingDistributionPoint, true, sequence(encodePointOf(input.distributionPoint), tlv(primitiveTag(1), Uint8Array.of(0xff)))),
    )),
  )
}

// ---------------------------------------------------------------- entries

/** crlEntryExtensions up to the reason's value: SEQUENCE { SEQUENCE { 2.5.29.21, OCTET STRING { ENUMERATED … */
const reasonPrefix = Uint8Array.of(0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01)
/** 2 header, 2 + 21 serial, 17 GeneralizedTime, 14 reason. */
const longestEntry = 56

function encodeEntries(entries: Iterable<CrlEntry>): Uint8Array {
  let out = new Uint8Array(4096)
  let at = 0
  let second = Number.NaN
  let when: Uint8Array = new Uint8Array()
  for (const { serial, revokedAt, reason } of entries) {
    if (at + longestEntry > out.length) {
      const grown = new Uint8Array(out.length * 2)
      grown.set(out)
      out = grown
    }
    const thisSecond = Math.floor(revokedAt / 1000)
    if (thisSecond !== second) {
      when = time(revokedAt)
      second = thisSecond
    }
    const start = at
    at += 2
    at = putSerial(out, at, serial)
    out.set(when, at)
    at += when.length
    if (reason !== null && reason !== 0) {
      out.set(reasonPrefix, at)
      at += reasonPrefix.length
      out[at++] = reason
    }
    out[start] = tags.sequence
    out[start + 1] = at - start - 2
  }
  return out.subarray(0, at)
}

/** INTEGER from hex: leading zero octets dropped, a sign octet put before a high bit. */
function putSerial(out: Uint8Array, from: number, serial: string): number {
  const digits = serial.length
  if (digits === 0 || digits > 40 || digits % 2 !== 0) throw new RangeError('the serial of a list entry is 1 to 20 octets in hex')
  let digit = 0
  while (digit < digits - 2 && serial.charCodeAt(digit) === 0x30 && serial.charCodeAt(digit + 1) === 0x30) digit += 2
  const sign = nibble(serial, digit) >= 8 ? 1 : 0
  out[from] = tags.integer
  out[from + 1] = (digits - digit) / 2 + sign
  let at = from + 2
  if (sign === 1) out[at++] = 0
  for (; digit < digits; digit += 2) out[at++] = (nibble(serial, digit) << 4) | nibble(serial, digit + 1)
  return at
}
function nibble(text: string, at: number): number {
  const value = nibbles[text.charCodeAt(at)]
  if (value === undefined || value > 15) throw new RangeError('the serial of a list entry is 1 to 20 octets in hex')
  return value
}
/** By character code; 0xff is no digit. */
const nibbles = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(value) ? 0xff : value
})

// ---------------------------------------------------------------- reading our own lists

export interface CrlContent {
  readonly algorithm: Algorithm
  readonly issuerDer: Uint8Array
  readonly thisUpdate: number
  readonly nextUpdate: number
  readonly timeTags: readonly number[]
  readonly authorityKeyId: string
  readonly number: bigint
  readonly distributionPoint: Uint8Array
  readonly onlyContainsUserCerts: boolean
  readonly entryCount: number
  /** Reads the entries one after the other; nothing is kept. Throws `Malformed`. */
  entries(): IterableIterator<CrlEntry>
}
export interface Crl extends CrlContent { readonly tbs: Uint8Array; readonly signature: Uint8Array }

/** A list of ours, read back for checking before it is published. The signature is not verified here. Throws `Malformed`. */
export function readCrl(der: Uint8Array): Crl {
  const { tbs, algorithm, signature, rest } = unwrapSigned(decode(der, tags.sequence))
  rest.finish()
  const content = readCrlTbs(tbs)
  if (content.algorithm !== algorithm) throw new Malformed('the two signature algorithms differ')
  return { ...content, tbs, signature }
}

/** TBSCertList with exactly the fields of our profile. Throws `Malformed`. */
export function readCrlTbs(tbs: Uint8Array): CrlContent {
  const members = new Reader(decode(tbs, tags.sequence))
  if (readSmall(members.next()) !== 1) throw new Malformed('not a version 2 list')
  const algorithm = algorithmOf(encodingOf(members.next(tags.sequence)))
  if (algorithm === null) throw new Malformed('signature algorithm not of this profile')
  const issuer = members.next(tags.sequence)
  const thisUpdate = members.next()
  const nextUpdate = members.next()
  const list = members.optional(tags.sequence)
  const extensions = readListExtensions(inner(members.next(contextTag(0)), tags.sequence))
  members.finish()
  return {
    algorithm, issuerDer: encodingOf(issuer).slice(), thisUpdate: readTime(thisUpdate), nextUpdate: readTime(nextUpdate), timeTags: [thisUpdate.tag, nextUpdate.tag],
    ...extensions, entryCount: list === undefined ? 0 : countEntries(list),
    entries: () => (list === undefined ? [][Symbol.iterator]() : readEntries(list)),
  }
}

function countEntries(list: Element): number {
  let count = 0
  for (const reader = new Reader(list); !reader.done; reader.next(tags.sequence)) count++
  if (count === 0) throw new Malformed('revokedCertificates is empty instead of absent')
  return count
}

function* readEntries(list: Element): IterableIterator<CrlEntry> {
  for (const reader = new Reader(list); !reader.done; ) {
    const entry = enter(reader)
    const serial = readSerial(entry.next())
    const revokedAt = readTime(entry.next())
    const reason = entry.done ? null : readReason(entry.next(tags.sequence))
    entry.finish()
    yield { serial, revokedAt, reason }
  }
}

/** The reason, not critical, is the one entry extension of our lists, and DER has one way to write it. */
function readReason({ source, start, end }: Element): CrlReason {
  const reason = source[end - 1]!
  if (end - start !== reasonPrefix.length + 1 || !reasonPrefix.every((octet, i) => source[start + i] === octet)) throw new Malformed(`entry extensions not of this profile at ${start}`)
  if (reason === 0 || reason === 7 || reason > 10) throw new Malformed(`reason ${reason} in a list`)
  return reason as CrlReason
}

type ListExtensions = Pick<CrlContent, 'authorityKeyId' | 'number' | 'distributionPoint' | 'onlyContainsUserCerts'>

/** authorityKeyIdentifier, cRLNumber, issuingDistributionPoint (critical): these three, once each. */
function readListExtensions(e: Element): ListExtensions {
  const values = new Map<string, Element>()
  for (const list = new Reader(e); !list.done; ) {
    const parts = enter(list)
    const id = readOid(parts.next())
    const critical = parts.optional(tags.boolean)
    const value = inner(parts.next(tags.octetString))
    parts.finish()
    if (values.has(id)) throw new Malformed(`extension ${id} twice`)
    if ((critical !== undefined && readBoolean(critical)) !== (id === crlOids.issuingDistributionPoint)) throw new Malformed(`criticality of ${id}`)
    values.set(id, value)
  }
  const [authority, number, point] = [crlOids.authorityKeyIdentifier, crlOids.number, crlOids.issuingDistributionPoint].map((id) => values.get(id))
  if (values.size !== 3 || authority === undefined || number === undefined || point === undefined || authority.tag !== tags.sequence || point.tag !== tags.sequence) throw new Malformed('list extensions not of this profile')
  const parts = new Reader(point)
  const name = inner(inner(parts.next(contextTag(0)), contextTag(0)), contextTag(4))
  const userOnly = parts.optional(primitiveTag(1))
  parts.finish()
  return {
    authorityKeyId: hexOf(readOctetString(inner(authority, primitiveTag(0)), primitiveTag(0))), number: readInteger(number),
    distributionPoint: encodingOf(inner(name, tags.sequence)).slice(), onlyContainsUserCerts: userOnly !== undefined && readBoolean(userOnly, primitiveTag(1)),
  }
}

/**
 * Values out of DER elements, as strict as the encoding rules: each function demands the tag, the one allowed form of
 * the content, and throws `Malformed` otherwise. Texts are returned as they stand, never normalised.
 *
 * @rfc 5280 4.1.2.5 (times), X.690 8–11
 */
import { contentOf, Malformed, tags, type Element } from './der.ts'

function content(e: Element, tag: number): Uint8Array {
  if (e.tag !== tag) throw new Malformed(`tag 0x${e.tag.toString(16)} where 0x${tag.toString(16)} was expected, at ${e.start}`)
  return contentOf(e)
}

/** Content octets of an INTEGER, two's complement, checked to be minimal. */
export function integerOctets(e: Element, tag: number = tags.integer): Uint8Array {
  const octets = content(e, tag)
  const [first, second] = octets
  if (first === undefined) throw new Malformed(`empty INTEGER at ${e.start}`)
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) throw new Malformed(`INTEGER not minimal at ${e.start}`)
  return octets
}

export function readInteger(e: Element, tag: number = tags.integer): bigint {
  const octets = integerOctets(e, tag)
  return BigInt.asIntN(octets.length * 8, BigInt(`0x${Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')}`))
}

/** An INTEGER known to be small and not negative: a version, a path length, a reason. */
export function readSmall(e: Element, tag: number = tags.integer): number {
  const octets = integerOctets(e, tag)
  if (octets.length > 6 || octets[0]! >= 0x80) throw new Malformed(`INTEGER out of range at ${e.start}`)
  return octets.reduce((value, octet) => value * 256 + octet, 0)
}
export const readEnumerated = (e: Element): number => readSmall(e, tags.enumerated)

/** Upper-case hex of a positive INTEGER without the sign octet: the one text form of serial numbers. */
export function readSerial(e: Element): string {
  const octets = integerOctets(e)
  if (octets[0]! >= 0x80) throw new Malformed(`negative serial number at ${e.start}`)
  const from = octets[0] === 0 && octets.length > 1 ? 1 : 0
  return Buffer.from(octets.buffer, octets.byteOffset + from, octets.length - from).toString('hex').toUpperCase()
}

export function readBoolean(e: Element, tag: number = tags.boolean): boolean {
  const octets = content(e, tag)
  if (octets.length !== 1 || (octets[0] !== 0 && octets[0] !== 0xff)) throw new Malformed(`BOOLEAN at ${e.start}`)
  return octets[0] === 0xff
}

export function readNull(e: Element): void {
  if (content(e, tags.null).length !== 0) throw new Malformed(`NULL at ${e.start}`)
}

/** Dotted form. */
export function readOid(e: Element, tag: number = tags.oid): string {
  const octets = content(e, tag)
  if (octets.length === 0 || octets.length > 128 || octets.at(-1)! >= 0x80) throw new Malformed(`OBJECT IDENTIFIER at ${e.start}`)
  const arcs: (number | bigint)[] = []
  let arc = 0n
  let small = 0
  let septets = 0
  for (const octet of octets) {
    if (septets === 0 && octet === 0x80) throw new Malformed(`OBJECT IDENTIFIER not minimal at ${e.start}`)
    septets++
    if (septets <= 4) small = (small << 7) | (octet & 0x7f)
    else arc = ((septets === 5 ? BigInt(small) : arc) << 7n) | BigInt(octet & 0x7f)
    if (octet >= 0x80) continue
    arcs.push(septets <= 4 ? small : arc)
    small = 0
    septets = 0
  }
  const joined = BigInt(arcs[0]!)
  const root = joined < 40n ? 0n : joined < 80n ? 1n : 2n
  return [root, joined - root * 40n, ...arcs.slice(1)].join('.')
}

export const readOctetString = (e: Element, tag: number = tags.octetString): Uint8Array => content(e, tag)

export interface BitString { readonly unused: number; readonly bytes: Uint8Array }
export function readBitString(e: Element, tag: number = tags.bitString): BitString {
  const octets = content(e, tag)
  const unused = octets[0]
  if (unused === undefined || unused > 7 || (unused > 0 && octets.length === 1)) throw new Malformed(`BIT STRING at ${e.start}`)
  if (unused > 0 && (octets.at(-1)! & ((1 << unused) - 1)) !== 0) throw new Malformed(`BIT STRING padding not zero at ${e.start}`)
  return { unused, bytes: octets.subarray(1) }
}
/** A BIT STRING of whole octets: a key, a signature. */
export function readWholeBits(e: Element): Uint8Array {
  const { unused, bytes } = readBitString(e)
  if (unused !== 0) throw new Malformed(`BIT STRING of whole octets was expected at ${e.start}`)
  return bytes
}
/** Numbers of the bits that are set in a named bit list; trailing zero bits are refused (X.690 11.2.2). */
export function readNamedBits(e: Element, tag: number = tags.bitString): number[] {
  const { unused, bytes } = readBitString(e, tag)
  const last = bytes.at(-1)
  if (last !== undefined && ((last >> unused) & 1) === 0) throw new Malformed(`trailing zero bits at ${e.start}`)
  const set: number[] = []
  for (let bit = 0; bit < bytes.length * 8; bit++) if ((bytes[bit >> 3]! & (0x80 >> (bit & 7))) !== 0) set.push(bit)
  return set
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/

/** UTF8String, PrintableString or IA5String, by the tag found; others are refused. */
export function readText(e: Element, tag: number = e.tag): string {
  const octets = content(e, tag)
  let text: string
  try {
    text = strictUtf8.decode(octets)
  } catch {
    throw new Malformed(`not UTF-8 at ${e.start}`)
  }
  if (tag === tags.utf8String) return text
  if (tag === tags.printableString && printable.test(text)) return text
  if (tag !== tags.printableString && text.length === octets.length && (tag === tags.ia5String || (tag & 0xc0) === 0x80)) return text
  throw new Malformed(`string type 0x${tag.toString(16)} or its characters at ${e.start}`)
}

/**
 * UTCTime `YYMMDDHHMMSSZ` (1950 to 2049) or GeneralizedTime `YYYYMMDDHHMMSSZ`; seconds present, no fraction, Z.
 * Which of the two a field must use is for the lint to say. Epoch milliseconds.
 */
export function readTime(e: Element): number {
  if (e.tag !== tags.utcTime && e.tag !== tags.generalizedTime) throw new Malformed(`time expected at ${e.start}`)
  const octets = contentOf(e)
  const digits = e.tag === tags.utcTime ? 12 : 14
  if (octets.length !== digits + 1 || octets[digits] !== 0x5a) throw new Malformed(`time at ${e.start}`)
  const pair = (at: number): number => {
    const tens = octets[at]! - 0x30
    const ones = octets[at + 1]! - 0x30
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw new Malformed(`time at ${e.start}`)
    return tens * 10 + ones
  }
  const from = digits - 10
  const year = digits === 12 ? (pair(0) < 50 ? 2000 : 1900) + pair(0) : pair(0) * 100 + pair(2)
  const [month, day, hour, minute, second] = [pair(from), pair(from + 2), pair(from + 4), pair(from + 6), pair(from + 8)]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) throw new Malformed(`no such time at ${e.start}`)
  // Date.UTC takes the years 0 to 99 for 1900 to 1999; 400 years have a whole number of days and weeks.
  return Date.UTC(year + 400, month - 1, day, hour, minute, second) - 12_622_780_800_000
}
const daysIn = (year: number, month: number): number => (month === 2 ? ((year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31)

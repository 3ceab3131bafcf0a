/**
 * DER (X.690): a writer of plain functions and a strict reader. The reader takes definite, minimal lengths and
 * single-octet tags only, never reads past its bounds, caps the nesting, and fails with `Malformed` alone. It copies
 * nothing: an `Element` is a window on its source, so a list of 100,000 entries costs what it weighs.
 *
 * @rfc 5280 4.1 (DER throughout), 4.1.2.5 (times)
 */

/** The bytes are not what they claim to be. The one error that reading throws. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

export const tags = {
  boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, null: 0x05, oid: 0x06, enumerated: 0x0a, utf8String: 0x0c,
  sequence: 0x30, set: 0x31, printableString: 0x13, ia5String: 0x16, utcTime: 0x17, generalizedTime: 0x18,
} as const
/** `[n]` constructed: EXPLICIT, or IMPLICIT over a constructed type. */
export const contextTag = (n: number): number => 0xa0 | n
/** `[n]` primitive: IMPLICIT over a primitive type. */
export const primitiveTag = (n: number): number => 0x80 | n

// ---------------------------------------------------------------- writer

/** One element: tag, minimal length, the parts one after the other. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const header = length < 0x80 ? 2 : length < 0x100 ? 3 : length < 0x10000 ? 4 : length < 0x1000000 ? 5 : 6
  const out = new Uint8Array(header + length)
  out[0] = tag
  if (header === 2) out[1] = length
  else {
    out[1] = 0x80 | (header - 2)
    for (let i = header - 1, rest = length; i > 1; i--, rest >>>= 8) out[i] = rest & 0xff
  }
  let at = header
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tlv(tags.sequence, ...parts)
/** SET OF: DER wants the members in ascending order of their encodings (X.690 11.6). */
export const setOf = (...parts: readonly Uint8Array[]): Uint8Array => tlv(tags.set, ...[...parts].sort(Buffer.compare))
export const explicit = (n: number, ...parts: readonly Uint8Array[]): Uint8Array => tlv(contextTag(n), ...parts)
/** Gives an encoded element the tag `[n]` in place of its own; constructed stays constructed. */
export function implicit(n: number, element: Uint8Array): Uint8Array {
  const out = element.slice()
  out[0] = 0x80 | (element[0]! & 0x20) | n
  return out
}

export const nullValue: Uint8Array = Uint8Array.of(tags.null, 0)
export const boolean = (value: boolean): Uint8Array => Uint8Array.of(tags.boolean, 1, value ? 0xff : 0)
/** From a number, or from an unsigned magnitude in big-endian octets (a serial number). */
export const integer = (value: number | bigint | Uint8Array): Uint8Array => tlv(tags.integer, integerContent(value))
export const enumerated = (value: number): Uint8Array => tlv(tags.enumerated, integerContent(value))

function integerContent(value: number | bigint | Uint8Array): Uint8Array {
  if (typeof value === 'number' && value >= 0 && value < 0x80 && Number.isInteger(value)) return Uint8Array.of(value)
  const magnitude = value instanceof Uint8Array ? value : bytesOf(BigInt(value))
  let skip = 0
  while (skip < magnitude.length - 1 && magnitude[skip] === 0) skip++
  const trimmed = magnitude.subarray(skip)
  if (trimmed.length === 0) return Uint8Array.of(0)
  if (trimmed[0]! < 0x80) return trimmed
  const out = new Uint8Array(trimmed.length + 1)
  out.set(trimmed, 1)
  return out
}

function bytesOf(value: bigint): Uint8Array {
  if (value < 0n) throw new RangeError('negative INTEGER')
  const hex = value.toString(16)
  return new Uint8Array(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}

/** From dotted form; arcs of any size (the UUID arc 2.25 has 128 bits). */
export function oid(dotted: string): Uint8Array {
  const known = encodedOids.get(dotted)
  if (known !== undefined) return known
  const encoded = encodeOid(dotted)
  if (encodedOids.size < 256) encodedOids.set(dotted, encoded)
  return encoded
}
/** Profiles write the same few again and again. */
const encodedOids = new Map<string, Uint8Array>()

function encodeOid(dotted: string): Uint8Array {
  const arcs = dotted.split('.').map((arc) => BigInt(arc))
  const [root, second, ...rest] = arcs
  if (root === undefined || second === undefined || root > 2n || (root < 2n && second > 39n)) throw new RangeError(`not an OID: ${dotted}`)
  const out: number[] = []
  for (const arc of [root * 40n + second, ...rest]) {
    const septets = [Number(arc & 0x7fn)]
    for (let left = arc >> 7n; left > 0n; left >>= 7n) septets.unshift(Number(left & 0x7fn) | 0x80)
    out.push(...septets)
  }
  return tlv(tags.oid, Uint8Array.from(out))
}

const utf8 = new TextEncoder()
export const utf8String = (text: string): Uint8Array => {
  if (!text.isWellFormed()) throw new RangeError('unpaired surrogate in UTF8String')
  return textElement(tags.utf8String, text)
}
export const printableString = (text: string): Uint8Array => {
  if (!isPrintable(text)) throw new RangeError(`not a PrintableString: ${text}`)
  return textElement(tags.printableString, text)
}
export const ia5String = (text: string): Uint8Array => {
  if (!isAscii(text)) throw new RangeError(`not an IA5String: ${text}`)
  return textElement(tags.ia5String, text)
}
/** Short ASCII, which is most of a certificate, goes straight into its element. */
function textElement(tag: number, text: string): Uint8Array {
  if (text.length >= 0x80) return tlv(tag, utf8.encode(text))
  const out = new Uint8Array(text.length + 2)
  out[0] = tag
  out[1] = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) return tlv(tag, utf8.encode(text))
    out[i + 2] = code
  }
  return out
}
const isPrintable = (text: string): boolean => /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)
const isAscii = (text: string): boolean => !/[^\p{ASCII}]/u.test(text)

export const octetString = (bytes: Uint8Array): Uint8Array => tlv(tags.octetString, bytes)
export const bitString = (bytes: Uint8Array, unused = 0): Uint8Array => tlv(tags.bitString, Uint8Array.of(unused), bytes)
/** A named bit list (KeyUsage): trailing zero bits are left out, as DER demands (X.690 11.2.2). */
export function namedBits(bits: readonly number[]): Uint8Array {
  if (bits.length === 0) return bitString(new Uint8Array(), 0)
  const highest = Math.max(...bits)
  const out = new Uint8Array((highest >> 3) + 1)
  for (const bit of bits) out[bit >> 3]! |= 0x80 >> (bit & 7)
  return bitString(out, 7 - (highest & 7))
}

/** UTCTime up to 2049, GeneralizedTime from 2050; whole seconds, Z. */
export const time = (at: number): Uint8Array => (at < year2050 ? utcTime(at) : generalizedTime(at))
const year2050 = Date.UTC(2050, 0, 1)
const year1950 = Date.UTC(1950, 0, 1)

export function utcTime(at: number): Uint8Array {
  if (at < year1950 || at >= year2050) throw new RangeError(`UTCTime holds 1950 to 2049, not ${at}`)
  return timeElement(tags.utcTime, 2, at)
}
export const generalizedTime = (at: number): Uint8Array => timeElement(tags.generalizedTime, 4, at)

/** YY or YYYY, then MMDDHHMMSSZ. Fractions of a second are cut off, never rounded. */
function timeElement(tag: number, yearDigits: 2 | 4, at: number): Uint8Array {
  const second = Math.floor(at / 1000)
  const day = Math.floor(second / 86_400)
  const date = dateDigits(day)
  const out = new Uint8Array(yearDigits + 13)
  out[0] = tag
  out[1] = yearDigits + 11
  let i = 2
  for (let digit = 4 - yearDigits; digit < 8; digit++) out[i++] = date.charCodeAt(digit)
  const left = second - day * 86_400
  for (const part of [Math.floor(left / 3_600), Math.floor(left / 60) % 60, left % 60]) {
    out[i++] = 0x30 + Math.floor(part / 10)
    out[i++] = 0x30 + (part % 10)
  }
  out[i] = 0x5a
  return out
}

/** YYYYMMDD of a day since 1970. Entries of a list often share their day, so the last one is kept. */
function dateDigits(day: number): string {
  if (day !== lastDay) {
    const text = new Date(day * 86_400_000).toISOString()
    if (text.length !== 24) throw new RangeError(`a year of four digits is needed, not ${text}`)
    lastDigits = `${text.slice(0, 4)}${text.slice(5, 7)}${text.slice(8, 10)}`
    lastDay = day
  }
  return lastDigits
}
let lastDay = Number.NaN
let lastDigits = ''

// ---------------------------------------------------------------- reader

/** A window on the source: [start, body) is the header, [body, end) the content. */
export interface Element {
  readonly tag: number
  readonly source: Uint8Array
  readonly start: number
  readonly body: number
  readonly end: number
  readonly depth: number
}

const deepest = 32

/** The one element that `bytes` is; anything after it is malformed. */
export function decode(bytes: Uint8Array, tag?: number): Element {
  const element = elementAt(bytes, 0, bytes.length, 0)
  if (element.end !== bytes.length) throw new Malformed(`${bytes.length - element.end} octets after the element`)
  if (tag !== undefined && element.tag !== tag) throw unexpected(element.tag, tag, 0)
  return element
}

/** The whole encoding, header included. A view, not a copy. */
export const encodingOf = (e: Element): Uint8Array => e.source.subarray(e.start, e.end)
/** The content octets. A view, not a copy. */
export const contentOf = (e: Element): Uint8Array => e.source.subarray(e.body, e.end)

function elementAt(source: Uint8Array, start: number, limit: number, depth: number): Element {
  if (depth > deepest) throw new Malformed(`nested deeper than ${deepest}`)
  if (start + 2 > limit) throw new Malformed(`truncated at ${start}`)
  const tag = source[start]!
  if ((tag & 0x1f) === 0x1f) throw new Malformed(`tag of several octets at ${start}`)
  if (tag < 0x40) checkUniversal(tag, start)
  let length = source[start + 1]!
  let body = start + 2
  if (length >= 0x80) {
    const octets = length & 0x7f
    if (octets === 0 || octets > 4) throw new Malformed(`length form at ${start}`)
    if (body + octets > limit) throw new Malformed(`truncated at ${start}`)
    length = 0
    for (let i = 0; i < octets; i++) length = length * 256 + source[body + i]!
    if (length < 0x80 || length < 256 ** (octets - 1)) throw new Malformed(`length not minimal at ${start}`)
    body += octets
  }
  if (length > limit - body) throw new Malformed(`truncated at ${start}`)
  return { tag, source, start, body, end: body + length, depth }
}

/** SEQUENCE and SET are constructed, all else of the universal class is primitive in DER. */
function checkUniversal(tag: number, start: number): void {
  const number = tag & 0x1f
  const structured = number === 0x10 || number === 0x11
  if (number === 0 || structured !== ((tag & 0x20) !== 0)) throw new Malformed(`tag ${hex(tag)} at ${start}`)
}

const hex = (tag: number): string => `0x${tag.toString(16).padStart(2, '0')}`
const unexpected = (found: number, wanted: number, at: number): Malformed => new Malformed(`tag ${hex(found)} where ${hex(wanted)} was expected, at ${at}`)

/** Walks the members of a constructed element, once, in order. */
export class Reader {
  readonly #of: Element
  #at: number
  constructor(of: Element) {
    if ((of.tag & 0x20) === 0) throw new Malformed(`tag ${hex(of.tag)} holds no members, at ${of.start}`)
    this.#of = of
    this.#at = of.body
  }
  get done(): boolean {
    return this.#at === this.#of.end
  }
  /** Tag of the next member; undefined at the end. */
  peek(): number | undefined {
    return this.done ? undefined : this.#of.source[this.#at]
  }
  next(tag?: number): Element {
    const element = elementAt(this.#of.source, this.#at, this.#of.end, this.#of.depth + 1)
    if (tag !== undefined && element.tag !== tag) throw unexpected(element.tag, tag, element.start)
    this.#at = element.end
    return element
  }
  /** The next member if it has this tag. */
  optional(tag: number): Element | undefined {
    return this.peek() === tag ? this.next(tag) : undefined
  }
  /** Nothing may be left: call it where a structure ends. */
  finish(): void {
    if (!this.done) throw new Malformed(`unexpected member at ${this.#at}`)
  }
}

/** A reader on the members of the next member. */
export const enter = (from: Reader, tag: number = tags.sequence): Reader => new Reader(from.next(tag))

/** All members. */
export function children(e: Element): Element[] {
  const out: Element[] = []
  for (const reader = new Reader(e); !reader.done; ) out.push(reader.next())
  return out
}

/** The single element inside an EXPLICIT tag or an OCTET STRING wrapper. */
export function inner(e: Element, tag?: number): Element {
  const element = elementAt(e.source, e.body, e.end, e.depth + 1)
  if (element.end !== e.end) throw new Malformed(`unexpected octets at ${element.end}`)
  if (tag !== undefined && element.tag !== tag) throw unexpected(element.tag, tag, element.start)
  return element
}

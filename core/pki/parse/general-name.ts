/**
 * Names as strangers write them: distinguished names with any attribute and string type, and the nine forms of
 * GeneralName. Texts stand as they were encoded; only the comparison folds case and white space, on a copy.
 *
 * @rfc 5280 4.1.2.4, 4.2.1.6, 7.1 (comparison)
 */
import { children, contentOf, contextTag, encodingOf, inner, Malformed, primitiveTag, Reader, tags, type Element } from '../der.ts'
import { readOid, readText } from '../values.ts'

export interface AttributeValue {
  readonly oid: string
  /** Null where the value is of no string type. */
  readonly text: string | null
  /** The value with its tag. */
  readonly der: Uint8Array
}
export interface DistinguishedName {
  readonly der: Uint8Array
  readonly rdns: readonly (readonly AttributeValue[])[]
}

export type GeneralName =
  | { readonly kind: 'otherName'; readonly typeId: string; readonly value: Uint8Array; readonly text: string | null }
  | { readonly kind: 'rfc822Name' | 'dNSName' | 'uniformResourceIdentifier'; readonly text: string }
  | { readonly kind: 'directoryName'; readonly name: DistinguishedName }
  | { readonly kind: 'iPAddress'; readonly octets: Uint8Array }
  | { readonly kind: 'registeredID'; readonly oid: string }
  | { readonly kind: 'x400Address' | 'ediPartyName'; readonly value: Uint8Array }
export type GeneralNameKind = GeneralName['kind']

const strings = { teletex: 0x14, numeric: 0x12, visible: 0x1a, universal: 0x1c, bmp: 0x1e } as const

export function readDistinguishedName(e: Element): DistinguishedName {
  if (e.tag !== tags.sequence) throw new Malformed(`name expected at ${e.start}`)
  const rdns = children(e).map((rdn) => {
    if (rdn.tag !== tags.set) throw new Malformed(`RDN expected at ${rdn.start}`)
    const members = children(rdn)
    if (members.length === 0) throw new Malformed(`empty RDN at ${rdn.start}`)
    return members.map(readAttribute)
  })
  return { der: encodingOf(e), rdns }
}

function readAttribute(e: Element): AttributeValue {
  if (e.tag !== tags.sequence) throw new Malformed(`attribute expected at ${e.start}`)
  const pair = new Reader(e)
  const oid = readOid(pair.next())
  const value = pair.next()
  pair.finish()
  return { oid, text: readString(value), der: encodingOf(value) }
}

/** Text of any ASN.1 string type; null for what is none. Throws `Malformed` where the octets do not fit the type. */
function readString(e: Element): string | null {
  const octets = contentOf(e)
  switch (e.tag) {
    case tags.utf8String: case tags.printableString: case tags.ia5String: return readText(e)
    case strings.teletex: return Buffer.from(octets).toString('latin1')
    case strings.numeric: return plain(e, /^[0-9 ]*$/)
    case strings.visible: return plain(e, /^[\x20-\x7e]*$/)
    case strings.bmp: return wide(e, 2)
    case strings.universal: return wide(e, 4)
    default: return null
  }
}

function plain(e: Element, allowed: RegExp): string {
  const text = Buffer.from(contentOf(e)).toString('latin1')
  if (!allowed.test(text)) throw new Malformed(`characters outside the string type at ${e.start}`)
  return text
}

/** UCS-2 or UCS-4, big-endian. */
function wide(e: Element, width: 2 | 4): string {
  const octets = Buffer.from(contentOf(e))
  if (octets.length % width !== 0) throw new Malformed(`string length at ${e.start}`)
  let text = ''
  for (let at = 0; at < octets.length; at += width) {
    const point = octets.readUIntBE(at, width)
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) throw new Malformed(`no character at ${e.start}`)
    text += String.fromCodePoint(point)
  }
  return text
}

/** `form` says what an iPAddress holds: an address (4 or 16 octets), or an address with its mask (8 or 32). */
export function readGeneralName(e: Element, form: 'name' | 'constraint' = 'name'): GeneralName {
  switch (e.tag) {
    case contextTag(0): return readOtherName(e)
    case primitiveTag(1): return { kind: 'rfc822Name', text: readText(e, e.tag) }
    case primitiveTag(2): return { kind: 'dNSName', text: readText(e, e.tag) }
    case contextTag(3): return { kind: 'x400Address', value: encodingOf(e) }
    case contextTag(4): return { kind: 'directoryName', name: readDistinguishedName(inner(e, tags.sequence)) }
    case contextTag(5): return { kind: 'ediPartyName', value: encodingOf(e) }
    case primitiveTag(6): return { kind: 'uniformResourceIdentifier', text: readText(e, e.tag) }
    case primitiveTag(7): {
      const octets = contentOf(e)
      const [short, long] = form === 'name' ? [4, 16] : [8, 32]
      if (octets.length !== short && octets.length !== long) throw new Malformed(`iPAddress of ${octets.length} octets at ${e.start}`)
      return { kind: 'iPAddress', octets }
    }
    case primitiveTag(8): return { kind: 'registeredID', oid: readOid(e, e.tag) }
    default: throw new Malformed(`no GeneralName has tag 0x${e.tag.toString(16)}, at ${e.start}`)
  }
}

function readOtherName(e: Element): GeneralName {
  const parts = new Reader(e)
  const typeId = readOid(parts.next())
  const value = inner(parts.next(contextTag(0)))
  parts.finish()
  return { kind: 'otherName', typeId, value: encodingOf(value), text: readString(value) }
}

/** GeneralNames: SEQUENCE SIZE (1..MAX), or the same under an implicit tag. */
export function readGeneralNames(e: Element, tag: number = tags.sequence): GeneralName[] {
  if (e.tag !== tag) throw new Malformed(`GeneralNames expected at ${e.start}`)
  const names = children(e).map((member) => readGeneralName(member))
  if (names.length === 0) throw new Malformed(`empty GeneralNames at ${e.start}`)
  return names
}

// ---------------------------------------------------------------- comparison

/**
 * One text per RDN; two names are the same exactly when these are. String values are compared as characters, whatever
 * type encodes them, without regard to case and to the amount of white space; all other values as octets.
 * @rfc 5280 7.1 · 4518 2
 */
export function comparableRdns(name: DistinguishedName): readonly string[] {
  let found = comparable.get(name)
  if (found === undefined) {
    found = name.rdns.map((rdn) => rdn.map(({ oid, text, der }) => `${oid}=${text === null ? `#${Buffer.from(der).toString('hex')}` : JSON.stringify(fold(text))}`).sort().join('+'))
    comparable.set(name, found)
  }
  return found
}
const comparable = new WeakMap<DistinguishedName, readonly string[]>()

const fold = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC').replace(/[\s\u00a0]+/gu, ' ').trim()

export const comparableName = (name: DistinguishedName): string => comparableRdns(name).join(',')
export const sameName = (a: DistinguishedName, b: DistinguishedName): boolean => Buffer.compare(a.der, b.der) === 0 || comparableName(a) === comparableName(b)
export const isEmptyName = (name: DistinguishedName): boolean => name.rdns.length === 0

/** Whether `name` lies in the subtree of `base`: its first RDNs are those of the base. @rfc 5280 4.2.1.10 */
export function isWithin(name: DistinguishedName, base: DistinguishedName): boolean {
  const inside = comparableRdns(name)
  const outside = comparableRdns(base)
  return outside.length <= inside.length && outside.every((rdn, i) => rdn === inside[i])
}

/**
 * Certificate extensions of our profiles: as data, to DER, and back. One decoder serves the lint and the readers; what
 * it does not know stays `unknown`, for the lint to refuse.
 *
 * @rfc 5280 4.2 · 6960 4.2.2.2.1
 */
import {
  boolean, contentOf, enter, explicit, ia5String, implicit, inner, Malformed, namedBits, nullValue, octetString, oid, primitiveTag, contextTag,
  Reader, sequence, tags, tlv, utf8String, type Element,
} from './der.ts'
import { encodeName, readName, type Name } from './names.ts'
import { extensionOids, type ExtensionName } from './profile.ts'
import { readBoolean, readNamedBits, readOctetString, readOid, readText } from './values.ts'

export type AlternativeName = { readonly directory: Name } | { readonly other: string; readonly text: string }
interface Common { readonly critical: boolean }
export type Extension = Common & (
  | { readonly name: 'keyUsage'; readonly bits: readonly number[] }
  | { readonly name: 'subjectAltName'; readonly names: readonly AlternativeName[] }
  | { readonly name: 'issuerAltName'; readonly names: readonly AlternativeName[] }
  | { readonly name: 'certificatePolicies'; readonly policy: string; readonly cps: string }
  | { readonly name: 'cRLDistributionPoints'; readonly point: Name }
  /** Hex. */
  | { readonly name: 'authorityKeyIdentifier'; readonly keyId: string }
  | { readonly name: 'subjectKeyIdentifier'; readonly keyId: string }
  | { readonly name: 'authorityInfoAccess'; readonly ocsp: string }
  | { readonly name: 'basicConstraints'; readonly ca: boolean }
  | { readonly name: 'extKeyUsage'; readonly purposes: readonly string[] }
  | { readonly name: 'ocspNoCheck' }
  | { readonly name: 'unknown'; readonly oid: string; readonly value: string }
)
export type KnownExtension = Exclude<Extension, { name: 'unknown' }>

const purposeOids = { cps: '1.3.6.1.5.5.7.2.1', ocsp: '1.3.6.1.5.5.7.48.1' } as const
export const ocspSigning = '1.3.6.1.5.5.7.3.9'

const encodedOids = Object.fromEntries(Object.entries(extensionOids).map(([name, dotted]) => [name, oid(dotted)])) as Record<ExtensionName, Uint8Array>
const nameByOid: ReadonlyMap<string, ExtensionName> = new Map((Object.entries(extensionOids) as [ExtensionName, string][]).map(([name, dotted]) => [dotted, name]))

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()
export const bytesOfHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

/** Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }. FALSE is left out. */
export const wrapExtension = (id: Uint8Array, critical: boolean, value: Uint8Array): Uint8Array =>
  critical ? sequence(id, boolean(true), octetString(value)) : sequence(id, octetString(value))

export const encodeExtensions = (extensions: readonly KnownExtension[]): Uint8Array =>
  sequence(...extensions.map((extension) => wrapExtension(encodedOids[extension.name], extension.critical, encodeValue(extension))))

function encodeValue(extension: KnownExtension): Uint8Array {
  switch (extension.name) {
    case 'keyUsage': return namedBits(extension.bits)
    case 'subjectAltName':
    case 'issuerAltName': return sequence(...extension.names.map(encodeAlternative))
    case 'certificatePolicies': return sequence(sequence(oid(extension.policy), sequence(sequence(oid(purposeOids.cps), ia5String(extension.cps)))))
    case 'cRLDistributionPoints': return sequence(sequence(encodePoint(extension.point)))
    case 'authorityKeyIdentifier': return sequence(tlv(primitiveTag(0), bytesOfHex(extension.keyId)))
    case 'subjectKeyIdentifier': return octetString(bytesOfHex(extension.keyId))
    case 'authorityInfoAccess': return sequence(sequence(oid(purposeOids.ocsp), implicit(6, ia5String(extension.ocsp))))
    case 'basicConstraints': return extension.ca ? sequence(boolean(true)) : sequence()
    case 'extKeyUsage': return sequence(...extension.purposes.map(oid))
    case 'ocspNoCheck': return nullValue
  }
}

/** DistributionPointName: [0] { fullName [0] { directoryName [4] Name } }. Also stands in issuingDistributionPoint. @rfc 5280 4.2.1.13 */
export const encodePoint = (point: Name): Uint8Array => encodePointOf(encodeName(point))
export const encodePointOf = (nameDer: Uint8Array): Uint8Array => explicit(0, explicit(0, explicit(4, nameDer)))
export function readPoint(e: Element): Name {
  return readName(inner(inner(inner(e, contextTag(0)), contextTag(4)), tags.sequence))
}

const encodeAlternative = (name: AlternativeName): Uint8Array =>
  'directory' in name ? explicit(4, encodeName(name.directory)) : explicit(0, oid(name.other), explicit(0, utf8String(name.text)))

function readAlternative(e: Element): AlternativeName {
  if (e.tag === contextTag(4)) return { directory: readName(inner(e, tags.sequence)) }
  if (e.tag !== contextTag(0)) throw new Malformed(`general name not of this profile at ${e.start}`)
  const parts = new Reader(e)
  const other = readOid(parts.next())
  const text = inner(parts.next(contextTag(0)), tags.utf8String)
  parts.finish()
  return { other, text: readText(text) }
}

function members(e: Element): Reader {
  if (e.tag !== tags.sequence) throw new Malformed(`SEQUENCE expected at ${e.start}`)
  return new Reader(e)
}
/** SEQUENCE { that one element }. */
function sequenceOfOne(e: Element, tag: number): Element {
  const parts = members(e)
  const one = parts.next(tag)
  parts.finish()
  return one
}
/** SEQUENCE OF with a single SEQUENCE in it: a reader on that one. */
const only = (e: Element): Reader => new Reader(sequenceOfOne(e, tags.sequence))

/** The members of an Extensions SEQUENCE. */
export function readExtensions(e: Element): Extension[] {
  const extensions: Extension[] = []
  for (const list = members(e); !list.done; ) {
    const parts = enter(list)
    const id = readOid(parts.next())
    const flag = parts.optional(tags.boolean)
    if (flag !== undefined && !readBoolean(flag)) throw new Malformed(`DEFAULT FALSE encoded at ${flag.start}`)
    const wrapper = parts.next(tags.octetString)
    parts.finish()
    const name = nameByOid.get(id)
    const critical = flag !== undefined
    extensions.push(name === undefined ? { name: 'unknown', oid: id, critical, value: hexOf(readOctetString(wrapper)) } : readValue(name, critical, inner(wrapper)))
  }
  return extensions
}

function readValue(name: ExtensionName, critical: boolean, e: Element): Extension {
  switch (name) {
    case 'keyUsage': return { name, critical, bits: readNamedBits(e) }
    case 'subjectAltName':
    case 'issuerAltName': {
      const names: AlternativeName[] = []
      for (const list = members(e); !list.done; ) names.push(readAlternative(list.next()))
      return { name, critical, names }
    }
    case 'certificatePolicies': {
      const policy = only(e)
      const id = readOid(policy.next())
      const qualifier = only(policy.next(tags.sequence))
      policy.finish()
      if (readOid(qualifier.next()) !== purposeOids.cps) throw new Malformed('policy qualifier not a CPS pointer')
      const cps = readText(qualifier.next(tags.ia5String))
      qualifier.finish()
      return { name, critical, policy: id, cps }
    }
    case 'cRLDistributionPoints': {
      const point = only(e)
      const at = point.next(contextTag(0))
      point.finish()
      return { name, critical, point: readPoint(at) }
    }
    case 'authorityKeyIdentifier': {
      const keyId = sequenceOfOne(e, primitiveTag(0))
      return { name, critical, keyId: hexOf(contentOf(keyId)) }
    }
    case 'subjectKeyIdentifier': return { name, critical, keyId: hexOf(readOctetString(e)) }
    case 'authorityInfoAccess': {
      const access = only(e)
      if (readOid(access.next()) !== purposeOids.ocsp) throw new Malformed('access method other than OCSP')
      const ocsp = readText(access.next(primitiveTag(6)))
      access.finish()
      return { name, critical, ocsp }
    }
    case 'basicConstraints': {
      const parts = members(e)
      const flag = parts.optional(tags.boolean)
      if (flag !== undefined && !readBoolean(flag)) throw new Malformed('DEFAULT FALSE encoded in basicConstraints')
      parts.finish()
      return { name, critical, ca: flag !== undefined }
    }
    case 'extKeyUsage': {
      const purposes: string[] = []
      for (const list = members(e); !list.done; ) purposes.push(readOid(list.next()))
      return { name, critical, purposes }
    }
    case 'ocspNoCheck':
      if (e.tag !== tags.null || contentOf(e).length !== 0) throw new Malformed('ocspNoCheck is NULL')
      return { name, critical }
  }
}

export const extensionOf = <N extends Extension['name']>(extensions: readonly Extension[], name: N): Extract<Extension, { name: N }> | null =>
  (extensions.find((extension) => extension.name === name) as Extract<Extension, { name: N }> | undefined) ?? null

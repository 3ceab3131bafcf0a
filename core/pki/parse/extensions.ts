/**
 * The extensions of RFC 5280 as any CA may write them, decoded strictly: an extension that this file knows and cannot
 * read makes the certificate or list malformed. What it does not know is kept as octets, for the caller to judge by
 * its criticality. (The vocabulary of our own profiles, which is far smaller, is in ../extension.ts.)
 *
 * @rfc 5280 4.2, 5.2, 5.3
 */
import { children, contextTag, decode, encodingOf, inner, Malformed, primitiveTag, Reader, sequence, tags, type Element } from '../der.ts'
import { readBoolean, readEnumerated, readInteger, readNamedBits, readNull, readOctetString, readOid, readSerial, readSmall, readTime } from '../values.ts'
import { readDistinguishedName, readGeneralName, readGeneralNames, type DistinguishedName, type GeneralName } from './general-name.ts'

export interface Extension { readonly oid: string; readonly critical: boolean; readonly value: Uint8Array }

/** Key identifiers are upper-case hex. */
export interface AuthorityKeyIdentifier { readonly keyId: string | null; readonly issuer: readonly GeneralName[] | null; readonly serial: string | null }
export interface BasicConstraints { readonly ca: boolean; readonly pathLength: number | null }
export interface PolicyInformation { readonly policy: string; readonly qualifiers: Uint8Array | null }
export interface NameConstraints { readonly permitted: readonly GeneralName[]; readonly excluded: readonly GeneralName[] }
/** Relative names are rare and kept apart: they hang on the CRL issuer's name. */
export type PointName = { readonly full: readonly GeneralName[] } | { readonly relative: DistinguishedName['rdns'][number] }
/** Reasons are the bit numbers of ReasonFlags. @rfc 5280 4.2.1.13 */
export interface DistributionPoint { readonly point: PointName | null; readonly reasons: readonly number[] | null; readonly crlIssuer: readonly GeneralName[] | null }
export interface IssuingDistributionPoint {
  readonly point: PointName | null
  readonly onlyUserCerts: boolean
  readonly onlyCaCerts: boolean
  readonly onlyAttributeCerts: boolean
  readonly onlySomeReasons: readonly number[] | null
  readonly indirect: boolean
}

const any = '2.5.29.'
const decoders = {
  [`${any}14`]: ['subjectKeyIdentifier', (e: Element): string => hex(readOctetString(e))],
  [`${any}15`]: ['keyUsage', (e: Element): readonly number[] => nonEmpty(readNamedBits(e), e)],
  [`${any}17`]: ['subjectAltName', (e: Element): readonly GeneralName[] => readGeneralNames(e)],
  [`${any}18`]: ['issuerAltName', (e: Element): readonly GeneralName[] => readGeneralNames(e)],
  [`${any}19`]: ['basicConstraints', readBasicConstraints],
  [`${any}20`]: ['crlNumber', (e: Element): bigint => notNegative(readInteger(e), e)],
  [`${any}21`]: ['reason', readReason],
  [`${any}24`]: ['invalidityDate', (e: Element): number => readTime(tagged(e, tags.generalizedTime))],
  [`${any}27`]: ['deltaCrl', (e: Element): bigint => notNegative(readInteger(e), e)],
  [`${any}28`]: ['issuingDistributionPoint', readIssuingDistributionPoint],
  [`${any}29`]: ['certificateIssuer', (e: Element): readonly GeneralName[] => readGeneralNames(e)],
  [`${any}30`]: ['nameConstraints', readNameConstraints],
  [`${any}31`]: ['crlDistributionPoints', readDistributionPoints],
  [`${any}32`]: ['certificatePolicies', readPolicies],
  [`${any}33`]: ['policyMappings', readMappings],
  [`${any}35`]: ['authorityKeyIdentifier', readAuthorityKeyIdentifier],
  [`${any}36`]: ['policyConstraints', readPolicyConstraints],
  [`${any}37`]: ['extendedKeyUsage', (e: Element): readonly string[] => nonEmpty(members(e).map((m) => readOid(m)), e)],
  [`${any}46`]: ['freshestCrl', readDistributionPoints],
  [`${any}54`]: ['inhibitAnyPolicy', (e: Element): number => readSmall(e)],
  '1.3.6.1.5.5.7.1.1': ['authorityInfoAccess', readAccess],
  '1.3.6.1.5.5.7.1.11': ['subjectInfoAccess', readAccess],
  '1.3.6.1.5.5.7.48.1.5': ['ocspNoCheck', (e: Element): true => (readNull(e), true)],
} as const satisfies Record<string, readonly [string, (e: Element) => unknown]>

/** By name, where present. */
export interface KnownExtensions {
  readonly subjectKeyIdentifier?: string
  readonly keyUsage?: readonly number[]
  readonly subjectAltName?: readonly GeneralName[]
  readonly issuerAltName?: readonly GeneralName[]
  readonly basicConstraints?: BasicConstraints
  readonly crlNumber?: bigint
  readonly reason?: number
  readonly invalidityDate?: number
  readonly deltaCrl?: bigint
  readonly issuingDistributionPoint?: IssuingDistributionPoint
  readonly certificateIssuer?: readonly GeneralName[]
  readonly nameConstraints?: NameConstraints
  readonly crlDistributionPoints?: readonly DistributionPoint[]
  readonly certificatePolicies?: readonly PolicyInformation[]
  readonly policyMappings?: readonly { readonly issuer: string; readonly subject: string }[]
  readonly authorityKeyIdentifier?: AuthorityKeyIdentifier
  readonly policyConstraints?: { readonly requireExplicit: number | null; readonly inhibitMapping: number | null }
  readonly extendedKeyUsage?: readonly string[]
  readonly freshestCrl?: readonly DistributionPoint[]
  readonly inhibitAnyPolicy?: number
  readonly authorityInfoAccess?: readonly { readonly method: string; readonly location: GeneralName }[]
  readonly subjectInfoAccess?: readonly { readonly method: string; readonly location: GeneralName }[]
  readonly ocspNoCheck?: true
}
export type KnownName = keyof KnownExtensions

const table: ReadonlyMap<string, readonly [string, (e: Element) => unknown]> = new Map(Object.entries(decoders))
export const nameOfExtension = (oid: string): KnownName | null => (table.get(oid)?.[0] as KnownName | undefined) ?? null

export interface DecodedExtensions { readonly list: readonly Extension[]; readonly known: KnownExtensions }
export const noExtensions: DecodedExtensions = { list: [], known: {} }

/** Extensions: SEQUENCE SIZE (1..MAX), no OID twice, FALSE left out (DER). */
export function readExtensions(e: Element): DecodedExtensions {
  const list: Extension[] = []
  const known: Partial<Record<KnownName, unknown>> = {}
  const seen = new Set<string>()
  for (const member of nonEmpty(members(e), e)) {
    const parts = new Reader(tagged(member, tags.sequence))
    const oid = readOid(parts.next())
    const flag = parts.optional(tags.boolean)
    if (flag !== undefined && !readBoolean(flag)) throw new Malformed(`DEFAULT FALSE encoded at ${flag.start}`)
    const value = readOctetString(parts.next())
    parts.finish()
    if (seen.has(oid)) throw new Malformed(`extension ${oid} twice`)
    seen.add(oid)
    list.push({ oid, critical: flag !== undefined, value })
    const decoder = table.get(oid)
    if (decoder !== undefined) known[decoder[0] as KnownName] = decoder[1](decode(value))
  }
  return { list, known: known as KnownExtensions }
}

// ---------------------------------------------------------------- one by one

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex').toUpperCase()

function tagged(e: Element, tag: number): Element {
  if (e.tag !== tag) throw new Malformed(`tag 0x${e.tag.toString(16)} where 0x${tag.toString(16)} was expected, at ${e.start}`)
  return e
}
const members = (e: Element): Element[] => children(tagged(e, tags.sequence))
function nonEmpty<T>(list: readonly T[], e: Element): readonly T[] {
  if (list.length === 0) throw new Malformed(`empty list at ${e.start}`)
  return list
}
function notNegative(value: bigint, e: Element): bigint {
  if (value < 0n) throw new Malformed(`negative number at ${e.start}`)
  return value
}
const optionalFlag = (parts: Reader, tag: number): boolean => {
  const flag = parts.optional(tag)
  if (flag !== undefined && !readBoolean(flag, tag)) throw new Malformed(`DEFAULT FALSE encoded at ${flag.start}`)
  return flag !== undefined
}

function readBasicConstraints(e: Element): BasicConstraints {
  const parts = new Reader(tagged(e, tags.sequence))
  const ca = optionalFlag(parts, tags.boolean)
  const length = parts.optional(tags.integer)
  parts.finish()
  return { ca, pathLength: length === undefined ? null : readSmall(length) }
}

/** CRLReason; 7 is not used. */
function readReason(e: Element): number {
  const reason = readEnumerated(e)
  if (reason > 10 || reason === 7) throw new Malformed(`no reason has the number ${reason}`)
  return reason
}

function readAuthorityKeyIdentifier(e: Element): AuthorityKeyIdentifier {
  const parts = new Reader(tagged(e, tags.sequence))
  const keyId = parts.optional(primitiveTag(0))
  const issuer = parts.optional(contextTag(1))
  const serial = parts.optional(primitiveTag(2))
  parts.finish()
  if ((issuer === undefined) !== (serial === undefined)) throw new Malformed('authorityKeyIdentifier names the issuer without the serial number, or the reverse')
  return {
    keyId: keyId === undefined ? null : hex(readOctetString(keyId, keyId.tag)),
    issuer: issuer === undefined ? null : readGeneralNames(issuer, issuer.tag),
    serial: serial === undefined ? null : readSerial({ ...serial, tag: tags.integer }),
  }
}

function readPolicies(e: Element): readonly PolicyInformation[] {
  const policies = nonEmpty(members(e), e).map((member) => {
    const parts = new Reader(tagged(member, tags.sequence))
    const policy = readOid(parts.next())
    const qualifiers = parts.optional(tags.sequence)
    parts.finish()
    return { policy, qualifiers: qualifiers === undefined ? null : encodingOf(qualifiers) }
  })
  if (new Set(policies.map((p) => p.policy)).size !== policies.length) throw new Malformed('a policy twice in certificatePolicies')
  return policies
}

function readMappings(e: Element): readonly { issuer: string; subject: string }[] {
  return nonEmpty(members(e), e).map((member) => {
    const parts = new Reader(tagged(member, tags.sequence))
    const mapping = { issuer: readOid(parts.next()), subject: readOid(parts.next()) }
    parts.finish()
    return mapping
  })
}

function readPolicyConstraints(e: Element): { requireExplicit: number | null; inhibitMapping: number | null } {
  const parts = new Reader(tagged(e, tags.sequence))
  const explicit = parts.optional(primitiveTag(0))
  const mapping = parts.optional(primitiveTag(1))
  parts.finish()
  if (explicit === undefined && mapping === undefined) throw new Malformed('empty policyConstraints')
  return { requireExplicit: explicit === undefined ? null : readSmall(explicit, explicit.tag), inhibitMapping: mapping === undefined ? null : readSmall(mapping, mapping.tag) }
}

/** Of a GeneralSubtree only the base: minimum is 0 by DEFAULT and so left out, maximum is not used. @rfc 5280 4.2.1.10 */
function readNameConstraints(e: Element): NameConstraints {
  const parts = new Reader(tagged(e, tags.sequence))
  const subtrees = (found: Element | undefined): GeneralName[] =>
    found === undefined ? [] : nonEmpty(children(found), found).map((member) => {
      const subtree = new Reader(tagged(member, tags.sequence))
      const base = readGeneralName(subtree.next(), 'constraint')
      subtree.finish()
      return base
    })
  const permitted = subtrees(parts.optional(contextTag(0)))
  const excluded = subtrees(parts.optional(contextTag(1)))
  parts.finish()
  if (permitted.length + excluded.length === 0) throw new Malformed('empty nameConstraints')
  return { permitted, excluded }
}

/** DistributionPointName inside its EXPLICIT [0]. */
function readPointName(wrapper: Element): PointName {
  const name = inner(wrapper)
  if (name.tag === contextTag(0)) return { full: readGeneralNames(name, name.tag) }
  if (name.tag !== contextTag(1)) throw new Malformed(`distribution point name at ${name.start}`)
  // A RelativeDistinguishedName under its implicit tag: read as a name of that one RDN.
  const rdn = encodingOf(name).slice()
  rdn[0] = tags.set
  return { relative: readDistinguishedName(decode(sequence(rdn))).rdns[0]! }
}

function readDistributionPoints(e: Element): readonly DistributionPoint[] {
  return nonEmpty(members(e), e).map((member) => {
    const parts = new Reader(tagged(member, tags.sequence))
    const point = parts.optional(contextTag(0))
    const reasons = parts.optional(primitiveTag(1))
    const issuer = parts.optional(contextTag(2))
    parts.finish()
    if (point === undefined && issuer === undefined) throw new Malformed('distribution point with reasons alone')
    return {
      point: point === undefined ? null : readPointName(point),
      reasons: reasons === undefined ? null : readNamedBits(reasons, reasons.tag),
      crlIssuer: issuer === undefined ? null : readGeneralNames(issuer, issuer.tag),
    }
  })
}

function readIssuingDistributionPoint(e: Element): IssuingDistributionPoint {
  const parts = new Reader(tagged(e, tags.sequence))
  const point = parts.optional(contextTag(0))
  const onlyUserCerts = optionalFlag(parts, primitiveTag(1))
  const onlyCaCerts = optionalFlag(parts, primitiveTag(2))
  const reasons = parts.optional(primitiveTag(3))
  const indirect = optionalFlag(parts, primitiveTag(4))
  const onlyAttributeCerts = optionalFlag(parts, primitiveTag(5))
  parts.finish()
  if (Number(onlyUserCerts) + Number(onlyCaCerts) + Number(onlyAttributeCerts) > 1) throw new Malformed('issuingDistributionPoint with two scopes')
  return {
    point: point === undefined ? null : readPointName(point), onlyUserCerts, onlyCaCerts, onlyAttributeCerts, indirect,
    onlySomeReasons: reasons === undefined ? null : readNamedBits(reasons, reasons.tag),
  }
}

function readAccess(e: Element): readonly { method: string; location: GeneralName }[] {
  return nonEmpty(members(e), e).map((member) => {
    const parts = new Reader(tagged(member, tags.sequence))
    const access = { method: readOid(parts.next()), location: readGeneralName(parts.next()) }
    parts.finish()
    return access
  })
}

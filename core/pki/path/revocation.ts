/**
 * Revocation by lists that the caller offers; nothing is fetched. Complete lists, sharded lists (issuing distribution
 * points), lists by reason, indirect lists and delta lists. A certificate is good only if current, signed lists that
 * cover it for every reason do not name it; where no list says so, the status is unknown and the path refused.
 *
 * @rfc 5280 5.2, 5.3, 6.3.3
 */
import type { Certificate, Crl, RevokedEntry } from '../parse.ts'
import { nameOfExtension, type DistributionPoint, type IssuingDistributionPoint, type KnownName, type PointName } from '../parse/extensions.ts'
import { comparableName, comparableRdns, sameName, type DistinguishedName, type GeneralName } from '../parse/general-name.ts'
import { mayIdentify } from './build.ts'
import { allows, isCa } from './conformity.ts'
import type { Work } from './work.ts'

export type Status = { readonly status: 'good' } | { readonly status: 'revoked'; readonly entry: RevokedEntry } | { readonly status: 'unknown'; readonly why: string }

export interface RevocationContext {
  /** The newest first: of two by one key that cover the same, the first to hold decides. */
  readonly crls: readonly Crl[]
  readonly at: number
  readonly work: Work
  /** Who may have signed a list: the certificates of the path and whatever else was offered. */
  readonly signers: readonly Certificate[]
  /** Whether that certificate is the CA of the path itself, or leads to the path's own anchor. @rfc 5280 6.3.3 (f) */
  isTrusted(signer: Certificate): boolean
}

/** Bits of ReasonFlags, without `unused`. */
const allReasons: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8]
const certificateHoldLifted = 8 // removeFromCRL

export function statusOf(certificate: Certificate, context: RevocationContext): Status {
  const own: DistributionPoint = { point: { full: [{ kind: 'directoryName', name: certificate.issuer }] }, reasons: null, crlIssuer: null }
  const covered = new Set<number>()
  // By signing key: generations of a CA share one name, and the list of one does not speak the last word for another.
  const answered = new Map<string, Set<number>>()
  let why = 'no list covers it'
  for (const point of [...(certificate.known.crlDistributionPoints ?? []), own]) {
    for (const crl of context.crls) {
      if (crl.known.deltaCrl !== undefined || !covers(crl, certificate, point)) continue
      const found = signerOf(crl, context)
      if (typeof found === 'string') {
        why = found
        continue
      }
      const byKey = Buffer.from(found.spki).toString('latin1')
      const before = answered.get(byKey) ?? new Set()
      const reasons = reasonsOf(crl, point).filter((reason) => !before.has(reason))
      if (reasons.length === 0) continue
      const entry = entryWithDelta(crl, certificate, point, context)
      if (entry !== null) return { status: 'revoked', entry }
      answered.set(byKey, new Set([...before, ...reasons]))
      for (const reason of reasons) covered.add(reason)
    }
  }
  if (allReasons.every((reason) => covered.has(reason))) return { status: 'good' }
  return { status: 'unknown', why: covered.size > 0 ? 'lists cover only some reasons' : why }
}

// ---------------------------------------------------------------- which list speaks about which certificate

/** @rfc 5280 6.3.3 (b) */
function covers(crl: Crl, certificate: Certificate, point: DistributionPoint): boolean {
  const scope = crl.known.issuingDistributionPoint
  const named = point.crlIssuer === null
    ? sameName(crl.issuer, certificate.issuer)
    : scope?.indirect === true && point.crlIssuer.some((name) => name.kind === 'directoryName' && sameName(name.name, crl.issuer))
  if (!named) return false
  if (scope === undefined) return true
  if (scope.onlyAttributeCerts || (scope.onlyUserCerts && isCa(certificate)) || (scope.onlyCaCerts && !isCa(certificate))) return false
  return scope.point === null || coversPoint(crl, certificate, scope.point, point)
}

function coversPoint(crl: Crl, certificate: Certificate, scope: PointName, point: DistributionPoint): boolean {
  const published = fullNames(scope, crl.issuer)
  const wanted = point.point === null ? (point.crlIssuer ?? []).map(comparableGeneralName) : fullNames(point.point, issuerOfPoint(point, certificate))
  return published.some((name) => wanted.includes(name))
}

/** A relative name hangs on the CRL issuer, which is the certificate's issuer unless the point says otherwise. */
function issuerOfPoint(point: DistributionPoint, certificate: Certificate): DistinguishedName {
  const named = point.crlIssuer?.find((name) => name.kind === 'directoryName')
  return named?.kind === 'directoryName' ? named.name : certificate.issuer
}

function fullNames(point: PointName, base: DistinguishedName): string[] {
  if ('full' in point) return point.full.map(comparableGeneralName)
  return [`directoryName:${[...comparableRdns(base), ...comparableRdns({ der: new Uint8Array(), rdns: [point.relative] })].join(',')}`]
}

function comparableGeneralName(name: GeneralName): string {
  switch (name.kind) {
    case 'directoryName': return `directoryName:${comparableName(name.name)}`
    case 'rfc822Name': case 'dNSName': case 'uniformResourceIdentifier': return `${name.kind}:${name.text}`
    case 'registeredID': return `${name.kind}:${name.oid}`
    case 'iPAddress': return `${name.kind}:${[...name.octets].join('.')}`
    default: return `${name.kind}:${Buffer.from(name.value).toString('hex')}`
  }
}

/** interim_reasons_mask. @rfc 5280 6.3.3 (d) */
function reasonsOf(crl: Crl, point: DistributionPoint): number[] {
  const published = crl.known.issuingDistributionPoint?.onlySomeReasons ?? allReasons
  const wanted = point.reasons ?? allReasons
  return allReasons.filter((reason) => published.includes(reason) && wanted.includes(reason))
}

// ---------------------------------------------------------------- whether the list itself holds

const understood: ReadonlySet<KnownName> = new Set<KnownName>(['authorityKeyIdentifier', 'issuerAltName', 'crlNumber', 'issuingDistributionPoint', 'deltaCrl'])

/** Who signed the list, if it is current, understood, and signed by a key that may sign lists and leads to the anchor; else what is wrong. @rfc 5280 6.3.3 (a) (f) (g) */
function signerOf(crl: Crl, { at, work, signers, isTrusted }: RevocationContext): Certificate | string {
  if (crl.thisUpdate > at) return 'the list is of the future'
  if (crl.nextUpdate === null) return 'the list does not say when the next one is due'
  if (crl.nextUpdate < at) return 'the list is out of date'
  const unknown = crl.unknownInEntries[0] ?? crl.extensions.find(({ oid, critical }) => critical && !understood.has(nameOfExtension(oid) ?? 'ocspNoCheck'))?.oid
  if (unknown !== undefined) return `the list holds the unknown critical extension ${unknown}`
  const fault = faultInForm(crl)
  if (fault !== null) return fault
  const signer = signers.find((one) =>
    sameName(one.subject, crl.issuer) && allows(one, 'cRLSign') && mayIdentify(crl, one) !== 'no' && work.signedBy(crl, one) && isTrusted(one))
  return signer ?? 'the list is not signed by its issuer, or that issuer does not lead to the anchor'
}

/** What a conforming issuer puts into every list. @rfc 5280 5.2.1, 5.2.3, 5.2.4, 5.2.5 */
function faultInForm({ known, extensions }: Crl): string | null {
  const critical = new Map(extensions.map((e) => [nameOfExtension(e.oid), e.critical]))
  if (known.authorityKeyIdentifier?.keyId == null || known.crlNumber === undefined) return 'the list lacks its number or the identifier of its key'
  if (critical.get('crlNumber') === true || critical.get('authorityKeyIdentifier') === true) return 'the number of the list or the identifier of its key is critical'
  if (critical.get('issuingDistributionPoint') === false || critical.get('deltaCrl') === false) return 'the scope of the list is not critical'
  return null
}

// ---------------------------------------------------------------- what the list says

/** @rfc 5280 6.3.3 (c) (h)–(k) */
function entryWithDelta(crl: Crl, certificate: Certificate, point: DistributionPoint, context: RevocationContext): RevokedEntry | null {
  const delta = context.crls.filter((other) => isDeltaOf(other, crl) && covers(other, certificate, point) && typeof signerOf(other, context) !== 'string')
    .sort((a, b) => Number(b.known.crlNumber! - a.known.crlNumber!))[0]
  const changed = delta === undefined ? null : entryFor(delta, certificate)
  const entry = changed ?? entryFor(crl, certificate)
  return entry?.reason === certificateHoldLifted ? null : entry
}

/** The same issuer, key and scope; based on this list or an earlier one, and later than it. @rfc 5280 5.2.4 */
function isDeltaOf(delta: Crl, base: Crl): boolean {
  const since = delta.known.deltaCrl
  const [number, baseNumber] = [delta.known.crlNumber, base.known.crlNumber]
  if (since === undefined || number === undefined || baseNumber === undefined || since > baseNumber || number <= baseNumber) return false
  return sameName(delta.issuer, base.issuer) && delta.known.authorityKeyIdentifier?.keyId === base.known.authorityKeyIdentifier?.keyId
    && sameScope(delta.known.issuingDistributionPoint, base.known.issuingDistributionPoint, base.issuer)
}

function sameScope(a: IssuingDistributionPoint | undefined, b: IssuingDistributionPoint | undefined, issuer: DistinguishedName): boolean {
  const text = (scope: IssuingDistributionPoint | undefined): string =>
    JSON.stringify(scope === undefined ? null : { ...scope, point: scope.point === null ? null : fullNames(scope.point, issuer) })
  return text(a) === text(b)
}

const index = new WeakMap<Crl, Map<string, RevokedEntry[]>>()

/** The entry with that serial number and that issuer. */
function entryFor(crl: Crl, certificate: Certificate): RevokedEntry | null {
  let bySerial = index.get(crl)
  if (bySerial === undefined) {
    bySerial = new Map()
    for (const entry of crl.entries) bySerial.set(entry.serial, [...(bySerial.get(entry.serial) ?? []), entry])
    index.set(crl, bySerial)
  }
  const issued = (entry: RevokedEntry): boolean =>
    entry.issuer === null ? sameName(crl.issuer, certificate.issuer) : entry.issuer.some((name) => name.kind === 'directoryName' && sameName(name.name, certificate.issuer))
  return bySerial.get(certificate.serial)?.find(issued) ?? null
}

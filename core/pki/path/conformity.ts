/**
 * What RFC 5280 demands of a certificate by itself, whatever path it stands in: the rules that CAs must keep and that
 * a careful relying party holds them to. Criticality of basicConstraints is demanded of anchors alone: whoever pins
 * one can choose, and the path algorithm does not ask it of intermediates.
 *
 * @rfc 5280 4.1.2, 4.2.1, 4.2.2
 */
import type { Certificate } from '../parse.ts'
import { nameOfExtension, type KnownName } from '../parse/extensions.ts'
import { isEmptyName, sameName, type GeneralName } from '../parse/general-name.ts'
import { hostOf, isHost, isMailbox } from './name-constraints.ts'

export type Role = 'anchor' | 'intermediate' | 'leaf'

/** Bits of KeyUsage. @rfc 5280 4.2.1.3 */
export const keyUsages = {
  digitalSignature: 0, nonRepudiation: 1, keyEncipherment: 2, dataEncipherment: 3, keyAgreement: 4, keyCertSign: 5, cRLSign: 6, encipherOnly: 7, decipherOnly: 8,
} as const
export type KeyUsage = keyof typeof keyUsages

export const isSelfIssued = (certificate: Certificate): boolean => sameName(certificate.issuer, certificate.subject)
export const asserts = (certificate: Certificate, usage: KeyUsage): boolean => certificate.known.keyUsage?.includes(keyUsages[usage]) === true
/** Whether the key may be used so: a certificate without keyUsage does not restrict its key. */
export const allows = (certificate: Certificate, usage: KeyUsage): boolean => certificate.known.keyUsage === undefined || asserts(certificate, usage)
export const isCa = (certificate: Certificate): boolean => certificate.known.basicConstraints?.ca === true

const neverCritical: readonly KnownName[] = ['authorityKeyIdentifier', 'subjectKeyIdentifier', 'authorityInfoAccess', 'subjectInfoAccess', 'freshestCrl']
const alwaysCritical: readonly KnownName[] = ['nameConstraints', 'policyConstraints', 'inhibitAnyPolicy']
const ofAuthorities: readonly KnownName[] = ['nameConstraints', 'policyConstraints', 'policyMappings', 'inhibitAnyPolicy']

/** Null, or the first rule broken, with its section. */
export function faultIn(certificate: Certificate, role: Role): string | null {
  const { serial, issuer, subject, known, extensions } = certificate
  const critical = new Map(extensions.map((e) => [nameOfExtension(e.oid), e.critical]))
  if (/^0*$/.test(serial)) return 'serial number zero (4.1.2.2)'
  if (serial.length > 40 || (serial.length === 40 && serial >= '8')) return 'serial number longer than 20 octets (4.1.2.2)'
  if (isEmptyName(issuer)) return 'empty issuer (4.1.2.4)'
  if (isEmptyName(subject)) {
    if (role !== 'leaf' || isCa(certificate)) return 'a CA without subject (4.1.2.6)'
    if (critical.get('subjectAltName') !== true) return 'neither subject nor critical subjectAltName (4.1.2.6)'
  }
  for (const name of neverCritical) if (critical.get(name) === true) return `${name} is critical (4.2)`
  for (const name of alwaysCritical) if (critical.get(name) === false) return `${name} is not critical (4.2.1)`
  if (!isCa(certificate)) {
    for (const name of ofAuthorities) if (critical.has(name)) return `${name} in the certificate of an end entity (4.2.1)`
    if (asserts(certificate, 'keyCertSign')) return 'keyCertSign without cA (4.2.1.3)'
  }
  const { pathLength } = known.basicConstraints ?? { pathLength: null }
  if (pathLength !== null && !(isCa(certificate) && asserts(certificate, 'keyCertSign'))) return 'pathLenConstraint without cA and keyCertSign (4.2.1.9)'
  if (isCa(certificate) && known.subjectKeyIdentifier === undefined) return 'a CA without subjectKeyIdentifier (4.2.1.2)'
  if (role === 'anchor' && critical.get('basicConstraints') === false) return 'basicConstraints is not critical (4.2.1.9)'
  if (known.authorityKeyIdentifier?.keyId == null && role !== 'anchor') return 'no key identifier of the authority (4.2.1.1)'
  const wrong = known.subjectAltName?.find((name) => !isWellFormed(name))
  return wrong === undefined ? null : `subjectAltName holds a malformed ${wrong.kind} (4.2.1.6)`
}

function isWellFormed(name: GeneralName): boolean {
  switch (name.kind) {
    case 'dNSName': return isHost(name.text.replace(/^\*\./, ''))
    case 'rfc822Name': return isMailbox(name.text)
    case 'uniformResourceIdentifier': return hostOf(name.text) !== null || /^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(name.text)
    default: return true
  }
}

/** Extensions of certificates that this validator acts on; a critical one outside of this list refuses the path. @rfc 5280 6.1.4 (o), 6.1.5 (f) */
const understood: ReadonlySet<KnownName> = new Set<KnownName>([
  'keyUsage', 'basicConstraints', 'nameConstraints', 'certificatePolicies', 'policyMappings', 'policyConstraints', 'inhibitAnyPolicy',
  'subjectAltName', 'issuerAltName', 'extendedKeyUsage', 'crlDistributionPoints',
])
export const notUnderstood = (certificate: Certificate, names: ReadonlySet<KnownName> = understood): string | null =>
  certificate.extensions.find(({ oid, critical }) => critical && !names.has(nameOfExtension(oid) ?? 'ocspNoCheck'))?.oid ?? null

/**
 * The checks on a certificate about to be signed. First what the RFC says of any certificate, asked of the decoded
 * bytes; then every field against the expectation. Each finding names its section.
 *
 * @rfc 5280 4.1, 4.2, A.1 · 6960 4.2.2.2
 */
import type { CaCertificate } from './certificate.ts'
import { children, decode, Malformed, tags, type Element } from './der.ts'
import { extensionOf, hexOf, ocspSigning, type Extension, type KnownExtension } from './extension.ts'
import { base64, bytesOfBase64, encodeFields, readFields, type DecodedFields } from './fields.ts'
import type { Finding } from './lint.ts'
import { nameOf, upperBounds, type Name } from './names.ts'
import type { Expectation } from './plan.ts'
import { extensionOids, fitsProfile, fitsResponder, generationOf, generations, keyUsageBits, profiles, type CertificateKind } from './profile.ts'
import { holderFindings } from './lint-holder.ts'
import { keyIdentifier } from './signer.ts'

interface Case { readonly fields: DecodedFields; readonly expected: Expectation; readonly issuer: CaCertificate | null }
type Check = (c: Case) => readonly Finding[]

/** All findings; none means that the bytes may be signed. `issuer` is null for a self-signed authority. */
export function certificateFindings(tbs: Uint8Array, expected: Expectation, issuer: CaCertificate | null): Finding[] {
  try {
    walk(decode(tbs, tags.sequence))
    const fields = readFields(tbs)
    const findings = checks.flatMap((check) => check({ fields, expected, issuer }))
    const again = findings.length > 0 || Buffer.compare(encodeFields({ ...fields, extensions: fields.extensions as KnownExtension[] }), tbs) === 0
    return again ? findings : [finding('encoding', 'RFC 5280 4.1', 'encoding the content again gives other bytes')]
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return [finding('encoding', 'RFC 5280 4.1', error.message)]
  }
}

/** Every element to the bottom is strict DER. */
function walk(e: Element): void {
  if ((e.tag & 0x20) !== 0) for (const child of children(e)) walk(child)
}

export const finding = (code: string, section: string, text: string): Finding => ({ code, section, text })
const when = (wrong: boolean, code: string, section: string, text: string): Finding[] => (wrong ? [finding(code, section, text)] : [])

// ---------------------------------------------------------------- 4.1, basic fields

const serial: Check = ({ fields }) => {
  const octets = fields.serial.length / 2
  const first = Number.parseInt(fields.serial.slice(0, 2), 16)
  return [
    ...when(first >= 0x80, 'serial-negative', 'RFC 5280 4.1.2.2', 'the serial number is negative'),
    ...when(/^0*$/.test(fields.serial), 'serial-zero', 'RFC 5280 4.1.2.2', 'the serial number is zero'),
    ...when(octets > 20, 'serial-long', 'RFC 5280 4.1.2.2', `the serial number has ${octets} octets, more than 20`),
    ...when(octets < 16 || first === 0, 'serial-short', 'profile', `the serial number has ${octets} octets; 16 to 20 without a sign octet are wanted`),
  ]
}

const signatureAlgorithm: Check = ({ fields, issuer }) => {
  const generation = issuer?.generation ?? generationOf(bytesOfBase64(fields.spki))
  return when(generation === null || generations[generation].algorithm !== fields.algorithm, 'algorithm', 'RFC 5280 4.1.2.3', `${fields.algorithm} is not the algorithm of the issuing key`)
}

const issuerName: Check = ({ fields, issuer, expected }) => {
  const wanted = issuer === null ? expected.fields.issuer : base64(issuer.subjectDer)
  return [
    ...when(fields.issuer !== wanted, 'issuer', 'RFC 5280 4.1.2.4', 'the issuer is not the subject of the CA certificate, byte for byte'),
    ...when(!same(nameOf(bytesOfBase64(fields.issuer)), expected.authority), 'issuer-kind', 'profile', 'the issuer is not the authority for certificates of this kind'),
  ]
}

const year2050 = Date.UTC(2050, 0, 1)
const validity: Check = ({ fields, expected, issuer }) => {
  const wrongForm = [fields.notBefore, fields.notAfter].some((at, i) => fields.timeTags[i] !== (at < year2050 ? tags.utcTime : tags.generalizedTime))
  return [
    ...when(wrongForm, 'time-form', 'RFC 5280 4.1.2.5', 'UTCTime through 2049, GeneralizedTime from 2050'),
    ...when(fields.notAfter <= fields.notBefore, 'validity-order', 'RFC 5280 4.1.2.5', 'notAfter is not after notBefore'),
    ...when(issuer !== null && (fields.notBefore < issuer.notBefore || fields.notAfter > issuer.notAfter), 'validity-issuer', 'RFC 5280 6.1.3', 'the validity reaches beyond that of the CA certificate'),
    ...when(profiles[expected.kind].endsWithDay && fields.notAfter % 86_400_000 !== 53_999_000, 'validity-end', 'profile', 'the validity does not end at 14:59:59Z, the end of a day in Japan'),
  ]
}

const names: Check = ({ fields, expected }) => [
  ...when(fields.subject.length === 0, 'subject-empty', 'RFC 5280 4.1.2.6', 'the subject is empty'),
  ...[fields.subject, nameOf(bytesOfBase64(fields.issuer)), ...directoryNames(fields.extensions)].flatMap(nameFindings),
  ...when(!same(fields.subject, expected.fields.subject), 'subject', 'RFC 5280 4.1.2.6', 'the subject is not the expected name'),
]

const nameFindings = (name: Name): Finding[] => name.flatMap(({ type, value, form }) => [
  ...when([...value].length > upperBounds[type], 'name-bound', 'RFC 5280 A.1', `${type} is longer than ${upperBounds[type]} characters`),
  ...when(value === '', 'name-empty', 'RFC 5280 A.1', `${type} is empty`),
  ...when((type === 'C') !== (form === 'printable'), 'name-form', 'RFC 5280 4.1.2.4', `${type} as ${form}: C is a PrintableString, all else UTF8String`),
])

function directoryNames(extensions: readonly Extension[]): Name[] {
  return extensions.flatMap((e): Name[] => {
    if (e.name === 'cRLDistributionPoints') return [e.point]
    return e.name === 'subjectAltName' || e.name === 'issuerAltName' ? e.names.flatMap((n) => ('directory' in n ? [n.directory] : [])) : []
  })
}

const publicKey: Check = ({ fields, expected, issuer }) => {
  const spki = bytesOfBase64(fields.spki)
  const fits = isAuthority(expected.kind) ? generationOf(spki) !== null : expected.kind === 'ocsp-responder' ? fitsResponder(spki) : issuer !== null && fitsProfile(spki, issuer.generation)
  return [
    ...when(!fits, 'key', 'RFC 5280 4.1.2.7', 'the public key is not one of this generation'),
    ...when(issuer !== null && Buffer.compare(spki, issuer.spki) === 0, 'key-of-issuer', 'profile', "the public key is the authority's own"),
  ]
}

const isAuthority = (kind: CertificateKind): boolean => kind === 'signature-ca' || kind === 'authentication-ca'

// ---------------------------------------------------------------- 4.2, extensions

const extensionList: Check = ({ fields, expected }) => {
  const profile = profiles[expected.kind]
  const found = fields.extensions.map((e) => e.name)
  const order = profile.extensions.filter((name) => found.includes(name))
  const unknown = fields.extensions.flatMap((e) => (e.name === 'unknown' ? [e.oid] : []))
  return [
    ...when(new Set(fields.extensions.map(idOf)).size !== fields.extensions.length, 'extension-repeated', 'RFC 5280 4.2', 'an extension occurs twice'),
    ...when(unknown.length > 0, 'extension-unknown', 'profile', `extensions not of this profile: ${unknown.join(', ')}`),
    ...when(found.join() !== order.join(), 'extension-order', 'profile', `extensions in the order ${found.join(' ')}`),
    ...fields.extensions.flatMap((e) => when(e.name !== 'unknown' && e.critical !== profile.critical.includes(e.name), 'extension-critical', sectionOf(e), `${e.name} is ${e.critical ? '' : 'not '}critical`)),
  ]
}
const idOf = (e: Extension): string => (e.name === 'unknown' ? e.oid : extensionOids[e.name])

const keyUsage: Check = ({ fields, expected }) => {
  const bits = extensionOf(fields.extensions, 'keyUsage')?.bits ?? []
  const wanted = profiles[expected.kind].keyUsage
  return [
    ...when(bits.join() !== wanted.join(), 'key-usage', 'RFC 5280 4.2.1.3', `keyUsage bits ${bits.join()} where ${wanted.join()} are right for ${expected.kind}`),
    ...when(bits.includes(keyUsageBits.keyCertSign) && extensionOf(fields.extensions, 'basicConstraints')?.ca !== true, 'key-usage-ca', 'RFC 5280 4.2.1.9', 'keyCertSign without cA'),
  ]
}

const basicConstraints: Check = ({ fields, expected }) => {
  const found = extensionOf(fields.extensions, 'basicConstraints')
  return when(isAuthority(expected.kind) ? found?.ca !== true : found !== null, 'basic-constraints', 'RFC 5280 4.2.1.9', 'cA is for authorities, and for all of them')
}

const keyIdentifiers: Check = ({ fields, issuer, expected }) => {
  const own = extensionOf(fields.extensions, 'subjectKeyIdentifier')?.keyId
  const above = extensionOf(fields.extensions, 'authorityKeyIdentifier')?.keyId
  return [
    ...when(own !== hexOf(keyIdentifier(bytesOfBase64(fields.spki))), 'subject-key-id', 'RFC 5280 4.2.1.2', 'subjectKeyIdentifier is not the SHA-1 of the public key'),
    ...when(above !== undefined && above !== issuer?.keyId, 'authority-key-id', 'RFC 5280 4.2.1.1', 'authorityKeyIdentifier is not the key identifier of the CA certificate'),
    ...when(above === undefined && expected.kind === 'ocsp-responder', 'authority-key-id', 'RFC 5280 4.2.1.1', 'authorityKeyIdentifier is missing'),
  ]
}

const alternativeNames: Check = ({ fields, expected }) => {
  const names = extensionOf(fields.extensions, 'subjectAltName')?.names
  const items = (names ?? []).flatMap((n) => ('other' in n ? [n] : []))
  return [
    ...when(names !== undefined && names.length === 0, 'san-empty', 'RFC 5280 4.2.1.6', 'subjectAltName has no name'),
    ...when(new Set(items.map((n) => n.other)).size !== items.length, 'san-repeated', 'profile', 'an item of the holder occurs twice'),
    ...when(items.length > 0 && (isAuthority(expected.kind) || expected.kind.endsWith('authentication')), 'san-personal', 'profile', 'items of a person where none belong'),
    ...(expected.kind.endsWith('signature') ? holderFindings(items.map((n) => ({ oid: n.other, text: n.text })), expected.items) : []),
  ]
}

const responder: Check = ({ fields, expected }) => {
  if (expected.kind !== 'ocsp-responder') return when(extensionOf(fields.extensions, 'ocspNoCheck') !== null, 'no-check', 'RFC 6960 4.2.2.2.1', 'ocspNoCheck belongs to responders alone')
  const purposes = extensionOf(fields.extensions, 'extKeyUsage')?.purposes ?? []
  return [
    ...when(purposes.join() !== ocspSigning, 'responder-purpose', 'RFC 6960 4.2.2.2', 'extKeyUsage is not id-kp-OCSPSigning'),
    ...when(extensionOf(fields.extensions, 'ocspNoCheck') === null, 'no-check', 'RFC 6960 4.2.2.2.1', 'ocspNoCheck is missing'),
    ...when(fields.notAfter - fields.notBefore > 31 * 86_400_000, 'responder-life', 'RFC 6960 4.2.2.2.1', 'a certificate that nobody checks for revocation must be short-lived'),
  ]
}

const accessUrls: Check = ({ fields }) => {
  const url = extensionOf(fields.extensions, 'authorityInfoAccess')?.ocsp
  const cps = extensionOf(fields.extensions, 'certificatePolicies')?.cps
  return [
    ...when(url !== undefined && !/^http:\/\/[^/]+/.test(url), 'access-url', 'RFC 5280 4.2.2.1', 'the OCSP address is not an http URL'),
    ...when(cps !== undefined && !URL.canParse(cps), 'cps-uri', 'RFC 5280 4.2.1.4', 'the CPS pointer is not a URI'),
  ]
}

/** Field by field; what a rule above found already is found again here, under the field's own section. */
const exact: Check = ({ fields, expected: { fields: wanted } }) => [
  ...when(fields.serial !== wanted.serial, 'differs-serial', 'RFC 5280 4.1.2.2', 'another serial number than reserved'),
  ...when(fields.algorithm !== wanted.algorithm, 'differs-algorithm', 'RFC 5280 4.1.2.3', 'another algorithm than expected'),
  ...when(fields.issuer !== wanted.issuer, 'differs-issuer', 'RFC 5280 4.1.2.4', 'another issuer than expected'),
  ...when(fields.notBefore !== wanted.notBefore || fields.notAfter !== wanted.notAfter, 'differs-validity', 'RFC 5280 4.1.2.5', 'other dates than expected'),
  ...when(fields.spki !== wanted.spki, 'differs-key', 'RFC 5280 4.1.2.7', 'another public key than expected'),
  ...when(fields.extensions.length !== wanted.extensions.length, 'differs-extensions', 'RFC 5280 4.2', 'other extensions than expected'),
  ...wanted.extensions.flatMap((e) => {
    const found = fields.extensions.find((f) => f.name === e.name)
    return when(found !== undefined && !same(found, e), `differs-${e.name}`, sectionOf(e), `${e.name} is not as expected`)
  }),
]

const checks: readonly Check[] = [
  serial, signatureAlgorithm, issuerName, validity, names, publicKey, extensionList, keyUsage, basicConstraints, keyIdentifiers, alternativeNames, responder, accessUrls, exact,
]

/** Equal as data, whatever the order of the keys: an expectation that was stored may come back in another order. */
function same(a: unknown, b: unknown): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
}

const sections: Readonly<Record<Extension['name'], string>> = {
  keyUsage: 'RFC 5280 4.2.1.3', subjectAltName: 'RFC 5280 4.2.1.6', certificatePolicies: 'RFC 5280 4.2.1.4', issuerAltName: 'RFC 5280 4.2.1.7', cRLDistributionPoints: 'RFC 5280 4.2.1.13',
  authorityKeyIdentifier: 'RFC 5280 4.2.1.1', authorityInfoAccess: 'RFC 5280 4.2.2.1', subjectKeyIdentifier: 'RFC 5280 4.2.1.2', basicConstraints: 'RFC 5280 4.2.1.9',
  extKeyUsage: 'RFC 5280 4.2.1.12', ocspNoCheck: 'RFC 6960 4.2.2.2.1', unknown: 'RFC 5280 4.2',
}
const sectionOf = (e: Extension): string => sections[e.name]

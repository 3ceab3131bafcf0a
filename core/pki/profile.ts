/**
 * Certificate profiles as tables: which extensions, in which order, critical or not. They have the shape of JPKI's
 * certificates and CA certificates; names, OIDs and URLs are our own. What the public sources leave open is a setting.
 *
 * The arc. 1.3.6.1.4.1.32473 is the enterprise number that IANA keeps for examples (RFC 5612): nobody is ever
 * assigned it, so the default collides with no one. Whoever operates this for real sets an arc of their own. A UUID
 * arc (2.25) would be as unique, but GnuTLS cannot read arcs above 64 bits and refuses the whole extension.
 */
import { createHash, createPublicKey } from 'node:crypto'
import { distributionPointName, encodeName, type AuthorityKind, type MunicipalityNames } from './names.ts'
import type { Algorithm } from './signer.ts'

export type EndEntityKind = 'signature' | 'authentication' | 'smartphone-signature' | 'smartphone-authentication'
export type CertificateKind = EndEntityKind | 'signature-ca' | 'authentication-ca' | 'ocsp-responder'
/** Key and hash of an authority and of what it issues. */
export type Generation = 'rsa2048-sha256' | 'p384-sha384'

export const generations: Readonly<Record<Generation, { readonly algorithm: Algorithm }>> = {
  'rsa2048-sha256': { algorithm: 'rsa-pkcs1-sha256' },
  'p384-sha384': { algorithm: 'ecdsa-p384-sha384' },
}

export interface ProfileSettings {
  /** What is issued now; keys of new certificates must fit it. */
  readonly generation: Generation
  /** Stands where the real profile has 1.2.392.200149.8.5; the numbers below it are the same. */
  readonly arc: string
  readonly organization: string
  readonly operator: string
  readonly organizationJa: string
  readonly operatorJa: string
  readonly cpsUri: string
  /** Below `arc`. Those of the card are known; those of the phone are not, and are ours. */
  readonly policies: Readonly<Record<EndEntityKind, string>>
  /** Below `arc`. The last, the reading of the name (振り仮名), is not public and is ours. */
  readonly items: { readonly name: string; readonly nameSubstitutes: string; readonly sex: string; readonly birthDate: string; readonly address: string; readonly addressSubstitutes: string; readonly kana: string }
  /** Whether end-entity certificates carry it is not public. Present by default: strict verifiers want it. */
  readonly authorityKeyIdentifier: 'key-id' | 'absent'
  /** OCSP address for authorityInfoAccess; null leaves the extension out. Not public for the real service. */
  readonly ocspUrl: string | null
}

export const defaultProfileSettings: ProfileSettings = {
  generation: 'rsa2048-sha256',
  arc: '1.3.6.1.4.1.32473.8.5',
  organization: 'Mynagate',
  operator: 'Mynagate Certification Authority',
  organizationJa: 'マイナゲート認証サービス',
  operatorJa: 'マイナゲート認証局',
  cpsUri: 'http://mynagate.example/cps.html',
  policies: { signature: '1.1.20', authentication: '1.3.30', 'smartphone-signature': '1.1.40', 'smartphone-authentication': '1.3.40' },
  items: { name: '5.1', nameSubstitutes: '5.2', sex: '5.3', birthDate: '5.4', address: '5.5', addressSubstitutes: '5.6', kana: '5.7' },
  authorityKeyIdentifier: 'key-id',
  ocspUrl: null,
}

/** SHA-256 of the settings with sorted keys: stored with a reservation, it tells whether the profile changed since. */
export function profileHash(settings: ProfileSettings): string {
  const known = hashes.get(settings)
  if (known !== undefined) return known
  const sorted = (value: unknown): unknown =>
    value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)])) : value
  const hash = createHash('sha256').update(JSON.stringify(sorted(settings))).digest('hex').toUpperCase()
  hashes.set(settings, hash)
  return hash
}
const hashes = new WeakMap<ProfileSettings, string>()

/** Policy OIDs that certificates of this purpose may carry: card first, then phone. */
export const policiesFor = (purpose: AuthorityKind, settings: ProfileSettings): readonly string[] =>
  [settings.policies[purpose], settings.policies[`smartphone-${purpose}`]].map((suffix) => `${settings.arc}.${suffix}`)

/** DER of the directory name of a municipality's list: in the certificates and in the list's issuingDistributionPoint. */
export const distributionPointFor = (ca: AuthorityKind, municipality: MunicipalityNames, settings: ProfileSettings): Uint8Array => encodeName(distributionPointName(ca, municipality, settings))

export type ExtensionName =
  | 'keyUsage' | 'subjectAltName' | 'certificatePolicies' | 'issuerAltName' | 'cRLDistributionPoints' | 'authorityKeyIdentifier'
  | 'authorityInfoAccess' | 'subjectKeyIdentifier' | 'basicConstraints' | 'extKeyUsage' | 'ocspNoCheck'

export const extensionOids: Readonly<Record<ExtensionName, string>> = {
  keyUsage: '2.5.29.15', subjectAltName: '2.5.29.17', certificatePolicies: '2.5.29.32', issuerAltName: '2.5.29.18', cRLDistributionPoints: '2.5.29.31',
  authorityKeyIdentifier: '2.5.29.35', authorityInfoAccess: '1.3.6.1.5.5.7.1.1', subjectKeyIdentifier: '2.5.29.14', basicConstraints: '2.5.29.19',
  extKeyUsage: '2.5.29.37', ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
}

/** Bits of KeyUsage. @rfc 5280 4.2.1.3 */
export const keyUsageBits = { digitalSignature: 0, nonRepudiation: 1, keyCertSign: 5, cRLSign: 6 } as const

export interface Profile {
  /** In encoded order. */
  readonly extensions: readonly ExtensionName[]
  readonly critical: readonly ExtensionName[]
  readonly keyUsage: readonly number[]
  /** The real service's certificates end with the day in Japan, 14:59:59Z; a responder's need not. */
  readonly endsWithDay: boolean
}

const { digitalSignature, nonRepudiation, keyCertSign, cRLSign } = keyUsageBits
const authorityProfile: Profile = {
  extensions: ['keyUsage', 'subjectAltName', 'basicConstraints', 'cRLDistributionPoints', 'subjectKeyIdentifier'],
  critical: ['keyUsage', 'basicConstraints'], keyUsage: [keyCertSign, cRLSign], endsWithDay: true,
}
const signatureProfile: Profile = {
  extensions: ['keyUsage', 'subjectAltName', 'certificatePolicies', 'issuerAltName', 'cRLDistributionPoints', 'authorityKeyIdentifier', 'authorityInfoAccess', 'subjectKeyIdentifier'],
  critical: ['keyUsage', 'certificatePolicies'], keyUsage: [digitalSignature, nonRepudiation], endsWithDay: true,
}
const authenticationProfile: Profile = {
  extensions: signatureProfile.extensions.filter((name) => name !== 'subjectAltName'),
  critical: signatureProfile.critical, keyUsage: [digitalSignature], endsWithDay: true,
}

/** authorityKeyIdentifier and authorityInfoAccess of end-entity certificates drop out where the settings say so. */
export const profiles: Readonly<Record<CertificateKind, Profile>> = {
  'signature-ca': authorityProfile,
  'authentication-ca': authorityProfile,
  signature: signatureProfile,
  authentication: authenticationProfile,
  'smartphone-signature': signatureProfile,
  'smartphone-authentication': authenticationProfile,
  'ocsp-responder': {
    extensions: ['keyUsage', 'extKeyUsage', 'ocspNoCheck', 'authorityKeyIdentifier', 'subjectKeyIdentifier'],
    critical: ['keyUsage'], keyUsage: [digitalSignature], endsWithDay: false,
  },
}

// ---------------------------------------------------------------- keys

/**
 * Whether a holder's public key is one this generation certifies: RSA of exactly 2048 bits with e = 65537, or a point
 * of P-384; in the one DER form, so that equal keys are equal bytes.
 */
export function fitsProfile(publicKey: Uint8Array, generation: Generation): boolean {
  const facts = keyFacts(publicKey)
  if (facts === null) return false
  return generation === 'rsa2048-sha256' ? facts.type === 'rsa' && facts.bits === 2048 && facts.exponent === 65537n : facts.curve === 'secp384r1'
}

/** The generation an authority's own key belongs to; RSA above 2048 bits is still the RSA generation. */
export function generationOf(publicKey: Uint8Array): Generation | null {
  const facts = keyFacts(publicKey)
  if (facts?.type === 'rsa') return [2048, 3072, 4096].includes(facts.bits) && facts.exponent === 65537n ? 'rsa2048-sha256' : null
  return facts?.curve === 'secp384r1' ? 'p384-sha384' : null
}

/** Keys a delegated responder may have: those above and P-256, which is cheap to sign with. */
export const fitsResponder = (publicKey: Uint8Array): boolean => generationOf(publicKey) !== null || keyFacts(publicKey)?.curve === 'prime256v1'

const uncompressedLength: Readonly<Record<string, number>> = { secp384r1: 120, prime256v1: 91 }

function keyFacts(publicKey: Uint8Array): { type: string; bits: number; exponent: bigint; curve: string } | null {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
    // Re-encoding refuses trailing octets and other parameters; the length refuses compressed points.
    if (!key.export({ type: 'spki', format: 'der' }).equals(publicKey)) return null
    const details = key.asymmetricKeyDetails ?? {}
    if (key.asymmetricKeyType === 'ec' && publicKey.length !== uncompressedLength[details.namedCurve ?? '']) return null
    return { type: key.asymmetricKeyType ?? '', bits: details.modulusLength ?? 0, exponent: details.publicExponent ?? 0n, curve: details.namedCurve ?? '' }
  } catch {
    return null
  }
}

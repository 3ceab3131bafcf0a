/**
 * What a certificate of each kind must say, as data: the profile's table filled with the values of one certificate.
 * The bytes are encoded from it and the lint holds the decoded bytes against it; being JSON, it can be stored.
 *
 * @rfc 5280 4.1, 4.2 · 6960 4.2.2.2
 */
import type { CaCertificate, CaInput, EndEntityInput, ResponderInput } from './certificate.ts'
import { Malformed } from './der.ts'
import { hexOf, ocspSigning, type KnownExtension } from './extension.ts'
import { base64, type PlannedFields } from './fields.ts'
import { holderItems, itemOids, type ItemOids } from './holder.ts'
import { authorityOf, caAltName, caName, distributionPointName, encodeName, nameOf, responderName, subjectName, type Name } from './names.ts'
import { extensionOids, generationOf, generations, profileHash, profiles, type CertificateKind, type ExtensionName, type ProfileSettings } from './profile.ts'
import { keyIdentifier } from './signer.ts'

/** Plain JSON: what T1 may store beside the bytes. */
export interface Expectation {
  readonly kind: CertificateKind
  readonly fields: PlannedFields
  /** The authority of this kind, all generations alike: a key of the other authority must not sign. */
  readonly authority: Name
  /** OIDs of the holder's items. */
  readonly items: ItemOids
  /** Of the settings it was made under. */
  readonly profileHash: string
}

const wholeSecond = (at: number): number => Math.floor(at / 1000) * 1000

export function expectEndEntity(input: EndEntityInput, settings: ProfileSettings): Expectation {
  const ca = authorityOf(input.kind)
  const values: Values = {
    subjectAltName: () => ({ names: input.holder === undefined ? [] : holderItems(input.holder, settings).map(({ oid, text }) => ({ other: oid, text })) }),
    certificatePolicies: () => ({ policy: `${settings.arc}.${settings.policies[input.kind]}`, cps: settings.cpsUri }),
    issuerAltName: () => ({ names: [{ directory: caAltName(ca, settings) }] }),
    cRLDistributionPoints: () => ({ point: distributionPointName(ca, input.municipality, settings) }),
    authorityKeyIdentifier: () => (settings.authorityKeyIdentifier === 'absent' ? null : { keyId: input.issuer.keyId }),
    authorityInfoAccess: () => (settings.ocspUrl === null ? null : { ocsp: settings.ocspUrl }),
    subjectKeyIdentifier: () => ({ keyId: hexOf(keyIdentifier(input.spki)) }),
  }
  return {
    kind: input.kind, authority: caName(ca, settings), items: itemOids(settings), profileHash: profileHash(settings),
    fields: { ...common(input, input.issuer), subject: subjectName(input.kind, input.commonName, input.municipality), extensions: extensionsOf(input.kind, values) },
  }
}

export function expectCa(input: CaInput, settings: ProfileSettings): Expectation {
  const generation = generationOf(input.spki)
  if (generation === null) throw new Malformed('an authority key of no known generation')
  const kind = `${input.ca}-ca` as const
  const name = caName(input.ca, settings)
  const values: Values = {
    subjectAltName: () => ({ names: [{ directory: caAltName(input.ca, settings) }] }),
    basicConstraints: () => ({ ca: true }),
    cRLDistributionPoints: () => ({ point: name }),
    subjectKeyIdentifier: () => ({ keyId: hexOf(keyIdentifier(input.spki)) }),
  }
  return {
    kind, authority: name, items: itemOids(settings), profileHash: profileHash(settings),
    fields: { ...common(input, { subjectDer: encodeName(name), algorithm: generations[generation].algorithm }), subject: name, extensions: extensionsOf(kind, values) },
  }
}

export function expectOcspResponder(input: ResponderInput, settings: ProfileSettings): Expectation {
  const values: Values = {
    extKeyUsage: () => ({ purposes: [ocspSigning] }),
    ocspNoCheck: () => ({}),
    authorityKeyIdentifier: () => ({ keyId: input.issuer.keyId }),
    subjectKeyIdentifier: () => ({ keyId: hexOf(keyIdentifier(input.spki)) }),
  }
  return {
    kind: 'ocsp-responder', authority: nameOf(input.issuer.subjectDer), items: itemOids(settings), profileHash: profileHash(settings),
    fields: { ...common(input, input.issuer), subject: responderName(nameOf(input.issuer.subjectDer)), extensions: extensionsOf('ocsp-responder', values) },
  }
}

interface Dated { readonly serial: Uint8Array; readonly spki: Uint8Array; readonly notBefore: number; readonly notAfter: number }
const common = (input: Dated, issuer: Pick<CaCertificate, 'subjectDer' | 'algorithm'>): Omit<PlannedFields, 'subject' | 'extensions'> => ({
  serial: hexOf(input.serial), algorithm: issuer.algorithm, issuer: base64(issuer.subjectDer), notBefore: wholeSecond(input.notBefore), notAfter: wholeSecond(input.notAfter), spki: base64(input.spki),
})

type ValueOf<N extends ExtensionName> = Omit<Extract<KnownExtension, { name: N }>, 'name' | 'critical'> | null
type Values = { readonly [N in Exclude<ExtensionName, 'keyUsage'>]?: () => ValueOf<N> }

/** The profile's extensions in the profile's order; null leaves an optional one out. */
function extensionsOf(kind: CertificateKind, values: Values): KnownExtension[] {
  const profile = profiles[kind]
  return profile.extensions.flatMap((name): KnownExtension[] => {
    const value = name === 'keyUsage' ? { bits: profile.keyUsage } : values[name]?.()
    if (value === undefined) throw new RangeError(`no value for ${name} (${extensionOids[name]}) in profile ${kind}`)
    return value === null ? [] : [{ name, critical: profile.critical.includes(name), ...value } as KnownExtension]
  })
}

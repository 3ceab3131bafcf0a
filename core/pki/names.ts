/**
 * Distinguished names: the DER of Name, and the names this house gives to authorities, holders, distribution points
 * and responders. They have the shape of the real service's names and never its words: O is not `JPKI`.
 *
 * @rfc 5280 4.1.2.4, 4.2.1.13, appendix A.1 (upper bounds)
 */
import { decode, encodingOf, Malformed, oid, printableString, Reader, sequence, setOf, tags, utf8String, type Element } from './der.ts'
import type { EndEntityKind, ProfileSettings } from './profile.ts'
import { readOid, readText } from './values.ts'

export type AttributeType = 'C' | 'O' | 'OU' | 'L' | 'CN'
/** One RDN of one attribute. `form` is the ASN.1 string type: a name is compared with it, not without. */
export interface Attribute { readonly type: AttributeType; readonly value: string; readonly form: 'printable' | 'utf8' }
export type Name = readonly Attribute[]

const attributeOids = { C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11', L: '2.5.4.7', CN: '2.5.4.3' } as const
const encodedOids = Object.fromEntries(Object.entries(attributeOids).map(([type, dotted]) => [type, oid(dotted)])) as Record<AttributeType, Uint8Array>
const typeByOid: ReadonlyMap<string, AttributeType> = new Map((Object.entries(attributeOids) as [AttributeType, string][]).map(([type, dotted]) => [dotted, type]))
/** In characters. */
export const upperBounds: Readonly<Record<AttributeType, number>> = { C: 2, O: 64, OU: 64, L: 128, CN: 64 }

/** countryName must be a PrintableString; all else is UTF8String. */
export const attribute = (type: AttributeType, value: string): Attribute => ({ type, value, form: type === 'C' ? 'printable' : 'utf8' })

export function encodeName(name: Name): Uint8Array {
  return sequence(...name.map(({ type, value, form }) => setOf(sequence(encodedOids[type], form === 'printable' ? printableString(value) : utf8String(value)))))
}

/** Reads a Name made of the five attribute types, one attribute per RDN. Throws `Malformed` for any other. */
export function readName(e: Element): Name {
  const name: Attribute[] = []
  if (e.tag !== tags.sequence) throw new Malformed(`name expected at ${e.start}`)
  for (const rdns = new Reader(e); !rdns.done; ) {
    const rdn = new Reader(rdns.next(tags.set))
    const pair = new Reader(rdn.next(tags.sequence))
    rdn.finish()
    const type = typeByOid.get(readOid(pair.next()))
    const value = pair.next()
    pair.finish()
    if (type === undefined || (value.tag !== tags.printableString && value.tag !== tags.utf8String)) throw new Malformed(`attribute not of this profile at ${value.start}`)
    name.push({ type, value: readText(value), form: value.tag === tags.printableString ? 'printable' : 'utf8' })
  }
  return name
}
export const nameOf = (der: Uint8Array): Name => readName(decode(der, tags.sequence))
/** The raw bytes of a Name element: names are passed on as bytes, never re-encoded. */
export const rawName = (e: Element): Uint8Array => encodingOf(e).slice()

export const attributeOf = (name: Name, type: AttributeType): string | null => name.find((a) => a.type === type)?.value ?? null

// ---------------------------------------------------------------- names of this house

/** Which of the two independent authorities. 署名用認証局 · 利用者証明用認証局 */
export type AuthorityKind = 'signature' | 'authentication'
export const authorityOf = (kind: EndEntityKind): AuthorityKind => (kind.endsWith('signature') ? 'signature' : 'authentication')

/** 市区町村: the shard of the CRL and, in signature certificates, part of the subject. */
export interface MunicipalityNames { readonly code: string; readonly prefectureRoman: string; readonly municipalityRoman: string }

const use = { signature: 'for digital signature', authentication: 'for user authentication' } as const
const useJa = { signature: '署名用', authentication: '利用者証明用' } as const

/** Issuer and subject of all generations of an authority: only the key tells them apart. */
export const caName = (ca: AuthorityKind, settings: ProfileSettings): Name => [
  attribute('C', 'JP'), attribute('O', settings.organization), attribute('OU', `${settings.organization} ${use[ca]}`), attribute('OU', settings.operator),
]
/** The same in Japanese: subjectAltName of the authority, issuerAltName of what it issues. */
export const caAltName = (ca: AuthorityKind, settings: ProfileSettings): Name => [
  attribute('C', 'JP'), attribute('O', settings.organizationJa), attribute('OU', `${settings.organizationJa}${useJa[ca]}`), attribute('OU', settings.operatorJa),
]

/** Signature certificates name the municipality; authentication certificates name nothing but themselves. */
export function subjectName(kind: EndEntityKind, commonName: string, municipality: MunicipalityNames): Name {
  const place = authorityOf(kind) === 'signature' ? [attribute('L', municipality.prefectureRoman), attribute('L', municipality.municipalityRoman)] : []
  return [attribute('C', 'JP'), ...place, attribute('CN', commonName)]
}

/** A directory name, not a URL: one distribution point per municipality. */
export const distributionPointName = (ca: AuthorityKind, municipality: MunicipalityNames, settings: ProfileSettings): Name => [
  ...caName(ca, settings).slice(0, 3), attribute('OU', 'CRL Distribution Points'), attribute('OU', municipality.prefectureRoman), attribute('CN', `${municipality.municipalityRoman} CRLDP`),
]

/** Named below its issuer, whichever authority that is. */
export const responderName = (issuer: Name): Name => [...issuer.slice(0, 3), attribute('CN', 'OCSP Responder')]

/**
 * Makes certificates and lists that no careful CA would: any field, any extension, any fault. Keys come from a small
 * pool, so that a thousand chains cost a thousand signatures and no key generation.
 */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import {
  bitString, boolean, contextTag, enumerated, explicit, generalizedTime, ia5String, implicit, integer, namedBits, octetString, oid, printableString, primitiveTag,
  sequence, setOf, tlv, time, utf8String,
} from '../../core/pki/der.ts'
import { parseCertificate, parseCrl, type Certificate, type Crl } from '../../core/pki/parse.ts'
import { keyIdentifier } from '../../core/pki/signer.ts'

export const now = Date.UTC(2026, 3, 1)
export const day = 86_400_000

export interface Key { readonly privateKey: KeyObject; readonly spki: Uint8Array; readonly id: Uint8Array }
export function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const spki = Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }))
  return { privateKey, spki, id: keyIdentifier(spki) }
}
const pool: Key[] = []
export const keyNumber = (n: number): Key => (pool[n] ??= newKey())

export type Name = Uint8Array
export const name = (commonName: string, organization = 'Forge'): Name =>
  commonName === '' ? sequence() : sequence(setOf(sequence(oid('2.5.4.10'), utf8String(organization))), setOf(sequence(oid('2.5.4.3'), utf8String(commonName))))
export const country = (code: string): Uint8Array => setOf(sequence(oid('2.5.4.6'), printableString(code)))

// ---------------------------------------------------------------- extensions

export interface Extension { readonly id: string; readonly critical: boolean; readonly value: Uint8Array }
const extension = (id: string, critical: boolean, value: Uint8Array): Extension => ({ id, critical, value })
const subtree = (base: Uint8Array): Uint8Array => sequence(base)
/** IMPLICIT [n] of a SEQUENCE OF. */
const list = (n: number, members: readonly Uint8Array[]): Uint8Array => tlv(contextTag(n), ...members)

export const general = {
  dns: (text: string): Uint8Array => implicit(2, ia5String(text)),
  email: (text: string): Uint8Array => implicit(1, ia5String(text)),
  uri: (text: string): Uint8Array => implicit(6, ia5String(text)),
  ip: (...octets: number[]): Uint8Array => tlv(primitiveTag(7), Uint8Array.from(octets)),
  directory: (dn: Name): Uint8Array => explicit(4, dn),
  other: (type: string, text: string): Uint8Array => explicit(0, oid(type), explicit(0, utf8String(text))),
} as const

export const ext = {
  ca: (pathLength?: number, critical = true): Extension => extension('2.5.29.19', critical, sequence(boolean(true), ...(pathLength === undefined ? [] : [integer(pathLength)]))),
  notCa: (): Extension => extension('2.5.29.19', true, sequence()),
  keyUsage: (...bits: number[]): Extension => extension('2.5.29.15', true, namedBits(bits)),
  eku: (...purposes: string[]): Extension => extension('2.5.29.37', false, sequence(...purposes.map(oid))),
  ski: (key: Key): Extension => extension('2.5.29.14', false, octetString(key.id)),
  aki: (key: Key): Extension => extension('2.5.29.35', false, sequence(tlv(primitiveTag(0), key.id))),
  policies: (...policies: string[]): Extension => extension('2.5.29.32', false, sequence(...policies.map((p) => sequence(oid(p))))),
  mappings: (...pairs: [string, string][]): Extension => extension('2.5.29.33', true, sequence(...pairs.map(([from, to]) => sequence(oid(from), oid(to))))),
  policyConstraints: (explicitPolicy: number | null, mapping: number | null): Extension => extension('2.5.29.36', true, sequence(
    ...(explicitPolicy === null ? [] : [implicit(0, integer(explicitPolicy))]), ...(mapping === null ? [] : [implicit(1, integer(mapping))]))),
  inhibitAny: (after: number): Extension => extension('2.5.29.54', true, integer(after)),
  san: (...names: Uint8Array[]): Extension => extension('2.5.29.17', false, sequence(...names)),
  constraints: (permitted: readonly Uint8Array[], excluded: readonly Uint8Array[]): Extension => extension('2.5.29.30', true, sequence(
    ...(permitted.length === 0 ? [] : [list(0, permitted.map(subtree))]), ...(excluded.length === 0 ? [] : [list(1, excluded.map(subtree))]))),
  crlPoint: (point: Name): Extension => extension('2.5.29.31', false, sequence(sequence(explicit(0, explicit(0, general.directory(point)))))),
  unknown: (critical: boolean, id = '1.3.6.1.4.1.32473.1.1'): Extension => extension(id, critical, octetString(Uint8Array.of(1))),
} as const

const encodeExtensions = (extensions: readonly Extension[]): Uint8Array =>
  sequence(...extensions.map(({ id, critical, value }) => sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value))))

// ---------------------------------------------------------------- certificates and lists

export const ecdsaSha256 = sequence(oid('1.2.840.10045.4.3.2'))

export interface Plan {
  readonly subject: Name
  readonly issuer: Name
  readonly key: Key
  readonly issuerKey: Key
  readonly serial?: Uint8Array
  readonly notBefore?: number
  readonly notAfter?: number
  readonly extensions?: readonly Extension[]
}

let serials = 1
export function encodeCertificate(plan: Plan): Uint8Array {
  const extensions = plan.extensions ?? []
  const tbs = sequence(
    ...(extensions.length === 0 ? [] : [explicit(0, integer(2))]), integer(plan.serial ?? serials++), ecdsaSha256, plan.issuer,
    sequence(time(plan.notBefore ?? now - 10 * day), time(plan.notAfter ?? now + 10 * day)), plan.subject, plan.key.spki,
    ...(extensions.length === 0 ? [] : [explicit(3, encodeExtensions(extensions))]),
  )
  return sequence(tbs, ecdsaSha256, bitString(sign('sha256', tbs, plan.issuerKey.privateKey)))
}
export const certificate = (plan: Plan): Certificate => parseCertificate(encodeCertificate(plan))

/** A CA or an end entity as it should be; `more` is added, and takes the place of an extension with the same OID. */
export function proper(role: 'anchor' | 'ca' | 'leaf', subject: Name, key: Key, issuer: Name, issuerKey: Key, more: readonly Extension[] = [], over: Partial<Plan> = {}): Certificate {
  const usual = [...(role === 'leaf' ? [ext.keyUsage(0)] : [ext.ca(), ext.keyUsage(5, 6)]), ext.ski(key), ...(role === 'anchor' ? [] : [ext.aki(issuerKey)])]
  const kept = usual.filter((u) => !more.some((m) => m.id === u.id))
  return certificate({ subject, key, issuer, issuerKey, extensions: [...kept, ...more], ...over })
}

export interface ListPlan {
  readonly issuer: Name
  readonly key: Key
  readonly thisUpdate?: number
  readonly nextUpdate?: number
  readonly entries?: readonly { readonly serial: string; readonly reason?: number; readonly extensions?: readonly Extension[] }[]
  readonly extensions?: readonly Extension[]
}
export function encodeList({ issuer, key, thisUpdate = now - day, nextUpdate = now + day, entries = [], extensions = [] }: ListPlan): Uint8Array {
  const revoked = entries.map(({ serial, reason, extensions: own = [] }) => {
    const all = [...(reason === undefined ? [] : [extension('2.5.29.21', false, enumerated(reason))]), ...own]
    return sequence(integer(Buffer.from(serial, 'hex')), time(now - 2 * day), ...(all.length === 0 ? [] : [encodeExtensions(all)]))
  })
  const tbs = sequence(
    integer(1), ecdsaSha256, issuer, time(thisUpdate), time(nextUpdate), ...(revoked.length === 0 ? [] : [sequence(...revoked)]),
    explicit(0, encodeExtensions([ext.aki(key), crlNumber(1)].filter((u) => !extensions.some((own) => own.id === u.id)).concat(extensions))),
  )
  return sequence(tbs, ecdsaSha256, bitString(sign('sha256', tbs, key.privateKey)))
}
export const revocationList = (plan: ListPlan): Crl => parseCrl(encodeList(plan))

export const crlNumber = (n: number): Extension => extension('2.5.29.20', false, integer(n))
export const deltaOf = (n: number): Extension => extension('2.5.29.27', true, integer(n))
export interface Scope { readonly point?: Name; readonly user?: boolean; readonly ca?: boolean; readonly indirect?: boolean }
export const issuingPoint = ({ point, user = false, ca = false, indirect = false }: Scope): Extension => extension('2.5.29.28', true, sequence(
  ...(point === undefined ? [] : [explicit(0, explicit(0, general.directory(point)))]),
  ...(user ? [implicit(1, boolean(true))] : []), ...(ca ? [implicit(2, boolean(true))] : []), ...(indirect ? [implicit(4, boolean(true))] : []),
))
export const invalidityDate = (at: number): Extension => extension('2.5.29.24', false, generalizedTime(at))
export const certificateIssuer = (dn: Name): Extension => extension('2.5.29.29', true, sequence(general.directory(dn)))

/**
 * A whole authority in memory for the tests of this folder: keys, CA certificates of both kinds and generations, and
 * what they issue. Key pairs are made once per process; nothing here is fixed, so no test can lean on known bytes.
 */
import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { assemble, caTbs, endEntityTbs, ocspResponderTbs, parseCaCertificate, type CaCertificate, type EndEntityInput } from '../../core/pki/certificate.ts'
import { crlTbs, type CrlEntry, type CrlInput } from '../../core/pki/crl.ts'
import { lintCa, lintCrl, lintEndEntity, lintOcspResponder, signLinted } from '../../core/pki/lint.ts'
import { ocspResponder, type OcspResponder } from '../../core/pki/ocsp.ts'
import type { AuthorityKind } from '../../core/pki/names.ts'
import { defaultProfileSettings, distributionPointFor, type EndEntityKind, type Generation, type ProfileSettings } from '../../core/pki/profile.ts'
import { localSigner, type Signer } from '../../core/pki/signer.ts'

export const settings: ProfileSettings = { ...defaultProfileSettings, ocspUrl: 'http://ocsp.mynagate.example/' }
export const generationNames: readonly Generation[] = ['rsa2048-sha256', 'p384-sha384']
export const endEntityKinds: readonly EndEntityKind[] = ['signature', 'authentication', 'smartphone-signature', 'smartphone-authentication']

/** 2026-04-01T00:00:00Z; everything below is dated around it. */
export const now = Date.UTC(2026, 3, 1)
export const day = 86_400_000
/** 23:59:59 in Japan on the day that is `days` from now. */
export const endOfDay = (days: number): number => now + days * day + 53_999_000

export function newSerial(): Uint8Array {
  const serial = Uint8Array.from(randomBytes(20))
  serial[0] = 0x40 | (serial[0]! & 0x3f)
  return serial
}

export const newKey = (generation: Generation): KeyObject =>
  generation === 'rsa2048-sha256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey : generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey

const holderKeys = new Map<Generation, Signer>()
/** One holder key per generation and process: making RSA keys is slow, and the tests do not care which it is. */
export function holderSigner(generation: Generation): Signer {
  const known = holderKeys.get(generation) ?? localSigner(newKey(generation))
  holderKeys.set(generation, known)
  return known
}

export interface TestAuthority { readonly ca: AuthorityKind; readonly certificate: CaCertificate; readonly signer: Signer; readonly key: KeyObject }

const made = new Map<string, Promise<TestAuthority>>()
export function authority(ca: AuthorityKind, generation: Generation): Promise<TestAuthority> {
  const name = `${ca}/${generation}`
  const known = made.get(name) ?? makeAuthority(ca, generation)
  made.set(name, known)
  return known
}

export async function makeAuthority(ca: AuthorityKind, generation: Generation, profile: ProfileSettings = settings): Promise<TestAuthority> {
  const key = newKey(generation)
  const signer = localSigner(key)
  const input = { ca, serial: newSerial(), spki: signer.spki, notBefore: now - 30 * day, notAfter: endOfDay(3650) }
  const linted = lintCa(caTbs(input, profile), input, profile)
  return { ca, certificate: parseCaCertificate(assemble(linted, await signLinted(signer, linted))), signer, key }
}

export const municipality = { code: '131016', prefectureRoman: 'Tokyo-to', municipalityRoman: 'Chiyoda-ku' } as const
export const holder = {
  name: '髙橋　花子', nameSubstitutes: '10000', sex: '2', birthDate: '1990-07-21', address: '東京都千代田区霞が関二丁目１番２号', addressSubstitutes: '00000000000000000', kana: 'タカハシ　ハナコ',
} as const

export const caKindOf = (kind: EndEntityKind): AuthorityKind => (kind.endsWith('signature') ? 'signature' : 'authentication')

export function endEntityInput(kind: EndEntityKind, issuer: CaCertificate, over: Partial<EndEntityInput> = {}): EndEntityInput {
  return {
    kind, issuer, serial: newSerial(), spki: holderSigner(issuer.generation).spki, commonName: '997794E9AGCIEG13101001S', municipality, notBefore: now, notAfter: endOfDay(1825),
    ...(kind.endsWith('signature') ? { holder } : {}), ...over,
  }
}

export async function issue(from: TestAuthority, input: EndEntityInput, profile: ProfileSettings = settings): Promise<Uint8Array> {
  const linted = lintEndEntity(endEntityTbs(input, profile), input, profile)
  return assemble(linted, await signLinted(from.signer, linted))
}

export async function responderOf(from: TestAuthority, signer: Signer, identifiedBy: 'key' | 'name' = 'key', at = now): Promise<OcspResponder> {
  const input = { issuer: from.certificate, serial: newSerial(), spki: signer.spki, notBefore: at - 3_600_000, notAfter: at + 2 * day }
  const linted = lintOcspResponder(ocspResponderTbs(input, settings), input, settings)
  return ocspResponder(assemble(linted, await signLinted(from.signer, linted)), signer, identifiedBy)
}

export const crlInput = (from: TestAuthority, entries: Iterable<CrlEntry>, over: Partial<CrlInput> = {}): CrlInput => ({
  issuer: from.certificate, distributionPoint: distributionPointFor(from.ca, municipality, settings), number: BigInt(now), thisUpdate: now, nextUpdate: now + 7 * day, entries, ...over,
})

export async function listOf(from: TestAuthority, entries: Iterable<CrlEntry>, over: Partial<CrlInput> = {}): Promise<Uint8Array> {
  const input = crlInput(from, entries, over)
  const linted = lintCrl(crlTbs(input), input)
  return assemble(linted, await signLinted(from.signer, linted))
}

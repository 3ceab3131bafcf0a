/**
 * Signatures, and nothing but signatures: RSA PKCS#1 v1.5 by rebuilding the one encoding that is right and comparing
 * it whole, ECDSA on P-256 and P-384 by strict DER. SHA-1 has no name here. A wrong signature, a wrong key, a digest
 * of the wrong length are all `false`; nothing throws. Over a digest that somebody else made: verify-digest.ts.
 *
 * @rfc 8017 8.2.2, 9.2 · 5480 2.1.1 · 5758 3.2
 */
import { constants, createHash, createPublicKey, publicDecrypt, verify, type KeyObject } from 'node:crypto'
import { decode, nullValue, octetString, oid, Reader, sequence, tags } from './der.ts'
import { parsePublicKey, type PublicKey } from './parse.ts'
import { integerOctets } from './values.ts'

export type Hash = 'sha256' | 'sha384' | 'sha512'
export const digestLengths: Readonly<Record<Hash, number>> = { sha256: 32, sha384: 48, sha512: 64 }
export const hashOids: Readonly<Record<Hash, string>> = { sha256: '2.16.840.1.101.3.4.2.1', sha384: '2.16.840.1.101.3.4.2.2', sha512: '2.16.840.1.101.3.4.2.3' }
export const digestOf = (hash: Hash, message: Uint8Array): Uint8Array => Uint8Array.from(createHash(hash).update(message).digest())

/** Over a message. For ECDSA several times faster than hashing first and calling `verifyDigest` (verify-digest.ts). */
export function verifyMessage(spki: Uint8Array, hash: Hash, message: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKey(spki)
  if (key === null || !Object.hasOwn(digestLengths, hash)) return false
  if (key.kind === 'rsa') return verifyRsa(key, hash, digestOf(hash, message), signature)
  const raw = fromDer(signature, key.size)
  return raw !== null && verifyEcMessage(key, hash, message, raw)
}

/** ECDSA over a message with the signature as r‖s, each of the curve's length (IEEE P1363); false for RSA keys. */
export function verifyRaw(spki: Uint8Array, hash: Hash, message: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKey(spki)
  return key?.kind === 'ec' && Object.hasOwn(digestLengths, hash) && signature.length === 2 * key.size && verifyEcMessage(key, hash, message, signature)
}

// ---------------------------------------------------------------- certificates

interface SignatureAlgorithm { readonly name: string; readonly hash: Hash; readonly kind: 'rsa' | 'ec'; readonly identifier: Uint8Array }
const rsa = (name: string, hash: Hash, dotted: string): SignatureAlgorithm => ({ name, hash, kind: 'rsa', identifier: sequence(oid(dotted), nullValue) })
const ecdsa = (name: string, hash: Hash, dotted: string): SignatureAlgorithm => ({ name, hash, kind: 'ec', identifier: sequence(oid(dotted)) })
const signatureAlgorithms: readonly SignatureAlgorithm[] = [
  rsa('sha256WithRSAEncryption', 'sha256', '1.2.840.113549.1.1.11'), rsa('sha384WithRSAEncryption', 'sha384', '1.2.840.113549.1.1.12'),
  rsa('sha512WithRSAEncryption', 'sha512', '1.2.840.113549.1.1.13'), ecdsa('ecdsa-with-SHA256', 'sha256', '1.2.840.10045.4.3.2'),
  ecdsa('ecdsa-with-SHA384', 'sha384', '1.2.840.10045.4.3.3'), ecdsa('ecdsa-with-SHA512', 'sha512', '1.2.840.10045.4.3.4'),
]

/** The algorithm an AlgorithmIdentifier names, byte for byte (RSA with NULL, ECDSA without parameters); null for every other. */
export const signatureAlgorithmOf = (identifier: Uint8Array): SignatureAlgorithm | null =>
  signatureAlgorithms.find((a) => Buffer.compare(a.identifier, identifier) === 0) ?? null

export const signatureIdentifierFor = (kind: 'rsa' | 'ec', hash: Hash): Uint8Array => signatureAlgorithms.find((a) => a.kind === kind && a.hash === hash)!.identifier

/** A certificate or a list: whether this key made its signature with the algorithm it names. */
export function verifySigned(signed: { readonly tbs: Uint8Array; readonly algorithm: { readonly der: Uint8Array }; readonly signature: Uint8Array }, spki: Uint8Array): boolean {
  const algorithm = signatureAlgorithmOf(signed.algorithm.der)
  return algorithm !== null && publicKey(spki)?.kind === algorithm.kind && verifyMessage(spki, algorithm.hash, signed.tbs, signed.signature)
}

// ---------------------------------------------------------------- keys

export type Key =
  | { readonly kind: 'rsa'; readonly object: KeyObject; readonly size: number }
  | { readonly kind: 'ec'; readonly object: KeyObject; readonly size: number; readonly curve: 'P-256' | 'P-384'; readonly point: Uint8Array }

/** Whether anything can be verified with this key: RSA of 2048 to 8192 bits with an odd exponent from 3 to 2^33, or a point on P-256 or P-384. */
export const isUsableKey = (spki: Uint8Array): boolean => publicKey(spki) !== null

/** Parsed keys by their bytes: the last that were used. A wrong key is remembered as such. */
const cache = new Map<string, Key | null>()
const cacheSize = 512

export function publicKey(spki: Uint8Array): Key | null {
  if (spki.length > 1200) return null
  const name = Buffer.from(spki.buffer, spki.byteOffset, spki.length).toString('latin1')
  let key = cache.get(name)
  if (key === undefined) {
    key = importKey(spki)
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!)
  } else cache.delete(name)
  cache.set(name, key)
  return key
}

function importKey(spki: Uint8Array): Key | null {
  try {
    const facts = parsePublicKey(spki)
    if (!isStrong(facts)) return null
    // Refuses a point beside its curve.
    const object = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    if (facts.kind === 'rsa') return { kind: 'rsa', object, size: Math.ceil(facts.bits / 8) }
    return { kind: 'ec', object, size: facts.curve === 'P-256' ? 32 : 48, curve: facts.curve, point: facts.point.slice() }
  } catch {
    return null
  }
}

function isStrong(key: PublicKey): key is Exclude<PublicKey, { kind: 'other' }> {
  if (key.kind !== 'rsa') return key.kind === 'ec'
  return key.bits >= 2048 && key.bits <= 8192 && key.modulus % 2n === 1n && key.exponent % 2n === 1n && key.exponent >= 3n && key.exponent < 2n ** 33n
}

// ---------------------------------------------------------------- RSA

const digestPrefixes = Object.fromEntries(Object.entries(hashOids).map(([hash, dotted]) => [hash, sequence(oid(dotted), nullValue)])) as Record<Hash, Uint8Array>

/** EMSA-PKCS1-v1_5: 00 01 FF… 00 DigestInfo. Comparing the whole encoding leaves nothing to parse. @rfc 8017 8.2.2 */
export function verifyRsa(key: Extract<Key, { kind: 'rsa' }>, hash: Hash, digest: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== key.size) return false
  const digestInfo = sequence(digestPrefixes[hash], octetString(digest))
  const expected = new Uint8Array(key.size).fill(0xff)
  expected.set([0, 1])
  expected[key.size - digestInfo.length - 1] = 0
  expected.set(digestInfo, key.size - digestInfo.length)
  try {
    return publicDecrypt({ key: key.object, padding: constants.RSA_NO_PADDING }, signature).equals(expected)
  } catch {
    return false // a signature not below the modulus
  }
}

// ---------------------------------------------------------------- ECDSA

/** Ecdsa-Sig-Value in DER to r‖s; null for any other form. */
export function fromDer(signature: Uint8Array, size: number): Uint8Array | null {
  try {
    const numbers = new Reader(decode(signature, tags.sequence))
    const raw = new Uint8Array(2 * size)
    for (const end of [size, 2 * size]) {
      const octets = integerOctets(numbers.next())
      if (octets[0]! >= 0x80) return null
      const magnitude = octets[0] === 0 ? octets.subarray(1) : octets
      if (magnitude.length > size) return null
      raw.set(magnitude, end - magnitude.length)
    }
    numbers.finish()
    return raw
  } catch {
    return null
  }
}

function verifyEcMessage(key: Extract<Key, { kind: 'ec' }>, hash: Hash, message: Uint8Array, raw: Uint8Array): boolean {
  try {
    return verify(hash, message, { key: key.object, dsaEncoding: 'ieee-p1363' }, raw)
  } catch {
    return false
  }
}

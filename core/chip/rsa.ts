/**
 * The private-key operations of a card: PKCS #1 v1.5 type-1 padding of whatever the host sends, PSS, and, for the drafted
 * next-generation profile, ECDSA P-384. Keys are drawn by OpenSSL or handed in by the caller (`Random.rsaKey`).
 *
 * @rfc 8017 8.1 8.2 9.2
 */
import { constants, createHash, createPrivateKey, createPublicKey, generateKeyPairSync, privateEncrypt, type KeyObject } from 'node:crypto'
import { Secret } from './secret.ts'
import { concat, type KeyAlgorithm, type Random } from './state.ts'
import { tlv } from './tlv.ts'

export const sha256 = (data: Uint8Array): Uint8Array => Uint8Array.from(createHash('sha256').update(data).digest())

const sha256Prefix = Uint8Array.from(Buffer.from('3031300d060960864801650304020105000420', 'hex'))

/** DigestInfo of a SHA-256 digest, 51 octets. @rfc 8017 9.2 */
export const digestInfo = (digest: Uint8Array): Uint8Array => concat(sha256Prefix, digest)

/** Octets that fit a 2048-bit block under type-1 padding. */
export const rsaRoom = 245

export const rsaSign = (key: KeyObject, block: Uint8Array): Uint8Array =>
  Uint8Array.from(privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, block))

/** PSS (MGF1 with SHA-256) over a SHA-256 digest: the encoding is done here because OpenSSL wants the message. @rfc 8017 9.1.1 */
export function rsaSignPssDigest(key: KeyObject, digest: Uint8Array, salt: Uint8Array): Uint8Array {
  const emLength = 256
  const h = sha256(concat(new Uint8Array(8), digest, salt))
  const db = new Uint8Array(emLength - h.length - 1)
  db[db.length - salt.length - 1] = 1
  db.set(salt, db.length - salt.length)
  const mask = mgf1(h, db.length)
  for (let i = 0; i < db.length; i++) db[i]! ^= mask[i]!
  db[0]! &= 0x7f
  return Uint8Array.from(privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, concat(db, h, Uint8Array.of(0xbc))))
}

function mgf1(seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let i = 0; i * 32 < length; i++) blocks.push(sha256(concat(seed, Uint8Array.of(0, 0, 0, i))))
  return concat(...blocks).subarray(0, length)
}

/** A fresh private key, PKCS #8. */
export function freshKey(algorithm: KeyAlgorithm | 'p256', random: Random): Secret {
  if (algorithm === 'rsa2048' && random.rsaKey !== undefined) return new Secret(random.rsaKey())
  const pair = algorithm === 'rsa2048'
    ? generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 0x10001 })
    : generateKeyPairSync('ec', { namedCurve: algorithm === 'p256' ? 'P-256' : 'P-384' })
  return new Secret(pair.privateKey.export({ format: 'der', type: 'pkcs8' }))
}

export const spkiOf = (key: Secret): Uint8Array =>
  key.withKey((k) => Uint8Array.from(createPublicKey(k).export({ format: 'der', type: 'spki' })))

/** The card's own form of an RSA public key, 265 octets: `90 03 exponent, 91 820100 modulus`. Throws RangeError for any other key. */
export function cardPublicKey(privateKey: Secret): Uint8Array {
  const { n, e } = privateKey.withKey((k) => createPublicKey(k).export({ format: 'jwk' }))
  const modulus = Buffer.from(n ?? '', 'base64url')
  const exponent = Buffer.from(e ?? '', 'base64url')
  if (modulus.length !== 256 || exponent.length !== 3) throw new RangeError('not an RSA key of 2048 bits with exponent 65537')
  return concat(tlv(0x90, exponent), tlv(0x91, modulus, true))
}

/** Checks that octets are the PKCS #8 of a private key; throws RangeError. */
export function importKey(pkcs8: Uint8Array): Secret {
  try {
    createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  } catch (cause) {
    throw new RangeError('not a private key in PKCS #8', { cause })
  }
  return new Secret(pkcs8)
}

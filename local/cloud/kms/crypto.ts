/**
 * The private-key operations of the stand-in, over digests that are ready. Node's own `sign` would hash a second time,
 * so the padding is done here: DigestInfo for PKCS#1 v1.5, EMSA-PSS, and ECDSA over the digest as it is.
 *
 * @rfc 8017 8.1, 8.2, 9.1, 9.2
 */
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { constants, createCipheriv, createDecipheriv, createHash, createPrivateKey, createPublicKey, generateKeyPair, privateEncrypt, publicDecrypt, timingSafeEqual, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { KmsError } from './errors.ts'
import { digestLength, type Curve, type HashName, type SigningScheme, type SpecFacts } from './specs.ts'

const makePair = promisify(generateKeyPair)

/** PKCS#8 of a new pair. */
export async function newPair(facts: SpecFacts): Promise<Buffer> {
  if (facts.kind === 'rsa') return (await makePair('rsa', { modulusLength: facts.bits, publicExponent: 65537 })).privateKey.export({ type: 'pkcs8', format: 'der' })
  if (facts.kind === 'ec') return (await makePair('ec', { namedCurve: facts.curve })).privateKey.export({ type: 'pkcs8', format: 'der' })
  throw new KmsError('UnsupportedOperationException', 'not an asymmetric key')
}
export const privateKeyOf = (pkcs8: Uint8Array): KeyObject => createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
export const spkiOf = (key: KeyObject): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' })

// ---------------------------------------------------------------- signatures over a ready digest

export function signDigest(key: KeyObject, { scheme, hash }: SigningScheme, digest: Uint8Array, salt: Uint8Array): Uint8Array {
  switch (scheme) {
    case 'pkcs1': return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo(hash, digest))
    case 'pss': return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encodePss(hash, digest, salt, modulusBits(key) - 1))
    case 'ecdsa': return curveOf(key).sign(digest, scalarOf(key), { prehash: false, lowS: false, extraEntropy: true, format: 'der' })
  }
}

export function verifyDigest(key: KeyObject, { scheme, hash }: SigningScheme, digest: Uint8Array, signature: Uint8Array): boolean {
  // One octet too few still decrypts where the first was 0, one time in 256.
  if (scheme !== 'ecdsa' && signature.length !== modulusBits(key) / 8) return false
  try {
    switch (scheme) {
      case 'pkcs1': return equal(publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature), digestInfo(hash, digest))
      case 'pss': return verifyPss(hash, digest, publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature), modulusBits(key) - 1)
      case 'ecdsa': return curveOf(key).verify(signature, digest, pointOf(key), { prehash: false, lowS: false, format: 'der' })
    }
  } catch {
    // A signature of the wrong size or form: Node and noble throw, KMS says it does not verify.
    return false
  }
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b)
const modulusBits = (key: KeyObject): number => key.asymmetricKeyDetails!.modulusLength!

/** DigestInfo up to the digest. */
const digestInfoPrefix: Readonly<Record<HashName, string>> = {
  sha256: '3031300d060960864801650304020105000420', sha384: '3041300d060960864801650304020205000430', sha512: '3051300d060960864801650304020305000440',
}
const digestInfo = (hash: HashName, digest: Uint8Array): Buffer => Buffer.concat([Buffer.from(digestInfoPrefix[hash], 'hex'), digest])

/** EMSA-PSS with a salt as long as the digest. @rfc 8017 9.1.1 */
function encodePss(hash: HashName, digest: Uint8Array, salt: Uint8Array, bits: number): Buffer {
  const octets = Math.ceil(bits / 8)
  const h = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest()
  const block = Buffer.alloc(octets - h.length - 1)
  block[block.length - salt.length - 1] = 1
  block.set(salt, block.length - salt.length)
  const masked = xor(block, mask(hash, h, block.length))
  masked[0]! &= 0xff >> (octets * 8 - bits)
  return Buffer.concat([masked, h, Buffer.of(0xbc)])
}

/** @rfc 8017 9.1.2 */
function verifyPss(hash: HashName, digest: Uint8Array, encoded: Buffer, bits: number): boolean {
  const length = digestLength[hash]
  const octets = Math.ceil(bits / 8)
  const message = encoded.subarray(encoded.length - octets)
  const masked = message.subarray(0, octets - length - 1)
  const h = message.subarray(octets - length - 1, octets - 1)
  const unused = octets * 8 - bits
  if (message.at(-1) !== 0xbc || masked[0]! >> (8 - unused) !== 0) return false
  const block = xor(masked, mask(hash, h, masked.length))
  block[0]! &= 0xff >> unused
  const start = block.length - length - 1
  if (block.subarray(0, start).some((octet) => octet !== 0) || block[start] !== 1) return false
  return equal(h, createHash(hash).update(Buffer.alloc(8)).update(digest).update(block.subarray(start + 1)).digest())
}

/** MGF1. */
function mask(hash: HashName, seed: Uint8Array, length: number): Buffer {
  const parts: Buffer[] = []
  for (let counter = 0, have = 0; have < length; counter++, have += digestLength[hash]) {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    parts.push(createHash(hash).update(seed).update(count).digest())
  }
  return Buffer.concat(parts).subarray(0, length)
}
const xor = (a: Uint8Array, b: Uint8Array): Buffer => Buffer.from(a.map((octet, i) => octet ^ b[i]!))

const curves = { 'P-256': p256, 'P-384': p384, 'P-521': p521 } as const
const curveOf = (key: KeyObject): (typeof curves)[Curve] => curves[createPublicKey(key).export({ format: 'jwk' }).crv as Curve]
const scalarOf = (key: KeyObject): Uint8Array => Uint8Array.from(Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url'))
function pointOf(key: KeyObject): Uint8Array {
  const { x, y } = createPublicKey(key).export({ format: 'jwk' })
  return Uint8Array.from(Buffer.concat([Buffer.of(4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')]))
}

// ---------------------------------------------------------------- symmetric

/** 01 ‖ length of the key id ‖ key id ‖ 12 octets IV ‖ 16 octets tag ‖ ciphertext. The context is authenticated, not stored. */
export function sealWith(key: Uint8Array, keyId: string, context: Uint8Array, plaintext: Uint8Array, iv: Uint8Array): Buffer {
  const header = Buffer.concat([Buffer.of(1, keyId.length), Buffer.from(keyId, 'latin1')])
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.concat([header, context]))
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([header, iv, cipher.getAuthTag(), body])
}

/** The key id a ciphertext names, or null where it is none of ours. */
export function keyIdOf(sealed: Uint8Array): string | null {
  const length = sealed[1] ?? 0
  return sealed[0] === 1 && length > 0 && sealed.length >= 2 + length + 28 ? Buffer.from(sealed.subarray(2, 2 + length)).toString('latin1') : null
}

export function openWith(key: Uint8Array, context: Uint8Array, sealed: Uint8Array): Buffer {
  const body = 2 + sealed[1]!
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(body, body + 12), { authTagLength: 16 })
  decipher.setAAD(Buffer.concat([sealed.subarray(0, body), context])).setAuthTag(sealed.subarray(body + 12, body + 28))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(body + 28)), decipher.final()])
  } catch {
    throw new KmsError('InvalidCiphertextException', 'the ciphertext or its encryption context is not right')
  }
}

/**
 * Signatures over a digest made elsewhere, as a card makes them. Apart from verify.ts because it needs the curves
 * themselves: node:crypto hashes whatever it is given, and the arithmetic costs a door that has no use for it a third of
 * its start.
 *
 * @rfc 8017 8.2.2 · 5480 2.1.1
 */
import { p256, p384 } from '@noble/curves/nist.js'
import { digestLengths, fromDer, publicKey, verifyRsa, type Hash, type Key } from './verify.ts'

const curves = { 'P-256': p256, 'P-384': p384 } as const

/** RSA, or ECDSA with the signature in DER. A wrong signature, key or length is false; nothing throws. */
export function verifyDigest(spki: Uint8Array, hash: Hash, digest: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKey(spki)
  if (key === null || !Object.hasOwn(digestLengths, hash) || digest.length !== digestLengths[hash]) return false
  if (key.kind === 'rsa') return verifyRsa(key, hash, digest, signature)
  const raw = fromDer(signature, key.size)
  return raw !== null && verifyEcDigest(key, digest, raw)
}

/** High s is as good as low s in X.509. */
function verifyEcDigest(key: Extract<Key, { kind: 'ec' }>, digest: Uint8Array, raw: Uint8Array): boolean {
  try {
    return curves[key.curve].verify(raw, digest, key.point, { prehash: false, lowS: false, format: 'compact' })
  } catch {
    return false
  }
}

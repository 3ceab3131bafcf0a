/**
 * ECDSA P-384 over a digest that the host computed, for the drafted next-generation card. OpenSSL's interface hashes
 * itself, so the scalar arithmetic is done here and the multiplication of the base point by OpenSSL. BigInt does not run
 * in constant time: this is a software card, never a place for a key that must resist a measuring neighbour.
 */
import { createECDH, type KeyObject } from 'node:crypto'
import { concat, type Random } from './state.ts'

const order = 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n
const size = 48

/** r‖s, 96 octets. The leftmost 384 bits of the digest count. */
export function signDigestP384(key: KeyObject, digest: Uint8Array, random: Random): Uint8Array {
  const d = toInteger(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'))
  const z = toInteger(digest.subarray(0, size))
  for (;;) {
    const nonce = random.bytes(size)
    const k = toInteger(nonce)
    if (k === 0n || k >= order) continue
    const ecdh = createECDH('secp384r1')
    ecdh.setPrivateKey(nonce)
    const r = toInteger(ecdh.getPublicKey().subarray(1, 1 + size)) % order
    const s = (power(k, order - 2n) * ((z + r * d) % order)) % order
    if (r !== 0n && s !== 0n) return concat(toOctets(r), toOctets(s))
  }
}

const toInteger = (b: Uint8Array): bigint => (b.length === 0 ? 0n : BigInt(`0x${Buffer.from(b).toString('hex')}`))
const toOctets = (n: bigint): Uint8Array => Uint8Array.from(Buffer.from(n.toString(16).padStart(size * 2, '0'), 'hex'))

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let b = base % order, e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % order
    b = (b * b) % order
  }
  return result
}

/** A key that signs digests, as a card does: RSA over the DigestInfo it is given, ECDSA over the digest as it stands. */
import { p256, p384 } from '@noble/curves/nist.js'
import { constants, privateEncrypt, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { integer, nullValue, octetString, oid, sequence } from '../../core/pki/der.ts'
import { hashOids, type Hash } from '../../core/pki/verify.ts'

export function signDigestWith(key: KeyObject, hash: Hash, digest: Uint8Array): Uint8Array {
  if (key.asymmetricKeyType === 'rsa') return Uint8Array.from(privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, sequence(sequence(oid(hashOids[hash]), nullValue), octetString(digest))))
  const curve = key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? p256 : p384
  const raw = curve.sign(digest, Uint8Array.from(Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url')), { prehash: false, lowS: false, format: 'compact' })
  const half = raw.length / 2
  return sequence(integer(raw.subarray(0, half)), integer(raw.subarray(half)))
}

export const readDer = (path: string): Uint8Array => Uint8Array.from(readFileSync(path))

/**
 * A signing key that may live elsewhere: hash our own DER, have the digest signed, and let nothing out that does not
 * verify under the pinned public key. The AlgorithmIdentifier that stands inside the signed bytes and outside of them
 * comes from one table, so the two can never differ.
 *
 * @rfc 5280 4.1.1.2, 4.2.1.2 · 4055 5 · 5758 3.2
 */
import { createHash, createPublicKey, sign as signWith, verify as verifyWith, type KeyObject } from 'node:crypto'
import { nullValue, oid, Reader, decode, sequence, tags } from './der.ts'
import { readWholeBits } from './values.ts'

export type Algorithm = 'rsa-pkcs1-sha256' | 'ecdsa-p384-sha384' | 'ecdsa-p256-sha256'

export interface AlgorithmFacts {
  /** AlgorithmIdentifier: RSA carries NULL parameters, ECDSA none. */
  readonly identifier: Uint8Array
  readonly hash: 'sha256' | 'sha384'
  /** AWS KMS SigningAlgorithmSpec. */
  readonly kms: 'RSASSA_PKCS1_V1_5_SHA_256' | 'ECDSA_SHA_384' | 'ECDSA_SHA_256'
}

export const algorithms: Readonly<Record<Algorithm, AlgorithmFacts>> = {
  'rsa-pkcs1-sha256': { identifier: sequence(oid('1.2.840.113549.1.1.11'), nullValue), hash: 'sha256', kms: 'RSASSA_PKCS1_V1_5_SHA_256' },
  'ecdsa-p384-sha384': { identifier: sequence(oid('1.2.840.10045.4.3.3')), hash: 'sha384', kms: 'ECDSA_SHA_384' },
  'ecdsa-p256-sha256': { identifier: sequence(oid('1.2.840.10045.4.3.2')), hash: 'sha256', kms: 'ECDSA_SHA_256' },
}

/** The algorithm an AlgorithmIdentifier names, if it is one of the three, byte for byte. */
export const algorithmOf = (identifier: Uint8Array): Algorithm | null =>
  (Object.keys(algorithms) as Algorithm[]).find((name) => Buffer.compare(algorithms[name].identifier, identifier) === 0) ?? null

export interface Signer {
  readonly algorithm: Algorithm
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array
  /** Signature over `tbs`, verified against `spki` before it is returned; ECDSA as DER `Ecdsa-Sig-Value`. */
  sign(tbs: Uint8Array): Promise<Uint8Array>
}

/** The key did what it must not: a wrong signature, another key, a refusal that a repeat will not cure. */
export class SignerFault extends Error {
  override readonly name = 'SignerFault'
}
/** The key cannot be reached now: throttled, timed out, unavailable. A repeat of the same bytes is safe. */
export class SignerAway extends Error {
  override readonly name = 'SignerAway'
  /** Milliseconds after which a repeat makes sense. */
  readonly retryAfter: number
  constructor(message: string, retryAfter: number, options?: ErrorOptions) {
    super(message, options)
    this.retryAfter = retryAfter
  }
}

/**
 * A signer over a key that signs digests. The returned signature is verified over the very bytes given; a key behind
 * a moved alias, a double hash or a bit error ends here as `SignerFault`.
 */
export function digestSigner(algorithm: Algorithm, spki: Uint8Array, signDigest: (digest: Uint8Array) => Promise<Uint8Array>): Signer {
  const { hash } = algorithms[algorithm]
  const key = publicKeyFor(algorithm, spki)
  return {
    algorithm,
    spki,
    async sign(tbs) {
      const signature = await signDigest(createHash(hash).update(tbs).digest())
      if (!verifyWith(hash, tbs, { key, dsaEncoding: 'der' }, signature)) throw new SignerFault('the signature does not verify under the pinned key')
      return signature
    },
  }
}

/** A key held in memory: delegated OCSP responders, the virtual card's makers, tests. Never a CA key. */
export function localSigner(privateKey: KeyObject): Signer {
  const spki = new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }))
  const algorithm = algorithmForKey(spki)
  const { hash } = algorithms[algorithm]
  const key = publicKeyFor(algorithm, spki)
  return {
    algorithm,
    spki,
    async sign(tbs) {
      const signature = signWith(hash, tbs, { key: privateKey, dsaEncoding: 'der' })
      if (!verifyWith(hash, tbs, { key, dsaEncoding: 'der' }, signature)) throw new SignerFault('the signature does not verify under its own key')
      return new Uint8Array(signature)
    },
  }
}

/** The one algorithm a key of this kind signs with here. Throws `SignerFault` for any other key. */
export function algorithmForKey(spki: Uint8Array): Algorithm {
  const key = importKey(spki)
  if (key.asymmetricKeyType === 'rsa') return 'rsa-pkcs1-sha256'
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (key.asymmetricKeyType === 'ec' && curve === 'secp384r1') return 'ecdsa-p384-sha384'
  if (key.asymmetricKeyType === 'ec' && curve === 'prime256v1') return 'ecdsa-p256-sha256'
  throw new SignerFault(`no algorithm for a key of type ${key.asymmetricKeyType} ${curve ?? ''}`)
}

function publicKeyFor(algorithm: Algorithm, spki: Uint8Array): KeyObject {
  const fitting = algorithmForKey(spki)
  if (fitting !== algorithm) throw new SignerFault(`key for ${fitting} where ${algorithm} is pinned`)
  return importKey(spki)
}

function importKey(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch (cause) {
    throw new SignerFault('not a SubjectPublicKeyInfo', { cause })
  }
}

/** SHA-1 of the subjectPublicKey BIT STRING's content (method 1): for RSA the PKCS#1 key. Throws `Malformed`. @rfc 5280 4.2.1.2 */
export function keyIdentifier(spki: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(subjectPublicKey(spki)).digest())
}

/** The content of the BIT STRING in a SubjectPublicKeyInfo. Throws `Malformed`. */
export function subjectPublicKey(spki: Uint8Array): Uint8Array {
  const members = new Reader(decode(spki, tags.sequence))
  members.next(tags.sequence)
  const key = readWholeBits(members.next(tags.bitString))
  members.finish()
  return key
}

export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').toUpperCase()

/**
 * Proofs of possession: a key pair of this process, to which its access tokens are bound, and the proof that goes with each
 * request. A stolen token opens nothing without the key, and the key never leaves the process.
 *
 * @rfc 9449 4.1, 4.2
 */
import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'

export interface ProofKey {
  readonly publicJwk: JWK
  /** A proof for one request: another request needs another one. `token` is absent where one is asked for; `nonce` where the server gave none. */
  prove(method: string, url: string, token?: string, nonce?: string): Promise<string>
}

export const proofAlgorithm = 'ES256'

/** A pair whose private key cannot be read, not even by this process. */
export async function proofKey(): Promise<ProofKey> {
  const { publicKey, privateKey } = await generateKeyPair(proofAlgorithm, { extractable: false })
  const { kty, crv, x, y } = await exportJWK(publicKey)
  return keyFrom(privateKey, { kty: kty!, crv: crv!, x: x!, y: y! })
}

export function keyFrom(privateKey: CryptoKey, publicJwk: JWK): ProofKey {
  return {
    publicJwk,
    prove: (method, url, token, nonce) => new SignJWT({ jti: crypto.randomUUID(), htm: method, htu: bare(url), ...(token === undefined ? {} : { ath: hashOf(token) }), ...(nonce === undefined ? {} : { nonce }) })
      .setProtectedHeader({ alg: proofAlgorithm, typ: 'dpop+jwt', jwk: publicJwk }).setIssuedAt().sign(privateKey),
  }
}

/** What binds a proof to a token. */
export const hashOf = (token: string): string => createHash('sha256').update(token, 'ascii').digest('base64url')

/** Without query and fragment. */
export function bare(url: string): string {
  const address = new URL(url)
  address.search = ''
  address.hash = ''
  return address.href
}

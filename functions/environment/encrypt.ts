/**
 * Encryption to a partner's public key.
 *
 * @rfc 7516 3.1 · 7518 4.3 (RSA-OAEP-256), 4.6 (ECDH-ES), 5.3 (A256GCM)
 */
import { CompactEncrypt, importJWK } from 'jose'
import type { Encrypt } from '../../core/law/consent/encrypted.ts'

export const releaseType = 'mynagate-release+jwe'

export const encryptTo: Encrypt = async (plaintext, { kid, alg, jwk }) =>
  new CompactEncrypt(new TextEncoder().encode(plaintext)).setProtectedHeader({ alg, enc: 'A256GCM', kid, typ: releaseType, cty: 'json' }).encrypt(await importJWK(jwk, alg))

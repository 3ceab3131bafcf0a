/**
 * Opens an encrypted release (`encryptedFourInformation`) with the private key whose public half was registered.
 *
 * @rfc 7516 5.2 · 7518 4.3, 4.6, 5.3
 */
import { compactDecrypt, importJWK, type JWK } from 'jose'

export interface OpenedRelease {
  /** As the person sees it in the access log. */
  readonly release: string
  readonly consent: string
  readonly items: readonly string[]
  readonly values: { readonly name?: string; readonly address?: string; readonly birthDate?: string; readonly sex?: 'male' | 'female' | 'unknown' }
  readonly freshness: 'CURRENT' | 'CHANGED'
  readonly asOf: string
  readonly source: 'CERTIFICATE' | 'RESIDENT_RECORD'
}

/** `key`: private, with its `alg`. Throws what `jose` throws where the JWE is for another key, or was changed. */
export async function openRelease(jwe: string, key: JWK): Promise<OpenedRelease> {
  const alg = key.alg ?? 'ECDH-ES'
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, await importJWK(key, alg), { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: ['A256GCM'] })
  if (protectedHeader.typ !== 'mynagate-release+jwe') throw new TypeError('not a release of this gateway')
  return JSON.parse(new TextDecoder().decode(plaintext)) as OpenedRelease
}

/**
 * Public keys in JSON: whether one is what it says and strong enough for the algorithm it names. Nothing private passes.
 *
 * @rfc 7517 4 · 7518 3.3, 3.4, 4.3, 4.6, 6 · 8037 2
 */
import { createPublicKey } from 'node:crypto'

export type JwkUse = 'sig' | 'enc'
/** Algorithm → use, and the kinds of key that may carry it. */
const fitting: Readonly<Record<string, { readonly use: JwkUse; readonly kinds: readonly string[] }>> = {
  ES256: { use: 'sig', kinds: ['prime256v1'] }, PS256: { use: 'sig', kinds: ['rsa'] }, EdDSA: { use: 'sig', kinds: ['ed25519'] },
  'ECDH-ES': { use: 'enc', kinds: ['prime256v1', 'secp384r1', 'x25519'] }, 'RSA-OAEP-256': { use: 'enc', kinds: ['rsa'] },
}
export const jwkAlgorithms = Object.keys(fitting)
const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const
const kept = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use'] as const

export interface PublicJwk { readonly kid: string; readonly alg: string; readonly use: JwkUse; readonly jwk: Readonly<Record<string, string>> }

/** Why not, or the key with nothing but what makes it one. */
export function readPublicJwk(value: unknown): PublicJwk | 'form' | 'private' | 'kid' | 'alg' | 'use' | 'key' {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'form'
  const given = value as Readonly<Record<string, unknown>>
  if (secret.some((name) => name in given)) return 'private'
  const { kid, alg, use } = given
  if (typeof kid !== 'string' || !/^[\x21-\x7e]{1,100}$/.test(kid)) return 'kid'
  const fit = typeof alg === 'string' && Object.hasOwn(fitting, alg) ? fitting[alg] : undefined
  if (fit === undefined || typeof alg !== 'string') return 'alg'
  if (use !== undefined && use !== fit.use) return 'use'
  const jwk = Object.fromEntries([...kept.flatMap((name) => (typeof given[name] === 'string' ? [[name, given[name]] as const] : [])), ['use', fit.use] as const])
  return fits(jwk, fit.kinds) ? { kid, alg, use: fit.use, jwk } : 'key'
}

function fits(jwk: Readonly<Record<string, string>>, kinds: readonly string[]): boolean {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey({ key: jwk, format: 'jwk' })
    const kind = type === 'ec' ? (details?.namedCurve ?? '') : (type ?? '')
    return kinds.includes(kind) && (type !== 'rsa' || ((details?.modulusLength ?? 0) >= 2048 && (details?.modulusLength ?? 0) <= 8192 && details?.publicExponent === 65537n))
  } catch {
    return false
  }
}

/**
 * Proof of possession: whoever shows a token that is bound to a key shows with each request that it holds the key. A proof
 * is good for one request to one address, once, and for about a minute.
 *
 * @rfc 9449 4.2, 4.3 (the twelve checks) · 11.1 (replay) · 7638 (thumbprint)
 */
import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify, type JWK, type JWTPayload } from 'jose'
import { after, second, type Clock } from '../../core/law/time.ts'
import type { SeenTokens } from '../../db/partner/oauth.ts'

/** What a request says of itself. `url` is the address as the client knows it, not as the last proxy does. */
export interface Presented {
  /** The header `DPoP`; two of them arrive joined by a comma and are no JWT. */
  readonly proof: string | null
  readonly method: string
  readonly url: string
}

export interface ProofRules {
  readonly clock: Clock
  /** Which proofs were used, in the archive: every instance of the door sees the same. */
  readonly seen: Pick<SeenTokens, 'take'>
}

export const proofAlgorithms = ['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const
/** Seconds a proof may be old, and may lie in the future. */
export const proofLife = 60
export const skew = 10
const longestJti = 256

/** Null where everything holds, else a sentence for the developer. */
export async function wrongWithProof(rules: ProofRules, presented: Presented, token: string, jkt: string): Promise<string | null> {
  if (presented.proof === null) return 'the token is bound to a key: a proof must come in the header DPoP'
  const read = await verified(presented.proof)
  if (typeof read === 'string') return read
  const { payload, jwk } = read
  const { jti, htm, htu, ath, iat } = payload as JWTPayload & { htm?: unknown; htu?: unknown; ath?: unknown }
  if (typeof jti !== 'string' || jti === '' || jti.length > longestJti) return `the proof needs a jti, ${longestJti} characters at most`
  if (htm !== presented.method) return `htm of the proof must be ${presented.method}`
  if (typeof htu !== 'string' || !sameAddress(htu, presented.url)) return `htu of the proof must be ${presented.url}`
  const now = rules.clock.now()
  if (typeof iat !== 'number' || iat < now / 1000 - proofLife || iat > now / 1000 + skew) return `iat of the proof must lie within the last ${proofLife} seconds`
  if (outOfTime(payload, now / 1000)) return 'the proof is not valid now (nbf, exp)'
  if (ath !== createHash('sha256').update(token, 'ascii').digest('base64url')) return 'ath of the proof must be the SHA-256 of the access token'
  if ((await calculateJwkThumbprint(jwk, 'sha256')) !== jkt) return 'the proof was made with another key than the token is bound to'
  const first = await rules.seen.take(`dpop ${jkt}`, jti, after(now, (proofLife + skew) * second), now)
  return first ? null : 'the proof was used before: each request needs a new one'
}

/** Signature, type and key; nothing of what the proof is about. */
async function verified(proof: string): Promise<{ readonly payload: JWTPayload; readonly jwk: JWK } | string> {
  try {
    // Times are judged above, by the clock of the door and with bounds of their own.
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { algorithms: [...proofAlgorithms], typ: 'dpop+jwt', currentDate: new Date(0), clockTolerance: Number.MAX_SAFE_INTEGER })
    return { payload, jwk: protectedHeader.jwk! }
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError || (error instanceof DOMException && error.name === 'DataError')) return `the proof is not one: ${sentence(error)}`
    throw error
  }
}

const outOfTime = ({ nbf, exp }: JWTPayload, now: number): boolean => (nbf !== undefined && nbf > now + skew) || (exp !== undefined && exp <= now - skew)

/** Without query and fragment, after the normalisation of URLs. @rfc 9449 4.3 (9) */
function sameAddress(claimed: string, actual: string): boolean {
  if (!URL.canParse(claimed)) return false
  const bare = (text: string): string => {
    const url = new URL(text)
    url.search = ''
    url.hash = ''
    return url.href
  }
  return bare(claimed) === bare(actual)
}

/** Fit for a quoted string of a header. */
export const sentence = (error: Error): string => error.message.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 200)

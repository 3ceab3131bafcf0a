/**
 * Who knocks: reads the access token of a request and makes the Actor. The token is a JWT of the profile for access
 * tokens, made by the one issuer the gateway trusts, for this gateway, by an asymmetric algorithm, living five minutes at
 * most, and bound to a key of the client (DPoP) unless its kind of actor may do without.
 *
 * @rfc 9068 4 (validation) · 9449 7.1 (DPoP) · 6750 2.1, 3.1 (Bearer) · 9728 5.1 (where to get a token)
 */
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { anonymous, officerRoles, scopes, type Actor, type OfficerRole, type Scope } from '../../core/law/actor.ts'
import { parseId, parseMunicipalityCode } from '../../core/law/ids.ts'
import { isA } from '../../core/law/person/bodies.ts'
import { guardText } from '../../core/law/text.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { levelsIn, type Achieved } from '../../core/law/partner/assurance.ts'
import { instant, second, type Clock } from '../../core/law/time.ts'
import { proofAlgorithms, sentence, skew, wrongWithProof, type Presented, type ProofRules } from './proof.ts'

/** What the door answers with 401: the error code of RFC 6750 or 9449 and a sentence for the developer. */
export interface Denied { readonly denied: 'invalid_request' | 'invalid_token' | 'invalid_dpop_proof'; readonly description: string; readonly challenge: string }
export type Knock = { readonly actor: Actor } | Denied
export type Authenticate = (authorization: string | null, presented: Presented) => Promise<Knock>

export interface TokenRules extends ProofRules {
  readonly issuer: string
  /** The gateway's own name as a resource; a token for another one is refused. */
  readonly audience: string
  /** Wall clock: tokens live by it even where the law's clock is set by a test. */
  readonly clock: Clock
  readonly keys: JWTVerifyGetKey
  /** Whose tokens may come unbound, as bearer tokens. Partners never. */
  readonly unbound: readonly BearerKind[]
}

export type BearerKind = 'citizen' | 'officer'

export const tokenAlgorithms = ['PS256', 'ES256', 'EdDSA', 'Ed25519'] as const
const longestLife = 300

export function tokenReader(rules: TokenRules): Authenticate {
  const deny = (scheme: Scheme, denied: Denied['denied'], description: string): Denied => ({ denied, description, challenge: challenge(rules.audience, scheme, { error: denied, error_description: description }) })
  return async (authorization, presented) => {
    if (authorization === null || authorization === '') return { actor: anonymous }
    const [, word = '', token] = /^(Bearer|DPoP) ([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization) ?? []
    if (token === undefined) return deny('DPoP', 'invalid_request', 'the Authorization header must be: DPoP <access token>, or Bearer <access token> where the token is bound to no key')
    const scheme: Scheme = word.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer'
    let had = false
    const keys: JWTVerifyGetKey = async (header, jws) => {
      const key = await rules.keys(header, jws)
      had = true
      return key
    }
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: rules.issuer, audience: rules.audience, typ: 'at+jwt', algorithms: [...tokenAlgorithms],
        requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti'], clockTolerance: skew, currentDate: new Date(rules.clock.now()),
      })
      const wrong = unfit(payload, rules.clock)
      if (wrong !== null) return deny(scheme, 'invalid_token', wrong)
      const actor = actorOf(payload)
      if (actor === null) return deny(scheme, 'invalid_token', 'the token does not say for whom the client acts (claim mynagate)')
      const jkt = boundTo(payload)
      if (jkt === null) return mayBeUnbound(rules, actor, scheme) ? { actor } : deny('DPoP', 'invalid_token', 'the token is bound to no key: ask for it with a DPoP proof')
      if (jkt === undefined) return deny(scheme, 'invalid_token', 'the token is bound in a way that this gateway does not know; jkt (DPoP) is the one it knows')
      if (scheme === 'Bearer') return deny('DPoP', 'invalid_token', 'the token is bound to a key and cannot be used as a bearer token')
      const unproven = await wrongWithProof(rules, presented, token, jkt)
      return unproven === null ? { actor } : deny('DPoP', 'invalid_dpop_proof', unproven)
    } catch (error) {
      // A key that was had and is unfit, as RSA of 1,024 bits: a verdict too, whoever published it.
      if ((error instanceof errors.JOSEError && !unreachable.has(error.code)) || (had && error instanceof TypeError)) return deny(scheme, 'invalid_token', sentence(error))
      throw error
    }
  }
}

type Scheme = 'Bearer' | 'DPoP'

/** A header WWW-Authenticate. @rfc 9449 7.1 · 6750 3 · 9728 5.1 */
export function challenge(audience: string, scheme: Scheme, more: Readonly<Record<string, string>> = {}): string {
  const words = { resource_metadata: new URL('/.well-known/oauth-protected-resource', audience).href, ...(scheme === 'DPoP' ? { algs: proofAlgorithms.join(' ') } : {}), ...more }
  return `${scheme} ${Object.entries(words).map(([name, text]) => `${name}="${text}"`).join(', ')}`
}

/** Thumbprint of the key; null for a token bound to none, undefined for one bound otherwise (RFC 8705). */
function boundTo({ cnf }: JWTPayload): string | null | undefined {
  if (cnf === undefined) return null
  const jkt = typeof cnf === 'object' && cnf !== null ? (cnf as { jkt?: unknown }).jkt : undefined
  return typeof jkt === 'string' && Object.keys(cnf as object).length === 1 ? jkt : undefined
}

/** An unbound token under the scheme DPoP promises what it does not hold. */
const mayBeUnbound = (rules: TokenRules, actor: Actor, scheme: Scheme): boolean => scheme === 'Bearer' && (rules.unbound as readonly Actor['kind'][]).includes(actor.kind)

/** The issuer's keys could not be had: a fault of ours, never a verdict on the token. */
const unreachable = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'])

function unfit(payload: JWTPayload, clock: Clock): string | null {
  const { exp = 0, iat = 0 } = payload
  if (exp - iat > longestLife) return `the token lives longer than ${longestLife} seconds`
  if (iat > clock.now() / 1000 + skew) return 'the token was issued in the future'
  return null
}

/** Exactly one of partner, person, officer; anything else is nobody. */
export function actorOf(payload: JWTPayload): Actor | null {
  const { client_id: client, scope, mynagate, acr, auth_time } = payload as { client_id?: unknown; scope?: unknown; mynagate?: unknown; acr?: unknown; auth_time?: unknown }
  if (typeof client !== 'string' || client === '' || typeof mynagate !== 'object' || mynagate === null) return null
  const held = scopesOf(scope)
  const { partner, person, officer, role, municipality, organ } = mynagate as Record<string, unknown>
  if ([partner, person, officer].filter((name) => name !== undefined).length !== 1) return null
  if (typeof partner === 'string') {
    const id = parseId('partner', partner)
    return id === null ? null : { kind: 'partner', partner: id, client, scopes: held }
  }
  if (typeof person === 'string') {
    const id = parseId('person', person)
    const assurance = achievedIn(acr, auth_time)
    return id === null ? null : { kind: 'citizen', person: id, scopes: held, ...(assurance === null ? {} : { assurance }) }
  }
  const id = typeof officer === 'string' ? parseId('officer', officer) : null
  if (id === null || !isRole(role)) return null
  const code = typeof municipality === 'string' ? parseMunicipalityCode(municipality) : null
  const local = role === 'municipal' ? 'municipality' : role === 'prefectural' ? 'prefecture' : null
  if (local === null ? municipality !== undefined && municipality !== null : code === null || !isA(local, code)) return null
  if (role !== 'national') return organ === undefined || organ === null ? { kind: 'officer', officer: id, role, municipality: local === null ? null : code, scopes: held } : null
  return typeof organ !== 'string' || isRefusal(guardText(organ, { max: 64 })) ? null : { kind: 'officer', officer: id, role, municipality: null, organ, scopes: held }
}

/** How and when the person logged in at the issuer. @rfc 9068 2.2.1 · 9470 5 */
function achievedIn(acr: unknown, time: unknown): Achieved | null {
  const levels = typeof acr === 'string' ? levelsIn(acr) : null
  return levels === null || typeof time !== 'number' || !Number.isSafeInteger(time * second) ? null : { ...levels, at: instant(time * second) }
}

const isRole = (role: unknown): role is OfficerRole => (officerRoles as readonly unknown[]).includes(role)

/** Scopes of other resources may stand in a token; only those of the closed list count. */
function scopesOf(scope: unknown): ReadonlySet<Scope> {
  const named = typeof scope === 'string' ? scope.split(' ') : []
  return new Set(scopes.filter((s) => named.includes(s)))
}

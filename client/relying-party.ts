/**
 * Logging people in at an OpenID provider: authorization code with PKCE, pushed requests and a client that proves itself
 * with a signed assertion; tokens bound to a key. Any provider that conforms will do, named by its issuer URL. What comes
 * back is checked whole before anybody is logged in, and each check has a name.
 *
 * @rfc 6749 4.1 · 7636 · 9126 · 9207 · 9449 5, 8 · 7523 2.2 · 7009 · OpenID Connect Core 3.1.3.7
 */
import { createHash, randomBytes } from 'node:crypto'
import { createRemoteJWKSet, importJWK, jwtVerify, SignJWT, type JWK, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { metadataOf } from './discovery.ts'
import type { ProofKey } from './proof.ts'

export interface RelyingPartyOptions {
  readonly issuer: () => Promise<string>
  readonly clientId: string
  /** Private key of the client, with `alg`. */
  readonly key: JWK
  readonly redirectUri: string
  /** Whom the access tokens are for. */
  readonly resource: string
  readonly now: () => number
}

/** What was asked, to hold the answer against; never shown to anybody. */
export interface Pending { readonly state: string; readonly nonce: string; readonly verifier: string; readonly issuer: string; readonly at: number }
export interface Tokens {
  readonly access: string
  /** Milliseconds. */
  readonly until: number
  readonly refresh: string | null
}
export interface LoggedIn extends Tokens { readonly claims: JWTPayload }

/** What did not hold. `denied`: the person or the provider said no. */
export type LoginFault = 'state' | 'issuer' | 'code' | 'nonce' | 'id-token' | 'age' | 'denied'
export class LoginFailed extends Error {
  readonly fault: LoginFault
  constructor(fault: LoginFault, message: string) {
    super(message)
    this.name = 'LoginFailed'
    this.fault = fault
  }
}
/** The tokens are not renewed any more: who was logged in is not. */
export class SessionOver extends Error {
  override readonly name = 'SessionOver'
}

export interface RelyingParty {
  /** Pushes the request; where to send the browser. */
  begin(scope: string): Promise<{ readonly to: string; readonly pending: Pending }>
  /** Throws {@link LoginFailed}; a code is taken to the provider only when state and issuer hold. */
  finish(answer: URLSearchParams, pending: Pending, proof: ProofKey): Promise<LoggedIn>
  /** Throws {@link SessionOver} where the provider says no. */
  renew(refresh: string, proof: ProofKey): Promise<Tokens>
  /** Good for nothing from now on, where the provider can do that. */
  revoke(refresh: string): Promise<void>
}

interface Provider {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly pushed_authorization_request_endpoint: string
  readonly revocation_endpoint?: string
  readonly authorization_response_iss_parameter_supported?: boolean
  readonly keys: JWTVerifyGetKey
}

/** Seconds: how old a login may be that answers a question asked now, and how far clocks may differ. */
const oldest = 300
const skew = 10
const patience = 5_000
const algorithms = ['PS256', 'ES256', 'EdDSA', 'Ed25519']

export function relyingParty(options: RelyingPartyOptions): RelyingParty {
  const { clientId, redirectUri, resource, now } = options
  let known: Promise<Provider> | null = null
  const provider = (): Promise<Provider> => (known ??= discover(options).catch((fault: unknown) => {
    known = null
    throw fault
  }))
  const post = async (url: string, form: Readonly<Record<string, string>>, issuer: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> => fetch(url, {
    method: 'POST', redirect: 'error', signal: AbortSignal.timeout(patience), headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...headers },
    body: new URLSearchParams({ ...form, client_id: clientId, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: await assertion(options, issuer) }),
  })
  /** With a proof; once more where the provider wants its nonce in it. @rfc 9449 8 */
  const ask = async (form: Readonly<Record<string, string>>, proof: ProofKey): Promise<{ readonly ok: boolean; readonly body: TokenAnswer }> => {
    const { token_endpoint: url, issuer } = await provider()
    let answer = await post(url, form, issuer, { dpop: await proof.prove('POST', url) })
    let body = (await answer.json().catch(() => ({}))) as TokenAnswer
    const nonce = answer.headers.get('dpop-nonce')
    if (body.error === 'use_dpop_nonce' && nonce !== null) {
      answer = await post(url, form, issuer, { dpop: await proof.prove('POST', url, undefined, nonce) })
      body = (await answer.json().catch(() => ({}))) as TokenAnswer
    }
    return { ok: answer.ok, body }
  }
  const tokensOf = (body: TokenAnswer, refresh: string | null): Tokens | null =>
    typeof body.access_token === 'string' ? { access: body.access_token, until: now() + (body.expires_in ?? 60) * 1000, refresh: body.refresh_token ?? refresh } : null

  return {
    async begin(scope) {
      const { issuer, authorization_endpoint, pushed_authorization_request_endpoint } = await provider()
      const pending: Pending = { state: unguessable(), nonce: unguessable(), verifier: unguessable(), issuer, at: now() }
      const answer = await post(pushed_authorization_request_endpoint, {
        response_type: 'code', redirect_uri: redirectUri, scope, resource, state: pending.state, nonce: pending.nonce, prompt: 'login', max_age: String(oldest),
        code_challenge: createHash('sha256').update(pending.verifier).digest('base64url'), code_challenge_method: 'S256',
      }, issuer)
      const { request_uri } = (await answer.json().catch(() => ({}))) as { request_uri?: string }
      if (!answer.ok || typeof request_uri !== 'string') throw new Error(`the provider answered ${answer.status} to a pushed request`)
      const to = new URL(authorization_endpoint)
      to.searchParams.set('client_id', clientId)
      to.searchParams.set('request_uri', request_uri)
      return { to: to.href, pending }
    },

    async finish(answer, pending, proof) {
      const given = (name: string): string => answer.get(name) ?? ''
      const { issuer, authorization_response_iss_parameter_supported: says } = await provider()
      if (given('state') !== pending.state) throw new LoginFailed('state', 'the answer is not to what was asked')
      if (pending.issuer !== issuer || (answer.has('iss') ? given('iss') !== issuer : says === true)) throw new LoginFailed('issuer', 'the answer is not of the provider that was asked')
      if (answer.has('error')) throw new LoginFailed('denied', `the provider says ${given('error')}`)
      const { ok, body } = await ask({ grant_type: 'authorization_code', code: given('code'), redirect_uri: redirectUri, code_verifier: pending.verifier, resource }, proof)
      const tokens = tokensOf(body, null)
      if (!ok || tokens === null || typeof body.id_token !== 'string') throw new LoginFailed('code', `the provider says ${body.error ?? 'nothing'} to the code`)
      return { ...tokens, claims: await identity(body.id_token, pending) }
    },

    async renew(refresh, proof) {
      const { ok, body } = await ask({ grant_type: 'refresh_token', refresh_token: refresh, resource }, proof)
      const tokens = tokensOf(body, refresh)
      if (!ok || tokens === null) throw new SessionOver(`the provider says ${body.error ?? 'nothing'} to the refresh token`)
      return tokens
    },

    async revoke(refresh) {
      const { revocation_endpoint: url, issuer } = await provider()
      if (url !== undefined) await post(url, { token: refresh, token_type_hint: 'refresh_token' }, issuer)
    },
  }

  /** @rfc OpenID Connect Core 3.1.3.7 */
  async function identity(token: string, pending: Pending): Promise<JWTPayload> {
    const { issuer, keys } = await provider()
    const { payload } = await jwtVerify(token, keys, { issuer, audience: clientId, algorithms, requiredClaims: ['exp', 'iat', 'sub', 'nonce', 'auth_time'], clockTolerance: skew, currentDate: new Date(now()) })
      .catch((fault: unknown) => { throw new LoginFailed('id-token', fault instanceof Error ? fault.message : 'the ID token does not hold') })
    const { nonce, azp, aud, auth_time: authTime } = payload as JWTPayload & { nonce?: unknown; azp?: unknown; auth_time?: unknown }
    if (nonce !== pending.nonce) throw new LoginFailed('nonce', 'the ID token was made for another login')
    if (azp === undefined ? Array.isArray(aud) && aud.length > 1 : azp !== clientId) throw new LoginFailed('id-token', 'the ID token was made for another client')
    if (typeof authTime !== 'number' || authTime < pending.at / 1000 - oldest - skew) throw new LoginFailed('age', 'the person logged in too long ago')
    return payload
  }
}

interface TokenAnswer { readonly access_token?: string; readonly expires_in?: number; readonly refresh_token?: string; readonly id_token?: string; readonly error?: string }

const unguessable = (): string => randomBytes(32).toString('base64url')

async function assertion({ clientId, key, now }: RelyingPartyOptions, issuer: string): Promise<string> {
  const alg = key.alg ?? 'ES256'
  const at = Math.floor(now() / 1000)
  return new SignJWT({ jti: crypto.randomUUID() }).setProtectedHeader({ alg, ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setIssuer(clientId).setSubject(clientId).setAudience(issuer).setIssuedAt(at).setExpirationTime(at + 60).sign(await importJWK(key, alg))
}

/** The provider as it describes itself; it must be the one that was named. @rfc 8414 3.3 */
async function discover({ issuer: named }: RelyingPartyOptions): Promise<Provider> {
  const issuer = await named()
  const metadata = await metadataOf<Omit<Provider, 'keys'> & { readonly jwks_uri?: string }>(issuer, patience)
  if (metadata === null) throw new Error('the metadata of the provider is not its own')
  for (const name of ['authorization_endpoint', 'token_endpoint', 'pushed_authorization_request_endpoint', 'jwks_uri'] as const) if (typeof metadata[name] !== 'string') throw new Error(`the provider names no ${name}`)
  return { ...metadata, keys: createRemoteJWKSet(new URL(metadata.jwks_uri!), { timeoutDuration: patience, cooldownDuration: 30_000, cacheMaxAge: 600_000 }) }
}

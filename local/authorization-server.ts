/**
 * The authorization server of the offline edition: oidc-provider in process. Clients prove themselves with a signed
 * assertion, good once (private_key_jwt), and get an access token for this gateway alone that lives five minutes. In
 * production any server that issues such tokens stands here, named by its issuer URL.
 *
 * @rfc 6749 4.4 · 7523 2.2 · 8707 · 9068 2
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JWK } from 'jose'
import Provider, { errors, type Adapter, type AdapterPayload, type Configuration } from 'oidc-provider'
import { scopes, type OfficerRole } from '../core/law/actor.ts'

/** For whom a client acts: the claim `mynagate` of its tokens. */
export type Claim =
  | { readonly partner: string }
  | { readonly person: string }
  | { readonly officer: string; readonly role: OfficerRole; readonly municipality: string | null }

export interface TestClient {
  readonly id: string
  readonly publicKey: JWK
  /** What it may ask for, separated by blanks. */
  readonly scope: string
  readonly claim: Claim
}

/** What must outlive a process: above all which assertions were used. */
export interface OauthRows {
  load(model: string, id: string): Promise<object | null>
  /** Replaces what is there. Seconds until it is forgotten. */
  store(model: string, id: string, payload: object, expiresIn: number): Promise<void>
  /** False where a living row is there already. */
  storeOnce(model: string, id: string, payload: object, expiresIn: number): Promise<boolean>
  remove(model: string, id: string): Promise<void>
}

export interface AuthorizationServerOptions {
  readonly issuer: string
  /** The gateway as a resource; the only one tokens are issued for. */
  readonly audience: string
  /** Private key that signs tokens, ES256, with `kid`. */
  readonly signingKey: JWK
  readonly cookieKey: string
  readonly clients: readonly TestClient[]
  readonly rows: OauthRows
  readonly fault: (error: unknown) => void
}

export type Listener = (request: IncomingMessage, response: ServerResponse) => void

export const tokenLife = 300

export function authorizationServer(options: AuthorizationServerOptions): Listener {
  const claims = new Map(options.clients.map((client) => [client.id, client.claim]))
  const configuration: Configuration = {
    adapter: (model: string) => adapterFor(model, options.rows),
    jwks: { keys: [options.signingKey as never] },
    cookies: { keys: [options.cookieKey] },
    clients: options.clients.map((client) => ({
      client_id: client.id, grant_types: ['client_credentials'], response_types: [], redirect_uris: [], token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: client.publicKey.alg as 'ES256', jwks: { keys: [client.publicKey as never] }, id_token_signed_response_alg: 'ES256', scope: client.scope,
    })),
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['ES256', 'PS256', 'EdDSA'], idTokenSigningAlgValues: ['ES256'] },
    scopes: [...scopes],
    responseTypes: ['code'],
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => options.audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => {
          if (resource !== options.audience) throw new errors.InvalidTarget(`the only resource here is ${options.audience}`)
          return { scope: scopes.join(' '), audience: options.audience, accessTokenTTL: tokenLife, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }
        },
      },
    },
    ttl: { ClientCredentials: tokenLife },
    extraTokenClaims: (_ctx, token) => {
      const claim = claims.get((token as { clientId?: string }).clientId ?? '')
      return claim === undefined ? undefined : { mynagate: claim }
    },
    assertJwtClientAuthClaimsAndHeader: (_ctx, payload) => {
      const { exp, iat } = payload as { exp?: number; iat?: number }
      const now = Date.now() / 1000
      if (typeof exp !== 'number' || exp > now + 300) throw new errors.InvalidClientAuth('a client assertion lives 300 seconds at most')
      if (iat !== undefined && iat > now + 5) throw new errors.InvalidClientAuth('the client assertion was issued in the future')
    },
    renderError: (ctx, out) => {
      ctx.type = 'application/json'
      ctx.body = JSON.stringify(out)
    },
  }
  const provider = new Provider(options.issuer, configuration)
  provider.on('server_error', (_ctx, error) => options.fault(error))
  const answer = provider.callback()
  const mount = new URL(options.issuer).pathname
  return (request, response) => {
    const original = request.url ?? '/'
    Object.assign(request, { originalUrl: original })
    request.url = original.slice(mount.length) || '/'
    void answer(request, response)
  }
}

/**
 * One model of oidc-provider over the rows. The server looks for a used assertion before it stores one; two copies that
 * arrive together both find nothing, so here the row itself decides.
 */
function adapterFor(model: string, rows: OauthRows): Adapter {
  return {
    async upsert(id: string, payload: AdapterPayload, expiresIn: number) {
      if (model !== 'ReplayDetection') return rows.store(model, id, payload, expiresIn)
      if (!(await rows.storeOnce(model, id, payload, expiresIn))) throw new errors.InvalidClientAuth('client assertion tokens must only be used once')
    },
    find: async (id: string) => ((await rows.load(model, id)) ?? undefined) as AdapterPayload | undefined,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    consume: async () => undefined,
    destroy: (id: string) => rows.remove(model, id),
    revokeByGrantId: async () => undefined,
  }
}

/** Rows that are forgotten with the process: for tests and `--data memory`. */
export function rowsInMemory(now: () => number = Date.now): OauthRows {
  const rows = new Map<string, { readonly payload: object; readonly until: number }>()
  const living = (key: string) => {
    const row = rows.get(key)
    return row === undefined || row.until <= now() ? null : row
  }
  return {
    load: async (model, id) => living(`${model}:${id}`)?.payload ?? null,
    store: async (model, id, payload, expiresIn) => void rows.set(`${model}:${id}`, { payload, until: now() + expiresIn * 1000 }),
    async storeOnce(model, id, payload, expiresIn) {
      if (living(`${model}:${id}`) !== null) return false
      rows.set(`${model}:${id}`, { payload, until: now() + expiresIn * 1000 })
      return true
    },
    remove: async (model, id) => void rows.delete(`${model}:${id}`),
  }
}

/**
 * The authorization server of the offline edition: oidc-provider in process. Clients prove themselves with a signed
 * assertion, good once (private_key_jwt), and get an access token for this gateway alone that lives five minutes; partners
 * get theirs bound to a key (DPoP), others when they show a proof. People log in for the pages (sessions-provider.ts). In production any server that issues such tokens stands
 * here, named by its issuer URL.
 *
 * @rfc 6749 4.4 · 7523 2.2 · 8707 · 9068 2 · 9449 5 (FAPI 2.0 Security Profile 5.3.2)
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JWK } from 'jose'
import Provider, { errors, type Adapter, type AdapterPayload, type ClientMetadata, type Configuration } from 'oidc-provider'
import { scopes, type OfficerRole } from '../../core/law/actor.ts'
import { after, instant, second, type Instant } from '../../core/law/time.ts'
import type { OAuthRecord, OAuthRecords, SeenTokens } from '../../db/partner/oauth.ts'
import { codeFlow, interactionsOf, lives, pagesMetadata, type Interactions, type PagesClient } from './sessions-provider.ts'
import { partnersBy, type RegisteredKeys } from './client-keys.ts'

/** For whom a client acts: the claim `mynagate` of its tokens. */
export type Claim =
  | { readonly partner: string }
  | { readonly person: string }
  | { readonly officer: string; readonly role: OfficerRole; readonly municipality: string | null; readonly organ?: string }

export interface TestClient {
  readonly id: string
  readonly publicKey: JWK
  /** What it may ask for, separated by blanks. */
  readonly scope: string
  readonly claim: Claim
}

export interface AuthorizationServerOptions {
  readonly issuer: string
  /** The gateway as a resource; the only one tokens are issued for. */
  readonly audience: string
  /** Private key that signs tokens, ES256, with `kid`. */
  readonly signingKey: JWK
  readonly cookieKey: string
  readonly clients: readonly TestClient[]
  /** Who people log in for. */
  readonly pages: PagesClient
  readonly records: OAuthRecords
  /** Which assertions and proofs were used. */
  readonly seenTokens: SeenTokens
  /** Keys of partners as registered; what changes counts at once. */
  readonly partnerKeys: RegisteredKeys
  readonly fault: (error: unknown) => void
}

export interface AuthorizationServer { readonly listener: Listener; readonly interactions: Interactions }
export type Listener = (request: IncomingMessage, response: ServerResponse) => void

export const tokenLife = 300

export function authorizationServer(options: AuthorizationServerOptions): AuthorizationServer {
  const claims = new Map(options.clients.map((client) => [client.id, client.claim]))
  const partners = options.clients.filter((client) => 'partner' in client.claim)
  const provedBy = new WeakMap<object, string>()
  const configuration: Configuration = {
    adapter: (model: string) => (model === 'ReplayDetection' ? usedTokens(options.seenTokens) : model === 'Client' ? { ...recordless, ...partnersBy(options.partnerKeys, partners, metadataOf) } : recordsOf(model, options.records)),
    jwks: { keys: [options.signingKey as never] },
    cookies: { keys: [options.cookieKey] },
    clients: [pagesMetadata(options.pages), ...options.clients.filter((client) => !partners.includes(client)).map((client) => metadataOf(client, [client.publicKey]))],
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['ES256', 'PS256', 'EdDSA'], dPoPSigningAlgValues: ['ES256', 'PS256', 'EdDSA', 'Ed25519'], idTokenSigningAlgValues: ['ES256'] },
    ...codeFlow(options.clients, options.audience),
    responseTypes: ['code'],
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      clientCredentials: { enabled: true },
      fapi: { enabled: true, profile: '2.0' },
      dPoP: { enabled: true },
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
    ttl: { ...lives, ClientCredentials: tokenLife, AccessToken: tokenLife },
    extraTokenClaims: (_ctx, token) => {
      const { accountId, clientId } = token as { readonly accountId?: string; readonly clientId?: string }
      const claim = claims.get(accountId ?? clientId ?? '')
      if (claim === undefined) return undefined
      // A test person is played as if it had just shown its card.
      return 'person' in claim ? { mynagate: claim, acr: 'ial3 aal3', auth_time: Math.floor(Date.now() / 1000) } : { mynagate: claim }
    },
    assertJwtClientAuthClaimsAndHeader: (ctx, payload, header) => {
      const { kid } = header as { kid?: unknown }
      if (typeof kid === 'string') provedBy.set(ctx, kid)
      const { exp, iat, aud } = payload as { exp?: number; iat?: number; aud?: unknown }
      if (aud !== options.issuer) throw new errors.InvalidClientAuth(`aud of a client assertion must be ${options.issuer}`)
      const now = Date.now() / 1000
      if (typeof exp !== 'number' || exp > now + 300) throw new errors.InvalidClientAuth('a client assertion lives 300 seconds at most')
      if (iat !== undefined && iat > now + 10) throw new errors.InvalidClientAuth('the client assertion was issued in the future')
    },
    renderError: (ctx, out) => {
      ctx.type = 'application/json'
      ctx.body = JSON.stringify(out)
    },
  }
  const provider = new Provider(options.issuer, configuration)
  // Behind an address with TLS: who forwards says under which name it was asked.
  provider.proxy = options.issuer.startsWith('https:')
  provider.on('server_error', (_ctx, error) => options.fault(error))
  sayWhy(provider)
  provider.on('grant.success', (ctx) => {
    const [kid, client] = [provedBy.get(ctx), ctx.oidc.client?.clientId]
    if (kid !== undefined && client !== undefined) void options.partnerKeys.used(client, kid, now()).catch(options.fault)
  })
  const answer = provider.callback()
  const mount = new URL(options.issuer).pathname
  const listener: Listener = (request, response) => {
    const original = request.url ?? '/'
    Object.assign(request, { originalUrl: original })
    request.url = original.slice(mount.length) || '/'
    void answer(request, response)
  }
  return { listener, interactions: interactionsOf(provider) }
}

const metadataOf = (client: TestClient, keys: readonly object[]): ClientMetadata => ({
  client_id: client.id, grant_types: ['client_credentials'], response_types: [], redirect_uris: [], token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: keys as never }, dpop_bound_access_tokens: 'partner' in client.claim, id_token_signed_response_alg: 'ES256', scope: client.scope,
})

/** The library keeps the reason to itself and answers that the request is invalid. On this machine the developer is told. */
function sayWhy(provider: Provider): void {
  const reasons = new WeakMap<object, string>()
  provider.on('grant.error', (ctx, { error_detail }) => void (error_detail === undefined || reasons.set(ctx, error_detail)))
  provider.use(async (ctx, next) => {
    await next()
    const why = reasons.get(ctx)
    if (why !== undefined) ctx.body = { ...(ctx.body as object), error_description: why }
  })
}

const now = (): Instant => instant(Date.now())
const lifeOf = (expiresIn: number | undefined): Instant | null => (expiresIn === undefined || !Number.isFinite(expiresIn) ? null : after(now(), Math.max(0, Math.ceil(expiresIn)) * second))

/**
 * Used assertions and proofs. The library looks for one before it stores it and says what was used twice; of two copies that
 * arrive together both find nothing, and the row itself decides.
 */
function usedTokens(seen: SeenTokens): Adapter {
  const kind = 'ReplayDetection'
  return {
    ...recordless,
    async find(id: string) {
      return (await seen.seen(kind, id, now())) ? { jti: id, kind, exp: Math.ceil(now() / second) + 1 } : undefined
    },
    async upsert(id: string, _payload: AdapterPayload, expiresIn: number) {
      if (!(await seen.take(kind, id, lifeOf(expiresIn) ?? after(now(), tokenLife * second), now()))) throw new errors.InvalidClientAuth('client assertions and DPoP proofs are good once')
    },
  }
}

const recordless: Adapter = {
  upsert: async () => undefined, find: async () => undefined, findByUid: async () => undefined, findByUserCode: async () => undefined, consume: async () => undefined, destroy: async () => undefined,
  revokeByGrantId: async () => undefined,
}

/** One model of the library over the records of the archive. */
function recordsOf(model: string, records: OAuthRecords): Adapter {
  const payloadOf = (found: OAuthRecord | null): AdapterPayload | undefined =>
    found === null ? undefined : { ...found.payload, ...(found.consumed === null ? {} : { consumed: Math.floor(found.consumed / second) }) }
  return {
    upsert: (id, payload, expiresIn) => records.upsert(model, id, {
      payload: payload as Readonly<Record<string, unknown>>, expiresAt: lifeOf(expiresIn), grantId: payload.grantId ?? null, uid: payload.uid ?? null, userCode: payload.userCode ?? null,
    }),
    find: async (id) => payloadOf(await records.find(model, id, now())),
    findByUid: async (uid) => payloadOf(await records.findByUid(model, uid, now())),
    findByUserCode: async (userCode) => payloadOf(await records.findByUserCode(model, userCode, now())),
    consume: async (id) => void (await records.consume(model, id, now())),
    destroy: (id) => records.destroy(model, id),
    revokeByGrantId: async (grantId) => void (await records.revokeGrant(grantId)),
  }
}

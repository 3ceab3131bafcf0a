/**
 * The gateway from a partner's side: tokens by private_key_jwt (RFC 7523), bound to a key of this process (DPoP), renewed
 * before they run out, and GraphQL over HTTP. Nothing to configure beyond what registration gives: address, client id,
 * private key.
 *
 * @rfc 6749 4.4 · 7523 2.2 · 8707 (resource indicator) · 9449 (DPoP)
 */
import { importJWK, SignJWT, type JWK } from 'jose'
import { metadataOf } from './discovery.ts'
import { documentId, type ClientManifest } from './manifest.ts'
import { proofKey, type ProofKey } from './proof.ts'

export interface GatewayOptions {
  /** Where the gateway answers, e.g. `http://127.0.0.1:4000`. */
  readonly url: string
  readonly clientId: string
  /** Private key of the client, with `alg` ES256 or PS256. */
  readonly key: JWK
  /** Scopes to ask for; the token carries no more. */
  readonly scope: string
  /** Issuer of tokens; where absent, the one the gateway names at `/.well-known/oauth-protected-resource`. */
  readonly issuer?: string
  /** False asks for a bearer token. No partner gets one; a gateway on one machine gives them to persons and officers. */
  readonly bound?: boolean
  /** The registered documents of the client, as its build step wrote them (manifest.ts): those are sent by their id, without their text. */
  readonly manifest?: ClientManifest
}

export interface Answer<T> {
  readonly data: T
  /** Names this request in the gateway's log and in an explanation of a refusal. */
  readonly requestId: string
}

/** The gateway answered with `errors`: the document, the token or the gateway itself is at fault. Refusals are data, not this. */
export class GatewayError extends Error {
  readonly codes: readonly string[]
  readonly status: number
  readonly requestId: string | null
  constructor(message: string, status: number, codes: readonly string[], requestId: string | null) {
    super(message)
    this.name = 'GatewayError'
    this.status = status
    this.codes = codes
    this.requestId = requestId
  }
}

export interface Gateway {
  /** Runs a document. Throws {@link GatewayError} where the answer has errors. */
  query<T = Record<string, unknown>>(document: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer<T>>
  token(): Promise<string>
  /** `authorization` and, for a bound token, `dpop`: for one request of one's own, sent once within a minute. */
  headers(method: string, url: string): Promise<Readonly<Record<string, string>>>
}

interface Discovered { readonly resource: string; readonly issuer: string; readonly tokenEndpoint: string }

export function connect(options: GatewayOptions): Gateway {
  let discovered: Promise<Discovered> | null = null
  let key: Promise<ProofKey> | null = null
  let held: { token: string; until: number } | null = null
  const find = (): Promise<Discovered> => (discovered ??= discover(options).catch((fault: unknown) => {
    discovered = null
    throw fault
  }))

  const token = async (): Promise<string> => {
    if (held !== null && held.until > Date.now() + 15_000) return held.token
    const server = await find()
    const proof = options.bound === false ? null : await (await (key ??= proofKey())).prove('POST', server.tokenEndpoint)
    const answer = await fetch(server.tokenEndpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...(proof === null ? {} : { dpop: proof }) },
      body: new URLSearchParams({
        grant_type: 'client_credentials', scope: options.scope, resource: server.resource,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: await assertion(options, server.issuer),
      }),
    })
    const body = (await answer.json()) as { access_token?: string; expires_in?: number; error?: string; error_description?: string }
    if (!answer.ok || body.access_token === undefined) throw new GatewayError(`no token: ${body.error ?? answer.status} ${body.error_description ?? ''}`.trim(), answer.status, [body.error ?? 'token'], null)
    held = { token: body.access_token, until: Date.now() + (body.expires_in ?? 60) * 1000 }
    return held.token
  }

  const headers = async (method: string, url: string): Promise<Readonly<Record<string, string>>> => {
    const access = await token()
    return key === null ? { authorization: `Bearer ${access}` } : { authorization: `DPoP ${access}`, dpop: await (await key).prove(method, url, access) }
  }

  const idOf = new Map(Object.entries(options.manifest ?? {}).map(([id, text]) => [text, id]))
  for (const [text, id] of idOf) if (documentId(text) !== id) throw new RangeError(`the manifest names another text by ${id}`)
  const nameOf = (document: string): { readonly documentId: string } | { readonly query: string } => {
    const id = idOf.get(document)
    return id === undefined ? { query: document } : { documentId: id }
  }

  const query = async <T>(document: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Answer<T>> => {
    const endpoint = new URL('/graphql', (await find()).resource).href
    const answer = await fetch(endpoint, {
      method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json', ...(await headers('POST', endpoint)) }, body: JSON.stringify({ ...nameOf(document), variables }),
    })
    const requestId = answer.headers.get('x-request-id')
    const body = (await answer.json().catch(() => ({}))) as { data?: T; errors?: { message: string; extensions?: { code?: string } }[] }
    if (body.errors !== undefined || body.data === undefined || body.data === null) {
      const errors = body.errors ?? []
      throw new GatewayError(errors.map((e) => e.message).join('; ') || `HTTP ${answer.status}`, answer.status, errors.map((e) => e.extensions?.code ?? 'UNKNOWN'), requestId)
    }
    return { data: body.data, requestId: requestId ?? '' }
  }
  return { query, token, headers }
}

/** A signed statement by the client about itself: good for one use and one minute. */
async function assertion(options: GatewayOptions, issuer: string): Promise<string> {
  const alg = options.key.alg ?? 'ES256'
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg, ...(options.key.kid === undefined ? {} : { kid: options.key.kid }) })
    .setIssuer(options.clientId).setSubject(options.clientId).setAudience(issuer).setIssuedAt(now).setExpirationTime(now + 60)
    .sign(await importJWK(options.key, alg))
}

/**
 * A gateway that names another one as itself would be given tokens and proofs that open that other one; so it must name the
 * address it was asked at.
 *
 * @rfc 9728 3.3 (protected resource metadata) · 8414 3.3 (authorization server metadata)
 */
async function discover(options: GatewayOptions): Promise<Discovered> {
  const resource = await json<{ resource: string; authorization_servers: string[] }>(new URL('/.well-known/oauth-protected-resource', options.url))
  if (!sameOrigin(resource.resource, options.url)) throw new GatewayError(`the gateway at ${options.url} says that it is ${resource.resource}`, 0, ['discovery'], null)
  const issuer = options.issuer ?? resource.authorization_servers[0]
  if (issuer === undefined) throw new GatewayError('the gateway names no authorization server', 0, ['discovery'], null)
  const server = await metadataOf<{ readonly issuer: string; readonly token_endpoint?: string }>(issuer)
  if (server?.token_endpoint === undefined) throw new GatewayError(`the authorization server ${issuer} does not describe itself`, 0, ['discovery'], null)
  return { resource: resource.resource, issuer: server.issuer, tokenEndpoint: server.token_endpoint }
}

/** The names of loopback are one address. */
function sameOrigin(a: string, b: string): boolean {
  const origin = (text: string): string => new URL(text).origin.replace(/^http:\/\/(localhost|\[::1\])(?=:|$)/, 'http://127.0.0.1')
  return origin(a) === origin(b)
}

async function json<T>(url: URL): Promise<T> {
  const answer = await fetch(url)
  if (!answer.ok) throw new GatewayError(`${url.pathname} answered ${answer.status}`, answer.status, ['discovery'], null)
  return (await answer.json()) as T
}

/**
 * The door for everybody: GraphQL over HTTP, behind API Gateway (payload 2.0). Reads the token once, makes the Context,
 * and lets nothing out that is not an answer or a coded error with the id of the request. What a client sends ends in
 * 2xx or 4xx; a 500 is a fault of ours, logged without values.
 *
 * @rfc 6750 3, 9449 7.1 (challenges) · 9728 3 (metadata) · 9562 5.7 (request ids)
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context as LambdaContext } from 'aws-lambda'
import { isUtf8 } from 'node:buffer'
import type { GraphQLSchema } from 'graphql'
import { scopes } from '../core/law/actor.ts'
import { toHex } from '../core/law/ids.ts'
import { noteRefusal } from '../core/law/partner/explain.ts'
import type { Context } from '../schema/context.ts'
import type { RequestErrorCode } from '../core/law/request-error.ts'
import { requestError } from '../schema/errors.ts'
import { toSchema } from '../schema/index.ts'
import { preparer, type Outcome } from '../schema/prepare.ts'
import { encryptTo } from './environment/encrypt.ts'
import { proofAlgorithms } from './environment/proof.ts'
import { watchRefusals } from './environment/refusals.ts'
import { webauthn } from './environment/webauthn.ts'
import { graphqlEnvironment, jsonLog, underTrace, type GraphqlEnvironment, type Log } from './environment.ts'
import { admission, type Admission, type Denial } from './graphql/admit.ts'
import { factsOf } from './graphql/errors.ts'
import type { OpenPath } from './graphql/open.ts'
import { answerReady, mediaTypeOf, paramsOf } from './graphql/ready.ts'

export type GraphqlDoor = (event: APIGatewayProxyEventV2, context: LambdaContext) => Promise<APIGatewayProxyStructuredResultV2>

export interface GraphqlDoorOptions {
  /** A page for people, on stages without real persons. The local server passes one; no bundle of the cloud has it. */
  readonly renderGraphiQL?: (options: { readonly endpoint: string }) => string
  /** Nothing goes past yoga: slower, and the same octets. */
  readonly everythingByYoga?: boolean
}

interface Opened { readonly env: GraphqlEnvironment; readonly schema: GraphQLSchema; readonly prepare: (text: string) => Outcome; readonly open: OpenPath; readonly admit: Admission }

/** Octets of a body, after base64. */
export const largestRequest = 100_000
const endpoint = '/graphql'
const metadata = '/.well-known/oauth-protected-resource'
const production = 'production'

export function graphqlDoor(environment: () => Promise<GraphqlEnvironment>, options: GraphqlDoorOptions = {}): GraphqlDoor {
  let opened: Promise<Opened> | null = null
  const open = async (): Promise<Opened> => {
    const env = await environment()
    const schema = watchRefusals<Context>(toSchema(), async (refusal, { requestId, actor, world }) => {
      env.log('info', 'refused', { requestId, code: refusal.code })
      await noteRefusal(world, actor, refusal, requestId)
    })
    const prepare = preparer(schema, env.stage === production)
    return { env, schema, prepare, open: byYoga(env, schema, prepare), admit: admission(env.world, env.sha256) }
  }
  return async (event, lambda) => {
    let requestId = lambda.awsRequestId
    let log: Log | null = null
    try {
      opened ??= open()
      const door = await opened.catch((fault: unknown) => {
        opened = null
        throw fault
      })
      const { env } = door
      log = env.log
      requestId = newRequestId(env.world.clock.now(), env.world.random.bytes(10))
      return withHeaders(await answer(door, event, requestId, options), requestId)
    } catch (fault) {
      // Where the door could not open, no request was read: the message names what is missing, and no person.
      if (log === null) jsonLog('error', 'graphql.not-open', { requestId, ...factsOf(fault), message: String(fault) })
      else log('error', 'graphql.fault', { requestId, ...factsOf(fault) })
      return withHeaders(problem(500, 'INTERNAL', requestId), requestId)
    }
  }
}

/** Yoga comes with the first request out of the ordinary: what most instances never see need not be loaded by all. */
function byYoga(env: GraphqlEnvironment, schema: GraphQLSchema, prepare: Opened['prepare']): OpenPath {
  let loaded: Promise<OpenPath> | null = null
  return async (...request) => {
    loaded ??= import('./graphql/open.ts').then(({ openPath }) => openPath(env, schema, prepare, { endpoint, largest: largestRequest }))
    return (await loaded)(...request)
  }
}

async function answer(door: Opened, event: APIGatewayProxyEventV2, requestId: string, options: GraphqlDoorOptions): Promise<APIGatewayProxyStructuredResultV2> {
  const { env } = door
  const method = event.requestContext.http.method
  const { headers } = event
  if (event.rawPath === metadata) return method === 'GET' ? json(200, resourceMetadata(env)) : { ...problem(405, 'BAD_REQUEST', requestId), headers: { ...jsonType, allow: 'GET' } }
  if (event.rawPath !== endpoint) return problem(404, 'BAD_REQUEST', requestId)
  if (method === 'GET' && options.renderGraphiQL !== undefined && env.stage !== production && /\btext\/html\b/.test(headers['accept'] ?? '')) {
    return { statusCode: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: options.renderGraphiQL({ endpoint }) }
  }
  if (method !== 'POST') return { ...problem(405, 'BAD_REQUEST', requestId), headers: { ...jsonType, allow: 'POST' } }
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) return problem(415, 'BAD_REQUEST', requestId)
  const body = bodyOf(event)
  if (body === 'too-large') return problem(413, 'BAD_REQUEST', requestId)
  if (body === 'ill-formed') return problem(400, 'BAD_REQUEST', requestId, 'The body is not UTF-8')

  const knock = await env.authenticate(headers['authorization'] ?? null, { proof: headers['dpop'] ?? null, method, url: address(env.audience) })
  if ('denied' in knock) {
    env.log('info', 'graphql.denied', { requestId, denied: knock.denied })
    const denied = problem(knock.denied === 'invalid_request' ? 400 : 401, 'UNAUTHENTICATED', requestId, knock.description)
    return { ...denied, headers: { ...jsonType, 'www-authenticate': knock.challenge } }
  }
  const context: Context = {
    actor: knock.actor, world: env.worldFor?.(knock.actor) ?? env.world, requestId, sha256: env.sha256, encrypt: encryptTo, stage: env.stage, docs: (code) => new URL(`/pages/errors#${code}`, env.audience).href,
  }
  const result = await admitted(door, headers, body, context, options)
  env.log('info', 'graphql.answered', { requestId, actor: knock.actor.kind, ...(knock.actor.kind === 'partner' ? { client: knock.actor.client } : {}), status: result.statusCode })
  return result
}

/** Document, cost and budget first; then past yoga where the document is ready, and by yoga where it is not. */
async function admitted(door: Opened, headers: Readonly<Record<string, string | undefined>>, body: string, context: Context, options: GraphqlDoorOptions): Promise<APIGatewayProxyStructuredResultV2> {
  const { env, schema, prepare, open, admit } = door
  const { actor, requestId } = context
  const params = paramsOf(body)
  const turnedAway = async (denied: Denial): Promise<APIGatewayProxyStructuredResultV2> => {
    await admit.note(actor, denied, requestId)
    return refused(denied, requestId)
  }
  const found = await admit.document(actor, params)
  if ('denied' in found) return turnedAway(found.denied)
  const outcome = found.text === null ? null : prepare(found.text)
  const prepared = outcome !== null && 'prepared' in outcome ? outcome.prepared : null
  const paid = await admit.pay(actor, params, prepared)
  if ('denied' in paid) return turnedAway(paid.denied)

  const type = mediaTypeOf(headers['accept'])
  const ready = params !== null && !params.extra && prepared !== null && type !== null && prepared.operations.has(params.operationName ?? '') && options.everythingByYoga !== true
  const past = ready ? await answerReady(env, schema, prepared, params, type, context) : null
  const result = past ?? (await open(headers, params?.documentId == null ? body : JSON.stringify({ query: found.text, variables: params.variables, operationName: params.operationName }), context))
  return { ...result, headers: { ...result.headers, ...paid.headers } }
}

function refused({ status, code, detail, extensions, headers }: Denial, requestId: string): APIGatewayProxyStructuredResultV2 {
  const { message, extensions: told } = requestError(code, { ...(detail === undefined ? {} : { detail }), extensions: { requestId, ...extensions } })
  return { statusCode: status, headers: { ...jsonType, ...headers }, body: JSON.stringify({ errors: [{ message, extensions: told }] }) }
}

/** The text of the body, or why it is none. What is not UTF-8 is refused here: decoding would repair it. */
function bodyOf(event: APIGatewayProxyEventV2): string | 'too-large' | 'ill-formed' {
  const { body = '', isBase64Encoded } = event
  if (!isBase64Encoded) return body.length > largestRequest || Buffer.byteLength(body) > largestRequest ? 'too-large' : body.isWellFormed() ? body : 'ill-formed'
  const octets = Buffer.from(body, 'base64')
  return octets.length > largestRequest ? 'too-large' : isUtf8(octets) ? octets.toString('utf8') : 'ill-formed'
}

const addresses = new Map<string, string>()
function address(audience: string): string {
  const known = addresses.get(audience) ?? new URL(endpoint, audience).href
  addresses.set(audience, known)
  return known
}

/** What a client has to know before it has a token. @rfc 9728 2 */
const resourceMetadata = (env: GraphqlEnvironment) => ({
  resource: env.audience, authorization_servers: [env.issuer], scopes_supported: scopes, bearer_methods_supported: ['header'], dpop_signing_alg_values_supported: proofAlgorithms, resource_name: 'Mynagate',
})

// ---------------------------------------------------------------- HTTP

const jsonType = { 'content-type': 'application/json; charset=utf-8' } as const
const json = (statusCode: number, value: unknown): APIGatewayProxyStructuredResultV2 => ({ statusCode, headers: { ...jsonType }, body: JSON.stringify(value) })

function problem(statusCode: number, code: RequestErrorCode, requestId: string, detail?: string): APIGatewayProxyStructuredResultV2 {
  const { message, extensions } = requestError(code, { extensions: { requestId }, ...(detail === undefined ? {} : { detail: `${detail}.` }) })
  return json(statusCode, { errors: [{ message, extensions }] })
}

const withHeaders = (result: APIGatewayProxyStructuredResultV2, requestId: string): APIGatewayProxyStructuredResultV2 => ({
  ...result, isBase64Encoded: false, headers: { ...result.headers, 'x-request-id': requestId, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
})

/** UUID version 7: sorts by time, 74 random bits. @rfc 9562 5.7 */
export function newRequestId(now: number, random: Uint8Array): string {
  const time = now.toString(16).padStart(12, '0')
  const tail = toHex(random).toLowerCase()
  const variant = (8 | (random[1]! & 3)).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-${variant}${tail.slice(4, 7)}-${tail.slice(7, 19)}`
}

export const handler = underTrace(graphqlDoor(() => graphqlEnvironment(webauthn())))

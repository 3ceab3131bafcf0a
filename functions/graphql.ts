/**
 * The door for everybody: GraphQL over HTTP, behind API Gateway (payload 2.0). Reads the token once, makes the Context,
 * and lets nothing out that is not an answer or a coded error with the id of the request. What a client sends ends in
 * 2xx or 4xx; a 500 is a fault of ours, logged without values.
 *
 * @rfc 6750 3, 9449 7.1 (challenges) · 9728 3 (metadata) · 9562 5.7 (request ids)
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context as LambdaContext } from 'aws-lambda'
import { GraphQLError, NoSchemaIntrospectionCustomRule } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import { scopes } from '../core/law/actor.ts'
import { toHex } from '../core/law/ids.ts'
import type { Context } from '../schema/context.ts'
import { requestError, requestErrors, type RequestErrorCode } from '../schema/errors.ts'
import { toSchema } from '../schema/index.ts'
import { parseLimited } from '../schema/limits.ts'
import { encryptTo } from './environment/encrypt.ts'
import { proofAlgorithms } from './environment/proof.ts'
import { challenge } from './environment/token.ts'
import { graphqlEnvironment, jsonLog, type GraphqlEnvironment, type Log } from './environment.ts'

export type GraphqlDoor = (event: APIGatewayProxyEventV2, context: LambdaContext) => Promise<APIGatewayProxyStructuredResultV2>

export interface GraphqlDoorOptions {
  /** A page for people, on stages without real persons. The local server passes one; no bundle of the cloud has it. */
  readonly renderGraphiQL?: (options: { readonly endpoint: string }) => string
}

/** Octets of a body, after base64. */
export const largestRequest = 100_000
const endpoint = '/graphql'
const metadata = '/.well-known/oauth-protected-resource'
const production = 'production'

export function graphqlDoor(environment: () => Promise<GraphqlEnvironment>, options: GraphqlDoorOptions = {}): GraphqlDoor {
  let opened: Promise<{ readonly env: GraphqlEnvironment; readonly yoga: Yoga }> | null = null
  const open = async () => {
    const env = await environment()
    return { env, yoga: yogaFor(env) }
  }
  return async (event, lambda) => {
    let requestId = lambda.awsRequestId
    let log: Log | null = null
    try {
      opened ??= open()
      const { env, yoga } = await opened.catch((fault: unknown) => {
        opened = null
        throw fault
      })
      log = env.log
      requestId = newRequestId(env.world.clock.now(), env.world.random.bytes(10))
      return withHeaders(await answer(env, yoga, event, requestId, options), requestId)
    } catch (fault) {
      // Where the door could not open, no request was read: the message names what is missing, and no person.
      if (log === null) jsonLog('error', 'graphql.not-open', { requestId, ...factsOf(fault), message: String(fault) })
      else log('error', 'graphql.fault', { requestId, ...factsOf(fault) })
      return withHeaders(problem(500, 'INTERNAL', requestId), requestId)
    }
  }
}

async function answer(env: GraphqlEnvironment, yoga: Yoga, event: APIGatewayProxyEventV2, requestId: string, options: GraphqlDoorOptions): Promise<APIGatewayProxyStructuredResultV2> {
  const method = event.requestContext.http.method
  const headers = headersOf(event)
  if (event.rawPath === metadata) return method === 'GET' ? json(200, resourceMetadata(env)) : { ...problem(405, 'BAD_REQUEST', requestId), headers: { ...jsonType, allow: 'GET' } }
  if (event.rawPath !== endpoint) return problem(404, 'BAD_REQUEST', requestId)
  if (method === 'GET' && options.renderGraphiQL !== undefined && env.stage !== production && /\btext\/html\b/.test(headers.get('accept') ?? '')) {
    return { statusCode: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: options.renderGraphiQL({ endpoint }) }
  }
  if (method !== 'POST') return { ...problem(405, 'BAD_REQUEST', requestId), headers: { ...jsonType, allow: 'POST' } }
  if (!/^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? '')) return problem(415, 'BAD_REQUEST', requestId)
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
  if (body.length > largestRequest) return problem(413, 'BAD_REQUEST', requestId)

  const knock = await env.authenticate(headers.get('authorization'), { proof: headers.get('dpop'), method, url: new URL(endpoint, env.audience).href })
  if ('denied' in knock) {
    env.log('info', 'graphql.denied', { requestId, denied: knock.denied })
    const denied = problem(knock.denied === 'invalid_request' ? 400 : 401, 'UNAUTHENTICATED', requestId, knock.description)
    return { ...denied, headers: { ...jsonType, 'www-authenticate': knock.challenge } }
  }
  const context: Context = {
    actor: knock.actor, world: env.world, requestId, sha256: env.sha256, encrypt: encryptTo, stage: env.stage, docs: (code) => new URL(`/pages/errors#${code}`, env.audience).href,
  }
  const response = await yoga.fetch(`https://${event.requestContext.domainName}${endpoint}`, { method, headers, body }, context)
  env.log('info', 'graphql.answered', { requestId, actor: knock.actor.kind, ...(knock.actor.kind === 'partner' ? { client: knock.actor.client } : {}), status: response.status })
  return resultOf(response)
}

/** What a client has to know before it has a token. @rfc 9728 2 */
const resourceMetadata = (env: GraphqlEnvironment) => ({
  resource: env.audience, authorization_servers: [env.issuer], scopes_supported: scopes, bearer_methods_supported: ['header'], dpop_signing_alg_values_supported: proofAlgorithms, resource_name: 'Mynagate',
})

// ---------------------------------------------------------------- yoga

type Yoga = ReturnType<typeof yogaFor>

function yogaFor(env: GraphqlEnvironment) {
  return createYoga<Context>({
    schema: toSchema(), graphqlEndpoint: endpoint, plugins: [strict(env)], logging: false, cors: false, graphiql: false, landingPage: false, batching: false, multipart: false,
    maxRequestBodySize: largestRequest, parserAndValidationCache: true,
    // Faults keep what caused them until `strict` has logged it; nothing passes `strict` unmasked.
    maskedErrors: { maskError: (error) => (error instanceof GraphQLError ? error : new GraphQLError(requestErrors.INTERNAL, { originalError: error as Error })) },
  })
}

/** Limits before anything runs, no introspection in production, and every error coded and named on its way out. */
function strict(env: GraphqlEnvironment): Plugin<Context> {
  return {
    onParse: ({ setParseFn }) => setParseFn(parseLimited),
    onValidate: ({ addValidationRule }) => {
      if (env.stage === production) addValidationRule(NoSchemaIntrospectionCustomRule)
    },
    onResultProcess: ({ result, setResult, serverContext }) => {
      if (Array.isArray(result) || Symbol.asyncIterator in result || result.errors === undefined) return
      const { requestId } = serverContext as unknown as Context
      const errors = result.errors.map((error) => outgoing(error, requestId, env))
      const data = (result as { data?: Readonly<Record<string, unknown>> | null }).data
      const nobody = errors.every((e) => e.extensions['code'] === 'UNAUTHENTICATED') && Object.values(data ?? {}).every((value) => value === null)
      const http = nobody ? { status: 401, headers: { 'www-authenticate': `${challenge(env.audience, 'DPoP')}, ${challenge(env.audience, 'Bearer')}` } } : undefined
      setResult({ ...(result as object), errors, ...(http === undefined ? {} : { extensions: { http } }) } as never)
    },
  }
}

function outgoing(error: GraphQLError, requestId: string, env: GraphqlEnvironment): GraphQLError {
  const fault = faultIn(error)
  if (fault !== null) {
    env.log('error', 'graphql.fault', { requestId, path: error.path?.join('.') ?? null, ...factsOf(fault) })
    return new GraphQLError(requestErrors.INTERNAL, { path: error.path ?? null, extensions: { code: 'INTERNAL', requestId, http: { status: 500 } } })
  }
  // Names in the schema are told where the schema may be asked for.
  const message = env.stage === production ? error.message.replace(/ Did you mean [^]*$/, '') : error.message
  return new GraphQLError(message, { ...(error.nodes === undefined ? {} : { nodes: error.nodes }), source: error.source ?? null, positions: error.positions ?? null, path: error.path ?? null, extensions: { ...error.extensions, code: codeOf(error), requestId } })
}

/**
 * What went wrong with us, or null where the request is at fault. GraphQL's own errors and those of schema/errors.ts are
 * about the request; whatever else a resolver threw, or a value that does not fit the schema (the executor throws a plain
 * error for it), is ours.
 */
function faultIn(error: GraphQLError): unknown {
  let cause: unknown = error
  while (cause instanceof GraphQLError) {
    if (cause.originalError === undefined) return cause.extensions['unexpected'] === true ? cause : null
    cause = cause.originalError
  }
  return cause
}

function codeOf(error: GraphQLError): string {
  const code = error.extensions['code']
  if (typeof code === 'string') return code
  if (error.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED'
  return error.nodes === undefined ? 'BAD_REQUEST' : 'GRAPHQL_VALIDATION_FAILED'
}

/** Where a fault came from, without its message: a database driver writes values into messages. */
function factsOf(fault: unknown): Readonly<Record<string, unknown>> {
  if (!(fault instanceof Error)) return { fault: typeof fault }
  const code = (fault as { code?: unknown }).code
  const cause = fault.cause instanceof Error ? factsOf(fault.cause) : undefined
  return { fault: fault.name, ...(typeof code === 'string' ? { code } : {}), frames: (fault.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 6).map((line) => line.trim()), ...(cause === undefined ? {} : { cause }) }
}

// ---------------------------------------------------------------- HTTP

const jsonType = { 'content-type': 'application/json; charset=utf-8' } as const
const json = (statusCode: number, value: unknown): APIGatewayProxyStructuredResultV2 => ({ statusCode, headers: { ...jsonType }, body: JSON.stringify(value) })

function problem(statusCode: number, code: RequestErrorCode, requestId: string, detail?: string): APIGatewayProxyStructuredResultV2 {
  const { message, extensions } = requestError(code, { extensions: { requestId }, ...(detail === undefined ? {} : { detail: `${detail}.` }) })
  return json(statusCode, { errors: [{ message, extensions }] })
}

function headersOf(event: APIGatewayProxyEventV2): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(event.headers)) if (value !== undefined && /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x20-\x7e\t]*$/.test(value)) headers.set(name, value)
  return headers
}

async function resultOf(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  const headers: Record<string, string> = {}
  for (const [name, value] of response.headers) if (name !== 'set-cookie' && name !== 'content-length') headers[name] = value
  return { statusCode: response.status, headers, body: await response.text() }
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

export const handler = graphqlDoor(graphqlEnvironment)

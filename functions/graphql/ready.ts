/**
 * The way past yoga, for a request whose document is ready (schema/prepare.ts): no Fetch objects, no streams, nothing
 * parsed twice. It answers what yoga would answer, octet for octet, and leaves to yoga what is out of the ordinary: another
 * media type, an operation that is not there, variables that do not fit.
 */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { execute, type ExecutionResult, type GraphQLError, type GraphQLSchema } from 'graphql'
import type { Context } from '../../schema/context.ts'
import type { Prepared } from '../../schema/prepare.ts'
import type { GraphqlEnvironment } from '../environment.ts'
import { nobody, nobodyAsked, outgoing } from './errors.ts'

/** A request in the shape that needs no explaining. */
export interface Params { readonly query: string | null; readonly documentId: string | null; readonly variables: Readonly<Record<string, unknown>>; readonly operationName: string | null; readonly extra: boolean }

/** Null where the body is not such a request: the open path tells why. */
export function paramsOf(body: string): Params | null {
  let given: unknown
  try {
    given = JSON.parse(body)
  } catch {
    return null
  }
  if (!isRecord(given)) return null
  const { query = null, documentId = null, variables = null, operationName = null, extensions = null } = given
  const fits = isTextOrNull(query) && isTextOrNull(documentId) && isTextOrNull(operationName) && (variables === null || isRecord(variables)) && (extensions === null || isRecord(extensions))
  if (!fits) return null
  const extra = Object.keys(given).some((key) => !parameters.has(key) && given[key] != null)
  return { query: query as string | null, documentId: documentId as string | null, variables: variables ?? nothing, operationName: operationName as string | null, extra }
}

const parameters = new Set(['query', 'documentId', 'variables', 'operationName', 'extensions'])
const nothing: Readonly<Record<string, unknown>> = {}
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string'
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

const types = ['application/json', 'application/graphql-response+json'] as const

/** The media type of the answer, the first of the header that is ours; null where none is. */
export function mediaTypeOf(accept: string | undefined): (typeof types)[number] | null {
  if (accept === undefined || accept === '' || accept === '*/*') return types[0]
  for (const part of accept.replaceAll(/\s/g, '').toLowerCase().split(',')) {
    const [asked = '', ...rest] = part.split(';')
    if ((rest.find((parameter) => parameter.includes('charset=')) ?? 'charset=utf-8') !== 'charset=utf-8') continue
    const [pre, suf] = asked.split('/')
    const found = types.find((type) => (pre === '*' || pre === 'application') && (suf === '*' || `application/${suf}` === type))
    if (found !== undefined) return found
  }
  return null
}

/** Null where the document was not begun: its variables do not fit. */
export async function answerReady(env: GraphqlEnvironment, schema: GraphQLSchema, prepared: Prepared, params: Params, type: string, context: Context): Promise<APIGatewayProxyStructuredResultV2 | null> {
  const result = await execute({ schema, document: prepared.document, contextValue: context, variableValues: params.variables, operationName: params.operationName })
  if (result.data === undefined) return null
  const headers: Record<string, string> = { 'content-type': `${type}; charset=utf-8` }
  if (result.errors === undefined) return { statusCode: 200, headers, body: JSON.stringify(result) }
  return withErrors(env, result, result.errors, headers, context.requestId)
}

function withErrors(env: GraphqlEnvironment, result: ExecutionResult, thrown: readonly GraphQLError[], headers: Record<string, string>, requestId: string): APIGatewayProxyStructuredResultV2 {
  const errors = thrown.map((error) => outgoing(error, requestId, env))
  const http = nobodyAsked(errors, result.data) ? nobody(env.audience) : null
  const statuses = errors.map((error) => (error.extensions['http'] as { readonly status?: number } | undefined)?.status ?? 0)
  return { statusCode: Math.max(http?.status ?? 0, ...statuses) || 200, headers: { ...headers, ...http?.headers }, body: JSON.stringify({ ...result, errors: errors.map(written) }) }
}

/** What is for the HTTP layer stays inside. */
function written(error: GraphQLError): object {
  const { http: _, unexpected: __, ...extensions } = error.extensions
  return { ...error.toJSON(), extensions }
}

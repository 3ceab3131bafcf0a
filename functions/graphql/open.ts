/**
 * The open path: yoga, which reads any request and tells what is wrong with it. Documents are parsed, limited and validated
 * where everybody's are (schema/prepare.ts); nothing passes out of here that `outgoing` has not seen.
 */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { GraphQLError, type DocumentNode } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { GraphQLSchema } from 'graphql'
import type { Context } from '../../schema/context.ts'
import { requestErrors } from '../../core/law/request-error.ts'
import type { Outcome } from '../../schema/prepare.ts'
import type { GraphqlEnvironment } from '../environment.ts'
import { nobody, nobodyAsked, outgoing } from './errors.ts'

export type OpenPath = (headers: Readonly<Record<string, string | undefined>>, body: Buffer | string, context: Context) => Promise<APIGatewayProxyStructuredResultV2>

export function openPath(env: GraphqlEnvironment, schema: GraphQLSchema, prepare: (text: string) => Outcome, at: { readonly endpoint: string; readonly largest: number }): OpenPath {
  const yoga = createYoga<Context>({
    schema, graphqlEndpoint: at.endpoint, plugins: [strict(env, prepare)], logging: false, cors: false, graphiql: false, landingPage: false, batching: false, multipart: false,
    maxRequestBodySize: at.largest, parserAndValidationCache: false,
    // Faults keep what caused them until `strict` has logged it; nothing passes `strict` unmasked.
    maskedErrors: { maskError: (error) => (error instanceof GraphQLError ? error : new GraphQLError(requestErrors.INTERNAL.message, { originalError: error as Error })) },
  })
  return async (headers, body, context) => resultOf(await yoga.fetch(`https://gateway.invalid${at.endpoint}`, { method: 'POST', headers: headersOf(headers), body: body as never }, context))
}

/** Limits before anything runs, no introspection in production, and every error coded and named on its way out. */
function strict(env: GraphqlEnvironment, prepare: (text: string) => Outcome): Plugin<Context> {
  const invalid = new WeakMap<DocumentNode, readonly GraphQLError[]>()
  return {
    onParse: ({ setParseFn }) => setParseFn((source) => {
      const outcome = prepare(typeof source === 'string' ? source : source.body)
      if ('thrown' in outcome) throw outcome.thrown
      const document = 'prepared' in outcome ? outcome.prepared.document : outcome.document
      invalid.set(document, 'invalid' in outcome ? outcome.invalid : [])
      return document
    }),
    onValidate: ({ params, setResult }) => setResult(invalid.get(params.documentAST) ?? []),
    onResultProcess: ({ result, setResult, serverContext }) => {
      if (Array.isArray(result) || Symbol.asyncIterator in result || result.errors === undefined) return
      const { requestId } = serverContext as unknown as Context
      const errors = result.errors.map((error) => outgoing(error, requestId, env))
      const http = nobodyAsked(errors, result.data as Record<string, unknown> | null | undefined) ? nobody(env.audience) : undefined
      setResult({ ...(result as object), errors, ...(http === undefined ? {} : { extensions: { http } }) } as never)
    },
  }
}

function headersOf(given: Readonly<Record<string, string | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) if (value !== undefined && /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x20-\x7e\t]*$/.test(value)) headers.set(name, value)
  return headers
}

async function resultOf(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  const headers: Record<string, string> = {}
  for (const [name, value] of response.headers) if (!/^(set-cookie|content-length)$/i.test(name)) headers[name.toLowerCase()] = value
  return { statusCode: response.status, headers, body: await response.text() }
}

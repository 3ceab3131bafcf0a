/**
 * Errors on their way out: coded, named after the request, and without what is nobody's business. What a resolver threw
 * is a fault of ours: logged without values, told as `INTERNAL`.
 */
import { GraphQLError } from 'graphql'
import { requestErrors, type ErrorCode } from '../../core/law/request-error.ts'
import { challenge } from '../environment/token.ts'
import type { GraphqlEnvironment } from '../environment.ts'
import { unsaid } from './unsaid.ts'

export function outgoing(error: GraphQLError, requestId: string, env: Pick<GraphqlEnvironment, 'log' | 'stage'>): GraphQLError {
  const fault = faultIn(error)
  if (fault !== null) {
    env.log('error', 'graphql.fault', { requestId, path: error.path?.join('.') ?? null, ...factsOf(fault) })
    return new GraphQLError(requestErrors.INTERNAL.message, { path: error.path ?? null, extensions: { code: 'INTERNAL', requestId, http: { status: 500 } } })
  }
  // Names in the schema are told where the schema may be asked for.
  const message = unsaid(env.stage === 'production' ? error.message.replace(/ Did you mean [^]*$/, '') : error.message)
  const extensions = withoutOriginal(error.extensions)
  return new GraphQLError(message, { ...(error.nodes === undefined ? {} : { nodes: error.nodes }), source: error.source ?? null, positions: error.positions ?? null, path: error.path ?? null, extensions: { ...extensions, code: codeOf(error), requestId } })
}

/** What a parser of JSON says quotes the body. Yoga takes it for the mark of a body that is no request, which is 400 whatever is accepted; the status alone says the same. */
function withoutOriginal({ originalError, ...extensions }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return originalError === undefined ? extensions : { ...extensions, http: { status: 400 } }
}

/** Nobody asked, for nothing but what needs somebody: the answer is 401, which says where tokens are to be had. */
export const nobodyAsked = (errors: readonly GraphQLError[], data: Readonly<Record<string, unknown>> | null | undefined): boolean =>
  errors.every((e) => e.extensions['code'] === 'UNAUTHENTICATED') && Object.values(data ?? {}).every((value) => value === null)

/**
 * What went wrong with us, or null where the request is at fault. GraphQL's own errors and those of schema/errors.ts are
 * about the request; whatever else a resolver threw, or a value that does not fit the schema, is ours.
 */
function faultIn(error: GraphQLError): unknown {
  let cause: unknown = error
  while (cause instanceof GraphQLError) {
    // A value that does not fit is thrown without a code and without a place in the document.
    if (cause.originalError === undefined) return cause.extensions['unexpected'] === true || (error.path !== undefined && cause.nodes === undefined && cause.extensions['code'] === undefined) ? cause : null
    cause = cause.originalError
  }
  return cause
}

function codeOf(error: GraphQLError): ErrorCode {
  const code = error.extensions['code']
  if (typeof code === 'string') return code as ErrorCode
  if (error.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED'
  return error.nodes === undefined ? 'BAD_REQUEST' : 'GRAPHQL_VALIDATION_FAILED'
}

/** Where a fault came from, without its message: a database driver writes values into messages. */
export function factsOf(fault: unknown): Readonly<Record<string, unknown>> {
  if (!(fault instanceof Error)) return { fault: typeof fault }
  const code = (fault as { code?: unknown }).code
  const cause = fault.cause instanceof Error ? factsOf(fault.cause) : undefined
  return { fault: fault.name, ...(typeof code === 'string' ? { code } : {}), frames: (fault.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 6).map((line) => line.trim()), ...(cause === undefined ? {} : { cause }) }
}

/** @rfc 6750 3 · 9449 7.1 */
export const nobody = (audience: string) => ({ status: 401, headers: { 'www-authenticate': `${challenge(audience, 'DPoP')}, ${challenge(audience, 'Bearer')}` } })

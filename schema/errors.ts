/**
 * The one translation of refusals. A refusal of the law becomes the type `Refused` (data, in the union of the payload);
 * what is wrong with the request itself becomes an entry of `errors` with a code. A fault never passes here: the door
 * masks it.
 */
import { GraphQLError } from 'graphql'
import { refusals, textOf, type Refusal, type RefusalCode } from '../core/law/refusal.ts'
import { errorCodes, errorTexts, requestErrors, type ErrorCode, type RequestErrorCode } from '../core/law/request-error.ts'
import { builder, enumOf } from './builder.ts'
import { StepUpRef } from './assurance.ts'
import type { Context } from './context.ts'

export const RefusalCodes = enumOf<RefusalCode>('RefusalCode', 'Why the gateway says no: a closed list. New codes may be added; treat an unknown one as not retryable.',
  Object.fromEntries(Object.entries(refusals).map(([code, text]) => [code, `${text.message} (${text.basis})`])) as Record<RefusalCode, string>)

/** Codes of values that their scalar does not take stand in `errors` too. */
const ofScalars: readonly ErrorCode[] = ['MALFORMED_DATE', 'MALFORMED_INPUT', 'ILL_FORMED_TEXT']
export const ErrorCodes = enumOf<ErrorCode>('ErrorCode', 'Everything that an answer may carry as a code: refusals, and what is wrong with a request itself (`errors[].extensions.code`).',
  Object.fromEntries(errorCodes.map((code) => [code, `${errorTexts[code].message} (${errorTexts[code].basis})`])) as Record<ErrorCode, string>)

export const Refused = builder.objectRef<Refusal>('Refused').implement({
  description: 'The law, or the form of the input, says no. Nothing was changed.',
  fields: (t) => ({
    code: t.expose('code', { type: RefusalCodes, description: 'The code to branch on.' }),
    basis: t.string({ description: 'Article or section the refusal rests on, or the convention of this API.', resolve: (r) => textOf(r.code).basis }),
    message: t.string({ description: 'For the developer.', resolve: (r) => textOf(r.code).message }),
    userMessageJa: t.string({ description: 'For the person in front of the screen, Japanese.', resolve: (r) => textOf(r.code).ja }),
    userMessageEn: t.string({ description: 'For the person in front of the screen, English.', resolve: (r) => textOf(r.code).en }),
    retryable: t.boolean({ description: 'Whether the same request can succeed later without a change.', resolve: (r) => textOf(r.code).retryable }),
    docsUrl: t.string({ description: 'Where the code is explained.', resolve: (r, _, context) => context.docs(r.code) }),
    requestId: t.string({ description: 'Names this request in the log of the gateway.', resolve: (_r, _, context) => context.requestId }),
    stepUp: t.field({ type: StepUpRef, nullable: true, description: 'For `ASSURANCE_TOO_LOW`: what was reached, what is needed, how to get there.', resolve: (r) => r.stepUp ?? null }),
    retryAt: t.field({ type: 'DateTime', nullable: true, description: 'From when the same request can succeed, where that is known.', resolve: (r) => r.retryAt ?? null }),
    foundState: t.string({ nullable: true, description: 'The state that was found, where the refusal is about one. Not `state`: most things have a field of that name, and a document asks for both.', resolve: (r) => r.state ?? null }),
    field: t.string({ nullable: true, description: 'The field or the scope at fault, where there is one.', resolve: (r) => r.field ?? null }),
  }),
})

export const RefusalTexts = builder.objectRef<{ code: ErrorCode }>('RefusalText').implement({
  description: 'An entry of the catalogue: a refusal, or what is wrong with a request itself.',
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCodes, description: 'The code.' }),
    inData: t.boolean({ description: 'Whether it is answered as data, in `Refused`.', resolve: ({ code }) => code in refusals }),
    inErrors: t.boolean({ description: 'Whether it may stand in `errors[].extensions.code`.', resolve: ({ code }) => code in requestErrors || ofScalars.includes(code) }),
    basis: t.string({ description: 'Article or section.', resolve: ({ code }) => errorTexts[code].basis }),
    message: t.string({ description: 'For the developer.', resolve: ({ code }) => errorTexts[code].message }),
    userMessageJa: t.string({ description: 'For the person, Japanese.', resolve: ({ code }) => errorTexts[code].ja }),
    userMessageEn: t.string({ description: 'For the person, English.', resolve: ({ code }) => errorTexts[code].en }),
    retryable: t.boolean({ description: 'Whether the same request can succeed later.', resolve: ({ code }) => errorTexts[code].retryable }),
    docsUrl: t.string({ description: 'Where the code is explained.', resolve: ({ code }, _, context) => context.docs(code) }),
  }),
})

/** An entry of `errors` about the request. */
export function requestError(code: RequestErrorCode, more: { readonly detail?: string; readonly context?: Context; readonly extensions?: Readonly<Record<string, unknown>> } = {}): GraphQLError {
  const message = more.detail === undefined ? requestErrors[code].message : `${requestErrors[code].message} ${more.detail}`
  return new GraphQLError(message, { extensions: { code, ...(more.context === undefined ? {} : { requestId: more.context.requestId }), ...more.extensions } })
}

/** A value that its scalar does not take: the refusal's code, told before anything runs. */
export function unfitValue(refusal: Refusal): GraphQLError {
  const { message, ja, en } = textOf(refusal.code)
  return new GraphQLError(refusal.state === undefined ? message : `${message} (${refusal.state})`, { extensions: { code: refusal.code, userMessageJa: ja, userMessageEn: en } })
}

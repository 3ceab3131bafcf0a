/**
 * What is wrong with a request itself, before or beside what it asks: answered in `errors`, where a refusal of the law is
 * data. A closed list as that of refusals is, with the same texts: a code that is not here cannot be answered.
 */
import { refusals, type RefusalCode, type RefusalText } from './refusal.ts'

/** Two codes of the law stand here too: told in `errors` where a field cannot answer with a refusal. */
export const requestErrors = {
  UNAUTHENTICATED: {
    basis: 'RFC 6750 3.1 · RFC 9449 7.1', message: 'This needs an access token.', retryable: false,
    ja: 'ログインが必要です。', en: 'Please log in first.',
  },
  NOT_PERMITTED: { ...refusals.NOT_PERMITTED, message: 'This token does not carry the scope that the field demands, or belongs to another kind of actor.' },
  ASSURANCE_TOO_LOW: { ...refusals.ASSURANCE_TOO_LOW, message: 'The person’s login is of a lower level, or older, than the field demands; `stepUp` says what is needed.' },
  BAD_USER_INPUT: {
    basis: 'API: pages', message: 'An argument is out of its bounds.', retryable: false,
    ja: '入力内容が範囲を超えています。', en: 'Something in the input is out of range.',
  },
  DOCUMENT_UNKNOWN: {
    basis: 'API: registered documents', message: 'No document with this hash is registered for the asking partner.', retryable: false,
    ja: 'サービス側の設定のため利用できません。', en: 'This cannot be used until the service completes its set-up.',
  },
  DOCUMENT_NOT_REGISTERED: {
    basis: 'API: registered documents', message: 'This partner sends registered documents alone.', retryable: false,
    ja: 'サービス側の設定のため利用できません。', en: 'This cannot be used until the service completes its set-up.',
  },
  QUERY_TOO_COSTLY: {
    basis: 'API: cost', message: 'The request would cost more than one request may.', retryable: false,
    ja: '一度に扱える量を超えています。', en: 'This asks for too much at once.',
  },
  BUDGET_EXHAUSTED: {
    basis: 'API: budget', message: 'The budget of the partner is used up for now; `retryAfter` says for how many seconds.', retryable: true,
    ja: 'サービスが混み合っています。しばらくお待ちください。', en: 'The service is busy. Please wait a while.',
  },
  DOCUMENT_TOO_LARGE: {
    basis: 'API: limits of documents', message: 'The document passes a limit: tokens, depth, aliases, directives or fields.', retryable: false,
    ja: '一度に扱える量を超えています。', en: 'This asks for too much at once.',
  },
  GRAPHQL_PARSE_FAILED: {
    basis: 'GraphQL 2', message: 'The document is not GraphQL.', retryable: false,
    ja: 'サービスからの問い合わせの形式が正しくありません。', en: 'The service sent something that could not be read.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    basis: 'GraphQL 5', message: 'The document does not fit the schema.', retryable: false,
    ja: 'サービスからの問い合わせの形式が正しくありません。', en: 'The service sent something that could not be read.',
  },
  BAD_REQUEST: {
    basis: 'GraphQL over HTTP', message: 'The HTTP request is not a GraphQL request.', retryable: false,
    ja: 'サービスからの問い合わせの形式が正しくありません。', en: 'The service sent something that could not be read.',
  },
  INTERNAL: {
    basis: 'API: faults', message: 'A fault of the gateway. The request id finds it in the log.', retryable: true,
    ja: 'こちらの不具合です。少し待ってから、もう一度お試しください。', en: 'The fault is ours. Please wait a little and try again.',
  },
} as const satisfies Record<string, RefusalText>

export type RequestErrorCode = keyof typeof requestErrors
/** Everything that an answer may carry as a code. */
export type ErrorCode = RefusalCode | RequestErrorCode

/** All texts; of a code that is in both lists those of the law. */
export const errorTexts: Readonly<Record<ErrorCode, RefusalText>> = { ...requestErrors, ...refusals }
export const errorCodes = Object.keys(errorTexts) as readonly ErrorCode[]

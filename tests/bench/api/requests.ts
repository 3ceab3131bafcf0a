/**
 * The two questions that are measured: the four items under a consent, of somebody else each time, and a card with its certificates. A request as the client
 * sends it holds the id of nobody; the client puts another person's there each time.
 */
import { global, nobody, type Scene } from './ids.ts'

export interface Asked { readonly actor: 'partner' | 'citizen'; readonly body: string }

export const documents = {
  'four-information': 'query Read($consent: ID!) { fourInformation(consent: $consent) { __typename ... on FourInformationRelease { name address birthDate sex items freshness asOf } ... on Refused { code message userMessageJa } } }',
  card: 'query Card($id: ID!) { card(id: $id) { id cardNumber state expiresOn certificates { id kind state serial expiresOn } } }',
} as const
export type Question = keyof typeof documents

export const requests = ({ card }: Scene, consent = nobody): Readonly<Record<Question, Asked>> => ({
  'four-information': { actor: 'partner', body: JSON.stringify({ query: documents['four-information'], variables: { consent: global(consent) } }) },
  card: { actor: 'citizen', body: JSON.stringify({ query: documents.card, variables: { id: global(card) } }) },
})

/** PostGraphile names things its own way; the shape is the same. It does not open what is sealed. */
export const ofPostgraphile = ({ card }: Scene): Readonly<Record<Question, Asked>> => ({
  'four-information': { actor: 'partner', body: JSON.stringify({ query: 'query Read($id: String!) { consentByRowId(rowId: $id) { state certificateByCertificate { rowId kind state issuedAt expiresOn } } }', variables: { id: nobody } }) },
  card: { actor: 'citizen', body: JSON.stringify({ query: 'query Card($id: String!) { cardByRowId(rowId: $id) { rowId state madeOn expiresOn certificatesByCard(first: 10) { nodes { rowId kind state serial expiresOn } } } }', variables: { id: card } }) },
})

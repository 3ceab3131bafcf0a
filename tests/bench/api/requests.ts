/** The two questions that are measured: the four items under a consent, and a card with its certificates. */
export interface SceneIds { readonly consent: string; readonly card: string; readonly person: string }
export interface Asked { readonly actor: 'partner' | 'citizen'; readonly body: string }

export const documents = {
  'four-information': 'query Read($consent: ID!) { fourInformation(consent: $consent) { __typename ... on FourInformationRelease { name address birthDate sex items freshness asOf } ... on Refused { code message userMessageJa } } }',
  card: 'query Card($id: ID!) { card(id: $id) { id cardNumber state expiresOn certificates { id kind state serial expiresOn } } }',
} as const
export type Question = keyof typeof documents

const global = (id: string): string => Buffer.from(id).toString('base64url')

export const requests = ({ consent, card }: SceneIds): Readonly<Record<Question, Asked>> => ({
  'four-information': { actor: 'partner', body: JSON.stringify({ query: documents['four-information'], variables: { consent: global(consent) } }) },
  card: { actor: 'citizen', body: JSON.stringify({ query: documents.card, variables: { id: global(card) } }) },
})

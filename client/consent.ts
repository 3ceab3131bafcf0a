/**
 * Consent and what it opens, from a partner's side: one call for each step, typed, with an idempotency key of its own. What
 * the law refuses is thrown as {@link Refusal}, with the code to branch on and the text for the person.
 */
import type { Gateway } from './gateway.ts'
import { openRelease, type OpenedRelease } from './release.ts'
import type { JWK } from 'jose'

export type Item = 'NAME' | 'ADDRESS' | 'BIRTH_DATE' | 'SEX' | 'IS_ADULT' | 'LIVES_IN_MUNICIPALITY'

export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: string
  readonly retryable: boolean
  readonly userMessageJa: string
  readonly userMessageEn: string
  readonly docsUrl: string
  /** What the gateway, the partner and the person know the request by. */
  readonly requestId: string
  constructor(no: Omit<Refusal, 'name'> & { readonly message: string }) {
    super(`${no.code}: ${no.message}`)
    this.code = no.code
    this.retryable = no.retryable
    this.userMessageJa = no.userMessageJa
    this.userMessageEn = no.userMessageEn
    this.docsUrl = no.docsUrl
    this.requestId = no.requestId
  }
}

export interface PurposeInput { readonly name: string; readonly textJa: string; readonly textEn: string; readonly items: readonly Item[]; readonly until?: string; readonly minors?: 'REFUSED' | 'FROM_15' | 'REPRESENTED'; /** What a person is told, in the partner's own words; absent ones are of the law and the register. */ readonly notices?: readonly NoticeText[] }
export interface NoticeText { readonly kind: 'DISCLOSURE_REQUEST' | 'KEEPING' | 'SEVERAL_SERVICES' | 'STOP_ON_END' | 'DESK' | 'CONTACT'; readonly textJa: string; readonly textEn: string }
export interface RequestInput {
  readonly purpose: string
  readonly required: readonly Item[]
  readonly optional?: readonly Item[]
  readonly municipality?: string
  /** How often; absent: whenever asked. */
  readonly frequency?: 'ONCE' | 'ON_CHANGE' | 'YEARLY' | 'MONTHLY' | 'DAILY' | 'PER_USE'
  /** Extends the consent in force of a grant. */
  readonly action?: 'CREATE' | 'MERGE' | 'REPLACE'
  readonly grant?: string
}
export interface FourInformation {
  readonly id: string
  readonly items: readonly Item[]
  readonly name: string | null
  readonly address: string | null
  readonly birthDate: string | null
  readonly sex: 'MALE' | 'FEMALE' | 'UNKNOWN' | null
  readonly freshness: 'CURRENT' | 'CHANGED'
  readonly asOf: string
  readonly source: 'CERTIFICATE' | 'RESIDENT_RECORD'
}
export interface Answer { readonly holds: boolean; readonly freshness: FourInformation['freshness']; readonly asOf: string }

export interface Consents {
  registerPurpose(input: PurposeInput): Promise<{ readonly id: string; readonly version: number }>
  /** The id is the link: it goes to the person. */
  request(input: RequestInput): Promise<{ readonly id: string; readonly expiresAt: string }>
  /** Exactly the consented items. Ask anew each time: the person may have withdrawn. */
  fourInformation(consent: string): Promise<FourInformation>
  /** The same, encrypted on the way to the private key whose public half was registered. */
  encrypted(consent: string, key: JWK): Promise<OpenedRelease>
  isAdult(consent: string): Promise<Answer>
  livesIn(consent: string, municipality: string): Promise<Answer>
  withdraw(consent: string): Promise<void>
  /** Keep it byte for byte; `verifyReceipt` takes it. Null until the gateway has signed it, within a minute. */
  receipt(consent: string): Promise<string | null>
}

const refused = '... on Refused { code message retryable userMessageJa userMessageEn docsUrl requestId }'
const act = (name: string, type: string, fields: string): string => `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename ... on ${type} { ${fields} } ${refused} } }`
const read = (name: string, type: string, fields: string, [more, named]: readonly [string, string] = ['', '']): string => `query ($consent: ID!${more}) { ${name}(consent: $consent${named}) { __typename ... on ${type} { ${fields} } ${refused} } }`

/** Every document that {@link consentsOf} sends: what the build step writes into the manifest. */
export const consentDocuments = {
  registerPurpose: act('registerPurpose', 'Purpose', 'id version'), requestConsent: act('requestConsent', 'ConsentRequest', 'id expiresAt'), withdrawConsent: act('withdrawConsent', 'Consent', 'state'),
  fourInformation: read('fourInformation', 'FourInformationRelease', 'id items name address birthDate sex freshness asOf source'), encryptedFourInformation: read('encryptedFourInformation', 'EncryptedRelease', 'jwe'),
  isAdult: read('isAdult', 'PredicateAnswer', 'holds freshness asOf'), livesInMunicipality: read('livesInMunicipality', 'PredicateAnswer', 'holds freshness asOf', [', $code: MunicipalityCode!', ', code: $code']),
  receipt: 'query ($id: ID!) { consent(id: $id) { receipt receiptSealed } }',
} as const

export function consentsOf(gateway: Gateway): Consents {
  const ask = <T>(name: Exclude<keyof typeof consentDocuments, 'receipt'>, variables: Readonly<Record<string, unknown>>): Promise<T> => answered(gateway, name, consentDocuments[name], variables)
  const once = (input: object) => ({ input: { ...input, idempotencyKey: crypto.randomUUID() } })
  return {
    registerPurpose: (input) => ask('registerPurpose', once(input)),
    request: (input) => ask('requestConsent', once({ optional: [], ...input })),
    fourInformation: (consent) => ask('fourInformation', { consent }),
    encrypted: async (consent, key) => openRelease((await ask<{ jwe: string }>('encryptedFourInformation', { consent })).jwe, key),
    isAdult: (consent) => ask('isAdult', { consent }),
    livesIn: (consent, municipality) => ask('livesInMunicipality', { consent, code: municipality }),
    withdraw: async (consent) => void (await ask('withdrawConsent', once({ consent }))),
    async receipt(consent) {
      const { data } = await gateway.query<{ consent: { receipt: string | null; receiptSealed: boolean } | null }>(consentDocuments.receipt, { id: consent })
      return data.consent?.receiptSealed === true ? data.consent.receipt : null
    },
  }
}

async function answered<T>(gateway: Gateway, name: string, document: string, variables: Readonly<Record<string, unknown>>): Promise<T> {
  const { data } = await gateway.query<Record<string, { readonly __typename: string }>>(document, variables)
  const answer = data[name]!
  if (answer.__typename === 'Refused') throw new Refusal(answer as never)
  return answer as T
}

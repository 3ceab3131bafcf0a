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

export interface PurposeInput { readonly name: string; readonly textJa: string; readonly textEn: string; readonly items: readonly Item[]; readonly until?: string; readonly minors?: 'REFUSED' | 'FROM_15' | 'REPRESENTED' }
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

export function consentsOf(gateway: Gateway): Consents {
  const act = <T>(name: string, input: object, type: string, fields: string): Promise<T> => {
    const title = `${name[0]!.toUpperCase()}${name.slice(1)}`
    return answered(gateway, name, `mutation ($input: ${title}Input!) { ${name}(input: $input) { __typename ... on ${type} { ${fields} } ${refused} } }`, { input: { ...input, idempotencyKey: crypto.randomUUID() } })
  }
  const read = <T>(name: string, type: string, fields: string, consent: string, code?: string): Promise<T> => {
    const [more, named] = code === undefined ? ['', ''] : [', $code: MunicipalityCode!', ', code: $code']
    return answered(gateway, name, `query ($consent: ID!${more}) { ${name}(consent: $consent${named}) { __typename ... on ${type} { ${fields} } ${refused} } }`, { consent, ...(code === undefined ? {} : { code }) })
  }
  return {
    registerPurpose: (input) => act('registerPurpose', input, 'Purpose', 'id version'),
    request: (input) => act('requestConsent', { optional: [], ...input }, 'ConsentRequest', 'id expiresAt'),
    fourInformation: (consent) => read('fourInformation', 'FourInformationRelease', 'id items name address birthDate sex freshness asOf source', consent),
    encrypted: async (consent, key) => openRelease((await read<{ jwe: string }>('encryptedFourInformation', 'EncryptedRelease', 'jwe', consent)).jwe, key),
    isAdult: (consent) => read('isAdult', 'PredicateAnswer', 'holds freshness asOf', consent),
    livesIn: (consent, municipality) => read('livesInMunicipality', 'PredicateAnswer', 'holds freshness asOf', consent, municipality),
    withdraw: async (consent) => void (await act('withdrawConsent', { consent }, 'Consent', 'state')),
    async receipt(consent) {
      const { data } = await gateway.query<{ consent: { receipt: string | null; receiptSealed: boolean } | null }>('query ($id: ID!) { consent(id: $id) { receipt receiptSealed } }', { id: consent })
      return data.consent?.receiptSealed === true ? data.consent.receipt : null
    },
  }
}

const refused = '... on Refused { code message retryable userMessageJa userMessageEn docsUrl requestId }'

async function answered<T>(gateway: Gateway, name: string, document: string, variables: Readonly<Record<string, unknown>>): Promise<T> {
  const { data } = await gateway.query<Record<string, { readonly __typename: string }>>(document, variables)
  const answer = data[name]!
  if (answer.__typename === 'Refused') throw new Refusal(answer as never)
  return answer as T
}

/**
 * A partner's app in small: asks for consent, reads what was consented to, hears of the withdrawal. The person's side (its
 * browser and card) is handed in, because it is not the partner's.
 */
import { randomUUID } from 'node:crypto'
import type { Gateway } from '../../client/gateway.ts'

const refused = '... on Refused { code message }'
export type Answer<T> = T & { readonly __typename: string; readonly code?: string }

export async function act<T>(who: Gateway, name: string, input: object, type: string, fields: string): Promise<Answer<T>> {
  const title = name[0]!.toUpperCase() + name.slice(1)
  const { data } = await who.query<Record<string, Answer<T>>>(`mutation ($input: ${title}Input!) { ${name}(input: $input) { __typename ... on ${type} { ${fields} } ${refused} } }`, { input: { idempotencyKey: randomUUID(), ...input } })
  return data[name]!
}

export async function askForNameAndAddress(bank: Gateway): Promise<{ readonly purpose: string; readonly request: string }> {
  const purpose = await act<{ id: string }>(bank, 'registerPurpose', { name: '顧客情報の更新', textJa: '住所を最新に保つため', textEn: 'To keep the address up to date', items: ['NAME', 'ADDRESS'] }, 'Purpose', 'id')
  const request = await act<{ id: string }>(bank, 'requestConsent', { purpose: purpose.id, required: ['NAME'], optional: ['ADDRESS'] }, 'ConsentRequest', 'id')
  return { purpose: purpose.id, request: request.id }
}

export interface Items { readonly name: string | null; readonly address: string | null; readonly birthDate: string | null; readonly freshness: string }

export async function readItems(bank: Gateway, consent: string): Promise<Answer<Items>> {
  const { data } = await bank.query<{ fourInformation: Answer<Items> }>(`query ($consent: ID!) { fourInformation(consent: $consent) { __typename ... on FourInformationRelease { name address birthDate freshness } ${refused} } }`, { consent })
  return data.fourInformation
}

/**
 * What every act of the story shares: the gateway's address, one connection for each of those who act, and the way to
 * ask and to be refused. Only public doors are used: GraphQL over HTTP, OCSP and CRL over HTTP, the card.
 */
import { createHash, randomUUID } from 'node:crypto'
import { connect, type Gateway, type GatewayOptions } from '../../client/gateway.ts'
import type { SandboxCard } from '../../client/card.ts'
import type { Check } from './teller.ts'

export interface Scene {
  readonly url: string
  /** The municipality the person lives in, the one it moves to, the agency, the partner, the person. */
  readonly home: Gateway
  readonly away: Gateway
  readonly agency: Gateway
  /** Other officers of the agency, of whom the deputy approves nothing in the own authority; the competent ministry; the prefecture of the home. */
  readonly agency2: Gateway
  readonly agency3: Gateway
  readonly deputy: Gateway
  readonly prefecture: Gateway
  /** Any other test client. */
  readonly as: (name: string) => Gateway
  readonly ministry: Gateway
  readonly bank: Gateway
  readonly citizen: Gateway
  /** Global id of the person, and its four items as the register has them. */
  readonly person: string
  readonly items: Items
}

export interface Items { readonly name: string; readonly birthDate: string; readonly sex: 'MALE' | 'FEMALE' | 'UNKNOWN'; readonly address: string }

/** What later acts need of earlier ones. */
export interface Progress {
  application: string
  cardId: string
  card: SandboxCard
  signing: Issued
  authentication: Issued
  document: Uint8Array
  signature: Uint8Array
  consent: string
  receipt: string
  /** The signing certificate from before the move. */
  before: Issued
  ocspGood: Uint8Array
  ocspRevoked: Uint8Array
  crl: Uint8Array
}
export interface Issued { readonly id: string; readonly der: Uint8Array; readonly serial: string; readonly issuer: string; readonly expiresOn: string }

export const pins = { authentication: '1234', signature: 'ABC123', text: '1234', juki: '1234', common: '1234' } as const

export interface Refused { readonly __typename: 'Refused'; readonly code: string; readonly message: string; readonly foundState: string | null; readonly field: string | null }
export type Answered<T> = ({ readonly __typename: string } & T) | Refused
export const isRefused = (answer: { readonly __typename: string }): answer is Refused => answer.__typename === 'Refused'

const refusedFields = '... on Refused { code message foundState field }'

/** One mutation: `name(input)`; a fresh idempotency key unless one is given. */
export async function tell<T>(who: Gateway, name: string, input: Readonly<Record<string, unknown>>, type: string, fields: string): Promise<Answered<T>> {
  const title = name[0]!.toUpperCase() + name.slice(1)
  const document = `mutation ($input: ${title}Input!) { ${name}(input: $input) { __typename ... on ${type} { ${fields} } ${refusedFields} } }`
  const { data } = await who.query<Record<string, Answered<T>>>(document, { input: { idempotencyKey: randomUUID(), ...input } })
  return data[name]!
}

/** As {@link tell}, for acts that must go through. */
export async function must<T>(who: Gateway, name: string, input: Readonly<Record<string, unknown>>, type: string, fields: string): Promise<T> {
  const answer = await tell<T>(who, name, input, type, fields)
  if (isRefused(answer)) throw new Error(`${name} was refused: ${answer.code} ${answer.field ?? answer.foundState ?? ''}: ${answer.message}`)
  return answer as T
}

/** The refusal that must come, checked by its code. */
export async function refusedWith(check: Check, what: string, code: string, answer: Promise<Answered<unknown>>): Promise<void> {
  const got = await answer
  check(`${what}: refused with ${code}`, isRefused(got) && got.code === code, got)
}

/** Asks again until the answer is there: the authority works behind a queue. */
export async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + 30_000
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (Date.now() > end) throw new Error(`nothing came of: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const connectAs = (url: string, credentials: Omit<GatewayOptions, 'url'>): Gateway => connect({ url, ...credentials })
export const sha256 = (data: Uint8Array | string): Uint8Array => new Uint8Array(createHash('sha256').update(data).digest())
export const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
export const unb64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
export const signed = (result: { outcome: string; signature?: Uint8Array }): Uint8Array => {
  if (result.outcome !== 'signed' || result.signature === undefined) throw new Error(`the card did not sign: ${JSON.stringify(result)}`)
  return result.signature
}

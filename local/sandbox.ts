/**
 * The sandbox door, for stages that are not production: the virtual cards of the test persons over HTTP, and the factory.
 *
 *   GET  /sandbox/personas                      who there is, and what each is for
 *   POST /sandbox/personas/{name}/card          gives the person a card with both certificates, where it has none
 *   GET  /sandbox/cards                         cards of the personas
 *   GET  /sandbox/cards/{persona or number}     one of them; a persona that should have one gets it now
 *   POST /sandbox/cards              {cardNumber}        makes the chip of a card in production
 *   POST /sandbox/cards/{number}/apdu   {session, apdu}  a command APDU in hex → {response}
 *   POST /sandbox/cards/{number}/reset  {session}        power off and on
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Card } from '../core/law/card.ts'
import { isRefusal, textOf, type Refusal } from '../core/law/refusal.ts'
import type { Uses } from '../core/law/world.ts'
import type { Persona } from '../db/personas.ts'
import type { ChipRoom } from './chips.ts'
import type { Factory } from './factory.ts'
import { CounterRefused } from './play.ts'

export interface SandboxOptions {
  readonly world: Uses<'cards'>
  readonly personas: readonly Persona[]
  readonly room: ChipRoom
  readonly factory: Factory
  readonly giveCard: (persona: Persona) => Promise<Card>
}

type Answer = APIGatewayProxyStructuredResultV2
export type SandboxDoor = (event: APIGatewayProxyEventV2) => Promise<Answer>

export function sandboxDoor(options: SandboxOptions): SandboxDoor {
  const { world, personas, room, factory } = options

  /** The card a persona would take out of the pocket: the newest that has a chip. */
  const cardOf = async ({ person, name }: Persona): Promise<object | null> => {
    for (const card of (await world.cards.ofPerson(person)).toSorted((a, b) => (a.id < b.id ? 1 : -1))) {
      if ((await room.read(card.cardNumber)) !== null) return shown(card, name)
    }
    return null
  }
  const find = async (name: string): Promise<object | null> => {
    const persona = personas.find((p) => p.name === name)
    if (persona !== undefined) return (await cardOf(persona)) ?? (persona.situation.card === 'none' ? null : shown(await options.giveCard(persona), name))
    const card = /^\d{15}$/.test(name) && (await room.read(name)) !== null ? await world.cards.byNumber(name) : null
    return card === null ? null : shown(card, personas.find((p) => p.person === card.person)?.name ?? null)
  }

  const apdu = async (cardNumber: string, body: Body): Promise<Answer> => {
    const { session, apdu: command } = body
    if (!isSession(session)) return bad('session: 1 to 100 visible characters that name your reader')
    if (typeof command !== 'string' || !/^([0-9A-Fa-f]{2}){4,65544}$/.test(command)) return bad('apdu: a command APDU in hex')
    const response = await room.transmit(cardNumber, session, Uint8Array.from(Buffer.from(command, 'hex')))
    return response === null ? missing : json(200, { response: Buffer.from(response).toString('hex').toUpperCase() })
  }
  const reset = async (cardNumber: string, { session }: Body): Promise<Answer> => {
    if (!isSession(session)) return bad('session: 1 to 100 visible characters that name your reader')
    return (await room.reset(cardNumber, session)) ? json(200, {}) : missing
  }
  const make = async ({ cardNumber }: Body): Promise<Answer> => {
    if (typeof cardNumber !== 'string' || !/^\d{15}$/.test(cardNumber)) return bad('cardNumber: 15 digits')
    const made = await factory.make(cardNumber)
    return isRefusal(made) ? refused(made) : json(201, { cardNumber, attestationKey: Buffer.from(made.attestationKey).toString('base64') })
  }
  const give = async (name: string): Promise<Answer> => {
    const persona = personas.find((p) => p.name === name)
    if (persona === undefined) return missing
    try {
      return json(200, shown(await options.giveCard(persona), persona.name))
    } catch (error) {
      if (error instanceof CounterRefused) return json(409, { error: error.message })
      throw error
    }
  }

  return async (event) => {
    const { method } = event.requestContext.http
    const path = event.rawPath.replace(/^.*?\/sandbox\//, '').split('/').map(decoded)
    if (path.includes(null)) return bad('the path')
    const [noun, name, act] = path as string[]
    if (method === 'GET' && noun === 'personas' && name === undefined) return json(200, personas.map(({ name: called, person, about, situation }) => ({ name: called, person, about, situation })))
    if (method === 'GET' && noun === 'cards' && name === undefined) return json(200, (await Promise.all(personas.map(cardOf))).filter((card) => card !== null))
    if (method === 'GET' && noun === 'cards' && act === undefined) {
      const card = await find(name!)
      return card === null ? missing : json(200, card)
    }
    if (method !== 'POST') return missing
    const body = bodyOf(event)
    if (body === null) return bad('the body: a JSON object')
    if (noun === 'personas' && name !== undefined && act === 'card') return give(name)
    if (noun === 'cards' && name === undefined) return make(body)
    if (noun === 'cards' && act === 'apdu') return apdu(name!, body)
    return noun === 'cards' && act === 'reset' ? reset(name!, body) : missing
  }
}

type Body = Readonly<Record<string, unknown>>

function bodyOf(event: APIGatewayProxyEventV2): Body | null {
  if (event.body === undefined || event.body === '') return {}
  try {
    const body: unknown = JSON.parse(event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString('utf8') : event.body)
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Body) : null
  } catch {
    return null
  }
}

const isSession = (session: unknown): session is string => typeof session === 'string' && /^[\x21-\x7e]{1,100}$/.test(session)

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}

const shown = ({ id, cardNumber, state, expiresOn }: Card, persona: string | null): object => ({ cardNumber, persona, card: id, state, expiresOn })
const json = (statusCode: number, body: object): Answer => ({ statusCode, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }, body: JSON.stringify(body) })
const bad = (what: string): Answer => json(400, { error: `not as it should be: ${what}` })
const missing: Answer = json(404, { error: 'no such card' })
const refused = (no: Refusal): Answer => json(no.code === 'NOT_FOUND' ? 404 : 409, { error: textOf(no.code).message, code: no.code, ...(no.state === undefined ? {} : { state: no.state }) })

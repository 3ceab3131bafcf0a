/**
 * The sandbox door, for stages that are not production: the virtual cards of the test persons over HTTP, and the factory.
 *
 *   GET  /sandbox/personas                      who there is, what each is for, how the card stands, and its PINs
 *   POST /sandbox/personas/{name}/card          gives the person a card with both certificates, where it has none
 *   GET  /sandbox/cards                         cards of the personas
 *   GET  /sandbox/cards/{persona or number}     one of them; a persona that should have one gets it now
 *   POST /sandbox/cards              {cardNumber}        makes the chip of a card in production
 *   POST /sandbox/cards/{number}/apdu   {session, apdu}  a command APDU in hex → {response}
 *   POST /sandbox/cards/{number}/reset  {session}        power off and on
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Card } from '../../core/law/card/card.ts'
import { isRefusal, textOf, type Refusal } from '../../core/law/refusal.ts'
import type { Uses } from '../../core/law/world.ts'
import type { Persona } from '../../db/person/personas.ts'
import type { ChipRoom } from '../card/chips.ts'
import type { Factory } from './factory.ts'
import { CounterRefused, testPins } from './acting.ts'

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
  const cardOf = async (persona: Persona): Promise<object | null> => {
    for (const card of (await world.cards.ofPerson(persona.person)).toSorted((a, b) => (a.id < b.id ? 1 : -1))) {
      if ((await room.read(card.cardNumber)) !== null) return shown(card, persona)
    }
    return null
  }
  const find = async (name: string): Promise<object | null> => {
    const persona = personas.find((p) => p.name === name)
    if (persona !== undefined) return (await cardOf(persona)) ?? (persona.situation.card === 'none' ? null : shown(await options.giveCard(persona), persona))
    const card = /^\d{15}$/.test(name) && (await room.read(name)) !== null ? await world.cards.byNumber(name) : null
    return card === null ? null : shown(card, personas.find((p) => p.person === card.person) ?? null)
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
    return persona === undefined ? missing : json(200, shown(await options.giveCard(persona), persona))
  }

  const get = async ([noun, name]: readonly string[]): Promise<Answer> => {
    if (noun === 'personas') return json(200, personas.map(({ name: called, person, about, situation }) => ({ name: called, person, about, situation, pins: pinsOf(situation) })))
    if (name === undefined) return json(200, (await Promise.all(personas.map(cardOf))).filter((card) => card !== null))
    const card = await find(name)
    return card === null ? missing : json(200, card)
  }
  const post = async ([noun, name, act]: readonly string[], body: Body): Promise<Answer> => {
    if (noun === 'personas') return give(name!)
    if (name === undefined) return make(body)
    return act === 'apdu' ? apdu(name, body) : reset(name, body)
  }

  const answer = async (event: APIGatewayProxyEventV2): Promise<Answer> => {
    const { method } = event.requestContext.http
    const path = event.rawPath.replace(/^.*?\/sandbox\//, '').split('/').map(decoded)
    if (path.includes(null)) return bad('the path')
    const methods = methodsOf(path as string[])
    if (methods === null) return json(404, { error: 'no such door' })
    if (!methods.includes(method)) return { ...json(405, { error: `only ${methods.join(' and ')}` }), headers: { ...jsonHeaders, allow: methods.join(', ') } }
    if (method === 'GET') return get(path as string[])
    const body = bodyOf(event)
    return body === null ? bad('the body: a JSON object') : post(path as string[], body)
  }

  return async (event) => {
    try {
      return withRequestId(await answer(event), event.requestContext.requestId)
    } catch (error) {
      if (!(error instanceof CounterRefused)) throw error
      return withRequestId(json(409, { error: error.message }), event.requestContext.requestId)
    }
  }
}

/** What a path answers to; null where there is no such path. */
function methodsOf([noun, name, act, more]: readonly string[]): readonly string[] | null {
  if (more !== undefined || name === '' || act === '') return null
  if (noun === 'personas') return name === undefined ? ['GET'] : act === 'card' ? ['POST'] : null
  if (noun !== 'cards') return null
  if (act === undefined) return name === undefined ? ['GET', 'POST'] : ['GET']
  return act === 'apdu' || act === 'reset' ? ['POST'] : null
}

/** Whoever is refused can name the request. */
function withRequestId(answer: Answer, requestId: string): Answer {
  const headers = { ...answer.headers, 'x-request-id': requestId }
  return (answer.statusCode ?? 200) < 400 ? { ...answer, headers } : { ...answer, headers, body: JSON.stringify({ ...(JSON.parse(answer.body ?? '{}') as object), requestId }) }
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

const shown = ({ id, cardNumber, state, expiresOn }: Card, persona: Persona | null): object => ({
  cardNumber, persona: persona?.name ?? null, card: id, state, expiresOn, ...(persona === null ? {} : { about: persona.about, situation: persona.situation, pins: pinsOf(persona.situation) }),
})
/** Set at hand-over: none before. The holder may have changed them since. */
const pinsOf = ({ card }: Persona['situation']): object => (card === 'in-production' || card === 'noticed' || card === 'none' ? {} : testPins)
const jsonHeaders = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' } as const
const json = (statusCode: number, body: object): Answer => ({ statusCode, headers: jsonHeaders, body: JSON.stringify(body) })
const bad = (what: string): Answer => json(400, { error: `not as it should be: ${what}` })
const missing: Answer = json(404, { error: 'no such card' })
const refused = (no: Refusal): Answer => json(no.code === 'NOT_FOUND' ? 404 : 409, { error: textOf(no.code).message, code: no.code, ...(no.state === undefined ? {} : { state: no.state }) })

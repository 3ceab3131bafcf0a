/** The sandbox door against what callers get wrong: always a 4xx that can be named, never a fault, and the card unharmed. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { beforeAll, describe, expect, test } from 'vitest'
import { toHex } from '../../core/chip/apdu.ts'
import type { Card } from '../../core/law/card/card.ts'
import { refuse } from '../../core/law/refusal.ts'
import { legalDate } from '../../core/law/time.ts'
import { personas } from '../../db/person/personas.ts'
import type { ChipRoom } from '../../local/card/chips.ts'
import { CounterRefused } from '../../local/play/acting.ts'
import { sandboxDoor, type SandboxDoor } from '../../local/play/sandbox.ts'
import { makeTestChip, Reader } from '../chip/fixture.ts'

const number = '400000012719843'
const people = personas(legalDate('2026-11-25'))
let door: SandboxDoor
let reader: Reader
let commands = 0
beforeAll(() => {
  reader = new Reader(makeTestChip())
  const room: ChipRoom = {
    transmit: async (n, _, command) => (n === number ? (commands++, reader.send(command)) : null), reset: async (n) => n === number,
    read: async (n) => (n === number ? reader.chip.card : null), keep: async () => false,
  }
  const card = { id: 'crd_1', person: people[0]!.person, cardNumber: number, state: 'ACTIVE', expiresOn: '2036-04-15' } as unknown as Card
  const cards = { ofPerson: async (person: string) => (person === card.person ? [card] : []), byNumber: async (n: string) => (n === number ? card : null) } as never
  door = sandboxDoor({
    world: { cards }, personas: people, room, factory: { make: async () => refuse('NOT_FOUND') },
    giveCard: async (persona) => { throw new CounterRefused(`${persona.name} lives in no municipality`) },
  })
})

const ask = (method: string, path: string, body?: string, isBase64Encoded = false) =>
  door({ rawPath: path, body, isBase64Encoded, requestContext: { requestId: 'r-1', http: { method } } } as unknown as APIGatewayProxyEventV2)
const apdu = (fields: object) => JSON.stringify({ session: 's', apdu: '00A40400', ...fields })
const at = `/sandbox/cards/${number}`

describe('the sandbox door', () => {
  test.each<[what: string, status: number, method: string, path: string, body?: string]>([
    ['no APDU', 400, 'POST', `${at}/apdu`, JSON.stringify({ session: 's' })],
    ['an APDU that is not hex', 400, 'POST', `${at}/apdu`, apdu({ apdu: '00A4040G' })],
    ['half an octet', 400, 'POST', `${at}/apdu`, apdu({ apdu: '00A404000' })],
    ['fewer octets than a header', 400, 'POST', `${at}/apdu`, apdu({ apdu: '00A404' })],
    ['an empty APDU', 400, 'POST', `${at}/apdu`, apdu({ apdu: '' })],
    ['an APDU that is a number', 400, 'POST', `${at}/apdu`, apdu({ apdu: 12345678 })],
    ['more octets than an APDU holds', 400, 'POST', `${at}/apdu`, apdu({ apdu: 'AA'.repeat(65_545) })],
    ['no session', 400, 'POST', `${at}/apdu`, apdu({ session: undefined })],
    ['an empty session', 400, 'POST', `${at}/apdu`, apdu({ session: '' })],
    ['a session with control characters', 400, 'POST', `${at}/apdu`, apdu({ session: 'a\nb' })],
    ['a session that is too long', 400, 'POST', `${at}/apdu`, apdu({ session: 'a'.repeat(101) })],
    ['an empty body', 400, 'POST', `${at}/apdu`, ''],
    ['no body', 400, 'POST', `${at}/apdu`],
    ['a body that is not JSON', 400, 'POST', `${at}/apdu`, '{'],
    ['a body that is a list', 400, 'POST', `${at}/apdu`, '[]'],
    ['a body that is null', 400, 'POST', `${at}/apdu`, 'null'],
    ['an unknown card', 404, 'POST', '/sandbox/cards/000000000000000/apdu', apdu({})],
    ['an unknown card, reset', 404, 'POST', '/sandbox/cards/000000000000000/reset', apdu({})],
    ['a reset without session', 400, 'POST', `${at}/reset`, '{}'],
    ['a name that is no card', 404, 'GET', '/sandbox/cards/nobody'],
    ['a persona without card', 404, 'GET', '/sandbox/cards/taro'],
    ['a persona that the law gives none', 409, 'GET', '/sandbox/cards/kenta'],
    ['the same, asked to be given', 409, 'POST', '/sandbox/personas/deceased/card', '{}'],
    ['an unknown persona', 404, 'POST', '/sandbox/personas/nobody/card', '{}'],
    ['a card number of 14 digits for the factory', 400, 'POST', '/sandbox/cards', JSON.stringify({ cardNumber: '12345678901234' })],
    ['a card number that is a number', 400, 'POST', '/sandbox/cards', JSON.stringify({ cardNumber: 123456789012345 })],
    ['a card nobody produces', 404, 'POST', '/sandbox/cards', JSON.stringify({ cardNumber: '123456789012345' })],
    ['a path that does not decode', 400, 'GET', '/sandbox/cards/%zz'],
    ['a path of another house', 404, 'GET', '/sandbox/elsewhere'],
    ['a card without name', 404, 'GET', '/sandbox/cards/'],
    ['an act that is none', 404, 'POST', `${at}/eject`, '{}'],
    ['more path than there is', 404, 'POST', `${at}/apdu/more`, '{}'],
    ['GET where commands go', 405, 'GET', `${at}/apdu`],
    ['DELETE of a card', 405, 'DELETE', at],
    ['PUT of personas', 405, 'PUT', '/sandbox/personas', '{}'],
    ['PATCH of cards', 405, 'PATCH', '/sandbox/cards', '{}'],
  ])('%s: %i', async (_, status, method, path, body) => {
    const before = { commands, card: reader.chip.card }
    const answer = await ask(method, path, body)
    expect(answer.statusCode).toBe(status)
    expect(answer.headers).toMatchObject({ 'x-request-id': 'r-1', 'content-type': 'application/json; charset=utf-8', ...(status === 405 ? { allow: expect.stringMatching(/GET|POST/) } : {}) })
    expect(JSON.parse(answer.body!)).toMatchObject({ requestId: 'r-1', error: expect.stringMatching(/\w/) })
    expect({ commands, card: reader.chip.card }).toEqual(before)
  })

  test('what is right goes through, as text and as base64, in either case', async () => {
    expect(await ask('POST', `${at}/apdu`, apdu({ apdu: '00a4040c0ad392f000260100000001' }))).toMatchObject({ statusCode: 200, body: '{"response":"9000"}', headers: { 'x-request-id': 'r-1' } })
    expect(await ask('POST', `${at}/apdu`, Buffer.from(apdu({ apdu: '00B0860004' })).toString('base64'), true)).toMatchObject({ statusCode: 200, body: `{"response":"${toHex(Buffer.from('JPKI'))}9000"}` })
    expect((await ask('POST', `${at}/reset`, apdu({}))).statusCode).toBe(200)
    expect(JSON.parse((await ask('GET', '/sandbox/cards/hanako')).body!)).toMatchObject({ cardNumber: number, persona: 'hanako' })
    expect(JSON.parse((await ask('GET', `/sandbox/cards/${number}`)).body!)).toMatchObject({ persona: 'hanako', situation: { card: 'in-use' } })
  })

  test('a command of the largest form gets the card’s own refusal, not the door’s', async () => {
    const answer = await ask('POST', `${at}/apdu`, apdu({ apdu: `00A4040000FFFF${'00'.repeat(65_535)}0000` }))
    expect([answer.statusCode, JSON.parse(answer.body!)]).toEqual([200, { response: '6A80' }])
  })
})

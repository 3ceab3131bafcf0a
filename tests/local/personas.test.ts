/** Every persona, asked for its card, is what it says it is: on the register, on the chip, and to whoever verifies. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandboxCard, type SandboxCard } from '../../client/card.ts'
import { connect, type Gateway } from '../../client/gateway.ts'
import { dayOf, instant } from '../../core/law/time.ts'
import { personas } from '../../db/person/personas.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'

let gateway: RunningGateway
let bank: Gateway
beforeAll(async () => {
  gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards: [] })
  bank = connect({ url: gateway.url, ...gateway.credentials['bank']! })
}, 120_000)
afterAll(() => gateway.close())

interface Shown { readonly state: string; readonly persona: string; readonly situation: object; readonly pins: object; readonly about: string }
const shown = async (name: string): Promise<Shown> => (await (await fetch(new URL(`/sandbox/cards/${name}`, gateway.url))).json()) as Shown

/** The answer to a login, by its code where it is refused. */
async function login(card: SandboxCard): Promise<string> {
  const { data } = await bank.query<{ createLoginChallenge: { id: string; digest: string } }>('mutation ($key: IdempotencyKey!) { createLoginChallenge(input: {idempotencyKey: $key}) { ... on LoginChallenge { id digest } } }', { key: crypto.randomUUID() })
  const { id, digest } = data.createLoginChallenge
  const answer = await card.authenticate('1234', Buffer.from(digest, 'base64'))
  if (answer.outcome !== 'signed') return answer.outcome
  const certificate = Buffer.from(await card.authenticationCertificate()).toString('base64')
  const input = { challenge: id, certificate, signature: Buffer.from(answer.signature).toString('base64'), idempotencyKey: crypto.randomUUID() }
  const said = await bank.query<{ answerLoginChallenge: { __typename: string; code?: string } }>('mutation ($input: AnswerLoginChallengeInput!) { answerLoginChallenge(input: $input) { __typename ... on Refused { code } } }', { input })
  return said.data.answerLoginChallenge.code ?? said.data.answerLoginChallenge.__typename
}

const today = dayOf(instant(Date.now()))

describe('personas', () => {
  test('are at least 25, each for another outcome', () => {
    const all = personas(today)
    expect(all.length).toBeGreaterThanOrEqual(25)
    expect(new Set(all.map((p) => p.about)).size).toBe(all.length)
  })

  test.each<[name: string, state: string, login: string]>([
    ['locked-out', 'ACTIVE', 'blocked'],
    ['no-signing', 'ACTIVE', 'Login'],
    ['no-reading', 'ACTIVE', 'Login'],
    ['expired', 'ACTIVE', 'CERTIFICATE_NOT_VALID'],
    ['expiring', 'ACTIVE', 'Login'],
    ['card-expired', 'LAPSED', 'CERTIFICATE_NOT_VALID'],
    ['moved', 'ACTIVE', 'Login'],
    ['renamed', 'ACTIVE', 'Login'],
    ['departed', 'LAPSED', 'CERTIFICATE_NOT_VALID'],
    ['emigrated', 'LAPSED', 'CERTIFICATE_NOT_VALID'],
    ['lost', 'SUSPENDED', 'CERTIFICATE_NOT_VALID'],
    ['login-only', 'ACTIVE', 'Login'],
    ['revoked', 'ACTIVE', 'CERTIFICATE_NOT_VALID'],
    ['smartphone', 'ACTIVE', 'Login'],
  ])('%s: card %s, login %s', async (name, state, outcome) => {
    const card = await sandboxCard(name, { url: gateway.url })
    // Deadlines are found on schedule.
    await expect.poll(async () => (await shown(name)).state, { timeout: 30_000 }).toBe(state)
    expect(await login(card)).toBe(outcome)
  }, 120_000)

  test('who has no card yet, or one that waits', async () => {
    expect((await fetch(new URL('/sandbox/cards/taro', gateway.url))).status).toBe(404)
    const production = await shown('in-production')
    expect([production.state, production.pins]).toEqual(['MADE', {}])
    const waiting = await sandboxCard('uncollected', { url: gateway.url })
    expect((await shown('uncollected')).state).toBe('MADE')
    await expect(waiting.authenticationCertificate()).rejects.toThrow('holds no authentication certificate')
    const bare = await sandboxCard('bare', { url: gateway.url })
    await expect(bare.authenticationCertificate()).rejects.toThrow('holds no authentication certificate')
    expect(await bare.fourItems('1234')).toMatchObject({ name: '素木　直' })
  }, 120_000)

  test('smartphone: four certificates live, two of them in the phone', async () => {
    await sandboxCard('smartphone', { url: gateway.url })
    const holder = connect({ url: gateway.url, ...gateway.credentials['smartphone']! })
    const { data } = await holder.query<{ me: { certificates: { nodes: { kind: string; state: string }[] } } }>('{ me { certificates(first: 10) { nodes { kind state } } } }')
    expect(data.me.certificates.nodes.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual(['AUTHENTICATION VALID', 'SIGNATURE VALID', 'SMARTPHONE_AUTHENTICATION VALID', 'SMARTPHONE_SIGNATURE VALID'])
  }, 120_000)

  test('the list says name, purpose, situation and PINs of each', async () => {
    const list = (await (await fetch(new URL('/sandbox/personas', gateway.url))).json()) as { name: string; about: string; situation: { card: string }; pins: Record<string, string> }[]
    expect(list.map((p) => p.name)).toEqual(personas(today).map((p) => p.name))
    expect(list.every((p) => p.about.length > 20 && 'certificates' in p.situation)).toBe(true)
    expect(list.find((p) => p.name === 'hanako')!.pins).toEqual({ authentication: '1234', signature: 'ABC123', text: '1234', juki: '1234', common: '1234' })
    expect(list.find((p) => p.name === 'uncollected')!.pins).toEqual({})
    await shown('uncollected')
    const cards = (await (await fetch(new URL('/sandbox/cards', gateway.url))).json()) as Shown[]
    expect(cards.find((c) => c.persona === 'uncollected')).toMatchObject({ situation: { card: 'noticed' }, pins: {}, state: 'MADE' })
  })
})

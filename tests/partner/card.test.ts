/**
 * A test as a partner writes it: the client library, a gateway on this machine, and nothing else of the house.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandboxCard, type SandboxCard } from '../../client/card.ts'
import { connect, type Gateway } from '../../client/gateway.ts'
import { NoSuchCard, PinRefused } from '../../client/operations.ts'
import { underOrder, type SignedOrder } from '../../client/terminal.ts'
import { startGateway, type RunningGateway } from '../../local/gateway.ts'

let gateway: RunningGateway
let url: string
let shop: Gateway
beforeAll(async () => {
  gateway = await startGateway({ port: 0, data: 'memory', quiet: true, cards: ['hanako'] })
  url = gateway.url
  shop = connect({ url, ...gateway.credentials['bank']! })
}, 120_000)
afterAll(() => gateway.close())

const sha256 = (text: string): Uint8Array => createHash('sha256').update(text).digest()
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

describe('a card of a test person', () => {
  test('three lines to a signature', async () => {
    const card = await sandboxCard('hanako', { url })
    const signed = await card.sign('ABC123', sha256('a contract'))
    expect(signed).toMatchObject({ outcome: 'signed', signature: expect.objectContaining({ length: 256 }) })
  })

  test('a wrong PIN costs a try and says how many are left; the right one gives them back', async () => {
    const card = await sandboxCard('hanako', { url })
    expect(await card.authenticate('9999', sha256('x'))).toEqual({ outcome: 'wrong', triesLeft: 2 })
    expect(await card.sign('WRONG1', sha256('x'))).toEqual({ outcome: 'wrong', triesLeft: 4 })
    expect(await card.pinStatus()).toEqual({ authentication: 2, signature: 4, text: 3, juki: 3, common: 3 })
    await expect(card.signingCertificate('WRONG1')).rejects.toMatchObject({ name: 'PinRefused', result: { outcome: 'wrong', triesLeft: 3 } })
    expect((await card.authenticate('1234', sha256('x'))).outcome).toBe('signed')
    expect((await card.sign('ABC123', sha256('x'))).outcome).toBe('signed')
    expect(await card.pinStatus()).toMatchObject({ authentication: 3, signature: 5 })
  })

  test('a PIN is changed by knowing it', async () => {
    const card = await sandboxCard('hanako', { url })
    expect(await card.changePin('authentication', '0000', '5678')).toEqual({ outcome: 'wrong', triesLeft: 2 })
    expect(await card.changePin('authentication', '1234', '5678')).toEqual({ outcome: 'verified' })
    expect((await card.authenticate('1234', sha256('x'))).outcome).toBe('wrong')
    await expect(card.changePin('authentication', '5678', 'abcd')).rejects.toMatchObject({ name: 'CardError', sw: 0x6a80 })
    expect(await card.changePin('authentication', '5678', '1234')).toEqual({ outcome: 'verified' })
  })

  test('a blocked PIN stays blocked, for the right value too, until the municipality sets it anew', async () => {
    const card = await sandboxCard('locked-out', { url })
    expect(await card.authenticate('1234', sha256('x'))).toEqual({ outcome: 'blocked' })
    expect((await card.pinStatus()).authentication).toBe(0)
    // The other keys and PINs are not touched by it.
    expect((await card.sign('ABC123', sha256('x'))).outcome).toBe('signed')
    await unblock('locked-out', card, '2468')
    expect((await card.authenticate('2468', sha256('x'))).outcome).toBe('signed')
    expect((await card.pinStatus()).authentication).toBe(3)
  }, 60_000)

  test('what the card says of its holder', async () => {
    const card = await sandboxCard('hanako', { url })
    expect(await card.fourItems('1234')).toMatchObject({ name: '青空　花子', birthDate: '19900415', sex: '2' })
    expect(await card.myNumber('1234')).toMatch(/^\d{12}$/)
    expect(await card.myNumber('0000')).toEqual({ outcome: 'wrong', triesLeft: 2 })
    expect(await card.areas()).toEqual([])
    expect(await card.fourItems('1234')).toHaveProperty('address')
  })

  test('who has no card, no certificate, no such name', async () => {
    await expect(sandboxCard('taro', { url })).rejects.toThrow(NoSuchCard)
    await expect(sandboxCard('nobody', { url })).rejects.toThrow('no card of nobody')
    const child = await sandboxCard('kenta', { url })
    await expect(child.signingCertificate('ABC123')).rejects.toThrow('the card holds no signature certificate')
    await expect(child.signingCertificate('WRONG1')).rejects.toThrow(PinRefused)
  }, 60_000)

  test('a session is saved as a transcript', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'partner-'))
    try {
      const card = await sandboxCard('hanako', { url, trace: true })
      await card.pinStatus()
      await card.reset()
      await card.save(join(folder, 'session.txt'))
      const text = readFileSync(join(folder, 'session.txt'), 'utf8')
      expect(text).toMatch(/^# card of hanako\nC: 00A4040C0AD392F000260100000001\nR: 9000\nC: 00A4020C020018\nR: 9000\nC: 00200080\nR: 63C3\n/)
      expect(text.endsWith('reset\n')).toBe(true)
      await expect((await sandboxCard('hanako', { url })).save(join(folder, 'x'))).rejects.toThrow('open the card with { trace: true }')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('through the gateway', () => {
  const challenge = async () => (await shop.query<{ createLoginChallenge: { id: string; digest: string } }>('mutation ($key: IdempotencyKey!) { createLoginChallenge(input: {idempotencyKey: $key}) { ... on LoginChallenge { id digest } } }', { key: crypto.randomUUID() })).data.createLoginChallenge
  const answer = async (input: Record<string, string>) =>
    (await shop.query<{ answerLoginChallenge: Record<string, unknown> }>('mutation ($input: AnswerLoginChallengeInput!) { answerLoginChallenge(input: $input) { __typename ... on Login { subject } ... on Refused { code } } }', { input: { ...input, idempotencyKey: crypto.randomUUID() } })).data.answerLoginChallenge

  test('a login, and the same person again under the same name', async () => {
    const card = await sandboxCard('hanako', { url })
    const subjects = []
    for (let n = 0; n < 2; n++) {
      const { id, digest } = await challenge()
      const signed = await card.authenticate('1234', Buffer.from(digest, 'base64'))
      if (signed.outcome !== 'signed') throw new Error(signed.outcome)
      const input = { challenge: id, certificate: base64(await card.authenticationCertificate()), signature: base64(signed.signature) }
      const login = await answer(input)
      expect(login['__typename']).toBe('Login')
      subjects.push(login['subject'])
      expect(await answer(input)).toMatchObject({ code: 'CHALLENGE_SPENT' })
    }
    expect(new Set(subjects).size).toBe(1)
  })

  test('an answer to another challenge is refused, and why', async () => {
    const card = await sandboxCard('hanako', { url })
    const [one, two] = [await challenge(), await challenge()]
    const signed = await card.authenticate('1234', Buffer.from(one.digest, 'base64'))
    if (signed.outcome !== 'signed') throw new Error(signed.outcome)
    expect(await answer({ challenge: two.id, certificate: base64(await card.authenticationCertificate()), signature: base64(signed.signature) })).toMatchObject({ code: 'SIGNATURE_INVALID' })
  })

  test('a document is signed and judged; a changed one fails at the signature alone', async () => {
    const card = await sandboxCard('hanako', { url })
    const signed = await card.sign('ABC123', sha256('a contract'))
    if (signed.outcome !== 'signed') throw new Error(signed.outcome)
    const certificate = base64(await card.signingCertificate('ABC123'))
    const verdict = async (text: string) => (await shop.query<{ verifySignature: { valid: boolean; checks: { name: string; passed: boolean }[] } }>(
      'query ($input: VerifySignatureInput!) { verifySignature(input: $input) { ... on Verdict { valid checks { name passed } } } }',
      { input: { hash: 'SHA256', digest: base64(sha256(text)), signature: base64(signed.signature), certificate } })).data.verifySignature
    expect((await verdict('a contract')).valid).toBe(true)
    const changed = await verdict('another contract')
    expect([changed.valid, changed.checks.filter(({ passed }) => !passed).map(({ name }) => name)]).toEqual([false, ['SIGNATURE']])
  })
})

/** What the counter of the municipality does, over the same API: an order from the agency opens the card for one PIN. */
async function unblock(persona: string, card: SandboxCard, pin: string): Promise<void> {
  const [person, officer] = [persona, 'officer-132217'].map((name) => connect({ url, ...gateway.credentials[name]! })) as [Gateway, Gateway]
  const mine = (await person.query<{ me: { cards: { nodes: { id: string }[] } } }>('{ me { cards(first: 1) { nodes { id } } } }')).data.me.cards.nodes[0]!.id
  const asked = await officer.query<{ requestCardOrder: { id: string } }>(
    'mutation ($input: RequestCardOrderInput!) { requestCardOrder(input: $input) { ... on CardOrder { id } ... on Refused { code } } }',
    { input: { card: mine, operation: { unblock: 'AUTHENTICATION' }, idempotencyKey: crypto.randomUUID() } })
  const order = asked.data.requestCardOrder.id
  let signed: SignedOrder | null = null
  await expect.poll(async () => {
    ({ signed } = (await officer.query<{ cardOrder: { signed: SignedOrder | null } }>('query ($id: ID!) { cardOrder(id: $id) { signed { order signature } } }', { id: order })).data.cardOrder)
    return signed
  }, { timeout: 10_000 }).not.toBeNull()
  const receipt = await underOrder(card, signed!, { authentication: pin })
  const done = await officer.query<{ completeCardOrder: { state: string } }>(
    'mutation ($input: CompleteCardOrderInput!) { completeCardOrder(input: $input) { ... on CardOrder { state } ... on Refused { code } } }', { input: { order, receipt, idempotencyKey: crypto.randomUUID() } })
  expect(done.data.completeCardOrder.state).toBe('DONE')
  // The order is used up.
  await expect(underOrder(card, signed!, { authentication: '0000' })).rejects.toMatchObject({ name: 'CardError' })
}

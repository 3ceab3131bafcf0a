/** What partners are told, by whom it is written, how it goes out, and how it is verified. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { verifyWebhook, WebhookRefused } from '../../client/webhook.ts'
import type { PartnerClient } from '../../core/law/actor.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import { parseIdempotencyKey, type DeliveryId } from '../../core/law/ids.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { instant, legalDate } from '../../core/law/time.ts'
import { messageOf, registerWebhook, removeWebhook, resendDelivery, tellPartners, waits, webhookEvents, webhooksOf, type Attempt, type Due, type HandOver, type Webhook } from '../../core/law/partner/webhook.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { isPublic, mayReach, outbound, signatureOf, type OutboundRules } from '../../functions/environment/outbound.ts'
import * as rows from '../db/rows.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'

const { actOf, ok, outcome } = rows
let n = 0
const key = () => parseIdempotencyKey(`webhook-test-${n++}`)!
const bank: PartnerClient = { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank', scopes: new Set(['consent']) }
const hospital: PartnerClient = { ...bank, partner: seededPartnerIds.hospital, client: 'hospital' }
const limits = { each: 5, limit: 100 }

describe('the outbox', () => {
  let world: TestWorld
  let certificate: CertificateRecord
  let hook: Webhook
  beforeEach(async () => {
    world = await testWorld()
    certificate = await rows.issued(world, await rows.deliveredCard(world, rows.resident(world).person))
    hook = ok(await registerWebhook(world, bank, { url: 'https://bank.example/hook', events: webhookEvents, idempotencyKey: key() })).webhook
  })
  afterEach(() => world.close())
  const told = async () => (await world.webhooks.deliveriesOf(hook.id, 100)).map((d) => `${d.event} ${d.consent} ${d.state}`)

  test('a withdrawal is told, once, with the consent and no value', async () => {
    const consent = await rows.consentInForce(world, certificate)
    ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, world.clock.now()))
    expect(outcome(await world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, world.clock.now()))).toBe('CONFLICT')
    expect(await told()).toEqual([`consent-withdrawn ${consent.id} WAITING`])
    const message = messageOf((await world.webhooks.deliveriesOf(hook.id, 1))[0]!)
    expect(Object.keys(JSON.parse(message) as object)).toEqual(['id', 'type', 'at', 'consent'])
    for (const value of [rows.resident(world).items.name, rows.resident(world).items.address, certificate.serial, certificate.person]) expect(message).not.toContain(value)
  })

  test('an end of the signing certificate is told, a hold is not, nor one for authentication', async () => {
    const consent = await rows.consentInForce(world, certificate)
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('temporary-stop', world.clock.now(), world.clock.now())))
    expect(await told()).toEqual([])
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('key-leak', world.clock.now(), world.clock.now())))
    expect(await told()).toEqual([`certificate-revoked ${consent.id} WAITING`])
  })

  test('a new certificate with another item is told; one with the same items is only the end of the old one', async () => {
    const consent = await rows.consentInForce(world, certificate)
    const card = (await world.cards.load(certificate.card))!
    world.clock.advance(1_000)
    await rows.issued(world, card)
    expect(await told()).toEqual([`certificate-revoked ${consent.id} WAITING`])
    await rows.rewriteItems(world, certificate.id, { ...certificate.items!, address: '東京都千代田区前の住所1' })
    world.clock.advance(1_000)
    await rows.issued(world, card)
    expect((await told()).filter((line) => line.startsWith('attributes'))).toEqual([`attributes-changed ${consent.id} WAITING`])
    // Only consented items count: the birth date was not.
    await rows.rewriteItems(world, certificate.id, { ...certificate.items!, birthDate: legalDate('1900-01-01') })
    world.clock.advance(1_000)
    await rows.issued(world, card)
    expect((await told()).filter((line) => line.startsWith('attributes'))).toHaveLength(1)
  })

  test('partners hear of their own consents and of what they asked for', async () => {
    const { webhook: other } = ok(await registerWebhook(world, hospital, { url: 'https://hospital.example/hook', events: webhookEvents, idempotencyKey: key() }))
    const { webhook: narrow } = ok(await registerWebhook(world, bank, { url: 'https://bank.example/narrow', events: ['attributes-changed'], idempotencyKey: key() }))
    const consent = await rows.consentInForce(world, certificate)
    ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, world.clock.now()))
    expect([await told(), await world.webhooks.deliveriesOf(other.id, 10), await world.webhooks.deliveriesOf(narrow.id, 10)]).toEqual([[`consent-withdrawn ${consent.id} WAITING`], [], []])
    expect(outcome(await removeWebhook(world, hospital, { webhook: hook.id, idempotencyKey: key() }))).toBe('NOT_FOUND')
    expect(ok(await webhooksOf(world, hospital)).map((w) => w.id)).toEqual([other.id])
  })

  const failing = (why = '503'): HandOver => async () => ({ delivered: false, outcome: why })
  const one = async () => {
    const consent = await rows.consentInForce(world, certificate)
    ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, world.clock.now()))
    return (await world.webhooks.deliveriesOf(hook.id, 1))[0]!.id
  }
  const now = async (id: DeliveryId) => (await world.webhooks.loadDelivery(id))!

  test('is tried again after longer and longer waits, is dead after eight, and can be sent again', async () => {
    const id = await one()
    for (const [i, wait] of waits.entries()) {
      expect(await tellPartners(world, failing(), limits)).toEqual({ delivered: 0, failed: 1, dead: 0 })
      expect(await now(id)).toMatchObject({ state: 'WAITING', attempts: i + 1, nextAt: world.clock.now() + wait, lastOutcome: '503' })
      world.clock.advance(wait - 1)
      expect(await tellPartners(world, failing(), limits)).toEqual({ delivered: 0, failed: 0, dead: 0 })
      world.clock.advance(1)
    }
    expect(await tellPartners(world, failing('410'), limits)).toEqual({ delivered: 0, failed: 0, dead: 1 })
    expect(await now(id)).toMatchObject({ state: 'DEAD', attempts: 8, lastOutcome: '410' })
    world.clock.advance(100 * 3_600_000)
    expect(await tellPartners(world, failing(), limits)).toEqual({ delivered: 0, failed: 0, dead: 0 })
    expect(outcome(await resendDelivery(world, hospital, { delivery: id, idempotencyKey: key() }))).toBe('NOT_FOUND')
    ok(await resendDelivery(world, bank, { delivery: id, idempotencyKey: key() }))
    expect(outcome(await resendDelivery(world, bank, { delivery: id, idempotencyKey: key() }))).toBe('WRONG_STATE')
    expect(await tellPartners(world, async () => ({ delivered: true, outcome: '204' }), limits)).toEqual({ delivered: 1, failed: 0, dead: 0 })
    expect(await now(id)).toMatchObject({ state: 'DELIVERED', attempts: 1, lastOutcome: '204' })
  })

  test('a round that died leaves its claim to the next, two minutes later', async () => {
    const id = await one()
    await expect(tellPartners(world, async () => { throw new Error('killed') }, limits)).rejects.toThrow('killed')
    expect((await tellPartners(world, failing(), limits)).failed).toBe(0)
    world.clock.advance(120_000)
    expect((await tellPartners(world, async () => ({ delivered: true, outcome: '200' }), limits)).delivered).toBe(1)
    expect((await now(id)).state).toBe('DELIVERED')
  })

  test('a partner that does not answer keeps no other waiting, and of one no more than a few go out at once', async () => {
    const slow = await rows.consentInForce(world, certificate)
    for (let i = 0; i < 4; i++) ok(await registerWebhook(world, bank, { url: `https://bank.example/${i}`, events: webhookEvents, idempotencyKey: key() }))
    expect(outcome(await registerWebhook(world, bank, { url: 'https://bank.example/6', events: webhookEvents, idempotencyKey: key() }))).toBe('CONFLICT')
    ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), slow.id, world.clock.now()))
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => { open = resolve })
    const reached: string[] = []
    const handOver = async (due: Due): Promise<Attempt> => {
      reached.push(due.url)
      await gate
      return { delivered: true, outcome: '200' }
    }
    const round = tellPartners(world, handOver, { each: 3, limit: 100 })
    // Another instance of the door gets what the first did not claim.
    const rest = tellPartners(world, async () => ({ delivered: true, outcome: '200' }), { each: 3, limit: 100 })
    expect((await rest).delivered).toBe(2)
    open()
    expect((await round).delivered).toBe(3)
    expect(new Set(reached).size).toBe(3)
  })

  test('a removed webhook is told nothing more and its secret is gone', async () => {
    const id = await one()
    const removed = ok(await removeWebhook(world, bank, { webhook: hook.id, idempotencyKey: key() }))
    expect([removed.state, removed.sealed.length, (await now(id)).state]).toEqual(['REMOVED', 0, 'DEAD'])
    expect(outcome(await resendDelivery(world, bank, { delivery: id, idempotencyKey: key() }))).toBe('WRONG_STATE')
  })

  test.each(['ftp://bank.example/', 'https://user:secret@bank.example/', 'https://bank.example/#x', 'javascript:alert(1)', ' https://bank.example', `https://bank.example/${'x'.repeat(500)}`])('the address %j is refused', async (url) => {
    expect(outcome(await registerWebhook(world, bank, { url, events: ['consent-ended'], idempotencyKey: key() }))).toBe('MALFORMED_INPUT')
  })
})

describe('the way out', () => {
  test.each([
    '127.0.0.1', '127.255.0.1', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '192.0.2.1',
    '::1', '::', 'fe80::1', 'fc00::1', 'fd00:ec2::254', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '2001:db8::1', 'ff02::1', 'not an address', '',
  ])('%j is not of the open internet', (address) => expect(isPublic(address)).toBe(false))
  test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2400:cb00::1', '2606:4700:4700::1111'])('%j is', (address) => expect(isPublic(address)).toBe(true))

  const rules = (answers: string[] | Error, inside = false): OutboundRules => ({
    inside, patience: 300,
    resolve: async () => {
      if (answers instanceof Error) throw answers
      return answers.map((address) => ({ address }))
    },
  })
  test.each<[string, OutboundRules, RegExp]>([
    ['http://open.example/', rules(['8.8.8.8']), /not https/], ['https://inner.example/', rules(['10.0.0.1']), /not of the open internet/], ['https://mixed.example/', rules(['8.8.8.8', '127.0.0.1']), /not of the open internet/],
    ['https://[::1]/', rules([]), /not of the open internet/], ['https://169.254.169.254/latest/meta-data', rules([]), /not of the open internet/], ['https://2130706433/', rules([]), /not of the open internet/], ['https://0x7f.1/', rules([]), /not of the open internet/],
    ['https://nowhere.example/', rules(new Error('ENOTFOUND')), /leads nowhere/], ['https://u:p@open.example/', rules(['8.8.8.8']), /not an address/],
  ])('%s is not reached', async (url, given, why) => expect(await mayReach(given, url)).toMatch(why))
  test('a name of the open internet is, at the addresses that were judged', async () => expect(await mayReach(rules(['8.8.8.8']), 'https://open.example/')).toEqual(['8.8.8.8']))

  let server: Server
  let answer: (path: string) => { status: number; headers?: Record<string, string> } | null
  let got: { path: string; headers: IncomingHttpHeaders; body: string }[] = []
  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        got.push({ path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
        const said = answer(request.url!)
        if (said !== null) response.writeHead(said.status, said.headers).end('x'.repeat(100_000))
      })
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => { got = [] })

  const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
  const at = instant(1_800_000_000_000)
  const due = (url: string): Due => ({ id: 'dlv_1' as never, webhook: 'whk_1' as never, event: 'consent-withdrawn', consent: 'cns_1' as never, at, state: 'WAITING', attempts: 1, nextAt: at, lastOutcome: null, lastAt: null, url, sealed: [], partner: seededPartnerIds.bank, link: null, grant: null })
  const send = (path: string, given = rules(['127.0.0.1'], true)) => outbound(given)(due(`http://partner.example:${(server.address() as AddressInfo).port}${path}`), [secret], messageOf(due('')), at)
  const told = `whsec_${Buffer.from(secret).toString('base64')}`

  test('arrives signed over the body, at the judged address under the partner’s own name; the client library takes it', async () => {
    answer = () => ({ status: 204 })
    expect(await send('/hook')).toEqual({ delivered: true, outcome: '204', silent: false })
    const { headers, body } = got[0]!
    expect(headers.host).toMatch(/^partner\.example:/)
    expect(verifyWebhook(told, headers, body, at)).toEqual({ id: 'dlv_1', type: 'consent-withdrawn', at: '2027-01-15T08:00:00Z', consent: 'cns_1' })
    expect(verifyWebhook(told, new Headers({ 'webhook-id': 'dlv_1', 'webhook-timestamp': headers['webhook-timestamp'] as string, 'webhook-signature': `v1,AAAA ${headers['webhook-signature'] as string}` }), Buffer.from(body), at + 299_000).id).toBe('dlv_1')
  })

  test.each<[string, (m: { headers: Record<string, string>; body: string; secret: string; now: number }) => void]>([
    ['a changed byte', (m) => { m.body = m.body.replace('withdrawn', 'withdrawm') }], ['another secret', (m) => { m.secret = `whsec_${Buffer.alloc(32).toString('base64')}` }], ['a message of ten minutes ago', (m) => { m.now += 600_000 }],
    ['a message from ahead', (m) => { m.now -= 600_000 }], ['another time', (m) => { m.headers['webhook-timestamp'] = String(Number(m.headers['webhook-timestamp']) + 1) }], ['another id', (m) => { m.headers['webhook-id'] = 'dlv_2' }],
    ['no signature', (m) => { delete m.headers['webhook-signature'] }], ['another version', (m) => { m.headers['webhook-signature'] = m.headers['webhook-signature']!.replace('v1', 'v2') }], ['no time', (m) => { m.headers['webhook-timestamp'] = 'now' }],
  ])('the client library refuses %s', (_, change) => {
    const body = messageOf(due(''))
    const timestamp = Math.floor(at / 1000)
    const message = { headers: { 'webhook-id': 'dlv_1', 'webhook-timestamp': String(timestamp), 'webhook-signature': signatureOf(secret, 'dlv_1', timestamp, body) }, body, secret: told, now: at as number }
    expect(verifyWebhook(message.secret, message.headers, message.body, message.now).id).toBe('dlv_1')
    change(message)
    expect(() => verifyWebhook(message.secret, message.headers, message.body, message.now)).toThrow(WebhookRefused)
  })

  test('a redirect is a failure and is not followed', async () => {
    answer = () => ({ status: 307, headers: { location: '/elsewhere' } })
    expect(await send('/hook')).toEqual({ delivered: false, outcome: '307', silent: false })
    expect(got.map((g) => g.path)).toEqual(['/hook'])
  })

  test('one that never answers, one that is not there, and one that is inside', async () => {
    answer = () => null
    expect(await send('/hang')).toEqual({ delivered: false, outcome: 'no answer in time', silent: true })
    expect((await outbound(rules(['127.0.0.1'], true))(due('http://partner.example:1/'), [secret], '{}', at)).outcome).toBe('no connection (ECONNREFUSED)')
    expect(await send('/hook', rules(['127.0.0.1'], false))).toEqual({ delivered: false, outcome: 'not https' })
    expect(got.map((g) => g.path)).toEqual(['/hang'])
  })
})

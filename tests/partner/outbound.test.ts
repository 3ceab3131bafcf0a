/** The way out over real sockets: hostile endpoints cost one patience and nothing else; secrets at rest, and their change. */
import { createServer as createTcp, type Server as TcpServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { verifyWebhook, WebhookRefused } from '../../client/webhook.ts'
import type { PartnerClient } from '../../core/law/actor.ts'
import { parseIdempotencyKey } from '../../core/law/ids.ts'
import { registerWebhook, resendDelivery, rotateWebhookSecret, secretOverlap, tellPartners, waits, webhookEvents, type Due, type Webhook } from '../../core/law/partner/webhook.ts'
import { instant } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { webhooks } from '../../db/tables/webhooks.ts'
import { dispatchDoor } from '../../functions/dispatch.ts'
import { isPublic, mayReach, outbound, type OutboundRules } from '../../functions/environment/outbound.ts'
import { envelopes } from '../../functions/environment/vault.ts'
import * as rows from '../db/rows.ts'
import { testRandom, testWorld, type TestWorld } from '../harness/world.ts'

const { actOf, ok, outcome } = rows
let n = 0
const key = () => parseIdempotencyKey(`outbound-test-${n++}`)!
const bank: PartnerClient = { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank', scopes: new Set(['login']) }
const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
const at = instant(1_800_000_000_000)
const due = (url: string): Due => ({ id: 'dlv_1' as never, webhook: 'whk_1' as never, event: 'consent-withdrawn', consent: 'cns_1' as never, link: null, grant: null, at, state: 'WAITING', attempts: 1, nextAt: at, lastOutcome: null, lastAt: null, url, sealed: [], partner: bank.partner })
const inside = (patience: number, resolve?: OutboundRules['resolve']): OutboundRules => ({ inside: true, patience, resolve: resolve ?? (async () => [{ address: '127.0.0.1' }]) })

describe('a hostile endpoint', () => {
  let server: TcpServer
  let behave: (socket: Socket) => void
  const open = new Set<Socket>()
  let written = 0
  beforeAll(async () => {
    server = createTcp((socket) => {
      open.add(socket)
      socket.on('error', () => undefined).on('close', () => open.delete(socket))
      behave(socket)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  })
  afterAll(() => new Promise<void>((done) => {
    for (const socket of open) socket.destroy()
    server.close(() => done())
  }))
  const url = () => `http://partner.example:${(server.address() as AddressInfo).port}/`
  const timed = async (patience: number) => {
    const from = performance.now()
    const attempt = await outbound(inside(patience))(due(url()), [secret], '{}', at)
    return { ...attempt, took: performance.now() - from }
  }
  const drip = (text: string, every: number) => (socket: Socket) => {
    let i = 0
    const timer = setInterval(() => socket.writable && i < text.length ? socket.write(text[i++]!) : undefined, every)
    socket.on('close', () => clearInterval(timer))
  }

  test('that drips its head byte by byte is left when patience ends', async () => {
    behave = drip(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1000)}\r\n\r\n`, 20)
    const { delivered, outcome: said, silent, took } = await timed(400)
    expect([delivered, said, silent]).toEqual([false, 'no answer in time', true])
    expect(took).toBeLessThan(3_000)
    await expect.poll(() => open.size).toBe(0)
  })

  test('that never speaks', async () => {
    behave = (socket) => void socket.resume()
    expect(await timed(200)).toMatchObject({ outcome: 'no answer in time', silent: true })
  })

  test('that answers without end is cut off at its status: nothing of a body is taken in', async () => {
    written = 0
    behave = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n')
      socket.resume()
      const block = Buffer.alloc(65_536, 'x')
      const more = (): void => {
        while (!socket.destroyed && socket.writable && socket.write(block)) written += block.length
      }
      socket.on('drain', more)
      more()
    }
    expect(await timed(2_000)).toMatchObject({ delivered: true, outcome: '200' })
    await expect.poll(() => open.size, { timeout: 5_000 }).toBe(0)
    // What lay in the buffers of the sockets, and no more.
    expect(written).toBeLessThan(16 * 1024 * 1024)
  })

  test('with a head too large, or with none', async () => {
    behave = (socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)
    expect(await timed(1_000)).toMatchObject({ delivered: false, outcome: 'no connection (HPE_HEADER_OVERFLOW)' })
    behave = (socket) => void socket.end('rubbish\r\n\r\n')
    expect((await timed(1_000)).outcome).toMatch(/^no connection \(HPE_/)
    behave = (socket) => void socket.destroy()
    expect(await timed(1_000)).toMatchObject({ delivered: false, outcome: 'no connection (ECONNRESET)' })
  })

  test.each([301, 302, 303, 307, 308])('a redirect %i inwards is not followed', async (status) => {
    const reached: string[] = []
    behave = (socket) => void socket.once('data', (head: Buffer) => {
      reached.push(head.toString('latin1').split('\r\n', 1)[0]!)
      socket.end(`HTTP/1.1 ${status} Moved\r\nlocation: http://169.254.169.254/latest/meta-data\r\ncontent-length: 0\r\n\r\n`)
    })
    expect(await timed(1_000)).toMatchObject({ delivered: false, outcome: String(status) })
    expect(reached).toEqual(['POST / HTTP/1.1'])
  })

  test('a name whose servers never answer costs one patience, like any other silence', async () => {
    const from = performance.now()
    const lost = inside(200, () => new Promise(() => undefined))
    expect(await outbound(lost)(due('https://lost.example/'), [secret], '{}', at)).toEqual({ delivered: false, outcome: 'no answer in time', silent: true })
    expect(performance.now() - from).toBeLessThan(2_000)
  }, 5_000)

  test('a name that leads elsewhere the second time (rebinding): it is looked up once, and the judged address is the one', async () => {
    let asked = 0
    let reached = 0
    behave = (socket) => void socket.once('data', () => { reached++; socket.end('HTTP/1.1 204 No\r\n\r\n') })
    const rules = inside(1_000, async () => (++asked === 1 ? [{ address: '127.0.0.1' }] : [{ address: '127.0.0.2' }]))
    expect(await outbound(rules)(due(url()), [secret], '{}', at)).toMatchObject({ delivered: true })
    expect([asked, reached]).toEqual([1, 1])
    // In production the same name is refused at the only look there is, whichever of its answers leads inside.
    for (const answers of [['10.0.0.1'], ['8.8.8.8', '::ffff:169.254.169.254'], ['::ffff:7f00:1'], ['0:0:0:0:0:ffff:a00:1'], ['fe80::1%eth0']]) {
      expect(await mayReach({ inside: false, patience: 1, resolve: async () => answers.map((address) => ({ address })) }, 'https://open.example/')).toMatch(/not of the open internet/)
    }
    expect(['::ffff:0:127.0.0.1', '::127.0.0.1', '64:ff9b:1::7f00:1', 'fec0::1', '2001:0:53aa:64c:0:0:0:1'].map(isPublic)).toEqual([false, false, false, false, false])
  })
})

describe('a round', () => {
  let world: TestWorld
  let server: Server
  let got: { path: string; headers: IncomingHttpHeaders; body: string; at: number }[]
  beforeEach(async () => {
    world = await testWorld()
    got = []
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        got.push({ path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString(), at: performance.now() })
        if (request.url !== '/silent') response.writeHead(request.url === '/gone' ? 410 : 204).end()
      })
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await world.close()
  })
  const register = async (path: string, partner = bank) => ok(await registerWebhook(world, partner, { url: `http://partner.example:${(server.address() as AddressInfo).port}${path}`, events: webhookEvents, idempotencyKey: key() }))
  const events = async (count: number) => {
    const certificate = await rows.issued(world, await rows.deliveredCard(world, rows.resident(world).person))
    for (let i = 0; i < count; i++) {
      const request = await rows.consentRequest(world, await rows.purpose(world, `p${i} ${key()}`))
      const consent = rows.consentTo(world, request, certificate)
      ok(await world.consents.give(actOf(world, 'consent.give'), consent))
      ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, world.clock.now()))
    }
  }
  const tell = (patience = 300) => tellPartners(world, outbound(inside(patience)), { each: 10, limit: 100 })
  const told = (secretOf: Uint8Array) => `whsec_${Buffer.from(secretOf).toString('base64')}`
  const statesOf = async ({ id }: Webhook) => (await world.webhooks.deliveriesOf(id, 20)).map((d) => `${d.state} ${d.attempts}`)

  test('a silent address is asked once; what waits behind it is put off uncounted, and the rest goes out', async () => {
    const [silent, good] = [await register('/silent'), await register('/good')]
    await events(3)
    const from = performance.now()
    expect(await tell(300)).toEqual({ delivered: 3, failed: 1, dead: 0 })
    expect(performance.now() - from).toBeLessThan(1_500)
    expect([got.filter((g) => g.path === '/silent').length, (await statesOf(silent.webhook)).toSorted(), await statesOf(good.webhook)]).toEqual([1, ['WAITING 0', 'WAITING 0', 'WAITING 1'], ['DELIVERED 1', 'DELIVERED 1', 'DELIVERED 1']])
  })

  test('what is given up is told to whoever watches, by names of things alone, and can be sent again', async () => {
    const { webhook } = await register('/gone')
    await events(1)
    const lines: unknown[] = []
    const door = dispatchDoor({ world, handOver: outbound(inside(300)), log: (level, event, facts) => void lines.push({ level, event, ...facts }), fetchText: async () => { throw new Error('nothing is fetched here') } })
    for (const wait of [...waits, 0]) {
      await door()
      world.clock.advance(wait)
    }
    const [delivery] = await world.webhooks.deliveriesOf(webhook.id, 1)
    expect(delivery).toMatchObject({ state: 'DEAD', attempts: 8, lastOutcome: '410' })
    expect(lines).toContainEqual({ level: 'error', event: 'webhook.dead', delivery: delivery!.id, webhook: webhook.id, of: 'consent-withdrawn', partner: bank.partner, outcome: '410' })
    ok(await resendDelivery(world, bank, { delivery: delivery!.id, idempotencyKey: key() }))
    expect(await tell()).toEqual({ delivered: 0, failed: 1, dead: 0 })
  })

  test('a secret is at rest as an envelope; changed, messages hold under both for a day, then under the new one alone', async () => {
    const { webhook, secret: first } = await register('/good')
    const atRest = JSON.stringify((await world.db.select().from(webhooks)).map((w) => [w.secret, w.sealed, w.previousSealed].map((b) => (b === null ? null : Buffer.from(b).toString('hex')))))
    expect(atRest).not.toContain(Buffer.from(first).toString('hex'))
    const rotation = { webhook: webhook.id, idempotencyKey: key() }
    const { secret: second } = ok(await rotateWebhookSecret(world, bank, rotation))
    expect(ok(await rotateWebhookSecret(world, bank, rotation)).secret).toEqual(second)
    expect(second).not.toEqual(first)
    const verified = async () => {
      await events(1)
      await tell()
      const { headers, body } = got.at(-1)!
      return [second, first].map((s) => {
        try {
          return verifyWebhook(told(s), headers, body, world.clock.now()).type
        } catch (error) {
          if (error instanceof WebhookRefused) return 'refused'
          throw error
        }
      })
    }
    expect(await verified()).toEqual(['consent-withdrawn', 'consent-withdrawn'])
    world.clock.advance(secretOverlap + 1)
    expect(await verified()).toEqual(['consent-withdrawn', 'refused'])
    expect(outcome(await rotateWebhookSecret(world, { ...bank, partner: seededPartnerIds.hospital }, { webhook: webhook.id, idempotencyKey: key() }))).toBe('NOT_FOUND')
  })

  test('a secret that cannot be opened stops its webhook and no other', async () => {
    const [broken, good] = [await register('/broken'), await register('/good')]
    await world.db.update(webhooks).set({ sealed: good.webhook.sealed })
    await events(1)
    expect(await tell()).toEqual({ delivered: 1, failed: 1, dead: 0 })
    expect((await world.webhooks.deliveriesOf(broken.webhook.id, 1))[0]!.lastOutcome).toBe('the secret cannot be opened: change it')
  })
})

describe('an envelope', () => {
  const sealer = { dataKey: async (c: object) => ({ plaintext: testRandom(JSON.stringify(c)).bytes(32), sealed: Uint8Array.of(1, 2, 3) }), open: async (_: Uint8Array, c: object) => testRandom(JSON.stringify(c)).bytes(32) }
  test('opens for its name alone, and not with any bit changed', async () => {
    const vault = () => envelopes(sealer, testRandom('nonce'))
    const sealed = await vault().seal(secret, 'whk_1')
    expect(await vault().open(sealed, 'whk_1')).toEqual(secret)
    await expect(vault().open(sealed, 'whk_2')).rejects.toThrow()
    // The sealed data key itself (octets 3–5) is for KMS to judge.
    for (const [i] of sealed.entries()) {
      if (i >= 3 && i < 6) continue
      const changed = Uint8Array.from(sealed)
      changed[i]! ^= 1
      await expect(vault().open(changed, 'whk_1'), String(i)).rejects.toThrow()
    }
    for (const length of [0, 3, 20]) await expect(vault().open(sealed.subarray(0, length), 'whk_1')).rejects.toThrow('not an envelope')
  })
})

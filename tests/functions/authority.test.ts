/**
 * The authority's door over real stores, with every message of the bell delivered twice at once and the schedule in
 * between: what it does, it does once.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { SQSEvent } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { instant, type Instant } from '../../core/law/time.ts'
import type { BellMessage } from '../../core/law/world.ts'
import { localSigner } from '../../core/pki/signer.ts'
import { makeRecordKeys } from '../../core/chip/records.ts'
import { parseCertificate } from '../../core/pki/parse.ts'
import type { Opened } from '../../db/client.ts'
import { embeddedDatabase } from '../harness/database.ts'
import { openStores, type Stores } from '../../db/open.ts'
import { testSafe } from '../harness/safe.ts'
import type { Persona } from '../../db/person/personas.ts'
import { authorityDoor, type AuthorityDoor } from '../../functions/authority.ts'
import { ceremonyDoor } from '../../functions/ceremony.ts'
import type { AuthorityEnvironment } from '../../functions/environment.ts'
import { webauthn } from '../../functions/environment/webauthn.ts'
import { graphqlFrom, loadAuthorities } from '../../functions/environment/parts.ts'
import { defaultSettings } from '../../functions/environment/settings.ts'
import { chipRoom, rsaStock } from '../../local/card/chips.ts'
import { giveCard, type Counter } from '../../local/play/counter.ts'
import { factory } from '../../local/play/factory.ts'
import { agencyOfficer, municipalOfficer, seedPeople } from '../../local/play/people.ts'

let now: Instant = instant(Date.UTC(2026, 10, 25, 3, 0, 0))
const clock = { now: () => now }
const random = { bytes: (n: number) => Uint8Array.from(randomBytes(n)) }
const rung: BellMessage[] = []
const logged: { event: string; facts: unknown }[] = []
let archive: Opened
let stores: Stores
let environment: AuthorityEnvironment
let door: AuthorityDoor
let counter: Counter
let hanako: Persona
let kenta: Persona
const stock = rsaStock(random.bytes)

const event = (...bodies: (BellMessage | string)[]): SQSEvent => ({ Records: bodies.map((body, i) => ({ messageId: `m${i}`, body: typeof body === 'string' ? body : JSON.stringify(body) })) }) as unknown as SQSEvent
const tick = { 'detail-type': 'Scheduled Event' }

/** Delivers what was rung, each message twice, in two invocations at once. */
async function deliver(): Promise<void> {
  while (rung.length > 0) {
    const batch = rung.splice(0)
    const answers = await Promise.all([door(event(...batch)), door(event(...batch))])
    expect(answers).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }])
  }
}

beforeAll(async () => {
  archive = await embeddedDatabase()
  stores = openStores(archive.db, testSafe(archive.db))
  const rsa = () => localSigner(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
  const signers = { signature: { arn: 'arn:aws:kms:x:1:key/s', signer: rsa() }, authentication: { arn: 'arn:aws:kms:x:1:key/a', signer: rsa() } }
  const orderSigner = localSigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)
  const settings = defaultSettings
  await ceremonyDoor({ world: { clock, random, settings, issuers: stores.issuers }, keys: signers, log: () => undefined })({ authorities: ['signature', 'authentication'], by: 'a test' })
  const people = await seedPeople(archive.db, testSafe(archive.db), now)
  ;[hanako, kenta] = ['hanako', 'kenta'].map((name) => people.personas.find((p) => p.name === name)!) as [Persona, Persona]
  const bell = { ring: async (message: BellMessage) => void rung.push(message) }
  const log = (_: string, name: string, facts?: unknown) => void logged.push({ event: name, facts })
  const { world } = await graphqlFrom({ stage: 'test', clock, random, settings, stores, bell, pairwiseSecret: 'x'.repeat(32), vault: { seal: async (secret) => secret, open: async (sealed) => sealed }, webauthn: webauthn(), authenticate: async () => { throw new Error('nobody knocks') }, issuer: 'https://i.example', audience: 'https://a.example', log })
  environment = {
    log,
    world: {
      ...world, orderSigner, authorities: await loadAuthorities(stores.issuers, clock, async (issuer) => signers[issuer.ca].signer, log), responders: stores.responders,
      responderKeys: { make: async () => ({ spki: Uint8Array.from(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({ type: 'spki', format: 'der' })), sealedKey: random.bytes(16) }) },
    },
  }
  door = authorityDoor(environment)
  await stock.fill(4)
  const room = chipRoom({ chips: stores.chips, key: random.bytes(32), random: stock.random })
  counter = { world, room, factory: factory({ world, room, recordKeys: makeRecordKeys(stock.random), orderKey: orderSigner.spki, random: stock.random }), settled: deliver, agency: agencyOfficer, municipal: municipalOfficer }
}, 120_000)
afterAll(async () => {
  stock.stop()
  await archive.close()
})

describe('the authority', () => {
  test('issues, signs orders and publishes once, however often it is rung', async () => {
    const card = await giveCard(counter, hanako)
    const certificates = await stores.certificates.ofCard(card.id)
    expect(certificates.map((c) => [c.kind, c.state]).toSorted()).toEqual([['authentication', 'VALID'], ['signature', 'VALID']])
    for (const { der, serial } of certificates) expect(parseCertificate(der).serial).toBe(serial)
    expect(logged).toEqual([])
  }, 120_000)

  test('the schedule does the same work, alone and twice at once, and then has nothing to do', async () => {
    const lost = { ...counter, settled: async () => { rung.length = 0; await Promise.all([door(tick), door(tick)]) } }
    const card = await giveCard(lost, kenta)
    expect((await stores.certificates.ofCard(card.id)).map((c) => [c.kind, c.state])).toEqual([['authentication', 'VALID']])
    const before = await listNumbers()
    await door(tick)
    expect([await stores.issuances.unfinished(10), await stores.orders.unsigned(10), await listNumbers()]).toEqual([[], [], before])
    expect(before.length).toBe(2)
  }, 120_000)

  test('makes a responder for each authority, and the next when the last third of its life has begun', async () => {
    const serials = async () => Promise.all(environment.world.authorities.all.map(async (a) => (await stores.responders.current(a.keyId))?.serial))
    await door(tick)
    const first = await serials()
    expect(first.every((serial) => serial !== undefined)).toBe(true)
    now = instant(now + 31 * 3_600_000)
    await door(tick)
    expect(await serials()).toEqual(first)
    now = instant(now + 2 * 3_600_000)
    await door(tick)
    expect((await serials()).some((serial, i) => serial === first[i])).toBe(false)
  })

  test.each<[string, string]>([['no JSON', '{'], ['null', 'null'], ['another message', '{"wake":"dawn"}'], ['no application', '{"wake":"issue"}'], ['no id', '{"wake":"issue","application":"x"}']])('reports a message that is %s, and does the others', async (_, body) => {
    expect(await door(event({ wake: 'orders' }, body, { wake: 'crl' }))).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] })
  })

  test('an application that does not exist is refused for good, not tried again', async () => {
    expect(await door(event({ wake: 'issue', application: 'xap_00000000000000000000000000' }))).toEqual({ batchItemFailures: [] })
  })

  test('a key out of reach: the message comes again, the schedule says so, and the other parts are done', async () => {
    const away = authorityDoor({ ...environment, world: { ...environment.world, orders: { ...environment.world.orders, unsigned: async () => { throw new Error('away') } } } })
    expect(await away(event({ wake: 'orders' }, { wake: 'crl' }))).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] })
    logged.length = 0
    await expect(away(tick)).rejects.toThrow(/could not do all/)
    expect(logged.map((l) => l.event)).toEqual(['orders.failed'])
  })
})

async function listNumbers(): Promise<bigint[]> {
  const found: bigint[] = []
  for (const { keyId } of environment.world.authorities.all) {
    for (const municipality of await stores.municipalities.list()) {
      const latest = await stores.crls.latest(keyId, municipality.code)
      if (latest !== null) found.push(latest.number)
    }
  }
  return found
}

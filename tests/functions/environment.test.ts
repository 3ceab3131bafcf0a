/** What a door refuses to start with, and what it is not given. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { kmsClient, type KmsClient } from '../../core/pki/kms.ts'
import { sha256Hex } from '../../core/pki/signer.ts'
import { handler as ceremony } from '../../functions/ceremony.ts'
import { pagesEnvironment, dispatchEnvironment, authorityEnvironment, ceremonyEnvironment, graphqlEnvironment, ocspEnvironment, realClock, realRandom, sandboxEnvironment, sweepEnvironment } from '../../functions/environment.ts'
import { authorityFrom, ceremonyFrom, graphqlFrom, ocspFrom, pairwiseNames } from '../../functions/environment/parts.ts'
import { defaultSettings } from '../../functions/environment/settings.ts'
import { upkeepFrom } from '../../functions/environment/upkeep.ts'
import { CannotStart } from '../../functions/environment/variables.ts'
import { startKms, type RunningKms } from '../../local/cloud/kms.ts'
import { kmsKeys, type KmsKeys } from '../../local/keys.ts'
import { openFolder } from '../../local/folder.ts'
import { patient } from '../../local/http/patience.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'

let kms: RunningKms
let client: KmsClient
let keys: KmsKeys
let world: TestWorld
const log = () => undefined
beforeAll(async () => {
  kms = await startKms({ directory: 'memory', random: realRandom })
  client = patient(kmsClient({ region: 'ap-northeast-1', endpoint: kms.endpoint, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } }))
  keys = await kmsKeys(kms, client, openFolder(null))
  world = await testWorld()
}, 120_000)
afterAll(async () => {
  await client.close()
  await kms.close()
  await world.close()
})
beforeEach(() => vi.unstubAllEnvs())

/** The register's keys as those of the stand-in. */
const pinnedTo = (ca: 'signature' | 'authentication') => ({ key: keys.signing[`${ca}-ca`].arn, spkiSha256: keys.signing[`${ca}-ca`].spkiSha256 })

const names: Readonly<Record<string, readonly string[]>> = {
  graphql: ['STAGE', 'DATABASE_URL', 'ISSUER_URL', 'AUDIENCE', 'QUEUE_URL', 'PAIRWISE_SECRET', 'AWS_REGION', 'KMS_KEYS'],
  authority: ['DATABASE_URL', 'QUEUE_URL', 'KMS_KEYS', 'AWS_REGION'],
  ocsp: ['DATABASE_URL', 'KMS_KEYS', 'AWS_REGION'],
  sweep: ['DATABASE_URL', 'QUEUE_URL', 'KMS_KEYS', 'AWS_REGION', 'CHECKPOINT_BUCKET', 'CRL_BUCKET', 'OCSP_URL', 'GATEWAY_URL'],
  ceremony: ['DATABASE_URL', 'KMS_KEYS', 'AWS_REGION'],
  dispatch: ['DATABASE_URL', 'KMS_KEYS', 'AWS_REGION'],
  pages: ['STAGE', 'AUDIENCE'],
  sandbox: ['STAGE', 'DATABASE_URL', 'AUDIENCE', 'QUEUE_URL', 'SANDBOX_BUCKET', 'PAIRWISE_SECRET', 'PAGES_PUBLIC_KEY', 'KMS_KEYS', 'AWS_REGION'],
}
const doors = { graphql: () => graphqlEnvironment(world.webauthn), authority: authorityEnvironment, ocsp: ocspEnvironment, sweep: sweepEnvironment, ceremony: ceremonyEnvironment }

describe('a door does not start', () => {
  const every = { ...doors, dispatch: dispatchEnvironment, pages: pagesEnvironment, sandbox: sandboxEnvironment }
  test.each(Object.keys(every) as (keyof typeof every)[])('%s: without its variables, and names each', async (door) => {
    for (const name of [...names['graphql']!, ...names['authority']!]) vi.stubEnv(name, '')
    for (const name of ['CHECKPOINT_BUCKET', 'CRL_BUCKET', 'OCSP_URL', 'GATEWAY_URL']) vi.stubEnv(name, '')
    const refused = await every[door]().catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(CannotStart)
    for (const name of names[door]!) expect((refused as CannotStart).message).toContain(name)
    expect(refused).toMatchObject({ fault: 'variables', message: expect.stringMatching(/^cannot start: [^\n]+$/) })
  })

  test('and neither does its handler', async () => {
    vi.stubEnv('DATABASE_URL', '')
    await expect(ceremony({ authorities: ['signature'], by: 'somebody' })).rejects.toThrow(CannotStart)
  })

  test('with a key that is not the pinned one', async () => {
    const wrong = { ...keys.signing['signature-ca'], spkiSha256: sha256Hex(keys.signing['authentication-ca'].spki) }
    const parts = { clock: realClock, random: realRandom, settings: defaultSettings, stores: world, kms: client, log }
    const refused = await ceremonyFrom({ ...parts, keys: { signature: wrong, authentication: keys.signing['authentication-ca'] } }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ name: 'CannotStart', fault: 'key-not-pinned', message: expect.stringMatching(/^cannot start: [^\n]+$/) })
    await expect(ceremonyFrom({ ...parts, keys: { signature: keys.signing['signature-ca'], authentication: keys.signing['authentication-ca'] } })).resolves.toHaveProperty('keys.signature.signer.algorithm', 'rsa-pkcs1-sha256')
  })

  test.each(['card-orders', 'checkpoint', 'receipt'] as const)('with a key for %s that is not the pinned one, in one line that names key and pins', async (role) => {
    const wrong = { ...keys.signing[role], spkiSha256: 'AB'.repeat(32) }
    const stores = { ...world }
    const parts = { clock: world.clock, random: realRandom, settings: defaultSettings, stores, kms: client, log }
    const opening = role === 'card-orders'
      ? authorityFrom({ ...parts, stores: { ...world, issuers: { all: async () => (await world.issuers.all()).map((issuer) => ({ ...issuer, ...pinnedTo(issuer.ca) })), add: async () => undefined } }, bell: world.bell, orderKey: wrong, wrappingKey: keys.sealing['ocsp-wrapping'], pins: [], lists: null })
      : upkeepFrom({ ...parts, checkpointKey: keys.signing.checkpoint, receiptKey: keys.signing.receipt, checkpointStore: { put: async () => undefined }, trail: null, ...(role === 'checkpoint' ? { checkpointKey: wrong } : { receiptKey: wrong }) })
    const refused: unknown = await opening.then(() => 'started', (error: unknown) => error)
    expect(refused).toMatchObject({ name: 'CannotStart', fault: 'key-not-pinned', message: expect.stringMatching(/^cannot start: [^\n]+$/) })
    expect((refused as Error).message).toContain(wrong.arn)
  })

  test('where register and site disagree about a key', async () => {
    const [arn, spkiSha256] = [keys.signing['signature-ca'].arn, keys.signing['signature-ca'].spkiSha256]
    const register = { all: async () => [{ ca: 'signature' as const, key: arn, spkiSha256, certificate: world.authorities.current('signature').certificate.der, keyId: world.authorities.current('signature').keyId, activeFrom: world.clock.now() }], add: async () => undefined }
    const parts = { clock: world.clock, random: realRandom, settings: defaultSettings, stores: { ...world, issuers: register }, bell: world.bell, kms: client, orderKey: keys.signing['card-orders'], wrappingKey: keys.sealing['ocsp-wrapping'], lists: null, log }
    await expect(authorityFrom({ ...parts, pins: [{ ...keys.signing['signature-ca'], spkiSha256: '0'.repeat(64) }] })).rejects.toMatchObject({ fault: 'key-not-pinned' })
    await expect(authorityFrom({ ...parts, pins: [keys.signing['signature-ca']] })).resolves.toHaveProperty('world.orderSigner.algorithm', 'ecdsa-p256-sha256')
  })
})

describe('a door is given', () => {
  const graphql = () => graphqlFrom({ stage: 'test', clock: world.clock, random: realRandom, settings: defaultSettings, stores: world, bell: world.bell, pairwiseSecret: 'x'.repeat(32), vault: world.vault, webauthn: world.webauthn, authenticate: async () => { throw new Error('nobody') }, issuer: 'https://i.example', audience: 'https://a.example', log })

  test('graphql: no signer, no way to add an issuer, a responder or a chip', async () => {
    const given = (await graphql()).world
    expect([given.orderSigner, ...given.authorities.all.map((a) => a.signer)]).toEqual([null, null, null])
    for (const name of ['issuers', 'responders', 'chips', 'clients', 'oauth', 'seenTokens', 'db']) expect(given).not.toHaveProperty(name)
  })

  test('ocsp: statuses, responders and lists, nothing else', async () => {
    const given = await ocspFrom({ clock: world.clock, stores: world, kms: client, wrappingKey: keys.sealing['ocsp-wrapping'], bucket: false, log })
    expect(Object.keys(given.world).toSorted()).toEqual(['authorities', 'clock', 'crls', 'provisions', 'responders', 'statuses'])
    expect((await ocspFrom({ clock: world.clock, stores: world, kms: client, wrappingKey: keys.sealing['ocsp-wrapping'], bucket: true, log })).world.crls).toBeNull()
  })

  test('no authority before the ceremony: who asks for one is told what to do', async () => {
    const { world: given } = await graphqlFrom({ stage: 'test', clock: world.clock, random: realRandom, settings: defaultSettings, stores: { ...world, issuers: { all: async () => [], add: async () => undefined } }, bell: world.bell, pairwiseSecret: 'x'.repeat(32), vault: world.vault, webauthn: world.webauthn, authenticate: async () => { throw new Error('nobody') }, issuer: 'https://i.example', audience: 'https://a.example', log })
    expect(() => given.authorities.current('signature')).toThrow(/hold the ceremony first/)
  })

  test('the newest active generation issues; one to come does not yet', async () => {
    const known = (await world.issuers.all()).filter((issuer) => issuer.ca === 'signature')
    const [present] = known
    const later = { ...present!, activeFrom: (world.clock.now() + 1000) as never }
    const before = { ...present!, activeFrom: (world.clock.now() - 1000) as never }
    const from = async (...all: typeof known) => (await graphqlFrom({ stage: 'test', clock: world.clock, random: realRandom, settings: defaultSettings, stores: { ...world, issuers: { all: async () => all, add: async () => undefined } }, bell: world.bell, pairwiseSecret: 'x'.repeat(32), vault: world.vault, webauthn: world.webauthn, authenticate: async () => { throw new Error('nobody') }, issuer: 'https://i.example', audience: 'https://a.example', log })).world.authorities
    const two = await from(before, later)
    expect([two.all.length, two.current('signature') === two.all[0]]).toEqual([2, true])
    const reversed = await from(before, { ...present!, activeFrom: world.clock.now() })
    expect(reversed.current('signature')).toBe(reversed.all[1])
  })
})

test('pairwise names: stable, of no use to another sector, told by the secret', () => {
  const [a, b] = [pairwiseNames('a'.repeat(32)), pairwiseNames('b'.repeat(32))]
  const [one, two] = world.personas.map((p) => p.person)
  expect(a.subject('bank', one!)).toBe(a.subject('bank', one!))
  expect(new Set([a.subject('bank', one!), a.subject('shop', one!), a.subject('bank', two!), b.subject('bank', one!)]).size).toBe(4)
  expect(a.subject('bank', one!)).toMatch(/^[\w-]{43}$/)
})

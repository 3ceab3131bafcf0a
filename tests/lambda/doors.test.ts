/**
 * Every door as it would be deployed: the stage synthesised, each handler bundled with the stack's properties, run by AWS's
 * runtime client with the synthesised variables and role. KMS answers behind the synthesised policies, Postgres behind the
 * roles of stacks/roles.sql. The order is a stage's first day: ceremony, authority, responder, counter.
 */
import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseCaCertificate, type CaCertificate } from '../../core/pki/certificate.ts'
import { kmsClient } from '../../core/pki/kms.ts'
import { readOcspResponse } from '../../core/pki/ocsp-read.ts'
import { buildOcspRequest, certIdFor } from '../../core/pki/ocsp-request.ts'
import { openStores } from '../../db/open.ts'
import { testSafe } from '../harness/safe.ts'
import { openPostgres } from '../../db/postgres.ts'
import { root } from '../infra/synthesise.ts'
import { doorOfSite } from './cloud.ts'
import { httpEvent, queueEvent, scheduleEvent } from './events.ts'
import { startRig, type Rig } from './rig.ts'
import type { Lambda } from './runtime.ts'

const figures: string[] = []
const doors = ['ceremony', 'authority', 'ocsp', 'graphql', 'sweep', 'pages', 'dispatch'] as const
let rig: Rig
const open = (door: string, change: Readonly<Record<string, string>> = {}): Promise<Lambda> => rig.open(door, change)

beforeAll(async () => { rig = await startRig() })
afterEach(() => rig.rest())
afterAll(async () => {
  await rig?.close()
  process.stdout.write(`\n${figures.join('\n')}\n`)
})

const http = (lambda: Lambda, ...event: Parameters<typeof httpEvent>) => lambda.invoke(httpEvent(...event)) as Promise<APIGatewayProxyStructuredResultV2>
const warm = async (door: string, lambda: Lambda, again: () => Promise<unknown>, times = 20): Promise<void> => {
  const all: number[] = []
  for (let i = 0; i < times; i++) {
    const from = performance.now()
    await again()
    all.push(performance.now() - from)
  }
  const { size, startSize } = rig.bundles.get(door)!
  figures.push(`${door.padEnd(10)} bundle ${Math.round(size / 1024)} KB, ${Math.round(startSize / 1024)} KB of it at the start; first answer ${Math.round(lambda.cold!)} ms after the spawn; then ${all.toSorted((a, b) => a - b)[times >> 1]!.toFixed(1)} ms (median of ${times})`)
}
let authorities: CaCertificate[] = []

describe('bundles', () => {
  // A door is deployed from the day its file is there.
  const written = doors.filter((door) => existsSync(join(root, 'functions', `${door}.ts`)))
  test.each(written)('%s holds what its trust allows', (door) => {
    const { inputs } = rig.bundles.get(door)!
    const has = (part: string | RegExp) => inputs.filter((path) => (typeof part === 'string' ? path.includes(part) : part.test(path)))
    expect(has(door === 'pages' ? /^(local|tests|stacks|schema)\// : /^(local|tests|stacks|client|web)\//)).toEqual([])
    expect(has('pglite')).toEqual([])
    expect(has(/^db\/(seed|personas|embedded)/)).toEqual([])
    if (door !== 'graphql') expect(has('@simplewebauthn')).toEqual([])
    if (door !== 'graphql') expect(has(/^schema\/|node_modules\/(graphql|graphql-yoga|@pothos)\//)).toEqual([])
  })
  test('what a door needs only when it is asked is no part of its start', () => {
    const atStart = (door: (typeof written)[number]): string[] => [...rig.bundles.get(door)!.startShares.keys()]
    const late = /^@holiday-jp|^graphql-yoga$|^@simplewebauthn/
    expect(atStart('graphql')).toContain('graphql')
    // The counter opens with all three at hand, and none loaded.
    expect(rig.bundles.get('graphql')!.inputs.filter((path) => /node_modules\/(@holiday-jp|graphql-yoga|@simplewebauthn)\//.test(path)).length).toBeGreaterThan(3)
    for (const door of written) expect(atStart(door).filter((origin) => late.test(origin)), door).toEqual([])
  })
  test('no door has another door in it', () => {
    for (const door of written) expect(rig.bundles.get(door)!.inputs.filter((path) => /^functions\/[a-z]+\.ts$/.test(path)).toSorted()).toEqual([`functions/${door}.ts`, 'functions/environment.ts'].toSorted())
  })
})

describe('the first day of a stage', () => {
  test('before the ceremony the authority has nothing to sign with, and signs nothing', async () => {
    const lambda = await open('authority')
    await expect(lambda.invoke(scheduleEvent)).rejects.toThrow('hold the ceremony first')
    expect(rig.cloud.asked).toEqual([])
  })
  test('the ceremony makes both authorities, once', async () => {
    const lambda = await open('ceremony')
    const request = { authorities: ['signature', 'authentication'], by: 'somebody with a name' }
    const { transcript } = (await lambda.invoke(request)) as { transcript: string[] }
    expect(transcript.filter((line) => line.includes('somebody with a name'))).toHaveLength(2)
    await expect(lambda.invoke(request)).rejects.toThrow('has its certificate already')
    authorities = (await openStores(rig.owner.db, testSafe(rig.owner.db)).issuers.all()).map((issuer) => parseCaCertificate(issuer.certificate))
    expect(authorities).toHaveLength(2)
    figures.push(`ceremony   both certificates ${Math.round(lambda.cold!)} ms after the spawn`)
  })
  test('the authority by schedule: responders under keys it never sees', async () => {
    const lambda = await open('authority')
    expect(await lambda.invoke(scheduleEvent)).toEqual({ batchItemFailures: [] })
    expect(rig.cloud.asked.filter((line) => line.startsWith('AuthorityRole'))).toEqual(expect.arrayContaining(['AuthorityRole GenerateDataKeyPairWithoutPlaintext ocsp-wrapping allowed', 'AuthorityRole Sign signature-ca allowed', 'AuthorityRole Sign authentication-ca allowed']))
    await warm('authority', lambda, () => lambda.invoke(scheduleEvent))
  })
  test('the authority by the queue: only the message that fails comes back', async () => {
    const lambda = await open('authority')
    expect(await lambda.invoke(queueEvent({ wake: 'crl' }, 'no json', { wake: 'orders' }))).toEqual({ batchItemFailures: [{ itemIdentifier: '00000000-0000-0000-0000-000000000001' }] })
  })
  test('the responder answers over POST and GET, signed by its responder', async () => {
    const lambda = await open('ocsp')
    const [ca] = authorities
    const request = buildOcspRequest([certIdFor(ca!, '0A0B0C')])
    const posted = await http(lambda, 'POST', '/ocsp', request, { 'content-type': 'application/ocsp-request' })
    expect(posted).toMatchObject({ statusCode: 200, isBase64Encoded: true, headers: { 'content-type': 'application/ocsp-response' } })
    const got = await http(lambda, 'GET', `/ocsp/${Buffer.from(request).toString('base64url').replaceAll('-', '+').replaceAll('_', '/')}`)
    expect(got.headers?.['cache-control']).toMatch(/^max-age=(5\d\d|600), public/)
    for (const { body } of [posted, got]) {
      const reading = readOcspResponse(Uint8Array.from(Buffer.from(body!, 'base64')), ca!, Date.now())
      expect(reading.outcome).toBe('answered')
      // A serial that was never issued.
      expect(reading.outcome === 'answered' && reading.responses.map((r) => r.status)).not.toContain('good')
    }
    const nonce = Uint8Array.from({ length: 32 }, (_, i) => i)
    let count = 0
    await warm('ocsp', lambda, () => http(lambda, 'POST', '/ocsp', buildOcspRequest([certIdFor(ca!, '0A0B0C')], nonce.map((b) => b ^ count++)), { 'content-type': 'application/ocsp-request' }))
  })
  test('the counter answers, challenges, and refuses what is no query', async () => {
    const lambda = await open('graphql')
    const json = { 'content-type': 'application/json' }
    const answer = await http(lambda, 'POST', '/graphql', '{"query":"{ __typename }"}', json)
    expect(answer.statusCode).toBe(200)
    expect(JSON.parse(answer.body!)).toEqual({ data: { __typename: 'Query' } })
    expect((await http(lambda, 'POST', '/graphql', '{"query":"{ __typename }"}', { ...json, authorization: 'Bearer no.token.here' })).statusCode).toBe(401)
    expect((await http(lambda, 'POST', '/graphql', 'x', { 'content-type': 'text/plain' })).statusCode).toBe(415)
    const metadata = await http(lambda, 'GET', '/.well-known/oauth-protected-resource')
    expect(JSON.parse(metadata.body!)).toMatchObject({ resource: doorOfSite(rig.site, 'graphql').variables['AUDIENCE'], authorization_servers: [rig.cloud.other] })
    await warm('graphql', lambda, () => http(lambda, 'POST', '/graphql', '{"query":"{ __typename }"}', json))
  })
  test('pages bring their style sheet along', async () => {
    const lambda = await open('pages')
    const style = await http(lambda, 'GET', '/pages/style.css')
    expect([style.statusCode, style.headers?.['content-type']]).toEqual([200, 'text/css; charset=utf-8'])
    const first = await http(lambda, 'GET', '/pages/', null, { accept: 'text/html' })
    expect(first.statusCode).toBeLessThan(500)
    await warm('pages', lambda, () => http(lambda, 'GET', '/pages/style.css'))
  })
  test('the sweep rings the bell', async () => {
    const lambda = await open('sweep')
    const before = rig.cloud.messages.length
    await lambda.invoke(scheduleEvent)
    expect(rig.cloud.messages.slice(before)).toEqual(expect.arrayContaining([{ wake: 'orders' }, { wake: 'crl' }]))
    expect(JSON.parse(rig.cloud.objects.get('/status.json')!.body.toString())).toMatchObject({ status: 'down', doors: { graphql: 'down', ocsp: 'down' }, checkpoint: { size: expect.any(String) } })
    expect(JSON.parse(lambda.output.join('').split('\n').find((line) => line.includes('"event":"health"'))!)).toMatchObject({ Waiting: 0, trace: expect.stringMatching(/^[0-9a-f]{32}$/), _aws: { CloudWatchMetrics: expect.arrayContaining([expect.objectContaining({ Namespace: 'Mynagate/pr-7' })]) } })
    await warm('sweep', lambda, () => lambda.invoke(scheduleEvent))
  })
})

describe('what must not work', () => {
  const sdk = (role: string) => {
    process.env['AWS_ACCESS_KEY_ID'] = role
    return kmsClient({ region: 'ap-northeast-1', endpoint: rig.cloud.kms, credentials: { accessKeyId: role, secretAccessKey: 'none' } })
  }
  const caKey = () => String(rig.site.resources.find((r) => r.type === 'aws:kms/key:Key' && r.name === 'SignatureCa')!.outputs['arn'])
  const sign = async (role: string, algorithm: 'RSASSA_PKCS1_V1_5_SHA_256' | 'RSASSA_PSS_SHA_256', type: 'DIGEST' | 'RAW') => {
    const kms = sdk(role)
    try {
      return await kms.call((aws, { SignCommand }, options) => aws.send(new SignCommand({ KeyId: caKey(), Message: new Uint8Array(32), MessageType: type, SigningAlgorithm: algorithm }), options)).then(() => 'signed', (error: Error) => error.message)
    } finally {
      await kms.close()
    }
  }
  test('a CA key signs for the authority’s role, as its policy says, and for no other', async () => {
    expect(await sign('AuthorityRole', 'RSASSA_PKCS1_V1_5_SHA_256', 'DIGEST')).toBe('signed')
    expect(await sign('AuthorityRole', 'RSASSA_PSS_SHA_256', 'DIGEST')).toContain('AccessDenied')
    expect(await sign('AuthorityRole', 'RSASSA_PKCS1_V1_5_SHA_256', 'RAW')).toContain('AccessDenied')
    for (const role of ['GraphqlRole', 'OcspRole', 'SweepRole', 'AuthoritySchedule', 'CounterGuard']) expect(await sign(role, 'RSASSA_PKCS1_V1_5_SHA_256', 'DIGEST'), role).toContain('AccessDenied')
  })
  test('a door whose key is not the pinned one does not start', async () => {
    const { variables } = doorOfSite(rig.site, 'authority')
    const lambda = await open('authority', { KMS_KEYS: (await rig.cloud.pinned(variables['KMS_KEYS']!)).replace(/"spkiSha256":"[0-9a-f]{64}"/, `"spkiSha256":"${'0'.repeat(64)}"`) })
    await expect(lambda.invoke(scheduleEvent)).rejects.toThrow(/cannot start: [^\n]*public key/)
  })
  test('a door without its variables says all of them, and no value', async () => {
    const lambda = await open('authority', { DATABASE_URL: '', QUEUE_URL: 'queue-value-that-is-no-address', KMS_KEYS: '{}', SECRETS: '' })
    const said = await lambda.invoke(scheduleEvent).then(() => '', String)
    for (const name of ['DATABASE_URL', 'QUEUE_URL', 'signature-ca', 'card-orders', 'ocsp-wrapping']) expect(said).toContain(name)
    expect(said).not.toContain('queue-value')
  })
  test('the responder’s door has no way to a person, whatever it asks', async () => {
    const client = openPostgres(rig.databaseUrl('ocsp'), { connections: 1 })
    try {
      await expect(client.db.execute('select personal, der from certificates')).rejects.toMatchObject({ cause: { code: '42501' } })
    } finally {
      await client.close()
    }
  })
})

test('the runtime client is AWS’s own', () => {
  expect((createRequire(rig.client)('./package.json') as { name: string; version: string }).version).toBe('4.0.2')
})

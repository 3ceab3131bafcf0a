/** core/pki/kms against the stand-in: pins, ARNs, digests, sealing, and how failures are sorted. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPrivateKey, createPublicKey, randomBytes, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kmsClient, kmsLimits, kmsMac, kmsSealer, kmsSigner, PinMismatch, type KmsClient } from '../../core/pki/kms.ts'
import { sha256Hex, SignerAway, SignerFault, type Algorithm } from '../../core/pki/signer.ts'
import { startKms, type KmsCall, type RunningKms } from '../../local/cloud/kms.ts'

const credentials = { accessKeyId: 'AK', secretAccessKey: 'x' }
const random = { bytes: (n: number) => Uint8Array.from(randomBytes(n)) }
const region = 'ap-northeast-1'
const calls: KmsCall[] = []
let kms: RunningKms
let client: KmsClient
const arns = {} as Record<Algorithm | 'data' | 'mac', string>

beforeAll(async () => {
  kms = await startKms({ directory: 'memory', random, authorize: (call) => (calls.push(call), call.action !== 'kms:Sign' || call.context['kms:MessageType'] === 'DIGEST') })
  client = kmsClient({ region, endpoint: kms.endpoint, credentials })
  const signing = { usage: 'SIGN_VERIFY' } as const
  arns['rsa-pkcs1-sha256'] = await kms.ensureKey({ spec: 'RSA_2048', ...signing })
  arns['ecdsa-p384-sha384'] = await kms.ensureKey({ spec: 'ECC_NIST_P384', ...signing, alias: 'alias/ca' })
  arns['ecdsa-p256-sha256'] = await kms.ensureKey({ spec: 'ECC_NIST_P256', ...signing })
  arns.data = await kms.ensureKey({ spec: 'SYMMETRIC_DEFAULT' })
  arns.mac = await kms.ensureKey({ spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' })
})
afterAll(async () => {
  await client.close()
  await kms.close()
})

/** What an operator pins after the ceremony. */
async function pinOf(keyArn: string, algorithm: Algorithm): Promise<string> {
  const mismatch = await kmsSigner(client, { keyArn, algorithm, spkiSha256: '00' }).catch((error: unknown) => error)
  if (!(mismatch instanceof PinMismatch)) throw new Error('no mismatch')
  return mismatch.found
}

describe.each([['rsa-pkcs1-sha256', 'sha256'], ['ecdsa-p384-sha384', 'sha384'], ['ecdsa-p256-sha256', 'sha256']] as const)('%s', (algorithm, hash) => {
  test('signs 10,000 octets by their digest, with the pinned key', async () => {
    const keyArn = arns[algorithm]
    const signer = await kmsSigner(client, { keyArn, algorithm, spkiSha256: (await pinOf(keyArn, algorithm)).toLowerCase() })
    const tbs = randomBytes(10_000)
    calls.length = 0
    const signature = await signer.sign(tbs)
    expect(verify(hash, tbs, { key: createPublicKey({ key: Buffer.from(signer.spki), format: 'der', type: 'spki' }), dsaEncoding: 'der' }, signature)).toBe(true)
    expect(calls.map(({ action, key, context }) => [action, key?.arn, context['kms:MessageType'], context['kms:RequestAlias']])).toEqual([['kms:Sign', keyArn, 'DIGEST', undefined]])
    expect((await kmsSigner(client, { keyArn, algorithm, spki: signer.spki })).spki).toEqual(signer.spki)
  })
})

describe('refuses', () => {
  test('another key than the pinned one, naming both', async () => {
    const spki = (await kmsSigner(client, { keyArn: arns['ecdsa-p256-sha256'], algorithm: 'ecdsa-p256-sha256', spkiSha256: await pinOf(arns['ecdsa-p256-sha256'], 'ecdsa-p256-sha256') })).spki
    const found = await pinOf(arns['ecdsa-p384-sha384'], 'ecdsa-p384-sha384')
    await expect(kmsSigner(client, { keyArn: arns['ecdsa-p384-sha384'], algorithm: 'ecdsa-p384-sha384', spki })).rejects.toMatchObject({ name: 'SignerFault', pinned: sha256Hex(spki), found })
  })
  test.each(['alias/ca', `arn:aws:kms:${region}:000000000000:alias/ca`, '11111111-2222-3333-4444-555555555555'])('%s, which is not the ARN of a key', async (keyArn) => {
    await expect(kmsSigner(client, { keyArn, algorithm: 'ecdsa-p384-sha384', spkiSha256: '00' })).rejects.toThrow(/a key ARN is wanted/)
    expect(() => kmsSealer(client, { keyArn })).toThrow(SignerFault)
    expect(() => kmsMac(client, { keyArn })).toThrow(SignerFault)
  })
  test('an algorithm that is not the key’s', async () => {
    const keyArn = arns['ecdsa-p256-sha256']
    await expect(kmsSigner(client, { keyArn, algorithm: 'rsa-pkcs1-sha256', spkiSha256: await pinOf(keyArn, 'ecdsa-p256-sha256') })).rejects.toBeInstanceOf(SignerFault)
  })
})

describe('sealing', () => {
  test('a responder key pair whose private half is only ever sealed', async () => {
    const sealer = kmsSealer(client, { keyArn: arns.data })
    calls.length = 0
    const { spki, sealedKey } = await sealer.keyPair('ECC_NIST_P256', { issuer: 'AB' })
    expect(calls.map(({ action }) => action)).toEqual(['kms:GenerateDataKeyPairWithoutPlaintext'])
    const key = createPrivateKey({ key: Buffer.from(await sealer.open(sealedKey, { issuer: 'AB' })), format: 'der', type: 'pkcs8' })
    expect(createPublicKey(key).export({ type: 'spki', format: 'der' })).toEqual(Buffer.from(spki))
    await expect(sealer.open(sealedKey, { issuer: 'CD' })).rejects.toThrow(/InvalidCiphertextException/)
  })
  test('data keys, small secrets, MACs', async () => {
    const sealer = kmsSealer(client, { keyArn: arns.data })
    const { plaintext, sealed } = await sealer.dataKey({ a: 'b' })
    expect(await sealer.open(sealed, { a: 'b' })).toEqual(plaintext)
    expect(await sealer.open(await sealer.dataKeySealed({}), {})).toHaveLength(32)
    expect(await sealer.open(await sealer.seal(Uint8Array.of(1, 2), {}), {})).toEqual(Uint8Array.of(1, 2))
    const mac = kmsMac(client, { keyArn: arns.mac })
    expect([await mac(Uint8Array.of(1)), await mac(Uint8Array.of(2))].map((m) => m.length)).toEqual([32, 32])
    expect(await mac(Uint8Array.of(1))).toEqual(await mac(Uint8Array.of(1)))
  })
})

describe('failures', () => {
  const servers: Server[] = []
  afterAll(() => { for (const server of servers) { server.closeAllConnections(); server.close() } })
  /** A KMS that answers every request the same way; counts them. */
  async function badKms(answer: null | { status: number; type: string }): Promise<{ endpoint: string; seen: () => number }> {
    let seen = 0
    const server = createServer((_, response) => {
      seen++
      if (answer !== null) response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': answer.type }).end(JSON.stringify({ __type: answer.type, message: 'x' }))
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen: () => seen }
  }
  const ask = (endpoint: string, over: Partial<Parameters<typeof kmsClient>[0]> = {}) => kmsSealer(kmsClient({ region, endpoint, credentials, ...over }), { keyArn: arns.data }).dataKeySealed({})

  test.each([['ThrottlingException', 400], ['KMSInternalException', 500], ['DependencyTimeoutException', 503], ['KeyUnavailableException', 500], ['SomethingNew', 502]])('%s: away, after three attempts', async (type, status) => {
    const { endpoint, seen } = await badKms({ status, type })
    await expect(ask(endpoint)).rejects.toMatchObject({ name: 'SignerAway', retryAfter: 1_000, message: `KMS: ${type}` })
    expect(seen()).toBe(kmsLimits.attempts)
  })
  test.each(['AccessDeniedException', 'DisabledException', 'KMSInvalidStateException', 'NotFoundException', 'ValidationException'])('%s: final, after one attempt', async (type) => {
    const { endpoint, seen } = await badKms({ status: 400, type })
    await expect(ask(endpoint)).rejects.toMatchObject({ name: 'SignerFault', message: `KMS: ${type}` })
    expect(seen()).toBe(1)
  })
  test('nobody there: away', async () => {
    await expect(ask('http://127.0.0.1:9')).rejects.toBeInstanceOf(SignerAway)
  })
  test('silence: away, within the overall limit', async () => {
    const { endpoint, seen } = await badKms(null)
    const started = performance.now()
    await expect(ask(endpoint)).rejects.toBeInstanceOf(SignerAway)
    expect(performance.now() - started).toBeLessThan(kmsLimits.overall + 500)
    expect(seen()).toBeGreaterThan(1)
  })
  test('silence, with little time left: away before the time is up', async () => {
    const { endpoint } = await badKms(null)
    const started = performance.now()
    await expect(ask(endpoint, { remaining: () => 300 })).rejects.toBeInstanceOf(SignerAway)
    expect(performance.now() - started).toBeLessThan(700)
    await expect(ask(endpoint, { remaining: () => 0 })).rejects.toThrow(/no time left/)
  })
  test('the breaker opens: no more requests until it has rested', async () => {
    const { endpoint, seen } = await badKms({ status: 500, type: 'KMSInternalException' })
    const clock = { at: 0 }
    const sealer = kmsSealer(kmsClient({ region, endpoint, credentials, gate: { failures: 2, elapsed: () => clock.at } }), { keyArn: arns.data })
    for (let i = 0; i < 2; i++) await expect(sealer.dataKeySealed({})).rejects.toThrow(/KMSInternalException/)
    const before = seen()
    await expect(sealer.dataKeySealed({})).rejects.toThrow(/a moment ago/)
    expect(seen()).toBe(before)
    clock.at = kmsLimits.gate.rest
    await expect(sealer.dataKeySealed({})).rejects.toThrow(/KMSInternalException/)
    expect(seen()).toBe(before + kmsLimits.attempts)
  })
})

/**
 * What the doors say to AWS, said to software of others: keys and sealing through the SDK, the bell, the bucket of lists and
 * the bucket of checkpoints through our own signed requests; and a stage's first day with all of them. Signatures are
 * verified by OpenSSL, never by the emulator itself.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { municipalityCode, type IssuerKeyId } from '../../core/law/ids.ts'
import { instant } from '../../core/law/time.ts'
import { renewResponders } from '../../core/law/certificate/responder.ts'
import { parseCaCertificate } from '../../core/pki/certificate.ts'
import { kmsClient, kmsSealer, kmsSigner, PinMismatch, type KmsClient } from '../../core/pki/kms.ts'
import { algorithms, sha256Hex, type Algorithm } from '../../core/pki/signer.ts'
import { ceremonyDoor } from '../../functions/ceremony.ts'
import { realClock, realRandom } from '../../functions/environment.ts'
import { s3Checkpoints, s3Lists, signRequest, sqsBell, type AwsAccess } from '../../functions/environment/aws.ts'
import { defaultSettings } from '../../functions/environment/settings.ts'
import type { Issuer } from '../../core/law/certificate/issuer.ts'
import type { Responder } from '../../core/law/certificate/responder.ts'
import { patient } from '../../local/http/patience.ts'
import { synthesise } from '../infra/synthesise.ts'
import { startLocalStack, type LocalStack } from './start.ts'

const region = 'ap-northeast-1'
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
const folder = mkdtempSync(join(tmpdir(), 'mynagate-cloud-'))
let stack: LocalStack
let kms: KmsClient

beforeAll(async () => {
  stack = await startLocalStack()
  // On a busy machine it answers late, and that is not what is looked at here.
  kms = patient(kmsClient({ region, endpoint: stack.endpoint, credentials, gate: { failures: 1_000 } }))
})
afterAll(async () => {
  await kms?.close()
  await stack?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const access = (): AwsAccess => ({ region, credentials, now: Date.now, fetch: globalThis.fetch })
/** A signed request of our own making, for what the doors never do: making buckets and queues, looking inside. */
async function ask(service: string, method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<Response> {
  const url = new URL(path, stack.endpoint)
  const { host: _, ...signed } = signRequest({ method, url, headers, body: Buffer.from(body) }, service, region, credentials, Date.now())
  return fetch(url, { method, headers: signed, ...(method === 'GET' || method === 'HEAD' ? {} : { body }) })
}
const sqs = async (action: string, input: object): Promise<Record<string, unknown>> => (await (await ask('sqs', 'POST', '/', { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` }, JSON.stringify(input))).json()) as Record<string, unknown>

async function makeKey(spec: 'RSA_2048' | 'RSA_4096' | 'ECC_NIST_P256' | 'ECC_NIST_P384' | 'SYMMETRIC_DEFAULT') {
  // No door makes a key, so none of the doors' limits of time apply.
  const made = await ask('kms', 'POST', '/', { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.CreateKey' }, JSON.stringify({ KeySpec: spec, KeyUsage: spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY' }))
  const { KeyMetadata } = (await made.json()) as { KeyMetadata: { Arn: string } }
  const arn = KeyMetadata.Arn
  if (spec === 'SYMMETRIC_DEFAULT') return { arn, spki: new Uint8Array() }
  const { PublicKey } = await kms.call((aws, { GetPublicKeyCommand }, options) => aws.send(new GetPublicKeyCommand({ KeyId: arn }), options))
  return { arn, spki: Uint8Array.from(PublicKey!) }
}

describe('keys', () => {
  test.each<['RSA_2048' | 'ECC_NIST_P256' | 'ECC_NIST_P384', Algorithm]>([['RSA_2048', 'rsa-pkcs1-sha256'], ['ECC_NIST_P256', 'ecdsa-p256-sha256'], ['ECC_NIST_P384', 'ecdsa-p384-sha384']])('%s signs a digest that openssl verifies', async (spec, algorithm) => {
    const { arn, spki } = await makeKey(spec)
    const signer = await kmsSigner(kms, { keyArn: arn, spkiSha256: sha256Hex(spki), algorithm })
    // Larger than what KMS would hash itself.
    const tbs = Uint8Array.from(randomBytes(10_000))
    const files = { key: join(folder, `${spec}.pem`), data: join(folder, `${spec}.bin`), signature: join(folder, `${spec}.sig`) }
    writeFileSync(files.key, createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }).export({ type: 'spki', format: 'pem' }))
    writeFileSync(files.data, tbs)
    writeFileSync(files.signature, await signer.sign(tbs))
    const verify = () => execFileSync('openssl', ['dgst', `-${algorithms[algorithm].hash}`, '-verify', files.key, '-signature', files.signature, files.data], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    expect(verify()).toContain('Verified OK')
    writeFileSync(files.data, tbs.map((b, i) => (i === 0 ? b ^ 1 : b)))
    expect(verify).toThrow()
  })
  test('another key behind the ARN is refused', async () => {
    const [one, other] = [await makeKey('RSA_2048'), await makeKey('RSA_2048')]
    await expect(kmsSigner(kms, { keyArn: one.arn, spkiSha256: sha256Hex(other.spki), algorithm: 'rsa-pkcs1-sha256' })).rejects.toThrow(PinMismatch)
  })
  test('what is sealed for one purpose opens for no other; a key pair comes without its private half in clear', async () => {
    const { arn } = await makeKey('SYMMETRIC_DEFAULT')
    const sealer = kmsSealer(kms, { keyArn: arn })
    const sealed = await sealer.seal(Buffer.from('住所'), { purpose: 'a' })
    expect(Buffer.from(await sealer.open(sealed, { purpose: 'a' })).toString()).toBe('住所')
    await expect(sealer.open(sealed, { purpose: 'b' })).rejects.toThrow()
    const pair = await sealer.keyPair('RSA_2048', { purpose: 'ocsp-responder' })
    const opened = createPrivateKey({ key: Buffer.from(await sealer.open(pair.sealedKey, { purpose: 'ocsp-responder' })), format: 'der', type: 'pkcs8' })
    expect(Buffer.from(createPublicKey(opened).export({ type: 'spki', format: 'der' })).equals(Buffer.from(pair.spki))).toBe(true)
  })
})

describe('the bell', () => {
  test('is heard, each ring once', async () => {
    const { QueueUrl } = (await sqs('CreateQueue', { QueueName: 'bell' })) as { QueueUrl: string }
    const url = new URL(new URL(QueueUrl).pathname, stack.endpoint).href
    const bell = sqsBell(access(), url, (fault) => { throw fault })
    await bell.ring({ wake: 'crl' })
    await bell.ring({ wake: 'issue', application: 'xap_1' })
    const heard: unknown[] = []
    for (let i = 0; i < 10 && heard.length < 2; i++) {
      const { Messages } = (await sqs('ReceiveMessage', { QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 30 })) as { Messages?: { Body: string }[] }
      heard.push(...(Messages ?? []).map((m) => JSON.parse(m.Body) as unknown))
    }
    expect(heard).toHaveLength(2)
    expect(heard).toEqual(expect.arrayContaining([{ wake: 'crl' }, { wake: 'issue', application: 'xap_1' }]))
  })
})

describe('the buckets', () => {
  beforeAll(async () => {
    for (const bucket of ['lists', 'checkpoints']) {
      const made = await ask('s3', 'PUT', `/${bucket}`, { 'content-type': 'application/xml', ...(bucket === 'checkpoints' ? { 'x-amz-bucket-object-lock-enabled': 'true' } : {}) }, `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`)
      expect(made.status, await made.text()).toBe(200)
    }
  })
  const list = (number: bigint, ...octets: number[]) => ({ issuer: 'A'.repeat(40) as IssuerKeyId, shard: municipalityCode('131016'), number, der: Uint8Array.of(0x30, ...octets), thisUpdate: instant(Date.now()), nextUpdate: instant(Date.now() + 1) })
  const kept = async (path: string) => Buffer.from(await (await ask('s3', 'GET', path)).arrayBuffer())

  test('a newer list replaces an older one; an older one replaces nothing', async () => {
    const lists = s3Lists(access(), `${stack.endpoint}/lists/`)
    const path = `/lists/crl/${'A'.repeat(40)}/131016.crl`
    expect(await lists.put(list(5n, 5))).toBe(true)
    expect(await lists.put(list(4n, 4))).toBe(false)
    expect([...(await kept(path))]).toEqual([0x30, 5])
    expect(await lists.put(list(12n, 12))).toBe(true)
    expect([...(await kept(path))]).toEqual([0x30, 12])
    const head = await ask('s3', 'HEAD', path)
    expect([head.headers.get('content-type'), head.headers.get('x-amz-meta-crl-number'), head.headers.get('cache-control')]).toEqual(['application/pkix-crl', '12', 'max-age=600, public, no-transform, must-revalidate'])
  })
  test('of many that publish at once the largest number stays', async () => {
    const numbers = Array.from({ length: 12 }, (_, i) => BigInt(100 + ((i * 7) % 12)))
    await Promise.allSettled(numbers.map((n) => s3Lists(access(), `${stack.endpoint}/lists/`).put({ ...list(n, Number(n)), shard: municipalityCode('271004') })))
    // Some gave up on the crowd; they are due again, as here.
    for (const n of numbers) await s3Lists(access(), `${stack.endpoint}/lists/`).put({ ...list(n, Number(n)), shard: municipalityCode('271004') })
    expect([...(await kept(`/lists/crl/${'A'.repeat(40)}/271004.crl`))]).toEqual([0x30, 111])
  })
  test('a checkpoint is written once; the same again is fine, another is not', async () => {
    const store = s3Checkpoints(access(), `${stack.endpoint}/checkpoints/`)
    await store.put(7n, 'log\n7\nroot\n')
    await store.put(7n, 'log\n7\nroot\n')
    await expect(store.put(7n, 'log\n7\nanother\n')).rejects.toThrow('a different checkpoint')
    expect((await kept('/checkpoints/checkpoints/000000000000000007.txt')).toString()).toBe('log\n7\nroot\n')
  })
})

describe('a first day', () => {
  test('ceremony and responders, with every key in it', async () => {
    const issuers: Issuer[] = []
    const stored: Responder[] = []
    const made = { signature: await makeKey('RSA_2048'), authentication: await makeKey('RSA_2048') }
    const signer = async (key: { arn: string; spki: Uint8Array }) => ({ arn: key.arn, signer: await kmsSigner(kms, { keyArn: key.arn, spkiSha256: sha256Hex(key.spki), algorithm: 'rsa-pkcs1-sha256' }) })
    const keys = { signature: await signer(made.signature), authentication: await signer(made.authentication) }
    await ceremonyDoor({ world: { clock: realClock, random: realRandom, settings: defaultSettings, issuers: { all: async () => issuers, add: async (_, issuer) => void issuers.push(issuer) } }, keys, log: () => undefined })({ authorities: ['signature', 'authentication'], by: 'a named human' })
    for (const { certificate } of issuers) {
      const file = join(folder, 'ca.der')
      writeFileSync(file, certificate)
      execFileSync('openssl', ['x509', '-inform', 'DER', '-in', file, '-out', `${file}.pem`])
      expect(execFileSync('openssl', ['verify', '-check_ss_sig', '-CAfile', `${file}.pem`, `${file}.pem`], { encoding: 'utf8' })).toContain(': OK')
    }
    const authorities = issuers.map((issuer) => ({ ca: issuer.ca, keyId: issuer.keyId, certificate: parseCaCertificate(issuer.certificate), signer: keys[issuer.ca].signer }))
    const sealer = kmsSealer(kms, { keyArn: (await makeKey('SYMMETRIC_DEFAULT')).arn })
    await renewResponders({
      clock: realClock, random: realRandom, settings: defaultSettings, authorities: { all: authorities, current: (ca) => authorities.find((a) => a.ca === ca)! },
      responders: { current: async () => null, add: async (_, responder) => void stored.push(responder) }, responderKeys: { make: () => sealer.keyPair('RSA_2048', { purpose: 'ocsp-responder' }) },
    })
    expect(stored).toHaveLength(2)
  })
})

describe('the schedule', () => {
  test('of the authority is taken as the stack makes it, and read back', async () => {
    const input = synthesise('pr-7').resources.find((r) => r.type === 'aws:scheduler/schedule:Schedule' && r.name === 'AuthoritySchedule')!.inputs
    const asked = { ScheduleExpression: input['scheduleExpression'], FlexibleTimeWindow: { Mode: input['flexibleTimeWindow'].mode }, Target: { Arn: input['target'].arn, RoleArn: input['target'].roleArn, Input: input['target'].input, DeadLetterConfig: { Arn: input['target'].deadLetterConfig.arn }, RetryPolicy: { MaximumEventAgeInSeconds: input['target'].retryPolicy.maximumEventAgeInSeconds, MaximumRetryAttempts: input['target'].retryPolicy.maximumRetryAttempts } } }
    const made = await ask('scheduler', 'POST', `/schedules/${String(input['name'])}`, { 'content-type': 'application/json' }, JSON.stringify(asked))
    expect(made.status, await made.text()).toBe(200)
    expect(await (await ask('scheduler', 'GET', `/schedules/${String(input['name'])}`)).json()).toMatchObject(asked)
  })
})

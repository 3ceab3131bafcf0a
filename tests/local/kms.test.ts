/**
 * The stand-in KMS through the SDK and through bare HTTP: AWS's answers, AWS's errors. Signatures are checked by
 * node:crypto and openssl, never by the stand-in's own Verify alone.
 */
import * as sdk from '@aws-sdk/client-kms'
import { createHash, createPrivateKey, createPublicKey, constants, randomBytes, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startKms, type KmsCall, type RunningKms } from '../../local/cloud/kms.ts'
import { inFolder, have, run } from '../pki/tools.ts'

const random = { bytes: (n: number) => Uint8Array.from(randomBytes(n)) }
let kms: RunningKms
let client: sdk.KMSClient
let clock = Date.UTC(2026, 3, 1)
let allow: (call: KmsCall) => boolean = () => true

beforeAll(async () => {
  kms = await startKms({ directory: 'memory', random, now: () => clock, authorize: (call) => allow(call) })
  client = new sdk.KMSClient({ region: 'ap-northeast-1', endpoint: kms.endpoint, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'x' }, maxAttempts: 1 })
})
afterAll(async () => {
  client.destroy()
  await kms.close()
})

const failure = async (sent: Promise<unknown>): Promise<string> => sent.then(() => 'no error', (error: Error) => error.name)
const newKey = async (input: sdk.CreateKeyCommandInput): Promise<string> => (await client.send(new sdk.CreateKeyCommand(input))).KeyMetadata!.Arn!
const signing = { KeyUsage: 'SIGN_VERIFY' } as const
const made = new Map<string, Promise<string>>()
/** One key per spec: RSA keys take time. */
const keyOf = (spec: sdk.KeySpec): Promise<string> => made.get(spec) ?? made.set(spec, newKey({ KeySpec: spec, ...signing })).get(spec)!
const message = Buffer.from('a message')
const digestOf = (hash: string): Buffer => createHash(hash).update(message).digest()

const pairs = [
  ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 'sha256'], ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_384', 'sha384'], ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_512', 'sha512'],
  ['RSA_2048', 'RSASSA_PSS_SHA_256', 'sha256'], ['RSA_2048', 'RSASSA_PSS_SHA_384', 'sha384'], ['RSA_2048', 'RSASSA_PSS_SHA_512', 'sha512'],
  ['RSA_3072', 'RSASSA_PKCS1_V1_5_SHA_256', 'sha256'], ['ECC_NIST_P256', 'ECDSA_SHA_256', 'sha256'], ['ECC_NIST_P384', 'ECDSA_SHA_384', 'sha384'], ['ECC_NIST_P521', 'ECDSA_SHA_512', 'sha512'],
] as const

describe.each(pairs)('%s with %s', (spec, algorithm, hash) => {
  const isPss = algorithm.includes('PSS')
  test.each(['RAW', 'DIGEST'] as const)('signs %s so that others verify it', async (type) => {
    const KeyId = await keyOf(spec)
    const { PublicKey } = await client.send(new sdk.GetPublicKeyCommand({ KeyId }))
    const { Signature } = await client.send(new sdk.SignCommand({ KeyId, SigningAlgorithm: algorithm, MessageType: type, Message: type === 'RAW' ? message : digestOf(hash) }))
    const key = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' })
    expect(verify(hash, message, isPss ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : { key, dsaEncoding: 'der' }, Signature!)).toBe(true)
    expect(await failure(client.send(new sdk.VerifyCommand({ KeyId, SigningAlgorithm: algorithm, MessageType: 'DIGEST', Message: digestOf(hash), Signature })))).toBe('no error')
    const wrong = Signature!.map((b, i) => (i === Signature!.length - 1 ? b ^ 1 : b))
    for (const bad of [wrong, new Uint8Array(1), Signature!.subarray(1)]) {
      expect(await failure(client.send(new sdk.VerifyCommand({ KeyId, SigningAlgorithm: algorithm, MessageType: 'RAW', Message: message, Signature: bad })))).toBe('KMSInvalidSignatureException')
    }
    expect(await failure(client.send(new sdk.VerifyCommand({ KeyId, SigningAlgorithm: algorithm, Message: Buffer.from('another'), Signature })))).toBe('KMSInvalidSignatureException')
  })

  test('refuses a digest of any other length', async () => {
    for (const length of [0, 20, digestOf(hash).length - 1, digestOf(hash).length + 1, 64 + 16].filter((n) => n !== 0)) {
      expect(await failure(client.send(new sdk.SignCommand({ KeyId: await keyOf(spec), SigningAlgorithm: algorithm, MessageType: 'DIGEST', Message: new Uint8Array(length) })))).toBe('ValidationException')
    }
  })

  test.skipIf(!have('openssl'))('is verified by openssl', async () => {
    const KeyId = await keyOf(spec)
    const { PublicKey } = await client.send(new sdk.GetPublicKeyCommand({ KeyId }))
    const { Signature } = await client.send(new sdk.SignCommand({ KeyId, SigningAlgorithm: algorithm, MessageType: 'DIGEST', Message: digestOf(hash) }))
    await inFolder((_, put) => {
      const args = ['dgst', `-${hash}`, '-keyform', 'DER', '-verify', put('key.der', PublicKey!), '-signature', put('signature', Signature!), ...(isPss ? ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'] : []), put('message', message)]
      expect(run('openssl', args).output).toBe('Verified OK\n')
    })
  })
})

describe('Sign', () => {
  const send = async (over: Partial<sdk.SignCommandInput>): Promise<string> =>
    failure(client.send(new sdk.SignCommand({ KeyId: await keyOf('ECC_NIST_P256'), SigningAlgorithm: 'ECDSA_SHA_256', MessageType: 'RAW', Message: message, ...over })))

  test('takes 4,096 octets raw and not one more', async () => {
    expect(await send({ Message: new Uint8Array(4_096) })).toBe('no error')
    expect(await send({ Message: new Uint8Array(4_097) })).toBe('ValidationException')
  })
  test('names what is wrong', async () => {
    expect(await send({ SigningAlgorithm: 'ECDSA_SHA_384' })).toBe('InvalidKeyUsageException')
    expect(await send({ SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' })).toBe('InvalidKeyUsageException')
    expect(await send({ SigningAlgorithm: 'ECDSA_SHA_1' as 'ECDSA_SHA_256' })).toBe('ValidationException')
    expect(await send({ MessageType: 'HEX' as 'RAW' })).toBe('ValidationException')
    expect(await send({ KeyId: 'alias/nobody' })).toBe('NotFoundException')
    expect(await send({ DryRun: true })).toBe('DryRunOperationException')
    expect(await send({ KeyId: await newKey({}) })).toBe('InvalidKeyUsageException')
  })
  test('a dry run still says what is wrong first', async () => expect(await send({ DryRun: true, MessageType: 'DIGEST' })).toBe('ValidationException'))
})

describe('CreateKey', () => {
  test.each<[string, sdk.CreateKeyCommandInput]>([
    ['UnsupportedOperationException', { KeySpec: 'SM2', ...signing }], ['ValidationException', { KeySpec: 'RSA_2048' }], ['ValidationException', { KeySpec: 'ECC_NIST_P256', KeyUsage: 'ENCRYPT_DECRYPT' }],
    ['ValidationException', { KeySpec: 'HMAC_256' }], ['MalformedPolicyDocumentException', { Policy: 'no JSON' }], ['MalformedPolicyDocumentException', { Policy: '{}' }],
  ])('%s', async (name, input) => expect(await failure(client.send(new sdk.CreateKeyCommand(input)))).toBe(name))

  test('describes itself', async () => {
    const arn = await newKey({ Description: '鍵', MultiRegion: true, KeySpec: 'ECC_NIST_P384', ...signing })
    const { KeyMetadata } = await client.send(new sdk.DescribeKeyCommand({ KeyId: arn }))
    expect(KeyMetadata).toMatchObject({ Arn: arn, Description: '鍵', KeySpec: 'ECC_NIST_P384', KeyState: 'Enabled', Enabled: true, SigningAlgorithms: ['ECDSA_SHA_384'], CreationDate: new Date(clock) })
    expect(KeyMetadata!.KeyId).toMatch(/^mrk-[0-9a-f]{32}$/)
  })

  test('an RSA_4096 key has 4,096 bits', async () => {
    const { PublicKey } = await client.send(new sdk.GetPublicKeyCommand({ KeyId: await newKey({ KeySpec: 'RSA_4096', ...signing }) }))
    expect(createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' }).asymmetricKeyDetails).toMatchObject({ modulusLength: 4096, publicExponent: 65537n })
  })

  test('with a given id, once: the second time it is the same key', async () => {
    const wanted = { id: '11111111-2222-3333-4444-555555555555', spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY', alias: 'alias/seeded' } as const
    const arn = await kms.ensureKey(wanted)
    expect(arn).toBe('arn:aws:kms:ap-northeast-1:000000000000:key/11111111-2222-3333-4444-555555555555')
    const before = await client.send(new sdk.GetPublicKeyCommand({ KeyId: 'alias/seeded' }))
    expect(await kms.ensureKey(wanted)).toBe(arn)
    expect((await client.send(new sdk.GetPublicKeyCommand({ KeyId: arn }))).PublicKey).toEqual(before.PublicKey)
  })
})

describe('states', () => {
  test('disabled, enabled, to be deleted, taken back, gone', async () => {
    const KeyId = await newKey({ KeySpec: 'ECC_NIST_P256', ...signing })
    const use = () => failure(client.send(new sdk.SignCommand({ KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: message })))
    const look = () => failure(client.send(new sdk.GetPublicKeyCommand({ KeyId })))
    await client.send(new sdk.DisableKeyCommand({ KeyId }))
    expect([await use(), await look()]).toEqual(['DisabledException', 'DisabledException'])
    await client.send(new sdk.EnableKeyCommand({ KeyId }))
    expect(await use()).toBe('no error')
    for (const days of [6, 31]) expect(await failure(client.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: days })))).toBe('ValidationException')
    const scheduled = await client.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    expect(scheduled.DeletionDate).toEqual(new Date(clock + 7 * 86_400_000))
    expect([await use(), await failure(client.send(new sdk.EnableKeyCommand({ KeyId }))), await failure(client.send(new sdk.ScheduleKeyDeletionCommand({ KeyId })))]).toEqual(Array(3).fill('KMSInvalidStateException'))
    await client.send(new sdk.CancelKeyDeletionCommand({ KeyId }))
    expect(await use()).toBe('DisabledException')
    expect(await failure(client.send(new sdk.CancelKeyDeletionCommand({ KeyId })))).toBe('KMSInvalidStateException')
    expect((await client.send(new sdk.ScheduleKeyDeletionCommand({ KeyId }))).PendingWindowInDays).toBe(30)
    const at = clock
    clock += 30 * 86_400_000
    expect(await use()).toBe('NotFoundException')
    clock = at
    expect(await use()).toBe('NotFoundException')
  })
})

describe('aliases', () => {
  test('create, list, move, delete', async () => {
    const [one, two] = [await newKey({ KeySpec: 'ECC_NIST_P256', ...signing }), await newKey({ KeySpec: 'ECC_NIST_P256', ...signing })]
    await client.send(new sdk.CreateAliasCommand({ AliasName: 'alias/app/stage/Ca', TargetKeyId: one }))
    expect(await failure(client.send(new sdk.CreateAliasCommand({ AliasName: 'alias/app/stage/Ca', TargetKeyId: two })))).toBe('AlreadyExistsException')
    const arnOf = async (KeyId: string) => (await client.send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata!.Arn
    expect([await arnOf('alias/app/stage/Ca'), await arnOf('arn:aws:kms:ap-northeast-1:000000000000:alias/app/stage/Ca'), await arnOf(one.split('/')[1]!)]).toEqual([one, one, one])
    await client.send(new sdk.UpdateAliasCommand({ AliasName: 'alias/app/stage/Ca', TargetKeyId: two }))
    expect((await client.send(new sdk.ListAliasesCommand({ KeyId: two }))).Aliases).toEqual([{ AliasName: 'alias/app/stage/Ca', AliasArn: 'arn:aws:kms:ap-northeast-1:000000000000:alias/app/stage/Ca', TargetKeyId: two.split('/')[1] }])
    await client.send(new sdk.DeleteAliasCommand({ AliasName: 'alias/app/stage/Ca' }))
    expect(await failure(client.send(new sdk.DescribeKeyCommand({ KeyId: 'alias/app/stage/Ca' })))).toBe('NotFoundException')
    for (const name of ['ca', 'alias/', 'alias/aws/x', 'alias/a b']) expect(await failure(client.send(new sdk.CreateAliasCommand({ AliasName: name, TargetKeyId: one })))).toBe('InvalidAliasNameException')
    expect(await failure(client.send(new sdk.UpdateAliasCommand({ AliasName: 'alias/none', TargetKeyId: one })))).toBe('NotFoundException')
    expect(await failure(client.send(new sdk.DeleteAliasCommand({ AliasName: 'alias/none' })))).toBe('NotFoundException')
  })
})

describe('symmetric keys', () => {
  const EncryptionContext = { purpose: 'responder', issuer: 'AB' }
  test('what is sealed opens with the same context, in any order, and with no other', async () => {
    const KeyId = await newKey({})
    const { CiphertextBlob } = await client.send(new sdk.EncryptCommand({ KeyId, Plaintext: message, EncryptionContext }))
    expect(Buffer.from(CiphertextBlob!).includes(message)).toBe(false)
    for (const id of [KeyId, undefined]) {
      const { Plaintext } = await client.send(new sdk.DecryptCommand({ ...(id === undefined ? {} : { KeyId: id }), CiphertextBlob, EncryptionContext: { issuer: 'AB', purpose: 'responder' } }))
      expect(Buffer.from(Plaintext!)).toEqual(message)
    }
    for (const context of [{}, { purpose: 'responder' }, { ...EncryptionContext, more: 'x' }, { purpose: 'Responder', issuer: 'AB' }]) {
      expect(await failure(client.send(new sdk.DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext: context })))).toBe('InvalidCiphertextException')
    }
    for (const at of [0, 5, 50, CiphertextBlob!.length - 1]) {
      expect(await failure(client.send(new sdk.DecryptCommand({ CiphertextBlob: CiphertextBlob!.map((b, i) => (i === at ? b ^ 1 : b)), EncryptionContext })))).toBe('InvalidCiphertextException')
    }
    expect(await failure(client.send(new sdk.DecryptCommand({ KeyId: await newKey({}), CiphertextBlob, EncryptionContext })))).toBe('IncorrectKeyException')
    expect(await failure(client.send(new sdk.EncryptCommand({ KeyId, Plaintext: new Uint8Array(4_097) })))).toBe('ValidationException')
    await client.send(new sdk.DisableKeyCommand({ KeyId }))
    expect(await failure(client.send(new sdk.DecryptCommand({ CiphertextBlob, EncryptionContext })))).toBe('DisabledException')
  })

  test('data keys and key pairs: in clear, sealed, and the two agree', async () => {
    const KeyId = await newKey({})
    const opened = async (CiphertextBlob: Uint8Array | undefined) => Buffer.from((await client.send(new sdk.DecryptCommand({ CiphertextBlob, EncryptionContext }))).Plaintext!)
    const key = await client.send(new sdk.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }))
    expect(await opened(key.CiphertextBlob)).toEqual(Buffer.from(key.Plaintext!))
    expect(key.Plaintext).toHaveLength(32)
    expect(await opened((await client.send(new sdk.GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 64, EncryptionContext }))).CiphertextBlob)).toHaveLength(64)
    for (const KeyPairSpec of ['ECC_NIST_P256', 'ECC_NIST_P384', 'RSA_2048'] as const) {
      const pair = await client.send(new sdk.GenerateDataKeyPairCommand({ KeyId, KeyPairSpec, EncryptionContext }))
      const pkcs8 = await opened(pair.PrivateKeyCiphertextBlob)
      expect(pkcs8).toEqual(Buffer.from(pair.PrivateKeyPlaintext!))
      expect(createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })).export({ type: 'spki', format: 'der' })).toEqual(Buffer.from(pair.PublicKey!))
      const sealed = await client.send(new sdk.GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec, EncryptionContext }))
      expect('PrivateKeyPlaintext' in sealed).toBe(false)
    }
    for (const input of [{ KeyId }, { KeyId, KeySpec: 'AES_256' as const, NumberOfBytes: 32 }, { KeyId, NumberOfBytes: 1_025 }]) expect(await failure(client.send(new sdk.GenerateDataKeyCommand(input)))).toBe('ValidationException')
    expect(await failure(client.send(new sdk.GetPublicKeyCommand({ KeyId })))).toBe('UnsupportedOperationException')
    expect(await failure(client.send(new sdk.EncryptCommand({ KeyId: await keyOf('ECC_NIST_P256'), Plaintext: message })))).toBe('InvalidKeyUsageException')
  })

  test('MACs: made, verified, refused', async () => {
    const KeyId = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
    const make = async (Message: Uint8Array) => (await client.send(new sdk.GenerateMacCommand({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' }))).Mac!
    const Mac = await make(message)
    expect([Mac.length, Buffer.compare(Mac, await make(message)), Buffer.compare(Mac, await make(Buffer.from('else'))) === 0]).toEqual([32, 0, false])
    expect(await failure(client.send(new sdk.VerifyMacCommand({ KeyId, Message: message, MacAlgorithm: 'HMAC_SHA_256', Mac })))).toBe('no error')
    for (const bad of [Mac.subarray(1), Mac.map((b, i) => (i === 0 ? b ^ 1 : b))]) expect(await failure(client.send(new sdk.VerifyMacCommand({ KeyId, Message: message, MacAlgorithm: 'HMAC_SHA_256', Mac: bad })))).toBe('KMSInvalidMacException')
    expect(await failure(client.send(new sdk.GenerateMacCommand({ KeyId, Message: message, MacAlgorithm: 'HMAC_SHA_512' })))).toBe('InvalidKeyUsageException')
  })
})

describe('policies and permission', () => {
  test('a policy is kept as it was put', async () => {
    const KeyId = await newKey({})
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'kms:*', Resource: '*' }] })
    await client.send(new sdk.PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy }))
    expect((await client.send(new sdk.GetKeyPolicyCommand({ KeyId }))).Policy).toBe(Policy)
    expect(await failure(client.send(new sdk.PutKeyPolicyCommand({ KeyId, Policy: '[1]' })))).toBe('MalformedPolicyDocumentException')
  })

  test('authorize sees who, what, which key and how; its no is AccessDenied', async () => {
    const KeyId = await keyOf('ECC_NIST_P256')
    await client.send(new sdk.CreateAliasCommand({ AliasName: 'alias/pinned', TargetKeyId: KeyId }))
    const seen: KmsCall[] = []
    allow = (call) => (seen.push(call), call.context['kms:MessageType'] === 'DIGEST')
    try {
      const SigningAlgorithm = 'ECDSA_SHA_256'
      expect(await failure(client.send(new sdk.SignCommand({ KeyId, SigningAlgorithm, Message: message })))).toBe('AccessDeniedException')
      expect(await failure(client.send(new sdk.SignCommand({ KeyId: 'alias/pinned', SigningAlgorithm, MessageType: 'DIGEST', Message: digestOf('sha256') })))).toBe('no error')
      expect(await failure(client.send(new sdk.CreateKeyCommand({})))).toBe('AccessDeniedException')
      expect(seen.map(({ accessKeyId, action, key, context }) => [accessKeyId, action, key?.arn, context])).toEqual([
        ['AKIATEST', 'kms:Sign', KeyId, { 'kms:SigningAlgorithm': SigningAlgorithm, 'kms:MessageType': 'RAW' }],
        ['AKIATEST', 'kms:Sign', KeyId, { 'kms:SigningAlgorithm': SigningAlgorithm, 'kms:MessageType': 'DIGEST', 'kms:RequestAlias': 'alias/pinned' }],
        ['AKIATEST', 'kms:CreateKey', undefined, {}],
      ])
    } finally {
      allow = () => true
    }
  })
})

describe('the protocol', () => {
  const post = async (target: string, body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(kms.endpoint, { method: 'POST', body, headers: { 'x-amz-target': `TrentService.${target}`, 'content-type': 'application/x-amz-json-1.1', authorization: 'AWS4-HMAC-SHA256 Credential=AK/20260401/ap-northeast-1/kms/aws4_request, Signature=0', ...headers } })
    const text = await response.text()
    return { status: response.status, type: response.headers.get('x-amzn-errortype'), id: response.headers.get('x-amzn-requestid'), text }
  }
  test.each<[string, string, string, Record<string, string>?]>([
    ['UnknownOperationException', 'Nonsense', '{}'], ['UnknownOperationException', 'toString', '{}'], ['UnknownOperationException', 'ReplicateKey', '{}'],
    ['MissingAuthenticationTokenException', 'ListKeys', '{}', { authorization: 'Bearer x' }], ['SerializationException', 'ListKeys', '{'], ['SerializationException', 'ListKeys', '[]'], ['SerializationException', 'ListKeys', ''],
    ['SerializationException', 'ListKeys', '{}', { 'content-type': 'text/plain' }], ['SerializationException', 'DescribeKey', '{"KeyId":7}'], ['ValidationException', 'DescribeKey', '{}'], ['ValidationException', 'ListKeys', `{"x":"${'a'.repeat(70_000)}"}`],
    ['SerializationException', 'Decrypt', '{"CiphertextBlob":"%%"}'], ['InvalidCiphertextException', 'Decrypt', '{"CiphertextBlob":"AAAA"}'],
  ])('%s for %s', async (name, target, body, headers) => {
    const answer = await post(target, body, headers)
    expect(answer).toMatchObject({ status: 400, type: name })
    expect(JSON.parse(answer.text).__type).toBe(name)
    expect(answer.id).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('an operation without output answers 200 and nothing', async () => {
    const KeyId = await newKey({})
    expect(await post('EnableKey', JSON.stringify({ KeyId }))).toMatchObject({ status: 200, text: '', type: null })
  })

  test('listens on loopback only', () => expect(kms.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/))
})

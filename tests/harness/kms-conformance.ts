/**
 * What KMS answers, as data: one call each, with the outcome that AWS's documentation gives for it (the API reference page
 * named in `page`, and "Key states of AWS KMS keys"). The same table is run against the stand-in, which must agree
 * everywhere, and against LocalStack, whose deviations are named in a table of their own and must still be there: one
 * that is gone is a line to remove.
 *
 * An outcome is `ok`, or the name of the error. Signatures are verified by node:crypto, never by the KMS itself.
 */
import * as sdk from '@aws-sdk/client-kms'
import { constants, createHash, createPrivateKey, createPublicKey, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'

export interface Deviation { readonly instead: string; readonly why: string }
/** By `page: name` of the case. */
export type Deviations = Readonly<Record<string, Deviation>>
interface Case { readonly name: string; readonly page: string; readonly expected: string; readonly run: (kms: Kms) => Promise<string> }

const titleOf = ({ page, name }: Case): string => `${page}: ${name}`

/** A KMS under test, with keys made once. */
export interface Kms {
  readonly client: sdk.KMSClient
  key(kind: Kind): Promise<string>
  /** One that may be spoiled. */
  fresh(kind: Kind): Promise<string>
}
type Kind = 'RSA_2048' | 'ECC_NIST_P256' | 'ECC_NIST_P384' | 'SYMMETRIC_DEFAULT' | 'HMAC_256'
const usage: Readonly<Record<Kind, sdk.KeyUsageType>> = { RSA_2048: 'SIGN_VERIFY', ECC_NIST_P256: 'SIGN_VERIFY', ECC_NIST_P384: 'SIGN_VERIFY', SYMMETRIC_DEFAULT: 'ENCRYPT_DECRYPT', HMAC_256: 'GENERATE_VERIFY_MAC' }

export function kmsAt(endpoint: string): Kms {
  const client = new sdk.KMSClient({ region: 'ap-northeast-1', endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 })
  const fresh = async (kind: Kind): Promise<string> => (await client.send(new sdk.CreateKeyCommand({ KeySpec: kind, KeyUsage: usage[kind] }))).KeyMetadata!.Arn!
  const made = new Map<Kind, Promise<string>>()
  return { client, fresh, key: (kind) => made.get(kind) ?? made.set(kind, fresh(kind)).get(kind)! }
}

/** Runs the table. */
export function kmsConformance(who: string, kms: () => Kms, deviations: Deviations): void {
  describe(`${who} answers as AWS documents`, () => {
    test.each(cases)('$page: $name', async (of) => {
      const { expected, run } = of
      const deviation = deviations[titleOf(of)]
      if (deviation !== undefined) expect(deviation.instead, 'no deviation').not.toBe(expected)
      expect(await run(kms()), deviation === undefined ? 'as documented' : `deviates: ${deviation.why}`).toBe(deviation?.instead ?? expected)
    })
    test('every deviation is of a case', () => {
      expect(Object.keys(deviations).filter((title) => !cases.some((c) => titleOf(c) === title))).toEqual([])
    })
    test('names of cases are told apart', () => expect(new Set(cases.map(titleOf)).size).toBe(cases.length))
  })
}

// ---------------------------------------------------------------- asking

const outcome = (sent: Promise<unknown>): Promise<string> => sent.then(() => 'ok', (error: Error) => error.name)
const message = Buffer.from('what is signed')
const digest = (hash: string): Buffer => createHash(hash).update(message).digest()
const day = 86_400_000

type Signing = Omit<sdk.SignCommandInput, 'KeyId' | 'Message'> & { readonly Message?: Uint8Array }
const sign = (kind: Kind, input: Signing) => async (kms: Kms): Promise<string> => outcome(kms.client.send(new sdk.SignCommand({ KeyId: await kms.key(kind), Message: message, ...input })))

/** Signed, and others verify it. */
const verifies = (kind: Kind, algorithm: sdk.SigningAlgorithmSpec, hash: string, type: sdk.MessageType) => async ({ client, key }: Kms): Promise<string> => {
  const KeyId = await key(kind)
  const { PublicKey } = await client.send(new sdk.GetPublicKeyCommand({ KeyId }))
  const { Signature } = await client.send(new sdk.SignCommand({ KeyId, SigningAlgorithm: algorithm, MessageType: type, Message: type === 'RAW' ? message : digest(hash) }))
  const spki = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' })
  const how = algorithm.includes('PSS') ? { key: spki, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : { key: spki, dsaEncoding: 'der' as const }
  return verify(hash, message, how, Signature!) ? 'ok' : 'does not verify'
}

const verifying = (change: (signature: Uint8Array) => Uint8Array) => async ({ client, key }: Kms): Promise<string> => {
  const asked = { KeyId: await key('ECC_NIST_P256'), SigningAlgorithm: 'ECDSA_SHA_256', MessageType: 'DIGEST', Message: digest('sha256') } as const
  const { Signature } = await client.send(new sdk.SignCommand(asked))
  return outcome(client.send(new sdk.VerifyCommand({ ...asked, Signature: change(Signature!) })))
}

type State = 'enabled' | 'disabled' | 'pending deletion'
/** One call on a key in a state. */
const inState = (state: State, kind: Kind, call: (KeyId: string) => { resolve(client: sdk.KMSClient): Promise<unknown> }) => async ({ client, fresh }: Kms): Promise<string> => {
  const KeyId = await fresh(kind)
  if (state === 'disabled') await client.send(new sdk.DisableKeyCommand({ KeyId }))
  if (state === 'pending deletion') await client.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
  return outcome(call(KeyId).resolve(client))
}
const through = (run: (client: sdk.KMSClient) => Promise<unknown>) => ({ resolve: run })
const signed = (KeyId: string) => through((c) => c.send(new sdk.SignCommand({ KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: message })))
const encrypted = (KeyId: string) => through((c) => c.send(new sdk.EncryptCommand({ KeyId, Plaintext: message })))
const lookedAt = (KeyId: string) => through((c) => c.send(new sdk.GetPublicKeyCommand({ KeyId })))
const described = (KeyId: string) => through((c) => c.send(new sdk.DescribeKeyCommand({ KeyId })))
const enabled = (KeyId: string) => through((c) => c.send(new sdk.EnableKeyCommand({ KeyId })))
const disabled = (KeyId: string) => through((c) => c.send(new sdk.DisableKeyCommand({ KeyId })))
const takenBack = (KeyId: string) => through((c) => c.send(new sdk.CancelKeyDeletionCommand({ KeyId })))
const doomed = (days: number | undefined) => (KeyId: string) => through((c) => c.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, ...(days === undefined ? {} : { PendingWindowInDays: days }) })))

const create = (input: sdk.CreateKeyCommandInput) => ({ client }: Kms): Promise<string> => outcome(client.send(new sdk.CreateKeyCommand(input)))

const context = { purpose: 'responder', issuer: 'AB' }
const opening = (input: (sealed: Uint8Array, other: string) => Partial<sdk.DecryptCommandInput>) => async ({ client, key, fresh }: Kms): Promise<string> => {
  const KeyId = await key('SYMMETRIC_DEFAULT')
  const { CiphertextBlob } = await client.send(new sdk.EncryptCommand({ KeyId, Plaintext: message, EncryptionContext: context }))
  const answer = client.send(new sdk.DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext: context, ...input(CiphertextBlob!, await fresh('SYMMETRIC_DEFAULT')) }))
  return answer.then(({ Plaintext }) => (Buffer.from(Plaintext!).equals(message) ? 'ok' : 'another text'), (error: Error) => error.name)
}
const onSymmetric = (call: (KeyId: string) => (client: sdk.KMSClient) => Promise<unknown>) => async ({ client, key }: Kms): Promise<string> => outcome(call(await key('SYMMETRIC_DEFAULT'))(client))
const dataKey = (input: Partial<sdk.GenerateDataKeyCommandInput>) => onSymmetric((KeyId) => (c) => c.send(new sdk.GenerateDataKeyCommand({ KeyId, ...input })))

const policyOf = (...Statement: readonly object[]): string => JSON.stringify({ Version: '2012-10-17', Statement })
const everybody = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'kms:*', Resource: '*' }
/** A key whose policy says something of signing; the lock-out check is passed by. */
const underPolicy = (statements: readonly object[], call: (KeyId: string) => { resolve(client: sdk.KMSClient): Promise<unknown> }, bypass = true) => async ({ client, fresh }: Kms): Promise<string> => {
  const KeyId = await fresh('ECC_NIST_P256')
  const put = await outcome(client.send(new sdk.PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: policyOf(...statements), BypassPolicyLockoutSafetyCheck: bypass })))
  return put === 'ok' ? outcome(call(KeyId).resolve(client)) : `PutKeyPolicy: ${put}`
}
const underDigest = (type: sdk.MessageType) => (KeyId: string) => through((c) => c.send(new sdk.SignCommand({ KeyId, SigningAlgorithm: 'ECDSA_SHA_256', MessageType: type, Message: digest('sha256') })))
let alias = 0
const newAlias = (): string => `alias/conformance/${process.pid}-${++alias}`

// ---------------------------------------------------------------- the table

const pairs = [
  ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 'sha256'], ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_512', 'sha512'], ['RSA_2048', 'RSASSA_PSS_SHA_256', 'sha256'], ['ECC_NIST_P256', 'ECDSA_SHA_256', 'sha256'], ['ECC_NIST_P384', 'ECDSA_SHA_384', 'sha384'],
] as const

const entry = (page: string, name: string, expected: string, run: Case['run']): Case => ({ page, name, expected, run })
const p256 = 'ECDSA_SHA_256' as const

export const cases: readonly Case[] = [
  ...pairs.flatMap(([kind, algorithm, hash]) => (['RAW', 'DIGEST'] as const).map((type) => entry('Sign', `${algorithm} over ${type} is verified by others`, 'ok', verifies(kind, algorithm, hash, type)))),
  entry('Sign', 'a RAW message of 4,096 octets', 'ok', sign('ECC_NIST_P256', { SigningAlgorithm: p256, Message: new Uint8Array(4_096) })),
  entry('Sign', 'a RAW message of 4,097 octets', 'ValidationException', sign('ECC_NIST_P256', { SigningAlgorithm: p256, Message: new Uint8Array(4_097) })),
  ...[1, 31, 33, 48, 64].map((n) => entry('Sign', `a SHA-256 digest of ${n} octets`, 'ValidationException', sign('ECC_NIST_P256', { SigningAlgorithm: p256, MessageType: 'DIGEST', Message: new Uint8Array(n) }))),
  entry('Sign', 'an algorithm of another curve', 'InvalidKeyUsageException', sign('ECC_NIST_P256', { SigningAlgorithm: 'ECDSA_SHA_384' })),
  entry('Sign', 'RSA asked of an elliptic curve', 'InvalidKeyUsageException', sign('ECC_NIST_P256', { SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' })),
  entry('Sign', 'ECDSA asked of RSA', 'InvalidKeyUsageException', sign('RSA_2048', { SigningAlgorithm: p256 })),
  entry('Sign', 'an algorithm that is none', 'ValidationException', sign('ECC_NIST_P256', { SigningAlgorithm: 'ECDSA_SHA_1' as typeof p256 })),
  entry('Sign', 'a message type that is none', 'ValidationException', sign('ECC_NIST_P256', { SigningAlgorithm: p256, MessageType: 'HEX' as 'RAW' })),
  entry('Sign', 'a key that encrypts', 'InvalidKeyUsageException', sign('SYMMETRIC_DEFAULT', { SigningAlgorithm: p256 })),
  entry('Sign', 'a dry run', 'DryRunOperationException', sign('ECC_NIST_P256', { SigningAlgorithm: p256, DryRun: true })),
  entry('Sign', 'a key that is not there', 'NotFoundException', ({ client }) => outcome(client.send(new sdk.SignCommand({ KeyId: '11111111-2222-3333-4444-555555555555', SigningAlgorithm: p256, Message: message })))),
  entry('Verify', 'its own signature', 'ok', verifying((s) => s)),
  entry('Verify', 'a signature changed at its end', 'KMSInvalidSignatureException', verifying((s) => s.map((b, i) => (i === s.length - 1 ? b ^ 1 : b)))),
  entry('Verify', 'a signature that is none', 'KMSInvalidSignatureException', verifying(() => new Uint8Array(70))),

  entry('GetPublicKey', 'of a symmetric key', 'UnsupportedOperationException', onSymmetric((KeyId) => (c) => c.send(new sdk.GetPublicKeyCommand({ KeyId })))),
  entry('GetPublicKey', 'by alias', 'ok', async ({ client, key }) => {
    const AliasName = newAlias()
    await client.send(new sdk.CreateAliasCommand({ AliasName, TargetKeyId: await key('ECC_NIST_P256') }))
    return outcome(client.send(new sdk.GetPublicKeyCommand({ KeyId: AliasName })))
  }),

  entry('CreateKey', 'RSA without a usage', 'ValidationException', create({ KeySpec: 'RSA_2048' })),
  entry('CreateKey', 'HMAC without a usage', 'ValidationException', create({ KeySpec: 'HMAC_256' })),
  entry('CreateKey', 'a symmetric key that signs', 'ValidationException', create({ KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'SIGN_VERIFY' })),
  entry('CreateKey', 'a curve that encrypts', 'ValidationException', create({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'ENCRYPT_DECRYPT' })),
  entry('CreateKey', 'a policy that is not JSON', 'MalformedPolicyDocumentException', create({ Policy: 'no JSON' })),
  entry('CreateKey', 'a policy that locks its author out', 'MalformedPolicyDocumentException', create({ Policy: policyOf() })),
  entry('CreateKey', 'the same, the check passed by', 'ok', create({ Policy: policyOf({ ...everybody, Action: 'kms:DescribeKey' }), BypassPolicyLockoutSafetyCheck: true })),

  ...(['enabled', 'disabled', 'pending deletion'] as const).flatMap((state) => [
    entry('Key states', `Sign, ${state}`, { enabled: 'ok', disabled: 'DisabledException', 'pending deletion': 'KMSInvalidStateException' }[state], inState(state, 'ECC_NIST_P256', signed)),
    entry('Key states', `GetPublicKey, ${state}`, { enabled: 'ok', disabled: 'DisabledException', 'pending deletion': 'KMSInvalidStateException' }[state], inState(state, 'ECC_NIST_P256', lookedAt)),
    entry('Key states', `Encrypt, ${state}`, { enabled: 'ok', disabled: 'DisabledException', 'pending deletion': 'KMSInvalidStateException' }[state], inState(state, 'SYMMETRIC_DEFAULT', encrypted)),
    entry('Key states', `DescribeKey, ${state}`, 'ok', inState(state, 'SYMMETRIC_DEFAULT', described)),
    entry('Key states', `EnableKey, ${state}`, state === 'pending deletion' ? 'KMSInvalidStateException' : 'ok', inState(state, 'SYMMETRIC_DEFAULT', enabled)),
    entry('Key states', `DisableKey, ${state}`, state === 'pending deletion' ? 'KMSInvalidStateException' : 'ok', inState(state, 'SYMMETRIC_DEFAULT', disabled)),
    entry('Key states', `ScheduleKeyDeletion, ${state}`, state === 'pending deletion' ? 'KMSInvalidStateException' : 'ok', inState(state, 'SYMMETRIC_DEFAULT', doomed(7))),
    entry('Key states', `CancelKeyDeletion, ${state}`, state === 'pending deletion' ? 'ok' : 'KMSInvalidStateException', inState(state, 'SYMMETRIC_DEFAULT', takenBack)),
  ]),
  ...[6, 31].map((days) => entry('ScheduleKeyDeletion', `after ${days} days`, 'ValidationException', inState('enabled', 'SYMMETRIC_DEFAULT', doomed(days)))),
  entry('ScheduleKeyDeletion', 'after thirty days where none are said', '30', async ({ client, fresh }) => {
    const { DeletionDate } = await client.send(new sdk.ScheduleKeyDeletionCommand({ KeyId: await fresh('SYMMETRIC_DEFAULT') }))
    return String(Math.round((DeletionDate!.getTime() - Date.now()) / day))
  }),
  entry('CancelKeyDeletion', 'leaves the key disabled', 'Disabled', async ({ client, fresh }) => {
    const KeyId = await fresh('SYMMETRIC_DEFAULT')
    await client.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    await client.send(new sdk.CancelKeyDeletionCommand({ KeyId }))
    return (await client.send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata!.KeyState!
  }),

  entry('CreateAlias', 'a name that is taken', 'AlreadyExistsException', async ({ client, key }) => {
    const asked = { AliasName: newAlias(), TargetKeyId: await key('ECC_NIST_P256') }
    await client.send(new sdk.CreateAliasCommand(asked))
    return outcome(client.send(new sdk.CreateAliasCommand(asked)))
  }),
  entry('UpdateAlias', 'of no alias', 'NotFoundException', async ({ client, key }) => outcome(client.send(new sdk.UpdateAliasCommand({ AliasName: newAlias(), TargetKeyId: await key('ECC_NIST_P256') })))),
  entry('DeleteAlias', 'of no alias', 'NotFoundException', ({ client }) => outcome(client.send(new sdk.DeleteAliasCommand({ AliasName: newAlias() })))),

  entry('Encrypt', 'a text of 4,097 octets', 'ValidationException', onSymmetric((KeyId) => (c) => c.send(new sdk.EncryptCommand({ KeyId, Plaintext: new Uint8Array(4_097) })))),
  entry('Encrypt', 'under a key that signs', 'InvalidKeyUsageException', async ({ client, key }) => outcome(client.send(new sdk.EncryptCommand({ KeyId: await key('ECC_NIST_P256'), Plaintext: message })))),
  entry('Encrypt', 'a dry run', 'DryRunOperationException', onSymmetric((KeyId) => (c) => c.send(new sdk.EncryptCommand({ KeyId, Plaintext: message, DryRun: true })))),
  entry('Decrypt', 'with its context', 'ok', opening(() => ({}))),
  entry('Decrypt', 'without naming the key', 'ok', opening(() => ({ KeyId: undefined }))),
  entry('Decrypt', 'without its context', 'InvalidCiphertextException', opening(() => ({ EncryptionContext: {} }))),
  entry('Decrypt', 'with part of its context', 'InvalidCiphertextException', opening(() => ({ EncryptionContext: { purpose: 'responder' } }))),
  entry('Decrypt', 'with a context of another case', 'InvalidCiphertextException', opening(() => ({ EncryptionContext: { ...context, purpose: 'Responder' } }))),
  entry('Decrypt', 'a text that was changed', 'InvalidCiphertextException', opening((sealed) => ({ CiphertextBlob: sealed.map((b, i) => (i === sealed.length - 1 ? b ^ 1 : b)) }))),
  entry('Decrypt', 'naming another key', 'IncorrectKeyException', opening((_, other) => ({ KeyId: other }))),
  entry('GenerateDataKey', 'neither a spec nor a length', 'ValidationException', dataKey({})),
  entry('GenerateDataKey', 'both a spec and a length', 'ValidationException', dataKey({ KeySpec: 'AES_256', NumberOfBytes: 32 })),
  entry('GenerateDataKey', '1,025 octets', 'ValidationException', dataKey({ NumberOfBytes: 1_025 })),
  entry('GenerateDataKey', 'a dry run', 'DryRunOperationException', dataKey({ KeySpec: 'AES_256', DryRun: true })),
  entry('GenerateDataKeyPairWithoutPlaintext', 'an RSA pair whose private half opens to the public one', 'ok', async ({ client, key }) => {
    const KeyId = await key('SYMMETRIC_DEFAULT')
    const pair = await client.send(new sdk.GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'RSA_2048', EncryptionContext: context }))
    if ('PrivateKeyPlaintext' in pair && pair.PrivateKeyPlaintext !== undefined) return 'the private half in clear'
    const { Plaintext } = await client.send(new sdk.DecryptCommand({ CiphertextBlob: pair.PrivateKeyCiphertextBlob, EncryptionContext: context }))
    const opened = createPublicKey(createPrivateKey({ key: Buffer.from(Plaintext!), format: 'der', type: 'pkcs8' })).export({ type: 'spki', format: 'der' })
    return opened.equals(Buffer.from(pair.PublicKey!)) ? 'ok' : 'another pair'
  }),
  entry('GenerateMac', 'verified by the same key', 'ok', async ({ client, key }) => {
    const asked = { KeyId: await key('HMAC_256'), Message: message, MacAlgorithm: 'HMAC_SHA_256' } as const
    const { Mac } = await client.send(new sdk.GenerateMacCommand(asked))
    return outcome(client.send(new sdk.VerifyMacCommand({ ...asked, Mac })))
  }),
  entry('VerifyMac', 'one that was changed', 'KMSInvalidMacException', async ({ client, key }) => {
    const asked = { KeyId: await key('HMAC_256'), Message: message, MacAlgorithm: 'HMAC_SHA_256' } as const
    const { Mac } = await client.send(new sdk.GenerateMacCommand(asked))
    return outcome(client.send(new sdk.VerifyMacCommand({ ...asked, Mac: Mac!.map((b, i) => (i === 0 ? b ^ 1 : b)) })))
  }),
  entry('GenerateMac', 'an algorithm of another key', 'InvalidKeyUsageException', async ({ client, key }) => outcome(client.send(new sdk.GenerateMacCommand({ KeyId: await key('HMAC_256'), Message: message, MacAlgorithm: 'HMAC_SHA_512' })))),

  entry('PutKeyPolicy', 'one that is not JSON', 'MalformedPolicyDocumentException', async ({ client, fresh }) => outcome(client.send(new sdk.PutKeyPolicyCommand({ KeyId: await fresh('SYMMETRIC_DEFAULT'), PolicyName: 'default', Policy: '{' })))),
  entry('PutKeyPolicy', 'one that locks its author out', 'PutKeyPolicy: MalformedPolicyDocumentException', underPolicy([{ ...everybody, Action: 'kms:DescribeKey' }], described, false)),
  entry('Key policies', 'what is allowed', 'ok', underPolicy([everybody], signed)),
  entry('Key policies', 'what nobody allows', 'AccessDeniedException', underPolicy([{ ...everybody, Action: ['kms:DescribeKey', 'kms:PutKeyPolicy'] }], signed)),
  entry('Key policies', 'what is denied to everybody', 'AccessDeniedException', underPolicy([everybody, { Effect: 'Deny', Principal: '*', Action: 'kms:Sign', Resource: '*' }], signed)),
  entry('Key policies', 'another account', 'AccessDeniedException', underPolicy([{ ...everybody, Principal: { AWS: 'arn:aws:iam::999999999999:root' } }], signed)),
  ...(['DIGEST', 'RAW'] as const).map((type) => entry('Key policies', `kms:MessageType DIGEST alone, ${type}`, type === 'DIGEST' ? 'ok' : 'AccessDeniedException', underPolicy([{ ...everybody, Condition: { StringEquals: { 'kms:SigningAlgorithm': p256, 'kms:MessageType': 'DIGEST' } } }], underDigest(type)))),
]

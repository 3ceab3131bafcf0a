/**
 * The operations, each as KMS orders its checks: key state, usage, algorithm, message, dry run, then the act. An
 * operation without output answers null.
 */
import { createHash, createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'
import { keyIdOf, newPair, openWith, privateKeyOf, sealWith, signDigest, spkiOf, verifyDigest } from './crypto.ts'
import { KmsError } from './errors.ts'
import { bytes, encryptionContext, flag, optionalNumber, optionalText, text, type Input } from './input.ts'
import { cancelDeletion, createKey, findKey, listAliases, metadata, requireEnabled, requirePolicy, requireUsage, scheduleDeletion, setAlias, switchKey, type Place } from './keys.ts'
import { digestLength, factsOf, keySpec, signingAlgorithm, signingAlgorithms, type SigningScheme } from './specs.ts'
import type { StoredKey } from './store.ts'

type OnKey = (place: Place, key: StoredKey, input: Input) => object | null | Promise<object | null>
type Free = (place: Place, input: Input) => object | null | Promise<object | null>

/** Operations that act on one key: found, and the caller authorised for it, before they run. */
export const onKey: Readonly<Record<string, OnKey>> = {
  DescribeKey: (place, key) => ({ KeyMetadata: metadata(place, key) }),
  GetPublicKey: getPublicKey,
  Sign: sign,
  Verify: verify,
  Encrypt: encrypt,
  Decrypt: decrypt,
  GenerateDataKey: (place, key, input) => dataKey(place, key, input, true),
  GenerateDataKeyWithoutPlaintext: (place, key, input) => dataKey(place, key, input, false),
  GenerateDataKeyPair: (place, key, input) => dataKeyPair(place, key, input, true),
  GenerateDataKeyPairWithoutPlaintext: (place, key, input) => dataKeyPair(place, key, input, false),
  GenerateMac: (_, key, input) => ({ KeyId: key.arn, MacAlgorithm: 'HMAC_SHA_256', Mac: mac(key, input).toString('base64') }),
  VerifyMac: verifyMac,
  EnableKey: (place, key) => (switchKey(place, key, 'Enabled'), null),
  DisableKey: (place, key) => (switchKey(place, key, 'Disabled'), null),
  ScheduleKeyDeletion: scheduleDeletion,
  CancelKeyDeletion: cancelDeletion,
  PutKeyPolicy: putPolicy,
  GetKeyPolicy: (_, key) => ({ Policy: key.policy, PolicyName: 'default' }),
  ListKeyPolicies: () => ({ PolicyNames: ['default'], Truncated: false }),
}

export const withoutKey: Readonly<Record<string, Free>> = {
  CreateKey: async (place, input) => ({ KeyMetadata: metadata(place, await createKey(place, input)) }),
  CreateAlias: (place, input) => (setAlias(place, input, 'create'), null),
  UpdateAlias: (place, input) => (setAlias(place, input, 'update'), null),
  DeleteAlias: (place, input) => (setAlias(place, input, 'delete'), null),
  ListAliases: listAliases,
  ListKeys: (place) => ({ Keys: place.store.keys().map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })), Truncated: false }),
}

/** The key an input names: by KeyId, or for Decrypt by the ciphertext. */
export function keyNamed(place: Place, operation: string, input: Input): StoredKey {
  if (operation !== 'Decrypt' || optionalText(input, 'KeyId') !== undefined) return findKey(place, text(input, 'KeyId'))
  const id = keyIdOf(bytes(input, 'CiphertextBlob', 6_144))
  if (id === null || place.store.key(id) === undefined) throw new KmsError('InvalidCiphertextException', 'the ciphertext is not of this account')
  return findKey(place, id)
}

// ---------------------------------------------------------------- asymmetric

const imported = new WeakMap<StoredKey, KeyObject>()
function privateKey(key: StoredKey): KeyObject {
  const known = imported.get(key) ?? privateKeyOf(Buffer.from(key.material, 'base64'))
  imported.set(key, known)
  return known
}

function getPublicKey(_: Place, key: StoredKey): object {
  requireEnabled(key)
  const facts = factsOf(key.spec)
  if (facts.kind !== 'rsa' && facts.kind !== 'ec') throw new KmsError('UnsupportedOperationException', `${key.arn} is symmetric`)
  return { KeyId: key.arn, PublicKey: spkiOf(privateKey(key)).toString('base64'), KeySpec: key.spec, CustomerMasterKeySpec: key.spec, KeyUsage: key.usage, SigningAlgorithms: facts.signing }
}

/** The digest that is signed: the message itself or its hash, after the checks on both. */
function digestOf(key: StoredKey, input: Input): { scheme: SigningScheme; digest: Uint8Array; algorithm: string } {
  requireEnabled(key)
  requireUsage(key, 'SIGN_VERIFY')
  const algorithm = signingAlgorithm(text(input, 'SigningAlgorithm'))
  if (!(factsOf(key.spec).signing as readonly string[]).includes(algorithm)) throw new KmsError('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`)
  const scheme = signingAlgorithms[algorithm]
  const message = bytes(input, 'Message', 4_096)
  const type = optionalText(input, 'MessageType') ?? 'RAW'
  if (type === 'RAW') return { scheme, algorithm, digest: createHash(scheme.hash).update(message).digest() }
  if (type !== 'DIGEST') throw new KmsError('ValidationException', `MessageType ${type} is not one of RAW, DIGEST`)
  if (message.length !== digestLength[scheme.hash]) throw new KmsError('ValidationException', `Digest is invalid length for algorithm ${algorithm}.`)
  return { scheme, algorithm, digest: message }
}

function sign(place: Place, key: StoredKey, input: Input): object {
  const { scheme, digest, algorithm } = digestOf(key, input)
  refuseDryRun(input)
  const signature = signDigest(privateKey(key), scheme, digest, place.random.bytes(digest.length))
  return { KeyId: key.arn, SigningAlgorithm: algorithm, Signature: Buffer.from(signature).toString('base64') }
}

function verify(_: Place, key: StoredKey, input: Input): object {
  const { scheme, digest, algorithm } = digestOf(key, input)
  const signature = bytes(input, 'Signature', 6_144)
  refuseDryRun(input)
  if (!verifyDigest(privateKey(key), scheme, digest, signature)) throw new KmsError('KMSInvalidSignatureException', 'the signature does not verify')
  return { KeyId: key.arn, SigningAlgorithm: algorithm, SignatureValid: true }
}

function refuseDryRun(input: Input): void {
  if (flag(input, 'DryRun')) throw new KmsError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
}

// ---------------------------------------------------------------- symmetric

function symmetric(key: StoredKey): Buffer {
  requireEnabled(key)
  requireUsage(key, 'ENCRYPT_DECRYPT')
  return Buffer.from(key.material, 'base64')
}
const seal = (place: Place, key: StoredKey, input: Input, plaintext: Uint8Array): string =>
  sealWith(symmetric(key), key.id, encryptionContext(input), plaintext, place.random.bytes(12)).toString('base64')

function encrypt(place: Place, key: StoredKey, input: Input): object {
  symmetric(key)
  const plaintext = bytes(input, 'Plaintext', 4_096)
  refuseDryRun(input)
  return { KeyId: key.arn, CiphertextBlob: seal(place, key, input, plaintext), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
}

function decrypt(_: Place, key: StoredKey, input: Input): object {
  const secret = symmetric(key)
  const sealed = bytes(input, 'CiphertextBlob', 6_144)
  const id = keyIdOf(sealed)
  if (id === null) throw new KmsError('InvalidCiphertextException', 'the ciphertext is malformed')
  if (id !== key.id) throw new KmsError('IncorrectKeyException', 'The key ID in the request does not identify a CMK that can perform this operation.')
  const plaintext = openWith(secret, encryptionContext(input), sealed)
  refuseDryRun(input)
  return { KeyId: key.arn, Plaintext: plaintext.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
}

function dataKey(place: Place, key: StoredKey, input: Input, clear: boolean): object {
  symmetric(key)
  const spec = optionalText(input, 'KeySpec')
  const count = optionalNumber(input, 'NumberOfBytes')
  if ((spec === undefined) === (count === undefined)) throw new KmsError('ValidationException', 'Please specify either number of bytes or key spec.')
  if (spec !== undefined && spec !== 'AES_256' && spec !== 'AES_128') throw new KmsError('ValidationException', `KeySpec ${spec} is not one of AES_256, AES_128`)
  const length = count ?? (spec === 'AES_128' ? 16 : 32)
  if (length < 1 || length > 1_024) throw new KmsError('ValidationException', `NumberOfBytes is 1 to 1024, not ${length}`)
  refuseDryRun(input)
  const plaintext = place.random.bytes(length)
  return { KeyId: key.arn, CiphertextBlob: seal(place, key, input, plaintext), ...(clear ? { Plaintext: Buffer.from(plaintext).toString('base64') } : {}) }
}

async function dataKeyPair(place: Place, key: StoredKey, input: Input, clear: boolean): Promise<object> {
  symmetric(key)
  const spec = keySpec(text(input, 'KeyPairSpec'))
  refuseDryRun(input)
  const pkcs8 = await newPair(factsOf(spec))
  return {
    KeyId: key.arn, KeyPairSpec: spec, PublicKey: spkiOf(privateKeyOf(pkcs8)).toString('base64'), PrivateKeyCiphertextBlob: seal(place, key, input, pkcs8),
    ...(clear ? { PrivateKeyPlaintext: pkcs8.toString('base64') } : {}),
  }
}

function mac(key: StoredKey, input: Input): Buffer {
  requireEnabled(key)
  requireUsage(key, 'GENERATE_VERIFY_MAC')
  const algorithm = text(input, 'MacAlgorithm')
  if (algorithm !== 'HMAC_SHA_256') throw new KmsError('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`)
  const message = bytes(input, 'Message', 4_096)
  refuseDryRun(input)
  return createHmac('sha256', Buffer.from(key.material, 'base64')).update(message).digest()
}

function verifyMac(_: Place, key: StoredKey, input: Input): object {
  const wanted = mac(key, input)
  const given = bytes(input, 'Mac', 6_144)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new KmsError('KMSInvalidMacException', 'the MAC does not verify')
  return { KeyId: key.arn, MacAlgorithm: 'HMAC_SHA_256', MacValid: true }
}

function putPolicy(place: Place, key: StoredKey, input: Input): null {
  const policy = text(input, 'Policy')
  requirePolicy(place, policy, flag(input, 'BypassPolicyLockoutSafetyCheck'))
  if ((optionalText(input, 'PolicyName') ?? 'default') !== 'default') throw new KmsError('ValidationException', 'PolicyName is default')
  place.store.put({ ...key, policy })
  return null
}

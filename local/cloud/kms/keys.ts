/** Finding and making keys: ids, ARNs, aliases, states. */
import { KmsError } from './errors.ts'
import { flag, optionalNumber, optionalText, text, type Input } from './input.ts'
import { newPair } from './crypto.ts'
import { policyAllows } from './policy.ts'
import { factsOf, keySpec, type KeySpec, type KeyUsage } from './specs.ts'
import type { KeyStore, StoredKey } from './store.ts'

export interface Place {
  readonly store: KeyStore
  readonly account: string
  readonly region: string
  readonly random: { bytes(n: number): Uint8Array }
  /** Epoch milliseconds. */
  readonly now: () => number
}

const keyPrefix = (place: Place): string => `arn:aws:kms:${place.region}:${place.account}:key/`
const aliasPrefix = (place: Place): string => `arn:aws:kms:${place.region}:${place.account}:`

/** By key id, key ARN, alias name or alias ARN. A key whose day of deletion is over is gone. */
export function findKey(place: Place, reference: string): StoredKey {
  const local = reference.startsWith(keyPrefix(place)) ? reference.slice(keyPrefix(place).length) : reference.startsWith(aliasPrefix(place)) ? reference.slice(aliasPrefix(place).length) : reference
  const id = local.startsWith('alias/') ? place.store.aliases().get(local) : local
  const key = id === undefined ? undefined : place.store.key(id)
  if (key === undefined) throw new KmsError('NotFoundException', `${reference} is not found`)
  if (key.deletionAt !== null && key.deletionAt <= place.now()) {
    place.store.remove(key.id)
    throw new KmsError('NotFoundException', `${reference} is not found`)
  }
  return key
}

export function requireEnabled(key: StoredKey): void {
  if (key.state === 'Disabled') throw new KmsError('DisabledException', `${key.arn} is disabled.`)
  if (key.state === 'PendingDeletion') throw new KmsError('KMSInvalidStateException', `${key.arn} is pending deletion.`)
}

export function requireUsage(key: StoredKey, usage: KeyUsage): void {
  if (key.usage !== usage) throw new KmsError('InvalidKeyUsageException', `${key.arn} key usage is ${key.usage} which is not valid for this operation.`)
}

export interface NewKey {
  readonly id?: string
  readonly spec: KeySpec
  readonly usage?: KeyUsage
  readonly description?: string
  readonly multiRegion?: boolean
  readonly policy?: string
}

export async function makeKey(place: Place, wanted: NewKey): Promise<StoredKey> {
  const facts = factsOf(wanted.spec)
  const usage = wanted.usage ?? (wanted.spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : undefined)
  if (usage === undefined) throw new KmsError('ValidationException', `You must specify a KeyUsage value for ${wanted.spec}`)
  if (!facts.usages.includes(usage)) throw new KmsError('ValidationException', `KeyUsage ${usage} is not compatible with KeySpec ${wanted.spec}`)
  const id = wanted.id ?? newKeyId(place, wanted.multiRegion === true)
  if (!/^[A-Za-z0-9-]{1,64}$/.test(id)) throw new KmsError('ValidationException', `${id} is no key id`)
  if (place.store.key(id) !== undefined) throw new KmsError('AlreadyExistsException', `key ${id} exists`)
  const material = facts.kind === 'rsa' || facts.kind === 'ec' ? await newPair(facts) : Buffer.from(place.random.bytes(32))
  const key: StoredKey = {
    id, arn: `${keyPrefix(place)}${id}`, spec: wanted.spec, usage, description: wanted.description ?? '', multiRegion: wanted.multiRegion ?? false, createdAt: place.now(),
    state: 'Enabled', deletionAt: null, policy: wanted.policy ?? defaultPolicy(place), material: material.toString('base64'),
  }
  place.store.put(key)
  return key
}

export function createKey(place: Place, input: Input): Promise<StoredKey> {
  const policy = optionalText(input, 'Policy')
  if (policy !== undefined) requirePolicy(place, policy, flag(input, 'BypassPolicyLockoutSafetyCheck'))
  const usage = optionalText(input, 'KeyUsage') as KeyUsage | undefined
  return makeKey(place, {
    spec: keySpec(optionalText(input, 'KeySpec') ?? optionalText(input, 'CustomerMasterKeySpec') ?? 'SYMMETRIC_DEFAULT'),
    ...(usage === undefined ? {} : { usage }), ...(policy === undefined ? {} : { policy }),
    description: optionalText(input, 'Description') ?? '', multiRegion: flag(input, 'MultiRegion'),
  })
}

function newKeyId(place: Place, multiRegion: boolean): string {
  const hex = Buffer.from(place.random.bytes(16)).toString('hex')
  return multiRegion ? `mrk-${hex}` : hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const defaultPolicy = (place: Place): string =>
  JSON.stringify({ Version: '2012-10-17', Id: 'key-default-1', Statement: [{ Sid: 'Enable IAM User Permissions', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${place.account}:root` }, Action: 'kms:*', Resource: '*' }] })

/** A policy document, and one that its author can change again unless they said that they mean it. */
export function requirePolicy(place: Place, policy: string, bypass: boolean): void {
  if (!isPolicy(policy)) throw new KmsError('MalformedPolicyDocumentException', 'the policy is not a policy document')
  if (!bypass && !policyAllows(policy, { account: place.account, action: 'kms:PutKeyPolicy', context: {} })) {
    throw new KmsError('MalformedPolicyDocumentException', 'The new key policy will not allow you to update the key policy in the future.')
  }
}

function isPolicy(policy: string): boolean {
  try {
    const parsed: unknown = JSON.parse(policy)
    return typeof parsed === 'object' && parsed !== null && 'Statement' in parsed && typeof parsed.Statement === 'object' && parsed.Statement !== null
  } catch {
    return false
  }
}

export function metadata(place: Place, key: StoredKey): object {
  const facts = factsOf(key.spec)
  return {
    AWSAccountId: place.account, KeyId: key.id, Arn: key.arn, CreationDate: key.createdAt / 1000, Enabled: key.state === 'Enabled', Description: key.description,
    KeyUsage: key.usage, KeyState: key.state, Origin: 'AWS_KMS', KeyManager: 'CUSTOMER', KeySpec: key.spec, CustomerMasterKeySpec: key.spec, MultiRegion: key.multiRegion,
    ...(key.deletionAt === null ? {} : { DeletionDate: key.deletionAt / 1000 }),
    ...(key.usage === 'SIGN_VERIFY' ? { SigningAlgorithms: facts.signing } : {}),
    ...(key.usage === 'ENCRYPT_DECRYPT' ? { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] } : {}),
    ...(key.usage === 'GENERATE_VERIFY_MAC' ? { MacAlgorithms: ['HMAC_SHA_256'] } : {}),
  }
}

// ---------------------------------------------------------------- states and aliases

export function scheduleDeletion(place: Place, key: StoredKey, input: Input): object {
  const days = optionalNumber(input, 'PendingWindowInDays') ?? 30
  if (days < 7 || days > 30) throw new KmsError('ValidationException', `PendingWindowInDays is 7 to 30, not ${days}`)
  if (key.state === 'PendingDeletion') throw new KmsError('KMSInvalidStateException', `${key.arn} is pending deletion.`)
  const deletionAt = place.now() + days * 86_400_000
  place.store.put({ ...key, state: 'PendingDeletion', deletionAt })
  return { KeyId: key.arn, DeletionDate: deletionAt / 1000, KeyState: 'PendingDeletion', PendingWindowInDays: days }
}

/** Ends disabled, as in KMS. */
export function cancelDeletion(place: Place, key: StoredKey): object {
  if (key.state !== 'PendingDeletion') throw new KmsError('KMSInvalidStateException', `${key.arn} is not pending deletion.`)
  place.store.put({ ...key, state: 'Disabled', deletionAt: null })
  return { KeyId: key.arn }
}

export function switchKey(place: Place, key: StoredKey, state: 'Enabled' | 'Disabled'): void {
  if (key.state === 'PendingDeletion') throw new KmsError('KMSInvalidStateException', `${key.arn} is pending deletion.`)
  place.store.put({ ...key, state })
}

function aliasName(input: Input): string {
  const name = text(input, 'AliasName')
  if (!/^alias\/[A-Za-z0-9/_-]{1,250}$/.test(name) || name.startsWith('alias/aws/')) throw new KmsError('InvalidAliasNameException', `${name} is no alias name`)
  return name
}

/** CreateAlias, UpdateAlias, DeleteAlias. */
export function setAlias(place: Place, input: Input, how: 'create' | 'update' | 'delete'): void {
  const name = aliasName(input)
  const present = place.store.aliases().has(name)
  if (how === 'create' && present) throw new KmsError('AlreadyExistsException', `${name} exists`)
  if (how !== 'create' && !present) throw new KmsError('NotFoundException', `${name} is not found`)
  const next = new Map(place.store.aliases())
  if (how === 'delete') next.delete(name)
  else next.set(name, findKey(place, text(input, 'TargetKeyId')).id)
  place.store.putAliases(next)
}

export function listAliases(place: Place, input: Input): object {
  const only = optionalText(input, 'KeyId')
  const id = only === undefined ? null : findKey(place, only).id
  const found = [...place.store.aliases()].filter(([, target]) => id === null || target === id)
  return { Aliases: found.map(([name, target]) => ({ AliasName: name, AliasArn: `${aliasPrefix(place)}${name}`, TargetKeyId: target })), Truncated: false }
}

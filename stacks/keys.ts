/**
 * Keys in KMS and who may use them. The key policy is the boundary: it goes in when the key is made, names one role per
 * use by its ARN, and denies the rest even to a grant. A role's own policy must say yes as well (`permissionsOn`): either
 * lock alone keeps the door shut. Administrators cannot sign; those who sign cannot administer.
 */
import { createHash } from 'node:crypto'
import { algorithms, type Algorithm, type Door, type PinnedKey, type Site } from './site.ts'

export type KeyRole = 'signature-ca' | 'authentication-ca' | 'card-orders' | 'checkpoint' | 'receipt' | 'ocsp-wrapping' | 'personal-data'
type Conditions = Readonly<Record<string, Readonly<Record<string, string | string[]>>>>

interface Use { readonly door: Door; readonly actions: readonly string[]; readonly conditions: Conditions }
interface KeyPlan {
  readonly name: string
  readonly algorithm: 'ca' | Algorithm | null
  /** Of the key's own use. The ceremony's is not here: it has an end. */
  readonly uses: readonly Use[]
}

const purpose = (...names: string[]): Conditions => ({ StringEquals: { 'kms:EncryptionContext:purpose': names.length === 1 ? names[0]! : names } })
const signs = (door: Door): Use => ({ door, actions: ['kms:Sign'], conditions: {} })

const plans: Readonly<Record<KeyRole, KeyPlan>> = {
  'signature-ca': { name: 'SignatureCa', algorithm: 'ca', uses: [signs('authority')] },
  'authentication-ca': { name: 'AuthenticationCa', algorithm: 'ca', uses: [signs('authority')] },
  'card-orders': { name: 'CardOrders', algorithm: 'ecdsa-p256-sha256', uses: [signs('authority')] },
  checkpoint: { name: 'Checkpoint', algorithm: 'ecdsa-p256-sha256', uses: [signs('sweep')] },
  // Not the counter, which the internet reaches; not the authority, which reads nothing of consents; not dispatch, which reaches out.
  receipt: { name: 'Receipt', algorithm: 'ecdsa-p256-sha256', uses: [signs('sweep')] },
  // The authority makes responder keys and never sees one in clear; the responder opens them.
  'ocsp-wrapping': {
    name: 'OcspWrapping', algorithm: null,
    uses: [
      { door: 'authority', actions: ['kms:GenerateDataKeyPairWithoutPlaintext'], conditions: { StringEquals: { 'kms:EncryptionContext:purpose': 'ocsp-responder', 'kms:DataKeyPairSpec': 'RSA_2048' } } },
      { door: 'ocsp', actions: ['kms:Decrypt'], conditions: purpose('ocsp-responder') },
    ],
  },
  // Nothing is sealed without saying what for. The counter has data keys made; the authority opens what it certifies, and looks nobody up.
  'personal-data': {
    name: 'PersonalData', algorithm: null,
    uses: [
      { door: 'graphql', actions: ['kms:GenerateDataKey', 'kms:Decrypt'], conditions: purpose('personal-data', 'blind-index', 'webhook-secret') },
      { door: 'authority', actions: ['kms:Decrypt'], conditions: purpose('personal-data') },
      { door: 'dispatch', actions: ['kms:Decrypt'], conditions: purpose('webhook-secret') },
    ],
  },
}
const roles = Object.keys(plans) as KeyRole[]

/** Only in a preview: its sandbox seals chips, and is told the public key by which they know the authority. */
const sandboxUse: Use = { door: 'sandbox', actions: ['kms:GenerateDataKey', 'kms:Encrypt', 'kms:Decrypt'], conditions: { Null: { 'kms:EncryptionContext:purpose': 'false' } } }
const readersOf = (site: Site, role: KeyRole): readonly Door[] => (site.kind === 'preview' && role === 'card-orders' ? ['sandbox'] : [])

/** What a door is told about its keys (KMS_KEYS), and what its role may do with them. */
export type Keys = Readonly<Record<KeyRole, $util.Input<PinnedKey>>>

/** The keys of production, in an app of their own. Its output is what goes into KMS_KEYS once the ceremony's record is signed. */
export function keysOfProduction(site: Site): { readonly KMS_KEYS: $util.Output<string> } {
  return { KMS_KEYS: $util.jsonStringify(makeKeys(site)) }
}

/** Throw-away keys. Pinned to whatever KMS made, since there is no record to hold them against. */
export const keysOfPreview = (site: Site): Keys => makeKeys(site)

export const keysByPin = (site: Site): Keys => Object.fromEntries(roles.map((role) => [role, site.pins[role]!])) as unknown as Keys

/** KMS_KEYS for one door: its own keys and no others. */
export const keysFor = (keys: Keys, ...wanted: readonly KeyRole[]): $util.Output<string> => $util.jsonStringify(Object.fromEntries(wanted.map((role) => [role, keys[role]])))

/** Statements of a door's own policy, one per key it uses. */
export function permissionsOn(site: Site, keys: Keys, door: Door): sst.aws.FunctionArgs['permissions'] {
  return roles.flatMap((role) => {
    const arn = $util.output(keys[role]).apply((key) => key.arn)
    return [...readersOf(site, role).filter((reader) => reader === door).map(() => ({ actions: ['kms:GetPublicKey'], resources: [arn] })), ...usesOf(site, role).filter((use) => use.door === door).flatMap((use) => [
      { actions: [...use.actions], resources: [arn], conditions: Object.entries(use.conditions).flatMap(([test, fields]) => Object.entries(fields).map(([variable, value]) => ({ test, variable, values: [value].flat() }))) },
      // Of its own: the conditions of Sign do not exist when a public key is asked for.
      ...(use.actions.includes('kms:Sign') ? [{ actions: ['kms:GetPublicKey'], resources: [arn] }] : []),
    ])]
  })
}

function makeKeys(site: Site): Keys {
  return Object.fromEntries(roles.map((role) => [role, makeKey(site, role)])) as unknown as Keys
}

function makeKey(site: Site, role: KeyRole): $util.Output<PinnedKey> {
  const { name, algorithm: planned } = plans[role]
  const lasting = site.kind === 'keys'
  const algorithm = planned === 'ca' ? site.generation : planned
  const guarded = { protect: lasting, retainOnDelete: lasting }
  const key = new aws.kms.Key(name, {
    description: `${role} of ${site.serves}`,
    keyUsage: algorithm === null ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY',
    customerMasterKeySpec: algorithm === null ? 'SYMMETRIC_DEFAULT' : algorithms[algorithm].spec,
    // Can only be chosen now; a replica in another Region is made when there is a plan for it.
    multiRegion: lasting,
    enableKeyRotation: algorithm === null,
    deletionWindowInDays: lasting ? 30 : 7,
    bypassPolicyLockoutSafetyCheck: false,
    policy: JSON.stringify(policyOf(site, role)),
    tags: { 'mynagate:stage': site.serves, 'mynagate:role': role },
  }, guarded)
  // For people. Doors know the ARN.
  new aws.kms.Alias(name, { name: `alias/mynagate/${site.serves}/${role}`, targetKeyId: key.keyId }, guarded)
  if (algorithm === null) return key.arn.apply((arn) => ({ arn }))
  const spki = aws.kms.getPublicKeyOutput({ keyId: key.arn }).publicKey
  return $util.all([key.arn, spki]).apply(([arn, der]) => ({ arn, algorithm, spkiSha256: createHash('sha256').update(Buffer.from(der, 'base64')).digest('hex').toUpperCase() }))
}

// ---------------------------------------------------------------- policies

/** A signing use says with which algorithm and that it is a digest: a list does not fit into what KMS hashes itself. */
function usesOf(site: Site, role: KeyRole): Use[] {
  const { algorithm: planned, uses } = plans[role]
  const algorithm = planned === 'ca' ? (site.pins[role]?.algorithm ?? site.generation) : planned
  const digest: Conditions = algorithm === null ? {} : { StringEquals: { 'kms:SigningAlgorithm': algorithms[algorithm].kms, 'kms:MessageType': 'DIGEST' } }
  const wanted = site.kind === 'preview' && role === 'personal-data' ? [...uses, sandboxUse] : uses
  const all = wanted.map((use) => ({ ...use, conditions: { ...use.conditions, ...digest } }))
  if (planned !== 'ca' || (site.kind !== 'preview' && site.ceremonyUntil === null)) return all
  const window: Conditions = site.ceremonyUntil === null ? {} : { DateLessThan: { 'aws:CurrentTime': site.ceremonyUntil } }
  return [...all, { door: 'ceremony', actions: ['kms:Sign'], conditions: { ...digest, ...window } }]
}

const root = (site: Site) => ({ AWS: `arn:aws:iam::${site.account}:root` })

/**
 * Uses are given to the account and bound to one role by `aws:PrincipalArn`: a policy that names a role as its principal
 * cannot be written before the role exists, nor survive the role's being made anew.
 */
function policyOf(site: Site, role: KeyRole): object {
  const uses = usesOf(site, role)
  const allow = (Sid: string, door: string, actions: readonly string[], conditions: Conditions) => ({ Sid, Effect: 'Allow', Principal: root(site), Action: actions, Resource: '*', Condition: { ...conditions, ArnEquals: { 'aws:PrincipalArn': site.roleArn(door) } } })
  const signers = uses.filter((use) => use.actions.includes('kms:Sign')).map((use) => site.roleArn(use.door))
  const users = uses.map((use) => site.roleArn(use.door))
  return {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'KeyAdministration', Effect: 'Allow', Principal: { AWS: site.keyAdministrator }, Action: administration, Resource: '*' },
      ...uses.map((use) => allow(`${sid(use.actions[0]!)}By${sid(use.door)}`, use.door, use.actions, use.conditions)),
      ...(signers.length > 0 ? [{ Sid: 'PublicKey', Effect: 'Allow', Principal: root(site), Action: ['kms:GetPublicKey', 'kms:DescribeKey'], Resource: '*', Condition: { ArnEquals: { 'aws:PrincipalArn': [...signers, ...readersOf(site, role).map((door) => site.roleArn(door))] } } }] : []),
      // Said twice, because an Allow can be added by mistake and a grant stands beside the policy.
      { Sid: 'NobodyElse', Effect: 'Deny', Principal: { AWS: '*' }, Action: cryptography, Resource: '*', Condition: { ArnNotEquals: { 'aws:PrincipalArn': users } } },
      { Sid: 'NoGrants', Effect: 'Deny', Principal: { AWS: '*' }, Action: ['kms:CreateGrant'], Resource: '*' },
    ],
  }
}

const sid = (name: string): string => name.replace(/^kms:/, '').replace(/^[a-z]/, (c) => c.toUpperCase())

const cryptography = [
  'kms:Sign', 'kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:DeriveSharedSecret', 'kms:GenerateMac',
  'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:GenerateDataKeyPair', 'kms:GenerateDataKeyPairWithoutPlaintext',
]
const administration = [
  'kms:DescribeKey', 'kms:GetPublicKey', 'kms:GetKeyPolicy', 'kms:GetKeyRotationStatus', 'kms:ListResourceTags', 'kms:ListGrants', 'kms:ListKeyPolicies', 'kms:PutKeyPolicy',
  'kms:UpdateKeyDescription', 'kms:EnableKey', 'kms:DisableKey', 'kms:EnableKeyRotation', 'kms:TagResource', 'kms:UntagResource', 'kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion',
  'kms:CreateAlias', 'kms:UpdateAlias', 'kms:DeleteAlias', 'kms:ReplicateKey',
]

/**
 * Keys and secrets of one gateway on one machine: the KMS stand-in's keys by role, the key that signs access tokens, the
 * agency's record keys for chips, the key that seals chips. Made at the first start; what is secret is kept sealed under a
 * KMS key, or in a file that only its owner reads.
 */
import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { exportRecordKeys, importRecordKeys, makeRecordKeys, type RecordKeys } from '../core/chip/records.ts'
import type { Random } from '../core/chip/state.ts'
import type { Generation } from '../core/pki/profile.ts'
import { kmsSealer, type KmsClient, type Sealer } from '../core/pki/kms.ts'
import { sha256Hex, type Algorithm } from '../core/pki/signer.ts'
import type { KeyRole, SealingKey, SigningKey } from '../functions/environment/variables.ts'
import type { Folder } from './folder.ts'
import type { RunningKms } from './cloud/kms.ts'

type SigningRole = Exclude<KeyRole, 'ocsp-wrapping' | 'personal-data'>
interface KeyKind { readonly spec: 'RSA_2048' | 'ECC_NIST_P256' | 'ECC_NIST_P384'; readonly algorithm: Algorithm }
const authorityKey: Readonly<Record<Generation, KeyKind>> = {
  'rsa2048-sha256': { spec: 'RSA_2048', algorithm: 'rsa-pkcs1-sha256' }, 'p384-sha384': { spec: 'ECC_NIST_P384', algorithm: 'ecdsa-p384-sha384' },
}
const signing = (generation: Generation): Readonly<Record<SigningRole, KeyKind>> => ({
  'signature-ca': authorityKey[generation],
  'authentication-ca': authorityKey[generation],
  'card-orders': { spec: 'ECC_NIST_P256', algorithm: 'ecdsa-p256-sha256' },
  checkpoint: { spec: 'ECC_NIST_P256', algorithm: 'ecdsa-p256-sha256' },
  receipt: { spec: 'ECC_NIST_P256', algorithm: 'ecdsa-p256-sha256' },
})

export interface KmsKeys {
  readonly signing: Readonly<Record<SigningRole, SigningKey & { readonly spki: Uint8Array }>>
  readonly sealing: Readonly<Record<'ocsp-wrapping' | 'personal-data', SealingKey>>
}

/** Every role's key, made where it does not exist, and pinned by the public key it was made with. */
export async function kmsKeys(kms: Pick<RunningKms, 'ensureKey'>, client: KmsClient, folder: Folder, generation: Generation = 'rsa2048-sha256'): Promise<KmsKeys> {
  const made = await Promise.all((Object.entries(signing(generation)) as [SigningRole, KeyKind][]).map(async ([role, { spec, algorithm }]) => {
    const arn = await kms.ensureKey({ spec, usage: 'SIGN_VERIFY', alias: `alias/mynagate-${role}` })
    const answer = await client.call((aws, sdk, options) => aws.send(new sdk.GetPublicKeyCommand({ KeyId: arn }), options))
    return [role, { arn, algorithm, spki: Uint8Array.from(answer.PublicKey ?? []) }] as const
  }))
  const pins = await folder.keep<Record<string, string>>('pins.json', () => Object.fromEntries(made.map(([role, key]) => [role, sha256Hex(key.spki)])))
  // A folder that was begun before a role existed holds no pin for it.
  return {
    signing: Object.fromEntries(made.map(([role, key]) => [role, { ...key, spkiSha256: pins[role] ?? sha256Hex(key.spki) }])) as unknown as KmsKeys['signing'],
    sealing: {
      'ocsp-wrapping': { arn: await kms.ensureKey({ spec: 'SYMMETRIC_DEFAULT', alias: 'alias/mynagate-ocsp-wrapping' }) },
      'personal-data': { arn: await kms.ensureKey({ spec: 'SYMMETRIC_DEFAULT', alias: 'alias/mynagate-personal-data' }) },
    },
  }
}

export interface Secrets {
  readonly pairwise: string
  readonly cookie: string
  /** ES256. */
  readonly tokenKey: JWK
}

export const secrets = (folder: Folder): Promise<Secrets> => folder.keep('secrets.json', async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { pairwise: randomBytes(32).toString('base64url'), cookie: randomBytes(32).toString('base64url'), tokenKey: { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: randomBytes(6).toString('base64url') } }
})

export interface ChipKeys {
  /** Seals the chips that are kept. */
  readonly sealing: Uint8Array
  readonly records: RecordKeys
}

/** The data key and the agency's record keys, sealed under the KMS key for personal data. */
export async function chipKeys(client: KmsClient, keys: { readonly sealing: Pick<KmsKeys['sealing'], 'personal-data'> }, folder: Folder, random: Random): Promise<ChipKeys> {
  const sealer = kmsSealer(client, { keyArn: keys.sealing['personal-data'].arn })
  const sealed = await folder.keep<Record<'sealing' | 'root' | 'record' | 'mark', string>>('chip-keys.json', async () => {
    const { root, record, mark } = exportRecordKeys(makeRecordKeys(random))
    return { sealing: text((await sealer.dataKey(context('sealing'))).sealed), root: await seal(sealer, 'root', root), record: await seal(sealer, 'record', record), mark: text(mark) }
  })
  const open = (name: 'sealing' | 'root' | 'record'): Promise<Uint8Array> => sealer.open(bytes(sealed[name]), context(name))
  return { sealing: await open('sealing'), records: importRecordKeys({ root: await open('root'), record: await open('record'), mark: bytes(sealed.mark) }) }
}

const context = (name: string): Record<string, string> => ({ purpose: `virtual-chips ${name}` })
const seal = async (sealer: Sealer, name: string, key: Uint8Array): Promise<string> => text(await sealer.seal(key, context(name)))
const text = (b: Uint8Array): string => Buffer.from(b).toString('base64')
const bytes = (t: string): Uint8Array => Uint8Array.from(Buffer.from(t, 'base64'))

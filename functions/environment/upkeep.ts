/**
 * What the sweep needs to keep the log: the keys for checkpoints and for records of consents, which are its own and no
 * other door's, and a place for checkpoints outside the archive.
 */
import type { CheckpointStore } from '../../core/law/record/audit.ts'
import type { Issuers } from '../../core/law/certificate/issuer.ts'
import { ledgered } from '../../core/law/record/ledger.ts'
import type { NamedKey, Trail } from '../../core/law/record/trail.ts'
import { upkeep, type UpkeepReport, type UpkeepWorld } from '../../core/law/record/upkeep.ts'
import type { KmsClient } from '../../core/pki/kms.ts'
import type { Log } from '../environment.ts'
import { pinned, told } from './parts.ts'
import type { SigningKey } from './variables.ts'

export interface UpkeepParts extends Pick<UpkeepWorld, 'clock' | 'random' | 'settings'> {
  readonly stores: Omit<UpkeepWorld, 'clock' | 'random' | 'settings' | 'checkpointSigner' | 'receiptSigner' | 'checkpointStore' | 'trail'>
  readonly kms: KmsClient
  readonly checkpointKey: SigningKey
  readonly receiptKey: SigningKey
  readonly checkpointStore: CheckpointStore
  /** What KMS says that it signed, and the ARN of the key of orders, which is another door's; null where there is no trail. */
  readonly trail: { readonly record: Trail; readonly orderKey: string; readonly issuers: Issuers } | null
  readonly log: Log
}

export type Upkeep = () => Promise<UpkeepReport>

export async function upkeepFrom({ clock, random, settings, stores, kms, checkpointKey, receiptKey, checkpointStore, trail, log }: UpkeepParts): Promise<Upkeep> {
  const checkpointSigner = told(log, 'checkpoint', ledgered('checkpoint', await pinned(kms, checkpointKey), stores.ledger, clock))
  const receiptSigner = told(log, 'receipt', ledgered('receipt', await pinned(kms, receiptKey), stores.ledger, clock))
  const world: UpkeepWorld = { ...stores, clock, random, settings, checkpointSigner, receiptSigner, checkpointStore, trail: trail === null ? null : { record: trail.record, keys: () => namedKeys(trail.issuers, { 'card-orders': trail.orderKey, checkpoint: checkpointKey.arn, receipt: receiptKey.arn }) } }
  return () => upkeep(world)
}

/** Of the authorities every generation: a key that issues no more must not sign either. */
const namedKeys = async (issuers: Issuers, others: Readonly<Record<string, string>>): Promise<NamedKey[]> =>
  [...(await issuers.all()).map(({ keyId, key }): NamedKey => ({ key: keyId, arn: key })), ...Object.entries(others).map(([key, arn]) => ({ key, arn }))]

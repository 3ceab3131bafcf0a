/**
 * What the sweep needs to keep the log: the keys for checkpoints and for records of consents, which are its own and no
 * other door's, and a place for checkpoints outside the archive.
 */
import type { CheckpointStore } from '../../core/law/record/audit.ts'
import { ledgered } from '../../core/law/record/ledger.ts'
import { upkeep, type UpkeepReport, type UpkeepWorld } from '../../core/law/record/upkeep.ts'
import type { KmsClient } from '../../core/pki/kms.ts'
import type { Log } from '../environment.ts'
import { pinned, told } from './parts.ts'
import type { SigningKey } from './variables.ts'

export interface UpkeepParts extends Pick<UpkeepWorld, 'clock' | 'random' | 'settings'> {
  readonly stores: Omit<UpkeepWorld, 'clock' | 'random' | 'settings' | 'checkpointSigner' | 'receiptSigner' | 'checkpointStore'>
  readonly kms: KmsClient
  readonly checkpointKey: SigningKey
  readonly receiptKey: SigningKey
  readonly checkpointStore: CheckpointStore
  readonly log: Log
}

export type Upkeep = () => Promise<UpkeepReport>

export async function upkeepFrom({ clock, random, settings, stores, kms, checkpointKey, receiptKey, checkpointStore, log }: UpkeepParts): Promise<Upkeep> {
  const checkpointSigner = told(log, 'checkpoint', ledgered('checkpoint', await pinned(kms, checkpointKey), stores.ledger, clock))
  const receiptSigner = told(log, 'receipt', ledgered('receipt', await pinned(kms, receiptKey), stores.ledger, clock))
  const world: UpkeepWorld = { ...stores, clock, random, settings, checkpointSigner, receiptSigner, checkpointStore }
  return () => upkeep(world)
}

/**
 * What the gateway owes itself by schedule: the log put in order and its head signed, the account of signatures reckoned
 * once a day, grants that ran out suspended and warned of, records erased that the law keeps no longer. Each part on its
 * own: one that fails must not keep the others from their day.
 */
import { publishCheckpoint, sequence, type CheckpointStore } from './audit.ts'
import { reconcile, type Tally } from './ledger.ts'
import type { Signer } from '../pki/signer.ts'
import type { Uses } from './world.ts'

export type UpkeepWorld = Uses<'clock' | 'random' | 'settings' | 'audit' | 'ledger'> & { readonly checkpointSigner: Signer; readonly checkpointStore: CheckpointStore }

export interface UpkeepReport {
  /** Acts put in order. */
  readonly ordered: number
  /** Size of the head that was signed; null where it did not grow. */
  readonly checkpoint: bigint | null
  /** Keys whose account of signatures does not agree today. */
  readonly disagreeing: readonly Tally[]
}

/** Runs every part. Throws at the end, with all faults, where one failed. */
export async function upkeep(world: UpkeepWorld): Promise<UpkeepReport> {
  const faults: unknown[] = []
  const part = async <T>(run: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await run()
    } catch (fault) {
      faults.push(fault)
      return otherwise
    }
  }
  const ordered = await part(() => sequence(world), 0)
  const checkpoint = await part(() => publishCheckpoint(world), null)
  const disagreeing = (await part(() => reconcile(world), null)) ?? []
  if (faults.length > 0) throw new AggregateError(faults, `upkeep: ${faults.map(String).join('; ')}`)
  return { ordered, checkpoint, disagreeing }
}

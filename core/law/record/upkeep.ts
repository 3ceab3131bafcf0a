/**
 * What the gateway owes itself by schedule: the log put in order and its head signed, records of consents signed, the
 * account of signatures reckoned once a day, grants that ran out suspended and warned of, records erased that the law keeps no longer. Each part on its
 * own: one that fails must not keep the others from their day.
 */
import { begin } from '../act.ts'
import { system } from '../actor.ts'
import { publishCheckpoint, sequence, type CheckpointStore } from './audit.ts'
import { eraseRecords } from './erasure.ts'
import { sweepGrants, type GrantSweep } from '../space/grant.ts'
import { sealRows } from './rows.ts'
import { reconcile, type Tally } from './ledger.ts'
import { forwardConsents } from '../consent/forwarding.ts'
import { reconcileTrail, type NamedKey, type Trail, type TrailDay } from './trail.ts'
import { recordFor } from '../consent/record.ts'
import { sealReceipts } from '../consent/seal.ts'
import type { Signer } from '../../pki/signer.ts'
import type { Uses } from '../world.ts'

export type UpkeepWorld = Uses<'clock' | 'random' | 'settings' | 'acts' | 'audit' | 'ledger' | 'grants' | 'installations' | 'erasures' | 'seals' | 'consents' | 'partners' | 'certificates'> & { readonly checkpointSigner: Signer; readonly receiptSigner: Signer; readonly checkpointStore: CheckpointStore; readonly trail: KeptTrail | null }

/** The key service's record, and the keys it is asked about; null in a world where nobody keeps one. */
export interface KeptTrail { readonly record: Trail; readonly keys: () => Promise<readonly NamedKey[]> }

export interface UpkeepReport {
  /** Acts put in order. */
  readonly ordered: number
  /** Size of the head that was signed; null where it did not grow. */
  readonly checkpoint: bigint | null
  /** Keys whose account of signatures does not agree today. */
  readonly disagreeing: readonly Tally[]
  /** Keys that by the key service's record signed more or less often than they were asked, of the day that was reckoned now. */
  readonly unlikeTrail: readonly TrailDay[]
  readonly grants: GrantSweep
  /** Installations that ended with their card or are to be removed, their holder having moved. */
  readonly followed: number
  /** Records erased that the law keeps no longer. */
  readonly erased: number
  /** Records of consents that were signed. */
  readonly sealed: number
  /** Records of consents that came into the register of the agency. */
  readonly forwarded: number
}

const portion = 100

/** All faults, and what was done in spite of them: an account that does not agree is found once a day. */
export class UpkeepFailed extends AggregateError {
  readonly report: UpkeepReport
  constructor(faults: readonly unknown[], report: UpkeepReport) {
    super(faults, `upkeep: ${faults.map(String).join('; ')}`)
    this.report = report
  }
}

/** Runs every part. Throws {@link UpkeepFailed} at the end where one failed. */
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
  const grants = await part(() => sweepGrants(world, portion), { lapsed: 0, expired: 0, warned: 0 })
  const followed = await part(() => world.installations.follow({ ...begin('area.follow', system('sweep'), world.clock.now(), {}), subject: 'installations' }, portion), 0)
  const erased = await part(() => eraseRecords(world, portion), 0)
  const sealed = await part(() => sealReceipts(world, (consent, event) => recordFor(world, consent, event), portion), 0)
  const forwarded = await part(() => forwardConsents(world, portion), 0)
  // Last, so that what the others did is in the head that is signed now.
  await part(() => sealRows(world), 0)
  const ordered = await part(() => sequence(world), 0)
  const checkpoint = await part(() => publishCheckpoint(world), null)
  const disagreeing = (await part(() => reconcile(world), null)) ?? []
  const { trail } = world
  const unlikeTrail = trail === null ? [] : ((await part(async () => reconcileTrail(world, trail.record, await trail.keys()), null)) ?? [])
  const report = { ordered, checkpoint, disagreeing, unlikeTrail, grants, followed, erased, sealed, forwarded }
  if (faults.length > 0) throw new UpkeepFailed(faults, report)
  return report
}

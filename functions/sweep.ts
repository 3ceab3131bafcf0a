/**
 * By schedule: looks after what time brings about and nobody asked for. Cards and certificates whose period ran out are
 * ended; what was notified and not issued is rung for again, so that a lost bell delays a certificate by one round at
 * most. Every round starts from the rows; a round that dies is gone on with by the next.
 */
import { sweepDeadlines, type SweepReport } from '../core/law/card/deadline.ts'
import { UpkeepFailed, type UpkeepReport } from '../core/law/record/upkeep.ts'
import { lazily, sweepEnvironment, type SweepEnvironment } from './environment.ts'

/** What a round did; plain JSON, as the runtime writes it. */
export interface SweepRound { readonly rung: number; readonly deadlines: SweepReport; readonly kept: Omit<UpkeepReport, 'checkpoint' | 'disagreeing' | 'unlikeTrail'> & { readonly checkpoint: string | null; readonly disagreeing: readonly string[]; readonly unlikeTrail: readonly string[] } }
export type SweepDoor = () => Promise<SweepRound>

const portion = 100
/** Milliseconds after which no new portion is begun; the door is given 300 seconds. */
const longest = 240_000

export function sweepDoor({ world, upkeep, lookAround, log }: SweepEnvironment): SweepDoor {
  // One event for both accounts: one alarm.
  const sayAccounts = ({ disagreeing, unlikeTrail }: Pick<UpkeepReport, 'disagreeing' | 'unlikeTrail'>): void => {
    for (const { key, asked, distinct, stored } of disagreeing) log('error', 'account.disagrees', { key, asked, distinct, stored })
    for (const { key, day, askedLeast, askedMost, signed } of unlikeTrail) log('error', 'account.disagrees', { key, day, askedLeast, askedMost, signed })
  }
  return async () => {
    const until = world.clock.now() + longest
    const deadlines = await sweepDeadlines(world, portion, (person, fault) => log('error', 'deadline.failed', { person, fault: String(fault) }), () => world.clock.now() <= until)
    if (deadlines.ended > 0 || deadlines.failed > 0 || !deadlines.finished) log(deadlines.failed > 0 ? 'error' : 'info', 'sweep.deadlines', { ...deadlines })
    const unfinished = await world.issuances.unfinished(portion)
    for (const application of unfinished) await world.bell.ring({ wake: 'issue', application })
    await world.bell.ring({ wake: 'orders' })
    await world.bell.ring({ wake: 'crl' })
    if (unfinished.length > 0) log('info', 'sweep.unfinished', { applications: unfinished.length })
    const kept = await upkeep().catch((fault: unknown) => {
      if (fault instanceof UpkeepFailed) sayAccounts(fault.report)
      throw fault
    })
    sayAccounts(kept)
    await lookAround().then(
      ({ health, waiting }) => log(health.status === 'ok' ? 'info' : 'warn', 'health', { status: health.status, ...health.doors, waiting, listAge: health.crl.ageSeconds, checkpointAge: health.checkpoint?.ageSeconds ?? null }),
      // What could not be said must not keep what was done from being done.
      (fault: unknown) => log('error', 'health.failed', { fault: String(fault) }),
    )
    return { rung: unfinished.length, deadlines, kept: { ...kept, checkpoint: kept.checkpoint?.toString() ?? null, disagreeing: kept.disagreeing.map(({ key }) => key), unlikeTrail: kept.unlikeTrail.map(({ key }) => key) } }
  }
}

export const handler: SweepDoor = lazily(async () => sweepDoor(await sweepEnvironment()))

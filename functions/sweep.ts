/**
 * By schedule: looks after what time brings about and nobody asked for. What was notified and not issued is rung for
 * again, so that a lost bell delays a certificate by one round at most. Every round starts from the rows; a round that
 * dies is done again by the next.
 */
import { lazily, sweepEnvironment, type SweepEnvironment } from './environment.ts'

export type SweepDoor = () => Promise<{ readonly rung: number }>

const portion = 100

export function sweepDoor({ world, log }: SweepEnvironment): SweepDoor {
  return async () => {
    const unfinished = await world.issuances.unfinished(portion)
    for (const application of unfinished) await world.bell.ring({ wake: 'issue', application })
    await world.bell.ring({ wake: 'orders' })
    await world.bell.ring({ wake: 'crl' })
    if (unfinished.length > 0) log('info', 'sweep.unfinished', { applications: unfinished.length })
    return { rung: unfinished.length }
  }
}

export const handler: SweepDoor = lazily(async () => sweepDoor(await sweepEnvironment()))

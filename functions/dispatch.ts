/**
 * By schedule: reads partners' keys where they keep them, and tells partners what the outbox holds. Rounds follow one another while there is something to tell and time
 * left; of one partner no more than a few at once, so that one that is slow or many keeps nobody else waiting.
 */
import { fetchKeys } from '../core/law/partner/key.ts'
import { tellPartners } from '../core/law/partner/webhook.ts'
import { dispatchEnvironment, lazily, type DispatchEnvironment } from './environment.ts'

export interface DispatchReport { readonly delivered: number; readonly failed: number; readonly dead: number }
export type DispatchDoor = () => Promise<DispatchReport>

/** Of partners' keys, read in one round. */
const addresses = 10
const limits = { each: 5, limit: 100 } as const
/** Milliseconds after which no new round is begun; the door is given 60 seconds. */
const longest = 25_000

export function dispatchDoor({ world, handOver, fetchText, log }: DispatchEnvironment): DispatchDoor {
  return async () => {
    const until = world.clock.now() + longest
    await fetchKeys(world, fetchText, addresses).catch((fault: unknown) => log('error', 'keys.failed', { fault: String(fault) }))
    const report = { delivered: 0, failed: 0, dead: 0 }
    for (let told = 1; told > 0 && world.clock.now() <= until;) {
      const round = await tellPartners(world, handOver, { ...limits, dead: ({ id, webhook, event, partner }, outcome) => log('error', 'webhook.dead', { delivery: id, webhook, of: event, partner, outcome }) })
      told = round.delivered + round.failed + round.dead
      for (const what of ['delivered', 'failed', 'dead'] as const) report[what] += round[what]
    }
    if (report.delivered + report.failed + report.dead > 0) log(report.dead > 0 ? 'warn' : 'info', 'webhooks.told', { ...report })
    return report
  }
}

export const handler: DispatchDoor = lazily(async () => dispatchDoor(await dispatchEnvironment()))

/**
 * The dispatch door on its schedule, beside the others: a partner's address that does not answer keeps nothing else waiting.
 * Webhooks may lead to this machine here, which no deployed door allows.
 */
import type { World } from '../../core/law/world.ts'
import { dispatchDoor } from '../../functions/dispatch.ts'
import { realClock } from '../../functions/environment.ts'
import { fetchOver } from '../../functions/environment/fetch-keys.ts'
import { outbound, resolver } from '../../functions/environment/outbound.ts'

export interface Pump {
  /** Begins a round unless one is under way. */
  start(): void
  settled(): Promise<void>
}

const rules = { inside: true, patience: 2_000, resolve: resolver } as const

export function pump({ webhooks, partnerKeys, vault }: Pick<World, 'webhooks' | 'partnerKeys' | 'vault'>, fault: (error: unknown) => void): Pump {
  const door = dispatchDoor({ world: { clock: realClock, webhooks, partnerKeys, vault }, handOver: outbound(rules), fetchText: fetchOver(rules), log: () => undefined })
  let round: Promise<void> | null = null
  return {
    start() {
      round ??= door().then(() => undefined, fault).finally(() => { round = null })
    },
    settled: async () => { await round },
  }
}

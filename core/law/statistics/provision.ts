/**
 * What was provided to whom, counted by day (情報提供の帳簿): one number for each recipient, kind and method, and nothing of
 * the person it was about or of the certificate. The release of the four items is counted from its own log.
 *
 * @law 公的個人認証法 第40条 · 施行規則 第71条
 */
import { dayOf, type Instant, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'
import type { Provision } from './statistics.ts'

/** Who asks by OCSP, or fetches a list, does not say who it is. */
export const unnamed = '不特定 (unnamed)'
/** 公開: to everybody at once. */
export const everybody = '公開 (published)'

export interface ProvisionCount {
  readonly day: LegalDate
  readonly recipient: string
  readonly provision: Provision
  readonly method: string
  readonly count: number
}

export interface Provisions {
  /** Adds to what was counted. */
  add(counts: readonly ProvisionCount[]): Promise<void>
}

/** One more, of something provided now. */
export const provided = (world: Uses<'clock' | 'provisions'>, recipient: string, provision: Provision, method: string): Promise<void> =>
  world.provisions.add([{ day: dayOf(world.clock.now()), recipient, provision, method, count: 1 }])

/** Counts in memory and writes them down together: a door that answers thousands a second does not write as often. What a door that dies had not written is not counted. */
export function tally(provisions: Provisions, every: number): { count(at: Instant, recipient: string, provision: Provision, method: string, n: number): Promise<void>; flush(): Promise<void> } {
  let waiting = new Map<string, ProvisionCount>()
  let written: Instant | null = null
  const flush = async (): Promise<void> => {
    const counts = [...waiting.values()]
    waiting = new Map()
    if (counts.length > 0) await provisions.add(counts)
  }
  return {
    async count(at, recipient, provision, method, n) {
      const day = dayOf(at)
      const key = JSON.stringify([day, recipient, provision, method])
      waiting.set(key, { day, recipient, provision, method, count: (waiting.get(key)?.count ?? 0) + n })
      if (written !== null && at < written + every) return
      written = at
      await flush()
    },
    flush,
  }
}

/**
 * Points in hand. Where requests of a partner follow close upon each other, an instance draws from the partner's bucket for
 * several at once, so that not each of them asks the database first. Nothing is spent that was not drawn: many instances
 * still share one bucket. A draw is at most twice the one before it, which was spent within a second, and a hundredth of
 * the bucket. After a second the bucket is asked again and gets back what is left; only an instance that is asked no more
 * takes it along.
 */
import type { PartnerId } from '../../core/law/ids.ts'
import type { Taken } from '../../core/law/partner/access.ts'
import { after, second, type Instant } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'

/** Of the bucket, in one draw. */
const largestShare = 1 / 100
/** Partners whose purses are kept. */
const kept = 5_000

interface Purse {
  /** Not spent yet. */
  points: number
  /** Points of the last draw, and until when it counts as a draw that was spent soon. */
  readonly drawn: number
  readonly until: Instant
  /** What the bucket said then. */
  readonly bucket: Taken
}

export interface Purses {
  /** Pays from the purse, or from the bucket. `remaining`: of the bucket when it was last asked, and in the purse. */
  take(partner: PartnerId, cost: number, at: Instant): Promise<Taken>
}

export function purses({ budgets, settings }: Pick<World, 'budgets' | 'settings'>): Purses {
  const purses = new Map<PartnerId, Purse>()
  const drawing = new Map<PartnerId, Promise<unknown>>()
  const answer = ({ bucket, points }: Pick<Purse, 'bucket' | 'points'>): Taken => ({ ...bucket, remaining: bucket.remaining + points })

  const fromPurse = (partner: PartnerId, cost: number, at: Instant): Taken | null => {
    const purse = purses.get(partner)
    if (purse === undefined || purse.points < cost || purse.until <= at) return null
    purse.points -= cost
    return answer(purse)
  }

  const draw = async (partner: PartnerId, cost: number, at: Instant): Promise<Taken> => {
    const before = purses.get(partner)
    const inHand = before?.points ?? 0
    // Nobody else spends it while the draw is out; after a fault it is not known whether it went back, so it is gone.
    if (before !== undefined) before.points = 0
    const soon = before !== undefined && before.until > at
    // Below nothing where what is in hand is more: it goes back.
    const missing = cost - inHand
    const wanted = soon ? Math.max(missing, Math.min(before.drawn * 2, Math.floor(before.bucket.capacity * largestShare))) : missing
    const ask = (points: number): Promise<Taken> => budgets.take(partner, points, at, settings.access.budget)
    let [bucket, drawn] = [await ask(wanted), wanted]
    // An almost empty bucket pays for this request, or says what is there.
    if (!bucket.granted && wanted > missing) [bucket, drawn] = [await ask(missing), missing]
    if (!bucket.granted) {
      if (before !== undefined) before.points = inHand
      return answer({ bucket, points: inHand })
    }
    const purse = { points: inHand + drawn - cost, drawn, until: after(at, second), bucket }
    purses.delete(partner)
    purses.set(partner, purse)
    const [oldest] = purses.keys()
    if (purses.size > kept && oldest !== undefined) purses.delete(oldest)
    return answer(purse)
  }

  return {
    async take(partner, cost, at) {
      for (;;) {
        const paid = fromPurse(partner, cost, at)
        if (paid !== null) return paid
        const another = drawing.get(partner)
        if (another === undefined) break
        // Whoever comes while a draw is out waits for it; its fault is told to whom it belongs.
        await another.catch(() => undefined)
      }
      const own = draw(partner, cost, at).finally(() => drawing.delete(partner))
      drawing.set(partner, own)
      return own
    },
  }
}

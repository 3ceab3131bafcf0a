/**
 * Points in hand. Where requests of a partner follow close upon each other, an instance draws from the partner's bucket for
 * several at once, so that not each of them asks the database first. Nothing is spent that was not drawn: many instances
 * still share one bucket. What is drawn and not spent is lost to the partner; so a draw is never more than twice the one
 * before it, which was spent within a second, nor more than a hundredth of the bucket, and it is good for a second.
 */
import type { PartnerId } from '../../core/law/ids.ts'
import type { Taken } from '../../core/law/partner/access.ts'
import { after, second, type Instant } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'

/** How long drawn points are good, and within which a draw counts as spent soon. */
const life = second
/** Of the bucket, in one draw. */
const largestShare = 1 / 100
/** Partners whose purses are kept. */
const kept = 5_000

interface Purse {
  /** Not spent yet, of the draw. */
  points: number
  /** Points of the draw, and its end. */
  drawn: number
  until: Instant
  /** What the bucket said then. */
  bucket: Taken
}

export interface Purses {
  /** Pays from the purse, or from the bucket. `remaining`: of the bucket when it was last asked, and in the purse. */
  take(partner: PartnerId, cost: number, at: Instant): Promise<Taken>
}

export function purses({ budgets, settings }: Pick<World, 'budgets' | 'settings'>): Purses {
  const purses = new Map<PartnerId, Purse>()
  const drawing = new Map<PartnerId, Promise<unknown>>()

  const fromPurse = (partner: PartnerId, cost: number, at: Instant): Taken | null => {
    const purse = purses.get(partner)
    if (purse === undefined || purse.points < cost || purse.until <= at) return null
    purse.points -= cost
    return { ...purse.bucket, remaining: purse.bucket.remaining + purse.points }
  }

  const draw = async (partner: PartnerId, cost: number, at: Instant): Promise<Taken> => {
    const before = purses.get(partner)
    const soon = before !== undefined && before.until > at
    const wanted = soon ? Math.max(cost, Math.min(before.drawn * 2, Math.floor(before.bucket.capacity * largestShare))) : cost
    const ask = (points: number): Promise<Taken> => budgets.take(partner, points, at, settings.access.budget)
    let [bucket, drawn] = [await ask(wanted), wanted]
    // An almost empty bucket pays for this request, or says what is there.
    if (!bucket.granted && wanted > cost) [bucket, drawn] = [await ask(cost), cost]
    if (!bucket.granted) return bucket
    const points = drawn - cost + (soon ? before.points : 0)
    purses.delete(partner)
    purses.set(partner, { points, drawn, until: after(at, life), bucket })
    const [oldest] = purses.keys()
    if (purses.size > kept && oldest !== undefined) purses.delete(oldest)
    return { ...bucket, remaining: bucket.remaining + points }
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

/**
 * Acts as of some months ago: the same recipes and the same authority under a clock that is late. While they run the
 * authority of today waits, so that it does not take up with today's date what was notified with an earlier one.
 */
import { addMonths, after, dayOf, startOf, type Clock } from '../../core/law/time.ts'
import type { Bell, BellMessage } from '../../core/law/world.ts'
import type { AuthorityDoor } from '../../functions/authority.ts'
import type { Counter } from './counter.ts'

/** Behind by whole days: the time of day stays. */
export function earlierClock(clock: Clock, months: number): Clock {
  const today = dayOf(clock.now())
  const behind = startOf(today) - startOf(addMonths(today, -months))
  return { now: () => after(clock.now(), -behind) }
}

export interface EarlierOptions {
  readonly counter: Counter
  /** One at a time, with the authority of today among them. */
  readonly inTurn: <T>(run: () => Promise<T>) => Promise<T>
  /** The authority under another clock and bell. */
  readonly authorityAt: (clock: Clock, bell: Bell) => Promise<AuthorityDoor>
}

export const earlierCounter = ({ counter, inTurn, authorityAt }: EarlierOptions): NonNullable<Counter['earlier']> => (months, act) => inTurn(async () => {
  const clock = earlierClock(counter.world.clock, months)
  const rung: BellMessage[] = []
  const bell: Bell = { ring: async (message) => void rung.push(message) }
  const door = await authorityAt(clock, bell)
  const settled = async (): Promise<void> => {
    // Lists of today are published by the authority of today, on schedule.
    const due = rung.splice(0).filter(({ wake }) => wake !== 'crl')
    const { batchItemFailures } = await door({ Records: due.map((message, i) => ({ messageId: String(i), body: JSON.stringify(message) })) } as Parameters<AuthorityDoor>[0])
    if (batchItemFailures.length > 0) throw new Error('the authority of then could not do what it was rung for')
  }
  return act({ ...counter, world: { ...counter.world, clock, bell }, settled })
})

/** Runs one after another, in the order of asking. */
export function turns(): EarlierOptions['inTurn'] {
  let last: Promise<unknown> = Promise.resolve()
  return (run) => {
    const mine = last.then(run)
    last = mine.catch(() => undefined)
    return mine
  }
}

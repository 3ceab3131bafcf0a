import { expect, test } from 'vitest'
import { broken, live, livesOf, type Life, type Step } from './lives.ts'

const step = (kind: Step['kind'], day: number, over: Partial<Step> = {}): Step => ({ kind, day, ahead: 10, shown: false, town: 1, ...over })
/** What chance brings about too seldom. */
const rare: Life[] = [
  [step('move-out', 2), step('move-in', 5)],
  [step('move-out', 2), step('move-in', 5), step('move-out', 20, { ahead: 15 })],
  [step('reserve', 3), step('move-overseas', 9, { shown: true })],
  [step('phone', 3, { ahead: 15 }), step('name-change', 5), step('issue', 8), step('phone', 9), step('suspend', 12), step('resume', 13), step('move-overseas', 20, { ahead: 30, shown: true })],
  [step('move-overseas', 3, { ahead: 14, shown: true }), step('annex-deleted', 20), step('move-cancelled', 30)],
  [step('move-out', 3, { ahead: 30 }), step('move-cancelled', 8)],
  [step('stay-change', 3), step('stay-change', 4)], [step('stay-change', 3)], [step('stay-change', 3)], [step('stay-change', 3)], [step('stay-change', 3)],
  [step('move-overseas', 3, { ahead: 30, shown: true })],
]
const lives = [...livesOf(20_260_401, 301), ...rare]

test('番号法 第17条第10項・公的個人認証法 第12条・第31条: more than 300 random lives, swept daily or once, end in the same state, and none breaks what holds of every card', async () => {
  const daily = await live(lives, true)
  const once = await live(lives, false)
  for (const [i, told] of daily.entries()) {
    expect(once[i], `life ${i}`).toEqual(told)
    expect(broken(told), `life ${i}`).toEqual([])
  }
  // The lives are worth it: every ground that a register brings about was met, and each new event came off and was refused.
  const grounds = new Set(daily.flatMap(({ cards }) => cards.flatMap(({ end }) => (end === null ? [] : [end.ground]))))
  expect([...grounds].toSorted()).toEqual(expect.arrayContaining(['death', 'expired', 'move-14', 'move-30', 'moved-on', 'number-changed', 'overseas', 'present-90', 'status-lost']))
  const answers = new Set(daily.flatMap((told) => told.answers))
  for (const answer of ['move-cancelled ok', 'move-cancelled WRONG_STATE', 'annex-deleted ok', 'stay-change ok', 'phone issued', 'phone reserved', 'suspend', 'resume', 'reserve reserved', 'move-overseas CONTINUED_USE_NOT_POSSIBLE']) expect([...answers]).toContain(answer)
  expect(daily.some(({ applications }) => applications.some(({ refusedFor }) => refusedFor === 'parent-lapsed'))).toBe(true)
  expect(daily.some(({ resident }) => resident.state === 'OVERSEAS' && resident.departure?.continuedUse === true)).toBe(true)
}, 300_000)

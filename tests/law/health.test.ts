/** What the public is told of how the gateway is. */
import { describe, expect, test } from 'vitest'
import { healthOf, type Vitals } from '../../core/law/record/health.ts'
import { after, hour, instant } from '../../core/law/time.ts'

const now = instant(Date.UTC(2026, 10, 25, 12))
const well: Vitals = {
  lists: { published: 4, missing: 0, oldest: after(now, -10 * hour), until: after(now, 38 * hour) }, responderUntil: after(now, 200 * hour), checkpoint: { size: 7n, at: after(now, -90_000) }, waiting: 3,
}
const answers = { graphql: true, ocsp: true }

describe('how the gateway is', () => {
  test('all is well', () => {
    expect(healthOf(well, answers, 48, now)).toEqual({
      at: '2026-11-25T12:00:00Z', status: 'ok', doors: { graphql: 'up', ocsp: 'up', authority: 'up' },
      crl: { published: 4, missing: 0, oldest: '2026-11-25T02:00:00Z', ageSeconds: 36_000, until: '2026-11-27T02:00:00Z' }, ocsp: { responderUntil: '2026-12-03T20:00:00Z' },
      checkpoint: { size: '7', at: '2026-11-25T11:58:30Z', ageSeconds: 90 },
    })
  })
  test.each<[string, Partial<Vitals>, Partial<typeof answers>, string, string]>([
    ['the counter does not answer', {}, { graphql: false }, 'graphql down', 'down'],
    ['the responder does not answer', {}, { ocsp: false }, 'ocsp down', 'down'],
    ['the responder has run out', { responderUntil: now }, {}, 'ocsp down', 'down'],
    ['an authority has no responder', { responderUntil: null }, {}, 'ocsp late', 'late'],
    ['a list is missing', { lists: { ...well.lists, missing: 1 } }, {}, 'authority late', 'late'],
    ['a list has a quarter of its life left', { lists: { ...well.lists, until: after(now, 12 * hour - 1) } }, {}, 'authority late', 'late'],
    ['a list has run out', { lists: { ...well.lists, until: now } }, {}, 'authority down', 'down'],
    ['nothing was published yet', { lists: { published: 0, missing: 0, oldest: null, until: null }, checkpoint: null }, {}, 'authority up', 'ok'],
  ])('%s', (_, vitals, said, door, status) => {
    const health = healthOf({ ...well, ...vitals }, { ...answers, ...said }, 48, now)
    const [name, state] = door.split(' ')
    expect([health.doors[name as keyof typeof health.doors], health.status]).toEqual([state, status])
  })
})

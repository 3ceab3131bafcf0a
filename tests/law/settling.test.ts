/** What has ended of one person by now, of several cards and certificates together; and the round over all of whom something is due. */
import { describe, expect, test } from 'vitest'
import { endsNothing, settle, settlePerson, standingCard, sweepDeadlines, withEvent, type Standing, type StandingCard, type StandingCertificate } from '../../core/law/card/deadline.ts'
import { nextTrigger } from '../../core/law/card/lapse.ts'
import { refuse } from '../../core/law/refusal.ts'
import { addDays, after, endOf, hour, legalDate, startOf, type LegalDate } from '../../core/law/time.ts'
import { defaultNow as now } from '../harness/world.ts'
import { worldWith } from './acts-scene.ts'

const d = legalDate
const noon = (day: LegalDate) => after(startOf(day), 12 * hour)
const today = d('2026-04-01')
const card = (id: string, over: Partial<StandingCard> = {}): StandingCard => ({ id, state: 'ACTIVE', since: noon(d('2025-01-10')), deliveredAt: noon(d('2025-02-10')), expiresOn: d('2034-06-01'), ...over }) as never
const certificate = (id: string, on: string, over: Partial<StandingCertificate> = {}): StandingCertificate => ({ id, kind: 'signature', card: on, state: 'VALID', issuedAt: noon(d('2025-02-10')), expiresOn: d('2029-06-01'), ...over }) as never
const standing = (over: Partial<Standing>): Standing => ({ cards: [], certificates: [], history: [], ...over })
const lost = noon(d('2026-03-20'))

describe('what has ended', () => {
  test('a card that was given up ends with what is on it; another one goes on, with what is on that', () => {
    const going = card('going')
    const settled = settle(standing({ cards: [card('lost', { abolishedAt: lost } as never), going], certificates: [certificate('s1', 'lost'), certificate('a1', 'lost', { kind: 'authentication' }), certificate('s2', 'going')] }), now)
    expect(settled.cards).toEqual([{ card: 'lost', ground: 'lost', at: lost }])
    expect(settled.certificates.map(({ certificate: id, revocation }) => [id, revocation?.ground, revocation?.recordedAt])).toEqual([['s1', 'card-lapsed', lost], ['a1', 'card-lapsed', lost]])
    expect(settled.due).toEqual([{ card: 'going', at: nextTrigger(going, [], now) }])
    expect(settled.transfer).toBeNull()
    expect([endsNothing(settled), endsNothing(settle(standing({ cards: [going], certificates: [certificate('s2', 'going')] }), now))]).toEqual([false, true])
  })

  test('公的個人認証法施行規則 第17条・第53条: what was issued after its card had ended, and before anybody looked, lapses from its first instant; of other cards nothing does', () => {
    const issuedAt = after(lost, hour)
    const late = certificate('late', 'lost', { issuedAt })
    const settled = settle(standing({ cards: [card('lost', { abolishedAt: lost } as never), card('going')], certificates: [late, certificate('other', 'going', { issuedAt })] }), now)
    expect(settled.certificates).toEqual([{ certificate: 'late', kind: 'signature', state: 'VALID', revocation: { ground: 'card-lapsed', reason: 5, occurredAt: startOf(d('2026-03-20')), recordedAt: issuedAt } }])
  })

  test('a period that ran out is published on no list; one in a phone runs out by its own', () => {
    const yesterday = addDays(today, -1)
    const settled = settle(standing({ cards: [card('c')], certificates: [certificate('over', 'c', { expiresOn: yesterday }), certificate('to its last day', 'c', { expiresOn: today }), certificate('phone', 'c', { kind: 'smartphone-signature', expiresOn: yesterday } as never), certificate('phone, to its last day', 'c', { kind: 'smartphone-signature', expiresOn: today } as never)] }), now)
    expect(settled.certificates.map(({ certificate: id, revocation }) => [id, revocation])).toEqual([['over', null], ['phone', null]])
    // From the first instant of the day after.
    const phone = (at: number) => settle(standing({ certificates: [certificate('phone', 'c', { kind: 'smartphone-signature', expiresOn: today } as never)] }), at as never).certificates.length
    expect([phone(endOf(today)), phone(startOf(addDays(today, 1)))]).toEqual([0, 1])
  })

  test('of a card that is not there nothing is said', () => expect(settle(standing({ certificates: [certificate('s', 'nowhere', { expiresOn: addDays(today, -1) })] }), now).certificates).toEqual([]))

  test('an event that is recorded now comes after everything that is there', () => {
    const event = { kind: 'death', occurredOn: today, recordedAt: now } as never
    const before = standing({ cards: [card('c', { since: now }), card('older')], certificates: [certificate('s', 'c', { issuedAt: after(now, 5) }), certificate('older', 'c')], history: [{ kind: 'move-in' } as never] })
    const withIt = withEvent(before, event)
    expect([withIt.cards.map((c) => c.since), withIt.certificates.map((c) => c.issuedAt), withIt.history]).toEqual([[after(now, -1), before.cards[1]!.since], [after(now, -1), before.certificates[1]!.issuedAt], [{ kind: 'move-in' }, event]])
  })
})

describe('carrying it out', () => {
  const ending = { cards: [{ card: 'crd_1', ground: 'expired', at: now }], certificates: [{ certificate: 'crt_1' }, { certificate: 'crt_2' }], due: [], transfer: null }
  const nothing = { cards: [], certificates: [], due: [], transfer: null }

  test('one act where something has ended, none where nothing has', async () => {
    const one = async (seen: object, done: unknown = seen) => {
      const { world, called } = worldWith({ 'deadlines.look': [seen], 'deadlines.settle': [done] }, null)
      return [await settlePerson(world, 'psn_1' as never), (called.get('deadlines.settle') ?? []).map(([act]) => [(act as { kind: string }).kind, (act as { subject: string }).subject, (act as { facts: object }).facts])]
    }
    expect(await one(nothing)).toEqual([0, []])
    expect(await one(ending)).toEqual([3, [['deadline.pass', 'crd_1', { ground: 'expired', cards: 1, certificates: 2 }]]])
    expect(await one({ ...ending, cards: [] })).toEqual([2, [['deadline.pass', 'crt_1', { ground: null, cards: 0, certificates: 2 }]]])
    expect((await one(ending, refuse('CONFLICT')))[0]).toBe(0)
  })

  test('a card as it stands after that; as it was where it is gone', async () => {
    const [before, afterwards] = [{ id: 'crd_1', person: 'psn_1', state: 'ACTIVE' }, { id: 'crd_1', person: 'psn_1', state: 'LAPSED' }]
    expect([await standingCard(worldWith({ 'deadlines.look': [nothing], 'cards.load': [afterwards] }, null).world, before as never), await standingCard(worldWith({ 'deadlines.look': [nothing] }, null).world, before as never)]).toEqual([afterwards, before])
  })

  test('everybody of whom something is due, in portions; who fails keeps nobody waiting; lists follow where something ended', async () => {
    const failed: unknown[] = []
    const { world, called } = worldWith({ 'deadlines.due': [['a', 'b'], ['c', 'd'], ['e']], 'deadlines.look': [ending, new TypeError('of b'), nothing, ending, ending], 'deadlines.settle': [ending, refuse('CONFLICT'), ending] }, null)
    expect(await sweepDeadlines(world, 2, (...of) => failed.push(of))).toEqual({ persons: 5, ended: 6, failed: 1, finished: true })
    expect(failed).toEqual([['b', expect.any(TypeError)]])
    expect(called.get('deadlines.due')).toEqual([[now, null, 2], [now, 'b', 2], [now, 'd', 2]])
    expect(called.get('bell.ring')).toEqual([[{ wake: 'crl' }]])
  })

  test('stops where its time is over, and wakes nobody where nothing ended', async () => {
    const { world, called } = worldWith({ 'deadlines.due': [['a'], ['b']], 'deadlines.look': [nothing, nothing] }, null)
    let rounds = 0
    expect(await sweepDeadlines(world, 1, () => undefined, () => rounds++ < 1)).toEqual({ persons: 1, ended: 0, failed: 0, finished: false })
    expect(called.has('bell.ring')).toBe(false)
  })
})

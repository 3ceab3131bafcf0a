/** What an area must be to be asked for, field by field, and what time does to what was asked for. */
import { describe, expect, test } from 'vitest'
import type { Actor, Officer } from '../../core/law/actor.ts'
import { isRefusal, refuse } from '../../core/law/refusal.ts'
import type { Grant, LegalBasis } from '../../core/law/space/basis.ts'
import { challengeOnRepeal } from '../../core/law/space/decision.ts'
import { octetsOf, readEvidence, requestGrant, sweepGrants, warningOn, type GrantInput } from '../../core/law/space/grant.ts'
import { addDays, hour } from '../../core/law/time.ts'
import { defaultNow as now } from '../harness/world.ts'
import { agency, counter, idempotencyKey, ministry, worldWith } from './acts-scene.ts'
import { today, town } from './card-scene.ts'

const officer = (role: Officer['role'], municipality: string | null = null): Actor => ({ ...(agency as Officer), role, municipality: municipality as never })
const [prefecture, national] = [officer('prefectural', '130001'), officer('national')]
const ordinance: LegalBasis = { kind: 'ordinance', municipality: town, name: '見本条例', number: '第1号', promulgatedOn: today, url: null } as unknown as LegalBasis
const asked: GrantInput = {
  basis: ordinance, population: { kind: 'residents', municipalities: [town] }, partner: null, operator: '見本', purpose: '見本', label: '見本', aid: 'F001020304', quota: { code: 0, data: 1_000, volatile: 0 }, pin: null, records: { count: 1, size: 10 },
  minimumAge: 15, evidence: 'AB'.repeat(32), validFrom: today, validUntil: addDays(today, 30), idempotencyKey,
}
async function word(over: object, by: Actor = counter, stored: unknown = undefined): Promise<string> {
  const { world, called } = worldWith({ 'grants.request': [stored] }, null)
  const result = await requestGrant(world, by, { ...asked, ...over })
  if (isRefusal(result)) {
    if (stored === undefined) expect(called.has('grants.request')).toBe(false)
    return [result.code, result.field].filter(Boolean).join(' ')
  }
  expect(result).toMatchObject({ state: 'REQUESTED', requestedAt: now, approvedBy: null, approvedFor: null, pending: null, suspendedFor: null, endedFor: null, warned: null, reserved: false, version: 0 })
  expect((called.get('grants.request')![0]![0] as { facts: object }).facts).toEqual({ basis: result.basis.kind, aid: result.aid })
  return 'GO'
}
const each = (list: readonly object[], by?: Actor): Promise<string[]> => Promise.all(list.map((over) => word(over, by)))

describe('an area that is asked for', () => {
  test('as it should be; the name of an area is kept in capitals', async () => {
    expect(await word({})).toBe('GO')
    expect(await requestGrant(worldWith({}, null).world, counter, { ...asked, aid: 'f0010203aa' })).toMatchObject({ aid: 'F0010203AA', municipality: town })
    expect(await word({}, counter, refuse('AID_TAKEN' as never))).toBe('AID_TAKEN')
  })

  test.each([
    ['aid', [{ aid: '' }, { aid: 'F0010203' }, { aid: 'F00102030' }, { aid: 'G001020304' }, { aid: 'F0'.repeat(17) }, { aid: `xF001020304` }, { aid: `F001020304\n` }, { aid: 'D392F000260100000001' }, { aid: 'd392f00026' }], [{ aid: 'F0'.repeat(16) }]],
    ['quota', [{ quota: { code: -1, data: 1_000, volatile: 0 } }, { quota: { code: 0, data: 0, volatile: 0 } }, { quota: { code: 0.5, data: 1_000, volatile: 0 } }, { quota: { code: 0, data: 1_000, volatile: 2 ** 53 } }], [{ quota: { code: 1, data: 1_000, volatile: 1 } }]],
    ['label', [{ label: '' }, { label: '𠮷'.repeat(17) }], [{ label: '𠮷'.repeat(16) }]],
    ['records', [{ records: { count: 0, size: 10 } }, { records: { count: 1, size: 0 } }, { records: { count: 255, size: 1 } }, { records: { count: 1, size: 255 } }, { quota: { code: 0, data: octetsOf(asked.records) - 1, volatile: 0 } }], [{ quota: { code: 0, data: octetsOf(asked.records), volatile: 0 } }, { records: { count: 254, size: 1 } }, { records: { count: 1, size: 254 } }]],
    ['validUntil', [{ validUntil: addDays(today, -1), validFrom: addDays(today, -2) }, { validFrom: addDays(today, 2), validUntil: addDays(today, 1) }], [{ validUntil: today }]],
    ['pin', [{ pin: { digits: 3, tries: 3 } }, { pin: { digits: 9, tries: 3 } }, { pin: { digits: 4, tries: 0 } }, { pin: { digits: 4, tries: 11 } }], [{ pin: { digits: 4, tries: 1 } }, { pin: { digits: 8, tries: 10 } }]],
    ['evidence', [{ evidence: 'ab'.repeat(32) }, { evidence: 'AB'.repeat(31) }, { evidence: `x${'AB'.repeat(32)}` }, { evidence: `${'AB'.repeat(32)}0` }], []],
    ['minimumAge', [{ minimumAge: -1 }, { minimumAge: 121 }, { minimumAge: 1.5 }], [{ minimumAge: 0 }, { minimumAge: 120 }]],
    ['url', [{ basis: { ...ordinance, url: 'http://x.example' } }, { basis: { ...ordinance, url: 'https://a@b.example' } }, { basis: { ...ordinance, url: `https://${'x'.repeat(500)}` } }], [{ basis: { ...ordinance, url: 'https://x.example/1' } }, { basis: { ...ordinance, url: undefined } }]],
    ['population', [{ population: { kind: 'residents', municipalities: [] } }, { population: { kind: 'residents', municipalities: [town, town] } }, { population: { kind: 'residents', municipalities: [town, '999999'] } }, { population: { kind: 'residents', municipalities: ['141003'] } }, { population: { kind: 'cards' } }], [{ population: { kind: 'residents', municipalities: [town, '141003'] } }]],
  ] as const)('%s', async (field, bad, good) => {
    expect(await each(bad)).toEqual(bad.map(() => `MALFORMED_INPUT ${field}`))
    expect(await each(good)).toEqual(good.map(() => 'GO'))
  })

  test('番号法施行令 第18条: which basis carries whom, from its day on', async () => {
    const bases = (on: string): Readonly<Record<string, LegalBasis>> => ({
      ordinance: { ...ordinance, promulgatedOn: on } as never, prefectural: { ...ordinance, municipality: '130001', promulgatedOn: on } as never, rule: { kind: 'ministerial-rule', issuedOn: on } as never,
      confirmation: { kind: 'minister-confirmation', confirmedOn: on } as never, verifier: { kind: 'jpki-verifier', notifiedOn: on } as never,
    })
    const carried = async (on: string) => {
      const found: Record<string, string[]> = {}
      for (const [name, by] of Object.entries({ counter, elsewhere: officer('municipal', '141003'), prefecture, national, agency, ministry })) {
        found[name] = []
        for (const [basis, value] of Object.entries(bases(on))) {
          const result = await word({ basis: value, population: { kind: 'residents', municipalities: [name === 'elsewhere' ? '141003' : town] } }, by)
          if (result === 'GO') found[name].push(basis)
          else expect(result).toBe('LEGAL_BASIS_MISSING basis')
        }
      }
      return found
    }
    expect(await carried(today)).toEqual({ counter: ['ordinance'], elsewhere: [], prefecture: ['prefectural'], national: ['rule'], agency: ['confirmation', 'verifier'], ministry: ['rule', 'confirmation', 'verifier'] })
    expect(Object.values(await carried(addDays(today, 1))).flat()).toEqual([])
  })

  test('a prefecture’s is for residents of its own municipalities alone', async () => {
    const own = { basis: { ...ordinance, municipality: '130001' } }
    expect(await each([{ ...own, population: { kind: 'residents', municipalities: [town, '131016'] } }, { ...own, population: { kind: 'residents', municipalities: [town, '141003'] } }], prefecture)).toEqual(['GO', 'MALFORMED_INPUT population'])
  })
})

describe('what time does to areas', () => {
  const grant = (over: Partial<Grant>): Grant => ({ id: 'grt_1', state: 'APPROVED', validUntil: addDays(today, 5), warned: null, version: 3, pending: { act: 'end' }, ...over }) as never
  async function swept(due: readonly Grant[], stored: readonly unknown[] = []) {
    const { world, called } = worldWith({ 'grants.due': [due], 'grants.change': stored }, null)
    const report = await sweepGrants(world, 9)
    expect(called.get('grants.due')).toEqual([[now - 72 * hour, today, 9]])
    return { report, changes: (called.get('grants.change') ?? []).map(([act, [next]]: any) => [act.kind, act.facts, next]) }
  }

  test('a request that nobody approved lapses, what ran out is suspended, an end ahead is warned of', async () => {
    const { report, changes } = await swept([grant({ state: 'REQUESTED' }), grant({ validUntil: addDays(today, -1) }), grant({ validUntil: today }), grant({})])
    expect(report).toEqual({ lapsed: 1, expired: 1, warned: 2 })
    expect(changes).toMatchObject([
      ['grant.lapse', { days: null }, { state: 'ENDED', endedFor: 'not-approved-in-time', pending: null, version: 4 }], ['grant.expire', { days: null }, { state: 'SUSPENDED', suspendedFor: 'expired', pending: null, version: 4 }],
      ['grant.warn', { days: 7 }, { state: 'APPROVED', warned: 7, pending: { act: 'end' }, version: 4 }], ['grant.warn', { days: 7 }, { warned: 7 }],
    ])
  })

  test('what somebody changed meanwhile is not counted', async () => expect((await swept([grant({}), grant({})], [refuse('CONFLICT'), undefined])).report).toEqual({ lapsed: 0, expired: 0, warned: 1 }))

  test('warned 90, 30 and 7 days ahead', () => {
    expect([91, 90, 31, 30, 8, 7, 0].map((days) => warningOn(addDays(today, days), today))).toEqual([null, 90, 90, 30, 30, 7, 7])
  })
})

test('what officers signed is for whoever may read the area', async () => {
  const grant = { id: 'grt_1', municipality: town, population: { kind: 'residents', municipalities: [town] } }
  const read = (by: Actor) => readEvidence(worldWith({ 'grants.load': [grant], 'grants.evidence': [['signed']] }, null).world, by, 'grt_1' as never)
  expect([await read(counter), await read(agency), await read(prefecture), await read(officer('municipal', '141003')), await read(national)]).toEqual([['signed'], ['signed'], ['signed'], [], []])
})

test('the repeal of an ordinance is challenged by its own council alone', async () => {
  const ask = (by: Actor) => challengeOnRepeal(worldWith({ 'grants.standingOn': [[]], 'grants.radius': [{ cards: 0, installations: 0 }] }, null).world, by, { municipality: town, name: '見本条例', repealedOn: today })
  for (const by of [agency, prefecture, officer('municipal', '141003')]) expect(await ask(by)).toEqual(refuse('NOT_PERMITTED', { field: 'municipality' }))
})

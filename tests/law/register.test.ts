/** The register, event by event: in which state a record takes it, what it may change, what it leaves. */
import { describe, expect, test } from 'vitest'
import { eventKinds, recordResidentEvent, type EventKind, type Resident, type ResidentEventInput } from '../../core/law/person/resident.ts'
import { minorCorrections } from '../../core/law/card/lapse.ts'
import { isRefusal, refuse } from '../../core/law/refusal.ts'
import { addDays } from '../../core/law/time.ts'
import { counter, idempotencyKey, word, worldWith } from './acts-scene.ts'
import { person, resident, today, town } from './card-scene.ts'

type State = Resident['state']
const states: readonly State[] = ['RESIDENT', 'MOVING', 'OVERSEAS', 'DELETED', 'DECEASED']
const recordIn = (state: State, over: Partial<Resident> = {}): Resident => ({
  ...resident, state, municipality: state === 'RESIDENT' ? town : null, departure: state === 'MOVING' || state === 'OVERSEAS' ? { to: state, on: addDays(today, -3), from: town, continuedUse: false } : null, ...over,
})
const items = { ...resident.items }
const fitting = (kind: EventKind): Partial<ResidentEventInput> => {
  switch (kind) {
    case 'move-in': case 'move-within': return { items: { ...items, address: '別の町1' } }
    case 'name-change': return { items: { ...items, name: '別名' } }
    case 'items-change': return { items: { ...items, name: '別名', sex: 'male' } as never }
    case 'sex-change': return { items: { ...items, sex: 'male' } as never }
    case 'birth-date-correction': return { items: { ...items, birthDate: addDays(items.birthDate, 1) } }
    case 'correction': return { items: { ...items, address: '別の町1' } }
    case 'minor-correction': return { correction: minorCorrections[0], items: { ...items, address: '見本町１' } }
    default: return {}
  }
}
async function record(before: Resident | null, kind: EventKind, over: Partial<ResidentEventInput> = {}, stored: unknown = { lapsed: 2 }) {
  const { world, called } = worldWith({ 'residents.load': [before], 'residents.record': [stored] }, null)
  const input = { person, kind, occurredOn: today, plannedOn: null, cardPresented: false, continuedUse: false, correction: null, items: null, ...fitting(kind), ...over, idempotencyKey } as ResidentEventInput
  const result = await recordResidentEvent(world, counter, input)
  return { result, word: word(result), left: isRefusal(result) ? null : result.resident, act: called.get('residents.record')?.[0]?.[0] as { facts: object } | undefined, rung: called.get('bell.ring')?.length ?? 0 }
}

describe('in which state a record takes it (住民基本台帳法 第22条–第30条の2)', () => {
  const nowhere = ['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']
  const same = ['RESIDENT', 'NOT_FOUND', 'OVERSEAS', 'NOT_FOUND', 'NOT_FOUND']
  /** RESIDENT · MOVING · OVERSEAS · DELETED · DECEASED: the state it leaves, or why not. */
  const left: Readonly<Record<EventKind, readonly string[]>> = {
    'move-out': ['MOVING', ...nowhere], 'move-overseas': ['OVERSEAS', ...nowhere], 'move-in': ['NOT_FOUND', 'RESIDENT', 'RESIDENT', 'RESIDENT', 'NOT_FOUND'], 'move-within': ['RESIDENT', ...nowhere],
    death: ['DECEASED', 'DECEASED', 'DECEASED', 'NOT_FOUND', 'NOT_FOUND'], 'status-lost': ['DELETED', 'DELETED', 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'],
    'items-change': same, 'name-change': same, 'sex-change': same, 'birth-date-correction': same, 'minor-correction': same, correction: ['RESIDENT', ...nowhere], 'card-presented': ['RESIDENT', ...nowhere],
    'my-number-change': ['RESIDENT', 'MOVING', 'OVERSEAS', 'NOT_FOUND', 'NOT_FOUND'], 'resident-code-change': ['RESIDENT', 'MOVING', 'OVERSEAS', 'NOT_FOUND', 'NOT_FOUND'],
    'move-cancelled': ['WRONG_STATE RESIDENT', 'RESIDENT', 'RESIDENT', 'NOT_FOUND', 'NOT_FOUND'], 'annex-deleted': ['WRONG_STATE RESIDENT', 'NOT_FOUND', 'DELETED', 'NOT_FOUND', 'NOT_FOUND'],
    'stay-change': ['WRONG_STATE not a foreign resident', ...nowhere], birth: ['MALFORMED_INPUT kind', ...nowhere], 'first-entry': ['MALFORMED_INPUT kind', ...nowhere],
  }

  test.each(eventKinds)('%s', async (kind) => {
    for (const [i, state] of states.entries()) {
      const { word, left: after, act, rung } = await record(recordIn(state), kind)
      expect([state, after?.state ?? word]).toEqual([state, left[kind][i]])
      expect([act?.facts, rung]).toEqual(after === null ? [undefined, 0] : [{ event: kind }, 1])
      if (after === null) continue
      expect(after).toMatchObject({ version: resident.version + 1, municipality: after.state === 'RESIDENT' ? town : null })
      expect(after.departure).toEqual(after.state === 'MOVING' || after.state === 'OVERSEAS' ? { to: after.state, on: kind.startsWith('move-') ? today : addDays(today, -3), from: town, continuedUse: false } : null)
      expect(after.items).toEqual(fitting(kind).items ?? items)
    }
  })

  test('only where it is kept: the municipality of residence, or where the notice was given', async () => {
    for (const kind of eventKinds.filter((one) => one !== 'move-in')) {
      expect([kind, (await record(recordIn('RESIDENT', { municipality: '141003' as never }), kind)).word]).toEqual([kind, 'NOT_FOUND'])
      expect([kind, (await record(recordIn('OVERSEAS', { departure: { to: 'OVERSEAS', on: addDays(today, -3), from: '141003' as never, continuedUse: false } }), kind)).word]).toEqual([kind, 'NOT_FOUND'])
    }
    // Who arrives is recorded where one arrives, also before the day that was announced.
    expect((await record(recordIn('RESIDENT', { municipality: '141003' as never, departure: { to: 'MOVING', on: addDays(today, 3), from: '141003' as never, continuedUse: false } }), 'move-in')).left).toMatchObject({ state: 'RESIDENT', municipality: town, departure: null })
    expect((await record(recordIn('RESIDENT', { municipality: '141003' as never, departure: { to: 'OVERSEAS', on: addDays(today, 3), from: '141003' as never, continuedUse: false } }), 'move-in')).word).toBe('NOT_FOUND')
  })

  test('nothing of tomorrow; what the store refuses is told, and no list is made', async () => {
    expect((await record(recordIn('RESIDENT'), 'death', { occurredOn: addDays(today, 1) })).word).toBe('MALFORMED_INPUT occurredOn')
    const refused = await record(recordIn('RESIDENT'), 'death', {}, refuse('CONFLICT'))
    expect([refused.word, refused.rung]).toEqual(['CONFLICT', 0])
    expect((await record(null, 'death')).word).toBe('NOT_FOUND')
  })
})

describe('what an event may change', () => {
  const changes = { name: { ...items, name: '別名' }, address: { ...items, address: '別の町1' }, birthDate: { ...items, birthDate: addDays(items.birthDate, 1) }, sex: { ...items, sex: 'male' } }
  const allowed: Readonly<Partial<Record<EventKind, readonly string[]>>> = {
    'name-change': ['name'], 'sex-change': ['sex'], 'birth-date-correction': ['birthDate'], 'items-change': ['name', 'birthDate', 'sex'], correction: ['name', 'address', 'birthDate', 'sex'], 'move-within': ['address'],
  }
  test.each(Object.entries(allowed))('%s', async (kind, may) => {
    for (const [what, changed] of Object.entries(changes)) expect([what, (await record(recordIn('RESIDENT'), kind as EventKind, { items: changed as never })).word]).toEqual([what, may.includes(what) ? 'GO' : `MALFORMED_INPUT ${kind === 'move-within' ? 'items.address' : 'items'}`])
    expect((await record(recordIn('RESIDENT'), kind as EventKind, { items: null })).word).toBe(`MALFORMED_INPUT ${kind === 'move-within' ? 'items.address' : 'items'}`)
  })

  test('nothing at all where a card is presented or a number changes; whoever moves in has another address', async () => {
    for (const kind of ['card-presented', 'my-number-change', 'resident-code-change'] as const) expect([kind, (await record(recordIn('RESIDENT'), kind, { items: changes.name })).word]).toEqual([kind, 'MALFORMED_INPUT items'])
    expect((await record(recordIn('MOVING'), 'move-in', { items: null })).word).toBe('MALFORMED_INPUT items.address')
  })

  test('each word belongs to its event: a kind of correction, continued use, the end of a stay', async () => {
    expect((await record(recordIn('RESIDENT'), 'minor-correction', { correction: null })).word).toBe('MALFORMED_INPUT correction')
    expect((await record(recordIn('RESIDENT'), 'name-change', { correction: minorCorrections[0] })).word).toBe('MALFORMED_INPUT correction')
    expect((await record(recordIn('RESIDENT'), 'move-out', { continuedUse: true })).word).toBe('MALFORMED_INPUT continuedUse')
    expect((await record(recordIn('RESIDENT'), 'death', { stayUntil: today })).word).toBe('MALFORMED_INPUT stayUntil')
    expect((await record(recordIn('RESIDENT', { nationality: 'foreign', stayUntil: today }), 'stay-change', { stayUntil: addDays(today, 90) })).left).toMatchObject({ stayUntil: addDays(today, 90) })
    expect((await record(recordIn('RESIDENT', { nationality: 'foreign', stayUntil: today }), 'stay-change')).left).toMatchObject({ stayUntil: null })
  })

  test('continued use overseas: announced before the day, by Japanese nationals', async () => {
    const leave = (plannedOn: string | null, over: Partial<Resident> = {}) => record(recordIn('RESIDENT', over), 'move-overseas', { continuedUse: true, plannedOn: plannedOn as never })
    expect((await leave(addDays(today, 5))).left).toMatchObject({ state: 'RESIDENT', municipality: town, departure: { to: 'OVERSEAS', on: addDays(today, 5), from: town, continuedUse: true } })
    expect([(await leave(today)).word, (await leave(null)).word, (await leave(addDays(today, 5), { nationality: 'foreign' })).word]).toEqual(['CONTINUED_USE_NOT_POSSIBLE the day of departure has come', 'CONTINUED_USE_NOT_POSSIBLE the day of departure has come', 'CONTINUED_USE_NOT_POSSIBLE not a Japanese national'])
  })
})

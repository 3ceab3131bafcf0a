import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Card } from '../../core/law/card/card.ts'
import { newId } from '../../core/law/ids.ts'
import { settle, withEvent, type Decide } from '../../core/law/card/deadline.ts'
import type { EventKind, Resident, ResidentEvent } from '../../core/law/person/resident.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { dayOf, hour, legalDate } from '../../core/law/time.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome } from './rows.ts'

let world: TestWorld
let before: Resident
let card: Card
beforeEach(async () => {
  world = await testWorld()
  before = rows.resident(world)
  card = await rows.deliveredCard(world, before.person)
})
afterEach(() => world.close())

const now = () => world.clock.now()
const event = (kind: EventKind, over: Partial<ResidentEvent> = {}): ResidentEvent => ({
  id: newId('residentEvent', now(), world.random), person: before.person, kind, municipality: before.municipality!, occurredOn: dayOf(now()), recordedAt: now(), plannedOn: null, cardPresented: false, continuedUse: false, correction: null, ...over,
})
const record = (e: ResidentEvent, resident: Resident, decide: Decide = withIt(e)) => world.residents.record(actOf(world, 'resident.record', { subject: e.id }), e, resident, decide)
/** What the law makes of the event. */
const withIt = (e: ResidentEvent, transfer: Resident['municipality'] = null): Decide => (standing) => ({ ...settle(withEvent(standing, e), e.recordedAt), transfer })

describe('an event', () => {
  test('changes the register and can be read again with what it did', async () => {
    const certificate = await rows.issued(world, card)
    const moved = { ...before, version: 2, items: { ...before.items, address: '東京都清瀬市見本町九丁目9番地' } }
    const e = event('move-within', { plannedOn: legalDate('2026-05-01'), cardPresented: true })
    expect(await record(e, moved)).toEqual({ lapsed: 1 })
    expect(await world.residents.load(before.person)).toEqual(moved)
    expect(await world.residents.loadEvent(e.id)).toEqual({ event: e, resident: moved, lapsed: 1 })
    expect(await world.certificates.load(certificate.id)).toMatchObject({ state: 'REVOKED', revocation: { ground: 'record-changed', reason: 3 } })
    expect(await world.residents.loadEvent('rev_0' as never)).toBeNull()
  })

  test('decided on an older version is a conflict and changes nothing', async () => {
    const certificate = await rows.issued(world, card)
    ok(await record(event('minor-correction', { correction: 'building' }), { ...before, version: 2 }))
    const e = event('death')
    expect(outcome(await record(e, { ...before, version: 2, municipality: null, state: 'DECEASED' })) ).toBe('CONFLICT')
    expect(outcome(await record(e, { ...before, person: 'psn_0' as never, version: 2 }))).toBe('CONFLICT')
    expect((await world.certificates.load(certificate.id))!.state).toBe('VALID')
    expect((await world.cards.load(card.id))!.state).toBe('ACTIVE')
    expect(await world.residents.loadEvent(e.id)).toBeNull()
  })

  test('lapses the kinds that it names, held ones too, of this person only', async () => {
    const signature = await rows.issued(world, card)
    const authentication = await rows.issued(world, card, 'authentication')
    const other = await rows.issued(world, await rows.deliveredCard(world, world.persona('taro').person))
    const heldAt = now()
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), signature.id, revocation('temporary-stop', heldAt, heldAt)))
    world.clock.advance(hour)
    expect(await record(event('items-change'), { ...before, version: 2, items: { ...before.items, name: '青海　花子' } })).toEqual({ lapsed: 1 })
    expect(await world.certificates.load(signature.id)).toMatchObject({ state: 'REVOKED', revocation: { ground: 'record-changed', recordedAt: heldAt } })
    expect((await world.certificates.load(authentication.id))!.state).toBe('VALID')
    expect((await world.certificates.load(other.id))!.state).toBe('VALID')
  })

  test('ends a reservation of those kinds, so that no certificate with the old items can be completed', async () => {
    const application = await rows.notified(world, card)
    const { record: waiting } = await rows.reserved(world, application)
    expect(await record(event('items-change'), { ...before, version: 2, items: { ...before.items, name: '青海　花子' } })).toEqual({ lapsed: 0 })
    expect(await world.issuances.load(application.id)).toMatchObject({ state: 'ABANDONED', refusedFor: 'record-changed' })
    expect((await world.certificates.load(waiting.id))!.state).toBe('ABANDONED')
    expect((await world.crls.due(now())).map((d) => d.shard)).toEqual([card.municipality])
  })

  test.each(['ACTIVE', 'SUSPENDED'] as const)('ends the card that is %s, or passes it to the municipality of the move-in', async (state) => {
    if (state === 'SUSPENDED') ok(await world.cards.changeState(actOf(world, 'card.suspend'), 'ACTIVE', { ...card, state }))
    const yokohama = world.persona('taro').resident.municipality!
    ok(await record(event('move-out'), { ...before, version: 2, municipality: null, state: 'MOVING' }))
    world.clock.advance(hour)
    const moveIn = event('move-in', { municipality: yokohama, cardPresented: true })
    ok(await record(moveIn, { ...before, version: 3, municipality: yokohama }, withIt(moveIn, yokohama)))
    expect(await world.cards.load(card.id)).toEqual({ ...card, state, municipality: yokohama })
    world.clock.advance(hour)
    ok(await record(event('move-overseas'), { ...before, version: 4, municipality: null, state: 'OVERSEAS' }))
    expect(await world.cards.load(card.id)).toMatchObject({ state: 'LAPSED', end: { ground: 'overseas', at: now() } })
  })

  test('a name goes in and comes out code point for code point: variation selector, compatibility ideograph, astral, combining', async () => {
    const name = '辻󠄀\u{fa10}　𠮷\u304b\u3099'
    ok(await record(event('items-change'), { ...before, version: 2, items: { ...before.items, name } }))
    expect([...(await world.residents.load(before.person))!.items.name].map((c) => c.codePointAt(0))).toEqual([...name].map((c) => c.codePointAt(0)))
  })
})

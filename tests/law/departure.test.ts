/** Between the notice of a move and its day: what stands, what changes at which instant, who records it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Officer } from '../../core/law/actor.ts'
import { sweepDeadlines } from '../../core/law/card/deadline.ts'
import { applyForCard, startProduction } from '../../core/law/card/card.ts'
import { applyForCertificate, confirmApplicant, withdrawCertificateApplication } from '../../core/law/certificate/issuance.ts'
import type { IdempotencyKey, MunicipalityCode, OfficerId } from '../../core/law/ids.ts'
import { certificateItems, residentNow } from '../../core/law/person/departure.ts'
import { readResident, recordResidentEvent, type EventKind, type ResidentEventInput } from '../../core/law/person/resident.ts'
import { after, dayOf, hour, legalDate, startOf } from '../../core/law/time.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from '../db/rows.ts'
import { ok, outcome } from '../db/rows.ts'

const noon = (day: string) => after(startOf(legalDate(day)), 12 * hour)
const elsewhere = '141003' as MunicipalityCode
let keys = 0
const key = () => `departure-${keys++}-test` as IdempotencyKey
const officer = (municipality: MunicipalityCode): Officer => ({ kind: 'officer', officer: 'ofc_1' as OfficerId, role: 'municipal', municipality, scopes: new Set(['register', 'card', 'certificate']) })

let world: TestWorld
beforeEach(async () => { world = await testWorld({ now: noon('2026-04-01') }) })
afterEach(() => world.close())

async function someone(name = 'hanako') {
  const card = await rows.deliveredCard(world, world.persona(name).person)
  const home = card.municipality
  const record = (kind: EventKind, over: Partial<ResidentEventInput> = {}, by = home) => recordResidentEvent(world, officer(by), {
    person: card.person, kind, occurredOn: dayOf(world.clock.now()), plannedOn: null, cardPresented: false, continuedUse: false, correction: null, items: null, idempotencyKey: key(), ...over,
  })
  const stands = async () => (await residentNow(world, card.person))!
  const state = async () => [(await world.cards.load(card.id))!.state, ...(await world.certificates.ofCard(card.id)).map((c) => `${c.kind} ${c.state}`)]
  /** The first steps of an application, as far as they ask the register. */
  const confirm = async () => {
    const applied = ok(await applyForCertificate(world, officer(home), { card: card.id, kind: 'signature', items: certificateItems(await stands()), lapseOfPresent: true, idempotencyKey: key() }))
    const done = outcome(await confirmApplicant(world, officer(home), { application: applied.id, idempotencyKey: key() }))
    ok(await withdrawCertificateApplication(world, officer(home), { application: applied.id, idempotencyKey: key() }))
    return done
  }
  const moveIn = (items = {}) => ({ items: { ...rows.resident(world, name).items, address: '横浜市見本町1', addressSubstitutes: '00000000', ...items } })
  return { card, home, person: card.person, record, stands, state, confirm, moveIn }
}
const sweepOn = async (day: string) => { world.clock.set(noon(day)); await sweepDeadlines(world, 50, (_, fault) => { throw fault }) }

describe('住民基本台帳法 第17条・第24条: 転出', () => {
  test('until the announced day the record stands, and certificates are issued on it; on the day it is gone, swept or not', async () => {
    const { record, stands, confirm, home, person } = await someone()
    ok(await record('move-out', { plannedOn: legalDate('2026-04-10') }))
    world.clock.set(noon('2026-04-09'))
    expect(await stands()).toMatchObject({ state: 'RESIDENT', municipality: home, departure: { to: 'MOVING', on: '2026-04-10', from: home } })
    expect(await confirm()).toBe('OK')
    world.clock.set(startOf(legalDate('2026-04-10')))
    expect(await stands()).toMatchObject({ state: 'MOVING', municipality: null })
    expect(await confirm()).toBe('NOT_RESIDENT')
    expect(outcome(await applyForCard(world, officer(home), { person, channel: 'counter', idempotencyKey: key() }))).toBe('NOT_FOUND')
  })

  test('転出取消 before the day: nothing came of it', async () => {
    const { card, record, stands, state, home } = await someone()
    await rows.issued(world, card, 'signature')
    await rows.issued(world, card, 'authentication')
    ok(await record('move-out', { plannedOn: legalDate('2026-04-10') }))
    world.clock.set(noon('2026-04-05'))
    expect(outcome(await record('move-cancelled', {}, elsewhere))).toBe('NOT_FOUND')
    ok(await record('move-cancelled'))
    await sweepOn('2026-07-01')
    expect(await stands()).toMatchObject({ state: 'RESIDENT', municipality: home, departure: null })
    expect(await state()).toEqual(['ACTIVE', 'signature VALID', 'authentication VALID'])
    expect(outcome(await record('move-cancelled'))).toBe('WRONG_STATE')
  })

  test('転出取消 after the day: the signing certificate has lapsed for good, card and authentication go on', async () => {
    const { card, record, stands, state, home } = await someone()
    await rows.issued(world, card, 'signature')
    await rows.issued(world, card, 'authentication')
    ok(await record('move-out', { plannedOn: legalDate('2026-04-10') }))
    world.clock.set(noon('2026-04-20'))
    ok(await record('move-cancelled'))
    expect(await stands()).toMatchObject({ state: 'RESIDENT', municipality: home })
    await sweepOn('2026-07-01')
    expect(await state()).toEqual(['ACTIVE', 'signature REVOKED', 'authentication VALID'])
    const [signature] = await world.certificates.ofCard(card.id)
    expect(signature!.revocation).toMatchObject({ ground: 'record-changed', occurredAt: startOf(legalDate('2026-04-10')), recordedAt: startOf(legalDate('2026-04-10')) })
  })

  test('who arrives before the announced day moves in; who left is still recorded dead where the notice was given, and nowhere else', async () => {
    const early = await someone()
    ok(await early.record('move-out', { plannedOn: legalDate('2026-04-10') }))
    ok(await early.record('move-in', early.moveIn(), elsewhere))
    expect(await early.stands()).toMatchObject({ state: 'RESIDENT', municipality: elsewhere, departure: null })
    const gone = await someone('misaki')
    ok(await gone.record('move-out', { plannedOn: legalDate('2026-04-01') }))
    expect(outcome(await gone.record('death', {}, elsewhere))).toBe('NOT_FOUND')
    expect(outcome(await gone.record('name-change', { items: { ...(await gone.stands()).items, name: '見本　花子', nameSubstitutes: '00000' } }))).toBe('NOT_FOUND')
    expect(outcome(await readResident(world, officer(gone.home), gone.person))).toBe('OK')
    ok(await gone.record('death', { occurredOn: legalDate('2026-03-30') }))
    expect((await world.cards.load(gone.card.id))!.end).toEqual({ ground: 'death', at: world.clock.now() })
    expect(await gone.stands()).toMatchObject({ state: 'DECEASED', municipality: null, departure: null })
  })
})

describe('公的個人認証法 第3条の2・第7条第2項・第12条: 国外転出', () => {
  const leave = { plannedOn: legalDate('2026-04-20'), continuedUse: true }

  test('between notice and departure a certificate bears the fact and the day, and the departure does not hit it; the one of before lapses on the day', async () => {
    const { card, record, stands, state, confirm } = await someone()
    const before = await rows.issued(world, card, 'signature')
    await rows.issued(world, card, 'authentication')
    ok(await record('move-overseas', leave))
    world.clock.set(noon('2026-04-19'))
    expect(await state()).toEqual(['ACTIVE', 'signature VALID', 'authentication VALID'])
    const items = certificateItems(await stands())
    expect(items.address).toBe('国外転出（予定年月日　令和8年4月20日）')
    expect(items.addressSubstitutes).toBe('0'.repeat([...items.address].length))
    await sweepOn('2026-04-20')
    expect((await world.certificates.load(before.id))!.revocation).toMatchObject({ ground: 'record-changed', recordedAt: startOf(legalDate('2026-04-20')) })
    expect(await state()).toEqual(['ACTIVE', 'signature REVOKED', 'authentication VALID'])
    // And a new one is issued, through the municipality that keeps the annex.
    expect(await stands()).toMatchObject({ state: 'OVERSEAS', municipality: null })
    expect(certificateItems(await stands())).toEqual(items)
    expect(await confirm()).toBe('OK')
  })

  test('a certificate issued in between outlives the departure', async () => {
    const { card, record, stands, state } = await someone()
    ok(await record('move-overseas', leave))
    world.clock.set(noon('2026-04-10'))
    const resident = await stands()
    const as = { ...world, personas: [{ ...world.persona('hanako'), resident: { ...resident, items: certificateItems(resident) } }] }
    await rows.issued(as, card, 'signature')
    await sweepOn('2026-08-01')
    expect(await state()).toEqual(['ACTIVE', 'signature VALID'])
    ok(await record('annex-deleted'))
    expect(await state()).toEqual(['ACTIVE', 'signature REVOKED'])
    expect(await stands()).toMatchObject({ state: 'DELETED', departure: null })
  })

  test('the street address is not certified any more once the departure is announced', async () => {
    const { record, card, home } = await someone()
    ok(await record('move-overseas', leave))
    const applied = ok(await applyForCertificate(world, officer(home), { card: card.id, kind: 'signature', items: rows.resident(world).items, lapseOfPresent: true, idempotencyKey: key() }))
    expect(outcome(await confirmApplicant(world, officer(home), { application: applied.id, idempotencyKey: key() }))).toBe('ITEMS_DIFFER')
  })

  test('without continued use the card ends on the day; given again with it before the day, it is kept', async () => {
    const without = await someone()
    ok(await without.record('move-overseas', { ...leave, continuedUse: false }))
    const later = await someone('misaki')
    ok(await later.record('move-overseas', { ...leave, continuedUse: false }))
    world.clock.set(noon('2026-04-19'))
    ok(await later.record('move-overseas', leave))
    await sweepOn('2026-04-21')
    expect((await world.cards.load(without.card.id))!.end).toEqual({ ground: 'overseas', at: startOf(legalDate('2026-04-20')) })
    expect(await without.confirm().catch((fault: Error) => fault.message)).toContain('CARD_NOT_USABLE')
    expect((await world.cards.load(later.card.id))!.state).toBe('ACTIVE')
  })

  test('国外継続利用 is for nationals, and done by the day before', async () => {
    const { record, person } = await someone()
    world.clock.set(noon('2026-04-20'))
    expect(await record('move-overseas', leave)).toMatchObject({ code: 'CONTINUED_USE_NOT_POSSIBLE', state: 'the day of departure has come' })
    world.clock.set(noon('2026-04-19'))
    await rows.rewriteResident(world, person, (resident) => ({ ...resident, nationality: 'foreign' }))
    expect(await record('move-overseas', leave)).toMatchObject({ code: 'CONTINUED_USE_NOT_POSSIBLE', state: 'not a Japanese national' })
    expect(outcome(await record('move-overseas', { ...leave, continuedUse: false }))).toBe('OK')
  })
})

test('在留期間の更新 does not lengthen the card that is there; the next one is made by it', async () => {
  const { card, record, stands, person, home } = await someone()
  expect(outcome(await record('stay-change', { stayUntil: legalDate('2027-01-31') }))).toBe('WRONG_STATE')
  await rows.rewriteResident(world, person, (resident) => ({ ...resident, nationality: 'foreign', stayUntil: legalDate('2026-12-31') }))
  ok(await record('stay-change', { stayUntil: legalDate('2028-01-31') }))
  expect((await stands()).stayUntil).toBe('2028-01-31')
  expect((await world.cards.load(card.id))!.expiresOn).toBe(card.expiresOn)
  ok(await record('stay-change', { stayUntil: null }))
  expect((await stands()).stayUntil).toBeNull()
  expect(outcome(await record('name-change', { stayUntil: legalDate('2028-01-31') }))).toBe('MALFORMED_INPUT')
  ok(await record('stay-change', { stayUntil: legalDate('2029-03-31') }))
  const agency: Officer = { ...officer(home), role: 'agency', municipality: null }
  ok(await world.cards.changeState(rows.actOf(world, 'card.return'), 'ACTIVE', { ...card, state: 'LAPSED', end: { ground: 'returned', at: world.clock.now() } }))
  const applied = ok(await applyForCard(world, officer(home), { person, channel: 'counter', idempotencyKey: key() }))
  expect(ok(await startProduction(world, agency, { application: applied.id, idempotencyKey: key() })).card.expiresOn).toBe('2029-03-31')
})

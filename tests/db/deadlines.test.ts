import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Officer } from '../../core/law/actor.ts'
import type { Card } from '../../core/law/card/card.ts'
import { sweepDeadlines } from '../../core/law/card/deadline.ts'
import type { IdempotencyKey, MunicipalityCode, OfficerId, PersonId } from '../../core/law/ids.ts'
import { recordResidentEvent, type EventKind, type ResidentEventInput } from '../../core/law/person/resident.ts'
import { after, dayOf, hour, legalDate, startOf, type LegalDate } from '../../core/law/time.ts'
import { auditLeaves } from '../../db/tables/audit.ts'
import { cards } from '../../db/tables/cards.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { ok } from './rows.ts'

const first = legalDate('2026-04-01')
const noon = (day: LegalDate) => after(startOf(day), 12 * hour)
const officer = (municipality: MunicipalityCode): Officer => ({ kind: 'officer', officer: 'ofc_1' as OfficerId, role: 'municipal', municipality, scopes: new Set(['register', 'card', 'certificate']) })
const sweep = (world: TestWorld, portion = 100) => sweepDeadlines(world, portion, (person, fault) => { throw new Error(`${person}: ${String(fault)}`) })

let keys = 0
function record(world: TestWorld, person: PersonId, by: MunicipalityCode, event: Partial<ResidentEventInput> & { kind: EventKind }) {
  return recordResidentEvent(world, officer(by), {
    person, occurredOn: dayOf(world.clock.now()), plannedOn: null, cardPresented: false, continuedUse: false, correction: null, items: null, idempotencyKey: `event-${keys++}-of-test` as IdempotencyKey, ...event,
  })
}

async function cardEnding(world: TestWorld, person: PersonId, on: LegalDate): Promise<Card> {
  const card = await rows.deliveredCard(world, person)
  await world.db.update(cards).set({ expiresOn: on }).where(eq(cards.id, card.id))
  return (await world.cards.load(card.id))!
}

describe('one person', () => {
  let world: TestWorld
  beforeEach(async () => { world = await testWorld({ now: noon(first) }) })
  afterEach(() => world.close())
  const hanako = () => rows.resident(world)
  const leaves = async () => (await world.db.select().from(auditLeaves).where(eq(auditLeaves.kind, 'deadline.pass'))).length

  test('番号法 第17条第10項: 30 days after the announced move-out, found by the sweep, in one act; a second round finds nothing', async () => {
    const card = await rows.deliveredCard(world, hanako().person)
    const authentication = await rows.issued(world, card, 'authentication')
    ok(await record(world, card.person, card.municipality, { kind: 'move-out', plannedOn: legalDate('2026-04-10') }))
    world.clock.set(noon(legalDate('2026-05-10')))
    expect(await sweep(world)).toMatchObject({ ended: 0, finished: true })
    expect((await world.cards.load(card.id))!.state).toBe('ACTIVE')
    world.clock.set(noon(legalDate('2026-05-20')))
    expect(await sweep(world)).toMatchObject({ persons: 1, ended: 2, failed: 0 })
    const at = startOf(legalDate('2026-05-11'))
    expect(await world.cards.load(card.id)).toMatchObject({ state: 'LAPSED', end: { ground: 'move-30', at } })
    expect((await world.certificates.load(authentication.id))!.revocation).toEqual({ ground: 'record-changed', reason: 3, occurredAt: at, recordedAt: at })
    expect(world.rung).toContainEqual({ wake: 'crl' })
    expect(await leaves()).toBe(1)
    expect(await sweep(world)).toMatchObject({ persons: 0, ended: 0 })
    expect(await leaves()).toBe(1)
  })

  test('有効期間満了: a certificate and, later, the card; nothing is published of what expired', async () => {
    const card = await cardEnding(world, hanako().person, legalDate('2026-09-30'))
    const signature = await rows.issued(world, card, 'signature', legalDate('2026-06-30'))
    world.clock.set(after(startOf(legalDate('2026-07-01')), -1))
    await sweep(world)
    expect((await world.certificates.load(signature.id))!.state).toBe('VALID')
    world.clock.set(startOf(legalDate('2026-07-01')))
    await sweep(world)
    expect(await world.certificates.load(signature.id)).toMatchObject({ state: 'EXPIRED', revocation: null })
    world.clock.set(startOf(legalDate('2026-10-01')))
    await sweep(world)
    expect(await world.cards.load(card.id)).toMatchObject({ state: 'LAPSED', end: { ground: 'expired', at: startOf(legalDate('2026-10-01')) } })
  })

  test('死亡: a card that waits to be fetched ends with its application, and none is in the way of another', async () => {
    const applied = rows.cardApplication(world, hanako().person)
    ok(await world.cardApplications.create(rows.actOf(world, 'card.apply'), applied))
    const made = rows.cardFor(world, applied)
    ok(await world.cardApplications.advance(rows.actOf(world, 'card.produce'), 'RECEIVED', { ...applied, state: 'IN_PRODUCTION', card: made.id }, made))
    ok(await record(world, applied.person, applied.municipality, { kind: 'death' }))
    expect((await world.cardApplications.load(applied.id))!.state).toBe('NOT_COLLECTED')
    expect(await world.cards.load(made.id)).toMatchObject({ state: 'LAPSED', end: { ground: 'death' } })
  })

  test('a person who fails keeps nobody waiting, and comes again', async () => {
    const persons = [world.persona('hanako').person, world.persona('misaki').person, world.persona('taro').person]
    for (const person of persons) await cardEnding(world, person, legalDate('2026-05-31'))
    world.clock.set(noon(legalDate('2026-06-01')))
    const faulty = { ...world, deadlines: { ...world.deadlines, look: (person: PersonId, decide: never) => (person === persons[0] ? Promise.reject(new Error('a fault')) : world.deadlines.look(person, decide)) } }
    const seen: PersonId[] = []
    expect(await sweepDeadlines(faulty, 1, (person) => seen.push(person))).toEqual({ persons: 3, ended: 2, failed: 1, finished: true })
    expect(seen).toEqual([persons[0]])
    expect(await sweep(world)).toMatchObject({ persons: 1, ended: 1 })
  })

  test('stopped in the middle, it is gone on with', async () => {
    for (const name of ['hanako', 'misaki', 'taro']) await cardEnding(world, world.persona(name).person, legalDate('2026-05-31'))
    world.clock.set(noon(legalDate('2026-06-01')))
    let portions = 0
    expect(await sweepDeadlines(world, 2, () => undefined, () => portions++ < 1)).toMatchObject({ ended: 2, finished: false })
    expect(await sweep(world)).toMatchObject({ ended: 1, finished: true })
  })
})

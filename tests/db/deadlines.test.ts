import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Officer } from '../../core/law/actor.ts'
import type { Card } from '../../core/law/card/card.ts'
import { settlePerson, sweepDeadlines } from '../../core/law/card/deadline.ts'
import type { IdempotencyKey, MunicipalityCode, OfficerId, PersonId } from '../../core/law/ids.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { recordResidentEvent, type EventKind, type ResidentEventInput } from '../../core/law/person/resident.ts'
import { addDays, after, dayOf, hour, legalDate, minute, startOf, type LegalDate } from '../../core/law/time.ts'
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

/** What can be told of a person's cards and certificates. Ids differ between two worlds; nothing else may. */
async function outcomeOf(world: TestWorld, person: PersonId) {
  const held = await world.cards.ofPerson(person)
  const certificates = (await Promise.all(held.map((card) => world.certificates.ofCard(card.id)))).flat()
  return {
    resident: await world.residents.load(person),
    cards: held.map(({ state, municipality, end }) => ({ state, municipality, end })),
    certificates: certificates.map(({ kind, state, revocation, issuedAt, expiresOn }) => ({ kind, state, revocation, issuedAt, expiresOn })),
  }
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

// ---------------------------------------------------------------- random lives

const days = 110
const towns = ['132217', '131016', '011002', '141003'] as MunicipalityCode[]
type Step = { readonly who: number; readonly day: number; readonly ahead: number; readonly shown: boolean; readonly town: number; readonly kind: EventKind | 'issue' | 'hold' }
const kinds: readonly Step['kind'][] = [
  'move-out', 'move-out', 'move-in', 'move-in', 'move-within', 'move-overseas', 'death', 'items-change', 'minor-correction', 'card-presented', 'name-change', 'correction', 'my-number-change', 'status-lost',
  'issue', 'issue', 'issue', 'hold',
]
const lives = fc.array(fc.record<Step>({ who: fc.nat(11), day: fc.nat(days - 2), ahead: fc.nat(40), shown: fc.boolean(), town: fc.nat(3), kind: fc.constantFrom(...kinds) }), { minLength: 50, maxLength: 60, size: 'max' })

async function take(world: TestWorld, step: Step, n: number): Promise<string> {
  const persona = world.personas.filter((p) => p.resident.state === 'RESIDENT')[step.who]!
  const now = (await world.residents.load(persona.person))!
  const town = towns[step.town]!
  const today = dayOf(world.clock.now())
  if (step.kind === 'issue' || step.kind === 'hold') {
    await settlePerson(world, persona.person)
    const card = (await world.cards.ofPerson(persona.person)).find((c) => c.state === 'ACTIVE')
    if (card === undefined || now.municipality === null) return 'no card'
    const live = await world.certificates.live(persona.person, 'signature', world.clock.now())
    if (step.kind === 'hold') {
      if (live?.state === 'VALID') ok(await world.revocations.revoke(rows.actOf(world, 'certificate.revoke'), live.id, { ground: 'temporary-stop', reason: 6, occurredAt: world.clock.now(), recordedAt: world.clock.now() }))
      return live?.state ?? 'none'
    }
    if (live !== null) return 'live'
    const as = { ...world, personas: [{ ...persona, resident: now }] }
    await rows.issued(as, { ...card, municipality: now.municipality }, 'signature', [addDays(today, 20 + step.ahead), card.expiresOn].toSorted()[0])
    return 'issued'
  }
  const address = step.kind === 'move-in' || step.kind === 'move-within' || step.kind === 'correction'
  const named = step.kind === 'items-change' || step.kind === 'name-change'
  const result = await record(world, persona.person, step.kind === 'move-in' ? town : (now.municipality ?? town), {
    kind: step.kind, plannedOn: step.kind === 'move-out' || step.kind === 'move-overseas' ? addDays(today, step.ahead - 10) : null, cardPresented: step.shown && step.kind === 'move-in',
    continuedUse: step.shown && step.kind === 'move-overseas', correction: step.kind === 'minor-correction' ? 'building' : null, occurredOn: addDays(today, step.kind === 'move-in' ? -Math.min(step.ahead, 20) : 0),
    items: address ? { ...now.items, address: `見本町${n}番地`, addressSubstitutes: '0'.repeat(`見本町${n}番地`.length) } : named ? { ...now.items, name: `見本　${'一二三四五六七八九十'[n % 10]}`, nameSubstitutes: '0000' } : null,
  })
  return isRefusal(result) ? result.code : 'ok'
}

/** The same steps on the same days; swept every day, or once at the end. */
async function live(steps: readonly Step[], daily: boolean) {
  const world = await testWorld({ now: noon(first) })
  try {
    const persons = world.personas.filter((p) => p.resident.state === 'RESIDENT').slice(0, 12)
    for (const [i, { person }] of persons.entries()) {
      const card = await cardEnding(world, person, addDays(first, i % 3 === 0 ? 60 + i * 5 : 400))
      await rows.issued(world, card, 'authentication', card.expiresOn)
      await rows.issued(world, card, 'signature', i % 4 === 0 ? addDays(first, 40) : card.expiresOn)
    }
    const told: string[] = []
    const ordered = steps.toSorted((a, b) => a.day - b.day)
    for (let day = 1; day <= days; day++) {
      const date = addDays(first, day)
      if (daily) {
        world.clock.set(after(startOf(date), 5 * minute))
        await sweep(world, 3)
      }
      world.clock.set(noon(date))
      for (const [n, step] of ordered.entries()) if (step.day + 1 === day) {
        world.clock.advance(1)
        told.push(await take(world, step, n))
      }
    }
    world.clock.set(startOf(addDays(first, days + 1)))
    await sweep(world, 3)
    return { told, people: await Promise.all(persons.map(({ person }) => outcomeOf(world, person))) }
  } finally {
    await world.close()
  }
}

test('random lives: swept daily or once, they end in the same state; no certificate outlives its card; no two live ones of a kind', async () => {
  const seen = new Set<string>()
  await fc.assert(fc.asyncProperty(lives, async (steps) => {
    const daily = await live(steps, true)
    expect(await live(steps, false)).toEqual(daily)
    for (const { cards: held, certificates } of daily.people) {
      const alive = certificates.filter(({ state }) => state === 'VALID' || state === 'HELD')
      expect(new Set(alive.map(({ kind }) => kind)).size).toBe(alive.length)
      if (held.every(({ state }) => state === 'LAPSED' || state === 'ABOLISHED')) expect(alive).toEqual([])
      // One card each here: what lapsed did so by its end at the latest.
      const end = held[0]!.end?.at ?? Number.MAX_SAFE_INTEGER
      for (const { revocation, state } of certificates) if (state === 'REVOKED') expect(revocation!.recordedAt).toBeLessThanOrEqual(end)
      for (const { end } of held) if (end !== null) seen.add(end.ground)
    }
    return true
  }), { numRuns: 2, seed: 20_260_401, endOnFailure: true })
  expect([...seen].toSorted()).toEqual(expect.arrayContaining(['death', 'expired', 'move-30', 'number-changed', 'overseas', 'status-lost']))
}, 240_000)

/** 住民基本台帳法 第8条・第22条: who enters the register is a resident from then on, behind both walls, and may apply for a card. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Citizen, Officer, Scope } from '../../core/law/actor.ts'
import { applyForCard } from '../../core/law/card/card.ts'
import { municipalityCode, type OfficerId, type PersonId } from '../../core/law/ids.ts'
import { enterResident, type EntryInput } from '../../core/law/person/entry.ts'
import { parseFourInformation } from '../../core/law/person/person.ts'
import { readResident, recordResidentEvent, type Resident } from '../../core/law/person/resident.ts'
import { addDays, addMonths, dayOf, type LegalDate } from '../../core/law/time.ts'
import { auditLeaves } from '../../db/tables/audit.ts'
import { ok, outcome, resident as planted } from '../db/rows.ts'
import { testWorld, worldOf, type TestWorld } from '../harness/world.ts'
import { key } from './holder.ts'

let world: TestWorld
let clerk: Officer
beforeAll(async () => {
  world = await testWorld({ random: 'entry' })
  clerk = { kind: 'officer', officer: 'ofc_entry' as OfficerId, role: 'municipal', municipality: planted(world).municipality, scopes: new Set<Scope>(['register', 'card']) }
}, 60_000)
afterAll(() => world.close())

const today = (): LegalDate => dayOf(world.clock.now())
const items = (birthDate: LegalDate, name = '青空　みどり') => ok(parseFourInformation({ name, birthDate, sex: 'female', address: '東京都清瀬市見本町一丁目1番地' }))
const born = (over: Partial<EntryInput> = {}): EntryInput => ({ kind: 'birth', occurredOn: addDays(today(), -3), items: items(addDays(today(), -3)), nationality: 'japanese', stayUntil: null, idempotencyKey: key(), ...over })
const enter = (input: EntryInput, who: Officer = clerk) => enterResident(worldOf(world, who), who, input)
const citizen = (person: PersonId): Citizen => ({ kind: 'citizen', person, scopes: new Set(['me']) })
const elsewhere = (): Officer => ({ ...clerk, municipality: municipalityCode('011002') })

describe('出生', () => {
  test('the child is a resident, to its municipality and to itself, and to no other', async () => {
    const { resident, event, lapsed } = ok(await enter(born()))
    expect([resident.state, resident.municipality, resident.version, event.kind, lapsed]).toEqual(['RESIDENT', clerk.municipality, 1, 'birth', 0])
    for (const who of [clerk, citizen(resident.person)]) expect(ok(await readResident(worldOf(world, who), who, resident.person))).toEqual(resident)
    expect(outcome(await readResident(worldOf(world, elsewhere()), elsewhere(), resident.person))).toBe('NOT_FOUND')
    expect(await world.residents.history(resident.person)).toEqual([event])
  })

  test('and a card is applied for, without a photo, at special speed as an infant', async () => {
    const input = born()
    const { resident: { person } } = ok(await enter(input))
    const asked = await applyForCard(worldOf(world, clerk), clerk, { person, channel: 'counter', special: { ground: 'infant', on: input.occurredOn }, photo: false, idempotencyKey: key() })
    expect(asked).toMatchObject({ state: 'RECEIVED', photo: false, person })
  })

  test('the same again under its key is the same person; what is recorded later follows', async () => {
    const input = born()
    const first = ok(await enter(input))
    expect(ok(await enter(input)).resident.person).toBe(first.resident.person)
    expect(outcome(await enter({ ...input, nationality: 'foreign' }))).toBe('IDEMPOTENCY_CONFLICT')
    const later = (kind: 'birth' | 'first-entry' | 'death') => recordResidentEvent(worldOf(world, clerk), clerk, { person: first.resident.person, kind, occurredOn: today(), plannedOn: null, cardPresented: false, continuedUse: false, correction: null, items: null, idempotencyKey: key() })
    expect([outcome(await later('birth')), outcome(await later('first-entry')), outcome(await later('death'))]).toEqual(['MALFORMED_INPUT', 'MALFORMED_INPUT', 'OK'])
  })
})

describe('国外からの転入', () => {
  test('of a foreign resident: the ground for special speed, until thirty days after', async () => {
    const on = addDays(today(), -2)
    const { resident: { person } } = ok(await enter(born({ kind: 'first-entry', occurredOn: on, items: items(addMonths(today(), -400), 'SMITH JOHN'), nationality: 'foreign', stayUntil: addMonths(today(), 24) })))
    const apply = (ground: 'from-overseas' | 'new-foreign-resident' | 'newly-recorded', day = on) => applyForCard(worldOf(world, clerk), clerk, { person, channel: 'counter', special: { ground, on: day }, idempotencyKey: key() })
    expect([outcome(await apply('newly-recorded')), outcome(await apply('from-overseas', today()))]).toEqual(['SPECIAL_SPEED_UNFOUNDED', 'SPECIAL_SPEED_UNFOUNDED'])
    expect(outcome(await apply('new-foreign-resident'))).toBe('OK')
  })
})

test.each<[string, () => Partial<EntryInput>, string]>([
  ['of tomorrow', () => ({ occurredOn: addDays(today(), 1), items: items(addDays(today(), 1)) }), 'occurredOn'],
  ['of a birth on an earlier day', () => ({ items: items(addDays(today(), -4)) }), 'items.birthDate'],
  ['of a birth on a later day', () => ({ items: items(today()) }), 'items.birthDate'],
  ['before birth', () => ({ kind: 'first-entry', items: items(today()) }), 'items.birthDate'],
  ['of a national with a stay', () => ({ stayUntil: addDays(today(), 9) }), 'stayUntil'],
  ['with a stay that is over', () => ({ nationality: 'foreign', stayUntil: addDays(today(), -1) }), 'stayUntil'],
])('an entry %s is refused', async (_, over, field) => expect(await enter(born(over()))).toMatchObject({ code: 'MALFORMED_INPUT', field }))

test('by nobody but the register of a municipality, and by the archive into its own alone', async () => {
  for (const who of [{ ...clerk, scopes: new Set<Scope>(['card']) }, { ...clerk, role: 'agency', municipality: null } as Officer]) expect(outcome(await enter(born(), who))).toBe('NOT_PERMITTED')
  // A recipe that forgot to look: the wall holds.
  const { resident, event } = ok(await enter(born()))
  const other = { ...resident, person: `${resident.person.slice(0, -2)}zz` as PersonId }
  const act = { kind: 'resident.enter' as const, actor: elsewhere(), at: world.clock.now(), key: key(), request: '{}', subject: `${event.id}z`, facts: { event: 'birth' } }
  const into = (municipality: Resident['municipality']) => worldOf(world, elsewhere()).residents.enter(act, { ...event, id: `${event.id.slice(0, -2)}zz` as never, municipality: elsewhere().municipality!, person: other.person }, { ...other, municipality })
  await expect(into(resident.municipality)).rejects.toThrow()
  expect(await world.residents.load(other.person)).toBeNull()
  // The same into its own is let through: it is the wall that spoke.
  await into(elsewhere().municipality)
  expect((await world.residents.load(other.person))?.municipality).toBe(elsewhere().municipality)
  const leaves = (await world.db.select().from(auditLeaves)).filter(({ kind }) => kind === 'resident.enter')
  expect(leaves.every(({ facts }) => /^\{"event":"(birth|first-entry)"\}$/.test(JSON.stringify(facts).replaceAll('\\', '').replace(/^"|"$/g, '')))).toBe(true)
  expect(leaves.length).toBeGreaterThan(3)
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseFourInformation } from '../../core/law/person/person.ts'
import { hasStanding } from '../../core/law/partner/partner.ts'
import { addDays, dayOf, legalDate } from '../../core/law/time.ts'
import { parseId } from '../../core/law/ids.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { personaNamed, personas } from '../../db/person/personas.ts'
import { seed, seededMunicipalities, seededPartnerIds } from '../../db/seed.ts'
import { ageOn } from '../../core/law/person/person.ts'
import { defaultNow, testWorld, type TestWorld } from '../harness/world.ts'

const today = dayOf(defaultNow)
let world: TestWorld
beforeAll(async () => { world = await testWorld() })
afterAll(() => world.close())

describe('the seed', () => {
  test('every persona comes back from the register as it was written, code point for code point', async () => {
    for (const { name, person, resident } of world.personas) expect({ name, resident: await world.residents.load(person) }).toEqual({ name, resident })
  })

  test('every persona is one that the door would let in', () => {
    for (const { name, person, resident } of personas(today)) {
      expect(parseId('person', person), name).toBe(person)
      expect(isRefusal(parseFourInformation(resident.items)), name).toBe(false)
      expect(resident.municipality === null || seededMunicipalities.some((m) => m.code === resident.municipality), name).toBe(true)
    }
    expect(new Set(personas(today).map((p) => p.name)).size).toBe(personas(today).length)
  })

  test('personas are what they say they are', () => {
    expect(ageOn(personaNamed('kenta', today).resident.items.birthDate, today)).toBe(10)
    expect(ageOn(personaNamed('yui', today).resident.items.birthDate, today)).toBe(14)
    expect(ageOn(personaNamed('yui', today).resident.items.birthDate, addDays(today, 31))).toBe(15)
    expect(personaNamed('gaiji', today).resident.items).toMatchObject({ nameSubstitutes: '01010', addressSubstitutes: '00000000010000' })
    const { name } = personaNamed('ivs', today).resident.items
    expect([name.normalize('NFC') === name, name.length, [...name].length]).toEqual([true, 7, 5])
    expect(() => personaNamed('nobody', today)).toThrow('no persona named nobody')
  })

  test('seeding again on another day changes nothing', async () => {
    const before = await world.partners.load(seededPartnerIds.bank)
    await seed(world.db, world.safe, addDays(today, 40))
    expect(await world.partners.load(seededPartnerIds.bank)).toEqual(before)
    expect((await world.residents.load(personaNamed('kenta', today).person))!.items.birthDate).toBe(personaNamed('kenta', today).resident.items.birthDate)
    expect(await world.municipalities.list()).toHaveLength(seededMunicipalities.length)
  })

  test('partners stand as their names say', async () => {
    const standing = async (id: (typeof seededPartnerIds)[keyof typeof seededPartnerIds]) => {
      const partner = (await world.partners.load(id))!
      return [hasStanding(partner, 'signature-verifier', today), hasStanding(partner, 'authentication-verifier', today)]
    }
    expect(await standing(seededPartnerIds.platform)).toEqual([true, true])
    expect(await standing(seededPartnerIds.bank)).toEqual([true, true])
    expect(await standing(seededPartnerIds.hospital)).toEqual([false, true])
    expect(await standing(seededPartnerIds.suspended)).toEqual([false, false])
    expect(await standing(seededPartnerIds.ended)).toEqual([false, false])
    expect((await world.partners.load(seededPartnerIds.bank))!.standings.every((s) => s.through === seededPartnerIds.platform)).toBe(true)
    expect(await world.partners.load(parseId('partner', 'ptn_0')!)).toBeNull()
    expect(hasStanding((await world.partners.load(seededPartnerIds.bank))!, 'signature-verifier', legalDate('2027-03-01'))).toBe(false)
  })

  test('municipalities carry the names that certificates need', async () => {
    for (const m of seededMunicipalities) expect(await world.municipalities.load(m.code)).toEqual(m)
    expect(seededMunicipalities.every((m) => /^[A-Z][a-z-]+$/.test(m.municipalityRoman) && /^[A-Z][a-z-]+$/.test(m.prefectureRoman))).toBe(true)
  })
})

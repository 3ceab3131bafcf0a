/**
 * Test persons, one for each outcome. What depends on age or on a day to come is reckoned from the day of the first seeding.
 */
import type { PersonId } from '../../core/law/ids.ts'
import { characters } from '../../core/law/text.ts'
import type { FourInformation } from '../../core/law/person/person.ts'
import type { Resident } from '../../core/law/person/resident.ts'
import { addDays, addMonths, legalDate, type LegalDate } from '../../core/law/time.ts'
import { outlines, type Outline, type Situation } from '../outlines.ts'

export interface Persona {
  /** Key by which tests, pages and the command line know the person. */
  readonly name: string
  readonly person: PersonId
  /** What the person is for. */
  readonly about: string
  readonly resident: Resident
  readonly situation: Situation
}

/** The personas as they are when first seeded on that day. */
export function personas(today: LegalDate): Persona[] {
  return outlines.map((outline, i) => {
    const items = itemsOf(outline, today)
    const person = `psn_${String(i + 1).padStart(26, '0')}` as PersonId
    const resident: Resident = {
      person, municipality: outline.state === undefined ? outline.at : null, items, kana: outline.kana,
      nationality: outline.stayDays === undefined ? 'japanese' : 'foreign', stayUntil: outline.stayDays === undefined ? null : addDays(today, outline.stayDays),
      state: outline.state ?? 'RESIDENT', departure: null, version: 1,
    }
    return { name: outline.name, person, about: outline.about, resident, situation: outline.situation }
  })
}

function itemsOf(outline: Outline, today: LegalDate): FourInformation {
  const flags = (text: string, substituted: readonly number[]): string => Array.from({ length: characters(text) }, (_, i) => (substituted.includes(i) ? '1' : '0')).join('')
  const mound = [...outline.address].indexOf('塚')
  return {
    name: outline.text, nameSubstitutes: flags(outline.text, outline.substituted ?? []),
    address: outline.address, addressSubstitutes: flags(outline.address, outline.substituted === undefined || mound < 0 ? [] : [mound]),
    birthDate: typeof outline.born === 'string' ? legalDate(outline.born) : addMonths(today, -outline.born.monthsAgo), sex: outline.sex,
  }
}

/** Throws where no persona has that name. */
export function personaNamed(name: string, today: LegalDate): Persona {
  const found = personas(today).find((persona) => persona.name === name)
  if (found === undefined) throw new RangeError(`no persona named ${name}`)
  return found
}

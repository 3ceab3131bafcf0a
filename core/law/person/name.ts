/**
 * The name of a person as the register has it beside the four items: the name as certified with its substitute characters,
 * its reading with who put it there, the roman letters, and a former surname. All kept code point for code point; nothing
 * is normalised, compared or derived. None of it stands in a certificate here (the object identifiers are not public), so
 * that recording it lapses nothing: what changes the certified name is an event of its own (resident.ts).
 *
 * @law 住民基本台帳法 第7条第1号の2 (振り仮名) · 住民基本台帳法施行令 第30条の13 (旧氏)
 */
import { begin, once } from '../act.ts'
import { asOfficer, type Actor } from '../actor.ts'
import { keeperOf, residentNow } from './departure.ts'
import type { IdempotencyKey, PersonId } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import type { Resident } from './resident.ts'
import { characters, guardText } from '../text.ts'
import { nameLimit } from './person.ts'
import type { Uses } from '../world.ts'

/** 本人の届出 · 市区町村長による記載 · 2025-05-26 より前から住民票にあるもの */
export const readingSources = ['notified', 'set-by-municipality', 'before-2025'] as const
export type ReadingSource = (typeof readingSources)[number]

/** 旧氏, with its substitute characters and its reading. */
export interface FormerName { readonly surname: string; readonly substitutes: string; readonly kana: string | null }
/** What the register knows of a name beside its characters and its reading. */
export interface Naming { readonly source: ReadingSource | null; readonly roman: string | null; readonly former: FormerName | null }

export interface PersonName {
  /** As certified. */
  readonly kanji: string
  readonly substitutes: string
  readonly reading: { readonly kana: string; readonly source: ReadingSource } | null
  readonly roman: string | null
  readonly former: FormerName | null
}

/** A reading whose source nobody wrote down was there before the law asked for one. */
export function nameOfResident({ items, kana, naming }: Pick<Resident, 'items' | 'kana' | 'naming'>): PersonName {
  return {
    kanji: items.name, substitutes: items.nameSubstitutes, reading: kana === null ? null : { kana, source: naming?.source ?? 'before-2025' }, roman: naming?.roman ?? null, former: naming?.former ?? null,
  }
}

export interface NameInput {
  readonly reading: { readonly kana: string; readonly source: ReadingSource } | null
  readonly roman: string | null
  readonly former: { readonly surname: string; readonly substitutes?: string | null | undefined; readonly kana: string | null } | null
}

/** Well-formed, within bounds; roman letters are letters of ASCII as a passport has them. */
export function parseName(input: NameInput): Result<Pick<PersonName, 'reading' | 'roman' | 'former'>> {
  for (const [field, text] of [['reading.kana', input.reading?.kana], ['roman', input.roman], ['former.surname', input.former?.surname], ['former.kana', input.former?.kana]] as const) {
    const guarded = text == null ? '' : guardText(text, { max: nameLimit }, field)
    if (isRefusal(guarded)) return guarded
  }
  if (input.roman !== null && !/^[A-Za-z][A-Za-z '\-.]*$/.test(input.roman)) return refuse('MALFORMED_INPUT', { field: 'roman' })
  if (input.former === null) return { reading: input.reading, roman: input.roman, former: null }
  const { surname, kana } = input.former
  const substitutes = input.former.substitutes ?? '0'.repeat(characters(surname))
  if (!/^[01]*$/.test(substitutes) || substitutes.length !== characters(surname)) return refuse('MALFORMED_INPUT', { field: 'former.substitutes' })
  return { reading: input.reading, roman: input.roman, former: { surname, substitutes, kana } }
}

/** The municipality that keeps the record writes the reading (届出 or 職権), roman letters and former surname, all as they stand from now on. */
export async function recordPersonName(
  world: Uses<'clock' | 'acts' | 'residents'>, actor: Actor, input: NameInput & { readonly person: PersonId; readonly idempotencyKey: IdempotencyKey },
): Promise<Result<Resident>> {
  const before = await residentNow(world, input.person)
  const keeper = before === null ? null : keeperOf(before)
  if (before === null || keeper === null || isRefusal(asOfficer(actor, 'municipal', 'register', keeper))) return refuse('NOT_FOUND')
  const now = world.clock.now()
  const act = begin('resident.name', actor, now, { ...input })
  const load = async (): Promise<Result<Resident>> => (await residentNow(world, input.person)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const name = parseName(input)
    if (isRefusal(name)) return name
    const { reading, roman, former } = name
    const stored = await world.residents.rename({ ...act, subject: input.person, facts: { source: reading?.source ?? null } }, {
      ...before, kana: reading?.kana ?? null, naming: { source: reading?.source ?? null, roman, former }, version: before.version + 1,
    })
    return isRefusal(stored) ? stored : load()
  })
}

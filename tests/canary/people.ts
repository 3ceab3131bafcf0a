/**
 * Invented people, each of whose values is nobody else's, and known again wherever it turns up. A text bears a mark, two
 * characters that stand beside each other nowhere else, followed by two that say whose it is; so every part of a name gives
 * itself away. Dates and numbers have no room for a mark: they are unique, and looked up.
 */
import type { FourInformation } from '../../core/law/person/person.ts'
import type { Resident } from '../../core/law/person/resident.ts'
import { municipalityCode, type PersonId } from '../../core/law/ids.ts'
import { addDays, legalDate } from '../../core/law/time.ts'

export interface Canary {
  readonly n: number
  readonly resident: Resident
  /** Where the person moves to. */
  readonly moved: FourInformation
  readonly cardNumber: string
  /** The name of the person's account at the partner. */
  readonly account: string
}

/** Family name, given name, address, next address, reading, and two of ASCII: a name in Latin letters, an account. */
export const marks = ['麤鱻', '龘鱻', '鱻龘', '麤龘', 'ヸヹ', 'QXZJWVKQ', 'qxzjwvkq'] as const
/** As many as there are birth dates of adults that are no other date of the trial. */
export const most = 29_000

const kanji = (n: number): string => String.fromCodePoint(0x5000 + (n % 4_000), 0x6000 + Math.floor(n / 4_000))
const katakana = (n: number): string => String.fromCodePoint(0x30a1 + (n % 80), 0x30a1 + (Math.floor(n / 80) % 80), 0x30a1 + Math.floor(n / 6_400))
const latin = (n: number): string => String(n).padStart(5, '0').replace(/\d/g, (d) => 'ABCDEFGHIJ'[Number(d)]!)
const zeros = (text: string): string => '0'.repeat([...text].length)

export const home = municipalityCode('132217')

export function canary(n: number): Canary {
  if (n >= most) throw new RangeError(`no more than ${most} people`)
  const foreign = n % 7 === 6
  const name = foreign ? `QXZJWVKQ${latin(n)} MARIE` : `麤鱻${kanji(n)}　龘鱻${kanji(n)}`
  const at = (mark: string, block: number): string => `東京都清瀬市${mark}${kanji(n)}町${block}番地`
  const items: FourInformation = { name, nameSubstitutes: zeros(name), address: at('鱻龘', 1), addressSubstitutes: zeros(at('鱻龘', 1)), birthDate: addDays(legalDate('1928-01-01'), n), sex: (['male', 'female', 'unknown'] as const)[n % 3]! }
  return {
    n, cardNumber: `7700${String(n * 7_919).padStart(11, '0')}`, account: `qxzjwvkq${latin(n).toLowerCase()}`,
    resident: {
      person: `psn_${String(700_000 + n).padStart(26, '0')}` as PersonId, municipality: home, items, kana: foreign ? null : `ヸヹ${katakana(n)}`, nationality: foreign ? 'foreign' : 'japanese', stayUntil: null, state: 'RESIDENT', departure: null, version: 1,
    },
    moved: { ...items, address: at('麤龘', 2), addressSubstitutes: zeros(at('麤龘', 2)) },
  }
}

/** Every value, as it might turn up. */
export const valuesOf = ({ resident: { items, kana }, moved, cardNumber, account }: Canary): readonly string[] =>
  [items.name, ...items.name.split('　'), items.address, moved.address, ...(kana === null ? [] : [kana]), items.birthDate, items.birthDate.replaceAll('-', ''), items.birthDate.replaceAll('-', '/'), cardNumber, account]

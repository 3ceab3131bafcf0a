/**
 * Test persons, one for each outcome. All are invented; no address is anybody's. What depends on age or on a day to come
 * is reckoned from the day of the first seeding.
 */
import { municipalityCode, type MunicipalityCode, type PersonId } from '../core/law/ids.ts'
import { characters } from '../core/law/text.ts'
import type { FourInformation, Sex } from '../core/law/person.ts'
import type { Resident } from '../core/law/resident.ts'
import { addDays, addMonths, legalDate, type LegalDate } from '../core/law/time.ts'

/** What is to be true of a person once the acts that lead there have been done. Rows of the seed are the register only. */
export interface Situation {
  readonly card: 'none' | 'in-use' | 'suspended'
  readonly certificates: 'none' | 'both' | 'authentication-only' | 'signature-revoked'
}

export interface Persona {
  /** Key by which tests, pages and the command line know the person. */
  readonly name: string
  readonly person: PersonId
  /** What the person is for. */
  readonly about: string
  readonly resident: Resident
  readonly situation: Situation
}

const kiyose = municipalityCode('132217')
const chiyoda = municipalityCode('131016')
const sapporo = municipalityCode('011002')
const yokohama = municipalityCode('141003')
const yonaguni = municipalityCode('473821')
const kyoto = municipalityCode('261009')

const withCard: Situation = { card: 'in-use', certificates: 'both' }
const nothingYet: Situation = { card: 'none', certificates: 'none' }

interface Outline {
  readonly name: string
  readonly about: string
  readonly at: MunicipalityCode
  readonly state?: Exclude<Resident['state'], 'RESIDENT'>
  readonly text: string
  readonly kana: string | null
  /** Characters that stand for others (代替文字), by index. */
  readonly substituted?: readonly number[]
  readonly address: string
  readonly born: string | { readonly monthsAgo: number }
  readonly sex: Sex
  readonly stayDays?: number
  readonly situation: Situation
}

const outlines: readonly Outline[] = [
  {
    name: 'hanako', about: 'An adult with a card in use and both certificates: everything succeeds.', at: kiyose, text: '青空　花子', kana: 'アオゾラ　ハナコ',
    address: '東京都清瀬市見本町一丁目2番地の3', born: '1990-04-15', sex: 'female', situation: withCard,
  },
  {
    name: 'taro', about: 'An adult who never had a card: the application begins here.', at: yokohama, text: '白波　太郎', kana: 'シラナミ　タロウ',
    address: '神奈川県横浜市中区見本町4番地', born: '1985-11-03', sex: 'male', situation: nothingYet,
  },
  {
    name: 'kenta', about: 'A child of ten: an authentication certificate, no signing certificate (UNDER_FIFTEEN); the card lives five years.', at: kiyose, text: '青空　健太', kana: 'アオゾラ　ケンタ',
    address: '東京都清瀬市見本町一丁目2番地の3', born: { monthsAgo: 125 }, sex: 'male', situation: { card: 'in-use', certificates: 'authentication-only' },
  },
  {
    name: 'yui', about: 'Fifteen next month: a signing certificate is refused today.', at: kyoto, text: '若葉　結衣', kana: 'ワカバ　ユイ',
    address: '京都府京都市左京区見本町56番地', born: { monthsAgo: 179 }, sex: 'female', situation: nothingYet,
  },
  {
    name: 'leap', about: 'Born on 29 February: birthdays of other years, and the ends that hang on them.', at: sapporo, text: '春野　潤', kana: 'ハルノ　ジュン',
    address: '北海道札幌市中央区見本一条一丁目1番地', born: '2000-02-29', sex: 'male', situation: withCard,
  },
  {
    name: 'gaiji', about: 'Characters outside the certificate’s set: two in the name and one in the address are substitutes, and flagged.', at: chiyoda, text: '渡辺　高子', kana: 'ワタナベ　タカコ',
    substituted: [1, 3], address: '東京都千代田区見本塚町7番地', born: '1957-01-20', sex: 'female', situation: withCard,
  },
  {
    name: 'ivs', about: 'A name with a variation selector and one beyond the basic plane: nothing may normalise or cut it.', at: chiyoda, text: '辻󠄀　𠮷乃', kana: 'ツジ　ヨシノ',
    address: '東京都千代田区見本町8番地𠮷田荘', born: '1972-08-08', sex: 'female', situation: withCard,
  },
  {
    name: 'maria', about: 'A foreign resident with a long name whose stay ends in thirty days, and the card with it.', at: yokohama,
    text: 'VILLANUEVA DE LA MONTAÑA Y FERNÁNDEZ-ECHEVERRÍA MARÍA DEL CARMEN GUADALUPE ISABELLA', kana: null,
    address: '神奈川県横浜市西区見本三丁目90番地見本ハイツ1201号室', born: '1994-12-24', sex: 'female', stayDays: 30, situation: withCard,
  },
  {
    name: 'misaki', about: 'A former family name stands beside the present one (旧氏).', at: kiyose, text: '佐倉（高梨）　美咲', kana: 'サクラ　ミサキ',
    address: '東京都清瀬市見本町二丁目10番地', born: '1991-06-30', sex: 'female', situation: withCard,
  },
  {
    name: 'lost', about: 'Reported the card lost: card suspended, certificates on hold.', at: kiyose, text: '風間　翔', kana: 'カザマ　ショウ',
    address: '東京都清瀬市見本町三丁目11番地', born: '1999-09-09', sex: 'male', situation: { card: 'suspended', certificates: 'both' },
  },
  {
    name: 'changed', about: 'The signing certificate lapsed and no new one exists: consents stand, nothing can be released (AWAITING_NEW_CERTIFICATE).', at: yokohama, text: '小川　蓮', kana: 'オガワ　レン',
    address: '神奈川県横浜市旭区見本町12番地', born: '1988-03-21', sex: 'male', situation: { card: 'in-use', certificates: 'signature-revoked' },
  },
  {
    name: 'island', about: 'Lives in the smallest municipality of the seed; sex unknown; no reading of the name.', at: yonaguni, text: '海原　凪', kana: null,
    address: '沖縄県八重山郡与那国町字見本13番地', born: '1980-07-07', sex: 'unknown', situation: withCard,
  },
  {
    name: 'moving', about: 'Moved out and not yet in anywhere: no municipality may act but the one of the move-in.', at: sapporo, state: 'MOVING', text: '旅野　歩', kana: 'タビノ　アユム',
    address: '北海道札幌市北区見本町14番地', born: '1996-05-05', sex: 'male', situation: nothingYet,
  },
  {
    name: 'overseas', about: 'Left the country: no card can be applied for (NOT_RESIDENT).', at: chiyoda, state: 'OVERSEAS', text: '遠山　空', kana: 'トオヤマ　ソラ',
    address: '東京都千代田区見本町15番地', born: '1983-10-10', sex: 'female', situation: nothingYet,
  },
  {
    name: 'deceased', about: 'Died: every act about this person is refused.', at: kyoto, state: 'DECEASED', text: '故里　松', kana: 'フルサト　マツ',
    address: '京都府京都市北区見本町16番地', born: '1931-01-01', sex: 'female', situation: nothingYet,
  },
]

/** The personas as they are when first seeded on that day. */
export function personas(today: LegalDate): Persona[] {
  return outlines.map((outline, i) => {
    const items = itemsOf(outline, today)
    const person = `psn_${String(i + 1).padStart(26, '0')}` as PersonId
    const resident: Resident = {
      person, municipality: outline.state === undefined ? outline.at : null, items, kana: outline.kana,
      stayUntil: outline.stayDays === undefined ? null : addDays(today, outline.stayDays), state: outline.state ?? 'RESIDENT', version: 1,
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

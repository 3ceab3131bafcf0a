/**
 * The holder's items in a signature certificate (基本4情報): otherName values of subjectAltName, each an EXPLICIT
 * UTF8String. Texts go in and come out code point for code point. Read by OID, never by position.
 *
 * @rfc 5280 4.2.1.6
 */
import { Malformed } from './der.ts'
import type { ProfileSettings } from './profile.ts'

export interface Holder {
  /** 氏名 */
  readonly name: string
  /** 代替文字の使用位置: `0` or `1` for each character of the name; empty leaves the item out. */
  readonly nameSubstitutes: string
  /** 1 male, 2 female, 3 unknown. */
  readonly sex: '1' | '2' | '3'
  /** YYYY-MM-DD. */
  readonly birthDate: string
  /** 住所 */
  readonly address: string
  readonly addressSubstitutes: string
  /** 振り仮名 */
  readonly kana?: string
}

export interface HolderItem { readonly oid: string; readonly text: string }

type ItemName = keyof ProfileSettings['items']
/** Whole OIDs of the items. */
export type ItemOids = ProfileSettings['items']
export function itemOids(settings: ProfileSettings): ItemOids {
  const known = oidsOf.get(settings)
  if (known !== undefined) return known
  const oids = Object.fromEntries(Object.entries(settings.items).map(([item, suffix]) => [item, `${settings.arc}.${suffix}`])) as unknown as ItemOids
  oidsOf.set(settings, oids)
  return oids
}
const oidsOf = new WeakMap<ProfileSettings, ItemOids>()

/** The order seen in certificates: .1 .4 .3 .5 .2 .6, then the reading. */
const encodedOrder: readonly ItemName[] = ['name', 'birthDate', 'sex', 'address', 'nameSubstitutes', 'addressSubstitutes', 'kana']

export function holderItems(holder: Holder, settings: ProfileSettings): HolderItem[] {
  const texts: Record<ItemName, string> = {
    name: holder.name, birthDate: encodeBirthDate(holder.birthDate), sex: holder.sex, address: holder.address,
    nameSubstitutes: holder.nameSubstitutes, addressSubstitutes: holder.addressSubstitutes, kana: holder.kana ?? '',
  }
  const oids = itemOids(settings)
  return encodedOrder.filter((item) => texts[item] !== '').map((item) => ({ oid: oids[item], text: texts[item] }))
}

/** The items read back; null where there are none. Throws `Malformed` where they are not whole. */
export function readHolder(items: readonly HolderItem[], settings: ProfileSettings): Holder | null {
  if (items.length === 0) return null
  const oids = itemOids(settings)
  const text = (item: ItemName): string | undefined => items.find(({ oid }) => oid === oids[item])?.text
  const [name, sex, birthDate, address] = [text('name'), text('sex'), text('birthDate'), text('address')]
  if (name === undefined || (sex !== '1' && sex !== '2' && sex !== '3') || birthDate === undefined || address === undefined) throw new Malformed('holder items not whole')
  const kana = text('kana')
  return {
    name, sex, birthDate: decodeBirthDate(birthDate), address, nameSubstitutes: text('nameSubstitutes') ?? '', addressSubstitutes: text('addressSubstitutes') ?? '',
    ...(kana === undefined ? {} : { kana }),
  }
}

/** First days of the eras: 明治 大正 昭和 平成 令和. */
const eras = ['1868-01-25', '1912-07-30', '1926-12-25', '1989-01-08', '2019-05-01'] as const

/** EYYYYMMDD: the era's number (1 Meiji to 5 Reiwa, 0 before them), then the Gregorian date. */
export function encodeBirthDate(date: string): string {
  if (!isDate(date)) throw new RangeError('birth date is YYYY-MM-DD')
  return `${eras.filter((first) => first <= date).length}${date.replaceAll('-', '')}`
}

/** The era digit is checked: it follows from the date. */
export function decodeBirthDate(text: string): string {
  const date = `${text.slice(1, 5)}-${text.slice(5, 7)}-${text.slice(7)}`
  if (!isDate(date) || encodeBirthDate(date) !== text) throw new Malformed('birth date is not EYYYYMMDD')
  return date
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

/** Characters as the substitute flags count them: code points, a variation selector belonging to the one before it. */
export const characterCount = (text: string): number => [...text].filter((c) => !/[\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]/u.test(c)).length

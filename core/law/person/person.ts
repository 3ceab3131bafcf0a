/**
 * Persons as the certificates know them: the four information items (基本4情報) and names. Compared item by item, byte
 * for byte; characters that the certificate replaced are told by flags, never by guessing.
 *
 * @law 公的個人認証法 第3条第2項・第7条 · 住民基本台帳法 第7条第1号–第3号・第7号 · 年齢計算ニ関スル法律
 */
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { characters, guardText } from '../text.ts'
import { addDays, addMonths, isLegalDate, partsOf, type LegalDate } from '../time.ts'

export type Sex = 'male' | 'female' | 'unknown'
export const sexes: readonly Sex[] = ['male', 'female', 'unknown']

/** 氏名 · 生年月日 · 性別 · 住所, with the positions of substitute characters: `0` and `1`, one for each character. */
export interface FourInformation {
  readonly name: string
  readonly nameSubstitutes: string
  readonly birthDate: LegalDate
  readonly sex: Sex
  readonly address: string
  readonly addressSubstitutes: string
}

/** In the order in which every list names them. */
export const attributeNames = ['name', 'address', 'birthDate', 'sex'] as const
export type AttributeName = (typeof attributeNames)[number]

export interface FourInformationInput {
  readonly name: string
  readonly nameSubstitutes?: string | null | undefined
  readonly birthDate: string
  readonly sex: Sex
  readonly address: string
  readonly addressSubstitutes?: string | null | undefined
}

/** Most characters of an address in a certificate. */
export const addressLimit = 200
/** Names of foreign residents run long; the certificate field itself has no bound of its own. */
export const nameLimit = 200

export function parseFourInformation(input: FourInformationInput): Result<FourInformation> {
  const name = guardText(input.name, { max: nameLimit }, 'name')
  if (isRefusal(name)) return name
  const address = guardText(input.address, { max: addressLimit }, 'address')
  if (isRefusal(address)) return address
  if (!isLegalDate(input.birthDate)) return refuse('MALFORMED_DATE', { field: 'birthDate' })
  if (!sexes.includes(input.sex)) return refuse('MALFORMED_INPUT', { field: 'sex' })
  const nameSubstitutes = input.nameSubstitutes ?? '0'.repeat(characters(name))
  if (!isFlags(nameSubstitutes, name)) return refuse('MALFORMED_INPUT', { field: 'nameSubstitutes' })
  const addressSubstitutes = input.addressSubstitutes ?? '0'.repeat(characters(address))
  if (!isFlags(addressSubstitutes, address)) return refuse('MALFORMED_INPUT', { field: 'addressSubstitutes' })
  return { name, nameSubstitutes, birthDate: input.birthDate, sex: input.sex, address, addressSubstitutes }
}

const isFlags = (flags: string, text: string): boolean => /^[01]*$/.test(flags) && flags.length === characters(text)

/** Which of the four items differ. A changed flag is a change of its item. */
export function changedItems(a: FourInformation, b: FourInformation): AttributeName[] {
  return attributeNames.filter((item) => {
    if (item === 'name') return a.name !== b.name || a.nameSubstitutes !== b.nameSubstitutes
    if (item === 'address') return a.address !== b.address || a.addressSubstitutes !== b.addressSubstitutes
    return a[item] !== b[item]
  })
}

export const sameItems = (a: FourInformation, b: FourInformation): boolean => changedItems(a, b).length === 0

/**
 * Age on a day. The day of birth counts as the first, so a year of age is completed at the end of the day before the
 * birthday, and on the birthday itself the age has been reached from its first moment. Who is born on 29 February
 * completes it, in a year without that day, at the end of 28 February: the first day of the new age is 1 March.
 * @law 年齢計算ニ関スル法律 · 民法 第143条第2項
 */
export function ageOn(birthDate: LegalDate, day: LegalDate): number {
  const born = partsOf(birthDate)
  const now = partsOf(day)
  const reached = now.month > born.month || (now.month === born.month && now.day >= born.day)
  return Math.max(0, now.year - born.year - (reached ? 0 : 1))
}

/**
 * The day at whose end the age is completed (年齢に達する日): the day before the birthday.
 * @law 年齢計算ニ関スル法律第2項 · 民法 第143条第2項
 */
export function completesAgeOn(birthDate: LegalDate, age: number): LegalDate {
  const anniversary = addMonths(birthDate, age * 12)
  // No 29 February in that year: the period ends with the last day of the month, not with the day before it.
  return partsOf(anniversary).day === partsOf(birthDate).day ? addDays(anniversary, -1) : anniversary
}

/**
 * Numbers that the law gives to persons and forms: 個人番号 (My Number), 住民票コード, 申請書ID, and the security code of the
 * card face. The first two and the code are held so that nothing prints them by accident; reading a My Number names the
 * statutory use. Municipality codes are in ids.ts.
 *
 * @law 番号法 第9条・第20条 · 番号法施行規則 (総務省令85号) 第5条 · 住民基本台帳法施行規則 第1条
 */

/** Digits that show themselves to nobody who does not ask for them by name. */
class Masked<K extends string> {
  readonly kind: K
  readonly #digits: string
  constructor(kind: K, digits: string) {
    this.kind = kind
    this.#digits = digits
    Object.freeze(this)
  }
  static digitsOf(number: Masked<string>): string {
    return number.#digits
  }
  toString(): string {
    return '*'.repeat(this.#digits.length)
  }
  toJSON(): string {
    return this.toString()
  }
}

/** 個人番号 */
export type MyNumber = Masked<'my-number'>
/** 住民票コード */
export type ResidentCode = Masked<'resident-code'>
/** 4 digits on the card face, the last part of 照合番号B. */
export type SecurityCode = Masked<'security-code'>

/** What a My Number may be used for; consent adds nothing to the list. @law 番号法 第9条第1項–第6項 */
export const statutoryUses = {
  'social-security': '番号法 第9条第1項 (社会保障)',
  tax: '番号法 第9条第1項 (税)',
  disaster: '番号法 第9条第1項・第5項 (災害)',
  ordinance: '番号法 第9条第2項 (条例)',
  'on-behalf': '番号法 第9条第4項 (個人番号関係事務)',
} as const
export type StatutoryUse = keyof typeof statutoryUses

/** 12 digits with a right check digit; null for anything else. */
export function parseMyNumber(text: string): MyNumber | null {
  if (!/^\d{12}$/.test(text) || myNumberCheckDigit(text.slice(0, 11)) !== Number(text[11])) return null
  return new Masked('my-number', text)
}

/** The only way to the digits. The caller logs the read under the same use. */
export const revealMyNumber = (number: MyNumber, _use: StatutoryUse): string => Masked.digitsOf(number)

/**
 * Over the first 11 digits, P_n the nth from the right and Q_n = n + 1 (n ≤ 6) or n − 5 (n ≥ 7): with r = ΣP_n·Q_n mod 11,
 * 0 where r ≤ 1 and 11 − r elsewhere. Throws RangeError where `first` is not 11 digits.
 * @law 番号法施行規則 (総務省令85号) 第5条
 */
export function myNumberCheckDigit(first: string): number {
  if (!/^\d{11}$/.test(first)) throw new RangeError('11 digits stand before the check digit')
  const weights = [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]
  const rest = weights.reduce((sum, weight, i) => sum + weight * Number(first[i]), 0) % 11
  return rest <= 1 ? 0 : 11 - rest
}

/** 11 digits. The formula of the last one is set by a notice that is not public here: it is not checked. */
export const parseResidentCode = (text: string): ResidentCode | null => (/^\d{11}$/.test(text) ? new Masked('resident-code', text) : null)
export const revealResidentCode = (code: ResidentCode): string => Masked.digitsOf(code)

export const parseSecurityCode = (text: string): SecurityCode | null => (/^\d{4}$/.test(text) ? new Masked('security-code', text) : null)
export const revealSecurityCode = (code: SecurityCode): string => Masked.digitsOf(code)

/** Whether two numbers of one kind are the same. */
export const sameNumber = <K extends string>(a: Masked<K>, b: Masked<K>): boolean => a.kind === b.kind && Masked.digitsOf(a) === Masked.digitsOf(b)

declare const formBrand: unique symbol
/** 申請書ID: 23 half-width digits, as in the QR code of the form. Whether one of them is a check digit is not known. */
export type ApplicationFormId = string & { readonly [formBrand]: true }
export const parseApplicationFormId = (text: string): ApplicationFormId | null => (/^\d{23}$/.test(text) ? (text as ApplicationFormId) : null)

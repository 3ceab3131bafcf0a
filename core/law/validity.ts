/**
 * How long cards and certificates live. All ends are birthdays or days of something else that ends; the last day itself
 * is a valid day until 23:59:59 in Japan. Rules that changed are a table with the day from which they hold.
 *
 * @law カード命令 第26条 · 公的個人認証法施行規則 第13条・第49条・第24条の9・第59条の9
 */
import { ageOn } from './person.ts'
import { addDays, addMonths, fromParts, isLeapYear, legalDate, partsOf, type LegalDate } from './time.ts'

/** Which day stands for 29 February in other years. The rules are silent; by analogy with 道路交通法 it is 28 February. */
export type LeapDayPolicy = 'february-28' | 'march-1'

interface Dated<T> { readonly from: LegalDate; readonly value: T }
/** The value in force on a day. Throws RangeError before the first. */
export function inForceOn<T>(table: readonly Dated<T>[], day: LegalDate): T {
  const row = table.findLast(({ from }) => from <= day)
  if (row === undefined) throw new RangeError(`no rule in force on ${day}`)
  return row.value
}

/** Age from which a card lives ten years; decided by the day the application was received. @law 民法 第4条 */
export const adultAge: readonly Dated<number>[] = [{ from: legalDate('2016-01-01'), value: 20 }, { from: legalDate('2022-04-01'), value: 18 }]
/** Months before the end from which a certificate may be renewed into the sixth year. */
export const renewalMonths = 3
/** Youngest holder of a signing certificate: practice, not statute. */
export const signingAge: readonly Dated<number>[] = [{ from: legalDate('2016-01-01'), value: 15 }]
/** Age from which the card bears a photo. */
export const photoAge: readonly Dated<number>[] = [{ from: legalDate('2016-01-01'), value: 0 }, { from: legalDate('2024-12-02'), value: 1 }]

/** The `n`th birthday strictly after the day: a birthday on the day itself does not count. */
export function birthdayAfter(day: LegalDate, birthDate: LegalDate, n: number, leapDay: LeapDayPolicy = 'february-28'): LegalDate {
  const { year } = partsOf(day)
  const first = birthdayIn(year, birthDate, leapDay) > day ? year : year + 1
  return birthdayIn(first + n - 1, birthDate, leapDay)
}

function birthdayIn(year: number, birthDate: LegalDate, leapDay: LeapDayPolicy): LegalDate {
  const { month, day } = partsOf(birthDate)
  if (month !== 2 || day !== 29 || isLeapYear(year)) return fromParts(year, month, day)
  return leapDay === 'february-28' ? fromParts(year, 2, 28) : fromParts(year, 3, 1)
}

export interface CardLife {
  /** The day the agency makes the card, not the day of hand-over. */
  readonly madeOn: LegalDate
  readonly birthDate: LegalDate
  readonly receivedOn: LegalDate
  /** 在留期間満了日, for foreign residents other than permanent ones. */
  readonly stayUntil?: LegalDate
  readonly leapDay?: LeapDayPolicy
}

/** Tenth birthday for adults, fifth for minors, never beyond the end of stay. @law カード命令 第26条 */
export function cardExpiry({ madeOn, birthDate, receivedOn, stayUntil, leapDay }: CardLife): LegalDate {
  const adult = ageOn(birthDate, receivedOn) >= inForceOn(adultAge, receivedOn)
  return earliest(birthdayAfter(madeOn, birthDate, adult ? 10 : 5, leapDay), stayUntil)
}

export interface CertificateLife {
  readonly kind: 'signature' | 'authentication' | 'smartphone-signature' | 'smartphone-authentication'
  readonly issuedOn: LegalDate
  readonly birthDate: LegalDate
  readonly cardExpiresOn: LegalDate
  /** Of the holder's live authentication certificate, where there is one. */
  readonly authenticationExpiresOn?: LegalDate | null
  /** Of the card certificate that a smartphone certificate hangs on. */
  readonly parentExpiresOn?: LegalDate
  readonly earlyRenewal?: { readonly oldExpiresOn: LegalDate; readonly lapseRequested: boolean }
  readonly leapDay?: LeapDayPolicy
}

/**
 * Fifth birthday, or the sixth on early renewal; never beyond the card, and a signing certificate never beyond the
 * authentication certificate. A phone certificate ends with the card certificate of its kind.
 * @law 公的個人認証法施行規則 第13条 (signing) · 第49条 (authentication) · 第24条の9・第59条の9 (phone)
 */
export function certificateExpiry(life: CertificateLife): LegalDate {
  const { kind, issuedOn, birthDate, cardExpiresOn, authenticationExpiresOn, parentExpiresOn, earlyRenewal, leapDay } = life
  if (kind === 'smartphone-signature' || kind === 'smartphone-authentication') {
    if (parentExpiresOn === undefined) throw new RangeError('a phone certificate hangs on a card certificate')
    return earliest(parentExpiresOn, cardExpiresOn)
  }
  const sixth = earlyRenewal?.lapseRequested === true && mayRenew(earlyRenewal.oldExpiresOn, issuedOn)
  const byBirthday = birthdayAfter(issuedOn, birthDate, sixth ? 6 : 5, leapDay)
  return earliest(byBirthday, cardExpiresOn, kind === 'signature' ? (authenticationExpiresOn ?? undefined) : undefined)
}

/** Fewer than three months left: from the day after the day three months before the end. */
export const mayRenew = (expiresOn: LegalDate, today: LegalDate): boolean => today > addMonths(expiresOn, -renewalMonths)

/** The first day of {@link mayRenew}. */
export const renewableFrom = (expiresOn: LegalDate): LegalDate => addDays(addMonths(expiresOn, -renewalMonths), 1)

export const mayHoldSigningCertificate = (birthDate: LegalDate, today: LegalDate): boolean => ageOn(birthDate, today) >= inForceOn(signingAge, today)

/** Whether the card bears a photo, by the day the application was received. */
export const photoRequired = (birthDate: LegalDate, receivedOn: LegalDate): boolean => ageOn(birthDate, receivedOn) >= inForceOn(photoAge, receivedOn)

const earliest = (first: LegalDate, ...others: readonly (LegalDate | undefined)[]): LegalDate => others.reduce<LegalDate>((a, b) => (b !== undefined && b < a ? b : a), first)

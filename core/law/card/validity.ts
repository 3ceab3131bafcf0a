/**
 * How long cards and certificates live. All ends are birthdays or days of something else that ends; the last day itself
 * is a valid day until 23:59:59 in Japan. Rules that changed are a table with the day from which they hold.
 *
 * @law カード命令 第26条 · 公的個人認証法施行規則 第13条・第49条・第24条の9・第59条の9
 */
import { ageOn } from '../person/person.ts'
import { addDays, addMonths, fromParts, isLeapYear, legalDate, partsOf, type LegalDate } from '../time.ts'

/** Which day stands for 29 February in other years. The rules are silent; by analogy with 道路交通法 it is 28 February. */
export type LeapDayPolicy = 'february-28' | 'march-1'

/** What a row decides, each by an article of its own. */
export const decided = ['adult-card', 'minor-card', 'certificate', 'early-renewal', 'smartphone-certificate', 'signing-age', 'photo', 'leap-day'] as const
export type Decided = (typeof decided)[number]
/** Articles, or in brackets what stands in their place where the law is silent. One text for both kinds of certificate where theirs run in parallel. */
export type Articles = Readonly<Record<Decided, string>>

/** The rules as they stand from a day on. */
export interface ValidityRules {
  readonly from: LegalDate
  /** What changed on that day. */
  readonly change: string
  /** Age from which a card lives `adultCardYears`; decided by the day the application was received. @law 民法 第4条 */
  readonly adultAge: number
  readonly adultCardYears: number
  readonly minorCardYears: number
  readonly certificateYears: number
  readonly earlyRenewalYears: number
  /** Early is: fewer than so many months before the end. */
  readonly renewalMonths: number
  /** Youngest holder of a signing certificate: practice, not statute. */
  readonly signingAge: number
  /** Age from which the card bears a photo. */
  readonly photoAge: number
  readonly smartphones: boolean
  readonly leapDay: LeapDayPolicy
  readonly articles: Articles
}

const first: ValidityRules = {
  from: legalDate('2015-10-05'), change: '番号法の施行', adultAge: 20, adultCardYears: 10, minorCardYears: 5, certificateYears: 5, earlyRenewalYears: 6, renewalMonths: 3,
  signingAge: 15, photoAge: 0, smartphones: false, leapDay: 'february-28',
  articles: {
    'adult-card': 'カード命令 第26条', 'minor-card': 'カード命令 第26条', certificate: '公的個人認証法施行規則 第13条・第49条', 'early-renewal': '公的個人認証法施行規則 第13条第1項・第49条第1項',
    'smartphone-certificate': '(not yet in force)', 'signing-age': '(事務処理要領)', photo: 'カード命令 (顔写真)', 'leap-day': '(silent; by analogy 道路交通法)',
  },
}
/** The row before, with what changes, and the articles that change with it. */
const since = (before: ValidityRules, from: string, change: string, values: Partial<ValidityRules>, articles: Partial<Articles>): ValidityRules =>
  ({ ...before, ...values, from: legalDate(from), change, articles: { ...before.articles, ...articles } })
const adultAt18 = since(first, '2022-04-01', '成年年齢の引下げ', { adultAge: 18 }, { 'adult-card': 'カード命令 第26条 · 民法 第4条', 'minor-card': 'カード命令 第26条 · 民法 第4条' })
const phones = since(adultAt18, '2023-05-11', '移動端末設備用電子証明書', { smartphones: true }, { 'smartphone-certificate': '公的個人認証法施行規則 第24条の9・第59条の9' })
const infants = since(phones, '2024-12-02', '1歳未満の顔写真なしカード', { photoAge: 1 }, { photo: 'カード命令 (1歳未満の顔写真)' })

/** Oldest first. */
export const validityRules: readonly ValidityRules[] = [first, adultAt18, phones, infants]

/** The rules in force on a day. Throws RangeError before the first card was possible. */
export function rulesOn(asOf: LegalDate): ValidityRules {
  const rules = validityRules.findLast(({ from }) => from <= asOf)
  if (rules === undefined) throw new RangeError(`no rule in force on ${asOf}`)
  return rules
}

/** The `n`th birthday strictly after the day: a birthday on the day itself does not count. */
export function birthdayAfter(day: LegalDate, birthDate: LegalDate, n: number, leapDay: LeapDayPolicy): LegalDate {
  const { year } = partsOf(day)
  const next = birthdayIn(year, birthDate, leapDay) > day ? year : year + 1
  return birthdayIn(next + n - 1, birthDate, leapDay)
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
  /** The day the application was received: it decides whose age of majority applies. */
  readonly receivedOn: LegalDate
  /** 在留期間満了日, for foreign residents other than permanent ones. */
  readonly stayUntil?: LegalDate
  readonly leapDay?: LeapDayPolicy
}

/** What can decide a last day: a birthday by one of the first four, or the end of something else. */
export const limits = ['adult-card', 'minor-card', 'certificate', 'early-renewal', 'end-of-stay', 'end-of-card', 'end-of-authentication-certificate', 'end-of-card-certificate'] as const
/** Which limit a last day is, and by which article: as the rules stood when it was fixed. */
export interface DecidedBy { readonly limit: (typeof limits)[number]; readonly article: string }
export interface End extends DecidedBy { readonly on: LegalDate }

/** Tenth birthday for adults, fifth for minors, never beyond the end of stay. @law カード命令 第26条 */
export function cardEnd({ madeOn, birthDate, receivedOn, stayUntil, leapDay }: CardLife): End {
  const rules = rulesOn(receivedOn)
  const adult = ageOn(birthDate, receivedOn) >= rules.adultAge
  const limit = adult ? 'adult-card' : 'minor-card'
  const own = { on: birthdayAfter(madeOn, birthDate, adult ? rules.adultCardYears : rules.minorCardYears, leapDay ?? rules.leapDay), limit, article: rules.articles[limit] } as const
  return earliest(own, { on: stayUntil, limit: 'end-of-stay', article: 'カード命令 第26条' })
}
export const cardExpiry = (life: CardLife): LegalDate => cardEnd(life).on

export type CertificateLife = CardCertificateLife | SmartphoneCertificateLife

export interface CardCertificateLife {
  readonly kind: 'signature' | 'authentication'
  readonly issuedOn: LegalDate
  readonly birthDate: LegalDate
  readonly cardExpiresOn: LegalDate
  /** Of the holder's live authentication certificate, where there is one; looked at for a signing certificate only. */
  readonly authenticationExpiresOn?: LegalDate | null
  /** The live certificate of this kind that the new one takes the place of. */
  readonly earlyRenewal?: { readonly oldExpiresOn: LegalDate; readonly lapseRequested: boolean }
  readonly leapDay?: LeapDayPolicy
}

export interface SmartphoneCertificateLife {
  readonly kind: 'smartphone-signature' | 'smartphone-authentication'
  readonly issuedOn: LegalDate
  readonly cardExpiresOn: LegalDate
  /** Of the card certificate of the same use, on which it hangs. */
  readonly parentExpiresOn: LegalDate
}

/**
 * Fifth birthday, or the sixth on early renewal; never beyond the card, and a signing certificate never beyond the
 * authentication certificate. A phone certificate ends with the card certificate of its use.
 * @law 公的個人認証法施行規則 第13条 (signing) · 第49条 (authentication) · 第24条の9・第59条の9 (phone)
 */
export function certificateEnd(life: CertificateLife): End {
  if ('parentExpiresOn' in life) {
    const article = life.kind === 'smartphone-signature' ? '公的個人認証法施行規則 第24条の9' : '公的個人認証法施行規則 第59条の9'
    return earliest({ on: life.parentExpiresOn, limit: 'end-of-card-certificate', article }, { on: life.cardExpiresOn, limit: 'end-of-card', article })
  }
  const { kind, issuedOn, birthDate, cardExpiresOn, authenticationExpiresOn, earlyRenewal, leapDay } = life
  const rules = rulesOn(issuedOn)
  const early = earlyRenewal?.lapseRequested === true && mayRenew(earlyRenewal.oldExpiresOn, issuedOn)
  const on = birthdayAfter(issuedOn, birthDate, early ? rules.earlyRenewalYears : rules.certificateYears, leapDay ?? rules.leapDay)
  const limit = early ? 'early-renewal' : 'certificate'
  const article = kind === 'signature' ? '公的個人認証法施行規則 第13条' : '公的個人認証法施行規則 第49条'
  const others = kind === 'signature' ? [{ on: authenticationExpiresOn, limit: 'end-of-authentication-certificate', article } as const] : []
  return earliest({ on, limit, article: early ? `${article}第1項` : article }, { on: cardExpiresOn, limit: 'end-of-card', article }, ...others)
}
export const certificateExpiry = (life: CertificateLife): LegalDate => certificateEnd(life).on

/** Still valid, and fewer than three months left: from the day after the date three months before the end. */
export const mayRenew = (expiresOn: LegalDate, today: LegalDate): boolean => today >= renewableFrom(expiresOn, today) && today <= expiresOn

/** The first day of {@link mayRenew} by the rules in force on `asOf`. */
export const renewableFrom = (expiresOn: LegalDate, asOf: LegalDate): LegalDate => addDays(addMonths(expiresOn, -rulesOn(asOf).renewalMonths), 1)

/** Who is under 15 holds no signing certificate, in principle. */
export const mayHoldSigningCertificate = (birthDate: LegalDate, today: LegalDate): boolean => ageOn(birthDate, today) >= rulesOn(today).signingAge

/** Whether the card bears a photo, by the day the application was received. */
export const photoRequired = (birthDate: LegalDate, receivedOn: LegalDate): boolean => ageOn(birthDate, receivedOn) >= rulesOn(receivedOn).photoAge

/** Whether certificates could be issued to smartphones at all on that day. @law 公的個人認証法 第16条の2・第35条の2 */
export const smartphonesPossible = (asOf: LegalDate): boolean => rulesOn(asOf).smartphones

/** Of two on the same day the first named. */
function earliest(own: End, ...others: readonly (Omit<End, 'on'> & { readonly on: LegalDate | null | undefined })[]): End {
  return others.reduce<End>((a, { on, limit, article }) => (on != null && on < a.on ? { on, limit, article } : a), own)
}

/**
 * What the calendar asks of the gateway: from a population of cards, how many certificates and cards end, are renewed and
 * are revoked on each day of ten years. Ends come from the same rules by which certificates are issued.
 *
 * @law カード命令 第26条 · 公的個人認証法施行規則 第13条・第49条
 */
import { isWeekdayWithoutHoliday } from '../../core/law/statistics/calendar.ts'
import { addDays, daysBetween, fromParts, legalDate, partsOf, type LegalDate } from '../../core/law/time.ts'
import { birthdayAfter, cardExpiry, certificateExpiry, renewableFrom } from '../../core/law/card/validity.ts'
import { ageClasses, birthdays, cellOf, yearsOfMaking, type Population } from './population.ts'

export const span = { from: legalDate('2026-04-01'), to: legalDate('2036-03-31') } as const
export const dayCount = daysBetween(span.from, span.to) + 1
/** Share of holders who renew before the end: an assumption, in both. */
export const renewed = { certificates: 0.92, cards: 0.9 } as const

/** One number for each day of the span. */
export interface Load {
  /** Persons whose certificates end, and cards that end, as if nobody renewed. */
  readonly certificateEnds: Float64Array
  readonly cardEnds: Float64Array
  /** Certificates issued: two for each person who renews certificates or card. */
  readonly issued: Float64Array
  /** Certificates that a renewal takes the place of: entries of the lists. */
  readonly revoked: Float64Array
  /** Certificates and cards that nobody renewed, ended by the sweep after midnight. */
  readonly swept: Float64Array
  /** Entries on all lists: revoked, and not yet past their own end. */
  readonly listed: Float64Array
}

const perPerson = 2

export function loadOf(population: Population): Load {
  const [certificateEnds, cardEnds] = [new Float64Array(dayCount), new Float64Array(dayCount)]
  for (let birthday = 0; birthday < birthdays; birthday++) for (const year of yearsOfMaking) for (const ahead of [0, 1] as const) for (let age = 0; age < ageClasses; age++) {
    const cards = population.counts[cellOf(year, birthday, ahead, age)]!
    if (cards > 0) follow(year, birthday, ahead, age, cards, certificateEnds, cardEnds)
  }
  const zero = (): Float64Array => new Float64Array(dayCount)
  const load: Load = { certificateEnds, cardEnds, issued: zero(), revoked: zero(), swept: zero(), listed: zero() }
  for (let i = 0; i < dayCount; i++) {
    spread(load, i, certificateEnds[i]!, renewed.certificates)
    spread(load, i, cardEnds[i]!, renewed.cards)
  }
  return load
}

/**
 * The chain of one cell. Who renews within three months before the end gets the sixth birthday, so that the next end is
 * the same whatever the day of renewal was; a new card is made before the old one ends.
 */
function follow(year: number, birthday: number, ahead: 0 | 1, age: number, cards: number, certificateEnds: Float64Array, cardEnds: Float64Array): void {
  const monthDay = addDays(legalDate('2000-01-01'), birthday)
  const { month, day } = partsOf(monthDay)
  const birthDate = month === 2 && day === 29 ? monthDay : fromParts(1980, month, day)
  // Any day on that side of the birthday gives the same ends; a birthday on the day itself is over.
  const made = ahead === 1 ? fromParts(year, 1, 1) : fromParts(year, 12, 31)
  let minorCards = age
  let weight = cards
  const cardFrom = (day: LegalDate): LegalDate => (minorCards > 0
    ? birthdayAfter(day, birthDate, 5, 'february-28')
    : cardExpiry({ madeOn: day, birthDate, receivedOn: day }))
  let card = cardFrom(made)
  let end = certificateExpiry({ kind: 'authentication', issuedOn: made, birthDate, cardExpiresOn: card })
  while (end <= span.to) {
    const i = daysBetween(span.from, end)
    if (end === card) {
      if (i >= 0) {
        cardEnds[i] = cardEnds[i]! + weight
        weight *= renewed.cards
      }
      minorCards = Math.max(0, minorCards - 1)
      const again = renewableFrom(end, end)
      card = cardFrom(again)
      end = certificateExpiry({ kind: 'authentication', issuedOn: again, birthDate, cardExpiresOn: card })
    } else {
      if (i >= 0) {
        certificateEnds[i] = certificateEnds[i]! + weight
        weight *= renewed.certificates
      }
      end = certificateExpiry({ kind: 'authentication', issuedOn: renewableFrom(end, end), birthDate, cardExpiresOn: card, earlyRenewal: { oldExpiresOn: end, lapseRequested: true } })
    }
  }
}

/** Renewals come evenly over the weekdays of the three months; the rest ends by itself on the day after the last. */
function spread(load: Load, i: number, persons: number, share: number): void {
  if (persons === 0) return
  const end = addDays(span.from, i)
  const open: number[] = []
  for (let day = renewableFrom(end, end); day <= end; day = addDays(day, 1)) if (isWeekdayWithoutHoliday(day) === true) open.push(daysBetween(span.from, day))
  const each = (persons * share * perPerson) / open.length
  for (const day of open) {
    // Renewed before the span began: of that only what is still on the lists counts.
    if (day >= 0) {
      load.issued[day] = load.issued[day]! + each
      load.revoked[day] = load.revoked[day]! + each
    }
    for (let on = Math.max(day, 0); on <= i; on++) load.listed[on] = load.listed[on]! + each
  }
  if (i + 1 < dayCount) load.swept[i + 1] = load.swept[i + 1]! + persons * (1 - share)
}

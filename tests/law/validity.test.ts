import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ageOn, completesAgeOn } from '../../core/law/person/person.ts'
import { addDays, addMonths, daysBetween, fromParts, lastDay, legalDate, partsOf, type LegalDate } from '../../core/law/time.ts'
import {
  birthdayAfter, cardEnd, cardExpiry, certificateEnd, certificateExpiry, decided, mayHoldSigningCertificate, mayRenew, photoRequired, renewableFrom, rulesOn, smartphonesPossible, validityRules,
} from '../../core/law/card/validity.ts'

const d = legalDate
const far = d('2099-12-31')

describe('card (カード命令 第26条)', () => {
  test.each([
    ['adult, the official example', '2020-05-15', '1980-10-10', '2020-05-01', undefined, '2029-10-10'],
    ['16 on the day of receipt', '2026-11-23', '2010-01-05', '2026-11-23', undefined, '2031-01-05'],
    ['end of stay before the birthday', '2026-11-23', '1990-06-01', '2026-11-23', '2027-01-31', '2027-01-31'],
    ['end of stay after the birthday', '2026-11-23', '1990-06-01', '2026-11-23', '2040-01-31', '2036-06-01'],
    ['19, received the day before the age of majority fell (民法 第4条)', '2022-04-10', '2003-01-05', '2022-03-31', undefined, '2027-01-05'],
    ['19, received on the day it fell', '2022-04-10', '2003-01-05', '2022-04-01', undefined, '2032-01-05'],
    ['received at 17, made at 18: receipt decides', '2026-11-23', '2008-11-22', '2026-11-21', undefined, '2031-11-22'],
    ['received on the 18th birthday', '2026-11-23', '2008-11-21', '2026-11-21', undefined, '2036-11-21'],
    ['received before hand-overs began', '2016-01-04', '1990-03-01', '2015-10-20', undefined, '2025-03-01'],
  ])('%s', (_, madeOn, birthDate, receivedOn, stayUntil, expected) => {
    expect(cardExpiry({ madeOn: d(madeOn), birthDate: d(birthDate), receivedOn: d(receivedOn), ...(stayUntil === undefined ? {} : { stayUntil: d(stayUntil) }) })).toBe(expected)
  })

  test('no rule before the law was in force is made up', () => {
    expect(() => cardExpiry({ madeOn: d('2015-10-04'), birthDate: d('1980-10-10'), receivedOn: d('2015-10-04') })).toThrow(RangeError)
  })
})

describe('which article decided', () => {
  const made = { madeOn: d('2026-11-23'), birthDate: d('1990-06-01'), receivedOn: d('2026-11-23') }
  test('of the card (カード命令 第26条)', () => {
    expect(cardEnd(made)).toEqual({ on: '2036-06-01', limit: 'adult-card', article: 'カード命令 第26条 · 民法 第4条' })
    expect(cardEnd({ ...made, birthDate: d('2010-01-05') })).toMatchObject({ limit: 'minor-card' })
    expect(cardEnd({ ...made, stayUntil: d('2027-01-31') })).toEqual({ on: '2027-01-31', limit: 'end-of-stay', article: 'カード命令 第26条' })
    expect(cardEnd({ ...made, madeOn: d('2022-04-10'), receivedOn: d('2022-03-31') }).article).toBe('カード命令 第26条')
  })

  test('of certificates (規則 第13条・第49条・第24条の9・第59条の9)', () => {
    const life = { issuedOn: d('2026-11-23'), birthDate: d('1990-06-01'), cardExpiresOn: far }
    const by = (over: Partial<Parameters<typeof certificateEnd>[0]>) => { const { limit: which, article } = certificateEnd({ ...life, ...over } as Parameters<typeof certificateEnd>[0]); return [which, article.replace('公的個人認証法施行規則 ', '')] }
    expect(by({ kind: 'signature' })).toEqual(['certificate', '第13条'])
    expect(by({ kind: 'authentication' })).toEqual(['certificate', '第49条'])
    expect(by({ kind: 'signature', authenticationExpiresOn: d('2028-06-01') })).toEqual(['end-of-authentication-certificate', '第13条'])
    expect(by({ kind: 'authentication', cardExpiresOn: d('2027-03-03') })).toEqual(['end-of-card', '第49条'])
    expect(by({ kind: 'authentication', earlyRenewal: { oldExpiresOn: d('2026-12-01'), lapseRequested: true } })).toEqual(['early-renewal', '第49条第1項'])
    expect(by({ kind: 'smartphone-signature', parentExpiresOn: d('2028-06-01') })).toEqual(['end-of-card-certificate', '第24条の9'])
    expect(by({ kind: 'smartphone-authentication', parentExpiresOn: d('2028-06-01'), cardExpiresOn: d('2028-05-31') })).toEqual(['end-of-card', '第59条の9'])
  })

  test('each row names one for everything it decides; a row that changes a value changes its article', () => {
    for (const { articles } of validityRules) expect(decided.filter((what) => articles[what].length === 0)).toEqual([])
    const changed = validityRules.slice(1).map((row, i) => decided.filter((what) => row.articles[what] !== validityRules[i]!.articles[what]))
    expect(changed).toEqual([['adult-card', 'minor-card'], ['smartphone-certificate'], ['photo']])
  })
})

describe('certificates on a card (規則 第13条・第49条)', () => {
  const both = ['signature', 'authentication'] as const
  test.each([
    ['fifth birthday', '2020-05-15', '1980-10-10', '2029-10-10', '2024-10-10'],
    ['a birthday on the day of issue does not count', '2025-02-17', '1970-02-17', '2034-02-17', '2030-02-17'],
    ['a real test card', '2025-10-27', '1970-02-17', '2035-02-17', '2030-02-17'],
    ['last year of the card', '2026-11-23', '1990-03-03', '2027-03-03', '2027-03-03'],
    ['29 February, default policy', '2026-03-01', '2000-02-29', '2036-02-29', '2031-02-28'],
    ['29 February, the fifth in a leap year', '2023-03-01', '2000-02-29', '2033-02-28', '2028-02-29'],
    ['29 February, issued on 28 February: that day is the birthday', '2026-02-28', '2000-02-29', '2036-02-29', '2031-02-28'],
  ])('%s', (_, issuedOn, birthDate, card, expected) => {
    for (const kind of both) expect(certificateExpiry({ kind, issuedOn: d(issuedOn), birthDate: d(birthDate), cardExpiresOn: d(card) })).toBe(expected)
  })

  test('the other leap-day policy moves the end by a day', () => {
    expect(certificateExpiry({ kind: 'authentication', issuedOn: d('2026-03-01'), birthDate: d('2000-02-29'), cardExpiresOn: far, leapDay: 'march-1' })).toBe('2031-03-01')
    expect(certificateExpiry({ kind: 'authentication', issuedOn: d('2026-02-28'), birthDate: d('2000-02-29'), cardExpiresOn: far, leapDay: 'march-1' })).toBe('2030-03-01')
  })

  test.each([
    ['第13条第1項・第49条第1項: fewer than three months left, lapse asked together', '2025-07-15', true, '2030-10-10'],
    ['the first day of the window', '2025-07-11', true, '2030-10-10'],
    ['exactly three months left', '2025-07-10', true, '2029-10-10'],
    ['the day before the last', '2025-10-09', true, '2030-10-10'],
    ['the last day, itself a birthday', '2025-10-10', true, '2031-10-10'],
    ['no lapse asked', '2025-07-15', false, '2029-10-10'],
    ['the old one has run out', '2025-10-11', true, '2030-10-10'],
  ])('early renewal, %s', (_, issuedOn, lapseRequested, expected) => {
    for (const kind of both) {
      expect(certificateExpiry({ kind, issuedOn: d(issuedOn), birthDate: d('1980-10-10'), cardExpiresOn: far, earlyRenewal: { oldExpiresOn: d('2025-10-10'), lapseRequested } })).toBe(expected)
    }
  })

  test('第13条: a signing certificate re-issued after a move gets the remaining life', () => {
    const life = { issuedOn: d('2026-11-23'), birthDate: d('1985-06-01'), cardExpiresOn: d('2033-06-01'), authenticationExpiresOn: d('2028-06-01') }
    expect(certificateExpiry({ kind: 'signature', ...life })).toBe('2028-06-01')
    expect(certificateExpiry({ kind: 'signature', ...life, authenticationExpiresOn: null })).toBe('2031-06-01')
    // 第49条 knows no such limit.
    expect(certificateExpiry({ kind: 'authentication', ...life })).toBe('2031-06-01')
  })
})

test('phone certificates end with the card certificate (規則 第24条の9・第59条の9)', () => {
  for (const kind of ['smartphone-signature', 'smartphone-authentication'] as const) {
    expect(certificateExpiry({ kind, issuedOn: d('2026-01-01'), parentExpiresOn: d('2028-06-01'), cardExpiresOn: d('2033-06-01') })).toBe('2028-06-01')
    expect(certificateExpiry({ kind, issuedOn: d('2026-01-01'), parentExpiresOn: d('2028-06-01'), cardExpiresOn: d('2028-05-31') })).toBe('2028-05-31')
  }
  expect([smartphonesPossible(d('2023-05-10')), smartphonesPossible(d('2023-05-11'))]).toEqual([false, true])
})

describe('windows and ages', () => {
  test('renewal opens on the day after the date three months before, and closes with the certificate (規則 第13条第1項)', () => {
    const until = d('2025-10-10')
    expect(renewableFrom(until, d('2025-07-01'))).toBe('2025-07-11')
    expect(['2025-07-10', '2025-07-11', '2025-10-10', '2025-10-11'].map((day) => mayRenew(until, d(day)))).toEqual([false, true, true, false])
    expect(renewableFrom(d('2025-05-31'), d('2025-01-01'))).toBe('2025-03-01')
  })

  test('年齢計算ニ関スル法律: the age is completed with the day before the birthday', () => {
    expect(['2023-04-01', '2023-04-02'].map((day) => ageOn(d('2008-04-02'), d(day)))).toEqual([14, 15])
    expect(completesAgeOn(d('2008-04-02'), 15)).toBe('2023-04-01')
    expect(['2021-02-28', '2021-03-01', '2024-02-28', '2024-02-29'].map((day) => ageOn(d('2004-02-29'), d(day)))).toEqual([16, 17, 19, 20])
    expect([17, 20].map((age) => completesAgeOn(d('2004-02-29'), age))).toEqual(['2021-02-28', '2024-02-28'])
    expect(ageOn(d('2004-02-29'), d('2003-01-01'))).toBe(0)
  })

  test('no signing certificate under 15 (事務処理要領)', () => {
    expect(['2026-11-22', '2026-11-23'].map((day) => mayHoldSigningCertificate(d('2011-11-23'), d(day)))).toEqual([false, true])
  })

  test('no photo under the age of one, for applications received since 2024-12-02', () => {
    expect(photoRequired(d('2024-06-01'), d('2024-12-01'))).toBe(true)
    expect(photoRequired(d('2024-06-01'), d('2024-12-02'))).toBe(false)
    expect(['2025-05-31', '2025-06-01'].map((day) => photoRequired(d('2024-06-01'), d(day)))).toEqual([false, true])
  })

  test('the rule table is in order and each row changes something', () => {
    for (let i = 1; i < validityRules.length; i++) {
      const { from, change, ...now } = validityRules[i]!
      const { from: before, change: _, ...then } = validityRules[i - 1]!
      expect(before < from).toBe(true)
      expect(now, change).not.toEqual(then)
      expect(rulesOn(addDays(from, -1))).toBe(validityRules[i - 1])
      expect(rulesOn(from)).toBe(validityRules[i])
    }
  })
})

describe('properties', () => {
  const day = (from: string, to: string) => fc.integer({ min: 0, max: daysBetween(d(from), d(to)) }).map((n) => addDays(d(from), n))
  const leapling = fc.integer({ min: 476, max: 505 }).map((n) => fromParts(n * 4, 2, 29))
  const birth = fc.oneof({ weight: 3, arbitrary: day('1904-01-01', '2020-12-31') }, { weight: 1, arbitrary: leapling })
  const today = day('2016-01-01', '2049-12-31')
  const leapDay = fc.constantFrom('february-28' as const, 'march-1' as const)
  const maybe = fc.option(today, { nil: null })

  test('規則 第13条・第49条: strictly after issue where nothing caps it; never beyond card or authentication certificate', () => {
    fc.assert(fc.property(birth, today, today, maybe, maybe, fc.boolean(), leapDay, (birthDate, issuedOn, cardExpiresOn, authenticationExpiresOn, old, lapseRequested, leap) => {
      for (const kind of ['signature', 'authentication'] as const) {
        const life = { kind, issuedOn, birthDate, leapDay: leap, ...(old === null ? {} : { earlyRenewal: { oldExpiresOn: old, lapseRequested } }) }
        const free = certificateExpiry({ ...life, cardExpiresOn: far })
        expect(free > issuedOn).toBe(true)
        expect(free <= addMonths(issuedOn, 72)).toBe(true)
        const capped = certificateExpiry({ ...life, cardExpiresOn, authenticationExpiresOn })
        const caps = [free, cardExpiresOn, ...(kind === 'signature' && authenticationExpiresOn !== null ? [authenticationExpiresOn] : [])]
        expect(capped).toBe(caps.toSorted()[0])
      }
    }))
  })

  test('カード命令 第26条: the end is a birthday, or the end of stay, and at most ten years away', () => {
    fc.assert(fc.property(birth, today, maybe, leapDay, (birthDate, madeOn, stay, leap) => {
      const end = cardExpiry({ madeOn, birthDate, receivedOn: madeOn, leapDay: leap, ...(stay === null ? {} : { stayUntil: stay }) })
      expect(end === stay || isBirthday(birthDate, end, leap)).toBe(true)
      expect(end <= addMonths(madeOn, 120)).toBe(true)
    }))
  })

  test('the nth birthday after a day is what counting day by day finds', () => {
    fc.assert(fc.property(birth, day('2016-01-01', '2026-12-31'), fc.integer({ min: 1, max: 6 }), leapDay, (birthDate, from, n, leap) => {
      let at: LegalDate = from
      for (let seen = 0; seen < n; ) if (isBirthday(birthDate, (at = addDays(at, 1)), leap)) seen++
      expect(birthdayAfter(from, birthDate, n, leap)).toBe(at)
    }), { numRuns: 40 })
  })

  test('年齢計算ニ関スル法律: the age rises once a year, on the day after the day that completes it', () => {
    fc.assert(fc.property(birth, fc.integer({ min: 1, max: 99 }), (birthDate, age) => {
      const done = completesAgeOn(birthDate, age)
      expect([ageOn(birthDate, done), ageOn(birthDate, addDays(done, 1))]).toEqual([age - 1, age])
    }))
  })

  /** Told without the code under test. */
  function isBirthday(birthDate: LegalDate, day: LegalDate, leap: 'february-28' | 'march-1'): boolean {
    const [b, t] = [partsOf(birthDate), partsOf(day)]
    if (b.month !== 2 || b.day !== 29 || lastDay(t.year, 2) === 29) return b.month === t.month && b.day === t.day
    return leap === 'february-28' ? t.month === 2 && t.day === 28 : t.month === 3 && t.day === 1
  }
})

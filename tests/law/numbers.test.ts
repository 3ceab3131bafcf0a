import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMunicipalityCode } from '../../core/law/ids.ts'
import {
  myNumberCheckDigit, parseApplicationFormId, parseMyNumber, parseResidentCode, parseSecurityCode, revealMyNumber, revealResidentCode, revealSecurityCode, sameNumber, statutoryUses,
} from '../../core/law/card/numbers.ts'

const vectors = ['983205673214', '537686677188', '123456789018']
const digits = (n: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: n, maxLength: n })

describe('個人番号 (番号法施行規則 第5条)', () => {
  test.each(vectors)('%s', (text) => {
    const number = parseMyNumber(text)!
    expect(revealMyNumber(number, 'tax')).toBe(text)
    for (let wrong = 0; wrong < 10; wrong++) if (wrong !== Number(text[11])) expect(parseMyNumber(text.slice(0, 11) + wrong)).toBeNull()
  })

  test('the check digit by the words of the article: P_n from the right, Q_n = n + 1 or n − 5', () => {
    fc.assert(fc.property(digits(11), (first) => {
      let sum = 0
      for (let n = 1; n <= 11; n++) sum += Number(first[11 - n]) * (n <= 6 ? n + 1 : n - 5)
      expect(myNumberCheckDigit(first)).toBe(sum % 11 <= 1 ? 0 : 11 - (sum % 11))
    }))
  })

  test('a rest of 0 and of 1 both give 0', () => {
    // 6 + 5 = 11, rest 0; 6 + 6 = 12, rest 1; 6 + 7 = 13, rest 2
    expect(['11000000000', '10000010000', '10000100000'].map(myNumberCheckDigit)).toEqual([0, 0, 9])
    expect(myNumberCheckDigit('00000000001')).toBe(9)
  })

  test('a single wrong digit is always seen where the check digit is not 0', () => {
    fc.assert(fc.property(digits(11), fc.nat(10), fc.integer({ min: 1, max: 9 }), (first, at, by) => {
      const check = myNumberCheckDigit(first)
      fc.pre(check !== 0)
      const wrong = first.slice(0, at) + ((Number(first[at]) + by) % 10) + first.slice(at + 1)
      expect(myNumberCheckDigit(wrong)).not.toBe(check)
    }))
  })

  test('the article itself lets some errors pass where the rest is 0 or 1', () => {
    expect(['110000000000', '110060000000'].map((text) => parseMyNumber(text) !== null)).toEqual([true, true])
  })

  test.each(['12345678901', '1234567890188', '１２３４５６７８９０１８', '12345678901x', ' 123456789018', '123456789018\n', ''])('not a number: %j', (text) => {
    expect(parseMyNumber(text)).toBeNull()
  })

  test('番号法 第20条: nothing prints it by accident', () => {
    const number = parseMyNumber(vectors[0]!)!
    const holder = { number, list: [number] }
    const printed = [String(number), `${number as never}`, JSON.stringify(holder), inspect(holder, { depth: 9, showHidden: true }).replace('[length]: 1', ''), Object.values(number).join(), JSON.stringify({ ...number }), JSON.stringify(structuredClone({ ...number }))]
    for (const text of printed) expect(text).not.toMatch(/\d/)
    expect(String(number)).toBe('************')
    expect(JSON.stringify(holder)).toBe('{"number":"************","list":["************"]}')
    expect(() => Object.assign(number, { kind: 'other' })).toThrow(TypeError)
  })

  test('番号法 第9条: every use names its paragraph', () => {
    expect(Object.values(statutoryUses).every((basis) => /^番号法 第9条第\d項/.test(basis))).toBe(true)
  })
})

describe('other numbers', () => {
  test('住民基本台帳法施行規則 第1条: a 住民票コード is 11 digits, and masked', () => {
    const code = parseResidentCode('12345678901')!
    expect(revealResidentCode(code)).toBe('12345678901')
    expect(`${JSON.stringify(code)} ${inspect(code)}`).not.toContain('1')
    expect(['1234567890', '123456789012', '1234567890a'].map(parseResidentCode)).toEqual([null, null, null])
  })

  test('the security code is 4 digits, and masked', () => {
    expect(revealSecurityCode(parseSecurityCode('2285')!)).toBe('2285')
    expect(JSON.stringify(parseSecurityCode('2285'))).toBe('"****"')
    expect(['228', '22855', '22a5'].map(parseSecurityCode)).toEqual([null, null, null])
  })

  test('the same number is the same, whatever object holds it', () => {
    expect(sameNumber(parseMyNumber(vectors[0]!)!, parseMyNumber(vectors[0]!)!)).toBe(true)
    expect(sameNumber(parseMyNumber(vectors[0]!)!, parseMyNumber(vectors[1]!)!)).toBe(false)
  })

  test('申請書ID: 23 half-width digits', () => {
    expect(parseApplicationFormId('12345678901234567890123')).toBe('12345678901234567890123')
    expect(['1234567890123456789012', '123456789012345678901234', '1234567890123456789012３'].map(parseApplicationFormId)).toEqual([null, null, null])
  })

  test.each(['011002', '131016', '010006', '132217', '130001', '141003', '473821'])('全国地方公共団体コード %s', (code) => {
    expect(parseMunicipalityCode(code)).toBe(code)
    for (let wrong = 0; wrong < 10; wrong++) if (wrong !== Number(code[5])) expect(parseMunicipalityCode(code.slice(0, 5) + wrong)).toBeNull()
  })
})

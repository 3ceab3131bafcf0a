import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changedItems, parseFourInformation, sameItems, type FourInformation } from '../../core/law/person/person.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { characters, codePoints, graphemes, guardText, type TextFault } from '../../core/law/text.ts'

const input = { name: '見本　花子', birthDate: '1985-06-01', sex: 'female', address: '東京都千代田区架空町一丁目２番３号' } as const
const taken = (over: object = {}): FourInformation => {
  const items = parseFourInformation({ ...input, ...over })
  if (isRefusal(items)) throw new Error(`${items.code} ${items.field} ${items.state}`)
  return items
}

describe('guard for text', () => {
  test.each([
    ['a pair of surrogates', '𠮷野　家子', 5, 5], ['a variation sequence', '辻\u{E0100}　一郎', 5, 4], ['a compatibility ideograph', '神\uFA19社', 3, 3], ['a character that NFC would replace', '\uFA10本', 2, 2],
    ['half-width kana', 'ﾀﾅｶ ﾊﾅｺ', 7, 7], ['変体仮名', '\u{1B002}子', 2, 2], ['a zero-width joiner', 'क्‍ष', 4, 1], ['a combining mark', 'か\u3099', 2, 1], ['Latin, long', 'WOLFESCHLEGELSTEINHAUSENBERGERDORFF HUBERT BLAINE', 49, 49],
  ])('takes %s as it is', (_, text, points, clusters) => {
    expect(guardText(text, { max: points })).toBe(text)
    expect(guardText(text, { max: points - 1 })).toMatchObject({ code: 'ILL_FORMED_TEXT', state: 'length' })
    expect([codePoints(text), graphemes(text)]).toEqual([points, clusters])
    expect(guardText(text, { max: 99, maxGraphemes: clusters })).toBe(text)
    expect(isRefusal(guardText(text, { max: 99, maxGraphemes: clusters - 1 }))).toBe(true)
  })

  const faults: [string, string, TextFault][] = [
    ['a high surrogate alone', '吉\uD842', 'surrogate'], ['a low surrogate alone', '\uDFB7吉', 'surrogate'], ['U+0000', 'a\0b', 'control'], ['a line break', 'a\nb', 'control'], ['DEL', 'a\u007F', 'control'], ['a C1 control', 'a\u0085b', 'control'],
    ['a line separator', 'a\u2028b', 'control'], ['U+FFFE', 'a\uFFFE', 'noncharacter'], ['U+FDD0', 'a\uFDD0', 'noncharacter'], ['U+1FFFF', 'a\u{1FFFF}', 'noncharacter'], ['外字 U+E000', '\uE000田', 'private-use'],
    ['外字 of plane 15', '\u{F0000}田', 'private-use'], ['外字 of plane 16', '\u{10FFFD}田', 'private-use'], ['a right-to-left override', 'a\u202Eb', 'direction'], ['an isolate', 'a\u2066b', 'direction'], ['a right-to-left mark', 'a\u200Fb', 'direction'],
    ['a byte order mark', '\uFEFFa', 'invisible'], ['a tag character', 'a\u{E0041}', 'invisible'], ['a variation selector with nothing before it', '\u{E0100}辻', 'variation-selector'], ['nothing', '', 'length'],
  ]
  test.each(faults)('refuses %s', (_, text, state) => {
    expect(guardText(text, { max: 99 }, 'name')).toEqual({ refused: true, code: 'ILL_FORMED_TEXT', field: 'name', state })
  })

  const points = (text: string) => text.split(' ').map((hex) => String.fromCodePoint(Number.parseInt(hex, 16)))
  test('both ends of each range are refused, their neighbours are taken', () => {
    for (const c of points('0 1F 7F 9F 2028 2029 61C 200E 200F 202A 202E 2066 2069 FDD0 FDEF FFFE FFFF 1FFFE FEFF E000 F8FF F0000 FFFFD 100000 10FFFD E0000 E007F')) expect(isRefusal(guardText(`a${c}`, { max: 2 })), c.codePointAt(0)!.toString(16)).toBe(true)
    for (const c of points('20 7E A0 2027 61B 61D 200D 2010 202F 2065 206A FDCF FDF0 FFFD F900 FEFE FF00 E0080 1FFFD')) expect(guardText(`a${c}`, { max: 2 }), c.codePointAt(0)!.toString(16)).toBe(`a${c}`)
  })

  test('variation selectors belong to the character before them', () => {
    expect(points('FE00 FE0F E0100 E01EF').map((c) => characters(`a${c}`))).toEqual([1, 1, 1, 1])
    expect(points('FDFF FE10 E00FF E01F0').map((c) => characters(`a${c}`))).toEqual([2, 2, 2, 2])
  })

  test('what is open by choice', () => {
    expect(guardText('\uE000', { max: 1, privateUse: true })).toBe('\uE000')
    expect(guardText('a\n\tb', { max: 4, multiline: true })).toBe('a\n\tb')
    expect(guardText('a\rb', { max: 4, multiline: true })).toMatchObject({ state: 'control' })
    expect(guardText('', { max: 1, min: 0 })).toBe('')
  })

  test('what it takes it gives back unchanged, and it never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
      const result = guardText(text, { max: 30 })
      expect(isRefusal(result) || result === text).toBe(true)
    }))
  })
})

describe('基本4情報 (公的個人認証法 第3条第2項)', () => {
  test('flags default to none replaced, one for each character', () => {
    expect(taken()).toEqual({ ...input, nameSubstitutes: '00000', addressSubstitutes: '0'.repeat(17) })
    expect(taken({ name: '辻\u{E0100}　𠮷郎' }).nameSubstitutes).toBe('00000'.slice(0, characters('辻\u{E0100}　𠮷郎')))
    expect(characters('辻\u{E0100}　𠮷郎')).toBe(4)
  })

  test.each([
    [{ name: '' }, 'ILL_FORMED_TEXT', 'name'], [{ address: '' }, 'ILL_FORMED_TEXT', 'address'], [{ address: '番'.repeat(201) }, 'ILL_FORMED_TEXT', 'address'], [{ name: '\uE000' }, 'ILL_FORMED_TEXT', 'name'],
    [{ birthDate: '1985-02-29' }, 'MALFORMED_DATE', 'birthDate'], [{ birthDate: '1985-6-1' }, 'MALFORMED_DATE', 'birthDate'], [{ sex: 'other' }, 'MALFORMED_INPUT', 'sex'],
    [{ nameSubstitutes: '0000' }, 'MALFORMED_INPUT', 'nameSubstitutes'], [{ nameSubstitutes: '00002' }, 'MALFORMED_INPUT', 'nameSubstitutes'], [{ nameSubstitutes: '' }, 'MALFORMED_INPUT', 'nameSubstitutes'],
    [{ addressSubstitutes: '0'.repeat(18) }, 'MALFORMED_INPUT', 'addressSubstitutes'],
  ])('refuses %j', (over, code, field) => expect(parseFourInformation({ ...input, ...over } as never)).toMatchObject({ code, field }))

  test('an address of 200 characters is taken', () => {
    expect(taken({ address: '番'.repeat(200) }).addressSubstitutes).toHaveLength(200)
    expect(taken({ address: '𠮷'.repeat(200) }).addressSubstitutes).toHaveLength(200)
  })

  test('changes are told item by item, bytes and flags, in the order of the lists', () => {
    const before = taken()
    expect(changedItems(before, taken())).toEqual([])
    expect(sameItems(before, taken())).toBe(true)
    expect(changedItems(before, taken({ sex: 'male', birthDate: '1985-06-02', address: '京都府', name: '見本　華子' }))).toEqual(['name', 'address', 'birthDate', 'sex'])
    expect(changedItems(before, taken({ nameSubstitutes: '01000' }))).toEqual(['name'])
    expect(changedItems(before, taken({ addressSubstitutes: `1${'0'.repeat(16)}` }))).toEqual(['address'])
    // Canonically equivalent, and still another name.
    expect(changedItems(taken({ name: '\uFA10本' }), taken({ name: '\uFA10本'.normalize('NFC') }))).toEqual(['name'])
    expect(sameItems(before, taken({ sex: 'unknown' }))).toBe(false)
  })
})

/** The holder's items: code points in are code points out; the date of birth with its era. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { readIssued } from '../../core/pki/certificate.ts'
import { Malformed } from '../../core/pki/der.ts'
import { characterCount, decodeBirthDate, encodeBirthDate, holderItems, readHolder, type Holder } from '../../core/pki/holder.ts'
import { authority, endEntityInput, holder, issue, settings, type TestAuthority } from './authority.ts'

let from: TestAuthority
beforeAll(async () => { from = await authority('signature', 'p384-sha384') })

describe('date of birth', () => {
  test.each([
    ['1868-01-24', '018680124'], ['1868-01-25', '118680125'], ['1899-12-01', '118991201'], ['1912-07-29', '119120729'], ['1912-07-30', '219120730'], ['1926-12-24', '219261224'], ['1926-12-25', '319261225'],
    ['1989-01-07', '319890107'], ['1989-01-08', '419890108'], ['2019-04-30', '420190430'], ['2019-05-01', '520190501'], ['2024-02-29', '520240229'],
  ])('%s is %s', (date, text) => {
    expect(encodeBirthDate(date)).toBe(text)
    expect(decodeBirthDate(text)).toBe(date)
  })
  test.each(['319890108', '219261225', '520190430', '5201905', '5201905011', '520190230', '6201905 1', ''])('%j is malformed', (text) => expect(() => decodeBirthDate(text)).toThrow(Malformed))
  test.each(['2023-02-29', '1990-7-21', '1990-07-21T00:00:00Z', '19900721', ''])('%j is no date', (date) => expect(() => encodeBirthDate(date)).toThrow(RangeError))
})

describe('names', () => {
  const withName = (name: string): Holder => ({ ...holder, name, nameSubstitutes: '0'.repeat(characterCount(name)) })
  const roundTrip = async (h: Holder) => readIssued(await issue(from, endEntityInput('signature', from.certificate, { holder: h })), settings).holder

  test.each([
    ['a variation sequence', '辻\u{E0101}　\u8fbb\u{E0102}子', 4], ['a character above the BMP', '𠮷田　花子', 5], ['a compatibility ideograph', '\uFA11\u0020\uFA1F', 3], ['decomposed kana', 'か\u3099', 2], ['Latin letters', 'John  Smith', 11],
  ])('%s comes back unchanged', async (_, name, count) => {
    expect(characterCount(name)).toBe(count)
    expect(await roundTrip(withName(name))).toEqual(withName(name))
  })

  test('any text that is not control comes back code point for code point', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((s) => s.isWellFormed() && !/\p{Cc}/u.test(s) && characterCount(s) > 0), async (name) => {
      expect((await roundTrip(withName(name)))!.name).toBe(name)
    }), { numRuns: 40 })
  })

  test('half a surrogate pair is no text', async () => {
    await expect(roundTrip(withName('花\ud842'))).rejects.toThrow(RangeError)
  })
})

describe('items', () => {
  test('are read by OID, in whatever order', () => {
    const items = holderItems(holder, settings)
    expect(readHolder([...items].reverse(), settings)).toEqual(holder)
  })
  test('without flags or reading those items are absent', () => {
    const { kana: _, ...bare } = { ...holder, nameSubstitutes: '', addressSubstitutes: '' }
    expect(holderItems(bare, settings).map(({ oid }) => oid.slice(-3))).toEqual(['5.1', '5.4', '5.3', '5.5'])
    expect(readHolder(holderItems(bare, settings), settings)).toEqual(bare)
  })
  test('that are not whole are malformed; none at all is nobody', () => {
    const items = holderItems(holder, settings)
    for (const missing of ['5.1', '5.3', '5.4', '5.5']) expect(() => readHolder(items.filter(({ oid }) => !oid.endsWith(missing)), settings)).toThrow(Malformed)
    expect(() => readHolder(items.map((i) => (i.oid.endsWith('5.3') ? { ...i, text: '4' } : i)), settings)).toThrow(Malformed)
    expect(readHolder([], settings)).toBeNull()
  })
  test('another arc is another profile', () => {
    expect(() => readHolder(holderItems(holder, settings), { ...settings, arc: '1.2.3' })).toThrow(Malformed)
  })
})

test('flags of the frozen example count one per character', () => {
  const frozen = JSON.parse(readFileSync(new URL('frozen-profile.json', import.meta.url), 'utf8'))
  const names = frozen.signature.fields.extensions[1].names as { other: string; text: string }[]
  const text = (suffix: string) => names.find((n) => n.other.endsWith(suffix))!.text
  expect([text('5.2').length, text('5.6').length]).toEqual([characterCount(text('5.1')), characterCount(text('5.5'))])
})

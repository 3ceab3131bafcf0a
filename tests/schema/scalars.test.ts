/** Scalars take what they mean and refuse everything else with a code; what they take comes out as it went in. */
import fc from 'fast-check'
import { GraphQLError, isScalarType, type GraphQLScalarType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { instant, toRfc3339 } from '../../core/law/time.ts'
import { largestBytes, parseBytes, parseInstant } from '../../schema/scalars.ts'
import { schema } from './fixture.ts'

function scalar(name: string): GraphQLScalarType {
  const type = schema.getType(name)
  if (!isScalarType(type)) throw new Error(`no scalar ${name}`)
  return type
}
function refusalOf(name: string, value: unknown): unknown {
  try {
    scalar(name).parseValue(value)
    return 'taken'
  } catch (error) {
    return error instanceof GraphQLError ? error.extensions['code'] : error
  }
}

describe('refused', () => {
  test.each([
    ['Date', '2025-02-29', 'MALFORMED_DATE'], ['Date', '2026-4-1', 'MALFORMED_DATE'], ['Date', '0000-01-01', 'MALFORMED_DATE'], ['Date', 20260401, 'MALFORMED_INPUT'], ['Date', null, 'MALFORMED_INPUT'],
    ['DateTime', '2026-04-01', 'MALFORMED_INPUT'], ['DateTime', '2026-04-01T00:00:60Z', 'MALFORMED_INPUT'], ['DateTime', '2026-02-30T00:00:00Z', 'MALFORMED_INPUT'], ['DateTime', '2026-04-01T00:00:00', 'MALFORMED_INPUT'],
    ['DateTime', '2026-04-01T24:00:00Z', 'MALFORMED_INPUT'], ['DateTime', 0, 'MALFORMED_INPUT'],
    ['Bytes', 'AAA', 'MALFORMED_INPUT'], ['Bytes', 'AA==\n', 'MALFORMED_INPUT'], ['Bytes', 'AB==', 'MALFORMED_INPUT'], ['Bytes', '_-8=', 'MALFORMED_INPUT'], ['Bytes', 'A'.repeat(4 * Math.ceil(largestBytes / 3) + 4), 'MALFORMED_INPUT'],
    ['MunicipalityCode', '131017', 'MALFORMED_INPUT'], ['MunicipalityCode', '13101', 'MALFORMED_INPUT'], ['MunicipalityCode', '１３１０１６', 'MALFORMED_INPUT'],
    ['IdempotencyKey', 'short', 'MALFORMED_INPUT'], ['IdempotencyKey', 'with a space', 'MALFORMED_INPUT'], ['IdempotencyKey', 'x'.repeat(201), 'MALFORMED_INPUT'],
    ['KeyId', 'a'.repeat(40), 'MALFORMED_INPUT'],
    ['Text', '', 'ILL_FORMED_TEXT'], ['Text', '\ud800', 'ILL_FORMED_TEXT'], ['Text', 'a\u0000b', 'ILL_FORMED_TEXT'], ['Text', 'a\nb', 'ILL_FORMED_TEXT'], ['Text', '\ue000', 'ILL_FORMED_TEXT'], ['Text', 'あ'.repeat(201), 'ILL_FORMED_TEXT'],
    ['Text', '\u202eabc', 'ILL_FORMED_TEXT'], ['Text', 7, 'MALFORMED_INPUT'], ['LongText', 'あ'.repeat(4_001), 'ILL_FORMED_TEXT'], ['LongText', { toString: () => 'x' }, 'MALFORMED_INPUT'],
  ])('%s %j', (name, value, code) => expect(refusalOf(name, value)).toBe(code))
})

describe('taken as it is', () => {
  test.each([['Text', '𠮷野'], ['Text', '辻󠄀'], ['Text', '神'], ['Text', ' 山田\u3000太郎 '], ['LongText', '一行目\n二行目'], ['Date', '2024-02-29'], ['MunicipalityCode', '011002'], ['IdempotencyKey', '0190-abc!']])('%s %j', (name, value) => {
    expect(scalar(name).parseValue(value)).toBe(value)
    expect(scalar(name).serialize(value)).toBe(value)
  })

  test('any octets, in and out', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = scalar('Bytes').serialize(bytes) as string
      expect(parseBytes(text)).toEqual(bytes)
    }))
  })

  test('no two texts are the same octets', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'ABab01+/=_- \n'), maxLength: 12 }), (text) => {
      const bytes = parseBytes(text)
      if (bytes !== null) expect(scalar('Bytes').serialize(bytes)).toBe(text)
    }))
  })

  test('any instant of the years 1000–9999, in and out', () => {
    fc.assert(fc.property(fc.integer({ min: Date.UTC(1000, 0, 2), max: Date.UTC(9999, 11, 30) }), (ms) => {
      expect(parseInstant(toRfc3339(instant(ms)))).toBe(ms)
    }))
  })

  test('an offset is a way to write an instant', () => {
    expect(parseInstant('2026-04-01T09:00:00+09:00')).toBe(Date.UTC(2026, 3, 1))
    expect(parseInstant('2026-03-31T23:59:59.5-00:30')).toBe(Date.UTC(2026, 3, 1, 0, 29, 59, 500))
  })
})

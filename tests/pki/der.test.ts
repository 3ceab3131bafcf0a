/** DER, both ways: the forms X.690 wants are written, and every other form is refused when read. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as der from '../../core/pki/der.ts'
import * as values from '../../core/pki/values.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex')
const elements = (count: number): string => '00'.repeat(count)

describe('written', () => {
  test.each([
    ['INTEGER 0', der.integer(0), '020100'], ['INTEGER 127', der.integer(127), '02017f'], ['INTEGER 128', der.integer(128), '02020080'], ['INTEGER 256', der.integer(256n), '02020100'],
    ['INTEGER of octets, high bit', der.integer(bytes('ff')), '020200ff'], ['INTEGER of octets, leading zeros', der.integer(bytes('000001')), '020101'],
    ['named bits 0 1', der.namedBits([0, 1]), '030206c0'], ['named bits 5 6', der.namedBits([5, 6]), '03020106'], ['named bits of two octets', der.namedBits([8]), '0303070080'], ['no named bits', der.namedBits([]), '030100'],
    ['OID', der.oid('1.2.840.113549.1.1.11'), '06092a864886f70d01010b'], ['OID 2.999', der.oid('2.999.3'), '0603883703'],
    ['TRUE', der.boolean(true), '0101ff'], ['ENUMERATED', der.enumerated(10), '0a010a'], ['NULL', der.nullValue, '0500'],
    ['UTCTime', der.time(Date.UTC(2049, 11, 31, 23, 59, 59, 999)), `170d${hex(Buffer.from('491231235959Z'))}`],
    ['GeneralizedTime from 2050', der.time(Date.UTC(2050, 0, 1)), `180f${hex(Buffer.from('20500101000000Z'))}`],
    ['UTCTime 1950', der.time(Date.UTC(1950, 0, 1)), `170d${hex(Buffer.from('500101000000Z'))}`],
    ['SET OF in order', der.setOf(bytes('0201 05'), bytes('0201 03')), '3106020103020105'],
    ['implicit over a primitive', der.implicit(6, der.ia5String('a')), '860161'], ['implicit over a constructed', der.implicit(1, der.sequence()), 'a100'],
  ])('%s', (_, encoded, expected) => expect(hex(encoded)).toBe(expected))

  test.each([[127, '307f'], [128, '308180'], [255, '3081ff'], [256, '30820100'], [65535, '3082ffff'], [65536, '3083010000']])('length %i in its shortest form', (length, header) => {
    expect(hex(der.tlv(0x30, new Uint8Array(length)).subarray(0, header.length / 2))).toBe(header)
  })

  test.each<[string, () => unknown]>([
    ['a character outside PrintableString', () => der.printableString('a@b')], ['a character outside IA5String', () => der.ia5String('é')],
    ['half a surrogate pair', () => der.utf8String('\ud83d')], ['UTCTime after 2049', () => der.utcTime(Date.UTC(2050, 0, 1))],
    ['a negative INTEGER', () => der.integer(-1n)], ['an OID root above 2', () => der.oid('3.1')], ['a year of five digits', () => der.generalizedTime(Date.UTC(10_000, 0, 1))],
  ])('%s is a RangeError', (_, write) => expect(write).toThrow(RangeError))
})

describe('read strictly', () => {
  test.each([
    ['nothing', ''], ['a tag alone', '30'], ['content cut off', '3003 0201'], ['indefinite length', '3080 0000'], ['a length not minimal, one octet', '308101 00'],
    ['a length not minimal, two octets', `30820080 ${elements(128)}`], ['a length of five octets', '3085 0000000001 00'], ['a length beyond the end', '3084 ffffffff'],
    ['octets after the element', '0500 00'], ['a tag of several octets', '3f8101 00'], ['end-of-contents', '0000'], ['a primitive SEQUENCE', '1000'], ['a constructed INTEGER', '2203020101'],
  ])('%s', (_, input) => expect(() => der.decode(bytes(input))).toThrow(der.Malformed))

  test('nested deeper than any structure needs', () => {
    let nested: Uint8Array = der.nullValue
    for (let i = 0; i < 40; i++) nested = der.sequence(nested)
    const descend = (e: der.Element): void => { for (const child of (e.tag & 0x20) === 0 ? [] : der.children(e)) descend(child) }
    expect(() => descend(der.decode(nested))).toThrow(/deeper/)
  })

  test.each<[string, string, (e: der.Element) => unknown]>([
    ['an empty INTEGER', '0200', values.readInteger], ['a padded INTEGER', '0202007f', values.readInteger], ['a padded negative INTEGER', '0202ff80', values.readInteger], ['a negative serial', '020180', values.readSerial],
    ['a BOOLEAN of 01', '010101', values.readBoolean], ['a BOOLEAN of two octets', '0102ffff', values.readBoolean], ['a NULL with content', '050100', values.readNull],
    ['an OID with a padded arc', '06022a80', values.readOid], ['an OID cut in an arc', '0603 2a 80 01', values.readOid], ['an empty OID', '0600', values.readOid],
    ['unused bits beyond 7', '030208ff', values.readBitString], ['padding bits not zero', '030206ff', values.readBitString], ['trailing zero bits in a named list', '03020540', (e) => values.readNamedBits(e)],
    ['a BIT STRING of nothing', '0300', values.readBitString], ['invalid UTF-8', '0c02c328', values.readText], ['an overlong form', '0c02c080', values.readText], ['a T61String', '140161', values.readText],
    ['a lower-case z', `170d${hex(Buffer.from('260401000000z'))}`, values.readTime], ['a time without seconds', `170b${hex(Buffer.from('2604010000Z'))}`, values.readTime],
    ['an offset', `1711${hex(Buffer.from('260401000000+0900'))}`, values.readTime], ['a fraction', `1813${hex(Buffer.from('20260401000000.123Z'))}`, values.readTime],
    ['the 30th of February', `170d${hex(Buffer.from('260230000000Z'))}`, values.readTime], ['hour 24', `170d${hex(Buffer.from('260401240000Z'))}`, values.readTime],
  ])('%s', (_, input, read) => expect(() => read(der.decode(bytes(input)))).toThrow(der.Malformed))

  test('reads the last bit of a named list that stops there', () => {
    expect(values.readNamedBits(der.decode(bytes('03020106')))).toEqual([5, 6])
    expect(() => values.readNamedBits(der.decode(bytes('03020006')))).toThrow(der.Malformed)
  })
})

describe('back and forth', () => {
  test('any INTEGER, OID, text and second comes back', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 1n << 200n }), (n) => values.readInteger(der.decode(der.integer(n))) === n))
    fc.assert(fc.property(fc.integer({ min: 0, max: 39 }), fc.array(fc.bigInt({ min: 0n, max: 1n << 130n }), { maxLength: 5 }), (second, rest) => {
      const dotted = ['1', second, ...rest].join('.')
      return values.readOid(der.decode(der.oid(dotted))) === dotted
    }))
    fc.assert(fc.property(fc.string({ unit: 'binary' }).filter((s) => s.isWellFormed()), (text) => values.readText(der.decode(der.utf8String(text))) === text))
    fc.assert(fc.property(fc.integer({ min: Date.UTC(1950, 0, 1) / 1000, max: Date.UTC(9999, 11, 31) / 1000 }), (second) => values.readTime(der.decode(der.time(second * 1000))) === second * 1000))
  })

  test('bytes of any kind end in an element or in Malformed', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
      try {
        return der.encodingOf(der.decode(input)).length === input.length
      } catch (error) {
        return error instanceof der.Malformed
      }
    }), { numRuns: 2_000 })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generateKeyPairSync, sign } from 'node:crypto'
import { encodeCommand, fromHex, parseCommand, parseResponse, toHex } from '../../core/chip/apdu.ts'
import { verifyOrder, verifyReceipt } from '../../core/chip/order.ts'
import { Secret } from '../../core/chip/secret.ts'
import { concat } from '../../core/chip/state.ts'
import { meaningOf } from '../../core/chip/sw.ts'
import { readAll, readTemplate, readText, readTlv, tlv } from '../../core/chip/tlv.ts'
import { attestationKey } from '../../core/chip/chip.ts'
import { makeTestChip, present, Reader } from './fixture.ts'

describe('command APDU', () => {
  it.each<[string, string, string, number, boolean]>([
    ['case 1', '00A40000', '', 0, false],
    ['case 2', '00B0000004', '', 4, false],
    ['case 2, Le 00', '00B0000000', '', 256, false],
    ['case 2 extended', '00B00000000801', '', 0x801, true],
    ['case 2 extended, Le 0000', '00B00000000000', '', 65_536, true],
    ['case 3', '002000800431323334', '31323334', 0, false],
    ['case 4', '802A008002AABB00', 'AABB', 256, false],
    ['case 3 extended', '002000800000023132', '3132', 0, true],
    ['case 4 extended', '0020008000000231320100', '3132', 0x100, true],
    ['case 4 extended, Le 0000', '0020008000000231320000', '3132', 65_536, true],
  ])('%s', (_, hex, data, le, extended) => {
    const c = parseCommand(fromHex(hex))!
    expect([toHex(c.data), c.le, c.extended]).toEqual([data, le, extended])
    expect([c.cla, c.ins, c.p1, c.p2]).toEqual([...fromHex(hex.slice(0, 8))])
  })

  it.each(['', '00', '00A404', '00A4040C0AD3', '00A4040C02D3920000', '00B000000008', '0020008000000031', '002000800000033132', '00200080000002313200', '002000800000023132000000', '002000800000000100'])('%s is none', (hex) => {
    expect(parseCommand(fromHex(hex))).toBeNull()
  })

  it('goes there and back for every data and Le', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 700 }), fc.oneof(fc.integer({ min: 0, max: 600 }), fc.constantFrom(255, 256, 257, 65_535, 65_536)), (data, le) => {
      const c = parseCommand(encodeCommand(0x80, 0xda, 1, 2, data, le))!
      expect([toHex(c.data), c.le, c.extended]).toEqual([toHex(data), le, data.length > 255 || le > 256])
    }), { numRuns: 300 })
    for (const n of [255, 256]) expect(parseCommand(encodeCommand(0, 0, 0, 0, new Uint8Array(n)))).toMatchObject({ data: new Uint8Array(n), le: 0, extended: n > 255 })
    expect(() => encodeCommand(0, 0, 0, 0, new Uint8Array(65_536))).toThrow(RangeError)
    expect(() => encodeCommand(0, 0, 0, 0, new Uint8Array(0), 65_537)).toThrow(RangeError)
  })

  it('hex and answers: nothing but pairs of digits, at least a status word', () => {
    for (const bad of ['0', 'GG', '0x00']) expect(() => fromHex(bad)).toThrow(RangeError)
    expect(parseResponse(Uint8Array.of(0x90))).toBeNull()
    expect([0x63c2, 0x63c0, 0x6984, 0x1234].map(meaningOf)).toEqual(['wrong PIN, 2 tries left', 'PIN blocked', 'referenced key or PIN is locked', 'status 1234'])
  })
})

describe('TLV', () => {
  it('reads lengths longer than needed, refuses those that run over the end, and filler', () => {
    expect(toHex(readTlv(fromHex('FF4082000102'))!.value)).toBe('02')
    expect(toHex(readTlv(fromHex('C1810155'))!.value)).toBe('55')
    for (const bad of ['', 'C1', 'C102AA', 'C181', 'C1820001', 'C183000001AA', 'C180AA', 'FFFF0000', 'DF', 'DF8101AA']) expect(readTlv(fromHex(bad)), bad).toBeNull()
    expect(readAll(fromHex('C10155C2'))).toBeNull()
    expect(readTemplate(fromHex('E003C10155FFFF'), 0xe0)!.get(0xc1)).toEqual(Uint8Array.of(0x55))
    expect(readTemplate(fromHex('E003C10155'), 0xe1)).toBeNull()
  })

  it('goes there and back for every length', () => {
    fc.assert(fc.property(fc.constantFrom(0xc1, 0x9e, 0xdf22, 0x7f21), fc.uint8Array({ maxLength: 700 }), fc.boolean(), (tag, value, wide) => {
      const bytes = tlv(tag, value, wide)
      const read = readTlv(concat(bytes, Uint8Array.of(0xaa)))!
      expect([read.tag, toHex(read.value), read.end]).toEqual([tag, toHex(value), bytes.length])
    }), { numRuns: 300 })
  })

  it('text is UTF-8 exactly: no replacement, no lost mark', () => {
    expect(readText(fromHex('FF'))).toBeNull()
    expect(readText(fromHex('E9BB'))).toBeNull()
    expect(readText(fromHex('EFBBBF41'))).toBe('\u{feff}A')
  })
})

describe('secrets and signatures', () => {
  it('equal means the same octets and the same number of them', () => {
    const secret = new Secret(Buffer.from('1234'))
    for (const [candidate, same] of [['1234', true], ['1235', false], ['123', false], ['12341234', false], ['', false], ['12345', false]] as const) {
      expect(secret.equals(Buffer.from(candidate)), candidate).toBe(same)
    }
    expect(new Secret(new Uint8Array(0)).equals(Buffer.from('1'))).toBe(false)
  })

  it('an order key is P-256 and nothing else', () => {
    const message = Buffer.from('order')
    for (const [namedCurve, holds] of [['P-256', true], ['P-384', false]] as const) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
      expect(verifyOrder(message, sign('sha256', message, privateKey), publicKey.export({ format: 'der', type: 'spki' }))).toBe(holds)
    }
    expect(verifyOrder(message, new Uint8Array(0), Uint8Array.of(1))).toBe(false)
  })

  it('a receipt is its octets, no more, under its tag', () => {
    const reader = new Reader(makeTestChip())
    const receipt = parseResponse(present(reader, { kind: 'UNBLOCK', pin: 'text' }))!.data
    const key = attestationKey(reader.chip.card)
    expect(verifyReceipt(receipt, key)?.outcome).toBe('done')
    expect(verifyReceipt(concat(receipt, Uint8Array.of(0)), key)).toBeNull()
    const body = readTlv(receipt)!
    expect(verifyReceipt(concat(receipt.subarray(0, body.end), tlv(0x9d, readTlv(receipt, body.end)!.value)), key)).toBeNull()
    expect(verifyReceipt(receipt.subarray(0, body.end), key)).toBeNull()
    expect(verifyReceipt(new Uint8Array(0), key)).toBeNull()
  })
})

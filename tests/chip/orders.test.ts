import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../core/chip/apdu.ts'
import { attestationKey } from '../../core/chip/chip.ts'
import { presentOrder, readLastReceipt } from '../../core/chip/client.ts'
import { encodeOrder, orderHash, parseOrder, verifyReceipt, type Operation } from '../../core/chip/order.ts'
import { concat } from '../../core/chip/state.ts'
import { tlv } from '../../core/chip/tlv.ts'
import { makeTestChip, order, present, Reader, signOrder } from './fixture.ts'

const both: Operation = { kind: 'PERSONALISE', certificates: ['authentication', 'signature'] }
const aid = Uint8Array.of(0xd3, 0x92, 0x90, 0x00, 0x01, 0x01)
const install: Operation = {
  kind: 'INSTALL', aid, label: '印鑑登録証', quota: { code: 2048, data: 1024, volatile: 128 }, pin: { required: true, digits: 4, tries: 10 }, records: { count: 3, size: 200 },
}
const word = (response: Uint8Array): string => toHex(response.subarray(-2))

describe('order codec', () => {
  const operations: Operation[] = [
    both, { kind: 'PERSONALISE', certificates: ['signature'] }, { kind: 'UNBLOCK', pin: 'juki' }, install, { kind: 'WRITE_AREA', aid }, { kind: 'UNBLOCK_AREA', aid },
    { kind: 'LOCK', aid }, { kind: 'UNLOCK', aid }, { kind: 'DELETE', aid }, { kind: 'DESTROY_KEYS', certificates: ['authentication'] },
  ]
  it.each(operations)('$kind goes there and back', (operation) => {
    const o = { cardNumber: '400000012719843', counter: 4_294_967_295, operation }
    expect(parseOrder(encodeOrder(o))).toEqual(o)
  })

  it('refuses every other encoding of the same order, every cut and every changed octet that alters its form', () => {
    const bytes = encodeOrder({ cardNumber: '400000012719843', counter: 7, operation: both })
    for (let n = 0; n < bytes.length; n++) expect(parseOrder(bytes.subarray(0, n))).toBeNull()
    expect(parseOrder(concat(bytes, Uint8Array.of(0)))).toBeNull()
    const wide = concat(Uint8Array.of(0xe0, 0x81, bytes[1]!), bytes.subarray(2))
    expect(parseOrder(wide)).toBeNull()
    const reordered = Uint8Array.from(bytes)
    reordered.set([...bytes.subarray(-2)].reverse(), bytes.length - 2)
    expect(parseOrder(reordered)).toBeNull()
  })

  it.each([
    ['counter 0', { counter: 0 }], ['short card number', { cardNumber: '1' }], ['no kinds', { operation: { kind: 'PERSONALISE', certificates: [] } as Operation }],
    ['short name', { operation: { kind: 'LOCK', aid: Uint8Array.of(1, 2, 3, 4) } as Operation }], ['three digits', { operation: { ...install, pin: { required: true, digits: 3, tries: 1 } } as Operation }],
    ['no tries', { operation: { ...install, pin: { required: true, digits: 4, tries: 0 } } as Operation }], ['long records', { operation: { ...install, records: { count: 1, size: 255 } } as Operation }],
  ])('does not encode %s', (_, over) => {
    expect(() => encodeOrder({ cardNumber: '400000012719843', counter: 1, operation: both, ...over })).toThrow(RangeError)
  })
})

describe('accepting an order', () => {
  it('answers with a receipt over the order, signed by the chip', async () => {
    const reader = new Reader(makeTestChip())
    expect(await readLastReceipt(reader.transmit)).toBeNull()
    const { order: bytes, signature } = order(reader, install, 41)
    const receipt = await presentOrder(reader.transmit, bytes, signature)
    expect(verifyReceipt(receipt, attestationKey(reader.chip.card))).toEqual({ cardNumber: '400000012719843', counter: 41, orderHash: orderHash(bytes), outcome: 'done' })
    expect(reader.chip.card.orderCounter).toBe(41)
    expect(await readLastReceipt(reader.transmit)).toEqual(receipt)
    for (let i = 0; i < receipt.length; i += 7) {
      const changed = Uint8Array.from(receipt)
      changed[i]! ^= 1
      expect(verifyReceipt(changed, attestationKey(reader.chip.card))).toBeNull()
    }
    expect(verifyReceipt(receipt, attestationKey(makeTestChip({ cardNumber: '111111111111111' }).card))).toBeNull()
  })

  it('refuses a replayed and a lower counter, and changes nothing', () => {
    const reader = new Reader(makeTestChip())
    present(reader, { kind: 'UNBLOCK', pin: 'text' }, 5)
    const { card } = reader.chip
    expect(word(present(reader, { kind: 'UNBLOCK', pin: 'text' }, 5))).toBe('6985')
    expect(word(present(reader, both, 4))).toBe('6985')
    expect(reader.chip.card).toBe(card)
    expect(word(present(reader, both, 6))).toBe('9000')
  })

  it('refuses the order of another card', () => {
    const reader = new Reader(makeTestChip())
    const bytes = encodeOrder({ cardNumber: '999999999999999', counter: 9, operation: both })
    expect(word(reader.send(apduOf(bytes, signOrder(bytes))))).toBe('6985')
    expect(reader.chip.card.orderCounter).toBe(0)
  })

  it('refuses another key, another message, another signature', () => {
    const reader = new Reader(makeTestChip())
    const { order: bytes, signature } = order(reader, both)
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(word(reader.send(apduOf(bytes, signOrder(bytes, stranger.privateKey))))).toBe('6982')
    const changed = encodeOrder({ cardNumber: reader.chip.card.cardNumber, counter: 2, operation: both })
    expect(word(reader.send(apduOf(changed, signature)))).toBe('6982')
    expect(word(reader.send(apduOf(bytes, Uint8Array.of(0x30, 0))))).toBe('6982')
    expect(word(reader.send(apduOf(Uint8Array.of(0xe0, 0), signature)))).toBe('6A80')
    expect(word(reader.send(Uint8Array.of(0x80, 0xda, 0x02, 0x00, 0x01, 0x00)))).toBe('6A86')
    expect(reader.chip.session.issuer).toBeNull()
    expect(reader.chip.card.orderCounter).toBe(0)
  })

  it('refuses octets after the signature, a signature under another tag, and answers no proof to a short Le', async () => {
    const reader = new Reader(makeTestChip())
    const { order: bytes, signature } = order(reader, both)
    const send = (body: Uint8Array): string => word(reader.send(concat(Uint8Array.of(0x80, 0xda, 0x01, 0x00, body.length), body)))
    expect(send(concat(bytes, tlv(0x9e, signature), Uint8Array.of(0)))).toBe('6A80')
    expect(send(concat(bytes, tlv(0x9d, signature)))).toBe('6A80')
    expect(send(concat(bytes, tlv(0x9e, signature)))).toBe('9000')
    reader.apdu('00A4040C0AD392F000260100000001')
    expect(reader.word('00468000 03830117 00')).toBe('6700')
    expect(reader.word('00468000 000003 830118 0000')).toBe('6A88')
    expect(reader.word('00468000 000003 840117 0000')).toBe('6A80')
    expect(reader.word('00468100 000003 830117 0000')).toBe('6A86')
  })

  it('takes the rights of a PIN away', () => {
    const reader = new Reader(makeTestChip())
    reader.apdu('00A4040C0AD3921000310001010408')
    reader.apdu('002000910435363738')
    expect(reader.word('00B0810011')).toBe('9000')
    present(reader, { kind: 'UNBLOCK', pin: 'juki' })
    expect(reader.word('00B0810011')).toBe('6982')
  })

  it('takes an order in chained pieces, and not one with a piece of another command in between', () => {
    const reader = new Reader(makeTestChip())
    const send = (intrude: boolean): string => {
      const { order: bytes, signature } = order(reader, install)
      const body = concat(bytes, tlv(0x9e, signature))
      let last = ''
      for (let at = 0; at < body.length; at += 60) {
        const part = body.subarray(at, at + 60)
        const more = at + 60 < body.length
        last = word(reader.send(concat(Uint8Array.of(more ? 0x90 : 0x80, 0xda, 0x01, 0x00, part.length), part, Uint8Array.of(0))))
        if (intrude && more) reader.apdu('00A40000')
      }
      return last
    }
    expect(send(true)).toBe('6A80')
    expect(send(false)).toBe('9000')
    expect(reader.chip.card.orderCounter).toBe(1)
    let last = ''
    for (let i = 0; i < 17; i++) last = word(reader.send(concat(Uint8Array.of(0x90, 0xda, 0x01, 0x00, 255), new Uint8Array(255))))
    expect(last).toBe('6700')
    expect(reader.chip.session.chain).toBeNull()
  })
})

const apduOf = (bytes: Uint8Array, signature: Uint8Array): Uint8Array => {
  const body = concat(bytes, tlv(0x9e, signature))
  return concat(Uint8Array.of(0x80, 0xda, 0x01, 0x00, 0, body.length >> 8, body.length & 0xff), body, Uint8Array.of(0, 0))
}

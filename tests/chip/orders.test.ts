import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseResponse, toHex } from '../../core/chip/apdu.ts'
import { encodeCivilServantIdentity, encodeSealRegistration, parseCivilServantIdentity, parseSealRegistration } from '../../core/chip/applications/area-records.ts'
import { attestationKey, reset } from '../../core/chip/chip.ts'
import { readArea, selectArea, setAreaPin, writeArea } from '../../core/chip/client-area.ts'
import { changePin, closeOrder, generateKey, presentOrder, readCertificate, readLastReceipt, setPins, signDigest, triesLeft, writeCertificate } from '../../core/chip/client.ts'
import { encodeOrder, orderHash, parseOrder, verifyKeyAttestation, verifyReceipt, type Operation } from '../../core/chip/order.ts'
import { concat } from '../../core/chip/state.ts'
import { tlv } from '../../core/chip/tlv.ts'
import { makePersonalisedChip, makeTestChip, order, pins, present, Reader, shapedCertificate, signOrder } from './fixture.ts'

const both: Operation = { kind: 'PERSONALISE', certificates: ['authentication', 'signature'] }
const aid = Uint8Array.of(0xd3, 0x92, 0x90, 0x00, 0x01, 0x01)
const other = Uint8Array.of(0xd3, 0x92, 0x90, 0x00, 0x02)
const install: Operation = {
  kind: 'INSTALL', aid, label: '印鑑登録証', quota: { code: 2048, data: 1024, volatile: 128 }, pin: { required: true, digits: 4, tries: 10 }, records: { count: 3, size: 200 },
}
const word = (response: Uint8Array): string => toHex(response.subarray(-2))
const outcomeOf = (reader: Reader, response: Uint8Array) => verifyReceipt(parseResponse(response)!.data, attestationKey(reader.chip.card))?.outcome

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

describe('personalisation', () => {
  it('makes keys on board, proves it, and takes certificates: both then sign and read back', async () => {
    const reader = new Reader(makeTestChip({ pins: {} }))
    present(reader, both, 3)
    const keys = new Map<string, Uint8Array>()
    for (const kind of ['authentication', 'signature'] as const) {
      const proof = await generateKey(reader.transmit, kind)
      const stated = verifyKeyAttestation(proof, attestationKey(reader.chip.card))!
      expect({ ...stated, publicKey: null }).toEqual({ cardNumber: '400000012719843', counter: 3, kind, publicKey: null })
      keys.set(kind, stated.publicKey)
      const broken = Uint8Array.from(proof)
      broken[60]! ^= 1
      expect(verifyKeyAttestation(broken, attestationKey(reader.chip.card))).toBeNull()
      expect(verifyReceipt(proof, attestationKey(reader.chip.card))).toBeNull()
      await writeCertificate(reader.transmit, kind, shapedCertificate(1), shapedCertificate(2))
    }
    await setPins(reader.transmit, pins)
    await closeOrder(reader.transmit)
    expect(reader.chip.session.issuer).toBeNull()
    reader.chip = reset(reader.chip)
    for (const kind of ['authentication', 'signature'] as const) {
      const message = Buffer.from(`message ${kind}`)
      const signed = await signDigest(reader.transmit, kind, pins[kind], createHash('sha256').update(message).digest())
      if (signed.outcome !== 'signed') throw new Error(signed.outcome)
      const key = createPublicKey({ key: Buffer.from(keys.get(kind)!), format: 'der', type: 'spki' })
      expect(verify('sha256', message, key, signed.signature)).toBe(true)
    }
    expect(await readCertificate(reader.transmit, 'authentication')).toEqual(shapedCertificate(1))
    expect(await readCertificate(reader.transmit, 'signature', pins.signature)).toEqual(shapedCertificate(1))
    reader.apdu('00A4040C0AD392F000260100000001')
    expect(reader.apdu('00B0880003')).toBe('8F8F009000')
  })

  it('does nothing of the kind without the order, nor outside its kinds, nor after the session', async () => {
    const reader = new Reader(makeTestChip())
    const { card } = reader.chip
    await expect(generateKey(reader.transmit, 'signature')).rejects.toMatchObject({ sw: 0x6982 })
    await expect(writeCertificate(reader.transmit, 'signature', shapedCertificate(1))).rejects.toMatchObject({ sw: 0x6982 })
    await expect(setPins(reader.transmit, { authentication: '9999' })).rejects.toMatchObject({ sw: 0x6982 })
    expect(reader.chip.card).toBe(card)
    present(reader, { kind: 'PERSONALISE', certificates: ['authentication'] })
    await expect(generateKey(reader.transmit, 'signature')).rejects.toMatchObject({ sw: 0x6a88 })
    await expect(writeCertificate(reader.transmit, 'signature', shapedCertificate(1))).rejects.toMatchObject({ sw: 0x6982 })
    await expect(setPins(reader.transmit, { signature: 'ZZZ999' })).rejects.toMatchObject({ sw: 0x6982 })
    await generateKey(reader.transmit, 'authentication')
    reader.chip = reset(reader.chip)
    await expect(generateKey(reader.transmit, 'authentication')).rejects.toMatchObject({ sw: 0x6982 })
  })

  it.each([['a PIN', '002000980431323334'], ['a wrong PIN', '002000980439393939'], ['a signature', '802A0097010100']])('ends with the first use: %s', async (_, command) => {
    const reader = new Reader(await makePersonalisedChip())
    present(reader, both)
    reader.apdu('00A4040C0AD392F000260100000001')
    reader.apdu(command)
    await expect(generateKey(reader.transmit, 'authentication')).rejects.toMatchObject({ sw: 0x6982 })
  })

  it('checks the form of a PIN at hand-over', async () => {
    const reader = new Reader(makeTestChip())
    present(reader, both)
    for (const [reference, value] of [['authentication', '123'], ['authentication', '12345'], ['authentication', '12a4'], ['signature', 'ABCDEF'], ['signature', '123456'], ['signature', 'abc123'], ['signature', 'AB123'], ['text', '12345'], ['juki', 'AAAA']] as const) {
      await expect(setPins(reader.transmit, { [reference]: value })).rejects.toMatchObject({ sw: 0x6a80 })
    }
    await setPins(reader.transmit, { authentication: '0000', signature: 'A00000', text: '0000', juki: '0000', common: '0000' })
  })

  it('a new key takes the old certificate away', async () => {
    const reader = new Reader(await makePersonalisedChip())
    present(reader, { kind: 'PERSONALISE', certificates: ['authentication'] })
    await generateKey(reader.transmit, 'authentication')
    reader.apdu('00A4040C0AD392F000260100000001')
    expect(reader.apdu('00B0880003')).toBe('8F00009000')
    expect(await readCertificate(reader.transmit, 'authentication')).toBeNull()
  })

  it('writes no octet past the end of a certificate file', () => {
    const reader = new Reader(makeTestChip())
    present(reader, both)
    reader.apdu('00A4040C0AD392F000260100000001')
    reader.apdu('00A4020C02000A')
    expect([reader.word('00D609FF0101'), reader.word('00D609FF020101'), reader.word('00D60A000101'), reader.word('00D60000')]).toEqual(['9000', '6A84', '6B00', '6700'])
    expect([reader.word('00D6860001FF'), reader.word('00D69700 01FF'), reader.word('00D68000 01FF')]).toEqual(['6982', '6981', '6A86'])
  })

  it('setting a PIN gives its tries back', async () => {
    const reader = new Reader(makeTestChip())
    reader.apdu('00A4040C0AD392F000260100000001')
    reader.apdu('002000980439393939')
    present(reader, both)
    await setPins(reader.transmit, { authentication: '0000' })
    expect(await triesLeft(reader.transmit, 0x18)).toBe(3)
  })

  it('a certificate half written is not there', async () => {
    const reader = new Reader(makeTestChip())
    present(reader, both)
    let writes = 0
    const torn = async (command: Uint8Array): Promise<Uint8Array> => {
      if (command[1] === 0xd6 && ++writes === 11) throw new Error('torn')
      return reader.send(command)
    }
    await expect(writeCertificate(torn, 'authentication', shapedCertificate(1))).rejects.toThrow('torn')
    reader.apdu('00A4040C0AD392F000260100000001')
    expect(reader.apdu('00B0880003')).toBe('0000009000')
  })

  it('DESTROY_KEYS leaves neither key nor certificate of the kind', async () => {
    const reader = new Reader(await makePersonalisedChip())
    expect(outcomeOf(reader, present(reader, { kind: 'DESTROY_KEYS', certificates: ['signature'] }))).toBe('done')
    reader.apdu('00A4040C0AD392F000260100000001')
    expect(reader.apdu('00B0880003')).toBe('008F009000')
    expect(reader.word('0020009B06414243313233')).toBe('9000')
    expect(reader.word('802A009A010100')).toBe('6A88')
    expect(reader.apdu('00B0810004')).toBe('FFFFFFFF9000')
    await expect(signDigest(reader.transmit, 'authentication', '1234', new Uint8Array(32))).resolves.toMatchObject({ outcome: 'signed' })
  })
})

describe('UNBLOCK', () => {
  it('restores the tries of that PIN, lets it be set, and no other', async () => {
    const reader = new Reader(makeTestChip())
    for (let i = 0; i < 6; i++) await changePin(reader.transmit, 'signature', 'WRONG0', 'X').catch(() => null)
    expect(await changePin(reader.transmit, 'signature', 'ABC123', 'NEW456')).toEqual({ outcome: 'blocked' })
    expect(outcomeOf(reader, present(reader, { kind: 'UNBLOCK', pin: 'signature' }))).toBe('done')
    reader.apdu('00A4040C0AD392F000260100000001')
    expect(await triesLeft(reader.transmit, 0x1b)).toBe(5)
    await expect(setPins(reader.transmit, { authentication: '0000' })).rejects.toMatchObject({ sw: 0x6982 })
    await expect(generateKey(reader.transmit, 'signature')).rejects.toMatchObject({ sw: 0x6982 })
    await setPins(reader.transmit, { signature: 'NEW456' })
    expect(await triesLeft(reader.transmit, 0x1b)).toBe(5)
    expect(await changePin(reader.transmit, 'signature', 'NEW456', 'NEW789')).toEqual({ outcome: 'verified' })
  })
})

describe('areas in the free space', () => {
  it('install, write, set the PIN, read after it', async () => {
    const reader = new Reader(makeTestChip())
    expect(outcomeOf(reader, present(reader, install))).toBe('done')
    expect(reader.apdu('00A4040006D39290000101 00')).toBe(`6F19${'8406D39290000101'}500F${toHex(Buffer.from('印鑑登録証'))}9000`)
    expect(reader.apdu('00B09A0003')).toBe('C101009000')
    expect(reader.word('00B2010C00')).toBe('6982')
    expect(reader.word('00200086')).toBe('63CA')
    expect(reader.word('002000860431323334')).toBe('6985')
    const record = encodeSealRegistration({ registrationNumber: '12345', municipality: '13221', issuedOn: '20261101' })
    await expect(writeArea(reader.transmit, aid, [record])).rejects.toMatchObject({ sw: 0x6982 })
    present(reader, { kind: 'WRITE_AREA', aid })
    await writeArea(reader.transmit, aid, [record, Uint8Array.of(1)])
    await writeArea(reader.transmit, aid, [record, Uint8Array.of(2), Uint8Array.of(3)])
    await expect(writeArea(reader.transmit, aid, Array.from({ length: 4 }, () => record))).rejects.toMatchObject({ sw: 0x6a84 })
    await expect(writeArea(reader.transmit, aid, [new Uint8Array(201)])).rejects.toMatchObject({ sw: 0x6a84 })
    await setAreaPin(reader.transmit, aid, '4321')
    await expect(setAreaPin(reader.transmit, aid, '43210')).rejects.toMatchObject({ sw: 0x6a80 })
    reader.chip = reset(reader.chip)
    await expect(writeArea(reader.transmit, aid, [record])).rejects.toMatchObject({ sw: 0x6982 })
    await expect(readArea(reader.transmit, aid)).rejects.toMatchObject({ sw: 0x6982 })
    expect(await readArea(reader.transmit, aid, '1111')).toEqual({ outcome: 'wrong', triesLeft: 9 })
    const records = (await readArea(reader.transmit, aid, '4321')) as Uint8Array[]
    expect(records.map(toHex)).toEqual([record, record, record].map(toHex))
    expect(reader.apdu('00B09A0003')).toBe('C101019000')
  })

  it('keeps to the card\'s free space, and gives it back', () => {
    const reader = new Reader(makeTestChip({ freeSpace: { code: 4096, data: 2048, volatile: 256 } }))
    expect(outcomeOf(reader, present(reader, install))).toBe('done')
    for (const quota of [{ code: 2049, data: 1024, volatile: 128 }, { code: 2048, data: 1025, volatile: 128 }, { code: 2048, data: 1024, volatile: 129 }]) {
      expect(outcomeOf(reader, present(reader, { ...install, aid: other, quota } as Operation))).toBe('no-space')
    }
    expect(outcomeOf(reader, present(reader, { ...install, aid: other, quota: { code: 1, data: 600, volatile: 1 } } as Operation))).toBe('no-space')
    expect(outcomeOf(reader, present(reader, { ...install, aid: other } as Operation))).toBe('done')
    expect(outcomeOf(reader, present(reader, { ...install, aid: Uint8Array.of(9, 9, 9, 9, 9) } as Operation))).toBe('no-space')
    expect(outcomeOf(reader, present(reader, { kind: 'DELETE', aid }))).toBe('done')
    expect(outcomeOf(reader, present(reader, { ...install, aid: Uint8Array.of(9, 9, 9, 9, 9) } as Operation))).toBe('done')
  })

  it('takes no name that hides another', () => {
    const reader = new Reader(makeTestChip())
    present(reader, install)
    for (const taken of [aid, aid.subarray(0, 5), concat(aid, Uint8Array.of(1)), Uint8Array.of(0xd3, 0x92, 0xf0, 0x00, 0x26), Uint8Array.of(0xa0, 0, 0, 1, 0x51, 0, 0, 0)]) {
      expect(outcomeOf(reader, present(reader, { ...install, aid: taken } as Operation))).toBe('already-there')
    }
  })

  it('locked: selectable with 6283, and nothing else until unlocked', async () => {
    const reader = new Reader(makeTestChip())
    present(reader, { ...install, pin: { required: false, digits: 4, tries: 3 } } as Operation)
    present(reader, { kind: 'LOCK', aid })
    await expect(selectArea(reader.transmit, aid)).rejects.toMatchObject({ sw: 0x6283 })
    for (const command of ['00B2010C00', '00B09A0003', '00200086', '00E2000801FF', '00240186 0431323334']) expect(reader.word(command)).toBe('6985')
    expect(outcomeOf(reader, present(reader, { kind: 'WRITE_AREA', aid }))).toBe('not-possible')
    present(reader, { kind: 'UNLOCK', aid })
    expect(await readArea(reader.transmit, aid)).toEqual([])
  })

  it('deleting the selected area leaves no application selected', () => {
    const reader = new Reader(makeTestChip())
    present(reader, install)
    reader.apdu('00A4040C06D39290000101')
    present(reader, { kind: 'DELETE', aid })
    expect(reader.word('00B09A0003')).toBe('6986')
    expect(reader.word('00A4040C06D39290000101')).toBe('6A82')
    expect(outcomeOf(reader, present(reader, { kind: 'LOCK', aid }))).toBe('not-found')
  })

  it('a session for one area writes no other and sets no PIN of the card', async () => {
    const reader = new Reader(makeTestChip())
    present(reader, install)
    present(reader, { ...install, aid: other } as Operation)
    present(reader, { kind: 'WRITE_AREA', aid })
    await expect(writeArea(reader.transmit, other, [Uint8Array.of(1)])).rejects.toMatchObject({ sw: 0x6982 })
    await expect(setAreaPin(reader.transmit, other, '4321')).rejects.toMatchObject({ sw: 0x6982 })
    await expect(setPins(reader.transmit, { text: '0000' })).rejects.toMatchObject({ sw: 0x6982 })
    await expect(writeArea(reader.transmit, aid, [Uint8Array.of(1)])).resolves.toBeUndefined()
  })

  it('deleting the selected area does not select the one that takes its place', () => {
    const reader = new Reader(makeTestChip())
    present(reader, install)
    present(reader, { ...install, aid: other } as Operation)
    reader.apdu('00A4040C06D39290000101')
    present(reader, { kind: 'DELETE', aid })
    expect(reader.word('00B09A0003')).toBe('6986')
  })

  it('UNBLOCK_AREA restores its tries and lets its PIN be set anew', async () => {
    const reader = new Reader(makeTestChip())
    present(reader, install)
    present(reader, { kind: 'WRITE_AREA', aid })
    await setAreaPin(reader.transmit, aid, '4321')
    for (let i = 0; i < 10; i++) await readArea(reader.transmit, aid, '0000')
    expect(await readArea(reader.transmit, aid, '4321')).toEqual({ outcome: 'blocked' })
    expect(outcomeOf(reader, present(reader, { kind: 'UNBLOCK_AREA', aid }))).toBe('done')
    await setAreaPin(reader.transmit, aid, '8888')
    expect(await readArea(reader.transmit, aid, '8888')).toEqual([])
  })

  it('record layouts go there and back, one encoding each', () => {
    const seal = { registrationNumber: 'A-1', municipality: '13221', issuedOn: '20261101' }
    const identity = { organisation: '総務省', staffNumber: '00042', validUntil: '20290331' }
    expect(parseSealRegistration(encodeSealRegistration(seal))).toEqual(seal)
    expect(parseCivilServantIdentity(encodeCivilServantIdentity(identity))).toEqual(identity)
    expect(parseSealRegistration(encodeCivilServantIdentity(identity))).toBeNull()
    expect(parseSealRegistration(concat(encodeSealRegistration(seal), Uint8Array.of(0)))).toBeNull()
    expect(() => encodeSealRegistration({ ...seal, municipality: '132210' })).toThrow(RangeError)
    expect(() => encodeCivilServantIdentity({ ...identity, organisation: '' })).toThrow(RangeError)
  })
})

const apduOf = (bytes: Uint8Array, signature: Uint8Array): Uint8Array => {
  const body = concat(bytes, tlv(0x9e, signature))
  return concat(Uint8Array.of(0x80, 0xda, 0x01, 0x00, 0, body.length >> 8, body.length & 0xff), body, Uint8Array.of(0, 0))
}

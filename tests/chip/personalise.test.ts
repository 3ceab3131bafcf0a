import { createHash, createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseResponse } from '../../core/chip/apdu.ts'
import { attestationKey, reset } from '../../core/chip/chip.ts'
import { changePin, closeOrder, generateKey, readCertificate, setPins, signDigest, triesLeft, writeCertificate } from '../../core/chip/client.ts'
import { verifyKeyAttestation, verifyReceipt, type Operation } from '../../core/chip/order.ts'
import { makePersonalisedChip, makeTestChip, pins, present, Reader, shapedCertificate } from './fixture.ts'

const both: Operation = { kind: 'PERSONALISE', certificates: ['authentication', 'signature'] }
const outcomeOf = (reader: Reader, response: Uint8Array) => verifyReceipt(parseResponse(response)!.data, attestationKey(reader.chip.card))?.outcome

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

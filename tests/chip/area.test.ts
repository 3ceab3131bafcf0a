import { describe, expect, it } from 'vitest'
import { parseResponse, toHex } from '../../core/chip/apdu.ts'
import { encodeCivilServantIdentity, encodeSealRegistration, parseCivilServantIdentity, parseSealRegistration } from '../../core/chip/applications/area-records.ts'
import { attestationKey, reset } from '../../core/chip/chip.ts'
import { readArea, selectArea, setAreaPin, writeArea } from '../../core/chip/client-area.ts'
import { setPins } from '../../core/chip/client.ts'
import { verifyReceipt, type Operation } from '../../core/chip/order.ts'
import { concat } from '../../core/chip/state.ts'
import { makeTestChip, present, Reader } from './fixture.ts'

const aid = Uint8Array.of(0xd3, 0x92, 0x90, 0x00, 0x01, 0x01)
const other = Uint8Array.of(0xd3, 0x92, 0x90, 0x00, 0x02)
const install: Operation = {
  kind: 'INSTALL', aid, label: '印鑑登録証', quota: { code: 2048, data: 1024, volatile: 128 }, pin: { required: true, digits: 4, tries: 10 }, records: { count: 3, size: 200 },
}
const outcomeOf = (reader: Reader, response: Uint8Array) => verifyReceipt(parseResponse(response)!.data, attestationKey(reader.chip.card))?.outcome

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

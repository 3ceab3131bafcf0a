import { inspect } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../core/chip/apdu.ts'
import { execute, insert, reset, tamper } from '../../core/chip/chip.ts'
import { openChip, sealChip, SealError } from '../../core/chip/seal.ts'
import { reveal } from '../../core/chip/secret.ts'
import type { Card, Chip } from '../../core/chip/state.ts'
import { fakeRandom, makePersonalisedChip, Reader } from './fixture.ts'

const key = new Uint8Array(32).fill(7)
let chip: Chip
beforeAll(async () => {
  chip = await makePersonalisedChip()
})

const secretsOf = (card: Card): Uint8Array[] =>
  card.applications.flatMap((a) => a.files.flatMap((f) => (f.type === 'key' && f.key !== null ? [reveal(f.key)] : f.type === 'pin' && f.value !== null ? [reveal(f.value)] : [])))

describe('sealing', () => {
  it('opens to a card that behaves the same, counters and all', () => {
    const reader = new Reader(chip)
    reader.apdu('00A4040C0AD392F000260100000001')
    reader.apdu('002000980439393939')
    const fresh = new Reader(insert(openChip(sealChip(reader.chip.card, key, fakeRandom()), key)))
    expect(fresh.apdu('00A4040C0AD392F000260100000001')).toBe('9000')
    expect(fresh.apdu('00200098')).toBe('63C2')
    expect(fresh.apdu('002000980431323334')).toBe('9000')
    const original = new Reader(chip)
    original.apdu('00A4040C0AD392F000260100000001')
    original.apdu('002000980431323334')
    expect(fresh.apdu('802A009702010200')).toBe(original.apdu('802A009702010200'))
    expect(toHex(sealChip(openChip(sealChip(chip.card, key, fakeRandom('n')), key), key, fakeRandom('n')))).toBe(toHex(sealChip(chip.card, key, fakeRandom('n'))))
  })

  it('has one serialisation: the order of fields does not matter', () => {
    const reversed = Object.fromEntries(Object.entries(chip.card).reverse()) as unknown as Card
    expect(toHex(sealChip(reversed, key, fakeRandom('n')))).toBe(toHex(sealChip(chip.card, key, fakeRandom('n'))))
  })

  it('refuses another key and every flipped octet', () => {
    const sealed = sealChip(chip.card, key, fakeRandom())
    expect(() => openChip(sealed, new Uint8Array(32))).toThrow(new SealError('authentication'))
    for (let i = 0; i < sealed.length; i += i < 40 || i > sealed.length - 40 ? 1 : 997) {
      const changed = Uint8Array.from(sealed)
      changed[i]! ^= 0x01
      expect(() => openChip(changed, key), `octet ${i}`).toThrow(new SealError(i < 4 ? 'format' : 'authentication'))
    }
    expect(() => openChip(sealed.subarray(0, 31), key)).toThrow(new SealError('format'))
    expect(() => openChip(sealed.subarray(0, sealed.length - 1), key)).toThrow(new SealError('authentication'))
    expect(() => openChip(sealed, new Uint8Array(16))).toThrow(new SealError('key'))
    expect(() => sealChip(chip.card, new Uint8Array(16), fakeRandom())).toThrow(new SealError('key'))
  })

  it('shows no secret: not the sealed octets, JSON, inspection or a clone', () => {
    const secrets = secretsOf(chip.card)
    expect(secrets.length).toBeGreaterThanOrEqual(12)
    const sealed = toHex(sealChip(chip.card, key, fakeRandom()))
    const shown = [JSON.stringify(chip), inspect(chip, { depth: 20, maxArrayLength: null, showHidden: true, getters: true }), JSON.stringify(structuredClone(chip))]
    for (const secret of secrets.filter((s) => s.length > 100)) {
      const parts = [toHex(secret), Buffer.from(secret).toString('base64').slice(0, 80), secret.slice(40, 60).join(','), secret.slice(40, 60).join(', ')]
      for (const text of [sealed, ...shown]) for (const part of parts) expect(text.includes(part)).toBe(false)
    }
    expect(shown[0]).toContain('[secret]')
    expect(shown[1]).toContain('[secret]')
    expect(`${(chip.card.applications[1]!.files.find((f) => f.type === 'pin') as { value: unknown }).value}`).toBe('[secret]')
  })
})

describe('tampering', () => {
  it('erases every key and PIN for good and answers 6F00 to everything', () => {
    const before = chip.card
    const broken = tamper(chip)
    expect(secretsOf(broken.card)).toEqual([])
    expect(broken.card.attestation).toBeNull()
    for (const command of ['00A4040C0AD392F000260100000001', '00CA5F5100', '00840000 10', '00', '0020009804']) {
      const done = execute(broken, fromHex(command), fakeRandom())
      expect(toHex(done.response)).toBe('6F00')
      expect(done.chip).toBe(broken)
    }
    const kept = insert(openChip(sealChip(broken.card, key, fakeRandom()), key))
    expect(toHex(execute(reset(kept), fromHex('00A4040C0AD392F000260100000001'), fakeRandom()).response)).toBe('6F00')
    expect(chip.card).toBe(before)
    expect(secretsOf(before).length).toBeGreaterThan(0)
  })
})

/**
 * What holds for every stream of commands: no throw, no protected octet without its PIN, no try won without a success,
 * nothing persistent changed by a command that only reads. Streams are drawn from commands that mean something and from
 * mutations of them; the last test runs a million.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../core/chip/apdu.ts'
import { execute, reset } from '../../core/chip/chip.ts'
import type { Card, Chip } from '../../core/chip/state.ts'
import { fakeRandom, makePersonalisedChip, Reader, shapedCertificate } from './fixture.ts'

let chip: Chip
beforeAll(async () => {
  chip = await makePersonalisedChip()
})

const seeds = [
  '00A4040C0AD392F000260100000001', '00A4040C0AD3921000310001010408', '00A4040C0AD3921000310001010402', '00A4040C0AD3921000310001010100',
  '00A4040C0AD3921000310001010401', '00A40400', '00A40000', '00A4040205D392100031', '00A4020C020001', '00A4020C020002', '00A4020C020017',
  '00A4020C02001B', '00B0000000', '00B00000000000', '00B0810000', '00B0820000', '00B0830000', '00B0850000', '00B0890000', '00B08A0004',
  '00200080', '00200098', '0020009B', '0020009806393939393939', '002000980439393939', '0020009B06585858393939', '002000910438383838',
  '002000940C303030303030303030303030', '002000950E3030303030303030303030303030', '00B2010C00', '00B2010D00', '0084000010', '00CA5F5100', '00CA7F21000000',
  '002401800431313131', '803200800431313131', '00D6000004AAAAAAAA', '00DC010C03010203', '00E2000803010203', '004680000383011700', '80DA010005E003C00101',
  '90DA010003E003C0', '80DA0101', '80A200C101FF', '80AE0000', '80FC0000', '0088009904112233 4400',
].map(fromHex)

/** Wrong PINs only: the values in the seeds are none of this card's. */
const secretWindows = (): string[] => [
  toHex(shapedCertificate(0x55).subarray(0, 12)), toHex(Buffer.from('黒桐')), toHex(Buffer.from('537686677188')), toHex(Buffer.from('19800217')),
]

const triesOf = (card: Card): number[] => card.applications.flatMap((a) => a.files.flatMap((f) => (f.type === 'pin' ? [f.left] : [])))

const command = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...seeds) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...seeds), fc.nat(), fc.nat(255)).map(([s, at, v]) => s.map((o, i) => (i === at % s.length ? v : o))) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...seeds), fc.nat()).map(([s, n]) => s.subarray(0, n % (s.length + 1))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
)

describe('for every stream of commands without a right PIN', () => {
  it('reveals nothing protected, wins no try, and signs with no holder\'s key', () => {
    const windows = secretWindows()
    fc.assert(fc.property(fc.array(command, { maxLength: 60 }), fc.array(fc.nat(59), { maxLength: 3 }), (commands, resets) => {
      const reader = new Reader(chip, fakeRandom('stream'))
      commands.forEach((c, i) => {
        if (resets.includes(i)) reader.chip = reset(reader.chip)
        const before = triesOf(reader.chip.card)
        const answer = reader.send(c)
        const hex = toHex(answer)
        for (const w of windows) expect(hex.includes(w)).toBe(false)
        triesOf(reader.chip.card).forEach((left, n) => expect(left).toBeLessThanOrEqual(before[n]!))
        const session = reader.chip.session
        expect(session.verified).toBe(0)
        if (c[1] === 0x2a && answer.length > 2) expect(['text', 'visual']).toContain(reader.chip.card.applications[session.df]!.kind)
      })
      expect(reader.chip.card.orderCounter).toBe(chip.card.orderCounter)
    }), { numRuns: 400, seed: 20260101 })
  })

  it('changes the card only where a try was lost', () => {
    fc.assert(fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const reader = new Reader(chip, fakeRandom('stream'))
      for (const c of commands) {
        const before = reader.chip.card
        reader.send(c)
        if (reader.chip.card !== before) {
          const sum = (card: Card): number => triesOf(card).reduce((a, b) => a + b, 0)
          expect(sum(reader.chip.card)).toBe(sum(before) - 1)
        }
      }
    }), { numRuns: 300, seed: 20260102 })
  })
})

describe('with right PINs among the commands', () => {
  const right = ['002000980431323334', '0020009B06414243313233', '002000910435363738', '0020009C0431333537'].map(fromHex)
  it('a counter rises to its limit only, and only with 9000 to a VERIFY or a new value', () => {
    fc.assert(fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: command }, { weight: 1, arbitrary: fc.constantFrom(...right) }), { maxLength: 60 }), (commands) => {
      const reader = new Reader(chip, fakeRandom('stream'))
      for (const c of commands) {
        if (c[1] === 0x2a || c[1] === 0x88) continue
        const before = triesOf(reader.chip.card)
        const answer = toHex(reader.send(c))
        triesOf(reader.chip.card).forEach((left, n) => {
          if (left <= before[n]!) return
          expect(answer).toBe('9000')
          expect([0x20, 0x24, 0x32]).toContain(c[1])
          expect(before[n]).toBeGreaterThan(0)
        })
      }
    }), { numRuns: 400, seed: 20260103 })
  })

  it('is the same for the same commands, and leaves the chip it was given as it was', () => {
    fc.assert(fc.property(fc.array(fc.oneof(command, fc.constantFrom(...right)), { maxLength: 40 }), (commands) => {
      const quiet = commands.filter((c) => c[1] !== 0x2a && c[1] !== 0x88)
      const run = (): string[] => {
        const reader = new Reader(chip, fakeRandom('same'))
        return quiet.map((c) => toHex(reader.send(c)))
      }
      const snapshot = JSON.stringify(chip)
      expect(run()).toEqual(run())
      expect(JSON.stringify(chip)).toBe(snapshot)
    }), { numRuns: 40, seed: 20260104 })
  })
})

it('a million random and mutated commands: no throw, an answer each, nothing protected', () => {
  let state = 0x9e3779b9
  const next = (n: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0
    return ((state ^ (state >>> 13)) >>> 0) % n
  }
  const random = fakeRandom('fuzz')
  const cheap = { bytes: (n: number) => new Uint8Array(n).fill(0xee), rsaKey: random.rsaKey! }
  const name = Buffer.from('黒桐')
  const certificate = Buffer.from(shapedCertificate(0x55).subarray(0, 12))
  let current = chip
  let signatures = 0
  const words = new Map<number, number>()
  for (let done = 0, i = 0; done < 1_000_000; i++) {
    if (i % 64 === 0) current = chip
    const seed = seeds[next(seeds.length)]!
    const c = next(16) === 0 ? Uint8Array.from({ length: next(40) }, () => next(256)) : Uint8Array.from(seed)
    for (let m = next(4); m > 0 && c.length > 0; m--) c[next(c.length)] = next(256)
    if (c[1] === 0x2a || c[1] === 0x88) {
      if (++signatures % 50 !== 0) continue
    }
    const after = execute(current, next(8) === 0 ? c.subarray(0, next(c.length + 1)) : c, cheap)
    done++
    current = after.chip
    const r = after.response
    const word = (r[r.length - 2]! << 8) | r[r.length - 1]!
    words.set(word, (words.get(word) ?? 0) + 1)
    if (r.length > 12 && current.session.verified === 0) {
      const b = Buffer.from(r.buffer, r.byteOffset, r.byteLength)
      if (b.includes(name) || b.includes(certificate)) throw new Error(`revealed by ${toHex(c)}`)
    }
  }
  const known = [0x9000, 0x6700, 0x6881, 0x6882, 0x6981, 0x6982, 0x6984, 0x6985, 0x6986, 0x6a80, 0x6a81, 0x6a82, 0x6a83, 0x6a84, 0x6a86, 0x6a88, 0x66f1, 0x6b00, 0x6d00, 0x6e00]
  for (const word of words.keys()) expect(known.includes(word) || (word & 0xfff0) === 0x63c0, word.toString(16)).toBe(true)
  expect(words.size).toBeGreaterThan(22)
}, 60_000)

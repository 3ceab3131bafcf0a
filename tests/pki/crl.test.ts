/** Lists: the exact bytes of entries, the extensions, and 100,000 of them within the limits. */
import { createHash, createPublicKey, verify } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { crlTbs, readCrl, readCrlTbs, type CrlEntry, type CrlInput, type CrlReason } from '../../core/pki/crl.ts'
import { Malformed } from '../../core/pki/der.ts'
import { extensionOf } from '../../core/pki/extension.ts'
import { readFields } from '../../core/pki/fields.ts'
import { lintCrl } from '../../core/pki/lint.ts'
import { encodeName } from '../../core/pki/names.ts'
import { endEntityTbs } from '../../core/pki/certificate.ts'
import { authority, crlInput, day, endEntityInput, generationNames, listOf, now, settings, type TestAuthority } from './authority.ts'

let from: TestAuthority
beforeAll(async () => { from = await authority('signature', 'rsa2048-sha256') })
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const textOf = (entries: readonly CrlEntry[]): string => hex(crlTbs(crlInput(from, entries)))

describe('bytes of an entry', () => {
  const at = Buffer.from('260331000000Z').toString('hex')
  test.each<[string, CrlEntry, string]>([
    ['without a reason there is no extensions field', { serial: '40AB', revokedAt: now - day, reason: null }, `3013 020240ab 170d${at}`],
    ['unspecified (0) is left out', { serial: '40AB', revokedAt: now - day, reason: 0 }, `3013 020240ab 170d${at}`],
    ['with a reason', { serial: '40AB', revokedAt: now - day, reason: 3 }, `3021 020240ab 170d${at} 300c300a0603551d1504030a0103`],
    ['a serial with the high bit', { serial: 'FF', revokedAt: now - day, reason: null }, `3013 020200ff 170d${at}`],
    ['a serial in lower case, leading zeros', { serial: '0000ab', revokedAt: now - day, reason: null }, `3013 020200ab 170d${at}`],
    ['fractions of a second are cut off', { serial: '01', revokedAt: now - day + 999, reason: null }, `3012 020101 170d${at}`],
    ['from 2050 in GeneralizedTime', { serial: '01', revokedAt: Date.UTC(2050, 0, 1), reason: null }, `3014 020101 180f${hex(Buffer.from('20500101000000Z'))}`],
  ])('%s', (_, entry, expected) => expect(textOf([entry])).toContain(expected.replaceAll(' ', '')))

  test.each(['', '0', 'ABC', 'XY', '4'.repeat(42)])('serial %j is a RangeError', (serial) => expect(() => crlTbs(crlInput(from, [{ serial, revokedAt: now, reason: null }]))).toThrow(RangeError))

  test('an empty list has no revokedCertificates, and an empty one is refused when read', () => {
    const tbs = crlTbs(crlInput(from, []))
    expect(readCrlTbs(tbs).entryCount).toBe(0)
    const withEmpty = Buffer.from(hex(tbs).replace(/a0([0-9a-f]{2,6}?)30([0-9a-f]{2,6}?)301f/, '3000$&'), 'hex')
    expect(withEmpty.length).toBe(tbs.length + 2)
    const length = withEmpty.readUInt16BE(2) + 2
    withEmpty.writeUInt16BE(length, 2)
    expect(() => readCrlTbs(withEmpty)).toThrow(/empty instead of absent/)
  })
})

describe.each(generationNames)('%s', (generation) => {
  test('what was listed is read back, whatever it was, and the signature is the authority’s', async () => {
    const issuer = await authority('signature', generation)
    const reason = fc.constantFrom<CrlReason | null>(null, 1, 2, 3, 4, 5, 6, 8, 9, 10)
    const entry = fc.record({ serial: fc.bigInt({ min: 1n, max: (1n << 159n) - 1n }).map((n) => { const text = n.toString(16).toUpperCase(); return text.length % 2 === 0 ? text : `0${text}` }), revokedAt: fc.integer({ min: now / 1000 - 10 * 365 * 86_400, max: now / 1000 }).map((s) => s * 1000), reason })
    await fc.assert(fc.asyncProperty(fc.uniqueArray(entry, { selector: (e) => e.serial, maxLength: 20 }), async (entries) => {
      const crl = readCrl(await listOf(issuer, entries))
      expect([...crl.entries()]).toEqual(entries)
      expect(crl).toMatchObject({ number: BigInt(now), thisUpdate: now, nextUpdate: now + 7 * day, authorityKeyId: issuer.certificate.keyId, onlyContainsUserCerts: true, entryCount: entries.length })
      expect(verify(generation === 'rsa2048-sha256' ? 'sha256' : 'sha384', crl.tbs, createPublicKey({ key: Buffer.from(issuer.certificate.spki), format: 'der', type: 'spki' }), crl.signature)).toBe(true)
    }), { numRuns: 25 })
  })
})

test('the list names the very distribution point that the certificates name', async () => {
  const point = extensionOf(readFields(endEntityTbs(endEntityInput('signature', from.certificate), settings)).extensions, 'cRLDistributionPoints')!.point
  expect(hex(readCrlTbs(crlTbs(crlInput(from, []))).distributionPoint)).toBe(hex(encodeName(point)))
})

test('two signature algorithms that differ are refused', async () => {
  const der = Buffer.from(hex(await listOf(from, [])).replace(/(.*)2a864886f70d01010b/, '$12a864886f70d01010c'), 'hex')
  expect(() => readCrl(der)).toThrow(Malformed)
})

/** Of three times, in microseconds of the processor: what else runs on the machine is left out. */
const leastWork = (input: CrlInput): number => Math.min(...Array.from({ length: 3 }, () => {
  const begun = process.cpuUsage()
  crlTbs(input)
  const { user, system } = process.cpuUsage(begun)
  return user + system
}))

test('100,000 entries: the work grows with the list, and memory is no more than the list is long, a few times', () => {
  function* entries(): Generator<CrlEntry> {
    for (let i = 0; i < 100_000; i++) yield { serial: `40${createHash('sha1').update(String(i)).digest('hex').slice(0, 38).toUpperCase()}`, revokedAt: now - (i % 365) * day, reason: (i % 7) as CrlReason }
  }
  const input = crlInput(from, { [Symbol.iterator]: entries })
  const tenth = crlInput(from, [...entries()].slice(0, 10_000))
  const before = process.memoryUsage().arrayBuffers
  const tbs = crlTbs(input)
  expect(tbs.length).toBeGreaterThan(5_000_000)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(tbs.length * 10)
  // The measured figure is in tests/bench/crl.ts. Work that grew with the square would be a hundred times as much.
  expect(leastWork(input) / leastWork(tenth)).toBeLessThan(50)
  expect(() => lintCrl(tbs, input)).not.toThrow()
})

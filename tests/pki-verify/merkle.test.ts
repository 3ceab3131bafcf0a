/** The tree against the vectors of transparency-dev, against a definition written out, and against bit flips; then checkpoints. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noteKeyId, encodeCheckpoint, parseCheckpoint, signatureLine, signCheckpoint, verifyCheckpoint } from '../../core/pki/checkpoint.ts'
import { Malformed } from '../../core/pki/der.ts'
import {
  append, consistencyProof, emptyRange, emptyRoot, inclusionProof, isWellFormed, leafHash, nodeHash, nodesOver, rootOf, verifyConsistency, verifyInclusion,
} from '../../core/pki/merkle.ts'

const folder = new URL('../vectors/merkle/', import.meta.url).pathname
const casesIn = (kind: string): { name: string; text: string }[] =>
  readdirSync(join(folder, kind), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')).sort().map((name) => ({ name, text: readFileSync(join(folder, kind, name), 'utf8') }))
/** Numbers above 2^53 stay exact: the digits are taken from the text. */
const parse = (text: string): Record<string, unknown> => JSON.parse(text.replace(/:\s*(\d+)(\s*[,}])/g, ': "$1"$2')) as Record<string, unknown>
const hash = (value: unknown): Uint8Array => Uint8Array.from(Buffer.from((value as string | null) ?? '', 'base64'))
const proofOf = (value: unknown): Uint8Array[] => ((value as string[] | null) ?? []).map(hash)

describe('transparency-dev/merkle', () => {
  test('98 inclusion proofs', () => {
    const cases = casesIn('inclusion')
    expect(cases).toHaveLength(98)
    for (const { name, text } of cases) {
      const c = parse(text)
      expect(verifyInclusion(BigInt(c['leafIdx'] as string), BigInt(c['treeSize'] as string), hash(c['leafHash']), proofOf(c['proof']), hash(c['root'])), name).toBe(c['wantErr'] === false)
    }
    expect(cases.filter(({ text }) => parse(text)['wantErr'] === false)).toHaveLength(6)
  })
  test('98 consistency proofs', () => {
    const cases = casesIn('consistency')
    expect(cases).toHaveLength(98)
    for (const { name, text } of cases) {
      const c = parse(text)
      expect(verifyConsistency(BigInt(c['size1'] as string), BigInt(c['size2'] as string), hash(c['root1']), hash(c['root2']), proofOf(c['proof'])), name).toBe(c['wantErr'] === false)
    }
    expect(cases.filter(({ text }) => parse(text)['wantErr'] === false)).toHaveLength(6)
  })
})

const leaves = Array.from({ length: 70 }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))
/** MTH as RFC 6962 2.1 writes it, by recursion over the whole list. */
function definition(list: readonly Uint8Array[]): Uint8Array {
  if (list.length === 0) return Uint8Array.from(createHash('sha256').digest())
  if (list.length === 1) return list[0]!
  let k = 1
  while (k * 2 < list.length) k *= 2
  return nodeHash(definition(list.slice(0, k)), definition(list.slice(k)))
}
const rangeOf = (size: number) => leaves.slice(0, size).reduce(append, emptyRange)
const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

describe('the tree', () => {
  test('known hashes: empty tree, empty leaf', () => {
    expect(Buffer.from(emptyRoot).toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(Buffer.from(leafHash(new Uint8Array())).toString('hex')).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
  })
  test('growing leaf by leaf gives the root of the definition', () => {
    for (let size = 0; size <= leaves.length; size++) {
      const range = rangeOf(size)
      expect(isWellFormed(range)).toBe(true)
      expect(equal(rootOf(range), definition(leaves.slice(0, size))), `${size}`).toBe(true)
    }
  })
  test('a range from storage with a hash too few, too many or too short is told', () => {
    const range = rangeOf(13)
    for (const hashes of [range.hashes.slice(1), [...range.hashes, leaves[0]!], range.hashes.map((h) => h.subarray(1))]) expect(isWellFormed({ ...range, hashes })).toBe(false)
  })
  test('every leaf of every tree: its proof holds, and for no other leaf, position, size or root', async () => {
    for (let size = 1; size <= 20; size++) {
      const root = rootOf(rangeOf(size))
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof(BigInt(index), BigInt(size), nodesOver(leaves))
        expect(verifyInclusion(BigInt(index), BigInt(size), leaves[index]!, proof, root)).toBe(true)
        for (let other = 0; other < size; other++) if (other !== index) expect(verifyInclusion(BigInt(other), BigInt(size), leaves[index]!, proof, root)).toBe(false)
        expect(verifyInclusion(BigInt(index), BigInt(size), leaves[index + 1]!, proof, root)).toBe(false)
        expect(verifyInclusion(BigInt(index), BigInt(size), leaves[index]!, [...proof, root], root)).toBe(false)
        expect(verifyInclusion(BigInt(index), BigInt(size), leaves[index]!, proof, emptyRoot)).toBe(false)
      }
    }
  })
  test('every pair of sizes: the consistency proof holds, and for no other old root', async () => {
    for (let second = 1; second <= 24; second++) {
      for (let first = 1; first <= second; first++) {
        const proof = await consistencyProof(BigInt(first), BigInt(second), nodesOver(leaves))
        const [old, now] = [rootOf(rangeOf(first)), rootOf(rangeOf(second))]
        expect(verifyConsistency(BigInt(first), BigInt(second), old, now, proof)).toBe(true)
        expect(verifyConsistency(BigInt(first), BigInt(second), rootOf(rangeOf(first + 1)), now, proof)).toBe(false)
        expect(verifyConsistency(BigInt(first), BigInt(second), old, rootOf(rangeOf(second + 1)), proof)).toBe(false)
        expect(verifyConsistency(BigInt(first), BigInt(second), old, now, [...proof, now])).toBe(false)
      }
    }
  })
  test('a flipped bit anywhere in a proof is told', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 2, max: 70 }), fc.nat(), fc.nat(), async (size, at, bit) => {
      const index = at % size
      const proof = await inclusionProof(BigInt(index), BigInt(size), nodesOver(leaves))
      const broken = proof.map((h) => h.slice())
      const target = bit % (broken.length * 256)
      broken[Math.floor(target / 256)]![(target % 256) >> 3]! ^= 1 << (target & 7)
      expect(verifyInclusion(BigInt(index), BigInt(size), leaves[index]!, broken, rootOf(rangeOf(size)))).toBe(false)
    }), { numRuns: 100 })
  })
  test('proofs that cannot be are not made: nothing from an empty tree, no leaf outside, no tree shrinking', async () => {
    for (const [first, second] of [[0n, 5n], [6n, 5n], [-1n, 5n]] as const) await expect(consistencyProof(first, second, nodesOver(leaves))).rejects.toThrow(RangeError)
    for (const [index, size] of [[5n, 5n], [-1n, 5n], [0n, 0n]] as const) await expect(inclusionProof(index, size, nodesOver(leaves))).rejects.toThrow(RangeError)
    expect(verifyConsistency(0n, 5n, emptyRoot, rootOf(rangeOf(5)), [])).toBe(false)
  })
  test('sizes beyond the exact numbers of the language', async () => {
    const node = (level: number, index: bigint): Uint8Array => leafHash(Buffer.from(`${level}/${index}`))
    const size = 2n ** 64n - 1n
    const proof = await inclusionProof(2n ** 60n + 3n, size, node)
    expect(proof.length).toBe(64)
    await expect(inclusionProof(size, size, node)).rejects.toThrow(RangeError)
    expect(verifyInclusion(2n ** 64n, 2n ** 64n + 1n, leaves[0]!, [], leaves[0]!)).toBe(false)
  })
})

describe('checkpoints', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const key = { name: 'mynagate.example/audit', spki: Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' })) }
  const checkpoint = { origin: 'mynagate.example/audit', size: 20852163n, root: leaves[0]!, extensions: [] }
  const signer = (message: Uint8Array): Uint8Array => sign('sha256', message, privateKey)

  test('what is signed reads back and verifies', async () => {
    const note = await signCheckpoint(checkpoint, key, signer)
    expect(note).toMatch(/^mynagate\.example\/audit\n20852163\n[A-Za-z0-9+/]{43}=\n\n— mynagate\.example\/audit [A-Za-z0-9+/]+=*\n$/)
    const read = parseCheckpoint(note)
    expect(read.checkpoint).toEqual(checkpoint)
    expect(verifyCheckpoint(read, key)).toBe(true)
    const id = createHash('sha256').update(key.spki).digest().readUInt32BE(0)
    expect([noteKeyId(key.spki), read.signatures[0]!.keyId]).toEqual([id, id])
  })
  test('a changed size, root, name or key is told', async () => {
    const note = await signCheckpoint(checkpoint, key, signer)
    expect(verifyCheckpoint(parseCheckpoint(note.replace('20852163', '20852164')), key)).toBe(false)
    expect(verifyCheckpoint(parseCheckpoint(note.replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${Buffer.from(leaves[1]!).toString('base64')}\n`)), key)).toBe(false)
    expect(verifyCheckpoint(parseCheckpoint(note), { ...key, name: 'other.example' })).toBe(false)
    expect(verifyCheckpoint(parseCheckpoint(note), { ...key, spki: Uint8Array.from(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({ type: 'spki', format: 'der' })) })).toBe(false)
  })
  test('a witness adds a line; unknown signers are passed over, a second wrong line of a known key is not', async () => {
    const note = await signCheckpoint(checkpoint, key, signer)
    const witness = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const witnessKey = { name: 'witness.example', spki: Uint8Array.from(witness.publicKey.export({ type: 'spki', format: 'der' })) }
    const cosigned = note + signatureLine(witnessKey, sign('sha256', Buffer.from(encodeCheckpoint(checkpoint)), witness.privateKey))
    expect([key, witnessKey].map((k) => verifyCheckpoint(parseCheckpoint(cosigned), k))).toEqual([true, true])
    expect(verifyCheckpoint(parseCheckpoint(note + signatureLine(key, Uint8Array.of(1, 2, 3))), key)).toBe(false)
  })
  test.each([
    ['no blank line', 'a\n1\n'], ['leading zero', `a\n01\n${'A'.repeat(43)}=\n\n— a AAAAAAA=\n`], ['short root', 'a\n1\nAAAA\n\n— a AAAAAAA=\n'], ['hyphen for dash', `a\n1\n${'A'.repeat(43)}=\n\n- a AAAAAAA=\n`],
    ['control character', `a\tb\n1\n${'A'.repeat(43)}=\n\n— a AAAAAAA=\n`], ['size of 2^64', `a\n18446744073709551616\n${'A'.repeat(43)}=\n\n— a AAAAAAA=\n`], ['no signature', `a\n1\n${'A'.repeat(43)}=\n\n`],
    ['no final newline', `a\n1\n${'A'.repeat(43)}=\n\n— a AAAAAAA=`], ['sloppy base64', `a\n1\n${'A'.repeat(43)}\n\n— a AAAAAAA=\n`],
  ])('refused: %s', (_, note) => expect(() => parseCheckpoint(note)).toThrow(Malformed))
  const [head, line] = [`a\n1\n${'A'.repeat(43)}=\n\n`, '— a AAAAAAA=\n']
  test('what is refused is said', () => {
    expect(parseCheckpoint(head + line.repeat(64)).signatures).toHaveLength(64)
    for (const [note, why] of [
      ['a', 'not a signed note'], [`${head}${line}`.slice(0, -1), 'not a signed note'], ['a\n1\n\n— a AAAAAAA=\n', 'a checkpoint has three lines'], [(head + line).replace('1', '-1'), 'not the lines of a checkpoint'],
      [head + line.repeat(65), 'too many signatures'], [`${head}— a AAAAAAA= b\n`, 'not a signature line'], [`${head}— a AAAA\n`, 'not a signature line'],
    ] as const) expect(() => parseCheckpoint(note), note).toThrow(new Malformed(why))
  })
  test('any text is a note or malformed', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.array(fc.constantFrom('\n', 'a', '1', '—', ' ', '=')).map((l) => l.join(''))), (text) => {
      try { parseCheckpoint(text) } catch (error) { expect(error).toBeInstanceOf(Malformed) }
    }))
  })
})

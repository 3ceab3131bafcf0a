/** Wycheproof through every way in to core/pki/verify.ts: what is valid verifies, all else is refused, `acceptable` too. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digestOf, isUsableKey, verifyMessage, verifyRaw, type Hash } from '../../core/pki/verify.ts'
import { verifyDigest } from '../../core/pki/verify-digest.ts'
import { runWycheproof, type WycheproofFile } from '../../local/vectors.ts'

const folder = new URL('../vectors/wycheproof/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

describe('wycheproof', () => {
  test('all ten files are here', () => expect(files).toHaveLength(10))
  test.each(files)('%s', (name) => {
    const file = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as WycheproofFile
    const { total, disagreements } = runWycheproof(file)
    expect(disagreements).toEqual([])
    expect(total).toBe(file.numberOfTests)
    const results = file.testGroups.flatMap((group) => group.tests.map((t) => t.result))
    expect(results.filter((result) => result === 'valid').length).toBeGreaterThan(0)
    expect(results.filter((result) => result !== 'valid').length).toBeGreaterThan(0)
  })
})

const pairs = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
} as const
type Kind = keyof typeof pairs
const spki = (kind: Kind): Uint8Array => Uint8Array.from(pairs[kind].publicKey.export({ type: 'spki', format: 'der' }))
const kinds = Object.keys(pairs) as Kind[]
const hashes: readonly Hash[] = ['sha256', 'sha384', 'sha512']

test('a signature by node:crypto verifies both ways, and no other hash, key or message does', () => {
  fc.assert(fc.property(fc.constantFrom(...kinds), fc.constantFrom(...hashes), fc.uint8Array({ maxLength: 200 }), (kind, hash, message) => {
    const signature = sign(hash, message, pairs[kind].privateKey)
    expect(verifyMessage(spki(kind), hash, message, signature)).toBe(true)
    expect(verifyDigest(spki(kind), hash, digestOf(hash, message), signature)).toBe(true)
    for (const other of kinds.filter((k) => k !== kind)) expect(verifyMessage(spki(other), hash, message, signature)).toBe(false)
    for (const other of hashes.filter((h) => h !== hash)) expect(verifyMessage(spki(kind), other, message, signature)).toBe(false)
    expect(verifyMessage(spki(kind), hash, Uint8Array.of(...message, 0), signature)).toBe(false)
  }), { numRuns: 40 })
})

test('one flipped bit anywhere in signature or digest is refused', () => {
  const message = Uint8Array.of(1, 2, 3)
  fc.assert(fc.property(fc.constantFrom(...kinds), fc.nat(), fc.boolean(), (kind, at, inSignature) => {
    const signature = Uint8Array.from(sign('sha256', message, pairs[kind].privateKey))
    const digest = digestOf('sha256', message)
    const target = inSignature ? signature : digest
    const bit = at % (target.length * 8)
    target[bit >> 3]! ^= 1 << (bit & 7)
    expect(verifyDigest(spki(kind), 'sha256', digest, signature)).toBe(false)
  }), { numRuns: 100 })
})

test('nothing throws: any key, digest and signature of any length', () => {
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), fc.constantFrom(...kinds.map(spki))), fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 300 }), (key, digest, signature) => {
    expect(verifyDigest(key, 'sha256', digest, signature)).toBe(false)
    expect(verifyMessage(key, 'sha384', digest, signature)).toBe(false)
    expect(verifyRaw(key, 'sha512', digest, signature)).toBe(false)
  }), { numRuns: 200 })
})

test('an RSA signature has the length of the modulus: a leading zero may not be left out or added', () => {
  let signature = new Uint8Array()
  let message = Buffer.alloc(0)
  for (let i = 0; signature[0] !== 0; i++) {
    message = Buffer.from(`${i}`)
    signature = Uint8Array.from(sign('sha256', message, pairs.rsa.privateKey))
  }
  expect([signature, signature.subarray(1), Uint8Array.of(0, ...signature)].map((s) => verifyMessage(spki('rsa'), 'sha256', message, s))).toEqual([true, false, false])
})

describe('keys', () => {
  const rsaKey = (bits: number, exponent = 65537): Uint8Array => Uint8Array.from(generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent }).publicKey.export({ type: 'spki', format: 'der' }))
  test.each([[1024, false], [2040, false], [2048, true], [3072, true]])('RSA of %i bits: %s', (bits, usable) => expect(isUsableKey(rsaKey(bits))).toBe(usable))
  test('curves other than the two are no keys', () => {
    for (const namedCurve of ['secp521r1', 'secp256k1']) expect(isUsableKey(Uint8Array.from(generateKeyPairSync('ec', { namedCurve }).publicKey.export({ type: 'spki', format: 'der' })))).toBe(false)
  })
  test('a point beside the curve is no key', () => {
    const key = spki('p256')
    key[key.length - 1]! ^= 1
    expect(isUsableKey(key)).toBe(false)
  })
  test('SHA-1 has no name', () => {
    const message = Uint8Array.of(7)
    const signature = sign('sha1', message, pairs.rsa.privateKey)
    expect(verifyMessage(spki('rsa'), 'sha1' as Hash, message, signature)).toBe(false)
    expect(verifyDigest(spki('rsa'), 'sha1' as Hash, new Uint8Array(20), signature)).toBe(false)
  })
})

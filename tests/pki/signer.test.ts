/** The signer: nothing leaves it unverified. The gate before it: a cap, a queue, a breaker. */
import { createHash, generateKeyPairSync, sign, verify, createPublicKey, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { gate, type GateSettings } from '../../core/pki/gate.ts'
import { algorithmForKey, algorithmOf, algorithms, digestSigner, keyIdentifier, localSigner, SignerAway, SignerFault, type Algorithm } from '../../core/pki/signer.ts'
import { Malformed } from '../../core/pki/der.ts'

const keys: Record<Algorithm, KeyObject> = {
  'rsa-pkcs1-sha256': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  'ecdsa-p384-sha384': generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  'ecdsa-p256-sha256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
}
const names = Object.keys(keys) as Algorithm[]
const spkiOf = (key: KeyObject): Uint8Array => Uint8Array.from(createPublicKey(key).export({ type: 'spki', format: 'der' }))
const tbs = Buffer.from('to be signed')

describe.each(names)('%s', (algorithm) => {
  const { hash } = algorithms[algorithm]
  const right = sign(hash, tbs, { key: keys[algorithm], dsaEncoding: 'der' })

  test('hands the digest over, and lets the right signature through', async () => {
    const digests: Uint8Array[] = []
    const signer = digestSigner(algorithm, spkiOf(keys[algorithm]), async (digest) => (digests.push(digest), right))
    expect(Buffer.from(await signer.sign(tbs))).toEqual(right)
    expect(digests.map((d) => Buffer.from(d).toString('hex'))).toEqual([createHash(hash).update(tbs).digest('hex')])
  })

  test.each<[string, () => Uint8Array]>([
    ['one bit off', () => right.map((b, i) => (i === right.length - 1 ? b ^ 1 : b))], ['hashed twice', () => sign(hash, createHash(hash).update(tbs).digest(), { key: keys[algorithm], dsaEncoding: 'der' })],
    ['nothing', () => new Uint8Array()], ['of another key', () => sign(hash, tbs, { key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey })],
    ['r‖s instead of DER', () => (algorithm.startsWith('rsa') ? new Uint8Array(256) : sign(hash, tbs, { key: keys[algorithm], dsaEncoding: 'ieee-p1363' }))],
  ])('a signature %s never leaves', async (_, make) => {
    await expect(digestSigner(algorithm, spkiOf(keys[algorithm]), async () => make()).sign(tbs)).rejects.toBeInstanceOf(SignerFault)
  })

  test('in memory: its signature verifies, its algorithm follows from the key', async () => {
    const signer = localSigner(keys[algorithm])
    expect(signer.algorithm).toBe(algorithm)
    expect(verify(hash, tbs, { key: createPublicKey(keys[algorithm]), dsaEncoding: 'der' }, await signer.sign(tbs))).toBe(true)
  })

  test('a key of another kind is refused when the signer is made', () => {
    for (const other of names.filter((name) => name !== algorithm)) expect(() => digestSigner(algorithm, spkiOf(keys[other]), async () => right)).toThrow(SignerFault)
  })

  test('the identifier is found again by its bytes alone', () => {
    expect(algorithmOf(algorithms[algorithm].identifier)).toBe(algorithm)
    expect(algorithmOf(algorithms[algorithm].identifier.subarray(1))).toBeNull()
  })
})

test('keys outside the table have no algorithm, and bytes that are no key are a fault or malformed', () => {
  for (const key of [generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey, generateKeyPairSync('ed25519').privateKey]) expect(() => localSigner(key)).toThrow(SignerFault)
  expect(() => algorithmForKey(Buffer.from('HAHA'))).toThrow(SignerFault)
  expect(() => keyIdentifier(Buffer.from('HAHA'))).toThrow(Malformed)
})

describe('the gate', () => {
  const settings = (clock: { at: number }, over: Partial<GateSettings> = {}): GateSettings => ({ concurrent: 2, waiting: 2, failures: 3, rest: 1_000, elapsed: () => clock.at, ...over })
  const away = () => Promise.reject(new SignerAway('away', 5))
  const outcome = (p: Promise<unknown>) => p.then(() => 'done', (error: unknown) => (error instanceof Error ? error.message : 'odd'))

  test('lets so many through at once, has so many wait, and sends the rest away', async () => {
    const pass = gate(settings({ at: 0 }))
    const releases: (() => void)[] = []
    const calls = Array.from({ length: 5 }, () => outcome(pass(() => new Promise<void>((resolve) => releases.push(resolve)))))
    await Promise.resolve()
    expect(releases).toHaveLength(2)
    expect(await calls[4]).toMatch(/too many callers/)
    for (let i = 0; i < 4; i++) {
      releases[i]!()
      await calls[i]
      await new Promise(setImmediate)
      expect(releases.length).toBe(Math.min(4, 3 + i))
    }
    expect(await Promise.all(calls.slice(0, 4))).toEqual(['done', 'done', 'done', 'done'])
    const later = Array.from({ length: 4 }, () => outcome(pass(() => new Promise<void>((resolve) => releases.push(resolve)))))
    await new Promise(setImmediate)
    expect(releases).toHaveLength(4 + 2)
    for (let i = 4; i < 8; i++) {
      releases[i]!()
      await new Promise(setImmediate)
    }
    expect(await Promise.all(later)).toEqual(['done', 'done', 'done', 'done'])
  })

  test('opens after so many failures in a row, rests, then lets one try', async () => {
    const clock = { at: 0 }
    const pass = gate(settings(clock))
    for (let i = 0; i < 3; i++) expect(await outcome(pass(away))).toBe('away')
    let called = 0
    const good = async () => { called++ }
    expect(await outcome(pass(good))).toMatch(/a moment ago/)
    clock.at = 999
    expect(await outcome(pass(good))).toMatch(/a moment ago/)
    expect(called).toBe(0)
    clock.at = 1_000
    let release = (): void => {}
    const probe = outcome(pass(() => new Promise<void>((resolve) => { release = resolve })))
    await Promise.resolve()
    expect(await outcome(pass(good))).toMatch(/a moment ago/)
    release()
    expect(await probe).toBe('done')
    expect(await outcome(pass(good))).toBe('done')
  })

  test('a failed try opens it again; a final refusal counts as an answer', async () => {
    const clock = { at: 0 }
    const pass = gate(settings(clock))
    for (let i = 0; i < 3; i++) await outcome(pass(away))
    clock.at = 1_000
    expect(await outcome(pass(away))).toBe('away')
    expect(await outcome(pass(async () => {}))).toMatch(/a moment ago/)
    clock.at = 2_000
    expect(await outcome(pass(() => Promise.reject(new SignerFault('denied'))))).toBe('denied')
    expect(await outcome(pass(async () => {}))).toBe('done')
  })

  test('failures that are not in a row do not open it', async () => {
    const pass = gate(settings({ at: 0 }))
    for (let i = 0; i < 10; i++) expect(await outcome(pass(i % 3 === 2 ? async () => {} : away))).toBe(i % 3 === 2 ? 'done' : 'away')
  })

  test('a caller sent away by the open breaker says when to come back', async () => {
    const clock = { at: 0 }
    const pass = gate(settings(clock))
    for (let i = 0; i < 3; i++) await outcome(pass(away))
    clock.at = 400
    await expect(pass(async () => {})).rejects.toMatchObject({ name: 'SignerAway', retryAfter: 600 })
  })
})

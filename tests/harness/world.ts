/**
 * A World for tests: a clock that is set, random octets that repeat, authorities with keys of this machine's cache, and
 * the real stores over an embedded database (or the one given), seeded. Three fakes in all: clock, random, signer.
 */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { begin, type Act } from '../../core/law/act.ts'
import { system, type Actor } from '../../core/law/actor.ts'
import { newSerial, fromHex, type IssuerKeyId, type PersonId, type Random } from '../../core/law/ids.ts'
import type { Pace } from '../../core/law/consent/frequency.ts'
import { addMonths, dayOf, endOf, instant, startOf, type Clock, type Instant } from '../../core/law/time.ts'
import type { Authority, BellMessage, Settings, World } from '../../core/law/world.ts'
import { assemble, caTbs, parseCaCertificate } from '../../core/pki/certificate.ts'
import { lintCa, signLinted } from '../../core/pki/lint.ts'
import { localSigner, sha256Hex, type Signer } from '../../core/pki/signer.ts'
import type { Db } from '../../db/client.ts'
import { openStores, type Stores } from '../../db/open.ts'
import type { Persona } from '../../db/person/personas.ts'
import { seed } from '../../db/seed.ts'
import { actorSession, inSession } from '../../db/session.ts'
import { defaultSettings } from '../../functions/environment/settings.ts'
import { pairwiseNames } from '../../functions/environment/parts.ts'
import { envelopes } from '../../functions/environment/vault.ts'
import { webauthn } from '../../functions/environment/webauthn.ts'
import type { Safe } from '../../db/safe.ts'
import { personalIn } from './canaries.ts'
import { testSafe, testWrapper } from './safe.ts'
import { embeddedDatabase } from './database.ts'

export interface TestClock extends Clock {
  set(to: Instant): void
  advance(milliseconds: number): void
}

export interface TestWorld extends World, Stores {
  readonly clock: TestClock
  readonly db: Db
  readonly safe: Safe
  /** What the bell was rung with, oldest first. */
  readonly rung: readonly BellMessage[]
  readonly personas: readonly Persona[]
  /** Throws where no persona has that name. */
  persona(name: string): Persona
  /** Gives the database back. */
  close(): Promise<void>
}

export interface TestWorldOptions {
  /** A database of one's own (tests/harness/database.ts); closing the world leaves it open. */
  readonly db?: Db
  /** Where the clock stands at first. */
  readonly now?: Instant
  /** Two worlds with the same word draw the same octets. */
  readonly random?: string
  readonly settings?: Partial<Settings>
}

/** 2026-04-01 10:00 in Japan. */
export const defaultNow: Instant = instant(Date.UTC(2026, 3, 1, 1, 0, 0))

export async function testWorld(options: TestWorldOptions = {}): Promise<TestWorld> {
  const own = options.db === undefined ? await embeddedDatabase() : null
  const db = options.db ?? own!.db
  const clock = testClock(options.now ?? defaultNow)
  const safe = testSafe(db, clock.now)
  const stores = openStores(db, safe)
  const random = testRandom(options.random ?? 'world')
  const settings: Settings = { ...defaultSettings, ...options.settings }
  const personas = await seed(db, safe, dayOf(clock.now()))
  const all = [await authority('signature', settings, clock.now()), await authority('authentication', settings, clock.now())]
  for (const { ca, keyId, certificate } of all) {
    const act: Act = { ...begin('issuer.add', system('ceremony'), clock.now(), { keyId }), subject: keyId }
    await stores.issuers.add(act, { ca, keyId, certificate: certificate.der, key: `test:${ca}-ca`, spkiSha256: sha256Hex(certificate.spki), activeFrom: instant(certificate.notBefore) })
  }
  const rung: BellMessage[] = []
  return {
    ...stores, clock, random, settings, db, safe, rung, personas,
    bell: { ring: async (message) => { rung.push(message) } },
    pairwise: pairwiseNames('test'),
    vault: envelopes(testWrapper, testRandom('vault')), webauthn: webauthn(),
    authorities: { all, current: (ca) => all.find((a) => a.ca === ca)! },
    orderSigner: signerNamed('card-orders'),
    persona(name) {
      const found = personas.find((p) => p.name === name)
      if (found === undefined) throw new RangeError(`no persona named ${name}`)
      return found
    },
    async close() {
      const found = await personalIn(db, safe)
      await own?.close()
      if (found.length > 0) throw new Error(`values of persons in leaves: ${JSON.stringify(found)}`)
    },
  }
}

/** The world of one request of that actor, as the door makes it: behind the second wall. */
export const worldOf = (world: TestWorld, actor: Actor): World => ({ ...world, ...inSession(openStores(world.db, world.safe), actorSession(actor)) })

export function testClock(start: Instant = defaultNow): TestClock {
  let now = start
  return {
    now: () => now,
    set: (to) => { now = to },
    advance: (milliseconds) => { now = instant(now + milliseconds) },
  }
}

/** SHA-256 in counter mode over a word: looks random, repeats. */
export function testRandom(word: string): Random {
  let counter = 0
  return {
    bytes(n) {
      const chunks: Uint8Array[] = []
      for (let have = 0; have < n; have += 32) chunks.push(createHash('sha256').update(`${word}/${counter++}`).digest())
      return Uint8Array.from(Buffer.concat(chunks).subarray(0, n))
    },
  }
}

/** A person that no persona is, for rows of a test's own. */
export const somebody = (n: number): PersonId => `psn_${String(900_000 + n).padStart(26, '0')}` as PersonId

// ---------------------------------------------------------------- keys

/** Key pairs by name, made once per machine: RSA takes long to make. */
const keyKinds = {
  'signature-ca': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'authentication-ca': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'signature-ca-p384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'authentication-ca-p384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'card-orders': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'holder-signature': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'holder-authentication': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
} as const
export type KeyName = keyof typeof keyKinds

const loaded = new Map<KeyName, KeyObject>()

export function keyNamed(name: KeyName): KeyObject {
  const present = loaded.get(name)
  if (present !== undefined) return present
  const folder = fileURLToPath(new URL('../../node_modules/.cache/mynagate/keys/', import.meta.url))
  const file = `${folder}${name}.pem`
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    const temporary = `${file}.${process.pid}`
    writeFileSync(temporary, keyKinds[name]().privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    // Of two processes that make it at once the first wins; both then read the same file.
    try {
      linkSync(temporary, file)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error
    }
    unlinkSync(temporary)
  }
  const key = createPrivateKey(readFileSync(file))
  loaded.set(name, key)
  return key
}

export const signerNamed = (name: KeyName): Signer => localSigner(keyNamed(name))

/** For tests that ask one consent far more often than anybody should. */
export const unhurried: Pace = { atOnce: 1_000_000, interval: 1 }

/** A self-signed authority of the settings' generation, in force from a year before `now` for ten years. */
export async function authority(ca: Authority['ca'], settings: Settings, now: Instant): Promise<Authority> {
  const signer = signerNamed(settings.profile.generation === 'p384-sha384' ? `${ca}-ca-p384` : `${ca}-ca`)
  const today = dayOf(now)
  const input = {
    ca, serial: fromHex(newSerial(testRandom(`serial of ${ca}`))), spki: signer.spki,
    notBefore: startOf(addMonths(today, -12)), notAfter: endOf(addMonths(today, 108)),
  }
  const linted = lintCa(caTbs(input, settings.profile), input, settings.profile)
  const certificate = parseCaCertificate(assemble(linted, await signLinted(signer, linted)))
  return { ca, certificate, keyId: certificate.keyId as IssuerKeyId, signer }
}

/**
 * Releases that meet under a frequency (頻度), on a real server: of many at once under ONCE exactly one commits, each of the
 * others is refused with its row and its leaf, and one that is broken off gives its turn back (施行規則 第35条の2).
 */
import { eq, inArray } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PartnerClient, Scope } from '../../core/law/actor.ts'
import { draftConsent, giveConsent, type Consent } from '../../core/law/consent/consent.ts'
import { releaseFourInformation, type Releases } from '../../core/law/consent/disclosure.ts'
import { defaultPace, type Frequency } from '../../core/law/consent/frequency.ts'
import { registerPurpose, requestConsent } from '../../core/law/consent/purpose.ts'
import { openReleases } from '../../db/consent/releases.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { auditLeaves } from '../../db/tables/audit.ts'
import { accessLog } from '../../db/tables/consents.ts'
import { releaseTurns } from '../../db/tables/turns.ts'
import { freshDatabase, type TestDatabase } from '../harness/database.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { holder, key, sha256, signText, type Holder } from '../law/holder.ts'
import { ok, outcome } from './rows.ts'

let database: TestDatabase
let world: TestWorld
let hanako: Holder
const bank: PartnerClient = { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank', scopes: new Set<Scope>(['consent', 'four_info:name']) }
beforeAll(async () => {
  database = await freshDatabase(32)
  world = await testWorld({ db: database.db })
  hanako = await holder(world)
})
afterAll(() => database.close())

let purposes = 0
async function given(frequency: Frequency): Promise<Consent> {
  const purpose = ok(await registerPurpose(world, bank, { name: `purpose ${++purposes}`, textJa: 'x', textEn: 'x', items: ['name'], until: null, minors: 'from-15', idempotencyKey: key() }))
  const request = ok(await requestConsent(world, bank, { purpose: purpose.id, action: 'CREATE', grant: null, required: ['name'], optional: [], municipality: null, frequency, idempotencyKey: key() }))
  const choice = { request: request.id, items: ['name'] as const, chosenUntil: null }
  return ok(await giveConsent(world, hanako.actor, { ...choice, certificate: hanako.signature.der, signature: signText(hanako.keys.signature, ok(await draftConsent(world, hanako.actor, choice))), idempotencyKey: key() }, sha256))
}
const read = async (consent: Consent, over: Partial<TestWorld> = {}): Promise<string> => outcome(await releaseFourInformation({ ...world, ...over }, bank, { consent: consent.id, requestId: consent.id }))
const tally = (outcomes: readonly string[]) => Object.fromEntries(Object.entries(Object.groupBy(outcomes, (o) => o)).map(([o, all]) => [o, all!.length]))

test.each([['ONCE', 'ALREADY_RELEASED'], ['MONTHLY', 'RELEASED_TOO_SOON']] as const)('%s: of two at once, and of 32, exactly one goes out', async (frequency, no) => {
  for (const n of [2, 2, 2, 2, 2, 2, 32, 32]) {
    const consent = await given(frequency)
    expect(tally(await Promise.all(Array.from({ length: n }, () => read(consent))))).toEqual({ OK: 1, [no]: n - 1 })
    const rows = await world.db.select().from(accessLog).where(eq(accessLog.consent, consent.id))
    expect(tally(rows.map((row) => row.outcome))).toEqual({ RELEASED: 1, [no]: n - 1 })
    expect(await world.db.$count(auditLeaves, inArray(auditLeaves.subject, rows.map((row) => row.id)))).toBe(n)
    expect(await world.db.$count(releaseTurns, eq(releaseTurns.consent, consent.id))).toBe(1)
  }
})

test('PER_USE counts no turns: all go out', async () => {
  const consent = await given('PER_USE')
  expect(tally(await Promise.all(Array.from({ length: 32 }, () => read(consent))))).toEqual({ OK: 32 })
})

test('PER_USE has a pace: of 64 at once ten go out where ten are allowed, and one more after each interval; what is refused leaves its row', async () => {
  const [consent, settings] = [await given('PER_USE'), { ...world.settings, pace: { atOnce: 10, interval: 60_000 } }]
  const burst = () => Promise.all(Array.from({ length: 64 }, () => read(consent, { settings })))
  expect(tally(await burst())).toEqual({ OK: 10, RELEASED_TOO_SOON: 54 })
  const rows = await world.db.select().from(accessLog).where(eq(accessLog.consent, consent.id))
  expect(tally(rows.map((row) => row.outcome))).toEqual({ RELEASED: 10, RELEASED_TOO_SOON: 54 })
  expect(await world.db.$count(auditLeaves, inArray(auditLeaves.subject, rows.map((row) => row.id)))).toBe(64)
  world.clock.advance(3 * 60_000 - 1)
  expect(tally(await burst())).toEqual({ OK: 2, RELEASED_TOO_SOON: 62 })
  world.clock.advance(1)
  expect(tally(await burst())).toEqual({ OK: 1, RELEASED_TOO_SOON: 63 })
})

test('the second waits for the first, and has the turn where the first is broken off', async () => {
  const consent = await given('ONCE')
  class Broken extends Error {}
  let waiting: Promise<string> | null = null
  const breakingOff: Releases = {
    ...world.releases,
    release: (act, seal, from, entry, why) => world.db.transaction(async (tx) => {
      ok(await openReleases(tx, world.safe).release(act, seal, from, entry, why, defaultPace))
      waiting = read(consent)
      expect(await Promise.race([waiting, new Promise<string>((resolve) => setTimeout(() => resolve('still waiting'), 200))])).toBe('still waiting')
      throw new Broken()
    }),
  }
  await expect(read(consent, { releases: breakingOff })).rejects.toThrow(Broken)
  expect([await waiting, await read(consent)]).toEqual(['OK', 'ALREADY_RELEASED'])
})

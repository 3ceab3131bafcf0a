/** Who may bring a certificate to lapse on which ground, what comes of a hold, and what an incident of an authority ends. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../../core/law/actor.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { IdempotencyKey } from '../../core/law/ids.ts'
import { issueCertificate } from '../../core/law/certificate/issue.ts'
import { ownNotices } from '../../core/law/person/own.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { grounds, recordCaIncident, revoke, type Ground } from '../../core/law/certificate/revocation.ts'
import { answerFor, publishDueCrls } from '../../core/law/certificate/status.ts'
import { after, hour } from '../../core/law/time.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { ok, outcome } from '../db/rows.ts'
import * as plain from '../schema/fixture.ts'
import { holder, key, newKey, noted, type Holder } from './holder.ts'

const all = Object.keys(grounds) as Ground[]
const may: Readonly<Record<string, readonly Ground[]>> = {
  holder: ['holder-request', 'key-leak', 'temporary-stop'],
  'officer of the municipality': ['holder-request', 'key-leak', 'temporary-stop', 'discarded-before-delivery'],
  agency: ['key-leak', 'temporary-stop', 'record-error', 'ca-incident'],
}
const actors: Readonly<Record<string, Actor>> = { holder: plain.citizen(), 'officer of the municipality': plain.officer('municipal', 'certificate'), agency: plain.officer('agency', 'certificate') }
const strangers: Readonly<Record<string, Actor>> = {
  'another person': plain.citizen(plain.taro), 'officer of another municipality': { ...plain.officer('municipal', 'certificate'), municipality: plain.sapporo } as Actor, 'officer without the scope': plain.officer('agency', 'card'),
  ministry: plain.officer('ministry', 'certificate'), partner: plain.partnerClient('certificate:raw', 'verify'),
}

async function outcomeOf(actor: Actor, ground: Ground, state: CertificateRecord['state'] = 'VALID'): Promise<string> {
  const world = plain.world({ certificates: { load: async () => ({ ...plain.certificate, state }) }, revocations: { revoke: async () => undefined } })
  const result = await revoke(world, actor, { certificate: plain.certificate.id, ground, occurredAt: null, idempotencyKey: 'some-key-0' as IdempotencyKey })
  return isRefusal(result) ? result.code : 'OK'
}

describe('who may state which ground', () => {
  test.each(Object.keys(actors).flatMap((who) => all.map((ground) => [who, ground] as const)))('%s, %s', async (who, ground) => {
    expect(await outcomeOf(actors[who]!, ground)).toBe(may[who]!.includes(ground) ? 'OK' : 'NOT_PERMITTED')
  })
  test.each(Object.keys(strangers).flatMap((who) => all.map((ground) => [who, ground] as const)))('%s, %s: there is no such certificate', async (who, ground) => {
    expect(await outcomeOf(strangers[who]!, ground)).toBe('NOT_FOUND')
  })
  test.each(['RESERVED', 'REVOKED', 'EXPIRED', 'ABANDONED'] as const)('nothing lapses that is %s', async (state) => {
    expect(await outcomeOf(actors['holder']!, 'holder-request', state)).toBe('ALREADY_REVOKED')
  })
  test('each ground has its article and reason, and somebody who may state it', () => {
    expect(all.map((ground) => grounds[ground].reason)).toEqual([5, 1, 6, 3, 3, 2, 5, 4, 4, 5, 0])
    for (const ground of all) expect(grounds[ground].by.length, ground).toBeGreaterThan(0)
  })
})

describe('over the real stores', () => {
  let world: TestWorld
  let person: Holder
  const agency: Actor = { ...plain.officer('agency', 'certificate') }
  beforeAll(async () => {
    world = await testWorld({ random: 'revocation' })
    person = await holder(world)
  }, 60_000)
  afterAll(() => world.close())
  const stateOf = async (record: CertificateRecord) => (await world.certificates.load(record.id))!
  const lapse = async (record: CertificateRecord, ground: Ground, actor: Actor = agency) => outcome(await revoke(world, actor, { certificate: record.id, ground, occurredAt: null, idempotencyKey: key() }))

  test('a hold becomes final and never good again; its instant stays', async () => {
    const held = world.clock.now()
    expect(await lapse(person.authentication, 'temporary-stop')).toBe('OK')
    expect((await stateOf(person.authentication)).state).toBe('HELD')
    world.clock.advance(hour)
    expect(await lapse(person.authentication, 'temporary-stop')).toBe('ALREADY_REVOKED')
    expect(await lapse(person.authentication, 'record-error')).toBe('OK')
    expect(await stateOf(person.authentication)).toMatchObject({ state: 'REVOKED', revocation: { ground: 'record-error', recordedAt: held } })
    expect(await lapse(person.authentication, 'key-leak')).toBe('ALREADY_REVOKED')
    expect(answerFor(await world.statuses.find(person.authentication.issuer, person.authentication.serial))).toEqual({ status: 'revoked', at: held, reason: 3 })
  })

  test('an error of the record is told to the holder, to nobody else', async () => {
    expect(ok(await ownNotices(world, person.actor)).map((n) => [n.certificate.id, n.revocation.ground])).toEqual([[person.authentication.id, 'record-error']])
    expect(ok(await ownNotices(world, { ...person.actor, person: world.persona('taro').person }))).toEqual([])
    expect(outcome(await ownNotices(world, agency))).toBe('NOT_PERMITTED')
  })

  test('an incident of an authority ends all it signed, its reservations and its issuing; it is published', async () => {
    const taro = await holder(world, 'taro', true)
    const [issuer, occurredAt] = [person.signature.issuer, after(world.clock.now(), -hour)]
    const reserved = await noted(world, person.card, 'authentication', newKey())
    const waiting = await noted(world, taro.card, 'authentication', newKey())
    // One is reserved: the key does not answer.
    const authorities = { ...world.authorities, all: world.authorities.all.map((a) => ({ ...a, signer: a.signer === null ? null : { ...a.signer, sign: () => Promise.reject(new Error('away')) } })) }
    await expect(issueCertificate({ ...world, authorities }, reserved.id)).rejects.toThrow('away')

    const incident = async (of: typeof issuer, over: { occurredAt?: typeof occurredAt } = {}) => recordCaIncident(world, agency, { issuer: of, occurredAt, idempotencyKey: key(), ...over })
    expect(outcome(await recordCaIncident(world, plain.officer('ministry', 'certificate'), { issuer, occurredAt, idempotencyKey: key() }))).toBe('NOT_PERMITTED')
    expect(outcome(await incident('0'.repeat(40) as typeof issuer))).toBe('NOT_FOUND')
    expect(outcome(await incident(issuer, { occurredAt: after(world.clock.now(), 1) }))).toBe('MALFORMED_INPUT')
    expect(ok(await incident(issuer)).revoked).toBe(2)
    expect(ok(await incident(person.authentication.issuer)).revoked).toBe(1)
    for (const record of [person.signature, taro.signature, taro.authentication]) expect((await stateOf(record)).revocation).toMatchObject({ ground: 'ca-incident', reason: 2, occurredAt })
    expect((await world.issuances.load(reserved.id))!.state).toBe('ABANDONED')
    expect((await world.revocations.incidents()).map((i) => i.issuer).sort()).toEqual([issuer, person.authentication.issuer].sort())
    expect(outcome(await issueCertificate(world, waiting.id))).toBe('ISSUER_AWAY')
    expect((await world.issuances.load(waiting.id))!.state).toBe('NOTIFIED')
    expect(ok(await ownNotices(world, taro.actor)).map((n) => n.revocation.ground)).toEqual(['ca-incident', 'ca-incident'])

    expect(await publishDueCrls(world, (_, fault) => { throw fault })).toBeGreaterThan(0)
    const list = readCrl((await world.crls.latest(issuer, taro.signature.shard))!.der)
    expect([...list.entries()].map((entry) => [entry.serial, entry.reason])).toContainEqual([taro.signature.serial, 2])
  }, 30_000)
})

/** Passkeys (公的個人認証法 第38条: card once, passkey afterwards): enrolled inside a card login alone, bound to page, attempt and certificate, lower in level. */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Citizen, PartnerClient } from '../../core/law/actor.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import { newId, parseIdempotencyKey } from '../../core/law/ids.ts'
import { createChallenge, loginMessage, type ChallengeInput, type Login } from '../../core/law/partner/login.ts'
import { answerWithPasskey, enrolPasskey, offerPasskey, ownPasskeys, removePasskey, rpIdOf, type Enrolment, type Passkey } from '../../core/law/partner/passkey.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import { addDays, startOf } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import * as rows from '../db/rows.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { authenticator, type Authenticator, type Bent } from './authenticator.ts'

const { actOf, ok, outcome } = rows
const sha256 = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest())
let n = 0
const key = () => parseIdempotencyKey(`passkey-test-${n++}`)!
const bank: PartnerClient = { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank', scopes: new Set(['login']) }
const hospital: PartnerClient = { ...bank, partner: seededPartnerIds.hospital, client: 'hospital' }
const origin = 'https://bank.example'
const low: ChallengeInput['requested'] = { identity: 'IAL3', authentication: 'AAL2' }

let world: TestWorld
let certificate: CertificateRecord
let device: Authenticator
let holder: Citizen
beforeEach(async () => {
  world = await testWorld()
  certificate = await rows.issued(world, await rows.deliveredCard(world, rows.resident(world).person), 'authentication')
  device = authenticator()
  holder = { kind: 'citizen', person: certificate.person, scopes: new Set(['me']) }
})
afterEach(() => world.close())

/** What a card login leaves behind; the answer of the card itself is tests/partner/login.test.ts. */
async function loggedIn(method: Login['assurance']['method'] = 'CARD_AND_PIN'): Promise<Login> {
  const challenge = ok(await createChallenge(world, bank, { requested: low, idempotencyKey: key() }, sha256))
  const login: Login = {
    id: newId('login', world.clock.now(), world.random), challenge: challenge.id, partner: bank.partner, person: certificate.person, subject: 's', at: world.clock.now(), requested: challenge.requested,
    assurance: { identity: 'IAL3', authentication: 'AAL3', method }, certificate: certificate.id, passkey: null,
  }
  ok(await world.challenges.spend(actOf(world, 'login.answer'), challenge.id, login))
  return login
}
const offer = async (login?: Login, on = origin): Promise<Result<Enrolment>> => offerPasskey(world, bank, { login: (login ?? (await loggedIn())).id, origin: on, idempotencyKey: key() })
const termsOf = (made: Enrolment) => ({ challenge: made.challenge, origin: made.origin, rpId: rpIdOf(made.origin) })
async function enrol(format: 'none' | 'packed' = 'none', bent: Bent = {}): Promise<Result<Passkey>> {
  const made = ok(await offer())
  return enrolPasskey(world, bank, { enrolment: made.id, ...device.create(termsOf(made), format, bent), idempotencyKey: key() })
}
async function answer(bent: Bent = {}, requested = low, linkAccount: string | null = null, by = bank) {
  const challenge = ok(await createChallenge(world, by, { requested, linkAccount, idempotencyKey: key() }, sha256))
  const response = device.get({ challenge: sha256(loginMessage(challenge)), origin, rpId: rpIdOf(origin) }, bent)
  return { response, challenge, login: await answerWithPasskey(world, by, { challenge: challenge.id, ...response, idempotencyKey: key() }, sha256) }
}
const saying = (result: Result<unknown>) => (isRefusal(result) ? [result.code, result.field ?? result.state] : 'OK')

describe('enrolment', () => {
  test.each(['none', 'packed'] as const)('with attestation %s, and a login of level AAL2 under the same subject', async (format) => {
    const passkey = ok(await enrol(format))
    expect(passkey).toMatchObject({ partner: bank.partner, person: certificate.person, certificate: certificate.id, origin, state: 'ENROLLED', backedUp: false })
    const { login } = await answer()
    expect(ok(login)).toMatchObject({ assurance: { identity: 'IAL3', authentication: 'AAL2', method: 'PASSKEY' }, requested: low, certificate: certificate.id, passkey: passkey.id, subject: world.pairwise.subject((await world.partners.load(bank.partner))!.sector, certificate.person) })
    expect(await world.passkeys.load(passkey.id)).toMatchObject({ counter: 2, usedAt: world.clock.now() })
  })

  test.each<[string, Bent, 'none' | 'packed', string]>([
    ['another origin', { origin: 'https://evil.example' }, 'none', 'origin'], ['a page below it', { origin: 'https://sub.bank.example' }, 'none', 'origin'], ['another relying party', { rpId: 'evil.example' }, 'none', 'rpId'],
    ['another challenge', { challenge: new Uint8Array(32) }, 'none', 'challenge'], ['an assertion in its place', { type: 'webauthn.get' }, 'none', 'type'], ['nobody verified', { flags: 0x41 }, 'none', 'userVerification'], ['nobody present', { flags: 0x44 }, 'none', 'userVerification'],
    ['packed by another key', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }, 'packed', 'attestation'], ['another name of the credential', { credential: new Uint8Array(32) }, 'none', 'form'],
  ])('%s is refused, and the offer is spent', async (_, bent, format, flaw) => {
    const made = ok(await offer())
    const respond = (more: Bent) => enrolPasskey(world, bank, { enrolment: made.id, ...device.create(termsOf(made), format, more), idempotencyKey: key() })
    expect(saying(await respond(bent))).toEqual(['PASSKEY_INVALID', flaw])
    expect(outcome(await respond({}))).toBe('CHALLENGE_SPENT')
    expect(await world.passkeys.ofPerson(certificate.person)).toEqual([])
  })

  test('rubbish is refused', async () => {
    for (const [clientData, attestation] of [[[], []], [[123], [255]], [Array(20_000).fill(1), []]] as [number[], number[]][]) {
      const made = ok(await offer())
      expect(outcome(await enrolPasskey(world, bank, { enrolment: made.id, credential: device.credential, clientData: Uint8Array.from(clientData), attestation: Uint8Array.from(attestation), idempotencyKey: key() }))).toBe('PASSKEY_INVALID')
    }
  })

  test('only inside a card login: not after five minutes, not in a login with a passkey, not in another’s, not twice', async () => {
    const login = await loggedIn()
    expect(outcome(await offerPasskey(world, hospital, { login: login.id, origin, idempotencyKey: key() }))).toBe('NOT_FOUND')
    const made = ok(await offer(login))
    world.clock.advance(300_001)
    expect(outcome(await offer(login))).toBe('PASSKEY_NEEDS_CARD')
    expect(outcome(await enrolPasskey(world, bank, { enrolment: made.id, ...device.create(termsOf(made)), idempotencyKey: key() }))).toBe('CHALLENGE_SPENT')
    ok(await enrol())
    expect(outcome(await offer(ok((await answer()).login)))).toBe('PASSKEY_NEEDS_CARD')
    expect(saying(await enrol())).toEqual(['PASSKEY_INVALID', undefined])
  })

  test('a phone’s certificate will do as well', async () => expect(outcome(await offer(await loggedIn('SMARTPHONE_AND_PIN')))).toBe('OK'))

  test.each(['http://bank.example', 'https://bank.example/path', 'https://bank', 'javascript:1', 'https://u@bank.example', 'https://Bank.example'])('the page %j is refused', async (page) => {
    expect(saying(await offer(undefined, page))).toEqual(['MALFORMED_INPUT', 'origin'])
  })
})

describe('a login with a passkey', () => {
  test.each<[string, Bent, string]>([
    ['another origin', { origin: 'https://evil.example' }, 'origin'], ['another relying party', { rpId: 'evil.example' }, 'rpId'], ['another challenge', { challenge: sha256('another') }, 'challenge'], ['a registration in its place', { type: 'webauthn.create' }, 'type'],
    ['nobody verified', { flags: 0x01 }, 'userVerification'], ['a counter that stands still', { counter: 1 }, 'counter'], ['a counter that goes back to nothing', { counter: 0 }, 'counter'],
    ['another key', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }, 'signature'], ['an unknown credential', { credential: new Uint8Array(32) }, 'credential'],
  ])('%s is refused, and the challenge is spent', async (_, bent, flaw) => {
    ok(await enrol())
    const { login, challenge } = await answer(bent)
    expect(saying(login)).toEqual(['PASSKEY_INVALID', flaw])
    expect((await world.challenges.load(challenge.id))!.state).toBe('SPENT')
  })

  test('a replayed answer finds its challenge spent, and fits no other', async () => {
    ok(await enrol())
    const first = await answer()
    ok(first.login)
    expect(outcome(await answerWithPasskey(world, bank, { challenge: first.challenge.id, ...first.response, idempotencyKey: key() }, sha256))).toBe('CHALLENGE_SPENT')
    const other = ok(await createChallenge(world, bank, { requested: low, idempotencyKey: key() }, sha256))
    expect(saying(await answerWithPasskey(world, bank, { challenge: other.id, ...first.response, idempotencyKey: key() }, sha256))).toEqual(['PASSKEY_INVALID', 'challenge'])
  })

  test('two answers with one count: the counter moves once', async () => {
    const passkey = ok(await enrol())
    const challenges = await Promise.all([0, 1].map(async () => ok(await createChallenge(world, bank, { requested: low, idempotencyKey: key() }, sha256))))
    const both = await Promise.all(challenges.map((c) => answerWithPasskey(world, bank, { challenge: c.id, ...device.get({ challenge: sha256(loginMessage(c)), origin, rpId: rpIdOf(origin) }, { counter: 7 }), idempotencyKey: key() }, sha256)))
    expect(both.map(outcome).toSorted()).not.toEqual(['OK', 'OK'])
    expect((await world.passkeys.load(passkey.id))!.counter).toBe(7)
  })

  test('does not reach AAL3, links no account, and works at no other partner', async () => {
    ok(await enrol())
    const { login } = await answer({}, { identity: 'IAL3', authentication: 'AAL3' })
    expect(login).toMatchObject({ code: 'ASSURANCE_TOO_LOW', field: 'AAL3', state: 'AAL2', stepUp: { needed: { level: 'AAL3' }, achieved: { levels: { authentication: 'AAL2' } } } })
    expect(outcome((await answer({}, low, 'account-1')).login)).toBe('ASSURANCE_TOO_LOW')
    expect(saying((await answer({}, low, null, hospital)).login)).toEqual(['PASSKEY_INVALID', 'credential'])
  })

  test('ends with the certificate: a hold stops it, an end and an expiry end it', async () => {
    ok(await enrol())
    const state = async () => ok(await ownPasskeys(world, holder))[0]!.state
    const now = world.clock.now()
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('temporary-stop', now, now)))
    expect([saying((await answer()).login), await state()]).toEqual([['PASSKEY_ENDED', 'SUSPENDED'], 'SUSPENDED'])
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('key-leak', now, now)))
    expect([saying((await answer()).login), await state()]).toEqual([['PASSKEY_ENDED', 'ENDED'], 'ENDED'])
  })

  test('an expired certificate ends it on the day after', async () => {
    ok(await enrol())
    world.clock.set(startOf(addDays(certificate.expiresOn, 1)))
    expect(ok(await ownPasskeys(world, holder))[0]).toMatchObject({ state: 'ENDED' })
  })

  test('is listed and removed by its person alone', async () => {
    const passkey = ok(await enrol())
    const somebody: Citizen = { ...holder, person: world.persona('taro').person }
    expect(outcome(await removePasskey(world, somebody, { passkey: passkey.id, idempotencyKey: key() }))).toBe('NOT_FOUND')
    expect(ok(await ownPasskeys(world, somebody))).toEqual([])
    expect(ok(await removePasskey(world, holder, { passkey: passkey.id, idempotencyKey: key() }))).toMatchObject({ state: 'REMOVED', publicKey: new Uint8Array(0) })
    expect(saying((await answer()).login)).toEqual(['PASSKEY_INVALID', 'credential'])
    expect(outcome(await removePasskey(world, holder, { passkey: passkey.id, idempotencyKey: key() }))).toBe('WRONG_STATE')
  })
})

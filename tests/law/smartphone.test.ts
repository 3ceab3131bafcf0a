/**
 * Certificates in phones, end to end over the real stores: application signed with the card, proof by the phone's key, issue,
 * use for signing and login, one device per person, end with the parent.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyObject } from 'node:crypto'
import type { CertificateRecord, SmartphoneCertificateKind } from '../../core/law/certificate/certificate.ts'
import type { CertificateApplicationId } from '../../core/law/ids.ts'
import { abandonOverdue, issueCertificate, reservationWindow } from '../../core/law/certificate/issue.ts'
import { answerChallenge, createChallenge, loginMessage } from '../../core/law/partner/login.ts'
import { revoke } from '../../core/law/certificate/revocation.ts'
import { applyForSmartphone, registerSmartphoneKey, smartphoneDocument, smartphoneKeyStatement, withdrawSmartphoneApplication } from '../../core/law/card/smartphone.ts'
import { answerFor } from '../../core/law/certificate/status.ts'
import { certificateStatus, correspondingCertificate } from '../../core/law/certificate/linking.ts'
import { verifySignature } from '../../core/law/certificate/verification.ts'
import { parseCertificate } from '../../core/pki/parse.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { ok, outcome } from '../db/rows.ts'
import { certified, holder, key, newKey, partner, sha256, signText, spkiOf, type Holder } from './holder.ts'

let world: TestWorld
let person: Holder
const platform = partner(seededPartnerIds.platform, 'verify', 'login')
const hospital = partner(seededPartnerIds.hospital, 'verify', 'login')
const [oldPhone, newPhone] = ['phone-aaaa-0001', 'phone-bbbb-0002']

beforeAll(async () => {
  world = await testWorld({ random: 'smartphone' })
  person = await holder(world)
}, 60_000)
afterAll(() => world.close())

async function apply(kind: SmartphoneCertificateKind, device: string, over: { signedWith?: KeyObject; text?: string } = {}) {
  const text = over.text ?? ok(await smartphoneDocument(world, person.actor, { kind, device }))
  return applyForSmartphone(world, person.actor, { kind, device, signature: signText(over.signedWith ?? person.keys.signature, text), idempotencyKey: key() }, sha256)
}
async function issued(kind: SmartphoneCertificateKind, device: string, phoneKey: KeyObject): Promise<CertificateRecord> {
  const application = ok(await apply(kind, device))
  const publicKey = spkiOf(phoneKey)
  const statement = ok(await smartphoneKeyStatement(world, person.actor, { application: application.id, publicKey }))
  expect(ok(await registerSmartphoneKey(world, person.actor, { application: application.id, publicKey, proof: signText(phoneKey, statement), idempotencyKey: key() }, sha256)).state).toBe('NOTIFIED')
  expect(world.rung.at(-1)).toEqual({ wake: 'issue', application: application.id })
  return ok(await issueCertificate(world, application.id))
}
const stateOf = async (record: CertificateRecord) => (await world.certificates.load(record.id))!
const phones: Partial<Record<'signature' | 'authentication' | 'newer', CertificateRecord>> = {}
const phoneKeys = { signature: newKey(), authentication: newKey() }

describe('the application', () => {
  test('is signed with the card’s signing key over the four items and its number, today', async () => {
    const text = ok(await smartphoneDocument(world, person.actor, { kind: 'smartphone-signature', device: oldPhone }))
    expect(JSON.parse(text)).toMatchObject({ name: person.signature.items!.name, address: person.signature.items!.address, signingCertificate: { serial: person.signature.serial, issuer: person.signature.issuer }, device: oldPhone })
    expect(outcome(await apply('smartphone-signature', oldPhone, { signedWith: person.keys.authentication }))).toBe('SIGNATURE_INVALID')
    expect(outcome(await apply('smartphone-signature', oldPhone, { text: text.replace(oldPhone, newPhone) }))).toBe('SIGNATURE_INVALID')
    expect(outcome(await apply('smartphone-signature', oldPhone, { text: text.replace(/"appliedOn":"[^"]+"/, '"appliedOn":"2026-03-31"') }))).toBe('SIGNATURE_INVALID')
  })

  test('of a device without a name, and of a person without a card, is refused', async () => {
    expect(outcome(await apply('smartphone-signature', '短い', { text: 'x' }))).toBe('MALFORMED_INPUT')
    const nobody = { ...person.actor, person: world.persona('taro').person }
    expect(outcome(await applyForSmartphone(world, nobody, { kind: 'smartphone-signature', device: oldPhone, signature: new Uint8Array(256), idempotencyKey: key() }, sha256))).toBe('PARENT_NOT_LIVE')
    expect(outcome(await applyForSmartphone(world, platform, { kind: 'smartphone-signature', device: oldPhone, signature: new Uint8Array(256), idempotencyKey: key() }, sha256))).toBe('NOT_PERMITTED')
  })

  test('can be taken back, and the key must be proven by itself, for this application', async () => {
    const first = ok(await apply('smartphone-signature', oldPhone))
    expect(outcome(await apply('smartphone-signature', oldPhone))).toBe('APPLICATION_OPEN')
    const stranger = { ...person.actor, person: world.persona('taro').person }
    expect(outcome(await withdrawSmartphoneApplication(world, stranger, { application: first.id, idempotencyKey: key() }))).toBe('NOT_FOUND')
    expect(ok(await withdrawSmartphoneApplication(world, person.actor, { application: first.id, idempotencyKey: key() })).state).toBe('ABANDONED')
    const second = ok(await apply('smartphone-signature', oldPhone))
    const publicKey = spkiOf(phoneKeys.signature)
    const ofFirst = ok(await smartphoneKeyStatement(world, person.actor, { application: first.id, publicKey }))
    const ofSecond = ok(await smartphoneKeyStatement(world, person.actor, { application: second.id, publicKey }))
    const register = async (proof: Uint8Array, pk = publicKey) => outcome(await registerSmartphoneKey(world, person.actor, { application: second.id, publicKey: pk, proof, idempotencyKey: key() }, sha256))
    expect(await register(signText(phoneKeys.signature, ofFirst))).toBe('KEY_NOT_PROVEN')
    expect(await register(signText(person.keys.signature, ofSecond))).toBe('KEY_NOT_PROVEN')
    expect(await register(new Uint8Array(256), new Uint8Array(91))).toBe('KEY_UNFIT')
    // A key that is certified already, by its own holder: the card's.
    const again = ok(await smartphoneKeyStatement(world, person.actor, { application: second.id, publicKey: spkiOf(person.keys.signature) }))
    expect(await register(signText(person.keys.signature, again), spkiOf(person.keys.signature))).toBe('KEY_UNFIT')
    ok(await withdrawSmartphoneApplication(world, person.actor, { application: second.id, idempotencyKey: key() }))
  })
})

describe('the certificate', () => {
  test('is issued directly, with the expiry of the card’s and its own policy', async () => {
    phones.signature = await issued('smartphone-signature', oldPhone, phoneKeys.signature)
    phones.authentication = await issued('smartphone-authentication', oldPhone, phoneKeys.authentication)
    for (const [phone, parent] of [[phones.signature, person.signature], [phones.authentication, person.authentication]] as const) {
      const parsed = parseCertificate(phone.der)
      expect([phone.state, phone.expiresOn, phone.smartphone, phone.deliveredAt]).toEqual(['VALID', parent.expiresOn, { parent: parent.id, device: oldPhone }, world.clock.now()])
      expect(parsed.known.certificatePolicies!.map((p) => p.policy)).toEqual([`${world.settings.profile.arc}.${world.settings.profile.policies[phone.kind]}`])
    }
    expect(phones.signature.items).toEqual(person.signature.items)
    expect(phones.authentication.items).toBeNull()
  }, 30_000)

  test('signs documents and logs in, each for its purpose alone', async () => {
    const digest = sha256('契約書')
    const signed = async (record: CertificateRecord, k: KeyObject) => ok(await verifySignature(world, platform, { certificate: record.der, hash: 'sha256', digest, signature: signText(k, '契約書') }))
    const verdict = await signed(phones.signature!, phoneKeys.signature)
    expect(verdict.checks.filter((c) => !c.passed)).toEqual([])
    expect([verdict.valid, verdict.pin, verdict.record!.kind]).toEqual([true, 'DEMANDED_BY_KEY', 'smartphone-signature'])
    expect((await signed(phones.authentication!, phoneKeys.authentication)).valid).toBe(false)

    const login = async (record: CertificateRecord, k: KeyObject) => {
      const challenge = ok(await createChallenge(world, hospital, { idempotencyKey: key() }, sha256))
      return answerChallenge(world, hospital, { challenge: challenge.id, certificate: record.der, signature: signText(k, loginMessage(challenge)), idempotencyKey: key() }, sha256)
    }
    expect(ok(await login(phones.authentication!, phoneKeys.authentication)).assurance.method).toBe('SMARTPHONE_AND_PIN')
    expect(ok(await login(person.authentication, person.keys.authentication)).assurance.method).toBe('CARD_AND_PIN')
    expect(ok(await login(person.authentication, person.keys.authentication)).subject).toBe(ok(await login(phones.authentication!, phoneKeys.authentication)).subject)
    expect(outcome(await login(phones.signature!, phoneKeys.signature))).toBe('CERTIFICATE_NOT_VALID')
  })

  test('corresponds to the card’s, never phone to phone', async () => {
    const link = async (who: typeof platform, of: CertificateRecord, kind: CertificateRecord['kind']) => {
      const found = await correspondingCertificate(world, who, { certificate: of.der, kind })
      return 'serial' in found ? found.serial : outcome(found)
    }
    expect(await link(platform, person.signature, 'smartphone-signature')).toBe(phones.signature!.serial)
    expect(await link(platform, phones.signature!, 'signature')).toBe(person.signature.serial)
    expect(await link(platform, person.signature, 'authentication')).toBe(person.authentication.serial)
    expect(await link(platform, person.authentication, 'smartphone-authentication')).toBe(phones.authentication!.serial)
    for (const [a, b] of [[phones.signature!, 'smartphone-authentication'], [phones.authentication!, 'smartphone-signature'], [person.signature, 'smartphone-authentication'], [person.signature, 'signature']] as const) expect(await link(platform, a, b)).toBe('LINK_NOT_OFFERED')
    // An authentication verifier alone: 第37条第3項, not 第18条.
    expect(await link(hospital, phones.authentication!, 'authentication')).toBe(person.authentication.serial)
    expect(await link(hospital, person.authentication, 'signature')).toBe('PARTNER_NOT_IN_STANDING')
    expect(await link(hospital, person.signature, 'smartphone-signature')).toBe('PARTNER_NOT_IN_STANDING')
    expect(await link(partner(seededPartnerIds.ended, 'verify'), person.authentication, 'smartphone-authentication')).toBe('PARTNER_NOT_IN_STANDING')
    expect(await link(partner(seededPartnerIds.platform, 'login'), person.signature, 'authentication')).toBe('NOT_PERMITTED')
    expect(outcome(await correspondingCertificate(world, platform, { certificate: person.signature.der.map((b, i) => (i === 40 ? b ^ 1 : b)), kind: 'authentication' }))).toBe('NOT_FOUND')
  })

  test('in a new phone ends those in the old one, both of them', async () => {
    world.clock.advance(1_000)
    phones.newer = await issued('smartphone-signature', newPhone, newKey())
    for (const old of [phones.signature!, phones.authentication!]) {
      expect((await stateOf(old)).revocation).toMatchObject({ ground: 'smartphone-replaced', reason: 4 })
      expect(answerFor(await world.statuses.find(old.issuer, old.serial))).toMatchObject({ status: 'revoked' })
    }
    expect((await stateOf(phones.newer)).state).toBe('VALID')
    expect((await stateOf(person.signature)).state).toBe('VALID')
    // The period has not ended: the number is still told, and its lapse is not; the newest counts.
    expect(ok(await correspondingCertificate(world, platform, { certificate: person.authentication.der, kind: 'smartphone-authentication' })).serial).toBe(phones.authentication!.serial)
    expect(ok(await correspondingCertificate(world, platform, { certificate: person.signature.der, kind: 'smartphone-signature' })).serial).toBe(phones.newer.serial)
  }, 30_000)

  test('waits out a hold of the card’s, and ends with it', async () => {
    const stop = { certificate: person.signature.id, ground: 'temporary-stop' as const, occurredAt: null }
    ok(await revoke(world, person.actor, { ...stop, idempotencyKey: key() }))
    expect((await stateOf(phones.newer!)).state).toBe('VALID')
    expect(outcome(await apply('smartphone-signature', newPhone))).toBe('PARENT_NOT_LIVE')
    ok(await revoke(world, person.actor, { ...stop, ground: 'holder-request', idempotencyKey: key() }))
    expect(await stateOf(phones.newer!)).toMatchObject({ state: 'REVOKED', revocation: { ground: 'parent-lapsed', reason: 5 } })
    expect(ok(await certificateStatus(world, platform, { certificate: phones.newer!.der, method: 'REGISTER' })).answer).toMatchObject({ status: 'revoked', reason: 5 })
  })

  test('is not issued where the card’s lapses after the notice, nor where it lapses between the two transactions', async () => {
    const cardKey = newKey()
    await certified(world, person.card, 'signature', cardKey)
    const waiting = async (kind: SmartphoneCertificateKind): Promise<CertificateApplicationId> => {
      const { id } = ok(await apply(kind, newPhone, { signedWith: cardKey }))
      const phoneKey = newKey()
      const statement = ok(await smartphoneKeyStatement(world, person.actor, { application: id, publicKey: spkiOf(phoneKey) }))
      ok(await registerSmartphoneKey(world, person.actor, { application: id, publicKey: spkiOf(phoneKey), proof: signText(phoneKey, statement), idempotencyKey: key() }, sha256))
      return id
    }
    const [signing, login] = [await waiting('smartphone-signature'), await waiting('smartphone-authentication')]
    const lapse = async (kind: 'signature' | 'authentication') => ok(await revoke(world, person.actor, { certificate: (await world.certificates.live(person.actor.person, kind, world.clock.now()))!.id, ground: 'holder-request', occurredAt: null, idempotencyKey: key() }))
    await lapse('signature')
    // 公的個人認証法 第16条の13: what was being applied for ends with the parent, at once.
    expect(await world.issuances.load(signing)).toMatchObject({ state: 'ABANDONED', refusedFor: 'parent-lapsed' })
    expect(outcome(await issueCertificate(world, signing))).toBe('WRONG_STATE')
    // The key answers, and while it does the card's certificate ends: the reservation ends with it and is on the list.
    const signer = world.authorities.current('authentication').signer!
    const parent = (await world.certificates.live(person.actor.person, 'authentication', world.clock.now()))!
    const meanwhile = { ...signer, sign: async (tbs: Uint8Array) => { await lapse('authentication'); return signer.sign(tbs) } }
    const authorities = { all: world.authorities.all.map((a) => ({ ...a, signer: a.ca === 'authentication' ? meanwhile : a.signer })), current: world.authorities.current }
    expect(outcome(await issueCertificate({ ...world, authorities }, login))).toBe('PARENT_NOT_LIVE')
    expect(await world.issuances.load(login)).toMatchObject({ state: 'ABANDONED', refusedFor: 'parent-lapsed' })
    const record = (await world.certificates.ofParent(parent.id)).at(-1)!
    expect(record.state).toBe('ABANDONED')
    expect(answerFor(await world.statuses.find(record.issuer, record.serial))).toEqual({ status: 'revoked', at: world.clock.now(), reason: null })
    world.clock.advance(reservationWindow + 1)
    expect(await abandonOverdue(world, 10)).toBe(0)
    const { entries } = await world.crls.reserve(record.issuer, record.shard, world.clock.now())
    expect(entries.find((entry) => entry.serial === record.serial)).toMatchObject({ serial: record.serial, reason: null })
  }, 30_000)
})

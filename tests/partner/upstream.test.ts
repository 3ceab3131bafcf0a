/**
 * What is agreed with the agency, what is sent on to it and what comes back (公的個人認証法施行規則 第29条–第31条・第35条の2); adults under
 * guardianship (民法 第859条); and of each released item, from where it is and how it was checked.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Officer, Scope } from '../../core/law/actor.ts'
import { draftConsent, giveConsent, withdrawConsent, type Consent } from '../../core/law/consent/consent.ts'
import { releaseFourInformation } from '../../core/law/consent/disclosure.ts'
import { forwardConsents, readForwardings, receiveWithdrawal } from '../../core/law/consent/forwarding.ts'
import { endRepresentation, ownRepresentations, recordRepresentation } from '../../core/law/consent/guardian.ts'
import { answerPredicate } from '../../core/law/consent/predicate.ts'
import { registerPurpose, requestConsent } from '../../core/law/consent/purpose.ts'
import { recordFor } from '../../core/law/consent/record.ts'
import { sealReceipts } from '../../core/law/consent/seal.ts'
import { certificateStatus, correspondingCertificate } from '../../core/law/certificate/linking.ts'
import { concludeAgreement, reportDelegation, type AgreementInput, type UnagreedRule } from '../../core/law/partner/agreement.ts'
import { createChallenge } from '../../core/law/partner/login.ts'
import { addDays, addMonths, dayOf } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { ok, outcome } from '../db/rows.ts'
import { signerNamed, testWorld, type TestWorld } from '../harness/world.ts'
import { holder, key, partner, sha256, signText, type Holder } from '../law/holder.ts'

const { platform, bank: bankId, hospital } = seededPartnerIds
const bank = partner(bankId, 'consent', 'login', 'four_info:name', 'predicate:is_adult')
const officer = (role: Officer['role'], ...scopes: Scope[]): Officer => ({ kind: 'officer', officer: 'ofc_00000000000000000000000003' as never, role, municipality: null, scopes: new Set(scopes) })
const agency = officer('agency', 'partner', 'certificate')
let world: TestWorld
let hanako: Holder
beforeEach(async () => {
  world = await testWorld()
  hanako = await holder(world)
})
afterEach(() => world.close())
const today = () => dayOf(world.clock.now())

const request = async () => ok(await requestConsent(world, bank, { purpose: ok(await registerPurpose(world, bank, { name: '口座', textJa: 'x', textEn: 'x', items: ['name', 'isAdult'], until: null, minors: 'refused', idempotencyKey: key() })).id, action: 'CREATE', grant: null, required: ['name', 'isAdult'], optional: [], municipality: null, idempotencyKey: key() }))
async function give(by: Holder = hanako, person: Holder['actor']['person'] | null = null) {
  const choice = { request: (await request()).id, items: ['name', 'isAdult'] as const, chosenUntil: null, person }
  const text = await draftConsent(world, by.actor, choice)
  return typeof text !== 'string' ? text : giveConsent(world, by.actor, { ...choice, certificate: by.signature.der, signature: signText(by.keys.signature, text), idempotencyKey: key() }, sha256)
}
const given = async (): Promise<Consent> => ok(await give())
const released = (consent: Consent) => releaseFourInformation(world, bank, { consent: consent.id, requestId: 'r' })

describe('sent on to the agency', () => {
  const seal = () => sealReceipts({ clock: world.clock, seals: world.seals, receiptSigner: signerNamed('card-orders') }, (consent, event) => recordFor(world, consent, event), 10)
  const seen = async (consent: Consent) => ok(await readForwardings(world, hanako.actor, consent.id)).map(({ event, state, at }) => [event, state, at])

  test('a consent is pending from its act on, and forwarded once it is signed; so is its end', async () => {
    const consent = await given()
    expect(await seen(consent)).toEqual([['given', 'PENDING', null]])
    expect([await forwardConsents(world, 10), await seal(), await forwardConsents(world, 10), await forwardConsents(world, 10)]).toEqual([0, 1, 1, 0])
    const at = world.clock.now()
    expect(await seen(consent)).toEqual([['given', 'FORWARDED', at]])
    world.clock.advance(1000)
    ok(await withdrawConsent(world, hanako.actor, { consent: consent.id, idempotencyKey: key() }))
    expect(await seen(consent)).toEqual([['given', 'FORWARDED', at], ['ended', 'PENDING', null]])
    expect([await seal(), await forwardConsents(world, 10)]).toEqual([1, 1])
    expect(await seen(consent)).toEqual([['given', 'FORWARDED', at], ['ended', 'FORWARDED', world.clock.now()]])
  })

  test('is told to the two sides of the consent, and to nobody else', async () => {
    const consent = await given()
    expect([outcome(await readForwardings(world, bank, consent.id)), outcome(await readForwardings(world, partner(platform, 'consent'), consent.id))]).toEqual(['OK', 'NOT_FOUND'])
  })
})

describe('withdrawn upstream', () => {
  test.each(['CLIENT_SOFTWARE', 'NATIONAL_PORTAL'] as const)('by %s: the next release is refused, and who withdrew is kept', async (origin) => {
    const consent = await given()
    expect(outcome(await released(consent))).toBe('OK')
    expect(ok(await receiveWithdrawal(world, agency, { consent: consent.id, origin, idempotencyKey: key() }))).toMatchObject({ state: 'WITHDRAWN', withdrawnBy: origin, withdrawnAt: world.clock.now() })
    expect(outcome(await released(consent))).toBe('CONSENT_NOT_IN_FORCE')
    expect(JSON.parse((await recordFor(world, (await world.consents.load(consent.id))!, 'ended'))!).event[1]).toMatchObject({ state: 'withdrawn', by: origin.toLowerCase().replace('_', ' ') })
    expect(outcome(await receiveWithdrawal(world, agency, { consent: consent.id, origin, idempotencyKey: key() }))).toBe('WRONG_STATE')
  })

  test('is handed on by the agency alone', async () => {
    const consent = await given()
    for (const actor of [officer('ministry', 'certificate'), officer('agency', 'partner'), bank, hanako.actor]) expect(outcome(await receiveWithdrawal(world, actor, { consent: consent.id, origin: 'CLIENT_SOFTWARE', idempotencyKey: key() }))).toBe('NOT_PERMITTED')
    expect(outcome(await receiveWithdrawal(world, agency, { consent: 'cns_0' as never, origin: 'CLIENT_SOFTWARE', idempotencyKey: key() }))).toBe('NOT_FOUND')
    expect(outcome(await released(consent))).toBe('OK')
  })

  test('here, by either side: which one is kept too', async () => {
    const [mine, theirs] = [await given(), await given()]
    expect([ok(await withdrawConsent(world, hanako.actor, { consent: mine.id, idempotencyKey: key() })).withdrawnBy, ok(await withdrawConsent(world, bank, { consent: theirs.id, idempotencyKey: key() })).withdrawnBy]).toEqual(['PERSON', 'PARTNER'])
  })
})

describe('what was agreed', () => {
  const from = async () => (await world.partners.load(platform))!.standings.find((s) => s.role === 'signature-verifier')!.from
  const agree = async (over: Partial<AgreementInput> = {}, actor: Parameters<typeof concludeAgreement>[1] = agency) =>
    concludeAgreement(world, actor, { partner: platform, role: 'signature-verifier', from: await from(), version: '1', concludedOn: today(), endsOn: addDays(today(), 30), allows: ['verification', 'four-information'], methods: ['REGISTER'], cycle: '都度', idempotencyKey: key(), ...over })

  test('with a platform covers who acts through it: what it allows, as long as it lasts', async () => {
    const consent = await given()
    ok(await agree())
    expect((await world.partners.load(bankId))!.standings.find((s) => s.role === 'signature-verifier')).toMatchObject({ through: platform, agreement: { version: '1', allows: ['verification', 'four-information'] } })
    expect(outcome(await released(consent))).toBe('OK')
    ok(await agree({ version: '2', allows: ['verification'] }))
    expect(outcome(await released(consent))).toBe('PARTNER_NOT_IN_STANDING')
    ok(await agree({ version: '3' }))
    expect(outcome(await released(consent))).toBe('OK')
    world.clock.advance(31 * 86_400_000)
    expect(outcome(await released(consent))).toBe('PARTNER_NOT_IN_STANDING')
  })

  test('is held to role by role: a login is of the other one', async () => {
    ok(await agree({ allows: ['four-information'] }))
    expect(outcome(await createChallenge(world, bank, { idempotencyKey: key() }, sha256))).toBe('OK')
    ok(await agree({ role: 'authentication-verifier', allows: ['serial-linking'] }))
    expect(outcome(await createChallenge(world, bank, { idempotencyKey: key() }, sha256))).toBe('PARTNER_NOT_IN_STANDING')
  })

  test('with nobody recorded: the setting decides, and only about what names a use', async () => {
    const consent = await given()
    const under = (unagreed: UnagreedRule) => ({ ...world, settings: { ...world.settings, unagreed } })
    const asked = async (at: TestWorld) => [outcome(await releaseFourInformation(at, bank, { consent: consent.id, requestId: 'r' })), outcome(await createChallenge(at, bank, { idempotencyKey: key() }, sha256))]
    expect(world.settings.unagreed).toBe('every-use')
    expect(await asked(under('every-use'))).toEqual(['OK', 'OK'])
    expect(await asked(under('no-use'))).toEqual(['PARTNER_NOT_IN_STANDING', 'PARTNER_NOT_IN_STANDING'])
    expect(outcome(await requestConsent(under('no-use'), bank, { purpose: consent.purpose, action: 'CREATE', grant: null, required: ['name'], optional: [], municipality: null, idempotencyKey: key() }))).toBe('OK')
    ok(await agree({ allows: ['four-information'] }))
    expect(await asked(under('no-use'))).toEqual(['OK', 'PARTNER_NOT_IN_STANDING'])
  })

  test('the number of the corresponding certificate: by both roles where the law names both, and only where that is agreed', async () => {
    const who = partner(platform, 'verify')
    const linked = async () => outcome(await correspondingCertificate(world, who, { certificate: hanako.signature.der, kind: 'authentication' }))
    const status = async () => outcome(await certificateStatus(world, who, { certificate: hanako.signature.der, method: 'REGISTER' }))
    expect(await linked()).toBe('OK')
    ok(await agree({ allows: ['serial-linking'] }))
    expect([await linked(), await status()]).toEqual(['OK', 'PARTNER_NOT_IN_STANDING'])
    ok(await agree({ version: '2', allows: ['verification'] }))
    expect([await linked(), await status()]).toEqual(['PARTNER_NOT_IN_STANDING', 'OK'])
    ok(await agree({ version: '3', allows: ['serial-linking'] }))
    ok(await agree({ role: 'authentication-verifier', version: '1', allows: ['login'] }))
    expect(await linked()).toBe('PARTNER_NOT_IN_STANDING')
  })

  test.each<[string, Partial<AgreementInput>, string]>([
    ['that ends before it begins', { endsOn: '2020-01-01' as never }, 'MALFORMED_INPUT'], ['of nothing', { allows: [] }, 'MALFORMED_INPUT'], ['by no method', { methods: [] }, 'MALFORMED_INPUT'], ['for a ground that is not there', { from: '2020-01-01' as never }, 'NOT_FOUND'],
    ['with one that acts through another', { partner: bankId }, 'NOT_FOUND'], ['with nobody', { partner: 'ptn_0' as never }, 'NOT_FOUND'],
  ])('one %s is refused', async (_, over, code) => expect(outcome(await agree(over))).toBe(code))

  test('is recorded by the agency, each version once', async () => {
    ok(await agree())
    expect([outcome(await agree()), outcome(await agree({ version: '2' }, officer('ministry', 'partner'))), outcome(await agree({ version: '2' }, partner(platform, 'partner')))]).toEqual(['CONFLICT', 'NOT_PERMITTED', 'NOT_PERMITTED'])
  })

  test('a platform reports each service, once; what is another’s it does not see', async () => {
    const report = (service = bankId, by = platform, ...scopes: Scope[]) => reportDelegation(world, partner(by, ...(scopes.length === 0 ? ['partner' as const] : scopes)), { service, idempotencyKey: key() })
    expect((await world.partners.load(bankId))!.standings.map((s) => s.reportedAt ?? null)).toEqual([null, null])
    expect(ok(await report()).standings.map((s) => s.reportedAt)).toEqual([world.clock.now(), world.clock.now()])
    expect([outcome(await report()), outcome(await report(hospital, bankId)), outcome(await report(platform)), outcome(await report('ptn_0' as never)), outcome(await report(hospital, platform, 'consent'))]).toEqual(['WRONG_STATE', 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'NOT_PERMITTED'])
  })
})

describe('adults under guardianship (民法 第859条)', () => {
  let ward: Holder['actor']
  let municipal: Officer
  beforeEach(() => {
    const { person, resident } = world.persona('taro')
    ward = { kind: 'citizen', person, scopes: new Set<Scope>(['me']) }
    municipal = { ...officer('municipal', 'register'), municipality: resident.municipality }
  })
  const record = (evidenceOn = addDays(today(), -5) as ReturnType<typeof today> | null, person = ward.person) => recordRepresentation(world, municipal, { person, representative: hanako.actor.person, kind: 'guardian-of-adult', evidenceOn, idempotencyKey: key() })

  test('the guardian consents with the own card, and the items come from the record while the guardianship runs', async () => {
    ok(await record())
    const consent = ok(await give(hanako, ward.person))
    expect(consent).toMatchObject({ person: ward.person, givenBy: hanako.actor.person, limitedBy: 'TEN_YEARS' })
    expect(JSON.parse(consent.document)).toMatchObject({ givenBy: 'legal representative (法定代理人)' })
    expect(ok(await released(consent))).toMatchObject({ values: { name: '白波　太郎' }, source: 'RESIDENT_RECORD', facts: [{ item: 'name', checkedBy: 'REGISTER', sourceUpdatedAt: null }] })
    ok(await endRepresentation(world, municipal, { person: ward.person, representative: hanako.actor.person, idempotencyKey: key() }))
    expect([outcome(await released(consent)), outcome(await withdrawConsent(world, hanako.actor, { consent: consent.id, idempotencyKey: key() })), ok(await ownRepresentations(world, hanako.actor))]).toEqual(['AWAITING_NEW_CERTIFICATE', 'NOT_FOUND', []])
    expect(outcome(await withdrawConsent(world, ward, { consent: consent.id, idempotencyKey: key() }))).toBe('OK')
  })

  test('the guardian withdraws for the ward; the ward alone does not consent', async () => {
    ok(await record())
    expect(outcome(await draftConsent(world, ward, { request: (await request()).id, items: ['name', 'isAdult'], chosenUntil: null }))).toBe('REPRESENTATIVE_NEEDED')
    const consent = ok(await give(hanako, ward.person))
    expect(ok(await withdrawConsent(world, hanako.actor, { consent: consent.id, idempotencyKey: key() })).withdrawnBy).toBe('REPRESENTATIVE')
  })

  test('is recorded on evidence: a certificate of registered matters of the last three months, of an adult', async () => {
    const evidence = [null, addDays(today(), 1), addDays(addMonths(today(), -3), -1)]
    for (const on of evidence) expect(await record(on)).toMatchObject({ code: 'EVIDENCE_INSUFFICIENT', field: 'evidenceOn' })
    const kenta = world.persona('kenta')
    municipal = { ...municipal, municipality: kenta.resident.municipality }
    expect(await record(today(), kenta.person)).toMatchObject({ code: 'WRONG_STATE', state: 'MINOR' })
    municipal = { ...municipal, municipality: world.persona('taro').resident.municipality }
    expect(ok(await record(addMonths(today(), -3)))).toMatchObject({ kind: 'guardian-of-adult', evidenceOn: addMonths(today(), -3) })
  })
})

test('each released item says from when, from where, how and when checked', async () => {
  const consent = await given()
  world.clock.advance(60_000)
  const facts = (item: string) => [{ item, asOf: hanako.signature.issuedAt, source: 'CERTIFICATE', checkedBy: 'REGISTER', checkedAt: world.clock.now(), sourceUpdatedAt: hanako.signature.issuedAt }]
  expect(ok(await released(consent)).facts).toEqual(facts('name'))
  expect(ok(await answerPredicate(world, bank, { consent: consent.id, requestId: 'q', predicate: 'isAdult', municipality: null })).facts).toEqual(facts('isAdult'))
})

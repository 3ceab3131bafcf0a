/**
 * How often a partner may be given the items (頻度, 施行規則 第35条の2): named in the request, signed, in the receipt, and held
 * to in the releasing transaction; a refusal for it is logged like every other.
 */
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { verifyReceipt } from '../../client/receipt.ts'
import { canonicalJson } from '../../core/law/act.ts'
import type { Scope } from '../../core/law/actor.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { draftConsent, giveConsent, type Consent } from '../../core/law/consent/consent.ts'
import { releaseFourInformation } from '../../core/law/consent/disclosure.ts'
import { nextTurn, turnOf, type Frequency } from '../../core/law/consent/frequency.ts'
import { answerPredicate } from '../../core/law/consent/predicate.ts'
import { registerPurpose, requestConsent } from '../../core/law/consent/purpose.ts'
import { recordFor } from '../../core/law/consent/record.ts'
import { newId } from '../../core/law/ids.ts'
import { after, instant, type Instant } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { auditLeaves } from '../../db/tables/audit.ts'
import { accessLog, consentRequests, consents } from '../../db/tables/consents.ts'
import { releaseTurns } from '../../db/tables/turns.ts'
import { actOf, ok, outcome } from '../db/rows.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { certified, holder, key, newKey, partner, sha256, signText, type Holder } from '../law/holder.ts'

const bank = partner(seededPartnerIds.bank, ...(['consent', 'four_info:name', 'predicate:is_adult'] satisfies Scope[]))
const another = partner(seededPartnerIds.platform, ...(['consent', 'four_info:name'] satisfies Scope[]))
let world: TestWorld
let hanako: Holder
beforeEach(async () => {
  world = await testWorld()
  hanako = await holder(world)
})
afterEach(() => world.close())

const at = (text: string): Instant => instant(Date.parse(text))
async function given(frequency: Frequency | null, over: { readonly grant?: Consent } = {}): Promise<Consent> {
  const purpose = ok(await registerPurpose(world, bank, { name: '口座', textJa: 'x', textEn: 'x', items: ['name', 'isAdult'], until: null, minors: 'from-15', idempotencyKey: key() }))
  const request = ok(await requestConsent(world, bank, { purpose: purpose.id, action: over.grant === undefined ? 'CREATE' : 'REPLACE', grant: over.grant?.id ?? null, required: ['name', 'isAdult'], optional: [], municipality: null, frequency, idempotencyKey: key() }))
  const choice = { request: request.id, items: ['name', 'isAdult'] as const, chosenUntil: null }
  return ok(await giveConsent(world, hanako.actor, { ...choice, certificate: hanako.signature.der, signature: signText(hanako.keys.signature, ok(await draftConsent(world, hanako.actor, choice))), idempotencyKey: key() }, sha256))
}
let asked = 0
const read = (consent: Consent, client = bank) => releaseFourInformation(world, client, { consent: consent.id, requestId: `f${++asked}` })
const adult = (consent: Consent) => answerPredicate(world, bank, { consent: consent.id, requestId: `f${++asked}`, predicate: 'isAdult', municipality: null })

test.each([
  ['ONCE', 'once', null], ['ON_CHANGE', 'crt', null], ['YEARLY', '2027', '2028-01-01T00:00:00+09:00'], ['MONTHLY', '2027-01', '2027-02-01T00:00:00+09:00'], ['DAILY', '2027-01-01', '2027-01-02T00:00:00+09:00'], ['PER_USE', null, null],
] as const)('%s: the period and the next one, by the calendar of Japan', (frequency, turn, next) => {
  // Still the old year in UTC.
  const now = at('2026-12-31T15:00:00Z')
  expect(turnOf(frequency, now, 'crt')).toBe(turn)
  expect(nextTurn(frequency, now)).toBe(next === null ? null : at(next))
})

describe('the frequency that was asked for', () => {
  test('stands in the request, in what is signed, in the consent and in the receipt, which is checked against what was signed', async () => {
    const consent = await given('MONTHLY')
    expect([consent.frequency, (await world.consents.load(consent.id))!.frequency, (await world.consents.loadRequest(consent.request))!.frequency]).toEqual(['MONTHLY', 'MONTHLY', 'MONTHLY'])
    expect(JSON.parse(consent.document)).toMatchObject({ frequency: 'MONTHLY', recipient: { id: bank.partner } })
    const record = JSON.parse((await recordFor(world, consent, 'given'))!) as { piiProcessing: { frequency?: string } }
    expect(record.piiProcessing.frequency).toBe('MONTHLY')
    const document = (frequency: string | undefined) => verifyReceipt(canonicalJson({ gateway: null, record: { ...record, piiProcessing: { ...record.piiProcessing, ...(frequency === undefined ? {} : { frequency }) } } }), { authorities: [], gateway: [] }).checks.find((c) => c.name === 'document')
    expect([document('MONTHLY')?.passed, document('PER_USE')?.passed, document('PER_USE')?.why]).toEqual([true, false, 'the record and the signed document differ: frequency'])
  })

  test('of an extension is that of the consent it extends, where it names none', async () => {
    const first = await given('YEARLY')
    expect((await given(null, { grant: first })).frequency).toBe('YEARLY')
    expect((await given(null)).frequency).toBe('PER_USE')
  })

  test('of rows from before is PER_USE', async () => {
    const consent = await given('ONCE')
    await world.db.update(consents).set({ frequency: null }).where(eq(consents.id, consent.id))
    await world.db.update(consentRequests).set({ frequency: null }).where(eq(consentRequests.id, consent.request))
    expect([(await world.consents.load(consent.id))!.frequency, (await world.consents.loadRequest(consent.request))!.frequency]).toEqual(['PER_USE', 'PER_USE'])
    expect([outcome(await read(consent)), outcome(await read(consent))]).toEqual(['OK', 'OK'])
  })
})

describe('a release more often than agreed', () => {
  test.each([
    ['YEARLY', '2026-12-31T23:59:59+09:00', '2027-01-01T00:00:00+09:00'], ['MONTHLY', '2026-04-30T23:59:59+09:00', '2026-05-01T00:00:00+09:00'], ['DAILY', '2026-04-05T23:59:59+09:00', '2026-04-06T00:00:00+09:00'],
  ] as const)('%s is refused until the next period begins, and says when', async (frequency, last, next) => {
    const consent = await given(frequency)
    world.clock.set(at(last.replace(/T.*/, 'T00:00:00+09:00')))
    expect(outcome(await read(consent))).toBe('OK')
    world.clock.set(at(last))
    expect(await read(consent)).toEqual({ refused: true, code: 'RELEASED_TOO_SOON', state: frequency, retryAt: at(next) })
    world.clock.set(at(next))
    expect(outcome(await read(consent))).toBe('OK')
  })

  test('PER_USE is refused past its pace, and says when the next use is allowed; another consent has a pace of its own', async () => {
    const [consent, other] = [await given('PER_USE'), await given('PER_USE')]
    const { atOnce, interval } = world.settings.pace
    const began = world.clock.now()
    for (let n = 0; n < atOnce; n++) expect(outcome(await read(consent))).toBe('OK')
    const tooFast = { refused: true, code: 'RELEASED_TOO_SOON', state: 'PER_USE', retryAt: after(began, interval) }
    expect([await read(consent), await adult(consent)]).toEqual([tooFast, tooFast])
    expect((await world.decisions.ofRequest(`f${asked}`))[0]!.grounds.at(-1)).toEqual({ what: 'frequency', found: 'TOO_FAST', ref: consent.id, limit: 'PER_USE', at: after(began, interval) })
    expect(outcome(await read(other))).toBe('OK')
    world.clock.advance(interval)
    expect([outcome(await read(consent)), await read(consent)]).toEqual(['OK', { ...tooFast, retryAt: after(began, 2 * interval) }])
    world.clock.advance(1_000 * interval)
    for (let n = 0; n < atOnce; n++) expect(outcome(await read(consent))).toBe('OK')
    expect(outcome(await read(consent))).toBe('RELEASED_TOO_SOON')
  })

  test('ONCE is refused for good; each item has its own turn, another consent turns of its own', async () => {
    const consent = await given('ONCE')
    expect([outcome(await read(consent)), outcome(await adult(consent)), outcome(await read(consent)), outcome(await adult(consent))]).toEqual(['OK', 'OK', 'ALREADY_RELEASED', 'ALREADY_RELEASED'])
    const next = await given('ONCE', { grant: consent })
    expect([outcome(await read(consent)), outcome(await read(next))]).toEqual(['CONSENT_NOT_IN_FORCE', 'OK'])
  })

  test('ON_CHANGE goes with the next certificate', async () => {
    const consent = await given('ON_CHANGE')
    expect([outcome(await read(consent)), await read(consent)]).toEqual(['OK', { refused: true, code: 'RELEASED_TOO_SOON', state: 'ON_CHANGE' }])
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), hanako.signature.id, revocation('key-leak', world.clock.now(), world.clock.now())))
    expect(outcome(await read(consent))).toBe('AWAITING_NEW_CERTIFICATE')
    await certified(world, hanako.card, 'signature', newKey())
    expect([outcome(await read(consent)), outcome(await read(consent))]).toEqual(['OK', 'RELEASED_TOO_SOON'])
  })

  test('is logged with its leaf and explained by its outcome; nothing was read, no turn taken', async () => {
    const consent = await given('ONCE')
    await read(consent)
    const before = await world.db.$count(releaseTurns)
    await read(consent)
    const rows = await world.db.select().from(accessLog).where(eq(accessLog.requestId, `f${asked}`))
    expect(rows.map(({ outcome: o, certificate, items }) => [o, certificate, items])).toEqual([['ALREADY_RELEASED', null, ['name']]])
    expect([await world.db.$count(auditLeaves, eq(auditLeaves.subject, rows[0]!.id)), await world.db.$count(releaseTurns)]).toEqual([1, before])
  })

  test('is told to nobody but the partner of the consent', async () => {
    const consent = await given('ONCE')
    await read(consent)
    expect(await read(consent, another)).toEqual(await releaseFourInformation(world, another, { consent: newId('consent', world.clock.now(), world.random), requestId: 'n' }))
  })
})


import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { Consent } from '../../core/law/consent/consent.ts'
import { inForce, isConsentInForce, type AccessLogEntry, type ConsentInForce } from '../../core/law/consent/disclosure.ts'
import { defaultPace } from '../../core/law/consent/frequency.ts'
import { newId, type ReleaseId } from '../../core/law/ids.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { addDays, after, dayOf, hour, instant, startOf, type Instant } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { auditLeaves } from '../../db/tables/audit.ts'
import { consents } from '../../db/tables/consents.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome, why } from './rows.ts'

let world: TestWorld
let certificate: CertificateRecord
beforeEach(async () => {
  world = await testWorld()
  certificate = await rows.issued(world, await rows.deliveredCard(world, rows.resident(world).person))
})
afterEach(() => world.close())
const now = () => world.clock.now()

describe('purposes and consents', () => {
  test('a purpose is kept whole; another text under the name is the next version', async () => {
    const first = await rows.purpose(world, 'account')
    world.clock.advance(1)
    const second = await rows.purpose(world, 'account')
    world.clock.advance(1)
    const other = await rows.purpose(world, 'loan')
    expect([first.version, second.version, other.version]).toEqual([1, 2, 1])
    expect(await world.consents.loadPurpose(first.id)).toEqual(first)
    expect(await world.consents.purposesOf(seededPartnerIds.bank)).toEqual([first, second, other])
    expect(await world.consents.purposesOf(seededPartnerIds.platform)).toEqual([])
  })

  test('a request is answered once, together with the consent', async () => {
    const request = await rows.consentRequest(world, await rows.purpose(world))
    expect(await world.consents.loadRequest(request.id)).toEqual(request)
    const consent = rows.consentTo(world, request, certificate)
    ok(await world.consents.give(actOf(world, 'consent.give'), consent))
    expect((await world.consents.loadRequest(request.id))!.state).toBe('ANSWERED')
    expect(await world.consents.load(consent.id)).toEqual(consent)
    expect(outcome(await world.consents.give(actOf(world, 'consent.give'), rows.consentTo(world, request, certificate)))).toBe('CONFLICT')
    expect(await world.consents.ofPerson(certificate.person)).toEqual([consent])
    expect([await world.consents.load('cns_0' as never), await world.consents.loadRequest('crq_0' as never), await world.consents.loadPurpose('pur_0' as never)]).toEqual([null, null, null])
  })

  test('what would extend a consent is found by its person alone, while it is open and the consent in force', async () => {
    const consent = await rows.consentInForce(world, certificate)
    await rows.consentRequest(world, await rows.purpose(world, 'other'))
    const more = { ...(await rows.consentRequest(world, await rows.purpose(world, 'more'))), id: newId('consentRequest', now(), world.random), action: 'MERGE' as const, replaces: consent.id, nonce: world.random.bytes(16) }
    ok(await world.consents.createRequest(actOf(world, 'consent.request'), more))
    expect(await world.consents.extending(consent.person, now())).toEqual([more])
    expect(await world.consents.extending(rows.resident(world, 'kenta').person, now())).toEqual([])
    expect(await world.consents.extending(consent.person, after(more.expiresAt, 1))).toEqual([])
    ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, now()))
    expect(await world.consents.extending(consent.person, now())).toEqual([])
  })

  test('a withdrawal is dated, and is one', async () => {
    const consent = await rows.consentInForce(world, certificate)
    world.clock.advance(hour)
    ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, now()))
    expect(await world.consents.load(consent.id)).toEqual({ ...consent, state: 'WITHDRAWN', withdrawnAt: now() })
    expect(outcome(await world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, now()))).toBe('CONFLICT')
  })
})

describe('release', () => {
  let consent: Consent
  beforeEach(async () => { consent = await rows.consentInForce(world, certificate) })

  const entryFor = (over: Partial<AccessLogEntry> = {}): AccessLogEntry => ({
    id: newId('release', now(), world.random), at: now(), partner: consent.partner, consent: consent.id, purpose: consent.purpose, person: consent.person, items: consent.items, outcome: 'RELEASED', requestId: 'req-1', ...over,
  })
  const seal = (at: Instant = now()): ConsentInForce => inForce(consent, at)!
  const release = (entry = entryFor(), with_: ConsentInForce = seal(), from = certificate.id) => world.releases.release(actOf(world, 'release.give', { key: null, subject: entry.id, at: entry.at }), with_, from, entry, why(world, entry), defaultPace)
  const leavesOf = (id: ReleaseId) => world.db.$count(auditLeaves, eq(auditLeaves.subject, id))
  const nothingWritten = async (id: ReleaseId) => expect([await leavesOf(id), (await world.releases.ofPerson(consent.person, 10)).length]).toEqual([0, 0])

  test('hands out the items of the certificate, and leaves row and leaf', async () => {
    const entry = entryFor()
    expect(await release(entry)).toEqual({ ...certificate.items, municipality: certificate.shard })
    expect(await world.releases.ofPerson(consent.person, 10)).toEqual([entry])
    expect(await leavesOf(entry.id)).toBe(1)
  })

  test('the items of the register do not matter: those of the certificate go out', async () => {
    const before = rows.resident(world)
    const event = { id: newId('residentEvent', now(), world.random), person: before.person, kind: 'minor-correction' as const, municipality: before.municipality!, occurredOn: dayOf(now()), recordedAt: now(), plannedOn: null, cardPresented: false, continuedUse: false, correction: null }
    ok(await world.residents.record(actOf(world, 'resident.record'), event, { ...before, version: 2, items: { ...before.items, name: '青海　花子' } }, rows.nothing))
    expect(await release()).toMatchObject({ name: '青空　花子' })
  })

  test('a consent that was withdrawn since it was sealed releases nothing', async () => {
    const [entry, sealed] = [entryFor(), seal()]
    ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, now()))
    expect(outcome(await release(entry, sealed))).toBe('CONSENT_NOT_IN_FORCE')
    await nothingWritten(entry.id)
  })

  test.each([['from', 1], ['until', -1]] as const)('the stored term decides, not the sealed one: %s', async (bound, step) => {
    const [entry, sealed] = [entryFor(), seal()]
    await world.db.update(consents).set({ [bound]: instant(now() + step) }).where(eq(consents.id, consent.id))
    expect(outcome(await release(entry, sealed))).toBe('CONSENT_NOT_IN_FORCE')
    await nothingWritten(entry.id)
    await world.db.update(consents).set({ [bound]: now() }).where(eq(consents.id, consent.id))
    expect(outcome(await release(entry, sealed))).toBe('OK')
  })

  test.each(['key-leak', 'temporary-stop'] as const)('a certificate that lapsed (%s) releases nothing', async (ground) => {
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation(ground, now(), now())))
    const entry = entryFor()
    expect(outcome(await release(entry))).toBe('AWAITING_NEW_CERTIFICATE')
    await nothingWritten(entry.id)
  })

  test('nor one whose last day is over, another person’s, or one for authentication', async () => {
    const other = await rows.issued(world, await rows.deliveredCard(world, world.persona('taro').person))
    const card = (await world.cards.ofPerson(certificate.person))[0]!
    const authentication = await rows.issued(world, card, 'authentication')
    for (const from of [other.id, authentication.id]) expect(outcome(await release(entryFor(), seal(), from))).toBe('AWAITING_NEW_CERTIFICATE')
    world.clock.set(startOf(addDays(certificate.expiresOn, 1)))
    const entry = entryFor()
    expect(outcome(await release(entry, seal()))).toBe('AWAITING_NEW_CERTIFICATE')
    await nothingWritten(entry.id)
  })

  test('another partner’s row cannot be written with this consent', async () => {
    const entry = entryFor({ partner: seededPartnerIds.platform })
    await release(entry)
    await nothingWritten(entry.id)
  })

  test('without the seal there is no way', async () => {
    const forged = { consent, at: now() } as unknown as ConsentInForce
    expect(isConsentInForce(forged)).toBe(false)
    await expect(release(entryFor(), forged)).rejects.toThrow('a consent that nobody checked')
    await expect(world.releases.release(actOf(world, 'release.give'), seal(), certificate.id, entryFor(), why(world, entryFor()), defaultPace)).rejects.toThrow('no idempotency key')
  })

  test('a refused request leaves its row too, known consent or not; newest first', async () => {
    const known = entryFor({ outcome: 'PARTNER_NOT_IN_STANDING' })
    world.clock.advance(hour)
    const given = entryFor()
    const unknown = entryFor({ outcome: 'CONSENT_NOT_IN_FORCE', consent: null, purpose: null, person: null, items: [] })
    for (const entry of [known, unknown]) await world.releases.refused(actOf(world, 'release.refuse', { key: null, subject: entry.id, at: entry.at }), entry, why(world, entry))
    await release(given)
    expect(await world.releases.ofPerson(consent.person, 10)).toEqual([given, known])
    expect(await world.releases.ofPerson(consent.person, 1)).toEqual([given])
    expect([await leavesOf(known.id), await leavesOf(unknown.id)]).toEqual([1, 1])
  })

  test('no row of the log holds a value', async () => {
    await release()
    expect(JSON.stringify(await world.db.execute(sql`select * from access_log`))).not.toMatch(/花子|清瀬市|1990-04-15/)
  })
})

describe('logins', () => {
  test('a challenge is spent once, with the login it led to', async () => {
    const challenge = { id: newId('challenge', now(), world.random), partner: seededPartnerIds.bank, client: 'bank', nonce: world.random.bytes(32), createdAt: now(), expiresAt: after(now(), 60_000), state: 'OPEN' as const, account: null, requested: { identity: 'IAL3', authentication: 'AAL3' } as const }
    ok(await world.challenges.create(actOf(world, 'login.challenge'), challenge))
    expect(await world.challenges.load(challenge.id)).toEqual(challenge)
    const login = { id: newId('login', now(), world.random), challenge: challenge.id, partner: challenge.partner, person: certificate.person, subject: 'pairwise', at: now(), assurance: { identity: 'IAL3', authentication: 'AAL3', method: 'CARD_AND_PIN' } as const, requested: challenge.requested, certificate: certificate.id, passkey: null }
    ok(await world.challenges.spend(actOf(world, 'login.answer'), challenge.id, login))
    expect(outcome(await world.challenges.spend(actOf(world, 'login.answer'), challenge.id, null))).toBe('CONFLICT')
    expect(await world.challenges.load(challenge.id)).toEqual({ ...challenge, state: 'SPENT' })
    expect(await world.challenges.loadLogin(login.id)).toEqual(login)
    expect(await world.challenges.loginsOf(certificate.person, 5)).toEqual([login])
    expect([await world.challenges.load('chl_0' as never), await world.challenges.loadLogin('lgn_0' as never)]).toEqual([null, null])
  })
})

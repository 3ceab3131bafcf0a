/** Releases, withdrawals and lapses that meet, on a real server. Each test says the exact end state, whatever the order. */
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { Consent } from '../../core/law/consent/consent.ts'
import { inForce } from '../../core/law/consent/disclosure.ts'
import { newId } from '../../core/law/ids.ts'
import { superseded } from '../../core/law/certificate/issuance.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { rowOf } from '../../db/person/residents.ts'
import { auditLeaves } from '../../db/tables/audit.ts'
import { accessLog } from '../../db/tables/consents.ts'
import { unhurried } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome, why } from './rows.ts'
import { at, cardInUse, closeScene, holding, many, n, openScene, tally, waiting, world } from './races-scene.ts'

beforeAll(openScene)
afterAll(closeScene)

function releaseOf(consent: Consent, certificate: CertificateRecord) {
  const entry = { id: newId('release', at(), world.random), at: at(), partner: consent.partner, consent: consent.id, purpose: consent.purpose, person: consent.person, items: consent.items, outcome: 'RELEASED' as const, requestId: 'race' }
  return world.releases.release(actOf(world, 'release.give', { key: null, subject: entry.id }), inForce(consent, at())!, certificate.id, entry, why(world, entry), unhurried)
}

test('releases against a withdrawal: no release commits after it, and every one that did left its row', async () => {
  for (let round = 0; round < 8; round++) {
    const certificate = await rows.issued(world, await cardInUse())
    const consent = await rows.consentInForce(world, certificate)
    const withdrawal = actOf(world, 'consent.withdraw', { subject: `withdrawal ${consent.id}` })
    const released = many(n, async () => outcome(await releaseOf(consent, certificate)))
    const withdrawn = new Promise<string>((resolve, reject) => setTimeout(() => world.consents.withdraw(withdrawal, consent.id, at()).then((r) => resolve(outcome(r)), reject), round * 3))
    expect(await withdrawn).toBe('OK')
    const count = () => world.db.$count(accessLog, eq(accessLog.consent, consent.id))
    const whenWithdrawn = await count()
    const outcomes = await released
    expect(await count()).toBe(whenWithdrawn)
    expect(outcomes.filter((o) => o === 'OK').length).toBe(whenWithdrawn)
    expect(outcomes.every((o) => o === 'OK' || o === 'CONSENT_NOT_IN_FORCE'), JSON.stringify(tally(outcomes))).toBe(true)
    expect(await world.db.$count(auditLeaves, sql`${auditLeaves.kind} = 'release.give' and ${auditLeaves.subject} in (select id from access_log where consent = ${consent.id})`)).toBe(whenWithdrawn)
    expect(outcome(await releaseOf(consent, certificate))).toBe('CONSENT_NOT_IN_FORCE')
  }
})
test('a withdrawal waits for a release in flight, and a release behind it sees it', async () => {
  const certificate = await rows.issued(world, await cardInUse())
  const consent = await rows.consentInForce(world, certificate)
  const order: string[] = []
  const inFlight = await holding(sql`select 1 from consents where id = ${consent.id} for no key update`)
  const withdrawn = world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, at()).then(() => order.push('withdrawn'))
  await expect.poll(waiting).toBe(1)
  const behind = releaseOf(consent, certificate)
  await expect.poll(waiting).toBe(2)
  order.push('in flight commits')
  await Promise.all([inFlight.commit(), withdrawn])
  expect(order).toEqual(['in flight commits', 'withdrawn'])
  expect(outcome(await behind)).toBe('CONSENT_NOT_IN_FORCE')
})

test('a release waits for a lapse that is being stored, and sees it', async () => {
  const certificate = await rows.issued(world, await cardInUse())
  const consent = await rows.consentInForce(world, certificate)
  const lapse = await holding(sql`update certificates set state = 'REVOKED', ground = 'key-leak', reason = 1, occurred_at = 1, recorded_at = 1 where id = ${certificate.id}`)
  const behind = releaseOf(consent, certificate)
  await expect.poll(waiting).toBe(1)
  await lapse.commit()
  expect(outcome(await behind)).toBe('AWAITING_NEW_CERTIFICATE')
})

test('storing a certificate waits for a change of the card, and sees it', async () => {
  const card = await cardInUse()
  const application = await rows.notified(world, card)
  await rows.reserved(world, application)
  const suspension = await holding(sql`update cards set state = 'SUSPENDED' where id = ${card.id}`)
  const behind = world.issuances.complete(actOf(world, 'certificate.issue', { key: null }), application.id, rows.derOf(application.id), superseded(at()))
  await expect.poll(waiting).toBe(1)
  await suspension.commit()
  expect(outcome(await behind)).toBe('CARD_NOT_USABLE')
})

test('a reservation waits for a change of the register, and sees it', async () => {
  const card = await cardInUse()
  const application = await rows.notified(world, card)
  const { personal: renamed } = rowOf(world.safe, { ...rows.resident(world), person: card.person, items: { ...rows.resident(world).items, name: '青海　花子' } })
  const change = await holding(sql`update residents set personal = ${renamed}, version = 2 where person = ${card.person}`)
  const behind = world.issuances.reserve(actOf(world, 'certificate.reserve', { key: null }), application.id, rows.reservationFor(world, application), rows.nothing)
  await expect.poll(waiting).toBe(1)
  await change.commit()
  expect(await behind).toMatchObject({ code: 'CONFLICT', field: 'items' })
})

test('releases against the lapse of the certificate: none after it', async () => {
  const certificate = await rows.issued(world, await cardInUse())
  const consent = await rows.consentInForce(world, certificate)
  const released = many(n, async () => outcome(await releaseOf(consent, certificate)))
  ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('key-leak', at(), at())))
  const count = () => world.db.$count(accessLog, eq(accessLog.consent, consent.id))
  const whenLapsed = await count()
  const outcomes = await released
  expect(await count()).toBe(whenLapsed)
  expect(outcomes.every((o) => o === 'OK' || o === 'AWAITING_NEW_CERTIFICATE'), JSON.stringify(tally(outcomes))).toBe(true)
})

test('a request is answered by one consent, a challenge spent by one answer', async () => {
  const certificate = await rows.issued(world, await cardInUse())
  const request = await rows.consentRequest(world, await rows.purpose(world, 'race'))
  const given = await many(n, async () => outcome(await world.consents.give(actOf(world, 'consent.give'), rows.consentTo(world, request, certificate))))
  expect(tally(given)).toEqual({ CONFLICT: 63, OK: 1 })
  const challenge = { id: newId('challenge', at(), world.random), partner: request.partner, client: 'bank', nonce: world.random.bytes(32), createdAt: at(), expiresAt: at(), state: 'OPEN' as const, account: null, requested: { identity: 'IAL3', authentication: 'AAL3' } as const }
  ok(await world.challenges.create(actOf(world, 'login.challenge'), challenge))
  const spent = await many(n, async (i) => outcome(await world.challenges.spend(actOf(world, 'login.answer'), challenge.id, i % 2 === 0 ? null : {
    id: newId('login', at(), world.random), challenge: challenge.id, partner: request.partner, person: certificate.person, subject: 's', at: at(), assurance: { identity: 'IAL3', authentication: 'AAL3', method: 'CARD_AND_PIN' }, requested: challenge.requested, certificate: certificate.id, passkey: null,
  })))
  expect(tally(spent)).toEqual({ CONFLICT: 63, OK: 1 })
  expect((await world.challenges.loginsOf(certificate.person, 10)).length).toBeLessThanOrEqual(1)
})

test('versions of a purpose: 64 at once get 64 numbers without a gap', async () => {
  const registered = await many(n, () => rows.purpose(world, 'versions'))
  expect(registered.map((p) => p.version).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i + 1))
})

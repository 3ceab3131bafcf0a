import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newSerial } from '../../core/law/ids.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { addDays, after, dayOf, hour, instant, startOf, type Instant } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome } from './rows.ts'

let world: TestWorld
beforeEach(async () => { world = await testWorld() })
afterEach(() => world.close())
const now = () => world.clock.now()

describe('counts', () => {
  test('are what the register held at that instant, before and after each act', async () => {
    const began = now()
    const hanako = world.persona('hanako')
    const card = await rows.deliveredCard(world, hanako.person)
    const certificate = await rows.issued(world, card)
    await rows.issued(world, card, 'authentication')
    const rejected = rows.cardApplication(world, world.persona('taro').person)
    ok(await world.cardApplications.create(actOf(world, 'card.apply'), rejected))
    world.clock.advance(hour)
    ok(await world.cardApplications.advance(actOf(world, 'card.decide'), 'RECEIVED', { ...rejected, state: 'REJECTED' }))
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('holder-request', now(), now())))
    ok(await world.cards.changeState(actOf(world, 'card.return'), 'ACTIVE', { ...card, state: 'LAPSED', end: { ground: 'returned', at: now() } }))

    const zero = { applicationsReceived: 0, applicationsValid: 0, cardsDelivered: 0, cardsHeld: 0, signatureCertificatesIssued: 0, authenticationCertificatesIssued: 0, certificatesRevoked: 0 }
    const full = { applicationsReceived: 2, applicationsValid: 2, cardsDelivered: 1, cardsHeld: 1, signatureCertificatesIssued: 1, authenticationCertificatesIssued: 1, certificatesRevoked: 0 }
    const at = (asOf: Instant) => world.counts.at(asOf, null)
    expect(await at(after(began, -1))).toEqual({ asOf: began - 1, ...zero })
    expect(await at(began)).toEqual({ asOf: began, ...full })
    expect(await at(now())).toEqual({ asOf: now(), ...full, applicationsValid: 1, cardsHeld: 0, certificatesRevoked: 1 })
    expect(await world.counts.at(began, hanako.resident.municipality)).toEqual({ asOf: began, ...full, applicationsReceived: 1, applicationsValid: 1 })
    expect(await world.counts.at(began, world.persona('island').resident.municipality)).toEqual({ asOf: began, ...zero })
  })

  test('a card past its last day is no longer held, swept or not', async () => {
    const card = await rows.deliveredCard(world, world.persona('hanako').person)
    expect((await world.counts.at(after(startOf(addDays(card.expiresOn, 1)), -1), null)).cardsHeld).toBe(1)
    expect((await world.counts.at(startOf(addDays(card.expiresOn, 1)), null)).cardsHeld).toBe(0)
  })

  test('days are days in Japan, and empty ones are there', async () => {
    const today = dayOf(now())
    world.clock.set(after(startOf(addDays(today, 1)), -1))
    await rows.deliveredCard(world, world.persona('hanako').person)
    world.clock.set(startOf(addDays(today, 2)))
    ok(await world.cardApplications.create(actOf(world, 'card.apply'), rows.cardApplication(world, world.persona('taro').person)))
    expect(await world.counts.daily(today, addDays(today, 3), null)).toEqual([
      { day: today, applicationsReceived: 1, cardsDelivered: 1 }, { day: addDays(today, 1), applicationsReceived: 0, cardsDelivered: 0 },
      { day: addDays(today, 2), applicationsReceived: 1, cardsDelivered: 0 }, { day: addDays(today, 3), applicationsReceived: 0, cardsDelivered: 0 },
    ])
    expect(await world.counts.daily(today, today, world.persona('taro').resident.municipality)).toEqual([{ day: today, applicationsReceived: 0, cardsDelivered: 0 }])
  })
})

describe('what only some doors use', () => {
  test('issuers come oldest first and are never added twice', async () => {
    const issuers = await world.issuers.all()
    expect(issuers.map((i) => i.ca).sort()).toEqual(['authentication', 'signature'])
    expect(outcome(await world.issuers.add(actOf(world, 'issuer.add'), issuers[0]!))).toBe('CONFLICT')
    const later = { ...issuers[0]!, keyId: 'AB'.repeat(20) as never, spkiSha256: 'F'.repeat(64), activeFrom: after(now(), hour) }
    ok(await world.issuers.add(actOf(world, 'issuer.add'), later))
    expect((await world.issuers.all()).at(-1)).toEqual(later)
  })

  test('the responder with the longest life left is current', async () => {
    const issuer = world.authorities.current('signature').keyId
    expect(await world.responders.current(issuer)).toBeNull()
    const responder = (hours: number) => ({ issuer, serial: newSerial(world.random), certificate: Uint8Array.of(hours), sealedKey: Uint8Array.of(9), notBefore: now(), notAfter: after(now(), hours * hour) })
    const [longer, shorter] = [responder(48), responder(24)]
    for (const r of [longer, shorter]) ok(await world.responders.add(actOf(world, 'responder.issue', { key: null }), r))
    expect(await world.responders.current(issuer)).toEqual(longer)
    expect(outcome(await world.responders.add(actOf(world, 'responder.issue', { key: null }), longer))).toBe('CONFLICT')
  })

  test('clients keep public keys only', async () => {
    const client = { clientId: 'bank', partner: seededPartnerIds.bank, scopes: ['login', 'verify'] as const, jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] }, redirectUris: [] }
    await world.clients.register(client)
    expect(await world.clients.load('bank')).toEqual(client)
    const changed = { ...client, scopes: ['login'] as const }
    await world.clients.register(changed)
    expect(await world.clients.list()).toEqual([changed])
    await expect(world.clients.register({ ...client, jwks: { keys: [{ kty: 'EC', d: 'secret' }] } })).rejects.toThrow('private')
    expect(await world.clients.load('nobody')).toBeNull()
  })

  test('records of the authorization server: found alive, used up once, gone with their grant', async () => {
    const { oauth } = world
    const record = { payload: { jti: 'a' }, expiresAt: after(now(), hour), grantId: 'g1', uid: 'u1', userCode: 'c1' }
    await oauth.upsert('Session', 's1', record)
    const found = { ...record, consumed: null }
    expect([await oauth.find('Session', 's1', now()), await oauth.findByUid('Session', 'u1', now()), await oauth.findByUserCode('Session', 'c1', now())]).toEqual([found, found, found])
    expect([await oauth.find('Grant', 's1', now()), await oauth.findByUid('Grant', 'u1', now())]).toEqual([null, null])
    await oauth.upsert('Session', 's1', { ...record, payload: { jti: 'b' } })
    expect((await oauth.find('Session', 's1', now()))!.payload).toEqual({ jti: 'b' })
    expect([await oauth.consume('Session', 's1', now()), await oauth.consume('Session', 's1', now()), await oauth.consume('Session', 'none', now())]).toEqual([true, false, false])
    expect((await oauth.find('Session', 's1', now()))!.consumed).toBe(now())
    expect(await oauth.find('Session', 's1', after(now(), hour))).toBeNull()
    await oauth.upsert('AccessToken', 't1', { ...record, uid: null, userCode: null })
    await oauth.upsert('Client', 'c', { payload: {}, expiresAt: null, grantId: null, uid: null, userCode: null })
    expect(await oauth.revokeGrant('g1')).toBe(2)
    expect(await oauth.prune(instant(8e15))).toBe(0)
    expect(await oauth.find('Client', 'c', instant(8e15))).not.toBeNull()
    await oauth.destroy('Client', 'c')
    expect(await oauth.find('Client', 'c', now())).toBeNull()
    await oauth.upsert('AccessToken', 't2', { ...record, uid: null, userCode: null })
    expect([await oauth.prune(after(now(), hour - 1)), await oauth.prune(after(now(), hour))]).toEqual([0, 1])
  })

  test('a token is taken once in its life, by issuer', async () => {
    const { seenTokens } = world
    const until = after(now(), hour)
    expect([await seenTokens.take('a', 'j', until, now()), await seenTokens.take('a', 'j', until, now()), await seenTokens.take('b', 'j', until, now())]).toEqual([true, false, true])
    expect([await seenTokens.prune(after(now(), hour - 1)), await seenTokens.prune(until)]).toEqual([0, 2])
  })
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newSerial } from '../../core/law/ids.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { publishCrl } from '../../core/law/certificate/status.ts'
import { everybody, unnamed } from '../../core/law/statistics/provision.ts'
import { addDays, after, dayOf, hour, instant, legalDate, startOf, type Instant } from '../../core/law/time.ts'
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

describe('公的個人認証法 第40条・第41条・施行規則 第71条: the account of what was provided', () => {
  test('what is added is summed by day, recipient, kind and method; lists and releases come from their own rows', async () => {
    const today = dayOf(now())
    const one = { day: today, recipient: '見本銀行', provision: 'revocation-information' as const, method: 'API', count: 1 }
    await Promise.all([world.provisions.add([one]), world.provisions.add([one, { ...one, method: 'OCSP', recipient: unnamed, count: 40 }]), world.provisions.add([{ ...one, day: addDays(today, 1), count: 3 }])])
    await world.provisions.add([])
    const card = await rows.deliveredCard(world, world.persona('hanako').person)
    await rows.issued(world, card)
    const { issuer, shard } = (await world.crls.due(now()))[0]!
    ok(await publishCrl(world, issuer, shard))
    expect(await world.counts.ledger(today, addDays(today, 1))).toEqual(expect.arrayContaining([
      { recipient: '見本銀行', on: today, provision: 'revocation-information', method: 'API', count: 2 }, { recipient: unnamed, on: today, provision: 'revocation-information', method: 'OCSP', count: 40 },
      { recipient: '見本銀行', on: addDays(today, 1), provision: 'revocation-information', method: 'API', count: 3 }, { recipient: everybody, on: today, provision: 'revocation-file', method: 'CRL', count: 1 },
    ]))
    expect(await world.counts.ledger(addDays(today, 2), addDays(today, 3))).toEqual([])
    await expect(world.provisions.add([{ ...one, count: 0 }])).rejects.toThrow()
  })

  test('issued by month and kind, lapsed by month, kind and ground; what ran out is no lapse, and months are months in Japan', async () => {
    world.clock.set(after(startOf(legalDate('2026-05-01')), -1))
    const card = await rows.deliveredCard(world, world.persona('hanako').person)
    const signature = await rows.issued(world, card)
    const second = await rows.deliveredCard(world, world.persona('misaki').person)
    world.clock.set(startOf(legalDate('2026-05-01')))
    const held = await rows.issued(world, second)
    await rows.issued(world, card, 'authentication', addDays(dayOf(now()), 1))
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), signature.id, revocation('key-leak', now(), now())))
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), held.id, revocation('temporary-stop', now(), now())))
    expect(await world.counts.certificates(legalDate('2026-04-01'), legalDate('2027-03-31'))).toEqual({
      issued: [{ month: '2026-04', kind: 'signature', count: 1 }, { month: '2026-05', kind: 'authentication', count: 1 }, { month: '2026-05', kind: 'signature', count: 1 }],
      revoked: [{ month: '2026-05', kind: 'signature', ground: 'key-leak', count: 1 }, { month: '2026-05', kind: 'signature', ground: 'temporary-stop', count: 1 }],
    })
    expect(await world.counts.certificates(legalDate('2026-04-01'), legalDate('2026-04-30'))).toEqual({ issued: [{ month: '2026-04', kind: 'signature', count: 1 }], revoked: [] })
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

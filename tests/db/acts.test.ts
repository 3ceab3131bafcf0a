import { createHash } from 'node:crypto'
import { asc, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { canonicalJson, once, type Act } from '../../core/law/act.ts'
import { system } from '../../core/law/actor.ts'
import { newId, newSerial, type IdempotencyKey } from '../../core/law/ids.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { refuse, type Result } from '../../core/law/refusal.ts'
import { superseded } from '../../core/law/certificate/issuance.ts'
import { ArchiveFault } from '../../db/fault.ts'
import { acts, auditLeaves } from '../../db/tables/audit.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome } from './rows.ts'

let world: TestWorld
beforeEach(async () => { world = await testWorld() })
afterEach(() => world.close())

const leaves = () => world.db.select().from(auditLeaves).orderBy(asc(auditLeaves.id))
const keys = () => world.db.select().from(acts)

/** Every method that is an act, with what it needs: called twice under one key it does one thing. */
const methods: Record<string, (w: TestWorld) => Promise<(act: Act) => Promise<Result<unknown>>>> = {
  'residents.record': async (w) => {
    const before = rows.resident(w)
    const event = { id: newId('residentEvent', w.clock.now(), w.random), person: before.person, kind: 'minor-correction' as const, municipality: before.municipality!, occurredOn: rows.cardFor(w, rows.cardApplication(w, before.person)).madeOn, recordedAt: w.clock.now(), plannedOn: null, cardPresented: false, continuedUse: false, correction: null }
    return (act) => w.residents.record(act, event, { ...before, version: 2 }, rows.nothing)
  },
  'cardApplications.create': async (w) => (act) => w.cardApplications.create(act, rows.cardApplication(w, rows.resident(w).person)),
  'cardApplications.advance': async (w) => {
    const application = rows.cardApplication(w, rows.resident(w).person)
    ok(await w.cardApplications.create(actOf(w, 'card.apply'), application))
    return (act) => w.cardApplications.advance(act, 'RECEIVED', { ...application, state: 'WITHDRAWN' })
  },
  'cards.changeState': async (w) => {
    const card = await rows.deliveredCard(w, rows.resident(w).person)
    return (act) => w.cards.changeState(act, 'ACTIVE', { ...card, state: 'SUSPENDED' })
  },
  'issuances.create': async (w) => {
    const card = await rows.deliveredCard(w, rows.resident(w).person)
    return (act) => w.issuances.create(act, rows.certificateApplication(w, card, 'signature'))
  },
  'issuances.advance': async (w) => {
    const application = await rows.notified(w, await rows.deliveredCard(w, rows.resident(w).person))
    return (act) => w.issuances.advance(act, 'NOTIFIED', { ...application, state: 'REFUSED', refusedFor: 'NO_VALIDITY_LEFT' })
  },
  'issuances.reserve': async (w) => {
    const application = await rows.notified(w, await rows.deliveredCard(w, rows.resident(w).person))
    return (act) => w.issuances.reserve(act, application.id, rows.reservationFor(w, application), rows.nothing)
  },
  'issuances.deliver': async (w) => {
    const application = await rows.notified(w, await rows.deliveredCard(w, rows.resident(w).person))
    await rows.reserved(w, application)
    ok(await w.issuances.complete(actOf(w, 'certificate.issue'), application.id, rows.derOf(application.id), superseded(w.clock.now())))
    return (act) => w.issuances.deliver(act, application.id, w.clock.now())
  },
  'revocations.revoke': async (w) => {
    const certificate = await rows.issued(w, await rows.deliveredCard(w, rows.resident(w).person))
    return (act) => w.revocations.revoke(act, certificate.id, revocation('holder-request', w.clock.now(), w.clock.now()))
  },
  'crls.publish': async (w) => {
    const issuer = w.authorities.current('signature').keyId
    const shard = rows.resident(w).municipality!
    const { number } = await w.crls.reserve(issuer, shard, w.clock.now())
    return (act) => w.crls.publish(act, { issuer, shard, number, der: Uint8Array.of(1), thisUpdate: w.clock.now(), nextUpdate: w.clock.now() })
  },
  'issuers.add': async (w) => {
    const [issuer] = await w.issuers.all()
    return (act) => w.issuers.add(act, { ...issuer!, keyId: 'AB'.repeat(20) as never, spkiSha256: 'another' })
  },
  'responders.add': async (w) => (act) => w.responders.add(act, { issuer: w.authorities.current('signature').keyId, serial: newSerial(w.random), certificate: Uint8Array.of(1), sealedKey: Uint8Array.of(2), notBefore: w.clock.now(), notAfter: w.clock.now() }),
  'orders.request': async (w) => {
    const card = await rows.deliveredCard(w, rows.resident(w).person)
    return (act) => w.orders.request(act, rows.orderTo(w, card))
  },
  'orders.sign': async (w) => {
    const order = ok(await w.orders.request(actOf(w, 'order.request'), rows.orderTo(w, await rows.deliveredCard(w, rows.resident(w).person))))
    return (act) => w.orders.sign(act, order.id, { order: Uint8Array.of(1), signature: Uint8Array.of(2) })
  },
  'challenges.create': async (w) => (act) => w.challenges.create(act, { id: newId('challenge', w.clock.now(), w.random), partner: seededPartnerIds.bank, client: 'bank', nonce: w.random.bytes(32), createdAt: w.clock.now(), expiresAt: w.clock.now(), state: 'OPEN', requested: { identity: 'IAL3', authentication: 'AAL3' }, account: null }),
  'consents.registerPurpose': async (w) => (act) => w.consents.registerPurpose(act, { id: newId('purpose', w.clock.now(), w.random), partner: seededPartnerIds.bank, name: 'p', textJa: 'あ', textEn: 'a', items: ['name'], until: null, minors: 'from-15', notices: [], registeredAt: w.clock.now() }),
  'consents.give': async (w) => {
    const certificate = await rows.issued(w, await rows.deliveredCard(w, rows.resident(w).person))
    const consent = rows.consentTo(w, await rows.consentRequest(w, await rows.purpose(w)), certificate)
    return (act) => w.consents.give(act, consent)
  },
  'consents.withdraw': async (w) => {
    const consent = await rows.consentInForce(w, await rows.issued(w, await rows.deliveredCard(w, rows.resident(w).person)))
    return (act) => w.consents.withdraw(act, consent.id, w.clock.now())
  },
  'grants.request': async (w) => (act) => w.grants.request(act, rows.grant(w)),
  'grants.change': async (w) => {
    const asked = rows.grant(w)
    ok(await w.grants.request(actOf(w, 'grant.request'), asked))
    return (act) => w.grants.change(act, [rows.approvedBy(asked)], rows.roomy)
  },
  'installations.install': async (w) => {
    const g = await rows.approvedGrant(w)
    const card = await rows.deliveredCard(w, rows.resident(w).person)
    return (act) => {
      const order = rows.orderTo(w, card)
      return w.installations.install(act, { id: newId('installation', w.clock.now(), w.random), grant: g.id, card: card.id, state: 'ORDERED', order: order.id, quota: g.quota }, order, w.settings.freeSpace)
    }
  },
}

describe('one method, one act', () => {
  test.each(Object.entries(methods))('%s: one leaf, one key; the same key again changes nothing', async (_, prepare) => {
    const call = await prepare(world)
    const [leavesBefore, keysBefore] = [(await leaves()).length, (await keys()).length]
    const act = actOf(world, 'card.apply')
    expect(outcome(await call(act))).toBe('OK')
    expect([(await leaves()).length, (await keys()).length]).toEqual([leavesBefore + 1, keysBefore + 1])
    expect(outcome(await call(act))).toBe('CONFLICT')
    expect([(await leaves()).length, (await keys()).length]).toEqual([leavesBefore + 1, keysBefore + 1])
  })

  test('a leaf can be computed again from what it says', async () => {
    const act = actOf(world, 'card.apply', { facts: { channel: 'web', n: 1, none: null }, subject: 'cap_1' })
    ok(await world.cardApplications.create(act, rows.cardApplication(world, rows.resident(world).person)))
    const leaf = (await leaves()).at(-1)!
    expect(leaf).toMatchObject({ at: act.at, kind: 'card.apply', actor: 'system:seed', subject: 'cap_1', facts: { channel: 'web', n: 1, none: null } })
    const { actor, at, facts, kind, subject } = leaf
    const expected = createHash('sha256').update(Buffer.concat([Buffer.of(0), Buffer.from(canonicalJson({ actor, at, facts, kind, subject }))])).digest('hex')
    expect(Buffer.from(leaf.leafHash).toString('hex')).toBe(expected)
    expect(leaf.transaction).toMatch(/^\d+$/)
  })

  test('a refusal leaves neither leaf nor key, so the key can be used again', async () => {
    const application = rows.cardApplication(world, rows.resident(world).person)
    ok(await world.cardApplications.create(actOf(world, 'card.apply'), application))
    const before = [(await leaves()).length, (await keys()).length]
    const act = actOf(world, 'card.withdraw')
    expect(outcome(await world.cardApplications.advance(act, 'SHIPPED', { ...application, state: 'NOTICE_SENT' }))).toBe('CONFLICT')
    expect([(await leaves()).length, (await keys()).length]).toEqual(before)
    expect(outcome(await world.cardApplications.advance(act, 'RECEIVED', { ...application, state: 'WITHDRAWN' }))).toBe('OK')
  })

  test('find knows a repeat from a misuse, by actor', async () => {
    const act = actOf(world, 'card.apply', { request: '{"a":1}', subject: 'cap_1' })
    expect(await world.acts.find(act)).toBeNull()
    ok(await world.cardApplications.create(act, rows.cardApplication(world, rows.resident(world).person)))
    expect(await world.acts.find(act)).toEqual({ subject: 'cap_1', same: true })
    expect(await world.acts.find({ ...act, request: '{"a":2}' })).toEqual({ subject: 'cap_1', same: false })
    expect(await world.acts.find({ ...act, kind: 'card.withdraw' })).toEqual({ subject: 'cap_1', same: false })
    expect(await world.acts.find({ ...act, actor: system('sweep') })).toBeNull()
    expect(await world.acts.find({ ...act, key: null })).toBeNull()
  })

  test('once: a duplicate that lost the race answers with what the winner made', async () => {
    const act = actOf(world, 'card.apply')
    const application = rows.cardApplication(world, rows.resident(world).person)
    const load = async (id: string) => (await world.cardApplications.load(id as never)) ?? refuse('NOT_FOUND')
    const perform = async () => {
      const stored = await world.cardApplications.create({ ...act, subject: application.id }, application)
      return outcome(stored) === 'OK' ? application : refuse('CONFLICT')
    }
    const both = await Promise.all([once(world.acts, act, load, perform), once(world.acts, act, load, perform)])
    expect(both).toEqual([application, application])
  })
})

describe('faults', () => {
  test('carry code, table and constraint, and no value', async () => {
    const application = { ...rows.cardApplication(world, rows.resident(world).person), municipality: '999999' as never }
    const fault = await world.cardApplications.create(actOf(world, 'card.apply'), application).catch((e: unknown) => e)
    expect(fault).toBeInstanceOf(ArchiveFault)
    expect(fault).toMatchObject({ code: '23503', table: 'card_applications', constraint: 'card_applications_municipality_municipalities_code_fk' })
    expect(`${(fault as Error).message} ${JSON.stringify(fault)} ${String((fault as Error).cause)}`).not.toMatch(/999999|insert/i)
  })

  test('a text that would be repaired is refused before it reaches the database', async () => {
    const before = rows.resident(world)
    const event = { id: newId('residentEvent', world.clock.now(), world.random), person: before.person, kind: 'items-change' as const, municipality: before.municipality!, occurredOn: before.items.birthDate, recordedAt: world.clock.now(), plannedOn: null, cardPresented: false, continuedUse: false, correction: null }
    for (const name of ['\ud800', 'a\0b']) {
      await expect(world.residents.record(actOf(world, 'resident.record'), event, { ...before, version: 2, items: { ...before.items, name } }, rows.nothing)).rejects.toThrow('text that cannot be stored as it is')
    }
    expect(await world.residents.load(before.person)).toEqual(before)
  })

  test('no leaf and no key hold a value of a person', async () => {
    await rows.consentInForce(world, await rows.issued(world, await rows.deliveredCard(world, rows.resident(world).person)))
    const written = JSON.stringify(await world.db.execute(sql`select * from audit_leaves`)) + JSON.stringify(await world.db.execute(sql`select * from acts`))
    expect(written).toContain('consent.give')
    expect(written).not.toMatch(/花子|清瀬市|1990-04-15/)
  })
})

test('keys of two actors do not meet', async () => {
  const key = 'the-same-key' as IdempotencyKey
  ok(await world.cardApplications.create(actOf(world, 'card.apply', { key }), rows.cardApplication(world, world.persona('hanako').person)))
  ok(await world.cardApplications.create(actOf(world, 'card.apply', { key, actor: system('sweep') }), rows.cardApplication(world, world.persona('taro').person)))
})

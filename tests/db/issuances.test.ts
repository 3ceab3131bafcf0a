import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eq } from 'drizzle-orm'
import { caOf, type CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { Card } from '../../core/law/card/card.ts'
import { superseded } from '../../core/law/certificate/issuance.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { answerFor } from '../../core/law/certificate/status.ts'
import { addDays, addMonths, after, dayOf, endOf, startOf, hour, minute } from '../../core/law/time.ts'
import { certificates } from '../../db/tables/certificates.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome } from './rows.ts'

let world: TestWorld
let card: Card
beforeEach(async () => {
  world = await testWorld()
  card = await rows.deliveredCard(world, rows.resident(world).person)
})
afterEach(() => world.close())

const complete = (id: Parameters<typeof rows.derOf>[0], der = rows.derOf(id)) => world.issuances.complete(actOf(world, 'certificate.issue', { key: null }), id, der, superseded(world.clock.now()))
const statusOf = async (record: CertificateRecord) => answerFor(await world.statuses.find(record.issuer, record.serial))

describe('applications', () => {
  test('come back as they were written, and by card', async () => {
    const application = await rows.notified(world, card)
    expect(await world.issuances.load(application.id)).toEqual(application)
    expect(await world.issuances.ofCard(card.id)).toEqual([application])
    expect(await world.issuances.load('xap_0' as never)).toBeNull()
  })

  test('one of a person and kind at a time; the other kind is free; a closed one makes room', async () => {
    const application = await rows.notified(world, card)
    expect(outcome(await world.issuances.create(actOf(world, 'certificate.apply'), rows.certificateApplication(world, card, 'signature')))).toBe('APPLICATION_OPEN')
    expect(outcome(await world.issuances.create(actOf(world, 'certificate.apply'), rows.certificateApplication(world, card, 'authentication')))).toBe('OK')
    ok(await world.issuances.advance(actOf(world, 'certificate.abandon'), 'NOTIFIED', { ...application, state: 'REFUSED', refusedFor: 'CERTIFICATE_LIVE' }))
    expect(outcome(await world.issuances.create(actOf(world, 'certificate.apply'), rows.certificateApplication(world, card, 'signature')))).toBe('OK')
  })

  test('a step from a state that has moved on is a conflict', async () => {
    const application = await rows.notified(world, card)
    expect(outcome(await world.issuances.advance(actOf(world, 'certificate.confirm'), 'APPLIED', { ...application, state: 'CONFIRMED' }))).toBe('CONFLICT')
    expect(await world.issuances.load(application.id)).toEqual(application)
  })

  test('a public key is certified once, whoever brings it', async () => {
    const first = await rows.notified(world, card)
    const other = rows.certificateApplication(world, await rows.deliveredCard(world, world.persona('taro').person), 'signature')
    ok(await world.issuances.create(actOf(world, 'certificate.apply'), other))
    const confirmed = { ...other, state: 'CONFIRMED' as const, confirmation: { officer: 'ofc_1', at: world.clock.now() } }
    ok(await world.issuances.advance(actOf(world, 'certificate.confirm'), 'APPLIED', confirmed))
    expect(outcome(await world.issuances.advance(actOf(world, 'certificate.key'), 'CONFIRMED', { ...confirmed, state: 'KEY_ON_CARD', publicKey: first.publicKey }))).toBe('KEY_UNFIT')
  })

  test('unfinished ones come oldest first', async () => {
    const first = await rows.notified(world, card, 'signature')
    world.clock.advance(minute)
    const second = await rows.notified(world, card, 'authentication')
    await rows.reserved(world, second)
    expect(await world.issuances.unfinished(10)).toEqual([first.id, second.id])
    expect(await world.issuances.unfinished(1)).toEqual([first.id])
    ok(await complete(second.id))
    expect(await world.issuances.unfinished(10)).toEqual([first.id])
  })
})

describe('T1', () => {
  test('stores what will be signed before anything is', async () => {
    const application = await rows.notified(world, card)
    const reservation = await rows.reserved(world, application)
    expect(await world.issuances.reservation(application.id)).toEqual(reservation)
    expect((await world.issuances.load(application.id))!.state).toBe('RESERVED')
    expect(await world.issuances.certificateOf(application.id)).toBeNull()
    expect(await statusOf(reservation.record)).toEqual({ status: 'unknown' })
    expect(await world.certificates.live(card.person, 'signature', world.clock.now())).toBeNull()
  })

  test('a second reservation and a serial that is taken are conflicts', async () => {
    const application = await rows.notified(world, card)
    const first = await rows.reserved(world, application)
    expect(outcome(await world.issuances.reserve(actOf(world, 'certificate.reserve'), application.id, rows.reservationFor(world, application), rows.nothing))).toBe('CONFLICT')
    const other = await rows.notified(world, card, 'authentication')
    const reservation = rows.reservationFor(world, other)
    const sameSerial = { ...reservation, record: { ...reservation.record, issuer: first.record.issuer, serial: first.record.serial } }
    expect(outcome(await world.issuances.reserve(actOf(world, 'certificate.reserve'), other.id, sameSerial, rows.nothing))).toBe('CONFLICT')
    expect((await world.issuances.load(other.id))!.state).toBe('NOTIFIED')
    expect(outcome(await world.issuances.reserve(actOf(world, 'certificate.reserve'), other.id, { ...reservation, record: { ...reservation.record, serial: first.record.serial } }, rows.nothing))).toBe('OK')
  })

  test('nothing is reserved with items that are no longer the person’s, or for a municipality it left', async () => {
    const before = rows.resident(world)
    const application = await rows.notified(world, card)
    const event = { id: 'rev_1' as never, person: before.person, kind: 'items-change' as const, municipality: before.municipality!, occurredOn: before.items.birthDate, recordedAt: world.clock.now(), plannedOn: null, cardPresented: false, continuedUse: false, correction: null }
    ok(await world.residents.record(actOf(world, 'resident.record'), event, { ...before, version: 2, items: { ...before.items, name: '青海　花子' } }, rows.nothing))
    expect(await world.issuances.reserve(actOf(world, 'certificate.reserve'), application.id, rows.reservationFor(world, application), rows.nothing)).toMatchObject({ code: 'CONFLICT', field: 'items' })
    ok(await world.residents.record(actOf(world, 'resident.record'), { ...event, id: 'rev_2' as never, kind: 'move-out' }, { ...before, version: 3, municipality: null, state: 'MOVING' }, rows.nothing))
    expect(await world.issuances.reserve(actOf(world, 'certificate.reserve'), application.id, rows.reservationFor(world, application), rows.nothing)).toMatchObject({ code: 'CONFLICT', field: 'municipality' })
  })
})

describe('T2', () => {
  test('the first signature stored is the certificate, and both callers get it', async () => {
    const application = await rows.notified(world, card)
    const { record } = await rows.reserved(world, application)
    const first = ok(await complete(application.id, Uint8Array.of(1, 2, 3)))
    const second = ok(await complete(application.id, Uint8Array.of(9)))
    expect(second).toEqual(first)
    expect(first).toEqual({ ...record, der: Uint8Array.of(1, 2, 3), state: 'VALID' })
    expect((await world.issuances.load(application.id))!.state).toBe('ISSUED')
    expect(await world.issuances.reservation(application.id)).toBeNull()
    expect(await world.issuances.certificateOf(application.id)).toEqual(first)
    expect(await world.certificates.bySerial(first.issuer, first.serial)).toEqual(first)
    expect(await world.certificates.ofCard(card.id)).toEqual([first])
    expect(await statusOf(first)).toEqual({ status: 'good' })
    const [kept] = await world.db.select({ tbs: certificates.tbs, expected: certificates.expected }).from(certificates)
    expect(kept).toEqual({ tbs: null, expected: null })
  })

  test('a card that is not in use gets no certificate; the reservation waits', async () => {
    const application = await rows.notified(world, card)
    await rows.reserved(world, application)
    ok(await world.cards.changeState(actOf(world, 'card.suspend'), 'ACTIVE', { ...card, state: 'SUSPENDED' }))
    expect(await complete(application.id)).toMatchObject({ code: 'CARD_NOT_USABLE', state: 'SUSPENDED' })
    expect((await world.issuances.load(application.id))!.state).toBe('RESERVED')
    ok(await world.cards.changeState(actOf(world, 'card.resume'), 'SUSPENDED', card))
    expect(outcome(await complete(application.id))).toBe('OK')
  })

  test('an application that was never reserved cannot be completed', async () => {
    const application = await rows.notified(world, card)
    expect(outcome(await complete(application.id))).toBe('CONFLICT')
    expect(outcome(await complete('xap_0' as never))).toBe('NOT_FOUND')
  })

  test('the present certificate lapses as superseded in the same transaction', async () => {
    const present = await rows.issued(world, card)
    world.clock.advance(hour)
    const next = await rows.issued(world, card)
    expect(await world.certificates.load(present.id)).toMatchObject({ state: 'REVOKED', revocation: { ground: 'superseded', reason: 4, recordedAt: world.clock.now() } })
    expect(await world.certificates.live(card.person, 'signature', world.clock.now())).toEqual(next)
    expect(next.state).toBe('VALID')
  })

  test('a present certificate whose period ran out expires instead, and stands in nobody’s way', async () => {
    const today = dayOf(world.clock.now())
    const present = await rows.issued(world, card, 'signature', today)
    world.clock.set(startOf(addDays(today, 1)))
    const next = await rows.issued(world, card)
    expect(await world.certificates.load(present.id)).toMatchObject({ state: 'EXPIRED', revocation: null })
    expect((await world.certificates.live(card.person, 'signature', world.clock.now()))!.id).toBe(next.id)
  })

  test('delivery is dated once', async () => {
    const application = await rows.notified(world, card)
    await rows.reserved(world, application)
    ok(await complete(application.id))
    world.clock.advance(hour)
    expect(outcome(await world.issuances.deliver(actOf(world, 'certificate.deliver'), application.id, world.clock.now()))).toBe('OK')
    expect((await world.issuances.certificateOf(application.id))!.deliveredAt).toBe(world.clock.now())
    expect(outcome(await world.issuances.deliver(actOf(world, 'certificate.deliver'), application.id, world.clock.now()))).toBe('CONFLICT')
  })

  test('a reservation given up goes on the list: a signature may exist', async () => {
    const application = await rows.notified(world, card)
    const { record } = await rows.reserved(world, application)
    ok(await world.issuances.advance(actOf(world, 'certificate.abandon'), 'RESERVED', { ...application, state: 'ABANDONED' }))
    expect(await statusOf(record)).toEqual({ status: 'revoked', at: world.clock.now(), reason: null })
    expect((await world.crls.reserve(record.issuer, record.shard, world.clock.now())).entries).toEqual([{ serial: record.serial, at: world.clock.now(), reason: null }])
    expect(outcome(await complete(application.id))).toBe('CONFLICT')
  })
})

describe('live', () => {
  test('to the last second of the last day in Japan, and not a second more', async () => {
    const lastDay = addMonths(dayOf(world.clock.now()), 3)
    const record = await rows.issued(world, card, 'signature', lastDay)
    expect((await world.certificates.live(card.person, 'signature', endOf(lastDay)))?.id).toBe(record.id)
    expect(await world.certificates.live(card.person, 'signature', startOf(addDays(lastDay, 1)))).toBeNull()
    expect(await world.certificates.live(card.person, 'authentication', world.clock.now())).toBeNull()
  })
})

describe('revocation', () => {
  const now = () => world.clock.now()
  const revoke = (record: CertificateRecord, ground: Parameters<typeof revocation>[0]) => world.revocations.revoke(actOf(world, 'certificate.revoke'), record.id, revocation(ground, now(), now()))

  test('the first ground wins and keeps its instant', async () => {
    const record = await rows.issued(world, card)
    const first = revocation('key-leak', after(now(), -hour), now())
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), record.id, first))
    world.clock.advance(hour)
    expect(outcome(await revoke(record, 'holder-request'))).toBe('CONFLICT')
    expect((await world.certificates.load(record.id))!.revocation).toEqual(first)
    expect(await statusOf(record)).toEqual({ status: 'revoked', at: first.recordedAt, reason: 1 })
  })

  test('a hold becomes final with the final ground and the instant of the hold', async () => {
    const record = await rows.issued(world, card)
    const heldAt = now()
    ok(await revoke(record, 'temporary-stop'))
    expect(await world.certificates.load(record.id)).toMatchObject({ state: 'HELD', revocation: { ground: 'temporary-stop', reason: 6 } })
    expect((await world.certificates.live(card.person, 'signature', now()))?.state).toBe('HELD')
    expect(outcome(await revoke(record, 'temporary-stop'))).toBe('CONFLICT')
    world.clock.advance(24 * hour)
    ok(await revoke(record, 'holder-request'))
    expect(await world.certificates.load(record.id)).toMatchObject({ state: 'REVOKED', revocation: { ground: 'holder-request', reason: 5, recordedAt: heldAt, occurredAt: heldAt } })
  })

  test('what is not live cannot lapse: reserved, expired, unknown', async () => {
    const { record } = await rows.reserved(world, await rows.notified(world, card))
    expect(outcome(await revoke(record, 'holder-request'))).toBe('CONFLICT')
    const short = await rows.issued(world, card, 'authentication', dayOf(now()))
    world.clock.set(startOf(addDays(dayOf(now()), 1)))
    expect(outcome(await revoke(short, 'holder-request'))).toBe('CONFLICT')
    expect(outcome(await revoke({ ...record, id: 'crt_0' as never }, 'holder-request'))).toBe('CONFLICT')
  })

  test('a CA incident lapses everything of that key, reservations too, and nothing of another', async () => {
    const signing = await rows.issued(world, card)
    const authentication = await rows.issued(world, card, 'authentication')
    const second = await rows.deliveredCard(world, world.persona('taro').person)
    const { record: waiting } = await rows.reserved(world, await rows.notified(world, second))
    const issuer = world.authorities.current('signature').keyId
    expect(await world.revocations.revokeAllOf(actOf(world, 'certificate.revoke', { subject: issuer }), issuer, revocation('ca-incident', now(), now()))).toBe(1)
    expect((await statusOf(signing)).status).toBe('revoked')
    expect((await statusOf(waiting)).status).toBe('revoked')
    expect((await statusOf(authentication)).status).toBe('good')
  })

  test('a status is about issuer and serial: the same serial under the other key is unknown', async () => {
    const record = await rows.issued(world, card)
    expect(await statusOf({ ...record, issuer: world.authorities.current(caOf('authentication')).keyId })).toEqual({ status: 'unknown' })
  })
})

test('the tables themselves refuse a valid certificate without octets and a lapse without a ground', async () => {
  const record = await rows.issued(world, card)
  for (const broken of [{ der: null }, { state: 'REVOKED' as const }, { abandonedAt: world.clock.now() }, { ground: 'key-leak' as const }, { personal: null }, { sha256: null }]) {
    await expect(world.db.update(certificates).set(broken).where(eq(certificates.id, record.id)), JSON.stringify(broken)).rejects.toMatchObject({ cause: { code: '23514' } })
  }
})

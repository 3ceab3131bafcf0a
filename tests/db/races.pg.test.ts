/**
 * What must hold when many do the same at once, on a real server: an embedded database has one connection and proves
 * nothing here. Each test says the exact end state, whatever the order.
 */
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { settle, withEvent } from '../../core/law/card/deadline.ts'
import { newId } from '../../core/law/ids.ts'
import { superseded } from '../../core/law/certificate/issuance.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { answerFor } from '../../core/law/certificate/status.ts'
import { auditLeaves } from '../../db/tables/audit.ts'
import { cardSpace } from '../../db/tables/space.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome } from './rows.ts'
import { at, cardInUse, closeScene, many, n, openScene, person, tally, world } from './races-scene.ts'

beforeAll(openScene)
afterAll(closeScene)

test('applying for a card: one of 64 is taken', async () => {
  const who = await person()
  const outcomes = await many(n, async () => outcome(await world.cardApplications.create(actOf(world, 'card.apply'), rows.cardApplication(world, who))))
  expect(tally(outcomes)).toEqual({ APPLICATION_OPEN: 63, OK: 1 })
  expect(await world.cardApplications.ofPerson(who)).toHaveLength(1)
})

test('one request sent 64 times under one key has one effect and one leaf', async () => {
  const who = await person()
  const act = actOf(world, 'card.apply', { subject: `repeat ${who}` })
  const application = rows.cardApplication(world, who)
  const outcomes = await many(n, async () => outcome(await world.cardApplications.create(act, application)))
  expect(tally(outcomes)).toEqual({ CONFLICT: 63, OK: 1 })
  expect(await world.acts.find(act)).toEqual({ subject: act.subject, same: true })
  expect(await world.db.$count(auditLeaves, eq(auditLeaves.subject, act.subject))).toBe(1)
})

test('applying for a certificate: one per kind', async () => {
  const card = await cardInUse()
  const outcomes = await many(n, async (i) => outcome(await world.issuances.create(actOf(world, 'certificate.apply'), rows.certificateApplication(world, card, i % 2 === 0 ? 'signature' : 'authentication'))))
  expect(tally(outcomes)).toEqual({ APPLICATION_OPEN: 62, OK: 2 })
  expect((await world.issuances.ofCard(card.id)).map((a) => a.kind).sort()).toEqual(['authentication', 'signature'])
})

test('64 issuers of one application: one reservation, one certificate, the same octets for all', async () => {
  const card = await cardInUse()
  const application = await rows.notified(world, card)
  const reservations = await many(n, async () => outcome(await world.issuances.reserve(actOf(world, 'certificate.reserve', { key: null }), application.id, rows.reservationFor(world, application), rows.nothing)))
  expect(tally(reservations)).toEqual({ CONFLICT: 63, OK: 1 })
  const act = actOf(world, 'certificate.issue', { key: null, subject: application.id })
  const completed = await many(n, async (i) => ok(await world.issuances.complete(act, application.id, Uint8Array.of(i), superseded(at()))))
  expect(new Set(completed.map((c) => `${c.id} ${Buffer.from(c.der).toString('hex')}`)).size).toBe(1)
  expect(await world.certificates.ofCard(card.id)).toEqual([completed[0]])
  expect(await world.db.$count(auditLeaves, sql`${auditLeaves.subject} = ${application.id} and ${auditLeaves.kind} = 'certificate.issue'`)).toBe(1)
})

test('a card that ends while its certificate is stored: never a valid certificate on an ended card, never a deadlock', async () => {
  const results = await many(24, async () => {
    const card = await cardInUse()
    const application = await rows.notified(world, card)
    const { record } = await rows.reserved(world, application)
    const like = world.personas.find((p) => p.person === card.person)!.resident
    const event = { id: newId('residentEvent', at(), world.random), person: card.person, kind: 'death' as const, municipality: like.municipality!, occurredOn: card.madeOn, recordedAt: at(), plannedOn: null, cardPresented: false, continuedUse: false, correction: null }
    const [issue, died] = await Promise.all([
      world.issuances.complete(actOf(world, 'certificate.issue', { key: null }), application.id, rows.derOf(application.id), superseded(at())),
      world.residents.record(actOf(world, 'resident.record'), event, { ...like, version: 2, municipality: null, state: 'DECEASED' }, (standing) => settle(withEvent(standing, event), at())),
    ])
    expect(outcome(died)).toBe('OK')
    expect((await world.cards.load(card.id))!.state).toBe('LAPSED')
    expect(answerFor(await world.statuses.find(record.issuer, record.serial)).status).toBe('revoked')
    expect(await world.certificates.live(card.person, 'signature', at())).toBeNull()
    // Either it was stored first and lapsed with the event, or the event came first and it was never a certificate.
    expect((await world.certificates.load(record.id))!.state).toBe(isRefusal(issue) ? 'ABANDONED' : 'REVOKED')
    return outcome(issue)
  })
  expect(results.every((r) => ['OK', 'CARD_NOT_USABLE', 'CONFLICT'].includes(r)), JSON.stringify(tally(results))).toBe(true)
})

test('32 successors at once: one certificate is live', async () => {
  const card = await cardInUse()
  await rows.issued(world, card)
  const application = await rows.notified(world, card)
  await rows.reserved(world, application)
  await many(32, async () => world.issuances.complete(actOf(world, 'certificate.issue', { key: null }), application.id, rows.derOf(application.id), superseded(at())))
  expect((await world.certificates.ofCard(card.id)).map((c) => c.state).sort()).toEqual(['REVOKED', 'VALID'])
})

test('revoking: the first ground wins, whoever comes first', async () => {
  const record = await rows.issued(world, await cardInUse())
  const grounds = ['holder-request', 'key-leak', 'record-error', 'discarded-before-delivery'] as const
  const outcomes = await many(n, async (i) => {
    const lapse = revocation(grounds[i % 4]!, at(), at())
    return { lapse, outcome: outcome(await world.revocations.revoke(actOf(world, 'certificate.revoke'), record.id, lapse)) }
  })
  const [winner] = outcomes.filter((o) => o.outcome === 'OK')
  expect(tally(outcomes.map((o) => o.outcome))).toEqual({ CONFLICT: 63, OK: 1 })
  expect((await world.certificates.load(record.id))!.revocation).toEqual(winner!.lapse)
})

test('events of one person: each version is taken once', async () => {
  const who = await person()
  const like = (await world.residents.load(who))!
  const outcomes = await many(n, async (i) => {
    const event = { id: newId('residentEvent', at(), world.random), person: who, kind: 'minor-correction' as const, municipality: like.municipality!, occurredOn: like.items.birthDate, recordedAt: at(), plannedOn: null, cardPresented: false, continuedUse: false, correction: null }
    return outcome(await world.residents.record(actOf(world, 'resident.record'), event, { ...like, version: 2, items: { ...like.items, address: `${like.items.address}${i}` } }, rows.nothing))
  })
  expect(tally(outcomes)).toEqual({ CONFLICT: 63, OK: 1 })
  expect((await world.residents.load(who))!.version).toBe(2)
})

test('publishers of a list: numbers rise, the largest stays, and no lapse is lost between them', async () => {
  const records = await many(16, async () => rows.issued(world, await cardInUse()))
  const { issuer, shard } = records[0]!
  const seen = new Map<bigint, number>()
  const publisher = async (): Promise<void> => {
    const { number, entries } = await world.crls.reserve(issuer, shard, at())
    expect(seen.has(number)).toBe(false)
    seen.set(number, entries.length)
    await world.crls.publish(actOf(world, 'crl.publish', { key: null }), { issuer, shard, number, der: Uint8Array.from(Buffer.from(String(entries.length))), thisUpdate: at(), nextUpdate: at() + 48 * 3_600_000 as never })
  }
  await Promise.all([
    ...records.map(async (record) => ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), record.id, revocation('key-leak', at(), at())))),
    many(48, publisher),
  ])
  const byNumber = [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entries]) => entries)
  expect(byNumber).toEqual([...byNumber].sort((a, b) => a - b))
  const latest = (await world.crls.latest(issuer, shard))!
  expect(latest.number).toBe([...seen.keys()].reduce((a, b) => (a > b ? a : b)))
  // Whatever came after the last list is still owed.
  const owed = (await world.crls.due(at())).some((d) => d.issuer === issuer && d.shard === shard)
  const { entries } = await world.crls.reserve(issuer, shard, at())
  expect(owed).toBe(Number(Buffer.from(latest.der)) < entries.length)
  expect(records.every((r) => entries.some((e) => e.serial === r.serial))).toBe(true)
})

test('orders to one card: 64 counters, each once, without a gap; one signature each', async () => {
  const card = await cardInUse()
  const orders = await many(n, async () => ok(await world.orders.request(actOf(world, 'order.request'), rows.orderTo(world, card))))
  expect(orders.map((o) => o.counter).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i + 1))
  const signed = await many(n, async (i) => outcome(await world.orders.sign(actOf(world, 'order.sign', { key: null }), orders[0]!.id, { order: Uint8Array.of(1), signature: Uint8Array.of(i) })))
  expect(tally(signed)).toEqual({ CONFLICT: 63, OK: 1 })
})

test('the last octets of a card: as many areas as fit, and not one more', async () => {
  const card = await cardInUse()
  const grants = await many(n, () => rows.approvedGrant(world, { quota: { code: 0, data: 1000, volatile: 10 } }))
  const outcomes = await many(n, async (i) => {
    const order = rows.orderTo(world, card)
    const grant = grants[i]!
    return outcome(await world.installations.install(actOf(world, 'area.install'), { id: newId('installation', at(), world.random), grant: grant.id, card: card.id, state: 'ORDERED', order: order.id, quota: grant.quota }, order, { code: 0, data: 8_192, volatile: 1_024 }))
  })
  expect(tally(outcomes)).toEqual({ NO_SPACE: 56, OK: 8 })
  const [space] = await world.db.select().from(cardSpace).where(eq(cardSpace.card, card.id))
  expect(space).toMatchObject({ reservedData: 8_000, reservedVolatile: 80 })
  expect(await world.installations.onCard(card.id)).toHaveLength(8)
})

test('an AID is given once', async () => {
  const outcomes = await many(n, async () => outcome(await world.grants.request(actOf(world, 'grant.request'), rows.grant(world, { aid: 'F0AABBCCDDEE' }))))
  expect(tally(outcomes)).toEqual({ CONFLICT: 63, OK: 1 })
})

test('a chip is saved by one of those who read it; a token is taken once', async () => {
  await world.chips.create('123456789012345', Uint8Array.of(0))
  const saved = await many(n, (i) => world.chips.save('123456789012345', 1, Uint8Array.of(i)))
  expect(saved.filter((s) => s)).toHaveLength(1)
  expect(await world.chips.load('123456789012345')).toEqual({ sealed: Uint8Array.of(saved.indexOf(true)), version: 2 })
  const taken = await many(n, () => world.seenTokens.take('bank', 'jti-1', (at() + 60_000) as never, at()))
  expect(taken.filter((t) => t)).toHaveLength(1)
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import type { Officer } from '../../core/law/actor.ts'
import { printApplicationForm } from '../../core/law/card/application.ts'
import { applyForCard, sendNotice, shipCard, startProduction, type Card } from '../../core/law/card/card.ts'
import { handOver } from '../../core/law/card/hand-over.ts'
import { addCardNote, readNotes, reportCardLost, returnCard } from '../../core/law/card/holding.ts'
import { newId, type IdempotencyKey } from '../../core/law/ids.ts'
import { myNumberReadings, readMyNumber } from '../../core/law/person/my-number.ts'
import { addDays, addMonths, dayOf, hour, legalDate } from '../../core/law/time.ts'
import { defaultPace } from '../../core/law/consent/frequency.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { ok, outcome } from './rows.ts'

let world: TestWorld
let card: Card
let counter: Officer
let agency: Officer
let keys = 0
const key = () => `holding-${keys++}-key` as IdempotencyKey
beforeEach(async () => {
  world = await testWorld()
  card = await rows.deliveredCard(world, rows.resident(world).person)
  counter = { kind: 'officer', officer: newId('officer', world.clock.now(), world.random), role: 'municipal', municipality: card.municipality, scopes: new Set(['card', 'my_number']) }
  agency = { ...counter, role: 'agency', municipality: null }
})
afterEach(() => world.close())

describe('the end of a card', () => {
  test.each([['returned', 'LAPSED', returnCard], ['lost', 'ABOLISHED', reportCardLost]] as const)('番号法施行令 第14条–第15条: %s takes its certificates and open applications with it, in one act, for good', async (ground, state, act) => {
    const signature = await rows.issued(world, card)
    const open = await rows.notified(world, card, 'authentication')
    world.clock.advance(hour)
    const input = { card: card.id, idempotencyKey: key() }
    expect(await act(world, counter, input)).toMatchObject({ state, end: { ground, at: world.clock.now() } })
    expect((await world.certificates.load(signature.id))!.revocation).toMatchObject({ ground: 'card-lapsed', reason: 5, recordedAt: world.clock.now() })
    expect(await world.issuances.load(open.id)).toMatchObject({ state: 'ABANDONED', refusedFor: 'card-lapsed' })
    expect(outcome(await act(world, counter, input))).toBe('OK')
    expect(outcome(await act(world, counter, { ...input, idempotencyKey: key() }))).toBe('WRONG_STATE')
    expect(outcome(await world.cards.changeState(rows.actOf(world, 'card.resume'), 'SUSPENDED', { ...card, state: 'ACTIVE' }))).toBe('CONFLICT')
  })

  test('whoever gets a new card gives the old one back, and its certificates lapse; the new one stays', async () => {
    const signature = await rows.issued(world, card)
    for (let line = 1; line <= 4; line++) ok(await addCardNote(world, counter, { card: card.id, text: `見本町${line}`, idempotencyKey: key() }))
    world.clock.advance(hour)
    const special = { ground: 'no-note-space', on: dayOf(world.clock.now()) } as const
    const application = ok(await applyForCard(world, counter, { person: card.person, channel: 'counter', special, idempotencyKey: key() }))
    expect(await world.cardApplications.load(application.id)).toEqual(application)
    const id = { application: application.id }
    const made = ok(await startProduction(world, agency, { ...id, idempotencyKey: key() })).card
    ok(await shipCard(world, agency, { ...id, attestationKey: new Uint8Array(91), idempotencyKey: key() }))
    ok(await sendNotice(world, counter, { ...id, idempotencyKey: key() }))
    const proxy = { relation: 'chosen', reason: 'illness', proof: 'power-of-attorney', documents: ['passport'] } as const
    const delivered = ok(await handOver(world, counter, { ...id, documents: ['passport'], pinsSetBy: 'officer', proxy, idempotencyKey: key() }))
    expect(await world.cardApplications.load(application.id)).toEqual(delivered)
    expect(delivered.handOver?.proxy).toEqual(proxy)
    expect((await world.cards.ofPerson(card.person)).map(({ id, state, end }) => [id === made.id, state, end?.ground ?? null]).toSorted()).toEqual([[false, 'LAPSED', 'returned'], [true, 'ACTIVE', null]])
    expect((await world.certificates.load(signature.id))!.revocation?.ground).toBe('card-lapsed')
  })
})

test('追記欄: lines come back in order, with their days; a line is written once', async () => {
  ok(await addCardNote(world, counter, { card: card.id, text: '𠮷野町1　辻󠄀', idempotencyKey: key() }))
  const again = { card: card.id, text: '見本町2', idempotencyKey: key() }
  ok(await addCardNote(world, counter, again))
  ok(await addCardNote(world, counter, again))
  expect(ok(await readNotes(world, counter, card.id))).toMatchObject({ left: 2, notes: [{ line: 1, text: '𠮷野町1　辻󠄀', addedOn: dayOf(world.clock.now()) }, { line: 2, text: '見本町2' }] })
  const note = { card: card.id, line: 2, text: 'x', addedOn: dayOf(world.clock.now()), recordedAt: world.clock.now(), officer: 'ofc_1' }
  expect(outcome(await world.cardNotes.add(rows.actOf(world, 'card.note'), note))).toBe('CONFLICT')
  ok(await world.cards.changeState(rows.actOf(world, 'card.suspend'), 'ACTIVE', { ...card, state: 'SUSPENDED' }))
  expect(outcome(await world.cardNotes.add(rows.actOf(world, 'card.note'), { ...note, line: 3 }))).toBe('CONFLICT')
})

test('申請書: a form is kept as it was printed, and printed once for a key', async () => {
  const input = { person: card.person, idempotencyKey: key() }
  const form = ok(await printApplicationForm(world, counter, input))
  expect(await world.cardApplications.form(form.id)).toEqual(form)
  expect(await printApplicationForm(world, counter, input)).toEqual(form)
  expect(outcome(await world.cardApplications.printForm(rows.actOf(world, 'card.print-form'), form))).toBe('CONFLICT')
})

test('番号法 第9条: attempts to read a number are kept, refused ones too, by body; no row anywhere could hold one', async () => {
  ok(await readMyNumber(world, counter, { card: card.id, use: 'tax', outcome: 'READ', idempotencyKey: key() }))
  const input = { card: card.id, use: 'on-behalf', outcome: 'READ', idempotencyKey: key() } as const
  expect([outcome(await readMyNumber(world, counter, input)), outcome(await readMyNumber(world, counter, input))]).toEqual(['LEGAL_USE_MISSING', 'LEGAL_USE_MISSING'])
  expect(ok(await myNumberReadings(world, counter, 10)).map(({ use, result }) => [use, result]).toSorted()).toEqual([['on-behalf', 'NOT_ENTITLED'], ['tax', 'READ']])
  expect(ok(await myNumberReadings(world, agency, 10))).toEqual([])
  const columns = (await world.db.execute(sql`select column_name from information_schema.columns where table_name = 'my_number_readings'`)) as unknown as { rows: { column_name: string }[] }
  expect(columns.rows.map((row) => row.column_name).toSorted()).toEqual(['at', 'body', 'card', 'id', 'officer', 'result', 'use'])
})

test('公的個人認証法 第40条: counts by municipality, and the ledger of what went out', async () => {
  expect(await world.counts.byMunicipality(world.clock.now())).toEqual([{ municipality: card.municipality, applicationsReceived: 1, cardsDelivered: 1, cardsHeld: 1 }])
  const certificate = await rows.issued(world, card)
  const consent = await rows.consentInForce(world, certificate)
  const today = dayOf(world.clock.now())
  const entry = { id: newId('release', world.clock.now(), world.random), at: world.clock.now(), partner: consent.partner, consent: consent.id, purpose: consent.purpose, person: consent.person, items: consent.items, outcome: 'CONSENT_NOT_IN_FORCE' as const, requestId: 'r' }
  await world.releases.refused(rows.actOf(world, 'release.refuse', { key: null }), entry, rows.why(world, entry))
  expect(await world.counts.ledger(legalDate('2026-01-01'), addMonths(today, 1))).toEqual([])
  const { inForce } = await import('../../core/law/consent/disclosure.ts')
  const given = { ...entry, id: newId('release', world.clock.now(), world.random), outcome: 'RELEASED' as const }
  ok(await world.releases.release(rows.actOf(world, 'release.give', { key: null }), inForce(consent, world.clock.now())!, certificate.id, given, rows.why(world, given), defaultPace))
  expect(await world.counts.ledger(legalDate('2026-01-01'), addMonths(today, 1))).toEqual([{ recipient: '見本銀行', on: today, provision: 'four-information', method: 'API', count: 1 }])
  expect(await world.counts.ledger(addDays(today, 1), addMonths(today, 1))).toEqual([])
})

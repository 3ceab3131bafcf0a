/** Erasure with proof: on the day after the last day of keeping, not before; what is referred to waits; the account of signatures stays whole. */
import { createHash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eraseRecords } from '../../core/law/record/erasure.ts'
import { tallyNow } from '../../core/law/record/ledger.ts'
import { dutyOn, erasableThrough, retention, type RecordKind } from '../../core/law/record/retention.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { newId } from '../../core/law/ids.ts'
import { readMyNumber } from '../../core/law/person/my-number.ts'
import { addDays, addMonths, dayOf, endOf, legalDate, startOf } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok } from './rows.ts'

let world: TestWorld
beforeEach(async () => { world = await testWorld() }, 60_000)
afterEach(() => world.close())

const count = async (table: string): Promise<number> => ((await world.db.execute(sql.raw(`select count(*)::int as n from ${table}`))) as unknown as { rows: { n: number }[] }).rows[0]!.n
const proofs = async () => ((await world.db.execute(sql`select facts from audit_leaves where kind = 'retention.erase' order by id`)) as unknown as { rows: { facts: { record: string; basis: string; count: number; through: string; digest: string } }[] }).rows.map((r) => r.facts)
const card = () => rows.deliveredCard(world, rows.resident(world).person)

test('the last day that may go is the last one the law does not keep', () => {
  for (const kind of Object.keys(retention) as RecordKind[]) {
    for (let day = legalDate('2040-02-26'); day <= legalDate('2040-03-03'); day = addDays(day, 1)) {
      const through = erasableThrough(kind, day)
      if (retention[kind].period.kind === 'erase-at-once') expect([kind, through]).toEqual([kind, day])
      else expect([kind, day, dutyOn(kind, through!, day), dutyOn(kind, addDays(through!, 1), day)]).toEqual([kind, day, 'free', 'keep'])
    }
  }
})

describe('certificates (発行記録)', () => {
  test('ten years from the day after expiry: kept on the last day, gone on the next, with a proof that names them', async () => {
    const record = await rows.issued(world, await card(), 'signature', legalDate('2031-03-31'))
    const kept = { ...world, clock: { now: () => endOf(legalDate('2041-03-31')) } }
    expect(await eraseRecords(kept, 100)).toBe(0)
    expect(await count('certificates')).toBe(1)
    const before = (await tallyNow(world)).find((t) => t.key === record.issuer)!
    expect(await eraseRecords({ ...world, clock: { now: () => startOf(legalDate('2041-04-01')) } }, 100)).toBe(1)
    expect(await count('certificates')).toBe(0)
    expect(await proofs()).toEqual([{ record: 'issuance-record', basis: retention['issuance-record'].basis, count: 1, through: '2031-03-31', digest: createHash('sha256').update(record.id).digest('hex').toUpperCase() }])
    expect((await tallyNow(world)).find((t) => t.key === record.issuer)).toEqual(before)
    expect(await count('erasures')).toBe(1)
  })

  test('one that a consent refers to waits', async () => {
    await rows.consentInForce(world, await rows.issued(world, await card(), 'signature', legalDate('2031-03-31')))
    expect(await eraseRecords({ ...world, clock: { now: () => startOf(legalDate('2041-04-01')) } }, 100)).toBe(0)
    expect(await count('certificates')).toBe(1)
  })
})

test('lists (失効情報ファイル): ten years, and never the newest', async () => {
  const record = await rows.issued(world, await card())
  for (let i = 0; i < 2; i++) {
    const { number } = await world.crls.reserve(record.issuer, record.shard, world.clock.now())
    ok(await world.crls.publish(actOf(world, 'crl.publish', { key: null }), { issuer: record.issuer, shard: record.shard, number, der: Uint8Array.of(i), thisUpdate: world.clock.now(), nextUpdate: (world.clock.now() + 3_600_000) as never }))
    world.clock.advance(1_000)
  }
  const made = dayOf(world.clock.now())
  expect(await count('crls')).toBe(2)
  expect(await eraseRecords({ ...world, clock: { now: () => endOf(legalDate('2036-04-01')) } }, 100)).toBe(0)
  expect(made).toBe('2026-04-01')
  expect(await eraseRecords({ ...world, clock: { now: () => startOf(legalDate('2036-04-02')) } }, 100)).toBe(1)
  expect((await world.crls.latest(record.issuer, record.shard))!.der).toEqual(Uint8Array.of(1))
})

test('applications (申請書): fifteen years; not that of a card in use, nor that of a certificate that is still kept', async () => {
  const held = await card()
  await rows.issued(world, held, 'signature', legalDate('2036-03-31'))
  const on = (day: string) => ({ ...world, clock: { now: () => startOf(legalDate(day)) } })
  expect(await eraseRecords(on('2041-04-02'), 100)).toBe(0)
  ok(await world.cards.changeState(actOf(world, 'card.return'), 'ACTIVE', { ...held, state: 'LAPSED', end: { ground: 'expired', at: world.clock.now() } }))
  expect(await eraseRecords(on('2041-04-01'), 100)).toBe(0)
  expect(await eraseRecords(on('2041-04-02'), 100)).toBe(1)
  expect([await count('card_applications'), await count('certificate_applications')]).toEqual([0, 1])
  expect(await eraseRecords(on('2046-04-01'), 100)).toBe(2)
  expect([await count('certificates'), await count('certificate_applications')]).toEqual([0, 0])
})

describe('the other kinds', () => {
  const at = (day: string) => ({ ...world, clock: { now: () => startOf(legalDate(day)) } })
  const proofOf = async (record: string) => (await proofs()).filter((proof) => proof.record === record).map(({ count: n, basis, through }) => [n, basis, through])

  test('失効情報: until the certificate expires, and no longer than a yearly report counts it; the issuance record stays', async () => {
    const certificate = await rows.issued(world, await card(), 'signature', legalDate('2031-03-31'))
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('holder-request', world.clock.now(), world.clock.now())))
    await eraseRecords(at('2031-03-31'), 100)
    expect((await world.certificates.load(certificate.id))!.revocation?.ground).toBe('holder-request')
    await eraseRecords(at('2031-04-01'), 100)
    expect(await world.certificates.load(certificate.id)).toMatchObject({ state: 'EXPIRED', revocation: null })
    expect(await proofOf('revocation-entry')).toEqual([[1, retention['revocation-entry'].basis, '2031-03-31']])
  })

  test('同意: ten years after its end; what was given under it, and its sealed record, first', async () => {
    const consent = await rows.consentInForce(world, await rows.issued(world, await card(), 'signature', legalDate('2031-03-31')))
    const now = world.clock.now()
    const entry = { id: newId('release', now, world.random), at: now, partner: consent.partner, consent: consent.id, purpose: consent.purpose, person: consent.person, items: ['name'] as const, outcome: 'CONSENT_NOT_IN_FORCE' as const, requestId: 'r' }
    await world.releases.refused(actOf(world, 'release.refuse', { key: null }), entry, rows.why(world, entry))
    const end = dayOf(consent.until)
    const last = addMonths(end, 120)
    await eraseRecords(at(last), 100)
    expect([await count('access_log'), await count('consents')]).toEqual([1, 1])
    for (const left of [1, 0]) {
      await eraseRecords(at(addDays(last, 1)), 100)
      expect([await count('access_log'), await count('consents')]).toEqual([0, left])
    }
    expect(await proofOf('consent')).toEqual([[2, retention.consent.basis, end], [1, retention.consent.basis, end]])
  })

  test('個人番号の利用の記録: seven years; 情報提供状況の報告: five after the report; 受領した情報: gone when the service ends', async () => {
    const held = await card()
    const clerk = { kind: 'officer', officer: 'ofc_m', role: 'municipal', municipality: held.municipality, scopes: new Set(['my_number']) } as never
    ok(await readMyNumber(world, clerk, { card: held.id, use: 'tax', outcome: 'READ', idempotencyKey: 'key-of-erasure' as never }))
    const certificate = await rows.issued(world, held, 'signature', legalDate('2031-03-31'))
    await world.db.execute(sql`insert into lapse_sightings (partner, certificate, at) values (${seededPartnerIds.ended}, ${certificate.id}, 1), (${seededPartnerIds.bank}, ${certificate.id}, 1)`)
    await world.db.execute(sql`insert into provision_counts (day, recipient, provision, method, count) values ('2026-05-05', 'x', 'four-information', 'API', 1)`)
    await eraseRecords(world, 100)
    expect((await world.db.execute(sql`select partner from lapse_sightings`) as unknown as { rows: unknown[] }).rows).toEqual([{ partner: seededPartnerIds.bank }])
    await eraseRecords(at('2032-12-31'), 100)
    expect([await count('my_number_readings'), await count('provision_counts')]).toEqual([1, 1])
    await eraseRecords(at('2033-04-01'), 100)
    expect([await count('my_number_readings'), await count('provision_counts')]).toEqual([1, 0])
    await eraseRecords(at('2033-04-02'), 100)
    expect([await count('my_number_readings'), await count('provision_counts')]).toEqual([0, 0])
    expect([await proofOf('my-number-log'), (await proofOf('yearly-report')).length, (await proofOf('received-by-verifier')).length]).toEqual([[[1, retention['my-number-log'].basis, '2026-04-01']], 1, 2])
  })
})

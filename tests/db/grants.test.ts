/** What time, moves, repeals and receipts do to grants and areas, on the embedded database. */
import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Officer } from '../../core/law/actor.ts'
import type { Grant } from '../../core/law/space/basis.ts'
import { driftOf } from '../../core/law/space/drift.ts'
import { approveGrant, endGrant, reachOfOrdinance, repealOrdinance, resumeGrant, suspendGrant } from '../../core/law/space/decision.ts'
import { readRadius, requestGrant, sweepGrants, warningOn } from '../../core/law/space/grant.ts'
import { municipalityCode, newId, type IdempotencyKey, type OfficerId } from '../../core/law/ids.ts'
import { orderArea, orderInstallation, readInstallation, type Installation } from '../../core/law/space/slot.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { addDays, endOf, hour, legalDate, startOf } from '../../core/law/time.ts'
import { cards } from '../../db/tables/cards.ts'
import { cardSpace, spaceShares } from '../../db/tables/space.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome } from './rows.ts'

let world: TestWorld
beforeEach(async () => { world = await testWorld() }, 60_000)
afterEach(() => world.close())

const key = (): IdempotencyKey => randomUUID() as string as IdempotencyKey
const agency = (n = 1): Officer => ({ kind: 'officer', officer: `ofc_a${n}` as OfficerId, role: 'agency', municipality: null, scopes: new Set(['area', 'area:approve']) })
const home = (): Officer => ({ kind: 'officer', officer: 'ofc_m' as OfficerId, role: 'municipal', municipality: rows.resident(world).municipality, scopes: new Set(['area']) })
const elsewhere = municipalityCode('011002')
const hanako = () => rows.resident(world).person

async function asked(over: Partial<Grant> = {}): Promise<Grant> {
  const grant = rows.grant(world, over)
  ok(await world.grants.request(actOf(world, 'grant.request'), grant))
  return grant
}
const approve = async (over: Partial<Grant> = {}): Promise<Grant> => ok(await approveGrant(world, agency(), { grant: (await asked(over)).id, idempotencyKey: key() }))

async function installedOn(card: Awaited<ReturnType<typeof rows.deliveredCard>>, grant: Grant): Promise<Installation> {
  const order = rows.orderTo(world, card)
  const installation: Installation = { id: newId('installation', world.clock.now(), world.random), grant: grant.id, card: card.id, state: 'ORDERED', order: order.id, quota: grant.quota }
  ok(await world.installations.install(actOf(world, 'area.install'), installation, order, world.settings.freeSpace))
  ok(await world.orders.sign(actOf(world, 'order.sign'), order.id, { order: Uint8Array.of(1), signature: Uint8Array.of(1) }))
  ok(await world.installations.settle(actOf(world, 'area.confirm'), installation.id, 'INSTALLED', { order: order.id, outcome: 'DONE', receipt: Uint8Array.of(1) }))
  return { ...installation, state: 'INSTALLED' }
}
const shares = async () => Object.fromEntries((await world.db.select().from(spaceShares)).map((s) => [s.share, s.reservedData]))
const stateOf = async (i: Installation) => (await world.installations.load(i.id))!.state
const sweep = () => sweepGrants(world, 100)

describe('time', () => {
  test('a request lives 72 hours: to the last moment it can be approved, then it lapses', async () => {
    const [late, inTime] = [await asked(), await asked()]
    world.clock.advance(72 * hour)
    ok(await approveGrant(world, agency(), { grant: inTime.id, idempotencyKey: key() }))
    expect(await sweep()).toEqual({ lapsed: 0, expired: 0, warned: 0 })
    world.clock.advance(1)
    expect(outcome(await approveGrant(world, agency(), { grant: late.id, idempotencyKey: key() }))).toBe('DECISION_EXPIRED')
    expect(await sweep()).toEqual({ lapsed: 1, expired: 0, warned: 0 })
    expect(await world.grants.load(late.id)).toMatchObject({ state: 'ENDED', endedFor: 'not-approved-in-time' })
  })

  test('the first of two is forgotten after 72 hours', async () => {
    const grant = await approve()
    ok(await suspendGrant(world, agency(), { grant: grant.id, idempotencyKey: key() }))
    ok(await resumeGrant(world, agency(1), { grant: grant.id, idempotencyKey: key() }))
    world.clock.advance(72 * hour + 1)
    expect(ok(await resumeGrant(world, agency(2), { grant: grant.id, idempotencyKey: key() }))).toMatchObject({ state: 'SUSPENDED', pending: { officer: 'ofc_a2' } })
    expect(ok(await resumeGrant(world, agency(1), { grant: grant.id, idempotencyKey: key() }))).toMatchObject({ state: 'APPROVED', pending: null })
  })

  test('warned of once each 90, 30 and 7 days before the end; suspended the day after it', async () => {
    const grant = await approve({ validUntil: legalDate('2026-12-31') })
    const seen: (readonly [string, number | null, string])[] = []
    for (let day = addDays(grant.validUntil, -92); day <= addDays(grant.validUntil, 2); day = addDays(day, 1)) {
      world.clock.set(startOf(day))
      await sweep()
      const now = (await world.grants.load(grant.id))!
      if (seen.at(-1)?.[1] !== now.warned || seen.at(-1)?.[2] !== now.state) seen.push([day, now.warned, now.state])
    }
    expect(seen).toEqual([
      ['2026-09-30', null, 'APPROVED'], ['2026-10-02', 90, 'APPROVED'], ['2026-12-01', 30, 'APPROVED'], ['2026-12-24', 7, 'APPROVED'], ['2027-01-01', 7, 'SUSPENDED'],
    ])
    expect(await world.grants.load(grant.id)).toMatchObject({ suspendedFor: 'expired' })
    expect(await sweep()).toEqual({ lapsed: 0, expired: 0, warned: 0 })
    expect(outcome(await resumeGrant(world, agency(), { grant: grant.id, idempotencyKey: key() }))).toBe('LEGAL_BASIS_MISSING')
  })

  test('which warning is due: the nearest that has come', () => {
    const until = legalDate('2026-12-31')
    expect([-91, -90, -31, -30, -8, -7, 0].map((days) => warningOn(until, addDays(until, days)))).toEqual([null, 90, 90, 30, 30, 7, 7])
  })
})

describe('ends', () => {
  test('what was seen must be what is; the area stays on the chip until it is removed, and its share is taken until then', async () => {
    const card = await rows.deliveredCard(world, hanako())
    const grant = await approve()
    const other = await approve({ quota: { code: 0, data: 500, volatile: 0 }, records: { count: 4, size: 100 } })
    const installation = await installedOn(card, grant)
    expect(ok(await readRadius(world, agency(), grant.id))).toEqual({ installations: 1, cards: 1 })
    expect(await endGrant(world, agency(1), { grant: grant.id, seen: { installations: 0, cards: 0 }, idempotencyKey: key() })).toMatchObject({ code: 'CONFLICT', field: 'seen' })
    for (const n of [1, 2]) ok(await endGrant(world, agency(n), { grant: grant.id, seen: { installations: 1, cards: 1 }, idempotencyKey: key() }))
    expect([await stateOf(installation), await shares()]).toEqual(['ENDING', { [grant.municipality!]: 1_500 }])
    const order = rows.orderTo(world, card)
    ok(await world.installations.reorder(actOf(world, 'area.remove'), installation.id, ['ENDING'], order))
    ok(await world.orders.sign(actOf(world, 'order.sign'), order.id, { order: Uint8Array.of(1), signature: Uint8Array.of(1) }))
    ok(await world.installations.settle(actOf(world, 'area.confirm'), installation.id, 'REMOVED', { order: order.id, outcome: 'DONE', receipt: Uint8Array.of(1) }))
    expect(await shares()).toEqual({ [grant.municipality!]: other.quota.data })
  })

  test('the repeal of an ordinance ends what stands on it and nothing else; each of them or none', async () => {
    const [one, two] = [await approve(), await asked()]
    const apart = await approve({ basis: { ...one.basis, name: '別の条例' } as Grant['basis'] })
    const name = '見本条例'
    const municipality = one.municipality!
    const reach = ok(await reachOfOrdinance(world, home(), { municipality, name }))
    expect([reach.grants.map((g) => g.id).toSorted(), reach.installations]).toEqual([[one.id, two.id].toSorted(), 0])
    const repeal = { municipality, name, repealedOn: legalDate('2026-03-31'), seen: { installations: 0, cards: 0 }, idempotencyKey: key() }
    expect(outcome(await repealOrdinance(world, { ...home(), municipality: elsewhere }, repeal))).toBe('NOT_PERMITTED')
    expect(await repealOrdinance(world, home(), { ...repeal, seen: { installations: 1, cards: 1 }, idempotencyKey: key() })).toMatchObject({ code: 'CONFLICT', field: 'seen' })
    for (const time of ['asked', 'asked again']) expect([time, ok(await repealOrdinance(world, home(), repeal))]).toMatchObject([time, { ended: [], waiting: { length: 2 } }])
    expect(outcome(await repealOrdinance(world, home(), { ...repeal, idempotencyKey: key() }))).toBe('FOUR_EYES')
    const second = { ...home(), officer: 'ofc_m2' as OfficerId }
    const seconded = { ...repeal, idempotencyKey: key() }
    for (const time of ['done', 'told again']) expect([time, ok(await repealOrdinance(world, second, seconded))]).toMatchObject([time, { ended: { length: 2 }, waiting: [] }])
    expect(outcome(await repealOrdinance(world, second, { ...repeal, idempotencyKey: key() }))).toBe('NOT_FOUND')
    expect(await world.grants.load(apart.id)).toMatchObject({ state: 'APPROVED' })
    expect(await shares()).toEqual({ [municipality]: 1_000 })
  })
})

describe('holders', () => {
  test('too young for it: not installed; on the birthday: installed', async () => {
    const grant = await approve({ minimumAge: 15 })
    const card = await rows.deliveredCard(world, hanako())
    const install = () => orderInstallation(world, home(), { grant: grant.id, card: card.id, idempotencyKey: key() })
    await rows.rewriteResident(world, hanako(), (resident) => ({ ...resident, items: { ...resident.items, birthDate: legalDate('2011-04-02') } }))
    expect(outcome(await install())).toBe('HOLDER_TOO_YOUNG')
    world.clock.set(endOf(legalDate('2026-04-02')))
    expect(outcome(await install())).toBe('OK')
  })

  test('nothing is installed before the right begins; while it is suspended an area is locked or removed, and nothing else; only its holder sees it', async () => {
    const card = await rows.deliveredCard(world, hanako())
    const ahead = await approve({ validFrom: addDays(legalDate('2026-04-05'), 30) })
    expect(outcome(await orderInstallation(world, home(), { grant: ahead.id, card: card.id, idempotencyKey: key() }))).toBe('LEGAL_BASIS_MISSING')
    const grant = await approve()
    const { id } = await installedOn(card, grant)
    const sees = async (person: typeof card.person) => outcome(await readInstallation(world, { kind: 'citizen', person, scopes: new Set(['me']) }, id))
    expect([await sees(card.person), await sees(world.persona('kenta').person)]).toEqual(['OK', 'NOT_FOUND'])
    ok(await suspendGrant(world, agency(), { grant: grant.id, idempotencyKey: key() }))
    const told: Record<string, string> = {}
    for (const what of ['write', 'unblock', 'unlock', 'lock'] as const) told[what] = outcome(await orderArea(world, home(), { installation: id, what, idempotencyKey: key() }))
    expect(told).toEqual({ write: 'LEGAL_BASIS_MISSING', unblock: 'LEGAL_BASIS_MISSING', unlock: 'LEGAL_BASIS_MISSING', lock: 'OK' })
  })

  test('a move ends what is for the old municipality; joint use and areas for any card go on', async () => {
    const card = await rows.deliveredCard(world, hanako())
    const municipality = rows.resident(world).municipality!
    const own = await installedOn(card, await approve())
    const joint = await installedOn(card, await approve({ population: { kind: 'residents', municipalities: [municipality, elsewhere] } }))
    const any = await installedOn(card, await approve({ population: { kind: 'cards' } }))
    expect(await world.installations.follow(actOf(world, 'area.follow', { key: null }), 100)).toBe(0)
    await world.db.update(cards).set({ municipality: elsewhere }).where(eq(cards.id, card.id))
    expect(await world.installations.follow(actOf(world, 'area.follow', { key: null }), 100)).toBe(1)
    expect([await stateOf(own), await stateOf(joint), await stateOf(any)]).toEqual(['ENDING', 'INSTALLED', 'INSTALLED'])
    expect(await world.installations.follow(actOf(world, 'area.follow', { key: null }), 100)).toBe(0)
  })

  test('with the card everything on it ends, and its space is nobody’s', async () => {
    const card = await rows.deliveredCard(world, hanako())
    const grant = await approve()
    const on = [await installedOn(card, grant), await installedOn(card, await approve({ population: { kind: 'cards' } }))]
    for (const n of [1, 2]) ok(await endGrant(world, agency(n), { grant: grant.id, seen: { installations: 1, cards: 1 }, idempotencyKey: key() }))
    ok(await world.cards.changeState(actOf(world, 'card.return'), 'ACTIVE', { ...card, state: 'LAPSED', end: { ground: 'expired', at: world.clock.now() } }))
    expect(await world.installations.follow(actOf(world, 'area.follow', { key: null }), 100)).toBe(2)
    expect([await stateOf(on[0]!), await stateOf(on[1]!)]).toEqual(['ENDED', 'ENDED'])
    expect((await world.db.select({ data: cardSpace.reservedData }).from(cardSpace))[0]).toEqual({ data: 0 })
    expect(await shares()).toEqual({ [grant.municipality!]: 0, extended: 1_000 })
  })
})

describe('names on the chip (AID)', () => {
  const request = async (aid: string) => outcome(await world.grants.request(actOf(world, 'grant.request'), rows.grant(world, { aid })))

  test('none begins another, and an ended one is taken until it is on no card', async () => {
    const grant = await approve({ aid: 'F0AABBCCDD01' })
    expect([await request('F0AABBCCDD01'), await request('F0AABBCCDD'), await request('F0AABBCCDD0102'), await request('F0AABBCCDD02')]).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'OK'])
    const card = await rows.deliveredCard(world, hanako())
    const installation = await installedOn(card, grant)
    for (const n of [1, 2]) ok(await endGrant(world, agency(n), { grant: grant.id, seen: { installations: 1, cards: 1 }, idempotencyKey: key() }))
    expect([await stateOf(installation), await request('F0AABBCCDD01')]).toEqual(['ENDING', 'CONFLICT'])
    const order = rows.orderTo(world, card)
    ok(await world.installations.reorder(actOf(world, 'area.remove'), installation.id, ['ENDING'], order))
    ok(await world.orders.sign(actOf(world, 'order.sign'), order.id, { order: Uint8Array.of(1), signature: Uint8Array.of(1) }))
    ok(await world.installations.settle(actOf(world, 'area.confirm'), installation.id, 'REMOVED', { order: order.id, outcome: 'DONE', receipt: Uint8Array.of(1) }))
    expect(await request('F0AABBCCDD01')).toBe('OK')
  })

  test('those of the card itself are nobody’s', async () => {
    const asking = async (aid: string) => requestGrant(world, home(), { ...rows.grant(world), aid, idempotencyKey: key() })
    for (const aid of ['D392F000260100000001', 'd392f00026', 'D3921000310001010100', 'D392100031000101040801', 'A0000001510000']) expect([aid, await asking(aid)]).toMatchObject([aid, { code: 'MALFORMED_INPUT', field: 'aid' }])
    expect(outcome(await asking('D392100031FFFF01'))).toBe('OK')
  })
})

describe('what is asked for', () => {
  const asking = (over: Partial<Grant>) => requestGrant(world, home(), { ...rows.grant(world), ...over, idempotencyKey: key() })

  test('what no chip could install is refused when it is asked for: records and the area’s own 64 octets', async () => {
    const records = { count: 4, size: 64 }
    expect(await asking({ records, quota: { code: 0, data: 319, volatile: 0 } })).toMatchObject({ code: 'MALFORMED_INPUT', field: 'records' })
    expect(outcome(await asking({ records, quota: { code: 0, data: 320, volatile: 0 } }))).toBe('OK')
  })

  test.each([
    ['https://www1.g-reiki.net/kiyose/reiki.html#e000000001', 'OK'], [null, 'OK'], ['http://city.example/reiki.html', 'url'], ['javascript:alert(1)', 'url'], ['https://user@city.example/', 'url'], ['https://', 'url'], ['https://city.example/\nx', 'url'], [`https://city.example/${'a'.repeat(500)}`, 'url'],
  ])('where an ordinance can be read: %s', async (url, expected) => {
    const asked = await asking({ basis: { ...rows.grant(world).basis, url } as Grant['basis'] })
    expect(isRefusal(asked) ? asked.field : 'OK').toBe(expected)
    if (!isRefusal(asked)) expect((await world.grants.load(asked.id))!.basis).toMatchObject({ url })
  })
})

describe('shares', () => {
  test('what is granted of a share never passes it; an area of several municipalities takes of each', async () => {
    const municipality = rows.resident(world).municipality!
    for (let i = 0; i < 3; i++) await approve()
    await approve({ population: { kind: 'residents', municipalities: [municipality, elsewhere] } })
    expect(outcome(await approveGrant(world, agency(), { grant: (await asked()).id, idempotencyKey: key() }))).toBe('NO_SPACE')
    for (let i = 0; i < 4; i++) await approve({ population: { kind: 'cards' } })
    expect(outcome(await approveGrant(world, agency(), { grant: (await asked({ population: { kind: 'cards' } })).id, idempotencyKey: key() }))).toBe('NO_SPACE')
    expect(await shares()).toEqual({ [municipality]: 4_000, [elsewhere]: 1_000, extended: 4_000 })
  })
})

describe('drift', () => {
  const order = (kind: 'INSTALL' | 'DELETE' | 'LOCK', state: 'REQUESTED' | 'SIGNED' | 'DONE') => ({ operation: { kind, aid: new Uint8Array() } as never, state })
  const known = (state: Installation['state'], o: ReturnType<typeof order>) => [{ id: 'ins_1' as never, aid: 'A0', state, order: o }]
  test.each([
    ['installed and there', known('INSTALLED', order('INSTALL', 'DONE')), ['a0'], []],
    ['installed and gone', known('INSTALLED', order('INSTALL', 'DONE')), [], ['MISSING_AREA']],
    ['ordered, the order not signed yet', known('ORDERED', order('INSTALL', 'REQUESTED')), [], []],
    ['ordered, never given to the chip or refused as old', known('ORDERED', order('INSTALL', 'SIGNED')), [], ['UNANSWERED_ORDER']],
    ['ordered, then its removal, gone, no receipt', known('ORDERED', order('DELETE', 'SIGNED')), [], ['MISSING_RECEIPT']],
    ['ordered, there, no receipt', known('ORDERED', order('INSTALL', 'SIGNED')), ['A0'], ['MISSING_RECEIPT']],
    ['removal ordered, gone, no receipt', known('ENDING', order('DELETE', 'SIGNED')), [], ['MISSING_RECEIPT']],
    ['removal ordered, still there', known('ENDING', order('DELETE', 'SIGNED')), ['A0'], []],
    ['removed and there', known('REMOVED', order('DELETE', 'DONE')), ['A0'], ['ORPHAN']],
    ['unknown', known('LOCKED', order('LOCK', 'DONE')), ['A0', 'B0'], ['ORPHAN']],
  ])('%s', (_, register, present, wanted) => {
    expect(driftOf(register, present).map((d) => d.kind)).toEqual(wanted)
  })
})


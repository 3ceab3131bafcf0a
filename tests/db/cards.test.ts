import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Card } from '../../core/law/card/card.ts'
import { newId } from '../../core/law/ids.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { cardSpace } from '../../db/tables/space.ts'
import * as rows from './rows.ts'
import { actOf, ok, outcome } from './rows.ts'

let world: TestWorld
beforeEach(async () => { world = await testWorld() })
afterEach(() => world.close())
const hanako = () => rows.resident(world).person

describe('applications for a card', () => {
  test('one at a time; a dropped one makes room', async () => {
    const application = rows.cardApplication(world, hanako())
    ok(await world.cardApplications.create(actOf(world, 'card.apply'), application))
    expect(await world.cardApplications.load(application.id)).toEqual(application)
    expect(outcome(await world.cardApplications.create(actOf(world, 'card.apply'), rows.cardApplication(world, hanako())))).toBe('APPLICATION_OPEN')
    ok(await world.cardApplications.advance(actOf(world, 'card.decide'), 'RECEIVED', { ...application, state: 'REJECTED' }))
    world.clock.advance(1)
    const next = rows.cardApplication(world, hanako())
    expect(outcome(await world.cardApplications.create(actOf(world, 'card.apply'), next))).toBe('OK')
    expect(await world.cardApplications.ofPerson(hanako())).toEqual([{ ...application, state: 'REJECTED' }, next])
    expect(await world.cardApplications.load('cap_0' as never)).toBeNull()
  })

  test('the whole way leaves application and card as they were written', async () => {
    const card = await rows.deliveredCard(world, hanako())
    expect(await world.cards.load(card.id)).toEqual(card)
    expect(await world.cards.byNumber(card.cardNumber)).toEqual(card)
    expect(await world.cards.ofPerson(hanako())).toEqual([card])
    expect([await world.cards.load('crd_0' as never), await world.cards.byNumber('000000000000000')]).toEqual([null, null])
    const [application] = await world.cardApplications.ofPerson(hanako())
    expect(application).toMatchObject({ state: 'DELIVERED', card: card.id, handOver: { officer: 'ofc_1', documents: ['passport'], pinsSetBy: 'holder', proxy: null, at: world.clock.now() } })
  })

  test('a step from a state that moved changes neither application nor card', async () => {
    const application = rows.cardApplication(world, hanako())
    ok(await world.cardApplications.create(actOf(world, 'card.apply'), application))
    const made = rows.cardFor(world, application)
    ok(await world.cardApplications.advance(actOf(world, 'card.produce'), 'RECEIVED', { ...application, state: 'IN_PRODUCTION', card: made.id }, made))
    const another = rows.cardFor(world, application)
    expect(outcome(await world.cardApplications.advance(actOf(world, 'card.produce'), 'RECEIVED', { ...application, state: 'IN_PRODUCTION', card: another.id }, another))).toBe('CONFLICT')
    expect(await world.cards.ofPerson(hanako())).toEqual([made])
  })

  test('a card moves by compare-and-set; the state in the row decides', async () => {
    const card = await rows.deliveredCard(world, hanako())
    expect(outcome(await world.cards.changeState(actOf(world, 'card.resume'), 'SUSPENDED', card))).toBe('CONFLICT')
    ok(await world.cards.changeState(actOf(world, 'card.suspend'), 'ACTIVE', { ...card, state: 'SUSPENDED' }))
    const ended: Card = { ...card, state: 'ABOLISHED', end: { ground: 'lost', at: world.clock.now() } }
    ok(await world.cards.changeState(actOf(world, 'card.return'), 'SUSPENDED', ended))
    expect(await world.cards.load(card.id)).toEqual(ended)
  })
})

describe('orders', () => {
  test('octets inside an operation come back as octets; counters rise; the way is REQUESTED → SIGNED → end, once each', async () => {
    const card = await rows.deliveredCard(world, hanako())
    const asked = rows.orderTo(world, card, { kind: 'INSTALL', aid: Uint8Array.of(0xf0, 1, 2, 3, 4), label: '図書館', quota: { code: 0, data: 74, volatile: 0 }, records: { count: 1, size: 10 }, pin: { required: true, digits: 4, tries: 3 } })
    const order = ok(await world.orders.request(actOf(world, 'order.request'), asked))
    expect(order).toEqual({ ...asked, counter: 1, state: 'REQUESTED', signed: null, receipt: null })
    expect(await world.orders.load(order.id)).toEqual(order)
    world.clock.advance(1)
    const second = ok(await world.orders.request(actOf(world, 'order.request'), rows.orderTo(world, card)))
    expect(second.counter).toBe(2)
    expect((await world.orders.unsigned(10)).map((o) => o.id)).toEqual([order.id, second.id])
    expect(outcome(await world.orders.complete(actOf(world, 'order.complete'), order.id, 'DONE', Uint8Array.of(1)))).toBe('CONFLICT')
    const signed = { order: Uint8Array.of(1), signature: Uint8Array.of(2) }
    ok(await world.orders.sign(actOf(world, 'order.sign'), order.id, signed))
    expect(outcome(await world.orders.sign(actOf(world, 'order.sign'), order.id, { ...signed, signature: Uint8Array.of(9) }))).toBe('CONFLICT')
    expect(await world.orders.unsigned(10)).toEqual([second])
    ok(await world.orders.complete(actOf(world, 'order.complete'), order.id, 'REFUSED_BY_CARD', Uint8Array.of(3)))
    expect(outcome(await world.orders.complete(actOf(world, 'order.complete'), order.id, 'DONE', Uint8Array.of(4)))).toBe('CONFLICT')
    expect(await world.orders.load(order.id)).toEqual({ ...order, state: 'REFUSED_BY_CARD', signed, receipt: Uint8Array.of(3) })
  })

  test('none to a card that is not in use', async () => {
    const card = await rows.deliveredCard(world, hanako())
    ok(await world.cards.changeState(actOf(world, 'card.suspend'), 'ACTIVE', { ...card, state: 'SUSPENDED' }))
    expect(outcome(await world.orders.request(actOf(world, 'order.request'), rows.orderTo(world, card)))).toBe('CARD_NOT_USABLE')
  })
})

describe('free space', () => {
  const capacity = { code: 0, data: 2_500, volatile: 0 }
  const install = async (card: Card, grant: Awaited<ReturnType<typeof rows.approvedGrant>>) => {
    world.clock.advance(1)
    const order = rows.orderTo(world, card)
    const installation = { id: newId('installation', world.clock.now(), world.random), grant: grant.id, card: card.id, state: 'ORDERED' as const, order: order.id, quota: grant.quota }
    return { installation, result: await world.installations.install(actOf(world, 'area.install'), installation, order, capacity) }
  }
  const settle = async (installation: { id: never; order: never }, state: 'INSTALLED' | 'REFUSED_BY_CARD' | 'REMOVED', answer: 'DONE' | 'REFUSED_BY_CARD') => {
    ok(await world.orders.sign(actOf(world, 'order.sign'), installation.order, { order: Uint8Array.of(1), signature: Uint8Array.of(1) }))
    return world.installations.settle(actOf(world, 'area.confirm'), installation.id, state, { order: installation.order, outcome: answer, receipt: Uint8Array.of(7) })
  }
  const spokenFor = async () => (await world.db.select({ data: cardSpace.reservedData }).from(cardSpace))[0]?.data

  test('grants: four eyes, one AID, every part comes back', async () => {
    const asked = rows.grant(world, { pin: null })
    ok(await world.grants.request(actOf(world, 'grant.request'), asked))
    expect(await world.grants.load(asked.id)).toEqual(asked)
    expect(outcome(await world.grants.request(actOf(world, 'grant.request'), rows.grant(world, { aid: asked.aid })))).toBe('CONFLICT')
    expect(outcome(await rows.approve(world, asked, asked.requestedBy))).toBe('FOUR_EYES')
    ok(await rows.approve(world, asked))
    expect(outcome(await rows.approve(world, asked, 'ofc_3'))).toBe('CONFLICT')
    expect(await world.grants.list(asked.municipality)).toEqual([{ ...rows.approvedBy(asked), reserved: true }])
    expect(await world.grants.load('gra_0' as never)).toBeNull()
  })

  test('what does not fit is refused and leaves no order; what the card refused frees its space, once', async () => {
    const card = await rows.deliveredCard(world, hanako())
    const first = await install(card, await rows.approvedGrant(world))
    const second = await install(card, await rows.approvedGrant(world))
    expect([outcome(first.result), outcome(second.result)]).toEqual(['OK', 'OK'])
    const third = await install(card, await rows.approvedGrant(world))
    expect([outcome(third.result), await spokenFor()]).toEqual(['NO_SPACE', 2_000])
    expect(await world.orders.load(third.installation.order)).toBeNull()
    expect(outcome(await settle(second.installation as never, 'REFUSED_BY_CARD', 'REFUSED_BY_CARD'))).toBe('OK')
    expect(outcome(await world.installations.settle(actOf(world, 'area.confirm'), second.installation.id, 'REFUSED_BY_CARD', { order: second.installation.order, outcome: 'REFUSED_BY_CARD', receipt: Uint8Array.of(7) }))).toBe('CONFLICT')
    expect(await spokenFor()).toBe(1_000)
    expect(outcome((await install(card, await rows.approvedGrant(world))).result)).toBe('OK')
    expect((await world.installations.onCard(card.id)).map((i) => i.state)).toEqual(['ORDERED', 'REFUSED_BY_CARD', 'ORDERED'])
  })

  test('an area too large for an empty card is refused as well', async () => {
    const card = await rows.deliveredCard(world, hanako())
    expect(outcome((await install(card, await rows.approvedGrant(world, { quota: { code: 0, data: 2_501, volatile: 0 } }))).result)).toBe('NO_SPACE')
  })

  test('an area is on a card once; a grant that is not approved puts nothing there; nor on a card not in use', async () => {
    const card = await rows.deliveredCard(world, hanako())
    const grant = await rows.approvedGrant(world)
    ok((await install(card, grant)).result)
    expect(outcome((await install(card, grant)).result)).toBe('CONFLICT')
    const asked = rows.grant(world)
    ok(await world.grants.request(actOf(world, 'grant.request'), asked))
    expect((await install(card, asked)).result).toMatchObject({ code: 'LEGAL_BASIS_MISSING', state: 'REQUESTED' })
    ok(await world.cards.changeState(actOf(world, 'card.suspend'), 'ACTIVE', { ...card, state: 'SUSPENDED' }))
    expect(outcome((await install(card, await rows.approvedGrant(world))).result)).toBe('CARD_NOT_USABLE')
  })

  test('another order for an area needs it installed; only the answer to the present order settles', async () => {
    const card = await rows.deliveredCard(world, hanako())
    const { installation } = await install(card, await rows.approvedGrant(world))
    const order = rows.orderTo(world, card)
    expect(outcome(await world.installations.reorder(actOf(world, 'area.write'), installation.id, ['INSTALLED'], order))).toBe('CONFLICT')
    ok(await settle(installation as never, 'INSTALLED', 'DONE'))
    expect(await world.orders.load(installation.order)).toMatchObject({ state: 'DONE', receipt: Uint8Array.of(7) })
    ok(await world.installations.reorder(actOf(world, 'area.write'), installation.id, ['INSTALLED'], order))
    expect(await world.installations.load(installation.id)).toEqual({ ...installation, state: 'INSTALLED', order: order.id })
    ok(await settle({ id: installation.id, order: order.id } as never, 'REMOVED', 'DONE'))
    expect(await spokenFor()).toBe(0)
  })
})

test('a chip is made once and saved by compare-and-set', async () => {
  const { chips } = world
  expect([await chips.load('1'), await chips.create('1', Uint8Array.of(1)), await chips.create('1', Uint8Array.of(2))]).toEqual([null, true, false])
  expect([await chips.save('1', 2, Uint8Array.of(3)), await chips.save('1', 1, Uint8Array.of(4)), await chips.save('1', 1, Uint8Array.of(5)), await chips.save('2', 1, Uint8Array.of(6))]).toEqual([false, true, false, false])
  expect(await chips.load('1')).toEqual({ sealed: Uint8Array.of(4), version: 2 })
})

/** What a receipt of the chip says of an order to it. */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { encodeOrder, orderHash, outcomes, signReceipt, type Operation, type OrderOutcome } from '../../core/chip/order.ts'
import { Secret } from '../../core/chip/secret.ts'
import type { Card } from '../../core/law/card/card.ts'
import type { Actor, Officer } from '../../core/law/actor.ts'
import { completeOrder, readReceipt, type CardOrder } from '../../core/law/card/order.ts'
import { isRefusal, refuse } from '../../core/law/refusal.ts'
import { after, confirmInstallation, grantOfInstallation, installationsOnCard, readInstallation } from '../../core/law/space/slot.ts'
import { agency, counter, idempotencyKey, me, person, shop, worldWith, type Found } from './acts-scene.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = new Secret(privateKey.export({ format: 'der', type: 'pkcs8' }))
const cardNumber = '4'.repeat(15)
const aid = Uint8Array.of(0xf0, 1, 2, 3, 4)
const card = { attestationKey: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })) } as unknown as Card

function answered(operation: Operation, outcome: OrderOutcome) {
  const order = encodeOrder({ cardNumber, counter: 7, operation })
  const signed = { state: 'SIGNED', cardNumber, counter: 7, operation, signed: { order, signature: Uint8Array.of(1) } } as unknown as CardOrder
  return readReceipt(signed, card, signReceipt({ cardNumber, counter: 7, orderHash: orderHash(order), outcome }, key))
}

test('an area that was to be removed and is not on the chip is gone, and its space is free', () => {
  const removal = { kind: 'DELETE', aid } as const
  expect(Object.fromEntries(outcomes.map((o) => [o, answered(removal, o)]))).toEqual({ done: 'DONE', 'not-found': 'DONE', 'no-space': 'REFUSED_BY_CARD', 'already-there': 'REFUSED_BY_CARD', 'not-possible': 'REFUSED_BY_CARD' })
  for (const state of ['INSTALLED', 'LOCKED', 'ENDING'] as const) expect(after(state, 'DELETE', 'DONE')).toBe('REMOVED')
})

test('of every other order, what is not there is a refusal', () => {
  for (const kind of ['LOCK', 'UNLOCK', 'WRITE_AREA', 'UNBLOCK_AREA'] as const) expect(answered({ kind, aid }, 'not-found')).toBe('REFUSED_BY_CARD')
})

test('a receipt counts where the order was signed, and where it is this card’s answer to this very order', () => {
  const operation: Operation = { kind: 'LOCK', aid }
  const order = encodeOrder({ cardNumber, counter: 7, operation })
  const waiting = { state: 'SIGNED', cardNumber, counter: 7, operation, signed: { order, signature: Uint8Array.of(1) } } as unknown as CardOrder
  const receipt = (over: object = {}, by = key): Uint8Array => signReceipt({ cardNumber, counter: 7, orderHash: orderHash(order), outcome: 'done', ...over }, by)
  const other = new Secret(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'der', type: 'pkcs8' }))
  expect(readReceipt(waiting, card, receipt())).toBe('DONE')
  for (const wrong of [new Uint8Array(0), receipt({ cardNumber: '5'.repeat(15) }), receipt({ counter: 8 }), receipt({ orderHash: orderHash(Uint8Array.of(1)) }), receipt({}, other)]) expect(readReceipt(waiting, card, wrong)).toEqual(refuse('RECEIPT_INVALID'))
  expect(readReceipt({ ...waiting, state: 'DONE' }, card, receipt())).toEqual(refuse('WRONG_STATE', { state: 'DONE' }))
  expect(readReceipt({ ...waiting, signed: null }, card, receipt())).toEqual(refuse('WRONG_STATE', { state: 'SIGNED' }))
  expect(readReceipt(waiting, { ...card, attestationKey: null }, receipt())).toEqual(refuse('WRONG_STATE', { state: 'SIGNED' }))
})

test('where a receipt leaves an area: by what was ordered, and by what the chip did', () => {
  const kinds = ['INSTALL', 'WRITE_AREA', 'UNBLOCK_AREA', 'LOCK', 'UNLOCK', 'DELETE'] as const
  const left = (state: Parameters<typeof after>[0], outcome: Parameters<typeof after>[2]) => Object.fromEntries(kinds.map((kind) => [kind, after(state, kind, outcome)]))
  expect(left('ORDERED', 'DONE')).toEqual({ INSTALL: 'INSTALLED', WRITE_AREA: 'ORDERED', UNBLOCK_AREA: 'ORDERED', LOCK: 'LOCKED', UNLOCK: 'INSTALLED', DELETE: 'REMOVED' })
  expect(left('LOCKED', 'DONE')).toEqual({ INSTALL: 'INSTALLED', WRITE_AREA: 'LOCKED', UNBLOCK_AREA: 'LOCKED', LOCK: 'LOCKED', UNLOCK: 'INSTALLED', DELETE: 'REMOVED' })
  expect(left('ENDING', 'DONE')).toEqual({ INSTALL: 'ENDING', WRITE_AREA: 'ENDING', UNBLOCK_AREA: 'ENDING', LOCK: 'ENDING', UNLOCK: 'ENDING', DELETE: 'REMOVED' })
  for (const state of ['ORDERED', 'INSTALLED', 'LOCKED', 'ENDING'] as const) expect(left(state, 'REFUSED_BY_CARD')).toEqual({ ...Object.fromEntries(kinds.map((kind) => [kind, state])), INSTALL: 'REFUSED_BY_CARD' })
})

describe('the counter', () => {
  const installation = { id: 'ins_1', grant: 'grt_1', card: 'crd_1', state: 'INSTALLED', order: 'cor_1' }
  const held = { ...card, id: 'crd_1', municipality: '132217' }
  const grant = { id: 'grt_1', aid: 'F001020304' }
  const order = encodeOrder({ cardNumber, counter: 7, operation: { kind: 'LOCK', aid } })
  const signed = { id: 'cor_1', card: 'crd_1', municipality: '132217', state: 'SIGNED', cardNumber, counter: 7, operation: { kind: 'LOCK', aid }, signed: { order, signature: Uint8Array.of(1) } }
  const receipt = signReceipt({ cardNumber, counter: 7, orderHash: orderHash(order), outcome: 'done' }, key)
  const first = { 'installations.load': [installation, { ...installation, state: 'LOCKED' }], 'grants.load': [grant], 'cards.load': [held] }
  const confirm = async (found: Found, given = receipt) => {
    const { world, called } = worldWith({ ...first, ...found }, null)
    return { result: await confirmInstallation(world, counter, { installation: 'ins_1' as never, receipt: given, idempotencyKey }), stored: called.get('installations.settle') }
  }

  test('stores what the receipt says, with the receipt', async () => {
    const { result, stored } = await confirm({ 'orders.load': [signed] })
    expect(result).toEqual({ ...installation, state: 'LOCKED' })
    expect(stored).toEqual([[expect.objectContaining({ kind: 'area.confirm', subject: 'ins_1', facts: { outcome: 'DONE', state: 'LOCKED' } }), 'ins_1', 'LOCKED', { order: 'cor_1', outcome: 'DONE', receipt }]])
  })

  test('stores nothing of a receipt that is none, or of an order that is gone; what the store refuses is told', async () => {
    expect([await confirm({}), await confirm({ 'orders.load': [signed] }, new Uint8Array(1))]).toEqual([{ result: refuse('NOT_FOUND'), stored: undefined }, { result: refuse('RECEIPT_INVALID'), stored: undefined }])
    expect((await confirm({ 'orders.load': [signed], 'installations.settle': [refuse('CONFLICT')] })).result).toEqual(refuse('CONFLICT'))
  })

  test('hands in the receipt of any order', async () => {
    const complete = async (found: Found, given = receipt) => {
      const { world, called } = worldWith({ 'orders.load': [signed, { ...signed, state: 'DONE' }], 'cards.load': [held], ...found }, null)
      return [await completeOrder(world, counter, { order: 'cor_1' as never, receipt: given, idempotencyKey }), called.get('orders.complete')?.map(([act, ...rest]) => [(act as { facts: object }).facts, ...rest])]
    }
    expect(await complete({})).toEqual([{ ...signed, state: 'DONE' }, [[{ outcome: 'DONE' }, 'cor_1', 'DONE', receipt]]])
    expect(await complete({}, new Uint8Array(1))).toEqual([refuse('RECEIPT_INVALID'), undefined])
    expect((await complete({ 'orders.complete': [refuse('CONFLICT')] }))[0]).toEqual(refuse('CONFLICT'))
  })
})

describe('who sees an area', () => {
  const installation = { id: 'ins_1', grant: 'grt_1', card: 'crd_1' }
  const found = (over: Found = {}): Found => ({ 'installations.load': [installation], 'grants.load': [grantOf('132217'), grantOf('132217')], 'cards.load': [{ id: 'crd_1', person, municipality: '132217' }], ...over })
  const grantOf = (municipality: string) => ({ id: 'grt_1', municipality, population: { kind: 'residents', municipalities: [municipality] } })
  const seen = async (by: Actor, over: Found = {}) => [isRefusal(await readInstallation(worldWith(found(over), null).world, by, 'ins_1' as never)), isRefusal(await grantOfInstallation(worldWith(found(over), null).world, by, 'ins_1' as never))]
  const elsewhere: Actor = { ...(counter as Officer), municipality: '141003' as never }

  test('the holder, the counter of the card, and who answers for the right, whether or not they see the card', async () => {
    expect([await seen(me), await seen(counter), await seen(agency)]).toEqual(Array(3).fill([false, false]))
    // A card that is gone leaves the right to who answers for it.
    expect([await seen(me, { 'cards.load': [] }), await seen(counter, { 'cards.load': [] })]).toEqual([[true, true], [false, false]])
    expect([await seen(elsewhere), await seen(elsewhere, { 'grants.load': [grantOf('141003'), grantOf('141003')] })]).toEqual([[true, true], [false, false]])
    expect([await seen(shop), await seen({ ...me, person: 'psn_2' } as Actor), await seen(me, { 'installations.load': [] }), await seen(me, { 'grants.load': [] })]).toEqual(Array(4).fill([true, true]))
  })

  test('on a card, those alone that the actor may read', async () => {
    const { world } = worldWith({ 'installations.onCard': [[installation, { ...installation, id: 'ins_2' }]], 'installations.load': [installation, null], 'grants.load': [grantOf('132217')], 'cards.load': [{ id: 'crd_1', person, municipality: '132217' }] }, null)
    expect(await installationsOnCard(world, me, 'crd_1' as never)).toEqual([installation])
  })
})

/** What a receipt of the chip says of an order to it. */
import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { encodeOrder, orderHash, outcomes, signReceipt, type Operation, type OrderOutcome } from '../../core/chip/order.ts'
import { Secret } from '../../core/chip/secret.ts'
import type { Card } from '../../core/law/card/card.ts'
import { readReceipt, type CardOrder } from '../../core/law/card/order.ts'
import { after } from '../../core/law/space/slot.ts'

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

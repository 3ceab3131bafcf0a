/** 暗証番号の再設定: only who proves the other PIN, once, soon, and only for that card; else the counter. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Officer } from '../../core/law/actor.ts'
import { suspendCard } from '../../core/law/card/holding.ts'
import { signOrders } from '../../core/law/card/order.ts'
import { orderPinReset, proofLife, provePinReset, resetText, startPinReset, wayToKiosk, type KioskPin, type PinReset } from '../../core/law/card/pin-reset.ts'
import { revoke } from '../../core/law/certificate/revocation.ts'
import type { OfficerId } from '../../core/law/ids.ts'
import { minute } from '../../core/law/time.ts'
import { parseOrder } from '../../core/chip/order.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { ok, outcome } from '../db/rows.ts'
import { holder, key, newKey, sha256, signText, type Holder } from './holder.ts'

let world: TestWorld
let person: Holder
let another: Holder
const kiosk: Officer = { kind: 'officer', officer: 'ofc_9' as OfficerId, role: 'agency', municipality: null, scopes: new Set(['card']) }

beforeAll(async () => {
  world = await testWorld({ random: 'pin reset' })
  person = await holder(world)
  another = await holder(world, 'misaki', true)
}, 120_000)
afterAll(() => world.close())
beforeEach(() => world.clock.advance(minute))

const start = (pin: KioskPin, who = person) => startPinReset(world, who.actor, { card: who.card.id, pin, idempotencyKey: key() })
const prove = (reset: PinReset, signature: Uint8Array, who = person) => provePinReset(world, who.actor, { reset: reset.id, signature, idempotencyKey: key() }, sha256)
const order = (reset: PinReset, cardNumber = person.card.cardNumber) => orderPinReset(world, kiosk, { reset: reset.id, cardNumber, idempotencyKey: key() })
const other = { signature: 'authentication', authentication: 'signature' } as const
const begun = async (pin: KioskPin): Promise<PinReset> => ok(await start(pin))
const proven = async (pin: KioskPin): Promise<PinReset> => {
  const reset = await begun(pin)
  return ok(await prove(reset, signText(person.keys[other[pin]], resetText(reset))))
}

describe('施行規則 第36条の2・第64条の4', () => {
  test.each(['signature', 'authentication'] as const)('the %s PIN, proved by the other: one order to this chip, for this PIN, signed by the authority', async (pin) => {
    const reset = await proven(pin)
    expect(reset.state).toBe('PROVEN')
    const asked = { reset: reset.id, cardNumber: person.card.cardNumber, idempotencyKey: key() }
    const placed = ok(await orderPinReset(world, kiosk, asked))
    expect(placed).toMatchObject({ card: person.card.id, state: 'REQUESTED', operation: { kind: 'UNBLOCK', pin } })
    expect(world.rung.at(-1)).toEqual({ wake: 'orders' })
    expect(ok(await orderPinReset(world, kiosk, asked)).id).toBe(placed.id)
    expect(outcome(await order(reset))).toBe('CHALLENGE_SPENT')
    await signOrders(world, 10)
    const signed = (await world.orders.load(placed.id))!.signed!
    expect(parseOrder(signed.order)).toEqual({ cardNumber: person.card.cardNumber, counter: placed.counter, operation: { kind: 'UNBLOCK', pin } })
    expect(await world.pinResets.load(reset.id)).toMatchObject({ state: 'USED', order: placed.id })
  })

  test('proved by its own key, by a key that is nobody’s, by another’s card, over another text: none of them, and each ends the attempt', async () => {
    const own = await begun('signature')
    expect(outcome(await prove(own, signText(person.keys.signature, resetText(own))))).toBe('SIGNATURE_INVALID')
    expect(outcome(await prove(own, signText(person.keys.authentication, resetText(own))))).toBe('CHALLENGE_SPENT')
    for (const signature of [(text: string) => signText(newKey(), text), (text: string) => signText(another.keys.authentication, text), (text: string) => signText(person.keys.authentication, text.replace('reset signature', 'reset authentication')), () => new Uint8Array(256)]) {
      const reset = await begun('signature')
      expect(outcome(await prove(reset, signature(resetText(reset))))).toBe('SIGNATURE_INVALID')
      expect((await world.pinResets.load(reset.id))!.state).toBe('FAILED')
      expect(outcome(await order(reset))).toBe('CHALLENGE_SPENT')
    }
  })

  test('a failed proof under the same key of repetition does not succeed the second time', async () => {
    const reset = await begun('signature')
    const input = { reset: reset.id, signature: new Uint8Array(256), idempotencyKey: key() }
    expect(outcome(await provePinReset(world, person.actor, input, sha256))).toBe('SIGNATURE_INVALID')
    expect(outcome(await provePinReset(world, person.actor, input, sha256))).toBe('CHALLENGE_SPENT')
  })

  test('the proof is good for five minutes, the way to the kiosk takes two hours', async () => {
    const late = await begun('signature')
    world.clock.advance(proofLife + 1)
    expect(await prove(late, signText(person.keys.authentication, resetText(late)))).toMatchObject({ code: 'CHALLENGE_SPENT', state: 'EXPIRED' })
    const slow = await proven('signature')
    world.clock.advance(wayToKiosk)
    const inTime = await order(slow)
    expect(outcome(inTime)).toBe('OK')
    const slower = await proven('signature')
    world.clock.advance(wayToKiosk + 1)
    expect(await order(slower)).toMatchObject({ code: 'CHALLENGE_SPENT', state: 'EXPIRED' })
  })

  test('not proved, no order; another card in the kiosk, no order; only a terminal of the agency asks; a stranger sees nothing', async () => {
    const open = await begun('signature')
    expect(outcome(await order(open))).toBe('CHALLENGE_SPENT')
    const reset = await proven('signature')
    expect(outcome(await order(reset, another.card.cardNumber))).toBe('NOT_FOUND')
    expect(outcome(await orderPinReset(world, { ...kiosk, role: 'municipal', municipality: person.card.municipality }, { reset: reset.id, cardNumber: person.card.cardNumber, idempotencyKey: key() }))).toBe('NOT_PERMITTED')
    expect(outcome(await orderPinReset(world, person.actor, { reset: reset.id, cardNumber: person.card.cardNumber, idempotencyKey: key() }))).toBe('NOT_PERMITTED')
    expect(outcome(await prove(open, signText(another.keys.authentication, resetText(open)), another))).toBe('NOT_FOUND')
    expect(outcome(await startPinReset(world, another.actor, { card: person.card.id, pin: 'signature', idempotencyKey: key() }))).toBe('NOT_FOUND')
  })

  test('neither PIN known: no certificate in force that could prove the other, and the counter is the way', async () => {
    ok(await revoke(world, another.actor, { certificate: another.authentication.id, ground: 'holder-request', occurredAt: null, idempotencyKey: key() }))
    expect(outcome(await start('signature', another))).toBe('OTHER_PIN_UNKNOWN')
    expect(outcome(await start('authentication', another))).toBe('OK')
  })

  test('a card that was suspended after the proof gets no order', async () => {
    const reset = await proven('signature')
    ok(await suspendCard(world, person.actor, { card: person.card.id, idempotencyKey: key() }))
    expect(outcome(await order(reset))).toBe('CARD_NOT_USABLE')
    expect(outcome(await start('signature'))).toBe('CARD_NOT_USABLE')
    // 一時停止: both certificates went on hold with it.
    expect((await world.certificates.ofCard(person.card.id)).map(({ state, revocation }) => [state, revocation?.ground])).toEqual([['HELD', 'temporary-stop'], ['HELD', 'temporary-stop']])
  })
})

/** An area whose order the chip refuses as old: told by the drift report, removed, its space free, and ordered again. */
import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { attestationKey, reset } from '../../core/chip/chip.ts'
import { presentOrder } from '../../core/chip/client.ts'
import type { Officer } from '../../core/law/actor.ts'
import { requestCardOrder, signOrders } from '../../core/law/card/order.ts'
import type { CardOrderId, IdempotencyKey, OfficerId } from '../../core/law/ids.ts'
import { readDrift } from '../../core/law/space/drift.ts'
import { confirmInstallation, orderArea, orderInstallation } from '../../core/law/space/slot.ts'
import { cards } from '../../db/tables/cards.ts'
import { cardSpace } from '../../db/tables/space.ts'
import { makeTestChip, Reader } from '../chip/fixture.ts'
import { testWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { ok } from './rows.ts'

test('an ORDERED area that never came about', { timeout: 60_000 }, async () => {
  const world = await testWorld()
  const { person, municipality } = rows.resident(world)
  const clerk: Officer = { kind: 'officer', officer: 'ofc_m' as OfficerId, role: 'municipal', municipality, scopes: new Set(['area', 'card']) }
  const key = (): IdempotencyKey => randomUUID() as string as IdempotencyKey
  const card = await rows.deliveredCard(world, person)
  const reader = new Reader(reset(makeTestChip({ cardNumber: card.cardNumber, orderKey: world.orderSigner!.spki })))
  await world.db.update(cards).set({ attestationKey: attestationKey(reader.chip.card) }).where(eq(cards.id, card.id))
  const grant = await rows.approvedGrant(world, { records: { count: 9, size: 100 } })
  const given = async (order: CardOrderId): Promise<Uint8Array> => {
    const { signed } = (await world.orders.load(order))!
    return presentOrder(reader.transmit, signed!.order, signed!.signature)
  }
  const drift = async (present: readonly string[] = []) => ok(await readDrift(world, clerk, card.id, present)).map((d) => [d.kind, d.aid])
  const reserved = async () => (await world.db.select({ data: cardSpace.reservedData }).from(cardSpace))[0]?.data

  const area = ok(await orderInstallation(world, clerk, { grant: grant.id, card: card.id, idempotencyKey: key() }))
  const unblock = ok(await requestCardOrder(world, clerk, { card: card.id, operation: { kind: 'UNBLOCK', pin: 'text' }, idempotencyKey: key() }))
  expect(await drift()).toEqual([])
  await signOrders(world, 10)
  // The later of the two came to the chip first: it does the elder one no more, and says so without a receipt.
  await given(unblock.id)
  await expect(given(area.order)).rejects.toMatchObject({ sw: 0x6985 })
  expect([await drift(), await reserved()]).toEqual([[['UNANSWERED_ORDER', grant.aid]], 1_000])

  const removal = ok(await orderArea(world, clerk, { installation: area.id, what: 'remove', idempotencyKey: key() }))
  await signOrders(world, 10)
  const receipt = await given(removal.order)
  expect(ok(await confirmInstallation(world, clerk, { installation: area.id, receipt, idempotencyKey: key() })).state).toBe('REMOVED')
  expect([await drift(), await reserved()]).toEqual([[], 0])

  const again = ok(await orderInstallation(world, clerk, { grant: grant.id, card: card.id, idempotencyKey: key() }))
  await signOrders(world, 10)
  expect(ok(await confirmInstallation(world, clerk, { installation: again.id, receipt: await given(again.order), idempotencyKey: key() })).state).toBe('INSTALLED')
  expect([await drift([grant.aid]), await reserved()]).toEqual([[], 1_000])
  await world.close()
})

/**
 * What a terminal does with a card under an order of the agency: it hands the signed order to the chip, sets PINs while the
 * order holds, and takes the receipt back. For tests that play the counter of a municipality.
 */
import { closeOrder, presentOrder, setPins } from '../core/chip/client.ts'
import type { PinReference } from '../core/chip/order.ts'
import type { CardOperations } from './operations.ts'

/** As the gateway answers it: base64. */
export interface SignedOrder { readonly order: string; readonly signature: string }

/**
 * Carries an order out and returns the receipt for `completeCardOrder`, in base64. Throws CardError where the chip refuses:
 * another card's order, one that was used, a wrong signature, a PIN of the wrong form.
 */
export async function underOrder(card: CardOperations, signed: SignedOrder, pins: Partial<Readonly<Record<PinReference, string>>>): Promise<string> {
  const receipt = await presentOrder(card.transmit, Buffer.from(signed.order, 'base64'), Buffer.from(signed.signature, 'base64'))
  await setPins(card.transmit, pins)
  await closeOrder(card.transmit)
  return Buffer.from(receipt).toString('base64')
}

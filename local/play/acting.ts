/** What every act of the played counter needs: a fresh key per act, a reader for a chip, and a yes from the law. */
import { randomUUID } from 'node:crypto'
import type { Transmit } from '../../core/chip/client.ts'
import type { PinReference } from '../../core/chip/order.ts'
import type { IdempotencyKey } from '../../core/law/ids.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import type { ChipRoom } from '../card/chips.ts'

/** What every test person has chosen. */
export const testPins: Readonly<Record<PinReference, string>> = { authentication: '1234', signature: 'ABC123', text: '1234', juki: '1234', common: '1234' }

/** The law said no where the play needs a yes. */
export class CounterRefused extends Error {
  override readonly name = 'CounterRefused'
}

export const key = (): IdempotencyKey => randomUUID() as string as IdempotencyKey

export const reader = (room: ChipRoom, cardNumber: string): Transmit => {
  const session = randomUUID()
  return async (command) => {
    const answer = await room.transmit(cardNumber, session, command)
    if (answer === null) throw new CounterRefused(`no chip of number ${cardNumber}`)
    return answer
  }
}

export function yes<T>(step: string, result: Result<T>): T {
  if (isRefusal(result)) throw new CounterRefused(`${step}: ${result.code} ${result.field ?? result.state ?? ''}`.trim())
  return result as T
}

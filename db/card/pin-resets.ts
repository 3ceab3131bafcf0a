/**
 * PINs set anew at a kiosk: each attempt proved once, each proof used once, together with its order to the chip.
 */
import { and, eq, sql } from 'drizzle-orm'
import type { PinReset, PinResets } from '../../core/law/card/pin-reset.ts'
import { refuse } from '../../core/law/refusal.ts'
import { perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import type { Safe } from '../safe.ts'
import { pinResets } from '../tables/pin-resets.ts'
import { place } from './orders.ts'

export function openPinResets(db: Db, safe: Safe): PinResets {
  const load = db.select().from(pinResets).where(eq(pinResets.id, sql.placeholder('id'))).prepare('pin_resets_load')
  return {
    load: async (id) => (await load.execute({ id }))[0] ?? null,
    start: (act, reset) => perform(db, act, {}, async (tx) => {
      await tx.insert(pinResets).values(reset)
    }),
    answer: (act, reset) => perform(db, act, {}, async (tx) => ((await move(tx, 'OPEN', reset)) ? undefined : refuse('CONFLICT'))),
    use: (act, reset, order) => perform(db, act, {}, async (tx) => {
      const placed = await place(tx, safe, order, ['ACTIVE'])
      return 'id' in placed && !(await move(tx, 'PROVEN', reset)) ? refuse('CONFLICT') : placed
    }),
  }
}

async function move(tx: Tx, from: PinReset['state'], { id, state, provenAt, order }: PinReset): Promise<boolean> {
  const moved = await tx.update(pinResets).set({ state, provenAt, order }).where(and(eq(pinResets.id, id), eq(pinResets.state, from))).returning({ id: pinResets.id })
  return moved.length > 0
}

/**
 * The sealed state of virtual chips, saved by compare-and-set; found by the blind index of the card's number.
 */
import { and, eq, sql } from 'drizzle-orm'
import type { Chips } from '../../core/law/card/chips.ts'
import type { Db } from '../client.ts'
import type { Safe } from '../safe.ts'
import { chips } from '../tables/cards.ts'

export function openChips(db: Db, safe: Safe): Chips {
  const index = (cardNumber: string): Uint8Array => safe.index('chips.number_index', cardNumber)
  const load = db.select({ sealed: chips.sealed, version: chips.version }).from(chips).where(eq(chips.numberIndex, sql.placeholder('numberIndex'))).prepare('chips_load')
  const save = db
    .update(chips)
    .set({ sealed: sql`${sql.placeholder('sealed')}::bytea`, version: sql`${chips.version} + 1` })
    .where(and(eq(chips.numberIndex, sql.placeholder('numberIndex')), eq(chips.version, sql.placeholder('version'))))
    .returning({ version: chips.version })
    .prepare('chips_save')
  return {
    load: async (cardNumber) => (await load.execute({ numberIndex: index(cardNumber) }))[0] ?? null,
    create: async (cardNumber, sealed) => (await db.insert(chips).values({ numberIndex: index(cardNumber), sealed, version: 1 }).onConflictDoNothing().returning({ version: chips.version })).length === 1,
    save: async (cardNumber, expectedVersion, sealed) => (await save.execute({ numberIndex: index(cardNumber), version: expectedVersion, sealed })).length === 1,
  }
}

/**
 * The sealed state of virtual chips, saved by compare-and-set.
 */
import { and, eq, sql } from 'drizzle-orm'
import type { Chips } from '../../core/law/card/chips.ts'
import type { Db } from '../client.ts'
import { chips } from '../tables/cards.ts'

export function openChips(db: Db): Chips {
  const load = db.select({ sealed: chips.sealed, version: chips.version }).from(chips).where(eq(chips.cardNumber, sql.placeholder('cardNumber'))).prepare('chips_load')
  const save = db
    .update(chips)
    .set({ sealed: sql`${sql.placeholder('sealed')}::bytea`, version: sql`${chips.version} + 1` })
    .where(and(eq(chips.cardNumber, sql.placeholder('cardNumber')), eq(chips.version, sql.placeholder('version'))))
    .returning({ version: chips.version })
    .prepare('chips_save')
  return {
    load: async (cardNumber) => (await load.execute({ cardNumber }))[0] ?? null,
    create: async (cardNumber, sealed) => (await db.insert(chips).values({ cardNumber, sealed, version: 1 }).onConflictDoNothing().returning({ version: chips.version })).length === 1,
    save: async (cardNumber, expectedVersion, sealed) => (await save.execute({ cardNumber, version: expectedVersion, sealed })).length === 1,
  }
}

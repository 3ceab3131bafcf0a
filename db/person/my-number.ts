/**
 * Attempts to read a My Number: one row for each, also for those that were refused. No column could hold the number.
 */
import { desc, eq, sql } from 'drizzle-orm'
import type { MyNumberReadings } from '../../core/law/person/my-number.ts'
import { perform } from '../record/acts.ts'
import type { Db } from '../client.ts'
import { myNumberReadings } from '../tables/cards.ts'

export function openMyNumberReadings(db: Db): MyNumberReadings {
  const load = db.select().from(myNumberReadings).where(eq(myNumberReadings.id, sql.placeholder('id'))).prepare('my_number_readings_load')
  return {
    record: (act, reading) => perform(db, act, {}, async (tx) => {
      await tx.insert(myNumberReadings).values(reading)
    }),
    load: async (id) => (await load.execute({ id }))[0] ?? null,
    ofBody: (body, limit) => db.select().from(myNumberReadings).where(eq(myNumberReadings.body, body)).orderBy(desc(myNumberReadings.at), desc(myNumberReadings.id)).limit(limit),
  }
}

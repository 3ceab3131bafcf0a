/** Who represents minors (法定代理人). */
import { and, asc, eq, isNull } from 'drizzle-orm'
import type { Representations } from '../../core/law/consent/guardian.ts'
import { refuse } from '../../core/law/refusal.ts'
import type { Db } from '../client.ts'
import { perform } from '../record/acts.ts'
import { representations } from '../tables/receipts.ts'

export function openRepresentations(db: Db): Representations {
  const runs = isNull(representations.endedAt)
  return {
    of: (person) => db.select().from(representations).where(and(eq(representations.person, person), runs)).orderBy(asc(representations.recordedAt)),
    by: (representative) => db.select().from(representations).where(and(eq(representations.representative, representative), runs)).orderBy(asc(representations.recordedAt)),
    record: (act, representation) =>
      perform(db, act, { representations_pk: 'CONFLICT' }, async (tx) => {
        const { person, representative } = representation
        const running = await tx.select({ at: representations.recordedAt }).from(representations).where(and(eq(representations.person, person), eq(representations.representative, representative), runs))
        if (running.length > 0) return refuse('CONFLICT')
        await tx.insert(representations).values(representation)
      }),
    end: (act, person, representative, at) =>
      perform(db, act, {}, async (tx) => {
        const ended = await tx.update(representations).set({ endedAt: at }).where(and(eq(representations.person, person), eq(representations.representative, representative), runs)).returning({ at: representations.recordedAt })
        return ended.length === 0 ? refuse('NOT_FOUND', { field: 'representative' }) : undefined
      }),
  }
}

/**
 * Records of why requests were decided as they were, found by the id of the request.
 */
import { asc, eq, sql } from 'drizzle-orm'
import type { Decisions } from '../../core/law/partner/explain.ts'
import type { Db } from '../client.ts'
import { decisions } from '../tables/decisions.ts'

export function openDecisions(db: Db): Decisions {
  const value = sql.placeholder
  const note = db.insert(decisions).values({
    id: value('id'), requestId: value('requestId'), at: value('at'), partner: value('partner'), client: value('client'), person: value('person'), asked: value('asked'), outcome: value('outcome'), grounds: value('grounds'),
  }).prepare('decisions_note')
  return {
    async note(decision) {
      await note.execute({ ...decision, grounds: [...decision.grounds] })
    },
    ofRequest: (requestId) => db.select().from(decisions).where(eq(decisions.requestId, requestId)).orderBy(asc(decisions.at), asc(decisions.id)),
  }
}

/**
 * Records of why requests were decided as they were, found by the id of the request.
 */
import { asc, eq } from 'drizzle-orm'
import type { Decisions } from '../../core/law/partner/explain.ts'
import type { Db } from '../client.ts'
import { decisions } from '../tables/decisions.ts'

export function openDecisions(db: Db): Decisions {
  return {
    async note(decision) {
      await db.insert(decisions).values({ ...decision, grounds: [...decision.grounds] })
    },
    ofRequest: (requestId) => db.select().from(decisions).where(eq(decisions.requestId, requestId)).orderBy(asc(decisions.at), asc(decisions.id)),
  }
}

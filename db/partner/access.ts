/**
 * How partners may ask: what their record says, their registered documents, their bucket. Taking from the bucket is one
 * statement: filled by the time that passed, paid from where enough is there, and asked whether it was; the row's lock
 * makes many instances one.
 */
import { and, asc, eq, sql } from 'drizzle-orm'
import { documentsOfAPartner, type Accesses, type Budgets } from '../../core/law/partner/access.ts'
import { refuse } from '../../core/law/refusal.ts'
import type { Db } from '../client.ts'
import { perform } from '../record/acts.ts'
import { partnerAccess, partnerDocuments } from '../tables/access.ts'
import { partners } from '../tables/partners.ts'

const value = sql.placeholder
/** Of a bucket, in thousandths of points: a thousandth a millisecond for each point a second. */
const thousand = sql`1000::bigint`

export function openBudgets(db: Db): Budgets {
  const capacity = sql`coalesce(${partnerAccess.capacity}, ${value('capacity')}::integer)`
  const perSecond = sql`coalesce(${partnerAccess.perSecond}, ${value('perSecond')}::integer)`
  const filled = sql`least(${capacity} * ${thousand}, ${partnerAccess.level} + greatest(0, ${value('at')}::bigint - ${partnerAccess.at}) * ${perSecond})`
  const cost = sql`${value('cost')}::bigint * ${thousand}`
  const take = db.insert(partnerAccess)
    .values({ partner: value('partner'), level: sql`greatest(0, ${value('capacity')}::integer * ${thousand} - ${cost})`, at: sql`${value('at')}::bigint`, granted: sql`${value('cost')}::bigint <= ${value('capacity')}::integer` })
    .onConflictDoUpdate({ target: partnerAccess.partner, set: { level: sql`case when ${filled} >= ${cost} then least(${capacity} * ${thousand}, ${filled} - ${cost}) else ${filled} end`, at: sql`greatest(${partnerAccess.at}, ${value('at')}::bigint)`, granted: sql`${filled} >= ${cost}` } })
    .returning({ granted: partnerAccess.granted, level: partnerAccess.level, capacity: partnerAccess.capacity, perSecond: partnerAccess.perSecond })
    .prepare('budgets_take')
  return {
    async take(partner, points, at, usual) {
      const [row] = await take.execute({ partner, cost: points, at, capacity: usual.capacity, perSecond: usual.perSecond })
      const { granted, level, capacity: own, perSecond: ownRate } = row!
      return { granted, remaining: Math.floor(level / 1_000), capacity: own ?? usual.capacity, perSecond: ownRate ?? usual.perSecond }
    },
  }
}

export function openAccesses(db: Db): Accesses {
  const load = db.select({ documents: partnerAccess.documents, capacity: partnerAccess.capacity, perSecond: partnerAccess.perSecond }).from(partnerAccess).where(eq(partnerAccess.partner, value('partner'))).prepare('accesses_load')
  const document = db.select({ text: partnerDocuments.text }).from(partnerDocuments).where(and(eq(partnerDocuments.partner, value('partner')), eq(partnerDocuments.sha256, value('sha256')))).prepare('accesses_document')
  return {
    async load(partner, usual) {
      const [row] = await load.execute({ partner })
      const budget = row?.capacity == null || row.perSecond === null ? usual.budget : { capacity: row.capacity, perSecond: row.perSecond }
      return { partner, documents: row?.documents ?? usual.documents, budget }
    },
    set: (act, { partner, documents, budget }) =>
      perform(db, act, {}, async (tx) => {
        const rule = { documents, ...budget }
        await tx.insert(partnerAccess).values({ partner, ...rule, level: budget.capacity * 1_000, at: act.at, granted: true }).onConflictDoUpdate({ target: partnerAccess.partner, set: rule })
      }),
    register: (act, partner, documents) =>
      perform(db, act, {}, async (tx) => {
        // The partner's row is held, so that two registrations do not both count the last free place.
        await tx.select({ id: partners.id }).from(partners).where(eq(partners.id, partner)).for('update')
        await tx.insert(partnerDocuments).values(documents.map((d) => ({ partner, ...d }))).onConflictDoNothing()
        if ((await tx.$count(partnerDocuments, eq(partnerDocuments.partner, partner))) > documentsOfAPartner) return refuse('CONFLICT', { field: 'documents' })
        return undefined
      }),
    document: async (partner, sha256) => (await document.execute({ partner, sha256 }))[0]?.text ?? null,
    documents: (partner) => db.select({ sha256: partnerDocuments.sha256, text: partnerDocuments.text, registeredAt: partnerDocuments.registeredAt }).from(partnerDocuments).where(eq(partnerDocuments.partner, partner)).orderBy(asc(partnerDocuments.registeredAt), asc(partnerDocuments.sha256)),
  }
}

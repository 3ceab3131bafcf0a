/**
 * Webhooks of partners, and the outbox behind them. A delivery is claimed by moving its next time into the future: whoever
 * dies with it leaves it to the next round.
 */
import { and, asc, desc, eq, inArray, lte, ne, sql } from 'drizzle-orm'
import { refuse } from '../../core/law/refusal.ts'
import { webhooksOfAPartner, type Webhooks } from '../../core/law/partner/webhook.ts'
import { perform } from '../record/acts.ts'
import type { Db } from '../client.ts'
import { partners } from '../tables/partners.ts'
import { deliveries, webhooks } from '../tables/webhooks.ts'

export function openWebhooks(db: Db): Webhooks {
  return {
    register: (act, webhook) =>
      perform(db, act, {}, async (tx) => {
        // The partner's row is held, so that two registrations do not both count the last free place.
        await tx.select({ id: partners.id }).from(partners).where(eq(partners.id, webhook.partner)).for('update')
        const active = await tx.select({ id: webhooks.id }).from(webhooks).where(and(eq(webhooks.partner, webhook.partner), eq(webhooks.state, 'ACTIVE')))
        if (active.length >= webhooksOfAPartner) return refuse('CONFLICT', { field: 'url' })
        await tx.insert(webhooks).values({ ...webhook, events: [...webhook.events] })
      }),
    remove: (act, id) =>
      perform(db, act, {}, async (tx) => {
        const removed = await tx.update(webhooks).set({ state: 'REMOVED', secret: new Uint8Array(0) }).where(and(eq(webhooks.id, id), eq(webhooks.state, 'ACTIVE'))).returning({ id: webhooks.id })
        if (removed.length === 0) return refuse('CONFLICT')
        await tx.update(deliveries).set({ state: 'DEAD', lastOutcome: 'the webhook was removed' }).where(and(eq(deliveries.webhook, id), eq(deliveries.state, 'WAITING')))
      }),
    load: async (id) => (await db.select().from(webhooks).where(eq(webhooks.id, id)))[0] ?? null,
    ofPartner: (partner) => db.select().from(webhooks).where(eq(webhooks.partner, partner)).orderBy(asc(webhooks.id)),
    loadDelivery: async (id) => (await db.select().from(deliveries).where(eq(deliveries.id, id)))[0] ?? null,
    deliveriesOf: (webhook, limit) => db.select().from(deliveries).where(eq(deliveries.webhook, webhook)).orderBy(desc(deliveries.at), desc(deliveries.id)).limit(limit),
    resend: (act, id, at) =>
      perform(db, act, {}, async (tx) => {
        const moved = await tx.update(deliveries).set({ state: 'WAITING', attempts: 0, nextAt: at }).where(and(eq(deliveries.id, id), ne(deliveries.state, 'WAITING'))).returning({ id: deliveries.id })
        return moved.length === 0 ? refuse('CONFLICT') : undefined
      }),
    claim: (at, until, each, limit) =>
      db.transaction(async (tx) => {
        const ranked = tx
          .select({ id: deliveries.id, place: sql<number>`row_number() over (partition by ${webhooks.partner} order by ${deliveries.nextAt}, ${deliveries.id})`.as('place') })
          .from(deliveries)
          .innerJoin(webhooks, eq(webhooks.id, deliveries.webhook))
          .where(and(eq(deliveries.state, 'WAITING'), lte(deliveries.nextAt, at)))
          .as('ranked')
        const chosen = await tx
          .select({ id: deliveries.id })
          .from(deliveries)
          .where(and(eq(deliveries.state, 'WAITING'), lte(deliveries.nextAt, at), inArray(deliveries.id, tx.select({ id: ranked.id }).from(ranked).where(lte(ranked.place, each)))))
          .orderBy(asc(deliveries.nextAt), asc(deliveries.id))
          .limit(limit)
          .for('update', { skipLocked: true })
        if (chosen.length === 0) return []
        const ids = chosen.map((row) => row.id)
        await tx.update(deliveries).set({ nextAt: until, attempts: sql`${deliveries.attempts} + 1` }).where(inArray(deliveries.id, ids))
        const rows = await tx
          .select({ delivery: deliveries, url: webhooks.url, secret: webhooks.secret, partner: webhooks.partner })
          .from(deliveries)
          .innerJoin(webhooks, eq(webhooks.id, deliveries.webhook))
          .where(inArray(deliveries.id, ids))
          .orderBy(asc(deliveries.at), asc(deliveries.id))
        return rows.map(({ delivery, ...to }) => ({ ...delivery, ...to }))
      }),
    async settle(id, outcome) {
      // A webhook removed meanwhile has made its deliveries dead; they stay so.
      await db.update(deliveries).set(outcome).where(and(eq(deliveries.id, id), eq(deliveries.state, 'WAITING')))
    },
  }
}

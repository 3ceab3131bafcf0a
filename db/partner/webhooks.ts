/**
 * Webhooks of partners, and the outbox behind them. A delivery is claimed by moving its next time into the future: whoever
 * dies with it leaves it to the next round.
 */
import { and, asc, desc, eq, inArray, lte, ne, sql } from 'drizzle-orm'
import { refuse } from '../../core/law/refusal.ts'
import type { Instant } from '../../core/law/time.ts'
import { webhooksOfAPartner, type Webhook, type Webhooks } from '../../core/law/partner/webhook.ts'
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
        const { previous: _, ...columns } = webhook
        await tx.insert(webhooks).values({ ...columns, events: [...webhook.events], ...noSecret, sealed: webhook.sealed })
      }),
    remove: (act, id) =>
      perform(db, act, {}, async (tx) => {
        const removed = await tx.update(webhooks).set({ state: 'REMOVED', ...noSecret }).where(and(eq(webhooks.id, id), eq(webhooks.state, 'ACTIVE'))).returning({ id: webhooks.id })
        if (removed.length === 0) return refuse('CONFLICT')
        await tx.update(deliveries).set({ state: 'DEAD', lastOutcome: 'the webhook was removed' }).where(and(eq(deliveries.webhook, id), eq(deliveries.state, 'WAITING')))
      }),
    rotate: (act, id, sealed, until) =>
      perform(db, act, {}, async (tx) => {
        const [held] = await tx.select().from(webhooks).where(and(eq(webhooks.id, id), eq(webhooks.state, 'ACTIVE'))).for('update')
        if (held === undefined) return refuse('CONFLICT')
        const before = held.sealed ?? new Uint8Array(0)
        await tx.update(webhooks).set({ sealed, secret: new Uint8Array(0), ...(before.length === 0 ? {} : { previousSealed: before, previousUntil: until }) }).where(eq(webhooks.id, id))
        return undefined
      }),
    async load(id) {
      const [row] = await db.select().from(webhooks).where(eq(webhooks.id, id))
      return row === undefined ? null : webhookOf(row)
    },
    ofPartner: async (partner) => (await db.select().from(webhooks).where(eq(webhooks.partner, partner)).orderBy(asc(webhooks.id))).map(webhookOf),
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
          .select({ delivery: deliveries, webhook: webhooks })
          .from(deliveries)
          .innerJoin(webhooks, eq(webhooks.id, deliveries.webhook))
          .where(inArray(deliveries.id, ids))
          .orderBy(asc(deliveries.at), asc(deliveries.id))
        return rows.map(({ delivery, webhook }) => ({ ...delivery, url: webhook.url, partner: webhook.partner, sealed: goodSecrets(webhookOf(webhook), at) }))
      }),
    async putOff(ids, nextAt, why) {
      await db.update(deliveries).set({ nextAt, attempts: sql`${deliveries.attempts} - 1`, lastOutcome: why }).where(and(inArray(deliveries.id, [...ids]), eq(deliveries.state, 'WAITING')))
    },
    async settle(id, outcome) {
      // A webhook removed meanwhile has made its deliveries dead; they stay so.
      await db.update(deliveries).set(outcome).where(and(eq(deliveries.id, id), eq(deliveries.state, 'WAITING')))
    },
  }
}

const noSecret = { secret: new Uint8Array(0), sealed: null, previousSealed: null, previousUntil: null }

const webhookOf = ({ secret: _, sealed, previousSealed, previousUntil, ...rest }: typeof webhooks.$inferSelect): Webhook => ({
  ...rest, sealed: sealed ?? new Uint8Array(0), previous: previousSealed === null || previousUntil === null ? null : { sealed: previousSealed, until: previousUntil },
})

/** Newest first. */
const goodSecrets = ({ sealed, previous }: Webhook, at: Instant): Uint8Array[] => (previous !== null && at <= previous.until ? [sealed, previous.sealed] : [sealed])

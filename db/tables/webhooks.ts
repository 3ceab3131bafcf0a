/**
 * Where partners want to be told of what, and the outbox: a row is written with the act that makes it true, and kept as the
 * log of what was told when.
 */
import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import type { ConsentId, DeliveryId, PartnerId, WebhookId } from '../../core/law/ids.ts'
import type { Delivery, Webhook, WebhookEvent } from '../../core/law/partner/webhook.ts'
import { bytes, id, instant, oneOf, words } from './columns.ts'
import { consents } from './consents.ts'
import { partners } from './partners.ts'

const events = { 'consent-withdrawn': true, 'consent-ended': true, 'certificate-revoked': true, 'attributes-changed': true } as const

export const webhooks = pgTable('webhooks', {
  id: id<WebhookId>().primaryKey(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  url: words().notNull(),
  events: text().array().$type<WebhookEvent[]>().notNull(),
  secret: bytes().notNull(),
  registeredAt: instant().notNull(),
  state: text().$type<Webhook['state']>().notNull(),
}, (t) => [
  check('webhooks_state', oneOf<Webhook['state']>(t.state, { ACTIVE: true, REMOVED: true })),
  index('webhooks_of_partner').on(t.partner),
])

export const deliveries = pgTable('webhook_deliveries', {
  id: id<DeliveryId>().primaryKey(),
  webhook: id<WebhookId>().notNull().references(() => webhooks.id),
  event: text().$type<WebhookEvent>().notNull(),
  consent: id<ConsentId>().notNull().references(() => consents.id),
  at: instant().notNull(),
  state: text().$type<Delivery['state']>().notNull(),
  attempts: integer().notNull(),
  nextAt: instant().notNull(),
  lastOutcome: text(),
  lastAt: instant(),
}, (t) => [
  check('webhook_deliveries_event', oneOf<WebhookEvent>(t.event, events)),
  check('webhook_deliveries_state', oneOf<Delivery['state']>(t.state, { WAITING: true, DELIVERED: true, DEAD: true })),
  index('webhook_deliveries_of').on(t.webhook, t.at),
  index('webhook_deliveries_due').on(t.nextAt).where(sql`${t.state} = 'WAITING'`),
])

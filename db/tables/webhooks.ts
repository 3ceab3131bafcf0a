/**
 * Where partners want to be told of what, and the outbox: a row is written with the act that makes it true, and kept as the
 * log of what was told when.
 */
import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import type { AccountLinkId, ConsentId, DeliveryId, GrantId, PartnerId, WebhookId } from '../../core/law/ids.ts'
import type { Delivery, Webhook, WebhookEvent } from '../../core/law/partner/webhook.ts'
import { bytes, id, instant, oneOf, together, words } from './columns.ts'
import { accountLinks } from './accounts.ts'
import { consents } from './consents.ts'
import { partners } from './partners.ts'
import { grants } from './space.ts'

const events = { 'consent-withdrawn': true, 'consent-ended': true, 'certificate-revoked': true, 'attributes-changed': true, 'account-unlinked': true, 'grant-expiring': true } as const

export const webhooks = pgTable('webhooks', {
  id: id<WebhookId>().primaryKey(),
  partner: id<PartnerId>().notNull().references(() => partners.id),
  url: words().notNull(),
  events: text().array().$type<WebhookEvent[]>().notNull(),
  /** Always empty: secrets are sealed. */
  secret: bytes().notNull(),
  sealed: bytes(),
  /** The one before, good until then. */
  previousSealed: bytes(),
  previousUntil: instant(),
  registeredAt: instant().notNull(),
  state: text().$type<Webhook['state']>().notNull(),
}, (t) => [
  check('webhooks_previous', together(t.previousSealed, t.previousUntil)),
  check('webhooks_state', oneOf<Webhook['state']>(t.state, { ACTIVE: true, REMOVED: true })),
  index('webhooks_of_partner').on(t.partner),
])

export const deliveries = pgTable('webhook_deliveries', {
  id: id<DeliveryId>().primaryKey(),
  webhook: id<WebhookId>().notNull().references(() => webhooks.id),
  event: text().$type<WebhookEvent>().notNull(),
  /** What it is about: one of these. */
  consent: id<ConsentId>().references(() => consents.id),
  link: id<AccountLinkId>().references(() => accountLinks.id),
  grant: id<GrantId>().references(() => grants.id),
  at: instant().notNull(),
  state: text().$type<Delivery['state']>().notNull(),
  attempts: integer().notNull(),
  nextAt: instant().notNull(),
  lastOutcome: text(),
  lastAt: instant(),
}, (t) => [
  check('webhook_deliveries_about', sql`num_nonnulls(${t.consent}, ${t.link}, ${t.grant}) = 1`),
  check('webhook_deliveries_event', oneOf<WebhookEvent>(t.event, events)),
  check('webhook_deliveries_state', oneOf<Delivery['state']>(t.state, { WAITING: true, DELIVERED: true, DEAD: true })),
  index('webhook_deliveries_of').on(t.webhook, t.at),
  index('webhook_deliveries_due').on(t.nextAt).where(sql`${t.state} = 'WAITING'`),
])

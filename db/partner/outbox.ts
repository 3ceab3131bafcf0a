/**
 * What partners are to be told, written in the transaction that makes it true. The id of a delivery follows from what it
 * tells: the same is never told twice under two names.
 */
import { createHash } from 'node:crypto'
import { and, arrayContains, eq, type SQL } from 'drizzle-orm'
import { newId, type AccountLinkId, type ConsentId, type GrantId, type WebhookId } from '../../core/law/ids.ts'
import type { Grant } from '../../core/law/space/basis.ts'
import type { Instant } from '../../core/law/time.ts'
import type { WebhookEvent } from '../../core/law/partner/webhook.ts'
import type { Tx } from '../client.ts'
import { openForAct } from '../session.ts'
import { accountLinks } from '../tables/accounts.ts'
import { consents } from '../tables/consents.ts'
import { deliveries, webhooks } from '../tables/webhooks.ts'

/** To every partner with a consent that meets the condition and a webhook that asks for the event. */
export async function announce(tx: Tx, event: WebhookEvent, which: SQL | undefined, at: Instant): Promise<void> {
  const told = await tx
    .select({ webhook: webhooks.id, consent: consents.id })
    .from(consents)
    .innerJoin(webhooks, and(eq(webhooks.partner, consents.partner), eq(webhooks.state, 'ACTIVE'), arrayContains(webhooks.events, [event])))
    .where(which)
  await post(tx, event, told.map((to) => ({ ...to, link: null })), at)
}

/** To the partner of a link that its person ended. */
export async function announceUnlinked(tx: Tx, link: AccountLinkId, at: Instant): Promise<void> {
  const event = 'account-unlinked'
  // The person does not see where its partner is told.
  await openForAct(tx, 'telling')
  const told = await tx
    .select({ webhook: webhooks.id })
    .from(accountLinks)
    .innerJoin(webhooks, and(eq(webhooks.partner, accountLinks.partner), eq(webhooks.state, 'ACTIVE'), arrayContains(webhooks.events, [event])))
    .where(eq(accountLinks.id, link))
  await post(tx, event, told.map((to) => ({ ...to, consent: null, link })), at)
}

/** To the organisation a grant was given to, before it runs out. */
export async function announceExpiring(tx: Tx, { id: grant, partner }: Pick<Grant, 'id' | 'partner'>, at: Instant): Promise<void> {
  const event = 'grant-expiring'
  if (partner === null) return
  const told = await tx.select({ webhook: webhooks.id }).from(webhooks).where(and(eq(webhooks.partner, partner), eq(webhooks.state, 'ACTIVE'), arrayContains(webhooks.events, [event])))
  await post(tx, event, told.map((to) => ({ ...to, consent: null, link: null, grant })), at)
}

interface To { readonly webhook: WebhookId; readonly consent: ConsentId | null; readonly link: AccountLinkId | null; readonly grant?: GrantId }

async function post(tx: Tx, event: WebhookEvent, told: readonly To[], at: Instant): Promise<void> {
  if (told.length === 0) return
  const rows = told.map(({ webhook, consent, link, grant = null }) => ({
    id: newId('delivery', at, { bytes: (n) => Uint8Array.from(createHash('sha256').update(`${webhook} ${event} ${consent ?? link ?? grant} ${at}`).digest().subarray(0, n)) }),
    webhook, event, consent, link, grant, at, state: 'WAITING' as const, attempts: 0, nextAt: at, lastOutcome: null, lastAt: null,
  }))
  await tx.insert(deliveries).values(rows).onConflictDoNothing()
}

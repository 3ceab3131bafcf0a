/**
 * Telling partners that something happened, never what: a consent ended, a signing certificate lapsed, an item changed. The
 * message names the consent and nothing of the person; whoever may know asks again under that consent. What is to be told is
 * stored with the act that makes it true, and told until the partner took it or eight attempts failed.
 *
 * @law 施行規則 第35条の2第5項 (withdrawal) · 公的個人認証法 第18条第3項
 */
import { asPartner, type Actor } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import { newId, parseId, type ConsentId, type DeliveryId, type GrantId, type IdempotencyKey, type PartnerId, type WebhookId } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { after, hour, minute, second, toRfc3339, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

export const webhookEvents = ['consent-withdrawn', 'consent-ended', 'certificate-revoked', 'attributes-changed', 'grant-expiring'] as const
export type WebhookEvent = (typeof webhookEvents)[number]

export interface Webhook {
  readonly id: WebhookId
  readonly partner: PartnerId
  readonly url: string
  readonly events: readonly WebhookEvent[]
  /** 32 octets: both sides compute the MAC with it. */
  readonly secret: Uint8Array
  readonly registeredAt: Instant
  readonly state: 'ACTIVE' | 'REMOVED'
}

export interface Delivery {
  readonly id: DeliveryId
  readonly webhook: WebhookId
  readonly event: WebhookEvent
  readonly consent: ConsentId | null
  readonly grant: GrantId | null
  /** When it came about. */
  readonly at: Instant
  readonly state: 'WAITING' | 'DELIVERED' | 'DEAD'
  readonly attempts: number
  readonly nextAt: Instant
  /** Of the last attempt: HTTP status, or why there was none. */
  readonly lastOutcome: string | null
  readonly lastAt: Instant | null
}

/** A delivery with the address and the secret it goes to. */
export interface Due extends Delivery { readonly url: string; readonly secret: Uint8Array; readonly partner: PartnerId }

export interface Webhooks {
  /** `CONFLICT` where the partner has too many already. */
  register(act: Act, webhook: Webhook): Promise<Result<void>>
  remove(act: Act, id: WebhookId): Promise<Result<void>>
  load(id: WebhookId): Promise<Webhook | null>
  ofPartner(partner: PartnerId): Promise<Webhook[]>
  loadDelivery(id: DeliveryId): Promise<Delivery | null>
  /** Newest first. */
  deliveriesOf(webhook: WebhookId, limit: number): Promise<Delivery[]>
  /** DEAD or DELIVERED → WAITING at once. */
  resend(act: Act, id: DeliveryId, at: Instant): Promise<Result<void>>
  /** What is due, at most `each` of one partner, and counted as an attempt: nobody else is given it for a while. */
  claim(at: Instant, until: Instant, each: number, limit: number): Promise<Due[]>
  settle(id: DeliveryId, outcome: Pick<Delivery, 'state' | 'nextAt' | 'lastOutcome' | 'lastAt'>): Promise<void>
}

export const webhooksOfAPartner = 5
/** Waits after each failed attempt; after the last one the delivery is dead until somebody sends it again. */
export const waits = [10 * second, minute, 5 * minute, 30 * minute, 2 * hour, 6 * hour, 12 * hour] as const

type WebhookWorld = Uses<'clock' | 'random' | 'acts' | 'webhooks'>

/** The secret is told once, here. */
export async function registerWebhook(world: WebhookWorld, actor: Actor, input: { url: string; events: readonly WebhookEvent[]; idempotencyKey: IdempotencyKey }): Promise<Result<Webhook>> {
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const act = begin('webhook.register', client, now, { ...input })
  const load = async (id: string) => (await world.webhooks.load(id as WebhookId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (!/^https?:\/\/[^\s@]+$/.test(input.url) || input.url.length > 500 || input.url.includes('#')) return refuse('MALFORMED_INPUT', { field: 'url' })
    if (input.events.length === 0 || new Set(input.events).size !== input.events.length) return refuse('MALFORMED_INPUT', { field: 'events' })
    const webhook: Webhook = { id: newId('webhook', now, world.random), partner: client.partner, url: input.url, events: webhookEvents.filter((e) => input.events.includes(e)), secret: world.random.bytes(32), registeredAt: now, state: 'ACTIVE' }
    const stored = await world.webhooks.register({ ...act, subject: webhook.id }, webhook)
    return isRefusal(stored) ? stored : webhook
  })
}

export async function removeWebhook(world: WebhookWorld, actor: Actor, input: { webhook: WebhookId; idempotencyKey: IdempotencyKey }): Promise<Result<Webhook>> {
  const found = await mine(world, actor, input.webhook)
  if (isRefusal(found)) return found
  const act = begin('webhook.remove', actor, world.clock.now(), input)
  const load = async () => (await world.webhooks.load(found.id)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (found.state !== 'ACTIVE') return refuse('WRONG_STATE', { state: found.state })
    const stored = await world.webhooks.remove({ ...act, subject: found.id }, found.id)
    return isRefusal(stored) ? stored : load()
  })
}

export async function resendDelivery(world: WebhookWorld, actor: Actor, input: { delivery: DeliveryId; idempotencyKey: IdempotencyKey }): Promise<Result<Delivery>> {
  const delivery = await world.webhooks.loadDelivery(input.delivery)
  const found = delivery === null ? refuse('NOT_FOUND') : await mine(world, actor, delivery.webhook)
  if (delivery === null || isRefusal(found)) return isRefusal(found) ? found : refuse('NOT_FOUND')
  const now = world.clock.now()
  const act = begin('webhook.resend', actor, now, input)
  const load = async () => (await world.webhooks.loadDelivery(delivery.id)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (delivery.state === 'WAITING' || found.state !== 'ACTIVE') return refuse('WRONG_STATE', { state: found.state === 'ACTIVE' ? delivery.state : found.state })
    const stored = await world.webhooks.resend({ ...act, subject: delivery.id }, delivery.id, now)
    return isRefusal(stored) ? stored : load()
  })
}

export async function webhooksOf(world: Uses<'webhooks'>, actor: Actor): Promise<Result<Webhook[]>> {
  const client = asPartner(actor, 'consent')
  return isRefusal(client) ? client : world.webhooks.ofPartner(client.partner)
}

async function mine(world: Uses<'webhooks'>, actor: Actor, id: string): Promise<Result<Webhook>> {
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const webhook = parseId('webhook', id) === null ? null : await world.webhooks.load(id as WebhookId)
  return webhook === null || webhook.partner !== client.partner ? refuse('NOT_FOUND') : webhook
}

// ---------------------------------------------------------------- telling

/** What came of one attempt to hand it over. */
export type Attempt = { readonly delivered: boolean; readonly outcome: string }
export type HandOver = (due: Due, body: string, at: Instant) => Promise<Attempt>

/** The message, as it is signed and sent. No value of a person, no name, no number. */
export const messageOf = (d: Delivery): string => JSON.stringify({ id: d.id, type: d.event, at: toRfc3339(d.at), ...(d.consent === null ? { grant: d.grant } : { consent: d.consent }) })

const lease = 2 * minute

/**
 * One round: what is due is claimed, partners side by side and each partner's one after the other, so that a slow one keeps
 * only itself waiting. A round that dies is gone on with when its claim has run out: a message may come twice, with one id.
 */
export async function tellPartners(world: Uses<'clock' | 'webhooks'>, handOver: HandOver, limits: { readonly each: number; readonly limit: number }): Promise<{ readonly delivered: number; readonly failed: number; readonly dead: number }> {
  const at = world.clock.now()
  const due = await world.webhooks.claim(at, after(at, lease), limits.each, limits.limit)
  const count = { delivered: 0, failed: 0, dead: 0 }
  await Promise.all([...new Set(due.map((d) => d.partner))].map(async (partner) => {
    for (const delivery of due.filter((d) => d.partner === partner)) {
      const now = world.clock.now()
      const attempt = await handOver(delivery, messageOf(delivery), now)
      const wait = waits[delivery.attempts - 1]
      const state = attempt.delivered ? 'DELIVERED' : wait === undefined ? 'DEAD' : 'WAITING'
      await world.webhooks.settle(delivery.id, { state, nextAt: after(now, wait ?? 0), lastOutcome: attempt.outcome, lastAt: now })
      count[state === 'DELIVERED' ? 'delivered' : state === 'DEAD' ? 'dead' : 'failed']++
    }
  }))
  return count
}

/**
 * Telling partners that something happened, never what: a consent ended, a signing certificate lapsed, an item changed, a link
 * was undone. The message names the consent or the link and nothing of the person; whoever may know asks again. What is to be told is
 * stored with the act that makes it true, and told until the partner took it or eight attempts failed.
 *
 * @law 施行規則 第35条の2第5項 (withdrawal) · 公的個人認証法 第18条第3項
 */
import { asPartner, type Actor, type PartnerClient } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import { newId, parseId, type AccountLinkId, type ConsentId, type DeliveryId, type GrantId, type IdempotencyKey, type PartnerId, type WebhookId } from '../ids.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { after, hour, minute, second, toRfc3339, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

export const webhookEvents = ['consent-withdrawn', 'consent-ended', 'certificate-revoked', 'attributes-changed', 'account-unlinked', 'grant-expiring'] as const
export type WebhookEvent = (typeof webhookEvents)[number]

export interface Webhook {
  readonly id: WebhookId
  readonly partner: PartnerId
  readonly url: string
  readonly events: readonly WebhookEvent[]
  /** Of 32 octets with which both sides compute the MAC; empty once removed. */
  readonly sealed: Uint8Array
  /** The secret before, with which messages are signed too until then. */
  readonly previous: { readonly sealed: Uint8Array; readonly until: Instant } | null
  readonly registeredAt: Instant
  readonly state: 'ACTIVE' | 'REMOVED'
}

export interface Delivery {
  readonly id: DeliveryId
  readonly webhook: WebhookId
  readonly event: WebhookEvent
  /** What it is about: a consent, a link, or a grant of free space. */
  readonly consent: ConsentId | null
  readonly link: AccountLinkId | null
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

/** A delivery with the address it goes to and the secrets it is signed with. */
export interface Due extends Delivery { readonly url: string; readonly sealed: readonly Uint8Array[]; readonly partner: PartnerId }

/** What was sealed for one purpose and name opens for no other. */
export interface Vault {
  seal(secret: Uint8Array, name: string): Promise<Uint8Array>
  open(sealed: Uint8Array, name: string): Promise<Uint8Array>
}

export interface Webhooks {
  /** `CONFLICT` where the partner has too many already. */
  register(act: Act, webhook: Webhook): Promise<Result<void>>
  remove(act: Act, id: WebhookId): Promise<Result<void>>
  /** The present secret becomes the previous one; a previous one is forgotten. */
  rotate(act: Act, id: WebhookId, sealed: Uint8Array, until: Instant): Promise<Result<void>>
  load(id: WebhookId): Promise<Webhook | null>
  ofPartner(partner: PartnerId): Promise<Webhook[]>
  loadDelivery(id: DeliveryId): Promise<Delivery | null>
  /** Newest first. */
  deliveriesOf(webhook: WebhookId, limit: number): Promise<Delivery[]>
  /** DEAD or DELIVERED → WAITING at once. */
  resend(act: Act, id: DeliveryId, at: Instant): Promise<Result<void>>
  /** What is due, at most `each` of one partner, and counted as an attempt: nobody else is given it for a while. */
  claim(at: Instant, until: Instant, each: number, limit: number): Promise<Due[]>
  /** Claimed and not tried: the attempt does not count. */
  putOff(ids: readonly DeliveryId[], nextAt: Instant, why: string): Promise<void>
  settle(id: DeliveryId, outcome: Pick<Delivery, 'state' | 'nextAt' | 'lastOutcome' | 'lastAt'>): Promise<void>
}

export const webhooksOfAPartner = 5
/** Waits after each failed attempt; after the last one the delivery is dead until somebody sends it again. */
export const waits = [10 * second, minute, 5 * minute, 30 * minute, 2 * hour, 6 * hour, 12 * hour] as const

/** How long messages are signed with the secret of before as well. */
export const secretOverlap = 24 * hour

type WebhookWorld = Uses<'clock' | 'random' | 'acts' | 'webhooks' | 'vault'>

/** A webhook with its secret in clear. */
export interface Told { readonly webhook: Webhook; readonly secret: Uint8Array }

/** Whoever asks for consents or logs people in has something to be told. */
function client(actor: Actor): PartnerClient | Refusal {
  const consent = asPartner(actor, 'consent')
  return isRefusal(consent) ? (actor.kind === 'partner' && actor.scopes.has('login') ? actor : consent) : consent
}

/** The secret is told here, and by a repeat. */
export async function registerWebhook(world: WebhookWorld, actor: Actor, input: { url: string; events: readonly WebhookEvent[]; idempotencyKey: IdempotencyKey }): Promise<Result<Told>> {
  const by = client(actor)
  if (isRefusal(by)) return by
  const now = world.clock.now()
  const act = begin('webhook.register', by, now, { ...input })
  return once(world.acts, act, (id) => tell(world, id as WebhookId), async () => {
    if (!/^https?:\/\/[^\s@]+$/.test(input.url) || input.url.length > 500 || input.url.includes('#')) return refuse('MALFORMED_INPUT', { field: 'url' })
    if (input.events.length === 0 || new Set(input.events).size !== input.events.length) return refuse('MALFORMED_INPUT', { field: 'events' })
    const [id, secret] = [newId('webhook', now, world.random), world.random.bytes(32)]
    const webhook: Webhook = { id, partner: by.partner, url: input.url, events: webhookEvents.filter((e) => input.events.includes(e)), sealed: await world.vault.seal(secret, id), previous: null, registeredAt: now, state: 'ACTIVE' }
    const stored = await world.webhooks.register({ ...act, subject: id }, webhook)
    return isRefusal(stored) ? stored : { webhook, secret }
  })
}

/** A new secret; messages are signed with both for a day, so that the partner can change over when it likes. */
export async function rotateWebhookSecret(world: WebhookWorld, actor: Actor, input: { webhook: WebhookId; idempotencyKey: IdempotencyKey }): Promise<Result<Told>> {
  const found = await mine(world, actor, input.webhook)
  if (isRefusal(found)) return found
  const now = world.clock.now()
  const act = begin('webhook.rotate', actor, now, input)
  return once(world.acts, act, () => tell(world, found.id), async () => {
    if (found.state !== 'ACTIVE') return refuse('WRONG_STATE', { state: found.state })
    const sealed = await world.vault.seal(world.random.bytes(32), found.id)
    const stored = await world.webhooks.rotate({ ...act, subject: found.id }, found.id, sealed, after(now, secretOverlap))
    return isRefusal(stored) ? stored : tell(world, found.id)
  })
}

async function tell(world: Uses<'webhooks' | 'vault'>, id: WebhookId): Promise<Result<Told>> {
  const webhook = await world.webhooks.load(id)
  if (webhook === null) return refuse('NOT_FOUND')
  return webhook.state === 'ACTIVE' ? { webhook, secret: await world.vault.open(webhook.sealed, id) } : refuse('WRONG_STATE', { state: webhook.state })
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
  const by = client(actor)
  return isRefusal(by) ? by : world.webhooks.ofPartner(by.partner)
}

async function mine(world: Uses<'webhooks'>, actor: Actor, id: string): Promise<Result<Webhook>> {
  const by = client(actor)
  if (isRefusal(by)) return by
  const webhook = parseId('webhook', id) === null ? null : await world.webhooks.load(id as WebhookId)
  return webhook === null || webhook.partner !== by.partner ? refuse('NOT_FOUND') : webhook
}

// ---------------------------------------------------------------- telling

/** What came of one attempt to hand it over. `silent`: nobody answered in time. */
export type Attempt = { readonly delivered: boolean; readonly outcome: string; readonly silent?: boolean }
/** Signed with every secret given, newest first. */
export type HandOver = (due: Due, secrets: readonly Uint8Array[], body: string, at: Instant) => Promise<Attempt>

/** The message, as it is signed and sent. No value of a person, no name, no number. */
export const messageOf = (d: Pick<Delivery, 'id' | 'event' | 'at' | 'consent' | 'link'> & { readonly grant?: GrantId | null }): string =>
  JSON.stringify({ id: d.id, type: d.event, at: toRfc3339(d.at), ...(d.consent !== null ? { consent: d.consent } : d.link !== null ? { link: d.link } : { grant: d.grant }) })

const lease = 2 * minute

export interface Round {
  /** Of one partner at most so many in one round. */
  readonly each: number
  readonly limit: number
  /** Told of each delivery that is given up. */
  readonly dead?: (due: Due, outcome: string) => void
}

/**
 * One round: what is due is claimed, partners side by side and each partner's one after the other. An address that does not
 * answer is asked once and what else waits for it is put off, so that it keeps a round no longer than one patience. A round
 * that dies is gone on with when its claim has run out: a message may come twice, with one id.
 */
export async function tellPartners(world: Uses<'clock' | 'webhooks' | 'vault'>, handOver: HandOver, round: Round): Promise<{ readonly delivered: number; readonly failed: number; readonly dead: number }> {
  const at = world.clock.now()
  const due = await world.webhooks.claim(at, after(at, lease), round.each, round.limit)
  const count = { delivered: 0, failed: 0, dead: 0 }
  const ofPartner = async (mine: readonly Due[]): Promise<void> => {
    const silent = new Set<WebhookId>()
    for (const delivery of mine) {
      if (silent.has(delivery.webhook)) continue
      const now = world.clock.now()
      // A secret that cannot be opened stops the messages of its webhook, not the round.
      const secrets = await Promise.all(delivery.sealed.map((sealed) => world.vault.open(sealed, delivery.webhook))).catch(() => null)
      const attempt: Attempt = secrets === null ? { delivered: false, outcome: 'the secret cannot be opened: change it' } : await handOver(delivery, secrets, messageOf(delivery), now)
      const wait = waits[delivery.attempts - 1]
      const state = attempt.delivered ? 'DELIVERED' : wait === undefined ? 'DEAD' : 'WAITING'
      await world.webhooks.settle(delivery.id, { state, nextAt: after(now, wait ?? 0), lastOutcome: attempt.outcome, lastAt: now })
      count[state === 'DELIVERED' ? 'delivered' : state === 'DEAD' ? 'dead' : 'failed']++
      if (state === 'DEAD') round.dead?.(delivery, attempt.outcome)
      if (attempt.silent === true) {
        silent.add(delivery.webhook)
        const rest = mine.slice(mine.indexOf(delivery) + 1).filter((d) => d.webhook === delivery.webhook)
        if (rest.length > 0) await world.webhooks.putOff(rest.map((d) => d.id), after(now, waits[0]), 'put off: the message before was not answered in time')
      }
    }
  }
  await Promise.all([...new Set(due.map((d) => d.partner))].map((partner) => ofPartner(due.filter((d) => d.partner === partner))))
  return count
}

/**
 * The partner's side of a webhook: whether a message is from the gateway, unchanged, and of now. Verify before parsing, over
 * the body as it came; keep the ids of messages for a day, because one may come twice.
 *
 *   const message = verifyWebhook(secret, request.headers, rawBody)      // throws WebhookRefused
 *   if (message.type === 'consent-withdrawn') forget(message.consent!)
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface WebhookMessage {
  readonly id: string
  readonly type: 'consent-withdrawn' | 'consent-ended' | 'certificate-revoked' | 'attributes-changed' | 'account-unlinked' | 'grant-expiring'
  /** RFC 3339. */
  readonly at: string
  /** What it is about, one of the three, as in the gateway's records: `Buffer.from(consent).toString('base64url')` is its id in GraphQL. */
  readonly consent?: string
  readonly link?: string
  readonly grant?: string
}

export class WebhookRefused extends Error {
  override readonly name = 'WebhookRefused'
}

/** Seconds a message may be old or ahead. */
export const window = 300

export type HeadersLike = { get(name: string): string | null } | Readonly<Record<string, string | string[] | undefined>>

/** `secret` as `registerWebhook` told it (`whsec_…`). `body` as received, not parsed and printed again. */
export function verifyWebhook(secret: string, headers: HeadersLike, body: string | Uint8Array, now = Date.now()): WebhookMessage {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => headerOf(headers, name))
  if (id === null || id === undefined || timestamp === null || timestamp === undefined || signatures === null || signatures === undefined) throw new WebhookRefused('a header is missing: webhook-id, webhook-timestamp or webhook-signature')
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now / 1000 - Number(timestamp)) > window) throw new WebhookRefused('the message is not of now')
  const raw = typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body)
  const expected = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).update(`${id}.${timestamp}.`, 'utf8').update(raw).digest()
  // Several may stand there while a secret is being changed; one must hold.
  const held = signatures.split(' ').some((signature) => {
    const [version, mac = ''] = signature.split(',')
    const given = Buffer.from(mac, 'base64')
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
  })
  if (!held) throw new WebhookRefused('the signature does not hold')
  const message = JSON.parse(raw.toString('utf8')) as WebhookMessage
  if (message.id !== id) throw new WebhookRefused('the body is of another message')
  return message
}

function headerOf(headers: HeadersLike, name: string): string | null {
  if (typeof headers.get === 'function') return (headers as { get(name: string): string | null }).get(name)
  const value = (headers as Readonly<Record<string, string | string[] | undefined>>)[name]
  return typeof value === 'string' ? value : null
}

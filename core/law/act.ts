/**
 * An act: who did what, when, to what. One act is one transaction: its audit leaf, its idempotency row and the change
 * are stored together or not at all. Facts of an act never hold a value of a person.
 */
import type { Actor } from './actor.ts'
import type { IdempotencyKey } from './ids.ts'
import { isRefusal, refuse, type Result } from './refusal.ts'
import type { Instant } from './time.ts'

export const actKinds = [
  'resident.record', 'resident.name', 'resident.enter', 'card.apply', 'card.withdraw', 'card.decide', 'card.produce', 'card.ship', 'card.notice', 'card.hand-over', 'card.mail', 'card.suspend', 'card.resume', 'card.print-form', 'card.return', 'card.abolish', 'card.note', 'card.reset-pin', 'card.not-collected', 'deadline.pass', 'my-number.read',
  'certificate.apply', 'certificate.confirm', 'certificate.key', 'certificate.notify', 'certificate.reserve', 'certificate.issue',
  'certificate.deliver', 'certificate.abandon', 'certificate.revoke', 'crl.publish', 'responder.issue', 'issuer.add', 'order.request', 'order.sign', 'order.complete', 'pin-reset.start', 'pin-reset.prove', 'pin-reset.order',
  'login.challenge', 'login.answer', 'purpose.register', 'consent.request', 'consent.start', 'consent.give', 'consent.decline', 'consent.withdraw', 'consent.receive-withdrawal', 'partner.return-addresses', 'partner.documents', 'partner.access',
  'purpose.end', 'partner.accredit', 'partner.suspend', 'partner.resume', 'partner.end', 'partner.agree', 'partner.report', 'webhook.register', 'webhook.remove', 'webhook.resend', 'webhook.rotate', 'link.end', 'passkey.offer', 'passkey.enrol', 'passkey.remove',
  'release.give', 'release.refuse', 'representation.record', 'representation.end', 'key.register', 'key.retire', 'grant.request', 'grant.approve', 'grant.suspend', 'grant.resume', 'grant.end', 'grant.repeal', 'grant.lapse', 'grant.expire', 'grant.warn',
  'officer.propose', 'officer.confirm', 'officer.end', 'delegation.give', 'delegation.end',
  'area.install', 'area.write', 'area.unblock', 'area.lock', 'area.unlock', 'area.remove', 'area.confirm', 'area.follow', 'retention.erase', 'rows.seal',
] as const
export type ActKind = (typeof actKinds)[number]

export interface Act {
  readonly kind: ActKind
  readonly actor: Actor
  readonly at: Instant
  /** Null only for acts of the system and for reads that leave a log row. */
  readonly key: IdempotencyKey | null
  /** Canonical JSON of the input; stored as a hash only, to tell a repeat from a misuse of the key. */
  readonly request: string
  /** Id of what the act made or changed: a repeat loads this. */
  readonly subject: string
  readonly facts: Readonly<Record<string, string | number | boolean | null>>
}

export interface Acts {
  /** The act done before by this actor under this key, and whether its input was the same. */
  find(act: Pick<Act, 'kind' | 'actor' | 'key' | 'request'>): Promise<{ readonly subject: string; readonly same: boolean } | null>
}

/** Starts an act; `subject` is set where the recipe knows it. */
export function begin(kind: ActKind, actor: Actor, at: Instant, input: object): Omit<Act, 'subject'> {
  const { idempotencyKey, ...rest } = input as { readonly idempotencyKey?: IdempotencyKey }
  return { kind, actor, at, key: idempotencyKey ?? null, request: canonicalJson(rest), facts: {} }
}

/**
 * Runs `perform` at most once per actor and key. A repeat with the same input answers with the thing as it is now;
 * with other input it is refused. Concurrent duplicates meet at the store's unique index: the loser looks again here.
 */
export async function once<T>(acts: Acts, act: Omit<Act, 'subject'>, load: (subject: string) => Promise<Result<T>>, perform: () => Promise<Result<T>>): Promise<Result<T>> {
  const repeat = async (): Promise<Result<T> | null> => {
    const earlier = act.key === null ? null : await acts.find(act)
    if (earlier === null) return null
    return earlier.same ? load(earlier.subject) : refuse('IDEMPOTENCY_CONFLICT')
  }
  const before = await repeat()
  if (before !== null) return before
  const result = await perform()
  return isRefusal(result) ? ((await repeat()) ?? result) : result
}

/** JSON with sorted keys and bytes as hex: equal inputs give equal text. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) return 'null'
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return JSON.stringify(value.toString())
  if (value instanceof Uint8Array) return JSON.stringify(Array.from(value, (b) => b.toString(16).padStart(2, '0')).join(''))
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const entries = Object.entries(value as Record<string, unknown>).filter(([, v]) => v !== undefined).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`
}


/**
 * What the public may know of how the gateway is: how old the lists and the log's head are, until when the responders
 * speak, which doors answer. No number of a person, no name, nothing that a stranger could use.
 */
import { hour, second, toRfc3339, type Instant } from '../time.ts'

/** As the archive has it at one moment. */
export interface Vitals {
  readonly lists: { readonly published: number; readonly missing: number; /** thisUpdate of the oldest. */ readonly oldest: Instant | null; /** nextUpdate of the first to end. */ readonly until: Instant | null }
  /** Of the responders that speak, the first to end; null where an authority has none. */
  readonly responderUntil: Instant | null
  /** The newest signed head of the log. */
  readonly checkpoint: { readonly size: bigint; readonly at: Instant } | null
  /** Certificates that were notified and are not issued. */
  readonly waiting: number
}
export interface Health { look(at: Instant): Promise<Vitals> }

export type DoorState = 'up' | 'late' | 'down'
export interface ServiceHealth {
  readonly at: string
  /** ok: all is well. late: something is older than it should be. down: a door does not answer, or something has run out. */
  readonly status: 'ok' | 'late' | 'down'
  readonly doors: Readonly<Record<'graphql' | 'ocsp' | 'authority', DoorState>>
  readonly crl: { readonly published: number; readonly missing: number; readonly oldest: string | null; readonly ageSeconds: number | null; readonly until: string | null }
  readonly ocsp: { readonly responderUntil: string | null }
  readonly checkpoint: { readonly size: string; readonly at: string; readonly ageSeconds: number } | null
}

/** Lists are renewed at half their life; one with less than a quarter left is late. */
const lateShare = 0.25
const secondsSince = (then: Instant, now: Instant): number => Math.max(0, Math.floor((now - then) / second))

/** `answers`: which doors of the internet answered just now. */
export function healthOf(vitals: Vitals, answers: Readonly<Record<'graphql' | 'ocsp', boolean>>, crlLifeHours: number, now: Instant): ServiceHealth {
  const { lists, responderUntil, checkpoint } = vitals
  const left = lists.until === null ? null : lists.until - now
  const authority: DoorState = left !== null && left <= 0 ? 'down' : lists.missing > 0 || (left !== null && left < crlLifeHours * hour * lateShare) ? 'late' : 'up'
  const responder: DoorState = !answers.ocsp || (responderUntil !== null && responderUntil <= now) ? 'down' : responderUntil === null ? 'late' : 'up'
  const doors = { graphql: answers.graphql ? 'up' : 'down', ocsp: responder, authority } as const
  const states = Object.values<DoorState>(doors)
  return {
    at: toRfc3339(now), status: states.includes('down') ? 'down' : states.includes('late') ? 'late' : 'ok', doors,
    crl: { published: lists.published, missing: lists.missing, oldest: textOf(lists.oldest), ageSeconds: lists.oldest === null ? null : secondsSince(lists.oldest, now), until: textOf(lists.until) },
    ocsp: { responderUntil: textOf(responderUntil) },
    checkpoint: checkpoint === null ? null : { size: checkpoint.size.toString(), at: toRfc3339(checkpoint.at), ageSeconds: secondsSince(checkpoint.at, now) },
  }
}
const textOf = (at: Instant | null): string | null => (at === null ? null : toRfc3339(at))

/**
 * What stands before a request whatever its path: which document it may be, what it costs, and whether the partner's
 * budget pays for it. What a partner's record says is looked up anew after half a minute; a registered document never changes.
 */
import { fullAt, waitFor, type DocumentRule } from '../../core/law/partner/access.ts'
import type { Actor, PartnerClient } from '../../core/law/actor.ts'
import { toHex, type PartnerId } from '../../core/law/ids.ts'
import { noteTurnedAway } from '../../core/law/partner/explain.ts'
import { after, minute, second, toRfc3339, type Instant } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'
import type { RequestErrorCode } from '../../core/law/request-error.ts'
import { mostCostly } from '../../schema/limits.ts'
import type { Prepared } from '../../schema/prepare.ts'
import { purses, type Purses } from './purse.ts'
import type { Params } from './ready.ts'

export interface Denial { readonly status: number; readonly code: RequestErrorCode; readonly detail?: string; readonly extensions?: Readonly<Record<string, unknown>>; readonly headers?: Readonly<Record<string, string>> }
/** The text to be run; null where the request has none and the open path tells so. */
export type Found = { readonly text: string | null } | { readonly denied: Denial }

const recordLife = 30 * second
const keptDocuments = 5_000
/** Of one partner, in one instance: a record of each would let whoever is refused fill the archive. */
export const notedInAMinute = 60
/** Points of a request whose document is none, or names an operation that is not there. */
const costOfNone = 5

export interface Admission {
  document(actor: Actor, params: Params | null): Promise<Found>
  /** So that it can be explained; of one that hammers, no more than a few a minute. */
  note(actor: Actor, denied: Denial, requestId: string): Promise<void>
  pay(actor: Actor, params: Params | null, prepared: Prepared | null): Promise<{ readonly headers: Readonly<Record<string, string>> } | { readonly denied: Denial }>
}

export function admission(world: Pick<World, 'clock' | 'random' | 'settings' | 'accesses' | 'budgets' | 'decisions'>, sha256: (text: string) => Uint8Array): Admission {
  const noted = new Map<PartnerId, { readonly until: Instant; readonly times: number }>()
  const rules = new Map<PartnerId, { readonly rule: DocumentRule; readonly until: Instant }>()
  const texts = new Map<string, string>()
  const points = purses(world)

  const ruleOf = async (partner: PartnerId): Promise<DocumentRule> => {
    const now = world.clock.now()
    const known = rules.get(partner)
    if (known !== undefined && known.until > now) return known.rule
    const { documents: rule } = await world.accesses.load(partner, world.settings.access)
    rules.set(partner, { rule, until: after(now, recordLife) })
    return rule
  }
  const registered = async (partner: PartnerId, hash: string): Promise<string | null> => {
    const key = `${partner} ${hash}`
    const known = texts.get(key)
    if (known !== undefined) return known
    const text = await world.accesses.document(partner, hash)
    if (text === null) return null
    texts.set(key, text)
    const [oldest] = texts.keys()
    if (texts.size > keptDocuments && oldest !== undefined) texts.delete(oldest)
    return text
  }

  return {
    async document(actor, params) {
      const { query = null, documentId = null } = params ?? {}
      if (actor.kind !== 'partner') return documentId === null ? { text: query } : { denied: { status: 404, code: 'DOCUMENT_UNKNOWN' } }
      if (documentId !== null) {
        const hash = query === null ? /^sha256:([0-9a-f]{64})$/.exec(documentId)?.[1] : undefined
        const text = hash === undefined ? null : await registered(actor.partner, hash)
        return text === null ? { denied: { status: 404, code: 'DOCUMENT_UNKNOWN' } } : { text }
      }
      if ((await ruleOf(actor.partner)) === 'any') return { text: query }
      // Nothing is told of a text that is not registered, not even what is wrong with it.
      const text = query === null ? null : await registered(actor.partner, toHex(sha256(query)).toLowerCase())
      return text === null ? { denied: { status: 403, code: 'DOCUMENT_NOT_REGISTERED' } } : { text }
    },
    async note(actor, { code, extensions = {} }, requestId) {
      if (actor.kind !== 'partner') return
      const now = world.clock.now()
      const before = noted.get(actor.partner)
      const { until, times } = before === undefined || before.until <= now ? { until: after(now, minute), times: 0 } : before
      noted.set(actor.partner, { until, times: times + 1 })
      if (times >= notedInAMinute) return
      const { cost, limit, retryAfter } = extensions as { readonly cost?: number; readonly limit?: number; readonly retryAfter?: number }
      await noteTurnedAway(world, actor, code, requestId, { limit: cost === undefined ? null : `${cost} of ${limit}`, at: retryAfter === undefined ? null : after(now, retryAfter * second) })
    },
    async pay(actor, params, prepared) {
      const plan = prepared?.operations.get(params?.operationName ?? '')
      const cost = plan === undefined ? costOfNone : plan(params?.variables ?? {})
      if (typeof cost !== 'number') return { denied: { status: 400, code: 'BAD_USER_INPUT', detail: `${cost.unbounded}: give first or last, one of them, 1 to 100.` } }
      if (cost > mostCostly) return { denied: { status: 400, code: 'QUERY_TOO_COSTLY', extensions: { cost, limit: mostCostly } } }
      return actor.kind === 'partner' ? payFrom(points, world.clock.now(), actor, cost) : { headers: { 'request-cost': String(cost) } }
    },
  }
}

async function payFrom(points: Purses, now: Instant, { partner }: PartnerClient, cost: number): ReturnType<Admission['pay']> {
  const taken = await points.take(partner, cost, now)
  const { remaining, capacity: limit } = taken
  const resetAt = fullAt(taken, now)
  const headers = { 'request-cost': String(cost), 'ratelimit-limit': String(limit), 'ratelimit-remaining': String(remaining), 'ratelimit-reset': String(Math.ceil((resetAt - now) / second)) }
  if (taken.granted) return { headers }
  const retryAfter = waitFor(cost, taken)
  return { denied: { status: 429, code: 'BUDGET_EXHAUSTED', extensions: { retryAfter, limit, remaining, resetAt: toRfc3339(resetAt), cost }, headers: { ...headers, 'retry-after': String(retryAfter) } } }
}

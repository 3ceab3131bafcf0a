/**
 * The public keys of a partner's clients: those that its assertions are signed with, and those that releases are encrypted
 * to. A new key is registered before the old one goes, and an old one goes after a time in which both hold, so that a
 * rotation interrupts nothing. Keys come one by one, or from an address that is fetched again and again; when that was
 * done last, and when a key was used last, the partner sees.
 *
 * @law 公的個人認証法 第17条 · @rfc 7517 · 7523 3 · 8414 2 (jwks_uri)
 */
import { readPublicJwk, type JwkUse } from '../../pki/jwk.ts'
import type { Actor, PartnerClient } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import type { IdempotencyKey, PartnerId } from '../ids.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { after, hour, minute, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

export interface PartnerKey {
  readonly partner: PartnerId
  readonly client: string
  readonly kid: string
  readonly use: JwkUse
  readonly alg: string
  /** RFC 7517, public members only. */
  readonly jwk: Readonly<Record<string, string>>
  readonly source: 'INLINE' | 'URI'
  readonly registeredAt: Instant
  /** From then on it holds no more; null while nobody retired it. */
  readonly retiresAt: Instant | null
  /** When it was last seen at the address of its client; null for a key that was registered by hand. */
  readonly lastFetchedAt: Instant | null
  readonly lastUsedAt: Instant | null
}

/** Where a client's keys are fetched from (jwks_uri). */
export interface KeyAddress {
  readonly partner: PartnerId
  readonly client: string
  readonly uri: string
  readonly registeredAt: Instant
  readonly lastFetchedAt: Instant | null
  /** `200`, or why it could not be read. */
  readonly lastOutcome: string | null
}

export interface PartnerKeys {
  of(partner: PartnerId): Promise<PartnerKey[]>
  ofClient(client: string): Promise<PartnerKey[]>
  addressesOf(partner: PartnerId): Promise<KeyAddress[]>
  /** `CONFLICT` where the client has a key of that name, retired or not. */
  register(act: Act, key: PartnerKey): Promise<Result<void>>
  setAddress(act: Act, address: KeyAddress): Promise<Result<void>>
  /** `CONFLICT` where it was retired before. */
  retire(act: Act, client: string, kid: string, at: Instant): Promise<Result<void>>
  used(client: string, kid: string, at: Instant): Promise<void>
  /** Addresses not fetched since then. */
  due(before: Instant, limit: number): Promise<KeyAddress[]>
  /** One transaction: what is there is added or seen again; what is no longer there retires at `retireAt`. Null: it could not be read. */
  fetched(address: KeyAddress, keys: readonly PartnerKey[] | null, outcome: string, at: Instant, retireAt: Instant): Promise<void>
}

/** How long an old key goes on holding beside the new one. A token lives five minutes; a cache of keys an hour. */
export const overlap = 24 * hour
/** Keys of one client that hold at the same time. */
export const mostKeys = 10

export const holdsAt = (key: PartnerKey, at: Instant): boolean => key.registeredAt <= at && (key.retiresAt === null || at < key.retiresAt)

/** The newest that holds. */
export const encryptionKeyFor = (keys: readonly PartnerKey[], at: Instant): PartnerKey | null => keys.filter((key) => key.use === 'enc' && holdsAt(key, at)).toSorted((a, b) => b.registeredAt - a.registeredAt)[0] ?? null

type KeyWorld = Uses<'clock' | 'acts' | 'partnerKeys'>

const ofPartner = (actor: Actor): PartnerClient | Refusal => (actor.kind === 'partner' ? actor : refuse('NOT_PERMITTED', { field: 'actor partner' }))

export interface RegisterKeyInput { readonly jwk: string | null; readonly jwksUri: string | null; readonly idempotencyKey: IdempotencyKey }

/** One key, or the address of all. Answers with what the client has now. */
export async function registerKey(world: KeyWorld, actor: Actor, input: RegisterKeyInput): Promise<Result<ClientKeys>> {
  const client = ofPartner(actor)
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const act = { ...begin('key.register', client, now, { ...input }), subject: client.client }
  return once(world.acts, act, () => keysOf(world, client), async () => {
    if ((input.jwk === null) === (input.jwksUri === null)) return refuse('MALFORMED_INPUT', { field: input.jwk === null ? 'jwk' : 'jwksUri' })
    if (input.jwksUri !== null) {
      if (!/^https:\/\/[^\s@#\\]{1,500}$/.test(input.jwksUri)) return refuse('MALFORMED_INPUT', { field: 'jwksUri' })
      const stored = await world.partnerKeys.setAddress(act, { partner: client.partner, client: client.client, uri: input.jwksUri, registeredAt: now, lastFetchedAt: null, lastOutcome: null })
      return isRefusal(stored) ? stored : keysOf(world, client)
    }
    const read = readPublicJwk(parsed(input.jwk ?? ''))
    if (typeof read === 'string') return refuse('KEY_NOT_TAKEN', { field: 'jwk', state: read.toUpperCase() })
    if ((await world.partnerKeys.ofClient(client.client)).filter((key) => holdsAt(key, now)).length >= mostKeys) return refuse('KEY_NOT_TAKEN', { field: 'jwk', state: 'TOO_MANY' })
    const key: PartnerKey = { partner: client.partner, client: client.client, ...read, source: 'INLINE', registeredAt: now, retiresAt: null, lastFetchedAt: null, lastUsedAt: null }
    const stored = await world.partnerKeys.register({ ...act, facts: { kid: key.kid, use: key.use, alg: key.alg } }, key)
    return isRefusal(stored) ? stored : keysOf(world, client)
  })
}

/** After the overlap, or at once where the key leaked. The last key that a client can prove itself with stays. */
export async function retireKey(world: KeyWorld, actor: Actor, input: { readonly kid: string; readonly leaked: boolean; readonly idempotencyKey: IdempotencyKey }): Promise<Result<ClientKeys>> {
  const client = ofPartner(actor)
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const act = { ...begin('key.retire', client, now, input), subject: client.client, facts: { kid: input.kid, leaked: input.leaked } }
  return once(world.acts, act, () => keysOf(world, client), async () => {
    const keys = await world.partnerKeys.ofClient(client.client)
    const key = keys.find((k) => k.kid === input.kid)
    if (key === undefined) return refuse('NOT_FOUND', { field: 'kid' })
    const at = input.leaked ? now : after(now, overlap)
    if (key.retiresAt !== null && key.retiresAt <= at) return refuse('WRONG_STATE', { state: 'RETIRED' })
    const left = keys.filter((k) => k.kid !== key.kid && k.use === 'sig' && k.retiresAt === null)
    if (key.use === 'sig' && left.length === 0) return refuse('KEY_NOT_TAKEN', { field: 'kid', state: 'LAST' })
    const stored = await world.partnerKeys.retire(act, client.client, key.kid, at)
    return isRefusal(stored) ? stored : keysOf(world, client)
  })
}

export interface ClientKeys { readonly client: string; readonly keys: readonly PartnerKey[]; readonly address: KeyAddress | null }

export async function readKeys(world: Uses<'partnerKeys'>, actor: Actor): Promise<Result<ClientKeys>> {
  const client = ofPartner(actor)
  return isRefusal(client) ? client : keysOf(world, client)
}

async function keysOf(world: Uses<'partnerKeys'>, client: PartnerClient): Promise<ClientKeys> {
  const keys = (await world.partnerKeys.ofClient(client.client)).filter((key) => key.partner === client.partner)
  const address = (await world.partnerKeys.addressesOf(client.partner)).find((a) => a.client === client.client) ?? null
  return { client: client.client, keys, address }
}

// ---------------------------------------------------------------- fetching

/** Reads an address: its text, or why not. */
export type FetchText = (uri: string) => Promise<{ readonly text: string | null; readonly outcome: string }>

const fetchEvery = 10 * minute

/** Fetches what is due, side by side: one that is slow or breaks keeps nobody waiting. An address that cannot be read changes nothing; keys that are gone from it retire after the overlap. */
export async function fetchKeys(world: Uses<'clock' | 'partnerKeys'>, fetchText: FetchText, limit: number): Promise<number> {
  const now = world.clock.now()
  const due = await world.partnerKeys.due((now - fetchEvery) as Instant, limit)
  const read = await Promise.allSettled(due.map(async (address) => {
    const { text, outcome } = await fetchText(address.uri)
    const keys = text === null ? null : keysIn(text, address, now)
    await world.partnerKeys.fetched(address, keys, text !== null && keys === null ? 'not a JWK set' : outcome, now, after(now, overlap))
  }))
  for (const one of read) if (one.status === 'rejected') throw one.reason
  return due.length
}

/** Keys that are not fit are passed over: another server may need them. */
function keysIn(text: string, { partner, client }: KeyAddress, now: Instant): PartnerKey[] | null {
  const set = (parsed(text) as { readonly keys?: unknown } | null)?.keys
  if (!Array.isArray(set)) return null
  const read = set.slice(0, mostKeys).map(readPublicJwk).filter((key) => typeof key !== 'string')
  return read.length === 0 ? null : read.map((key) => ({ partner, client, ...key, source: 'URI' as const, registeredAt: now, retiresAt: null, lastFetchedAt: now, lastUsedAt: null }))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

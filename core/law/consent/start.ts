/**
 * How a browser comes to a request for consent and back: where a partner is returned to is registered beforehand and
 * compared octet by octet; a request is started on the back channel, so that neither address nor state passes through the
 * browser; and 同意しない is an act that the partner learns of and that is logged.
 *
 * @law 公的個人認証法施行規則 第35条の2第3項 (free to refuse) · @rfc 9126 2 (pushed requests) · 9700 4.1.3 (exact match)
 */
import { asCitizen, asPartner, type Actor } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import { toHex, type ConsentRequestId, type IdempotencyKey, type PartnerId } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import type { Instant } from '../time.ts'
import type { Uses } from '../world.ts'
import { readConsentRequest, type ConsentRequest } from './consent.ts'

/** A request that was pushed. One request is started once. */
export interface ConsentStart {
  readonly request: ConsentRequestId
  /** What the browser brings instead of everything else: 256 random bits, good as long as the request. */
  readonly reference: string
  readonly returnTo: string
  /** The partner's own, handed back as it is. */
  readonly state: string
  readonly startedAt: Instant
}

export interface ConsentStarts {
  addressesOf(partner: PartnerId): Promise<readonly string[]>
  /** Exactly these from now on. */
  registerAddresses(act: Act, partner: PartnerId, addresses: readonly string[]): Promise<Result<void>>
  /** `CONFLICT` where the request was started before. */
  start(act: Act, start: ConsentStart): Promise<Result<void>>
  ofRequest(request: ConsentRequestId): Promise<ConsentStart | null>
  byReference(reference: string): Promise<ConsentStart | null>
  /** Request OPEN → ANSWERED, and that the answer was no; `CONFLICT` where it was answered. */
  decline(act: Act, request: ConsentRequestId, at: Instant): Promise<Result<void>>
  declinedAt(request: ConsentRequestId): Promise<Instant | null>
}

type StartWorld = Uses<'clock' | 'random' | 'acts' | 'consents' | 'partners' | 'consentStarts'>

// ---------------------------------------------------------------- return addresses

export const mostAddresses = 10

/** https without credentials and fragment; http on loopback where no real persons are. @rfc 8252 7.3 · 6749 3.1.2 */
export function isReturnAddress(text: string, loopback: boolean): boolean {
  if (text.length > 500 || !/^https?:\/\/[^\s@#\\]+$/.test(text) || !URL.canParse(text)) return false
  return text.startsWith('https://') || (loopback && /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?\//.test(text))
}

/** A partner says where its browsers may be sent back to; what it said before counts no more. */
export async function registerReturnAddresses(
  world: StartWorld, actor: Actor, input: { readonly addresses: readonly string[]; readonly loopback: boolean; readonly idempotencyKey: IdempotencyKey },
): Promise<Result<readonly string[]>> {
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const { addresses, loopback } = input
  const act = begin('partner.return-addresses', client, world.clock.now(), input)
  const load = () => world.consentStarts.addressesOf(client.partner)
  return once(world.acts, act, load, async () => {
    if (addresses.length > mostAddresses || new Set(addresses).size !== addresses.length || !addresses.every((address) => isReturnAddress(address, loopback))) return refuse('MALFORMED_INPUT', { field: 'addresses' })
    const stored = await world.consentStarts.registerAddresses({ ...act, subject: client.partner, facts: { addresses: addresses.length } }, client.partner, addresses)
    return isRefusal(stored) ? stored : load()
  })
}

// ---------------------------------------------------------------- starting

export async function startConsent(
  world: StartWorld, actor: Actor, input: { readonly request: ConsentRequestId; readonly returnTo: string; readonly state: string; readonly idempotencyKey: IdempotencyKey },
): Promise<Result<ConsentStart>> {
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const found = await readConsentRequest(world, client, input.request)
  if (isRefusal(found)) return found
  const now = world.clock.now()
  const act = begin('consent.start', client, now, input)
  const load = async () => (await world.consentStarts.ofRequest(found.request.id)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (!/^[\x21-\x7e]{1,512}$/.test(input.state)) return refuse('MALFORMED_INPUT', { field: 'state' })
    if (!(await world.consentStarts.addressesOf(client.partner)).includes(input.returnTo)) return refuse('RETURN_NOT_REGISTERED', { field: 'returnTo' })
    if (found.request.state !== 'OPEN' || now > found.request.expiresAt) return refuse('WRONG_STATE', { state: found.request.state === 'OPEN' ? 'EXPIRED' : found.request.state })
    const start: ConsentStart = { request: found.request.id, reference: `urn:ietf:params:oauth:request_uri:${toHex(world.random.bytes(32)).toLowerCase()}`, returnTo: input.returnTo, state: input.state, startedAt: now }
    const stored = await world.consentStarts.start({ ...act, subject: start.request }, start)
    return isRefusal(stored) ? stored : start
  })
}

/** The partner that started it, and any person who holds the reference: nothing in it is about a person. */
export async function readStart(world: Uses<'consents' | 'partners' | 'consentStarts'>, actor: Actor, reference: string): Promise<Result<ConsentStart>> {
  const start = await world.consentStarts.byReference(reference)
  if (start === null) return refuse('NOT_FOUND')
  const found = await readConsentRequest(world, actor, start.request)
  return isRefusal(found) ? found : start
}

// ---------------------------------------------------------------- refusing

/** 同意しない. Nothing is given; the request cannot be answered again. */
export async function declineConsent(world: StartWorld, actor: Actor, input: { readonly request: ConsentRequestId; readonly idempotencyKey: IdempotencyKey }): Promise<Result<ConsentRequest>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  const found = await readConsentRequest(world, citizen, input.request)
  if (isRefusal(found)) return found
  const now = world.clock.now()
  const act = begin('consent.decline', citizen, now, input)
  const load = async () => (await world.consents.loadRequest(found.request.id)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (found.request.state !== 'OPEN' || now > found.request.expiresAt) return refuse('WRONG_STATE', { state: found.request.state === 'OPEN' ? 'EXPIRED' : found.request.state })
    const stored = await world.consentStarts.decline({ ...act, subject: found.request.id }, found.request.id, now)
    return isRefusal(stored) ? stored : load()
  })
}

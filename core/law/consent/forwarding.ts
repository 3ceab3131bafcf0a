/**
 * What the law sends on: the consent data, and that a consent ended, go from the verifier to the agency; and a withdrawal
 * that the person made there, by the client software or at the national portal, comes back.
 *
 * This gateway is the agency's own. What the agency keeps of a consent is its record, signed (seal.ts); the act itself
 * leaves word of it in its transaction, the outbox, and the sweep brings what is signed into the agency's register, once
 * for the giving and once for the end. Until then it is PENDING. In the other direction nothing is polled: the withdrawal
 * is an act here as any other, and the next release finds the consent ended.
 *
 * @law 公的個人認証法施行規則 第35条の2 (sending on; withdrawal at any time)
 */
import { asOfficer, type Actor } from '../actor.ts'
import { begin, once } from '../act.ts'
import type { ConsentId, IdempotencyKey } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import type { Instant } from '../time.ts'
import type { Uses } from '../world.ts'
import { readConsent, type Consent, type Upstream } from './consent.ts'
import type { Seal, SealedEvent } from './seal.ts'

export interface Forwarding {
  readonly event: SealedEvent
  /** PENDING: written down, or waiting for that. FORWARDED: in the register of the agency. */
  readonly state: 'PENDING' | 'FORWARDED'
  /** When it came there. */
  readonly at: Instant | null
}

/** The giving, and the end where there is one. */
export const forwardingsOf = (seals: readonly Seal[]): readonly Forwarding[] =>
  (['given', 'ended'] as const).flatMap((event) => seals.filter((seal) => seal.event === event)).map(({ event, forwardedAt }) => ({ event, state: forwardedAt === null ? 'PENDING' : 'FORWARDED', at: forwardedAt }))

export async function readForwardings(world: Parameters<typeof readConsent>[0] & Uses<'seals'>, actor: Actor, id: ConsentId): Promise<Result<readonly Forwarding[]>> {
  const consent = await readConsent(world, actor, id)
  return isRefusal(consent) ? consent : forwardingsOf(await world.seals.of(consent.id))
}

/** Brings what is signed into the register of the agency. Returns how many. */
export const forwardConsents = (world: Uses<'clock' | 'seals'>, limit: number): Promise<number> => world.seals.forward(limit, world.clock.now())

/** The agency hands on what the person withdrew there; effective for the next release, as a withdrawal here is. */
export async function receiveWithdrawal(world: Uses<'clock' | 'acts' | 'consents'>, actor: Actor, input: { readonly consent: ConsentId; readonly origin: Upstream; readonly idempotencyKey: IdempotencyKey }): Promise<Result<Consent>> {
  const officer = asOfficer(actor, 'agency', 'certificate')
  if (isRefusal(officer)) return officer
  const now = world.clock.now()
  const act = begin('consent.receive-withdrawal', officer, now, input)
  const load = async () => (await world.consents.handedOn(input.consent)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const consent = await load()
    if (isRefusal(consent)) return consent
    if (consent.state !== 'IN_FORCE') return refuse('WRONG_STATE', { state: consent.state })
    const stored = await world.consents.withdraw({ ...act, subject: consent.id, facts: { origin: input.origin } }, consent.id, now, input.origin)
    return isRefusal(stored) ? stored : load()
  })
}

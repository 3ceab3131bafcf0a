/**
 * How much hangs on a thing in the chain authority → partner → purpose → consent, asked before it is ended: everything
 * below ends with it. Reading ends nothing; the acts that end take the number that was shown and do nothing where it is
 * another one by then.
 *
 * @law 公的個人認証法 第17条第3項・第18条第6項
 */
import { asOfficer, asPartner, type Actor } from '../actor.ts'
import type { PartnerId, PurposeId } from '../ids.ts'
import type { VerifierRole } from '../partner/partner.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { dayOf, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'

/** `authority`: the ministers' accreditation for a role, with everybody accredited under it. */
export type Parent = { readonly purpose: PurposeId } | { readonly partner: PartnerId } | { readonly authority: VerifierRole }

export interface Radius {
  /** Partners whose standing ends, the one that is asked about included. */
  readonly partners: number
  /** Purposes that nothing can be given or released under any more. */
  readonly purposes: number
  readonly openRequests: number
  /** Consents in force, of how many persons. */
  readonly consents: number
  readonly persons: number
  /** Of partners and services that have nothing left to stand on. */
  readonly webhooks: number
  readonly links: number
  readonly passkeys: number
}

export interface Radii { under(parent: Parent, today: LegalDate): Promise<Radius> }

/** A purpose for its partner; a partner for itself and the ministry; an authority for the ministry. */
export async function readRadius(world: Uses<'clock' | 'radii' | 'consents' | 'partners'>, actor: Actor, parent: Parent): Promise<Result<Radius>> {
  const today = dayOf(world.clock.now())
  if (actor.kind === 'partner') {
    const client = asPartner(actor, 'consent')
    if (isRefusal(client)) return client
    const owner = 'purpose' in parent ? (await world.consents.loadPurpose(parent.purpose))?.partner : 'partner' in parent ? parent.partner : undefined
    return owner === client.partner ? world.radii.under(parent, today) : refuse('NOT_FOUND')
  }
  const officer = asOfficer(actor, 'ministry', 'partner')
  if (isRefusal(officer)) return officer
  const there = 'purpose' in parent ? await world.consents.loadPurpose(parent.purpose) : 'partner' in parent ? await world.partners.load(parent.partner) : true
  return there === null ? refuse('NOT_FOUND') : world.radii.under(parent, today)
}

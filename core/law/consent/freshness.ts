/**
 * Whether what a partner holds is still so, told without a value. A partner that saw the certificate valid and then saw it
 * lapse may know whether a new one exists; until it saw the lapse, and where nothing can be seen, what it holds is stale
 * and nothing is known. It sees a lapse in an answer about the status, in a webhook that it took, in a release that was
 * refused for it, or on the certificate itself, where its period has run out.
 *
 * @law 公的個人認証法 第18条第3項・第19条第5項 · 施行規則 第35条の2
 */
import type { Actor } from '../actor.ts'
import type { CertificateRecord } from '../certificate/certificate.ts'
import type { CertificateId, ConsentId, PartnerId } from '../ids.ts'
import { hasStanding } from '../partner/partner.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { dayOf, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'
import { readConsent, type Consent } from './consent.ts'

/**
 * CURRENT: the certificate that the items are from is in force. CHANGED: it lapsed and another is in force, or, of a
 * release, another than that of the consent bears the items. AWAITING_NEW_CERTIFICATE: it lapsed and none is in force.
 * CONSENT_WITHDRAWN: the consent has ended. UNKNOWN_STALE: nothing can be said; never to be taken as unchanged.
 */
export type Freshness = 'CURRENT' | 'CHANGED' | 'AWAITING_NEW_CERTIFICATE' | 'CONSENT_WITHDRAWN' | 'UNKNOWN_STALE'

export interface Facts {
  readonly consent: Pick<Consent, 'state' | 'from' | 'until'>
  /** Of which the partner holds the items; null where they came from the resident record, or it is gone. */
  readonly held: Pick<CertificateRecord, 'id' | 'state' | 'expiresOn'> | null
  /** Whether the partner saw that it lapsed. */
  readonly seen: boolean
  /** The newest of the same kind that has not lapsed. */
  readonly live: Pick<CertificateRecord, 'id' | 'state'> | null
}

export function freshnessOf({ consent, held, seen, live }: Facts, at: Instant): Freshness {
  if (consent.state !== 'IN_FORCE' || at > consent.until) return 'CONSENT_WITHDRAWN'
  if (held === null || at < consent.from) return 'UNKNOWN_STALE'
  const over = held.expiresOn < dayOf(at)
  if (held.state === 'VALID' && !over) return 'CURRENT'
  // Stopped for a time is neither in force nor lapsed.
  if (!over && held.id === live?.id) return 'UNKNOWN_STALE'
  if (!seen && !over) return 'UNKNOWN_STALE'
  return live?.state === 'VALID' ? 'CHANGED' : 'AWAITING_NEW_CERTIFICATE'
}

/** What partners were given last and which lapses they saw. */
export interface Sightings {
  /** The certificate of the last release under the consent, null where it was the resident record; undefined where nothing was released. */
  lastReleased(consent: ConsentId): Promise<CertificateId | null | undefined>
  /** The partner was answered that it lapsed. Kept where a consent ties the two; of two, the first stays. */
  sawLapse(partner: PartnerId, certificate: CertificateId, at: Instant): Promise<void>
  /** By an answer about the status, or, since the lapse was recorded, by a webhook that was taken or a release refused for it. */
  lapseSeen(consent: Pick<Consent, 'id' | 'partner'>, certificate: CertificateId, recordedAt: Instant): Promise<boolean>
}

type FreshnessWorld = Parameters<typeof readConsent>[0] & Uses<'certificates' | 'releases' | 'partners'>

/** For whoever may read the consent; to anybody else it is not there. A partner needs its standing too. */
export async function readFreshness(world: FreshnessWorld, actor: Actor, id: ConsentId): Promise<Result<Freshness>> {
  const consent = await readConsent(world, actor, id)
  if (isRefusal(consent)) return consent
  const at = world.clock.now()
  if (actor.kind === 'partner') {
    const partner = await world.partners.load(actor.partner)
    if (partner === null || !hasStanding(partner, 'signature-verifier', dayOf(at))) return refuse('PARTNER_NOT_IN_STANDING')
  }
  const last = await world.releases.lastReleased(consent.id)
  // What a representative signed with says nothing of the person.
  const from = last !== undefined ? last : consent.givenBy === consent.person ? consent.certificate : null
  const held = from === null ? null : await world.certificates.load(from)
  const live = held === null ? null : await world.certificates.live(held.person, held.kind, at)
  const seen = held !== null && held.revocation !== null && (await world.releases.lapseSeen(consent, held.id, held.revocation.recordedAt))
  return freshnessOf({ consent, held, seen, live }, at)
}

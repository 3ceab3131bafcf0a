/**
 * What a person may see of itself: cards, applications, certificates, consents, logins, and who was given what (開示).
 * One key opens all of it: a citizen's token with the scope `me`, and it opens nobody else's.
 */
import { asCitizen, type Actor } from '../actor.ts'
import type { Card, CardApplication } from '../card/card.ts'
import type { CertificateRecord } from '../certificate/certificate.ts'
import type { Consent, ConsentRequest } from '../consent/consent.ts'
import type { AccessLogEntry } from '../consent/disclosure.ts'
import type { PersonId } from '../ids.ts'
import type { Login } from '../partner/login.ts'
import { isRefusal, type Result } from '../refusal.ts'
import type { Revocation } from '../certificate/revocation.ts'
import type { Uses } from '../world.ts'

async function mine<T>(actor: Actor, read: (person: PersonId) => Promise<T[]>): Promise<Result<T[]>> {
  const citizen = asCitizen(actor)
  return isRefusal(citizen) ? citizen : read(citizen.person)
}

export const ownCards = (world: Uses<'cards'>, actor: Actor): Promise<Result<Card[]>> => mine(actor, (person) => world.cards.ofPerson(person))

export const ownCardApplications = (world: Uses<'cardApplications'>, actor: Actor): Promise<Result<CardApplication[]>> => mine(actor, (person) => world.cardApplications.ofPerson(person))

/** Of all cards it ever had. */
export const ownCertificates = (world: Uses<'cards' | 'certificates'>, actor: Actor): Promise<Result<CertificateRecord[]>> => mine(actor, async (person) => {
  const found: CertificateRecord[] = []
  for (const card of await world.cards.ofPerson(person)) found.push(...(await world.certificates.ofCard(card.id)))
  return found
})

export const ownConsents = (world: Uses<'consents'>, actor: Actor): Promise<Result<Consent[]>> => mine(actor, (person) => world.consents.ofPerson(person))

/** What partners ask for on top of, or in place of, a consent that is in force. A person can answer without the partner's link. */
export const ownExtensions = (world: Uses<'clock' | 'consents'>, actor: Actor): Promise<Result<ConsentRequest[]>> => mine(actor, (person) => world.consents.extending(person, world.clock.now()))

/** 記録誤り: the law has the holder told promptly; an incident of the authority is published, and told here as well. @law 公的個人認証法 第13条・第14条・第32条・第33条 */
export interface Notice {
  readonly certificate: CertificateRecord
  readonly revocation: Revocation & { readonly ground: 'record-error' | 'ca-incident' }
}
const told = (revocation: Revocation | null): revocation is Notice['revocation'] => revocation?.ground === 'record-error' || revocation?.ground === 'ca-incident'

/** Read from the certificates themselves, so that no notice can be missing. Newest first. */
export async function ownNotices(world: Uses<'cards' | 'certificates'>, actor: Actor): Promise<Result<Notice[]>> {
  const certificates = await ownCertificates(world, actor)
  if (isRefusal(certificates)) return certificates
  return certificates.flatMap((certificate) => (told(certificate.revocation) ? [{ certificate, revocation: certificate.revocation }] : [])).sort((a, b) => b.revocation.recordedAt - a.revocation.recordedAt)
}

/** Every release and every refused request that named a consent of this person. */
export const ownAccessLog = (world: Uses<'releases'>, actor: Actor, limit: number): Promise<Result<AccessLogEntry[]>> => mine(actor, (person) => world.releases.ofPerson(person, limit))

export const ownLogins = (world: Uses<'challenges'>, actor: Actor, limit: number): Promise<Result<Login[]>> => mine(actor, (person) => world.challenges.loginsOf(person, limit))

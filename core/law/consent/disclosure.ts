/**
 * Release of the four items to a partner: the only way to them leads through a consent in force, and a release that left
 * no log row cannot exist, because both are one transaction. Refused requests leave a row too. No row holds a value.
 *
 * @law 公的個人認証法 第18条第3項・第19条第5項 · 施行規則 第35条の2
 */
import { asPartner, type Actor, type Scope } from '../actor.ts'
import { begin, type Act } from '../act.ts'
import type { CertificateRecord } from '../certificate/certificate.ts'
import { newId, parseId, type CertificateId, type ConsentId, type PartnerId, type PersonId, type PurposeId, type ReleaseId } from '../ids.ts'
import type { Consent } from './consent.ts'
import { hasStanding } from '../partner/partner.ts'
import type { AttributeName, FourInformation } from '../person/person.ts'
import { isRefusal, refuse, type RefusalCode, type Result } from '../refusal.ts'
import { dayOf, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

/** CHANGED: another certificate than the one the consent was signed with is current, so something may differ from what the partner holds. */
export type Freshness = 'CURRENT' | 'CHANGED'

declare const inForceBrand: unique symbol
/** The only key to a person's four information. Made only by {@link inForce}; checked again by the store in the releasing transaction. */
export interface ConsentInForce { readonly [inForceBrand]: true; readonly consent: Consent; readonly at: Instant }
const sealed = new WeakSet<object>()
export const isConsentInForce = (value: object): value is ConsentInForce => sealed.has(value)

export function inForce(consent: Consent, at: Instant): ConsentInForce | null {
  if (consent.state !== 'IN_FORCE' || at < consent.from || at > consent.until) return null
  const seal = { consent, at } as Omit<ConsentInForce, typeof inForceBrand> as ConsentInForce
  sealed.add(seal)
  return seal
}

export interface AccessLogEntry {
  readonly id: ReleaseId
  readonly at: Instant
  readonly partner: PartnerId
  readonly consent: ConsentId | null
  readonly purpose: PurposeId | null
  readonly person: PersonId | null
  readonly items: readonly AttributeName[]
  readonly outcome: 'RELEASED' | RefusalCode
  /** Ties the row to the partner's request, for explaining a refusal later. */
  readonly requestId: string
}

export interface Release {
  readonly entry: AccessLogEntry
  readonly values: Partial<Pick<FourInformation, AttributeName>>
  readonly freshness: Freshness
  readonly asOf: Instant
  readonly certificate: CertificateId
}

export interface Releases {
  /**
   * One transaction: the consent row is locked and looked at again, the items are read from the certificate, the log row
   * and the audit leaf are written. `CONSENT_NOT_IN_FORCE` where the consent went meanwhile, `AWAITING_NEW_CERTIFICATE`
   * where the certificate did; then nothing was read and nothing written.
   */
  release(act: Act, seal: ConsentInForce, certificate: CertificateId, entry: AccessLogEntry): Promise<Result<FourInformation>>
  /** The log row of a request that was refused. */
  refused(act: Act, entry: AccessLogEntry): Promise<void>
  ofPerson(person: PersonId, limit: number): Promise<AccessLogEntry[]>
}

const scopeOf: Readonly<Record<AttributeName, Scope>> = { name: 'four_info:name', address: 'four_info:address', birthDate: 'four_info:birth_date', sex: 'four_info:sex' }

type DisclosureWorld = Uses<'clock' | 'random' | 'partners' | 'consents' | 'certificates' | 'releases'>

/** Answers exactly the consented items, as the newest signing certificate carries them, or why not. */
export async function releaseFourInformation(world: DisclosureWorld, actor: Actor, input: { consent: string; requestId: string }): Promise<Result<Release>> {
  const at = world.clock.now()
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const id = parseId('consent', input.consent)
  const found = id === null ? null : await world.consents.load(id)
  const consent = found !== null && found.partner === client.partner ? found : null
  const entry: AccessLogEntry = {
    id: newId('release', at, world.random), at, partner: client.partner, consent: consent?.id ?? null, purpose: consent?.purpose ?? null, person: consent?.person ?? null,
    items: consent?.items ?? [], outcome: 'RELEASED', requestId: input.requestId,
  }
  const act = (kind: 'release.give' | 'release.refuse', outcome: string): Act => ({ ...begin(kind, client, at, input), subject: entry.id, facts: { outcome } })
  const no = async (code: RefusalCode, field?: string): Promise<Result<Release>> => {
    await world.releases.refused(act('release.refuse', code), { ...entry, outcome: code })
    return refuse(code, field === undefined ? {} : { field })
  }

  const partner = await world.partners.load(client.partner)
  if (partner === null || !hasStanding(partner, 'signature-verifier', dayOf(at))) return no('PARTNER_NOT_IN_STANDING')
  const seal = consent === null ? null : inForce(consent, at)
  if (consent === null || seal === null) return no('CONSENT_NOT_IN_FORCE')
  const missing = consent.items.find((item) => !client.scopes.has(scopeOf[item]))
  if (missing !== undefined) return no('NOT_PERMITTED', `scope ${scopeOf[missing]}`)
  const certificate = await world.certificates.live(consent.person, 'signature', at)
  if (certificate === null || certificate.state !== 'VALID') return no('AWAITING_NEW_CERTIFICATE')

  const values = await world.releases.release(act('release.give', 'RELEASED'), seal, certificate.id, entry)
  if (isRefusal(values)) return no(values.code)
  return { entry, values: only(values, consent.items), freshness: freshnessOf(consent, certificate), asOf: certificate.issuedAt, certificate: certificate.id }
}

const freshnessOf = (consent: Consent, current: CertificateRecord): Freshness => (current.id === consent.certificate ? 'CURRENT' : 'CHANGED')

function only(values: FourInformation, items: readonly AttributeName[]): Release['values'] {
  return Object.fromEntries(items.map((item) => [item, values[item]])) as Release['values']
}

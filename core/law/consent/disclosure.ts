/**
 * Release of the four items to a partner: the only way to them leads through a consent in force, and a release that left
 * no log row cannot exist, because both are one transaction. Refused requests leave a row too. No row holds a value.
 * Answers to questions (predicate.ts) and encrypted releases (encrypted.ts) go the same way.
 *
 * @law 公的個人認証法 第18条第3項・第19条第5項 · 施行規則 第35条の2
 */
import { asPartner, type Actor } from '../actor.ts'
import { begin, type Act } from '../act.ts'
import type { CertificateRecord } from '../certificate/certificate.ts'
import { newId, parseId, type CertificateId, type ConsentId, type PartnerId, type PersonId, type PurposeId, type ReleaseId } from '../ids.ts'
import type { Terms } from './consent.ts'
import type { Pace } from './frequency.ts'
import type { Freshness, Sightings } from './freshness.ts'
import { underGuardianship } from './guardian.ts'
import { isAttribute, scopeOf, type ConsentItem, type Held } from './item.ts'
import { accountedFor, certificateGround, consentGround, decided, frequencyGround, scopeGround, standingGround, type Asked, type Decision, type Ground } from '../partner/explain.ts'
import { asking } from '../partner/agreement.ts'
import { hasStanding, type Grounds } from '../partner/partner.ts'
import { ageOn, type AttributeName, type FourInformation } from '../person/person.ts'
import { isRefusal, refuse, type RefusalCode, type Result } from '../refusal.ts'
import { dayOf, type Instant } from '../time.ts'
import type { Uses } from '../world.ts'

/** Where the items are from: the signing certificate, or, for a person too young to have one, the resident record. */
export type Source = 'CERTIFICATE' | 'RESIDENT_RECORD'

/** Where one item is from and how it was checked. This gateway looks at the register itself, and not at a list or an answer made from it. */
export interface ItemFacts {
  readonly item: ConsentItem
  /** From when on the source says so. */
  readonly asOf: Instant
  readonly source: Source
  readonly checkedBy: 'REGISTER' | 'OCSP' | 'CRL'
  readonly checkedAt: Instant
  /** When the source was last written; null where it does not tell. */
  readonly sourceUpdatedAt: Instant | null
}

declare const inForceBrand: unique symbol
/** The only key to a person's four information. Made only by {@link inForce}; checked again by the store in the releasing transaction. */
export interface ConsentInForce { readonly [inForceBrand]: true; readonly consent: Terms; readonly at: Instant }
const sealed = new WeakSet<object>()
export const isConsentInForce = (value: object): value is ConsentInForce => sealed.has(value)

export function inForce(consent: Terms, at: Instant): ConsentInForce | null {
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
  readonly items: readonly ConsentItem[]
  readonly outcome: 'RELEASED' | RefusalCode
  /** Ties the row to the partner's request, for explaining a refusal later. */
  readonly requestId: string
}

export interface Release {
  readonly entry: AccessLogEntry
  readonly values: Partial<Pick<FourInformation, AttributeName>>
  readonly freshness: Freshness
  readonly asOf: Instant
  readonly source: Source
  /** One for each item. */
  readonly facts: readonly ItemFacts[]
}

/** What a release is decided on, as it stood in one statement. */
export interface Looked {
  /** Null where there is none. */
  readonly partner: { readonly standings: readonly Grounds[] } | null
  /** Whoever's it is. */
  readonly consent: Terms | null
  /** The signing certificate of its person that has not lapsed. */
  readonly certificate: Pick<CertificateRecord, 'id' | 'state' | 'issuedAt'> | null
}

export interface Releases extends Sightings {
  look(partner: PartnerId, consent: ConsentId, at: Instant): Promise<Looked>
  /**
   * One transaction: the consent row is locked and looked at again, that it covers the items of the entry as well; the
   * items are read from the certificate (null: from the resident record, of a person that a representative consented
   * for), the log row, the audit leaf and the reasons are written. `CONSENT_NOT_IN_FORCE` where the consent went meanwhile,
   * `AWAITING_NEW_CERTIFICATE` where the certificate did, `RELEASED_TOO_SOON` or `ALREADY_RELEASED` where the turn of the
   * agreed frequency is taken or the pace is passed; then nothing was read and nothing written.
   */
  release(act: Act, seal: ConsentInForce, from: CertificateId | null, entry: AccessLogEntry, why: Decision, pace: Pace): Promise<Result<Held>>
  /** The log row of a request that was refused, and why it was. */
  refused(act: Act, entry: AccessLogEntry, why: Decision): Promise<void>
  ofPerson(person: PersonId, limit: number): Promise<AccessLogEntry[]>
}

export type DisclosureWorld = Uses<'clock' | 'random' | 'consents' | 'releases' | 'residents' | 'settings' | 'representations'>
export interface Asking { readonly consent: string; readonly requestId: string }

/** Answers exactly the consented items, as the newest signing certificate carries them, or why not. */
export async function releaseFourInformation(world: DisclosureWorld, actor: Actor, input: Asking): Promise<Result<Release>> {
  const released = await releaseUnder(world, actor, input, attributesOf)
  if (isRefusal(released)) return released
  const { entry, held, freshness, asOf, source, facts } = released
  return { entry, values: only(held, entry.items.filter(isAttribute)), freshness, asOf, source, facts }
}

export const attributesOf = (consent: Terms): readonly AttributeName[] => consent.items.filter(isAttribute)

export function only(held: FourInformation, items: readonly AttributeName[]): Release['values'] {
  return Object.fromEntries(items.map((item) => [item, held[item]])) as Release['values']
}

export interface Released { readonly entry: AccessLogEntry; readonly held: Held; readonly consent: Terms; readonly freshness: Freshness; readonly asOf: Instant; readonly source: Source; readonly facts: readonly ItemFacts[] }

/**
 * The way that every release goes. `asked` says which of the consented items are wanted now; `ready` may refuse for a
 * reason of the caller's before anything is read. Unknown, another's, withdrawn and not covering: the same rows are
 * looked up and the same row written, so that they differ neither in shape nor in what it takes to answer.
 */
export async function releaseUnder(
  world: DisclosureWorld, actor: Actor, input: Asking, asked: (consent: Terms) => readonly ConsentItem[], ready: RefusalCode | null = null, kind: Asked = 'four-information',
): Promise<Result<Released>> {
  const at = world.clock.now()
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const { partner, consent: found, certificate } = await world.releases.look(client.partner, parseId('consent', input.consent) ?? nobodys, at)
  const consent = found !== null && found.partner === client.partner ? found : null
  const items = consent === null ? [] : asked(consent)
  const entry: AccessLogEntry = {
    // Whose consent it is sees that another partner tried it; the other partner learns nothing of that.
    id: newId('release', at, world.random), at, partner: client.partner, consent: found?.id ?? null, purpose: consent?.purpose ?? null, person: found?.person ?? null,
    items, outcome: 'RELEASED', requestId: input.requestId,
  }
  const act = (kind: 'release.give' | 'release.refuse', outcome: string): Act => ({ ...begin(kind, client, at, input), subject: entry.id, facts: { outcome } })
  const grounds: Ground[] = []
  const why = (outcome: Decision['outcome']): Decision =>
    decided(world.random, { requestId: input.requestId, at, partner: client.partner, client: client.client, person: entry.person, asked: kind, outcome, grounds })
  const no = async (code: RefusalCode, more: Parameters<typeof refuse>[1] = {}): Promise<Result<Released>> => {
    await world.releases.refused(act('release.refuse', code), { ...entry, outcome: code }, why(code))
    return accountedFor(refuse(code, more))
  }

  const use = asking(world, 'four-information')
  grounds.push(standingGround(partner, 'signature-verifier', at, use))
  if (partner === null || !hasStanding(partner, 'signature-verifier', dayOf(at), use)) return no('PARTNER_NOT_IN_STANDING')
  if (found !== null && consent === null) grounds.push({ ...consentGround(found, at), found: 'OF_ANOTHER_PARTNER' })
  else grounds.push(items.length === 0 && consent !== null ? { ...consentGround(consent, at), found: 'NOT_COVERING' } : consentGround(consent, at))
  const seal = consent === null || items.length === 0 ? null : inForce(consent, at)
  if (consent === null || seal === null) return no('CONSENT_NOT_IN_FORCE')
  const missing = items.find((item) => !client.scopes.has(scopeOf[item]))
  grounds.push(scopeGround(missing === undefined ? undefined : scopeOf[missing]))
  if (missing !== undefined) return no('NOT_PERMITTED', { field: `scope ${scopeOf[missing]}` })
  if (ready !== null) return no(ready)
  const current = certificate?.state === 'VALID' ? certificate : null
  grounds.push(certificateGround(certificate?.state ?? 'NONE', certificate?.id ?? null, null))
  if (current === null && !(await fromRecord(world, consent, at))) return no('AWAITING_NEW_CERTIFICATE')

  const held = await world.releases.release(act('release.give', 'RELEASED'), seal, current?.id ?? null, entry, why('DONE'), world.settings.pace)
  if (isRefusal(held)) {
    // Something went between looking and locking.
    if (held.code === 'CONSENT_NOT_IN_FORCE') grounds.push(consentGround(await world.consents.load(consent.id), at))
    if (held.code === 'RELEASED_TOO_SOON' || held.code === 'ALREADY_RELEASED') grounds.push(frequencyGround(consent, held.retryAt ?? null))
    const { code, refused: _, stepUp: __, ...more } = held
    return no(code, more)
  }
  const from = current === null ? { freshness: 'CURRENT' as const, asOf: at, source: 'RESIDENT_RECORD' as const } : { freshness: since(consent, current), asOf: current.issuedAt, source: 'CERTIFICATE' as const }
  const facts = items.map((item): ItemFacts => ({ item, asOf: from.asOf, source: from.source, checkedBy: 'REGISTER', checkedAt: at, sourceUpdatedAt: current?.issuedAt ?? null }))
  return { entry, held, consent, ...from, facts }
}

/** No consent has this id: it is looked up where the one asked for cannot be any. */
const nobodys = 'cns_0' as ConsentId

/** A person under the age of the signing certificate, or under guardianship, has none: what a representative consented to comes from the record. */
async function fromRecord(world: Uses<'residents' | 'settings' | 'representations'>, consent: Terms, at: Instant): Promise<boolean> {
  if (consent.givenBy === consent.person) return false
  const resident = await world.residents.load(consent.person)
  if (resident?.state !== 'RESIDENT') return false
  return ageOn(resident.items.birthDate, dayOf(at)) < world.settings.minors.alone || underGuardianship(world, consent.person, consent.givenBy)
}

/** CHANGED: another certificate than the one the consent was signed with bears the items, so something may differ from what the partner holds. */
const since = (consent: Terms, current: Pick<CertificateRecord, 'id'>): Freshness => (current.id === consent.certificate || consent.givenBy !== consent.person ? 'CURRENT' : 'CHANGED')

/**
 * Minors, and adults under guardianship (成年被後見人). No signing certificate is issued to a person under 15, so the legal representative (法定代理人) consents for it,
 * with the own card and in the own name; from 15 on a person signs alone. A purpose says whether it takes minors at all.
 * Representation ends with the day on which the age is completed, and so does what was given under it. An adult under
 * guardianship has in principle no signing certificate either: the guardian consents for it, with the own card.
 *
 * What the sources leave open is in `Settings.minors`: the age from which a person consents alone (15, that of the
 * certificate), and what a representative may consent to (everything).
 *
 * @law 民法 第818条・第824条 (親権) · 第859条 (成年後見) · 事務処理要領 (signing certificates for persons under 15)
 */
import { asCitizen, asOfficer, type Actor, type Citizen } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import type { IdempotencyKey, MunicipalityCode, PersonId } from '../ids.ts'
import { ageOn, completesAgeOn } from '../person/person.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { addMonths, dayOf, type Instant, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'
import type { ConsentRequest, Purpose } from './consent.ts'
import { adultAge, type ConsentItem } from './item.ts'

/** 親権者 · 未成年後見人 · 成年後見人 */
export type RepresentationKind = 'parental-authority' | 'guardian-of-minor' | 'guardian-of-adult'

export interface Representation {
  readonly person: PersonId
  readonly representative: PersonId
  readonly kind: RepresentationKind
  readonly recordedAt: Instant
  /** Day of issue of the certificate of registered matters (登記事項証明書) that was seen; null of minors. */
  readonly evidenceOn: LegalDate | null
  readonly endedAt: Instant | null
}

export interface Representations {
  /** Those that run. */
  of(person: PersonId): Promise<Representation[]>
  /** Persons that this one represents, as far as it runs. */
  by(representative: PersonId): Promise<Representation[]>
  /** `CONFLICT` where it runs already. */
  record(act: Act, representation: Representation): Promise<Result<void>>
  /** `NOT_FOUND` where none runs. */
  end(act: Act, person: PersonId, representative: PersonId, at: Instant): Promise<Result<void>>
}

// ---------------------------------------------------------------- the record

export interface RepresentationInput { readonly person: PersonId; readonly representative: PersonId; readonly kind: RepresentationKind; /** 登記事項証明書: its day of issue, for a guardian of an adult. */ readonly evidenceOn?: LegalDate | null; readonly idempotencyKey: IdempotencyKey }

/** How old a certificate of registered matters may be: three months. */
const evidenceMonths = 3

/**
 * The municipality of the person records who represents it: of a minor, having seen the family register (戸籍); of an adult
 * under guardianship (成年被後見人), having seen the certificate of registered matters (登記事項証明書), three months old at most.
 */
export async function recordRepresentation(world: Uses<'clock' | 'acts' | 'residents' | 'representations' | 'settings'>, actor: Actor, input: RepresentationInput): Promise<Result<Representation>> {
  const now = world.clock.now()
  const minor = await world.residents.load(input.person)
  const officer = asOfficer(actor, 'municipal', 'register', minor?.municipality ?? ('' as MunicipalityCode))
  if (isRefusal(officer)) return officer
  const act = { ...begin('representation.record', officer, now, { ...input }), subject: input.person }
  const representation: Representation = { person: input.person, representative: input.representative, kind: input.kind, recordedAt: now, evidenceOn: input.kind === 'guardian-of-adult' ? (input.evidenceOn ?? null) : null, endedAt: null }
  const load = async () => (await world.representations.of(input.person)).find((r) => r.representative === input.representative) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    // The representative may live anywhere.
    const adult = await world.residents.birthDateOf(input.representative)
    if (minor === null || adult === null || input.person === input.representative) return refuse('NOT_FOUND', { field: 'representative' })
    const ofAdult = input.kind === 'guardian-of-adult'
    if (ageOn(minor.items.birthDate, dayOf(now)) >= adultAge !== ofAdult) return refuse('WRONG_STATE', { state: ofAdult ? 'MINOR' : 'ADULT' })
    const { evidenceOn = null } = input
    if (ofAdult && (evidenceOn === null || evidenceOn > dayOf(now) || evidenceOn < addMonths(dayOf(now), -evidenceMonths))) return refuse('EVIDENCE_INSUFFICIENT', { field: 'evidenceOn' })
    if (ageOn(adult, dayOf(now)) < adultAge) return refuse('WRONG_STATE', { state: 'REPRESENTATIVE_MINOR' })
    const stored = await world.representations.record(act, representation)
    return isRefusal(stored) ? stored : representation
  })
}

export async function endRepresentation(world: Uses<'clock' | 'acts' | 'residents' | 'representations'>, actor: Actor, input: Omit<RepresentationInput, 'kind'>): Promise<Result<Representation>> {
  const now = world.clock.now()
  const minor = await world.residents.load(input.person)
  const officer = asOfficer(actor, 'municipal', 'register', minor?.municipality ?? ('' as MunicipalityCode))
  if (isRefusal(officer)) return officer
  const running = (await world.representations.of(input.person)).find((r) => r.representative === input.representative)
  const act = { ...begin('representation.end', officer, now, input), subject: input.person }
  const ended = { ...(running ?? { ...input, kind: 'parental-authority' as const, recordedAt: now, evidenceOn: null }), endedAt: now }
  return once(world.acts, act, async () => ended, async () => {
    const stored = await world.representations.end(act, input.person, input.representative, now)
    return isRefusal(stored) ? stored : ended
  })
}

/** Whom the person who asks represents now: running, and the represented one still too young to consent alone, or under guardianship. */
export async function ownRepresentations(world: Uses<'clock' | 'residents' | 'representations' | 'settings'>, actor: Actor): Promise<Result<Representation[]>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  const found: Representation[] = []
  for (const r of await world.representations.by(citizen.person)) if (await represents(world, citizen.person, r.person)) found.push(r)
  return found
}

// ---------------------------------------------------------------- the rule

/** Whether one may consent and withdraw for the other today. */
export async function represents(world: Uses<'clock' | 'residents' | 'representations' | 'settings'>, representative: PersonId, person: PersonId): Promise<boolean> {
  const resident = await world.residents.load(person)
  if (resident === null) return false
  const age = ageOn(resident.items.birthDate, dayOf(world.clock.now()))
  return (await world.representations.of(person)).some((r) => r.representative === representative && (r.kind === 'guardian-of-adult' ? age >= adultAge : age < world.settings.minors.alone))
}

/** Whether the person is an adult under guardianship (成年被後見人) now; null asks for any guardian. @law 民法 第859条 */
export const underGuardianship = async (world: Uses<'representations'>, person: PersonId, guardian: PersonId | null): Promise<boolean> =>
  (await world.representations.of(person)).some((r) => r.kind === 'guardian-of-adult' && (guardian === null || r.representative === guardian))

export interface Standpoint {
  /** Whose items it is about. */
  readonly subject: PersonId
  /** Last day of representation; null where the person consents itself, and under guardianship, which ends by decision of the court. */
  readonly representedUntil: LegalDate | null
}

/**
 * For whom this person answers the request, and until when. Whoever is not represented by the one who asks looks like
 * nobody; what the purpose does not take is refused by name.
 */
export async function standpoint(
  world: Uses<'clock' | 'residents' | 'representations' | 'settings'>, citizen: Citizen, subject: PersonId | null, { request, purpose }: { readonly request: ConsentRequest; readonly purpose: Purpose }, items: readonly ConsentItem[],
): Promise<Standpoint | Refusal> {
  const today = dayOf(world.clock.now())
  const { alone, represented } = world.settings.minors
  if (subject === null || subject === citizen.person) {
    const person = await world.residents.load(citizen.person)
    const age = person === null ? 0 : ageOn(person.items.birthDate, today)
    if (age < alone || (await underGuardianship(world, citizen.person, null))) return refuse('REPRESENTATIVE_NEEDED')
    return age < adultAge && purpose.minors === 'refused' ? refuse('MINORS_NOT_TAKEN') : { subject: citizen.person, representedUntil: null }
  }
  if (!(await represents(world, citizen.person, subject))) return refuse('NOT_FOUND', { field: 'person' })
  const adult = await underGuardianship(world, subject, citizen.person)
  if ((!adult && purpose.minors !== 'represented') || !items.every((item) => represented.includes(item))) return refuse('MINORS_NOT_TAKEN')
  // A representative gives and withdraws; what is given is not extended over the head of the person.
  if (request.action !== 'CREATE') return refuse('MINORS_NOT_TAKEN', { field: 'action' })
  const minor = await world.residents.load(subject)
  return minor === null ? refuse('NOT_FOUND', { field: 'person' }) : { subject, representedUntil: adult ? null : completesAgeOn(minor.items.birthDate, alone) }
}

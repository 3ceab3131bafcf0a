/**
 * A person enters the resident register: by birth (出生), or from overseas where no municipality had a record before. Who was
 * recorded once comes back by a move-in (resident.ts). The number of the person is given elsewhere and is not known here, so
 * that one person entered twice is for the municipality to see.
 *
 * @law 住民基本台帳法 第8条 · 第22条
 */
import { asOfficer, type Actor } from '../actor.ts'
import { begin, once } from '../act.ts'
import { newId, type IdempotencyKey, type ResidentEventId } from '../ids.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { dayOf, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'
import type { Nationality } from './departure.ts'
import type { FourInformation } from './person.ts'
import type { RecordedEvent, Resident, ResidentEvent } from './resident.ts'

/** 出生 · 国外からの転入 (初めての記載) */
export const entryKinds = ['birth', 'first-entry'] as const
export type EntryKind = (typeof entryKinds)[number]

export interface EntryInput {
  readonly kind: EntryKind
  /** The day of birth, or the day on which the person came to live here (転入をした日). */
  readonly occurredOn: LegalDate
  readonly items: FourInformation
  readonly nationality: Nationality
  /** 在留期間満了日; null for nationals and permanent residents. */
  readonly stayUntil: LegalDate | null
  readonly idempotencyKey: IdempotencyKey
}

/** A municipal officer enters a person, who from then on is a resident of that municipality and may apply for a card. */
export async function enterResident(world: Uses<'clock' | 'random' | 'acts' | 'residents'>, actor: Actor, input: EntryInput): Promise<Result<RecordedEvent>> {
  const officer = asOfficer(actor, 'municipal', 'register')
  if (isRefusal(officer)) return officer
  const { municipality } = officer
  if (municipality === null) return refuse('NOT_PERMITTED', { field: 'municipality' })
  const now = world.clock.now()
  const no = entryRefused(input, dayOf(now))
  if (no !== null) return no
  const act = begin('resident.enter', officer, now, input)
  const load = async (id: string) => (await world.residents.loadEvent(id as ResidentEventId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const { kind, occurredOn, items, nationality, stayUntil } = input
    const resident: Resident = { person: newId('person', now, world.random), municipality, items, kana: null, nationality, stayUntil, state: 'RESIDENT', departure: null, version: 1 }
    const event: ResidentEvent = { id: newId('residentEvent', now, world.random), person: resident.person, kind, municipality, occurredOn, recordedAt: now, plannedOn: null, cardPresented: false, continuedUse: false, correction: null }
    const stored = await world.residents.enter({ ...act, subject: event.id, facts: { event: kind } }, event, resident)
    return isRefusal(stored) ? stored : { event, resident, lapsed: 0 }
  })
}

/** Nothing of the future; who is born is born on that day; nobody comes before being born; a stay is of foreign residents, and not over. */
export function entryRefused({ kind, occurredOn, items, nationality, stayUntil }: EntryInput, today: LegalDate): Refusal | null {
  const no = (field: string): Refusal => refuse('MALFORMED_INPUT', { field })
  if (occurredOn > today) return no('occurredOn')
  if (kind === 'birth' ? items.birthDate !== occurredOn : items.birthDate > occurredOn) return no('items.birthDate')
  return stayUntil !== null && (nationality === 'japanese' || stayUntil < today) ? no('stayUntil') : null
}

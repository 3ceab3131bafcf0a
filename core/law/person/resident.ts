/**
 * The resident register (住民基本台帳) as far as the card and the certificates depend on it, and the events that a
 * municipality records in it. What an event does to certificates and card is decided by lapse.ts and stored with the event;
 * what it does later, when a period runs out, is deadline.ts; the time between a notice and the move is departure.ts.
 *
 * @law 住民基本台帳法 第7条・第22条–第24条 · 公的個人認証法 第12条・第31条 · 番号法 第17条第10項
 */
import { asOfficer, type Actor } from '../actor.ts'
import { begin, once, type Act } from '../act.ts'
import { settle, withEvent, type Decide } from '../card/deadline.ts'
import { newId, type IdempotencyKey, type MunicipalityCode, type PersonId, type ResidentEventId } from '../ids.ts'
import type { MinorCorrection } from '../card/lapse.ts'
import { continuedUseRefused, keeperOf, residentNow, residentOn, type Departure, type Nationality } from './departure.ts'
import type { Naming } from './name.ts'
import { changedItems, type AttributeName, type FourInformation } from './person.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { dayOf, type Instant, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'

export interface Resident {
  readonly person: PersonId
  /** Null between a move-out and the next move-in, and for good after death. */
  readonly municipality: MunicipalityCode | null
  readonly items: FourInformation
  /** 氏名の振り仮名 as the record holds it: kept and shown, never compared, and in no certificate (its OID is not public). */
  readonly kana: string | null
  /** Whose word the reading is, roman letters, 旧氏 (name.ts); absent where nothing was recorded of it. */
  readonly naming?: Naming
  readonly nationality: Nationality
  /** 在留期間満了日, for foreign residents whose card ends with it; null for nationals and permanent residents. */
  readonly stayUntil: LegalDate | null
  /** 住民票あり · 転出 · 国外転出 · 死亡 · 住民票の消除 (在留資格の喪失等) */
  readonly state: 'RESIDENT' | 'MOVING' | 'OVERSEAS' | 'DECEASED' | 'DELETED'
  /** A move that was announced, or came about, and was followed by nothing yet. Read a stored record by `residentOn`. */
  readonly departure: Departure | null
  /** Rises with each event; compare-and-set. */
  readonly version: number
}

/**
 * 転出 · 転入 · 転居 · 国外転出 · 死亡 · 氏名等の変更 · 軽微な修正 · カードの提示 · 氏名の変更 · 性別の変更 · 生年月日の訂正 · 記載の訂正 ·
 * 個人番号の変更 · 住民票コードの変更 · 在留資格の喪失 · 転出取消 · 附票の消除 · 在留期間等の変更 · 出生 · 初めての記載 (国外からの転入; with entry.ts alone)
 */
export const eventKinds = [
  'move-out', 'move-in', 'move-within', 'move-overseas', 'death', 'items-change', 'minor-correction', 'card-presented', 'name-change', 'sex-change', 'birth-date-correction', 'correction',
  'my-number-change', 'resident-code-change', 'status-lost', 'move-cancelled', 'annex-deleted', 'stay-change', 'birth', 'first-entry',
] as const
export type EventKind = (typeof eventKinds)[number]

export interface ResidentEvent {
  readonly id: ResidentEventId
  readonly person: PersonId
  readonly kind: EventKind
  /** The municipality that records it. */
  readonly municipality: MunicipalityCode
  readonly occurredOn: LegalDate
  readonly recordedAt: Instant
  /** The announced day of a move-out (転出予定年月日). */
  readonly plannedOn: LegalDate | null
  /** Whether the card was presented with a move-in notice (継続利用). */
  readonly cardPresented: boolean
  /** Whether the procedure for continued use abroad was done (国外継続利用), with a move overseas. */
  readonly continuedUse: boolean
  /** Which of the seven minor corrections; null for every other kind. */
  readonly correction: MinorCorrection | null
}

export interface RecordedEvent {
  readonly event: ResidentEvent
  readonly resident: Resident
  /** How many live certificates lapsed with it. */
  readonly lapsed: number
}

export interface Residents {
  /** As it was last recorded; how it stands on a day is for `residentOn`. */
  load(person: PersonId): Promise<Resident | null>
  /** For a decision that hangs on an age, or on there being such a person, wherever it lives; nothing else of the record. */
  birthDateOf(person: PersonId): Promise<LegalDate | null>
  /** Event, register, and what `decide` makes of the person's rows, in one transaction; compare-and-set on `resident.version - 1`. */
  record(act: Act, event: ResidentEvent, resident: Resident, decide: Decide): Promise<Result<{ lapsed: number }>>
  /** A person that was not there before, and the event by which it is. */
  enter(act: Act, event: ResidentEvent, resident: Resident): Promise<Result<void>>
  /** What stands beside the items, nothing else; compare-and-set on `resident.version - 1`. */
  rename(act: Act, resident: Resident): Promise<Result<void>>
  /** Events of a person in the order in which they were recorded. */
  history(person: PersonId): Promise<ResidentEvent[]>
  loadEvent(id: ResidentEventId): Promise<RecordedEvent | null>
}

export interface ResidentEventInput {
  readonly person: PersonId
  readonly kind: EventKind
  readonly occurredOn: LegalDate
  readonly plannedOn: LegalDate | null
  readonly cardPresented: boolean
  readonly continuedUse: boolean
  readonly correction: MinorCorrection | null
  /** The items as they stand after the event; null where they stay. */
  readonly items: FourInformation | null
  /** The new 在留期間満了日, with a change of stay: null for a permanent resident. A card that is there does not live longer by it. */
  readonly stayUntil?: LegalDate | null
  readonly idempotencyKey: IdempotencyKey
}

/** A municipal officer records an event of a person of its municipality (a move-in: of a person who has moved out of another; of who has left, what is left to record). */
export async function recordResidentEvent(
  world: Uses<'clock' | 'random' | 'acts' | 'residents' | 'bell'>, actor: Actor, input: ResidentEventInput,
): Promise<Result<RecordedEvent>> {
  const officer = asOfficer(actor, 'municipal', 'register')
  if (isRefusal(officer)) return officer
  const municipality = officer.municipality
  if (municipality === null) return refuse('NOT_PERMITTED', { field: 'municipality' })
  const now = world.clock.now()
  if (input.occurredOn > dayOf(now)) return refuse('MALFORMED_INPUT', { field: 'occurredOn' })
  const act = begin('resident.record', officer, now, { ...input })
  const load = async (id: string) => (await world.residents.loadEvent(id as ResidentEventId)) ?? refuse('NOT_FOUND')

  return once(world.acts, act, load, async () => {
    const before = await residentNow(world, input.person)
    if (before === null || !mayRecord(before, municipality, input.kind)) return refuse('NOT_FOUND')
    const moved = afterEvent(before, municipality, input, dayOf(now))
    if (isRefusal(moved)) return moved
    const event: ResidentEvent = {
      id: newId('residentEvent', now, world.random), person: input.person, kind: input.kind, municipality, occurredOn: input.occurredOn,
      recordedAt: now, plannedOn: input.plannedOn, cardPresented: input.cardPresented, continuedUse: input.continuedUse, correction: input.correction,
    }
    const shown = input.kind === 'card-presented' || (input.kind === 'move-in' && input.cardPresented)
    const decide: Decide = (standing) => ({ ...settle(withEvent(standing, event), now), transfer: shown ? municipality : null })
    const stored = await world.residents.record({ ...act, subject: event.id, facts: { event: input.kind } }, event, moved, decide)
    if (isRefusal(stored)) return stored
    await world.bell.ring({ wake: 'crl' })
    return { event, resident: moved, lapsed: stored.lapsed }
  })
}

/** Of who has left: 除票 and 附票 go on being kept where the notice was given. */
const afterLeaving: Readonly<Record<'MOVING' | 'OVERSEAS', readonly EventKind[]>> = {
  MOVING: ['move-cancelled', 'death', 'status-lost', 'my-number-change', 'resident-code-change'],
  OVERSEAS: ['move-cancelled', 'death', 'annex-deleted', 'name-change', 'sex-change', 'birth-date-correction', 'items-change', 'minor-correction', 'my-number-change', 'resident-code-change'],
}

function mayRecord(resident: Resident, municipality: MunicipalityCode, kind: EventKind): boolean {
  const { state, departure } = resident
  // Who announced to move may arrive before the day that was announced.
  if (kind === 'move-in') return state === 'MOVING' || state === 'OVERSEAS' || state === 'DELETED' || departure?.to === 'MOVING'
  return keeperOf(resident) === municipality && (state === 'RESIDENT' || ((state === 'MOVING' || state === 'OVERSEAS') && afterLeaving[state].includes(kind)))
}

/** What an event may change of the four items: exactly these, any but the address, or what it likes. */
const mayChange: Readonly<Partial<Record<EventKind, readonly AttributeName[]>>> = {
  'items-change': ['name', 'birthDate', 'sex'], 'name-change': ['name'], 'sex-change': ['sex'], 'birth-date-correction': ['birthDate'], correction: ['name', 'address', 'birthDate', 'sex'],
}

/** The register after the event, or why the event does not fit. */
function afterEvent(before: Resident, municipality: MunicipalityCode, input: ResidentEventInput, today: LegalDate): Result<Resident> {
  const next = { ...before, version: before.version + 1 }
  const items = input.items ?? before.items
  const changed = changedItems(before.items, items)
  if ((input.kind === 'minor-correction') !== (input.correction !== null)) return refuse('MALFORMED_INPUT', { field: 'correction' })
  if (input.continuedUse && input.kind !== 'move-overseas') return refuse('MALFORMED_INPUT', { field: 'continuedUse' })
  if ((input.stayUntil ?? null) !== null && input.kind !== 'stay-change') return refuse('MALFORMED_INPUT', { field: 'stayUntil' })
  switch (input.kind) {
    case 'move-out':
    case 'move-overseas': {
      const on = input.plannedOn ?? input.occurredOn
      const no = input.continuedUse ? continuedUseRefused(before, on, today) : null
      return no ?? residentOn({ ...next, departure: { to: input.kind === 'move-out' ? 'MOVING' : 'OVERSEAS', on, from: municipality, continuedUse: input.continuedUse } }, today)
    }
    case 'birth':
    case 'first-entry':
      return refuse('MALFORMED_INPUT', { field: 'kind' })
    case 'move-cancelled':
      return before.departure === null ? refuse('WRONG_STATE', { state: before.state }) : { ...next, municipality, state: 'RESIDENT', departure: null }
    case 'move-in':
      return changed.includes('address') ? { ...next, municipality, items, state: 'RESIDENT', departure: null } : refuse('MALFORMED_INPUT', { field: 'items.address' })
    case 'annex-deleted':
      return before.state === 'OVERSEAS' ? { ...next, state: 'DELETED', departure: null } : refuse('WRONG_STATE', { state: before.state })
    case 'stay-change':
      return before.nationality === 'foreign' ? { ...next, stayUntil: input.stayUntil ?? null } : refuse('WRONG_STATE', { state: 'not a foreign resident' })
    case 'move-within':
      return changed.includes('address') ? { ...next, items } : refuse('MALFORMED_INPUT', { field: 'items.address' })
    case 'items-change':
    case 'name-change':
    case 'sex-change':
    case 'birth-date-correction':
    case 'correction':
      return changed.length > 0 && changed.every((item) => mayChange[input.kind]!.includes(item)) ? { ...next, items } : refuse('MALFORMED_INPUT', { field: 'items' })
    case 'minor-correction':
      return { ...next, items }
    case 'card-presented':
    case 'my-number-change':
    case 'resident-code-change':
      return changed.length === 0 ? next : refuse('MALFORMED_INPUT', { field: 'items' })
    case 'death':
      return { ...next, municipality: null, state: 'DECEASED', departure: null }
    case 'status-lost':
      return { ...next, municipality: null, state: 'DELETED', departure: null }
  }
}

/** A person may read its own record; a municipal officer the residents of its municipality, and the records it keeps of who left. */
export async function readResident(world: Uses<'clock' | 'residents'>, actor: Actor, person: PersonId): Promise<Result<Resident>> {
  const resident = await residentNow(world, person)
  if (resident === null) return refuse('NOT_FOUND')
  if (actor.kind === 'citizen' && actor.person === person) return resident
  const officer = actor.kind === 'officer' && actor.role === 'municipal' && actor.scopes.has('register')
  return officer && actor.municipality !== null && actor.municipality === keeperOf(resident) ? resident : refuse('NOT_FOUND')
}


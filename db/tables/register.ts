/**
 * Municipalities, and the resident register (住民基本台帳) with its events. Only what card and certificates depend on.
 */
import { sql } from 'drizzle-orm'
import { boolean, check, index, pgTable, text } from 'drizzle-orm/pg-core'
import type { MunicipalityCode, PersonId, ResidentEventId } from '../../core/law/ids.ts'
import type { MinorCorrection } from '../../core/law/card/lapse.ts'
import type { Departure } from '../../core/law/person/departure.ts'
import type { EventKind, Resident } from '../../core/law/person/resident.ts'
import { count, day, id, instant, oneOf, sealed, together } from './columns.ts'

/** 市区町村. The romanised names stand in certificates. */
export const municipalities = pgTable('municipalities', {
  code: id<MunicipalityCode>().primaryKey(),
  name: text().notNull(),
  prefecture: text().notNull(),
  municipalityRoman: text().notNull(),
  prefectureRoman: text().notNull(),
}, (t) => [check('municipalities_code', sql`${t.code} ~ '^[0-9]{6}$'`)])

/** 住民. One row per person for good; moves and death change it. */
export const residents = pgTable('residents', {
  person: id<PersonId>().primaryKey(),
  municipality: id<MunicipalityCode>().references(() => municipalities.code),
  /** The four items, reading, nationality and the last day of a stay. */
  personal: sealed().notNull(),
  state: text().$type<Resident['state']>().notNull(),
  /** 転出予定: the record goes on that day, whoever looks. */
  departureTo: text().$type<Departure['to']>(),
  departsOn: day(),
  departsFrom: id<MunicipalityCode>().references(() => municipalities.code),
  departureContinues: boolean().notNull().default(false),
  version: count(),
}, (t) => [
  check('residents_departure', together(t.departureTo, t.departsOn, t.departsFrom)),
  check('residents_departure_to', sql`${t.departureTo} is null or ${oneOf<Departure['to']>(t.departureTo, { MOVING: true, OVERSEAS: true })}`),
  check('residents_departed', sql`${t.departureTo} is null or ${t.state} = 'RESIDENT' or ${t.state} = ${t.departureTo}`),
  check('residents_continues', sql`not ${t.departureContinues} or ${t.departureTo} = 'OVERSEAS'`),
  check('residents_state', oneOf<Resident['state']>(t.state, { RESIDENT: true, MOVING: true, OVERSEAS: true, DECEASED: true, DELETED: true })),
  check('residents_municipality', sql`(${t.state} = 'RESIDENT') = (${t.municipality} is not null)`),
  index('residents_of_municipality').on(t.municipality),
])

/** 異動 */
export const residentEvents = pgTable('resident_events', {
  id: id<ResidentEventId>().primaryKey(),
  person: id<PersonId>().notNull().references(() => residents.person),
  kind: text().$type<EventKind>().notNull(),
  municipality: id<MunicipalityCode>().notNull().references(() => municipalities.code),
  occurredOn: day().notNull(),
  recordedAt: instant().notNull(),
  plannedOn: day(),
  cardPresented: boolean().notNull(),
  continuedUse: boolean().notNull().default(false),
  correction: text().$type<MinorCorrection>(),
  /** How many certificates lapsed with it. */
  lapsed: count(),
}, (t) => [
  check('resident_events_kind', oneOf<EventKind>(t.kind, {
    'move-out': true, 'move-in': true, 'move-within': true, 'move-overseas': true, death: true, 'items-change': true, 'minor-correction': true, 'card-presented': true, 'name-change': true,
    'sex-change': true, 'birth-date-correction': true, correction: true, 'my-number-change': true, 'resident-code-change': true, 'status-lost': true,
    'move-cancelled': true, 'annex-deleted': true, 'stay-change': true, birth: true, 'first-entry': true,
  })),
  check('resident_events_correction', sql`${t.correction} is null or (${t.kind} = 'minor-correction' and ${oneOf<MinorCorrection>(t.correction, {
    'common-kanji': true, 'character-identification': true, 'administrative-area': true, 'lot-number': true, 'residence-indication': true, building: true, 'accepted-by-minister': true,
  })})`),
  index('resident_events_of_person').on(t.person),
])

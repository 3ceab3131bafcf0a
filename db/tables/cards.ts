/**
 * Cards (個人番号カード): their applications, the legal card, the orders to its chip, and the chip's sealed state.
 */
import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, integer, jsonb, pgTable, primaryKey, text, unique, uniqueIndex } from 'drizzle-orm/pg-core'
import type { Card, CardApplicationState, CardEnd, CardState, Channel, HandOver } from '../../core/law/card/card.ts'
import type { SpecialGround, SupportPlace } from '../../core/law/card/application.ts'
import type { Document } from '../../core/law/record/evidence.ts'
import type { CardApplicationId, CardId, CardOrderId, MunicipalityCode, MyNumberReadingId, PersonId } from '../../core/law/ids.ts'
import type { ReadingResult } from '../../core/law/person/my-number.ts'
import type { ApplicationFormId, StatutoryUse } from '../../core/law/card/numbers.ts'
import type { OrderState } from '../../core/law/card/order.ts'
import type { Instant } from '../../core/law/time.ts'
import type { Stored } from '../json.ts'
import type { CardOrder } from '../../core/law/card/order.ts'
import { blindIndex, bytes, count, day, id, instant, oneOf, sealed, together, words } from './columns.ts'
import { municipalities, residents } from './register.ts'

export const cards = pgTable('cards', {
  id: id<CardId>().primaryKey(),
  person: id<PersonId>().notNull().references(() => residents.person),
  number: sealed().notNull(),
  numberIndex: blindIndex().notNull(),
  municipality: id<MunicipalityCode>().notNull().references(() => municipalities.code),
  state: text().$type<CardState>().notNull(),
  madeOn: day().notNull(),
  expiresOn: day().notNull(),
  /** What decided the last day: of a foreign resident it may be the stay. */
  expiry: sealed(),
  deliveredAt: instant(),
  endGround: text().$type<CardEnd>(),
  endAt: instant(),
  attestationKey: bytes(),
  /** Counter of the last order; the next is one more. */
  orderCounter: integer().notNull().default(0),
  /** When to look whether a period has run out; 0: not looked at yet. */
  dueAt: bigint({ mode: 'number' }).$type<Instant>().notNull().default(0 as Instant),
}, (t) => [
  unique('cards_number').on(t.numberIndex),
  check('cards_state', oneOf<CardState>(t.state, { MADE: true, ACTIVE: true, SUSPENDED: true, LAPSED: true, ABOLISHED: true })),
  check('cards_end', together(t.endGround, t.endAt)),
  check('cards_ended', sql`(${t.state} in ('LAPSED', 'ABOLISHED')) = (${t.endGround} is not null)`),
  check('cards_delivered', sql`${t.state} not in ('ACTIVE', 'SUSPENDED') or ${t.deliveredAt} is not null`),
  index('cards_of_person').on(t.person),
  index('cards_due').on(t.dueAt).where(sql`${t.state} in ('MADE', 'ACTIVE', 'SUSPENDED')`),
])

/** 交付申請 */
export const cardApplications = pgTable('card_applications', {
  id: id<CardApplicationId>().primaryKey(),
  person: id<PersonId>().notNull().references(() => residents.person),
  municipality: id<MunicipalityCode>().notNull().references(() => municipalities.code),
  channel: text().$type<Channel>().notNull(),
  state: text().$type<CardApplicationState>().notNull(),
  receivedAt: instant().notNull(),
  card: id<Card['id']>().references(() => cards.id),
  handOverOfficer: text(),
  handOverDocuments: text().array().$type<Document[]>(),
  handOverPins: text().$type<HandOver['pinsSetBy']>(),
  handOverAt: instant(),
  /** Why somebody else fetched it: an illness, a disability. */
  proxy: sealed(),
  /** 申請書ID of the form it was made with. */
  form: id<ApplicationFormId>(),
  supportPlace: text().$type<SupportPlace>(),
  supportName: words(),
  specialGround: text().$type<SpecialGround>(),
  specialOn: day(),
  photo: boolean().notNull().default(true),
  /** When it was rejected, withdrawn or declined; statistics look back with it. */
  droppedAt: instant(),
}, (t) => [
  uniqueIndex('card_applications_open').on(t.person).where(sql`${t.state} in ('RECEIVED', 'IN_PRODUCTION', 'SHIPPED', 'NOTICE_SENT')`),
  unique('card_applications_card').on(t.card),
  check('card_applications_state', oneOf<CardApplicationState>(t.state, {
    RECEIVED: true, IN_PRODUCTION: true, SHIPPED: true, NOTICE_SENT: true, DELIVERED: true, REJECTED: true, WITHDRAWN: true, DECLINED: true, NOT_COLLECTED: true,
  })),
  check('card_applications_channel', oneOf<Channel>(t.channel, { paper: true, web: true, 'qr-form': true, 'photo-booth': true, counter: true })),
  check('card_applications_hand_over', together(t.handOverOfficer, t.handOverDocuments, t.handOverPins, t.handOverAt)),
  check('card_applications_delivered', sql`(${t.state} = 'DELIVERED') = (${t.handOverAt} is not null)`),
  check('card_applications_dropped', sql`(${t.state} in ('REJECTED', 'WITHDRAWN', 'DECLINED')) = (${t.droppedAt} is not null)`),
  check('card_applications_form', sql`(${t.channel} = 'qr-form') = (${t.form} is not null)`),
  check('card_applications_support', together(t.supportPlace, t.supportName)),
  check('card_applications_support_place', sql`${t.supportPlace} is null or ${oneOf<SupportPlace>(t.supportPlace, {
    'post-office': true, bank: true, 'convenience-store': true, hospital: true, school: true, 'licence-centre': true, 'phone-shop': true,
  })}`),
  check('card_applications_special', together(t.specialGround, t.specialOn)),
  check('card_applications_proxy', sql`${t.proxy} is null or ${t.handOverAt} is not null`),
  index('card_applications_of_person').on(t.person),
  index('card_applications_received').on(t.receivedAt),
])

/** 申請書: forms with a QR code, each printed for a person at an address. */
export const applicationForms = pgTable('application_forms', {
  id: id<ApplicationFormId>().primaryKey(),
  person: id<PersonId>().notNull().references(() => residents.person),
  municipality: id<MunicipalityCode>().notNull().references(() => municipalities.code),
  /** The address as printed. */
  personal: sealed().notNull(),
  printedAt: instant().notNull(),
}, (t) => [check('application_forms_id', sql`${t.id} ~ '^[0-9]{23}$'`), index('application_forms_of_person').on(t.person)])

/** 追記欄: what was written on the face of a card after it was made, line by line. */
export const cardNotes = pgTable('card_notes', {
  card: id<CardId>().notNull().references(() => cards.id),
  line: integer().notNull(),
  words: sealed().notNull(),
  addedOn: day().notNull(),
  recordedAt: instant().notNull(),
  officer: text().notNull(),
}, (t) => [primaryKey({ name: 'card_notes_line', columns: [t.card, t.line] }), check('card_notes_lines', sql`${t.line} >= 1`)])

/** Attempts to read a My Number from a chip: who, for which statutory use, with what result. Never the number. */
export const myNumberReadings = pgTable('my_number_readings', {
  id: id<MyNumberReadingId>().primaryKey(),
  card: id<CardId>(),
  officer: text().notNull(),
  body: text().notNull(),
  use: text().$type<StatutoryUse>().notNull(),
  result: text().$type<ReadingResult>().notNull(),
  at: instant().notNull(),
}, (t) => [
  check('my_number_readings_use', oneOf<StatutoryUse>(t.use, { 'social-security': true, tax: true, disaster: true, ordinance: true, 'on-behalf': true })),
  check('my_number_readings_result', oneOf<ReadingResult>(t.result, { READ: true, PIN_REFUSED: true, UNREADABLE: true, CARD_NOT_USABLE: true, NOT_ENTITLED: true })),
  index('my_number_readings_at').on(t.at),
])

/** Orders to the chip. The counter rises per card. */
export const cardOrders = pgTable('card_orders', {
  id: id<CardOrderId>().primaryKey(),
  card: id<CardId>().notNull().references(() => cards.id),
  number: sealed().notNull(),
  counter: count(),
  operation: jsonb().$type<Stored<CardOrder['operation']>>().notNull(),
  municipality: id<MunicipalityCode>().notNull().references(() => municipalities.code),
  state: text().$type<OrderState>().notNull(),
  requestedAt: instant().notNull(),
  /** They name the card. */
  order: sealed(),
  signature: bytes(),
  receipt: sealed(),
}, (t) => [
  unique('card_orders_counter').on(t.card, t.counter),
  check('card_orders_state', oneOf<OrderState>(t.state, { REQUESTED: true, SIGNED: true, DONE: true, REFUSED_BY_CARD: true })),
  check('card_orders_signed', sql`num_nulls(${t.order}, ${t.signature}) = case ${t.state} when 'REQUESTED' then 2 else 0 end`),
  check('card_orders_receipt', sql`(${t.receipt} is not null) = (${t.state} in ('DONE', 'REFUSED_BY_CARD'))`),
  index('card_orders_waiting').on(t.id).where(sql`${t.state} = 'REQUESTED'`),
])

/** What a virtual chip is, sealed by whoever runs it; nobody here can read it, nor whose it is. Saved by compare-and-set on the version. */
export const chips = pgTable('chips', {
  numberIndex: blindIndex().primaryKey(),
  sealed: bytes().notNull(),
  version: count(),
})

/**
 * PINs that a holder sets anew at a kiosk, having proved the other one (暗証番号の再設定). No PIN is in it.
 */
import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, unique } from 'drizzle-orm/pg-core'
import type { KioskPin, PinReset } from '../../core/law/card/pin-reset.ts'
import type { CardId, CardOrderId, PersonId, PinResetId } from '../../core/law/ids.ts'
import { cardOrders, cards } from './cards.ts'
import { bytes, id, instant, oneOf } from './columns.ts'
import { residents } from './register.ts'

export const pinResets = pgTable('pin_resets', {
  id: id<PinResetId>().primaryKey(),
  person: id<PersonId>().notNull().references(() => residents.person),
  card: id<CardId>().notNull().references(() => cards.id),
  pin: text().$type<KioskPin>().notNull(),
  nonce: bytes().notNull(),
  startedAt: instant().notNull(),
  state: text().$type<PinReset['state']>().notNull(),
  provenAt: instant(),
  order: id<CardOrderId>().references(() => cardOrders.id),
}, (t) => [
  unique('pin_resets_order').on(t.order),
  check('pin_resets_pin', oneOf<KioskPin>(t.pin, { signature: true, authentication: true })),
  check('pin_resets_state', oneOf<PinReset['state']>(t.state, { OPEN: true, PROVEN: true, USED: true, FAILED: true })),
  check('pin_resets_proven', sql`(${t.provenAt} is not null) = (${t.state} in ('PROVEN', 'USED'))`),
  check('pin_resets_used', sql`(${t.order} is not null) = (${t.state} = 'USED')`),
  index('pin_resets_of_card').on(t.card),
])

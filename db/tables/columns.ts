/**
 * Column types shared by all tables. Instants are milliseconds given by the caller; the database's own clock is never
 * a legal instant. Texts about persons go in and come out code point for code point, or not at all.
 */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { bigint, customType, date, integer, text } from 'drizzle-orm/pg-core'
import type { Instant, LegalDate } from '../../core/law/time.ts'

export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  toDriver: (value) => value,
  fromDriver: (value) => Uint8Array.from(value),
})

/**
 * Text that a driver would silently repair (a lone surrogate becomes U+FFFD) or the database refuse (U+0000) is
 * refused here. The doors refuse it first; what reaches this line is a fault.
 */
export const words = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver(value) {
    if (!value.isWellFormed() || value.includes('\0')) throw new RangeError('text that cannot be stored as it is')
    return value
  },
})

/** The transaction that wrote the row: lets a sequencer order only what can no longer gain an elder sibling. */
export const transactionId = customType<{ data: string; driverData: string }>({ dataType: () => 'xid8' })

export const instant = () => bigint({ mode: 'number' }).$type<Instant>()
export const day = () => date({ mode: 'string' }).$type<LegalDate>()
/** An id or code that a function of core/law made or checked. */
export const id = <T extends string>() => text().$type<T>()

/** Values of a person (safe.ts): what is in it only the stores know that have the key. */
export const sealed = bytes
/** Stands for a value that must be found or be unique: 32 octets of HMAC-SHA-256. */
export const blindIndex = bytes

export const count = () => integer().notNull()

/** `column in (…)`: the record names every member of the type, so a new state does not compile without a migration. */
export const oneOf = <T extends string>(column: SQLWrapper, members: Readonly<Record<T, true>>): SQL =>
  sql`${column} in (${sql.raw(Object.keys(members).map((m) => `'${m}'`).join(', '))})`

/** All of the columns are null, or none. */
export const together = (...columns: readonly SQLWrapper[]): SQL => sql`num_nulls(${sql.join(columns.map((c) => sql`${c}`), sql`, `)}) in (0, ${sql.raw(String(columns.length))})`

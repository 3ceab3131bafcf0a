/**
 * JSON columns that hold octets: a byte string is stored as `{"hex": "…"}` and comes back as the same octets.
 */
import { fromHex, toHex } from '../core/law/ids.ts'

declare const storedBrand: unique symbol
/** `T` as it lies in a JSON column. */
export type Stored<T> = { readonly [storedBrand]: T }

export const store = <T>(value: T): Stored<T> => pack(value) as Stored<T>
export const restore = <T>(stored: Stored<T>): T => unpack(stored) as T

function pack(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: toHex(value) }
  if (Array.isArray(value)) return value.map(pack)
  return value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, pack(v)])) : value
}

function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value)
  const [only] = entries
  if (entries.length === 1 && only !== undefined && only[0] === 'hex' && typeof only[1] === 'string') return fromHex(only[1])
  return Object.fromEntries(entries.map(([k, v]) => [k, unpack(v)]))
}

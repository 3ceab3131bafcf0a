/**
 * Values of persons at rest: sealed in the process with AES-256-GCM before they reach the database, so that neither its
 * files, its dumps and backups nor whoever reads them has a name, an address or a number. Where something must be found
 * or be unique without being opened there is a blind index instead: HMAC-SHA-256. db/README.md says what is held how.
 *
 * Sealed: version 1 · generation of the key (2) · nonce (12) · ciphertext · tag (16). Header, column and row are bound as
 * associated data, and each column has a key of its own (HKDF-SHA-256): moved to another row or column it opens for nobody.
 *
 * @rfc 5869 2 · 5116 5.2
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Random } from '../core/law/ids.ts'
import type { Keyring, KeyPurpose } from './keyring.ts'

/** Every column that holds values of a person. */
export const sealedColumns = [
  'residents.personal', 'certificate_applications.personal', 'certificates.personal', 'certificates.der', 'certificates.tbs', 'certificates.expected', 'certificates.expiry', 'cards.expiry',
  'cards.number', 'card_applications.proxy', 'application_forms.personal', 'card_notes.words', 'card_orders.number', 'card_orders.order', 'card_orders.receipt',
  'challenges.account',
] as const
export type SealedColumn = (typeof sealedColumns)[number]

/** Every column that stands for a value which must be found or be unique. */
export const indexedColumns = ['cards.number_index', 'chips.number_index', 'account_links.account'] as const
export type IndexedColumn = (typeof indexedColumns)[number]

export interface Safe extends Pick<Keyring, 'fetch' | 'generations'> {
  /** Anything JSON can say. Padded: the length of a value does not show. */
  seal(column: SealedColumn, row: string, value: unknown): Uint8Array
  /** Throws {@link NotOpened}. */
  open<T>(column: SealedColumn, row: string, sealed: Uint8Array): T
  sealOctets(column: SealedColumn, row: string, octets: Uint8Array): Uint8Array
  /** Throws {@link NotOpened}. */
  openOctets(column: SealedColumn, row: string, sealed: Uint8Array): Uint8Array
  /** 32 octets that say whether two values are the same, and nothing else to whoever lacks the key. */
  index(column: IndexedColumn, value: string | Uint8Array): Uint8Array
}

/** Not sealed by this archive for this row, or changed since. Says where, never what. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened'
  constructor(column: SealedColumn, row: string, why: 'form' | 'authentication') {
    super(`${column} of ${row} does not open: ${why}`)
  }
}

const version = 1
const [headerLength, nonceLength, tagLength] = [3, 12, 16]
/** JSON is sealed in steps of so many octets. */
const step = 64
/** A lone surrogate or U+0000, which JSON writes as an escape: the doors refuse them first; what reaches this line is a fault. */
const unstorable = /(?:^|[^\\])(?:\\\\)*\\u(?:d[89a-f]|0000)/

export function openSafe(keyring: Keyring, random: Random): Safe {
  const derived = new Map<string, KeyObject>()
  const keyFor = (purpose: KeyPurpose, column: string, generation: number, key: Uint8Array): KeyObject => {
    const name = `${purpose} ${generation} ${column}`
    const present = derived.get(name)
    if (present !== undefined) return present
    const made = createSecretKey(Buffer.from(hkdfSync('sha256', key, new Uint8Array(), `mynagate ${purpose} v1 ${column}`, 32)))
    derived.set(name, made)
    return made
  }
  const sealOctets: Safe['sealOctets'] = (column, row, octets) => {
    const { generation, key } = keyring.newest('personal-data')
    const header = Buffer.of(version, generation >> 8, generation & 0xff)
    const nonce = random.bytes(nonceLength)
    const cipher = createCipheriv('aes-256-gcm', keyFor('personal-data', column, generation, key), nonce, { authTagLength: tagLength }).setAAD(bound(header, column, row))
    return Buffer.concat([header, nonce, cipher.update(octets), cipher.final(), cipher.getAuthTag()])
  }
  const opened = (column: SealedColumn, row: string, sealed: Uint8Array): Buffer => {
    if (sealed[0] !== version || sealed.length < headerLength + nonceLength + tagLength) throw new NotOpened(column, row, 'form')
    const { generation, key } = keyring.of('personal-data', (sealed[1]! << 8) | sealed[2]!)
    const [body, tag] = [headerLength + nonceLength, sealed.length - tagLength]
    const decipher = createDecipheriv('aes-256-gcm', keyFor('personal-data', column, generation, key), sealed.subarray(headerLength, body), { authTagLength: tagLength })
    decipher.setAAD(bound(sealed.subarray(0, headerLength), column, row)).setAuthTag(sealed.subarray(tag))
    const text = decipher.update(sealed.subarray(body, tag))
    try {
      decipher.final()
    } catch {
      throw new NotOpened(column, row, 'authentication')
    }
    return text
  }
  return {
    fetch: (purpose) => keyring.fetch(purpose),
    generations: (purpose) => keyring.generations(purpose),
    sealOctets,
    openOctets: (column, row, sealed) => Uint8Array.from(opened(column, row, sealed)),
    seal(column, row, value) {
      const json = JSON.stringify(value)
      if (unstorable.test(json)) throw new RangeError('text that cannot be stored as it is')
      const text = Buffer.from(json, 'utf8')
      const padded = Buffer.alloc(Math.ceil(text.length / step) * step, ' ')
      text.copy(padded)
      return sealOctets(column, row, padded)
    },
    open: <T>(column: SealedColumn, row: string, sealed: Uint8Array): T => JSON.parse(opened(column, row, sealed).toString('utf8')) as T,
    index(column, value) {
      const { generation, key } = keyring.newest('blind-index')
      return Uint8Array.from(createHmac('sha256', keyFor('blind-index', column, generation, key)).update(value).digest())
    },
  }
}

const bound = (header: Uint8Array, column: string, row: string): Buffer => Buffer.concat([header, Buffer.from(`${column}\0${row}`, 'utf8')])

/** Of which generation a sealed column is, in SQL: so that a statement may leave alone what could not be opened here. */
export const generationOf = (column: SQLWrapper): SQL => sql`(get_byte(${column}, 1) << 8 | get_byte(${column}, 2))`

/** Of a door that has no business with values of persons: what it would open, it cannot. */
export const noSafe: Safe = { fetch: refused, generations: refused, seal: refused, open: refused, sealOctets: refused, openOctets: refused, index: refused }

function refused(): never {
  throw new Error('this door has no key for values of persons')
}

/**
 * Data keys of the archive: made by KMS, kept wrapped in generations (tables/data-keys.ts), unwrapped when first wanted and
 * remembered while the process lives. A new generation is for new values; what older ones sealed stays readable. The key of
 * the blind indexes has one generation only: with another, nothing would be found again.
 *
 * Nothing here may wait inside a transaction: the embedded database has one connection, and KMS may be slow. Whoever lacks
 * a key leaves with {@link KeyWanted}, all is rolled back, the key is fetched, and the store is asked once more.
 */
import { asc, eq } from 'drizzle-orm'
import { hour, type Instant } from '../core/law/time.ts'
import type { Db } from './client.ts'
import { dataKeys } from './tables/data-keys.ts'

export type KeyPurpose = 'personal-data' | 'blind-index'

/** KMS, as far as data keys go. The context must be said again to open. */
export interface KeyWrapper {
  dataKey(context: Readonly<Record<string, string>>): Promise<{ readonly plaintext: Uint8Array; readonly sealed: Uint8Array }>
  open(wrapped: Uint8Array, context: Readonly<Record<string, string>>): Promise<Uint8Array>
}

export interface KeyringParts {
  readonly wrapper: KeyWrapper
  /** Bound to each key: one of another stage opens for nobody here. */
  readonly stage: string
  readonly now: () => Instant
  /** Whether this door may have keys made. Those that may not wait for the counter to make the first. */
  readonly makes: boolean
}

export interface HeldKey { readonly generation: number; readonly key: Uint8Array }

export interface Keyring {
  /** What new values are sealed with. Throws {@link KeyWanted}. */
  newest(purpose: KeyPurpose): HeldKey
  /** Throws {@link KeyWanted}. */
  of(purpose: KeyPurpose, generation: number): HeldKey
  /** Of the keys that are there. */
  generations(purpose: KeyPurpose): number[]
  /** Reads what there is and unwraps what is new. Not within a transaction. */
  fetch(purpose: KeyPurpose): Promise<void>
}

/** A key that was not fetched yet. */
export class KeyWanted extends Error {
  override readonly name = 'KeyWanted'
  readonly purpose: KeyPurpose
  readonly generation: number | null
  constructor(purpose: KeyPurpose, generation: number | null) {
    super(`${generation === null ? 'the newest generation' : `generation ${generation}`} of the key for ${purpose} is not there`)
    this.purpose = purpose
    this.generation = generation
  }
}

/** After that long new values get a new generation. */
export const generationLasts = 365 * 24 * hour

export function openKeyring(db: Db, { wrapper, stage, now, makes }: KeyringParts): Keyring {
  const held: Readonly<Record<KeyPurpose, Map<number, HeldKey>>> = { 'personal-data': new Map(), 'blind-index': new Map() }
  const fetching = new Map<KeyPurpose, Promise<void>>()
  const context = (purpose: KeyPurpose, generation: number) => ({ purpose, stage, generation: String(generation) })
  const stored = (purpose: KeyPurpose) => db.select().from(dataKeys).where(eq(dataKeys.purpose, purpose)).orderBy(asc(dataKeys.generation))

  /** Whoever comes first wins; the others take what is there. */
  async function make(purpose: KeyPurpose, generation: number): Promise<void> {
    const { plaintext, sealed } = await wrapper.dataKey(context(purpose, generation))
    plaintext.fill(0)
    await db.insert(dataKeys).values({ purpose, generation, wrapped: sealed, since: now() }).onConflictDoNothing()
  }

  async function fetch(purpose: KeyPurpose): Promise<void> {
    let rows = await stored(purpose)
    const newest = rows.at(-1)
    const over = newest === undefined || (purpose === 'personal-data' && now() - newest.since >= generationLasts)
    if (makes && over) {
      await make(purpose, (newest?.generation ?? 0) + 1)
      rows = await stored(purpose)
    }
    for (const { generation, wrapped } of rows) {
      if (held[purpose].has(generation)) continue
      const key = await wrapper.open(wrapped, context(purpose, generation))
      if (key.length !== 32) throw new RangeError(`generation ${generation} of the key for ${purpose} has ${key.length} octets`)
      held[purpose].set(generation, { generation, key })
    }
  }

  return {
    newest: (purpose) => [...held[purpose].values()].at(-1) ?? missing(purpose, null),
    generations: (purpose) => [...held[purpose].keys()],
    of: (purpose, generation) => held[purpose].get(generation) ?? missing(purpose, generation),
    fetch(purpose) {
      const running = fetching.get(purpose) ?? fetch(purpose).finally(() => fetching.delete(purpose))
      fetching.set(purpose, running)
      return running
    },
  }
}

function missing(purpose: KeyPurpose, generation: number | null): never {
  throw new KeyWanted(purpose, generation)
}

/** The same store, which fetches a key that it lacks and is asked again. A key that is still missing then is a fault. */
export function fetchingKeys<S extends object>(store: S, keys: Pick<Keyring, 'fetch'>): S {
  const guarded = Object.entries(store).map(([name, member]) => {
    if (typeof member !== 'function') return [name, member]
    const method = member as (...args: unknown[]) => Promise<unknown>
    return [name, async (...args: unknown[]) => {
      const fetched = new Set<KeyPurpose>()
      for (;;) {
        try {
          return await method.apply(store, args)
        } catch (error) {
          if (!(error instanceof KeyWanted) || fetched.has(error.purpose)) throw error
          fetched.add(error.purpose)
          await keys.fetch(error.purpose)
        }
      }
    }]
  })
  return Object.fromEntries(guarded) as S
}

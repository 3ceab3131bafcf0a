/**
 * The archive of the gateway on this machine: embedded, or a Postgres of one's own. Either way migrated before anything
 * is served.
 */
import type { Opened } from '../db/client.ts'
import { openDatabase } from '../db/client.ts'
import { openEmbedded } from '../db/embedded.ts'
import { migrate } from '../db/migrate.ts'
import { openKeyring, type KeyWrapper } from '../db/keyring.ts'
import { openStores, type Stores } from '../db/open.ts'
import { noSafe, openSafe, type Safe } from '../db/safe.ts'
import { realClock, realRandom } from '../functions/environment.ts'

export interface Archive {
  readonly db: Opened['db']
  readonly stores: Stores
  /** The same for doors that have no business with values of persons: here, too, they cannot. */
  readonly closed: Stores
  /** For values of persons. */
  readonly safe: Safe
  close(): Promise<void>
}

export interface ArchiveOptions {
  /** Null: embedded. */
  readonly databaseUrl: string | null
  /** Folder of the embedded database; null: in memory. */
  readonly directory: string | null
  /** Wraps data keys: KMS, which may be up later than the archive. Null where no value of a person is touched. */
  readonly wrapper: Promise<KeyWrapper> | null
  /** Told of a connection that dropped. */
  readonly lost: (error: Error) => void
}

export async function openArchive({ databaseUrl, directory, wrapper, lost }: ArchiveOptions): Promise<Archive> {
  const { db, close } = databaseUrl === null ? await openEmbedded({ directory: directory ?? 'memory' }) : await openDatabase(databaseUrl, { lost })
  if (databaseUrl !== null) {
    try {
      await migrate(db)
    } catch (error) {
      await close()
      throw error
    }
  }
  const safe = wrapper === null ? noSafe : openSafe(openKeyring(db, { wrapper: whenUp(wrapper), stage: 'local', now: realClock.now, makes: true }), realRandom)
  return { db, safe, stores: openStores(db, safe), closed: openStores(db, noSafe), close }
}

const whenUp = (wrapper: Promise<KeyWrapper>): KeyWrapper => ({ dataKey: async (context) => (await wrapper).dataKey(context), open: async (wrapped, context) => (await wrapper).open(wrapped, context) })

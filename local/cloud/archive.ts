/**
 * The archive of the gateway on this machine: embedded, or a Postgres of one's own. Either way migrated before anything
 * is served.
 */
import type { Opened } from '../../db/client.ts'
import { openDatabase } from '../../db/client.ts'
import { grantDoors } from '../../db/doors.ts'
import { openEmbedded } from '../../db/embedded.ts'
import { migrate } from '../../db/migrate.ts'
import { openKeyring, type KeyWrapper } from '../../db/keyring.ts'
import { openStores, type Stores } from '../../db/open.ts'
import { noSafe, openSafe, type Safe } from '../../db/safe.ts'
import { doorSession, inSession, type DoorRole } from '../../db/session.ts'
import { realClock, realRandom } from '../../functions/environment.ts'

export interface Archive {
  readonly db: Opened['db']
  /** As the owner: for the parts of this machine that no cloud has. */
  readonly stores: Stores
  /** As a door that acts for nobody, with the rights of its role; one that has no business with values of persons cannot open them here either. */
  storesOf(door: DoorRole): Stores
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
      await grantDoors(db)
    } catch (error) {
      await close()
      throw error
    }
  }
  const safe = wrapper === null ? noSafe : openSafe(openKeyring(db, { wrapper: whenUp(wrapper), stage: 'local', now: realClock.now, makes: true }), realRandom)
  const [stores, closed] = [openStores(db, safe), openStores(db, noSafe)]
  const opens: readonly DoorRole[] = ['door_graphql', 'door_authority']
  return { db, safe, stores, storesOf: (door) => inSession(opens.includes(door) ? stores : closed, doorSession(door)), close }
}

const whenUp = (wrapper: Promise<KeyWrapper>): KeyWrapper => ({ dataKey: async (context) => (await wrapper).dataKey(context), open: async (wrapped, context) => (await wrapper).open(wrapped, context) })

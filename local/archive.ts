/**
 * The archive of the gateway on this machine: embedded, or a Postgres of one's own. Either way migrated before anything
 * is served.
 */
import type { Opened } from '../db/client.ts'
import { openDatabase } from '../db/client.ts'
import { openEmbedded } from '../db/embedded.ts'
import { grantDoors } from '../db/doors.ts'
import { migrate } from '../db/migrate.ts'
import { openStores, type Stores } from '../db/open.ts'
import { doorSession, inSession, type DoorRole } from '../db/session.ts'

export interface Archive {
  readonly db: Opened['db']
  /** As the owner: for the parts of this machine that no cloud has. */
  readonly stores: Stores
  /** As a door that acts for nobody, with the rights of its role. */
  storesOf(door: DoorRole): Stores
  close(): Promise<void>
}

export interface ArchiveOptions {
  /** Null: embedded. */
  readonly databaseUrl: string | null
  /** Folder of the embedded database; null: in memory. */
  readonly directory: string | null
  /** Told of a connection that dropped. */
  readonly lost: (error: Error) => void
}

export async function openArchive({ databaseUrl, directory, lost }: ArchiveOptions): Promise<Archive> {
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
  const stores = openStores(db)
  return { db, stores, storesOf: (door) => inSession(stores, doorSession(door)), close }
}

/** The archive of a deployed door: opened, and held against the tables that this code knows, before anything is served. */
import { openDatabase, type Db } from '../../db/client.ts'
import { openCrls } from '../../db/certificate/crls.ts'
import { expectSchema, SchemaMismatch } from '../../db/migrate.ts'
import type { SeenTokens } from '../../db/partner/oauth.ts'
import { openStatusStores, openStores } from '../../db/open.ts'
import type { Log } from '../environment.ts'
import type { OcspParts, Stores } from './parts.ts'
import { CannotStart } from './variables.ts'

/** A Lambda serves one request at a time; two connections let a read pass a transaction. */
const connections = 2

export const archive = async (url: string, log: Log): Promise<Stores & { readonly seenTokens: SeenTokens }> => openStores(await opened(url, log))

/** What the OCSP door may read: statuses, responders, issuers, and the published lists. */
export async function statusArchive(url: string, log: Log): Promise<OcspParts['stores']> {
  const db = await opened(url, log)
  return { ...openStatusStores(db), crls: openCrls(db) }
}

async function opened(url: string, log: Log): Promise<Db> {
  const { db, close } = openDatabase(url, { connections, lost: (error) => log('warn', 'database.connection-lost', { fault: error.message }) })
  try {
    await expectSchema(db)
  } catch (cause) {
    await close()
    if (cause instanceof SchemaMismatch) throw new CannotStart(cause.kind === 'ahead' ? 'database-ahead' : 'database-behind', `cannot start: ${cause.message}`, { cause })
    throw cause
  }
  return db
}

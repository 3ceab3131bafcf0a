/** The database of a deployed door: opened, and held against the tables that this code knows, before anything is served. */
import { openDatabase, type Db } from '../../db/client.ts'
import { expectSchema, SchemaMismatch } from '../../db/migrate.ts'
import type { Log } from '../environment.ts'
import { CannotStart } from './variables.ts'

/** A Lambda serves one request at a time; two connections let a read pass a transaction. */
const connections = 2

export async function opened(url: string, log: Log): Promise<Db> {
  const { db, close } = await openDatabase(url, { connections, lost: (error) => log('warn', 'database.connection-lost', { fault: error.message }) })
  try {
    await expectSchema(db)
  } catch (cause) {
    await close()
    if (cause instanceof SchemaMismatch) throw new CannotStart(cause.kind === 'ahead' ? 'database-ahead' : 'database-behind', cause.message, { cause })
    throw cause
  }
  return db
}

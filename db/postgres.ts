/** The archive over node-postgres. */
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { limits, tellLost, type Opened, type OpenOptions } from './client.ts'
import { walled } from './walls.ts'

export function openPostgres(url: string, options: OpenOptions = {}): Opened {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: limits.connect,
    idleTimeoutMillis: limits.idle,
    statement_timeout: limits.statement,
    // A server that is gone without a word does not time out its own statements.
    query_timeout: limits.statement + 2_000,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
    application_name: 'mynagate',
  })
  tellLost(pool, options)
  return { db: drizzle({ client: walled(pool), casing: 'snake_case' }), close: () => pool.end() }
}

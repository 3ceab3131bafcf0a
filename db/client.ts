/**
 * Opens the archive over the network: node-postgres, or Neon's driver over WebSocket (interactive transactions). The
 * embedded database is embedded.ts, which no deployed bundle reaches. All three give the same type.
 */
import { Pool as NeonPool } from '@neondatabase/serverless'
import { drizzle as drizzleNeon } from 'drizzle-orm/neon-serverless'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import pg from 'pg'

export type Db = PgDatabase<PgQueryResultHKT>
/** What a transaction hands to its function. Inside, nothing but this is used: another connection would not see the rows, and the embedded database has no other. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]

export interface Opened {
  readonly db: Db
  close(): Promise<void>
}

export interface OpenOptions {
  /** Connections at most. A Lambda instance serves one request at a time and needs few. */
  readonly connections?: number
  /** Told of an idle connection that dropped. The pool replaces it; without a listener the process would end. */
  readonly lost?: (error: Error) => void
}

const seconds = (n: number): number => n * 1_000
/** No statement of the gateway takes a second; what takes ten is stuck. */
const limits = { statement: seconds(10), lock: seconds(5), idleInTransaction: seconds(10), connect: seconds(10), idle: seconds(30) }

export function openPostgres(url: string, options: OpenOptions = {}): Opened {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: limits.connect,
    idleTimeoutMillis: limits.idle,
    statement_timeout: limits.statement,
    // A server that is gone without a word does not time out its own statements.
    query_timeout: limits.statement + seconds(2),
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
    application_name: 'mynagate',
  })
  tellLost(pool, options)
  return { db: drizzlePg({ client: pool, casing: 'snake_case' }), close: () => pool.end() }
}

/**
 * Neon's pooled address takes no session settings, so the limits on the server's side are set on the role (`alter role …
 * set statement_timeout`); here the client stops waiting.
 */
export function openNeon(url: string, options: OpenOptions = {}): Opened {
  const pool = new NeonPool({
    connectionString: url,
    max: options.connections ?? 3,
    connectionTimeoutMillis: limits.connect,
    idleTimeoutMillis: limits.idle,
    query_timeout: limits.statement,
  })
  tellLost(pool, options)
  return { db: drizzleNeon({ client: pool, casing: 'snake_case' }), close: () => pool.end() }
}

interface Losable { on(event: 'error', tell: (error: Error) => void): unknown }
/**
 * A connection can drop while it is idle, which the pool tells, and between two statements of a transaction, which only the
 * connection tells: without a listener there the process would end. The statement that comes next fails by itself.
 */
function tellLost(pool: Losable & { on(event: 'connect', made: (connection: Losable) => void): unknown }, { lost }: OpenOptions): void {
  pool.on('error', (error) => lost?.(error))
  pool.on('connect', (connection) => void connection.on('error', () => undefined))
}

/** By the host's name. */
export function openDatabase(url: string, options: OpenOptions = {}): Opened {
  return isNeon(url) ? openNeon(url, options) : openPostgres(url, options)
}

export const isNeon = (url: string): boolean => /\.neon\.(tech|build)$/.test(new URL(url).hostname)

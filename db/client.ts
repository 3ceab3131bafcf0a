/**
 * Opens the archive over the network: node-postgres (postgres.ts), or Neon's driver over WebSocket (neon.ts), of which only
 * the one that is wanted is loaded: each costs a door a third of its start. The embedded database is embedded.ts, which no
 * deployed bundle reaches. All three give the same type.
 */
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

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
export const limits = { statement: seconds(10), lock: seconds(5), idleInTransaction: seconds(10), connect: seconds(10), idle: seconds(30) }

interface Losable { on(event: 'error', tell: (error: Error) => void): unknown }
/**
 * A connection can drop while it is idle, which the pool tells, and between two statements of a transaction, which only the
 * connection tells: without a listener there the process would end. The statement that comes next fails by itself.
 */
export function tellLost(pool: Losable & { on(event: 'connect', made: (connection: Losable) => void): unknown }, { lost }: OpenOptions): void {
  pool.on('error', (error) => lost?.(error))
  pool.on('connect', (connection) => void connection.on('error', () => undefined))
}

/** By the host's name. */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Opened> {
  return isNeon(url) ? (await import('./neon.ts')).openNeon(url, options) : (await import('./postgres.ts')).openPostgres(url, options)
}

export const isNeon = (url: string): boolean => /\.neon\.(tech|build)$/.test(new URL(url).hostname)

/**
 * The archive over Neon's driver: WebSocket, interactive transactions. Neon's pooled address takes no session settings, so
 * the limits on the server's side are set on the role (`alter role … set statement_timeout`); here the client stops waiting.
 */
import { Pool } from '@neondatabase/serverless'
import { drizzle } from 'drizzle-orm/neon-serverless'
import { limits, tellLost, type Opened, type OpenOptions } from './client.ts'
import { walled } from './walls.ts'

export function openNeon(url: string, options: OpenOptions = {}): Opened {
  const pool = new Pool({
    connectionString: url,
    max: options.connections ?? 3,
    connectionTimeoutMillis: limits.connect,
    idleTimeoutMillis: limits.idle,
    query_timeout: limits.statement,
  })
  tellLost(pool, options)
  return { db: drizzle({ client: walled(pool), casing: 'snake_case' }), close: () => pool.end() }
}

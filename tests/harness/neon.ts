/**
 * A stand-in for Neon's two doors in front of any Postgres, so that the real driver is tested: SQL over HTTP, and the
 * Postgres protocol over WebSocket. For correctness only; it imitates neither TLS, nor the pooler, nor latency.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { neonConfig } from '@neondatabase/serverless'
import pg from 'pg'
import { WebSocketServer, type WebSocket } from 'ws'

export interface NeonStandIn {
  readonly port: number
  close(): Promise<void>
}

interface Statement { readonly query: string; readonly params?: readonly unknown[] }

/** Starts the stand-in before the server at that address and points the driver at it, for this process. */
export async function startNeon(target: { readonly host: string; readonly port: number }): Promise<NeonStandIn> {
  const pools = new Map<string, pg.Pool>()
  const poolFor = (connectionString: string): pg.Pool => {
    const url = new URL(connectionString)
    url.host = `${target.host}:${target.port}`
    const present = pools.get(url.href)
    if (present !== undefined) return present
    const pool = new pg.Pool({ connectionString: url.href, max: 10 })
    pool.on('error', () => {}) // a dropped idle connection is replaced
    pools.set(url.href, pool)
    return pool
  }
  const server = createServer((request, response) => {
    answer(request, response, poolFor).catch((error: unknown) => json(response, 400, problem(error)))
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => tunnel(socket, target))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }

  neonConfig.fetchEndpoint = () => `http://127.0.0.1:${port}/sql`
  neonConfig.wsProxy = () => `127.0.0.1:${port}/v2`
  neonConfig.useSecureWebSocket = false
  neonConfig.pipelineConnect = false // the default expects cleartext authentication; a stock server asks for SCRAM

  return {
    port,
    async close() {
      for (const client of sockets.clients) client.terminate()
      await Promise.all([...pools.values()].map((pool) => pool.end()))
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Octets pass unread, in both directions. */
function tunnel(socket: WebSocket, target: { readonly host: string; readonly port: number }): void {
  const upstream = connect({ ...target, noDelay: true })
  const end = (): void => {
    upstream.destroy()
    socket.close(1000)
  }
  socket.on('message', (octets: Buffer) => upstream.write(octets))
  upstream.on('data', (octets) => socket.send(octets, { binary: true }))
  socket.on('close', end).on('error', end)
  upstream.on('close', end).on('error', end)
}

async function answer(request: IncomingMessage, response: ServerResponse, poolFor: (url: string) => pg.Pool): Promise<void> {
  if (request.method !== 'POST' || request.url !== '/sql') {
    response.writeHead(404).end()
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Statement | { readonly queries: readonly Statement[] }
  const header = (name: string): string | undefined => request.headers[name] as string | undefined
  const arrays = header('neon-array-mode') === 'true'
  const client = await poolFor(header('neon-connection-string') ?? '').connect()
  try {
    if (!('queries' in body)) return json(response, 200, await run(client, body, arrays))
    const isolation = isolationLevels[header('neon-batch-isolation-level') ?? '']
    await client.query(`BEGIN${isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation}`}${header('neon-batch-read-only') === 'true' ? ' READ ONLY' : ''}`)
    try {
      const results: object[] = []
      for (const statement of body.queries) results.push(await run(client, statement, arrays))
      await client.query('COMMIT')
      json(response, 200, { results })
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    }
  } finally {
    client.release()
  }
}

const isolationLevels: Readonly<Record<string, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED', ReadCommitted: 'READ COMMITTED', RepeatableRead: 'REPEATABLE READ', Serializable: 'SERIALIZABLE',
}

/** Values go out as the text Postgres sent; the driver parses them by the fields' types. */
async function run(client: pg.PoolClient, { query, params }: Statement, arrays: boolean): Promise<object> {
  const config = { text: query, values: [...(params ?? [])], types: { getTypeParser: () => (text: string) => text } }
  const { command, rowCount, fields, rows } = arrays ? await client.query({ ...config, rowMode: 'array' }) : await client.query(config)
  return { command, rowCount, fields, rows, rowAsArray: arrays }
}

function problem(error: unknown): object {
  const { message, code, detail, hint, schema, table, column, constraint, severity, position } = error as pg.DatabaseError
  return { message, code, detail, hint, schema, table, column, constraint, severity, position }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

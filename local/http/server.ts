/**
 * The HTTP server of the gateway on one machine: which path belongs to which door. Every door is the handler that is
 * deployed; only the paths that a cloud would answer by itself (health, metadata, the pages for developers) are answered here.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { contextFor, readBody, toEvent, writeResult, type HttpDoor } from './adapter.ts'
import type { Listener } from '../login/authorization-server.ts'
import { graphiqlPolicy } from './graphiql.ts'

export interface Doors {
  readonly graphql: HttpDoor
  readonly ocsp: HttpDoor
  readonly sandbox: HttpDoor
  readonly pages: HttpDoor
  readonly authorizationServer: Listener
  /** The page for trying queries. */
  readonly graphiql: () => Promise<string>
  /** The text at `/`. */
  readonly welcome: string
  /** How the gateway is, as JSON for everybody. */
  readonly status: () => Promise<string>
  /** Null when all is well, else what is not. */
  readonly ready: () => Promise<string | null>
}

export interface Serving {
  readonly url: string
  /** From now on the doors answer; before, everything but `/health` is 503. */
  open(doors: Doors): void
  /** Takes no new request, lets those under way finish, and ends. */
  close(): Promise<void>
}

/** Milliseconds one request may take; API Gateway gives up after 30 seconds too. */
const patience = 29_000

export async function serve(port: number, fault: (error: unknown) => void): Promise<Serving> {
  let doors: Doors | null = null
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 20_000 }, (request, response) => {
    route(doors, request, response).catch((error: unknown) => {
      const requestId = randomUUID()
      fault(Object.assign(error instanceof Error ? error : new Error(String(error)), { requestId }))
      if (response.headersSent) response.destroy()
      else json(response, 500, { error: 'a fault of the gateway', requestId })
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, open: (opened) => { doors = opened }, close: () => closeServer(server) }
}

async function route(doors: Doors | null, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A page on the internet can make a name of its own point here; it cannot make a browser send ours.
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) return json(response, 421, { error: 'this gateway answers on loopback alone' })
  const path = (request.url ?? '/').split('?', 1)[0]!
  if (path === '/health') return json(response, 200, { status: 'ok' })
  if (doors === null) return json(response, 503, { error: 'the gateway is starting' }, { 'retry-after': '1' })
  if (path.startsWith('/oauth/')) return doors.authorizationServer(request, response)
  // The same description under its other address. @rfc 8414 3.1
  if (path === '/.well-known/oauth-authorization-server/oauth') {
    request.url = '/oauth/.well-known/openid-configuration'
    return doors.authorizationServer(request, response)
  }
  if (path === '/graphql' || path === '/.well-known/oauth-protected-resource') return through('graphql', doors.graphql, request, response)
  if (/^\/(ocsp|crl)(\/|$)/.test(path)) return through('ocsp', doors.ocsp, request, response)
  if (path.startsWith('/sandbox/')) return through('sandbox', doors.sandbox, request, response)
  if (path === '/pages' || path.startsWith('/pages/')) return through('pages', doors.pages, request, response)
  if (request.method !== 'GET' && request.method !== 'HEAD') return json(response, 404, { error: 'no such door' })
  switch (path) {
    case '/ready': {
      const why = await doors.ready()
      return json(response, why === null ? 200 : 503, { status: why ?? 'ready' })
    }
    case '/status.json': return page(response, 'application/json; charset=utf-8', await doors.status())
    case '/graphiql': return page(response, 'text/html; charset=utf-8', await doors.graphiql(), { 'content-security-policy': graphiqlPolicy })
    case '/': return page(response, 'text/plain; charset=utf-8', doors.welcome)
    default: return json(response, 404, { error: 'no such door' })
  }
}

async function through(name: string, door: HttpDoor, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  if (body === null) return json(response, 413, { error: 'the body is too large', requestId: randomUUID() }, { connection: 'close' })
  const now = Date.now()
  const event = toEvent(request, body, now)
  writeResult(response, await door(event, contextFor(name, event.requestContext.requestId, now + patience)))
}

function json(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers }).end(`${JSON.stringify(body)}\n`)
}

function page(response: ServerResponse, type: string, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', ...headers }).end(body)
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 2_000).unref()
  })
}

/**
 * A listener of Node's HTTP server as a door of Lambda: the event goes to it over a port of loopback that nobody outside of
 * the process reaches, under the name that the caller asked for, and its answer comes back as the result.
 */
import { createServer, request as send, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { readBody } from './adapter.ts'
import type { Listener } from '../login/authorization-server.ts'

export interface Loopback {
  readonly door: (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>
  close(): Promise<void>
}

/** `origin`: where callers reach the door. What a caller says of forwarding is not passed on. */
export async function onLoopback(listener: Listener, origin: URL): Promise<Loopback> {
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  const ask = (event: APIGatewayProxyEventV2): Promise<IncomingMessage> => new Promise((resolve, reject) => {
    const given = Object.entries(event.headers).filter(([name]) => !/^(x-forwarded-.*|forwarded|host|connection|transfer-encoding|content-length|cookie)$/i.test(name))
    const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
    const headers = {
      ...Object.fromEntries(given), host: origin.host, 'x-forwarded-host': origin.host, 'x-forwarded-proto': origin.protocol.replace(':', ''), 'content-length': String(body.length),
      ...(event.cookies === undefined ? {} : { cookie: event.cookies.join('; ') }),
    }
    send({ host: '127.0.0.1', port, agent: false, method: event.requestContext.http.method, path: event.rawQueryString === '' ? event.rawPath : `${event.rawPath}?${event.rawQueryString}`, headers }, resolve).once('error', reject).end(body)
  })

  return {
    async door(event) {
      const answer = await ask(event)
      const body = await readBody(answer)
      if (body === null) throw new RangeError('an answer larger than Lambda takes')
      const { 'set-cookie': cookies, connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = answer.headers
      return {
        statusCode: answer.statusCode ?? 500, body: body.toString('utf8'), isBase64Encoded: false, ...(cookies === undefined ? {} : { cookies }),
        headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)])),
      }
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

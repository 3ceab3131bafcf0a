/**
 * Bad weather between a gateway and what it depends on. A TCP proxy before the database: latency, connections reset in the
 * middle, a black hole. An HTTP proxy before the KMS: throttling, inner failures, silence, and answers lost after the key
 * has signed.
 */
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface DatabaseWeather {
  /** Milliseconds added to each chunk. */
  readonly latency: number
  /** Chance that a chunk is answered by a reset of its connection. */
  readonly reset: number
  /** Nothing passes, nothing is refused. */
  readonly blackHole: boolean
}
export interface KmsWeather {
  readonly throttled: number
  readonly failing: number
  readonly silent: number
  /** The key signs, and the answer never comes. */
  readonly answerLost: number
}
export const fair: { readonly database: DatabaseWeather; readonly kms: KmsWeather } = { database: { latency: 0, reset: 0, blackHole: false }, kms: { throttled: 0, failing: 0, silent: 0, answerLost: 0 } }

export interface Proxy<W> {
  readonly address: string
  weather: W
  /** Faults done so far. */
  readonly faults: number
  close(): Promise<void>
}

type Chance = () => number

export async function databaseProxy(target: { readonly host: string; readonly port: number }, chance: Chance): Promise<Proxy<DatabaseWeather>> {
  let faults = 0
  const sockets = new Set<Socket>()
  const self = { weather: fair.database }
  const server = createServer((inner) => {
    const outer = connect(target.port, target.host)
    const end = (): void => {
      inner.destroy()
      outer.destroy()
    }
    for (const socket of [inner, outer]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', end).on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    pass(inner, outer)
    pass(outer, inner)
    function pass(from: Socket, to: Socket): void {
      let turn = Promise.resolve()
      from.on('data', (chunk) => {
        turn = turn.then(async () => {
          const { latency, reset } = self.weather
          if (latency > 0) await pause(latency)
          if (self.weather.blackHole) {
            faults++
            while (self.weather.blackHole && !from.destroyed) await pause(20)
          }
          if (chance() < reset) {
            faults++
            inner.resetAndDestroy()
            outer.destroy()
            return
          }
          if (!to.destroyed) to.write(chunk)
        })
      })
    }
  })
  const address = await listening(server)
  return {
    address,
    get weather() { return self.weather },
    set weather(next) { self.weather = next },
    get faults() { return faults },
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    }),
  }
}

export async function kmsProxy(endpoint: string, chance: Chance): Promise<Proxy<KmsWeather>> {
  let faults = 0
  const self = { weather: fair.kms }
  const server = createHttpServer((asked, answer) => void serve(asked, answer))
  async function serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of asked as AsyncIterable<Buffer>) parts.push(part)
    const { throttled, failing, silent, answerLost } = self.weather
    const drawn = chance()
    const fault = (status: number, name: string): void => {
      faults++
      answer.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': name }).end(JSON.stringify({ __type: name, message: 'weather' }))
    }
    if (drawn < throttled) return fault(400, 'ThrottlingException')
    if (drawn < throttled + failing) return fault(500, 'KMSInternalException')
    if (drawn < throttled + failing + silent) {
      faults++
      return
    }
    const lost = drawn < throttled + failing + silent + answerLost
    const onward = httpRequest(endpoint, { method: asked.method, headers: asked.headers, path: asked.url }, (got) => {
      if (!lost) return void got.pipe(answer.writeHead(got.statusCode ?? 500, got.headers))
      faults++
      got.resume().on('end', () => answer.destroy())
    })
    onward.on('error', () => answer.destroy())
    onward.end(Buffer.concat(parts))
  }
  const address = await listening(server)
  return {
    address: `http://${address}`,
    get weather() { return self.weather },
    set weather(next) { self.weather = next },
    get faults() { return faults },
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

function listening(server: { listen(port: number, host: string, done: () => void): unknown; address(): AddressInfo | string | null }): Promise<string> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`)))
}

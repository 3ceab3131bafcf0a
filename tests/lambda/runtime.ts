/**
 * A Lambda on this machine: AWS's runtime client as a child, talking to a Runtime API of our own. An invocation is answered,
 * fails with the error's words, or is failed when the child ends, cannot start, or passes its deadline.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LambdaOptions {
  readonly client: string
  readonly folder: string
  readonly handler: string
  readonly name: string
  readonly arn: string
  readonly memory: number
  /** Milliseconds an invocation has. */
  readonly timeout: number
  readonly variables: Readonly<Record<string, string>>
}
export interface Lambda {
  invoke(event: unknown): Promise<unknown>
  /** Milliseconds from the spawn to the first answer. */
  readonly cold: number | null
  readonly output: readonly string[]
  stop(): Promise<void>
}

interface Call { readonly event: string; readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void; readonly deadline: NodeJS.Timeout }

export async function startLambda(options: LambdaOptions): Promise<Lambda> {
  const { client, folder, handler, name, arn, memory, timeout, variables } = options
  const calls = new Map<string, Call>()
  const queued: string[] = []
  const waiting: ServerResponse[] = []
  const output: string[] = []
  const started = performance.now()
  let cold: number | null = null

  const deliver = (): void => {
    while (queued.length > 0 && waiting.length > 0) {
      const [id, response] = [queued.shift()!, waiting.shift()!]
      const call = calls.get(id)
      if (call === undefined) { waiting.unshift(response); continue }
      response.writeHead(200, {
        'content-type': 'application/json', 'lambda-runtime-aws-request-id': id, 'lambda-runtime-deadline-ms': String(Date.now() + timeout),
        'lambda-runtime-invoked-function-arn': arn, 'lambda-runtime-trace-id': 'Root=1-0-0',
      }).end(call.event)
    }
  }
  const settle = (id: string, how: (call: Call) => void): void => {
    const call = calls.get(id)
    if (call === undefined) return
    calls.delete(id)
    clearTimeout(call.deadline)
    cold ??= performance.now() - started
    how(call)
  }
  const failAll = (why: string): void => {
    for (const id of calls.keys()) settle(id, (call) => call.reject(new Error(why)))
  }

  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace('/2018-06-01/runtime', '')
    const body: Buffer[] = []
    request.on('data', (chunk: Buffer) => body.push(chunk)).on('end', () => {
      const text = Buffer.concat(body).toString()
      const [, id, outcome] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
      if (request.method === 'GET' && path === '/invocation/next') {
        waiting.push(response)
        deliver()
        return
      }
      if (path === '/init/error') failAll(`cannot start: ${text}`)
      else if (outcome === 'response') settle(id!, (call) => call.resolve(text === '' ? null : JSON.parse(text)))
      else if (outcome === 'error') settle(id!, (call) => call.reject(new Error(text)))
      else return void response.writeHead(404).end()
      response.writeHead(202, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  // Nothing of this process's environment but the path: what a door needs it must be given.
  const child = spawn(process.execPath, [client, handler], {
    cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'], LAMBDA_TASK_ROOT: folder, _HANDLER: handler, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`, AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory), AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`, AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
      AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_REGION: 'ap-northeast-1', TZ: ':UTC', ...variables,
    },
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk.toString()))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  void ended.then(() => failAll(`the function ended: ${output.join('').slice(-2_000)}`))

  return {
    output,
    get cold() { return cold },
    invoke: (event) => new Promise((resolve, reject) => {
      if (child.exitCode !== null) return reject(new Error(`the function has ended: ${output.join('').slice(-2_000)}`))
      const id = randomUUID()
      calls.set(id, { event: JSON.stringify(event), resolve, reject, deadline: setTimeout(() => settle(id, (call) => call.reject(new Error(`no answer within ${timeout} ms: ${output.join('').slice(-2_000)}`))), timeout) })
      queued.push(id)
      deliver()
    }),
    async stop() {
      child.kill('SIGKILL')
      await ended
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

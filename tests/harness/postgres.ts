/**
 * A throw-away Postgres for tests of races and isolation: `node tests/harness/postgres.ts CMD…` starts a server of
 * Debian's binaries in a temporary folder, sets DATABASE_URL, runs CMD, stops the server and passes CMD's exit code on.
 * As root, the server runs as the user `postgres`: it refuses to be root.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

export interface Server {
  readonly pid: number
  readonly url: string
  stop(): Promise<void>
}

const user = 'mynagate'
const password = 'test'

/** Folder of the newest installed server. Throws with what to install. */
function binaries(): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).filter((v) => existsSync(join(root, v, 'bin', 'initdb'))).sort((a, b) => Number(b) - Number(a)) : []
  const [newest] = versions
  if (newest === undefined) throw new Error(`no Postgres server under ${root}; on Debian: apt-get install postgresql`)
  return join(root, newest, 'bin')
}

/** Whom the server runs as; nothing to set where this process is not root. */
function identity(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** `more`: settings of the server that differ from what tests need. */
export async function startPostgres(more: Readonly<Record<string, string>> = {}): Promise<Server> {
  const bin = binaries()
  const as = identity()
  const folder = mkdtempSync(join(tmpdir(), 'mynagate-pg-'))
  const secret = join(folder, 'password')
  writeFileSync(secret, password)
  if (as.uid !== undefined && as.gid !== undefined) for (const path of [folder, secret]) chownSync(path, as.uid, as.gid)
  const data = join(folder, 'data')
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', user, '-A', 'scram-sha-256', `--pwfile=${secret}`, '-E', 'UTF8', '--locale=C', '--no-sync'], { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const port = await freePort()
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: folder, max_connections: '200', log_min_messages: 'fatal', ...more }
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])], { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const url = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`
  try {
    await accepting(url, server)
  } catch (error) {
    await stop(server, folder)
    throw error
  }
  return { url, pid: server.pid!, stop: () => stop(server, folder) }
}

async function accepting(url: string, server: ChildProcess): Promise<void> {
  const deadline = performance.now() + 30_000
  for (;;) {
    if (server.exitCode !== null) throw new Error(`Postgres ended with ${server.exitCode} at its start`)
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** SIGINT is the server's fast shutdown: it does not wait for clients. */
async function stop(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = once(server, 'exit')
    server.kill('SIGINT')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
}

async function main(command: readonly string[]): Promise<number> {
  const [file, ...args] = command
  if (file === undefined) {
    process.stderr.write('usage: node tests/harness/postgres.ts CMD [ARG…]\n')
    return 2
  }
  const server = await startPostgres()
  try {
    const path = [fileURLToPath(new URL('../../node_modules/.bin', import.meta.url)), process.env['PATH'] ?? ''].join(delimiter)
    const child = spawn(file, args, { stdio: 'inherit', env: { ...process.env, PATH: path, DATABASE_URL: server.url } })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    return code ?? (signal === 'SIGINT' ? 130 : 1)
  } finally {
    await server.stop()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).then(
    (code) => { process.exitCode = code },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 1
    },
  )
}

/** The processes of a run: servers that are asked for their counters, a client that loads one of them, the database's processor time. Linux. */
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from './gateway.ts'

export interface Served { readonly name: string; readonly port: number; readonly child: ChildProcess }
export interface Usage { readonly cpu: { readonly user: number; readonly system: number }; readonly memory: { readonly rss: number; readonly heapUsed: number } }
export interface Load { readonly rate: number; readonly bad: number; readonly times: readonly number[] }
/** Answers a second; milliseconds; µs of the server's processor time, and of that and the database's; MiB. */
export interface Measured { readonly rate: number; readonly p50: number; readonly p99: number; readonly own: number; readonly all: number; readonly rss: number }

export const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export async function serve(name: string, file: string, args: readonly string[]): Promise<Served> {
  const child = fork(file, args, { execArgv: ['--expose-gc'], env: { ...process.env, NODE_ENV: 'production' }, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  // Some peers talk much at their start; it is of interest where they do not.
  let said = ''
  child.stderr!.on('data', (part: Buffer) => { said = (said + part.toString()).slice(-4_000) })
  return new Promise((resolve, reject) => {
    child.once('message', ({ port }: { port: number }) => resolve({ name, port, child }))
    child.once('exit', () => reject(new Error(`${name} ended at its start: ${said}`)))
  })
}

export async function tell<T>({ child }: Served, command: Command): Promise<T> {
  child.send(command)
  return ((await once(child, 'message')) as [T])[0]
}
export const usage = (server: Served, collect = false): Promise<Usage> => tell(server, { usage: true, collect })

export async function load({ port, name }: Served, answers: number, file: string, { connections = 16, people }: { readonly connections?: number; readonly people: number }): Promise<Load> {
  const child = spawn(process.execPath, [at('load.ts'), ...[port, answers, connections, people].map(String), file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (part: Buffer) => { output += part.toString() })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${name}: its client ended with ${code}`)
  const result = JSON.parse(output) as Load
  if (result.bad > 0) throw new Error(`${name}: ${result.bad} of ${result.times.length} answers were none`)
  return result
}

export async function measured(server: Served, answers: number, file: string, people: number, database: number): Promise<Measured> {
  const [before, databaseBefore] = [await usage(server), processorTime(database)]
  const { rate, times } = await load(server, answers, file, { people })
  const [after, databaseAfter] = [await usage(server), processorTime(database)]
  const own = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / times.length
  return { rate, p50: percentile(times, 0.5), p99: percentile(times, 0.99), own, all: own + ((databaseAfter - databaseBefore) * 1e6) / times.length, rss: after.memory.rss / 2 ** 20 }
}

/** Milliseconds, of times in µs. */
export const percentile = (times: readonly number[], share: number): number => (times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN) / 1_000
export const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!
export const middle = (list: readonly Measured[]): Measured => Object.fromEntries((['rate', 'p50', 'p99', 'own', 'all', 'rss'] as const).map((key) => [key, median(list.map((m) => m[key]))])) as never

/** Processor seconds of a process, its children that live and those that ended. */
function processorTime(root: number): number {
  const family = execFileSync('pgrep', ['-P', String(root)], { encoding: 'utf8' }).split('\n').filter(Boolean).map(Number)
  return [root, ...family].reduce((sum, pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
      return sum + (pid === root ? [11, 12, 13, 14] : [11, 12]).reduce((own, n) => own + Number(fields[n]), 0) / 100
    } catch {
      // It ended meanwhile.
      return sum
    }
  }, 0)
}

/**
 * The API beside its limit and its peers, over one real Postgres: `npm run bench -- api [--answers N] [--people N] [--soak MINUTES]
 * [--no-peers]`. Ratios are of processor time, the server's own and the server's with the database's, so that what else the machine
 * does stays out of them; answers per second stand beside. Table, plot and the machine's description go to results/.
 */
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openPostgres } from '../../db/postgres.ts'
import { migrate } from '../../db/migrate.ts'
import { startPostgres } from '../harness/postgres.ts'
import { requests, type Question, type SceneIds } from './api/requests.ts'
import { populate, scene } from './api/rows.ts'
import { bars } from './api/plot.ts'
import { print, type Figure } from './figure.ts'

const { values } = parseArgs({ options: { answers: { type: 'string', default: '3000' }, rounds: { type: 'string', default: '3' }, people: { type: 'string', default: '10000000' }, soak: { type: 'string' }, 'no-peers': { type: 'boolean', default: false } } })
const [answers, rounds, people] = [Number(values.answers), Number(values.rounds), Number(values.people)]
const few = 10_000
const connections = 16
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mynagate-bench-'))
const path = at('../../results/')
const note = (line: string): void => console.error(`  ${line}`)

interface Served { readonly name: string; readonly port: number; readonly child: ChildProcess }
interface Usage { readonly cpu: { readonly user: number; readonly system: number }; readonly memory: { readonly rss: number } }
interface Measured { readonly count: number; readonly p50: number; readonly p99: number; readonly own: number; readonly all: number; readonly rss: number }

async function serve(name: string, file: string, args: readonly string[]): Promise<Served> {
  const child = fork(file, args, { execArgv: [], env: { ...process.env, NODE_ENV: 'production' }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [{ port }] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => { throw new Error(`${name} ended at its start`) })])) as [{ port: number }]
  return { name, port, child }
}

async function usage(child: ChildProcess): Promise<Usage> {
  child.send('usage')
  return ((await once(child, 'message')) as [Usage])[0]
}

/** Processor seconds of a process, its children that live and those that ended. Linux. */
function databaseTime(root: number): number {
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

/** The server that the harness started: the process that listens on the port. */
const processOf = (port: number): number => Number(execFileSync('pgrep', ['-f', `postgres .*port=${port}`], { encoding: 'utf8' }).split('\n')[0])

const httpRequest = (question: Question, { actor, body }: { readonly actor: string; readonly body: string }): string => {
  const file = join(folder, `${question}-${body.length}.http`)
  writeFileSync(file, `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: ${actor}\r\nX-Request: ${question}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  return file
}

async function load(port: number, many: number, file: string): Promise<{ readonly count: number; readonly rate: number; readonly bad: number; readonly p50: number; readonly p99: number }> {
  const child = spawn(process.execPath, [at('api/load.ts'), String(port), String(many), String(connections), file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (part: Buffer) => { output += part.toString() })
  await once(child, 'exit')
  return JSON.parse(output) as never
}

async function measure({ name, port, child }: Served, file: string, databaseProcess: number): Promise<Measured> {
  const [before, database] = [await usage(child), databaseTime(databaseProcess)]
  const { count, rate, bad, p50, p99 } = await load(port, answers, file)
  const after = await usage(child)
  if (bad > 0 || count === 0) throw new Error(`${name}: ${bad} of ${count} answers were no 200`)
  const own = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / count
  return { count: rate, p50, p99, own, all: own + ((databaseTime(databaseProcess) - database) * 1e6) / count, rss: after.memory.rss / 2 ** 20 }
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!
const middle = (list: readonly Measured[]): Measured => Object.fromEntries((['count', 'p50', 'p99', 'own', 'all', 'rss'] as const).map((key) => [key, median(list.map((m) => m[key]))])) as never

function installPeers(): void {
  if (existsSync(at('peers/node_modules/postgraphile'))) return
  note('peers are installed, once')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: at('peers/'), stdio: ['ignore', 'ignore', 'inherit'] })
}

/** PostGraphile names things its own way; the shape is the same. */
const ofPostgraphile = ({ consent, card }: SceneIds): Readonly<Record<Question, string>> => ({
  'four-information': JSON.stringify({ query: 'query Read($id: String!) { consentByRowId(rowId: $id) { state certificateByCertificate { name address birthDate sex issuedAt } } }', variables: { id: consent } }),
  card: JSON.stringify({ query: 'query Card($id: String!) { cardByRowId(rowId: $id) { rowId cardNumber state expiresOn certificatesByCard(first: 10) { nodes { rowId kind state serial expiresOn } } } }', variables: { id: card } }),
})

async function main(): Promise<number> {
  const server = await startPostgres()
  const databaseProcess = processOf(Number(new URL(server.url).port))
  const { db, close } = openPostgres(server.url, { connections: 4 })
  const running: Served[] = []
  try {
    await migrate(db)
    const made = await scene(db)
    const ids: SceneIds = { consent: made.consent, card: made.card, person: made.person }
    await populate(server.url, made, few, 1)
    const own = (way: string): Promise<Served> => serve(way, at('api/gateway.ts'), [way, server.url, JSON.stringify(ids)])
    const captured = join(folder, 'captured.json')
    writeFileSync(captured, execFileSync(process.execPath, [at('api/gateway.ts'), 'capture', server.url, JSON.stringify(ids)], { maxBuffer: 1e8 }))
    for (const [name, { statements }] of Object.entries(JSON.parse(readFileSync(captured, 'utf8')) as Record<string, { statements: { name?: string }[] }>)) note(`${name}: ${statements.length} statements (${statements.map((s) => s.name ?? 'unnamed').join(', ')})`)

    running.push(await own('limit'), await own('ready'), await own('yoga'))
    if (!values['no-peers']) {
      installPeers()
      for (const peer of ['mercurius', 'yoga', 'apollo', 'postgraphile']) {
        try {
          running.push(await serve(`peer ${peer}`, at('peers/serve.mjs'), [peer, server.url, captured]))
        } catch (fault) {
          note(`left out: ${String(fault)}`)
        }
      }
    }
    const asked = requests(ids)
    const results: Partial<Record<Question, Map<string, Measured>>> = {}
    const figures: Figure[] = []
    for (const question of Object.keys(asked) as Question[]) {
      const seen = new Map<string, Measured[]>(running.map(({ name }) => [name, []]))
      const fileOf = ({ name }: Served): string => httpRequest(question, name === 'peer postgraphile' ? { actor: 'none', body: ofPostgraphile(ids)[question] } : asked[question])
      const out = new Set<string>()
      // Compilers have to see a request often before they do their best.
      for (const one of running) await load(one.port, answers, fileOf(one))
      for (let round = 0; round < rounds; round++) {
        for (const one of round % 2 === 0 ? running : running.toReversed()) {
          if (out.has(one.name)) continue
          try {
            seen.get(one.name)!.push(await measure(one, fileOf(one), databaseProcess))
          } catch (fault) {
            out.add(one.name)
            note(`left out: ${String(fault)}`)
          }
        }
      }
      const table = new Map([...seen].filter(([name, list]) => list.length > 0 && !out.has(name)).map(([name, list]) => [name, middle(list)]))
      results[question] = table
      const limit = table.get('limit')!
      const ready = table.get('ready')!
      for (const [name, m] of table) console.log(`  ${question.padEnd(17)} ${name.padEnd(18)} ${m.count.toFixed(0).padStart(6)}/s  own ${m.own.toFixed(0).padStart(5)} µs  with database ${m.all.toFixed(0).padStart(5)} µs  p50 ${m.p50.toFixed(1)} p99 ${m.p99.toFixed(1)} ms  ${m.rss.toFixed(0)} MiB`)
      figures.push({ name: `${question}: ready path against the limit, with the database`, value: limit.all / ready.all, unit: '×', ...(question === 'four-information' ? { atLeast: 0.9 } : {}) }, { name: `${question}: ready path against the limit, the server alone`, value: limit.own / ready.own, unit: '×' })
      for (const [name, m] of table) if (name.startsWith('peer ')) figures.push({ name: `${question}: ready path against ${name}`, value: m.all / ready.all, unit: '×', atLeast: 1 })
      const yoga = table.get('peer yoga')
      if (yoga !== undefined) figures.push({ name: `${question}: everything by yoga against plain yoga`, value: yoga.all / table.get('yoga')!.all, unit: '×' })
    }

    const ready = running.find(({ name }) => name === 'ready')!
    figures.push(...(await growing(ready)))
    if (values.soak !== undefined) figures.push(...(await soak(ready, Number(values.soak))))
    const missed = print(`api: ${connections} connections, ${rounds} rounds of ${answers} answers, tokens not looked at`, figures)
    report(results, figures)
    return missed

    async function growing(one: Served): Promise<Figure[]> {
      const file = httpRequest('four-information', asked['four-information'])
      const p99 = async (): Promise<number> => median([(await load(one.port, answers, file)).p99, (await load(one.port, answers, file)).p99, (await load(one.port, answers, file)).p99])
      const before = await p99()
      const start = performance.now()
      await populate(server.url, made, people, few)
      note(`${people} people after ${((performance.now() - start) / 1_000).toFixed(0)} s`)
      const after = await p99()
      return [{ name: `p99 at ${few} people`, value: before, unit: 'ms' }, { name: `p99 at ${people} people`, value: after, unit: 'ms' }, { name: 'p99 there against here', value: after / before, unit: '×', limit: 1.3 }]
    }

    async function soak(one: Served, minutes: number): Promise<Figure[]> {
      const file = httpRequest('four-information', asked['four-information'])
      await load(one.port, answers, file)
      const first = (await usage(one.child)).memory.rss
      const end = performance.now() + minutes * 60_000
      while (performance.now() < end) await load(one.port, answers, file)
      const last = (await usage(one.child)).memory.rss
      return [{ name: `memory after ${minutes} minutes against that after ${answers} answers`, value: last / first, unit: '×', limit: 1.2 }]
    }
  } finally {
    for (const { child } of running) child.kill()
    await close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(results: Partial<Record<Question, Map<string, Measured>>>, figures: readonly Figure[]): void {
  mkdirSync(path, { recursive: true })
  const machine = `Node ${process.versions.node}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, load ${loadavg().map((n) => n.toFixed(1)).join(' ')}`
  const rows = Object.entries(results).flatMap(([question, table]) => [...table!].map(([name, m]) => `| ${question} | ${name} | ${m.count.toFixed(0)} | ${m.own.toFixed(0)} | ${m.all.toFixed(0)} | ${m.p50.toFixed(2)} | ${m.p99.toFixed(2)} | ${m.rss.toFixed(0)} |`))
  writeFileSync(join(path, 'api.md'), ['# API', '', machine, '', '| question | server | answers/s | own µs | with database µs | p50 ms | p99 ms | MiB |', '|---|---|---|---|---|---|---|---|', ...rows, '', '| figure | value | bound |', '|---|---|---|',
    ...figures.map(({ name, value, unit, limit, atLeast }) => `| ${name} | ${value.toFixed(3)} ${unit} | ${limit !== undefined ? `at most ${limit}` : atLeast !== undefined ? `at least ${atLeast}` : ''} |`), ''].join('\n'))
  writeFileSync(join(path, 'api.svg'), bars('Processor time of one answer, server and database (µs)', machine, Object.entries(results).flatMap(([question, table]) => [...table!].map(([name, m]) => ({ label: `${question} · ${name}`, own: m.own, all: m.all })))))
  console.log(`\nwritten: ${readdirSync(path).filter((file) => file.startsWith('api.')).map((file) => `results/${file}`).join(', ')}`)
}

if (import.meta.main) process.exitCode = (await main()) === 0 ? 0 : 1

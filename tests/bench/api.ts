/**
 * The API beside its limit and its peers, over one real Postgres: `npm run bench -- api [--answers N] [--rounds N] [--people N,N,N] [--soak MINUTES] [--no-peers]`.
 * Ratios are of processor time, the server's own and the server's with the database's, so that what else the machine does stays out of them; answers a second
 * stand beside. Table, plot and the machine's description go to results/.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../harness/postgres.ts'
import { at, load, measured, median, middle, serve, tell, usage, type Measured, type Served } from './api/processes.ts'
import { growth, type Sized } from './api/growth.ts'
import type { Part } from './api/profile.ts'
import { busy, machine, written } from './api/report.ts'
import { ofPostgraphile, requests, type Asked, type Question } from './api/requests.ts'
import { populated, scene } from './api/rows.ts'
import { signatureFigures } from './api/signatures.ts'
import { soak } from './api/soak.ts'
import type { Scene } from './api/ids.ts'
import { print, type Figure } from './figure.ts'

const { values } = parseArgs({ options: { answers: { type: 'string', default: '1500' }, rounds: { type: 'string', default: '3' }, people: { type: 'string', default: '10000,1000000,10000000' }, soak: { type: 'string' }, 'no-peers': { type: 'boolean', default: false } } })
const [answers, rounds, sizes] = [Number(values.answers), Number(values.rounds), values.people.split(',').map(Number)]
const few = sizes[0]!
/** Compilers have to see a request often before they do their best, and the more code there is the longer it takes them: an instance serves many more. */
const warmUp = 6_000
const folder = mkdtempSync(join(tmpdir(), 'mynagate-bench-'))
const began = performance.now()
const loads: number[] = []
const note = (line: string): void => console.error(`  ${((performance.now() - began) / 1_000).toFixed(0).padStart(4)} s  load ${busy().toFixed(1)}  ${line}`)
/** What Postgres needs to take ten million rows, nothing of which is kept; of memory the quarter that its own documentation advises. */
const forMany = { max_wal_size: '24GB', wal_level: 'minimal', max_wal_senders: '0', checkpoint_timeout: '1h', shared_buffers: `${Math.floor(totalmem() / 2 ** 22)}MB`, track_io_timing: 'on', autovacuum: 'off' }

const fileOf = (name: string, question: Question, { actor, body }: Asked): string => {
  const file = join(folder, `${question} ${name}.http`)
  writeFileSync(file, `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: ${actor}\r\nX-Request: ${question}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  return file
}

function installPeers(): void {
  if (existsSync(at('../peers/node_modules/postgraphile'))) return
  note('peers are installed, once')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: at('../peers/'), stdio: ['ignore', 'ignore', 'inherit'] })
}

async function main(): Promise<number> {
  console.log(`  ${machine()}`)
  if (!values['no-peers']) installPeers()
  const server = await startPostgres(forMany)
  const running: Served[] = []
  const step = (what: string): void => {
    loads.push(busy())
    note(what)
  }
  const start = async (name: string, file: string, args: readonly string[]): Promise<Served> => {
    const served = await serve(name, at(file), args)
    running.push(served)
    return served
  }
  const end = (served: readonly Served[]): void => {
    for (const { child } of served) child.kill()
  }
  try {
    const ids = await scene(server.url)
    const small = await populated(server.url, ids, few)
    const way = (name: string, url = small): Promise<Served> => start(name, 'gateway.ts', [name, url, JSON.stringify(ids)])
    for (const line of execFileSync(process.execPath, [at('gateway.ts'), 'capture', small, JSON.stringify(ids)], { encoding: 'utf8' }).trim().split('\n')) note(line)
    const [limit, open, ready, yoga] = [await way('limit'), await way('open'), await way('ready'), await way('yoga')]
    const all = [limit, open, ready, yoga]
    if (!values['no-peers']) for (const peer of ['mercurius', 'yoga', 'apollo', 'postgraphile']) all.push(await start(`peer ${peer}`, '../peers/serve.mjs', [peer, small, JSON.stringify(ids)]))

    step('side by side')
    const results = { 'four-information': await beside('four-information', all, ids, server.pid), card: await beside('card', all, ids, server.pid) }
    const figures: Figure[] = (Object.keys(results) as Question[]).flatMap((question) => ratios(question, results[question]))

    step('the handler alone, and where its time goes')
    const four = fileOf(ready.name, 'four-information', requests(ids)['four-information'])
    const handlers = []
    for (let round = 0; round < 5; round++) handlers.push(await tell<{ cpu: number; wall: number }>(ready, { handler: 300, people: few }))
    figures.push({ name: 'four-information: processor time of the handler, as Lambda calls it', value: median(handlers.map(({ cpu }) => cpu)), unit: 'µs' }, { name: 'four-information: time of the handler, which Lambda bills', value: median(handlers.map(({ wall }) => wall)), unit: 'µs' })
    await tell(ready, { profile: 'start' })
    await load(ready, answers, four, { people: few })
    const profile = await tell<readonly Part[]>(ready, { profile: 'stop' })
    const { memory } = await usage(ready, true)
    figures.push({ name: 'heap of the ready path after a collection', value: memory.heapUsed / 2 ** 20, unit: 'MiB' })
    end(all.filter((one) => one !== ready))

    step('signatures')
    figures.push(...(await signatureFigures(server.url)))
    const grown: Sized[] = [{ size: few, served: ready }]
    for (const size of sizes.slice(1)) {
      step(`${size} people are made`)
      grown.push({ size, served: await way('ready', await populated(server.url, ids, size)) })
    }
    step('sizes side by side')
    figures.push(...(await growth(server.url, grown, four, answers)))
    if (values.soak !== undefined) {
      step(`soak of ${values.soak} minutes`)
      figures.push(...(await soak(ready, Number(values.soak), four, few)))
    }
    step('end')
    const missed = print(`api: ${rounds} rounds of ${answers} answers over 16 connections, medians; tokens not looked at`, figures)
    console.log(`\n  where the ready path's processor time goes: ${profile.map(({ part, share }) => `${part} ${(share * 100).toFixed(0)} %`).join(', ')}`)
    console.log(`  written to ${written({ results, figures, profile, loads, minutes: (performance.now() - began) / 60_000 })}`)
    return missed
  } finally {
    end(running)
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Rounds of all, their order turned round each time; the middle one of each counts. */
async function beside(question: Question, all: readonly Served[], ids: Scene, database: number): Promise<Map<string, Measured>> {
  const files = new Map(all.map(({ name }) => [name, fileOf(name, question, (name === 'peer postgraphile' ? ofPostgraphile(ids) : requests(ids))[question])]))
  const seen = new Map<string, Measured[]>(all.map(({ name }) => [name, []]))
  for (const one of all) await load(one, warmUp, files.get(one.name)!, { people: few })
  for (let round = 0; round < rounds; round++) for (const one of round % 2 === 0 ? all : all.toReversed()) seen.get(one.name)!.push(await measured(one, answers, files.get(one.name)!, few, database))
  const table = new Map([...seen].map(([name, list]) => [name, middle(list)]))
  for (const [name, m] of table) console.log(`  ${question.padEnd(17)} ${name.padEnd(18)} ${m.rate.toFixed(0).padStart(6)}/s  own ${m.own.toFixed(0).padStart(5)} µs  with database ${m.all.toFixed(0).padStart(5)} µs  p50 ${m.p50.toFixed(1)} p99 ${m.p99.toFixed(1)} ms  ${m.rss.toFixed(0)} MiB`)
  return table
}

function ratios(question: Question, table: ReadonlyMap<string, Measured>): Figure[] {
  const [limit, open, ready, yoga] = ['limit', 'open', 'ready', 'yoga'].map((name) => table.get(name)!) as [Measured, Measured, Measured, Measured]
  // PostGraphile writes nothing: beside a release, which does, it is shown and no bound.
  const peers = [...table].filter(([name]) => name.startsWith('peer '))
  return [
    { name: `${question}: ready path against the limit, with the database`, value: limit.all / ready.all, unit: '×', ...(question === 'four-information' ? { atLeast: 0.9 } : {}) },
    { name: `${question}: ready path against the limit, answers a second`, value: ready.rate / limit.rate, unit: '×' }, { name: `${question}: ready path against the limit, the server alone`, value: limit.own / ready.own, unit: '×' },
    { name: `${question}: the limit with sessions and policies against the same without`, value: limit.all / open.all, unit: '×' },
    ...peers.map(([name, m]) => ({ name: `${question}: ready path against ${name}`, value: m.all / ready.all, unit: '×', ...(name === 'peer postgraphile' && question === 'four-information' ? {} : { atLeast: 1 }) })),
    { name: `${question}: everything by yoga against the ready path`, value: ready.all / yoga.all, unit: '×' },
  ]
}

process.exitCode = (await main()) === 0 ? 0 : 1

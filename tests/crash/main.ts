/**
 * `npm run test:crash -- --kills N`: kills the authority with SIGKILL at a random await, on a real Postgres, N times, two
 * authorities at a time, and holds the archive against the invariants after every kill. At the end one authority runs
 * unharmed, and nothing may be left reserved.
 *
 *   --kills N (200)   --generation p384-sha384 | rsa2048-sha256   --seed WORD
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { mkdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import pg from 'pg'
import { instant } from '../../core/law/time.ts'
import { defaultProfileSettings } from '../../core/pki/profile.ts'
import { openPostgres } from '../../db/postgres.ts'
import { migrate } from '../../db/migrate.ts'
import { startPostgres } from '../harness/postgres.ts'
import { newcomer } from '../harness/newcomer.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { fallingNumbers, violations } from './invariants.ts'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '200' }, generation: { type: 'string', default: 'p384-sha384' }, seed: { type: 'string', default: String(Date.now()) } } })
const kills = Number(values.kills)
const generation = values.generation === 'rsa2048-sha256' ? 'rsa2048-sha256' : 'p384-sha384'
const chance = chances(values.seed)

const server = await startPostgres()
const bad: string[] = []
let people = 0
try {
  await trial(await bundled())
} finally {
  await server.stop()
}
for (const violation of bad) console.log(`VIOLATION ${violation}`)
process.exitCode = bad.length === 0 ? 0 : 1

async function trial(program: string): Promise<void> {
  const { db, close } = openPostgres(server.url, { connections: 10 })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    await migrate(db)
    const world = await testWorld({ db, now: instant(Date.now()), random: values.seed, settings: { profile: { ...defaultProfileSettings, generation } } })
    console.log(`seed ${values.seed}, ${generation}, ${kills} kills`)
    let done = 0
    let survived = 0
    while (done < kills && bad.length === 0) {
      await topUp(world, client, 4)
      const both = await Promise.all([authority(program, 1 + chance(70)), authority(program, 1 + chance(70))])
      done += both.filter((end) => end === 'killed').length
      survived += both.filter((end) => end === 'ended').length
      bad.push(...(await violations(client, world.safe, world.statuses)))
    }
    await authority(program, null)
    const left = await client.query(`select id, state from certificate_applications where state in ('NOTIFIED', 'RESERVED')`)
    if (left.rows.length > 0) bad.push(`left unfinished after an unharmed run: ${JSON.stringify(left.rows)}`)
    bad.push(...(await violations(client, world.safe, world.statuses)), ...(await fallingNumbers(client)))
    const certificates = await client.query<{ n: string }>('select count(*) as n from certificates where der is not null')
    console.log(`${done} kills, ${survived} runs that ended before their kill, ${certificates.rows[0]!.n} certificates of ${people} applications, ${bad.length} violations`)
  } finally {
    await client.end()
    await close()
  }
}

/** Keeps at least `least` applications waiting: a person, a card in use, and the agency notified of its key. */
async function topUp(world: TestWorld, client: pg.Client, least: number): Promise<void> {
  const { rows } = await client.query<{ n: string }>(`select count(*) as n from certificate_applications where state in ('NOTIFIED', 'RESERVED')`)
  for (let waiting = Number(rows[0]!.n); waiting < least; waiting++) {
    await newcomer(world, { kind: 'authentication', generation })
    people++
  }
}

async function authority(program: string, killAt: number | null): Promise<'killed' | 'ended'> {
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, DATABASE_URL: server.url, GENERATION: generation, ...(killAt === null ? {} : { KILL_AT: String(killAt) }) } })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString() })
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  if (signal === 'SIGKILL') return 'killed'
  if (code !== 0) bad.push(`the authority ended with ${code}: ${output}`)
  const { faults } = JSON.parse(output || '{"faults":[]}') as { faults: string[] }
  bad.push(...faults.map((fault) => `fault: ${fault}`))
  return 'ended'
}

/** One file that starts in a quarter of a second, instead of two seconds from source. */
async function bundled(): Promise<string> {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/mynagate/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  const outfile = `${folder}crash-authority.mjs`
  await build({
    entryPoints: [fileURLToPath(new URL('authority.ts', import.meta.url))], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node24', external: ['pg-native', '@electric-sql/pglite', '@electric-sql/pglite/*'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" }, logLevel: 'error',
  })
  return outfile
}

/** Repeatable chance: SHA-256 in counter mode. */
function chances(seed: string): (below: number) => number {
  let n = 0
  return (below) => createHash('sha256').update(`${seed}/${n++}`).digest().readUInt32BE(0) % below
}

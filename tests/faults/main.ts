/**
 * `npm run test:faults`: a gateway under bad weather. Three authorities that are killed again and again, four doors whose
 * clocks disagree, duplicates of every request, a queue that loses and repeats; between them and the database, and the KMS,
 * faults by the second. The history is checked as it stands, and the archive after the weather has cleared.
 *
 *   --seconds N (60)   --people N (120)   --seed WORD
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import pg from 'pg'
import type { Actor, Scope } from '../../core/law/actor.ts'
import { releaseFourInformation } from '../../core/law/consent/disclosure.ts'
import { withdrawConsent, type Consent } from '../../core/law/consent/consent.ts'
import { revoke } from '../../core/law/certificate/revocation.ts'
import { answerFor } from '../../core/law/certificate/status.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { IdempotencyKey, PersonId } from '../../core/law/ids.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import { SignerAway } from '../../core/pki/signer.ts'
import { ArchiveFault } from '../../db/fault.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import * as rows from '../db/rows.ts'
import { startPostgres } from '../harness/postgres.ts'
import type { TestWorld } from '../harness/world.ts'
import { contradictions, losses, type Kind, type Operation } from './history.ts'
import { newcomer } from '../harness/newcomer.ts'
import { certificateOf, prepare, worldOver, type Prepared } from './people.ts'
import { databaseProxy, fair, kmsProxy, pause, type DatabaseWeather, type KmsWeather, type Proxy } from './weather.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, people: { type: 'string', default: '120' }, seed: { type: 'string', default: String(Date.now()) } } })
const [seconds, people] = [Number(values.seconds), Number(values.people)]
const chance = chances(values.seed)
const below = (n: number): number => Math.floor(chance() * n)
const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!

let keys = 0
const key = (): string => `fault-${process.pid}-${keys++}`
const waiting = { kind: 'signature', generation: 'p384-sha384' } as const
const skews = [-2_000, -150, 0, 1_800] as const
const authorities = 3
const bank: Actor = { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank', scopes: new Set<Scope>(['consent', 'four_info:name', 'four_info:address', 'four_info:birth_date', 'four_info:sex']) }
const citizen = (person: PersonId): Actor => ({ kind: 'citizen', person, scopes: new Set<Scope>(['me']) })

interface Trial {
  readonly prepared: Prepared
  readonly client: pg.Client
  readonly doors: readonly TestWorld[]
  readonly database: Proxy<DatabaseWeather>
  readonly kms: Proxy<KmsWeather>
  readonly history: Operation[]
  /** Faults that are not of the kinds a door may meet, in words. */
  readonly strange: Set<string>
  kills: number
  bells: number
}

const server = await startPostgres()
try {
  await main()
} finally {
  await server.stop()
}
// Connections that the weather left hanging end with the process.
process.exit()

async function main(): Promise<void> {
  const [, host = '', port = ''] = /@([^:]+):(\d+)\//.exec(server.url) ?? []
  const prepared = await prepare(server.url)
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => undefined)
  await client.connect()
  const database = await databaseProxy({ host, port: Number(port) }, chance)
  const kms = await kmsProxy(prepared.kmsEndpoint, chance)
  const behind = server.url.replace(`${host}:${port}`, database.address)
  const opened = await Promise.all(skews.map((skew) => worldOver(behind, skew, prepared.wrapper)))
  const trial: Trial = { prepared, client, doors: opened.map((o) => o.world), database, kms, history: [], strange: new Set(), kills: 0, bells: 0 }
  console.log(`seed ${values.seed}: ${people} people, ${seconds} s, clocks ${skews.join(', ')} ms`)

  const program = await bundled()
  const children = skews.slice(0, authorities).map((skew) => keptAlive(trial, program, behind, skew))
  const consents = await settled(trial, children)
  const certificates = new Map<string, CertificateRecord>()
  for (const { certificate } of consents) certificates.set(certificate.id, certificate)

  const until = performance.now() + seconds * 1_000
  await Promise.all([
    changingWeather(trial, until), killing(children, trial, until), arrivals(trial, children, until),
    ...Array.from({ length: 16 }, () => working(trial, consents, until)),
    sixtyFour(trial, consents),
  ])

  database.weather = fair.database
  kms.weather = fair.kms
  await cleared(trial)
  for (const child of children) await child.stop()
  const bad = [...contradictions(trial.history), ...(await losses(trial.history, client, prepared.world, certificates)), ...[...trial.strange].map((s) => `a fault of an unknown kind: ${s}`)]
  for (const violation of bad.slice(0, 50)) console.log(`VIOLATION ${violation}`)
  const tally = Object.entries(Object.groupBy(trial.history, (o) => `${o.kind} ${o.outcome}`)).map(([what, all]) => `${what} ${all!.length}`).sort()
  console.log(tally.join(' · '))
  const left = await client.query(`select count(*) as n from certificates where der is not null`)
  console.log(`${trial.kills} kills, ${database.faults} faults of the database, ${kms.faults} of the KMS, ${trial.bells} bells rung or lost, ${left.rows[0].n} certificates, ${trial.history.length} operations, violations ${bad.length}`)
  process.exitCode = bad.length === 0 ? 0 : 1
}

// ---------------------------------------------------------------- before and after

interface Subject { readonly consent: Consent; readonly certificate: CertificateRecord }

/** Everybody has a certificate by the authorities at work, and has consented to something. */
async function settled(trial: Trial, children: readonly KeptAlive[]): Promise<Subject[]> {
  const { world } = trial.prepared
  const persons: PersonId[] = []
  for (let i = 0; i < people; i++) persons.push((await newcomer(world, waiting)).person)
  await waitUntil(async () => Number((await trial.client.query(`select count(*) as n from certificate_applications where state = 'NOTIFIED'`)).rows[0].n) === 0, 120, 'certificates for all')
  if (children.every((child) => !child.alive())) throw new Error('no authority is at work')
  const purpose = await rows.purpose(world, 'trial')
  const subjects: Subject[] = []
  for (const person of persons) {
    const certificate = (await certificateOf(world, person))!
    const consent = rows.consentTo(world, await rows.consentRequest(world, purpose), certificate)
    rows.ok(await world.consents.give(rows.actOf(world, 'consent.give'), consent))
    subjects.push({ consent, certificate })
  }
  return subjects
}

/** The weather is fair: everything that waited is done, and the lists know every revocation. */
async function cleared(trial: Trial): Promise<void> {
  await pause(1_500)
  await waitUntil(async () => {
    const waiting = await trial.client.query(`select count(*) as n from certificate_applications where state in ('NOTIFIED', 'RESERVED')`)
    return Number(waiting.rows[0].n) === 0 && (await trial.prepared.world.crls.due(trial.prepared.world.clock.now())).length === 0
  }, 90, 'all that waited to be done')
}

async function waitUntil(done: () => Promise<boolean>, limit: number, what: string): Promise<void> {
  const end = performance.now() + limit * 1_000
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`waited ${limit} s for ${what}`)
    await pause(200)
  }
}

// ---------------------------------------------------------------- what happens meanwhile

async function working(trial: Trial, subjects: readonly Subject[], until: number): Promise<void> {
  while (performance.now() < until) {
    const subject = oneOf(subjects)
    const drawn = chance()
    // Ends come to about half of the people over the whole time; the rest go on being asked for.
    if (drawn < 0.005) await insisting(trial, 'withdraw', subject, until)
    else if (drawn < 0.01) await insisting(trial, 'revoke', subject, until)
    else await attempt(trial, drawn < 0.7 ? 'release' : 'status', subject, key())
    await pause(below(20))
  }
}

/** Asked again under the same key until somebody answers, sometimes several at once: what a client should do. */
async function insisting(trial: Trial, kind: 'withdraw' | 'revoke', subject: Subject, until: number): Promise<void> {
  const same = key()
  while (performance.now() < until) {
    const outcomes = await Promise.all(Array.from({ length: 1 + below(4) }, () => attempt(trial, kind, subject, same)))
    if (outcomes.some((o) => o !== 'fault')) return
    await pause(50)
  }
}

/** One request, sent 64 times through all doors at once, in the first second. */
async function sixtyFour(trial: Trial, subjects: readonly Subject[]): Promise<void> {
  const [first, second] = [key(), key()]
  await Promise.all(Array.from({ length: 64 }, (_, i) => attempt(trial, i % 2 === 0 ? 'withdraw' : 'revoke', subjects[0]!, i % 2 === 0 ? first : second)))
}

async function attempt(trial: Trial, kind: Kind, { consent, certificate }: Subject, name: string): Promise<string> {
  const world = oneOf(trial.doors)
  const idempotencyKey = name as IdempotencyKey
  const subject = kind === 'release' || kind === 'withdraw' ? consent.id : certificate.id
  const start = performance.now()
  const outcome = await perform().catch((error: unknown) => {
    if (!(error instanceof ArchiveFault || error instanceof SignerAway)) trial.strange.add(String(error))
    return 'fault'
  })
  trial.history.push({ kind, subject, key: name, start, end: performance.now(), outcome })
  return outcome

  async function perform(): Promise<string> {
    const said = (result: Result<unknown>): string => (isRefusal(result) ? result.code : 'ok')
    switch (kind) {
      case 'release': return said(await releaseFourInformation(world, bank, { consent: consent.id, requestId: name }))
      case 'withdraw': return said(await withdrawConsent(world, citizen(consent.person), { consent: consent.id, idempotencyKey }))
      case 'revoke': return said(await revoke(world, citizen(certificate.person), { certificate: certificate.id, ground: 'holder-request', occurredAt: null, idempotencyKey }))
      case 'status': return answerFor(await world.statuses.find(certificate.issuer, certificate.serial)).status
    }
  }
}

async function changingWeather(trial: Trial, until: number): Promise<void> {
  while (performance.now() < until) {
    trial.database.weather = oneOf<DatabaseWeather>([fair.database, { latency: 5 + below(120), reset: 0, blackHole: false }, { latency: 0, reset: 0.02, blackHole: false }, { latency: 10, reset: 0.2, blackHole: false }, { latency: 0, reset: 0, blackHole: true }])
    trial.kms.weather = oneOf<KmsWeather>([fair.kms, { ...fair.kms, throttled: 0.6 }, { ...fair.kms, throttled: 1 }, { ...fair.kms, failing: 0.5, answerLost: 0.3 }, { ...fair.kms, silent: 0.3, answerLost: 0.5 }])
    await pause(300 + below(900))
    if (chance() < 0.3) await trial.client.query(`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and application_name = 'mynagate' and random() < 0.3`)
  }
}

async function killing(children: readonly KeptAlive[], trial: Trial, until: number): Promise<void> {
  while (performance.now() < until) {
    await pause(200 + below(900))
    if (oneOf(children).kill()) trial.kills++
  }
}

/** New applications; of each the bell is rung never, once, or several times at several authorities. */
async function arrivals(trial: Trial, children: readonly KeptAlive[], until: number): Promise<void> {
  while (performance.now() < until) {
    // Connections of this way are cut as well; who could not apply is not here.
    const application = await newcomer(trial.prepared.world, waiting).then((made) => made.application, () => null)
    for (let copies = below(4); copies > 0 && application !== null; copies--) oneOf(children).tell({ Records: [{ messageId: key(), body: JSON.stringify({ wake: 'issue', application }) }] })
    trial.bells++
    await pause(100 + below(300))
  }
}

// ---------------------------------------------------------------- authorities

interface KeptAlive { alive(): boolean; kill(): boolean; tell(event: object): void; stop(): Promise<void> }

/** One authority after another: who was killed is followed by the next. */
function keptAlive(trial: Trial, program: string, databaseUrl: string, skew: number): KeptAlive {
  let ending = false
  let child: ChildProcess = start()
  function start(): ChildProcess {
    const { signing, sealing } = trial.prepared.keys
    const bare = Object.fromEntries(Object.entries(signing).map(([role, { arn, algorithm, spkiSha256 }]) => [role, { arn, algorithm, spkiSha256 }]))
    const next = spawn(process.execPath, [program], { stdio: ['pipe', 'ignore', 'inherit'], env: { ...process.env, DATABASE_URL: databaseUrl, KMS: trial.kms.address, KEYS: JSON.stringify({ signing: bare, sealing }), SKEW: String(skew) } })
    next.stdin!.on('error', () => undefined)
    next.on('exit', () => {
      if (!ending) child = start()
    })
    return next
  }
  return {
    alive: () => child.exitCode === null && child.signalCode === null,
    kill: () => child.kill('SIGKILL'),
    tell: (event) => void (child.stdin!.writable && child.stdin!.write(`${JSON.stringify(event)}\n`)),
    async stop() {
      ending = true
      const gone = once(child, 'exit')
      if (child.kill('SIGKILL')) await gone
    },
  }
}

async function bundled(): Promise<string> {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/mynagate/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  const outfile = `${folder}faults-authority.mjs`
  await build({
    entryPoints: [fileURLToPath(new URL('authority.ts', import.meta.url))], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node24', external: ['pg-native', 'sst'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" }, logLevel: 'error',
  })
  return outfile
}

/** Repeatable chance in [0, 1): SHA-256 in counter mode. */
function chances(seed: string): () => number {
  let n = 0
  return () => createHash('sha256').update(`${seed}/${n++}`).digest().readUInt32BE(0) / 2 ** 32
}

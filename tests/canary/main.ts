/**
 * Values of people stay where they belong: `npm run test:canary -- --people N` puts in N invented people whose values are
 * unique (10,000 unless said otherwise), does everything with them that the doors do and much that they refuse, and
 * searches every place that is no rightful answer. Exit code 1 where a value turns up, or where one that was planted does not.
 */
import { parseArgs } from 'node:util'
import pg from 'pg'
import { begin } from '../../core/law/act.ts'
import { system } from '../../core/law/actor.ts'
import { parseCaCertificate } from '../../core/pki/certificate.ts'
import { buildOcspRequest, certIdFor } from '../../core/pki/ocsp-request.ts'
import { plantResidents, seededPartnerIds } from '../../db/seed.ts'
import { jsonLog, realClock } from '../../functions/environment.ts'
import { startPostgres } from '../harness/postgres.ts'
import { ask, movesAndEnds, must, partnersActs, readItems, settle, sha, type Settled, type Trial } from './acts.ts'
import { attack } from './attacks.ts'
import { dump, files } from './dump.ts'
import { openDoors, type Doors } from './gateway.ts'
import { canary, most, type Canary } from './people.ts'
import { placesOf, tapOutputs } from './places.ts'
import { searchFor } from './search.ts'

const { values } = parseArgs({ options: { people: { type: 'string', default: '10000' } } })
const people = Number(values.people)
if (!Number.isInteger(people) || people < 2 || people > most) throw new RangeError(`--people: a number from 2 to ${most}`)

const search = searchFor(people + 1)
const places = placesOf(search)
/** Octets of what is searched as it lies. */
const raw = new Map<string, number>()
const add = (place: string, octets: number): void => void raw.set(place, (raw.get(place) ?? 0) + octets)
/** Who is planted to be found; in no other part of the trial. */
const planted = canary(people)
const plants = new Set<string>()
const began = performance.now()
const seconds = (): string => `${((performance.now() - began) / 1_000).toFixed(0)} s`
// Lines of the doors are searched, not shown.
const say = (line: string): void => console.log(`· ${line}`)
const untap = tapOutputs((place, piece) => places.take(place, piece), (text) => !text.startsWith('· '))

const server = await startPostgres()
let wrong: string[]
try {
  wrong = await run()
} catch (fault) {
  wrong = [`the trial broke off: ${fault instanceof Error ? fault.stack : String(fault)}`]
}
await server.stop()
untap()
for (const line of wrong.slice(0, 50)) console.log(`FOUND ${line}`)
// Connections of what broke off would keep the process.
process.exit(wrong.length === 0 ? 0 : 1)

async function run(): Promise<string[]> {
  const client = new pg.Client({ connectionString: server.url })
  // What breaks is told by the statement that meets it.
  client.on('error', () => undefined)
  await client.connect()
  const doors = await openDoors(server.url, places.take)
  const trial: Trial = { doors, take: places.take, leaks: [], counts: { requests: 0, acts: 0, refused: 0 }, purpose: '', document: '' }
  await beforehand(trial)
  for (let from = 0; from < people; from += 200) {
    const some = Array.from({ length: Math.min(200, people - from) }, (_, i) => canary(from + i))
    await live(trial, some)
    say(`${from + some.length} people, ${trial.counts.requests} requests, ${seconds()}`)
  }
  await afterwards(trial)
  const dumped = await dump(client, places.take)
  for await (const file of files(client)) {
    // What is sealed in there is no text: searched as it lies.
    places.finds.push(...search.in('files of the database', file, false))
    add('files of the database', file.length)
  }
  places.end()
  const found = places.finds.map((find) => `${find.value} in ${find.place} as ${find.form}: ${find.around}`)
  const unfound = await selfCheck(doors, client)
  await doors.close()
  await client.end()
  report(trial, dumped, found.length, unfound)
  return [...found, ...trial.leaks, ...unfound.map((place) => `what was planted in ${place} was not found`)]
}

/** Partners may ask without end; a purpose, a registered document, a webhook. */
async function beforehand(trial: Trial): Promise<void> {
  const { world, webhook } = trial.doors
  for (const partner of [seededPartnerIds.bank, seededPartnerIds.hospital, seededPartnerIds.platform]) {
    await world.accesses.set({ ...begin('partner.access', system('seed'), realClock.now(), { partner }), subject: partner }, { partner, documents: 'any', budget: { capacity: 1_000_000_000, perSecond: 1_000_000 } })
  }
  trial.purpose = (await must<{ id: string }>(trial, 'bank', 'registerPurpose', { name: 'account', textJa: '口座のため', textEn: 'For the account', items: ['NAME', 'ADDRESS', 'BIRTH_DATE', 'SEX'] }, 'Purpose', 'id')).id
  await must(trial, 'bank', 'registerDocuments', { documents: [readItems] }, 'Manifest', '__typename')
  trial.document = sha(readItems)
  await must(trial, 'bank', 'registerWebhook', { url: webhook, events: ['CONSENT_WITHDRAWN', 'CONSENT_ENDED', 'CERTIFICATE_REVOKED', 'ATTRIBUTES_CHANGED', 'ACCOUNT_UNLINKED'] }, 'RegisteredWebhook', 'webhook { id }')
}

async function live(trial: Trial, some: readonly Canary[]): Promise<void> {
  const { world, db, safe } = trial.doors
  await plantResidents(db, safe, some.map((person) => person.resident))
  const waiting = await each(some, (person) => settle(trial, person))
  while ((await world.issuances.unfinished(1)).length > 0) await trial.doors.round()
  const settled: Settled[] = await each(waiting, async ({ applications, ...one }) => {
    const of = async (kind: 'signature' | 'authentication') => {
      await world.issuances.deliver({ ...begin('certificate.deliver', system('seed'), realClock.now(), {}), subject: applications[kind] }, applications[kind], realClock.now())
      return (await world.issuances.certificateOf(applications[kind]))!
    }
    return { ...one, signing: await of('signature'), authentication: await of('authentication') }
  })
  await each(settled, (one) => partnersActs(trial, one))
  await each(settled, (one, i) => attack(trial, one, some[(i + 1) % some.length]!))
  await each(settled, (one) => movesAndEnds(trial, one))
  const [issuer] = world.authorities.all
  for (const { signing } of settled) await trial.doors.ocsp(Buffer.from(buildOcspRequest([certIdFor(parseCaCertificate(issuer!.certificate.der), signing.serial)])))
  await trial.doors.round()
}

/** Eight at a time. */
async function each<T, R>(all: readonly T[], run: (item: T, i: number) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  const waiting = all.entries()
  await Promise.all(Array.from({ length: 8 }, async () => { for (const [i, item] of waiting) done[i] = await run(item, i) }))
  return done
}

/** What comes out for everybody: lists, the log, figures, reports. */
async function afterwards(trial: Trial): Promise<void> {
  const { world } = trial.doors
  await trial.doors.round()
  for (const { keyId } of world.authorities.all) for (const { code } of await world.municipalities.list()) {
    const list = await world.crls.latest(keyId as never, code)
    if (list !== null) places.take('lists of revoked certificates', Buffer.from(list.der))
  }
  const public_ = async (who: string, query: string, place: string): Promise<void> => places.take(place, JSON.stringify(await ask(trial, who, { query })))
  for (let from = 0, more = true; more; from += 1_000) {
    const data = await ask(trial, 'ministry', { query: 'query ($from: LogSize!) { auditEntries(from: $from, first: 1000) { body } }', variables: { from: String(from) } })
    const entries = (data?.['auditEntries'] ?? []) as { body: string }[]
    for (const { body } of entries) places.take('leaves of acts', body)
    more = entries.length === 1_000
  }
  await public_('agency', '{ statistics { __typename } statisticsByMunicipality { __typename } signatureTallies { key asked } operations { __typename } }', 'figures')
  await public_('home', '{ statistics { __typename } lapseDeadlines(days: 30) { __typename } }', 'figures')
  await public_('ministry', '{ yearlyReport(from: "2026-04-01") { __typename } auditCheckpoint { __typename } publishedFigures { __typename } serverInfo { stage } trustAnchors { __typename } receiptKeys { __typename } }', 'figures')
}

/** One who is not there is put into every place, by the way that leads to it, and must be found there. Returns where not. */
async function selfCheck(doors: Doors, client: pg.Client): Promise<string[]> {
  const { resident: { items, kana }, cardNumber, account } = planted
  const disguises: readonly ((text: string) => string | Buffer)[] = [(t) => t, (t) => Buffer.from(t, 'utf16le'), (t) => `x=${Buffer.from(`ab${t}`).toString('base64')}`, (t) => `\\x${Buffer.from(t).toString('hex')}`, encodeURIComponent, (t) => JSON.stringify({ t }).replaceAll(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`), (t) => Buffer.from(Buffer.from(t).toString('base64')).toString('hex')]
  const seen = places.finds.length
  const sought = [...places.searched.keys()]
  for (const [i, place] of sought.entries()) {
    if (place.startsWith('what the doors write') || place === 'the dump of the database' || place === 'webhooks') continue
    places.take(place, disguises[i % disguises.length]!([items.name, items.address, kana ?? account, cardNumber, ` ${items.birthDate} `][i % 5]!))
  }
  jsonLog('info', 'planted', { name: items.name })
  jsonLog('error', 'planted', { address: Buffer.from(items.address).toString('base64') })
  await fetch(doors.webhook, { method: 'POST', body: `{"number":"${cardNumber}"}` })
  await client.query('create table planted (a text, b bytea, c jsonb)')
  await client.query(`insert into planted values ($1, null, null), (null, $2, null), (null, null, $3)`, [items.birthDate.replaceAll('-', ''), Buffer.from(items.name, 'utf16le'), JSON.stringify({ kana, account })])
  await dump(client, places.take)
  const onDisk: string[] = []
  for await (const file of files(client)) onDisk.push(...search.in('files of the database', file, false).map((find) => find.place))
  places.end()
  const found = new Map<string, number>()
  for (const find of places.finds.slice(seen)) found.set(find.place, (found.get(find.place) ?? 0) + 1)
  for (const place of sought) plants.add(place)
  plants.add('files of the database')
  return [...sought.filter((place) => (found.get(place) ?? 0) < (place === 'the dump of the database' ? 3 : 1)), ...(onDisk.length === 0 ? ['files of the database'] : [])]
}

function report({ counts, leaks }: Trial, { tables, rows }: { readonly tables: number; readonly rows: number }, found: number, unfound: readonly string[]): void {
  const all = [...places.searched, ...raw]
  for (const [place, octets] of all.toSorted(([, a], [, b]) => b - a)) say(`${place.padEnd(34)} ${(octets / 1_000_000).toFixed(1).padStart(9)} MB searched`)
  const total = all.reduce((sum, [, octets]) => sum + octets, 0)
  say(`${people} people, ${counts.acts} acts, ${counts.requests} requests of which ${counts.refused} were refused or broken; ${tables} tables, ${rows} rows; ${all.length} places, ${(total / 1_000_000).toFixed(0)} MB searched; planted and found in ${plants.size - unfound.length} of ${plants.size} places; finds ${found}, told to the wrong ${leaks.length}; ${seconds()}`)
}

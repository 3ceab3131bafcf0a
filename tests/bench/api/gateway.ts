/**
 * The gateway's door behind a bare node:http, as a process of its own: `node gateway.ts WAY DATABASE_URL SCENE`. WAY is `ready` or `yoga`, the two paths; `limit`,
 * which sends the very statements that the door sent for the same request, in the same session, and a ready answer; `open`, the same without the second wall; or
 * `capture`, which prints which those are. Tokens are not
 * looked at: no peer looks at any. What the parent may ask for meanwhile: counters, a profile, the handler alone as Lambda would call it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Session as Inspector } from 'node:inspector/promises'
import type { AddressInfo } from 'node:net'
import type { Context as LambdaContext } from 'aws-lambda'
import pg from 'pg'
import { newId } from '../../../core/law/ids.ts'
import { currentSession, inSession, type Session } from '../../../db/session.ts'
import { walled } from '../../../db/walls.ts'
import { graphqlDoor } from '../../../functions/graphql.ts'
import { sha256 } from '../../schema/fixture.ts'
import { another, anyAmong, copyOf, numberIn, type Scene } from './ids.ts'
import { partsOf } from './profile.ts'
import { requests } from './requests.ts'
import { connections, measuring, random } from './world.ts'

/** What the driver sent, and the session it was sent in; the budget is taken in none. */
interface Statement { readonly name: string | undefined; readonly text: string; readonly values: readonly unknown[]; readonly rowMode: string | undefined; readonly session: Session | null }
const [way, url, given] = [process.argv[2]!, process.argv[3]!, JSON.parse(process.argv[4]!) as Scene]

const asked: Statement[] = []
/** From here on every statement is one of a request. */
let serving = false
const replaying = way === 'limit' || way === 'open' || way === 'capture'
if (replaying) listen()
const { world, worldFor, actors } = measuring(url, given)
const { clock } = world
const door = graphqlDoor(async () => ({ stage: 'bench', world, worldFor, sha256, issuer: 'https://login.example', audience: 'https://gateway.example', log: () => undefined, authenticate: async (authorization) => ({ actor: actors[authorization!]! }) }), { everythingByYoga: way === 'yoga' })
const ask = (authorization: string, body: string) => door({ rawPath: '/graphql', rawQueryString: '', headers: { 'content-type': 'application/json', authorization }, requestContext: { domainName: 'gateway.example', http: { method: 'POST' } }, body, isBase64Encoded: false } as never, {} as LambdaContext)

/** Every statement that the driver sends, with its name, its values and its session. */
function listen(): void {
  const original = pg.Client.prototype.query as (...args: unknown[]) => unknown
  pg.Client.prototype.query = function query(this: pg.Client, ...args: unknown[]) {
    const { text, name, values, _rowMode: rowMode } = args[0] as { text?: string; name?: string; values?: unknown[]; _rowMode?: string }
    const session = currentSession()
    if (serving && text === undefined) throw new Error(`no single statement: ${String(args[0])}`)
    asked.push({ name, text: text!, values: values ?? (args[1] as unknown[] | undefined) ?? [], rowMode: rowMode ?? (args[0] as { rowMode?: string }).rowMode, session: session && { ...session, shown: new Set(session.shown) } })
    return original.apply(this, args)
  } as never
}

const captured = new Map<string, { readonly statements: readonly Statement[]; readonly body: string }>()
if (replaying) {
  for (const [name, { actor, body }] of Object.entries(requests(given, given.consent))) {
    // The first times open connections, look up what is kept and have the budget asked; what most requests need is the least that one of them did.
    for (let n = 0; n < 12; n++) {
      asked.length = 0
      serving = n > 0
      const result = await ask(actor, body)
      serving = false
      if (/"(Refused|errors)"/.test(result.body!)) throw new Error(`${name}: ${result.body}`)
      if (n > 0 && asked.length <= (captured.get(name)?.statements.length ?? Infinity)) captured.set(name, { statements: [...asked], body: result.body! })
    }
  }
}

const plain = new pg.Pool({ connectionString: url, max: connections })
const pool = way === 'open' ? plain : walled(plain)
/** A release and its explanation have ids of their own each time, and the person is another; nothing else differs. */
async function replay(statements: readonly Statement[], n: number): Promise<void> {
  const of = another(given, n)
  const fresh = (v: unknown): unknown => (typeof v !== 'string' ? v : v.startsWith('rel_') ? release : v.startsWith('dcs_') ? decision : n > 0 ? (of.get(v) ?? v) : v)
  const [release, decision] = [newId('release', clock.now(), random), newId('decision', clock.now(), random)]
  for (const { name, text, values, rowMode, session } of statements) {
    const statement = { ...(name === undefined ? {} : { name }), text, values: values.map(fresh), ...(rowMode === undefined ? {} : { rowMode }) }
    const send = (): Promise<unknown> => pool.query(statement as never)
    await (session === null ? send() : inSession({ one: { send } }, { ...session, opened: session.opened.map((what) => what.replace(given.consent, (of.get(given.consent) as string | undefined) ?? given.consent)) }).one.send())
  }
}

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const body = Buffer.concat(parts).toString()
    if (way === 'limit' || way === 'open') {
      const { statements, body: answer } = captured.get(request.headers['x-request'] as string)!
      const { consent } = (JSON.parse(body) as { variables: { consent?: string } }).variables
      void replay(statements, consent === undefined ? 0 : numberIn(consent)).then(() => send(response, 200, {}, answer), (error: Error) => send(response, 500, {}, error.message))
    } else {
      void ask(request.headers.authorization!, body).then((result) => send(response, result.statusCode!, result.headers as Record<string, string>, result.body!))
    }
  })
})
function send(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, body: string): void {
  const octets = Buffer.from(body)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers, 'content-length': octets.length })
  response.end(octets)
}

if (way === 'capture') {
  for (const [name, { statements }] of captured) console.log(`${name}: ${statements.length} statements (${statements.map((s) => s.name ?? s.text.slice(0, 30)).join(', ')})`)
  process.exit(0)
}

// ---------------------------------------------------------------- what the parent asks for

/** `collect`: after a collection; it throws away what the compilers made, so nothing is measured right after one. */
export type Command = { readonly usage: true; readonly collect: boolean } | { readonly profile: 'start' | 'stop' } | { readonly handler: number; readonly people: number }

const session = new Inspector()
async function told(command: Command): Promise<unknown> {
  if ('usage' in command) {
    if (command.collect) globalThis.gc?.()
    return { cpu: process.cpuUsage(), memory: process.memoryUsage() }
  }
  if ('handler' in command) return handlerAlone(command.handler, command.people)
  if (command.profile === 'stop') return partsOf((await session.post('Profiler.stop')).profile)
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 200 })
  return session.post('Profiler.start')
}

/** One event after the other, as an instance of a Lambda has them: µs of processor time and of time, each. */
async function handlerAlone(times: number, people: number): Promise<{ readonly cpu: number; readonly wall: number }> {
  const [before, began] = [process.cpuUsage(), performance.now()]
  for (let n = 0; n < times; n++) await ask('partner', requests(given, copyOf('cns', anyAmong(people)))['four-information'].body)
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / times, wall: ((performance.now() - began) * 1_000) / times }
}

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', (command: Command) => void told(command).then((answer) => process.send?.(answer)))

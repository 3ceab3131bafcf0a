/**
 * The two paths of the GraphQL door, held against each other on every request, whatever it changes. The first path is given the world, and all that the world
 * answered goes on a tape; the second is given the tape. So the second changes nothing, sees the same clock and the same random octets, and must ask
 * for the same things: what is left on the tape, or is not on it, is a difference as an octet of the answer is. Stands in for functions/graphql.ts where the
 * suites are run by both paths (tests/paths.config.ts).
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { appendFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { GraphqlEnvironment } from '../../functions/environment.ts'
import { graphqlDoor as oneDoor, type GraphqlDoor, type GraphqlDoorOptions } from '../../functions/graphql.ts'

export { handler, largestRequest, newRequestId, type GraphqlDoor, type GraphqlDoorOptions } from '../../functions/graphql.ts'

type Outcome = { readonly value: unknown } | { readonly thrown: unknown }
interface Tape { readonly mode: 'record' | 'replay'; readonly outcomes: Map<string, Outcome[]>; readonly lines: unknown[] }
const tapes = new AsyncLocalStorage<Tape>()

export function graphqlDoor(environment: () => Promise<GraphqlEnvironment>, options: GraphqlDoorOptions = {}): GraphqlDoor {
  if (options.everythingByYoga !== undefined) return oneDoor(environment, options)
  const taped = async (): Promise<GraphqlEnvironment> => {
    const env = await environment()
    const { worldFor } = env
    return { ...env, world: tapedWorld(env.world), ...(worldFor === undefined ? {} : { worldFor: (actor) => tapedWorld(worldFor(actor)) }), authenticate: spoken('authenticate', env.authenticate), log: (level, event, facts = {}) => {
      const tape = tapes.getStore()
      tape?.lines.push({ level, event, facts: withoutPlaces(facts) })
      if (tape?.mode !== 'replay') env.log(level, event, facts)
    } }
  }
  const [yoga, ready] = [oneDoor(taped, { ...options, everythingByYoga: true }), oneDoor(taped, options)]
  return async (event, lambda) => {
    const first: Tape = { mode: 'record', outcomes: new Map(), lines: [] }
    const second: Tape = { mode: 'replay', outcomes: first.outcomes, lines: [] }
    const recorded = await tapes.run(first, () => yoga(event, lambda))
    const replayed = await tapes.run(second, () => ready(event, lambda))
    same('answers', { ...recorded, body: settled(recorded.body) }, { ...replayed, body: settled(replayed.body) })
    same('logs', first.lines, second.lines)
    const left = [...first.outcomes].filter(([, outcomes]) => outcomes.length > 0).map(([name]) => name)
    if (left.length > 0) throw new Error(`the ready path did not ask for ${left.join(', ')}`)
    appendFileSync(process.env.BOTH_PATHS!, '.')
    return recorded
  }
}

/** Each port of the world, its methods taped; plain parts as they are. */
function tapedWorld(world: GraphqlEnvironment['world']): GraphqlEnvironment['world'] {
  return Object.fromEntries(Object.entries(world).map(([port, part]: [string, unknown]) => [port, typeof part !== 'object' || part === null ? part : new Proxy(part, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      return typeof member === 'function' && typeof key === 'string' ? spoken(`${port}.${key}`, member.bind(target) as (...args: never[]) => unknown) : member
    },
  })])) as never
}

function spoken<F extends (...args: never[]) => unknown>(name: string, method: F): F {
  return ((...args: never[]) => {
    const tape = tapes.getStore()
    if (tape === undefined) return method(...args)
    const queue = tape.outcomes.get(name) ?? []
    tape.outcomes.set(name, queue)
    if (tape.mode === 'record') return recording(queue, () => method(...args))
    const outcome = queue.shift()
    if (outcome === undefined) throw new Error(`the ready path asks for ${name} once more`)
    if ('thrown' in outcome) throw outcome.thrown
    return outcome.value
  }) as F
}

/** In the order of the asking; what a promise came to is taken from the promise itself. */
function recording(queue: Outcome[], call: () => unknown): unknown {
  try {
    const value = call()
    // Whoever asked handles what it comes to; a second time it may come to nobody.
    if (value instanceof Promise) value.catch(() => undefined)
    queue.push({ value })
    return value
  } catch (thrown) {
    queue.push({ thrown })
    throw thrown
  }
}

/** Frames of a stack and the class of what was thrown tell the path. */
function withoutPlaces(facts: Readonly<Record<string, unknown>>): unknown {
  const { frames: _, fault: __, cause: ___, ...rest } = facts
  return rest
}

/** What is encrypted to a partner differs each time it is made. */
const settled = (text: string | undefined): string | undefined => text?.replaceAll(/"jwe":"[\w.-]+"/g, '"jwe":"…"')

function same(what: string, yoga: unknown, ready: unknown): void {
  if (!isDeepStrictEqual(yoga, ready)) throw new Error(`the paths differ in their ${what}:\n  yoga  ${JSON.stringify(yoga)}\n  ready ${JSON.stringify(ready)}`)
}

/**
 * The two paths of the GraphQL door, side by side. `bothWays` is a door that answers each request by both and throws where
 * an octet of the answers or a line of the logs differs; it is for worlds that nothing changes. `byPath` is a door of one path
 * that writes down what it answered, for worlds that change: two runs are compared at their end.
 */
import { isDeepStrictEqual } from 'node:util'
import type { GraphqlEnvironment } from '../../functions/environment.ts'
import { graphqlDoor, type GraphqlDoor, type GraphqlDoorOptions } from '../../functions/graphql.ts'

export const paths = ['yoga', 'ready'] as const
export type Path = (typeof paths)[number]
const optionsOf = (path: Path, options: GraphqlDoorOptions): GraphqlDoorOptions => ({ ...options, everythingByYoga: path === 'yoga' })

/** Where the random octets of a world stand, and how to go back there. */
export interface Rewind { at(): number; to(place: number): void }

interface Line { readonly level: string; readonly event: string; readonly facts: unknown }

export function bothWays(environment: () => Promise<GraphqlEnvironment>, rewind: Rewind, options: GraphqlDoorOptions = {}): GraphqlDoor {
  const written: Readonly<Record<Path, Line[]>> = { yoga: [], ready: [] }
  const made = paths.map((path) => graphqlDoor(async () => {
    const env = await environment()
    return { ...env, log: (level, event, facts = {}) => {
      written[path].push({ level, event, facts: withoutPlaces(facts) })
      env.log(level, event, facts)
    } }
  }, optionsOf(path, options)))
  return async (event, lambda) => {
    const start = rewind.at()
    const answers = []
    for (const door of made) {
      rewind.to(start)
      answers.push(await door(event, lambda))
    }
    same('answer', ...(answers as [unknown, unknown]))
    same('log', written.yoga, written.ready)
    for (const path of paths) written[path].length = 0
    return answers[1]!
  }
}

/** Frames of a stack and the class of what was thrown tell the path. */
function withoutPlaces(facts: Readonly<Record<string, unknown>>): unknown {
  const { frames: _, fault: __, cause: ___, ...rest } = facts
  return rest
}

function same(what: string, yoga: unknown, ready: unknown): void {
  if (!isDeepStrictEqual(yoga, ready)) throw new Error(`the paths differ in their ${what}:\n  yoga  ${JSON.stringify(yoga)}\n  ready ${JSON.stringify(ready)}`)
}

export type Transcript = string[]
/** Signatures by elliptic curves differ each time they are made. */
const settled = (text: string): string => text.replaceAll(/"signature":"[A-Za-z0-9+/=]+"/g, '"signature":"…"')

export function byPath(path: Path, transcript: Transcript, environment: () => Promise<GraphqlEnvironment>): GraphqlDoor {
  const door = graphqlDoor(environment, optionsOf(path, {}))
  return async (event, lambda) => {
    const result = await door(event, lambda)
    transcript.push(JSON.stringify({ ...result, body: settled(result.body ?? '') }))
    return result
  }
}

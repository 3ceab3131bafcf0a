/** Where the processor time of a server goes: a profile of V8, each sample under the part of the house or the library that its function stands in. */
import type { Profiler } from 'node:inspector'

/** In this order: the first that fits. */
const parts: readonly (readonly [RegExp, string])[] = [
  [/node_modules\/graphql\//, 'graphql'], [/node_modules\/graphql-yoga|node_modules\/@(?:whatwg-node|envelop|graphql-yoga|graphql-tools)/, 'yoga'], [/node_modules\/drizzle-orm/, 'drizzle'], [/node_modules\/(?:pg|pg-[a-z]+)\//, 'pg'],
  [/node_modules\/([^@/]+|@[^/]+\/[^/]+)/, 'other libraries'], [/\/core\//, 'core'], [/\/db\//, 'db'], [/\/schema\//, 'schema'], [/\/functions\//, 'functions'], [/\/tests\/bench\//, 'bench'],
  [/^node:(?:_http|http)|^node:internal\/(?:http|streams)|^node:_?stream/, 'node http and streams'], [/^node:/, 'node'],
]
const ofNoFile: ReadonlyMap<string, string> = new Map([['(garbage collector)', 'garbage collection'], ['(idle)', 'idle'], ['(program)', 'native: the rest']])

export interface Part { readonly part: string; readonly share: number }

/** Shares of the time that was not idle, largest first. */
export function partsOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): readonly Part[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const sums = new Map<string, number>()
  for (const [n, id] of samples.entries()) {
    const { url, functionName } = frames.get(id)!
    // What takes the profile is no part of the server.
    if (url === 'node:inspector') continue
    const part = ofNoFile.get(functionName) ?? parts.find(([pattern]) => pattern.test(url))?.[1] ?? 'native: sockets, JSON, ciphers, microtasks'
    sums.set(part, (sums.get(part) ?? 0) + (timeDeltas[n] ?? 0))
  }
  sums.delete('idle')
  const all = [...sums.values()].reduce((a, b) => a + b, 0)
  return [...sums].map(([part, time]) => ({ part, share: time / all })).toSorted((a, b) => b.share - a.share)
}

/**
 * What a role sees: each field of each type that an answer held, with a value or empty. Asked through the real schema over
 * the real archive, in the session that the door would make.
 */
import { execute, parse, type GraphQLSchema } from 'graphql'
import { createHash } from 'node:crypto'
import type { Actor } from '../../core/law/actor.ts'
import type { World } from '../../core/law/world.ts'
import { actorSession, inSession } from '../../db/session.ts'
import { openStores, type Stores } from '../../db/open.ts'
import type { Context } from '../../schema/context.ts'
import type { Land } from './land.ts'
import type { Question } from './questions.ts'

/** `value` · `empty`: the thing was reached and the field held nothing. A field that is absent was not reached. */
export type Seen = Map<string, 'value' | 'empty'>
export interface Answer { readonly data: unknown; readonly codes: readonly string[]; readonly text: string }

const storesOf = new WeakMap<object, Stores>()
/** The world of one request of that actor, as the door makes it. */
export function worldFor(land: Land, actor: Actor): World {
  const stores = storesOf.get(land) ?? openStores(land.world.db, land.world.safe)
  storesOf.set(land, stores)
  return { ...land.world, ...inSession(stores, actorSession(actor)) }
}

const sha256 = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text, 'utf8').digest())

/** `session` is whom the archive knows; `actor` whom the law above it believes to act. They are one but where the proof of the second wall takes the first away. */
export async function ask(schema: GraphQLSchema, land: Land, actor: Actor, question: Pick<Question, 'document' | 'variables'>, session: Actor = actor): Promise<Answer> {
  const context: Context = { actor, world: worldFor(land, session), requestId: 'authz', sha256, encrypt: async (text) => text, stage: 'test', docs: (code) => `https://gateway.example/errors#${code}` }
  const result = await execute({ schema, document: parse(question.document), contextValue: context, variableValues: question.variables })
  const text = JSON.stringify(result.data ?? null)
  return { data: JSON.parse(text) as unknown, codes: (result.errors ?? []).map((error) => String(error.extensions['code'] ?? error.message)), text }
}

const alias = /^([A-Za-z0-9]+)__([A-Za-z0-9]+)$/

/** Adds what an answer holds. A value beats an empty field of the same name elsewhere. */
export function observe(data: unknown, into: Seen): Seen {
  if (Array.isArray(data)) for (const one of data) observe(one, into)
  else if (data !== null && typeof data === 'object') {
    for (const [key, value] of Object.entries(data)) {
      const [, type, field] = alias.exec(key) ?? []
      if (type !== undefined && field !== undefined) {
        const cell = `${type}.${field}`
        const empty = value === null || (Array.isArray(value) && value.length === 0)
        if (!empty) into.set(cell, 'value')
        else if (!into.has(cell)) into.set(cell, 'empty')
      }
      observe(value, into)
    }
  }
  return into
}

/** How a root field met a role: the door or the law turned it away, nothing was there for it, or it was answered (also by a refusal on the merits). */
export function outcomeOf({ data, codes }: Answer): 'turned away' | 'nothing' | 'answered' {
  if (codes.length > 0) return codes.some((code) => code === 'UNAUTHENTICATED' || code === 'NOT_PERMITTED') ? 'turned away' : 'answered'
  const [value] = Object.values((data ?? {}) as Record<string, unknown>)
  if (value === null || value === undefined) return 'nothing'
  const code = (value as Record<string, unknown>)['Refused__code']
  return code === 'NOT_PERMITTED' ? 'turned away' : code === 'NOT_FOUND' ? 'nothing' : 'answered'
}

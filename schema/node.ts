/**
 * Things with an identity: opaque global ids, and `node(id:)` to ask for any of them again. An id says of what kind it
 * is, to the gateway only; whether the actor may see the thing is decided by the read function of its kind, and what is
 * absent and what is forbidden look the same.
 */
import type { ObjectRef } from '@pothos/core'
import { kindOfId, parseId, type IdKind } from '../core/law/ids.ts'
import { isRefusal, type Result } from '../core/law/refusal.ts'
import { anyToken, audience, turnedAway, type Audience } from './audience.ts'
import { builder, type Types } from './builder.ts'
import type { Context } from './context.ts'

export type IdOf<K extends IdKind> = NonNullable<ReturnType<typeof parseId<K>>>

export const globalId = (id: string): string => Buffer.from(id).toString('base64url')

/** The id of that kind in a global id; null where it is none, however it was made. */
export function localId<K extends IdKind>(kind: K, id: string): IdOf<K> | null {
  const text = decoded(id)
  return text === null ? null : (parseId(kind, text) as IdOf<K> | null)
}

function decoded(id: string): string | null {
  if (id.length > 100) return null
  const text = Buffer.from(id, 'base64url').toString('latin1')
  return globalId(text) === id ? text : null
}

/** What is read of a thing, whatever kind. */
export interface Identified { readonly id: string }
interface Kind { readonly type: string; readonly who: Audience; readonly read: (context: Context, id: never) => Promise<Result<Identified>> }
const kinds = new Map<IdKind, Kind>()

/** Makes things of a kind reachable by `node(id:)`, for its audience. `type` names the object type, which implements `Node`. */
export function reachable<K extends IdKind>(kind: K, type: string, who: Audience, read: (context: Context, id: IdOf<K>) => Promise<Result<Identified>>): void {
  kinds.set(kind, { type, who, read })
}

export const Node = builder.interfaceRef<Identified>('Node').implement({
  description: 'A thing with an identity.',
  fields: (t) => ({ id: t.id({ description: 'Opaque: keep it, never take it apart.', resolve: (thing) => globalId(thing.id) }) }),
  resolveType: (thing) => kinds.get(kindOfId(thing.id)!)!.type,
})

export async function nullIfRefused<T>(result: Promise<Result<T>> | Result<T>): Promise<T | null> {
  const value = await result
  return isRefusal(value) ? null : value
}

builder.queryField('node', (t) => t.field({
  type: Node, nullable: true, description: 'The thing with this id; null where there is none, or none that the actor may see.',
  extensions: audience(anyToken), args: { id: t.arg.id({ description: 'The id of any thing this gateway named.' }) },
  resolve: async (_, { id }, context) => {
    const text = decoded(id)
    const kind = text === null ? null : kindOfId(text)
    const known = kind === null ? undefined : kinds.get(kind)
    return known === undefined || turnedAway(known.who, context.actor) !== null ? null : nullIfRefused(known.read(context, text as never))
  },
}))

/** A query field of its own for things of a kind, beside `node(id:)`: typed, and with the audience of the kind. */
export function askable<K extends IdKind, T extends Identified>(
  kind: K, type: ObjectRef<Types, T>, who: Audience, description: string, read: (context: Context, id: IdOf<K>) => Promise<Result<T>>,
): void {
  reachable(kind, type.name, who, read)
  builder.queryField(kind, (t) => t.field({
    type, nullable: true, description: `${description} Null where there is none, or none that the actor may see.`, extensions: audience(who),
    args: { id: t.arg.id({ description: 'Its id.' }) },
    resolve: (_, args, context) => {
      const id = localId(kind, args.id)
      return (id === null ? null : nullIfRefused(read(context, id))) as never
    },
  }))
}

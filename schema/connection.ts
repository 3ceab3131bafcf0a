/**
 * Lists by pages, after the Relay specification of connections. `first` or `last` must be given, one of them, 1 to 100:
 * nobody asks for everything by leaving something out. Cursors are opaque.
 */
import type { ObjectRef } from '@pothos/core'
import { builder, type Types } from './builder.ts'
import type { Context } from './context.ts'
import { requestError } from './errors.ts'
import { globalId } from './node.ts'

export const largestPage = 100

export interface PageArgs { readonly first?: number | null | undefined; readonly last?: number | null | undefined; readonly after?: string | null | undefined; readonly before?: string | null | undefined }
export interface Page<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

const PageInfo = builder.objectRef<Page<unknown>>('PageInfo').implement({
  description: 'Where this page stands in its list.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether more follow.' }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', { description: 'Whether some come before.' }),
    startCursor: t.string({ nullable: true, description: 'For `before`.', resolve: (page) => page.edges[0]?.cursor ?? null }),
    endCursor: t.string({ nullable: true, description: 'For `after`.', resolve: (page) => page.edges.at(-1)?.cursor ?? null }),
  }),
})

/** Connection and edge of a type. `many` is what the list holds, in words. */
export function connectionOf<T>(name: string, many: string, node: ObjectRef<Types, T>): ObjectRef<Types, Page<T>> {
  const edge = builder.objectRef<Page<T>['edges'][number]>(`${name}Edge`).implement({
    description: `One of ${many} and its place in the list.`,
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Its place, for `after` and `before`.' }),
      node: t.field({ type: node, description: 'The thing itself.', resolve: (e) => e.node as never }),
    }),
  })
  return builder.objectRef<Page<T>>(`${name}Connection`).implement({
    description: `A page of ${many}.`,
    fields: (t) => ({
      edges: t.field({ type: [edge], description: 'With their places.', resolve: (page) => page.edges }),
      nodes: t.field({ type: [node], description: 'Without their places.', resolve: (page) => page.edges.map((e) => e.node) as never }),
      pageInfo: t.field({ type: PageInfo, description: 'Where this page stands.', resolve: (page) => page }),
    }),
  })
}

export const pageArgs = builder.args((t) => ({
  first: t.int({ required: false, description: 'How many from the start, 1–100. Either this or `last`.' }),
  after: t.string({ required: false, description: 'Only what follows this cursor.' }),
  last: t.int({ required: false, description: 'How many from the end, 1–100. Either this or `first`.' }),
  before: t.string({ required: false, description: 'Only what comes before this cursor.' }),
}))

/**
 * A page of a list. `load(n)` yields the first n, or all where there are fewer. A first page loads no more than it shows
 * and one; any other reads the list until its end. An unknown cursor is an error of the request.
 */
export async function pageOf<T>(args: PageArgs, context: Context, keyOf: (item: T) => string, load: (limit: number) => Promise<readonly T[]>): Promise<Page<T>> {
  const { first, last } = bounds(args, context)
  const items = first !== null && args.after == null && args.before == null ? await load(first + 1) : await everything(load)
  const placeOf = (cursor: string): number => {
    const place = items.findIndex((item) => globalId(keyOf(item)) === cursor)
    if (place === -1) throw requestError('BAD_USER_INPUT', { context, detail: 'A cursor is unknown.' })
    return place
  }
  const from = args.after == null ? 0 : placeOf(args.after) + 1
  const end = args.before == null ? items.length : placeOf(args.before)
  const start = first !== null ? from : Math.max(from, end - last!)
  const kept = items.slice(start, first !== null ? Math.min(end, from + first) : end)
  return { edges: kept.map((node) => ({ cursor: globalId(keyOf(node)), node })), hasNextPage: start + kept.length < items.length, hasPreviousPage: start > 0 }
}

async function everything<T>(load: (limit: number) => Promise<readonly T[]>): Promise<readonly T[]> {
  for (let limit = 400; ; limit *= 4) {
    const items = await load(limit)
    if (items.length < limit) return items
  }
}

function bounds(args: PageArgs, context: Context): { readonly first: number | null; readonly last: number | null } {
  const first = args.first ?? null
  const last = args.last ?? null
  const count = first ?? last
  if ((first === null) === (last === null) || count === null || count < 1 || count > largestPage) {
    throw requestError('BAD_USER_INPUT', { context, detail: `Give first or last, one of them, 1 to ${largestPage}.` })
  }
  return { first, last }
}

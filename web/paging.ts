/**
 * Lists beyond their first page, without a script: the place of each list stands in the address, next and previous are
 * links, and the other lists of the page stay where they are. A cursor is opaque and says nothing about anybody.
 */
import type { Asking } from './anybody.ts'
import { html, type Html } from './html.ts'
import type { Visit } from './visit.ts'

export interface PageInfo { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly startCursor: string | null; readonly endCursor: string | null }
export interface Listed<T> { readonly nodes: readonly T[]; readonly pageInfo: PageInfo }
export const pageInfo = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'
/** What a document that reads one page declares, and hands to its list. */
export const placeVariables = '$first: Int, $after: String, $last: Int, $before: String'
export const placeArguments = 'first: $first, after: $after, last: $last, before: $before'

export interface Place { readonly first: number | null; readonly after: string | null; readonly last: number | null; readonly before: string | null }
const start = (size: number): Place => ({ first: size, after: null, last: null, before: null })

/** Where the address of this visit is in a list: `after.CURSOR`, `before.CURSOR`, or at its start. */
export function placeOf({ query }: Pick<Visit, 'query'>, list: string, size: number): Place {
  const [, side, cursor] = /^(after|before)\.([\w=+/~:-]{1,200})$/.exec(query.get(list) ?? '') ?? []
  return cursor === undefined ? start(size) : side === 'after' ? { ...start(size), after: cursor } : { first: null, after: null, last: size, before: cursor }
}
export const isFurther = ({ after, before }: Place): boolean => after !== null || before !== null

/** Next and previous; nothing where all of it stands on the page. `anchor`: the heading of the list. */
export function pager({ path, query, words: w }: Visit, list: string, { hasPreviousPage, hasNextPage, startCursor, endCursor }: PageInfo, anchor: string, title: string): Html | null {
  const to = (place: string, text: string): Html => {
    const all = new URLSearchParams(query)
    all.set(list, place)
    return html`<a class="button secondary" href="${path}?${all.toString()}#${anchor}">${text}</a>`
  }
  const [before, after] = [hasPreviousPage ? startCursor : null, hasNextPage ? endCursor : null]
  if (before === null && after === null) return null
  return html`<nav class="pager" aria-label="${w.further(title)}">${before !== null && to(`before.${before}`, w.previous)} ${after !== null && to(`after.${after}`, w.following)}</nav>`
}

/** A page of what was read whole. A cursor of nothing that is there any more: the start. */
export function sliceOf<T extends { readonly id: string }>(all: readonly T[], { first, after, last, before }: Place): Listed<T> {
  const at = (id: string | null, otherwise: number): number => (id === null || !all.some((one) => one.id === id) ? otherwise : all.findIndex((one) => one.id === id))
  const from = last === null ? at(after, -1) + 1 : Math.max(0, at(before, last) - last)
  const nodes = all.slice(from, last === null ? from + first! : at(before, last))
  return { nodes, pageInfo: { hasPreviousPage: from > 0, hasNextPage: from + nodes.length < all.length, startCursor: nodes[0]?.id ?? null, endCursor: nodes.at(-1)?.id ?? null } }
}

/** A list to its end, fifty at a time. */
export async function whole<D, T>(gateway: Asking, document: string, listIn: (data: D) => Listed<T>): Promise<T[]> {
  const all: T[] = []
  for (let place = start(50); ;) {
    const { nodes, pageInfo: { hasNextPage, endCursor } } = listIn((await gateway.query<D>(document, { ...place })).data)
    all.push(...nodes)
    if (!hasNextPage || endCursor === null) return all
    place = { ...place, after: endCursor }
  }
}

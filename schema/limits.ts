/**
 * How large a document may be, counted as it would be executed: a fragment counts each time it is spread. Tokens are
 * limited by the parser, so that nothing here recurses deeper than that.
 */
import { GraphQLError, Kind, parse, type DocumentNode, type FragmentDefinitionNode, type ParseOptions, type SelectionSetNode, type Source } from 'graphql'
import { requestError } from './errors.ts'

export const limits = { tokens: 1_000, depth: 12, aliases: 15, directives: 5, fields: 1_000 } as const
/** Points that one request may cost (schema/cost.ts). */
export const mostCostly = 10_000

interface Size { readonly depth: number; readonly aliases: number; readonly directives: number; readonly fields: number }
const nothing: Size = { depth: 0, aliases: 0, directives: 0, fields: 0 }

/** As graphql's `parse`; a document past a limit is an error with the code `DOCUMENT_TOO_LARGE`. */
export function parseLimited(source: string | Source, options: ParseOptions = {}): DocumentNode {
  const document = parseTokens(source, options)
  const passed = exceeded(document)
  if (passed !== null) throw requestError('DOCUMENT_TOO_LARGE', { detail: `At most ${limits[passed]} ${passed}.`, extensions: { limit: passed } })
  return document
}

function parseTokens(source: string | Source, options: ParseOptions): DocumentNode {
  try {
    return parse(source, { ...options, maxTokens: limits.tokens })
  } catch (error) {
    if (error instanceof GraphQLError && error.message.includes(`more that ${limits.tokens} tokens`)) throw requestError('DOCUMENT_TOO_LARGE', { detail: `At most ${limits.tokens} tokens.`, extensions: { limit: 'tokens' } })
    throw error
  }
}

/** The limit that the document passes, or null. */
export function exceeded(document: DocumentNode): Exclude<keyof typeof limits, 'tokens'> | null {
  const fragments = new Map(document.definitions.filter((d): d is FragmentDefinitionNode => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]))
  const known = new Map<string, Size>()

  // A fragment that is being measured counts as nothing: validation refuses the cycle.
  const ofFragment = (name: string): Size => {
    const earlier = known.get(name)
    if (earlier !== undefined) return earlier
    known.set(name, nothing)
    const fragment = fragments.get(name)
    const size = fragment === undefined ? nothing : of(fragment.selectionSet, fragment.directives?.length ?? 0)
    known.set(name, size)
    return size
  }
  const of = (set: SelectionSetNode | undefined, directives: number): Size => {
    let size: Size = { ...nothing, directives }
    for (const selection of set?.selections ?? []) {
      const own = selection.directives?.length ?? 0
      if (selection.kind === Kind.FIELD) {
        const inner = of(selection.selectionSet, own)
        // What lies below __schema and __type has a rule of its own in graphql, and no depth here: a whole introspection is deep.
        const depth = selection.name.value === '__schema' || selection.name.value === '__type' ? 1 : inner.depth + 1
        size = sum(size, { ...inner, depth, aliases: inner.aliases + (selection.alias === undefined ? 0 : 1), fields: inner.fields + 1 })
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        size = sum(size, of(selection.selectionSet, own))
      } else {
        size = sum(size, sum(ofFragment(selection.name.value), { ...nothing, directives: own }))
      }
    }
    return size
  }

  for (const definition of document.definitions) {
    // A fragment that no operation spreads is refused by validation.
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const size = of(definition.selectionSet, definition.directives?.length ?? 0)
    for (const limit of ['depth', 'aliases', 'directives', 'fields'] as const) if (size[limit] > limits[limit]) return limit
  }
  return null
}

const sum = (a: Size, b: Size): Size => ({
  depth: Math.max(a.depth, b.depth), aliases: a.aliases + b.aliases, directives: a.directives + b.directives, fields: a.fields + b.fields,
})

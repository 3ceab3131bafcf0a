/**
 * Documents made ready once: parsed within their limits, validated, their cost planned. What was made of a text is kept
 * for the next request with the same text, what is wrong with it too, within a bound of octets.
 */
import { Kind, NoSchemaIntrospectionCustomRule, OperationTypeNode, specifiedRules, validate, type DocumentNode, type GraphQLError, type GraphQLSchema } from 'graphql'
import { costPlan, type Plan } from './cost.ts'
import { parseLimited } from './limits.ts'

export interface Prepared {
  readonly document: DocumentNode
  /** By name; under '' where the document has one operation. */
  readonly operations: ReadonlyMap<string, Plan>
}
export type Outcome = { readonly prepared: Prepared } | { readonly thrown: unknown } | { readonly document: DocumentNode; readonly invalid: readonly GraphQLError[] }

/** Characters of all texts that are kept, and of the longest that is. */
const kept = { all: 4_000_000, one: 16_000 }
/** After so many errors nothing more is looked for: each may search the schema for what was meant. */
const mostErrors = 5

/** `closed`: introspection is refused, as in production. */
export function preparer(schema: GraphQLSchema, closed: boolean): (text: string) => Outcome {
  const rules = closed ? [...specifiedRules, NoSchemaIntrospectionCustomRule] : specifiedRules
  const known = new Map<string, Outcome>()
  let size = 0
  const make = (text: string): Outcome => {
    try {
      const document = parseLimited(text)
      const invalid = validate(schema, document, rules, { maxErrors: mostErrors })
      return invalid.length > 0 ? { document, invalid } : { prepared: { document, operations: plansOf(schema, document) } }
    } catch (thrown) {
      return { thrown }
    }
  }
  return (text) => {
    const earlier = known.get(text)
    if (earlier !== undefined) {
      // The youngest stands last.
      known.delete(text)
      known.set(text, earlier)
      return earlier
    }
    const outcome = make(text)
    if (text.length > kept.one) return outcome
    known.set(text, outcome)
    size += text.length
    for (const oldest of known.keys()) {
      if (size <= kept.all) break
      known.delete(oldest)
      size -= oldest.length
    }
    return outcome
  }
}

function plansOf(schema: GraphQLSchema, document: DocumentNode): ReadonlyMap<string, Plan> {
  const operations = document.definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION)
  // There is nothing to subscribe to; that is told where the operation would be run.
  const named = operations.filter((o) => o.operation !== OperationTypeNode.SUBSCRIPTION).map((operation) => [operation.name?.value ?? '', costPlan(schema, document, operation)] as const)
  return new Map([...named, ...(operations.length === 1 && named[0] !== undefined ? [['', named[0][1]] as const] : [])])
}

/** Whether a document cannot run: not valid, past a limit, or about the schema itself. */
export function unfitFor(schema: GraphQLSchema): (text: string) => boolean {
  const prepare = preparer(schema, true)
  return (text) => {
    const outcome = prepare(text)
    return !('prepared' in outcome) || outcome.prepared.operations.size === 0
  }
}

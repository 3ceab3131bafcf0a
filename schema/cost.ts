/**
 * What a request costs, reckoned before it runs: from the document's shape and from the arguments that say how long a
 * list may be. The plan is made once per document; a request only puts its variables in. A page out of its bounds is
 * seen here, so that nothing runs for it.
 */
import {
  getNamedType, getNullableType, isCompositeType, isInterfaceType, isListType, isObjectType, Kind, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLField, type GraphQLNamedType, type GraphQLSchema,
  type OperationDefinitionNode, type SelectionSetNode, type ValueNode,
} from 'graphql'
import { largestPage } from './connection.ts'

/** Points of a thing that is read; a leaf costs nothing beside it. */
const thing = 1
/** Points of an act: what it writes, its leaf in the log, the look whether it was done before. */
const deed = 10
/** Members of a list that no argument bounds. */
const listed = 10
/** Fields that cost more than a thing that is read: signatures, paths of certificates, proofs, counts over all. */
export const weights: Readonly<Record<string, number>> = {
  'Query.fourInformation': 10, 'Query.verifySignature': 30, 'Query.statistics': 50, 'Query.statisticsByMunicipality': 100, 'Query.yearlyReport': 100,
  'Mutation.answerLoginChallenge': 40, 'Mutation.giveConsent': 40, 'Consent.receipt': 5, 'ConsentRequest.document': 2,
}

type Variables = Readonly<Record<string, unknown>>
/** Points, or the name of the field whose page is out of its bounds. */
export type Cost = number | { readonly unbounded: string }
export type Plan = (variables: Variables) => Cost

/** The plan of an operation of a valid document within its limits. */
export function costPlan(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Plan {
  const fragments = new Map(document.definitions.filter((d): d is FragmentDefinitionNode => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]))
  const defaults = new Map((operation.variableDefinitions ?? []).map((v) => [v.variable.name.value, v.defaultValue]))

  const ofSet = (type: GraphQLNamedType, set: SelectionSetNode, inPage: boolean): Plan => {
    const parts: Plan[] = []
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const part = ofField(type, selection, inPage)
        if (part !== null) parts.push(part)
        continue
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      const on = fragment?.typeCondition === undefined ? type : schema.getType(fragment.typeCondition.name.value)
      if (fragment !== undefined && on !== undefined) parts.push(ofSet(on, fragment.selectionSet, inPage))
    }
    return sumOf(parts)
  }

  const ofField = (type: GraphQLNamedType, node: FieldNode, inPage: boolean): Plan | null => {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined
    // Introspection is not there in production, and elsewhere it reads nothing.
    if (field === undefined) return null
    const inner = getNamedType(field.type)
    const weight = weights[`${type.name}.${field.name}`] ?? (type === schema.getMutationType() ? deed : isCompositeType(inner) ? thing : 0)
    if (!isCompositeType(inner) || node.selectionSet === undefined) return weight === 0 ? null : () => weight
    const page = pageOf(field, node, defaults)
    const below = ofSet(inner, node.selectionSet, page !== null)
    const length = isListType(getNullableType(field.type)) && !inPage ? listed : 1
    return (variables) => {
      const times = page === null ? length : page(variables)
      if (times === null) return { unbounded: field.name }
      const each = below(variables)
      return typeof each === 'number' ? weight + times * each : each
    }
  }
  const root = operation.operation === 'mutation' ? schema.getMutationType() : schema.getQueryType()
  return root == null ? () => 0 : ofSet(root, operation.selectionSet, false)
}

function sumOf(parts: readonly Plan[]): Plan {
  return (variables) => {
    let sum = 0
    for (const part of parts) {
      const cost = part(variables)
      if (typeof cost !== 'number') return cost
      sum += cost
    }
    return sum
  }
}

/** How long the page may be that the arguments ask for; null from it where that is out of bounds; no function where the field has no pages. */
function pageOf(field: GraphQLField<unknown, unknown>, node: FieldNode, defaults: ReadonlyMap<string, ValueNode | undefined>): ((variables: Variables) => number | null) | null {
  if (!field.args.some((arg) => arg.name === 'first') || !field.args.some((arg) => arg.name === 'last')) return null
  const [first, last] = ['first', 'last'].map((name) => node.arguments?.find((arg) => arg.name.value === name)?.value)
  return (variables) => {
    const [f, l] = [numberIn(first, variables, defaults), numberIn(last, variables, defaults)]
    const count = f ?? l
    return count === null || (f !== null && l !== null) || count < 1 || count > largestPage ? null : count
  }
}

/** The number of an argument; what is none is told by the coercion of variables, so it counts as the most. */
function numberIn(value: ValueNode | undefined, variables: Variables, defaults: ReadonlyMap<string, ValueNode | undefined>): number | null {
  if (value === undefined || value.kind === Kind.NULL) return null
  if (value.kind === Kind.INT) return Number(value.value)
  if (value.kind !== Kind.VARIABLE) return largestPage
  const given = variables[value.name.value]
  if (given === undefined) return numberIn(defaults.get(value.name.value), {}, new Map())
  return given === null ? null : typeof given === 'number' && Number.isInteger(given) ? given : largestPage
}

/**
 * The SDL with its directives, as committed in schema.graphql: what partners build against.
 */
import { isObjectType, Kind, lexicographicSortSchema, parse, parseConstValue, print, printSchema, visit, type ConstDirectiveNode, type FieldDefinitionNode, type GraphQLSchema } from 'graphql'
import { assuranceOf } from './assurance.ts'
import { audienceOf, type Audience } from './audience.ts'

/** `printSchema` leaves directives on fields out: they are put back from the audiences. Sorted by name. */
export function sdlOf(schema: GraphQLSchema): string {
  const document = visit(parse(printSchema(lexicographicSortSchema(schema))), {
    ObjectTypeDefinition: (node) => {
      const type = schema.getType(node.name.value)
      if (!isObjectType(type)) return undefined
      const fields = node.fields?.map((field): FieldDefinitionNode => {
        const built = type.getFields()[field.name.value]!
        const [who, need] = [audienceOf(built), assuranceOf(built)]
        const told = [...(who === undefined ? [] : directivesOf(who)), ...(need === undefined ? [] : [directive('requiresAssurance', { level: need.level, maxAge: String(need.maxAge) })])]
        return told.length === 0 ? field : { ...field, directives: [...(field.directives ?? []), ...told] }
      })
      return fields === undefined ? undefined : { ...node, fields }
    },
  })
  return `${print(document)}\n`
}

function directivesOf(who: Audience): ConstDirectiveNode[] {
  if (who === 'everyone') return [directive('public', {})]
  return Object.entries(who).map(([actor, scopes]) => directive('requiresScope', { actor: actor.toUpperCase(), scopes: JSON.stringify(scopes) }))
}

const directive = (name: string, args: Readonly<Record<string, string>>): ConstDirectiveNode => ({
  kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: name },
  arguments: Object.entries(args).map(([argument, value]) => ({ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: argument }, value: parseConstValue(value) })),
})

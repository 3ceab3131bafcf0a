/**
 * The SDL with its directives, as committed in schema.graphql: what partners build against.
 */
import { isObjectType, Kind, parse, parseConstValue, print, printSchema, visit, type ConstDirectiveNode, type FieldDefinitionNode, type GraphQLSchema } from 'graphql'
import { audienceOf, type Audience } from './audience.ts'

/** `printSchema` leaves directives on fields out: they are put back from the audiences. */
export function sdlOf(schema: GraphQLSchema): string {
  const document = visit(parse(printSchema(schema)), {
    ObjectTypeDefinition: (node) => {
      const type = schema.getType(node.name.value)
      if (!isObjectType(type)) return undefined
      const fields = node.fields?.map((field): FieldDefinitionNode => {
        const who = audienceOf(type.getFields()[field.name.value]!)
        return who === undefined ? field : { ...field, directives: [...(field.directives ?? []), ...directivesOf(who)] }
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

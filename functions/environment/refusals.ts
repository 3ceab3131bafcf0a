/** Every refusal that goes out is told, whatever of it the document asked for: where a union becomes `Refused`, its code is seen. */
import { isUnionType, type GraphQLSchema } from 'graphql'
import type { Refusal } from '../../core/law/refusal.ts'

/** Watches the unions of a schema; once per schema. */
export function watchRefusals<C>(schema: GraphQLSchema, told: (refusal: Refusal, context: C) => Promise<void>): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isUnionType(type) || !type.getTypes().some((member) => member.name === 'Refused')) continue
    const { resolveType } = type
    if (resolveType == null) continue
    type.resolveType = async (value, context: C, info, abstract) => {
      const name = await resolveType(value, context, info, abstract)
      if (name === 'Refused') await told(value as Refusal, context)
      return name
    }
  }
  return schema
}

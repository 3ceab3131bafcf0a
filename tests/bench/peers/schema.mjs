/**
 * Our schema as a peer's own graphql has to make it: from the printed SDL, with our resolvers, scalars and enum values put in. What is compared then is what stands
 * around them, since the law, the guards on fields and the archive are the same code for all.
 */
import { readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'

export function ownSchema(ours) {
  const made = buildSchema(readFileSync(new URL('../../../schema/schema.graphql', import.meta.url), 'utf8'))
  for (const [name, type] of Object.entries(made.getTypeMap())) {
    const given = ours.getType(name)
    if (name.startsWith('__') || given === undefined) continue
    if (typeof type.serialize === 'function' && typeof type.getValues === 'function') {
      for (const value of type.getValues()) value.value = given.getValue(value.name).value
      type._valueLookup = new Map(type.getValues().map((value) => [value.value, value]))
    } else if (typeof type.serialize === 'function') {
      Object.assign(type, { serialize: given.serialize.bind(given), parseValue: given.parseValue.bind(given), parseLiteral: given.parseLiteral.bind(given) })
    }
    if (typeof type.isTypeOf !== 'undefined' || typeof given.isTypeOf === 'function') type.isTypeOf = given.isTypeOf
    if (typeof given.resolveType === 'function') {
      const nameOf = (found) => (typeof found === 'object' && found !== null ? found.name : found)
      // graphql-jit waits for none.
      type.resolveType = (...args) => {
        const found = given.resolveType(...args)
        return found instanceof Promise ? found.then(nameOf) : nameOf(found)
      }
    }
    if (typeof given.getFields === 'function' && !('parseValue' in type) && 'getInterfaces' in type) {
      for (const [field, of] of Object.entries(type.getFields())) if (given.getFields()[field]?.resolve !== undefined) of.resolve = given.getFields()[field].resolve
    }
  }
  return made
}

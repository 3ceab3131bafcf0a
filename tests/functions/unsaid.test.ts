/** No value of a client's comes back to it in a message of GraphQL's own; where and why do. */
import { buildSchema, execute, GraphQLError, GraphQLScalarType, parse, validate } from 'graphql'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unsaid } from '../../functions/graphql/unsaid.ts'

const schema = buildSchema('enum Kind { MOVE_IN MOVE_OUT } scalar Text input Items { name: Text! kind: Kind on: [Int!] one: One } input One @oneOf { a: String b: String } type Query { ask(id: ID, items: Items, yes: Boolean, x: Float, n: Int): Int }')
Object.assign(schema.getType('Text') as GraphQLScalarType, { parseValue: () => { throw new GraphQLError('Text must be well-formed.') }, parseLiteral: () => { throw new GraphQLError('Text must be well-formed.') } })

const messages = async (query: string, variableValues: Record<string, unknown> = {}): Promise<string[]> => {
  try {
    const document = parse(query)
    const invalid = validate(schema, document)
    return (invalid.length > 0 ? invalid : ((await execute({ schema, document, variableValues })).errors ?? [])).map(({ message }) => message)
  } catch (error) {
    return [(error as Error).message]
  }
}
const asked = 'query ($id: ID, $items: Items, $yes: Boolean, $x: Float, $n: Int) { ask(id: $id, items: $items, yes: $yes, x: $x, n: $n) }'
const secret = '麤鱻 at "x"'

test.each([
  [{ id: { a: secret } }, 'Variable "$id" got an invalid value; ID cannot represent value.'],
  [{ n: secret }, 'Variable "$n" got an invalid value; Int cannot represent non-integer value.'],
  [{ yes: secret }, 'Variable "$yes" got an invalid value; Boolean cannot represent a non boolean value.'],
  [{ items: secret }, 'Variable "$items" got an invalid value; Expected type "Items" to be an object.'],
  [{ items: { name: secret, kind: secret } }, 'Variable "$items" got an invalid value at "items.kind"; The value does not exist in "Kind" enum.'],
  [{ items: { name: secret } }, 'Variable "$items" got an invalid value at "items.name"; Text must be well-formed.'],
  [{ items: { [secret]: secret } }, 'Variable "$items" got an invalid value'],
])('of %j only where and why', async (variables, said) => {
  const told = (await messages(asked, variables)).map(unsaid)
  expect(told.join('\n')).toContain(said)
  expect(told.join('\n')).not.toContain('麤')
})

test.each([
  `{ ask(id: {a: "${'麤鱻'}"}) }`, '{ ask(n: "麤鱻") }', '{ ask(yes: "麤鱻") }', '{ ask(items: {name: "麤鱻", kind: "麤鱻"}) }', '{ ask(items: "麤鱻") }', '{ ask(id: 1) "麤鱻" }', '{ ask """麤鱻""" }', '{ ask(x: ["麤鱻"]) }',
])('nor of a value in a document: %s', async (query) => {
  const told = await messages(query)
  expect(told.length).toBeGreaterThan(0)
  expect(told.join('\n')).toContain('麤')
  expect(told.map(unsaid).join('\n')).not.toContain('麤')
})

test('names that stand in a document are told, and what quotes nothing stays', () => {
  for (const message of ['Cannot query field "nam" on type "Query". Did you mean "name"?', 'Unknown argument "idd" on field "Query.ask".', 'Syntax Error: Unexpected Name "qery".', 'Variable "$a" of required type "ID!" was not provided.']) expect(unsaid(message)).toBe(message)
})

test('a message of 80,000 letters is not read several times over, nor repeated', () => {
  expect(unsaid(`Cannot query field "${'麤'.repeat(80_000)}" on type "Query".`)).toBe('A name or a value is wrong, and too long to be repeated.')
})

test('whatever is sent', async () => {
  await fc.assert(fc.asyncProperty(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('id', 'items', 'yes', 'x', 'n'), async (value, name) => {
    const told = (await messages(asked, { [name]: marked(value) })).map(unsaid)
    expect(told.join('\n')).not.toContain('麤')
  }), { numRuns: 300 })
})

/** Each text and each name in it bears a mark. */
function marked(value: unknown): unknown {
  if (typeof value === 'string') return `麤鱻${value}`
  if (Array.isArray(value)) return value.map(marked)
  return value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, of]) => [`麤鱻${key}`, marked(of)])) : value
}

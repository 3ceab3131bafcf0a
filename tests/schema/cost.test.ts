/** What a request costs, from its shape and its arguments, before anything runs. */
import { describe, expect, test } from 'vitest'
import { isInterfaceType, isObjectType } from 'graphql'
import { weights, type Cost } from '../../schema/cost.ts'
import { preparer } from '../../schema/prepare.ts'
import { schema } from './fixture.ts'

const prepare = preparer(schema, false)
function cost(text: string, variables: Readonly<Record<string, unknown>> = {}, operation = ''): Cost {
  const outcome = prepare(text)
  if (!('prepared' in outcome)) throw new Error(JSON.stringify(outcome))
  return outcome.prepared.operations.get(operation)!(variables)
}

describe('points', () => {
  test.each([
    ['a leaf of a thing costs the thing', '{ serverInfo { stage now today } }', {}, 1],
    ['twice under two names is twice', '{ a: serverInfo { stage } b: serverInfo { stage } }', {}, 2],
    ['a page multiplies what lies in it', '{ me { cards(first: 7) { nodes { id resident { id } } } } }', {}, 1 + 1 + 7 * (1 + 1)],
    ['from the end too, and by a variable', 'query ($n: Int) { me { cards(last: $n) { nodes { id } } } }', { n: 3 }, 1 + 1 + 3],
    ['by the default of a variable', 'query ($n: Int = 4) { me { cards(first: $n) { nodes { id } } } }', {}, 1 + 1 + 4],
    ['pages in pages', '{ me { cards(first: 10) { nodes { certificates { id } } } } }', {}, 1 + 1 + 10 * (1 + 1)],
    ['an act', 'mutation ($i: WithdrawConsentInput!) { withdrawConsent(input: $i) { __typename } }', {}, 10],
    ['the four items', 'query ($c: ID!) { fourInformation(consent: $c) { ... on FourInformationRelease { name } } }', {}, 10],
    ['through fragments', '{ ...F } fragment F on Query { me { ...M } } fragment M on Me { cards(first: 5) { nodes { id } } }', {}, 1 + 1 + 5],
    ['__typename and introspection', '{ __typename __schema { types { name } } }', {}, 0],
  ] as const)('%s', (_, text, variables, points) => {
    expect(cost(text, variables)).toBe(points)
  })

  test.each([
    ['neither', '{ me { cards { nodes { id } } } }', {}], ['both', '{ me { cards(first: 1, last: 1) { nodes { id } } } }', {}], ['none', '{ me { cards(first: 0) { nodes { id } } } }', {}], ['101', '{ me { cards(first: 101) { nodes { id } } } }', {}],
    ['101 by a variable', 'query ($n: Int) { me { cards(first: $n) { nodes { id } } } }', { n: 101 }], ['null by a variable', 'query ($n: Int) { me { cards(first: $n) { nodes { id } } } }', { n: null }],
  ] as const)('a page out of its bounds is told before anything runs: %s', (_, text, variables) => {
    expect(cost(text, variables)).toEqual({ unbounded: 'cards' })
  })

  test('each operation of a document has its own', () => {
    const text = 'query A { serverInfo { stage } } query B { me { cards(first: 2) { nodes { id } } } }'
    expect([cost(text, {}, 'A'), cost(text, {}, 'B')]).toEqual([1, 4])
    const outcome = prepare(text)
    expect('prepared' in outcome && outcome.prepared.operations.has('')).toBe(false)
  })

  test('every weight names a field that is there', () => {
    const missing = Object.keys(weights).filter((key) => {
      const [name, field] = key.split('.') as [string, string]
      const type = schema.getType(name)
      return !(isObjectType(type) || isInterfaceType(type)) || type.getFields()[field] === undefined
    })
    expect(missing).toEqual([])
  })
})

describe('what was made of a text', () => {
  test('is kept, what is wrong with it too', () => {
    for (const text of ['{ serverInfo { stage } }', '{ nothing }', '{', `{ ${'serverInfo { stage } '.repeat(300)} }`]) expect(prepare(text)).toBe(prepare(text))
  })

  test('is forgotten, oldest first, when it grows too much', () => {
    const fresh = preparer(schema, false)
    const padded = (n: number) => `{ serverInfo { stage } } #${String(n).padStart(15_900, '0')}`
    const first = fresh(padded(0))
    for (let n = 1; n <= 200; n++) fresh(padded(n))
    expect(fresh(padded(0))).toBe(first)
    for (let n = 201; n <= 500; n++) fresh(padded(n))
    expect(fresh(padded(0))).not.toBe(first)
    expect(fresh(padded(500))).toBe(fresh(padded(500)))
  })

  test('introspection where the schema is closed', () => {
    expect(preparer(schema, true)('{ __schema { types { name } } }')).toHaveProperty('invalid')
    expect(preparer(schema, true)('{ __typename }')).toHaveProperty('prepared')
  })
})

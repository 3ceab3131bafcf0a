/**
 * The door alone: processor time of one request whose world answers at once, past yoga and by yoga, beside graphql's executor
 * and JSON alone. No database, no sockets, no other process: the figure that a loaded machine disturbs least.
 */
import type { Context as LambdaContext } from 'aws-lambda'
import { execute, parse } from 'graphql'
import { graphqlDoor } from '../../functions/graphql.ts'
import { card, citizen, contextFor, global, schema, sha256, world } from '../schema/fixture.ts'
import { bodies, cost as hostileCost } from '../schema/hostile.ts'
import { print } from './figure.ts'

const [warm, many, rounds] = [1_500, 500, 4]
const query = 'query Card($id: ID!) { card(id: $id) { id cardNumber state expiresOn certificates { id kind state serial expiresOn } } }'
const body = JSON.stringify({ query, variables: { id: global(card.id) } })
const event = { rawPath: '/graphql', rawQueryString: '', headers: { 'content-type': 'application/json' }, requestContext: { domainName: 'gateway.example', http: { method: 'POST' } }, body, isBase64Encoded: false } as never
const given = world()
const doorBy = (everythingByYoga: boolean) => graphqlDoor(async () => ({
  stage: 'bench', world: given, sha256, issuer: 'https://login.example', audience: 'https://gateway.example', log: () => undefined, authenticate: async () => ({ actor: citizen() }),
}), { everythingByYoga })
const [ready, yoga, document] = [doorBy(false), doorBy(true), parse(query)]

/** Microseconds of processor time, the least of some rounds. */
async function cost(run: () => Promise<unknown>): Promise<number> {
  for (let n = 0; n < warm; n++) await run()
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    for (let n = 0; n < many; n++) await run()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / many)
  }
  return least
}

export async function benchDoor(): Promise<number> {
  const bare = await cost(async () => {
    const { variables } = JSON.parse(body) as { variables: Record<string, unknown> }
    return JSON.stringify(await execute({ schema, document, contextValue: contextFor(citizen()), variableValues: variables }))
  })
  const [past, by] = [await cost(() => ready(event, {} as LambdaContext)), await cost(() => yoga(event, {} as LambdaContext))]
  const hostile: { readonly name: string; readonly milliseconds: number }[] = []
  for (const [name, content] of bodies) hostile.push({ name, milliseconds: (await hostileCost(content)).milliseconds })
  const dearest = hostile.toSorted((a, b) => b.milliseconds - a.milliseconds)[0]!
  return print('door: processor time of one request, world at hand', [
    { name: 'graphql execute and JSON alone, context made anew', value: bare, unit: 'µs' }, { name: 'past yoga', value: past, unit: 'µs' }, { name: 'by yoga', value: by, unit: 'µs' },
    { name: 'what the door adds past yoga', value: past - bare, unit: 'µs' }, { name: 'by yoga against past yoga', value: by / past, unit: '×', atLeast: 2 },
    { name: `the dearest of ${hostile.length} hostile requests until it is refused: ${dearest.name}`, value: dearest.milliseconds, unit: 'ms', limit: 50 },
  ])
}

if (import.meta.main) process.exitCode = (await benchDoor()) === 0 ? 0 : 1

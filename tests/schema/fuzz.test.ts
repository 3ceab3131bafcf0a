/**
 * Operations made up from the schema itself, asked over the real stores by everybody that can ask: fields at random, with
 * arguments that fit, nearly fit, or name what is somebody else's. Nothing makes a 5xx, every error has a code of the
 * catalogue, and neither errors nor log lines hold a value of a person.
 */
import type { APIGatewayProxyEventV2, Context as LambdaContext } from 'aws-lambda'
import {
  getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType, isObjectType, isScalarType, isUnionType, isInterfaceType,
  type GraphQLField, type GraphQLInputType, type GraphQLObjectType, type GraphQLOutputType, type GraphQLSchema,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymous, type Actor, type Scope } from '../../core/law/actor.ts'
import { refusals } from '../../core/law/refusal.ts'
import { graphqlDoor, type GraphqlDoor } from '../../functions/graphql.ts'
import { rolesOf } from '../../local/play/people.ts'
import { requestErrors } from '../../core/law/request-error.ts'
import { toSchema } from '../../schema/index.ts'
import { issued, consentInForce, deliveredCard, approvedGrant, purpose, consentRequest } from '../db/rows.ts'
import { testRandom, testWorld, type TestWorld } from '../harness/world.ts'
import { global as globalId, sha256 } from './fixture.ts'

const operations = Number(process.env['FUZZ'] ?? 1_500)
const seed = process.env['FUZZ_SEED'] ?? 'operations'
const random = testRandom(`fuzz ${seed}`)
const below = (n: number): number => Buffer.from(random.bytes(4)).readUInt32BE() % n
const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!

interface Line { readonly event: string; readonly facts: unknown }
const lines: Line[] = []
let world: TestWorld
let door: GraphqlDoor
let actors: ReadonlyMap<string, Actor>
/** Ids of things that exist, as clients see them. */
const ids: string[] = []
const schema: GraphQLSchema = toSchema()

beforeAll(async () => {
  world = await testWorld()
  actors = new Map(rolesOf(world.personas).filter(({ claim }) => !('person' in claim) || ['hanako', 'taro', 'kenta'].includes(world.personas.find((p) => p.person === claim.person)!.name)).map(({ name, scope, claim }) => {
    const scopes = new Set<Scope>(scope)
    return [name, 'partner' in claim ? { kind: 'partner', partner: claim.partner, client: name, scopes } : 'officer' in claim ? { kind: 'officer', ...claim, scopes } : { kind: 'citizen', person: claim.person, scopes }] as unknown as [string, Actor]
  }))
  const card = await deliveredCard(world, world.persona('hanako').person)
  const certificate = await issued(world, card)
  const consent = await consentInForce(world, certificate)
  const [grant, request] = [await approvedGrant(world), await consentRequest(world, await purpose(world, 'another'))]
  for (const id of [world.persona('hanako').person, world.persona('taro').person, card.id, certificate.id, consent.id, consent.purpose, consent.partner, grant.id, request.id, `crt_${'0'.repeat(26)}`, 'nothing']) ids.push(globalId(id))
  door = graphqlDoor(async () => ({
    stage: 'test', world, sha256, issuer: 'https://login.example', audience: 'https://gateway.example',
    authenticate: async (authorization: string | null) => ({ actor: (authorization === null ? undefined : actors.get(authorization)) ?? anonymous }),
    log: (_level: string, event: string, facts: unknown = {}) => void lines.push({ event, facts }),
  }) as never)
})
afterAll(() => world.close())

test(`${operations} operations`, { timeout: 300_000 }, async () => {
  const bad: string[] = []
  const known = new Set([...Object.keys(refusals), ...Object.keys(requestErrors)])
  const secrets = world.personas.flatMap(({ resident: { items } }) => [items.name, items.address])
  let answered = 0
  for (let n = 0; n < operations; n++) {
    const who = oneOf([...actors.keys(), 'nobody'])
    const query = operation()
    lines.length = 0
    const result = await door(eventOf(JSON.stringify({ query }), who), { awsRequestId: 'fuzz' } as LambdaContext)
    const body = JSON.parse(result.body ?? '{}') as { data?: Record<string, unknown> | null; errors?: { message: string; extensions?: { code?: string } }[] }
    const say = (what: string): void => void bad.push(`${what}\n  as ${who}: ${query}\n  ${JSON.stringify(body.errors)}\n  ${JSON.stringify(lines.filter((l) => l.event === 'graphql.fault'))}`)
    if (result.statusCode === undefined || result.statusCode >= 500) say(`status ${result.statusCode}`)
    for (const error of body.errors ?? []) if (error.extensions?.code === undefined || !known.has(error.extensions.code)) say(`an error without a code of the catalogue: ${error.extensions?.code}`)
    const outside = JSON.stringify([lines, body.errors ?? []])
    for (const secret of secrets) if (outside.includes(secret)) say('a value of a person in an error or a log line')
    if (Object.values(body.data ?? {}).some((value) => value !== null)) answered++
  }
  expect(bad.slice(0, 3).join('\n\n')).toBe('')
  // Fewer would mean that the operations no longer reach anything.
  expect(answered / operations).toBeGreaterThan(0.1)
})

// ---------------------------------------------------------------- making operations up

function operation(): string {
  const mutation = below(2) === 0
  const root = (mutation ? schema.getMutationType() : schema.getQueryType())!
  return `${mutation ? 'mutation' : 'query'} { ${field(oneOf(Object.values(root.getFields())), 0)} }`
}

function field(of: GraphQLField<unknown, unknown>, depth: number): string {
  const given = of.args.filter((arg) => isNonNullType(arg.type) || below(2) === 0).map((arg) => `${arg.name}: ${literal(arg.type, 0, arg.name)}`)
  return `${of.name}${given.length === 0 ? '' : `(${given.join(', ')})`}${selection(of.type, depth)}`
}

function selection(type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type)
  if (isUnionType(named)) return ` { __typename ${schema.getPossibleTypes(named).map((member) => `... on ${member.name} ${fieldsOf(member, depth)}`).join(' ')} }`
  if (isInterfaceType(named)) return ' { __typename }'
  return isObjectType(named) ? ` ${fieldsOf(named, depth)}` : ''
}

function fieldsOf(type: GraphQLObjectType, depth: number): string {
  const leaf = (f: GraphQLField<unknown, unknown>): boolean => isScalarType(getNamedType(f.type)) || isEnumType(getNamedType(f.type))
  // Two members of a union may name different things alike: an alias keeps them apart.
  const chosen = Object.values(type.getFields()).filter((f) => (leaf(f) ? below(2) === 0 : depth < 2 && below(4) === 0))
  return `{ __typename ${chosen.map((f) => `${type.name}_${f.name}: ${field(f, depth + 1)}`).join(' ')} }`
}

function literal(type: GraphQLInputType, depth: number, name: string): string {
  if (isNonNullType(type)) return literal(type.ofType, depth, name)
  if (below(40) === 0) return oneOf(['null', '"\\u0000"', '"\\ud800"', '-1', '2147483648', '[]', '{}', 'NOTHING', '"💴"'])
  if (isListType(type)) return `[${Array.from({ length: below(3) }, () => literal(type.ofType, depth + 1, name)).join(', ')}]`
  if (isEnumType(type)) return oneOf(type.getValues()).name
  if (isInputObjectType(type)) return `{ ${Object.values(type.getFields()).filter((f) => isNonNullType(f.type) || below(3) === 0).map((f) => `${f.name}: ${literal(f.type, depth + 1, f.name)}`).join(', ')} }`
  return scalar(getNamedType(type).name, name)
}

function scalar(type: string, name: string): string {
  const values: Readonly<Record<string, () => string>> = {
    ID: () => JSON.stringify(oneOf(ids)), Boolean: () => oneOf(['true', 'false']), Int: () => (name === 'first' || name === 'last' ? oneOf(['1', '2', '0', '-1', '10001']) : String(below(200))), Float: () => '1.5',
    String: () => oneOf(['"hanako"', '""', '"2026"', '"AAAA"', JSON.stringify('あ'.repeat(300))]), Text: () => oneOf(['"見本"', '"x"', '"𠮷野家"']), LongText: () => '"二行\\nです"',
    Date: () => oneOf(['"2026-04-01"', '"1900-02-28"', '"9999-12-31"', '"2030-01-01"']), DateTime: () => oneOf(['"2026-04-01T00:00:00Z"', '"9999-12-31T23:59:59+14:00"', '"1000-01-01T00:00:00Z"']),
    Bytes: () => oneOf(['"AAAA"', '""', '"MIIB"', JSON.stringify(Buffer.from(random.bytes(96)).toString('base64'))]), MunicipalityCode: () => oneOf(['"131016"', '"011002"', '"271004"']), IdempotencyKey: () => `"fuzz-${below(1_000_000)}-key"`,
    ApplicationFormId: () => '"12345678901234567890123"', KeyId: () => `"${'AB'.repeat(20)}"`, LogSize: () => oneOf(['"0"', '"1"', '"999999999999"']),
  }
  return (values[type] ?? (() => '"unfit"'))()
}

function eventOf(body: string, who: string): APIGatewayProxyEventV2 {
  const http = { method: 'POST', path: '/graphql', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'fuzz' }
  return {
    version: '2.0', routeKey: '$default', rawPath: '/graphql', rawQueryString: '', headers: { 'content-type': 'application/json', ...(who === 'nobody' ? {} : { authorization: who }) },
    requestContext: { accountId: '0', apiId: 'fuzz', domainName: 'gateway.example', domainPrefix: 'gateway', requestId: 'api', routeKey: '$default', stage: '$default', time: '', timeEpoch: 0, http }, isBase64Encoded: false, body,
  }
}

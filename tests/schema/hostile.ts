/**
 * The dearest requests that could be made of the octets a body may have, as bodies by name. Each is to be refused before it runs; what that costs is measured
 * where they are used: with headroom in the test, exactly in the measurement of the door.
 */
import type { APIGatewayProxyEventV2, Context as LambdaContext } from 'aws-lambda'
import { graphqlDoor } from '../../functions/graphql.ts'
import { citizen, sha256, world } from './fixture.ts'

const door = graphqlDoor(async () => ({
  stage: 'production', world: world(), sha256, issuer: 'https://login.example', audience: 'https://gateway.example', log: () => undefined, authenticate: async () => ({ actor: citizen() }),
}))
const fill = (head: string, part: string, tail: string): string => head + part.repeat(Math.floor((90_000 - head.length - tail.length) / part.length)) + tail
const names = (n: number, length: number) => Array.from({ length: n }, (_, i) => `x${String(i).padStart(length, 'revokeCertificate')}`)
const bomb = (levels: number) => `{ ...F0 } ${Array.from({ length: levels }, (_, i) => `fragment F${i} on Query { serverInfo { stage } ${i < levels - 1 ? `...F${i + 1} ...F${i + 1}` : ''} }`).join(' ')}`
const web = (n: number) => `{ ${Array.from({ length: n }, (_, i) => `...F${i}`).join(' ')} } ${Array.from({ length: n }, (_, i) => `fragment F${i} on Query { ${Array.from({ length: n }, (_, j) => (i === j ? '' : `...F${j}`)).join(' ')} }`).join(' ')}`

const documents: readonly (readonly [string, string])[] = [
  ['tokens', fill('{ ', 'serverInfo { stage } ', '}')], ['brackets', fill('', '{a', '')], ['a list of lists', fill('{ card(id: ', '[', '')], ['an object of objects', fill('{ card(id: ', '{a:', '')],
  ['as many fields of one name as the tokens allow', `{ ${'me{id}'.repeat(230)} me{cards(first:101){nodes{id}}} }`], ['the same, and one that differs in its arguments', `{ ${'me{cards(first:1){nodes{id}}}'.repeat(60)} me{cards(first:2){nodes{id}}} }`],
  ['fields that are nowhere, with names like those that are', `{ ${names(480, 40).join(' ')} }`], ['a field with a name of 80,000 letters', `{ ${'revokeCertificate'.repeat(4_700)} }`],
  ['aliases', `{ ${Array.from({ length: 190 }, (_, i) => `a${i}:me{id}`).join(' ')} }`], ['directives', `{ me ${'@include(if:true)'.repeat(160)} { id } }`], ['directives that are nowhere', `{ me ${Array.from({ length: 400 }, (_, i) => `@d${i}`).join(' ')} { id } }`],
  ['a bomb of fragments', bomb(30)], ['fragments that all spread each other', web(20)], ['a cycle', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
  ['variables that nobody uses', `query (${Array.from({ length: 240 }, (_, i) => `$v${i}:ID`).join(' ')}) { me { id } }`], ['operations', Array.from({ length: 140 }, (_, i) => `query Q${i}{me{id}}`).join(' ')],
  ['a text of 90,000 letters', fill('{ card(id: "', 'あ', '") { id } }').slice(0, 30_000)], ['a comment of 90,000 letters', fill('{ me { id } #', 'x', '')], ['a number of 90,000 digits', fill('{ me { cards(first: 1', '9', ') { nodes { id } } } }')],
  ['values that do not fit', `mutation { ${'applyForCard(input: {a:1,b:2,c:3,d:4,e:5,f:6,g:7}) { __typename }'.repeat(30)} }`], ['introspection', `{ ${'__schema{types{fields{type{fields{type{name}}}}}}'.repeat(40)} }`],
]
export const bodies: readonly (readonly [string, string])[] = [
  ...documents.map(([name, query]) => [name, JSON.stringify({ query })] as const),
  ['JSON of 90,000 brackets', `{"query":"{ me { id } }","variables":${'['.repeat(45_000)}${']'.repeat(45_000)}}`], ['a variable of 90,000 brackets', `{"query":"query ($id: ID!) { card(id: $id) { id } }","variables":{"id":${'['.repeat(45_000)}${']'.repeat(45_000)}}}`],
  ['30,000 members that do not fit', JSON.stringify({ query: 'mutation ($i: RegisterPurposeInput!) { registerPurpose(input: $i) { __typename } }', variables: { i: { items: Array.from({ length: 20_000 }, () => 'X') } } })],
  ['20,000 variables', JSON.stringify({ query: '{ me { nothing } }', variables: Object.fromEntries(Array.from({ length: 7_000 }, (_, i) => [`v${i}`, 1])) })], ['no JSON', '{'.repeat(90_000)],
]

/** Processor time of the least of several tries, since what else the machine does only ever adds. */
export async function cost(body: string): Promise<{ readonly milliseconds: number; readonly text: string; readonly status: number }> {
  let least = Number.POSITIVE_INFINITY
  let [text, status] = ['', 0]
  // A comment of its own makes each try a new document.
  for (let turn = 0; turn < 4; turn++) {
    const event = (content: string) => ({ rawPath: '/graphql', rawQueryString: '', headers: { 'content-type': 'application/json' }, requestContext: { domainName: 'g', http: { method: 'POST' } }, body: content, isBase64Encoded: false }) as unknown as APIGatewayProxyEventV2
    const before = process.cpuUsage()
    const result = await door(event(body.replace('{"query":"', `{"query":"# ${turn}\\n`)), {} as LambdaContext)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1_000)
    ;[text, status] = [result.body!, result.statusCode!]
  }
  return { milliseconds: least, text, status }
}

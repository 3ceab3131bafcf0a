/**
 * The peers, each a process of its own: `node serve.mjs NAME DATABASE_URL CAPTURED SCENE`. yoga, Apollo and Mercurius (with jit) serve the same shape; their
 * resolvers send the very statements that the gateway sends (CAPTURED, a file), in the same sessions, of another person than SCENE's each time, and hand over a ready answer. PostGraphile reads the
 * tables its own way, and writes no log row.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { inSession } from '../../../db/session.ts'
import { walled } from '../../../db/walls.ts'

const [name, url, file, given] = process.argv.slice(2)
const scene = JSON.parse(given)
const captured = file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'))
const pool = walled(new pg.Pool({ connectionString: url, max: 10 }))
for (const question of Object.values(captured)) for (const statement of question.statements) statement.values = statement.values.map((v) => (v !== null && typeof v === 'object' && 'bytes' in v ? Buffer.from(v.bytes, 'base64') : v))

/** As the gateway's own measurement does it: ids of its own for what is written, and another person each time. */
async function replay({ statements }, asked) {
  const id = randomBytes(13).toString('hex')
  const consent = asked === undefined ? scene.consent : Buffer.from(asked, 'base64url').toString('latin1')
  const other = consent === scene.consent ? new Map() : new Map([[scene.consent, consent], [scene.person, `psn_${consent.slice(4)}`], [scene.certificate, `crt_${consent.slice(4)}`]])
  const fresh = (v) => (typeof v !== 'string' ? v : /^(rel|dcs)_/.test(v) ? `${v.slice(0, 4)}${id}` : (other.get(v) ?? v))
  for (const { name: statement, text, values, rowMode, session } of statements) {
    const sent = { ...(statement === undefined ? {} : { name: statement }), text, values: values.map(fresh), ...(rowMode === undefined ? {} : { rowMode }) }
    const send = () => pool.query(sent)
    await (session === null ? send() : inSession({ one: { send } }, { ...session, opened: session.opened.map((what) => what.replace(scene.consent, consent)), shown: new Set(session.shown) }).one.send())
  }
}

const typeDefs = `
  type Query { fourInformation(consent: ID!): FourInformationPayload! card(id: ID!): Card }
  union FourInformationPayload = FourInformationRelease | Refused
  type FourInformationRelease { name: String address: String birthDate: String sex: String items: [String!]! freshness: String! asOf: String! }
  type Refused { code: String! message: String! userMessageJa: String! }
  type Card { id: ID! cardNumber: String! state: String! expiresOn: String! certificates: [Certificate!]! }
  type Certificate { id: ID! kind: String! state: String! serial: String! expiresOn: String! }`
const resolvers = {
  Query: {
    fourInformation: async (_, { consent }) => { await replay(captured['four-information'], consent); return captured['four-information'].body.data.fourInformation },
    card: async () => { await replay(captured.card); return captured.card.body.data.card },
  },
  FourInformationPayload: { __resolveType: (value) => value.__typename },
}
const told = (port) => {
  process.send({ port })
  process.on('message', () => process.send({ cpu: process.cpuUsage(), memory: process.memoryUsage() }))
}
const listen = (server) => server.listen(0, '127.0.0.1', () => told(server.address().port))

if (name === 'yoga') {
  const { createSchema, createYoga } = await import('graphql-yoga')
  listen(createServer(createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false, graphiql: false })))
} else if (name === 'apollo') {
  const { ApolloServer } = await import('@apollo/server')
  const { startStandaloneServer } = await import('@apollo/server/standalone')
  const { url: at } = await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), { listen: { port: 0, host: '127.0.0.1' } })
  told(Number(new URL(at).port))
} else if (name === 'mercurius') {
  const { default: fastify } = await import('fastify')
  const { default: mercurius } = await import('mercurius')
  const app = fastify()
  const { FourInformationPayload, ...others } = resolvers
  await app.register(mercurius, { schema: typeDefs, resolvers: { ...others, FourInformationPayload: { resolveType: FourInformationPayload.__resolveType } }, jit: 1 })
  await app.listen({ port: 0, host: '127.0.0.1' })
  told(app.server.address().port)
} else if (name === 'postgraphile') {
  const { postgraphile } = await import('postgraphile')
  const { PostGraphileAmberPreset } = await import('postgraphile/presets/amber')
  const { makePgService } = await import('postgraphile/adaptors/pg')
  const { grafserv } = await import('postgraphile/grafserv/node')
  const instance = postgraphile({ extends: [PostGraphileAmberPreset], pgServices: [makePgService({ connectionString: url, schemas: ['public'] })], grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false }, grafast: { explain: false } })
  const server = createServer()
  await instance.createServ(grafserv).addTo(server)
  listen(server)
} else throw new Error(`no peer is called ${name}`)

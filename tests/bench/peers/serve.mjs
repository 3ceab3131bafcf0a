/**
 * The peers, each a process of its own: `node serve.mjs NAME DATABASE_URL SCENE`. yoga, Apollo and Mercurius (with jit) serve our schema, with our resolvers over the
 * same stores, sessions and budget; theirs is everything around: HTTP, parsing, validation and execution. PostGraphile reads the tables its own way, under the
 * same walls by its own settings; it locks nothing, writes no log row and opens nothing that is sealed.
 */
import { createServer } from 'node:http'
import { createHash, randomUUID } from 'node:crypto'
import { measuring } from '../api/world.ts'

const [name, url, given] = process.argv.slice(2)
const scene = JSON.parse(given)

const told = (port) => {
  process.send({ port })
  process.on('message', () => process.send({ cpu: process.cpuUsage(), memory: process.memoryUsage() }))
}
const listen = (server) => server.listen(0, '127.0.0.1', () => told(server.address().port))

if (name === 'postgraphile') {
  const { postgraphile } = await import('postgraphile')
  const { PostGraphileAmberPreset } = await import('postgraphile/presets/amber')
  const { makePgService } = await import('postgraphile/adaptors/pg')
  const { grafserv } = await import('postgraphile/grafserv/node')
  const { actorSession, settingsOf } = await import('../../../db/session.ts')
  const { actors } = measuring(url, scene)
  const pgSettings = Object.fromEntries(Object.entries(actors).map(([who, actor]) => {
    const [role, kind, own, actorName, opened] = settingsOf(actorSession(actor))
    return [who, { role, 'mynagate.kind': kind, 'mynagate.own': own, 'mynagate.actor': actorName, 'mynagate.opened': opened }]
  }))
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset], pgServices: [makePgService({ connectionString: url, schemas: ['public'], poolConfig: { max: 10 } })], grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
    grafast: { explain: false, context: ({ node }) => ({ pgSettings: pgSettings[node.req.headers.authorization] }) },
  })
  const server = createServer()
  await instance.createServ(grafserv).addTo(server)
  listen(server)
} else {
  const { toSchema } = await import('../../../schema/index.ts')
  const { ownSchema } = await import('./schema.mjs')
  const { purses } = await import('../../../functions/graphql/purse.ts')
  const { world, worldFor, actors } = measuring(url, scene)
  const points = purses(world)
  const sha256 = (text) => createHash('sha256').update(text).digest()
  /** What the gateway gives its resolvers, and what it takes of a partner's budget: the cost of the measured question. */
  const contextOf = async (authorization) => {
    const actor = actors[authorization]
    if (actor.kind === 'partner') await points.take(actor.partner, 10, world.clock.now())
    return { actor, world: worldFor(actor), requestId: randomUUID(), sha256, encrypt: async () => '', stage: 'bench', docs: (code) => `https://gateway.example/pages/errors#${code}` }
  }
  const schema = ownSchema(toSchema())
  if (name === 'yoga') {
    const { createYoga } = await import('graphql-yoga')
    listen(createServer(createYoga({ schema, logging: false, graphiql: false, context: ({ request }) => contextOf(request.headers.get('authorization')) })))
  } else if (name === 'apollo') {
    const { ApolloServer } = await import('@apollo/server')
    const { startStandaloneServer } = await import('@apollo/server/standalone')
    const { url: at } = await startStandaloneServer(new ApolloServer({ schema }), { listen: { port: 0, host: '127.0.0.1' }, context: ({ req }) => contextOf(req.headers.authorization) })
    told(Number(new URL(at).port))
  } else if (name === 'mercurius') {
    const { default: fastify } = await import('fastify')
    const { default: mercurius } = await import('mercurius')
    const app = fastify()
    await app.register(mercurius, { schema, jit: 1, context: (request) => contextOf(request.headers.authorization) })
    await app.listen({ port: 0, host: '127.0.0.1' })
    told(app.server.address().port)
  } else throw new Error(`no peer is called ${name}`)
}

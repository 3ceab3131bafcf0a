/**
 * What the gateway says of itself: stage, version of the schema, the law's clock, and the catalogue of refusals.
 */
import type { GraphQLSchema } from 'graphql'
import { errorCodes } from '../core/law/request-error.ts'
import { dayOf, type Instant } from '../core/law/time.ts'
import { audience } from './audience.ts'
import { builder } from './builder.ts'
import { RefusalTexts } from './errors.ts'
import { sdlOf } from './sdl.ts'

interface ServerInfo { readonly stage: string; readonly schemaVersion: string; readonly now: Instant }

const ServerInfoRef = builder.objectRef<ServerInfo>('ServerInfo').implement({
  description: 'What the gateway says of itself.',
  fields: (t) => ({
    stage: t.exposeString('stage', { description: 'The stage; only `production` holds real persons.' }),
    schemaVersion: t.exposeString('schemaVersion', { description: 'First 16 hex digits of the SHA-256 of the SDL: compare it with the file you built against.' }),
    now: t.expose('now', { type: 'DateTime', description: 'The clock by which rights begin and end.' }),
    today: t.field({ type: 'Date', description: 'The day in Japan by that clock.', resolve: ({ now }) => dayOf(now) }),
  }),
})

const versions = new WeakMap<GraphQLSchema, string>()
function versionOf(schema: GraphQLSchema, sha256: (text: string) => Uint8Array): string {
  const known = versions.get(schema) ?? Buffer.from(sha256(sdlOf(schema))).toString('hex').slice(0, 16)
  versions.set(schema, known)
  return known
}

builder.queryFields((t) => ({
  serverInfo: t.field({
    type: ServerInfoRef, description: 'What the gateway says of itself.', extensions: audience('everyone'),
    resolve: (_, _args, { stage, sha256, world }, info) => ({ stage, schemaVersion: versionOf(info.schema, sha256), now: world.clock.now() }),
  }),
  errorCatalogue: t.field({
    type: [RefusalTexts], description: 'Every code that an answer may carry, with its texts: refusals, and what is wrong with a request itself.', extensions: audience('everyone'),
    resolve: () => errorCodes.map((code) => ({ code })),
  }),
}))

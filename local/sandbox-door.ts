/**
 * The sandbox as a preview deploys it, and production never: cards and factory of the test persons, the authorization
 * server at which they are who they are, and the pages where it asks them. Keys come from KMS, chips and records lie in the
 * preview's archive, the rest in a bucket of its own; the authority is the preview's, woken by the queue like for anybody.
 *
 * What a reader holds between two commands is in this process alone, so the site runs one of it.
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import type { Clock } from '../core/law/time.ts'
import { kmsSealer } from '../core/pki/kms.ts'
import type { Db } from '../db/client.ts'
import { openKeyring } from '../db/keyring.ts'
import { openStores } from '../db/open.ts'
import { openSafe } from '../db/safe.ts'
import { lazily, realClock, realRandom, sandboxEnvironment, type SandboxEnvironment } from '../functions/environment.ts'
import { sqsBell } from '../functions/environment/aws.ts'
import { opened } from '../functions/environment/opened.ts'
import { itemsIn } from '../functions/environment/pages.ts'
import { graphqlFrom, pinned } from '../functions/environment/parts.ts'
import { settingsFor } from '../functions/environment/settings.ts'
import { envelopes } from '../functions/environment/vault.ts'
import { noLogin, pagesDoor } from '../functions/pages.ts'
import { anybodyAt } from '../web/anybody.ts'
import { callback } from '../web/login/sessions.ts'
import type { HttpDoor } from './http/adapter.ts'
import { authorizationServer } from './login/authorization-server.ts'
import { bucketFolder } from './cloud/bucket-folder.ts'
import { chipRoom, rsaStock } from './card/chips.ts'
import { registerFirstKeys } from './login/client-keys.ts'
import { giveCard, oneAtATime, type Counter } from './play/counter.ts'
import { credentialsFor, publicClient } from './login/credentials.ts'
import { factory } from './play/factory.ts'
import { chipKeys, secrets } from './keys.ts'
import { onLoopback } from './http/loopback.ts'
import { agencyOfficer, municipalOfficer, seedPeople } from './play/people.ts'
import { sandboxDoor } from './play/sandbox.ts'
import { localSignIn } from './login/sessions.ts'

/** Milliseconds that one act waits for the authority; the caller asks again and goes on where it was. */
const patience = 20_000
const pause = 250

export const settledBy = (deadline = patience): Counter['settled'] => async (done) => {
  for (const end = performance.now() + deadline; !(await done()) && performance.now() < end;) await new Promise((wait) => setTimeout(wait, pause))
}

export async function deployedSandbox(env: SandboxEnvironment, db: Db, clock: Clock = realClock): Promise<HttpDoor> {
  const { stage, audience, kms, aws, log } = env
  const sealer = kmsSealer(kms, { keyArn: env.sealingKey.arn })
  const safe = openSafe(openKeyring(db, { wrapper: sealer, stage, now: clock.now, makes: true }), realRandom)
  const stores = openStores(db, safe)
  const folder = bucketFolder(aws, env.bucket)
  const stock = rsaStock(realRandom.bytes)
  const [people, secret, chipKey, orders] = await Promise.all([
    seedPeople(db, safe, clock.now()), secrets(folder), chipKeys(kms, { sealing: { 'personal-data': env.sealingKey } }, folder, stock.random), pinned(kms, env.orderKey),
  ])
  const credentials = await credentialsFor(people.roles, folder)
  const clients = Object.values(credentials).map(publicClient)
  await registerFirstKeys(stores.partnerKeys, clients)

  const issuer = `${audience.origin}/oauth`
  const nobody = (): Promise<never> => Promise.reject(new Error('no token is read here'))
  const { world } = await graphqlFrom({
    stage, clock, random: realRandom, settings: settingsFor({ ocspUrl: env.ocspUrl }), stores, log, pairwiseSecret: env.pairwiseSecret, issuer, audience: audience.origin, authenticate: nobody,
    bell: sqsBell(aws, env.queue, (fault) => log('warn', 'bell.lost', { fault: String(fault) })), vault: envelopes(sealer, realRandom),
    webauthn: { attested: nobody, asserted: nobody },
  })
  const room = chipRoom({ chips: stores.chips, key: chipKey.sealing, random: stock.random })
  const cardFactory = factory({ world, room, recordKeys: chipKey.records, orderKey: orders.spki, random: stock.random })
  const counter: Counter = { world, room, factory: cardFactory, settled: settledBy(), agency: agencyOfficer, municipal: municipalOfficer }
  const cards = sandboxDoor({ world, personas: people.personas, room, factory: cardFactory, giveCard: oneAtATime((persona) => giveCard(counter, persona), (persona) => persona.name) })

  const oauth = authorizationServer({
    issuer, audience: audience.origin, signingKey: secret.tokenKey, cookieKey: secret.cookie, clients, pages: { publicKey: env.pagesKey, redirectUri: new URL(callback, audience).href },
    records: stores.oauth, seenTokens: stores.seenTokens, partnerKeys: stores.partnerKeys, fault: (error) => log('error', 'provider.fault', { fault: error instanceof Error ? error.name : typeof error }),
  })
  const provider = await onLoopback(oauth.listener, audience)
  const pages = pagesDoor({
    log,
    parts: {
      stage, origin: audience.origin, issuer: async () => issuer, sessions: noLogin, signIn: localSignIn({ world, personas: people.personas, credentials, interactions: oauth.interactions }), open: anybodyAt(audience.origin),
      itemsOf: itemsIn, personas: async () => [], partners: null, token: () => Buffer.from(realRandom.bytes(24)).toString('base64url'), now: Date.now,
    },
  })
  return (event, context) => event.rawPath.startsWith('/sandbox/') ? cards(event) : event.rawPath.startsWith('/oauth/') ? provider.door(event) : pages(event, context)
}

export const handler = lazily<[APIGatewayProxyEventV2, Context], APIGatewayProxyStructuredResultV2>(async () => {
  const env = await sandboxEnvironment()
  return deployedSandbox(env, await opened(env.database, env.log))
})

/**
 * The doors as they are deployed, in this process: their parts, their log, keys of the stand-in for KMS, a real Postgres. Who
 * calls is told by a word in place of a token. What goes to other systems (the queue, KMS, partners' webhooks) is caught.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { APIGatewayProxyStructuredResultV2, Context as LambdaContext, SQSEvent } from 'aws-lambda'
import { scopes, type Actor, type OfficerRole } from '../../core/law/actor.ts'
import { begin } from '../../core/law/act.ts'
import { system } from '../../core/law/actor.ts'
import type { MunicipalityCode, OfficerId, PersonId } from '../../core/law/ids.ts'
import { dayOf } from '../../core/law/time.ts'
import type { BellMessage, World } from '../../core/law/world.ts'
import { kmsClient, kmsSealer } from '../../core/pki/kms.ts'
import type { Db } from '../../db/client.ts'
import { grantDoors } from '../../db/doors.ts'
import { openKeyring } from '../../db/keyring.ts'
import { migrate } from '../../db/migrate.ts'
import { openStores } from '../../db/open.ts'
import { openPostgres } from '../../db/postgres.ts'
import { openHealth } from '../../db/record/health.ts'
import { noSafe, openSafe, type Safe } from '../../db/safe.ts'
import { seed, seededPartnerIds } from '../../db/seed.ts'
import { authorityDoor } from '../../functions/authority.ts'
import { ceremonyDoor } from '../../functions/ceremony.ts'
import { dispatchDoor } from '../../functions/dispatch.ts'
import { jsonLog, realClock, realRandom } from '../../functions/environment.ts'
import { healthFrom } from '../../functions/environment/health.ts'
import { outbound, resolver } from '../../functions/environment/outbound.ts'
import { authorityFrom, ceremonyFrom, graphqlFrom, ocspFrom, sha256, sweepFrom } from '../../functions/environment/parts.ts'
import { settingsFor } from '../../functions/environment/settings.ts'
import { upkeepFrom } from '../../functions/environment/upkeep.ts'
import { envelopes } from '../../functions/environment/vault.ts'
import { webauthn } from '../../functions/environment/webauthn.ts'
import { graphqlDoor } from '../../functions/graphql.ts'
import { ocspDoor } from '../../functions/ocsp.ts'
import { sweepDoor } from '../../functions/sweep.ts'
import { openFolder } from '../../local/folder.ts'
import { kmsKeys } from '../../local/keys.ts'
import { startKms } from '../../local/cloud/kms.ts'

export interface Answer { readonly status: number; readonly body: string }
export interface Doors {
  readonly world: World
  readonly db: Db
  readonly safe: Safe
  /** `who` is the word of an actor; anything else is a token that is none. */
  graphql(who: string, body: string, over?: { readonly method?: string; readonly path?: string; readonly query?: string; readonly headers?: Readonly<Record<string, string>> }): Promise<Answer>
  ocsp(request: Buffer): Promise<Buffer>
  /** One round of everything that comes by schedule. */
  round(): Promise<void>
  readonly webhook: string
  close(): Promise<void>
}

const officer = (role: OfficerRole, municipality: MunicipalityCode | null, n: number): Actor => ({ kind: 'officer', officer: `ofc_${String(n).padStart(26, '0')}` as OfficerId, role, municipality, scopes: new Set(scopes) })
const partner = (name: 'bank' | 'hospital' | 'platform'): Actor => ({ kind: 'partner', partner: seededPartnerIds[name], client: name, scopes: new Set(scopes) })
const others: Readonly<Record<string, Actor>> = {
  bank: partner('bank'), hospital: partner('hospital'), platform: partner('platform'), home: officer('municipal', '132217' as MunicipalityCode, 1), away: officer('municipal', '141003' as MunicipalityCode, 2),
  agency: officer('agency', null, 3), ministry: officer('ministry', null, 4),
}
function actorOf(word: string): Actor | null {
  const person = /^citizen (psn_\d{26})$/.exec(word)?.[1]
  return person === undefined ? (others[word] ?? null) : { kind: 'citizen', person: person as PersonId, scopes: new Set(scopes), assurance: { identity: 'IAL3', authentication: 'AAL3', at: realClock.now() } }
}

export async function openDoors(url: string, take: (place: string, piece: string | Buffer) => void): Promise<Doors> {
  const { db, close } = openPostgres(url, { connections: 12 })
  await migrate(db)
  await grantDoors(db)
  const kms = await startKms({ directory: 'memory', random: realRandom, authorize: ({ action, context }) => (take('what KMS is told', `${action} ${JSON.stringify(context)}`), true) })
  const client = kmsClient({ region: 'ap-northeast-1', endpoint: kms.endpoint, credentials: { accessKeyId: 'trial', secretAccessKey: 'none' } })
  const keys = await kmsKeys(kms, client, openFolder(null), 'p384-sha384')
  const settings = settingsFor({ ocspUrl: null, generation: 'p384-sha384' })
  const sealer = kmsSealer(client, { keyArn: keys.sealing['personal-data'].arn })
  const common = { wrapper: sealer, stage: 'trial', now: realClock.now }
  const safe = openSafe(openKeyring(db, { ...common, makes: true }), realRandom)
  const stores = openStores(db, safe)
  await seed(db, safe, dayOf(realClock.now()))
  await safe.fetch('blind-index')
  await ceremonyDoor(await ceremonyFrom({ clock: realClock, random: realRandom, settings, stores, kms: client, keys: { signature: keys.signing['signature-ca'], authentication: keys.signing['authentication-ca'] }, log: jsonLog }))({ authorities: ['signature', 'authentication'], by: 'the trial' })

  const bell = { ring: async (message: BellMessage) => take('the queue', JSON.stringify(message)) }
  const vault = envelopes(sealer, realRandom)
  // The authority and the doors without a key for persons, each over stores as it has them.
  const authority = authorityDoor(await authorityFrom({
    clock: realClock, random: realRandom, settings, stores: openStores(db, openSafe(openKeyring(db, { ...common, makes: false }), realRandom)), bell, kms: client, orderKey: keys.signing['card-orders'], wrappingKey: keys.sealing['ocsp-wrapping'],
    pins: [keys.signing['signature-ca'], keys.signing['authentication-ca']], lists: null, log: jsonLog,
  }))
  await authority({ 'detail-type': 'Scheduled Event' } as unknown as SQSEvent)
  const blind = openStores(db, noSafe)
  const upkeep = await upkeepFrom({
    clock: realClock, random: realRandom, settings, stores: blind, kms: client, checkpointKey: keys.signing.checkpoint, trail: null, receiptKey: keys.signing.receipt, log: jsonLog,
    checkpointStore: { put: async (size, note) => take('checkpoints', `${size} ${note}`) },
  })
  const lookAround = healthFrom({ clock: realClock, archive: openHealth(db), crlLifeHours: settings.crlLifeHours, knock: { graphql: async () => true, ocsp: async () => true }, publish: async (json) => take('the public status', json) })
  const sweep = sweepDoor(await sweepFrom({ clock: realClock, stores: blind, bell, upkeep, lookAround, log: jsonLog }))
  const dispatch = dispatchDoor({ world: { clock: realClock, webhooks: blind.webhooks, partnerKeys: blind.partnerKeys, vault }, handOver: outbound({ inside: true, patience: 5_000, resolve: resolver }), fetchText: () => Promise.reject(new Error('no keys are fetched here')), log: jsonLog })
  const ocsp = ocspDoor(await ocspFrom({ clock: realClock, stores: blind, kms: client, wrappingKey: keys.sealing['ocsp-wrapping'], bucket: false, log: jsonLog }))
  const environment = await graphqlFrom({
    stage: 'trial', clock: realClock, random: realRandom, settings, stores, bell, pairwiseSecret: 'of the trial, long enough to be one', vault, webauthn: webauthn(), issuer: 'https://login.example', audience: 'https://gateway.example', log: jsonLog,
    authenticate: async (authorization) => {
      const actor = authorization === null ? null : actorOf(authorization)
      return actor === null ? { denied: 'invalid_token', description: 'the token is none', challenge: 'Bearer' } : { actor }
    },
  })
  const door = graphqlDoor(async () => environment)
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [Buffer.from(`${request.method} ${request.url} ${JSON.stringify(request.headers)}\n`)]
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      take('webhooks', Buffer.concat(chunks))
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening))
  return {
    world: environment.world, db, safe, webhook: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
    async graphql(who, body, { method = 'POST', path = '/graphql', query = '', headers = {} } = {}) {
      const answered = await door({ rawPath: path, rawQueryString: query, headers: { 'content-type': 'application/json', authorization: who, ...headers }, requestContext: { domainName: 'gateway.example', http: { method } }, body, isBase64Encoded: false } as never, { awsRequestId: 'trial' } as LambdaContext)
      take('headers of answers', JSON.stringify(answered.headers ?? {}))
      return { status: answered.statusCode ?? 0, body: answered.body ?? '' }
    },
    async ocsp(request) {
      const answered = (await ocsp({ rawPath: '/ocsp', headers: { 'content-type': 'application/ocsp-request' }, requestContext: { http: { method: 'POST' } }, body: request.toString('base64'), isBase64Encoded: true } as never)) as APIGatewayProxyStructuredResultV2
      const octets = Buffer.from(answered.body ?? '', answered.isBase64Encoded === true ? 'base64' : 'utf8')
      take('answers about status', octets)
      return octets
    },
    async round() {
      await authority({ 'detail-type': 'Scheduled Event' } as unknown as SQSEvent)
      await sweep()
      await dispatch()
    },
    async close() {
      await new Promise((closed) => receiver.close(closed))
      await client.close()
      await kms.close()
      await close()
    },
  }
}

/** An act of the registry by a system: trials take steps that need no door. */
export const actBy = (kind: Parameters<typeof begin>[0], subject: string) => ({ ...begin(kind, system('seed'), realClock.now(), { subject }), subject })
export { sha256 }

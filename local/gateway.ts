/**
 * The same gateway on one machine: a stand-in for each cloud part, and between them the doors that are deployed. The first
 * start makes keys, tables, authorities and persons; later ones open what is there. What it acknowledged survives a kill;
 * the embedded database does not flush, so a power cut may cost the last seconds: not for real data.
 */
import { join, resolve } from 'node:path'
import { connect } from '../client/gateway.ts'
import { dayOf, type Clock } from '../core/law/time.ts'
import type { Bell } from '../core/law/world.ts'
import { kmsSealer } from '../core/pki/kms.ts'
import type { Generation } from '../core/pki/profile.ts'
import { authorityDoor, type AuthorityDoor } from '../functions/authority.ts'
import { ceremonyDoor } from '../functions/ceremony.ts'
import { realClock, realRandom, type Log } from '../functions/environment.ts'
import { authorityFrom, ceremonyFrom, graphqlFrom, ocspFrom, sweepFrom } from '../functions/environment/parts.ts'
import { healthFrom, knocksAt } from '../functions/environment/health.ts'
import { settingsFor } from '../functions/environment/settings.ts'
import { upkeepFrom } from '../functions/environment/upkeep.ts'
import { envelopes } from '../functions/environment/vault.ts'
import { webauthn } from '../functions/environment/webauthn.ts'
import { issuerKeys } from '../functions/environment/issuer.ts'
import { tokenReader } from '../functions/environment/token.ts'
import { graphqlDoor } from '../functions/graphql.ts'
import { ocspDoor } from '../functions/ocsp.ts'
import { sweepDoor } from '../functions/sweep.ts'
import { openHealth } from '../db/record/health.ts'
import { personaNamed, type Persona } from '../db/person/personas.ts'
import { openArchive } from './cloud/archive.ts'
import { authorizationServer } from './login/authorization-server.ts'
import { chipRoom, rsaStock } from './card/chips.ts'
import { cloudOfThisMachine } from './cloud/parts.ts'
import { giveCard, oneAtATime, type Counter } from './play/counter.ts'
import { registerFirstKeys } from './login/client-keys.ts'
import { credentialsFor, publicClient, type Credential } from './login/credentials.ts'
import { earlierClock, earlierCounter, turns } from './play/earlier.ts'
import { factory } from './play/factory.ts'
import { openFolder } from './folder.ts'
import { graphiqlPage } from './http/graphiql.ts'
import { chipKeys, secrets } from './keys.ts'
import { cloudOnLocalStack } from './cloud/localstack.ts'
import { localPages, pagesKeys } from './http/pages.ts'
import { Mistake } from './mistake.ts'
import { agencyOfficer, municipalOfficer, seedPeople, withCards } from './play/people.ts'
import { pump } from './cloud/outbox.ts'
import { claimFolder } from './running.ts'
import { sandboxDoor } from './play/sandbox.ts'
import { serve } from './http/server.ts'
import { firstQuery, welcome } from './welcome.ts'

export interface GatewayOptions {
  /** 0: any free port. */
  readonly port?: number
  /** Folder, or `memory` for a gateway that ends with the process. */
  readonly data?: string
  /** Keys of the authorities and of the cards, fixed by the first start of a folder: as cards have them today, or as the next generation is drafted. */
  readonly generation?: Generation
  /** Says nothing of what it does. */
  readonly quiet?: boolean
  /** The clock of the law; tokens and connections live by the real one. */
  readonly clock?: Clock
  /** Address of a LocalStack that has keys, buckets and queue, in place of the stand-ins. */
  readonly localstack?: string
  /** A Postgres of one's own instead of the embedded one. */
  readonly databaseUrl?: string
  /** Personas that get a card before the start is done; absent: one, and some more soon after. The others get theirs when asked for. */
  readonly cards?: readonly string[]
  /** Where lines go that are not for a quiet start. */
  readonly say?: (line: string) => void
}

export interface RunningGateway {
  readonly url: string
  /** Test clients by name; what `connect` takes, without the address. */
  readonly credentials: Readonly<Record<string, Credential>>
  /** A fresh access token of a test client, got as any client gets one; a bearer token unless it is a partner's. */
  token(name: string): Promise<string>
  /** Resolves when the authority has nothing left to do. */
  settled(): Promise<void>
  /** Messages that the authority could not deal with. */
  readonly dead: number
  close(): Promise<void>
}

/** Milliseconds. */
const schedule = 5_000
/** How long the authorities have existed at the first start: some personas got their certificates long ago. */
const monthsBefore = 72
/** RSA pairs that a card is born with and makes on board. */
const keysOfACard = 6

export async function startGateway(options: GatewayOptions = {}): Promise<RunningGateway> {
  const closing: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end()
  }
  try {
    return await start(options, closing, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function start(options: GatewayOptions, closing: (() => Promise<void> | void)[], close: () => Promise<void>): Promise<RunningGateway> {
  const { port = 4000, data = '.data', quiet = false, clock = realClock } = options
  const say = quiet ? () => undefined : (options.say ?? ((line: string) => console.log(line)))
  const log: Log = (level, event, facts = {}) => void (level !== 'info' && !quiet && console.error(`${level}: ${event} ${JSON.stringify(facts)}`))
  const fault = (error: unknown): void => log('error', 'fault', { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) })

  const now = (options.cards ?? withCards.now).map((name) => personaNamed(name, dayOf(clock.now())).name)
  const later = options.cards === undefined ? withCards.later : []
  const path = data === 'memory' ? null : resolve(data)
  const claim = path === null ? null : claimFolder(path)
  if (claim !== null) closing.push(() => claim.release())
  const folder = openFolder(path)
  const { generation } = await folder.keep<{ generation: Generation }>('generation.json', () => ({ generation: options.generation ?? 'rsa2048-sha256' }))
  if (options.generation !== undefined && options.generation !== generation) throw new Mistake(`${data} was begun with ${generation}: choose another folder with --data`)
  const serving = await serve(port, fault)
  closing.push(() => serving.close())
  const { url } = serving

  const clouding = options.localstack === undefined ? cloudOfThisMachine(folder, generation, closing) : cloudOnLocalStack(options.localstack, folder, generation, closing, (error) => log('warn', 'bell.lost', { fault: String(error) }))
  const wrapper = clouding.then(({ kms, keys }) => kmsSealer(kms, { keyArn: keys.sealing['personal-data'].arn }))
  const [archive, cloud] = await Promise.all([
    openArchive({ databaseUrl: options.databaseUrl ?? null, directory: path === null ? null : join(path, 'database'), wrapper, lost: fault }).then((opened) => {
      closing.push(() => opened.close())
      return opened
    }),
    clouding,
  ])
  const { kms: client, keys } = cloud
  const { ocspUrl } = await folder.keep('site.json', () => ({ ocspUrl: `${url}/ocsp` }))
  const settings = settingsFor({ ocspUrl, generation, signing: 'enrolled' })
  const { stores, storesOf } = archive

  if ((await stores.issuers.all()).length === 0) {
    say('first start: key ceremony of the two certification authorities')
    const pinned = { signature: keys.signing['signature-ca'], authentication: keys.signing['authentication-ca'] }
    const founded = earlierClock(clock, monthsBefore)
    const ceremony = ceremonyDoor(await ceremonyFrom({ clock: founded, random: realRandom, settings, stores: storesOf('door_ceremony'), kms: client, keys: pinned, log }))
    const made = await ceremony({ authorities: ['signature', 'authentication'], by: 'first start of the gateway on this machine', years: 10 + monthsBefore / 12 })
    await folder.keep('ceremony.json', () => made.flatMap((generation) => generation.transcript))
  }
  const people = await seedPeople(archive.db, archive.safe, clock.now())

  const queue = cloud.startQueue({ deliver: (event) => authority(event), tick: () => tick(), every: schedule, fault })
  closing.push(() => queue.stop())
  const authorityAt = async (at: Clock, bell: Bell) => authorityDoor(await authorityFrom({
    clock: at, random: realRandom, settings, stores: storesOf('door_authority'), bell, kms: client, orderKey: keys.signing['card-orders'], wrappingKey: keys.sealing['ocsp-wrapping'],
    pins: [keys.signing['signature-ca'], keys.signing['authentication-ca']], lists: cloud.lists, log,
  }))
  const inTurn = turns()
  const ofToday = await authorityAt(clock, queue.bell)
  const authority: AuthorityDoor = (event) => inTurn(() => ofToday(event))
  const upkeep = await upkeepFrom({
    clock, random: realRandom, settings, stores: storesOf('door_sweep'), kms: client, checkpointKey: keys.signing.checkpoint, trail: null, receiptKey: keys.signing.receipt, checkpointStore: cloud.checkpoints, log,
  })
  const published = { status: '' }
  const lookAround = healthFrom({ clock, archive: openHealth(archive.db), crlLifeHours: settings.crlLifeHours, knock: knocksAt(globalThis.fetch, url, `${url}/ocsp`), publish: async (json) => { published.status = json } })
  const sweep = sweepDoor(await sweepFrom({ clock, stores: storesOf('door_sweep'), bell: queue.bell, upkeep, lookAround, log }))
  const vault = envelopes(kmsSealer(client, { keyArn: keys.sealing['personal-data'].arn }), realRandom)
  const told = pump({ ...storesOf('door_dispatch'), vault }, fault)
  closing.push(() => told.settled())
  // Each as its schedule would: what one cannot do must not keep the other.
  const tick = async (): Promise<void> => {
    told.start()
    await inTurn(sweep).catch(fault)
    await authority({ 'detail-type': 'Scheduled Event' })
  }
  // What fails now is done by the schedule.
  await authority({ 'detail-type': 'Scheduled Event' }).catch(fault)

  const secret = await secrets(folder)
  const issuer = `${url}/oauth`
  const graphql = await graphqlFrom({
    stage: 'local', clock, random: realRandom, settings, stores, bell: queue.bell, pairwiseSecret: secret.pairwise, vault, webauthn: webauthn(), issuer, audience: url, log,
    authenticate: tokenReader({ issuer, audience: url, clock: realClock, keys: issuerKeys(issuer), seen: stores.seenTokens, unbound: ['citizen', 'officer'] }),
  })
  const stock = rsaStock(realRandom.bytes)
  closing.push(() => stock.stop())
  const chipKey = await chipKeys(client, keys, folder, stock.random)
  const room = chipRoom({ chips: stores.chips, key: chipKey.sealing, random: stock.random })
  const cardFactory = factory({ world: graphql.world, room, recordKeys: chipKey.records, orderKey: keys.signing['card-orders'].spki, random: stock.random })
  const today: Counter = { world: graphql.world, room, factory: cardFactory, settled: () => queue.idle(), agency: agencyOfficer, municipal: municipalOfficer }
  const counter: Counter = { ...today, earlier: earlierCounter({ counter: today, inTurn, authorityAt }) }

  const give = oneAtATime(async (persona: Persona) => {
    await stock.fill(keysOfACard)
    return giveCard(counter, persona)
  }, (persona) => persona.name)

  const credentials = await credentialsFor(people.roles, folder)
  await registerFirstKeys(stores.partnerKeys, Object.values(credentials).map(publicClient))
  const token = (name: string): Promise<string> => {
    const credential = credentials[name]
    if (credential === undefined) throw new RangeError(`no test client is called ${name}; there are ${Object.keys(credentials).join(', ')}`)
    return connect({ url, ...credential, bound: 'partner' in credential.claim }).token()
  }
  const pagesClient = await pagesKeys(folder, url)
  const oauth = authorizationServer({ issuer, audience: url, signingKey: secret.tokenKey, cookieKey: secret.cookie, clients: Object.values(credentials).map(publicClient), pages: pagesClient, records: stores.oauth, seenTokens: stores.seenTokens, partnerKeys: stores.partnerKeys, fault })
  serving.open({
    graphql: graphqlDoor(async () => graphql),
    ocsp: ocspDoor(await ocspFrom({ clock, stores: { ...storesOf('door_ocsp'), crls: { ...stores.crls, latest: async (of, shard) => (await cloud.latestList(of, shard)) ?? stores.crls.latest(of, shard) } }, kms: client, wrappingKey: keys.sealing['ocsp-wrapping'], bucket: false, log })),
    sandbox: sandboxDoor({ world: graphql.world, personas: people.personas, room, factory: cardFactory, giveCard: give }),
    pages: localPages({ url, client: pagesClient, secret: secret.cookie, world: graphql.world, personas: people.personas, credentials, interactions: oauth.interactions, log }),
    authorizationServer: oauth.listener,
    graphiql: async () => graphiqlPage({ query: firstQuery, token: await token('hanako') }), welcome: welcome(url), status: async () => (await lookAround(), published.status), ready: async () => (await stores.issuers.all().then(() => null, () => 'the archive does not answer')),
  })

  const giveOnce = (name: string, tell: (line: string) => void) => folder.keep(`cards/${name}.json`, async () => {
    tell(`first start: a card for ${name}`)
    return { cardNumber: (await give(people.personas.find((p) => p.name === name)!)).cardNumber }
  })
  for (const name of now) await giveOnce(name, say)
  let ending = false
  const rest = (async () => {
    for (const name of later) if (!ending) await giveOnce(name, () => undefined)
  })().catch(fault)
  closing.push(() => {
    ending = true
    return rest
  })
  claim?.announce(url)
  return { url, credentials, token, settled: () => queue.idle(), get dead() { return queue.dead }, close }
}

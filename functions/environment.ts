/**
 * The doormat: the only reader of the process's environment and of what the site linked. Each door gets one checked
 * environment, built once, holding no more than its trust allows: no signer for the door on the internet, statuses and
 * responders alone for OCSP, signers for the authority.
 */
import { randomBytes, randomFillSync } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import type { JWK } from 'jose'
import type { Actor } from '../core/law/actor.ts'
import type { Random } from '../core/law/ids.ts'
import type { Issuers } from '../core/law/certificate/issuer.ts'
import type { ResponderKeys, Responders } from '../core/law/certificate/responder.ts'
import { instant, type Clock } from '../core/law/time.ts'
import type { FetchText } from '../core/law/partner/key.ts'
import type { HandOver } from '../core/law/partner/webhook.ts'
import type { Uses, World } from '../core/law/world.ts'
import { kmsClient, kmsSealer, type KmsClient, type Sealer } from '../core/pki/kms.ts'
import type { Signer } from '../core/pki/signer.ts'
import { s3Checkpoints, s3Lists, sqsBell, type AwsAccess } from './environment/aws.ts'
import { authorityFrom, ceremonyFrom, graphqlFrom, ocspFrom, sweepFrom } from './environment/parts.ts'
import { settingsFor } from './environment/settings.ts'
import { readSecrets } from './environment/secrets.ts'
import { envelopes } from './environment/vault.ts'
import { fetchOver } from './environment/fetch-keys.ts'
import { healthFrom, knocksAt, statusInBucket, type LookAround } from './environment/health.ts'
import { embedded } from './environment/metrics.ts'
import { outbound, resolver } from './environment/outbound.ts'
import { traced, traceFacts, traceHeaders } from './environment/trace.ts'
import { cloudTrail } from './environment/trail.ts'
import { upkeepFrom, type Upkeep } from './environment/upkeep.ts'
import { issuerKeys } from './environment/issuer.ts'
import { tokenReader, type Authenticate } from './environment/token.ts'
import { CannotStart, variables, type SealingKey, type SigningKey, type Variables } from './environment/variables.ts'

/** One structured line per event. Facts never hold a value of a person. */
export type Log = (level: 'info' | 'warn' | 'error', event: string, facts?: Readonly<Record<string, unknown>>) => void

export interface GraphqlEnvironment {
  readonly stage: string
  /** Holds no signer. Without a session of its own: for what is nobody's. */
  readonly world: World
  /** The world as that actor may see it in the archive, for one request. Where it is left out the archive is asked without a session, and a door's login then sees no row of anybody. */
  readonly worldFor?: (actor: Actor) => World
  readonly authenticate: Authenticate
  readonly sha256: (text: string) => Uint8Array
  /** Issuer of access tokens and name of this gateway as a resource (RFC 9728). */
  readonly issuer: string
  readonly audience: string
  readonly log: Log
}

export interface AuthorityEnvironment {
  readonly world: Uses<'clock' | 'random' | 'residents' | 'cards' | 'deadlines' | 'certificates' | 'issuances' | 'municipalities' | 'authorities' | 'settings' | 'bell' | 'orders' | 'orderSigner' | 'crls'> & {
    readonly responders: Responders
    readonly responderKeys: ResponderKeys
  }
  readonly log: Log
}

export interface OcspEnvironment {
  readonly world: Uses<'clock' | 'authorities' | 'statuses' | 'provisions'> & {
    readonly responders: Responders
    /** Null where a bucket serves the lists. */
    readonly crls: Pick<World['crls'], 'latest'> | null
  }
  /** PKCS #8 of a responder key, unwrapped by the KMS. */
  readonly unwrap: (sealedKey: Uint8Array) => Promise<Uint8Array>
  readonly log: Log
}

export interface SweepEnvironment {
  readonly world: Uses<'clock' | 'bell' | 'issuances' | 'deadlines'>
  /** Keeps the log and the accounts and signs records of consents; holds the keys for both. */
  readonly upkeep: Upkeep
  /** Looks how the gateway is, and publishes it. */
  readonly lookAround: LookAround
  readonly log: Log
}

export interface DispatchEnvironment {
  readonly world: Uses<'clock' | 'webhooks' | 'vault' | 'partnerKeys'>
  readonly handOver: HandOver
  readonly fetchText: FetchText
  readonly log: Log
}

export interface CeremonyEnvironment {
  readonly world: Uses<'clock' | 'random' | 'settings'> & { readonly issuers: Issuers }
  readonly keys: Readonly<Record<'signature' | 'authentication', { readonly arn: string; readonly signer: Signer }>>
  readonly log: Log
}

export const realClock: Clock = { now: () => instant(Date.now()) }
export const realRandom: Random = pooledRandom()

/**
 * The system's random octets, fetched some thousands at a time: each fetch costs more than what it brings for an id. None is
 * handed out twice, and none stays behind once it was. Keys and whatever else is long are fetched for themselves.
 */
function pooledRandom(): Random {
  const [pool, long] = [Buffer.alloc(4_096), 20]
  let used = pool.length
  return {
    bytes(n) {
      if (n > long) return Uint8Array.from(randomBytes(n))
      if (used + n > pool.length) {
        randomFillSync(pool)
        used = 0
      }
      const octets = Uint8Array.prototype.slice.call(pool, used, used + n)
      pool.fill(0, used, (used += n))
      return octets
    },
  }
}

/** JSON lines: what CloudWatch takes. Each bears the trace it belongs to, and the figures that are read out of it. */
export const jsonLog: Log = (level, event, facts = {}) => {
  const now = Date.now()
  const line = { level, event, at: new Date(now).toISOString(), ...traceFacts(), ...facts, ...embedded(process.env['STAGE'] ?? 'none', event, facts, now) }
  ;(level === 'info' ? process.stdout : process.stderr).write(`${JSON.stringify(line)}\n`)
}

/** A handler under the trace of what it is called with, or of the runtime's. */
export const underTrace = <E extends unknown[], R>(handler: (...event: E) => Promise<R>): ((...event: E) => Promise<R>) => traced(handler, () => process.env['_X_AMZN_TRACE_ID'])

/** A handler whose door is built at the first call, once; a start that failed is tried again by the next call. */
export function lazily<E extends unknown[], R>(open: () => Promise<(...event: E) => Promise<R>>): (...event: E) => Promise<R> {
  let door: Promise<(...event: E) => Promise<R>> | null = null
  return underTrace(async (...event) => {
    door ??= open()
    const opened = await door.catch((fault: unknown) => {
      door = null
      throw fault
    })
    return opened(...event)
  })
}

// ---------------------------------------------------------------- one per door

export async function graphqlEnvironment(webauthn: World['webauthn']): Promise<GraphqlEnvironment> {
  const v = await fromProcess()
  const [stage, database, issuer, audience, queue, pairwiseSecret, ocspUrl] = [v.text('STAGE'), v.text('DATABASE_URL'), v.url('ISSUER_URL'), v.url('AUDIENCE'), v.url('QUEUE_URL'), v.secret('PAIRWISE_SECRET'), v.optionalUrl('OCSP_URL')]
  const unbound = v.words('BEARER_TOKENS', ['citizen', 'officer'])
  const [aws, kms, sealing] = [awsAccess(v), keys(v), v.sealingKey('personal-data')]
  v.check()
  const sealer = kmsSealer(kms, { keyArn: sealing.arn })
  const stores = await (await archives()).archive(database, jsonLog, { ...personal(sealer, stage), makes: true })
  return graphqlFrom({
    stage, clock: realClock, random: realRandom, settings: settingsFor({ ocspUrl }), log: jsonLog, stores, pairwiseSecret, vault: envelopes(sealer, realRandom), webauthn, issuer, audience,
    bell: sqsBell(aws, queue, (fault) => jsonLog('warn', 'bell.lost', { fault: String(fault) })),
    authenticate: tokenReader({ issuer, audience, clock: realClock, keys: issuerKeys(issuer), seen: stores.seenTokens, unbound }),
  })
}

export async function authorityEnvironment(): Promise<AuthorityEnvironment> {
  const v = await fromProcess()
  const [stage, database, queue, bucket, ocspUrl] = [v.text('STAGE'), v.text('DATABASE_URL'), v.url('QUEUE_URL'), v.optionalUrl('CRL_BUCKET'), v.optionalUrl('OCSP_URL')]
  const [orderKey, wrappingKey, sealing, pins] = [v.signingKey('card-orders'), v.sealingKey('ocsp-wrapping'), v.sealingKey('personal-data'), [v.signingKey('signature-ca'), v.signingKey('authentication-ca')]]
  const [aws, kms] = [awsAccess(v), keys(v)]
  v.check()
  return authorityFrom({
    clock: realClock, random: realRandom, settings: settingsFor({ ocspUrl, crlPauseSeconds: 60 }), log: jsonLog, stores: await (await archives()).archive(database, jsonLog, { ...personal(kmsSealer(kms, { keyArn: sealing.arn }), stage), makes: false }), kms, orderKey, wrappingKey, pins,
    bell: sqsBell(aws, queue, (fault) => jsonLog('warn', 'bell.lost', { fault: String(fault) })), lists: bucket === null ? null : s3Lists(aws, bucket),
  })
}

export async function ocspEnvironment(): Promise<OcspEnvironment> {
  const v = await fromProcess()
  const [database, wrappingKey, bucket, kms] = [v.text('DATABASE_URL'), v.sealingKey('ocsp-wrapping'), v.optionalUrl('CRL_BUCKET'), keys(v)]
  v.check()
  return ocspFrom({ clock: realClock, log: jsonLog, stores: await (await import('./environment/status-archive.ts')).statusArchive(database, jsonLog), kms, wrappingKey, bucket: bucket !== null })
}

export async function sweepEnvironment(): Promise<SweepEnvironment> {
  const v = await fromProcess()
  const [database, queue, bucket, aws] = [v.text('DATABASE_URL'), v.url('QUEUE_URL'), v.url('CHECKPOINT_BUCKET'), awsAccess(v)]
  const [kms, checkpointKey, receiptKey] = [keys(v), v.signingKey('checkpoint'), v.signingKey('receipt')]
  const [lists, gateway, ocsp] = [v.url('CRL_BUCKET'), v.url('GATEWAY_URL'), v.url('OCSP_URL')]
  const [trailGroup, orderKey] = [v.optional('TRAIL_GROUP'), v.signingKey('card-orders')]
  v.check()
  const stores = await (await archives()).archive(database, jsonLog, null)
  const upkeep = await upkeepFrom({ clock: realClock, random: realRandom, settings: settingsFor({ ocspUrl: null }), stores, kms, checkpointKey, receiptKey, checkpointStore: s3Checkpoints(aws, bucket), log: jsonLog, trail: trailGroup === null ? null : { record: cloudTrail(aws, trailGroup, (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds) })), orderKey: orderKey.arn, issuers: stores.issuers } })
  const lookAround = healthFrom({ clock: realClock, archive: stores.health, crlLifeHours: settingsFor({ ocspUrl: null }).crlLifeHours, knock: knocksAt(globalThis.fetch, gateway, ocsp), publish: statusInBucket(aws, lists) })
  return sweepFrom({ clock: realClock, log: jsonLog, stores, upkeep, lookAround, bell: sqsBell(aws, queue, (fault) => jsonLog('warn', 'bell.lost', { fault: String(fault) })) })
}

export async function dispatchEnvironment(): Promise<DispatchEnvironment> {
  const v = await fromProcess()
  const [database, kms, sealing] = [v.text('DATABASE_URL'), keys(v), v.sealingKey('personal-data')]
  v.check()
  const { webhooks, partnerKeys } = await (await archives()).archive(database, jsonLog, null)
  const rules = { inside: false, patience: 5_000, resolve: resolver } as const
  return { world: { clock: realClock, webhooks, partnerKeys, vault: envelopes(kmsSealer(kms, { keyArn: sealing.arn }), realRandom) }, handOver: outbound(rules), fetchText: fetchOver(rules), log: jsonLog }
}

export async function ceremonyEnvironment(): Promise<CeremonyEnvironment> {
  const v = await fromProcess()
  const [database, ocspUrl, kms] = [v.text('DATABASE_URL'), v.optionalUrl('OCSP_URL'), keys(v)]
  const pinned = { signature: v.signingKey('signature-ca'), authentication: v.signingKey('authentication-ca') }
  v.check()
  return ceremonyFrom({ clock: realClock, random: realRandom, settings: settingsFor({ ocspUrl }), log: jsonLog, stores: await (await archives()).archive(database, jsonLog, null), kms, keys: pinned })
}

/** The gateway it asks is told by its name as a resource. */
/** The pages as a client of the provider where people log in, and what seals their cookies. */
export interface PagesLogin { readonly clientId: string; readonly key: JWK; readonly secret: string }

export async function pagesEnvironment(): Promise<{ readonly stage: string; readonly audience: string; readonly login: PagesLogin | null; readonly sandbox: boolean; readonly log: Log }> {
  const v = await fromProcess()
  const [stage, audience, clientId] = [v.text('STAGE'), v.url('AUDIENCE'), v.optional('PAGES_CLIENT')]
  const login = clientId === null ? null : { clientId, key: v.privateKey('PAGES_KEY'), secret: v.secret('PAGES_SECRET') }
  const sandbox = v.words('SANDBOX', ['cards']).includes('cards')
  v.check()
  if (sandbox && stage === 'production') throw new CannotStart('variables', 'there are no test persons in production')
  return { stage, audience, login, sandbox, log: jsonLog }
}

/** The sandbox of a preview: what its cards, its provider and its counter are made of. */
export interface SandboxEnvironment {
  readonly stage: string
  readonly database: string
  readonly audience: URL
  readonly queue: string
  readonly bucket: string
  readonly ocspUrl: string | null
  readonly pairwiseSecret: string
  /** The pages as its client. */
  readonly pagesKey: JWK
  readonly kms: KmsClient
  readonly aws: AwsAccess
  /** Its public half is what chips are born with. */
  readonly orderKey: SigningKey
  readonly sealingKey: SealingKey
  readonly log: Log
}

export async function sandboxEnvironment(): Promise<SandboxEnvironment> {
  const v = await fromProcess()
  const [stage, database, audience, queue, bucket, ocspUrl, pairwiseSecret] = [v.text('STAGE'), v.text('DATABASE_URL'), v.url('AUDIENCE'), v.url('QUEUE_URL'), v.url('SANDBOX_BUCKET'), v.optionalUrl('OCSP_URL'), v.secret('PAIRWISE_SECRET')]
  const [pagesKey, orderKey, sealingKey, aws, kms] = [v.publicKey('PAGES_PUBLIC_KEY'), v.signingKey('card-orders'), v.sealingKey('personal-data'), awsAccess(v), keys(v)]
  v.check()
  if (stage === 'production') throw new CannotStart('variables', 'there are no test persons in production')
  return { stage, database, audience: new URL(audience), queue, bucket, ocspUrl, pairwiseSecret, pagesKey, kms, aws, orderKey, sealingKey, log: jsonLog }
}

// ---------------------------------------------------------------- the process

/** For values of persons. The context that KMS is told names the stage. */
const personal = (wrapper: Sealer, stage: string) => ({ wrapper, stage, now: realClock.now, random: realRandom })

/** Loaded by the doors that have an archive; the pages have none. */
const archives = () => import('./environment/archive.ts')

/** Where the files of pages lie: beside the bundle in a Lambda, in web/ where the source runs. */
export const assetFolder = (): URL => {
  const root = process.env['LAMBDA_TASK_ROOT']
  return root === undefined ? new URL('../web/assets/', import.meta.url) : pathToFileURL(`${root}/web/assets/`)
}

/** A variable of the process, a value of the door's secret, or what the site linked under the same name: `DATABASE_URL` ← `Resource.DatabaseUrl.value`. */
async function fromProcess(): Promise<Variables> {
  const linked = process.env['SST_RESOURCE_App'] === undefined && process.env['SST_KEY_FILE'] === undefined ? null : ((await import('sst')).Resource as unknown as Readonly<Record<string, { readonly value?: unknown } | undefined>>)
  const secretId = process.env['SECRETS']
  const plain = variables((name) => process.env[name])
  const secrets = secretId === undefined || secretId === '' ? {} : await readSecrets(awsAccess(plain), secretId, plain.optionalUrl('AWS_ENDPOINT_URL_SECRETS_MANAGER'))
  return variables((name) => process.env[name] ?? secrets[name] ?? (linked === null ? undefined : linkedValue(linked, name)))
}

function linkedValue(linked: Readonly<Record<string, { readonly value?: unknown } | undefined>>, name: string): string | undefined {
  const pascal = name.toLowerCase().replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  try {
    const value = linked[pascal]?.value
    return typeof value === 'string' ? value : undefined
  } catch {
    // SST throws for what is not linked; that it is missing is said with all else that is.
    return undefined
  }
}

/** `AWS_ENDPOINT_URL_KMS` is honoured by the SDK itself. */
const keys = (v: Variables): KmsClient => kmsClient({ region: v.text('AWS_REGION'), headers: () => traceHeaders(true) })

const awsAccess = (v: Variables): AwsAccess => {
  const [region, accessKeyId, secretAccessKey, sessionToken] = [v.text('AWS_REGION'), v.text('AWS_ACCESS_KEY_ID'), v.text('AWS_SECRET_ACCESS_KEY'), v.optional('AWS_SESSION_TOKEN')]
  return { region, credentials: { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) }, now: Date.now, fetch: globalThis.fetch }
}

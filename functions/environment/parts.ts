/**
 * From parts to what a door is given. Deployed doors take their parts from the process (environment.ts), the same gateway
 * on one machine from its stand-ins; the composition is the same. Signers are made here, for the doors that may sign.
 */
import { createHash, createHmac } from 'node:crypto'
import { toHex, type PersonId, type Random } from '../../core/law/ids.ts'
import type { Issuer, Issuers } from '../../core/law/certificate/issuer.ts'
import { ledgered } from '../../core/law/record/ledger.ts'
import type { ResponderKeys, Responders } from '../../core/law/certificate/responder.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { minute, type Clock } from '../../core/law/time.ts'
import type { Authorities, Authority, Bell, Pairwise, Settings, World } from '../../core/law/world.ts'
import { parseCaCertificate } from '../../core/pki/certificate.ts'
import { kmsSealer, kmsSigner, PinMismatch, type KmsClient, type Sealer } from '../../core/pki/kms.ts'
import { keyIdentifier, type Signer } from '../../core/pki/signer.ts'
import { actorSession, inSession } from '../../db/session.ts'
import type { AuthorityEnvironment, CeremonyEnvironment, GraphqlEnvironment, Log, OcspEnvironment, SweepEnvironment } from '../environment.ts'
import { publishedTo, type ListBucket } from './lists.ts'
import type { Authenticate } from './token.ts'
import { CannotStart, type SealingKey, type SigningKey } from './variables.ts'

/** Everything of the archive: the ports of World, and those that only some doors use. */
export type Stores = Omit<World, 'clock' | 'random' | 'settings' | 'bell' | 'pairwise' | 'authorities' | 'orderSigner' | 'vault' | 'webauthn'> & { readonly responders: Responders; readonly issuers: Issuers }

/** The ports of World and no others: a door on the internet has no way to add an issuer or a responder. */
function ports(s: Stores): Omit<Stores, 'responders' | 'issuers'> {
  const { acts, audit, ledger, erasures, municipalities, residents, cardApplications, cards, issuances, certificates, revocations, statuses, crls, orders, pinResets, provisions, challenges, partners, accesses, budgets, consents, consentStarts, releases, representations, radii, seals, partnerKeys, grants, offices, installations, counts, operations, deadlines, cardNotes, myNumberReadings, standings, webhooks, links, passkeys, decisions } = s
  return { acts, audit, ledger, erasures, municipalities, residents, cardApplications, cards, issuances, certificates, revocations, statuses, crls, orders, pinResets, provisions, challenges, partners, accesses, budgets, consents, consentStarts, releases, representations, radii, seals, partnerKeys, grants, offices, installations, counts, operations, deadlines, cardNotes, myNumberReadings, standings, webhooks, links, passkeys, decisions }
}

type SigningRole = 'signature-ca' | 'authentication-ca' | 'card-orders' | 'checkpoint' | 'receipt'
interface Common { readonly clock: Clock; readonly settings: Settings; readonly log: Log }

// ---------------------------------------------------------------- the doors

export interface GraphqlParts extends Common {
  readonly stage: string
  readonly random: Random
  readonly stores: Stores
  readonly bell: Bell
  readonly pairwiseSecret: string
  readonly vault: World['vault']
  /** Given by the door itself: what it loads must not lie in the bundle of another. */
  readonly webauthn: World['webauthn']
  readonly authenticate: Authenticate
  readonly issuer: string
  readonly audience: string
}

export async function graphqlFrom(parts: GraphqlParts): Promise<GraphqlEnvironment> {
  const { stage, clock, random, settings, stores, bell, authenticate, issuer, audience, log } = parts
  const authorities = await loadAuthorities(stores.issuers, clock, async () => null, log)
  const archive = { ...ports(stores), releases: toldReleases(log, stores.releases) }
  const world: World = { ...archive, clock, random, settings, bell, authorities, orderSigner: null, pairwise: pairwiseNames(parts.pairwiseSecret), vault: parts.vault, webauthn: parts.webauthn }
  const names = new Set(Object.keys(archive))
  return { stage, world, worldFor: (actor) => inSession(world, actorSession(actor), names), authenticate, sha256, issuer, audience, log }
}

export interface AuthorityParts extends Common {
  readonly random: Random
  readonly stores: Pick<Stores, 'residents' | 'cards' | 'deadlines' | 'certificates' | 'issuances' | 'municipalities' | 'orders' | 'crls' | 'responders' | 'issuers' | 'ledger'>
  readonly bell: Bell
  readonly kms: KmsClient
  readonly orderKey: SigningKey
  readonly wrappingKey: SealingKey
  /** Keys of the generations that issue now, as the site pins them; the register must not say otherwise. */
  readonly pins: readonly SigningKey[]
  readonly lists: ListBucket | null
}

export async function authorityFrom(parts: AuthorityParts): Promise<AuthorityEnvironment> {
  const { clock, random, settings, bell, kms, stores, log } = parts
  const authorities = await loadAuthorities(stores.issuers, clock, async (issuer, algorithm) => told(log, `${issuer.ca}-ca`, ledgered(issuer.keyId, await pinned(kms, { arn: issuer.key, spkiSha256: issuer.spkiSha256, algorithm }), stores.ledger, clock)), log)
  // Not kept: the next call looks again, so that the ceremony need not be followed by a restart.
  if (authorities.all.length === 0) throw new CannotStart('no-authority', 'the register holds no certification authority: hold the ceremony first')
  for (const pin of parts.pins) {
    const known = (await stores.issuers.all()).find((issuer) => issuer.key === pin.arn)
    if (known !== undefined && known.spkiSha256 !== pin.spkiSha256) throw new CannotStart('key-not-pinned', `the register and the site disagree about the public key of ${pin.arn}`)
  }
  const orderSigner = told(log, 'card-orders', ledgered('card-orders', await pinned(kms, parts.orderKey), stores.ledger, clock))
  const sealer = kmsSealer(kms, { keyArn: parts.wrappingKey.arn })
  const { residents, cards, deadlines, certificates, issuances, municipalities, orders, responders } = stores
  const crls = parts.lists === null ? stores.crls : publishedTo(parts.lists, stores.crls, { authorities, municipalities, settings })
  return {
    world: { clock, random, settings, bell, authorities, orderSigner, residents, cards, deadlines, certificates, issuances: toldIssuances(log, issuances), municipalities, orders, crls, responders, responderKeys: responderKeys(sealer) },
    log,
  }
}

/** One line for every release, without a word of what was released. */
const toldReleases = (log: Log, releases: World['releases']): World['releases'] => ({
  ...releases,
  async release(...asked) {
    const released = await releases.release(...asked)
    if (!isRefusal(released)) log('info', 'released')
    return released
  },
})

/** One line for every certificate; a repeat after a crash says it again. */
const toldIssuances = (log: Log, issuances: World['issuances']): World['issuances'] => ({
  ...issuances,
  async complete(...asked) {
    const completed = await issuances.complete(...asked)
    if (!isRefusal(completed)) log('info', 'issued', { kind: completed.kind })
    return completed
  },
})

/** One line for every signature: an alarm holds the number of the authorities' against that of the KMS's own trail. */
export const told = (log: Log, role: SigningRole, signer: Signer): Signer => ({
  ...signer,
  async sign(tbs) {
    const signature = await signer.sign(tbs)
    log('info', 'signed', { role })
    return signature
  },
})

export interface OcspParts extends Omit<Common, 'settings'> {
  readonly stores: Pick<Stores, 'statuses' | 'responders' | 'issuers' | 'crls' | 'provisions'>
  readonly kms: KmsClient
  readonly wrappingKey: SealingKey
  /** Whether a bucket serves the lists. */
  readonly bucket: boolean
}

export async function ocspFrom({ clock, stores, kms, wrappingKey, bucket, log }: OcspParts): Promise<OcspEnvironment> {
  const sealer = kmsSealer(kms, { keyArn: wrappingKey.arn })
  const authorities = await loadAuthorities(stores.issuers, clock, async () => null, log)
  const { statuses, responders, crls, provisions } = stores
  return { world: { clock, authorities, statuses, responders, provisions, crls: bucket ? null : crls }, unwrap: (sealed) => sealer.open(sealed, responderContext), log }
}

export interface SweepParts extends Omit<Common, 'settings'> {
  readonly stores: Pick<Stores, 'issuances' | 'deadlines'>
  readonly bell: Bell
  readonly upkeep: SweepEnvironment['upkeep']
  readonly lookAround: SweepEnvironment['lookAround']
}

export const sweepFrom = async ({ clock, bell, stores, upkeep, lookAround, log }: SweepParts): Promise<SweepEnvironment> => ({ world: { clock, bell, issuances: stores.issuances, deadlines: stores.deadlines }, upkeep, lookAround, log })

export interface CeremonyParts extends Common {
  readonly random: Random
  readonly stores: Pick<Stores, 'issuers' | 'ledger'>
  readonly kms: KmsClient
  readonly keys: Readonly<Record<'signature' | 'authentication', SigningKey>>
}

export async function ceremonyFrom({ clock, random, settings, stores, kms, keys, log }: CeremonyParts): Promise<CeremonyEnvironment> {
  const of = async (key: SigningKey) => {
    const signer = await pinned(kms, key)
    return { arn: key.arn, signer: ledgered(toHex(keyIdentifier(signer.spki)), signer, stores.ledger, clock) }
  }
  return { world: { clock, random, settings, issuers: stores.issuers }, keys: { signature: await of(keys.signature), authentication: await of(keys.authentication) }, log }
}

// ---------------------------------------------------------------- parts of parts

/** Milliseconds after which a door that is asked again looks into the register again. */
export const reread = 5 * minute

/**
 * The generations of the register, parsed; the newest active one of an authority issues. A warm door notices a new
 * generation: who finds the register older than five minutes has it read again, and goes on with what is there meanwhile.
 */
export async function loadAuthorities(issuers: Issuers, clock: Clock, signerOf: (issuer: Issuer, algorithm: Signer['algorithm']) => Promise<Signer | null>, log: Log): Promise<Authorities> {
  let known: ReadonlyMap<Authority, Issuer> = new Map()
  let all: readonly Authority[] = []
  let readAt = clock.now()
  let reading: Promise<void> | null = null
  const read = async (): Promise<void> => {
    const next = new Map<Authority, Issuer>()
    for (const issuer of await issuers.all()) {
      const before = all.find((authority) => authority.keyId === issuer.keyId)
      if (before !== undefined) {
        next.set(before, issuer)
        continue
      }
      const certificate = parseCaCertificate(issuer.certificate)
      next.set({ ca: issuer.ca, certificate, keyId: issuer.keyId, signer: await signerOf(issuer, certificate.algorithm) }, issuer)
    }
    ;[known, all] = [next, [...next.keys()]]
  }
  const look = (): void => {
    if (reading !== null || clock.now() - readAt < reread) return
    reading = read().catch((fault: unknown) => log('warn', 'issuers.unread', { fault: String(fault) })).finally(() => {
      readAt = clock.now()
      reading = null
    })
  }
  await read()
  return {
    get all() {
      look()
      return all
    },
    current(ca) {
      look()
      const now = clock.now()
      const issuing = [...known].filter(([authority, issuer]) => authority.ca === ca && issuer.activeFrom <= now).toSorted(([, a], [, b]) => b.activeFrom - a.activeFrom)[0]
      if (issuing === undefined) throw new CannotStart('no-authority', `no generation of the ${ca} authority is active: hold the ceremony first`)
      return issuing[0]
    },
  }
}

export async function pinned(kms: KmsClient, key: SigningKey): Promise<Signer> {
  try {
    return await kmsSigner(kms, { keyArn: key.arn, spkiSha256: key.spkiSha256, algorithm: key.algorithm })
  } catch (cause) {
    if (cause instanceof PinMismatch) throw new CannotStart('key-not-pinned', cause.message, { cause })
    throw cause
  }
}

const responderContext = { purpose: 'ocsp-responder' } as const
const responderKeys = (sealer: Sealer): ResponderKeys => ({ make: () => sealer.keyPair('RSA_2048', responderContext) })

/** HMAC-SHA-256 over sector and person: no two sectors can compare what they have. */
export const pairwiseNames = (secret: string): Pairwise => ({
  subject: (sector: string, person: PersonId) => createHmac('sha256', secret).update(`pairwise v1\0${sector}\0${person}`).digest('base64url'),
})

export const sha256 = (text: string): Uint8Array => Uint8Array.from(createHash('sha256').update(text, 'utf8').digest())

/**
 * Sessions of the pages on one machine: a person logs in with its virtual card, through the same challenge that partners
 * use, asked for by the platform of the seed; an officer is played. Each session acts as that one test client. They live in
 * this process, fifteen minutes at most, known by the hash of their id.
 */
import { createHash, randomBytes } from 'node:crypto'
import { connect, type Gateway } from '../client/gateway.ts'
import type { PartnerClient } from '../core/law/actor.ts'
import { parseId } from '../core/law/ids.ts'
import { answerChallenge, createChallenge, loginMessage } from '../core/law/partner/login.ts'
import { isRefusal } from '../core/law/refusal.ts'
import type { World } from '../core/law/world.ts'
import type { Persona } from '../db/person/personas.ts'
import { seededPartnerIds } from '../db/seed.ts'
import type { Session, Sessions } from '../web/visit.ts'
import type { Credential } from './credentials.ts'
import { key, yes } from './play.ts'

export interface SessionOptions {
  readonly url: string
  readonly world: World
  readonly personas: readonly Persona[]
  readonly credentials: Readonly<Record<string, Credential>>
  readonly now?: () => number
}

/** Milliseconds. */
const life = 15 * 60_000
const sha256 = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest())
const hashOf = (id: string): string => createHash('sha256').update(id).digest('hex')

export function localSessions({ url, world, personas, credentials, now = Date.now }: SessionOptions): Sessions {
  const open = new Map<string, { readonly session: Session; readonly until: number }>()
  const platform: PartnerClient = { kind: 'partner', partner: seededPartnerIds.platform, client: 'pages', scopes: new Set(['login']) }

  const gatewayOf = ({ clientId, key: secret, scope }: Credential): Gateway => connect({ url, clientId, key: secret, scope, bound: false })
  const begin = (session: Omit<Session, 'csrf'>): string => {
    for (const [id, { until }] of open) if (until < now()) open.delete(id)
    const id = randomBytes(32).toString('base64url')
    open.set(hashOf(id), { session: { ...session, csrf: randomBytes(32).toString('base64url') }, until: now() + life })
    return id
  }
  const officers = Object.values(credentials).filter(({ claim }) => 'officer' in claim)

  return {
    open: true,
    cards: { door: '/sandbox/cards/', choices: personas.filter(({ situation }) => situation.card !== 'none').map(({ name, resident }) => ({ name, about: resident.items.name })) },
    officers: officers.map(({ clientId, about }) => ({ name: clientId, about })),

    async challenge() {
      const made = yes('createLoginChallenge', await createChallenge(world, platform, { idempotencyKey: key() }))
      return { id: made.id, message: loginMessage(made) }
    },
    async login({ challenge, certificate, signature, card }) {
      const id = parseId('challenge', challenge)
      if (id === null) return null
      const login = await answerChallenge(world, platform, { challenge: id, certificate: bytesOf(certificate), signature: bytesOf(signature), idempotencyKey: key() }, sha256)
      if (isRefusal(login)) return null
      const persona = personas.find(({ person }) => person === login.person)
      const credential = persona === undefined ? undefined : credentials[persona.name]
      return persona === undefined || credential === undefined ? null : begin({ kind: 'citizen', gateway: gatewayOf(credential), municipality: null, card: card === persona.name ? card : persona.name })
    },
    async enter(name) {
      const credential = officers.find(({ clientId }) => clientId === name)
      return credential === undefined || !('officer' in credential.claim) ? null : begin({ kind: 'officer', gateway: gatewayOf(credential), municipality: credential.claim.municipality, card: null })
    },
    async find(id) {
      const found = open.get(hashOf(id))
      return found === undefined || found.until < now() ? null : found.session
    },
    async end(id) {
      open.delete(hashOf(id))
    },
  }
}

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

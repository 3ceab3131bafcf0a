/**
 * Who somebody is, where the authorization server of this machine has to know: a person shows its virtual card, through
 * the same challenge that partners use, asked for by the platform of the seed; an officer is played.
 */
import { createHash } from 'node:crypto'
import type { PartnerClient } from '../../core/law/actor.ts'
import { parseId } from '../../core/law/ids.ts'
import { answerChallenge, createChallenge, loginMessage } from '../../core/law/partner/login.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import type { World } from '../../core/law/world.ts'
import type { Persona } from '../../db/person/personas.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import type { SignIn } from '../../web/visit.ts'
import type { Credential } from './credentials.ts'
import { key, yes } from '../play/acting.ts'
import type { Interactions } from './sessions-provider.ts'

export interface SignInOptions {
  readonly world: World
  readonly personas: readonly Persona[]
  readonly credentials: Readonly<Record<string, Credential>>
  readonly interactions: Interactions
}

/** Where virtual cards answer. */
export const cardDoor = '/sandbox/cards/'
const sha256 = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest())
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

export function localSignIn({ world, personas, credentials, interactions }: SignInOptions): SignIn {
  const platform: PartnerClient = { kind: 'partner', partner: seededPartnerIds.platform, client: 'pages', scopes: new Set(['login']) }
  const officers = Object.values(credentials).filter(({ claim }) => 'officer' in claim)
  return {
    cards: { door: cardDoor, choices: personas.filter(({ situation }) => situation.card !== 'none').map(({ name, resident }) => ({ name, about: resident.items.name })) },
    officers: officers.map(({ clientId, about }) => ({ name: clientId, about })),

    async asked(uid) {
      const scopes = await interactions.asked(uid)
      return scopes === null ? null : scopes.includes('me') ? 'citizen' : 'officer'
    },
    async challenge() {
      const made = yes('createLoginChallenge', await createChallenge(world, platform, { idempotencyKey: key() }, sha256))
      return { id: made.id, message: loginMessage(made) }
    },
    async card(uid, { challenge, certificate, signature }) {
      const id = parseId('challenge', challenge)
      if (id === null) return null
      const login = await answerChallenge(world, platform, { challenge: id, certificate: bytesOf(certificate), signature: bytesOf(signature), idempotencyKey: key() }, sha256)
      const persona = isRefusal(login) ? undefined : personas.find(({ person }) => person === login.person)
      return persona === undefined ? null : interactions.finish(uid, persona.name)
    },
    async officer(uid, name) {
      return officers.some(({ clientId }) => clientId === name) ? interactions.finish(uid, name) : null
    },
  }
}

/** The door for people on one machine: its provider is the authorization server beside it, its cards are virtual. */
import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Log } from '../../functions/environment.ts'
import { itemsIn } from '../../functions/environment/pages.ts'
import { pagesDoor, type PagesDoor } from '../../functions/pages.ts'
import { connect } from '../../client/gateway.ts'
import { anybodyAt, issuerAt, type Asking } from '../../web/anybody.ts'
import { callback, sessionsBy } from '../../web/login/sessions.ts'
import type { Parts } from '../../web/visit.ts'
import type { Folder } from '../folder.ts'
import { cardDoor, localSignIn, type SignInOptions } from '../login/sessions.ts'
import { pagesClientId, type PagesClient } from '../login/sessions-provider.ts'

/** With its private key. */
export interface PagesKeys extends PagesClient { readonly key: JWK }

/** The pages as a client of the authorization server, from the first start on. */
export async function pagesKeys(folder: Folder, url: string): Promise<PagesKeys> {
  const key = await folder.keep<JWK>('pages.jwk.json', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    return { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: pagesClientId }
  })
  const { d: _, ...publicKey } = key
  return { key, publicKey, redirectUri: new URL(callback, url).href }
}

export interface LocalPagesOptions extends SignInOptions {
  readonly url: string
  readonly client: PagesKeys
  readonly secret: string
  readonly log: Log
}

/** Each as its own client, with a token bound to a key, as any partner. */
function partnersAt(url: string, credentials: SignInOptions['credentials']): Parts['partners'] {
  const of = new Map(Object.values(credentials).filter(({ claim }) => 'partner' in claim).map((credential) => [credential.clientId, credential]))
  const open = new Map<string, Asking>()
  return {
    choices: [...of.values()].map(({ clientId, about }) => ({ name: clientId, about })),
    as(name) {
      const [known, credential] = [open.get(name), of.get(name)]
      if (known !== undefined || credential === undefined) return known ?? null
      const partner = connect({ url, ...credential })
      open.set(name, partner)
      return partner
    },
  }
}

export function localPages({ url, client, secret, log, ...options }: LocalPagesOptions): PagesDoor {
  const { personas } = options
  const issuer = (): Promise<string> => issuerAt(url)
  const of = (subject: string): string | null => (personas.some(({ name }) => name === subject) ? subject : null)
  return pagesDoor({
    log,
    parts: {
      stage: 'local', origin: new URL(url).origin, issuer, signIn: localSignIn(options), open: anybodyAt(url), itemsOf: itemsIn,
      sessions: sessionsBy({ issuer, clientId: pagesClientId, key: client.key, origin: url, secret, cards: { door: cardDoor, of }, now: Date.now }),
      partners: partnersAt(url, options.credentials), personas: async () => personas.map(({ name, about }) => ({ name, about })), token: () => randomBytes(24).toString('base64url'), now: Date.now,
    },
  })
}

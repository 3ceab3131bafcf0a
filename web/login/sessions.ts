/**
 * Who is logged in, without a store: the session lies sealed in the browser's cookie, with its tokens and the key they are
 * bound to, and no process has to remember anything. It ends by itself after fifteen minutes, and at once where the person
 * logs out: the provider takes its refresh token back.
 *
 * @rfc 7516 (dir, A256GCM) · 6265 · 9449
 */
import { createHash, randomBytes } from 'node:crypto'
import { EncryptJWT, exportJWK, generateKeyPair, importJWK, jwtDecrypt, type CryptoKey, type JWK } from 'jose'
import { keyFrom, proofAlgorithm, type ProofKey } from '../../client/proof.ts'
import { LoginFailed, relyingParty, SessionOver, type Pending, type RelyingPartyOptions, type Tokens } from '../../client/relying-party.ts'
import { anybodyAt, NotAnswered } from '../anybody.ts'
import type { Finished, Found, Session, Sessions } from '../visit.ts'

export interface SessionOptions extends Omit<RelyingPartyOptions, 'redirectUri' | 'resource'> {
  /** Where gateway and pages answer. */
  readonly origin: string
  /** At least 32 octets: seals what lies in cookies. */
  readonly secret: string
  /** Where virtual cards answer, and which of them a person has; null where the browser has a reader of its own. */
  readonly cards: { readonly door: string; readonly of: (subject: string) => string | null } | null
}

/** The provider does not renew the tokens, or the gateway does not take them. */
export const isOver = (fault: unknown): boolean => fault instanceof SessionOver || (fault instanceof NotAnswered && fault.status === 401)

export const callback = '/pages/login/back'
/** Seconds. */
const longest = 900
const longestLogin = 600
/** What is asked for: a person's own things; an officer's desk. */
const scopeOf = { citizen: 'openid me', officer: 'openid card certificate area area:approve office statistics audit partner' } as const

interface Kept extends Tokens {
  readonly kind: Session['kind']
  readonly csrf: string
  readonly municipality: string | null
  readonly card: string | null
  /** The private half of the key that the tokens are bound to. */
  readonly key: JWK
}
type Asked = Pending & { readonly next: string; readonly kind: Session['kind'] }

export function sessionsBy(options: SessionOptions): Sessions {
  const { origin, secret, cards, now } = options
  const party = relyingParty({ ...options, redirectUri: new URL(callback, origin).href, resource: origin })
  const sealing = new Uint8Array(createHash('sha256').update(`cookies of the pages v1\0${secret}`).digest())
  const seal = (use: 'login' | 'session', kept: object, until: number): Promise<string> =>
    new EncryptJWT({ kept }).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).setAudience(use).setExpirationTime(Math.floor(until / 1000)).encrypt(sealing)
  const open = async <T>(use: 'login' | 'session', text: string): Promise<{ readonly kept: T; readonly until: number } | null> => {
    try {
      const { payload } = await jwtDecrypt(text, sealing, { audience: use, requiredClaims: ['exp'], keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'], currentDate: new Date(now()) })
      return { kept: payload['kept'] as T, until: payload.exp! * 1000 }
    } catch {
      return null
    }
  }

  return {
    open: true, cards: cards === null ? null : { door: cards.door },
    async begin(kind, next) {
      const { to, pending } = await party.begin(scopeOf[kind])
      return { to, pending: await seal('login', { ...pending, next, kind } satisfies Asked, now() + longestLogin * 1000) }
    },

    async finish(answer, pending): Promise<Finished> {
      const asked = pending === null ? null : await open<Asked>('login', pending)
      if (asked === null) return { failed: 'state', next: '/pages/' }
      const { kind, next } = asked.kept
      const key = await sessionKey()
      try {
        const { claims, ...tokens } = await party.finish(answer, asked.kept, await proofWith(key))
        const who = actorIn(claims['mynagate'])
        if (who === null || who.kind !== kind) return { failed: 'actor', next }
        const kept: Kept = { ...tokens, ...who, key, csrf: randomBytes(32).toString('base64url'), card: kind === 'citizen' ? (cards?.of(claims.sub ?? '') ?? null) : null }
        return { session: await seal('session', kept, now() + longest * 1000), next }
      } catch (fault) {
        if (fault instanceof LoginFailed) return { failed: fault.fault, next }
        throw fault
      }
    },

    async find(cookie): Promise<Found | null> {
      const found = await open<Kept>('session', cookie)
      if (found === null) return null
      let { kept } = found
      const proof = await proofWith(kept.key)
      let renewing: Promise<void> | null = null
      const renew = async (): Promise<void> => {
        if (kept.refresh === null) throw new SessionOver('the access token has run out, and there is no other')
        kept = { ...kept, ...(await party.renew(kept.refresh, proof)) }
      }
      const gateway = anybodyAt(origin, async (method, url) => {
        if (kept.until < now() + 15_000) await (renewing ??= renew())
        return { authorization: `DPoP ${kept.access}`, dpop: await proof.prove(method, url, kept.access) }
      })
      const { kind, csrf, municipality, card } = kept
      return { session: { kind, csrf, municipality, card, gateway }, renewed: async () => (kept === found.kept ? null : seal('session', kept, found.until)) }
    },

    async end(cookie) {
      const found = await open<Kept>('session', cookie)
      if (found !== null && found.kept.refresh !== null) await party.revoke(found.kept.refresh)
    },
  }
}

/** For whom the provider lets the pages act, as it says in the claim `mynagate` of the ID token. */
function actorIn(claim: unknown): Pick<Kept, 'kind' | 'municipality'> | null {
  if (typeof claim !== 'object' || claim === null) return null
  const { person, officer, municipality } = claim as Readonly<Record<string, unknown>>
  if (typeof person === 'string' && officer === undefined) return { kind: 'citizen', municipality: null }
  return typeof officer === 'string' && person === undefined ? { kind: 'officer', municipality: typeof municipality === 'string' ? municipality : null } : null
}

async function sessionKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(proofAlgorithm, { extractable: true })
  return exportJWK(privateKey)
}

async function proofWith(key: JWK): Promise<ProofKey> {
  const { kty, crv, x, y } = key
  return keyFrom((await importJWK(key, proofAlgorithm)) as CryptoKey, { kty: kty!, crv: crv!, x: x!, y: y! })
}

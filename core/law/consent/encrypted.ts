/**
 * Release to the partner's encryption key: what leaves the gateway is a JWE that only the partner opens. No cache, log or
 * proxy on the way ever holds a value. The key is the newest registered one for encryption that is not retired; where
 * there is none, nothing is read.
 *
 * @law 公的個人認証法 第18条第3項 · @rfc 7516 3.1 · 7518 4.3, 4.6, 5.3
 */
import { asPartner, type Actor } from '../actor.ts'
import type { PartnerClient } from '../actor.ts'
import { isRefusal, type Result } from '../refusal.ts'
import { toRfc3339, type Instant } from '../time.ts'
import { canonicalJson } from '../act.ts'
import { encryptionKeyFor, type PartnerKey } from '../partner/key.ts'
import type { Uses } from '../world.ts'
import { attributesOf, only, releaseUnder, type AccessLogEntry, type Asking, type DisclosureWorld } from './disclosure.ts'
import type { Freshness } from './freshness.ts'
import { isAttribute } from './item.ts'

export interface EncryptedRelease {
  readonly entry: AccessLogEntry
  /** Compact serialisation; `kid` and `typ` in its header. */
  readonly jwe: string
  readonly kid: string
  readonly freshness: Freshness
  readonly asOf: Instant
}

/** Encrypts to a public key: ECDH-ES or RSA-OAEP-256, content A256GCM. */
export type Encrypt = (plaintext: string, key: PartnerKey) => Promise<string>

export async function releaseEncrypted(world: DisclosureWorld & Uses<'partnerKeys'>, actor: Actor, input: Asking, encrypt: Encrypt): Promise<Result<EncryptedRelease>> {
  const client = asPartner(actor, 'consent')
  const key = isRefusal(client) ? null : await newestKey(world, client)
  const released = await releaseUnder(world, actor, input, attributesOf, key === null ? 'NO_ENCRYPTION_KEY' : null, 'encrypted-four-information')
  if (isRefusal(released)) return released
  if (key === null) throw new Error('released without a key')
  const { entry, held, freshness, asOf, source, facts } = released
  const plaintext = canonicalJson({ release: entry.id, consent: entry.consent, items: entry.items, values: only(held, entry.items.filter(isAttribute)), freshness, asOf: toRfc3339(asOf), source, facts: facts.map((f) => ({ ...f, asOf: toRfc3339(f.asOf), checkedAt: toRfc3339(f.checkedAt), sourceUpdatedAt: f.sourceUpdatedAt === null ? null : toRfc3339(f.sourceUpdatedAt) })) })
  return { entry, jwe: await encrypt(plaintext, key), kid: key.kid, freshness, asOf }
}

const newestKey = async (world: Uses<'clock' | 'partnerKeys'>, client: PartnerClient): Promise<PartnerKey | null> => encryptionKeyFor(await world.partnerKeys.ofClient(client.client), world.clock.now())

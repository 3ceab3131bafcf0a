/**
 * Clients of partners as the authorization server of this machine knows them: by the keys that are registered now, not by
 * those of its start. A key that was registered a moment ago is good for the next assertion, a retired one is not.
 *
 * @rfc 7523 3 · 7517
 */
import type { Adapter, AdapterPayload, ClientMetadata } from 'oidc-provider'
import { begin } from '../../core/law/act.ts'
import type { PartnerClient } from '../../core/law/actor.ts'
import type { PartnerId } from '../../core/law/ids.ts'
import { holdsAt, type PartnerKey, type PartnerKeys } from '../../core/law/partner/key.ts'
import { readPublicJwk } from '../../core/pki/jwk.ts'
import { instant } from '../../core/law/time.ts'
import type { TestClient } from './authorization-server.ts'

export type RegisteredKeys = Pick<PartnerKeys, 'ofClient' | 'used'>

/** A client that has registered nothing yet is known by the key it was made with. */
export function partnersBy(keys: RegisteredKeys, clients: readonly TestClient[], metadata: (client: TestClient, keys: readonly object[]) => ClientMetadata): Pick<Adapter, 'find'> {
  const known = new Map(clients.map((client) => [client.id, client]))
  return {
    async find(id: string) {
      const client = known.get(id)
      if (client === undefined) return undefined
      const registered = await keys.ofClient(id)
      const now = instant(Date.now())
      const good = registered.filter((key) => key.use === 'sig' && holdsAt(key, now)).map((key) => key.jwk)
      return metadata(client, registered.length === 0 ? [client.publicKey] : good) as unknown as AdapterPayload
    },
  }
}

/** The key that a test client was made with is its first registered one; one that was retired stays so. */
export async function registerFirstKeys(keys: Pick<PartnerKeys, 'ofClient' | 'register'>, clients: readonly TestClient[]): Promise<void> {
  for (const { id, publicKey, claim } of clients) {
    const read = 'partner' in claim ? readPublicJwk(publicKey) : 'form'
    if (!('partner' in claim) || typeof read === 'string' || (await keys.ofClient(id)).some((key) => key.kid === read.kid)) continue
    const now = instant(Date.now())
    const partner = claim.partner as PartnerId
    const actor: PartnerClient = { kind: 'partner', partner, client: id, scopes: new Set() }
    const key: PartnerKey = { partner, client: id, ...read, source: 'INLINE', registeredAt: now, retiresAt: null, lastFetchedAt: null, lastUsedAt: null }
    await keys.register({ ...begin('key.register', actor, now, { kid: read.kid }), subject: id, facts: { kid: read.kid, use: read.use, alg: read.alg } }, key)
  }
}

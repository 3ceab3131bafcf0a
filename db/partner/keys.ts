/**
 * Public keys of partners' clients. A row is never removed: an assertion of long ago can still be told by whose key it was
 * made.
 */
import { and, asc, eq, inArray, isNull, lte, notInArray, or, sql } from 'drizzle-orm'
import type { PartnerKeys } from '../../core/law/partner/key.ts'
import { refuse } from '../../core/law/refusal.ts'
import type { Db } from '../client.ts'
import { perform } from '../record/acts.ts'
import { keyAddresses, partnerKeys } from '../tables/keys.ts'

export function openPartnerKeys(db: Db): PartnerKeys {
  const named = (client: string, kid: string) => and(eq(partnerKeys.client, client), eq(partnerKeys.kid, kid))
  return {
    of: (partner) => db.select().from(partnerKeys).where(eq(partnerKeys.partner, partner)).orderBy(asc(partnerKeys.client), asc(partnerKeys.registeredAt)),
    ofClient: (client) => db.select().from(partnerKeys).where(eq(partnerKeys.client, client)).orderBy(asc(partnerKeys.registeredAt), asc(partnerKeys.kid)),
    addressesOf: (partner) => db.select().from(keyAddresses).where(eq(keyAddresses.partner, partner)),
    register: (act, key) => perform(db, act, { partner_keys_pk: 'CONFLICT' }, async (tx) => void (await tx.insert(partnerKeys).values(key))),
    setAddress: (act, address) => perform(db, act, {}, async (tx) => void (await tx.insert(keyAddresses).values(address).onConflictDoUpdate({ target: keyAddresses.client, set: address }))),
    retire: (act, client, kid, at) =>
      perform(db, act, {}, async (tx) => {
        // Of two that retire the last two keys at once, the second sees that the first did.
        await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`keys of ${client}`}, 0))`)
        const left = await tx.$count(partnerKeys, and(eq(partnerKeys.client, client), eq(partnerKeys.use, 'sig'), isNull(partnerKeys.retiresAt), sql`${partnerKeys.kid} <> ${kid}`))
        const retired = await tx.update(partnerKeys).set({ retiresAt: at }).where(and(named(client, kid), or(isNull(partnerKeys.retiresAt), sql`${partnerKeys.retiresAt} > ${at}::bigint`))).returning({ use: partnerKeys.use })
        if (retired.length === 0) return refuse('CONFLICT')
        return retired[0]?.use === 'sig' && left === 0 ? refuse('KEY_NOT_TAKEN', { field: 'kid', state: 'LAST' }) : undefined
      }),
    async used(client, kid, at) {
      await db.update(partnerKeys).set({ lastUsedAt: at }).where(named(client, kid))
    },
    due: (before, limit) => db.select().from(keyAddresses).where(or(isNull(keyAddresses.lastFetchedAt), lte(keyAddresses.lastFetchedAt, before))).orderBy(sql`${keyAddresses.lastFetchedAt} nulls first`).limit(limit),
    fetched: (address, keys, outcome, at, retireAt) =>
      db.transaction(async (tx) => {
        await tx.update(keyAddresses).set({ lastFetchedAt: at, lastOutcome: outcome }).where(and(eq(keyAddresses.client, address.client), eq(keyAddresses.uri, address.uri)))
        if (keys === null) return
        const kids = keys.map((key) => key.kid)
        // A name stays with the key it was first given to; a retired key does not come back.
        for (const key of keys) await tx.insert(partnerKeys).values(key).onConflictDoNothing()
        await tx.update(partnerKeys).set({ lastFetchedAt: at }).where(and(eq(partnerKeys.client, address.client), eq(partnerKeys.source, 'URI'), inArray(partnerKeys.kid, kids)))
        await tx.update(partnerKeys).set({ retiresAt: retireAt }).where(and(eq(partnerKeys.client, address.client), eq(partnerKeys.source, 'URI'), isNull(partnerKeys.retiresAt), notInArray(partnerKeys.kid, kids)))
      }),
  }
}

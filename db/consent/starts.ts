/** Return addresses, started requests and refusals (同意しない). A refusal and the end of its request are one act. */
import { and, asc, eq, isNull, notInArray } from 'drizzle-orm'
import type { ConsentStarts } from '../../core/law/consent/start.ts'
import { refuse } from '../../core/law/refusal.ts'
import type { Db } from '../client.ts'
import { perform } from '../record/acts.ts'
import { consentRequests } from '../tables/consents.ts'
import { consentRefusals, consentStarts, returnAddresses } from '../tables/starts.ts'

export function openConsentStarts(db: Db): ConsentStarts {
  return {
    addressesOf: async (partner) => (await db.select({ address: returnAddresses.address }).from(returnAddresses).where(and(eq(returnAddresses.partner, partner), isNull(returnAddresses.endedAt))).orderBy(asc(returnAddresses.address))).map(({ address }) => address),
    registerAddresses: (act, partner, addresses) =>
      perform(db, act, {}, async (tx) => {
        await tx.update(returnAddresses).set({ endedAt: act.at }).where(and(eq(returnAddresses.partner, partner), isNull(returnAddresses.endedAt), notInArray(returnAddresses.address, [...addresses])))
        if (addresses.length > 0) await tx.insert(returnAddresses).values(addresses.map((address) => ({ partner, address, endedAt: null }))).onConflictDoUpdate({ target: [returnAddresses.partner, returnAddresses.address], set: { endedAt: null } })
      }),
    start: (act, start) =>
      perform(db, act, { consent_starts_pkey: 'CONFLICT' }, async (tx) => {
        await tx.insert(consentStarts).values(start)
      }),
    ofRequest: async (request) => (await db.select().from(consentStarts).where(eq(consentStarts.request, request)))[0] ?? null,
    byReference: async (reference) => (await db.select().from(consentStarts).where(eq(consentStarts.reference, reference)))[0] ?? null,
    decline: (act, request, at) =>
      perform(db, act, {}, async (tx) => {
        const answered = await tx.update(consentRequests).set({ state: 'ANSWERED' }).where(and(eq(consentRequests.id, request), eq(consentRequests.state, 'OPEN'))).returning({ id: consentRequests.id })
        if (answered.length === 0) return refuse('CONFLICT')
        await tx.insert(consentRefusals).values({ request, at })
      }),
    declinedAt: async (request) => (await db.select({ at: consentRefusals.at }).from(consentRefusals).where(eq(consentRefusals.request, request)))[0]?.at ?? null,
  }
}

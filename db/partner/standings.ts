/**
 * Standings granted, suspended and ended. The end of a partner is one transaction: nothing given under it outlives it, and
 * what is erased is counted and bound in the leaf of the act.
 */
import { createHash } from 'node:crypto'
import { and, eq, gte, inArray, isNull, lte, or, sql } from 'drizzle-orm'
import type { PartnerId } from '../../core/law/ids.ts'
import { refuse } from '../../core/law/refusal.ts'
import type { Ending, Standings } from '../../core/law/partner/standing.ts'
import { leafOf, perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import { restingOn } from '../consent/radii.ts'
import { leaveWord } from '../consent/seals.ts'
import { opening } from '../session.ts'
import { announce } from './outbox.ts'
import { accountLinks, passkeys } from '../tables/accounts.ts'
import { auditLeaves } from '../tables/audit.ts'
import { consentRequests, consents } from '../tables/consents.ts'
import { challenges, standings } from '../tables/partners.ts'
import { deliveries, webhooks } from '../tables/webhooks.ts'

const own = (partner: PartnerId) => and(eq(standings.partner, partner), isNull(standings.endedAt))
/** Its own, and those that rest on it. */
const running = (partner: PartnerId) => and(or(eq(standings.partner, partner), eq(standings.through, partner)), isNull(standings.endedAt))
const inForce = (partners: readonly PartnerId[]) => and(inArray(consents.partner, [...partners]), eq(consents.state, 'IN_FORCE'))
const unanswered = (partners: readonly PartnerId[]) => and(inArray(consentRequests.partner, [...partners]), eq(consentRequests.state, 'OPEN'))
const active = (partner: PartnerId) => and(eq(webhooks.partner, partner), eq(webhooks.state, 'ACTIVE'))

export function openStandings(db: Db): Standings {
  return {
    grant: (act, partner, standing) =>
      perform(db, act, { standings_pk: 'CONFLICT' }, async (tx) => {
        await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`standing ${partner} ${standing.role}`}, 0))`)
        const overlapping = await tx
          .select({ from: standings.from })
          .from(standings)
          .where(and(eq(standings.partner, partner), eq(standings.role, standing.role), isNull(standings.endedAt), lte(standings.from, standing.until), gte(standings.until, standing.from)))
        if (overlapping.length > 0) return refuse('CONFLICT', { field: 'from' })
        const suspended = await tx.select({ role: standings.role }).from(standings).where(and(own(partner), eq(standings.suspended, true))).limit(1)
        await tx.insert(standings).values({ ...standing, partner, suspended: suspended.length > 0 })
      }),
    suspend: (act, partner, suspended) =>
      perform(db, act, {}, async (tx) => {
        const changed = await tx.update(standings).set({ suspended }).where(and(own(partner), eq(standings.suspended, !suspended))).returning({ role: standings.role })
        return changed.length === 0 ? refuse('WRONG_STATE', { state: suspended ? 'SUSPENDED' : 'IN_FORCE' }) : undefined
      }),
    endingOf: (partner) => opening(['partners'], () => endingOf(db, partner)),
    end: (act, partner) => opening(['partners'], () => perform(db, act, {}, async (tx) => {
      const ending = await endingOf(tx, partner)
      // Who acts through it alone has nothing left to stand on: looked at before the grounds end.
      const all = [partner, ...(await restingOn(tx, partner))]
      const ended = await tx.update(standings).set({ endedAt: act.at }).where(running(partner)).returning({ role: standings.role })
      if (ended.length === 0) return refuse('WRONG_STATE', { state: 'ENDED' })
      // Requests first: whoever is answering one now is waited for, and ends with the rest.
      const asked = await tx.delete(consentRequests).where(unanswered(all)).returning({ id: consentRequests.id })
      await announce(tx, 'consent-ended', inForce(all), act.at)
      const gone = await tx.update(consents).set({ state: 'ENDED_WITH_PARTNER', withdrawnAt: act.at }).where(inForce(all)).returning({ id: consents.id })
      await leaveWord(tx, gone, 'ended')
      const opened = await tx.delete(challenges).where(and(eq(challenges.partner, partner), eq(challenges.state, 'OPEN'))).returning({ id: challenges.id })
      const hooks = await tx.update(webhooks).set({ state: 'REMOVED', secret: new Uint8Array(0), sealed: null, previousSealed: null, previousUntil: null }).where(active(partner)).returning({ id: webhooks.id })
      if (hooks.length > 0) await tx.update(deliveries).set({ state: 'DEAD', lastOutcome: 'the partner ended' }).where(and(inArray(deliveries.webhook, hooks.map((h) => h.id)), eq(deliveries.state, 'WAITING')))
      const links = await tx.update(accountLinks).set({ state: 'ENDED_WITH_PARTNER', endedAt: act.at, account: null }).where(and(eq(accountLinks.partner, partner), eq(accountLinks.state, 'LINKED'))).returning({ id: accountLinks.id })
      const keys = await tx.update(passkeys).set({ state: 'REMOVED', removedAt: act.at, publicKey: new Uint8Array(0) }).where(and(eq(passkeys.partner, partner), eq(passkeys.state, 'ENROLLED'))).returning({ id: passkeys.id })
      await prove(tx, act, { consents: gone, requests: asked, challenges: opened, webhooks: hooks, links, passkeys: keys })
      return ending
    })),
  }
}

async function endingOf(db: Db | Tx, partner: PartnerId): Promise<Ending> {
  const all = [partner, ...(await restingOn(db, partner))]
  const [services, given, hooks, asked] = [
    await db.selectDistinct({ partner: standings.partner }).from(standings).where(and(eq(standings.through, partner), isNull(standings.endedAt))),
    await db.$count(consents, inForce(all)), await db.$count(webhooks, active(partner)), await db.$count(consentRequests, unanswered(all)),
  ]
  return { delegations: services.length, consents: given, webhooks: hooks, openRequests: asked }
}

/** A second leaf of the act: how many of each went, and the hash over their ids, sorted. */
async function prove(tx: Tx, act: Parameters<typeof leafOf>[0], gone: Readonly<Record<string, readonly { readonly id: string }[]>>): Promise<void> {
  const counts = Object.fromEntries(Object.entries(gone).map(([what, rows]) => [what, rows.length]))
  const ids = Object.values(gone).flat().map((row) => row.id).toSorted()
  await tx.insert(auditLeaves).values(leafOf({ ...act, facts: { ...counts, erased: createHash('sha256').update(ids.join('\n')).digest('hex') } }))
}

/**
 * Standings granted, suspended and ended. The end of a partner is one transaction: nothing given under it outlives it, and
 * what is erased is counted and bound in the leaf of the act.
 */
import { createHash } from 'node:crypto'
import { and, eq, gte, inArray, isNull, lte, or, sql } from 'drizzle-orm'
import type { PartnerId } from '../../core/law/ids.ts'
import { refuse } from '../../core/law/refusal.ts'
import { dayOf, type LegalDate } from '../../core/law/time.ts'
import type { Ending, Standings } from '../../core/law/partner/standing.ts'
import { leafOf, perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import { consentsOf, fallingWith, linksOf, passkeysOf, requestsOf, webhooksOf } from '../consent/radii.ts'
import { leaveWord } from '../consent/seals.ts'
import { opening } from '../session.ts'
import { announce } from './outbox.ts'
import { standingOrder } from './partners.ts'
import { accountLinks, enrolments, passkeys } from '../tables/accounts.ts'
import { auditLeaves } from '../tables/audit.ts'
import { consentRequests, consents } from '../tables/consents.ts'
import { challenges, standings } from '../tables/partners.ts'
import { deliveries, webhooks } from '../tables/webhooks.ts'

const own = (partner: PartnerId) => and(eq(standings.partner, partner), isNull(standings.endedAt))
/** Its own, and those that rest on it. */
const running = (partner: PartnerId) => and(or(eq(standings.partner, partner), eq(standings.through, partner)), isNull(standings.endedAt))

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
        await tx.select({ role: standings.role }).from(standings).where(own(partner)).orderBy(...standingOrder).for('update')
        const changed = await tx.update(standings).set({ suspended }).where(and(own(partner), eq(standings.suspended, !suspended))).returning({ role: standings.role })
        return changed.length === 0 ? refuse('WRONG_STATE', { state: suspended ? 'SUSPENDED' : 'IN_FORCE' }) : undefined
      }),
    agree: (act, partner, { role, from }, agreement) =>
      perform(db, act, {}, async (tx) => {
        const ground = await tx.update(standings).set({ agreement }).where(and(own(partner), eq(standings.role, role), eq(standings.from, from))).returning({ role: standings.role })
        return ground.length === 0 ? refuse('CONFLICT') : undefined
      }),
    report: (act, service, platform, at) =>
      perform(db, act, {}, async (tx) => {
        const reported = await tx.update(standings).set({ reportedAt: at }).where(and(own(service), eq(standings.through, platform), isNull(standings.reportedAt))).returning({ role: standings.role })
        return reported.length === 0 ? refuse('CONFLICT') : undefined
      }),
    endingOf: (partner, today) => opening(['partners'], () => endingOf(db, partner, today)),
    end: (act, partner) => opening(['partners'], () => perform(db, act, {}, async (tx) => {
      // Standings first, in order: whoever is giving a consent now holds them, is waited for, and ends with the rest.
      await tx.select({ role: standings.role }).from(standings).where(running(partner)).orderBy(...standingOrder).for('update')
      const ending = await endingOf(tx, partner, dayOf(act.at))
      // Who acts through it alone has nothing left to stand on: looked at before the grounds end.
      const falling = await fallingWith(tx, partner, dayOf(act.at))
      const ended = await tx.update(standings).set({ endedAt: act.at }).where(running(partner)).returning({ role: standings.role })
      if (ended.length === 0) return refuse('WRONG_STATE', { state: 'ENDED' })
      const asked = await tx.delete(consentRequests).where(requestsOf(falling)).returning({ id: consentRequests.id })
      await announce(tx, 'consent-ended', consentsOf(falling), act.at)
      const gone = await tx.update(consents).set({ state: 'ENDED_WITH_PARTNER', withdrawnAt: act.at }).where(consentsOf(falling)).returning({ id: consents.id })
      await leaveWord(tx, gone, 'ended')
      const opened = await tx.delete(challenges).where(and(inArray(challenges.partner, [...falling.login]), eq(challenges.state, 'OPEN'))).returning({ id: challenges.id })
      const offers = await tx.update(enrolments).set({ state: 'SPENT' }).where(and(inArray(enrolments.partner, [...falling.login]), eq(enrolments.state, 'OPEN'))).returning({ id: enrolments.id })
      const hooks = await tx.update(webhooks).set({ state: 'REMOVED', secret: new Uint8Array(0), sealed: null, previousSealed: null, previousUntil: null }).where(webhooksOf(falling)).returning({ id: webhooks.id })
      if (hooks.length > 0) await tx.update(deliveries).set({ state: 'DEAD', lastOutcome: 'the partner ended' }).where(and(inArray(deliveries.webhook, hooks.map((h) => h.id)), eq(deliveries.state, 'WAITING')))
      const links = await tx.update(accountLinks).set({ state: 'ENDED_WITH_PARTNER', endedAt: act.at, account: null }).where(linksOf(falling)).returning({ id: accountLinks.id })
      const keys = await tx.update(passkeys).set({ state: 'REMOVED', removedAt: act.at, publicKey: new Uint8Array(0) }).where(passkeysOf(falling)).returning({ id: passkeys.id })
      await prove(tx, act, { consents: gone, requests: asked, challenges: opened, offers, webhooks: hooks, links, passkeys: keys })
      return ending
    })),
  }
}

async function endingOf(db: Db | Tx, partner: PartnerId, today: LegalDate): Promise<Ending> {
  const falling = await fallingWith(db, partner, today)
  const services = await db.selectDistinct({ partner: standings.partner }).from(standings).where(and(eq(standings.through, partner), isNull(standings.endedAt)))
  return {
    delegations: services.length, consents: await db.$count(consents, consentsOf(falling)), webhooks: await db.$count(webhooks, webhooksOf(falling)), openRequests: await db.$count(consentRequests, requestsOf(falling)),
    links: await db.$count(accountLinks, linksOf(falling)), passkeys: await db.$count(passkeys, passkeysOf(falling)),
  }
}

/** A second leaf of the act: how many of each went, and the hash over their ids, sorted. */
async function prove(tx: Tx, act: Parameters<typeof leafOf>[0], gone: Readonly<Record<string, readonly { readonly id: string }[]>>): Promise<void> {
  const counts = Object.fromEntries(Object.entries(gone).map(([what, rows]) => [what, rows.length]))
  const ids = Object.values(gone).flat().map((row) => row.id).toSorted()
  await tx.insert(auditLeaves).values(leafOf({ ...act, facts: { ...counts, erased: createHash('sha256').update(ids.join('\n')).digest('hex') } }))
}

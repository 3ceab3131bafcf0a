/**
 * Purposes, requests for consent and consents. A consent, the end of its request and of the consent it replaces are one
 * act; a withdrawal waits for a release that is in flight (releases.ts). Each beginning and end leaves word for the
 * gateway's signature (seals.ts).
 */
import { and, asc, desc, eq, getTableColumns, gte, isNull, max, or, sql } from 'drizzle-orm'
import type { Consent, ConsentRequest, Consents, Purpose } from '../../core/law/consent/consent.ts'
import { unstated } from '../../core/law/consent/frequency.ts'
import { unstatedNotices } from '../../core/law/consent/notice.ts'
import type { PurposeId } from '../../core/law/ids.ts'
import { hasStanding } from '../../core/law/partner/partner.ts'
import { refuse } from '../../core/law/refusal.ts'
import { dayOf } from '../../core/law/time.ts'
import { perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import { opening, openPerson } from '../session.ts'
import { announce } from '../partner/outbox.ts'
import { standingsHeld } from '../partner/partners.ts'
import { consentRequests, consents, purposes } from '../tables/consents.ts'
import { leaveWord } from './seals.ts'

export function openConsents(db: Db): Consents {
  const load = db.select().from(consents).where(eq(consents.id, sql.placeholder('id'))).prepare('consents_load')
  const loadRequest = db.select().from(consentRequests).where(eq(consentRequests.id, sql.placeholder('id'))).prepare('consent_requests_load')
  const loadPurpose = db.select().from(purposes).where(eq(purposes.id, sql.placeholder('id'))).prepare('purposes_load')
  return {
    loadPurpose: async (id: PurposeId): Promise<Purpose | null> => (await loadPurpose.execute({ id })).map(purposeOf)[0] ?? null,
    purposesOf: async (partner) => (await db.select().from(purposes).where(eq(purposes.partner, partner)).orderBy(asc(purposes.id))).map(purposeOf),
    registerPurpose: (act, purpose) => perform(db, act, {}, (tx) => registerPurpose(tx, purpose)),
    createRequest: (act, request) =>
      perform(db, act, {}, async (tx) => {
        await tx.insert(consentRequests).values({ ...request, required: [...request.required], optional: [...request.optional] })
      }),
    loadRequest: async (id): Promise<ConsentRequest | null> => {
      const [row] = await loadRequest.execute({ id })
      return row === undefined ? null : { ...row, frequency: row.frequency ?? unstated }
    },
    give: (act, consent) =>
      perform(db, act, {}, async (tx) => {
        // Held until this commits: an end or a suspension of the partner waits, and an end then takes this consent along.
        if (!hasStanding({ standings: await standingsHeld(tx, consent.partner) }, 'signature-verifier', dayOf(consent.givenAt))) return refuse('PARTNER_NOT_IN_STANDING')
        const answered = await tx
          .update(consentRequests)
          .set({ state: 'ANSWERED' })
          .where(and(eq(consentRequests.id, consent.request), eq(consentRequests.state, 'OPEN')))
          .returning({ id: consentRequests.id })
        if (answered.length === 0) return refuse('CONFLICT')
        // Held in the same way: an end of the purpose waits too.
        const [purpose] = await tx.select({ endedAt: purposes.endedAt }).from(purposes).where(eq(purposes.id, consent.purpose)).for('share')
        if (purpose?.endedAt !== null) return refuse('CONFLICT')
        if (consent.replaces !== null) {
          const replaced = await tx.update(consents).set({ state: 'REPLACED', withdrawnAt: consent.givenAt }).where(and(eq(consents.id, consent.replaces), eq(consents.person, consent.person), eq(consents.state, 'IN_FORCE'))).returning({ id: consents.id })
          if (replaced.length === 0) return refuse('CONFLICT')
          await leaveWord(tx, replaced, 'ended')
        }
        await tx.insert(consents).values(rowOf(consent))
        await leaveWord(tx, [consent], 'given')
      }),
    load: async (id): Promise<Consent | null> => firstOf(await load.execute({ id })),
    currentOf: async (grant) => firstOf(await db.select().from(consents).where(and(or(eq(consents.id, grant), eq(consents.continues, grant)), eq(consents.state, 'IN_FORCE')))),
    handedOn: (id) => opening([`upstream:${id}`], async (): Promise<Consent | null> => firstOf(await load.execute({ id }))),
    withdraw: (act, id, at, by = null) =>
      opening(by === 'CLIENT_SOFTWARE' || by === 'NATIONAL_PORTAL' ? [`upstream:${id}`] : [], () => perform(db, act, {}, async (tx) => {
        const withdrawn = await tx.update(consents).set({ state: 'WITHDRAWN', withdrawnAt: at, withdrawnBy: by }).where(and(eq(consents.id, id), eq(consents.state, 'IN_FORCE'))).returning({ id: consents.id, person: consents.person })
        if (withdrawn[0] === undefined) return refuse('CONFLICT')
        await openPerson(tx, withdrawn[0].person)
        await leaveWord(tx, withdrawn, 'ended')
        await announce(tx, 'consent-withdrawn', eq(consents.id, id), at)
      })),
    ofPerson: async (person) => (await db.select().from(consents).where(eq(consents.person, person)).orderBy(asc(consents.id))).map(consentOf),
    extending: async (person, at): Promise<ConsentRequest[]> => {
      const open = and(eq(consents.person, person), eq(consents.state, 'IN_FORCE'), eq(consentRequests.state, 'OPEN'), gte(consentRequests.expiresAt, at))
      const rows = await db.select(getTableColumns(consentRequests)).from(consentRequests).innerJoin(consents, eq(consents.id, consentRequests.replaces)).where(open).orderBy(desc(consentRequests.id))
      return rows.map((row) => ({ ...row, frequency: row.frequency ?? unstated }))
    },
    inForceUnder: (purpose) => db.$count(consents, under(purpose)),
    endPurpose: (act, id, at) =>
      perform(db, act, {}, async (tx) => {
        const ended = await tx.update(purposes).set({ endedAt: at }).where(and(eq(purposes.id, id), isNull(purposes.endedAt))).returning({ id: purposes.id })
        if (ended.length === 0) return refuse('CONFLICT')
        await announce(tx, 'consent-ended', under(id), at)
        await leaveWord(tx, await tx.update(consents).set({ state: 'ENDED_WITH_PURPOSE', withdrawnAt: at }).where(under(id)).returning({ id: consents.id }), 'ended')
      }),
  }
}

const purposeOf = (row: typeof purposes.$inferSelect): Purpose => ({ ...row, notices: row.notices ?? unstatedNotices(row.textJa, row.textEn) })

const under = (purpose: PurposeId) => and(eq(consents.purpose, purpose), eq(consents.state, 'IN_FORCE'))

type Row = typeof consents.$inferSelect
/** Who consented and what it goes on with are kept where they are another than the person and the consent itself. */
export function consentOf({ representative, continues, frequency, ...row }: Row): Consent {
  return { ...row, frequency: frequency ?? unstated, givenBy: representative ?? row.person, grant: continues ?? row.id }
}
const firstOf = (rows: readonly Row[]): Consent | null => (rows[0] === undefined ? null : consentOf(rows[0]))

function rowOf({ givenBy, grant, ...consent }: Consent): typeof consents.$inferInsert {
  return { ...consent, items: [...consent.items], representative: givenBy === consent.person ? null : givenBy, continues: grant === consent.id ? null : grant }
}

/** Versions of one name come one after the other; the lock is taken before the last one is read. */
async function registerPurpose(tx: Tx, purpose: Omit<Purpose, 'version'>): Promise<Purpose> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`purpose ${purpose.partner} ${purpose.name}`}, 0))`)
  const [last] = await tx.select({ version: max(purposes.version) }).from(purposes).where(and(eq(purposes.partner, purpose.partner), eq(purposes.name, purpose.name)))
  const registered = { ...purpose, version: (last?.version ?? 0) + 1, endedAt: null }
  await tx.insert(purposes).values({ ...registered, items: [...purpose.items] })
  return registered
}

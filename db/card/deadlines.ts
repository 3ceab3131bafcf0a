/**
 * What time brings about, on the rows of one person: held still while the law decides, and ended as it decided. Cards are
 * locked before applications and certificates, as every act does.
 */
import { and, asc, eq, gt, inArray, lte, lt } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import { endsNothing, type Deadlines, type Settlement, type Standing, type StandingCertificate } from '../../core/law/card/deadline.ts'
import type { PersonId } from '../../core/law/ids.ts'
import { refuse } from '../../core/law/refusal.ts'
import { dayOf, startOf, type Instant } from '../../core/law/time.ts'
import { perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import { abandonReserved, expire, lapse } from './lapse.ts'
import { openPerson } from '../session.ts'
import { areasFollow } from '../space/installations.ts'
import { cardApplications, cards } from '../tables/cards.ts'
import { certificateApplications, certificates } from '../tables/certificates.ts'
import { residentEvents } from '../tables/register.ts'

export function openDeadlines(db: Db): Deadlines {
  return {
    due: (at, after, limit) => due(db, at, after, limit),
    look: (person, decide) => db.transaction(async (tx) => {
      const settlement = decide(await holdStill(tx, person))
      if (endsNothing(settlement)) await lookAgain(tx, settlement)
      return settlement
    }),
    settle: (act, person, decide) => perform(db, act, {}, async (tx) => {
      const settlement = decide(await holdStill(tx, person))
      if (endsNothing(settlement)) return refuse('CONFLICT')
      await carryOut(tx, act.at, person, settlement)
      return settlement
    }),
  }
}

const unended = inArray(cards.state, ['MADE', 'ACTIVE', 'SUSPENDED'])

/** By two partial indexes; a certificate that ran out is found by its own last day. */
async function due(db: Db, at: Instant, after: PersonId | null, limit: number): Promise<PersonId[]> {
  const from = (column: typeof cards.person | typeof certificates.person) => (after === null ? undefined : gt(column, after))
  const found = unionAll(
    db.selectDistinct({ person: cards.person }).from(cards).where(and(unended, lte(cards.dueAt, at), from(cards.person))).orderBy(asc(cards.person)).limit(limit),
    db.selectDistinct({ person: certificates.person }).from(certificates)
      .where(and(inArray(certificates.state, ['VALID', 'HELD']), lt(certificates.expiresOn, dayOf(at)), from(certificates.person))).orderBy(asc(certificates.person)).limit(limit),
  )
  return [...new Set((await found).map((row) => row.person))].toSorted((a, b) => (a < b ? -1 : 1)).slice(0, limit)
}

/** The rows that time can end, locked, and the events that decide. */
export async function holdStill(tx: Tx, person: PersonId): Promise<Standing> {
  await openPerson(tx, person)
  const held = await tx
    .select({ id: cards.id, state: cards.state, madeOn: cards.madeOn, deliveredAt: cards.deliveredAt, expiresOn: cards.expiresOn, receivedAt: cardApplications.receivedAt })
    .from(cards).leftJoin(cardApplications, eq(cardApplications.card, cards.id))
    .where(and(eq(cards.person, person), unended)).orderBy(asc(cards.id)).for('update', { of: cards })
  const live: StandingCertificate[] = await tx
    .select({ id: certificates.id, kind: certificates.kind, card: certificates.card, state: certificates.state, issuedAt: certificates.issuedAt, expiresOn: certificates.expiresOn })
    .from(certificates)
    .where(and(eq(certificates.person, person), inArray(certificates.state, ['RESERVED', 'VALID', 'HELD']))).orderBy(asc(certificates.id)).for('update')
  const history = await tx.select().from(residentEvents).where(eq(residentEvents.person, person)).orderBy(asc(residentEvents.recordedAt), asc(residentEvents.id))
  return { cards: held.map(({ madeOn, receivedAt, ...card }) => ({ ...card, since: receivedAt ?? startOf(madeOn) })), certificates: live, history }
}

/** Returns how many live certificates lapsed; those that ran out are not among them. */
export async function carryOut(tx: Tx, at: Instant, person: PersonId, settlement: Settlement): Promise<number> {
  for (const { card, ground, at: endAt } of settlement.cards) {
    await tx.update(cards).set({ state: ground === 'lost' ? 'ABOLISHED' : 'LAPSED', endGround: ground, endAt }).where(eq(cards.id, card))
    // A card that ended before it was fetched: nobody fetches it any more, and another can be applied for.
    await tx.update(cardApplications).set({ state: 'NOT_COLLECTED' }).where(and(eq(cardApplications.card, card), inArray(cardApplications.state, ['IN_PRODUCTION', 'SHIPPED', 'NOTICE_SENT'])))
    await tx.update(certificateApplications).set({ state: 'ABANDONED', refusedFor: 'card-lapsed' })
      .where(and(eq(certificateApplications.card, card), inArray(certificateApplications.state, ['APPLIED', 'CONFIRMED', 'KEY_ON_CARD', 'NOTIFIED'])))
  }
  await lookAgain(tx, settlement)
  if (settlement.transfer !== null) await tx.update(cards).set({ municipality: settlement.transfer }).where(and(eq(cards.person, person), inArray(cards.state, ['ACTIVE', 'SUSPENDED'])))
  if (settlement.transfer !== null || settlement.cards.length > 0) await areasFollow(tx, eq(cards.person, person))
  let lapsed = 0
  for (const { certificate, kind, state, revocation } of settlement.certificates) {
    const one = eq(certificates.id, certificate)
    if (state === 'RESERVED') await abandonReserved(tx, person, [kind], at, revocation?.ground ?? 'expired')
    else if (revocation === null) await expire(tx, one, at)
    else lapsed += await lapse(tx, one, revocation)
  }
  return lapsed
}

async function lookAgain(tx: Tx, { due: days }: Settlement): Promise<void> {
  for (const { card, at } of days) await tx.update(cards).set({ dueAt: at }).where(eq(cards.id, card))
}

/**
 * What is on which chip, and the space that is spoken for on each card.
 *
 * @law 番号法 第18条
 */
import { and, asc, eq, inArray, ne, notInArray, or, sql, type SQL } from 'drizzle-orm'
import type { NewOrder } from '../../core/law/card/order.ts'
import type { Quota } from '../../core/law/space/basis.ts'
import { isRefusal, refuse, type Result } from '../../core/law/refusal.ts'
import { liveStates, type Installation, type Installations, type InstallationState } from '../../core/law/space/slot.ts'
import { perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import type { Safe } from '../safe.ts'
import { shown } from '../session.ts'
import { releaseUnused } from './grants.ts'
import { answer, place } from '../card/orders.ts'
import { cards } from '../tables/cards.ts'
import { cardSpace, grants, installations } from '../tables/space.ts'

export function openInstallations(db: Db, safe: Safe): Installations {
  const load = db.select().from(installations).where(eq(installations.id, sql.placeholder('id'))).prepare('installations_load')
  return {
    async load(id) {
      const [row] = await load.execute({ id })
      return row === undefined ? null : seen(row)
    },
    onCard: async (card) => (await db.select().from(installations).where(eq(installations.card, card)).orderBy(asc(installations.id))).map(seen),
    install: (act, installation, order, capacity) =>
      perform(db, act, { card_space_capacity: 'NO_SPACE', installations_on_card: 'CONFLICT' }, (tx) => install(tx, safe, installation, order, capacity)),
    reorder: (act, id, from, order) => perform(db, act, {}, (tx) => reorder(tx, safe, id, from, order)),
    settle: (act, id, state, settled) => perform(db, act, {}, (tx) => settle(tx, safe, id, state, settled)),
    async follow(act, limit) {
      const strayed = await db.selectDistinct({ card: installations.card }).from(installations).innerJoin(cards, eq(cards.id, installations.card)).innerJoin(grants, eq(grants.id, installations.grant)).where(astray()).limit(limit)
      if (strayed.length === 0) return 0
      let followed = 0
      const done = await perform(db, act, {}, async (tx) => { followed = await areasFollow(tx, inArray(cards.id, strayed.map((row) => row.card))) })
      return isRefusal(done) ? 0 : followed
    },
  }
}

/** The grant is held still, so that no area is ordered under one that ends at this moment. */
async function install(tx: Tx, safe: Safe, installation: Installation, order: NewOrder, capacity: Quota): Promise<Result<void>> {
  const [grant] = await tx.select({ state: grants.state }).from(grants).where(eq(grants.id, installation.grant)).for('share')
  if (grant?.state !== 'APPROVED') return refuse('LEGAL_BASIS_MISSING', grant === undefined ? {} : { state: grant.state })
  const placed = await place(tx, safe, order, ['ACTIVE'])
  if (isRefusal(placed)) return placed
  await tx.insert(installations).values(rowOf(installation))
  const quota = installation.quota
  // One statement: the row is made or added to under its own lock, and the table's check says whether it fits.
  const room = { capacityCode: capacity.code, capacityData: capacity.data, capacityVolatile: capacity.volatile }
  await tx
    .insert(cardSpace)
    .values({ card: installation.card, ...room, reservedCode: quota.code, reservedData: quota.data, reservedVolatile: quota.volatile })
    .onConflictDoUpdate({
      target: cardSpace.card,
      set: { ...room, reservedCode: sql`${cardSpace.reservedCode} + ${quota.code}`, reservedData: sql`${cardSpace.reservedData} + ${quota.data}`, reservedVolatile: sql`${cardSpace.reservedVolatile} + ${quota.volatile}` },
    })
}

async function reorder(tx: Tx, safe: Safe, id: Installation['id'], from: readonly InstallationState[], order: NewOrder): Promise<Result<void>> {
  const placed = await place(tx, safe, order, ['ACTIVE'])
  if (isRefusal(placed)) return placed
  const changed = await tx.update(installations).set({ order: order.id }).where(and(eq(installations.id, id), inArray(installations.state, [...from]))).returning({ id: installations.id })
  return changed.length === 0 ? refuse('CONFLICT') : undefined
}

/** Only the answer to the order that the installation waits for settles it. An area that is no longer on the card frees its space, once. */
async function settle(tx: Tx, safe: Safe, id: Installation['id'], state: InstallationState, settled: Parameters<Installations['settle']>[3]): Promise<Result<void>> {
  const answered = await answer(tx, safe, settled.order, settled.outcome, settled.receipt)
  if (isRefusal(answered)) return answered
  const [before] = await tx.select().from(installations).where(and(eq(installations.id, id), eq(installations.order, settled.order))).for('update')
  // What ended while the order was under way stays ended, whatever the caller saw before.
  if (before === undefined || (before.state === 'ENDING' && takesSpace(state) && state !== 'ENDING') || before.state === 'ENDED') return refuse('CONFLICT')
  await tx.update(installations).set({ state }).where(eq(installations.id, id))
  if (!takesSpace(before.state) || takesSpace(state)) return
  await tx.update(cardSpace).set({
    reservedCode: sql`${cardSpace.reservedCode} - ${before.quotaCode}`, reservedData: sql`${cardSpace.reservedData} - ${before.quotaData}`, reservedVolatile: sql`${cardSpace.reservedVolatile} - ${before.quotaVolatile}`,
  }).where(eq(cardSpace.card, before.card))
  await releaseUnused(tx, [before.grant])
}

const takesSpace = (state: InstallationState): boolean => liveStates.some((live) => live === state)

const overCard = (): SQL => notInArray(cards.state, ['MADE', 'ACTIVE', 'SUSPENDED'])
const movedAway = (): SQL => and(ne(installations.state, 'ENDING'), sql`${grants.population} ->> 'kind' = 'residents' and not (${grants.population} -> 'municipalities' @> to_jsonb(${cards.municipality}))`)!
/** Live, and the card is over or its holder belongs to another municipality than those the area is for. */
const astray = (): SQL => and(inArray(installations.state, liveStates), or(overCard(), movedAway()))!

/**
 * Installations follow their card: with a card that is over they end and their space is nobody's; on a card that passed to
 * a municipality that has no part in the grant they are to be removed. Returns how many.
 */
export async function areasFollow(tx: Tx, which: SQL): Promise<number> {
  const strayed = await tx.select({ id: installations.id, card: installations.card, grant: installations.grant, over: sql<boolean>`${overCard()}` })
    .from(installations).innerJoin(cards, eq(cards.id, installations.card)).innerJoin(grants, eq(grants.id, installations.grant)).where(and(astray(), which)).orderBy(asc(installations.id))
  const over = strayed.filter((row) => row.over)
  const moved = strayed.filter((row) => !row.over)
  if (moved.length > 0) await tx.update(installations).set({ state: 'ENDING' }).where(inArray(installations.id, moved.map((row) => row.id)))
  if (over.length > 0) {
    await tx.update(installations).set({ state: 'ENDED' }).where(inArray(installations.id, over.map((row) => row.id)))
    await tx.update(cardSpace).set({ reservedCode: 0, reservedData: 0, reservedVolatile: 0 }).where(inArray(cardSpace.card, over.map((row) => row.card)))
    await releaseUnused(tx, [...new Set(over.map((row) => row.grant))])
  }
  return strayed.length
}

type Row = typeof installations.$inferSelect
/** Whoever sees an area may look up the right it rests on. */
function seen(row: Row): Installation {
  shown(`grant:${row.grant}`)
  return installationOf(row)
}
const installationOf = ({ quotaCode, quotaData, quotaVolatile, ...rest }: Row): Installation => ({ ...rest, quota: { code: quotaCode, data: quotaData, volatile: quotaVolatile } })
const rowOf = ({ quota, ...rest }: Installation): Row => ({ ...rest, quotaCode: quota.code, quotaData: quota.data, quotaVolatile: quota.volatile })

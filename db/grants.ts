/**
 * Grants of free space, installations, and the space that is spoken for on each card.
 *
 * @law 番号法 第18条
 */
import { and, asc, eq, sql } from 'drizzle-orm'
import { isRefusal, refuse, type Result } from '../core/law/refusal.ts'
import type { Grant, Grants, Installation, InstallationState, Quota } from '../core/law/slot.ts'
import { perform } from './acts.ts'
import type { Db, Tx } from './client.ts'
import { answer, place } from './orders.ts'
import type { NewOrder } from '../core/law/order.ts'
import { cardSpace, grants, installations } from './tables/space.ts'

export function openGrants(db: Db): Grants {
  const load = db.select().from(grants).where(eq(grants.id, sql.placeholder('id'))).prepare('grants_load')
  const loadInstallation = db.select().from(installations).where(eq(installations.id, sql.placeholder('id'))).prepare('installations_load')
  return {
    async load(id) {
      const [row] = await load.execute({ id })
      return row === undefined ? null : grantOf(row)
    },
    ofMunicipality: async (municipality) => (await db.select().from(grants).where(eq(grants.municipality, municipality)).orderBy(asc(grants.id))).map(grantOf),
    request: (act, grant) =>
      perform(db, act, { grants_aid: 'CONFLICT' }, async (tx) => {
        await tx.insert(grants).values(rowOf(grant))
      }),
    approve: (act, id, approvedBy) =>
      perform(db, act, { grants_four_eyes: 'FOUR_EYES' }, async (tx) => {
        const approved = await tx.update(grants).set({ state: 'APPROVED', approvedBy }).where(and(eq(grants.id, id), eq(grants.state, 'REQUESTED'))).returning({ id: grants.id })
        return approved.length === 0 ? refuse('CONFLICT') : undefined
      }),
    async loadInstallation(id) {
      const [row] = await loadInstallation.execute({ id })
      return row === undefined ? null : installationOf(row)
    },
    installationsOf: async (card) => (await db.select().from(installations).where(eq(installations.card, card)).orderBy(asc(installations.id))).map(installationOf),
    install: (act, installation, order, capacity) =>
      perform(db, act, { card_space_capacity: 'NO_SPACE', installations_on_card: 'CONFLICT' }, (tx) => install(tx, installation, order, capacity)),
    reorder: (act, id, order) => perform(db, act, {}, (tx) => reorder(tx, id, order)),
    settle: (act, id, state, settled) => perform(db, act, {}, (tx) => settle(tx, id, state, settled)),
  }
}

/** The grant is held still, so that no area is ordered under one that ends at this moment. */
async function install(tx: Tx, installation: Installation, order: NewOrder, capacity: Quota): Promise<Result<void>> {
  const [grant] = await tx.select({ state: grants.state }).from(grants).where(eq(grants.id, installation.grant)).for('share')
  if (grant?.state !== 'APPROVED') return refuse('LEGAL_BASIS_MISSING', grant === undefined ? {} : { state: grant.state })
  const placed = await place(tx, order, ['ACTIVE'])
  if (isRefusal(placed)) return placed
  await tx.insert(installations).values(rowOfInstallation(installation))
  const quota = installation.quota
  // One statement: the row is made or added to under its own lock, and the table's check says whether it fits.
  await tx
    .insert(cardSpace)
    .values({
      card: installation.card, capacityCode: capacity.code, capacityData: capacity.data, capacityVolatile: capacity.volatile,
      reservedCode: quota.code, reservedData: quota.data, reservedVolatile: quota.volatile,
    })
    .onConflictDoUpdate({
      target: cardSpace.card,
      set: {
        capacityCode: capacity.code, capacityData: capacity.data, capacityVolatile: capacity.volatile,
        reservedCode: sql`${cardSpace.reservedCode} + ${quota.code}`, reservedData: sql`${cardSpace.reservedData} + ${quota.data}`, reservedVolatile: sql`${cardSpace.reservedVolatile} + ${quota.volatile}`,
      },
    })
}

async function reorder(tx: Tx, id: Installation['id'], order: NewOrder): Promise<Result<void>> {
  const placed = await place(tx, order, ['ACTIVE'])
  if (isRefusal(placed)) return placed
  const changed = await tx.update(installations).set({ order: order.id }).where(and(eq(installations.id, id), eq(installations.state, 'INSTALLED'))).returning({ id: installations.id })
  return changed.length === 0 ? refuse('CONFLICT') : undefined
}

/** Only the answer to the order that the installation waits for settles it. An area that is not or no longer on the card frees its space, once. */
async function settle(tx: Tx, id: Installation['id'], state: InstallationState, settled: Parameters<Grants['settle']>[3]): Promise<Result<void>> {
  const answered = await answer(tx, settled.order, settled.outcome, settled.receipt)
  if (isRefusal(answered)) return answered
  const [before] = await tx.select().from(installations).where(and(eq(installations.id, id), eq(installations.order, settled.order))).for('update')
  if (before === undefined) return refuse('CONFLICT')
  await tx.update(installations).set({ state }).where(eq(installations.id, id))
  if (takesSpace(before.state) && !takesSpace(state)) {
    await tx
      .update(cardSpace)
      .set({
        reservedCode: sql`${cardSpace.reservedCode} - ${before.quotaCode}`, reservedData: sql`${cardSpace.reservedData} - ${before.quotaData}`,
        reservedVolatile: sql`${cardSpace.reservedVolatile} - ${before.quotaVolatile}`,
      })
      .where(eq(cardSpace.card, before.card))
  }
}

const takesSpace = (state: InstallationState): boolean => state === 'ORDERED' || state === 'INSTALLED'

type GrantRow = typeof grants.$inferSelect
type InstallationRow = typeof installations.$inferSelect

const grantOf = ({ quotaCode, quotaData, quotaVolatile, pinDigits, pinTries, recordsCount, recordsSize, ...rest }: GrantRow): Grant => ({
  ...rest,
  quota: { code: quotaCode, data: quotaData, volatile: quotaVolatile },
  pin: pinDigits !== null && pinTries !== null ? { digits: pinDigits, tries: pinTries } : null,
  records: { count: recordsCount, size: recordsSize },
})

const rowOf = ({ quota, pin, records, ...rest }: Grant): GrantRow => ({
  ...rest, quotaCode: quota.code, quotaData: quota.data, quotaVolatile: quota.volatile, pinDigits: pin?.digits ?? null, pinTries: pin?.tries ?? null,
  recordsCount: records.count, recordsSize: records.size,
})

const installationOf = ({ quotaCode, quotaData, quotaVolatile, ...rest }: InstallationRow): Installation => ({ ...rest, quota: { code: quotaCode, data: quotaData, volatile: quotaVolatile } })

const rowOfInstallation = ({ quota, ...rest }: Installation): InstallationRow => ({ ...rest, quotaCode: quota.code, quotaData: quota.data, quotaVolatile: quota.volatile })

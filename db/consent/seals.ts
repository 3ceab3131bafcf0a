/**
 * The gateway's signature on records of consents. A row begins as word of something to sign, left by the act itself in its
 * own transaction; the record is written into it once, and the signature once.
 */
import { and, asc, eq, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import type { Seal, SealedEvent, Seals } from '../../core/law/consent/seal.ts'
import type { ConsentId } from '../../core/law/ids.ts'
import type { Db, Tx } from '../client.ts'
import { consents } from '../tables/consents.ts'
import { consentSeals, receiptKeys } from '../tables/receipts.ts'
import { consentOf } from './consents.ts'

const unwritten = ''

export async function leaveWord(tx: Tx, of: readonly { readonly id: ConsentId }[], event: SealedEvent): Promise<void> {
  if (of.length > 0) await tx.insert(consentSeals).values(of.map(({ id }) => ({ consent: id, event, record: unwritten })))
}

export function openSeals(db: Db): Seals {
  const at = (consent: ConsentId, event: SealedEvent) => and(eq(consentSeals.consent, consent), eq(consentSeals.event, event))
  return {
    unwritten: async (limit) =>
      (await db.select({ consent: consents, event: consentSeals.event }).from(consentSeals).innerJoin(consents, eq(consents.id, consentSeals.consent))
        .where(and(isNull(consentSeals.signature), eq(consentSeals.record, unwritten))).orderBy(asc(consentSeals.consent), asc(consentSeals.event)).limit(limit))
        .map(({ consent, event }) => ({ consent: consentOf(consent), event })),
    async write(consent, event, record) {
      await db.update(consentSeals).set({ record }).where(and(at(consent, event), eq(consentSeals.record, unwritten)))
    },
    unsigned: (limit): Promise<Seal[]> => db.select().from(consentSeals).where(and(isNull(consentSeals.signature), ne(consentSeals.record, unwritten))).orderBy(asc(consentSeals.consent), asc(consentSeals.event)).limit(limit),
    async sign(seal, key, signature, sealedAt) {
      await db.update(consentSeals).set({ key, signature, sealedAt }).where(and(at(seal.consent, seal.event), eq(consentSeals.record, seal.record), isNull(consentSeals.signature)))
    },
    async forward(limit, at) {
      const due = db.select({ consent: consentSeals.consent, event: consentSeals.event }).from(consentSeals).where(and(isNotNull(consentSeals.signature), isNull(consentSeals.forwardedAt))).orderBy(asc(consentSeals.consent), asc(consentSeals.event)).limit(limit)
      return (await db.update(consentSeals).set({ forwardedAt: at }).where(and(isNull(consentSeals.forwardedAt), sql`(${consentSeals.consent}, ${consentSeals.event}) in (${due})`)).returning({ event: consentSeals.event })).length
    },
    of: (consent): Promise<Seal[]> => db.select().from(consentSeals).where(eq(consentSeals.consent, consent)),
    keys: () => db.select().from(receiptKeys).orderBy(asc(receiptKeys.since)),
    async know(key) {
      await db.insert(receiptKeys).values(key).onConflictDoNothing()
    },
  }
}

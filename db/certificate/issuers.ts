/**
 * Generations of the certification authorities, and the OCSP responders they certified.
 */
import { asc, desc, eq, sql } from 'drizzle-orm'
import type { Issuers } from '../../core/law/certificate/issuer.ts'
import type { Responders } from '../../core/law/certificate/responder.ts'
import { perform } from '../record/acts.ts'
import type { Db } from '../client.ts'
import { issuers, responders } from '../tables/certificates.ts'

export function openIssuers(db: Db): Issuers {
  return {
    all: () => db.select().from(issuers).orderBy(asc(issuers.activeFrom), asc(issuers.keyId)),
    add: (act, issuer) =>
      perform(db, act, { issuers_pkey: 'CONFLICT', issuers_spki: 'CONFLICT' }, async (tx) => {
        await tx.insert(issuers).values(issuer)
      }),
  }
}

export function openResponders(db: Db): Responders {
  const current = db.select().from(responders).where(eq(responders.issuer, sql.placeholder('issuer'))).orderBy(desc(responders.notAfter)).limit(1).prepare('responders_current')
  return {
    current: async (issuer) => (await current.execute({ issuer }))[0] ?? null,
    add: (act, responder) =>
      perform(db, act, { responders_serial: 'CONFLICT' }, async (tx) => {
        await tx.insert(responders).values(responder)
      }),
  }
}

/**
 * Revocation of one certificate, or of everything an issuer's key signed.
 */
import { asc, eq } from 'drizzle-orm'
import { refuse } from '../../core/law/refusal.ts'
import type { Revocations } from '../../core/law/certificate/revocation.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { perform } from '../record/acts.ts'
import type { Db } from '../client.ts'
import { opening } from '../session.ts'
import { abandonReservedOf, holdIssuer, lapse } from '../card/lapse.ts'
import { caIncidents, certificates } from '../tables/certificates.ts'

export function openRevocations(db: Db): Revocations {
  return {
    revoke: (act, certificate, revocation) =>
      perform(db, act, {}, async (tx) => ((await lapse(tx, eq(certificates.id, certificate), revocation)) === 0 ? refuse('CONFLICT') : undefined)),
    async revokeAllOf(act, issuer, revocation) {
      const count = await opening(['incident'], () => perform(db, act, {}, async (tx) => {
        // Waits for reservations that are being stored under this key, and keeps new ones waiting until they see the incident.
        await holdIssuer(tx, issuer, 'alone')
        await tx.insert(caIncidents).values({ issuer, occurredAt: revocation.occurredAt, recordedAt: revocation.recordedAt }).onConflictDoNothing()
        await abandonReservedOf(tx, issuer, act.at, revocation.ground)
        return lapse(tx, eq(certificates.issuer, issuer), revocation)
      }))
      // A refusal can only be the repeat that is under way elsewhere: nothing lapsed by this call.
      return isRefusal(count) ? 0 : count
    },
    incidents: () => db.select().from(caIncidents).orderBy(asc(caIncidents.recordedAt), asc(caIncidents.issuer)),
  }
}

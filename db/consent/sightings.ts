/** What partners were given last, and which lapses of certificates they saw: from the log, the outbox, and answers about status. */
import { and, desc, eq, gte, inArray, sql } from 'drizzle-orm'
import type { Sightings } from '../../core/law/consent/freshness.ts'
import type { Db } from '../client.ts'
import { accessLog, consents } from '../tables/consents.ts'
import { certificates } from '../tables/certificates.ts'
import { lapseSightings } from '../tables/turns.ts'
import { deliveries } from '../tables/webhooks.ts'

export function openSightings(db: Db): Sightings {
  return {
    lastReleased: async (consent) =>
      (await db.select({ certificate: accessLog.certificate }).from(accessLog).innerJoin(consents, eq(consents.id, accessLog.consent))
        .where(and(eq(consents.id, consent), eq(accessLog.person, consents.person), eq(accessLog.outcome, 'RELEASED'))).orderBy(desc(accessLog.at), desc(accessLog.id)).limit(1))[0]?.certificate,
    async sawLapse(partner, certificate, at) {
      await db.execute(sql`insert into ${lapseSightings} ("partner", "certificate", "at") select ${partner}::text, ${certificates.id}, ${at}::bigint from ${certificates}
        where ${certificates.id} = ${certificate} and exists (select from ${consents} where ${consents.person} = ${certificates.person} and ${consents.partner} = ${partner}) on conflict do nothing`)
    },
    async lapseSeen({ id, partner }, certificate, recordedAt) {
      if ((await db.$count(lapseSightings, and(eq(lapseSightings.partner, partner), eq(lapseSightings.certificate, certificate)))) > 0) return true
      const told = await db.select({ id: deliveries.id }).from(deliveries)
        .where(and(eq(deliveries.consent, id), inArray(deliveries.event, ['certificate-revoked', 'attributes-changed']), eq(deliveries.state, 'DELIVERED'), gte(deliveries.at, recordedAt))).limit(1)
      if (told.length > 0) return true
      const refused = await db.select({ id: accessLog.id }).from(accessLog).innerJoin(consents, eq(consents.id, accessLog.consent))
        .where(and(eq(consents.id, id), eq(accessLog.person, consents.person), eq(accessLog.outcome, 'AWAITING_NEW_CERTIFICATE'), gte(accessLog.at, recordedAt))).limit(1)
      return refused.length > 0
    },
  }
}

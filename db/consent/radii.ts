/**
 * How much hangs on a purpose, a partner or an authority. A service whose every ground leads to the partner in question
 * ends with it, and its purposes and consents do too.
 */
import { and, countDistinct, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Parent, Radii } from '../../core/law/consent/radius.ts'
import type { PartnerId } from '../../core/law/ids.ts'
import type { Db, Tx } from '../client.ts'
import { opening } from '../session.ts'
import { consentRequests, consents, purposes } from '../tables/consents.ts'
import { standings } from '../tables/partners.ts'

export function openRadii(db: Db): Radii {
  return {
    under: (parent) => opening(['partners'], async () => {
      const partners = await partnersUnder(db, parent)
      const [ofConsents, ofRequests, ofPurposes] = 'purpose' in parent
        ? [eq(consents.purpose, parent.purpose), eq(consentRequests.purpose, parent.purpose), eq(purposes.id, parent.purpose)]
        : [inArray(consents.partner, partners), inArray(consentRequests.partner, partners), inArray(purposes.partner, partners)]
      const [given] = await db.select({ consents: countDistinct(consents.id), persons: countDistinct(consents.person) }).from(consents).where(and(ofConsents, eq(consents.state, 'IN_FORCE')))
      return {
        partners: partners.length, purposes: await db.$count(purposes, and(ofPurposes, isNull(purposes.endedAt))), openRequests: await db.$count(consentRequests, and(ofRequests, eq(consentRequests.state, 'OPEN'))),
        consents: given?.consents ?? 0, persons: given?.persons ?? 0,
      }
    }),
  }
}

/** A purpose ends no partner; a partner ends itself and who acts through it alone; an authority everybody in that role. */
async function partnersUnder(db: Db, parent: Parent): Promise<PartnerId[]> {
  if ('purpose' in parent) return []
  if ('partner' in parent) return [parent.partner, ...(await restingOn(db, parent.partner))]
  return (await db.selectDistinct({ partner: standings.partner }).from(standings).where(and(eq(standings.role, parent.authority), isNull(standings.endedAt)))).map((row) => row.partner)
}

/** Services whose every running ground as a verifier of signatures leads to this partner. */
export async function restingOn(db: Db | Tx, platform: PartnerId): Promise<PartnerId[]> {
  const rows = await db.selectDistinct({ partner: standings.partner }).from(standings).where(and(
    eq(standings.through, platform), eq(standings.role, 'signature-verifier'), isNull(standings.endedAt),
    sql`not exists (select 1 from ${standings} as other where other.partner = ${standings.partner} and other.role = 'signature-verifier' and other.ended_at is null and other.through is distinct from ${platform})`,
  ))
  return rows.map((row) => row.partner)
}

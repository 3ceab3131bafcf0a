/**
 * How much hangs on a purpose, a partner or an authority. A service whose every ground in a role leads to the partner in
 * question has that role no more: consents and what leads to them rest on the role of a verifier of signatures, links and
 * passkeys on that of a verifier of logins, webhooks on any.
 */
import { and, countDistinct, eq, gte, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import type { Parent, Radii } from '../../core/law/consent/radius.ts'
import type { PartnerId } from '../../core/law/ids.ts'
import type { VerifierRole } from '../../core/law/partner/partner.ts'
import type { LegalDate } from '../../core/law/time.ts'
import type { Db, Tx } from '../client.ts'
import { opening } from '../session.ts'
import { accountLinks, passkeys } from '../tables/accounts.ts'
import { consentRequests, consents, purposes } from '../tables/consents.ts'
import { standings } from '../tables/partners.ts'
import { webhooks } from '../tables/webhooks.ts'

/** Who ends, by what ends with it. */
export interface Falling {
  /** Without any ground. */
  readonly whole: readonly PartnerId[]
  /** Not verifiers of signatures any more. */
  readonly signing: readonly PartnerId[]
  /** Not verifiers of logins any more. */
  readonly login: readonly PartnerId[]
}

/** A partner that ends, and the services that rest on it alone. */
export async function fallingWith(db: Db | Tx, partner: PartnerId, today: LegalDate): Promise<Falling> {
  return {
    whole: [partner, ...(await restingOn(db, partner, null, today))], signing: [partner, ...(await restingOn(db, partner, 'signature-verifier', today))],
    login: [partner, ...(await restingOn(db, partner, 'authentication-verifier', today))],
  }
}

export const consentsOf = ({ signing }: Falling): SQL | undefined => and(inArray(consents.partner, [...signing]), eq(consents.state, 'IN_FORCE'))
export const requestsOf = ({ signing }: Falling): SQL | undefined => and(inArray(consentRequests.partner, [...signing]), eq(consentRequests.state, 'OPEN'))
export const webhooksOf = ({ whole }: Falling): SQL | undefined => and(inArray(webhooks.partner, [...whole]), eq(webhooks.state, 'ACTIVE'))
export const linksOf = ({ login }: Falling): SQL | undefined => and(inArray(accountLinks.partner, [...login]), eq(accountLinks.state, 'LINKED'))
export const passkeysOf = ({ login }: Falling): SQL | undefined => and(inArray(passkeys.partner, [...login]), eq(passkeys.state, 'ENROLLED'))

export function openRadii(db: Db): Radii {
  return {
    under: (parent, today) => opening(['partners'], async () => {
      const falling = await fallingUnder(db, parent, today)
      const [ofConsents, ofRequests, ofPurposes] = 'purpose' in parent
        ? [and(eq(consents.purpose, parent.purpose), eq(consents.state, 'IN_FORCE')), and(eq(consentRequests.purpose, parent.purpose), eq(consentRequests.state, 'OPEN')), eq(purposes.id, parent.purpose)]
        : [consentsOf(falling), requestsOf(falling), inArray(purposes.partner, [...falling.signing])]
      const [given] = await db.select({ consents: countDistinct(consents.id), persons: countDistinct(consents.person) }).from(consents).where(ofConsents)
      return {
        partners: new Set([...falling.whole, ...falling.signing, ...falling.login]).size, purposes: await db.$count(purposes, and(ofPurposes, isNull(purposes.endedAt))), openRequests: await db.$count(consentRequests, ofRequests),
        consents: given?.consents ?? 0, persons: given?.persons ?? 0,
        webhooks: await db.$count(webhooks, webhooksOf(falling)), links: await db.$count(accountLinks, linksOf(falling)), passkeys: await db.$count(passkeys, passkeysOf(falling)),
      }
    }),
  }
}

/** A purpose ends no partner; a partner ends itself and who acts through it alone; an authority everybody in that role. */
async function fallingUnder(db: Db, parent: Parent, today: LegalDate): Promise<Falling> {
  if ('purpose' in parent) return { whole: [], signing: [], login: [] }
  if ('partner' in parent) return fallingWith(db, parent.partner, today)
  const [inRole, inOther] = await Promise.all((['signature-verifier', 'authentication-verifier'] as const).toSorted((role) => (role === parent.authority ? -1 : 1)).map(async (role) =>
    (await db.selectDistinct({ partner: standings.partner }).from(standings).where(and(eq(standings.role, role), counts(today)))).map((row) => row.partner)))
  const [signing, login] = parent.authority === 'signature-verifier' ? [inRole!, []] : [[], inRole!]
  return { whole: inRole!.filter((partner) => !inOther!.includes(partner)), signing, login }
}

const counts = (today: LegalDate): SQL | undefined => and(isNull(standings.endedAt), gte(standings.until, today))

/** Services whose every ground in that role (null: in any) leads to this partner. What has ended or run out is none. */
async function restingOn(db: Db | Tx, platform: PartnerId, role: VerifierRole | null, today: LegalDate): Promise<PartnerId[]> {
  const inRole = (name: SQL): SQL => (role === null ? sql`true` : sql`${name} = ${role}`)
  const rows = await db.selectDistinct({ partner: standings.partner }).from(standings).where(and(
    eq(standings.through, platform), inRole(sql`${standings.role}`), isNull(standings.endedAt),
    sql`not exists (select 1 from ${standings} as other where other.partner = ${standings.partner} and ${inRole(sql`other.role`)} and other.ended_at is null and other.until >= ${today} and other.through is distinct from ${platform})`,
  ))
  return rows.map((row) => row.partner)
}

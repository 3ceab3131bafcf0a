/**
 * Partners and their legal standing. What a partner may ask follows from its standing at the moment, not from its token.
 *
 * @law 公的個人認証法 第17条 (署名検証者) · 第36条 (利用者証明検証者) · 施行規則 第29条 (delegation of all confirmation work)
 */
import type { PartnerClient } from '../actor.ts'
import type { PartnerId } from '../ids.ts'
import { refuse, type Result } from '../refusal.ts'
import { agreed, type Agreement, type AskedUse } from './agreement.ts'
import type { Instant, LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'

/** 署名検証者 · 利用者証明検証者 */
export type VerifierRole = 'signature-verifier' | 'authentication-verifier'

/** One ground on which a partner acts: its own accreditation, or the delegation of all confirmation work to a platform operator. */
export interface Standing {
  readonly role: VerifierRole
  readonly basis: '法第17条第1項' | '法第36条第1項' | '規則第29条 (委託)'
  /** The platform operator (プラットフォーム事業者), for a delegation. */
  readonly through: PartnerId | null
  readonly from: LegalDate
  /** Last day. Accreditation runs one year. */
  readonly until: LegalDate
  readonly suspended: boolean
  /** When it was ended before its last day; absent otherwise. */
  readonly endedAt?: Instant | null
  /** What was agreed with the agency; of a delegation what the platform agreed. Absent: nothing is recorded, and `Settings.unagreed` decides. */
  readonly agreement?: Agreement | null
  /** When the platform reported the delegation to the ministers; absent or null where that is still owed, or none is. */
  readonly reportedAt?: Instant | null
}

/** What counts of a ground when something is asked. */
export type Grounds = Pick<Standing, 'role' | 'basis' | 'from' | 'until' | 'suspended' | 'endedAt' | 'agreement'>

export interface Partner {
  readonly id: PartnerId
  readonly name: string
  readonly nameEn: string
  /** 屋号・商号等: under which people know it, where that is another than its legal name. */
  readonly tradeName?: string | null
  /** Where it says how it treats personal data (個人情報保護方針); https. */
  readonly privacyPolicy?: string | null
  /** Decides which of its services see the same person under the same name. */
  readonly sector: string
  readonly contact: string
  readonly standings: readonly Standing[]
}

export interface Partners {
  load(id: PartnerId): Promise<Partner | null>
}

/** Whether it may act so that day; where a use is asked for, also whether the agreement allows it. A suspension on one side spreads to the other (法第18条第6項第6号・第37条第4項第6号). What has ended counts no more. */
export function hasStanding(partner: { readonly standings: readonly Grounds[] }, role: VerifierRole, today: LegalDate, asked: AskedUse | null = null): boolean {
  const standings = partner.standings.filter((s) => (s.endedAt ?? null) === null)
  if (standings.some((s) => s.suspended)) return false
  return standings.some((s) => s.role === role && s.from <= today && today <= s.until && agreed(s.agreement, today, asked))
}

/** The same, but in its own right: whoever acts through a platform operator has none. */
export const hasOwnStanding = (partner: Partner, role: VerifierRole, today: LegalDate): boolean =>
  hasStanding({ ...partner, standings: partner.standings.filter((s) => s.suspended || s.through === null) }, role, today)

/** The partner behind the client, in standing for the role today. */
export async function inStanding(world: Uses<'partners'>, client: PartnerClient, role: VerifierRole, today: LegalDate, asked: AskedUse | null = null): Promise<Result<Partner>> {
  const partner = await world.partners.load(client.partner)
  if (partner === null || !hasStanding(partner, role, today, asked)) return refuse('PARTNER_NOT_IN_STANDING', { field: role })
  return partner
}

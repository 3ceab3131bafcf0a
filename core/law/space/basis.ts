/**
 * On what an area of free space may stand, who must have seen it, and for whose cards it is. Pure rules: the acts are in
 * grant.ts.
 *
 * @law 番号法 第18条 · 施行令 第18条
 */
import { officeOf, type Officer } from '../actor.ts'
import type { GrantId, MunicipalityCode, PartnerId } from '../ids.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { hour, type Instant, type LegalDate } from '../time.ts'

/** 条例 · 主務大臣の定め · 主務大臣の確認 · 署名検証者等 (公的個人認証法 第17条・第36条) */
export type LegalBasis =
  /** `url`: where its text can be read, https. */
  | { readonly kind: 'ordinance'; readonly municipality: MunicipalityCode; readonly name: string; readonly article: string; readonly promulgatedOn: LegalDate; readonly url?: string | null }
  | { readonly kind: 'ministerial-rule'; readonly notice: string; readonly issuedOn: LegalDate }
  /** `procedure`: 事務取扱要領, the version that was confirmed. */
  | { readonly kind: 'minister-confirmation'; readonly number: string; readonly confirmedOn: LegalDate; readonly procedure: string }
  | { readonly kind: 'jpki-verifier'; readonly provision: VerifierProvision; readonly number: string; readonly notifiedOn: LegalDate }
export const verifierProvisions = ['article-17-1', 'article-17-5', 'article-36-1'] as const
export type VerifierProvision = (typeof verifierProvisions)[number]

/** Whose cards: of residents of one municipality or of several that use the area together (共同利用); or any that its holder brings. */
export type Population = { readonly kind: 'residents'; readonly municipalities: readonly MunicipalityCode[] } | { readonly kind: 'cards' }

export interface Quota { readonly code: number; readonly data: number; readonly volatile: number }

export type GrantState = 'REQUESTED' | 'APPROVED' | 'SUSPENDED' | 'ENDED'
/** 承認期限の経過 · 取消し · 条例の廃止 */
export type GrantEnd = 'not-approved-in-time' | 'revoked' | 'ordinance-repealed'

/** A person and the body it acts for. */
export interface Hand {
  readonly officer: string
  readonly organisation: string
  /** The officer in whose stead; null or absent: in the own authority. */
  readonly onBehalfOf?: string | null
}
/** The first of two: the second must come within 72 hours. Of a repeal, the day that the first named. */
export interface Pending extends Hand { readonly act: 'resume' | 'end' | 'repeal'; readonly at: Instant; readonly repealedOn?: LegalDate }

export interface Grant {
  readonly id: GrantId
  /** The municipality that answers for it; null for a national or private area. */
  readonly municipality: MunicipalityCode | null
  /** Whom it is granted to, where that is a partner of the gateway: told before it runs out. */
  readonly partner: PartnerId | null
  /** Who runs the area, as people know it. */
  readonly operator: string
  readonly basis: LegalBasis
  readonly population: Population
  readonly purpose: string
  /** Name of the area on the chip, up to 64 octets of UTF-8. */
  readonly label: string
  /** Application identifier, 5–16 octets as hex; unique among grants. */
  readonly aid: string
  readonly quota: Quota
  readonly pin: { readonly digits: number; readonly tries: number } | null
  /** How many records, of how many octets, the area holds. */
  readonly records: { readonly count: number; readonly size: number }
  /** Younger holders are excluded, as the ordinances mostly say of persons under 15. */
  readonly minimumAge: number
  /** SHA-256 over the papers (調査票, 条例, 事務取扱要領), hex. */
  readonly evidence: string
  readonly validFrom: LegalDate
  readonly validUntil: LegalDate
  readonly state: GrantState
  readonly requestedBy: string
  readonly requestedFor: string
  readonly requestedAt: Instant
  readonly approvedBy: string | null
  readonly approvedFor: string | null
  readonly pending: Pending | null
  readonly suspendedFor: 'officer' | 'expired' | null
  readonly endedFor: GrantEnd | null
  /** Days before the end of which was warned last: 90, 30, 7. */
  readonly warned: number | null
  /** Whether space is set aside for it. */
  readonly reserved: boolean
  /** Rises with each change; compare-and-set. */
  readonly version: number
}

export const handOf = (officer: Officer): Hand => ({ officer: officer.officer, organisation: officeOf(officer) })

/** An area of a private body: the two who decide are of different bodies. */
export const isPrivate = (basis: LegalBasis): boolean => basis.kind === 'minister-confirmation' || basis.kind === 'jpki-verifier'

/** Null where `second` are other eyes than `first`. Nobody is exempt. `share`: whether one and the same stands behind both, as officer, delegator or person. */
export function otherEyes(basis: LegalBasis, act: 'approve' | Pending['act'], first: Hand, second: Hand, share: (first: Hand, second: Hand) => boolean): Refusal | null {
  if (share(first, second)) return refuse('FOUR_EYES')
  return act === 'approve' && isPrivate(basis) && first.organisation === second.organisation ? refuse('FOUR_EYES', { field: 'organisation' }) : null
}

/** A decision that waits for a second person waits no longer. */
export const decisionLife = 72 * hour
export const tooLate = (since: Instant, now: Instant): boolean => now - since > decisionLife

/** Days before the last day on which it is warned of. */
export const warningDays = [90, 30, 7] as const

export const covers = (population: Population, municipality: MunicipalityCode): boolean => population.kind === 'cards' || population.municipalities.includes(municipality)

/** The shares of every card's free space that a population draws on. */
export const sharesOf = (population: Population): readonly string[] => (population.kind === 'cards' ? ['extended'] : population.municipalities.toSorted())

/** Two areas whose share differs never compete before a holder moves; together they are no more than the card. */
export function shareOf(share: string, whole: Quota, residents: Quota): Quota {
  return share === 'extended' ? { code: whole.code - residents.code, data: whole.data - residents.data, volatile: whole.volatile - residents.volatile } : residents
}

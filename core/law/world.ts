/**
 * What a recipe may touch beyond its arguments. A recipe's first parameter names only the parts it uses, so its type
 * says what it can reach. Doors build a World from the environment; tests build one with a fake clock, random and signer.
 */
import type { CaCertificate } from '../pki/certificate.ts'
import type { ProfileSettings } from '../pki/profile.ts'
import type { Signer } from '../pki/signer.ts'
import type { Acts } from './act.ts'
import type { AuditLog } from './record/audit.ts'
import type { CardApplications, Cards } from './card/card.ts'
import type { Certificates } from './certificate/certificate.ts'
import type { Issuances } from './certificate/issuance.ts'
import type { Consents } from './consent/consent.ts'
import type { ConsentStarts } from './consent/start.ts'
import type { Releases } from './consent/disclosure.ts'
import type { Representations } from './consent/guardian.ts'
import type { ConsentItem } from './consent/item.ts'
import type { Pace } from './consent/frequency.ts'
import type { Radii } from './consent/radius.ts'
import type { Seals } from './consent/seal.ts'
import type { IssuerKeyId, MunicipalityCode, PersonId, Random } from './ids.ts'
import type { Ledger } from './record/ledger.ts'
import type { Operations } from './record/operations.ts'
import type { CardNotes } from './card/holding.ts'
import type { Accesses, AccessRule, Budgets } from './partner/access.ts'
import type { UnagreedRule } from './partner/agreement.ts'
import type { AccountLinks } from './partner/account.ts'
import type { Decisions } from './partner/explain.ts'
import type { Challenges } from './partner/login.ts'
import type { Passkeys, Webauthn } from './partner/passkey.ts'
import type { MyNumberReadings } from './person/my-number.ts'
import type { Orders } from './card/order.ts'
import type { PinResets } from './card/pin-reset.ts'
import type { PartnerKeys } from './partner/key.ts'
import type { Partners } from './partner/partner.ts'
import type { Standings } from './partner/standing.ts'
import type { Vault, Webhooks } from './partner/webhook.ts'
import type { Residents } from './person/resident.ts'
import type { Revocations } from './certificate/revocation.ts'
import type { Erasures } from './record/erasure.ts'
import type { GrantStore } from './space/grant.ts'
import type { Offices } from './space/office.ts'
import type { SigningRule } from './space/signed.ts'
import type { OfficerRole } from './actor.ts'
import type { Installations } from './space/slot.ts'
import type { Counts } from './statistics/counts.ts'
import type { Provisions } from './statistics/provision.ts'
import type { Deadlines } from './card/deadline.ts'
import type { Crls, Statuses } from './certificate/status.ts'
import type { Clock } from './time.ts'

/** 市区町村, with the romanised names that certificates carry. */
export interface Municipality {
  readonly code: MunicipalityCode
  readonly name: string
  readonly prefecture: string
  readonly municipalityRoman: string
  readonly prefectureRoman: string
}
export interface Municipalities {
  load(code: MunicipalityCode): Promise<Municipality | null>
  list(): Promise<Municipality[]>
}

/** A generation of one of the two certification authorities. */
export interface Authority {
  readonly ca: 'signature' | 'authentication'
  readonly certificate: CaCertificate
  readonly keyId: IssuerKeyId
  /** Present only in the door that holds the key: the authority. */
  readonly signer: Signer | null
}
export interface Authorities {
  /** Every generation whose certificates can still be valid: the pinned anchors. */
  readonly all: readonly Authority[]
  /** The generation that issues now. */
  current(ca: Authority['ca']): Authority
}

/** Rings after the commit; the row is the truth, the bell only saves waiting for the schedule. */
export interface Bell {
  ring(message: BellMessage): Promise<void>
}
export type BellMessage = { readonly wake: 'issue'; readonly application: string } | { readonly wake: 'orders' } | { readonly wake: 'crl' }

/** A partner's own name for a person: stable within its sector, of no use to another. */
export interface Pairwise {
  subject(sector: string, person: PersonId): string
}

/** What the reference facts leave open; each with its default in `defaultSettings`. */
export interface Settings {
  /** Octets a free-space area may use on a card of this profile. Not a claim about the real card. */
  readonly freeSpace: { readonly code: number; readonly data: number; readonly volatile: number }
  /** The part of it that areas of the residents’ own municipality may use (地域住民向け領域); the rest is the extended area (拡張利用領域). */
  readonly freeSpaceForResidents: { readonly code: number; readonly data: number; readonly volatile: number }
  /** When a consent begins: at once, or on the day after receipt (guidelines differ). */
  readonly consentStart: 'at-once' | 'next-day'
  /** From which age a person consents alone, and what a legal representative may consent to before (consent/guardian.ts). */
  readonly minors: { readonly alone: number; readonly represented: readonly ConsentItem[] }
  readonly crlLifeHours: number
  /** Between two lists of one municipality, so that a storm of revocations is one list and not a thousand. */
  readonly crlPauseSeconds: number
  /** Name of the log of acts in its checkpoints: a host and a path, no scheme. */
  readonly auditOrigin: string
  /** Whose decisions on free space must be signed with the officer’s own card. */
  readonly signedDecisions: Readonly<Record<OfficerRole, SigningRule>>
  /** What a partner may do for whom no agreement is recorded (partner/agreement.ts). */
  readonly unagreed: UnagreedRule
  /** Lines of the additions field (追記欄) on the face of a card. How many the real card has is not public here. */
  readonly noteLines: number
  /** How partners may ask whose record says nothing else. */
  readonly access: AccessRule
  /** How fast the items of one consent may be asked for where every use is allowed. */
  readonly pace: Pace
  readonly profile: ProfileSettings
}

export interface World {
  readonly clock: Clock
  readonly random: Random
  readonly settings: Settings
  readonly bell: Bell
  readonly pairwise: Pairwise
  readonly authorities: Authorities
  /** Signs orders to chips; present only in the authority. */
  readonly orderSigner: Signer | null
  readonly acts: Acts
  readonly audit: AuditLog
  readonly ledger: Ledger
  readonly erasures: Erasures
  readonly municipalities: Municipalities
  readonly residents: Residents
  readonly cardApplications: CardApplications
  readonly cards: Cards
  readonly issuances: Issuances
  readonly certificates: Certificates
  readonly revocations: Revocations
  readonly statuses: Statuses
  readonly crls: Crls
  readonly orders: Orders
  readonly pinResets: PinResets
  readonly challenges: Challenges
  readonly links: AccountLinks
  readonly passkeys: Passkeys
  readonly webauthn: Webauthn
  readonly decisions: Decisions
  /** Seals secrets that the gateway must be able to read again. */
  readonly vault: Vault
  readonly partners: Partners
  readonly accesses: Accesses
  readonly budgets: Budgets
  readonly standings: Standings
  readonly webhooks: Webhooks
  readonly consents: Consents
  readonly consentStarts: ConsentStarts
  readonly releases: Releases
  readonly representations: Representations
  readonly radii: Radii
  readonly seals: Seals
  readonly partnerKeys: PartnerKeys
  readonly grants: GrantStore
  readonly offices: Offices
  readonly installations: Installations
  readonly counts: Counts
  readonly provisions: Provisions
  readonly operations: Operations
  readonly deadlines: Deadlines
  readonly cardNotes: CardNotes
  readonly myNumberReadings: MyNumberReadings
}
export type Uses<K extends keyof World> = Pick<World, K>

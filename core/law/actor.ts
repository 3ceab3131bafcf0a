/**
 * Who acts. The actor is a typed argument of every recipe, made once at the door from a checked token; nothing here
 * asks an ambient "current user". Scopes are a closed list and closed by default.
 */
import type { MunicipalityCode, OfficerId, PartnerId, PersonId } from './ids.ts'
import type { Achieved } from './partner/assurance.ts'
import { refuse, type Refusal } from './refusal.ts'

/** What a token may carry. Partners ask per item: `four_info:name` does not open the address, nor does an answer to a question open an item. */
export const scopes = [
  'me', 'login', 'verify', 'consent', 'four_info:name', 'four_info:address', 'four_info:birth_date', 'four_info:sex', 'predicate:is_adult', 'predicate:lives_in_municipality',
  'register', 'card', 'certificate', 'area', 'area:approve', 'statistics', 'audit', 'partner', 'certificate:raw', 'my_number', 'office',
] as const
export type Scope = (typeof scopes)[number]

/** 市区町村職員 · 都道府県職員 · 国の行政機関の職員 · 機構職員 · 主務大臣の職員 */
export const officerRoles = ['municipal', 'prefectural', 'national', 'agency', 'ministry'] as const
export type OfficerRole = (typeof officerRoles)[number]

export type Actor = Citizen | PartnerClient | Officer | System | Anonymous
export interface Citizen {
  readonly kind: 'citizen'
  readonly person: PersonId
  readonly scopes: ReadonlySet<Scope>
  /** How the person logged in, as the token says; absent where it says nothing. */
  readonly assurance?: Achieved
}
export interface PartnerClient { readonly kind: 'partner'; readonly partner: PartnerId; readonly client: string; readonly scopes: ReadonlySet<Scope> }
export interface Officer {
  readonly kind: 'officer'
  readonly officer: OfficerId
  readonly role: OfficerRole
  /** The local government that a municipal or prefectural officer acts for (地方公共団体); null for all others. */
  readonly municipality: MunicipalityCode | null
  /** The administrative organ (国の行政機関) that a national officer acts for. */
  readonly organ?: string
  readonly scopes: ReadonlySet<Scope>
}
/** A door acting by itself: the authority finishing what a crash left, the sweep of deadlines. */
export interface System { readonly kind: 'system'; readonly door: 'authority' | 'sweep' | 'ceremony' | 'dispatch' | 'seed'; readonly scopes: ReadonlySet<Scope> }
export interface Anonymous { readonly kind: 'anonymous'; readonly scopes: ReadonlySet<Scope> }

export const anonymous: Anonymous = { kind: 'anonymous', scopes: new Set() }
export const system = (door: System['door']): System => ({ kind: 'system', door, scopes: new Set() })

/** A stable name for audit and idempotency: two clients of one partner do not share keys. */
export function nameOf(actor: Actor): string {
  switch (actor.kind) {
    case 'citizen': return `citizen:${actor.person}`
    case 'partner': return `partner:${actor.partner}:${actor.client}`
    case 'officer': return `officer:${actor.officer}`
    case 'system': return `system:${actor.door}`
    case 'anonymous': return 'anonymous'
  }
}

export function asPartner(actor: Actor, scope: Scope): PartnerClient | Refusal {
  return actor.kind === 'partner' && actor.scopes.has(scope) ? actor : refuse('NOT_PERMITTED', { field: `scope ${scope}` })
}

export function asCitizen(actor: Actor): Citizen | Refusal {
  return actor.kind === 'citizen' && actor.scopes.has('me') ? actor : refuse('NOT_PERMITTED', { field: 'scope me' })
}

/** An officer of that role holding that scope; a municipal officer only for the municipality named. */
export function asOfficer(actor: Actor, role: OfficerRole, scope: Scope, municipality?: MunicipalityCode): Officer | Refusal {
  if (actor.kind !== 'officer' || actor.role !== role || !actor.scopes.has(scope)) return refuse('NOT_PERMITTED', { field: `scope ${scope}` })
  if (municipality !== undefined && actor.municipality !== municipality) return refuse('NOT_PERMITTED', { field: 'municipality' })
  return actor
}

/** Of the agency or of the competent ministry: those who look after all of it. What is theirs is not a municipality's, a prefecture's or another organ's. */
export const isCentral = (actor: Actor): boolean => actor.kind === 'officer' && (actor.role === 'agency' || actor.role === 'ministry')
/** An office as it is told apart from others: two officers of one office may not be each other's other body. */
export const officeOf = ({ role, municipality, organ }: Officer): string => (municipality !== null ? `${role} ${municipality}` : organ === undefined ? role : `${role} ${organ}`)

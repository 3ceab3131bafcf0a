/**
 * Who can be played on this machine: the partners, officers and personas of the seed, each a client of the authorization
 * server with the scopes of its office and no more.
 */
import type { Officer, OfficerRole, Scope } from '../../core/law/actor.ts'
import type { MunicipalityCode, OfficerId } from '../../core/law/ids.ts'
import { dayOf, type Instant } from '../../core/law/time.ts'
import type { Db } from '../../db/client.ts'
import type { Safe } from '../../db/safe.ts'
import type { Persona } from '../../db/person/personas.ts'
import { seed, seededMunicipalities, seededPartnerIds } from '../../db/seed.ts'
import type { Role } from '../login/credentials.ts'

/** Personas that have their card out of the box: one at once, then one for each other way a card can be. */
export const withCards = { now: ['hanako'], later: ['kenta', 'changed', 'lost'] } as const

const partnerScopes: readonly Scope[] = ['login', 'verify', 'consent', 'four_info:name', 'four_info:address', 'four_info:birth_date', 'four_info:sex', 'predicate:is_adult', 'predicate:lives_in_municipality', 'certificate:raw']
const municipalScopes: readonly Scope[] = ['register', 'card', 'certificate', 'area', 'statistics', 'my_number', 'office']
const agencyScopes: readonly Scope[] = ['card', 'certificate', 'area', 'area:approve', 'statistics', 'audit', 'office']
/** A prefecture holds no register and no cards; an organ of the state neither. */
const areaScopes: readonly Scope[] = ['area', 'statistics', 'office']
const ministryScopes: readonly Scope[] = ['partner', 'area', 'area:approve', 'statistics', 'my_number', 'audit', 'office']

const officerId = (n: string): OfficerId => `ofc_${n.padStart(26, '0')}` as OfficerId
const officer = (id: string, role: OfficerRole, municipality: MunicipalityCode | null, scopes: readonly Scope[]): Officer => ({ kind: 'officer', officer: officerId(id), role, municipality, scopes: new Set(scopes) })

export const agencyOfficer: Officer = officer('1', 'agency', null, agencyScopes)
export const municipalOfficer = (municipality: MunicipalityCode): Officer => officer(municipality, 'municipal', municipality, municipalScopes)

export interface People {
  readonly personas: readonly Persona[]
  readonly roles: readonly Role[]
}

/** Sees to it that they are in the register, and says who they are. */
export async function seedPeople(db: Db, safe: Safe, now: Instant): Promise<People> {
  const personas = await seed(db, safe, dayOf(now))
  return { personas, roles: rolesOf(personas) }
}

export function rolesOf(personas: readonly Persona[]): readonly Role[] {
  const partners = Object.entries(seededPartnerIds).map(([name, partner]): Role => ({ name, about: `partner ${name}`, scope: partnerScopes, claim: { partner } }))
  const municipal = seededMunicipalities.map(({ code, name }): Role => ({ name: `officer-${code}`, about: `officer of ${name}`, scope: municipalScopes, claim: { officer: officerId(code), role: 'municipal', municipality: code } }))
  const seconds = seededMunicipalities.map(({ code, name }): Role => ({ name: `officer-${code}-2`, about: `another officer of ${name}`, scope: municipalScopes, claim: { officer: officerId(`${code}02`), role: 'municipal', municipality: code } }))
  const citizens = personas.map(({ name, person, about }): Role => ({ name, about, scope: ['me'], claim: { person } }))
  return [
    ...partners,
    { name: 'agency', about: 'officer of the agency', scope: agencyScopes, claim: { officer: officerId('1'), role: 'agency', municipality: null } },
    { name: 'agency-2', about: 'another officer of the agency', scope: agencyScopes, claim: { officer: officerId('3'), role: 'agency', municipality: null } },
    { name: 'agency-3', about: 'a third officer of the agency', scope: agencyScopes, claim: { officer: officerId('5'), role: 'agency', municipality: null } },
    { name: 'agency-deputy', about: 'an officer of the agency who approves nothing in the own authority', scope: ['area'], claim: { officer: officerId('6'), role: 'agency', municipality: null } },
    { name: 'ministry', about: 'officer of the ministry', scope: ministryScopes, claim: { officer: officerId('2'), role: 'ministry', municipality: null } },
    { name: 'prefecture-140007', about: 'officer of 神奈川県', scope: areaScopes, claim: { officer: officerId('140007'), role: 'prefectural', municipality: '140007' } },
    { name: 'organ', about: 'officer of 見本庁, an administrative organ', scope: ['area', 'office'], claim: { officer: officerId('4'), role: 'national', municipality: null, organ: '見本庁' } },
    ...municipal, ...seconds, ...citizens,
  ]
}

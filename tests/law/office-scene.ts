/** Officers of four organisations and one area, in a world that a file has to itself. */
import { scopes, type Officer, type Scope } from '../../core/law/actor.ts'
import type { Grant, LegalBasis } from '../../core/law/space/basis.ts'
import { approveGrant, endGrant, resumeGrant, suspendGrant } from '../../core/law/space/decision.ts'
import { requestGrant, type GrantInput } from '../../core/law/space/grant.ts'
import { confirmOfficerCard, delegate, delegableActs, proposeOfficerCard, type DelegableAct, type OfficerCard } from '../../core/law/space/office.ts'
import type { SignedDecision } from '../../core/law/space/signed.ts'
import { municipalityCode, type MunicipalityCode, type OfficerId, type PersonId } from '../../core/law/ids.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import { after, hour, legalDate, type Instant } from '../../core/law/time.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { ok } from '../db/rows.ts'
import { key } from './holder.ts'

export const yokohama = municipalityCode('141003')
export const kawasaki = municipalityCode('141305')
export const kiyose = municipalityCode('132217')
export const kanagawa = municipalityCode('140007')
export const officer = (n: string, role: Officer['role'], municipality: MunicipalityCode | null = null, held: readonly Scope[] = scopes, organ?: string): Officer =>
  ({ kind: 'officer', officer: `ofc_${n.padStart(26, '0')}` as OfficerId, role, municipality, scopes: new Set(held), ...(organ === undefined ? {} : { organ }) })
const room = { freeSpace: { code: 0, data: 4_000_000, volatile: 0 }, freeSpaceForResidents: { code: 0, data: 2_000_000, volatile: 0 } }
export const confirmation: LegalBasis = { kind: 'minister-confirmation', number: '第1号', confirmedOn: legalDate('2020-04-01'), procedure: '要領 第1版' }
let drawn = 0
export const input = (over: Partial<GrantInput> = {}): GrantInput => ({
  basis: confirmation, population: { kind: 'cards' }, partner: null, operator: '見本', purpose: '見本', label: '見本', aid: `B0${String(drawn++).padStart(10, '0')}`, quota: { code: 0, data: 74, volatile: 0 }, pin: null, records: { count: 1, size: 10 },
  minimumAge: 15, evidence: 'AB'.repeat(32), validFrom: legalDate('2026-01-01'), validUntil: legalDate('2030-12-31'), idempotencyKey: key(), ...over,
})
export const codeOf = (result: Result<unknown>): string => (isRefusal(result) ? `${result.code}${result.field === 'organisation' ? ' organisation' : ''}${result.state === 'ABSENT' ? ' ABSENT' : ''}` : 'OK')
export const seen = { installations: 0, cards: 0 }

export let world: TestWorld
/** Before all tests of a file. */
export async function openScene(): Promise<void> {
  world = await testWorld({ settings: room })
}
/** Whose decisions must be signed by their card, from now on. */
export function demanding(signedDecisions: TestWorld['settings']['signedDecisions']): void {
  world = { ...world, settings: { ...world.settings, signedDecisions } }
}
export const closeScene = (): Promise<void> => world.close()
export const decide = (act: DelegableAct, by: Officer, grant: Grant, signed?: SignedDecision): Promise<Result<Grant>> => {
  const on = { grant: grant.id, idempotencyKey: key(), ...(signed === undefined ? {} : { signed }) }
  return act === 'grant.approve' ? approveGrant(world, by, on) : act === 'grant.suspend' ? suspendGrant(world, by, on) : act === 'grant.resume' ? resumeGrant(world, by, on) : endGrant(world, by, { ...on, seen })
}
export const keepers = (role: Officer['role']): readonly [Officer, Officer] => [officer(`7${role.length}1`, role), officer(`7${role.length}2`, role)]
export async function enrol(of: Officer, person: PersonId, by: readonly [Officer, Officer] = keepers(of.role)): Promise<OfficerCard> {
  const proposed = ok(await proposeOfficerCard(world, by[0], { officer: of.officer, person, idempotencyKey: key() }))
  return ok(await confirmOfficerCard(world, by[1], { card: proposed.id, idempotencyKey: key() }))
}
export const handOn = (from: Officer, to: Officer, kind: 'absence' | 'standing', acts: readonly DelegableAct[] = delegableActs, hours = 8_000, validFrom: Instant | null = null) =>
  delegate(world, from, { to: to.officer, kind, acts, validFrom, validUntil: after(validFrom ?? world.clock.now(), hours * hour), idempotencyKey: key() })
export async function inForce(over: Partial<GrantInput> = {}): Promise<Grant> {
  return ok(await approveGrant(world, officer('92', 'ministry'), { grant: ok(await requestGrant(world, officer('91', 'agency'), input(over))).id, idempotencyKey: key() }))
}

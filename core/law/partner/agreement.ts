/**
 * The agreement (取決め) between the agency and a verifier: its version, from when to when, which uses it allows, by which
 * method and in what cycle. A platform's covers the services that act through it; and the platform's duty to report each
 * of them to the ministers.
 *
 * @law 公的個人認証法施行規則 第29条 (report of a delegation) · 第30条・第31条 (what is agreed)
 */
import { asOfficer, asPartner, type Actor } from '../actor.ts'
import { begin, once } from '../act.ts'
import type { IdempotencyKey, PartnerId } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import type { LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'
import type { Partner, VerifierRole } from './partner.ts'

/** 署名検証 · 利用者証明検証 · 最新の利用者情報の提供 · 発行の番号の対応 */
export const agreedUses = ['verification', 'login', 'four-information', 'serial-linking'] as const
export type AgreedUse = (typeof agreedUses)[number]
/** How what is supplied is asked for. */
export type AgreedMethod = 'CRL' | 'OCSP' | 'REGISTER'

export interface Agreement {
  /** As the parties count: `3`, `2026-1`. */
  readonly version: string
  readonly concludedOn: LegalDate
  /** Last day. */
  readonly endsOn: LegalDate
  readonly allows: readonly AgreedUse[]
  readonly methods: readonly AgreedMethod[]
  /** 周期: how often, in the words of the agreement. */
  readonly cycle: string
}

/**
 * What a partner in standing may do for whom no agreement is recorded: every use (standings of before agreements were recorded go
 * on), or none, until one is. What names no use, as registering a purpose, rests on the standing alone either way.
 */
export type UnagreedRule = 'every-use' | 'no-use'
/** A use, and the rule for whom none is agreed with. */
export interface AskedUse { readonly use: AgreedUse; readonly unagreed: UnagreedRule }
export const asking = ({ settings }: Uses<'settings'>, use: AgreedUse): AskedUse => ({ use, unagreed: settings.unagreed })

/** Whether the agreement is in force that day and, where a use is asked for, allows it. */
export function agreed(agreement: Agreement | null | undefined, today: LegalDate, asked: AskedUse | null): boolean {
  if (agreement == null) return asked === null || asked.unagreed === 'every-use'
  return agreement.concludedOn <= today && today <= agreement.endsOn && (asked === null || agreement.allows.includes(asked.use))
}

type AgreementWorld = Uses<'clock' | 'acts' | 'partners' | 'standings'>

export interface AgreementInput extends Agreement {
  readonly partner: PartnerId
  readonly role: VerifierRole
  /** First day of the accreditation that it belongs to. */
  readonly from: LegalDate
  readonly idempotencyKey: IdempotencyKey
}

/** The agency and a partner accredited in its own right agree; a later version takes the place of the one before. */
export async function concludeAgreement(world: AgreementWorld, actor: Actor, input: AgreementInput): Promise<Result<Partner>> {
  const officer = asOfficer(actor, 'agency', 'partner')
  if (isRefusal(officer)) return officer
  const act = begin('partner.agree', officer, world.clock.now(), { ...input })
  const load = async () => (await world.partners.load(input.partner)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const partner = await load()
    if (isRefusal(partner)) return partner
    const { role, from, version, concludedOn, endsOn, allows, methods, cycle } = input
    if (concludedOn > endsOn) return refuse('MALFORMED_INPUT', { field: 'endsOn' })
    if (allows.length === 0 || new Set(allows).size !== allows.length) return refuse('MALFORMED_INPUT', { field: 'allows' })
    if (methods.length === 0 || new Set(methods).size !== methods.length) return refuse('MALFORMED_INPUT', { field: 'methods' })
    const ground = partner.standings.find((s) => s.role === role && s.from === from && s.through === null && (s.endedAt ?? null) === null)
    if (ground === undefined) return refuse('NOT_FOUND', { field: 'from' })
    if (ground.agreement?.version === version) return refuse('CONFLICT', { field: 'version' })
    const stored = await world.standings.agree({ ...act, subject: partner.id, facts: { role, version, endsOn } }, partner.id, { role, from }, { version, concludedOn, endsOn, allows, methods, cycle })
    return isRefusal(stored) ? stored : load()
  })
}

/** The platform reports that a service delegates all confirmation work to it. Once for each delegation. @law 施行規則 第29条 */
export async function reportDelegation(world: AgreementWorld, actor: Actor, input: { readonly service: PartnerId; readonly idempotencyKey: IdempotencyKey }): Promise<Result<Partner>> {
  const client = asPartner(actor, 'partner')
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const act = begin('partner.report', client, now, input)
  const load = async () => (await world.partners.load(input.service)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const service = await load()
    if (isRefusal(service)) return service
    const mine = service.standings.filter((s) => s.through === client.partner && (s.endedAt ?? null) === null)
    // Who acts through another, or through nobody, is nothing to this platform.
    if (mine.length === 0) return refuse('NOT_FOUND')
    if (mine.every((s) => (s.reportedAt ?? null) !== null)) return refuse('WRONG_STATE', { state: 'REPORTED' })
    const stored = await world.standings.report({ ...act, subject: service.id }, service.id, client.partner, now)
    return isRefusal(stored) ? stored : load()
  })
}

/**
 * The partner's side before anybody consents: a purpose is registered once and for all, items are asked for under it, and
 * it ends with everything given under it. A request can extend a consent that is in force: MERGE adds items to it,
 * REPLACE puts others in its place.
 *
 * @law 公的個人認証法施行規則 第35条の2 · grant management: OpenID FAPI WG, fapi-grant-management
 */
import { asPartner, type Actor, type PartnerClient } from '../actor.ts'
import { begin, once } from '../act.ts'
import { newId, type ConsentId, type ConsentRequestId, type IdempotencyKey, type MunicipalityCode, type PurposeId } from '../ids.ts'
import { inStanding } from '../partner/partner.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { after, dayOf, hour, type LegalDate } from '../time.ts'
import type { Uses } from '../world.ts'
import type { Consent, ConsentAction, ConsentRequest, MinorsRule, Purpose } from './consent.ts'
import { unstated, type Frequency } from './frequency.ts'
import { inOrder, namesMunicipality, type ConsentItem } from './item.ts'
import { noticesOf, unfitNotices, type SuppliedNotice } from './notice.ts'

type PurposeWorld = Uses<'clock' | 'random' | 'acts' | 'partners' | 'consents'>

export interface PurposeInput {
  readonly name: string
  readonly textJa: string
  readonly textEn: string
  readonly items: readonly ConsentItem[]
  readonly until: LegalDate | null
  readonly minors: MinorsRule
  /** In the partner's own words, where it has any; the others are of the law and the register. */
  readonly notices?: readonly SuppliedNotice[]
  readonly idempotencyKey: IdempotencyKey
}

export async function registerPurpose(world: PurposeWorld, actor: Actor, input: PurposeInput): Promise<Result<Purpose>> {
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const partner = await inStanding(world, client, 'signature-verifier', dayOf(now))
  if (isRefusal(partner)) return partner
  const act = begin('purpose.register', client, now, { ...input })
  const load = async (id: string) => (await world.consents.loadPurpose(id as PurposeId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if (input.items.length === 0 || new Set(input.items).size !== input.items.length) return refuse('MALFORMED_INPUT', { field: 'items' })
    if (input.until !== null && input.until < dayOf(now)) return refuse('MALFORMED_INPUT', { field: 'until' })
    const { notices: supplied = [] } = input
    const unfit = unfitNotices(supplied)
    if (unfit !== null) return unfit
    const id = newId('purpose', now, world.random)
    return world.consents.registerPurpose({ ...act, subject: id }, {
      id, partner: client.partner, name: input.name, textJa: input.textJa, textEn: input.textEn, items: inOrder(input.items), until: input.until, minors: input.minors, notices: noticesOf({ partner, textJa: input.textJa, textEn: input.textEn, supplied }), registeredAt: now,
    })
  })
}

export interface RequestInput {
  readonly purpose: PurposeId
  readonly action: ConsentAction
  /** Any consent of the grant that is extended; null for a new one. */
  readonly grant: ConsentId | null
  readonly required: readonly ConsentItem[]
  readonly optional: readonly ConsentItem[]
  /** How often; absent: as the consent that is extended, or whenever asked. */
  readonly frequency?: Frequency | null
  /** Which municipality is asked about, where that question is. */
  readonly municipality: MunicipalityCode | null
  readonly idempotencyKey: IdempotencyKey
}

export async function requestConsent(world: PurposeWorld, actor: Actor, input: RequestInput): Promise<Result<ConsentRequest>> {
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const partner = await inStanding(world, client, 'signature-verifier', dayOf(now))
  if (isRefusal(partner)) return partner
  const purpose = await world.consents.loadPurpose(input.purpose)
  if (purpose === null || purpose.partner !== client.partner) return refuse('NOT_FOUND')
  const act = begin('consent.request', client, now, { ...input })
  const load = async (id: string) => (await world.consents.loadRequest(id as ConsentRequestId)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    const asked = [...input.required, ...input.optional]
    if (asked.length === 0 || new Set(asked).size !== asked.length) return refuse('MALFORMED_INPUT', { field: 'required' })
    if (!namesMunicipality(asked, input.municipality)) return refuse('MALFORMED_INPUT', { field: 'municipality' })
    if (!asked.every((item) => purpose.items.includes(item)) || (purpose.until !== null && purpose.until < dayOf(now)) || (purpose.endedAt ?? null) !== null) return refuse('PURPOSE_NOT_REGISTERED')
    const extended = await extendedBy(world, client, input, purpose)
    if (isRefusal(extended)) return extended
    const request: ConsentRequest = {
      id: newId('consentRequest', now, world.random), partner: client.partner, purpose: purpose.id, required: inOrder(input.required), optional: inOrder(input.optional), frequency: input.frequency ?? extended?.frequency ?? unstated, municipality: municipalityOf(input, extended),
      action: input.action, replaces: extended?.id ?? null, nonce: world.random.bytes(16), requestedAt: now, expiresAt: after(now, 24 * hour), state: 'OPEN',
    }
    const stored = await world.consents.createRequest({ ...act, subject: request.id }, request)
    return isRefusal(stored) ? stored : request
  })
}

/** The consent in force that is extended: of this partner, under this purpose or another version of it. */
async function extendedBy(world: Uses<'consents'>, client: PartnerClient, input: RequestInput, purpose: Purpose): Promise<Consent | null | Refusal> {
  if ((input.action === 'CREATE') !== (input.grant === null)) return refuse('MALFORMED_INPUT', { field: 'grant' })
  if (input.grant === null) return null
  const named = await world.consents.load(input.grant)
  const current = named === null || named.partner !== client.partner ? null : await world.consents.currentOf(named.grant)
  const under = current === null ? null : await world.consents.loadPurpose(current.purpose)
  if (current === null || under === null) return refuse('CONSENT_NOT_IN_FORCE', { field: 'grant' })
  if (under.name !== purpose.name) return refuse('PURPOSE_NOT_REGISTERED', { field: 'grant' })
  // Only what is new is asked for; what is kept must be covered by the text that is signed now.
  if (input.action === 'MERGE' && !current.items.every((item) => purpose.items.includes(item))) return refuse('PURPOSE_NOT_REGISTERED', { field: 'grant' })
  if (input.action === 'MERGE' && [...input.required, ...input.optional].some((item) => current.items.includes(item))) return refuse('MALFORMED_INPUT', { field: 'required' })
  return current
}

const municipalityOf = (input: RequestInput, extended: Consent | null): MunicipalityCode | null => input.municipality ?? (input.action === 'MERGE' ? (extended?.municipality ?? null) : null)

/** `consents` is the number the partner was shown; where another one would end, nothing does. */
export async function endPurpose(world: PurposeWorld, actor: Actor, input: { purpose: PurposeId; consents: number; idempotencyKey: IdempotencyKey }): Promise<Result<Purpose>> {
  const client = asPartner(actor, 'consent')
  if (isRefusal(client)) return client
  const now = world.clock.now()
  const purpose = await world.consents.loadPurpose(input.purpose)
  if (purpose === null || purpose.partner !== client.partner) return refuse('NOT_FOUND')
  const act = begin('purpose.end', client, now, input)
  const load = async () => (await world.consents.loadPurpose(purpose.id)) ?? refuse('NOT_FOUND')
  return once(world.acts, act, load, async () => {
    if ((purpose.endedAt ?? null) !== null) return refuse('WRONG_STATE', { state: 'ENDED' })
    if ((await world.consents.inForceUnder(purpose.id)) !== input.consents) return refuse('CONFLICT', { field: 'consents' })
    const stored = await world.consents.endPurpose({ ...act, subject: purpose.id, facts: { consents: input.consents } }, purpose.id, now)
    return isRefusal(stored) ? stored : load()
  })
}

/**
 * The hand-over of a card (交付): by the mayor at the counter after the identity check, to the holder or a representative; or
 * by mail, which the agency does with a card of special-speed issue, whose applicant was identified when applying. A card
 * that nobody fetched ends.
 *
 * @law 番号法 第16条の2・第17条第1項 · 番号法施行令 第13条 · 公的個人認証法施行規則 第6条第2項・第42条第2項
 */
import { asOfficer, type Actor } from '../actor.ts'
import { legalRepresentativeMissing, maySetPins, proxyRefused, type Proxy } from './application.ts'
import { move, ofThisMunicipality, type Card, type CardApplication, type CardWorld, type PinSetter } from './card.ts'
import { residentNow } from '../person/departure.ts'
import { enoughEvidence, type Document } from '../record/evidence.ts'
import type { CardApplicationId, IdempotencyKey } from '../ids.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { dayOf, endOf } from '../time.ts'

interface Keyed { readonly application: CardApplicationId; readonly idempotencyKey: IdempotencyKey }
interface Shown { readonly documents: readonly Document[]; readonly proxy?: Proxy | null }

/**
 * The mayor hands the card over after the identity check; the PINs are set on the chip by the person named.
 * @law 番号法 第17条第1項
 */
export function handOver(world: CardWorld, actor: Actor, input: Keyed & Shown & { readonly pinsSetBy: PinSetter }): Promise<Result<CardApplication>> {
  return move(world, actor, 'card.hand-over', input, 'NOTICE_SENT', 'DELIVERED', (a) => ofThisMunicipality(actor, a), (application) =>
    maySetPins(input.proxy ?? null, input.pinsSetBy) ? given(world, actor, application, input, input.pinsSetBy) : Promise.resolve(refuse('EVIDENCE_INSUFFICIENT', { field: 'pinsSetBy' })))
}

/**
 * 特急発行: the agency mails the card and sets the PINs. Only of an application at the counter, where the applicant, or who
 * came in its stead, was identified; `documents` are those of that check.
 */
export function mailCard(world: CardWorld, actor: Actor, input: Keyed & Shown): Promise<Result<CardApplication>> {
  return move(world, actor, 'card.mail', input, 'SHIPPED', 'DELIVERED', () => !isRefusal(asOfficer(actor, 'agency', 'card')), async (application) =>
    application.special !== null && application.channel === 'counter' ? given(world, actor, application, input, 'agency') : refuse('SPECIAL_SPEED_UNFOUNDED', { state: 'not applied for at the counter with special speed' }))
}

async function given(world: CardWorld, actor: Actor, application: CardApplication, { documents, proxy = null }: Shown, pinsSetBy: PinSetter): Promise<Result<{ card: Card; application: CardApplication }>> {
  const now = world.clock.now()
  if (!enoughEvidence(documents)) return refuse('EVIDENCE_INSUFFICIENT')
  const unfit = proxy === null ? null : proxyRefused(proxy)
  if (unfit !== null) return unfit
  const resident = await residentNow(world, application.person)
  if (resident === null || legalRepresentativeMissing(resident.items.birthDate, dayOf(now), proxy)) return refuse('EVIDENCE_INSUFFICIENT', { field: 'proxy' })
  const card = application.card === null ? null : await world.cards.load(application.card)
  if (card === null) return refuse('NOT_FOUND')
  if (card.state !== 'MADE' || now > endOf(card.expiresOn)) return refuse('CARD_NOT_USABLE', { state: card.state })
  const officer = actor.kind === 'officer' ? actor.officer : ''
  return { card: { ...card, state: 'ACTIVE', deliveredAt: now }, application: { ...application, handOver: { officer, documents, pinsSetBy, proxy, at: now } } }
}

/** 未受領: the card was not fetched in time and goes back; the municipality records it, and it ends. */
export function recordNotCollected(world: CardWorld, actor: Actor, input: Keyed): Promise<Result<CardApplication>> {
  const now = world.clock.now()
  return move(world, actor, 'card.not-collected', input, 'NOTICE_SENT', 'NOT_COLLECTED', (a) => ofThisMunicipality(actor, a), async (application) => {
    const card = application.card === null ? null : await world.cards.load(application.card)
    return card === null ? refuse('NOT_FOUND') : { card: { ...card, state: 'LAPSED', end: { ground: 'returned', at: now } } }
  })
}

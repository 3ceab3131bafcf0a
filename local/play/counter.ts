/**
 * The counter of a municipality, played: takes a person from the application to a card in the hand, with both certificates
 * on it, through the same acts that officers call, each with its own actor. It goes by the states it finds, so that a
 * start that was killed in the middle goes on where it was.
 *
 * @law 番号法 第16条の2・第17条 · 公的個人認証法 第3条・第22条
 */
import { generateKey, presentOrder, closeOrder, setPins, writeCertificate, type Transmit } from '../../core/chip/client.ts'
import type { Officer } from '../../core/law/actor.ts'
import { applyForCard, sendNotice, shipCard, startProduction, type Card, type CardApplication } from '../../core/law/card/card.ts'
import { handOver } from '../../core/law/card/hand-over.ts'
import type { CardCertificateKind } from '../../core/law/certificate/certificate.ts'
import type { MunicipalityCode } from '../../core/law/ids.ts'
import { applyForCertificate, confirmApplicant, deliverCertificate, notifyAgency, recordKeyOnCard, type CertificateApplication } from '../../core/law/certificate/issuance.ts'
import { completeOrder, readOrder, requestCardOrder } from '../../core/law/card/order.ts'
import { dayOf } from '../../core/law/time.ts'
import { mayHoldSigningCertificate } from '../../core/law/card/validity.ts'
import type { World } from '../../core/law/world.ts'
import type { Persona } from '../../db/person/personas.ts'
import { afterwards } from './afterwards.ts'
import type { ChipRoom } from '../card/chips.ts'
import type { Factory } from './factory.ts'
import { CounterRefused, key, reader, testPins, yes } from './acting.ts'

export interface Counter {
  readonly world: World
  readonly room: ChipRoom
  readonly factory: Factory
  /** Resolves when the authority has done what it was rung for; `done` asks the register whether it has. */
  readonly settled: (done: () => Promise<boolean>) => Promise<void>
  readonly agency: Officer
  readonly municipal: (municipality: MunicipalityCode) => Officer
  /** Runs acts as so many months ago; where absent everything is done today. */
  readonly earlier?: <T>(months: number, act: (then: Counter) => Promise<T>) => Promise<T>
}

/** The persona's card as its situation wants it, made where there is none; a persona that is to have none gets one in use. */
export async function giveCard(counter: Counter, persona: Pick<Persona, 'name' | 'person' | 'situation'>): Promise<Card> {
  const { monthsAgo } = persona.situation
  const made = monthsAgo === undefined || counter.earlier === undefined ? await makeCard(counter, persona) : await counter.earlier(monthsAgo, (then) => makeCard(then, persona))
  return afterwards(counter, persona, made)
}

async function makeCard(counter: Counter, { person, name, situation }: Pick<Persona, 'name' | 'person' | 'situation'>): Promise<Card> {
  const { world } = counter
  const resident = await world.residents.load(person)
  if (resident !== null && resident.version > 1) {
    // What the register recorded came after the card.
    const held = (await world.cards.ofPerson(person)).toSorted((a, b) => (a.id < b.id ? 1 : -1))[0]
    if (held !== undefined) return held
  }
  if (resident?.municipality == null) throw new CounterRefused(`${name} lives in no municipality`)
  const officer = counter.municipal(resident.municipality)
  const present = (await world.cardApplications.ofPerson(person)).find((a) => a.state !== 'REJECTED' && a.state !== 'WITHDRAWN' && a.state !== 'DECLINED' && a.state !== 'NOT_COLLECTED')
  const application = present ?? yes('apply for the card', await applyForCard(world, officer, { person, channel: 'counter', idempotencyKey: key() }))
  const card = await produce(counter, application, situation.card)
  if (situation.card === 'in-production') return card
  const transmit = reader(counter.room, card.cardNumber)
  if ((await world.cardApplications.load(application.id))!.state === 'SHIPPED') yes('send the notice', await sendNotice(world, officer, { application: application.id, idempotencyKey: key() }))
  if (situation.card === 'noticed') return card
  const active = card.state === 'MADE' ? await collect(counter, officer, application, card, transmit) : card
  for (const kind of kindsOf(situation)) {
    if (kind === 'signature' && !mayHoldSigningCertificate(resident.items.birthDate, dayOf(world.clock.now()))) continue
    await certify(counter, officer, active, kind, transmit)
  }
  return (await world.cards.load(active.id))!
}

function kindsOf({ card, certificates }: Persona['situation']): readonly CardCertificateKind[] {
  if (card !== 'none' && certificates === 'none') return []
  return certificates === 'authentication-only' ? ['authentication'] : ['authentication', 'signature']
}

/** Who asks while the same is under way gets what comes of it. */
export function oneAtATime<A, R>(run: (asked: A) => Promise<R>, name: (asked: A) => string): (asked: A) => Promise<R> {
  const under = new Map<string, Promise<R>>()
  return (asked) => {
    const present = under.get(name(asked)) ?? run(asked).finally(() => under.delete(name(asked)))
    under.set(name(asked), present)
    return present
  }
}

/** The agency makes the card and ships it, unless it is to stay in production. */
async function produce({ world, factory, agency }: Counter, { id }: CardApplication, until: Persona['situation']['card']): Promise<Card> {
  let application = (await world.cardApplications.load(id))!
  if (application.state === 'RECEIVED') ({ application } = yes('start production', await startProduction(world, agency, { application: id, idempotencyKey: key() })))
  const card = (await world.cards.load(application.card!))!
  if (application.state === 'IN_PRODUCTION' && until !== 'in-production') {
    const { attestationKey } = yes('make the chip', await factory.make(card.cardNumber))
    yes('ship', await shipCard(world, agency, { application: id, attestationKey, idempotencyKey: key() }))
  }
  return (await world.cards.load(card.id))!
}

/** The holder comes, or a parent with a child under 15, sets the PINs, shows a passport and takes the card. */
async function collect(counter: Counter, officer: Officer, { id }: CardApplication, card: Card, transmit: Transmit): Promise<Card> {
  const { world } = counter
  await openCard(counter, officer, card, ['authentication', 'signature'], transmit)
  await setPins(transmit, testPins)
  await closeOrder(transmit)
  const { birthDate } = (await world.residents.load(card.person))!.items
  const parent = mayHoldSigningCertificate(birthDate, dayOf(world.clock.now())) ? null : ({ relation: 'parent', reason: 'minor', proof: 'family-register', documents: ['passport'] } as const)
  yes('hand over', await handOver(world, officer, { application: id, documents: ['passport'], pinsSetBy: parent === null ? 'holder' : 'representative', proxy: parent, idempotencyKey: key() }))
  return (await world.cards.load(card.id))!
}

/** Articles 3 and 22, act by act. */
async function certify(counter: Counter, officer: Officer, card: Card, kind: CardCertificateKind, transmit: Transmit): Promise<void> {
  const { world } = counter
  const items = (await world.residents.load(card.person))!.items
  const open = (await world.issuances.ofCard(card.id)).find((a) => a.kind === kind && a.state !== 'REFUSED' && a.state !== 'ABANDONED')
  if (open?.state === 'DELIVERED') return
  let application: CertificateApplication = open ?? yes('apply for the certificate', await applyForCertificate(world, officer, { card: card.id, kind, items, lapseOfPresent: false, idempotencyKey: key() }))
  const act = () => ({ application: application.id, idempotencyKey: key() })
  if (application.state === 'APPLIED') application = yes('confirm the applicant', await confirmApplicant(world, officer, act()))
  await openCard(counter, officer, card, [kind], transmit)
  if (application.state === 'CONFIRMED') application = yes('record the key', await recordKeyOnCard(world, officer, { ...act(), attestation: await generateKey(transmit, kind) }))
  if (application.state === 'KEY_ON_CARD') application = yes('notify the agency', await notifyAgency(world, officer, act()))
  await counter.settled(async () => (await world.issuances.certificateOf(application.id)) !== null || (await world.issuances.load(application.id))?.state === 'REFUSED')
  const issued = await world.issuances.certificateOf(application.id)
  if (issued === null) throw new CounterRefused(`the authority did not issue ${application.id}: ${(await world.issuances.load(application.id))?.refusedFor ?? 'no reason'}`)
  await writeCertificate(transmit, kind, issued.der)
  await closeOrder(transmit)
  yes('deliver', await deliverCertificate(world, officer, act()))
}

/** An order of the authority opens the card for keys, certificates and PINs. */
async function openCard(counter: Counter, officer: Officer, card: Card, certificates: readonly CardCertificateKind[], transmit: Transmit): Promise<void> {
  const { world } = counter
  const order = yes('ask for an order', await requestCardOrder(world, officer, { card: card.id, operation: { kind: 'PERSONALISE', certificates }, idempotencyKey: key() }))
  await counter.settled(async () => yes('read the order', await readOrder(world, officer, order.id)).signed !== null)
  const { signed } = yes('read the order', await readOrder(world, officer, order.id))
  if (signed === null) throw new CounterRefused(`the authority did not sign the order ${order.id}`)
  const receipt = await presentOrder(transmit, signed.order, signed.signature)
  yes('complete the order', await completeOrder(world, officer, { order: order.id, receipt, idempotencyKey: key() }))
}

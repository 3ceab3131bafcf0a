/**
 * What befalls a persona once the card is in the hand: reported lost, certificates revoked on request, PINs tried until the
 * chip blocks them, and what the register records later. Each is done by the act that does it for anybody, today, and left
 * alone where it has been done.
 *
 * @law 番号法 第17条第10項 · 公的個人認証法 第9条・第12条・第28条・第31条
 */
import { pinPlaces } from '../../core/chip/session.ts'
import { jpkiAid, textAid } from '../../core/chip/aids.ts'
import { selectApplication, verifyPin } from '../../core/chip/client.ts'
import type { Card } from '../../core/law/card/card.ts'
import { suspendCard } from '../../core/law/card/holding.ts'
import type { CardCertificateKind } from '../../core/law/certificate/certificate.ts'
import { municipalityCode } from '../../core/law/ids.ts'
import type { FourInformation } from '../../core/law/person/person.ts'
import { recordResidentEvent, type EventKind } from '../../core/law/person/resident.ts'
import { revoke, type Ground } from '../../core/law/certificate/revocation.ts'
import { characters } from '../../core/law/text.ts'
import { dayOf } from '../../core/law/time.ts'
import type { Persona } from '../../db/person/personas.ts'
import type { Counter } from './counter.ts'
import { equipPhone } from '../card/phone.ts'
import { CounterRefused, key, reader, yes } from './acting.ts'

type Told = Pick<Persona, 'name' | 'person' | 'situation'>
type Pin = NonNullable<Persona['situation']['blocked']>[number]

/** The card after all of it. */
export async function afterwards(counter: Counter, persona: Told, card: Card): Promise<Card> {
  const { situation } = persona
  if (situation.card === 'suspended') await stop(counter, card)
  if (situation.certificates === 'signature-revoked') await lapse(counter, card, ['signature'], 'holder-request')
  if (situation.certificates === 'both-revoked') await lapse(counter, card, ['signature', 'authentication'], 'holder-request')
  if (situation.phone === true) await equipPhone(counter, persona.person, card)
  for (const pin of situation.blocked ?? []) await block(counter, card, pin)
  if (situation.later !== undefined) await record(counter, persona, situation.later)
  return (await counter.world.cards.load(card.id))!
}

/** Reported lost: the card is suspended and its certificates are on hold. */
async function stop(counter: Counter, card: Card): Promise<void> {
  if (card.state === 'ACTIVE') yes('suspend', await suspendCard(counter.world, counter.municipal(card.municipality), { card: card.id, idempotencyKey: key() }))
  await lapse(counter, card, ['authentication', 'signature'], 'temporary-stop')
}

async function lapse({ world, municipal }: Counter, card: Card, kinds: readonly CardCertificateKind[], ground: Ground): Promise<void> {
  for (const record of await world.certificates.ofCard(card.id)) {
    if (record.state === 'VALID' && kinds.some((kind) => kind === record.kind)) yes('revoke', await revoke(world, municipal(card.municipality), { certificate: record.id, ground, occurredAt: null, idempotencyKey: key() }))
  }
}

const wrong: Readonly<Record<Pin, string>> = { authentication: '0000', signature: 'WRONG1', text: '0000' }

/** Wrong values until the chip takes no more. */
async function block({ room }: Counter, { cardNumber }: Card, pin: Pin): Promise<void> {
  const transmit = reader(room, cardNumber)
  const { application, id } = pinPlaces[pin]
  await selectApplication(transmit, application === 'text' ? textAid : jpkiAid)
  for (;;) {
    const { outcome } = await verifyPin(transmit, id, wrong[pin])
    if (outcome === 'blocked') return
    if (outcome === 'verified') throw new CounterRefused(`the ${pin} PIN was changed to the wrong one`)
  }
}

/** Where `moved` goes to. */
const yokohama = municipalityCode('141003')
const told: Readonly<Record<Exclude<NonNullable<Persona['situation']['later']>, 'moved'>, EventKind>> = { renamed: 'name-change', died: 'death', left: 'move-overseas' }

/** The register rises by one with each event, and so shows what was recorded before. */
async function record(counter: Counter, { person }: Told, then: NonNullable<Persona['situation']['later']>): Promise<void> {
  const { world } = counter
  const resident = (await world.residents.load(person))!
  const event = async (kind: EventKind, at: NonNullable<typeof resident.municipality>, items: FourInformation | null, cardPresented = false): Promise<void> => {
    yes(kind, await recordResidentEvent(world, counter.municipal(at), {
      person, kind, occurredOn: dayOf(world.clock.now()), plannedOn: null, cardPresented, continuedUse: false, correction: null, items, idempotencyKey: key(),
    }))
  }
  if (then === 'moved') {
    if (resident.state === 'RESIDENT' && resident.municipality !== null && resident.municipality !== yokohama) await event('move-out', resident.municipality, null)
    const left = (await world.residents.load(person))!
    if (left.state === 'MOVING') await event('move-in', yokohama, { ...left.items, ...written('address', '神奈川県横浜市西区見本町23番地') }, true)
  } else if (resident.version === 1 && resident.municipality !== null) {
    await event(told[then], resident.municipality, then === 'renamed' ? { ...resident.items, ...written('name', '古川　結') } : null)
  }
}

/** All of its characters are in the certificate's set. */
const written = (item: 'name' | 'address', text: string): Partial<FourInformation> => ({ [item]: text, [`${item}Substitutes`]: '0'.repeat(characters(text)) })

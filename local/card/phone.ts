/**
 * A phone, played: takes certificates (移動端末設備用電子証明書) that hang on those of the persona's card, by the acts that a holder
 * does with card and phone. Its keys are made here and thrown away: the certificates are there to be asked about, and to end
 * with the card's.
 *
 * @law 公的個人認証法 第16条の2・第35条の2
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { operationsOver } from '../../client/operations.ts'
import type { Citizen } from '../../core/law/actor.ts'
import type { Card } from '../../core/law/card/card.ts'
import type { SmartphoneCertificateKind } from '../../core/law/certificate/certificate.ts'
import type { PersonId } from '../../core/law/ids.ts'
import { applyForSmartphone, registerSmartphoneKey, smartphoneDocument, smartphoneKeyStatement } from '../../core/law/card/smartphone.ts'
import type { Counter } from '../play/counter.ts'
import { CounterRefused, key, reader, testPins, yes } from '../play/acting.ts'

const sha256 = (text: string): Uint8Array => Uint8Array.from(createHash('sha256').update(text, 'utf8').digest())

/** Both certificates, where the phone does not have them yet. */
export async function equipPhone(counter: Counter, person: PersonId, card: Card): Promise<void> {
  for (const kind of ['smartphone-signature', 'smartphone-authentication'] as const) {
    if ((await counter.world.certificates.live(person, kind, counter.world.clock.now())) === null) await equip(counter, person, card, kind)
  }
}

async function equip(counter: Counter, person: PersonId, { cardNumber }: Card, kind: SmartphoneCertificateKind): Promise<void> {
  const { world, room } = counter
  const holder: Citizen = { kind: 'citizen', person, scopes: new Set(['me']) }
  const device = `phone-of-${person.slice(-8)}`
  const document = yes('read the application', await smartphoneDocument(world, holder, { kind, device }))
  const chip = operationsOver({ transmit: reader(room, cardNumber), reset: async () => undefined }, { title: cardNumber, secrets: 'kept' })
  const signed = await chip.sign(testPins.signature, sha256(document))
  if (signed.outcome !== 'signed') throw new CounterRefused(`sign the application: PIN ${signed.outcome}`)
  const { id } = yes('apply for a phone', await applyForSmartphone(world, holder, { kind, device, signature: signed.signature, idempotencyKey: key() }, sha256))
  const pair = world.settings.profile.generation === 'p384-sha384' ? generateKeyPairSync('ec', { namedCurve: 'P-384' }) : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicKey = Uint8Array.from(pair.publicKey.export({ format: 'der', type: 'spki' }))
  const statement = yes('read the statement', await smartphoneKeyStatement(world, holder, { application: id, publicKey }))
  const proof = Uint8Array.from(sign('sha256', Buffer.from(statement, 'utf8'), pair.privateKey))
  yes('prove the key', await registerSmartphoneKey(world, holder, { application: id, publicKey, proof, idempotencyKey: key() }, sha256))
  await counter.settled(async () => (await world.issuances.certificateOf(id)) !== null)
  if ((await world.issuances.certificateOf(id)) === null) throw new CounterRefused(`the authority did not issue ${id}`)
}

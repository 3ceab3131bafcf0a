/** People whose cards wait for a certificate, for trials of the authority: rows by the stores, keys of nobody. */
import { generateKeyPairSync } from 'node:crypto'
import { begin } from '../../core/law/act.ts'
import { system } from '../../core/law/actor.ts'
import type { CardCertificateKind } from '../../core/law/certificate/certificate.ts'
import { newId, type CertificateApplicationId, type PersonId } from '../../core/law/ids.ts'
import { dayOf, instant, legalDate } from '../../core/law/time.ts'
import type { Generation } from '../../core/pki/profile.ts'
import { plantResidents } from '../../db/seed.ts'
import { somebody, type TestWorld } from './world.ts'

const officer = 'ofc_00000000000000000000000001'
let people = 0

/** A person with a card in use, and an application of which the agency has been notified. */
export async function newcomer(w: TestWorld, { kind, generation }: { readonly kind: CardCertificateKind; readonly generation: Generation }): Promise<{ readonly person: PersonId; readonly application: CertificateApplicationId }> {
  const now = instant(Date.now())
  const pattern = (await w.residents.load(w.persona('taro').person))!
  const person = somebody(people++)
  const act = (subject: string) => ({ ...begin('card.apply', system('seed'), now, { subject }), subject })
  await plantResidents(w.db, w.safe, [{ ...pattern, person }])
  const application = { id: newId('cardApplication', now, w.random), person, municipality: pattern.municipality!, channel: 'counter' as const, state: 'RECEIVED' as const, receivedAt: now, card: null, handOver: null, form: null, support: null, special: null, photo: true }
  await w.cardApplications.create(act(application.id), application)
  const card = {
    id: newId('card', now, w.random), person, cardNumber: String(200_000_000_000_000 + people), municipality: pattern.municipality!, state: 'ACTIVE' as const, madeOn: dayOf(now), expiresBy: { limit: 'adult-card', article: 'カード命令 第26条' } as const, expiresOn: legalDate(`${Number(dayOf(now).slice(0, 4)) + 9}-06-01`),
    deliveredAt: now, end: null, attestationKey: new Uint8Array(91),
  }
  const making = { ...application, state: 'IN_PRODUCTION' as const, card: card.id }
  await w.cardApplications.advance(act(application.id), 'RECEIVED', making, { ...card, state: 'MADE', deliveredAt: null })
  const handOver = { officer: officer, documents: ['passport' as const], pinsSetBy: 'holder' as const, proxy: null, at: now }
  await w.cardApplications.advance(act(application.id), 'IN_PRODUCTION', { ...making, state: 'DELIVERED', handOver }, card)
  const { publicKey } = generation === 'rsa2048-sha256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const id = newId('certificateApplication', now, w.random)
  await w.issuances.create(act(id), {
    id, kind, person, card: card.id, municipality: pattern.municipality!, state: 'NOTIFIED', appliedOn: dayOf(now), items: pattern.items, lapseOfPresent: false,
    confirmation: { officer: officer, at: now }, publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })), smartphone: null, refusedFor: null,
  })
  return { person, application: id }
}

/** 公的個人認証法 第3条第6項・第22条第6項: what changed between the notice and the signature ends the application, once. */
import { generateKeyPairSync } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { issueCertificate } from '../../core/law/certificate/issue.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { answerFor } from '../../core/law/certificate/status.ts'
import type { CardCertificateKind } from '../../core/law/certificate/certificate.ts'
import type { CertificateApplication } from '../../core/law/certificate/issuance.ts'
import { settle } from '../../core/law/card/deadline.ts'
import { recordResidentEvent } from '../../core/law/person/resident.ts'
import { addDays, dayOf, startOf } from '../../core/law/time.ts'
import { cards } from '../../db/tables/cards.ts'
import { actOf, certificateApplication, deliveredCard, ok, outcome, reservationFor } from '../db/rows.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'

let world: TestWorld
beforeEach(async () => { world = await testWorld() })
afterEach(() => world.close())

/** Notified, with a key that the profile certifies. */
async function waiting(kind: CardCertificateKind, change: (application: CertificateApplication) => CertificateApplication = (a) => a): Promise<CertificateApplication> {
  const card = await deliveredCard(world, world.persona('hanako').person)
  const publicKey = Uint8Array.from(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' }))
  const application = change({ ...certificateApplication(world, card, kind), state: 'NOTIFIED', publicKey, confirmation: { officer: 'ofc_1', at: world.clock.now() } })
  ok(await world.issuances.create(actOf(world, 'certificate.apply', { subject: application.id }), application))
  return application
}

test('items that are no longer those of the register end the application, with the reason', async () => {
  const { id } = await waiting('signature', (a) => ({ ...a, items: { ...a.items, address: `${a.items.address}９`, addressSubstitutes: `${a.items.addressSubstitutes}0` } }))
  expect(outcome(await issueCertificate(world, id))).toBe('ITEMS_DIFFER')
  expect(await world.issuances.load(id)).toMatchObject({ state: 'REFUSED', refusedFor: 'ITEMS_DIFFER' })
  expect(await world.issuances.unfinished(10)).toEqual([])
})

test('an authentication certificate bears no items and does not depend on them', async () => {
  const { id } = await waiting('authentication', (a) => ({ ...a, items: { ...a.items, address: `${a.items.address}９`, addressSubstitutes: `${a.items.addressSubstitutes}0` } }))
  expect(isRefusal(await issueCertificate(world, id))).toBe(false)
})

test('公的個人認証法 第12条: what time has brought about is carried out first, in front of the same issue; nothing is reserved beside it', async () => {
  const application = await waiting('signature')
  const person = application.person
  const register = { kind: 'officer', officer: 'ofc_1', role: 'municipal', municipality: application.municipality, scopes: new Set(['register']) } as never
  const event = { person, plannedOn: null, cardPresented: false, continuedUse: false, correction: null, items: null, occurredOn: dayOf(world.clock.now()) }
  ok(await recordResidentEvent(world, register, { ...event, kind: 'move-out', plannedOn: addDays(dayOf(world.clock.now()), 5), idempotencyKey: 'issue-move-0001' as never }))
  // Past the thirty days, and no sweep came by.
  world.clock.set(startOf(addDays(dayOf(world.clock.now()), 5 + 31)))
  const refused = await world.issuances.reserve(actOf(world, 'certificate.reserve'), application.id, reservationFor(world, application), (standing) => settle(standing, world.clock.now()))
  expect(refused).toMatchObject({ code: 'CONFLICT', field: 'municipality' })
  expect(outcome(await issueCertificate(world, application.id))).toBe('WRONG_STATE')
  expect((await world.cards.load(application.card))!.end).toEqual({ ground: 'move-30', at: world.clock.now() })
  expect(await world.issuances.load(application.id)).toMatchObject({ state: 'ABANDONED', refusedFor: 'card-lapsed' })
})

test('a reservation beside something that is due and not carried out is a conflict', async () => {
  const application = await waiting('authentication')
  await world.db.update(cards).set({ expiresOn: addDays(dayOf(world.clock.now()), 10) }).where(eq(cards.id, application.card))
  world.clock.set(startOf(addDays(dayOf(world.clock.now()), 11)))
  const reserve = () => world.issuances.reserve(actOf(world, 'certificate.reserve'), application.id, reservationFor(world, application), (standing) => settle(standing, world.clock.now()))
  expect(await reserve()).toMatchObject({ code: 'CONFLICT', field: 'deadline' })
  expect((await world.issuances.load(application.id))!.state).toBe('NOTIFIED')
})

test('a card that ended while the key was asked gets no certificate; the reservation goes on the list and is not signed again', async () => {
  const application = await waiting('authentication')
  const signatures: number[] = []
  const authority = world.authorities.current('authentication')
  const signer = {
    ...authority.signer!,
    async sign(tbs: Uint8Array) {
      signatures.push(tbs.length)
      const card = (await world.cards.load(application.card))!
      if (card.state === 'ACTIVE') ok(await world.cards.changeState(actOf(world, 'card.suspend', { subject: card.id }), 'ACTIVE', { ...card, state: 'SUSPENDED' }))
      return authority.signer!.sign(tbs)
    },
  }
  const meanwhile = { ...authority, signer }
  const ending = { ...world, authorities: { all: world.authorities.all.map((a) => (a.keyId === authority.keyId ? meanwhile : a)), current: () => meanwhile } }
  expect(outcome(await issueCertificate(ending, application.id))).toBe('CARD_NOT_USABLE')
  expect(await world.issuances.load(application.id)).toMatchObject({ state: 'ABANDONED', refusedFor: 'CARD_NOT_USABLE' })
  expect(await world.issuances.unfinished(10)).toEqual([])
  expect(outcome(await issueCertificate(ending, application.id))).toBe('WRONG_STATE')
  expect(signatures).toHaveLength(1)
  const [row] = await world.certificates.ofCard(application.card)
  expect(row?.state).toBe('ABANDONED')
  expect(answerFor(await world.statuses.find(row!.issuer, row!.serial)).status).toBe('revoked')
})

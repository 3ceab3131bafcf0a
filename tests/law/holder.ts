/** A person with a card in use and certificates on it, issued by the real way over the real stores, with keys of this machine. */
import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import type { Citizen, PartnerClient, Scope } from '../../core/law/actor.ts'
import type { Card } from '../../core/law/card/card.ts'
import type { CardCertificateKind, CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { CertificateApplication } from '../../core/law/certificate/issuance.ts'
import type { IdempotencyKey, PartnerId } from '../../core/law/ids.ts'
import { issueCertificate } from '../../core/law/certificate/issue.ts'
import { keyNamed, type TestWorld } from '../harness/world.ts'
import * as rows from '../db/rows.ts'
import { actOf, ok } from '../db/rows.ts'

export const sha256 = (text: string): Uint8Array => Uint8Array.from(createHash('sha256').update(text, 'utf8').digest())
export const spkiOf = (key: KeyObject): Uint8Array => Uint8Array.from(createPublicKey(key).export({ format: 'der', type: 'spki' }))
export const signText = (key: KeyObject, text: string): Uint8Array => Uint8Array.from(sign('sha256', Buffer.from(text, 'utf8'), key))
export const newKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
let used = 0
export const key = (): IdempotencyKey => `test-key-${String(used++).padStart(6, '0')}` as IdempotencyKey

export interface Holder { readonly card: Card; readonly actor: Citizen; readonly keys: Readonly<Record<CardCertificateKind, KeyObject>>; readonly signature: CertificateRecord; readonly authentication: CertificateRecord }

export async function holder(world: TestWorld, name = 'hanako', own = false): Promise<Holder> {
  const card = await rows.deliveredCard(world, world.persona(name).person)
  const keys = own ? { signature: newKey(), authentication: newKey() } : { signature: keyNamed('holder-signature'), authentication: keyNamed('holder-authentication') }
  const authentication = await certified(world, card, 'authentication', keys.authentication)
  return { card, keys, actor: { kind: 'citizen', person: card.person, scopes: new Set<Scope>(['me']) }, authentication, signature: await certified(world, card, 'signature', keys.signature) }
}

export async function certified(world: TestWorld, card: Card, kind: CardCertificateKind, holderKey: KeyObject): Promise<CertificateRecord> {
  return ok(await issueCertificate(world, (await noted(world, card, kind, holderKey)).id))
}

/** An application that waits for the agency, with a real key. */
export async function noted(world: TestWorld, card: Card, kind: CardCertificateKind, holderKey: KeyObject): Promise<CertificateApplication> {
  const applied = { ...rows.certificateApplication(world, card, kind), lapseOfPresent: true }
  ok(await world.issuances.create(actOf(world, 'certificate.apply'), applied))
  const waiting: CertificateApplication = { ...applied, state: 'NOTIFIED', confirmation: { officer: 'ofc_1', at: world.clock.now() }, publicKey: spkiOf(holderKey) }
  ok(await world.issuances.advance(actOf(world, 'certificate.notify'), 'APPLIED', waiting))
  return waiting
}

export const partner = (id: PartnerId, ...scopes: Scope[]): PartnerClient => ({ kind: 'partner', partner: id, client: 'test', scopes: new Set(scopes) })

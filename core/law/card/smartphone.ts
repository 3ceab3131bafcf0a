/**
 * Certificates in phones (移動端末設備用署名用・利用者証明用電子証明書): the holder of a card applies with the card's signing key,
 * the device proves that it holds the new key, and the agency issues directly, through the same crash-safe issue as for
 * cards (issue.ts). It ends with the card certificate it hangs on; one device per person.
 *
 *   apply: the four items and the number of the card's certificate, signed with the card → key: made on the device → issue
 *
 * @law 公的個人認証法 第16条の2–第16条の15 (signing) · 第35条の2–第35条の15 (authentication) · 施行令 第7条の2
 */
import { fitsProfile } from '../../pki/profile.ts'
import { verifyDigest } from '../../pki/verify-digest.ts'
import { begin, canonicalJson, once } from '../act.ts'
import { asCitizen, type Actor } from '../actor.ts'
import type { CertificateRecord, SmartphoneCertificateKind } from '../certificate/certificate.ts'
import { newId, toHex, type CertificateApplicationId, type IdempotencyKey } from '../ids.ts'
import { readCertificateApplication, type CertificateApplication } from '../certificate/issuance.ts'
import { bears, registryOf, residentNow } from '../person/departure.ts'
import { isRefusal, refuse, type Result } from '../refusal.ts'
import { dayOf, type Instant, type LegalDate } from '../time.ts'
import { smartphonesPossible } from './validity.ts'
import { judge } from '../certificate/verification.ts'
import type { Uses } from '../world.ts'

type SmartphoneWorld = Uses<'clock' | 'random' | 'acts' | 'residents' | 'cards' | 'certificates' | 'issuances' | 'authorities' | 'statuses' | 'bell' | 'settings'>
type Sha256 = (text: string) => Uint8Array

/** What the holder reads and the card signs (SHA-256 of its UTF-8). */
export const applicationDocument = (kind: SmartphoneCertificateKind, device: string, signing: CertificateRecord, appliedOn: LegalDate): string =>
  canonicalJson({
    type: 'Mynagate smartphone certificate application v1', kind, device, appliedOn,
    name: signing.items?.name, birthDate: signing.items?.birthDate, sex: signing.items?.sex, address: signing.items?.address,
    signingCertificate: { issuer: signing.issuer, serial: signing.serial },
  })

/** What the new key signs: bound to one application, so that a proof serves once. */
export const keyStatement = (application: CertificateApplication, publicKey: Uint8Array): string =>
  `Mynagate smartphone key v1\n${application.id}\n${application.kind}\n${application.smartphone?.device ?? ''}\n${toHex(publicKey)}\n`

export interface SmartphoneApplyInput {
  readonly kind: SmartphoneCertificateKind
  readonly device: string
}

/** The document to be signed today by this person's card. */
export async function smartphoneDocument(world: SmartphoneWorld, actor: Actor, input: SmartphoneApplyInput): Promise<Result<string>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  const now = world.clock.now()
  const signing = await world.certificates.live(citizen.person, 'signature', now)
  return signing === null ? refuse('PARENT_NOT_LIVE') : unfitDevice(input.device) ?? applicationDocument(input.kind, input.device, signing, dayOf(now))
}

// ---------------------------------------------------------------- apply

/** @law 第16条の2第1項–第4項・第35条の2第1項–第4項 */
export async function applyForSmartphone(world: SmartphoneWorld, actor: Actor, input: SmartphoneApplyInput & { readonly signature: Uint8Array; readonly idempotencyKey: IdempotencyKey }, sha256: Sha256): Promise<Result<CertificateApplication>> {
  const citizen = asCitizen(actor)
  if (isRefusal(citizen)) return citizen
  const now = world.clock.now()
  const act = begin('certificate.apply', citizen, now, { ...input })
  return once(world.acts, act, (id) => load(world, id), async () => {
    const no = unfitDevice(input.device) ?? (smartphonesPossible(dayOf(now)) ? null : refuse('WRONG_STATE'))
    if (no !== null) return no
    const signing = await world.certificates.live(citizen.person, 'signature', now)
    if (signing === null) return refuse('PARENT_NOT_LIVE')
    const parent = input.kind === 'smartphone-signature' ? signing : await world.certificates.live(citizen.person, 'authentication', now)
    if (parent === null || parent.state !== 'VALID') return refuse('PARENT_NOT_LIVE')
    const application = await confirmed(world, input, signing, parent, now, sha256)
    if (isRefusal(application)) return application
    const stored = await world.issuances.create({ ...act, subject: application.id, facts: { kind: input.kind } }, application)
    return isRefusal(stored) ? stored : application
  })
}

/** The agency checks the card's certificate and the signature; that stands for the officer's confirmation. @law 第16条の2第3項 */
async function confirmed(
  world: SmartphoneWorld, input: SmartphoneApplyInput & { readonly signature: Uint8Array }, signing: CertificateRecord, parent: CertificateRecord, now: Instant, sha256: Sha256,
): Promise<Result<CertificateApplication>> {
  const appliedOn = dayOf(now)
  const document = applicationDocument(input.kind, input.device, signing, appliedOn)
  const verdict = await judge(world, { certificate: signing.der, purpose: 'signature', hash: 'sha256', digest: sha256(document), signature: input.signature })
  if (!verdict.valid) {
    const failed = verdict.checks.find((c) => !c.passed)
    return refuse(failed?.name === 'signature' ? 'SIGNATURE_INVALID' : 'CERTIFICATE_NOT_VALID', { field: failed?.name ?? 'certificate' })
  }
  const resident = await residentNow(world, signing.person)
  const municipality = resident === null ? null : registryOf(resident)
  if (resident === null || municipality === null || signing.items === null) return refuse('NOT_RESIDENT')
  if (!bears(resident, signing.items, true)) return refuse('ITEMS_DIFFER')
  return {
    id: newId('certificateApplication', now, world.random), kind: input.kind, person: signing.person, card: parent.card, municipality, state: 'CONFIRMED', appliedOn,
    items: signing.items, lapseOfPresent: true, confirmation: { officer: `signed with ${signing.id}`, at: now }, publicKey: null, smartphone: { parent: parent.id, device: input.device }, refusedFor: null,
  }
}

/** 8–64 visible ASCII characters. */
const unfitDevice = (device: string) => (/^[\x21-\x7e]{8,64}$/.test(device) ? null : refuse('MALFORMED_INPUT', { field: 'device' }))

// ---------------------------------------------------------------- key

/** What the device signs with the key it made. */
export async function smartphoneKeyStatement(world: SmartphoneWorld, actor: Actor, input: { readonly application: CertificateApplicationId; readonly publicKey: Uint8Array }): Promise<Result<string>> {
  const application = await own(world, actor, input.application)
  return isRefusal(application) ? application : keyStatement(application, input.publicKey)
}

/** The device made a pair and proves that it holds the private half; with that the agency is notified. @law 第16条の2第5項–第7項・第35条の2第5項–第7項 */
export async function registerSmartphoneKey(
  world: SmartphoneWorld, actor: Actor, input: { readonly application: CertificateApplicationId; readonly publicKey: Uint8Array; readonly proof: Uint8Array; readonly idempotencyKey: IdempotencyKey }, sha256: Sha256,
): Promise<Result<CertificateApplication>> {
  const noted = await step(world, actor, 'certificate.key', input, (application) => {
    if (!fitsProfile(input.publicKey, world.settings.profile.generation)) return refuse('KEY_UNFIT')
    if (!verifyDigest(input.publicKey, 'sha256', sha256(keyStatement(application, input.publicKey)), input.proof)) return refuse('KEY_NOT_PROVEN')
    return { ...application, state: 'NOTIFIED', publicKey: input.publicKey }
  })
  if (!isRefusal(noted)) await world.bell.ring({ wake: 'issue', application: noted.id })
  return noted
}

/** Until the key is there. */
export const withdrawSmartphoneApplication = (world: SmartphoneWorld, actor: Actor, input: { readonly application: CertificateApplicationId; readonly idempotencyKey: IdempotencyKey }): Promise<Result<CertificateApplication>> =>
  step(world, actor, 'certificate.abandon', input, (application) => ({ ...application, state: 'ABANDONED' }))

async function step(
  world: SmartphoneWorld, actor: Actor, kind: 'certificate.key' | 'certificate.abandon', input: { readonly application: CertificateApplicationId; readonly idempotencyKey: IdempotencyKey },
  decide: (application: CertificateApplication) => Result<CertificateApplication>,
): Promise<Result<CertificateApplication>> {
  const application = await own(world, actor, input.application)
  if (isRefusal(application)) return application
  const act = begin(kind, actor, world.clock.now(), { ...input })
  return once(world.acts, act, (id) => load(world, id), async () => {
    if (application.state !== 'CONFIRMED') return refuse('WRONG_STATE', { state: application.state })
    const next = decide(application)
    if (isRefusal(next)) return next
    const stored = await world.issuances.advance({ ...act, subject: application.id, facts: { kind: application.kind } }, 'CONFIRMED', next)
    return isRefusal(stored) ? stored : next
  })
}

async function own(world: SmartphoneWorld, actor: Actor, id: CertificateApplicationId): Promise<Result<CertificateApplication>> {
  return actor.kind === 'citizen' ? readCertificateApplication(world, actor, id) : refuse('NOT_FOUND')
}

const load = async (world: Uses<'issuances'>, id: string): Promise<Result<CertificateApplication>> => (await world.issuances.load(id as CertificateApplicationId)) ?? refuse('NOT_FOUND')

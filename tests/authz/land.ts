/**
 * A land of two tenants for the proof of who may see what: two persons in two municipalities, each with a card,
 * certificates of real signatures, a consent, a login, areas and orders, and each with a partner of its own. Beside each
 * stand those who are of the same kind and have nothing to do with it.
 */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { isRefusal } from '../../core/law/refusal.ts'
import { scopes, type Actor, type Officer, type OfficerRole, type Scope } from '../../core/law/actor.ts'
import type { Card } from '../../core/law/card/card.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { CertificateApplication } from '../../core/law/certificate/issuance.ts'
import { issueCertificate } from '../../core/law/certificate/issue.ts'
import { inForce } from '../../core/law/consent/disclosure.ts'
import { municipalityCode, newId, type MunicipalityCode, type OfficerId, type PartnerId, type PersonId } from '../../core/law/ids.ts'
import { signOrders } from '../../core/law/card/order.ts'
import { decided } from '../../core/law/partner/explain.ts'
import { publishCheckpoint, sequence } from '../../core/law/record/audit.ts'
import { addDays, after, dayOf, hour } from '../../core/law/time.ts'
import { openPostgres } from '../../db/postgres.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { keyNamed, signerNamed, testWorld, type TestWorld } from '../harness/world.ts'
import { actOf, approvedGrant, certificateApplication, consentRequest, consentTo, deliveredCard, nothing, ok, orderTo } from '../db/rows.ts'

/** What belongs to a tenant, by the name that documents know it by. */
export interface Tenant {
  readonly person: PersonId
  readonly municipality: MunicipalityCode
  readonly partner: PartnerId
  readonly certificate: CertificateRecord
  readonly card: Card
  /** 条例 */
  readonly ordinance: string
  readonly ids: Readonly<Record<string, string>>
}
export interface Land {
  readonly world: TestWorld
  readonly a: Tenant
  readonly b: Tenant
  readonly actors: Readonly<Record<RoleName, Actor>>
  /** Signature of A's holder over a text. */
  readonly signature: (text: string) => Uint8Array
  withdraw(): Promise<void>
  close(): Promise<void>
}

export const roleNames = [
  'anonymous', 'citizen', 'citizenB', 'partner', 'partnerB', 'partnerSuspended', 'municipal', 'municipalB', 'prefectural', 'national', 'agency', 'ministry',
] as const
export type RoleName = (typeof roleNames)[number]

const all: ReadonlySet<Scope> = new Set(scopes)
const officer = (n: number, role: OfficerRole, municipality: MunicipalityCode | null, more: object = {}): Officer => ({ kind: 'officer', officer: `ofc_${String(n).padStart(26, '0')}` as OfficerId, role, municipality, scopes: all, ...more })

export async function settle(url: string | null = null): Promise<Land> {
  const opened = url === null ? null : openPostgres(url, { connections: 8 })
  const world = await testWorld({ random: 'authz', ...(opened === null ? {} : { db: opened.db }) })
  const tenant = (name: string, partner: PartnerId) => belongings(world, name, partner)
  const [a, b] = [await tenant('hanako', seededPartnerIds.bank), await tenant('ivs', seededPartnerIds.platform)]
  await sequence(world)
  await publishCheckpoint({ ...world, checkpointSigner: signerNamed('card-orders'), checkpointStore: { put: async () => undefined } })
  const client = (partner: PartnerId): Actor => ({ kind: 'partner', partner, client: `${partner}-server`, scopes: all })
  const person = (of: PersonId): Actor => ({ kind: 'citizen', person: of, scopes: all, assurance: { identity: 'IAL3', authentication: 'AAL3', at: world.clock.now() } })
  const actors: Land['actors'] = {
    anonymous: { kind: 'anonymous', scopes: new Set() },
    citizen: person(a.person), citizenB: person(b.person),
    partner: client(a.partner), 'partnerB': client(b.partner), 'partnerSuspended': client(seededPartnerIds.suspended),
    municipal: officer(11, 'municipal', a.municipality), 'municipalB': officer(12, 'municipal', b.municipality),
    prefectural: officer(15, 'prefectural' as OfficerRole, municipalityCode('130001')), national: officer(16, 'national' as OfficerRole, null, { organ: 'national-tax-agency' }),
    agency: officer(13, 'agency', null), ministry: officer(14, 'ministry', null),
  }
  return {
    world, a, b, actors,
    signature: (text) => Uint8Array.from(sign('sha256', Buffer.from(text), keyNamed('holder-signature'))),
    async withdraw() {
      ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), a.ids['consent'] as never, world.clock.now()))
      const [delivery] = await world.webhooks.deliveriesOf(a.ids['webhook'] as never, 1)
      Object.assign(a.ids, { delivery: delivery!.id })
    },
    async close() {
      await world.close()
      await opened?.close()
    },
  }
}

async function belongings(world: TestWorld, name: string, partner: PartnerId): Promise<Tenant> {
  const { person, resident } = world.persona(name)
  const municipality = resident.municipality!
  const now = world.clock.now()
  const ids: Record<string, string> = { person }
  const form = { id: Array.from(world.random.bytes(23), (b) => b % 10).join(''), person, municipality, address: resident.items.address, addressSubstitutes: resident.items.addressSubstitutes, printedAt: now }
  ok(await world.cardApplications.printForm(actOf(world, 'card.print-form'), form as never))

  const card = await deliveredCard(world, person)
  const [application] = await world.cardApplications.ofPerson(person)
  Object.assign(ids, { card: card.id, cardApplication: application!.id })
  ok(await world.cardNotes.add(actOf(world, 'card.note'), { card: card.id, line: 1, text: `住所 ${name}`, addedOn: dayOf(now), recordedAt: now, officer: 'ofc_1' }))
  ok(await world.myNumberReadings.record(actOf(world, 'my-number.read'), { id: newId('myNumberReading', now, world.random), card: card.id, officer: 'ofc_1', body: municipality, use: 'tax', result: 'READ', at: now } as never))

  const certificate = await certified(world, name, card, 'signature', ids)
  await certified(world, name, card, 'authentication', ids)
  ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), ids['authentication'] as never, { ground: 'record-error', reason: 4, occurredAt: now, recordedAt: now } as never))

  const order = orderTo(world, card)
  ok(await world.orders.request(actOf(world, 'order.request'), order))
  ids['cardOrder'] = order.id
  const grant = await approvedGrant(world, { municipality, basis: { kind: 'ordinance', municipality, name: `${name}条例`, article: '第3条', promulgatedOn: addDays(dayOf(now), -100) }, population: { kind: 'residents', municipalities: [municipality] }, requestedFor: `municipal ${municipality}`, purpose: `library of ${name}` })
  const installation = { id: newId('installation', now, world.random), grant: grant.id, card: card.id, state: 'ORDERED' as const, order: newId('cardOrder', now, world.random), quota: grant.quota }
  ok(await world.installations.install(actOf(world, 'area.install'), installation as never, { ...orderTo(world, card, { kind: 'UNBLOCK', pin: 'signature' }), id: installation.order } as never, { code: 1_000_000, data: 1_000_000, volatile: 1_000_000 }))
  await signOrders(world, 10)
  Object.assign(ids, { grant: grant.id, installation: installation.id })

  const purpose = ok(await world.consents.registerPurpose(actOf(world, 'purpose.register'), { id: newId('purpose', now, world.random), partner, name: `purpose of ${name}`, textJa: `${name}の目的`, textEn: `for ${name}`, items: ['name', 'address'], until: addDays(dayOf(now), 300), registeredAt: now } as never))
  const [request, open] = [await consentRequest(world, purpose), await consentRequest(world, purpose)]
  const consent = { ...consentTo(world, request, certificate), limitedBy: 'PURPOSE', document: JSON.stringify({ type: 'Mynagate consent v1', of: name }) } as const
  ok(await world.consents.give(actOf(world, 'consent.give'), consent))
  Object.assign(ids, { purpose: purpose.id, consentRequest: request.id, openRequest: open.id, consent: consent.id })
  const entry = { id: newId('release', now, world.random), at: now, partner, consent: consent.id, purpose: purpose.id, person, items: consent.items, outcome: 'RELEASED' as const, requestId: `request of ${name}` }
  ok(await world.releases.release({ ...actOf(world, 'release.give'), key: null }, inForce(consent, now)!, certificate.id, entry as never, decided(world.random, { requestId: entry.requestId, at: now, partner, client: `${partner}-server`, person, asked: 'four-information', outcome: 'DONE', grounds: [] })))

  const webhook = { id: newId('webhook', now, world.random), partner, url: `https://${name}.example/hook`, events: ['consent-withdrawn', 'attributes-changed'], secret: world.random.bytes(32), sealed: world.random.bytes(60), previous: null, registeredAt: now, state: 'ACTIVE' } as const
  ok(await world.webhooks.register(actOf(world, 'webhook.register'), webhook as never))
  const challenge = { id: newId('challenge', now, world.random), partner, client: `${partner}-server`, nonce: world.random.bytes(32), createdAt: now, expiresAt: after(now, hour), state: 'OPEN', requested: { identity: 'IAL3', authentication: 'AAL3' }, account: null } as const
  const spent = { ...challenge, id: newId('challenge', now, world.random) }
  for (const one of [challenge, spent]) ok(await world.challenges.create(actOf(world, 'login.challenge'), one as never))
  const login = { id: newId('login', now, world.random), challenge: spent.id, partner, person, subject: `subject of ${name}`, at: now, assurance: { identity: 'IAL3', authentication: 'AAL3', method: 'CARD_AND_PIN' }, requested: challenge.requested, certificate: certificate.id, passkey: null }
  ok(await world.challenges.spend(actOf(world, 'login.answer'), spent.id, login as never))
  Object.assign(ids, { webhook: webhook.id, challenge: challenge.id, login: login.id })

  const event = { id: newId('residentEvent', now, world.random), person, kind: 'my-number-change', municipality, occurredOn: dayOf(now), recordedAt: now, plannedOn: null, cardPresented: false, continuedUse: false, correction: null } as const
  ok(await world.residents.record(actOf(world, 'resident.record'), event as never, { ...resident, version: resident.version + 1 }, nothing))
  ids['residentEvent'] = event.id
  Object.assign(ids, { certificate: certificate.id, resident: person })
  return { person, municipality, partner, certificate, card, ordinance: `${name}条例`, ids }
}

/** Issued by the authority's own recipe, for a key of this machine. */
async function certified(world: TestWorld, name: string, card: Card, kind: 'signature' | 'authentication', ids: Record<string, string>): Promise<CertificateRecord> {
  // One key, one certificate: the second tenant has keys of its own, with which nothing is signed.
  const key = name === 'hanako' ? createPublicKey(keyNamed(`holder-${kind}`)) : generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  const spki = Uint8Array.from(key.export({ type: 'spki', format: 'der' }))
  const applied = certificateApplication(world, card, kind)
  ok(await world.issuances.create(actOf(world, 'certificate.apply'), applied))
  const steps: readonly [CertificateApplication['state'], Partial<CertificateApplication>][] = [['CONFIRMED', { confirmation: { officer: 'ofc_1', at: world.clock.now() } }], ['KEY_ON_CARD', { publicKey: spki }], ['NOTIFIED', {}]]
  let present: CertificateApplication = applied
  for (const [state, more] of steps) {
    const next = { ...present, ...more, state }
    ok(await world.issuances.advance(actOf(world, 'certificate.confirm'), present.state, next))
    present = next
  }
  const issued = await issueCertificate(world, applied.id)
  if (isRefusal(issued)) throw new Error(`not issued: ${issued.code} ${issued.field ?? ''}`)
  ids['certificateApplication'] ??= applied.id
  ids[kind] = issued.id
  return issued
}

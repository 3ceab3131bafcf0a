/** What a tenant of the land has, made through the stores' own methods and the law's own recipes. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { Officer } from '../../core/law/actor.ts'
import type { Card } from '../../core/law/card/card.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { CertificateApplication } from '../../core/law/certificate/issuance.ts'
import { issueCertificate } from '../../core/law/certificate/issue.ts'
import { inForce } from '../../core/law/consent/disclosure.ts'
import { unstatedNotices } from '../../core/law/consent/notice.ts'
import { defaultPace } from '../../core/law/consent/frequency.ts'
import { newId, type OfficerId, type PartnerId, type PersonId } from '../../core/law/ids.ts'
import { recordPersonName } from '../../core/law/person/name.ts'
import { decided } from '../../core/law/partner/explain.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { addDays, after, dayOf, hour } from '../../core/law/time.ts'
import { keyNamed, type TestWorld } from '../harness/world.ts'
import { actOf, approvedGrant, cardApplication as applicationOf, certificateApplication, consentRequest, consentTo, deliveredCard, nothing, ok, orderTo } from '../db/rows.ts'
import type { Tenant } from './land.ts'

interface Guardian { readonly person: PersonId; readonly certificate: CertificateRecord }
type Ids = Record<string, string>
const day = 24 * hour
export const deliveredTo = deliveredCard
export const officerId = (n: number): OfficerId => `ofc_${String(n).padStart(26, '0')}` as OfficerId

export async function belongings(world: TestWorld, name: string, partner: PartnerId, clerk: number, guardian: Guardian | null = null): Promise<Tenant> {
  const { person, resident } = world.persona(name)
  const municipality = resident.municipality!
  const ids: Ids = { person, resident: person }
  const card = await withCard(world, name, person, ids)
  const certificate = guardian === null ? await certified(world, name, card, 'signature', ids) : null
  const second = await certified(world, name, card, 'authentication', ids)
  if (guardian === null) ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), second.id, { ground: 'record-error', reason: 4, occurredAt: world.clock.now(), recordedAt: world.clock.now() } as never))
  else ok(await world.representations.record(actOf(world, 'representation.record'), { person, representative: guardian.person, kind: 'parental-authority', recordedAt: world.clock.now(), evidenceOn: null, endedAt: null }))
  const shown = certificate ?? second
  ids['certificate'] = shown.id
  await withAreas(world, name, card, ids)
  const words = { ordinance: `${name}条例`, requestUri: `urn:ietf:params:oauth:request_uri:${Buffer.from(`start of ${name}`).toString('hex').padEnd(64, '0')}`, requestId: `${Buffer.from(name.padEnd(4)).toString('hex').slice(0, 8)}-0000-7000-8000-00000000a0a0` }
  await withConsent(world, name, partner, person, shown, guardian, ids, words)
  await withPartner(world, name, partner, person, shown, ids)
  await withOffice(world, municipality, clerk, person, ids)

  const event = { id: newId('residentEvent', world.clock.now(), world.random), person, kind: 'my-number-change', municipality, occurredOn: dayOf(world.clock.now()), recordedAt: world.clock.now(), plannedOn: null, cardPresented: false, continuedUse: false, correction: null } as const
  const recorder: Officer = { kind: 'officer', officer: 'ofc_1' as OfficerId, role: 'municipal', municipality, scopes: new Set(['register']) }
  ok(await recordPersonName(world, recorder, { person, reading: { kana: resident.kana ?? name, source: 'before-2025' }, roman: `Roman ${name}`, former: { surname: `旧${name}`, kana: null }, idempotencyKey: `name-${name}` } as never))
  ok(await world.residents.record(actOf(world, 'resident.record'), event as never, { ...(await world.residents.load(person))!, version: resident.version + 2 }, nothing))
  ids['residentEvent'] = event.id
  return { name, person, municipality, partner, certificate: shown, card, words, ids }
}

async function withCard(world: TestWorld, name: string, person: PersonId, ids: Ids): Promise<Card> {
  const now = world.clock.now()
  const { resident } = world.persona(name)
  const form = { id: Array.from(world.random.bytes(23), (b) => b % 10).join(''), person, municipality: resident.municipality!, address: resident.items.address, addressSubstitutes: resident.items.addressSubstitutes, printedAt: now }
  ok(await world.cardApplications.printForm(actOf(world, 'card.print-form'), form as never))
  const card = await deliveredCard(world, person)
  const [application] = await world.cardApplications.ofPerson(person)
  const reset = { id: newId('pinReset', now, world.random), person, card: card.id, pin: 'signature', nonce: world.random.bytes(32), startedAt: now, state: 'OPEN', provenAt: null, order: null } as const
  ok(await world.pinResets.start(actOf(world, 'pin-reset.start'), reset))
  ok(await world.cardNotes.add(actOf(world, 'card.note'), { card: card.id, line: 1, text: `住所 ${name}`, addedOn: dayOf(now), recordedAt: now, officer: 'ofc_1' }))
  ok(await world.myNumberReadings.record(actOf(world, 'my-number.read'), { id: newId('myNumberReading', now, world.random), card: card.id, officer: 'ofc_1', body: card.municipality, use: 'tax', result: 'READ', at: now } as never))
  // Another application that waits, at special speed, with help.
  const waiting = { ...applicationOf(world, person), support: { place: 'post-office', name: `help of ${name}` }, special: { ground: 'lost', on: dayOf(now) } } as const
  ok(await world.cardApplications.create(actOf(world, 'card.apply'), waiting))
  Object.assign(ids, { card: card.id, cardApplication: application!.id, waitingApplication: waiting.id, pinReset: reset.id })
  return card
}

async function withAreas(world: TestWorld, name: string, card: Card, ids: Ids): Promise<void> {
  const now = world.clock.now()
  const { municipality } = card
  const order = orderTo(world, card)
  ok(await world.orders.request(actOf(world, 'order.request'), order))
  const grant = await approvedGrant(world, { municipality, basis: { kind: 'ordinance', municipality, name: `${name}条例`, article: '第3条', promulgatedOn: addDays(dayOf(now), -100) }, population: { kind: 'residents', municipalities: [municipality] }, requestedFor: `municipal ${municipality}`, purpose: `library of ${name}`, warned: 30 })
  const installation = { id: newId('installation', now, world.random), grant: grant.id, card: card.id, state: 'ORDERED' as const, order: newId('cardOrder', now, world.random), quota: grant.quota }
  ok(await world.installations.install(actOf(world, 'area.install'), installation as never, { ...orderTo(world, card, { kind: 'UNBLOCK', pin: 'signature' }), id: installation.order } as never, { code: 1_000_000, data: 1_000_000, volatile: 1_000_000 }))
  // Rights on every other basis, for the same residents.
  const others = {
    rule: { kind: 'ministerial-rule', notice: `告示 ${name}`, issuedOn: addDays(dayOf(now), -90) }, confirmation: { kind: 'minister-confirmation', number: `確認 ${name}`, procedure: '登録', confirmedOn: addDays(dayOf(now), -80) },
    verifier: { kind: 'jpki-verifier', provision: 'article-17-1', number: `届出 ${name}`, notifiedOn: addDays(dayOf(now), -70) },
  }
  for (const [key, basis] of Object.entries(others)) ids[`grantBy${key}`] = (await approvedGrant(world, { municipality: null, basis: basis as never, population: { kind: 'residents', municipalities: [municipality] }, requestedFor: 'ministry', purpose: `${key} of ${name}` })).id
  Object.assign(ids, { cardOrder: order.id, grant: grant.id, installation: installation.id })
}

const purposeOf = async (world: TestWorld, name: string, partner: PartnerId, text: string) => ok(await world.consents.registerPurpose(actOf(world, 'purpose.register'), {
  id: newId('purpose', world.clock.now(), world.random), partner, name: `purpose${text} of ${name}`, textJa: `${name}の目的`, textEn: `for ${name}`, items: ['name', 'address', 'isAdult', 'livesInMunicipality'], until: addDays(dayOf(world.clock.now()), 300), minors: 'represented',
  notices: unstatedNotices(`${name}の目的`, `for ${name}`), registeredAt: world.clock.now(),
} as never))

async function withConsent(world: TestWorld, name: string, partner: PartnerId, person: PersonId, certificate: CertificateRecord, guardian: Guardian | null, ids: Ids, words: Tenant['words']): Promise<void> {
  const now = world.clock.now()
  const municipality = world.persona(name).resident.municipality!
  const purpose = await purposeOf(world, name, partner, '')
  const [request, open, started] = [await consentRequest(world, purpose), await consentRequest(world, purpose), await consentRequest(world, purpose)]
  const consent = {
    ...consentTo(world, request, guardian?.certificate ?? certificate), person, givenBy: guardian?.person ?? person, items: ['name', 'address', 'isAdult', 'livesInMunicipality'], municipality, limitedBy: 'PURPOSE',
    document: JSON.stringify({ type: 'Mynagate consent v1', of: name }),
  } as never as ReturnType<typeof consentTo>
  ok(await world.consents.give(actOf(world, 'consent.give'), consent))
  ok(await world.consentStarts.registerAddresses(actOf(world, 'partner.return-addresses' as never), partner, [`https://${name}.example/back`]))
  ok(await world.consentStarts.start(actOf(world, 'consent.start'), { request: started.id, reference: words.requestUri, returnTo: `https://${name}.example/back`, state: `state-of-${name}`, startedAt: now }))
  const entry = { id: newId('release', now, world.random), at: now, partner, consent: consent.id, purpose: purpose.id, person, items: ['name', 'address'], outcome: 'RELEASED' as const, requestId: words.requestId }
  const grounds = [{ what: 'consent', found: 'IN_FORCE', ref: consent.id, limit: 'PURPOSE', at: consent.until }] as const
  ok(await world.releases.release({ ...actOf(world, 'release.give'), key: null }, inForce(consent, now)!, guardian === null ? certificate.id : null, entry as never, decided(world.random, { requestId: words.requestId, at: now, partner, client: `${partner}-server`, person, asked: 'four-information', outcome: 'DONE', grounds }), defaultPace))
  Object.assign(ids, { purpose: purpose.id, consentRequest: request.id, openRequest: open.id, consent: consent.id })
}

async function withPartner(world: TestWorld, name: string, partner: PartnerId, person: PersonId, certificate: CertificateRecord, ids: Ids): Promise<void> {
  const now = world.clock.now()
  const client = `${partner}-server`
  const webhook = { id: newId('webhook', now, world.random), partner, url: `https://${name}.example/hook`, events: ['consent-withdrawn', 'attributes-changed'], secret: world.random.bytes(32), sealed: await world.vault.seal(world.random.bytes(32), 'x'), previous: null, registeredAt: now, state: 'ACTIVE' } as const
  ok(await world.webhooks.register(actOf(world, 'webhook.register'), webhook as never))
  const challenge = { id: newId('challenge', now, world.random), partner, client, nonce: world.random.bytes(32), createdAt: now, expiresAt: after(now, hour), state: 'OPEN', requested: { identity: 'IAL3', authentication: 'AAL3' }, account: null } as const
  const spent = { ...challenge, id: newId('challenge', now, world.random) }
  for (const one of [challenge, spent]) ok(await world.challenges.create(actOf(world, 'login.challenge'), one as never))
  const login = { id: newId('login', now, world.random), challenge: spent.id, partner, person, subject: `subject of ${name}`, at: now, assurance: { identity: 'IAL3', authentication: 'AAL3', method: 'CARD_AND_PIN' }, requested: challenge.requested, certificate: certificate.id, passkey: null }
  const link = { id: newId('accountLink', now, world.random), partner, person, account: world.random.bytes(32), login: login.id, linkedAt: now, state: 'LINKED', endedAt: null } as const
  ok(await world.challenges.spend(actOf(world, 'login.answer'), spent.id, login as never, { link, use: null, decision: null } as never))
  const offer = () => ({ id: newId('enrolment', now, world.random), login: login.id, partner, client, origin: `https://${name}.example`, challenge: world.random.bytes(32), offeredAt: now, expiresAt: after(now, hour), state: 'OPEN' }) as const
  const [open, used] = [offer(), offer()]
  for (const one of [open, used]) ok(await world.passkeys.offer(actOf(world, 'passkey.offer'), one))
  const passkey = { id: newId('passkey', now, world.random), partner, person, certificate: certificate.id, login: login.id, origin: used.origin, credential: world.random.bytes(32), publicKey: world.random.bytes(77), counter: 0, backedUp: false, enrolledAt: now, usedAt: null, state: 'ENROLLED' }
  ok(await world.passkeys.enrol(actOf(world, 'passkey.enrol'), used.id, passkey as never))
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  // One key for a partner, whichever of its tenants comes first.
  if ((await world.partnerKeys.of(partner)).length === 0) ok(await world.partnerKeys.register(actOf(world, 'key.register'), { partner, client, kid: `enc-${name}`, use: 'enc', alg: 'ECDH-ES', jwk: jwk as never, source: 'INLINE', registeredAt: now, retiresAt: null, lastFetchedAt: null, lastUsedAt: null }))
  Object.assign(ids, { webhook: webhook.id, challenge: challenge.id, login: login.id, accountLink: link.id, enrolment: open.id, passkey: passkey.id })
}

async function withOffice(world: TestWorld, municipality: string, clerk: number, person: PersonId, ids: Ids): Promise<void> {
  const now = world.clock.now()
  const [office, named] = [`municipal ${municipality}`, (n: string) => `ofc_${n}${municipality}`.padEnd(30, '0') as OfficerId]
  const card = { id: newId('officerCard', now, world.random), officer: named('a'), office, person, state: 'PROPOSED', proposedBy: named('b'), proposedAt: now, confirmedBy: null, endedAt: null } as const
  ok(await world.offices.propose(actOf(world, 'officer.propose'), card))
  // From the officer who stands at the counter.
  const from = officerId(clerk)
  const delegation = { id: newId('delegation', now, world.random), from, to: named('c'), office, kind: 'standing', acts: ['grant.suspend'], scopes: ['area'], validFrom: now, validUntil: after(now, 30 * day), madeAt: now, endedAt: null } as const
  ok(await world.offices.delegate(actOf(world, 'delegation.give'), delegation))
  Object.assign(ids, { officerCard: card.id, delegation: delegation.id })
}

/** Consents of one tenant that are not in force any more, each for its own reason. */
export async function consentStates(world: TestWorld, a: Tenant, suspended: PartnerId): Promise<Readonly<Record<'withdrawn' | 'over' | 'ended' | 'suspended', Ids>>> {
  const now = world.clock.now()
  const given = async (partner: PartnerId, text: string, change: object = {}) => {
    const purpose = await purposeOf(world, a.name, partner, text)
    const consent = { ...consentTo(world, await consentRequest(world, purpose), a.certificate), ...change }
    ok(await world.consents.give(actOf(world, 'consent.give'), consent))
    return { purpose, consent, ids: { consent: consent.id, purpose: purpose.id, consentRequest: consent.request } }
  }
  const { consent: withdrawn, ids: ofWithdrawn } = await given(a.partner, ', withdrawn')
  ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), withdrawn.id, now, 'PERSON' as never))
  const [delivery] = await world.webhooks.deliveriesOf(a.ids['webhook'] as never, 1)
  Object.assign(a.ids, { delivery: delivery!.id })
  const { ids: over } = await given(a.partner, ', over', { givenAt: after(now, -10 * day), from: after(now, -10 * day), until: after(now, -day), limitedBy: 'CHOSEN' })
  const { purpose, ids: ended } = await given(a.partner, ', ended')
  ok(await world.consents.endPurpose(actOf(world, 'purpose.end'), purpose.id, now))
  // Given while the partner stood.
  ok(await world.standings.suspend(actOf(world, 'partner.resume'), suspended, false))
  const { ids: ofSuspended } = await given(suspended, ', suspended')
  ok(await world.standings.suspend(actOf(world, 'partner.suspend'), suspended, true))
  return { withdrawn: ofWithdrawn, over, ended, suspended: ofSuspended }
}

/** Issued by the authority's own recipe, for a key of this machine. */
export async function certified(world: TestWorld, name: string, card: Card, kind: 'signature' | 'authentication', ids: Ids): Promise<CertificateRecord> {
  // One key, one certificate: the other tenants have keys of their own, with which nothing is signed.
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

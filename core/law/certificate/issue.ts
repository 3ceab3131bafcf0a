/**
 * Act (6) of Articles 3 and 22: the agency issues. Record → sign → compare → complete:
 *
 *   T1  serial, dates and the to-be-signed bytes, linted, are stored; the application is RESERVED
 *       the key is asked for a signature over the stored bytes (any number of times)
 *   T2  the certificate is stored where none is stored; the application is ISSUED
 *
 * Before T1 what time has brought about for the person is carried out, and T1 holds that nothing of it is left.
 * A crash anywhere leaves a row from which the same function goes on. RSA signs the same bytes to the same signature;
 * with ECDSA the first stored signature wins, and only what is stored is ever returned.
 *
 * @law 公的個人認証法 第3条第6項・第22条第6項
 */
import { assemble, endEntityTbs, type EndEntityInput } from '../../pki/certificate.ts'
import { lintEndEntity, relint, signLinted } from '../../pki/lint.ts'
import { expectEndEntity, type Expectation } from '../../pki/plan.ts'
import { begin, type Act } from '../act.ts'
import type { Card } from '../card/card.ts'
import { settle, settlePerson } from '../card/deadline.ts'
import { caOf, isSmartphone, type CertificateRecord } from './certificate.ts'
import { fromHex, newId, newSerial, type CertificateApplicationId, type Random } from '../ids.ts'
import { byAuthority, mayIssue, superseded, type CertificateApplication } from './issuance.ts'
import { bears, registryOf, residentNow } from '../person/departure.ts'
import type { FourInformation } from '../person/person.ts'
import { isRefusal, refuse, type Refusal, type Result } from '../refusal.ts'
import { revocation } from './revocation.ts'
import { after, dayOf, endOf, hour, type Instant } from '../time.ts'
import { certificateEnd, type End } from '../card/validity.ts'
import type { Municipality, Uses } from '../world.ts'

/** What T1 stores: the certificate row without its bytes, the bytes to be signed, and what the lint holds them against. */
export interface Reservation {
  readonly record: CertificateRecord
  readonly tbs: Uint8Array
  readonly expectation: Expectation
}

type IssueWorld = Uses<'clock' | 'random' | 'deadlines' | 'residents' | 'cards' | 'certificates' | 'issuances' | 'municipalities' | 'authorities' | 'settings' | 'bell'>

/** Issues, or goes on issuing, or answers what was issued. Only the authority can: it alone holds a signer. */
export async function issueCertificate(world: IssueWorld, id: CertificateApplicationId): Promise<Result<CertificateRecord>> {
  const asked = await world.issuances.load(id)
  if (asked === null) return refuse('NOT_FOUND')
  const application = (await settlePerson(world, asked.person)) === 0 ? asked : ((await world.issuances.load(id)) ?? asked)
  if (application.state === 'ISSUED' || application.state === 'DELIVERED') return (await world.issuances.certificateOf(id)) ?? refuse('NOT_FOUND')
  if (application.state === 'NOTIFIED') {
    const reserved = await reserve(world, application)
    if (isRefusal(reserved)) return reserved
  }
  return complete(world, application)
}

// ---------------------------------------------------------------- T1

async function reserve(world: IssueWorld, application: CertificateApplication): Promise<Result<void>> {
  const now = world.clock.now()
  const prepared = await prepare(world, application, now)
  if (isRefusal(prepared)) return giveUp(world, application, prepared, now)
  const act = authorityAct('certificate.reserve', now, application, { serial: prepared.record.serial, issuer: prepared.record.issuer })
  const stored = await world.issuances.reserve(act, application.id, prepared, (standing) => settle(standing, now))
  if (!isRefusal(stored)) return
  // Somebody else reserved meanwhile: go on from theirs. A serial that was taken: once more with another.
  return (await world.issuances.reservation(application.id)) !== null ? undefined : stored
}

async function prepare(world: IssueWorld, application: CertificateApplication, now: Instant): Promise<Result<Reservation>> {
  const card = await world.cards.load(application.card)
  const resident = await residentNow(world, application.person)
  const municipality = await world.municipalities.load(application.municipality)
  if (card === null || resident === null || municipality === null || application.publicKey === null) return refuse('NOT_FOUND')
  if (registryOf(resident) !== application.municipality) return refuse('NOT_RESIDENT')
  // The register may have changed since the officer confirmed.
  if (caOf(application.kind) === 'signature' && !bears(resident, application.items, isSmartphone(application.kind))) return refuse('ITEMS_DIFFER')
  const no = await mayIssue(world, application, card, now)
  if (no !== null) return no

  const issuedOn = dayOf(now)
  const { on: expiresOn, limit, article } = await lastDay(world, application, card, now)
  if (expiresOn <= issuedOn) return refuse('NO_VALIDITY_LEFT')

  const authority = world.authorities.current(caOf(application.kind))
  const serial = newSerial(world.random)
  const bearsItems = caOf(application.kind) === 'signature'
  const input: EndEntityInput = {
    kind: application.kind, issuer: authority.certificate, serial: fromHex(serial), spki: application.publicKey, municipality,
    commonName: commonName(application.kind, municipality, world.random), notBefore: now, notAfter: endOf(expiresOn),
    ...(bearsItems ? { holder: holderOf(application.items) } : {}),
  }
  const tbs = endEntityTbs(input, world.settings.profile)
  lintEndEntity(tbs, input, world.settings.profile)
  const record: CertificateRecord = {
    id: newId('certificate', now, world.random), kind: application.kind, person: application.person, card: card.id, issuer: authority.keyId, serial, der: new Uint8Array(),
    state: 'RESERVED', issuedAt: now, expiresOn, expiresBy: { limit, article }, deliveredAt: null, shard: municipality.code, items: bearsItems ? application.items : null, smartphone: application.smartphone, revocation: null,
  }
  return { record, tbs, expectation: expectEndEntity(input, world.settings.profile) }
}

async function lastDay(world: IssueWorld, { kind, person, items, lapseOfPresent, smartphone }: CertificateApplication, card: Card, now: Instant): Promise<End> {
  const issuedOn = dayOf(now)
  if (kind === 'smartphone-signature' || kind === 'smartphone-authentication') {
    const parent = smartphone === null ? null : await world.certificates.load(smartphone.parent)
    return certificateEnd({ kind, issuedOn, cardExpiresOn: card.expiresOn, parentExpiresOn: parent?.expiresOn ?? issuedOn })
  }
  const present = await world.certificates.live(person, kind, now)
  const authentication = kind === 'signature' ? await world.certificates.live(person, 'authentication', now) : null
  return certificateEnd({
    kind, issuedOn, birthDate: items.birthDate, cardExpiresOn: card.expiresOn, authenticationExpiresOn: authentication?.expiresOn ?? null,
    ...(present === null ? {} : { earlyRenewal: { oldExpiresOn: present.expiresOn, lapseRequested: lapseOfPresent } }),
  })
}

/** The law says no after the notice came in: the application ends, with the reason, and nothing was reserved. */
async function giveUp(world: IssueWorld, application: CertificateApplication, no: Refusal, now: Instant): Promise<Refusal> {
  await world.issuances.advance(authorityAct('certificate.abandon', now, application, { refused: no.code }), 'NOTIFIED', { ...application, state: 'REFUSED', refusedFor: no.code })
  return no
}

// ---------------------------------------------------------------- signature and T2

async function complete(world: IssueWorld, application: CertificateApplication): Promise<Result<CertificateRecord>> {
  const reservation = await world.issuances.reservation(application.id)
  if (reservation === null) return (await world.issuances.certificateOf(application.id)) ?? refuse('WRONG_STATE', { state: application.state })
  const authority = world.authorities.all.find((a) => a.keyId === reservation.record.issuer)
  if (authority === undefined || authority.signer === null) throw new Error(`no signer for issuer ${reservation.record.issuer}`)
  const linted = relint(reservation.tbs, reservation.expectation, authority.certificate)
  const der = assemble(linted, await signLinted(authority.signer, linted))
  const now = world.clock.now()
  const act = authorityAct('certificate.issue', now, application, { serial: reservation.record.serial, issuer: reservation.record.issuer })
  const stored = await world.issuances.complete(act, application.id, der, application.smartphone === null ? superseded(now) : revocation('smartphone-replaced', now, now))
  // A card or parent that ended meanwhile stays ended: the reservation goes on the list, and nobody asks the key again.
  if (isRefusal(stored) && (stored.code === 'CARD_NOT_USABLE' || stored.code === 'PARENT_NOT_LIVE')) {
    const given = { ...application, state: 'ABANDONED' as const, refusedFor: stored.code }
    await world.issuances.advance(authorityAct('certificate.abandon', now, application, { refused: stored.code }), 'RESERVED', given)
  }
  await world.bell.ring({ wake: 'crl' })
  return stored
}

/** Finishes what a lost bell or a crash left. Returns how many certificates came of it. */
export async function finishUnfinished(world: IssueWorld, limit: number, failed: (id: CertificateApplicationId, fault: unknown) => void): Promise<number> {
  let issued = 0
  for (const id of await world.issuances.unfinished(limit)) {
    try {
      if (!isRefusal(await issueCertificate(world, id))) issued++
    } catch (fault) {
      failed(id, fault)
    }
  }
  return issued
}

/** How long a reservation may wait for its signature. */
export const reservationWindow = 24 * hour

/** Reservations that nobody could finish are given up; a signature may exist of each, so they go on the list. Returns how many. */
export async function abandonOverdue(world: Uses<'clock' | 'issuances' | 'bell'>, limit: number): Promise<number> {
  const now = world.clock.now()
  let abandoned = 0
  for (const id of await world.issuances.overdue(after(now, -reservationWindow), limit)) {
    const application = await world.issuances.load(id)
    if (application === null || application.state !== 'RESERVED') continue
    const stored = await world.issuances.advance(authorityAct('certificate.abandon', now, application, { refused: 'ISSUER_AWAY' }), 'RESERVED', { ...application, state: 'ABANDONED', refusedFor: 'ISSUER_AWAY' })
    if (!isRefusal(stored)) abandoned++
  }
  if (abandoned > 0) await world.bell.ring({ wake: 'crl' })
  return abandoned
}

const authorityAct = (kind: Act['kind'], at: Instant, application: CertificateApplication, facts: Act['facts']): Act => ({
  ...begin(kind, byAuthority, at, { application: application.id }), subject: application.id, facts: { kind: application.kind, ...facts },
})

/** Sex as the certificate writes it: 1 male, 2 female, 3 unknown. */
function holderOf(items: FourInformation): NonNullable<EndEntityInput['holder']> {
  const sex = ({ male: '1', female: '2', unknown: '3' } as const)[items.sex]
  return { name: items.name, nameSubstitutes: items.nameSubstitutes, sex, birthDate: items.birthDate, address: items.address, addressSubstitutes: items.addressSubstitutes }
}

/**
 * 23 characters: 14 random, 5 digits of the municipality, 3 digits, S or A. The grammar of the real CN is not public;
 * this mirrors the one example seen. It says nothing of the person.
 */
function commonName(kind: CertificateApplication['kind'], municipality: Municipality, random: Random): string {
  const alphabet = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ'
  const block = Array.from(random.bytes(14), (b) => alphabet[b % alphabet.length]).join('')
  return `${block}${municipality.code.slice(0, 5)}001${caOf(kind) === 'signature' ? 'S' : 'A'}`
}

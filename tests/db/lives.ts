/**
 * Random lives over the real stores: what registers, counters and phones do to a person with a card on random days. The
 * same lives are lived twice, swept every day and swept once at the end; what can be told of them must be the same.
 */
import fc from 'fast-check'
import type { Officer } from '../../core/law/actor.ts'
import type { Card } from '../../core/law/card/card.ts'
import { settle, settlePerson, sweepDeadlines } from '../../core/law/card/deadline.ts'
import { resumeCard, suspendCard } from '../../core/law/card/holding.ts'
import { isSmartphone, type CertificateKind, type CertificateRecord } from '../../core/law/certificate/certificate.ts'
import { superseded, type CertificateApplication } from '../../core/law/certificate/issuance.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { newId, newSerial, type IdempotencyKey, type MunicipalityCode, type OfficerId, type PersonId } from '../../core/law/ids.ts'
import { certificateItems, registryOf, residentNow } from '../../core/law/person/departure.ts'
import { recordResidentEvent, type EventKind, type Resident } from '../../core/law/person/resident.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { addDays, after, dayOf, hour, legalDate, minute, startOf, type LegalDate } from '../../core/law/time.ts'
import { cardApplications, cards } from '../../db/tables/cards.ts'
import { certificates } from '../../db/tables/certificates.ts'
import { rowOfCard } from '../../db/card/cards.ts'
import { sealedItems } from '../../db/certificate/certificates.ts'
import { plantResidents } from '../../db/seed.ts'
import { somebody, testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'

export const first = legalDate('2026-04-01')
export const days = 160
const towns = ['132217', '131016', '011002', '141003'] as MunicipalityCode[]

export interface Step { readonly day: number; readonly ahead: number; readonly shown: boolean; readonly town: number; readonly kind: EventKind | 'issue' | 'reserve' | 'phone' | 'suspend' | 'resume' }
export type Life = readonly Step[]

const kinds: readonly Step['kind'][] = [
  'move-out', 'move-out', 'move-out', 'move-in', 'move-in', 'move-in', 'move-within', 'move-overseas', 'move-overseas', 'move-cancelled', 'move-cancelled', 'annex-deleted', 'stay-change', 'death', 'items-change',
  'minor-correction', 'card-presented', 'name-change', 'correction', 'my-number-change', 'status-lost', 'issue', 'issue', 'issue', 'reserve', 'phone', 'phone', 'suspend', 'resume', 'resume',
]
export const anyLife: fc.Arbitrary<Life> = fc.array(
  fc.record<Step>({ day: fc.nat(days - 2), ahead: fc.nat(50), shown: fc.boolean(), town: fc.nat(3), kind: fc.constantFrom(...kinds) }), { minLength: 2, maxLength: 7, size: 'max' },
)

/** As many as are asked for, the same each time for a seed. */
export const livesOf = (seed: number, n: number): Life[] => fc.sample(anyLife, { seed, numRuns: n })

/** What can be told of a person. Ids differ between two worlds; nothing else may. */
export interface Told {
  readonly answers: readonly string[]
  readonly resident: Resident
  readonly cards: readonly Pick<Card, 'state' | 'municipality' | 'end' | 'expiresOn'>[]
  readonly certificates: readonly (Pick<CertificateRecord, 'kind' | 'state' | 'revocation' | 'issuedAt' | 'expiresOn'> & { readonly parent: CertificateRecord['state'] | null })[]
  readonly applications: readonly Pick<CertificateApplication, 'kind' | 'state' | 'refusedFor'>[]
}

/** Each life by a person of its own, in one world; swept daily, or once at the end. */
export async function live(lives: readonly Life[], daily: boolean): Promise<Told[]> {
  const world = await testWorld({ now: after(startOf(first), 12 * hour) })
  try {
    const sweep = () => sweepDeadlines(world, 50, (person, fault) => { throw new Error(`${person}: ${String(fault)}`) })
    const people = lives.map((_, i) => somebody(i))
    await plantResidents(world.db, world.safe, people.map((person, i) => ({ ...rows.resident(world), person, municipality: towns[i % 4]!, ...(i % 5 === 4 ? { nationality: 'foreign', stayUntil: addDays(first, 300) } : {}) } as Resident)))
    await deliver(world, people)
    const answers: string[][] = people.map(() => [])
    for (let day = 1; day <= days; day++) {
      const date = addDays(first, day)
      if (daily) {
        world.clock.set(after(startOf(date), 5 * minute))
        await sweep()
      }
      world.clock.set(after(startOf(date), 12 * hour))
      for (const [i, life] of lives.entries()) for (const [n, step] of life.entries()) if (step.day + 1 === day) {
        world.clock.advance(1)
        answers[i]!.push(await take(world, people[i]!, step, n))
      }
    }
    world.clock.set(startOf(addDays(first, days + 1)))
    await sweep()
    return await Promise.all(people.map((person, i) => tell(world, person, answers[i]!)))
  } finally {
    await world.close()
  }
}

/** Cards in use, all at once, with an end within the time looked at for a third of them, and their certificates. */
async function deliver(world: TestWorld, people: readonly PersonId[]): Promise<void> {
  const now = world.clock.now()
  const made = people.map((person, i): Card => {
    const application = { ...rows.cardApplication(world, world.persona('hanako').person), person, municipality: towns[i % 4]! }
    return { ...rows.cardFor(world, application), state: 'ACTIVE', deliveredAt: now, expiresOn: addDays(first, i % 3 === 0 ? 60 + (i % 90) : 400), attestationKey: world.random.bytes(91) }
  })
  for (const purpose of ['personal-data', 'blind-index'] as const) await world.safe.fetch(purpose)
  await world.db.insert(cards).values(made.map((card) => rowOfCard(world.safe, card)))
  await world.db.insert(cardApplications).values(made.map((card) => ({
    ...(({ handOver: _, support: __, special: ___, ...rest }) => rest)(rows.cardApplication(world, world.persona('hanako').person)), person: card.person, municipality: card.municipality, state: 'DELIVERED' as const,
    card: card.id, handOverOfficer: 'ofc_1', handOverDocuments: ['passport' as const], handOverPins: 'holder' as const, handOverAt: now,
  })))
  const items = rows.resident(world).items
  const certificate = (card: Card, kind: 'signature' | 'authentication', expiresOn: LegalDate, id = newId('certificate', now, world.random)): typeof certificates.$inferInsert => ({
    id, kind, person: card.person, card: card.id, issuer: world.authorities.current(kind).keyId, serial: newSerial(world.random), state: 'VALID', der: world.safe.sealOctets('certificates.der', id, world.random.bytes(64)), sha256: '', publicKey: new Uint8Array(),
    issuedAt: now, completedAt: now, expiresOn, shard: card.municipality, personal: sealedItems(world.safe, id, kind === 'signature' ? items : null),
  })
  await world.db.insert(certificates).values(made.flatMap((card, i) => [
    certificate(card, 'authentication', card.expiresOn), ...(i % 4 === 3 ? [] : [certificate(card, 'signature', i % 8 === 0 ? [addDays(first, 40 + (i % 60)), card.expiresOn].toSorted()[0]! : card.expiresOn)]),
  ]))
}

const officer = (municipality: MunicipalityCode): Officer => ({ kind: 'officer', officer: 'ofc_1' as OfficerId, role: 'municipal', municipality, scopes: new Set(['register', 'card', 'certificate']) })
let keys = 0
const key = (): IdempotencyKey => `lives-${keys++}-of-test` as IdempotencyKey
const act = (world: TestWorld, kind: Parameters<typeof rows.actOf>[1]) => rows.actOf(world, kind, { key: null })

/** One statement of each transaction of an issue, as the recipes make them; `last` leaves it reserved. */
async function issue(world: TestWorld, card: Card, kind: CertificateKind, until: LegalDate, parent: CertificateRecord | null = null, last: 'VALID' | 'RESERVED' = 'VALID'): Promise<string> {
  const now = world.clock.now()
  const resident = (await residentNow(world, card.person))!
  const municipality = registryOf(resident)
  if (municipality === null) return 'nowhere'
  const blank = rows.certificateApplication({ ...world, personas: [{ ...world.persona('hanako'), person: card.person, resident }] }, { ...card, municipality }, 'signature')
  const waiting: CertificateApplication = {
    ...blank, kind, state: 'NOTIFIED', items: certificateItems(resident), confirmation: { officer: 'ofc_1', at: now }, publicKey: world.random.bytes(294), smartphone: parent === null ? null : { parent: parent.id, device: 'phone-of-test' },
  }
  const created = await world.issuances.create(act(world, 'certificate.apply'), waiting)
  if (isRefusal(created)) return created.code
  const reservation = rows.reservationFor(world, waiting, until)
  const record: CertificateRecord = { ...reservation.record, serial: newSerial(world.random), items: kind.endsWith('signature') ? waiting.items : null, smartphone: waiting.smartphone }
  const reserved = await world.issuances.reserve(act(world, 'certificate.reserve'), waiting.id, { ...reservation, record }, (standing) => settle(standing, now))
  if (isRefusal(reserved)) return `${reserved.code} ${reserved.field ?? ''}`
  if (last === 'RESERVED') return 'reserved'
  const done = await world.issuances.complete(act(world, 'certificate.issue'), waiting.id, rows.derOf(waiting.id), parent === null ? superseded(now) : revocation('smartphone-replaced', now, now))
  return isRefusal(done) ? done.code : 'issued'
}

async function take(world: TestWorld, person: PersonId, step: Step, n: number): Promise<string> {
  const now = (await residentNow(world, person))!
  const today = dayOf(world.clock.now())
  if (step.kind === 'issue' || step.kind === 'reserve' || step.kind === 'phone' || step.kind === 'suspend' || step.kind === 'resume') return withCard(world, person, step, today)
  const address = step.kind === 'move-in' || step.kind === 'move-within' || step.kind === 'correction'
  const named = step.kind === 'items-change' || step.kind === 'name-change'
  const result = await recordResidentEvent(world, officer(step.kind === 'move-in' ? towns[step.town]! : (now.municipality ?? now.departure?.from ?? towns[step.town]!)), {
    person, kind: step.kind, plannedOn: step.kind === 'move-out' || step.kind === 'move-overseas' ? addDays(today, step.ahead - 10) : null, cardPresented: step.shown && step.kind === 'move-in',
    continuedUse: step.shown && step.kind === 'move-overseas', correction: step.kind === 'minor-correction' ? 'building' : null, occurredOn: addDays(today, step.kind === 'move-in' ? -Math.min(step.ahead, 20) : 0),
    stayUntil: step.kind === 'stay-change' ? addDays(today, 1_000) : null, idempotencyKey: key(),
    items: address ? { ...now.items, address: `見本町${n}番地`, addressSubstitutes: '0'.repeat(`見本町${n}番地`.length) } : named ? { ...now.items, name: `見本　${'一二三四五六七八九十'[n % 10]}`, nameSubstitutes: '0000' } : null,
  })
  return isRefusal(result) ? `${step.kind} ${result.code}` : `${step.kind} ok`
}

async function withCard(world: TestWorld, person: PersonId, { kind, ahead }: Step, today: LegalDate): Promise<string> {
  await settlePerson(world, person)
  const [card] = await world.cards.ofPerson(person)
  if (card === undefined) return `${kind}: no card`
  if (kind === 'suspend' || kind === 'resume') {
    const asked = { card: card.id, idempotencyKey: key() }
    const done = kind === 'suspend' ? await suspendCard(world, officer(card.municipality), asked) : await resumeCard(world, officer(card.municipality), { ...asked, documents: ['passport'] })
    return isRefusal(done) ? `${kind} ${done.code}` : kind
  }
  if (card.state !== 'ACTIVE') return `${kind}: ${card.state}`
  const signature = await world.certificates.live(person, 'signature', world.clock.now())
  const until = [addDays(today, 20 + ahead), card.expiresOn].toSorted()[0]!
  if (kind === 'phone') return signature === null || signature.state !== 'VALID' ? 'phone: no parent' : `phone ${await issue(world, card, 'smartphone-signature', signature.expiresOn, signature, ahead % 3 === 0 ? 'RESERVED' : 'VALID')}`
  if (signature !== null) return `${kind}: ${signature.state}`
  return `${kind} ${await issue(world, card, 'signature', until, null, kind === 'reserve' ? 'RESERVED' : 'VALID')}`
}

async function tell(world: TestWorld, person: PersonId, answers: readonly string[]): Promise<Told> {
  const held = await world.cards.ofPerson(person)
  const bearing = (await Promise.all(held.map((card) => world.certificates.ofCard(card.id)))).flat()
  const applications = (await Promise.all(held.map((card) => world.issuances.ofCard(card.id)))).flat()
  return {
    answers, resident: (await residentNow(world, person))!,
    cards: held.map(({ state, municipality, end, expiresOn }) => ({ state, municipality, end, expiresOn })),
    certificates: bearing.map(({ kind, state, revocation: lapse, issuedAt, expiresOn, smartphone }) => ({ kind, state, revocation: lapse, issuedAt, expiresOn, parent: bearing.find(({ id }) => id === smartphone?.parent)?.state ?? null })),
    applications: applications.map(({ kind, state, refusedFor }) => ({ kind, state, refusedFor })),
  }
}

/** What no life may break; empty where it breaks nothing. */
export function broken({ resident, cards: held, certificates: bearing, applications }: Told): string[] {
  const found: string[] = []
  const alive = bearing.filter(({ state }) => state === 'VALID' || state === 'HELD')
  const ended = held.every(({ state }) => state === 'LAPSED' || state === 'ABOLISHED')
  if (new Set(alive.map(({ kind }) => kind)).size !== alive.length) found.push('two live certificates of a kind')
  if (ended && bearing.some(({ state }) => state === 'VALID' || state === 'HELD' || state === 'RESERVED')) found.push('a certificate outlives its card')
  if (ended && applications.some(({ state }) => ['APPLIED', 'CONFIRMED', 'KEY_ON_CARD', 'NOTIFIED', 'RESERVED'].includes(state))) found.push('an application outlives its card')
  const end = held[0]?.end?.at ?? Number.MAX_SAFE_INTEGER
  if (bearing.some(({ state, revocation: lapse }) => state === 'REVOKED' && lapse!.recordedAt > end)) found.push('a certificate lapsed after its card')
  if (bearing.some((c) => c.expiresOn > held[0]!.expiresOn)) found.push('a certificate runs longer than its card')
  if (bearing.some((c) => isSmartphone(c.kind) && ['VALID', 'HELD', 'RESERVED'].includes(c.state) && c.parent !== 'VALID' && c.parent !== 'HELD')) found.push('a phone outlives its parent')
  if ((resident.state === 'DECEASED' || resident.state === 'DELETED') && alive.some(({ kind }) => kind === 'signature')) found.push('a signing certificate of no record')
  if (resident.state === 'OVERSEAS' && resident.departure?.continuedUse !== true && !ended) found.push('a card overseas without continued use')
  return found
}

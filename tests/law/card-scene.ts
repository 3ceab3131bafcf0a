/** One holder, one card and plain ports, for the acts of cards: what was stored last can be looked at. */
import type { Act } from '../../core/law/act.ts'
import type { Citizen, Officer, OfficerRole, Scope } from '../../core/law/actor.ts'
import type { ApplicationForm } from '../../core/law/card/application.ts'
import type { Card, CardApplication, CardEnd, CardApplicationState, CardState } from '../../core/law/card/card.ts'
import type { Decide, Settlement } from '../../core/law/card/deadline.ts'
import type { CardNote } from '../../core/law/card/holding.ts'
import type { PinReset } from '../../core/law/card/pin-reset.ts'
import type { CertificateApplication } from '../../core/law/certificate/issuance.ts'
import type { Installation } from '../../core/law/space/slot.ts'
import type { Grant } from '../../core/law/space/basis.ts'
import { municipalityCode, newId, type CardOrderId, type GrantId, type IdempotencyKey, type InstallationId, type PinResetId } from '../../core/law/ids.ts'
import type { MyNumberReading } from '../../core/law/person/my-number.ts'
import { isRefusal, refuse, type Result } from '../../core/law/refusal.ts'
import type { Resident, ResidentEvent } from '../../core/law/person/resident.ts'
import { addDays, dayOf, legalDate, startOf } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'
import { defaultNow as now, testRandom } from '../harness/world.ts'
import { defaultSettings } from '../../functions/environment/settings.ts'

export const { noteLines } = defaultSettings

export const random = testRandom('card acts')
export const town = municipalityCode('132217')
export const today = dayOf(now)
export const key = 'key-of-test' as IdempotencyKey
export const person = newId('person', now, random)
export const resident: Resident = {
  person, municipality: town, items: { name: '青空　花子', nameSubstitutes: '00000', birthDate: legalDate('1990-04-15'), sex: 'female', address: '見本町1', addressSubstitutes: '0000' }, kana: null, nationality: 'japanese', stayUntil: null, state: 'RESIDENT', departure: null, version: 1,
}
export const cardIn = (state: CardState, over: Partial<Card> = {}): Card => ({
  id: newId('card', now, testRandom('the card')), person, cardNumber: '1'.repeat(15), municipality: town, state, madeOn: addDays(today, -30), expiresBy: null, expiresOn: addDays(today, 3_000), deliveredAt: state === 'MADE' ? null : now,
  end: state === 'LAPSED' ? { ground: 'expired', at: now } : state === 'ABOLISHED' ? { ground: 'lost', at: now } : null, attestationKey: new Uint8Array(91), ...over,
})
export const applicationIn = (state: CardApplicationState, card: Card | null): CardApplication => ({
  id: newId('cardApplication', now, testRandom('the application')), person, municipality: town, channel: 'web', state, receivedAt: now, card: card?.id ?? null, handOver: null, form: null, support: null, special: null, photo: true,
})
export const by = (role: OfficerRole, ...scopes: Scope[]): Officer => ({ kind: 'officer', officer: newId('officer', now, random), role, municipality: role === 'municipal' ? town : null, scopes: new Set(scopes) })
export const counter = by('municipal', 'card')
export const agency = by('agency', 'card')
export const holder: Citizen = { kind: 'citizen', person, scopes: new Set(['me']) }

export interface Scene { readonly history?: readonly ResidentEvent[]; readonly installation?: Installation['state']; readonly live?: boolean; readonly cards?: readonly Card[]; readonly application?: CardApplication; readonly notes?: number; readonly resident?: Resident; readonly form?: ApplicationForm | null }

export const grant = { id: 'grt_1' as GrantId, state: 'APPROVED', population: { kind: 'cards' }, minimumAge: 15, validFrom: addDays(today, -1), validUntil: addDays(today, 30), aid: 'A000000001', label: '見本', quota: { code: 0, data: 74, volatile: 0 }, pin: null, records: { count: 1, size: 10 } } as unknown as Grant
export const area = (card: Card, state: Installation['state']): Installation => ({ id: 'ins_1' as InstallationId, grant: grant.id, card: card.id, state, order: 'cor_1' as CardOrderId, quota: grant.quota })
export const reset = (card: Card): PinReset => ({ id: 'prs_1' as PinResetId, person, card: card.id, pin: 'signature', nonce: new Uint8Array(32), startedAt: now, state: 'PROVEN', provenAt: now, order: null })
export const certificateOn = (card: Card): CertificateApplication => ({ id: newId('certificateApplication', now, random), kind: 'signature', person, card: card.id, municipality: town, state: 'ISSUED', appliedOn: today, items: resident.items, lapseOfPresent: false, confirmation: null, publicKey: null, smartphone: null, refusedFor: null })

/** What a look at the register finds to have ended, where it finds something; whether stores take nothing, since somebody was faster; how often the bell rang; the act that was stored last. */
export const meanwhile: { ended: CardEnd | null; faster: boolean; rung: number; act: Act | null } = { ended: null, faster: false, rung: 0, act: null }
const writes = ['changeState', 'printForm', 'create', 'advance', 'add', 'settle', 'request', 'start', 'use', 'deliver', 'install', 'reorder', 'record']

/** Plain ports: what was stored last can be looked at. */
export function stage({ history = [], installation = 'INSTALLED', live = false, cards = [], application, notes = 0, resident: who = resident, form = null }: Scene) {
  const stored: { act: Act | null; application: CardApplication | null; card: Card | null; settlement: Settlement | null; reading: MyNumberReading | null; form: ApplicationForm | null } = { act: null, application: null, card: null, settlement: null, reading: null, form: null }
  const lines: CardNote[] = Array.from({ length: notes }, (_, i) => ({ card: cards[0]!.id, line: i + 1, text: '新住所', addedOn: today, recordedAt: now, officer: 'ofc_1' }))
  const standing = { cards: cards.filter((c) => c.end === null).map((c) => ({ ...c, since: startOf(c.madeOn) })), certificates: [], history: [] }
  const nothing: Settlement = { cards: [], certificates: [], due: [], transfer: null }
  const world = {
    clock: { now: () => now }, random, acts: { find: async () => null }, bell: { ring: async () => { meanwhile.rung++ } },
    residents: { load: async () => who, birthDateOf: async () => who.items.birthDate, history: async () => history },
    cards: {
      load: async (id: string) => stored.card ?? cards.find((c) => c.id === id) ?? null, inHand: async (id: string) => cards.find((c) => c.id === id) ?? null, ofPerson: async () => [...cards],
      changeState: async (act: Act, _from: CardState, card: Card) => { Object.assign(stored, { act, card }) },
    },
    cardApplications: {
      load: async () => application ?? null, ofPerson: async () => [], form: async () => form, printForm: async (act: Act, made: ApplicationForm) => { Object.assign(stored, { act, form: made }) },
      create: async (act: Act, made: CardApplication) => { Object.assign(stored, { act, application: made }) },
      advance: async (act: Act, _from: CardApplicationState, next: CardApplication, card?: Card) => { Object.assign(stored, { act, application: next, card: card ?? null }) },
    },
    cardNotes: { of: async () => lines, add: async (act: Act, note: CardNote) => { stored.act = act; lines.push(note) } },
    deadlines: {
      look: async (): Promise<Settlement> => (meanwhile.ended === null ? nothing : { ...nothing, cards: [{ card: cards[0]!.id, ground: meanwhile.ended, at: now }] }),
      settle: async (act: Act, _person: string, decide: Decide) => {
        if (act.kind === 'deadline.pass' && meanwhile.ended !== null) {
          stored.card = { ...cards[0]!, state: 'LAPSED', end: { ground: meanwhile.ended, at: now } }
          return nothing
        }
        const settlement = decide(standing)
        const ended = settlement.cards[0]
        Object.assign(stored, { act, settlement, card: ended === undefined ? null : { ...cards[0]!, state: ended.ground === 'lost' ? 'ABOLISHED' : 'LAPSED', end: { ground: ended.ground, at: ended.at } } })
        return settlement
      },
    },
    settings: { ...defaultSettings, freeSpace: { code: 0, data: 100, volatile: 0 } },
    orders: { request: async (act: Act, order: object) => { stored.act = act; return order } },
    pinResets: { load: async () => reset(cards[0]!), start: async (act: Act) => { stored.act = act }, use: async (act: Act, _reset: PinReset, order: object) => { stored.act = act; return order } },
    certificates: { live: async () => (live ? { card: cards[0]!.id, state: 'VALID', expiresOn: addDays(today, 400) } : null) },
    issuances: { load: async () => certificateOn(cards[0]!), create: async (act: Act) => { stored.act = act }, deliver: async (act: Act) => { stored.act = act } },
    grants: { load: async () => grant },
    installations: { load: async () => area(cards[0]!, installation), install: async (act: Act) => { stored.act = act }, reorder: async (act: Act) => { stored.act = act } },
    myNumberReadings: { record: async (act: Act, reading: MyNumberReading) => { Object.assign(stored, { act, reading }) }, load: async () => stored.reading, ofBody: async () => [] },
  }
  for (const port of Object.values(world) as Record<string, (act: Act, ...rest: unknown[]) => Promise<unknown>>[]) for (const name of writes) {
    const write = port[name]
    if (write === undefined) continue
    port[name] = async (act, ...rest) => {
      if (meanwhile.faster) return refuse('CONFLICT')
      meanwhile.act = act
      return write(act, ...rest)
    }
  }
  return { world: world as unknown as World, stored }
}
export const word = (result: Result<unknown>): string => (isRefusal(result) ? result.code : 'GO')

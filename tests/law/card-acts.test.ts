/** Every state of an application and of a card, and every act: the legal go, all others refuse. */
import { describe, expect, test } from 'vitest'
import type { Act } from '../../core/law/act.ts'
import type { Citizen, Officer, OfficerRole, Scope } from '../../core/law/actor.ts'
import { printApplicationForm, specialGrounds, type ApplicationForm, type SpecialSpeed } from '../../core/law/card/application.ts'
import {
  applyForCard, dropCardApplication, sendNotice, shipCard, startProduction, withdrawCardApplication, type Card, type CardApplication, type CardEnd, type CardApplicationState, type CardState,
} from '../../core/law/card/card.ts'
import { handOver, mailCard, recordNotCollected } from '../../core/law/card/hand-over.ts'
import type { Decide, Settlement } from '../../core/law/card/deadline.ts'
import { addCardNote, recordPinReset, reportCardLost, resumeCard, returnCard, suspendCard, type CardNote } from '../../core/law/card/holding.ts'
import { requestCardOrder } from '../../core/law/card/order.ts'
import { orderPinReset, startPinReset, type PinReset } from '../../core/law/card/pin-reset.ts'
import { applyForCertificate, deliverCertificate, type CertificateApplication } from '../../core/law/certificate/issuance.ts'
import { areaOrders, orderArea, orderInstallation, type AreaOrder, type Installation } from '../../core/law/space/slot.ts'
import type { Grant } from '../../core/law/space/basis.ts'
import { municipalityCode, newId, type CardOrderId, type GrantId, type IdempotencyKey, type InstallationId, type PinResetId } from '../../core/law/ids.ts'
import { myNumberReadings, readMyNumber, type MyNumberReading } from '../../core/law/person/my-number.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import type { Resident, ResidentEvent } from '../../core/law/person/resident.ts'
import { addDays, dayOf, legalDate, startOf, type LegalDate } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'
import { defaultNow as now, testRandom } from '../harness/world.ts'
import { defaultSettings } from '../../functions/environment/settings.ts'

const { noteLines } = defaultSettings

const random = testRandom('card acts')
const town = municipalityCode('132217')
const today = dayOf(now)
const key = 'key-of-test' as IdempotencyKey
const person = newId('person', now, random)
const resident: Resident = {
  person, municipality: town, items: { name: '青空　花子', nameSubstitutes: '00000', birthDate: legalDate('1990-04-15'), sex: 'female', address: '見本町1', addressSubstitutes: '0000' }, kana: null, nationality: 'japanese', stayUntil: null, state: 'RESIDENT', departure: null, version: 1,
}
const cardIn = (state: CardState, over: Partial<Card> = {}): Card => ({
  id: newId('card', now, testRandom('the card')), person, cardNumber: '1'.repeat(15), municipality: town, state, madeOn: addDays(today, -30), expiresBy: null, expiresOn: addDays(today, 3_000), deliveredAt: state === 'MADE' ? null : now,
  end: state === 'LAPSED' ? { ground: 'expired', at: now } : state === 'ABOLISHED' ? { ground: 'lost', at: now } : null, attestationKey: new Uint8Array(91), ...over,
})
const applicationIn = (state: CardApplicationState, card: Card | null): CardApplication => ({
  id: newId('cardApplication', now, testRandom('the application')), person, municipality: town, channel: 'web', state, receivedAt: now, card: card?.id ?? null, handOver: null, form: null, support: null, special: null, photo: true,
})
const by = (role: OfficerRole, ...scopes: Scope[]): Officer => ({ kind: 'officer', officer: newId('officer', now, random), role, municipality: role === 'municipal' ? town : null, scopes: new Set(scopes) })
const counter = by('municipal', 'card')
const agency = by('agency', 'card')
const holder: Citizen = { kind: 'citizen', person, scopes: new Set(['me']) }

interface Scene { readonly history?: readonly ResidentEvent[]; readonly installation?: Installation['state']; readonly live?: boolean; readonly cards?: readonly Card[]; readonly application?: CardApplication; readonly notes?: number; readonly resident?: Resident; readonly form?: ApplicationForm | null }

const grant = { id: 'grt_1' as GrantId, state: 'APPROVED', population: { kind: 'cards' }, minimumAge: 15, validFrom: addDays(today, -1), validUntil: addDays(today, 30), aid: 'A000000001', label: '見本', quota: { code: 0, data: 74, volatile: 0 }, pin: null, records: { count: 1, size: 10 } } as unknown as Grant
const area = (card: Card, state: Installation['state']): Installation => ({ id: 'ins_1' as InstallationId, grant: grant.id, card: card.id, state, order: 'cor_1' as CardOrderId, quota: grant.quota })
const reset = (card: Card): PinReset => ({ id: 'prs_1' as PinResetId, person, card: card.id, pin: 'signature', nonce: new Uint8Array(32), startedAt: now, state: 'PROVEN', provenAt: now, order: null })
const certificateOn = (card: Card): CertificateApplication => ({ id: newId('certificateApplication', now, random), kind: 'signature', person, card: card.id, municipality: town, state: 'ISSUED', appliedOn: today, items: resident.items, lapseOfPresent: false, confirmation: null, publicKey: null, smartphone: null, refusedFor: null })

/** What a look at the register finds to have ended, where it finds something. */
let endedMeanwhile: CardEnd | null = null

/** Plain ports: what was stored last can be looked at. */
function stage({ history = [], installation = 'INSTALLED', live = false, cards = [], application, notes = 0, resident: who = resident, form = null }: Scene) {
  const stored: { act: Act | null; application: CardApplication | null; card: Card | null; settlement: Settlement | null; reading: MyNumberReading | null; form: ApplicationForm | null } = { act: null, application: null, card: null, settlement: null, reading: null, form: null }
  const lines: CardNote[] = Array.from({ length: notes }, (_, i) => ({ card: cards[0]!.id, line: i + 1, text: '新住所', addedOn: today, recordedAt: now, officer: 'ofc_1' }))
  const standing = { cards: cards.filter((c) => c.end === null).map((c) => ({ ...c, since: startOf(c.madeOn) })), certificates: [], history: [] }
  const nothing: Settlement = { cards: [], certificates: [], due: [], transfer: null }
  const world = {
    clock: { now: () => now }, random, acts: { find: async () => null }, bell: { ring: async () => undefined },
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
      look: async (): Promise<Settlement> => (endedMeanwhile === null ? nothing : { ...nothing, cards: [{ card: cards[0]!.id, ground: endedMeanwhile, at: now }] }),
      settle: async (act: Act, _person: string, decide: Decide) => {
        if (act.kind === 'deadline.pass' && endedMeanwhile !== null) {
          stored.card = { ...cards[0]!, state: 'LAPSED', end: { ground: endedMeanwhile, at: now } }
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
  } as unknown as World
  return { world, stored }
}
const word = (result: Result<unknown>): string => (isRefusal(result) ? result.code : 'GO')

// ---------------------------------------------------------------- applications

const applicationStates: readonly CardApplicationState[] = ['RECEIVED', 'IN_PRODUCTION', 'SHIPPED', 'NOTICE_SENT', 'DELIVERED', 'REJECTED', 'WITHDRAWN', 'DECLINED', 'NOT_COLLECTED']
type Ask = (world: World, application: CardApplication) => Promise<Result<unknown>>
const applicationActs: Readonly<Record<string, readonly [from: CardApplicationState, Ask]>> = {
  withdraw: ['RECEIVED', (w, { id }) => withdrawCardApplication(w, holder, { application: id, idempotencyKey: key })],
  reject: ['RECEIVED', (w, { id }) => dropCardApplication(w, agency, { application: id, outcome: 'REJECTED', idempotencyKey: key })],
  decline: ['RECEIVED', (w, { id }) => dropCardApplication(w, agency, { application: id, outcome: 'DECLINED', idempotencyKey: key })],
  produce: ['RECEIVED', (w, { id }) => startProduction(w, agency, { application: id, idempotencyKey: key })],
  ship: ['IN_PRODUCTION', (w, { id }) => shipCard(w, agency, { application: id, attestationKey: new Uint8Array(91), idempotencyKey: key })],
  notice: ['SHIPPED', (w, { id }) => sendNotice(w, counter, { application: id, idempotencyKey: key })],
  'hand over': ['NOTICE_SENT', (w, { id }) => handOver(w, counter, { application: id, documents: ['passport'], pinsSetBy: 'holder', idempotencyKey: key })],
  'not collected': ['NOTICE_SENT', (w, { id }) => recordNotCollected(w, counter, { application: id, idempotencyKey: key })],
}

describe('番号法 第16条の2・第17条: an application in each state', () => {
  for (const [name, [from, ask]] of Object.entries(applicationActs)) {
    test.each(applicationStates)(`${name} from %s`, async (state) => {
      const card = state === 'RECEIVED' ? null : cardIn(state === 'DELIVERED' ? 'ACTIVE' : 'MADE')
      const application = applicationIn(state, card)
      const { world, stored } = stage({ cards: card === null ? [] : [card], application })
      expect(word(await ask(world, application))).toBe(state === from ? 'GO' : 'WRONG_STATE')
      expect(stored.act === null).toBe(state !== from)
    })
  }

  test('who is not at the counter, or not the applicant, finds nothing', async () => {
    const application = applicationIn('NOTICE_SENT', cardIn('MADE'))
    const elsewhere: Officer = { ...counter, municipality: municipalityCode('131016') }
    const { world } = stage({ application })
    expect(word(await handOver(world, elsewhere, { application: application.id, documents: ['passport'], pinsSetBy: 'holder', idempotencyKey: key }))).toBe('NOT_FOUND')
    expect(word(await recordNotCollected(world, holder, { application: application.id, idempotencyKey: key }))).toBe('NOT_FOUND')
  })

  test('no card is made for who may not stay any more (カード命令 第26条)', async () => {
    const application = applicationIn('RECEIVED', null)
    const make = async (stayUntil: LegalDate) => {
      const { world, stored } = stage({ application, resident: { ...resident, nationality: 'foreign', stayUntil } })
      return [word(await startProduction(world, agency, { application: application.id, idempotencyKey: key })), stored.card?.expiresOn ?? null]
    }
    expect([await make(addDays(today, -1)), await make(today)]).toEqual([['WRONG_STATE', null], ['GO', today]])
  })

  test('a card that is not fetched ends with its application', async () => {
    const card = cardIn('MADE')
    const { world, stored } = stage({ cards: [card], application: applicationIn('NOTICE_SENT', card) })
    await recordNotCollected(world, counter, { application: applicationIn('NOTICE_SENT', card).id, idempotencyKey: key })
    expect([stored.application?.state, stored.card?.state, stored.card?.end]).toEqual(['NOT_COLLECTED', 'LAPSED', { ground: 'returned', at: now }])
  })
})

// ---------------------------------------------------------------- cards

const cardStates: readonly CardState[] = ['MADE', 'ACTIVE', 'SUSPENDED', 'LAPSED', 'ABOLISHED']
const areaOfficer = by('agency', 'area')
const mailed: Partial<CardApplication> = { channel: 'counter', special: { ground: 'damaged', on: today } }
const ordering = (what: AreaOrder): CardAct => [['ACTIVE'], 'CARD_NOT_USABLE', (card) => orderArea(stage({ cards: [card], installation: areaOrders[what].from.at(-1)! }).world, areaOfficer, { installation: 'ins_1' as InstallationId, what, idempotencyKey: key })]
type CardAct = readonly [from: readonly CardState[], no: string, ask: (card: Card) => Promise<Result<unknown>>]
const on = (card: Card, scene: Scene = {}): World => stage({ ...scene, cards: [card] }).world
/** Every act that a card takes, from the day it is made. */
const cardActs: Readonly<Record<string, CardAct>> = {
  'hand over': [['MADE'], 'CARD_NOT_USABLE', (c) => handOver(on(c, { application: applicationIn('NOTICE_SENT', c) }), counter, { application: applicationIn('NOTICE_SENT', c).id, documents: ['passport'], pinsSetBy: 'holder', idempotencyKey: key })],
  mail: [['MADE'], 'CARD_NOT_USABLE', (c) => mailCard(on(c, { application: { ...applicationIn('SHIPPED', c), ...mailed } }), agency, { application: applicationIn('SHIPPED', c).id, documents: ['passport'], idempotencyKey: key })],
  suspend: [['ACTIVE'], 'WRONG_STATE', (c) => suspendCard(on(c), holder, { card: c.id, idempotencyKey: key })],
  resume: [['SUSPENDED'], 'WRONG_STATE', (c) => resumeCard(on(c), counter, { card: c.id, documents: ['passport'], idempotencyKey: key })],
  return: [['ACTIVE', 'SUSPENDED'], 'WRONG_STATE', (c) => returnCard(on(c), counter, { card: c.id, idempotencyKey: key })],
  'report lost': [['ACTIVE', 'SUSPENDED'], 'WRONG_STATE', (c) => reportCardLost(on(c), holder, { card: c.id, idempotencyKey: key })],
  'apply for another': [['LAPSED', 'ABOLISHED'], 'APPLICATION_OPEN', (c) => applyForCard(on(c), holder, { person, channel: 'web', idempotencyKey: key })],
  'add a note': [['ACTIVE'], 'CARD_NOT_USABLE', (c) => addCardNote(on(c), counter, { card: c.id, text: '令和8年4月1日 見本町2', idempotencyKey: key })],
  'reset a PIN': [['ACTIVE'], 'CARD_NOT_USABLE', (c) => recordPinReset(on(c), counter, { card: c.id, pins: ['signature'], documents: ['passport'], idempotencyKey: key })],
  'begin a reset for a kiosk': [['ACTIVE'], 'CARD_NOT_USABLE', (c) => startPinReset(on(c, { live: true }), holder, { card: c.id, pin: 'signature', idempotencyKey: key })],
  'reset a PIN at a kiosk': [['ACTIVE'], 'CARD_NOT_USABLE', (c) => orderPinReset(on(c), agency, { reset: reset(c).id, cardNumber: c.cardNumber, idempotencyKey: key })],
  'order to open it for keys': [['MADE', 'ACTIVE'], 'CARD_NOT_USABLE', (c) => requestCardOrder(on(c), counter, { card: c.id, operation: { kind: 'PERSONALISE', certificates: ['signature'] }, idempotencyKey: key })],
  'order to unblock a PIN': [['MADE', 'ACTIVE'], 'CARD_NOT_USABLE', (c) => requestCardOrder(on(c), counter, { card: c.id, operation: { kind: 'UNBLOCK', pin: 'signature' }, idempotencyKey: key })],
  'apply for a signing certificate': [['ACTIVE'], 'CARD_NOT_USABLE', (c) => applyForCertificate(on(c), by('municipal', 'certificate'), { card: c.id, kind: 'signature', items: resident.items, lapseOfPresent: false, idempotencyKey: key })],
  'apply for an authentication certificate': [['ACTIVE'], 'CARD_NOT_USABLE', (c) => applyForCertificate(on(c), by('municipal', 'certificate'), { card: c.id, kind: 'authentication', items: resident.items, lapseOfPresent: false, idempotencyKey: key })],
  'write a certificate onto it': [['ACTIVE'], 'CARD_NOT_USABLE', (c) => deliverCertificate(on(c), by('municipal', 'certificate'), { application: certificateOn(c).id, idempotencyKey: key })],
  'install an area': [['ACTIVE'], 'CARD_NOT_USABLE', (c) => orderInstallation(on(c), areaOfficer, { grant: grant.id, card: c.id, idempotencyKey: key })],
  'write an area': ordering('write'), 'unblock an area': ordering('unblock'), 'lock an area': ordering('lock'), 'unlock an area': ordering('unlock'), 'remove an area': ordering('remove'),
  'read a My Number': [['ACTIVE'], 'CARD_NOT_USABLE', (c) => readMyNumber(on(c), by('municipal', 'my_number'), { card: c.id, use: 'tax', outcome: 'READ', idempotencyKey: key })],
}
/** What may be done with a card after its last day: it is given back, reported, and another one applied for. */
const stillDone = ['return', 'report lost', 'apply for another']

describe('番号法 第17条・施行令 第14条–第15条: a card in each state', () => {
  for (const [name, [from, no, ask]] of Object.entries(cardActs)) {
    test.each(cardStates)(`${name}, a card that is %s`, async (state) => {
      expect(word(await ask(cardIn(state)))).toBe(from.includes(state) ? 'GO' : no)
    })
    test.each(from)(`${name}, a card that is %s and past its last day, before the sweep came`, async (state) => {
      expect(word(await ask(cardIn(state, { expiresOn: today })))).toBe('GO')
      const late = await ask(cardIn(state, { expiresOn: addDays(today, -1) }))
      expect(word(late)).toBe(stillDone.includes(name) ? 'GO' : 'CARD_NOT_USABLE')
      if (name === 'return' || name === 'report lost') expect(late).toMatchObject({ end: { ground: 'expired' } })
    })
  }

  test('番号法 第17条第10項: what ended by another period is found by the act itself, no sweep has to come first', async () => {
    for (const [name, [from, , ask]] of Object.entries(cardActs)) {
      const state = from.find((one) => one !== 'LAPSED' && one !== 'ABOLISHED')
      if (state === undefined || name === 'return' || name === 'report lost') continue
      endedMeanwhile = 'move-30'
      const found = await ask(cardIn(state)).finally(() => { endedMeanwhile = null })
      expect([name, word(found)]).toEqual([name, expect.stringMatching(/^(CARD_NOT_USABLE|WRONG_STATE)$/)])
    }
  })

  test('lifting a suspension needs the identity check; who had it stopped, at whatever hour, stands in the leaf', async () => {
    const stopped = cardIn('SUSPENDED')
    expect(word(await resumeCard(stage({ cards: [stopped] }).world, counter, { card: stopped.id, documents: ['student-card'], idempotencyKey: key }))).toBe('EVIDENCE_INSUFFICIENT')
    const { world, stored } = stage({ cards: [stopped] })
    expect(word(await resumeCard(world, counter, { card: stopped.id, documents: ['health-insurance', 'pension-book'], idempotencyKey: key }))).toBe('GO')
    expect(stored.act?.facts).toEqual({ documents: 'health-insurance pension-book' })
    for (const [actor, by] of [[holder, 'holder'], [counter, 'counter'], [agency, 'call-centre']] as const) {
      const card = cardIn('ACTIVE')
      const scene = stage({ cards: [card] })
      expect(word(await suspendCard(scene.world, actor, { card: card.id, idempotencyKey: key }))).toBe('GO')
      expect(scene.stored.act?.facts).toEqual({ by })
    }
  })

  test('公的個人認証法施行規則 第6条第2項・第42条第2項: the agency mails what was applied for with special speed at the counter, and sets the PINs', async () => {
    const card = cardIn('MADE')
    const send = async (over: Partial<CardApplication>, documents: Parameters<typeof mailCard>[2]['documents'] = ['passport'], actor: Officer = agency) => {
      const application = { ...applicationIn('SHIPPED', card), ...over }
      const { world, stored } = stage({ cards: [card], application })
      return [word(await mailCard(world, actor, { application: application.id, documents, idempotencyKey: key })), stored.application?.handOver?.pinsSetBy ?? null]
    }
    expect(await send(mailed)).toEqual(['GO', 'agency'])
    expect([await send({}), await send({ ...mailed, channel: 'web' }), await send({ ...mailed, special: null })]).toEqual(Array(3).fill(['SPECIAL_SPEED_UNFOUNDED', null]))
    expect([await send(mailed, []), await send(mailed, ['passport'], counter), await send({ ...mailed, state: 'IN_PRODUCTION' })]).toEqual([['EVIDENCE_INSUFFICIENT', null], ['NOT_FOUND', null], ['WRONG_STATE', null]])
  })

  test.each([['returned', 'LAPSED', returnCard], ['lost', 'ABOLISHED', reportCardLost]] as const)('the card that is %s is %s at once', async (ground, state, ask) => {
    const card = cardIn('ACTIVE')
    const { world, stored } = stage({ cards: [card] })
    expect(await ask(world, counter, { card: card.id, idempotencyKey: key })).toMatchObject({ state, end: { ground, at: now } })
    expect(stored.act?.facts).toEqual({ ground })
  })

  test('only the counter takes a card back; lifting a suspension is done in person', async () => {
    const card = cardIn('SUSPENDED')
    const { world } = stage({ cards: [card] })
    expect(word(await returnCard(world, holder, { card: card.id, idempotencyKey: key }))).toBe('NOT_FOUND')
    for (const actor of [holder, agency]) expect(word(await resumeCard(world, actor, { card: card.id, documents: ['passport'], idempotencyKey: key }))).toBe('NOT_PERMITTED')
  })

  test('an officer for areas alone stops no card', async () => {
    const card = cardIn('ACTIVE')
    const { world, stored } = stage({ cards: [card] })
    for (const actor of [by('municipal', 'area'), by('agency', 'area')]) {
      expect(word(await suspendCard(world, actor, { card: card.id, idempotencyKey: key }))).toBe('NOT_PERMITTED')
      expect(word(await reportCardLost(world, actor, { card: card.id, idempotencyKey: key }))).toBe('NOT_PERMITTED')
    }
    expect(stored.act).toBeNull()
    expect(word(await suspendCard(world, agency, { card: card.id, idempotencyKey: key }))).toBe('GO')
  })

  test('追記欄: as many lines as there are, each of well-formed text', async () => {
    const card = cardIn('ACTIVE')
    const write = (notes: number, text = '見本町2') => addCardNote(stage({ cards: [card], notes }).world, counter, { card: card.id, text, idempotencyKey: key })
    expect(await write(noteLines - 1)).toMatchObject({ left: 0, notes: { length: noteLines } })
    expect(word(await write(noteLines))).toBe('NO_NOTE_SPACE')
    // How many the real card has is a setting.
    const roomier = { ...stage({ cards: [card], notes: noteLines }).world, settings: { ...defaultSettings, noteLines: noteLines + 2 } }
    expect(await addCardNote(roomier, counter, { card: card.id, text: '見本町2', idempotencyKey: key })).toMatchObject({ left: 1 })
    expect([word(await write(0, '\ud800')), word(await write(0, '\ue000')), word(await write(0, 'あ'.repeat(81)))]).toEqual(Array(3).fill('ILL_FORMED_TEXT'))
  })

  test('暗証番号の再設定 needs the identity check, and names each PIN once', async () => {
    const card = cardIn('ACTIVE')
    const reset = (pins: Parameters<typeof recordPinReset>[2]['pins'], documents: Parameters<typeof recordPinReset>[2]['documents']) => recordPinReset(stage({ cards: [card] }).world, counter, { card: card.id, pins, documents, idempotencyKey: key })
    expect([word(await reset(['juki'], ['student-card'])), word(await reset([], ['passport'])), word(await reset(['text', 'text'], ['passport']))]).toEqual(['EVIDENCE_INSUFFICIENT', 'MALFORMED_INPUT', 'MALFORMED_INPUT'])
  })
})

// ---------------------------------------------------------------- applying

describe('番号法 第16条の2: applying', () => {
  const apply = async (scene: Scene, over: Partial<Parameters<typeof applyForCard>[2]> = {}) => {
    const { world, stored } = stage(scene)
    return { result: await applyForCard(world, holder, { person, channel: 'web', idempotencyKey: key, ...over }), stored }
  }
  const code = async (scene: Scene, over: Partial<Parameters<typeof applyForCard>[2]> = {}) => word((await apply(scene, over)).result)
  const printed = async (): Promise<ApplicationForm> => {
    const form = await printApplicationForm(stage({}).world, counter, { person, idempotencyKey: key })
    if (isRefusal(form)) throw new Error(form.code)
    return form
  }

  test('申請書ID: 23 digits; a form is good for the address it was printed for, and for nobody else', async () => {
    const form = await printed()
    expect(form.id).toMatch(/^\d{23}$/)
    const by = { channel: 'qr-form', form: form.id } as const
    expect(await code({ form }, by)).toBe('GO')
    expect(await code({ form: { ...form, address: '見本町2' } }, by)).toBe('FORM_OUTDATED')
    expect(await code({ form: { ...form, municipality: municipalityCode('131016') } }, by)).toBe('FORM_OUTDATED')
    expect([await code({ form: null }, by), await code({ form: { ...form, person: newId('person', now, random) } }, by)]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
    expect([await code({ form }, { channel: 'qr-form' }), await code({ form }, { channel: 'web', form: form.id })]).toEqual(['MALFORMED_INPUT', 'MALFORMED_INPUT'])
  })

  test('help at a support place is kept, its kind in the leaf', async () => {
    const { stored } = await apply({}, { support: { place: 'post-office', name: '見本郵便局' } })
    expect([stored.application?.support, stored.act?.facts]).toEqual([{ place: 'post-office', name: '見本郵便局' }, { channel: 'web', support: 'post-office', special: null }])
  })

  test('カード命令: a photo from one year of age', async () => {
    const born = (birthDate: LegalDate): Resident => ({ ...resident, items: { ...resident.items, birthDate } })
    expect(await code({}, { photo: false })).toBe('PHOTO_MISSING')
    expect((await apply({ resident: born(addDays(today, -300)) }, { photo: false })).stored.application?.photo).toBe(false)
    expect(await code({ resident: born(legalDate('2025-04-01')) }, { photo: false })).toBe('PHOTO_MISSING')
  })

  const special = (ground: SpecialSpeed['ground'], on = addDays(today, -30)): { special: SpecialSpeed } => ({ special: { ground, on } })
  const happened = (kind: ResidentEvent['kind'], occurredOn: LegalDate): ResidentEvent =>
    ({ id: 'rev_1' as ResidentEvent['id'], person, kind, municipality: town, occurredOn, recordedAt: startOf(occurredOn), plannedOn: null, cardPresented: false, continuedUse: false, correction: null })
  const back = (left: ResidentEvent['kind'], on: LegalDate): Scene => ({ history: [happened(left, legalDate('2020-01-01')), happened('move-in', on)] })
  const abroad: Resident = { ...resident, nationality: 'foreign' }
  /** What the register, or the counter, must hold for each ground. */
  const borneOut = (on: LegalDate): Readonly<Record<Exclude<SpecialSpeed['ground'], 'infant'>, Scene>> => ({
    'from-overseas': back('move-overseas', on), 'newly-recorded': back('status-lost', on), 'new-foreign-resident': { ...back('move-overseas', on), resident: abroad },
    lost: { cards: [cardIn('ABOLISHED')] }, 'number-changed': { cards: [cardIn('LAPSED', { end: { ground: 'number-changed', at: now } })] }, 'no-note-space': { cards: [cardIn('ACTIVE')], notes: noteLines }, damaged: { cards: [cardIn('ACTIVE')] }, released: {},
  })
  const atCounter = async (scene: Scene, over: Partial<Parameters<typeof applyForCard>[2]>) => word(await applyForCard(stage(scene).world, counter, { person, channel: 'counter', idempotencyKey: key, ...over }))
  test.each(specialGrounds.filter((g) => g !== 'infant'))('特急発行 %s: within 30 days, and borne out', async (ground) => {
    const ask = (on: LegalDate, scene = borneOut(on)[ground]) => atCounter(scene, special(ground, on))
    expect(await ask(addDays(today, -30))).toBe('GO')
    expect(await ask(addDays(today, -31))).toBe('SPECIAL_SPEED_UNFOUNDED')
    expect(await ask(addDays(today, 1))).toBe('MALFORMED_INPUT')
    if (ground !== 'released') expect(await ask(addDays(today, -30), {})).toBe('SPECIAL_SPEED_UNFOUNDED')
  })

  test('特急発行: what the register says is looked at, event by event; what it cannot know, the counter must have seen', async () => {
    const on = addDays(today, -3)
    for (const [ground, scene] of [['from-overseas', back('move-out', on)], ['from-overseas', back('move-overseas', addDays(on, -1))], ['newly-recorded', back('move-overseas', on)], ['new-foreign-resident', back('move-overseas', on)], ['new-foreign-resident', { ...back('move-out', on), resident: abroad }]] as const)
      expect([ground, await atCounter(scene, special(ground, on))]).toEqual([ground, 'SPECIAL_SPEED_UNFOUNDED'])
    for (const ground of ['damaged', 'released'] as const) expect([ground, await code(borneOut(on)[ground], special(ground, on))]).toEqual([ground, 'SPECIAL_SPEED_UNFOUNDED'])
  })

  test('特急発行: grounds that the register does not bear out', async () => {
    expect(await code({}, special('lost'))).toBe('SPECIAL_SPEED_UNFOUNDED')
    expect(await code({}, special('number-changed'))).toBe('SPECIAL_SPEED_UNFOUNDED')
    expect(await code({ cards: [cardIn('ACTIVE')], notes: noteLines - 1 }, special('no-note-space'))).toBe('SPECIAL_SPEED_UNFOUNDED')
    expect(await code({}, special('infant', resident.items.birthDate))).toBe('SPECIAL_SPEED_UNFOUNDED')
    const infant: Resident = { ...resident, items: { ...resident.items, birthDate: addDays(today, -90) } }
    expect(await code({ resident: infant }, { ...special('infant', addDays(today, -90)), photo: false })).toBe('GO')
  })

  test('who has a card applies for another only in its last three months, or on a ground that replaces it', async () => {
    expect(await code({ cards: [cardIn('ACTIVE')] })).toBe('APPLICATION_OPEN')
    expect(await code({ cards: [cardIn('ACTIVE')], ...back('move-overseas', addDays(today, -30)) }, special('from-overseas'))).toBe('APPLICATION_OPEN')
    expect(await code({ cards: [cardIn('SUSPENDED', { expiresOn: addDays(today, 60) })] })).toBe('GO')
    expect(await code({ cards: [cardIn('MADE', { expiresOn: addDays(today, 60) })] })).toBe('APPLICATION_OPEN')
    expect(await code({ cards: [cardIn('LAPSED'), cardIn('ABOLISHED')] })).toBe('GO')
  })
})

describe('番号法施行令 第13条・公的個人認証法施行規則 第6条第2項・第42条第2項: hand-over to a representative', () => {
  const card = cardIn('MADE')
  const application = applicationIn('NOTICE_SENT', card)
  const good = { relation: 'chosen', reason: 'illness', proof: 'power-of-attorney', documents: ['passport'] } as const
  const hand = async (proxy: Parameters<typeof handOver>[2]['proxy'], pinsSetBy: Parameters<typeof handOver>[2]['pinsSetBy'] = 'representative') =>
    word(await handOver(stage({ cards: [card], application }).world, counter, { application: application.id, documents: ['passport'], pinsSetBy, proxy: proxy ?? null, idempotencyKey: key }))

  test.each([
    ['a chosen one, with a letter of attorney, the holder being ill', good, 'GO', 'officer'],
    ['a chosen one does not set the PINs itself (規則 第6条第2項)', good, 'EVIDENCE_INSUFFICIENT', 'representative'],
    ['a parent of a minor, by the family register', { relation: 'parent', reason: 'minor', proof: 'family-register', documents: ['driving-licence'] }, 'GO', 'representative'],
    ['a guardian, by the register of guardians', { relation: 'guardian', reason: 'under-guardianship', proof: 'guardianship-register', documents: ['passport'] }, 'GO', 'representative'],
    ['without documents of its own', { ...good, documents: ['student-card'] }, 'EVIDENCE_INSUFFICIENT', 'officer'],
    ['a proof of something else', { ...good, proof: 'family-register' }, 'EVIDENCE_INSUFFICIENT', 'officer'],
    ['a reason of somebody else', { ...good, reason: 'minor' }, 'EVIDENCE_INSUFFICIENT', 'officer'],
    ['the holder came: nobody represents it in setting PINs', null, 'EVIDENCE_INSUFFICIENT', 'representative'],
  ] as const)('%s', async (_, proxy, expected, setter) => expect(await hand(proxy, setter)).toBe(expected))

  test('under 15 the legal representative comes and sets the PINs; from the 15th birthday the holder does', async () => {
    const born = (birthDate: LegalDate): Resident => ({ ...resident, items: { ...resident.items, birthDate } })
    const child = async (who: Resident, proxy: Parameters<typeof handOver>[2]['proxy'], pinsSetBy: Parameters<typeof handOver>[2]['pinsSetBy']) =>
      word(await handOver(stage({ cards: [card], application, resident: who }).world, counter, { application: application.id, documents: ['passport'], pinsSetBy, proxy: proxy ?? null, idempotencyKey: key }))
    const ten = born(legalDate('2016-01-05'))
    const parent = { relation: 'parent', reason: 'minor', proof: 'family-register', documents: ['driving-licence'] } as const
    expect([await child(ten, null, 'holder'), await child(ten, good, 'officer'), await child(ten, parent, 'holder')]).toEqual(Array(3).fill('EVIDENCE_INSUFFICIENT'))
    expect(await child(ten, parent, 'representative')).toBe('GO')
    expect([await child(born(legalDate('2011-04-02')), null, 'holder'), await child(born(legalDate('2011-04-01')), null, 'holder')]).toEqual(['EVIDENCE_INSUFFICIENT', 'GO'])
  })

  test('the holder did not set the PINs, who was not there', async () => expect(await hand(good, 'holder')).toBe('EVIDENCE_INSUFFICIENT'))
})

describe('番号法 第9条・第19条: readings of a My Number', () => {
  const card = cardIn('ACTIVE')
  const ask = async (actor: Parameters<typeof readMyNumber>[1], use: Parameters<typeof readMyNumber>[2]['use'], cards = [card]) => {
    const { world, stored } = stage({ cards })
    return { code: word(await readMyNumber(world, actor, { card: card.id, use, outcome: 'READ', idempotencyKey: key })), stored }
  }
  test('an entitled body names a use; the attempt is kept, and nothing of the number', async () => {
    const { code, stored } = await ask(by('municipal', 'my_number'), 'tax')
    expect([code, stored.reading?.result, stored.act?.facts]).toEqual(['GO', 'READ', { use: 'tax', result: 'READ' }])
    expect(Object.keys(stored.reading!).sort()).toEqual(['at', 'body', 'card', 'id', 'officer', 'result', 'use'])
  })

  test.each(['social-security', 'tax', 'disaster', 'ordinance', 'on-behalf'] as const)('the agency is entitled to none: %s is refused, and the refusal kept', async (use) => {
    const { code, stored } = await ask(by('agency', 'my_number'), use)
    expect([code, stored.reading?.result]).toEqual(['LEGAL_USE_MISSING', 'NOT_ENTITLED'])
  })

  test('a card that is not there is refused as one not in use, and the attempt kept without it', async () => {
    const { code, stored } = await ask(by('municipal', 'my_number'), 'tax', [])
    expect([code, stored.reading]).toEqual(['CARD_NOT_USABLE', expect.objectContaining({ card: null, result: 'CARD_NOT_USABLE' })])
  })

  test('a partner, the person and an officer without the scope cannot ask, and cannot tell whether there is a card', async () => {
    const partner = { kind: 'partner', partner: newId('partner', now, random), client: 'c', scopes: new Set(['my_number', 'verify']) } as never
    for (const actor of [partner, holder, counter]) for (const cards of [[card], []]) {
      const { code, stored } = await ask(actor, 'tax', cards)
      expect([code, stored.act]).toEqual(['NOT_PERMITTED', null])
      expect(word(await myNumberReadings(stage({ cards }).world, actor, 10))).toBe('NOT_PERMITTED')
    }
  })
})

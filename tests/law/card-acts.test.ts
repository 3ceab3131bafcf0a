/** Every state of an application and of a card, and every act: the legal go, all others refuse. */
import { describe, expect, test } from 'vitest'
import { defaultSettings } from '../../functions/environment/settings.ts'
import type { Act } from '../../core/law/act.ts'
import type { Officer } from '../../core/law/actor.ts'
import { applyForCard, dropCardApplication, sendNotice, shipCard, startProduction, withdrawCardApplication, type Card, type CardApplication, type CardApplicationState, type CardState } from '../../core/law/card/card.ts'
import { handOver, mailCard, recordNotCollected } from '../../core/law/card/hand-over.ts'
import { addCardNote, recordPinReset, reportCardLost, resumeCard, returnCard, suspendCard } from '../../core/law/card/holding.ts'
import { requestCardOrder } from '../../core/law/card/order.ts'
import { orderPinReset, startPinReset } from '../../core/law/card/pin-reset.ts'
import { applyForCertificate, deliverCertificate } from '../../core/law/certificate/issuance.ts'
import { areaOrders, orderArea, orderInstallation, type AreaOrder } from '../../core/law/space/slot.ts'
import { municipalityCode, type InstallationId } from '../../core/law/ids.ts'
import { readMyNumber } from '../../core/law/person/my-number.ts'
import type { Result } from '../../core/law/refusal.ts'
import { addDays, type LegalDate } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'
import { defaultNow as now } from '../harness/world.ts'
import { agency, applicationIn, by, cardIn, certificateOn, counter, grant, holder, key, meanwhile, noteLines, person, reset, resident, stage, today, type Scene, word } from './card-scene.ts'

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

  test('what the store does not take, since somebody was faster, is told', async () => {
    for (const [name, [state, ask]] of Object.entries(applicationActs)) {
      meanwhile.faster = true
      const card = state === 'RECEIVED' ? null : cardIn('MADE')
      const application = applicationIn(state, card)
      const { world } = stage({ cards: card === null ? [] : [card], application })
      expect([name, word(await ask(world, application).finally(() => { meanwhile.faster = false }))]).toEqual([name, 'CONFLICT'])
    }
  })

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

  test('what the store does not take, since somebody was faster, is told, and nobody is woken for it', async () => {
    const told: [string, string, number][] = []
    for (const [name, [from, , ask]] of Object.entries(cardActs)) {
      Object.assign(meanwhile, { faster: true, rung: 0 })
      told.push([name, word(await ask(cardIn(from[0]!)).finally(() => { meanwhile.faster = false })), meanwhile.rung])
    }
    expect(told).toEqual(Object.keys(cardActs).map((name) => [name, 'CONFLICT', 0]))
  })

  test('who is woken: whoever signs orders, and whoever publishes lists where certificates end or go on hold', async () => {
    const woken: string[] = []
    for (const [name, [from, , ask]] of Object.entries(cardActs)) {
      meanwhile.rung = 0
      await ask(cardIn(from[0]!))
      if (meanwhile.rung === 1) woken.push(name)
      else expect([name, meanwhile.rung]).toEqual([name, 0])
    }
    expect(woken).toEqual([
      'suspend', 'resume', 'return', 'report lost',
      'reset a PIN at a kiosk', 'order to open it for keys', 'order to unblock a PIN', 'install an area', 'write an area', 'unblock an area', 'lock an area', 'unlock an area', 'remove an area',
    ])
  })

  test('what is kept of each act: its kind, what it is about, and facts without a value of a person', async () => {
    const kept: Record<string, unknown> = {}
    for (const [name, [from, , ask]] of Object.entries(cardActs)) {
      meanwhile.act = null
      await ask(cardIn(from[0]!))
      const { kind, subject, facts } = meanwhile.act! as Act
      kept[name] = [kind, subject.slice(0, 4), facts]
    }
    const area = (kind: string) => [`area.${kind}`, 'ins_', { grant: 'grt_1' }]
    expect(kept).toEqual({
      'hand over': ['card.hand-over', 'cap_', {}], mail: ['card.mail', 'cap_', {}], suspend: ['card.suspend', 'crd_', { by: 'holder' }], resume: ['card.resume', 'crd_', { documents: 'passport' }],
      return: ['card.return', 'crd_', { ground: 'returned' }], 'report lost': ['card.abolish', 'crd_', { ground: 'lost' }], 'apply for another': ['card.apply', 'cap_', { channel: 'web', special: null, support: null }],
      'add a note': ['card.note', 'crd_', { line: 1 }], 'reset a PIN': ['card.reset-pin', 'crd_', { documents: 'passport', pins: 'signature' }],
      'begin a reset for a kiosk': ['pin-reset.start', 'prs_', { pin: 'signature' }], 'reset a PIN at a kiosk': ['pin-reset.order', 'ord_', { pin: 'signature' }],
      'order to open it for keys': ['order.request', 'ord_', { operation: 'PERSONALISE' }], 'order to unblock a PIN': ['order.request', 'ord_', { operation: 'UNBLOCK' }],
      'apply for a signing certificate': ['certificate.apply', 'xap_', { kind: 'signature' }], 'apply for an authentication certificate': ['certificate.apply', 'xap_', { kind: 'authentication' }], 'write a certificate onto it': ['certificate.deliver', 'xap_', {}],
      'install an area': area('install'), 'write an area': area('write'), 'unblock an area': area('unblock'), 'lock an area': area('lock'), 'unlock an area': area('unlock'), 'remove an area': area('remove'),
      'read a My Number': ['my-number.read', 'mnr_', { result: 'READ', use: 'tax' }],
    })
  })

  test('番号法 第17条第10項: what ended by another period is found by the act itself, no sweep has to come first', async () => {
    for (const [name, [from, , ask]] of Object.entries(cardActs)) {
      const state = from.find((one) => one !== 'LAPSED' && one !== 'ABOLISHED')
      if (state === undefined || name === 'return' || name === 'report lost') continue
      meanwhile.ended = 'move-30'
      const found = await ask(cardIn(state)).finally(() => { meanwhile.ended = null })
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

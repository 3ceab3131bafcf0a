/** From the application to the hand-over: what is fixed on the day a card is made, what it is shipped and handed over with. */
import { describe, expect, test } from 'vitest'
import { handOver, recordNotCollected } from '../../core/law/card/hand-over.ts'
import { requestCardOrder, newOrder, signOrders } from '../../core/law/card/order.ts'
import { sendNotice, shipCard, startProduction } from '../../core/law/card/card.ts'
import { isRefusal, refuse } from '../../core/law/refusal.ts'
import { driftOf } from '../../core/law/space/drift.ts'
import { readTallies, reconcile, type Tally } from '../../core/law/record/ledger.ts'
import { parseMonth } from '../../core/law/statistics/month.ts'
import { addDays, addMonths, minute } from '../../core/law/time.ts'
import { defaultNow as now } from '../harness/world.ts'
import { agency, counter, idempotencyKey, word, worldWith, type Found } from './acts-scene.ts'
import { applicationIn, cardIn, resident, today } from './card-scene.ts'

const still = { 'deadlines.look': Array(4).fill({ cards: [], certificates: [], due: [], transfer: null }) }

describe('made', () => {
  const received = applicationIn('RECEIVED', null)
  const produce = async (found: Found) => {
    const { world, called } = worldWith({ 'cardApplications.load': [received], 'residents.load': [resident], ...found }, null)
    return { result: await startProduction(world, agency, { application: received.id, idempotencyKey }), stored: called.get('cardApplications.advance')?.[0] }
  }

  test('番号法施行規則 第26条: number and last day are fixed on that day', async () => {
    const { result, stored } = await produce({})
    expect(result).toMatchObject({ application: { state: 'IN_PRODUCTION' }, card: { person: resident.person, cardNumber: expect.stringMatching(/^\d{15}$/), municipality: resident.municipality, state: 'MADE', madeOn: today, deliveredAt: null, end: null, attestationKey: null } })
    expect(stored).toEqual([expect.objectContaining({ kind: 'card.produce', subject: received.id }), 'RECEIVED', (result as { application: object }).application, (result as { card: object }).card])
    expect((await produce({ 'cardApplications.advance': [refuse('CONFLICT')] })).result).toEqual(refuse('CONFLICT'))
  })

  test('for a resident of that municipality, who may stay', async () => {
    expect([(await produce({ 'residents.load': [] })).result, (await produce({ 'residents.load': [{ ...resident, municipality: '141003' }] })).result].map(word)).toEqual(['NOT_RESIDENT', 'NOT_RESIDENT'])
    const until = async (stayUntil: string) => (await produce({ 'residents.load': [{ ...resident, nationality: 'foreign', stayUntil }] })).result
    expect([word(await until(addDays(today, -1))), word(await until(today))]).toEqual([`WRONG_STATE stay until ${addDays(today, -1)}`, 'GO'])
    expect(await until(addDays(today, 90))).toMatchObject({ card: { expiresOn: addDays(today, 90) } })
    expect([word((await produce({ 'cardApplications.load': [] })).result), word((await produce({ 'cardApplications.load': [applicationIn('SHIPPED', null)] })).result)]).toEqual(['NOT_FOUND', 'WRONG_STATE SHIPPED'])
  })
})

describe('shipped, announced, handed over', () => {
  const made = cardIn('MADE')
  const at = (state: Parameters<typeof applicationIn>[0], over: Found = {}) => worldWith({ ...still, 'cardApplications.load': [applicationIn(state, made)], 'cards.load': [made], 'residents.load': [resident], ...over }, null).world
  const input = { application: applicationIn('SHIPPED', made).id, idempotencyKey }

  test('with the chip’s own public key, of 80 to 200 octets', async () => {
    const ship = (octets: number, over: Found = {}) => shipCard(at('IN_PRODUCTION', over), agency, { ...input, attestationKey: new Uint8Array(octets) }).then(word)
    expect([await ship(79), await ship(80), await ship(200), await ship(201)]).toEqual(['MALFORMED_INPUT attestationKey', 'GO', 'GO', 'MALFORMED_INPUT attestationKey'])
    expect([await ship(91, { 'cards.load': [] }), await ship(91, { 'cardApplications.load': [applicationIn('IN_PRODUCTION', null)] })]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
    expect([word(await shipCard(at('IN_PRODUCTION'), counter, { ...input, attestationKey: new Uint8Array(91) })), word(await sendNotice(at('SHIPPED'), agency, input)), word(await sendNotice(at('SHIPPED'), counter, input))]).toEqual(['NOT_FOUND', 'NOT_FOUND', 'GO'])
  })

  test('to the holder, who is a resident still, and is known by documents; who did it is kept', async () => {
    const hand = (over: Found = {}, documents = ['passport']) => handOver(at('NOTICE_SENT', over), counter, { ...input, documents: documents as never, pinsSetBy: 'holder' })
    expect(await hand()).toMatchObject({ state: 'DELIVERED', handOver: { officer: (counter as { officer: string }).officer, documents: ['passport'], pinsSetBy: 'holder', proxy: null, at: now } })
    expect([word(await hand({}, [])), word(await hand({ 'residents.load': [] })), word(await hand({ 'cards.load': [] })), word(await hand({ 'cardApplications.load': [applicationIn('NOTICE_SENT', null)] }))]).toEqual(['EVIDENCE_INSUFFICIENT', 'EVIDENCE_INSUFFICIENT proxy', 'NOT_FOUND', 'NOT_FOUND'])
    const on = (over: object) => hand({ 'cards.load': [{ ...made, ...over }] }).then(word)
    expect([await on({ expiresOn: today }), await on({ expiresOn: addDays(today, -1) }), await on({ state: 'LAPSED' })]).toEqual(['GO', 'CARD_NOT_USABLE MADE', 'CARD_NOT_USABLE LAPSED'])
    expect(word(await hand({ 'cardApplications.advance': [refuse('CONFLICT')] }))).toBe('CONFLICT')
    // Under fifteen nobody comes alone.
    expect(word(await hand({ 'residents.load': [{ ...resident, items: { ...resident.items, birthDate: addMonths(today, -12 * 14) } }] }))).toBe('EVIDENCE_INSUFFICIENT proxy')
  })

  test('or not collected: a card that is gone is none to end', async () => {
    expect([word(await recordNotCollected(at('NOTICE_SENT', { 'cards.load': [] }), counter, input)), word(await recordNotCollected(at('NOTICE_SENT', { 'cardApplications.load': [applicationIn('NOTICE_SENT', null)] }), counter, input)), word(await recordNotCollected(at('NOTICE_SENT'), counter, input))]).toEqual(['NOT_FOUND', 'NOT_FOUND', 'GO'])
  })
})

describe('orders', () => {
  const card = { ...cardIn('ACTIVE'), id: 'crd_1' }
  const ask = async (on: object, stored: unknown = { id: 'cor_1' }) => {
    const { world, called } = worldWith({ ...still, 'cards.load': [on, on], 'orders.request': [stored] }, null)
    return [word(await requestCardOrder(world, counter, { card: 'crd_1' as never, operation: { kind: 'UNBLOCK', pin: 'signature' }, idempotencyKey })), (called.get('orders.request') ?? []).map(([act, order]) => [(act as { facts: object }).facts, order]), called.get('bell.ring') ?? []]
  }
  test('are placed for a chip that has a key of its own, and wake whoever signs them', async () => {
    expect(await ask(card)).toEqual(['GO', [[{ operation: 'UNBLOCK' }, { id: expect.stringMatching(/^ord_/), card: 'crd_1', cardNumber: card.cardNumber, operation: { kind: 'UNBLOCK', pin: 'signature' }, municipality: card.municipality, requestedAt: now }]], [[{ wake: 'orders' }]]])
    expect(await ask({ ...card, attestationKey: null })).toEqual(['CARD_NOT_USABLE ACTIVE', [], []])
    const refused = await ask(card, refuse('CONFLICT'))
    expect([refused[0], refused[2]]).toEqual(['CONFLICT', []])
    expect(isRefusal(newOrder({ random: { bytes: (n) => new Uint8Array(n) } }, now, { ...card, attestationKey: null } as never, { kind: 'UNBLOCK', pin: 'signature' }))).toBe(true)
  })

  test('are signed as they wait; one that somebody else signed is not counted', async () => {
    const waiting = (id: string) => ({ id, cardNumber: '4'.repeat(15), counter: 7, operation: { kind: 'UNBLOCK', pin: 'signature' } })
    const { world, called } = worldWith({ 'orders.unsigned': [[waiting('cor_1'), waiting('cor_2')]], 'orders.sign': [undefined, refuse('CONFLICT')], 'orderSigner.sign': [new Uint8Array(1), new Uint8Array(2)] }, null)
    expect(await signOrders(world, 9)).toBe(1)
    expect(called.get('orders.unsigned')).toEqual([[9]])
    expect(called.get('orders.sign')!.map(([act, id, { signature }]: any) => [act.kind, act.subject, id, signature])).toEqual([['order.sign', 'cor_1', 'cor_1', new Uint8Array(1)], ['order.sign', 'cor_2', 'cor_2', new Uint8Array(2)]])
    await expect(signOrders({ ...world, clock: { now: () => now }, orders: { unsigned: async () => [] }, orderSigner: null } as never, 9)).rejects.toThrow('no key for orders')
  })
})

test('what a card has of areas against what is known of it', () => {
  const known = (id: string, state: string, order: { state: string; kind: string }) => ({ id, aid: `AID${id}`, state, order: { state: order.state, operation: { kind: order.kind } } }) as never
  const signed = (kind: string) => ({ state: 'SIGNED', kind })
  const done = (kind: string) => ({ state: 'DONE', kind })
  const drift = (list: readonly never[], present: readonly string[]) => driftOf(list, present).map(({ kind, aid, installation }) => `${kind} ${aid} ${installation}`)
  expect(drift([known('1', 'INSTALLED', done('INSTALL'))], ['AID1'])).toEqual([])
  expect(drift([known('1', 'ORDERED', signed('INSTALL'))], ['AID1'])).toEqual(['MISSING_RECEIPT AID1 1'])
  expect(drift([known('1', 'ORDERED', signed('INSTALL'))], [])).toEqual(['UNANSWERED_ORDER AID1 1'])
  expect(drift([known('1', 'ORDERED', { state: 'REQUESTED', kind: 'INSTALL' })], [])).toEqual([])
  for (const state of ['INSTALLED', 'LOCKED', 'ENDING']) {
    expect([state, drift([known('1', state, done('INSTALL'))], [])]).toEqual([state, ['MISSING_AREA AID1 1']])
    expect([state, drift([known('1', state, signed('DELETE'))], [])]).toEqual([state, ['MISSING_RECEIPT AID1 1']])
    expect([state, drift([known('1', state, signed('LOCK'))], [])]).toEqual([state, ['MISSING_AREA AID1 1']])
  }
  expect(drift([known('1', 'REMOVED', done('DELETE'))], ['AID1', 'AID0'])).toEqual(['ORPHAN AID0 null', 'ORPHAN AID1 null'])
})

test('signatures are reckoned once a day; what was asked just now may be missing', async () => {
  const tally = (key: string, stored: number, recent = 0): Tally => ({ key, asked: 2, distinct: 2, recent, stored })
  const reckon = async (recorded: boolean, stored = true) => {
    const { world, called } = worldWith({ 'ledger.recorded': [recorded], 'ledger.tally': [[tally('good', 2), tally('more', 3), tally('less', 1), tally('on its way', 1, 1)]], 'ledger.record': [stored] }, null)
    return { found: (await reconcile(world))?.map(({ key }) => key) ?? null, since: called.get('ledger.tally'), record: called.get('ledger.record')?.[0]?.slice(0, 2) }
  }
  expect(await reckon(false)).toEqual({ found: ['more', 'less'], since: [[now - 10 * minute]], record: [today, now] })
  expect([(await reckon(true)).found, (await reckon(false, false)).found]).toEqual([null, null])
  expect(isRefusal(await readTallies(worldWith({}, null).world, counter))).toBe(true)
})

test('a month is a year of four digits and a month of two', () => {
  expect(['2026-04', '1000-01', '2026-12'].map((text) => isRefusal(parseMonth(text)))).toEqual([false, false, false])
  for (const text of ['2026-00', '2026-13', '0999-01', '2026-4', '2026-04-01', 'x2026-04', '2026-04\n', '']) expect([text, parseMonth(text)]).toEqual([text, refuse('MALFORMED_DATE', { field: 'month' })])
})

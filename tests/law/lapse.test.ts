import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cardLapse, causes, certificateLapse, continuedUseFrom, minorCorrections, type CardCertificateFacts, type CardFacts, type RegisterEvent, type RegisterEventKind, type SmartphoneCertificateFacts,
} from '../../core/law/card/lapse.ts'
import type { ResidentEvent } from '../../core/law/person/resident.ts'
import { grounds } from '../../core/law/certificate/revocation.ts'
import { addDays, after, dayOf, endOf, hour, legalDate, startOf, type LegalDate } from '../../core/law/time.ts'

const d = legalDate
const noon = (day: string) => after(startOf(d(day)), 12 * hour)
const card: CardFacts = { since: noon('2025-01-10'), deliveredAt: noon('2025-02-10'), expiresOn: d('2034-06-01') }
const certificate = (kind: 'signature' | 'authentication', more: Partial<CardCertificateFacts> = {}): CardCertificateFacts => ({ kind, issuedAt: noon('2025-02-10'), expiresOn: d('2029-06-01'), ...more })
const event = (kind: RegisterEventKind, recorded: string, more: Partial<RegisterEvent> = {}): RegisterEvent => ({ kind, occurredOn: d(recorded), recordedAt: noon(recorded), ...more })
const moveOut = (recorded: string, planned: string) => event('move-out', recorded, { plannedOn: d(planned) })
const moveIn = (recorded: string, occurred = recorded, cardPresented = true) => event('move-in', recorded, { occurredOn: d(occurred), cardPresented })

/** `end day@record` of the card, and `ground reason day` of the two certificates, by the end of a day. */
function standing(history: readonly RegisterEvent[], day: string, facts: CardFacts = card): readonly (string | null)[] {
  const c = cardLapse(facts, history, d(day)).lapsed
  const certificates = (['signature', 'authentication'] as const).map((kind) => certificateLapse(certificate(kind), facts, history, d(day)).lapsed)
  return [c === null ? null : `${c.end} ${c.on} ${dayOf(c.at)}`, ...certificates.map((l) => (l === null ? null : `${l.ground} ${l.reason} ${l.on} ${dayOf(l.at)}`))]
}

describe('移動: what a move ends', () => {
  const out = moveOut('2026-03-01', '2026-03-20')

  test.each<[string, readonly RegisterEvent[], string, readonly (string | null)[]]>([
    ['公的個人認証法 第12条: a move-out notice before its day ends nothing yet', [out], '2026-03-19', [null, null, null]],
    ['公的個人認証法 第12条: on the announced day the record is deleted, signing only', [out], '2026-03-20', [null, 'record-changed 3 2026-03-20 2026-03-20', null]],
    ['公的個人認証法 第12条: a notice after the move counts from its record', [moveOut('2026-03-25', '2026-03-20')], '2026-03-25', [null, 'record-changed 3 2026-03-20 2026-03-25', null]],
    ['番号法 第17条第10項: 30 days after the announced day, the last one', [out], '2026-04-19', [null, 'record-changed 3 2026-03-20 2026-03-20', null]],
    ['番号法 第17条第10項・公的個人認証法 第31条: 30 days have passed', [out], '2026-04-20', ['move-30 2026-04-20 2026-04-20', 'record-changed 3 2026-03-20 2026-03-20', 'record-changed 3 2026-04-20 2026-04-20']],
    ['a move-in on the 30th day keeps card and authentication', [out, moveIn('2026-04-19')], '2030-01-01', [null, 'record-changed 3 2026-03-20 2026-03-20', 'expired null 2029-06-02 2029-06-02']],
    ['a move-in on the 31st day is too late', [out, moveIn('2026-04-20')], '2026-04-20', ['move-30 2026-04-20 2026-04-20', 'record-changed 3 2026-03-20 2026-03-20', 'record-changed 3 2026-04-20 2026-04-20']],
    ['住民基本台帳法 第22条: notice on the 14th day after the move-in', [out, moveIn('2026-04-06', '2026-03-23')], '2026-05-01', [null, 'record-changed 3 2026-03-20 2026-03-20', null]],
    ['番号法 第17条第10項: notice on the 15th day, shown when recorded', [out, moveIn('2026-04-07', '2026-03-23')], '2026-04-07', ['move-14 2026-04-07 2026-04-07', 'record-changed 3 2026-03-20 2026-03-20', 'card-lapsed 5 2026-04-07 2026-04-07']],
    ['番号法 第17条第10項: notice later still, the day is the 15th', [out, moveIn('2026-04-15', '2026-03-23')], '2026-04-15', ['move-14 2026-04-07 2026-04-15', 'record-changed 3 2026-03-20 2026-03-20', 'card-lapsed 5 2026-04-07 2026-04-15']],
    ['moved in before the announced day: the move itself ends the signing certificate', [out, moveIn('2026-03-10')], '2026-03-30', [null, 'record-changed 3 2026-03-10 2026-03-10', null]],
    ['a second notice moves the 30 days', [out, moveOut('2026-03-15', '2026-04-15')], '2026-05-15', [null, 'record-changed 3 2026-04-15 2026-04-15', null]],
    ['公的個人認証法 第12条: a move within the municipality', [event('move-within', '2026-03-01')], '2026-03-01', [null, 'record-changed 3 2026-03-01 2026-03-01', null]],
  ])('%s', (_, history, day, expected) => expect(standing(history, day)).toEqual(expected))

  test('番号法 第17条第10項: the first moment of the 31st day is too late', () => {
    const atMidnight = { ...moveIn('2026-04-20'), recordedAt: startOf(d('2026-04-20')) }
    expect(standing([out, atMidnight], '2026-04-20')[0]).toBe('move-30 2026-04-20 2026-04-20')
  })

  test('転出取消: taken back before the day nothing ends, after it what came about stays and nothing follows', () => {
    expect(standing([out, event('move-cancelled', '2026-03-19')], '2028-01-01')).toEqual([null, null, null])
    expect(standing([out, event('move-cancelled', '2026-04-19')], '2028-01-01')).toEqual([null, 'record-changed 3 2026-03-20 2026-03-20', null])
    expect(standing([out, event('move-cancelled', '2026-04-20')], '2028-01-01')[0]).toBe('move-30 2026-04-20 2026-04-20')
  })

  const arrived = [out, moveIn('2026-03-25', '2026-03-20', false)]
  const signed = 'record-changed 3 2026-03-20 2026-03-20'
  test.each<[string, readonly RegisterEvent[], string, readonly (string | null)[]]>([
    ['番号法 第17条第10項: 90 days after the notice, the last one', arrived, '2026-06-23', [null, signed, null]],
    ['番号法 第17条第10項: 90 days without showing the card', arrived, '2026-06-24', ['present-90 2026-06-24 2026-06-24', signed, 'card-lapsed 5 2026-06-24 2026-06-24']],
    ['shown on the 90th day', [...arrived, event('card-presented', '2026-06-23')], '2028-01-01', [null, signed, null]],
    ['番号法 第17条第10項: moving on before showing it, on the announced day', [...arrived, moveOut('2026-05-01', '2026-05-10')], '2026-05-10', ['moved-on 2026-05-10 2026-05-10', signed, 'card-lapsed 5 2026-05-10 2026-05-10']],
    ['not yet moved on', [...arrived, moveOut('2026-05-01', '2026-05-10')], '2026-05-09', [null, signed, null]],
    ['shown after the notice of moving on, before the move', [...arrived, moveOut('2026-05-01', '2026-05-10'), event('card-presented', '2026-05-09')], '2026-06-09', [null, signed, null]],
    ['the 90 days run out before the announced day', [...arrived, moveOut('2026-06-20', '2026-07-10')], '2026-07-10', ['present-90 2026-06-24 2026-06-24', signed, 'card-lapsed 5 2026-06-24 2026-06-24']],
    ['moved in elsewhere before showing it', [...arrived, moveOut('2026-05-01', '2026-05-10'), moveIn('2026-05-05')], '2026-05-05', ['moved-on 2026-05-05 2026-05-05', signed, 'card-lapsed 5 2026-05-05 2026-05-05']],
    ['a later day of moving on takes the place of the first', [...arrived, moveOut('2026-05-01', '2026-05-10'), moveOut('2026-05-05', '2026-05-20'), event('card-presented', '2026-05-15')], '2026-06-19', [null, signed, null]],
    ['moving within the municipality is not moving on', [...arrived, event('move-within', '2026-04-01')], '2026-06-23', [null, signed, null]],
  ])('%s', (_, history, day, expected) => expect(standing(history, day)).toEqual(expected))

  test('who had no card when moving in has none to show', () => {
    expect(standing(arrived, '2027-01-01', { ...card, deliveredAt: null })[0]).toBeNull()
    expect(standing(arrived, '2027-01-01', { ...card, deliveredAt: noon('2026-03-26') })[0]).toBeNull()
    expect(standing(arrived, '2027-01-01', { ...card, deliveredAt: noon('2026-03-25') })[0]).toBe('present-90 2026-06-24 2026-06-24')
  })

  test('公的個人認証法 第12条: a signing certificate of the new address is not hit by the old notice', () => {
    const renewed = certificate('signature', { issuedAt: noon('2026-03-26') })
    expect(certificateLapse(renewed, card, [out, moveIn('2026-03-25')], d('2029-01-01')).lapsed).toBeNull()
    // Moved in early, certificate issued, then the announced day comes.
    expect(certificateLapse(certificate('signature', { issuedAt: noon('2026-03-11') }), card, [out, moveIn('2026-03-10')], d('2029-01-01')).lapsed).toBeNull()
    // Issued after the record was gone, which nobody should have done: it ends with the card.
    expect(certificateLapse(certificate('signature', { issuedAt: noon('2026-03-25') }), card, [out], d('2026-04-20')).lapsed).toMatchObject({ ground: 'record-changed', cause: 'move-30' })
    // Issued between a domestic notice and the move: the record is deleted all the same.
    expect(certificateLapse(certificate('signature', { issuedAt: noon('2026-03-05') }), card, [out], d('2026-03-20')).lapsed?.ground).toBe('record-changed')
  })
})

describe('国外転出 (2024-05-27)', () => {
  const overseas = (recorded: string, planned: string, continuedUse: boolean) => event('move-overseas', recorded, { plannedOn: d(planned), continuedUse })
  const deleted = 'record-changed 3 2026-03-20 2026-03-20'
  test.each<[string, RegisterEvent, string, readonly (string | null)[]]>([
    ['番号法 第17条第10項: without continued use the card ends on the day of departure', overseas('2026-03-01', '2026-03-20', false), '2026-03-20', ['overseas 2026-03-20 2026-03-20', deleted, 'card-lapsed 5 2026-03-20 2026-03-20']],
    ['before the departure nothing ends', overseas('2026-03-01', '2026-03-20', false), '2026-03-19', [null, null, null]],
    ['with continued use card and authentication stay', overseas('2026-03-01', '2026-03-20', true), '2028-01-01', [null, deleted, null]],
    ['the procedure on the day before', overseas('2026-03-19', '2026-03-20', true), '2028-01-01', [null, deleted, null]],
    ['the procedure on the day itself is too late', overseas('2026-03-20', '2026-03-20', true), '2026-03-20', ['overseas 2026-03-20 2026-03-20', deleted, 'card-lapsed 5 2026-03-20 2026-03-20']],
    ['recorded after the departure', overseas('2026-04-02', '2026-03-20', false), '2026-04-02', ['overseas 2026-03-20 2026-04-02', 'record-changed 3 2026-03-20 2026-04-02', 'card-lapsed 5 2026-03-20 2026-04-02']],
  ])('%s', (_, history, day, expected) => expect(standing([history], day)).toEqual(expected))

  test('before 2024-05-27 there was no continued use', () => {
    const old = { ...card, since: noon('2020-01-10'), deliveredAt: noon('2020-02-10') }
    expect(standing([overseas('2024-05-20', '2024-05-26', true)], '2024-06-30', old)[0]).toBe('overseas 2024-05-26 2024-05-26')
    expect(standing([overseas('2024-05-20', continuedUseFrom, true)], '2024-06-30', old)[0]).toBeNull()
  })

  test('公的個人認証法 第12条: issued between the notice and the departure, the same notice spares it', () => {
    const notice = overseas('2026-03-01', '2026-03-20', true)
    const between = certificate('signature', { issuedAt: noon('2026-03-10') })
    expect(certificateLapse(between, card, [notice], d('2028-01-01')).lapsed).toBeNull()
    expect(certificateLapse(between, card, [notice, event('death', '2026-04-01')], d('2028-01-01')).lapsed).toMatchObject({ ground: 'record-changed', cause: 'death' })
    expect(certificateLapse(certificate('signature', { issuedAt: noon('2026-02-28') }), card, [notice], d('2028-01-01')).lapsed).toMatchObject({ cause: 'overseas-continued' })
  })

  test('a changed departure takes the place of the first', () => {
    expect(standing([overseas('2026-03-01', '2026-03-20', false), overseas('2026-03-10', '2026-04-20', true)], '2027-01-01')).toEqual([null, 'record-changed 3 2026-04-20 2026-04-20', null])
    expect(standing([overseas('2026-03-01', '2026-03-20', true), overseas('2026-03-10', '2026-04-20', true)], '2027-01-01')).toEqual([null, 'record-changed 3 2026-04-20 2026-04-20', null])
    expect(standing([moveOut('2026-03-01', '2026-03-20'), overseas('2026-03-10', '2026-04-20', true)], '2027-01-01')).toEqual([null, 'record-changed 3 2026-04-20 2026-04-20', null])
  })

  test('continued use does not help a card that was to be shown first', () => {
    const history = [moveOut('2026-01-05', '2026-01-10'), moveIn('2026-01-12', '2026-01-10', false), overseas('2026-02-01', '2026-02-20', true)]
    expect(standing(history, '2026-02-20')[0]).toBe('moved-on 2026-02-20 2026-02-20')
  })
})

describe('other grounds', () => {
  test.each<[string, RegisterEvent, readonly (string | null)[]]>([
    ['公的個人認証法 第12条・第31条: death', event('death', '2026-03-10', { occurredOn: d('2026-03-01') }), ['death 2026-03-01 2026-03-10', 'record-changed 3 2026-03-01 2026-03-10', 'record-changed 3 2026-03-01 2026-03-10']],
    ['公的個人認証法 第12条第3号・第31条第3号: gone from the annex (附票の消除), the card as such stays', event('annex-deleted', '2026-03-10'), [null, 'record-changed 3 2026-03-10 2026-03-10', 'record-changed 3 2026-03-10 2026-03-10']],
    ...(['move-cancelled', 'stay-change', 'card-presented'] as const).map((kind): [string, RegisterEvent, readonly (string | null)[]] => [`${kind} ends nothing of itself`, event(kind, '2026-03-10'), [null, null, null]]),
    ['在留資格: the record is deleted', event('status-lost', '2026-03-10'), ['status-lost 2026-03-10 2026-03-10', 'record-changed 3 2026-03-10 2026-03-10', 'record-changed 3 2026-03-10 2026-03-10']],
    ['施行規則 第17条・第53条: My Number changed', event('my-number-change', '2026-03-10'), ['number-changed 2026-03-10 2026-03-10', 'card-lapsed 5 2026-03-10 2026-03-10', 'card-lapsed 5 2026-03-10 2026-03-10']],
    ['施行規則 第17条・第53条: 住民票コード changed', event('resident-code-change', '2026-03-10'), ['number-changed 2026-03-10 2026-03-10', 'card-lapsed 5 2026-03-10 2026-03-10', 'card-lapsed 5 2026-03-10 2026-03-10']],
    ...(['name-change', 'sex-change', 'birth-date-correction', 'items-change', 'correction'] as const).map((kind): [string, RegisterEvent, readonly (string | null)[]] => [
      `公的個人認証法 第12条: ${kind}`, event(kind, '2026-03-10'), [null, 'record-changed 3 2026-03-10 2026-03-10', null],
    ]),
    ...minorCorrections.map((correction): [string, RegisterEvent, readonly (string | null)[]] => [`施行規則 第20条: ${correction} ends nothing`, event('correction', '2026-03-10', { correction }), [null, null, null]]),
    ['施行規則 第20条: a minor correction ends nothing', event('minor-correction', '2026-03-10'), [null, null, null]],
  ])('%s', (_, history, expected) => {
    expect(standing([history], '2026-03-09')).toEqual([null, null, null])
    expect(standing([history], '2026-03-10')).toEqual(expected)
    expect(standing([history], '2029-06-01')).toEqual(expected)
  })

  test('番号法 第17条第10項: expiry, return, loss', () => {
    expect([standing([], '2034-06-01')[0], standing([], '2034-06-02')[0]]).toEqual([null, 'expired 2034-06-02 2034-06-02'])
    expect(standing([], '2026-05-01', { ...card, returnedAt: noon('2026-05-01') })).toEqual(['returned 2026-05-01 2026-05-01', 'card-lapsed 5 2026-05-01 2026-05-01', 'card-lapsed 5 2026-05-01 2026-05-01'])
    expect(standing([], '2026-05-01', { ...card, abolishedAt: noon('2026-04-30'), returnedAt: noon('2026-05-01') })[0]).toBe('lost 2026-04-30 2026-04-30')
  })

  test('what was recorded before the card and the certificate does not touch them', () => {
    expect(standing([event('my-number-change', '2025-01-10', { recordedAt: startOf(d('2025-01-10')) }), event('name-change', '2025-02-01')], '2026-01-01')).toEqual([null, null, null])
    expect(standing([event('my-number-change', '2025-01-10')], '2026-01-01')).toEqual([null, null, null])
    expect(standing([event('name-change', '2025-02-10')], '2026-01-01')).toEqual([null, null, null])
    // Between the application and the certificate the number changed: the card is wrong.
    expect(standing([event('my-number-change', '2025-02-01')], '2026-01-01')[0]).toBe('number-changed 2025-02-01 2025-02-01')
  })

  test('公的個人認証法 第15条第1項・第34条第1項: every ground of its own, with its article', () => {
    for (const [kind, articles] of [['signature', ['第9条', '第10条', '第13条', '第14条', '第15条第1項第5号']], ['authentication', ['第28条', '第29条', '第32条', '第33条', '第34条第1項第5号']]] as const) {
      const own = (['holder-request', 'key-leak', 'record-error', 'ca-incident'] as const).map((ground) => certificateLapse(certificate(kind, { notices: [{ ground, recordedAt: noon('2026-05-01') }] }), card, [], d('2026-05-01')).lapsed!)
      expect(own.map((l) => l.reason)).toEqual([5, 1, 3, 2])
      const expired = certificateLapse(certificate(kind), card, [], d('2029-06-02')).lapsed!
      expect(expired).toMatchObject({ ground: 'expired', reason: null, on: '2029-06-02' })
      expect([...own, expired].map((l) => l.article)).toEqual(articles.map((a) => `公的個人認証法 ${a}`))
    }
  })

  test('the first ground wins and keeps its instant', () => {
    const both = certificate('signature', { notices: [{ ground: 'key-leak', recordedAt: noon('2026-05-02') }, { ground: 'holder-request', recordedAt: noon('2026-05-01') }] })
    expect(certificateLapse(both, card, [event('name-change', '2026-05-03')], d('2026-06-01')).lapsed).toMatchObject({ ground: 'holder-request', at: noon('2026-05-01') })
  })

  test('the reason codes are those of the published grounds', () => {
    for (const rule of Object.values(causes)) for (const ground of [rule.signature, rule.authentication]) if (ground !== null) expect(grounds[ground].by).toEqual(['system'])
  })
})

describe('公的個人認証法 第16条の13・第35条の13: phone certificates', () => {
  const phone = (kind: SmartphoneCertificateFacts['kind'], parent: CardCertificateFacts, more: Partial<SmartphoneCertificateFacts> = {}): SmartphoneCertificateFacts => ({ kind, issuedAt: noon('2025-03-01'), expiresOn: d('2029-06-01'), parent, ...more })

  test('they follow the card certificate of their use', () => {
    const history = [event('name-change', '2026-03-10')]
    expect(certificateLapse(phone('smartphone-signature', certificate('signature')), card, history, d('2026-03-10')).lapsed).toMatchObject({ ground: 'record-changed', reason: 3, article: '公的個人認証法 第16条の13' })
    expect(certificateLapse(phone('smartphone-authentication', certificate('authentication')), card, history, d('2029-06-01')).lapsed).toBeNull()
    expect(certificateLapse(phone('smartphone-authentication', certificate('authentication')), card, [event('death', '2026-03-10')], d('2026-03-10')).lapsed).toMatchObject({ ground: 'record-changed', article: '公的個人認証法 第35条の13' })
  })

  test('a notice to the card certificate reaches the phone, one to the phone leaves the card alone', () => {
    const notices = [{ ground: 'key-leak', recordedAt: noon('2026-05-01') }] as const
    expect(certificateLapse(phone('smartphone-signature', certificate('signature', { notices })), card, [], d('2026-05-01')).lapsed).toMatchObject({ ground: 'key-leak', reason: 1 })
    const own = phone('smartphone-signature', certificate('signature'), { notices })
    expect([certificateLapse(own, card, [], d('2026-05-01')).lapsed?.ground, certificateLapse(own.parent, card, [], d('2026-05-01')).lapsed]).toEqual(['key-leak', null])
  })

  test('they expire as themselves', () => {
    expect(certificateLapse(phone('smartphone-signature', certificate('signature')), card, [], d('2029-06-02')).lapsed).toMatchObject({ ground: 'expired', reason: null })
  })
})

test('an event as the register keeps it is read as it is', () => {
  const kept: ResidentEvent = {
    id: 'rev_1' as ResidentEvent['id'], person: 'psn_1' as ResidentEvent['person'], municipality: '131016' as ResidentEvent['municipality'],
    kind: 'move-out', occurredOn: d('2026-03-01'), recordedAt: noon('2026-03-01'), plannedOn: d('2026-03-20'), cardPresented: false, continuedUse: false, correction: null,
  }
  expect(cardLapse(card, [kept], d('2026-03-01')).next).toMatchObject({ end: 'move-30', on: '2026-04-20' })
})

describe('looking every day ≡ looking once', () => {
  const start = d('2025-02-11')
  const span = 500
  const kinds = ['move-out', 'move-in', 'move-in', 'move-within', 'move-overseas', 'death', 'name-change', 'correction', 'my-number-change', 'card-presented', 'status-lost'] as const
  const anyEvent: fc.Arbitrary<RegisterEvent> = fc.record({
    kind: fc.constantFrom(...kinds), day: fc.nat(span), time: fc.nat(86_399), back: fc.nat(40), ahead: fc.integer({ min: -20, max: 45 }), cardPresented: fc.boolean(), continuedUse: fc.boolean(), minor: fc.boolean(),
  }).map(({ kind, day, time, back, ahead, cardPresented, continuedUse, minor }) => {
    const recordedOn = addDays(start, day)
    return {
      kind, occurredOn: addDays(recordedOn, kind === 'move-out' || kind === 'move-overseas' ? 0 : -back), recordedAt: after(startOf(recordedOn), time * 1000), plannedOn: addDays(recordedOn, ahead), cardPresented, continuedUse,
      ...(minor ? { correction: 'lot-number' as const } : {}),
    }
  })
  const histories = fc.array(anyEvent, { maxLength: 7 })
  const facts = fc.record({ end: fc.integer({ min: 50, max: 900 }), returned: fc.option(fc.nat(900), { nil: null }), delivered: fc.boolean() }).map(({ end, returned, delivered }): CardFacts => ({
    since: noon('2025-01-10'), deliveredAt: delivered ? noon('2025-02-10') : null, expiresOn: addDays(start, end), returnedAt: returned === null ? null : after(startOf(addDays(start, returned)), hour),
  }))
  const seen = (c: CardFacts, day: LegalDate): CardFacts => (c.returnedAt != null && c.returnedAt > endOf(day) ? { ...c, returnedAt: null } : c)

  test('for the card and for all certificates, whatever is recorded late', () => {
    fc.assert(fc.property(histories, facts, fc.nat(span), (history, c, n) => {
      const today = addDays(start, n)
      const known = history.filter((e) => e.recordedAt <= endOf(today))
      const looks = [
        (h: readonly RegisterEvent[], day: LegalDate) => cardLapse(seen(c, day), h, day),
        ...(['signature', 'authentication'] as const).map((kind) => (h: readonly RegisterEvent[], day: LegalDate) => certificateLapse(certificate(kind), seen(c, day), h, day)),
      ]
      for (const look of looks) {
        let daily: unknown = null
        for (let day = start; day <= today && daily === null; day = addDays(day, 1)) daily = look(known.filter((e) => e.recordedAt <= endOf(day)), day).lapsed
        expect(look(known, today).lapsed).toEqual(daily)
      }
    }), { numRuns: 150 })
  })

  test('what is announced as next comes, if nothing more is recorded', () => {
    fc.assert(fc.property(histories, facts, fc.nat(span), (history, c, n) => {
      const today = addDays(start, n)
      const known = history.filter((e) => e.recordedAt <= endOf(today))
      const now = cardLapse(c, known, today)
      fc.pre(now.next !== null)
      expect(dayOf(now.next!.at) > today).toBe(true)
      expect(cardLapse(c, known, addDays(dayOf(now.next!.at), -1)).lapsed).toBeNull()
      expect(cardLapse(c, known, dayOf(now.next!.at)).lapsed).toEqual(now.next)
    }))
  })

  test('施行規則 第17条・第53条: no certificate outlives the card', () => {
    fc.assert(fc.property(histories, facts, (history, c) => {
      const end = cardLapse(c, history, d('2035-01-01')).lapsed!
      for (const kind of ['signature', 'authentication'] as const) {
        const lapse = certificateLapse(certificate(kind, { expiresOn: d('2034-12-31') }), c, history, d('2035-01-01')).lapsed!
        expect(lapse.at).toBeLessThanOrEqual(end.at)
      }
    }))
  })
})

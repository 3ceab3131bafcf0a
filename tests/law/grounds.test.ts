/** On what it was decided, in words: each ground by itself, who is told it, and what a hidden refusal keeps to itself. */
import { describe, expect, test } from 'vitest'
import { anonymous, scopes, type Actor } from '../../core/law/actor.ts'
import { kindOfId, newId, newSerial, parseId, parseIdempotencyKey, parseMunicipalityCode } from '../../core/law/ids.ts'
import { accountedFor, consentGround, explain, frequencyGround, hiddenReasons, noteDone, noteRefusal, noteTurnedAway, scopeGround, standingGround, verdictGrounds, type Decision } from '../../core/law/partner/explain.ts'
import { refuse } from '../../core/law/refusal.ts'
import { addDays, endOf, type LegalDate } from '../../core/law/time.ts'
import { defaultNow as now, testRandom } from '../harness/world.ts'
import { agency, bank, me, person, shop, worldWith } from './acts-scene.ts'
import { today } from './card-scene.ts'

const bare = { ref: null, limit: null, at: null }

describe('grounds', () => {
  const row = (from: LegalDate, until: LegalDate, over: object = {}) => ({ role: 'signature-verifier', from, until, basis: '法 第17条第1項第4号', endedAt: null, suspended: false, agreement: { concludedOn: from, endsOn: until, allows: ['verification'] }, ...over })
  const stands = (...standings: object[]) => standingGround({ standings } as never, 'signature-verifier', now, { use: 'verification', unagreed: 'every-use' } as never)

  test('standing: running, to its last moment, for the use that was agreed', () => {
    const held = row(today, today)
    expect(stands(held)).toEqual({ what: 'standing', found: 'IN_FORCE', ref: null, limit: held.basis, at: endOf(today) })
    expect(stands(row(today, today, { agreement: { concludedOn: today, endsOn: today, allows: ['login'] } })).found).toBe('NOT_AGREED')
    expect([stands(row(today, today, { suspended: true })).found, stands(held, row(today, today, { role: 'authentication-verifier', suspended: true })).found]).toEqual(['SUSPENDED', 'SUSPENDED'])
  })

  test('standing: none, over, of another role, ended; the last of those that are over is named', () => {
    expect([standingGround(null, 'signature-verifier', now), stands(), stands(row(today, today, { role: 'authentication-verifier' })), stands(row(today, today, { endedAt: now }))]).toEqual(Array(4).fill({ what: 'standing', found: 'NONE', ...bare }))
    const [old, older] = [row(addDays(today, -20), addDays(today, -1), { basis: 'old' }), row(addDays(today, -50), addDays(today, -30), { basis: 'older' })]
    for (const list of [[old, older], [older, old]]) expect(stands(...list)).toEqual({ what: 'standing', found: 'OVER', ref: null, limit: 'old', at: endOf(addDays(today, -1)) })
    expect(stands(row(addDays(today, 1), addDays(today, 9))).found).toBe('OVER')
  })

  test('a consent by the clock', () => {
    const terms = { id: 'cns_1', state: 'IN_FORCE', from: now, until: now, withdrawnAt: null, limitedBy: 'PURPOSE' }
    const told = (over: object = {}, at = now) => consentGround({ ...terms, ...over } as never, at as never)
    expect(told()).toEqual({ what: 'consent', found: 'IN_FORCE', ref: 'cns_1', limit: 'PURPOSE', at: now })
    expect(told({}, (now + 1) as never)).toEqual({ what: 'consent', found: 'EXPIRED', ref: 'cns_1', limit: 'PURPOSE', at: now })
    expect(told({}, (now - 1) as never)).toEqual({ what: 'consent', found: 'NOT_BEGUN', ref: 'cns_1', limit: null, at: now })
    expect(told({ state: 'WITHDRAWN', withdrawnAt: now })).toEqual({ what: 'consent', found: 'WITHDRAWN', ref: 'cns_1', limit: null, at: now })
    expect(consentGround(null, now)).toEqual({ what: 'consent', found: 'UNKNOWN', ...bare })
  })

  test('scopes, frequencies and verdicts', () => {
    expect([scopeGround(undefined), scopeGround('login')]).toEqual([{ what: 'scope', found: 'HELD', ...bare }, { what: 'scope', found: 'MISSING', ...bare, limit: 'login' }])
    expect([frequencyGround({ id: 'cns_1', frequency: 'PER_USE' } as never, now).found, frequencyGround({ id: 'cns_1', frequency: 'MONTHLY' } as never, null).found]).toEqual(['TOO_FAST', 'TURN_TAKEN'])
    expect(verdictGrounds(null, null, null)).toEqual([{ what: 'certificate', found: 'UNKNOWN', ...bare }, { what: 'answer', found: 'HOLDS', ...bare }])
    expect(verdictGrounds('signature', 'revoked', 'crt_1')).toEqual([{ what: 'certificate', found: 'REVOKED', ...bare, ref: 'crt_1' }, { what: 'answer', found: 'signature', ...bare, ref: 'crt_1' }])
  })
})

describe('who is told', () => {
  const requestId = '0123abcd-0000-4000-8000-000000000000'
  const decision = (over: Partial<Decision> = {}): Decision => ({ id: 'dec_1', requestId, at: now, partner: bank, client: 'app', person, asked: 'four-information', outcome: 'DONE', grounds: [scopeGround(undefined)], ...over }) as never
  const told = (by: Actor, over: Partial<Decision> = {}, id = requestId) => explain(worldWith({ 'decisions.ofRequest': [[decision(over)]] }, null).world, by, id)

  test('the partner that asked and the person it was about', async () => {
    for (const by of [shop, me]) expect(await told(by)).toEqual([{ requestId, at: now, partner: bank, asked: 'four-information', outcome: 'DONE', rule: '公的個人認証法 第18条第3項', grounds: [scopeGround(undefined)], reasons: [] }])
    for (const by of [agency, { ...anonymous, scopes: new Set(scopes) }, { ...me, scopes: new Set() }, { ...me, person: 'psn_2' }, { ...shop, partner: 'prt_2' }]) expect(await told(by as Actor)).toEqual([])
    for (const id of ['', `${requestId}0`, `x${requestId.slice(1)}`, requestId.slice(1)]) expect([id, await told(shop, {}, id)]).toEqual([id, []])
  })

  test('of a hidden refusal the partner hears every reason there can be, the person the one there was', async () => {
    for (const outcome of ['CONSENT_NOT_IN_FORCE', 'NOT_FOUND'] as const) {
      expect(await told(shop, { outcome })).toMatchObject([{ outcome, grounds: [], reasons: hiddenReasons }])
      expect(await told(me, { outcome })).toMatchObject([{ outcome, grounds: [scopeGround(undefined)], reasons: [] }])
    }
    expect(await told(shop, { outcome: 'NOT_PERMITTED' })).toMatchObject([{ grounds: [scopeGround(undefined)], reasons: [], rule: expect.not.stringContaining('第18条第3項') }])
  })

  test('notes are taken of what partners were told, once', async () => {
    const noted = async (act: (world: ReturnType<typeof worldWith>['world']) => Promise<void>) => {
      const { world, called } = worldWith({}, null)
      await act(world)
      return (called.get('decisions.note') ?? []).map(([d]) => d)
    }
    const refusal = refuse('NOT_PERMITTED', { field: 'scope login' })
    expect(await noted((w) => noteRefusal(w, shop, refusal, 'r'))).toMatchObject([{ requestId: 'r', at: now, partner: bank, client: 'app', person: null, asked: 'request', outcome: 'NOT_PERMITTED', grounds: [{ what: 'request', found: 'REFUSED', limit: 'scope login', ref: null, at: null }] }])
    expect(await noted((w) => noteRefusal(w, shop, refuse('WRONG_STATE', { state: 'SPENT' }), 'r'))).toMatchObject([{ grounds: [{ found: 'SPENT', limit: null }] }])
    expect([await noted((w) => noteRefusal(w, me, refuse('NOT_FOUND'), 'r')), await noted((w) => noteRefusal(w, shop, accountedFor(refuse('NOT_FOUND')), 'r'))]).toEqual([[], []])
    expect(await noted((w) => noteTurnedAway(w, shop, 'BUDGET_EXHAUSTED', 'r', { limit: '10', at: now }))).toMatchObject([{ person: null, asked: 'request', outcome: 'BUDGET_EXHAUSTED', grounds: [{ what: 'budget', found: 'TURNED_AWAY', limit: '10', at: now }] }])
    expect(await noted((w) => noteTurnedAway(w, shop, 'BAD_USER_INPUT' as never, 'r', { limit: null, at: null }))).toMatchObject([{ grounds: [{ what: 'request', found: 'TURNED_AWAY' }] }])
    expect(await noted((w) => noteDone(w, shop, 'verification' as never, person, [], 'r'))).toMatchObject([{ person, asked: 'verification', outcome: 'DONE', grounds: [] }])
    expect([await noted((w) => noteTurnedAway(w, me, 'BUDGET_EXHAUSTED', 'r', { limit: null, at: null })), await noted((w) => noteDone(w, agency, 'verification' as never, person, [], 'r'))]).toEqual([[], []])
  })
})

describe('ids', () => {
  test('tell what they are of', () => {
    const id = newId('consent', now, testRandom('ids'))
    expect([kindOfId(id), kindOfId('xyz_1'), kindOfId('')]).toEqual(['consent', null, null])
    expect([parseId('consent', id), parseId('person', id), parseId('consent', `${id}\n`), parseId('consent', `x${id}`), parseId('consent', 'cns_'), parseId('consent', `cns_${'0'.repeat(41)}`), parseId('consent', 'cns_I')]).toEqual([id, null, null, null, null, null, null])
  })

  test('keys of a request: 8 to 200 visible characters', () => {
    expect(['12345678', 'x'.repeat(200), '1234567', 'x'.repeat(201), '1234 5678', '12345678\n', 'あいうえおかきく'].map((text) => parseIdempotencyKey(text) !== null)).toEqual([true, true, false, false, false, false, false])
  })

  test('serial numbers are of 20 octets, positive, and begin with 0x40 to 0x7f (RFC 5280 4.1.2.2)', () => {
    const [low, high] = [newSerial({ bytes: (n) => new Uint8Array(n) }), newSerial({ bytes: (n) => new Uint8Array(n).fill(0xff) })]
    expect([low, high]).toEqual([`40${'00'.repeat(19)}`, `7F${'FF'.repeat(19)}`])
  })

  test('codes of municipalities have their check digit', () => {
    for (const code of ['011002', '131016', '010006', '132217']) for (let digit = 0; digit < 10; digit++) expect([digit, parseMunicipalityCode(code.slice(0, 5) + digit) !== null]).toEqual([digit, digit === Number(code[5])])
    expect(['13221', '1322170', '13221x', ' 132217'].map(parseMunicipalityCode)).toEqual([null, null, null, null])
  })
})

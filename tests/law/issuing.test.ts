/** 公的個人認証法 第3条・第22条, step by step and apart from any store: what must hold, what is gone on with, what is given up. */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { signKeyProof } from '../../core/chip/order.ts'
import { Secret } from '../../core/chip/secret.ts'
import { applyForCertificate, confirmApplicant, deliverCertificate, mayIssue, notifyAgency, readIssued, recordKeyOnCard, withdrawCertificateApplication, type CertificateApplication, type CertificateApplicationState } from '../../core/law/certificate/issuance.ts'
import { abandonOverdue, finishUnfinished, issueCertificate, reservationWindow } from '../../core/law/certificate/issue.ts'
import { answerAt, answerFor, type StatusRow } from '../../core/law/certificate/status.ts'
import { isRefusal, refuse } from '../../core/law/refusal.ts'
import { addDays, addMonths, after, type LegalDate } from '../../core/law/time.ts'
import { defaultNow as now } from '../harness/world.ts'
import { agency, counter, idempotencyKey, me, worldWith, type Found } from './acts-scene.ts'
import { cardIn, certificateOn, resident, today } from './card-scene.ts'

const card = cardIn('ACTIVE')
const word = (result: unknown): string => { const { code, state } = (result ?? {}) as { code?: string; state?: string }; return result === null ? 'GO' : isRefusal(result) ? (state === undefined ? code! : `${code} ${state}`) : 'GO' }
const applied = (over: Partial<CertificateApplication> = {}): CertificateApplication => ({ ...certificateOn(card), state: 'APPLIED', ...over })
const still = { 'deadlines.look': Array(9).fill({ cards: [], certificates: [], due: [], transfer: null }) }
const ask = <T>(found: Found, what: (world: ReturnType<typeof worldWith>['world']) => Promise<T>): Promise<T> => what(worldWith({ ...still, ...found }, null).world)

describe('what must hold from the application until the signature', () => {
  const may = (over: Partial<CertificateApplication>, live: object | null = null, on = card, found: Found = {}) => ask({ 'certificates.live': [live], ...found }, (w) => mayIssue(w, applied(over), on, now)).then(word)

  test('a card in use, to its last day', async () => {
    expect([await may({}), await may({}, null, cardIn('ACTIVE', { expiresOn: today })), await may({}, null, cardIn('ACTIVE', { expiresOn: addDays(today, -1) })), await may({}, null, cardIn('SUSPENDED'))]).toEqual(['GO', 'GO', 'CARD_NOT_USABLE ACTIVE', 'CARD_NOT_USABLE SUSPENDED'])
  })

  test('法 第3条の2: fifteen years of age to sign, none to log in', async () => {
    const born = (birthDate: LegalDate): Partial<CertificateApplication> => ({ items: { ...resident.items, birthDate } })
    const fifteen = addMonths(today, -180)
    expect([await may(born(fifteen)), await may(born(addDays(fifteen, 2))), await may({ ...born(addDays(fifteen, 2)), kind: 'authentication' })]).toEqual(['GO', 'UNDER_FIFTEEN', 'GO'])
  })

  test('no second live one, but in the time of renewal where the present one is to lapse', async () => {
    const near = { state: 'VALID', expiresOn: addDays(today, 30) }
    expect([await may({ lapseOfPresent: true }, near), await may({ lapseOfPresent: false }, near), await may({ lapseOfPresent: true }, { ...near, state: 'HELD', expiresOn: addDays(today, 400) })]).toEqual(['GO', 'CERTIFICATE_LIVE VALID', 'CERTIFICATE_LIVE HELD'])
  })

  test('one in a phone hangs on a card certificate that holds', async () => {
    const inPhone = { kind: 'smartphone-signature', smartphone: { parent: 'crt_1' } } as unknown as Partial<CertificateApplication>
    const on = (parent: object | null) => may(inPhone, null, card, { 'certificates.load': [parent] })
    expect([await on({ state: 'VALID', expiresOn: today }), await on({ state: 'VALID', expiresOn: addDays(today, -1) }), await on({ state: 'HELD', expiresOn: today }), await on(null)]).toEqual(['GO', 'PARENT_NOT_LIVE', 'PARENT_NOT_LIVE', 'PARENT_NOT_LIVE'])
  })
})

describe('steps at the counter', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const chip = new Secret(privateKey.export({ format: 'der', type: 'pkcs8' }))
  const held = cardIn('ACTIVE', { attestationKey: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })) })
  const rsa = (bits: number): Uint8Array => new Uint8Array(generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'der', type: 'spki' }))
  const good = rsa(2048)
  const confirmedOne = applied({ state: 'CONFIRMED', confirmation: { officer: 'ofc_1', at: now } })
  const record = async (proof: Uint8Array, application = confirmedOne, on: unknown = held, stored: unknown = undefined) =>
    ask({ 'issuances.load': [application], 'cards.load': [on], 'issuances.advance': [stored] }, (w) => recordKeyOnCard(w, counter, { application: application.id, attestation: proof, idempotencyKey }))
  const proof = (over: object = {}): Uint8Array => signKeyProof({ cardNumber: held.cardNumber, counter: 1, kind: 'signature', publicKey: good, ...over }, chip)

  test('the key is the chip’s own, of that card and kind, and of a form that is certified', async () => {
    expect(await record(proof())).toMatchObject({ state: 'KEY_ON_CARD', publicKey: good })
    expect([await record(new Uint8Array(3)), await record(proof({ cardNumber: '2'.repeat(15) })), await record(proof({ kind: 'authentication' }))].map(word)).toEqual(Array(3).fill('KEY_NOT_ON_CARD'))
    expect(word(await record(proof({ publicKey: rsa(1024) })))).toBe('KEY_UNFIT')
  })

  test('nothing is recorded for whom nobody confirmed, on a card without a chip’s key, or where somebody was faster', async () => {
    expect(word(await record(proof(), applied({ state: 'CONFIRMED', confirmation: null })))).toBe('WRONG_STATE CONFIRMED')
    expect([word(await record(proof(), confirmedOne, null)), word(await record(proof(), confirmedOne, { ...held, attestationKey: null }))]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
    expect(word(await record(proof(), confirmedOne, held, refuse('CONFLICT')))).toBe('CONFLICT')
  })

  test('the applicant is a resident of that municipality, and bears these items', async () => {
    const confirm = (who: unknown, over: Partial<CertificateApplication> = {}) => ask({ 'issuances.load': [applied(over)], 'residents.load': [who], 'issuances.advance': [undefined] }, (w) => confirmApplicant(w, counter, { application: applied().id, idempotencyKey }))
    expect(await confirm(resident)).toMatchObject({ state: 'CONFIRMED', confirmation: { at: now } })
    expect([word(await confirm(null)), word(await confirm({ ...resident, municipality: '141003' })), word(await confirm(resident, { items: { ...resident.items, address: '別の町' } }))]).toEqual(['NOT_RESIDENT', 'NOT_RESIDENT', 'ITEMS_DIFFER'])
  })

  test.each([
    ['confirm', confirmApplicant, 'APPLIED'], ['tell the agency', notifyAgency, 'KEY_ON_CARD'],
  ] as const)('%s: from one state alone', async (_name, step, from) => {
    for (const state of ['APPLIED', 'CONFIRMED', 'KEY_ON_CARD', 'NOTIFIED', 'RESERVED', 'ISSUED', 'DELIVERED', 'ABANDONED', 'REFUSED'] as const) {
      const result = await ask({ 'issuances.load': [applied({ state })], 'residents.load': [resident], 'issuances.advance': [undefined] }, (w) => step(w, counter, { application: applied().id, idempotencyKey }))
      expect([state, word(result)]).toEqual([state, state === from ? 'GO' : `WRONG_STATE ${state}`])
    }
  })

  test('taken back until the agency is told', async () => {
    const back = (state: CertificateApplicationState) => ask({ 'issuances.load': [applied({ state }), applied({ state })], 'issuances.advance': [undefined] }, (w) => withdrawCertificateApplication(w, counter, { application: applied().id, idempotencyKey }))
    for (const state of ['APPLIED', 'CONFIRMED', 'KEY_ON_CARD'] as const) expect(await back(state)).toMatchObject({ state: 'ABANDONED' })
    for (const state of ['NOTIFIED', 'RESERVED', 'ISSUED', 'DELIVERED', 'ABANDONED', 'REFUSED'] as const) expect(word(await back(state))).toBe(`WRONG_STATE ${state}`)
  })

  test('the authority is woken by the notice alone, and only where it was stored', async () => {
    const notify = async (stored: unknown) => {
      const { world, called } = worldWith({ ...still, 'issuances.load': [applied({ state: 'KEY_ON_CARD' })], 'issuances.advance': [stored] }, null)
      const result = await notifyAgency(world, counter, { application: applied().id, idempotencyKey })
      return [word(result), called.get('bell.ring') ?? []]
    }
    expect(await notify(undefined)).toEqual(['GO', [[{ wake: 'issue', application: expect.stringMatching(/^xap_/) }]]])
    expect(await notify(refuse('CONFLICT'))).toEqual(['CONFLICT', []])
  })

  test('one of a phone is none of the counter’s', async () => {
    const inPhone = applied({ state: 'ISSUED', smartphone: { parent: 'crt_1' } as never })
    for (const step of [confirmApplicant, notifyAgency, deliverCertificate]) expect(word(await ask({ 'issuances.load': [inPhone] }, (w) => step(w, counter, { application: inPhone.id, idempotencyKey })))).toBe('NOT_FOUND')
  })

  test('written onto a card in use, and from ISSUED alone', async () => {
    const deliver = (state: CertificateApplicationState, on: unknown, stored: unknown = undefined) => ask({ 'issuances.load': [applied({ state }), applied({ state: 'DELIVERED' })], 'cards.load': [on, on], 'issuances.deliver': [stored] }, (w) => deliverCertificate(w, counter, { application: applied().id, idempotencyKey }))
    expect(await deliver('ISSUED', card)).toMatchObject({ state: 'DELIVERED' })
    expect([await deliver('RESERVED', card), await deliver('ISSUED', null), await deliver('ISSUED', cardIn('SUSPENDED')), await deliver('ISSUED', card, refuse('CONFLICT'))].map(word)).toEqual(['WRONG_STATE RESERVED', 'CARD_NOT_USABLE', 'CARD_NOT_USABLE SUSPENDED', 'CONFLICT'])
  })

  test('a municipality elsewhere finds no card to apply for', async () => {
    const apply = (municipality: string, by = counter) => ask({ 'cards.load': [{ ...card, municipality }, { ...card, municipality }], 'issuances.create': [undefined] }, (w) => applyForCertificate(w, by, { card: card.id, kind: 'signature', items: resident.items, lapseOfPresent: false, idempotencyKey }))
    expect([word(await apply('132217')), word(await apply('141003')), word(await apply('132217', agency))]).toEqual(['GO', 'NOT_FOUND', 'NOT_PERMITTED'])
  })

  test('what came of it is read once it was signed', async () => {
    const read = (state: CertificateApplicationState, record: unknown = { id: 'crt_1' }, by = counter) => ask({ 'issuances.load': [applied({ state })], 'issuances.certificateOf': [record] }, (w) => readIssued(w, by, applied().id))
    expect([await read('ISSUED'), await read('DELIVERED')]).toEqual([{ id: 'crt_1' }, { id: 'crt_1' }])
    expect([await read('RESERVED'), await read('ISSUED', null), await read('ISSUED', { id: 'crt_1' }, me)]).toEqual(Array(3).fill(refuse('NOT_FOUND')))
  })
})

describe('the authority', () => {
  const { id } = applied()

  test('answers what was issued, and nothing where it is gone', async () => {
    const issue = (found: Found) => ask(found, (w) => issueCertificate(w, id))
    expect(await issue({})).toEqual(refuse('NOT_FOUND'))
    for (const state of ['ISSUED', 'DELIVERED'] as const) {
      expect(await issue({ 'issuances.load': [applied({ state })], 'issuances.certificateOf': [{ id: 'crt_1' }] })).toEqual({ id: 'crt_1' })
      expect(await issue({ 'issuances.load': [applied({ state })] })).toEqual(refuse('NOT_FOUND'))
    }
  })

  test('a reservation that is gone: what is stored, or the state it is in', async () => {
    const reserved = (certificate: unknown) => ask({ 'issuances.load': [applied({ state: 'RESERVED' })], 'issuances.certificateOf': [certificate] }, (w) => issueCertificate(w, id))
    expect([await reserved({ id: 'crt_1' }), await reserved(null)]).toEqual([{ id: 'crt_1' }, refuse('WRONG_STATE', { state: 'RESERVED' })])
  })

  test('gives up what cannot be issued any more, with the reason', async () => {
    const publicKey = new Uint8Array(1)
    const town = { code: '132217' }
    const refused = async (found: Found, over: Partial<CertificateApplication> = {}) => {
      const { world, called } = worldWith({ ...still, 'issuances.load': [applied({ state: 'NOTIFIED', publicKey, ...over })], ...found }, null)
      const result = word(await issueCertificate(world, id))
      const advanced = called.get('issuances.advance')?.[0] as [{ facts: object }, string, object] | undefined
      expect([advanced?.[0].facts, advanced?.[1], advanced?.[2]]).toEqual([{ kind: over.kind ?? 'signature', refused: result.split(' ')[0] }, 'NOTIFIED', expect.objectContaining({ state: 'REFUSED', refusedFor: result.split(' ')[0] })])
      expect(called.has('issuances.reserve')).toBe(false)
      return result
    }
    const there = { 'cards.load': [card], 'residents.load': [resident], 'municipalities.load': [town] }
    expect([await refused({}), await refused({ ...there, 'cards.load': [] }), await refused({ ...there, 'residents.load': [] }), await refused({ ...there, 'municipalities.load': [] }), await refused(there, { publicKey: null })]).toEqual(Array(5).fill('NOT_FOUND'))
    expect(await refused({ ...there, 'residents.load': [{ ...resident, municipality: '141003' }] })).toBe('NOT_RESIDENT')
    expect(await refused(there, { items: { ...resident.items, name: '別人' } })).toBe('ITEMS_DIFFER')
    expect(await refused({ ...there, 'cards.load': [cardIn('SUSPENDED')] })).toBe('CARD_NOT_USABLE SUSPENDED')
    expect(await refused({ ...there, 'cards.load': [cardIn('ACTIVE', { expiresOn: today })] }, { kind: 'authentication' })).toBe('NO_VALIDITY_LEFT')
  })

  test('finishes what was left, one by one; one that fails keeps no other waiting', async () => {
    const failed: unknown[] = []
    const { world } = worldWith({ ...still, 'issuances.unfinished': [['a', 'b', 'c']], 'issuances.load': [applied({ state: 'ISSUED' }), new TypeError('of b'), applied({ state: 'ISSUED' })], 'issuances.certificateOf': [{ id: 'crt_1' }, { id: 'crt_2' }] }, null)
    expect(await finishUnfinished(world, 10, (...of) => failed.push(of))).toBe(2)
    expect(failed).toEqual([['b', expect.any(TypeError)]])
  })

  test('gives up reservations that nobody finished within a day; lists follow where there were any', async () => {
    const overdue = async (loaded: readonly unknown[], stored: readonly unknown[]) => {
      const { world, called } = worldWith({ 'issuances.overdue': [loaded.map((_, i) => `xap_${i}`)], 'issuances.load': loaded, 'issuances.advance': stored }, null)
      const count = await abandonOverdue(world, 10)
      expect(called.get('issuances.overdue')).toEqual([[after(now, -reservationWindow), 10]])
      return [count, called.get('issuances.advance')?.length ?? 0, called.get('bell.ring') ?? []]
    }
    const reserved = applied({ state: 'RESERVED' })
    expect(await overdue([reserved, null, applied({ state: 'ISSUED' }), reserved], [undefined, refuse('CONFLICT')])).toEqual([1, 2, [[{ wake: 'crl' }]]])
    expect(await overdue([reserved], [refuse('CONFLICT')])).toEqual([0, 1, []])
    expect(await overdue([], [])).toEqual([0, 0, []])
  })
})

test('how a certificate stands, by its row (RFC 6960 2.2)', () => {
  const at = now
  const row = (state: StatusRow['state'], over: Partial<StatusRow> = {}): StatusRow => ({ state, revocation: null, abandonedAt: null, ...over }) as StatusRow
  const lapsed = { revocation: { recordedAt: at, reason: 5 } } as Partial<StatusRow>
  const [good, unknown, revoked] = [{ status: 'good' }, { status: 'unknown' }, { status: 'revoked', at, reason: 5 }]
  expect(answerFor(null)).toEqual(unknown)
  expect((['VALID', 'EXPIRED', 'HELD', 'REVOKED', 'ABANDONED', 'RESERVED'] as const).map((state) => answerFor(row(state)))).toEqual([good, good, unknown, unknown, unknown, unknown])
  expect((['VALID', 'EXPIRED', 'HELD', 'REVOKED'] as const).map((state) => answerFor(row(state, lapsed)))).toEqual(Array(4).fill(revoked))
  expect(answerFor(row('ABANDONED', { abandonedAt: at }))).toEqual({ status: 'revoked', at, reason: null })
  // As it stood before that was recorded.
  expect([answerAt(row('REVOKED', lapsed), at), answerAt(row('REVOKED', lapsed), after(at, -1)), answerAt(row('ABANDONED', { abandonedAt: at }), after(at, -1)), answerAt(null, at)]).toEqual([revoked, good, unknown, unknown])
})

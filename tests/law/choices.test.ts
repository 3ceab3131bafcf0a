/** What a person may consent to, and how long it runs: each limit by its word (施行規則 第35条の2), and what a passkey may stand for. */
import { describe, expect, test } from 'vitest'
import { draftConsent, giveConsent, type ConsentChoice } from '../../core/law/consent/consent.ts'
import { readDelta } from '../../core/law/consent/delta.ts'
import { forwardingsOf, receiveWithdrawal } from '../../core/law/consent/forwarding.ts'
import { requestConsent } from '../../core/law/consent/purpose.ts'
import { readRadius } from '../../core/law/consent/radius.ts'
import { declineConsent, readStart, registerReturnAddresses, startConsent } from '../../core/law/consent/start.ts'
import { unlinkAccount } from '../../core/law/partner/account.ts'
import { reaches, shortOf } from '../../core/law/partner/assurance.ts'
import { encryptionKeyFor, registerKey, retireKey, type PartnerKey } from '../../core/law/partner/key.ts'
import { enrolPasskey, isOrigin, offerPasskey, removePasskey, rpIdOf, stateOf } from '../../core/law/partner/passkey.ts'
import { isRefusal, refuse } from '../../core/law/refusal.ts'
import { addDays, addMonths, after, endOf, hour, minute, second, type LegalDate } from '../../core/law/time.ts'
import { defaultNow as now } from '../harness/world.ts'
import { agency, bank, idempotencyKey, me, ministry, person, shop, word, worldWith, type Found } from './acts-scene.ts'
import { resident, today } from './card-scene.ts'

const standing = { id: bank, name: '見本銀行', sector: 's', suspendedAt: null, platform: null, standings: [{ role: 'signature-verifier', from: '2000-01-01', until: '2099-12-31', endedAt: null }, { role: 'authentication-verifier', from: '2000-01-01', until: '2099-12-31', endedAt: null }] }
const request = { id: 'crq_1', nonce: new Uint8Array(16), purpose: 'pur_1', partner: bank, state: 'OPEN', action: 'CREATE', replaces: null, required: ['name'], optional: ['address', 'livesInMunicipality'], municipality: '132217', frequency: 'PER_USE', requestedAt: now, expiresAt: after(now, hour) }
const purpose = { id: 'pur_1', partner: bank, name: '口座', version: 1, textJa: '口座のため', textEn: 'For the account', items: ['name', 'address'], until: null, endedAt: null, minors: 'refused' }
const adult = { ...resident, items: { ...resident.items, birthDate: addMonths(today, -12 * 36) } }
const found = (over: { request?: object; purpose?: object; partner?: object; more?: Found } = {}): Found => ({
  'consents.loadRequest': [{ ...request, ...over.request }], 'consents.loadPurpose': [{ ...purpose, ...over.purpose }], 'partners.load': [{ ...standing, ...over.partner }], 'residents.load': [adult], 'representations.of': [[], []], ...over.more,
})
const choice = (over: Partial<ConsentChoice> = {}): ConsentChoice => ({ request: 'crq_1' as never, items: ['name'], chosenUntil: null, ...over })
const draft = async (over: Parameters<typeof found>[0] = {}, chosen: Partial<ConsentChoice> = {}) => draftConsent(worldWith(found(over), null).world, me, choice(chosen))

describe('a choice', () => {
  test('all that is required, and nothing that was not asked for', async () => {
    const items = (...list: string[]) => draft({}, { items: list as never }).then(word)
    expect([await items('name'), await items('name', 'address'), await items('address', 'name', 'livesInMunicipality')]).toEqual(['GO', 'GO', 'GO'])
    expect([await items(), await items('address'), await items('name', 'name'), await items('name', 'sex')]).toEqual(Array(4).fill('ITEMS_NOT_OFFERED'))
  })

  test('of a request that is open, to a partner in standing, for a purpose that runs', async () => {
    expect(word(await draft({ more: { 'consents.loadRequest': [] } }))).toBe('NOT_FOUND')
    expect([word(await draft({ request: { state: 'ANSWERED' } })), word(await draft({ request: { expiresAt: after(now, -1) } })), word(await draft({ request: { expiresAt: now } }))]).toEqual(['WRONG_STATE ANSWERED', 'WRONG_STATE EXPIRED', 'GO'])
    expect(word(await draft({ purpose: { endedAt: now } }))).toBe('PURPOSE_NOT_REGISTERED')
    expect(word(await draft({ partner: { standings: [] } }))).toBe('PARTNER_NOT_IN_STANDING')
  })

  test('with an end that is not over; the nearest limit decides', async () => {
    const until = (on: LegalDate | null) => draft({}, { chosenUntil: on }).then(word)
    expect([await until(today), await until(addDays(today, -1)), await until(addMonths(today, 500))]).toEqual(['GO', 'MALFORMED_INPUT chosenUntil', 'GO'])
    expect([word(await draft({ purpose: { until: today } })), word(await draft({ purpose: { until: addDays(today, -1) } }))]).toEqual(['GO', 'PURPOSE_NOT_REGISTERED'])
    const delta = async (over: Parameters<typeof found>[0], chosenUntil: LegalDate | null) => readDelta(worldWith(found(over), null).world, me, choice({ chosenUntil }))
    expect(await delta({}, null)).toEqual({ action: 'CREATE', replaces: null, added: ['name'], kept: [], dropped: [], untilBefore: null, untilAfter: endOf(addMonths(today, 120)), limitedBy: 'TEN_YEARS' })
    expect(await delta({ purpose: { until: addDays(today, 30) } }, null)).toMatchObject({ untilAfter: endOf(addDays(today, 30)), limitedBy: 'PURPOSE' })
    expect(await delta({ purpose: { until: addDays(today, 30) } }, addDays(today, 30))).toMatchObject({ limitedBy: 'PURPOSE' })
    expect(await delta({ purpose: { until: addDays(today, 30) } }, addDays(today, 29))).toMatchObject({ untilAfter: endOf(addDays(today, 29)), limitedBy: 'CHOSEN' })
    expect(isRefusal(await readDelta(worldWith({}, null).world, me, choice()))).toBe(true)
  })

  test('an extension is of a consent in force, and of that person’s own', async () => {
    const previous = { id: 'cns_0', person, state: 'IN_FORCE', items: ['name', 'sex'], until: endOf(addDays(today, 9)), grant: 'cns_0' }
    const extend = (over: object) => draft({ request: { action: 'MERGE', replaces: 'cns_0', required: ['address'], optional: [] }, more: { 'consents.load': [{ ...previous, ...over }] } }, { items: ['address'] })
    expect([word(await extend({})), word(await extend({ person: 'psn_2' })), word(await extend({ state: 'WITHDRAWN' }))]).toEqual(['GO', 'NOT_FOUND', 'WRONG_STATE WITHDRAWN'])
    const shown = await readDelta(worldWith(found({ request: { action: 'MERGE', replaces: 'cns_0', required: ['address'], optional: [] }, more: { 'consents.load': [previous] } }), null).world, me, choice({ items: ['address'] }))
    expect(shown).toMatchObject({ action: 'MERGE', replaces: 'cns_0', added: ['address'], kept: ['name', 'sex'], dropped: [], untilBefore: previous.until })
    const replaced = await readDelta(worldWith(found({ request: { action: 'REPLACE', replaces: 'cns_0', required: ['address'], optional: ['name'] }, more: { 'consents.load': [previous] } }), null).world, me, choice({ items: ['address', 'name'] }))
    expect(replaced).toMatchObject({ added: ['address'], kept: ['name'], dropped: ['sex'] })
  })

  test('民法 第5条: who may not consent alone needs a representative; who is no adult, a purpose that takes minors', async () => {
    const aged = (years: number, minors = 'from-15') => draft({ purpose: { minors }, more: { 'residents.load': [{ ...resident, items: { ...resident.items, birthDate: addMonths(today, -12 * years) } }] } }).then(word)
    expect([await aged(14), await aged(15), await aged(17, 'refused'), await aged(18, 'refused')]).toEqual(['REPRESENTATIVE_NEEDED', 'GO', 'MINORS_NOT_TAKEN', 'GO'])
    expect(word(await draft({ more: { 'residents.load': [] } }))).toBe('REPRESENTATIVE_NEEDED')
    expect(word(await draft({ more: { 'representations.of': [[{ kind: 'guardian-of-adult', representative: 'psn_2' }]] } }))).toBe('REPRESENTATIVE_NEEDED')
    expect(word(await draft({}, { person: 'psn_2' as never }))).toBe('NOT_FOUND person')
  })

  test('is given with a signature that holds, of a certificate that holds', async () => {
    const { world, called } = worldWith(found(), null)
    const without = Object.create(world, { authorities: { value: { all: [] } } }) as typeof world
    expect(word(await giveConsent(without, me, { ...choice(), certificate: new Uint8Array(3), signature: new Uint8Array(3), idempotencyKey }, () => new Uint8Array(32)))).toMatch(/^CERTIFICATE_NOT_VALID /)
    expect(called.has('consents.give')).toBe(false)
  })
})

describe('the way to a consent and from it', () => {
  const started = (over: object = {}, input: object = {}, more: Found = {}) => {
    const { world } = worldWith({ 'consents.loadRequest': [{ ...request, ...over }], 'consents.loadPurpose': [purpose], 'partners.load': [standing], 'consentStarts.addressesOf': [['https://shop.example/back']], ...more }, null)
    return startConsent(world, shop, { request: 'crq_1' as never, returnTo: 'https://shop.example/back', state: 'abc', idempotencyKey, ...input })
  }

  test('starts at an address that is registered, of an open request', async () => {
    expect(await started()).toMatchObject({ request: 'crq_1', reference: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[0-9a-f]{64}$/), returnTo: 'https://shop.example/back', state: 'abc', startedAt: now })
    expect([word(await started({}, { state: '' })), word(await started({}, { state: 'a b' })), word(await started({}, { state: 'x'.repeat(513) })), word(await started({}, { state: 'x'.repeat(512) }))]).toEqual(['MALFORMED_INPUT state', 'MALFORMED_INPUT state', 'MALFORMED_INPUT state', 'GO'])
    expect(word(await started({}, { returnTo: 'https://shop.example/back2' }))).toBe('RETURN_NOT_REGISTERED returnTo')
    expect([word(await started({ state: 'ANSWERED' })), word(await started({ expiresAt: after(now, -1) })), word(await started({ expiresAt: now }))]).toEqual(['WRONG_STATE ANSWERED', 'WRONG_STATE EXPIRED', 'GO'])
    expect(word(await started({}, {}, { 'consentStarts.start': [refuse('CONFLICT')] }))).toBe('CONFLICT')
  })

  test('is asked for within the purpose, which runs', async () => {
    const ask = (over: object, of: object = {}) => requestConsent(worldWith({ 'partners.load': [standing], 'consents.loadPurpose': [{ ...purpose, ...of }] }, null).world, shop, { purpose: 'pur_1', action: 'CREATE', grant: null, required: ['name'], optional: [], municipality: null, idempotencyKey, ...over } as never).then(word)
    expect([await ask({}), await ask({ optional: ['address'] }), await ask({}, { until: today })]).toEqual(['GO', 'GO', 'GO'])
    expect([await ask({ required: [] }), await ask({ required: ['name', 'name'] }), await ask({ optional: ['name'] })]).toEqual(Array(3).fill('MALFORMED_INPUT required'))
    expect([await ask({ optional: ['sex'] }), await ask({ required: ['sex'] }), await ask({}, { until: addDays(today, -1) }), await ask({}, { endedAt: now })]).toEqual(Array(4).fill('PURPOSE_NOT_REGISTERED'))
    expect(await ask({}, { partner: 'prt_2' })).toBe('NOT_FOUND')
  })

  test('an account’s link is ended by either side, once', async () => {
    const link = { id: 'lnk_1', person, partner: bank, state: 'LINKED' }
    const end = async (by: typeof me, over: object = {}, stored: unknown = undefined) => {
      const { world, called } = worldWith({ 'links.load': [{ ...link, ...over }, { ...link, state: 'ENDED' }], 'links.end': [stored] }, null)
      return [word(await unlinkAccount(world, by, { link: 'lnk_1' as never, idempotencyKey })), called.get('links.end')?.map(([act, ...rest]) => [(act as { facts: object }).facts, ...rest])]
    }
    expect((await end(me))[1]).toEqual([[{ by: 'ENDED_BY_PERSON' }, 'lnk_1', 'ENDED_BY_PERSON', now]])
    expect((await end(shop))[1]).toEqual([[{ by: 'ENDED_BY_PARTNER' }, 'lnk_1', 'ENDED_BY_PARTNER', now]])
    expect([await end(me, { state: 'ENDED' }), (await end(me, {}, refuse('CONFLICT')))[0]]).toEqual([['WRONG_STATE ENDED', undefined], 'CONFLICT'])
  })

  test('is declined while it is open', async () => {
    const decline = (over: object = {}) => declineConsent(worldWith({ 'consents.loadRequest': [{ ...request, ...over }, { ...request, state: 'DECLINED' }], 'consents.loadPurpose': [purpose], 'partners.load': [standing] }, null).world, me, { request: 'crq_1' as never, idempotencyKey })
    expect([await decline(), word(await decline({ state: 'ANSWERED' })), word(await decline({ expiresAt: after(now, -1) })), word(await decline({ expiresAt: now }))]).toEqual([{ ...request, state: 'DECLINED' }, 'WRONG_STATE ANSWERED', 'WRONG_STATE EXPIRED', 'GO'])
  })

  test('is found again by its reference, by whoever may see the request', async () => {
    const read = (by: typeof me, more: Found = {}) => readStart(worldWith({ 'consentStarts.byReference': [{ request: 'crq_1' }], 'consents.loadRequest': [request], 'consents.loadPurpose': [purpose], 'partners.load': [standing], ...more }, null).world, by, 'urn:x')
    expect([await read(me), await read(shop), await read(agency), await read(me, { 'consentStarts.byReference': [] })]).toEqual([{ request: 'crq_1' }, { request: 'crq_1' }, refuse('NOT_FOUND'), refuse('NOT_FOUND')])
  })

  test('addresses are https without a fragment or credentials; this machine’s alone where one develops', async () => {
    const register = async (addresses: readonly string[], loopback = false) => word(await registerReturnAddresses(worldWith({ 'consentStarts.addressesOf': [[]] }, null).world, shop, { addresses, loopback, idempotencyKey }))
    for (const good of ['https://shop.example/back', 'https://shop.example:8443/a?b=c']) expect([good, await register([good])]).toEqual([good, 'GO'])
    for (const bad of ['http://shop.example/', 'https://shop.example/#x', 'https://u:p@shop.example/', 'ftp://shop.example', 'javascript:alert(1)', 'shop.example', '']) expect([bad, await register([bad])]).toEqual([bad, expect.stringMatching(/^MALFORMED_INPUT addresses/)])
    expect([await register(['http://127.0.0.1:8080/back']), await register(['http://127.0.0.1:8080/back'], true)]).toEqual([expect.stringMatching(/^MALFORMED_INPUT/), 'GO'])
  })

  test('what was handed on is told in order, the giving before the end', () => {
    const seal = (event: 'given' | 'ended', forwardedAt: number | null) => ({ event, forwardedAt }) as never
    expect(forwardingsOf([seal('ended', null), seal('given', now)])).toEqual([{ event: 'given', state: 'FORWARDED', at: now }, { event: 'ended', state: 'PENDING', at: null }])
  })

  test('what the agency hands back ends it here, once', async () => {
    const consent = { id: 'cns_1', state: 'IN_FORCE' }
    const receive = async (first: object, stored: unknown = undefined) => {
      const { world, called } = worldWith({ 'consents.handedOn': [first, { ...first, state: 'WITHDRAWN' }], 'consents.withdraw': [stored] }, null)
      return [await receiveWithdrawal(world, agency, { consent: 'cns_1' as never, origin: 'PORTAL' as never, idempotencyKey }), called.get('consents.withdraw')?.map(([act, ...rest]) => [(act as { facts: object }).facts, ...rest])]
    }
    expect(await receive(consent)).toEqual([{ ...consent, state: 'WITHDRAWN' }, [[{ origin: 'PORTAL' }, 'cns_1', now, 'PORTAL']]])
    expect([await receive({ ...consent, state: 'EXPIRED' }), (await receive(consent, refuse('CONFLICT')))[0]]).toEqual([[refuse('WRONG_STATE', { state: 'EXPIRED' }), undefined], refuse('CONFLICT')])
  })

  test('how much would end is told to its own partner and to the ministry', async () => {
    const radius = { consents: 1 }
    const ask = (by: typeof me, parent: object, more: Found = {}) => readRadius(worldWith({ 'radii.under': [radius], 'consents.loadPurpose': [purpose], 'partners.load': [standing], ...more }, null).world, by, parent as never)
    const [ofPurpose, ofPartner, ofAuthority] = [{ purpose: 'pur_1' }, { partner: bank }, { authority: 'x' }]
    expect([await ask(shop, ofPurpose), await ask(shop, ofPartner), await ask(shop, ofAuthority), await ask(shop, { partner: 'prt_2' }), await ask(shop, ofPurpose, { 'consents.loadPurpose': [] })]).toEqual([radius, radius, refuse('NOT_FOUND'), refuse('NOT_FOUND'), refuse('NOT_FOUND')])
    expect([await ask(ministry, ofPurpose), await ask(ministry, ofPartner), await ask(ministry, ofAuthority), await ask(ministry, ofPurpose, { 'consents.loadPurpose': [] }), await ask(ministry, ofPartner, { 'partners.load': [] })]).toEqual([radius, radius, radius, refuse('NOT_FOUND'), refuse('NOT_FOUND')])
    expect([await ask({ ...shop, scopes: new Set() } as never, ofPartner), await ask(me, ofPartner)]).toEqual([refuse('NOT_PERMITTED', { field: 'scope consent' }), refuse('NOT_PERMITTED', { field: 'scope partner' })])
  })
})

describe('how sure one is of who logged in', () => {
  const need = { level: 'AAL2', maxAge: 300 } as never
  const achieved = (authentication: string, at: number) => ({ identity: 'IAL3', authentication, at }) as never
  test('the level, and not too long ago; a login of the future is none', () => {
    expect([shortOf(need, achieved('AAL2', now), now), shortOf(need, achieved('AAL3', now - 300 * second), now)]).toEqual([null, null])
    expect(shortOf(need, achieved('AAL1', now - 7 * second), now)).toMatchObject({ refused: true, code: 'ASSURANCE_TOO_LOW', field: 'AAL2', state: 'AAL1', stepUp: { needed: need, achieved: { levels: { identity: 'IAL3', authentication: 'AAL1' }, age: 7 } } })
    expect(shortOf(need, achieved('AAL2', now - 300 * second - 1), now)).toMatchObject({ stepUp: { achieved: { age: 300 } } })
    expect(shortOf(need, achieved('AAL2', now + 1), now)).toMatchObject({ refused: true })
    for (const none of [null, undefined]) expect(shortOf(need, none, now)).toMatchObject({ state: 'NONE', stepUp: { needed: need, achieved: null } })
  })

  test('each of both levels is reached', () => {
    const levels = (identity: string, authentication: string) => ({ identity, authentication }) as never
    expect([reaches(levels('IAL3', 'AAL3'), levels('IAL2', 'AAL3')), reaches(levels('IAL1', 'AAL3'), levels('IAL2', 'AAL1')), reaches(levels('IAL3', 'AAL1'), levels('IAL1', 'AAL2'))]).toEqual([true, false, false])
  })
})

describe('keys of a partner’s client', () => {
  const key = (kid: string, use: 'enc' | 'sig', registeredAt: number, retiresAt: number | null = null): PartnerKey => ({ kid, use, partner: bank, client: 'app', registeredAt, retiresAt }) as never
  test('what is encrypted goes to the newest key that holds', () => {
    const keys = [key('old', 'enc', now - 9), key('new', 'enc', now - 1), key('sig', 'sig', now), key('tomorrow', 'enc', now + 1), key('retired', 'enc', now, now)]
    expect([encryptionKeyFor(keys, now)?.kid, encryptionKeyFor(keys.toReversed(), now)?.kid, encryptionKeyFor([key('sig', 'sig', now)], now)]).toEqual(['new', 'new', null])
  })

  test('one key, or the address of all; what is neither is refused by its field', async () => {
    const register = async (input: object, more: Found = {}) => word(await registerKey(worldWith({ 'partnerKeys.ofClient': [[], []], 'partnerKeys.addressesOf': [[]], ...more }, null).world, shop, { jwk: null, jwksUri: null, idempotencyKey, ...input } as never))
    expect([await register({}), await register({ jwk: '{}', jwksUri: 'https://x.example' })]).toEqual(['MALFORMED_INPUT jwk', 'MALFORMED_INPUT jwksUri'])
    for (const bad of ['http://x.example', 'https://a@b.example', 'https://x.example/#k', `https://${'x'.repeat(501)}`, 'https:// x']) expect([bad, await register({ jwksUri: bad })]).toEqual([bad, 'MALFORMED_INPUT jwksUri'])
    expect(await register({ jwksUri: 'https://x.example/keys' })).toBe('GO')
    expect(await register({ jwksUri: 'https://x.example/keys' }, { 'partnerKeys.setAddress': [refuse('CONFLICT')] })).toBe('CONFLICT')
    expect([await register({ jwk: 'no json' }), await register({ jwk: '{"kty":"oct","k":"AA"}' })]).toEqual([expect.stringMatching(/^KEY_NOT_TAKEN jwk/), expect.stringMatching(/^KEY_NOT_TAKEN jwk/)])
  })

  test('the last key that a client proves itself with stays', async () => {
    const retire = async (keys: readonly PartnerKey[], kid = 'one') => word(await retireKey(worldWith({ 'partnerKeys.ofClient': [keys, keys], 'partnerKeys.addressesOf': [[]] }, null).world, shop, { kid, leaked: false, idempotencyKey }))
    expect([await retire([key('one', 'sig', now - 1)]), await retire([key('one', 'sig', now - 1), key('two', 'sig', now - 1)]), await retire([key('one', 'enc', now - 1)]), await retire([], 'none')]).toEqual([expect.stringMatching(/^KEY_NOT_TAKEN kid/), 'GO', 'GO', expect.stringMatching(/NOT_FOUND/)])
  })
})

describe('a passkey stands for a card for a while', () => {
  const login = { id: 'lgn_1', partner: bank, person, at: now, certificate: 'crt_1', assurance: { method: 'CARD' } }
  const certificate = { id: 'crt_1', state: 'VALID', expiresOn: today }
  const offer = async (over: object = {}, more: Found = {}, origin = 'https://shop.example') =>
    offerPasskey(worldWith({ 'partners.load': [standing], 'challenges.loadLogin': [{ ...login, ...over }], 'certificates.load': [certificate], 'passkeys.ofPerson': [[]], ...more }, null).world, shop, { login: 'lgn_1' as never, origin, idempotencyKey })

  test('offered after a login with the card, of now, at this partner', async () => {
    expect(await offer()).toMatchObject({ login: 'lgn_1', partner: bank, client: 'app', origin: 'https://shop.example', offeredAt: now, expiresAt: after(now, 5 * minute), state: 'OPEN' })
    expect([await offer({ partner: 'prt_2' }), await offer({}, { 'challenges.loadLogin': [] })]).toEqual(Array(2).fill(refuse('NOT_FOUND', { field: 'login' })))
    expect([word(await offer({ assurance: { method: 'PASSKEY' } })), word(await offer({ certificate: null })), word(await offer({ at: after(now, -5 * minute - 1) })), word(await offer({ at: after(now, -5 * minute) }))]).toEqual(['PASSKEY_NEEDS_CARD PASSKEY', 'PASSKEY_NEEDS_CARD CARD', 'PASSKEY_NEEDS_CARD CARD', 'GO'])
    for (const gone of [null, { ...certificate, state: 'HELD' }, { ...certificate, expiresOn: addDays(today, -1) }]) expect(word(await offer({}, { 'certificates.load': [gone] }))).toBe('CERTIFICATE_NOT_VALID certificate')
    expect([word(await offer({}, {}, 'http://shop.example')), word(await offer({}, { 'passkeys.offer': [refuse('CONFLICT')] }))]).toEqual(['MALFORMED_INPUT origin', 'CONFLICT'])
  })

  test('ten of one person at one partner', async () => {
    const of = (n: number, over: object = {}) => ({ 'passkeys.ofPerson': [Array.from({ length: n }, () => ({ partner: bank, state: 'ENROLLED', ...over }))] })
    expect([word(await offer({}, of(9))), word(await offer({}, of(10))), word(await offer({}, of(10, { partner: 'prt_2' }))), word(await offer({}, of(10, { state: 'REMOVED' })))]).toEqual(['GO', 'CONFLICT login', 'GO', 'GO'])
  })

  test('a page’s origin, and the name a passkey is bound to', () => {
    for (const good of ['https://shop.example', 'https://a.b-c.example:8443', 'http://localhost', 'http://localhost:3000']) expect([good, isOrigin(good)]).toEqual([good, true])
    for (const bad of ['http://shop.example', 'https://shop', 'https://shop.example/', 'https://Shop.example', 'https://shop.example:123456', 'https://-', `https://${'a'.repeat(200)}.example`, 'https://u@shop.example', 'xhttps://shop.example', 'https://shop.example\n']) expect([bad, isOrigin(bad)]).toEqual([bad, false])
    expect([rpIdOf('https://shop.example:8443'), rpIdOf('http://localhost:3000'), rpIdOf('https://shop.example')]).toEqual(['shop.example', 'localhost', 'shop.example'])
  })

  test('holds as its certificate does', () => {
    const state = (passkey: string, of: object | null) => stateOf({ state: passkey } as never, of as never, now)
    expect([state('ENROLLED', certificate), state('ENROLLED', { ...certificate, state: 'HELD' }), state('ENROLLED', { ...certificate, state: 'REVOKED' }), state('ENROLLED', { ...certificate, expiresOn: addDays(today, -1) }), state('ENROLLED', null), state('REMOVED', certificate)]).toEqual(['ACTIVE', 'SUSPENDED', 'ENDED', 'ENDED', 'ENDED', 'REMOVED'])
  })

  test('enrolled once, by the client it was offered to, in time; a flaw spends the offer', async () => {
    const open = { id: 'enr_1', login: 'lgn_1', partner: bank, client: 'app', origin: 'https://shop.example', challenge: new Uint8Array(32), state: 'OPEN', expiresAt: now }
    const enrol = async (over: object = {}, attested: object = { credential: new Uint8Array(1), publicKey: new Uint8Array(1), counter: 0 }, more: Found = {}) => {
      const { world, called } = worldWith({ 'partners.load': [standing], 'passkeys.loadEnrolment': [{ ...open, ...over }], 'challenges.loadLogin': [login], 'certificates.load': [certificate], 'webauthn.attested': [attested], ...more }, null)
      const result = await enrolPasskey(world, shop, { enrolment: 'enr_1' as never, credential: new Uint8Array(1), clientData: new Uint8Array(1), attestation: new Uint8Array(1), idempotencyKey })
      return { result, spent: called.get('passkeys.enrol')?.map(([act, id, passkey]) => [(act as { facts: object }).facts, id, passkey !== null]) }
    }
    expect(await enrol()).toMatchObject({ result: { partner: bank, person, certificate: 'crt_1', login: 'lgn_1', state: 'ENROLLED', enrolledAt: now, counter: 0 }, spent: [[{ valid: true }, 'enr_1', true]] })
    for (const over of [{ partner: 'prt_2' }, { client: 'web' }, { state: 'SPENT' }, { expiresAt: after(now, -1) }]) expect(await enrol(over)).toEqual({ result: refuse('CHALLENGE_SPENT'), spent: undefined })
    expect((await enrol({}, undefined, { 'passkeys.loadEnrolment': [] })).result).toEqual(refuse('CHALLENGE_SPENT'))
    expect(await enrol({}, { flaw: 'origin' })).toEqual({ result: refuse('PASSKEY_INVALID', { field: 'origin' }), spent: [[{ valid: false }, 'enr_1', false]] })
    expect([(await enrol({}, undefined, { 'passkeys.enrol': [refuse('CONFLICT')] })).result, (await enrol({}, undefined, { 'passkeys.enrol': [refuse('KEY_UNFIT')] })).result]).toEqual([refuse('CHALLENGE_SPENT'), refuse('KEY_UNFIT')])
    expect([(await enrol({}, undefined, { 'challenges.loadLogin': [] })).result, word((await enrol({}, undefined, { 'certificates.load': [] })).result)]).toEqual([refuse('NOT_FOUND'), 'CERTIFICATE_NOT_VALID certificate'])
  })

  test('taken away by its person, once', async () => {
    const remove = (state: string, stored: unknown = undefined) => removePasskey(worldWith({ 'passkeys.load': [{ id: 'pky_1', person, state }, { id: 'pky_1', person, state: 'REMOVED' }], 'passkeys.remove': [stored] }, null).world, me, { passkey: 'pky_1' as never, idempotencyKey })
    expect([await remove('ENROLLED'), await remove('REMOVED'), await remove('ENROLLED', refuse('CONFLICT'))]).toEqual([{ id: 'pky_1', person, state: 'REMOVED' }, refuse('WRONG_STATE', { state: 'REMOVED' }), refuse('CONFLICT')])
  })
})

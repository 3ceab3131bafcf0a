/**
 * The chain of consents over the real stores: extensions that show their delta, minors and their representatives (民法 第4条・
 * 第818条・第824条), questions that leave the items at home, releases to the partner's key, records that the gateway signs.
 */
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openRelease } from '../../client/release.ts'
import type { Citizen, Officer, Scope } from '../../core/law/actor.ts'
import { draftConsent, giveConsent, readConsent, readConsentRequest, withdrawConsent, type Consent, type ConsentChoice } from '../../core/law/consent/consent.ts'
import { readDelta } from '../../core/law/consent/delta.ts'
import { releaseFourInformation } from '../../core/law/consent/disclosure.ts'
import { releaseEncrypted } from '../../core/law/consent/encrypted.ts'
import { endRepresentation, ownRepresentations, recordRepresentation } from '../../core/law/consent/guardian.ts'
import type { ConsentItem } from '../../core/law/consent/item.ts'
import { answerPredicate } from '../../core/law/consent/predicate.ts'
import { endPurpose, registerPurpose, requestConsent, type RequestInput } from '../../core/law/consent/purpose.ts'
import { readRadius } from '../../core/law/consent/radius.ts'
import { readReceipt } from '../../core/law/consent/receipt.ts'
import { recordFor } from '../../core/law/consent/record.ts'
import { sealReceipts } from '../../core/law/consent/seal.ts'
import { newId, type PersonId } from '../../core/law/ids.ts'
import { registerKey } from '../../core/law/partner/key.ts'
import { completesAgeOn } from '../../core/law/person/person.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import { addDays, dayOf, endOf, legalDate, startOf } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { accessLog } from '../../db/tables/consents.ts'
import { encryptTo } from '../../functions/environment/encrypt.ts'
import { verifyReceipt } from '../../client/receipt.ts'
import { signerNamed, testWorld, type TestWorld } from '../harness/world.ts'
import { holder, key, partner, sha256, signText, type Holder } from '../law/holder.ts'
import { actOf, ok, outcome } from '../db/rows.ts'

const all: Scope[] = ['consent', 'four_info:name', 'four_info:address', 'four_info:birth_date', 'four_info:sex', 'predicate:is_adult', 'predicate:lives_in_municipality']
const bank = partner(seededPartnerIds.bank, ...all)
const another = partner(seededPartnerIds.platform, ...all)
let world: TestWorld
let hanako: Holder
beforeEach(async () => {
  world = await testWorld()
  hanako = await holder(world)
})
afterEach(() => world.close())

const purposeOf = async (items: readonly ConsentItem[] = ['name', 'address', 'birthDate', 'isAdult', 'livesInMunicipality'], over: Partial<Parameters<typeof registerPurpose>[2]> = {}) =>
  ok(await registerPurpose(world, bank, { name: '口座', textJa: '口座のため', textEn: 'For the account', items, until: null, minors: 'from-15', idempotencyKey: key(), ...over }))
const asking = (over: Partial<RequestInput>) => requestConsent(world, bank, { purpose: 'pur_0' as never, action: 'CREATE', grant: null, required: [], optional: [], municipality: null, idempotencyKey: key(), ...over })
async function give(choice: ConsentChoice, by: Holder = hanako): Promise<Result<Consent>> {
  const text = await draftConsent(world, by.actor, choice)
  return isRefusal(text) ? text : giveConsent(world, by.actor, { ...choice, certificate: by.signature.der, signature: signText(by.keys.signature, text), idempotencyKey: key() }, sha256)
}
const given = async (items: readonly ConsentItem[], over: Partial<RequestInput> = {}): Promise<Consent> => {
  const request = ok(await asking({ purpose: (await purposeOf()).id, required: items, ...over }))
  return ok(await give({ request: request.id, items, chosenUntil: null }))
}
const released = (consent: Consent, client = bank) => releaseFourInformation(world, client, { consent: consent.id, requestId: 'r' })
const day = () => dayOf(world.clock.now())

describe('what would end before it begins', () => {
  test('is not offered to be signed: a last day that is over, chosen or of the purpose', async () => {
    const next = { ...world, settings: { ...world.settings, consentStart: 'next-day' as const } }
    const today = day()
    const [open, closing] = [await purposeOf(['name']), await purposeOf(['name'], { name: '本日まで', until: today })]
    const [request, late] = [ok(await asking({ purpose: open.id, required: ['name'] })), ok(await asking({ purpose: closing.id, required: ['name'] }))]
    expect(await draftConsent(next, hanako.actor, { request: request.id, items: ['name'], chosenUntil: today })).toMatchObject({ code: 'MALFORMED_INPUT', field: 'chosenUntil' })
    expect(await draftConsent(next, hanako.actor, { request: late.id, items: ['name'], chosenUntil: null })).toMatchObject({ code: 'PURPOSE_NOT_REGISTERED' })
    expect(typeof (await draftConsent(next, hanako.actor, { request: request.id, items: ['name'], chosenUntil: addDays(today, 1) }))).toBe('string')
    // The request outlives the last day of its purpose.
    world.clock.set(startOf(addDays(today, 1)))
    expect(await draftConsent(world, hanako.actor, { request: late.id, items: ['name'], chosenUntil: null })).toMatchObject({ code: 'PURPOSE_NOT_REGISTERED' })
  })

  test('nor is anything given under a purpose that ended while the card signed', async () => {
    const purpose = await purposeOf(['name'])
    const request = ok(await asking({ purpose: purpose.id, required: ['name'] }))
    const ending = { ...world, consents: { ...world.consents, give: async (...given: Parameters<typeof world.consents.give>) => {
      ok(await endPurpose(world, bank, { purpose: purpose.id, consents: 0, idempotencyKey: key() }))
      return world.consents.give(...given)
    } } }
    const choice = { request: request.id, items: ['name'] as const, chosenUntil: null }
    const signature = signText(hanako.keys.signature, ok(await draftConsent(world, hanako.actor, choice)))
    expect(outcome(await giveConsent(ending, hanako.actor, { ...choice, certificate: hanako.signature.der, signature, idempotencyKey: key() }, sha256))).toBe('CONFLICT')
    expect(await world.consents.ofPerson(hanako.actor.person)).toEqual([])
  })
})

describe('the partner’s standing at the instant of giving', () => {
  const purposed = async () => ok(await asking({ purpose: (await purposeOf(['name'])).id, required: ['name'] }))
  const suspend = async () => ok(await world.standings.suspend(actOf(world, 'partner.suspend'), seededPartnerIds.platform, true))

  test('a suspended one, or one whose platform is, is given nothing, and nothing is offered to be signed', async () => {
    const request = await purposed()
    await suspend()
    expect(await draftConsent(world, hanako.actor, { request: request.id, items: ['name'], chosenUntil: null })).toMatchObject({ code: 'PARTNER_NOT_IN_STANDING' })
  })

  test('one that is suspended while the card signs is refused by the store itself, and the request stays open', async () => {
    const request = await purposed()
    const choice = { request: request.id, items: ['name'] as const, chosenUntil: null }
    const signature = signText(hanako.keys.signature, ok(await draftConsent(world, hanako.actor, choice)))
    const meanwhile = { ...world, consents: { ...world.consents, give: async (...given: Parameters<typeof world.consents.give>) => {
      await suspend()
      return world.consents.give(...given)
    } } }
    expect(outcome(await giveConsent(meanwhile, hanako.actor, { ...choice, certificate: hanako.signature.der, signature, idempotencyKey: key() }, sha256))).toBe('PARTNER_NOT_IN_STANDING')
    expect([(await world.consents.loadRequest(request.id))!.state, await world.consents.ofPerson(hanako.actor.person)]).toEqual(['OPEN', []])
  })
})

describe('an extension', () => {
  test('MERGE shows what is new alone, keeps the rest, and takes the place of the consent it extends', async () => {
    const purpose = await purposeOf()
    const first = ok(await give({ request: ok(await asking({ purpose: purpose.id, required: ['name'] })).id, items: ['name'], chosenUntil: addDays(day(), 30) }))
    world.clock.advance(1000)
    const request = ok(await asking({ purpose: purpose.id, action: 'MERGE', grant: first.id, required: ['address'] }))
    const choice: ConsentChoice = { request: request.id, items: ['address'], chosenUntil: null }
    expect(ok(await readDelta(world, hanako.actor, choice))).toEqual({
      action: 'MERGE', replaces: first.id, added: ['address'], kept: ['name'], dropped: [], untilBefore: endOf(addDays(day(), 30)), untilAfter: endOf(legalDate('2036-04-01')), limitedBy: 'TEN_YEARS',
    })
    const second = ok(await give(choice))
    expect(second).toMatchObject({ items: ['name', 'address'], grant: first.id, replaces: first.id, limitedBy: 'TEN_YEARS' })
    expect(JSON.parse(second.document)).toMatchObject({ action: 'MERGE', replaces: first.id, added: ['address'], dropped: [], items: ['name', 'address'] })
    expect(await world.consents.load(first.id)).toMatchObject({ state: 'REPLACED', withdrawnAt: world.clock.now() })
    expect([outcome(await released(first)), ok(await released(second)).values]).toEqual(['CONSENT_NOT_IN_FORCE', { name: '青空　花子', address: '東京都清瀬市見本町一丁目2番地の3' }])
    // Any consent of the grant names it.
    const third = ok(await asking({ purpose: purpose.id, action: 'REPLACE', grant: first.id, required: ['birthDate'] }))
    expect(ok(await readDelta(world, hanako.actor, { request: third.id, items: ['birthDate'], chosenUntil: addDays(day(), 9) }))).toMatchObject({ added: ['birthDate'], kept: [], dropped: ['name', 'address'], untilAfter: endOf(addDays(day(), 9)), limitedBy: 'CHOSEN' })
    expect(ok(await give({ request: third.id, items: ['birthDate'], chosenUntil: null }))).toMatchObject({ items: ['birthDate'], grant: first.id, replaces: second.id })
  })

  test('is there for the person who gave the consent, and for nobody else', async () => {
    const first = await given(['name'])
    const taro = await holder(world, 'taro', true)
    const request = ok(await asking({ purpose: first.purpose, action: 'MERGE', grant: first.id, required: ['address'] }))
    expect(outcome(await readConsentRequest(world, taro.actor, request.id))).toBe('NOT_FOUND')
    expect(outcome(await give({ request: request.id, items: ['address'], chosenUntil: null }, taro))).toBe('NOT_FOUND')
    expect(outcome(await readConsentRequest(world, hanako.actor, request.id))).toBe('OK')
  })

  test.each([
    ['of nothing', { action: 'MERGE', grant: null }, 'MALFORMED_INPUT'], ['of something, and new', { action: 'CREATE' }, 'MALFORMED_INPUT'], ['by what is given already', { action: 'MERGE', required: ['name'] }, 'MALFORMED_INPUT'],
    ['of what is not there', { action: 'MERGE', grant: 'cns_0' }, 'CONSENT_NOT_IN_FORCE'],
  ] as const)('%s is refused', async (_, over, code) => {
    const first = await given(['name'])
    expect(outcome(await asking({ purpose: first.purpose, grant: first.id, required: ['address'], ...(over as Partial<RequestInput>) }))).toBe(code)
  })

  test('needs a consent in force, of this partner, under a text of the same name that covers what is kept', async () => {
    const first = await given(['name', 'birthDate'])
    const merge = (purpose: Consent['purpose'], required: readonly ConsentItem[] = ['address']) => asking({ purpose, action: 'MERGE', grant: first.id, required })
    expect(outcome(await merge((await purposeOf(['address'], { name: '別の目的' })).id))).toBe('PURPOSE_NOT_REGISTERED')
    expect(outcome(await merge((await purposeOf(['address', 'name'])).id))).toBe('PURPOSE_NOT_REGISTERED')
    const theirs = ok(await registerPurpose(world, another, { name: '口座', textJa: 'x', textEn: 'x', items: ['address'], until: null, minors: 'from-15', idempotencyKey: key() }))
    expect(outcome(await requestConsent(world, another, { purpose: theirs.id, action: 'MERGE', grant: first.id, required: ['address'], optional: [], municipality: null, idempotencyKey: key() }))).toBe(outcome(await asking({ purpose: first.purpose, action: 'MERGE', grant: 'cns_0' as never, required: ['address'] })))
    const open = ok(await merge(first.purpose))
    ok(await withdrawConsent(world, hanako.actor, { consent: first.id, idempotencyKey: key() }))
    expect(outcome(await merge(first.purpose))).toBe('CONSENT_NOT_IN_FORCE')
    expect(outcome(await give({ request: open.id, items: ['address'], chosenUntil: null }))).toBe('WRONG_STATE')
  })

  test('of two that meet, one takes the place and the other finds it taken', async () => {
    const first = await given(['name'])
    const choices = await Promise.all((['address', 'birthDate'] as const).map(async (item) => ({ request: ok(await asking({ purpose: first.purpose, action: 'MERGE', grant: first.id, required: [item] })).id, items: [item], chosenUntil: null })))
    const texts = await Promise.all(choices.map((choice) => draftConsent(world, hanako.actor, choice).then(ok)))
    const outcomes = await Promise.all(choices.map((choice, i) => giveConsent(world, hanako.actor, { ...choice, certificate: hanako.signature.der, signature: signText(hanako.keys.signature, texts[i]!), idempotencyKey: key() }, sha256).then(outcome)))
    expect(outcomes.toSorted()).toEqual(['CONFLICT', 'OK'])
    expect((await world.consents.ofPerson(hanako.actor.person)).map((c) => c.state).toSorted()).toEqual(['IN_FORCE', 'REPLACED'])
  })
})

describe('how much would end', () => {
  const minister: Officer = { kind: 'officer', officer: newId('officer', 0 as never, { bytes: (n) => new Uint8Array(n) }), role: 'ministry', municipality: null, scopes: new Set<Scope>(['partner']) } as Officer
  test('a purpose, a partner, the platform it stands on, the authority: each holds what is below', async () => {
    const consent = await given(['name'])
    ok(await asking({ purpose: consent.purpose, required: ['name'] }))
    const one = { purposes: 1, openRequests: 1, consents: 1, persons: 1, webhooks: 0, links: 0, passkeys: 0 }
    expect(ok(await readRadius(world, bank, { purpose: consent.purpose }))).toEqual({ partners: 0, ...one })
    expect(ok(await readRadius(world, bank, { partner: bank.partner }))).toEqual({ partners: 1, ...one })
    expect(ok(await readRadius(world, minister, { partner: seededPartnerIds.platform }))).toMatchObject({ ...one, partners: expect.toSatisfy((n: number) => n >= 2) as number })
    expect(ok(await readRadius(world, minister, { authority: 'signature-verifier' }))).toMatchObject(one)
    expect(ok(await readRadius(world, minister, { authority: 'authentication-verifier' }))).toMatchObject({ partners: expect.any(Number) as number })
    for (const no of [await readRadius(world, another, { purpose: consent.purpose }), await readRadius(world, another, { partner: bank.partner }), await readRadius(world, bank, { authority: 'signature-verifier' }), await readRadius(world, minister, { partner: 'ptn_0' as never })]) expect(outcome(no)).toBe('NOT_FOUND')
    expect(outcome(await readRadius(world, hanako.actor, { purpose: consent.purpose }))).toBe('NOT_PERMITTED')
    ok(await endPurpose(world, bank, { purpose: consent.purpose, consents: 1, idempotencyKey: key() }))
    expect(ok(await readRadius(world, bank, { purpose: consent.purpose }))).toMatchObject({ purposes: 0, consents: 0, persons: 0 })
  })
})

describe('minors (民法 第818条・第824条)', () => {
  let child: PersonId
  let officer: Officer
  beforeEach(() => {
    const { person, resident } = world.persona('kenta')
    child = person
    officer = { kind: 'officer', officer: 'ofc_00000000000000000000000009' as never, role: 'municipal', municipality: resident.municipality, scopes: new Set<Scope>(['register']) } as Officer
  })
  const record = (representative = hanako.actor.person) => recordRepresentation(world, officer, { person: child, representative, kind: 'parental-authority', idempotencyKey: key() })
  const forChild = async (minors: 'refused' | 'from-15' | 'represented', items: readonly ConsentItem[] = ['name']) => ({ request: ok(await asking({ purpose: (await purposeOf(undefined, { minors })).id, required: items, ...(items.includes('livesInMunicipality') ? { municipality: world.persona('kenta').resident.municipality } : {}) })).id, items, chosenUntil: null, person: child })

  test('the representative consents with the own card, until the child is fifteen, and says so in what is signed', async () => {
    ok(await record())
    const consent = ok(await give(await forChild('represented', ['name', 'birthDate', 'isAdult'])))
    const { birthDate } = world.persona('kenta').resident.items
    expect(consent).toMatchObject({ person: child, givenBy: hanako.actor.person, certificate: hanako.signature.id, limitedBy: 'COMING_OF_AGE', until: endOf(completesAgeOn(birthDate, 15)) })
    expect(consent.document).toContain('法定代理人')
    expect(consent.document).not.toContain(child)
    // No certificate of the child exists: the record answers, and says so.
    expect(ok(await released(consent))).toMatchObject({ source: 'RESIDENT_RECORD', freshness: 'CURRENT', values: { name: world.persona('kenta').resident.items.name, birthDate } })
    world.clock.advance(1000)
    expect(ok(await answerPredicate(world, bank, { consent: consent.id, requestId: 'q', predicate: 'isAdult', municipality: null }))).toMatchObject({ holds: false, source: 'RESIDENT_RECORD' })
    expect((await world.releases.ofPerson(child, 9)).map((e) => e.items)).toEqual([['isAdult'], ['name', 'birthDate']])
    expect(ok(await ownRepresentations(world, hanako.actor)).map((r) => r.person)).toEqual([child])
  })

  test('ageing in: on the day it is fifteen the consent is over, the representative sees nothing any more, the person does', async () => {
    ok(await record())
    const consent = ok(await give(await forChild('represented')))
    const last = completesAgeOn(world.persona('kenta').resident.items.birthDate, 15)
    const self: Citizen = { kind: 'citizen', person: child, scopes: new Set<Scope>(['me']) }
    world.clock.set(endOf(last))
    expect([outcome(await readConsent(world, hanako.actor, consent.id)), outcome(await readConsent(world, self, consent.id))]).toEqual(['OK', 'OK'])
    world.clock.set(startOf(addDays(last, 1)))
    expect([outcome(await released(consent)), outcome(await readConsent(world, hanako.actor, consent.id)), outcome(await readConsent(world, self, consent.id))]).toEqual([expect.stringMatching(/PARTNER_NOT_IN_STANDING|CONSENT_NOT_IN_FORCE/) as string, 'NOT_FOUND', 'OK'])
    expect(ok(await ownRepresentations(world, hanako.actor))).toEqual([])
  })

  test('the representative withdraws for the child, and a partner’s extension is refused', async () => {
    ok(await record())
    const consent = ok(await give(await forChild('represented')))
    const more = ok(await asking({ purpose: consent.purpose, action: 'MERGE', grant: consent.id, required: ['address'] }))
    expect(await give({ request: more.id, items: ['address'], chosenUntil: null, person: child })).toMatchObject({ code: 'MINORS_NOT_TAKEN', field: 'action' })
    ok(await withdrawConsent(world, hanako.actor, { consent: consent.id, idempotencyKey: key() }))
    expect(outcome(await released(consent))).toBe('CONSENT_NOT_IN_FORCE')
  })

  test.each([['refused', 'MINORS_NOT_TAKEN'], ['from-15', 'MINORS_NOT_TAKEN']] as const)('a purpose that says %s takes nobody under fifteen', async (minors, code) => {
    ok(await record())
    expect(outcome(await give(await forChild(minors)))).toBe(code)
  })

  test('what a representative may consent to is a setting', async () => {
    ok(await record())
    const narrow = { ...world, settings: { ...world.settings, minors: { alone: 15, represented: ['isAdult'] as ConsentItem[] } } }
    expect(outcome(await draftConsent(narrow, hanako.actor, await forChild('represented', ['name'])))).toBe('MINORS_NOT_TAKEN')
    expect(outcome(await draftConsent(narrow, hanako.actor, await forChild('represented', ['isAdult'])))).toBe('OK')
  })

  test('whoever represents nobody, or no more, looks like a stranger', async () => {
    expect(outcome(await give(await forChild('represented')))).toBe('NOT_FOUND')
    ok(await record())
    const consent = ok(await give(await forChild('represented')))
    ok(await endRepresentation(world, officer, { person: child, representative: hanako.actor.person, idempotencyKey: key() }))
    expect([outcome(await give(await forChild('represented'))), outcome(await readConsent(world, hanako.actor, consent.id)), outcome(await endRepresentation(world, officer, { person: child, representative: hanako.actor.person, idempotencyKey: key() }))]).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'])
  })

  test('a child cannot consent alone; from fifteen on a person can, where the purpose takes it', async () => {
    const self: Citizen = { kind: 'citizen', person: child, scopes: new Set<Scope>(['me']) }
    const choice = async (minors: 'refused' | 'from-15') => ({ ...(await forChild(minors)), person: null })
    expect(outcome(await draftConsent(world, self, await choice('from-15')))).toBe('REPRESENTATIVE_NEEDED')
    const at = (age: number) => ({ ...world, clock: { now: () => startOf(addDays(completesAgeOn(world.persona('kenta').resident.items.birthDate, age), 1)) } })
    for (const [age, minors, code] of [[15, 'from-15', 'OK'], [17, 'from-15', 'OK'], [17, 'refused', 'MINORS_NOT_TAKEN'], [18, 'refused', 'OK']] as const) {
      const later = at(age)
      const request = { ...(ok(await asking({ purpose: (await purposeOf(undefined, { minors })).id, required: ['name'] }))), expiresAt: later.clock.now(), requestedAt: later.clock.now() }
      const draft = await draftConsent({ ...later, partners: { load: async (id) => ({ ...(await world.partners.load(id))!, standings: [{ role: 'signature-verifier', basis: '法第17条第1項', through: null, from: legalDate('1990-01-01'), until: legalDate('2099-01-01'), suspended: false }] }) }, consents: { ...world.consents, loadRequest: async () => request } }, self, { request: request.id, items: ['name'], chosenUntil: null })
      expect([age, minors, outcome(draft)]).toEqual([age, minors, code])
    }
  })

  test('only the municipality of the minor records, of minors only, adults only, once', async () => {
    const elsewhere: Officer = { ...officer, municipality: '011002' as never }
    expect(outcome(await recordRepresentation(world, elsewhere, { person: child, representative: hanako.actor.person, kind: 'parental-authority', idempotencyKey: key() }))).toBe('NOT_PERMITTED')
    expect(outcome(await record(child))).toBe('NOT_FOUND')
    expect(outcome(await recordRepresentation(world, { ...officer, municipality: world.persona('hanako').resident.municipality } as Officer, { person: hanako.actor.person, representative: world.persona('taro').person, kind: 'guardian-of-minor', idempotencyKey: key() }))).toBe('WRONG_STATE')
    ok(await record())
    expect(outcome(await record())).toBe('CONFLICT')
  })
})

describe('questions that leave the items at home', () => {
  const home = () => world.persona('hanako').resident.municipality!
  const ask = (consent: string, predicate: 'isAdult' | 'livesInMunicipality', municipality: string | null, client = bank) => answerPredicate(world, client, { consent, requestId: 'q', predicate, municipality: municipality as never })

  test('are consented to by their own name and answered with yes or no; no value leaves, none is logged', async () => {
    const consent = await given(['isAdult', 'livesInMunicipality'], { municipality: home() })
    expect(JSON.parse(consent.document)).toMatchObject({ items: ['isAdult', 'livesInMunicipality'], municipality: home() })
    const adult = ok(await ask(consent.id, 'isAdult', null))
    expect(adult).toMatchObject({ holds: true, source: 'CERTIFICATE', freshness: 'CURRENT' })
    expect(JSON.stringify(adult)).not.toMatch(/花子|清瀬市|1990-04-15/)
    world.clock.advance(1000)
    expect(ok(await ask(consent.id, 'livesInMunicipality', home())).holds).toBe(true)
    expect((await world.releases.ofPerson(hanako.actor.person, 9)).map((e) => [e.outcome, e.items])).toEqual([['RELEASED', ['livesInMunicipality']], ['RELEASED', ['isAdult']]])
    expect(JSON.stringify(await world.db.execute(sql`select * from access_log`))).not.toMatch(/花子|清瀬市|1990-04-15/)
    // The items themselves were not consented to.
    expect(outcome(await released(consent))).toBe('CONSENT_NOT_IN_FORCE')
  })

  test('no other municipality than the one consented to can be asked about', async () => {
    const consent = await given(['livesInMunicipality'], { municipality: home() })
    for (const other of ['011002', '131016', null]) expect(outcome(await ask(consent.id, 'livesInMunicipality', other))).toBe('CONSENT_NOT_IN_FORCE')
    const elsewhere = await given(['livesInMunicipality'], { municipality: '131016' as never }).catch((error: unknown) => error)
    expect(elsewhere instanceof Error ? elsewhere.message : ok(await ask((elsewhere as Consent).id, 'livesInMunicipality', '131016')).holds).toSatisfy((x: unknown) => x === false || /municipality/.test(String(x)))
  })

  test('an item does not answer a question, a question no other, and each needs its scope', async () => {
    const items = await given(['birthDate', 'address'])
    expect([outcome(await ask(items.id, 'isAdult', null)), outcome(await ask(items.id, 'livesInMunicipality', home()))]).toEqual(['CONSENT_NOT_IN_FORCE', 'CONSENT_NOT_IN_FORCE'])
    const adult = await given(['isAdult'])
    expect(outcome(await ask(adult.id, 'livesInMunicipality', home()))).toBe('CONSENT_NOT_IN_FORCE')
    expect(await ask(adult.id, 'isAdult', null, partner(seededPartnerIds.bank, 'consent', 'four_info:birth_date'))).toMatchObject({ code: 'NOT_PERMITTED', field: 'scope predicate:is_adult' })
    expect(outcome(await ask(adult.id, 'isAdult', null, another))).toBe('CONSENT_NOT_IN_FORCE')
  })

  test.each([[['livesInMunicipality'], null], [['name'], '132217']] as const)('a municipality is named where, and only where, it is asked about: %j %s', async (required, municipality) => {
    expect(await asking({ purpose: (await purposeOf()).id, required, municipality: municipality as never })).toMatchObject({ code: 'MALFORMED_INPUT', field: 'municipality' })
  })

  test('the day one is of age (民法 第4条), from its first moment', async () => {
    const consent = await given(['isAdult'])
    const last = completesAgeOn(world.persona('hanako').resident.items.birthDate, 18)
    const standing = { role: 'signature-verifier', basis: '法第17条第1項', through: null, from: legalDate('1990-01-01'), until: legalDate('2099-01-01'), suspended: false } as const
    const look = async () => ({ partner: { ...(await world.partners.load(bank.partner))!, standings: [standing] }, consent: { ...consent, from: 0 as never }, certificate: hanako.signature })
    const on = async (at: number) => ok(await answerPredicate({ ...world, clock: { now: () => at as never }, releases: { ...world.releases, look, release: async () => ({ ...hanako.signature.items!, municipality: home() }) } }, bank, { consent: consent.id, requestId: 'q', predicate: 'isAdult', municipality: null })).holds
    expect([await on(endOf(last)), await on(startOf(addDays(last, 1)))]).toEqual([false, true])
  })
})

describe('released to the partner’s key', () => {
  const keyOf = async (alg: 'ECDH-ES' | 'RSA-OAEP-256', kid: string): Promise<{ readonly own: JWK; readonly shown: string }> => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, crv: 'P-256' })
    return { own: { ...(await exportJWK(privateKey)), alg }, shown: JSON.stringify({ ...(await exportJWK(publicKey)), alg, kid, use: 'enc' }) }
  }
  test.each(['ECDH-ES', 'RSA-OAEP-256'] as const)('%s: only the partner opens it, and it holds exactly the consented items', async (alg) => {
    const consent = await given(['name', 'isAdult'])
    const { own, shown } = await keyOf(alg, 'k1')
    ok(await registerKey(world, bank, { jwk: shown, jwksUri: null, idempotencyKey: key() }))
    const answer = ok(await releaseEncrypted(world, bank, { consent: consent.id, requestId: 'e' }, encryptTo))
    expect(JSON.stringify(answer)).not.toMatch(/花子/)
    expect(answer).toMatchObject({ kid: 'k1', entry: { items: ['name'], outcome: 'RELEASED' } })
    expect(await openRelease(answer.jwe, own)).toEqual({ release: answer.entry.id, consent: consent.id, items: ['name'], values: { name: '青空　花子' }, freshness: 'CURRENT', asOf: expect.stringMatching(/Z$/) as string, source: 'CERTIFICATE', facts: [{ item: 'name', asOf: expect.stringMatching(/Z$/) as string, source: 'CERTIFICATE', checkedBy: 'REGISTER', checkedAt: expect.stringMatching(/Z$/) as string, sourceUpdatedAt: expect.stringMatching(/Z$/) as string }] })
    await expect(openRelease(answer.jwe, (await keyOf(alg, 'x')).own)).rejects.toThrow()
    await expect(openRelease(`${answer.jwe.slice(0, -2)}AA`, own)).rejects.toThrow()
    expect(await world.db.$count(accessLog, eq(accessLog.requestId, 'e'))).toBe(1)
  })

  test('without a key nothing is read, and the person sees that it was asked', async () => {
    const consent = await given(['name'])
    expect(outcome(await releaseEncrypted({ ...world, releases: { ...world.releases, release: () => Promise.reject(new Error('read')) } }, bank, { consent: consent.id, requestId: 'e' }, encryptTo))).toBe('NO_ENCRYPTION_KEY')
    expect((await world.releases.ofPerson(hanako.actor.person, 1))[0]).toMatchObject({ outcome: 'NO_ENCRYPTION_KEY', requestId: 'e' })
    // Nor does it tell whether a consent is there.
    expect(outcome(await releaseEncrypted(world, bank, { consent: 'cns_0', requestId: 'e' }, encryptTo))).toBe('CONSENT_NOT_IN_FORCE')
  })
})

describe('the gateway’s signature', () => {
  const signer = signerNamed('card-orders')
  const seal = (over: { limit?: number; sign?: typeof signer.sign } = {}) => sealReceipts({ clock: world.clock, seals: world.seals, receiptSigner: { ...signer, ...(over.sign === undefined ? {} : { sign: over.sign }) } }, (consent, event) => recordFor(world, consent, event), over.limit ?? 10)
  const trust = () => ({ authorities: [world.authorities.current('signature').certificate.der], gateway: [signer.spki] })

  test('one for the giving, one for the end; the receipt is that of how it stands', async () => {
    const consent = await given(['name'])
    expect(ok(await readReceipt(world, hanako.actor, consent.id)).sealed).toBe(false)
    expect([await seal(), await seal()]).toEqual([1, 0])
    const receipt = ok(await readReceipt(world, hanako.actor, consent.id))
    expect(receipt.sealed).toBe(true)
    expect(verifyReceipt(receipt.text, trust()).checks.filter((c) => !c.passed)).toEqual([])
    expect(verifyReceipt(ok(await readReceipt(world, bank, consent.id)).text, trust()).valid).toBe(true)
    ok(await withdrawConsent(world, bank, { consent: consent.id, idempotencyKey: key() }))
    expect(ok(await readReceipt(world, hanako.actor, consent.id)).sealed).toBe(false)
    expect(await seal()).toBe(1)
    const ended = ok(await readReceipt(world, hanako.actor, consent.id)).text
    expect([verifyReceipt(ended, trust()).valid, (JSON.parse(ended) as { record: { event: unknown[] } }).record.event]).toEqual([true, [expect.objectContaining({ state: 'given' }), expect.objectContaining({ state: 'withdrawn' })]])
    // What was signed first stays good.
    expect(verifyReceipt(receipt.text, trust()).valid).toBe(true)
  })

  test('what is asked of the key was written down first, and a round that dies is gone on with over the same text', async () => {
    const consent = await given(['name'])
    const asked: string[] = []
    await expect(seal({ sign: async (tbs) => { asked.push(Buffer.from(tbs).toString()); throw new Error('away') } })).rejects.toThrow('away')
    expect((await world.seals.of(consent.id)).map((s) => [s.record === asked[0], s.signature])).toEqual([[true, null]])
    expect(await seal({ sign: async (tbs) => { asked.push(Buffer.from(tbs).toString()); return signer.sign(tbs) } })).toBe(1)
    expect(new Set(asked).size).toBe(1)
    const [tally] = (await world.ledger.tally(0 as never)).filter((t) => t.key === 'receipt')
    expect(tally).toMatchObject({ stored: 1 })
  })

  test('given and ended between two rounds: both are signed, each as it was', async () => {
    const consent = await given(['name'])
    ok(await withdrawConsent(world, hanako.actor, { consent: consent.id, idempotencyKey: key() }))
    expect(await seal()).toBe(2)
    expect((await world.seals.of(consent.id)).toSorted((a, b) => (a.event < b.event ? 1 : -1)).map((s) => [s.event, (JSON.parse(s.record) as { event: unknown[] }).event.length])).toEqual([['given', 1], ['ended', 2]])
  })

  test('no record holds a value of the person', async () => {
    const consent = await given(['name', 'address', 'birthDate'])
    await seal()
    const [s] = await world.seals.of(consent.id)
    for (const value of ['花子', '清瀬市', '1990-04-15', Buffer.from('清瀬市').toString('hex').toUpperCase()]) expect(s!.record).not.toContain(value)
  })
})

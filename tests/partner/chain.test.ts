/** The chain of consents over the real stores: what is offered to be signed, by whom, and extensions that show their delta. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Officer, Scope } from '../../core/law/actor.ts'
import { draftConsent, giveConsent, readConsentRequest, withdrawConsent, type Consent, type ConsentChoice } from '../../core/law/consent/consent.ts'
import { readDelta } from '../../core/law/consent/delta.ts'
import type { ConsentItem } from '../../core/law/consent/item.ts'
import { endPurpose, registerPurpose, requestConsent, type RequestInput } from '../../core/law/consent/purpose.ts'
import { readRadius } from '../../core/law/consent/radius.ts'
import { newId } from '../../core/law/ids.ts'
import { addDays, endOf, legalDate, startOf } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { holder, key, sha256, signText } from '../law/holder.ts'
import { actOf, ok, outcome } from '../db/rows.ts'
import { another, asking, bank, closeScene, day, give, given, hanako, openScene, purposeOf, released, world } from './chain-scene.ts'

beforeEach(openScene)
afterEach(closeScene)

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

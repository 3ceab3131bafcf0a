/**
 * What a partner may know of what it holds, without a value (公的個人認証法 第18条第3項・第19条第5項, 施行規則 第35条の2): each
 * state by its rule, and over the real stores by what the partner saw.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Actor, Scope } from '../../core/law/actor.ts'
import { certificateStatus } from '../../core/law/certificate/linking.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { draftConsent, giveConsent, withdrawConsent, type Consent } from '../../core/law/consent/consent.ts'
import { releaseFourInformation } from '../../core/law/consent/disclosure.ts'
import { freshnessOf, readFreshness, type Facts, type Freshness } from '../../core/law/consent/freshness.ts'
import { registerPurpose, requestConsent } from '../../core/law/consent/purpose.ts'
import { newId } from '../../core/law/ids.ts'
import { addDays, endOf, instant, legalDate, startOf, type Instant } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { deliveries, webhooks } from '../../db/tables/webhooks.ts'
import { actOf, ok, outcome } from '../db/rows.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { certified, holder, key, newKey, partner, sha256, signText, type Holder } from '../law/holder.ts'

describe('the rule', () => {
  const day = legalDate('2026-06-15')
  const noon = instant(startOf(day) + 12 * 3_600_000)
  const running = { state: 'IN_FORCE', from: startOf(addDays(day, -100)), until: endOf(addDays(day, 100)) } as const
  const [old, next] = [{ id: 'crt_old', state: 'VALID', expiresOn: addDays(day, 50) }, { id: 'crt_new', state: 'VALID' }] as never as [NonNullable<Facts['held']>, NonNullable<Facts['live']>]
  const lapsed = { ...old, state: 'REVOKED' } as NonNullable<Facts['held']>
  const facts = (over: Partial<Facts>): Facts => ({ consent: running, held: old, seen: false, live: old, ...over })
  test.each<[Freshness, string, string, Facts]>([
    ['CURRENT', '第18条第3項', 'the certificate is in force', facts({})],
    ['CURRENT', '第18条第3項', 'on its last day too', facts({ held: { ...old, expiresOn: day } })],
    ['CHANGED', '第18条第3項', 'lapsed, seen, and another is in force', facts({ held: lapsed, seen: true, live: next })],
    ['CHANGED', '第18条第3項', 'its period has run out: that is seen on itself', facts({ held: { ...old, expiresOn: addDays(day, -1) }, live: next })],
    ['AWAITING_NEW_CERTIFICATE', '第18条第3項', 'lapsed, seen, and none is in force', facts({ held: lapsed, seen: true, live: null })],
    ['AWAITING_NEW_CERTIFICATE', '第18条第3項', 'the next one is stopped for a time', facts({ held: lapsed, seen: true, live: { ...next, state: 'SUSPENDED' } as never })],
    ['AWAITING_NEW_CERTIFICATE', '第18条第3項', 'run out, and none is in force', facts({ held: { ...old, expiresOn: addDays(day, -1) }, live: null })],
    ['UNKNOWN_STALE', '第18条第3項', 'lapsed, not seen, though another is in force', facts({ held: lapsed, live: next })],
    ['UNKNOWN_STALE', '第18条第3項', 'lapsed, not seen, and none is in force: the same', facts({ held: lapsed, live: null })],
    ['UNKNOWN_STALE', '第19条第5項', 'stopped for a time is not lapsed', facts({ held: { ...old, state: 'SUSPENDED' } as never, seen: true, live: { ...old, state: 'SUSPENDED' } as never })],
    ['UNKNOWN_STALE', '第19条第5項', 'there is no certificate to look at', facts({ held: null, live: null })],
    ['UNKNOWN_STALE', '施行規則 第35条の2第4項', 'the consent has not begun', facts({ consent: { ...running, from: instant(noon + 1) } })],
    ['CONSENT_WITHDRAWN', '施行規則 第35条の2第5項', 'withdrawn, whatever the certificate', facts({ consent: { ...running, state: 'WITHDRAWN' }, held: lapsed, seen: true, live: next })],
    ['CONSENT_WITHDRAWN', '施行規則 第35条の2第4項', 'its period is over', facts({ consent: { ...running, until: instant(noon - 1) } })],
  ])('%s (%s): %s', (state, _article, _why, given) => expect(freshnessOf(given, noon)).toBe(state))
})

describe('over the stores', () => {
  const scopes: Scope[] = ['consent', 'verify', 'four_info:name']
  const [bank, another] = [partner(seededPartnerIds.bank, ...scopes), partner(seededPartnerIds.platform, ...scopes)]
  let world: TestWorld
  let hanako: Holder
  let consent: Consent
  beforeEach(async () => {
    world = await testWorld()
    hanako = await holder(world)
    const purpose = ok(await registerPurpose(world, bank, { name: '口座', textJa: 'x', textEn: 'x', items: ['name'], until: null, minors: 'from-15', idempotencyKey: key() }))
    const request = ok(await requestConsent(world, bank, { purpose: purpose.id, action: 'CREATE', grant: null, required: ['name'], optional: [], municipality: null, idempotencyKey: key() }))
    const choice = { request: request.id, items: ['name'] as const, chosenUntil: null }
    consent = ok(await giveConsent(world, hanako.actor, { ...choice, certificate: hanako.signature.der, signature: signText(hanako.keys.signature, ok(await draftConsent(world, hanako.actor, choice))), idempotencyKey: key() }, sha256))
  })
  afterEach(() => world.close())

  const fresh = async (by: Actor = bank) => { const f = await readFreshness(world, by, consent.id); return typeof f === 'string' ? f : f.code }
  const release = () => releaseFourInformation(world, bank, { consent: consent.id, requestId: 'r' })
  const lapse = async (): Promise<Instant> => {
    world.clock.advance(1000)
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), hanako.signature.id, revocation('key-leak', world.clock.now(), world.clock.now())))
    return world.clock.now()
  }
  const status = (by = bank) => certificateStatus(world, by, { certificate: hanako.signature.der, method: 'REGISTER' })

  test('by an answer about the status: nothing is known until it was asked for, then that a new one is awaited, then that one is there', async () => {
    ok(await status())
    expect(await fresh()).toBe('CURRENT')
    await lapse()
    expect([await fresh(), await fresh(hanako.actor)]).toEqual(['UNKNOWN_STALE', 'UNKNOWN_STALE'])
    // What another partner saw is not seen by this one.
    ok(await status(another))
    expect(await fresh()).toBe('UNKNOWN_STALE')
    ok(await status())
    ok(await status())
    expect([await fresh(), await fresh(hanako.actor)]).toEqual(['AWAITING_NEW_CERTIFICATE', 'AWAITING_NEW_CERTIFICATE'])
    await certified(world, hanako.card, 'signature', newKey())
    expect(await fresh()).toBe('CHANGED')
    // From the release on the partner holds the items of the new one.
    expect(ok(await release()).freshness).toBe('CHANGED')
    expect(await fresh()).toBe('CURRENT')
  })

  test('by a release that was refused for it', async () => {
    await lapse()
    expect([outcome(await release()), await fresh()]).toEqual(['AWAITING_NEW_CERTIFICATE', 'AWAITING_NEW_CERTIFICATE'])
  })

  test('by a webhook that was taken since, and by no other', async () => {
    const now = world.clock.now()
    const hook = newId('webhook', now, world.random)
    await world.db.insert(webhooks).values({ id: hook, partner: bank.partner, url: 'https://bank.example/hook', events: ['certificate-revoked'], secret: new Uint8Array(), sealed: null, previousSealed: null, previousUntil: null, registeredAt: now, state: 'ACTIVE' })
    await lapse()
    // The act itself left word.
    const [told] = await world.db.select().from(deliveries)
    expect([told?.event, told?.consent, await fresh()]).toEqual(['certificate-revoked', consent.id, 'UNKNOWN_STALE'])
    await world.db.update(deliveries).set({ state: 'DELIVERED', at: instant(told!.at - 1) })
    expect(await fresh()).toBe('UNKNOWN_STALE')
    await world.db.update(deliveries).set({ at: told!.at })
    expect(await fresh()).toBe('AWAITING_NEW_CERTIFICATE')
  })

  test('after the withdrawal it says no more than that', async () => {
    await lapse()
    await status()
    ok(await withdrawConsent(world, hanako.actor, { consent: consent.id, idempotencyKey: key() }))
    expect([await fresh(), await fresh(hanako.actor)]).toEqual(['CONSENT_WITHDRAWN', 'CONSENT_WITHDRAWN'])
  })

  test('of somebody else’s consent nothing: it looks like one that is not there, whatever became of it', async () => {
    const none = newId('consent', world.clock.now(), world.random)
    const taro = await holder(world, 'taro', true)
    const ask = async (by: Actor) => [await readFreshness(world, by, consent.id), await readFreshness(world, by, none)]
    const nothing = [{ refused: true, code: 'NOT_FOUND' }, { refused: true, code: 'NOT_FOUND' }]
    expect([await ask(another), await ask(taro.actor)]).toEqual([nothing, nothing])
    await lapse()
    await status(another)
    expect([await ask(another), await ask(taro.actor)]).toEqual([nothing, nothing])
    ok(await withdrawConsent(world, hanako.actor, { consent: consent.id, idempotencyKey: key() }))
    expect([await ask(another), await ask(taro.actor)]).toEqual([nothing, nothing])
  })
})

/** Standing: granted for a year, renewed, delegated, suspended with its spread, ended with everything under it. */
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Actor, Officer } from '../../core/law/actor.ts'
import type { Consent } from '../../core/law/consent/consent.ts'
import { endPurpose } from '../../core/law/consent/purpose.ts'
import { readRadius } from '../../core/law/consent/radius.ts'
import { parseIdempotencyKey, type OfficerId, type PartnerId } from '../../core/law/ids.ts'
import { hasStanding, type VerifierRole } from '../../core/law/partner/partner.ts'
import { accreditPartner, endPartner, readEnding, resumePartner, suspendPartner, type AccreditInput } from '../../core/law/partner/standing.ts'
import { addDays, addMonths, dayOf, type LegalDate } from '../../core/law/time.ts'
import { registerWebhook } from '../../core/law/partner/webhook.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { accountLinks, passkeys } from '../../db/tables/accounts.ts'
import { auditLeaves } from '../../db/tables/audit.ts'
import { standings } from '../../db/tables/partners.ts'
import { webhooks } from '../../db/tables/webhooks.ts'
import * as rows from '../db/rows.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'

const { ok, outcome } = rows
let world: TestWorld
let n = 0
const key = () => parseIdempotencyKey(`standing-test-${n++}`)!
const minister: Officer = { kind: 'officer', officer: 'ofc_00000000000000000000000002' as OfficerId, role: 'ministry', municipality: null, scopes: new Set(['partner']) }
const bankClient: Actor = { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank', scopes: new Set(['consent']) }
const { platform, bank, hospital, suspended, ended } = seededPartnerIds
beforeEach(async () => { world = await testWorld() })
afterEach(() => world.close())
const nothing = { delegations: 0, consents: 0, webhooks: 0, openRequests: 0, links: 0, passkeys: 0 }
const today = (): LegalDate => dayOf(world.clock.now())
const stands = async (partner = bank, role: VerifierRole = 'signature-verifier', on = today()) => hasStanding((await world.partners.load(partner))!, role, on)
const accredit = (over: Partial<AccreditInput> = {}, actor: Actor = minister) => accreditPartner(world, actor, { partner: ended, role: 'signature-verifier', through: null, from: today(), idempotencyKey: key(), ...over })

describe('accreditation', () => {
  test('runs one year, to its last day', async () => {
    expect(await stands(ended)).toBe(false)
    const { standings } = ok(await accredit())
    const last = addDays(addMonths(today(), 12), -1)
    expect(standings.at(-1)).toMatchObject({ basis: '法第17条第1項', until: last, suspended: false, through: null })
    expect([await stands(ended, 'signature-verifier', last), await stands(ended, 'signature-verifier', addDays(last, 1)), await stands(ended, 'authentication-verifier')]).toEqual([true, false, false])
  })

  test('is renewed from the day after, and never twice at once', async () => {
    ok(await accredit())
    expect(outcome(await accredit())).toBe('CONFLICT')
    expect(outcome(await accredit({ from: addMonths(today(), 6) }))).toBe('CONFLICT')
    ok(await accredit({ from: addMonths(today(), 12) }))
    expect(await stands(ended, 'signature-verifier', addMonths(today(), 20))).toBe(true)
  })

  test('a delegation rests on the platform’s own and ends with it at the latest', async () => {
    const until = (await world.partners.load(platform))!.standings[0]!.until
    const { standings } = ok(await accredit({ through: platform, role: 'authentication-verifier' }))
    expect(standings.find((s) => s.through === platform)).toMatchObject({ basis: '規則第29条 (委託)', until })
    expect(until < addDays(addMonths(today(), 12), -1)).toBe(true)
  })

  test.each<[string, Partial<AccreditInput>, string]>([
    ['through one that is itself delegated', { through: bank }, 'PARTNER_NOT_IN_STANDING'], ['through one that is suspended', { through: suspended }, 'PARTNER_NOT_IN_STANDING'], ['through itself', { through: ended }, 'PARTNER_NOT_IN_STANDING'],
    ['through nobody', { through: 'ptn_0' as never }, 'PARTNER_NOT_IN_STANDING'], ['of nobody', { partner: 'ptn_0' as never }, 'NOT_FOUND'],
  ])('%s is refused', async (_, over, code) => expect(outcome(await accredit(over))).toBe(code))
  test('from yesterday, or in two years, is refused', async () => {
    expect([outcome(await accredit({ from: addDays(today(), -1) })), outcome(await accredit({ from: addMonths(today(), 24) }))]).toEqual(['MALFORMED_INPUT', 'MALFORMED_INPUT'])
  })

  test.each<[string, Actor]>([
    ['a partner', bankClient], ['an officer of the agency', { ...minister, role: 'agency' }], ['one without the scope', { ...minister, scopes: new Set(['audit']) }],
  ])('%s may do none of it', async (_, actor) => {
    const input = { partner: bank, idempotencyKey: key() }
    expect([await accredit({}, actor), await suspendPartner(world, actor, input), await resumePartner(world, actor, input), await endPartner(world, actor, { ...input, consents: 0 }), await readEnding(world, actor, bank)].map(outcome)).toEqual(Array(5).fill('NOT_PERMITTED'))
  })
})

describe('suspension', () => {
  test('of one ground stops all, and those that act through it; its end lets them go on', async () => {
    expect([await stands(platform), await stands(bank), await stands(hospital, 'authentication-verifier')]).toEqual([true, true, true])
    ok(await suspendPartner(world, minister, { partner: platform, idempotencyKey: key() }))
    expect([await stands(platform), await stands(platform, 'authentication-verifier'), await stands(bank), await stands(hospital, 'authentication-verifier')]).toEqual([false, false, false, false])
    expect(outcome(await suspendPartner(world, minister, { partner: platform, idempotencyKey: key() }))).toBe('WRONG_STATE')
    ok(await resumePartner(world, minister, { partner: platform, idempotencyKey: key() }))
    expect([await stands(platform), await stands(bank)]).toEqual([true, true])
  })

  test('of a service outlives that of its platform, and a new ground begins suspended', async () => {
    ok(await suspendPartner(world, minister, { partner: bank, idempotencyKey: key() }))
    ok(await suspendPartner(world, minister, { partner: platform, idempotencyKey: key() }))
    ok(await resumePartner(world, minister, { partner: platform, idempotencyKey: key() }))
    expect([await stands(platform), await stands(bank), await stands(hospital, 'authentication-verifier')]).toEqual([true, false, true])
    ok(await accredit({ partner: bank, from: addMonths(today(), 11) }))
    expect(await stands(bank, 'signature-verifier', addMonths(today(), 11))).toBe(false)
    ok(await resumePartner(world, minister, { partner: bank, idempotencyKey: key() }))
    expect(await stands(bank, 'signature-verifier', addMonths(today(), 11))).toBe(true)
  })

  test('of a service does not reach its platform', async () => {
    ok(await suspendPartner(world, minister, { partner: bank, idempotencyKey: key() }))
    expect([await stands(bank), await stands(bank, 'authentication-verifier'), await stands(platform), await stands(hospital, 'authentication-verifier')]).toEqual([false, false, true, true])
  })
})

describe('the end', () => {
  let consent: Consent
  beforeEach(async () => {
    consent = await rows.consentInForce(world, await rows.issued(world, await rows.deliveredCard(world, rows.resident(world).person)))
  })

  test('is shown before, and is refused where another number would end', async () => {
    expect(ok(await readEnding(world, minister, bank))).toEqual({ ...nothing, consents: 1 })
    expect(ok(await readEnding(world, minister, platform))).toMatchObject({ delegations: 2, consents: 1 })
    expect(outcome(await endPartner(world, minister, { partner: bank, consents: 0, idempotencyKey: key() }))).toBe('CONFLICT')
    expect((await world.consents.load(consent.id))!.state).toBe('IN_FORCE')
  })

  test('ends consents, erases what is open, and leaves the proof in the log', async () => {
    await rows.consentRequest(world, (await world.consents.loadPurpose(consent.purpose))!)
    const { webhook: hook } = ok(await registerWebhook(world, bankClient, { url: 'https://bank.example/', events: ['consent-ended'], idempotencyKey: key() }))
    ok(await endPartner(world, minister, { partner: bank, consents: 1, idempotencyKey: key() }))
    expect(await world.consents.load(consent.id)).toMatchObject({ state: 'ENDED_WITH_PARTNER', withdrawnAt: world.clock.now() })
    expect([await stands(bank), ok(await readEnding(world, minister, bank)), (await world.webhooks.load(hook.id))!.sealed.length]).toEqual([false, nothing, 0])
    const leaves = (await world.db.select().from(auditLeaves).where(eq(auditLeaves.kind, 'partner.end'))).map((l) => l.facts)
    expect(leaves).toContainEqual({ consents: 1, requests: 1, challenges: 0, offers: 0, webhooks: 1, links: 0, passkeys: 0, erased: expect.stringMatching(/^[0-9a-f]{64}$/) as string })
    expect(outcome(await endPartner(world, minister, { partner: bank, consents: 0, idempotencyKey: key() }))).toBe('WRONG_STATE')
  })

  test('of a platform takes the standing of its services with it; a new accreditation makes a new beginning', async () => {
    ok(await endPartner(world, minister, { partner: platform, consents: 1, idempotencyKey: key() }))
    expect([await stands(platform), await stands(bank), await stands(hospital, 'authentication-verifier')]).toEqual([false, false, false])
    // The bank stood on nothing else: what was given to it ended too.
    expect((await world.consents.load(consent.id))!.state).toBe('ENDED_WITH_PARTNER')
    world.clock.advance(86_400_000)
    ok(await accredit({ partner: platform }))
    expect([await stands(platform), await stands(bank)]).toEqual([true, false])
  })

  describe('of a platform, where services rest on it', () => {
    const person = () => world.persona('hanako').person
    const account = (partner: PartnerId, n: number) => ({ id: `lnk_${String(n).padStart(26, '0')}` as never, partner, person: person(), account: Uint8Array.of(n), login: 'lgn_0' as never, linkedAt: world.clock.now(), state: 'LINKED' as const, endedAt: null })
    const passkey = (partner: PartnerId, n: number) => ({ id: `psk_${String(n).padStart(26, '0')}` as never, partner, person: person(), certificate: 'crt_0' as never, login: 'lgn_0' as never, origin: 'https://x.example', credential: Uint8Array.of(n), publicKey: Uint8Array.of(n), counter: 0, backedUp: false, enrolledAt: world.clock.now(), usedAt: null, state: 'ENROLLED' as const, removedAt: null })
    beforeEach(async () => {
      await world.db.insert(accountLinks).values([account(bank, 1), account(hospital, 2)])
      await world.db.insert(passkeys).values([passkey(bank, 1), passkey(hospital, 2)])
      for (const partner of [bank, hospital]) ok(await registerWebhook(world, { ...bankClient, partner, client: partner } as Actor, { url: 'https://x.example/', events: ['consent-ended'], idempotencyKey: key() }))
    })
    const standing = async () => [await world.db.$count(accountLinks, eq(accountLinks.state, 'LINKED')), await world.db.$count(passkeys, eq(passkeys.state, 'ENROLLED')), await world.db.$count(webhooks, eq(webhooks.state, 'ACTIVE'))]

    test('takes their webhooks, links and passkeys; the number is shown before, the keys are forgotten, the leaf proves it', async () => {
      expect(ok(await readEnding(world, minister, platform))).toEqual({ delegations: 2, consents: 1, webhooks: 2, openRequests: 0, links: 2, passkeys: 2 })
      expect(ok(await readRadius(world, minister, { partner: platform }))).toMatchObject({ partners: 3, consents: 1, webhooks: 2, links: 2, passkeys: 2 })
      ok(await endPartner(world, minister, { partner: platform, consents: 1, idempotencyKey: key() }))
      expect(await standing()).toEqual([0, 0, 0])
      expect((await world.db.select().from(passkeys)).map((p) => p.publicKey.length)).toEqual([0, 0])
      expect((await world.db.select().from(accountLinks)).map((l) => [l.state, l.account])).toEqual(Array(2).fill(['ENDED_WITH_PARTNER', null]))
      const leaves = (await world.db.select().from(auditLeaves).where(eq(auditLeaves.kind, 'partner.end'))).map((l) => l.facts)
      expect(leaves).toContainEqual(expect.objectContaining({ consents: 1, webhooks: 2, links: 2, passkeys: 2 }))
    })

    test('leaves what a ground of its own still carries, role by role; one that ran out carries nothing', async () => {
      await world.db.insert(standings).values({ partner: hospital, role: 'authentication-verifier', basis: '法第36条第1項', through: null, from: addMonths(today(), -20), until: addDays(today(), -1), suspended: false })
      ok(await world.standings.grant(rows.actOf(world, 'partner.accredit'), bank, { role: 'authentication-verifier', basis: '法第36条第1項', through: null, from: addMonths(today(), 11), until: addMonths(today(), 22), suspended: false }))
      expect(ok(await readEnding(world, minister, platform))).toMatchObject({ consents: 1, webhooks: 1, links: 1, passkeys: 1 })
      ok(await endPartner(world, minister, { partner: platform, consents: 1, idempotencyKey: key() }))
      expect(await standing()).toEqual([1, 1, 1])
      expect((await world.db.select().from(passkeys).where(eq(passkeys.state, 'ENROLLED'))).map((p) => p.partner)).toEqual([bank])
    })
  })

  test('of a purpose ends its consents and no others', async () => {
    const purpose = (await world.consents.loadPurpose(consent.purpose))!
    expect(outcome(await endPurpose(world, bankClient, { purpose: purpose.id, consents: 2, idempotencyKey: key() }))).toBe('CONFLICT')
    expect(outcome(await endPurpose(world, { ...bankClient, partner: hospital } as Actor, { purpose: purpose.id, consents: 1, idempotencyKey: key() }))).toBe('NOT_FOUND')
    expect(ok(await endPurpose(world, bankClient, { purpose: purpose.id, consents: 1, idempotencyKey: key() })).endedAt).toBe(world.clock.now())
    expect((await world.consents.load(consent.id))!.state).toBe('ENDED_WITH_PURPOSE')
    expect(outcome(await endPurpose(world, bankClient, { purpose: purpose.id, consents: 0, idempotencyKey: key() }))).toBe('WRONG_STATE')
  })
})

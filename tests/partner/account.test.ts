/** Linking to the partner's own account in one login challenge (公的個人認証法 第38条), its end by the person, and what stays of it. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Citizen, PartnerClient } from '../../core/law/actor.ts'
import { begin } from '../../core/law/act.ts'
import { linksOfLogin, ownLinks, unlinkAccount } from '../../core/law/partner/account.ts'
import { answerGround } from '../../core/law/partner/explain.ts'
import { createChallenge, loginMessage, settle, type Challenge } from '../../core/law/partner/login.ts'
import { messageOf, registerWebhook } from '../../core/law/partner/webhook.ts'
import { parseIdempotencyKey, type PersonId } from '../../core/law/ids.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import { accountLinks } from '../../db/tables/accounts.ts'
import { challenges } from '../../db/tables/partners.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import * as rows from '../db/rows.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'

const { ok, outcome } = rows
const sha256 = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest())
let n = 0
const key = () => parseIdempotencyKey(`account-test-${n++}`)!
const bank: PartnerClient = { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank', scopes: new Set(['login']) }
const hospital: PartnerClient = { ...bank, partner: seededPartnerIds.hospital, client: 'hospital' }
const citizen = (person: PersonId): Citizen => ({ kind: 'citizen', person, scopes: new Set(['me']) })
const name = 'customer-4711/熱'.replace('熱', 'x')

let world: TestWorld
let hanako: CertificateRecord
let taro: CertificateRecord
beforeEach(async () => {
  world = await testWorld()
  const of = async (who: string) => rows.issued(world, await rows.deliveredCard(world, world.persona(who).person), 'authentication')
  ;[hanako, taro] = [await of('hanako'), await of('taro')]
})
afterEach(() => world.close())

const challenged = async (linkAccount: string | null, by = bank): Promise<Challenge> => ok(await createChallenge(world, by, { linkAccount, idempotencyKey: key() }, sha256))
/** As after a card's answer that held: that it holds is tests/partner/card.test.ts. */
const answered = (challenge: Challenge, { id, person }: CertificateRecord, by = bank) =>
  settle(world, by, begin('login.answer', by, world.clock.now(), { challenge: challenge.id, idempotencyKey: key() }), challenge.id, null, async () => ({ person, certificate: id, use: null, assurance: { identity: 'IAL3', authentication: 'AAL3', method: 'CARD_AND_PIN' }, ground: answerGround(null) }))
const linked = async (who: CertificateRecord, by = bank) => ok(await answered(await challenged(name, by), who, by))

describe('linking', () => {
  test('the card signs over the account; nothing at rest names it', async () => {
    const [plain, linking] = [await challenged(null), await challenged(name)]
    expect(loginMessage(plain).split('\n')).toHaveLength(6)
    expect(loginMessage(linking).split('\n')[5]).toBe(`link ${Buffer.from(linking.account!).toString('hex').toUpperCase()}`)
    expect(linking.account).not.toEqual((await challenged('another')).account)
    ok(await answered(linking, hanako))
    const stored = JSON.stringify([await world.db.select().from(challenges), await world.db.select().from(accountLinks), (await world.db.execute('select * from audit_leaves')), (await world.db.execute('select * from acts'))])
    expect(stored).not.toContain(name)
    expect(stored).not.toContain(Buffer.from(name).toString('hex'))
    expect(stored).toContain('LINKED')
  })

  test('is of one partner, under the subject that logins always have; the person sees it', async () => {
    const before = ok(await answered(await challenged(null), hanako))
    const login = await linked(hanako)
    expect(login.subject).toBe(before.subject)
    const [link] = await linksOfLogin(world, login)
    expect(link).toMatchObject({ partner: bank.partner, person: hanako.person, login: login.id, state: 'LINKED' })
    // The same name at another partner is another account.
    await linked(taro, hospital)
    expect(ok(await ownLinks(world, citizen(hanako.person))).map((l) => l.partner)).toEqual([bank.partner])
    expect((await challenged(name)).account).not.toEqual((await challenged(name, hospital)).account)
  })

  test('once more is the same link; to another person it is refused, and the challenge is spent', async () => {
    await linked(hanako)
    await linked(hanako)
    expect(ok(await ownLinks(world, citizen(hanako.person)))).toHaveLength(1)
    const challenge = await challenged(name)
    expect(outcome(await answered(challenge, taro))).toBe('ACCOUNT_LINKED')
    expect([(await world.challenges.load(challenge.id))!.state, ok(await ownLinks(world, citizen(taro.person)))]).toEqual(['SPENT', []])
  })

  test('two persons at once: one of them', async () => {
    const [a, b] = [await challenged(name), await challenged(name)]
    const both = await Promise.all([answered(a, hanako), answered(b, taro)])
    expect(both.map(outcome).toSorted()).toEqual(['ACCOUNT_LINKED', 'OK'])
  })

  test.each(['', ' ', 'a b', 'ü', 'x'.repeat(201), 'a\n'])('the name %j is refused', async (text) => {
    expect(outcome(await createChallenge(world, bank, { linkAccount: text, idempotencyKey: key() }, sha256))).toBe('MALFORMED_INPUT')
  })
})

describe('its end', () => {
  test('by the person: the partner is told, without a word of the person, and the account is forgotten', async () => {
    const { webhook } = ok(await registerWebhook(world, bank, { url: 'https://bank.example/hook', events: ['account-unlinked'], idempotencyKey: key() }))
    const [link] = await linksOfLogin(world, await linked(hanako))
    expect(outcome(await unlinkAccount(world, citizen(taro.person), { link: link!.id, idempotencyKey: key() }))).toBe('NOT_FOUND')
    expect(outcome(await unlinkAccount(world, hospital, { link: link!.id, idempotencyKey: key() }))).toBe('NOT_FOUND')
    expect(ok(await unlinkAccount(world, citizen(hanako.person), { link: link!.id, idempotencyKey: key() }))).toMatchObject({ state: 'ENDED_BY_PERSON', account: null, endedAt: world.clock.now() })
    expect(outcome(await unlinkAccount(world, citizen(hanako.person), { link: link!.id, idempotencyKey: key() }))).toBe('WRONG_STATE')
    const [told] = await world.webhooks.deliveriesOf(webhook.id, 10)
    expect(JSON.parse(messageOf(told!))).toEqual({ id: told!.id, type: 'account-unlinked', at: '2026-04-01T01:00:00Z', link: link!.id })
    // Free for another person now.
    await linked(taro)
  })

  test('by the partner: nobody needs telling', async () => {
    const { webhook } = ok(await registerWebhook(world, bank, { url: 'https://bank.example/hook', events: ['account-unlinked'], idempotencyKey: key() }))
    const [link] = await linksOfLogin(world, await linked(hanako))
    expect(ok(await unlinkAccount(world, bank, { link: link!.id, idempotencyKey: key() }))).toMatchObject({ state: 'ENDED_BY_PARTNER', account: null })
    expect(await world.webhooks.deliveriesOf(webhook.id, 10)).toEqual([])
  })
})

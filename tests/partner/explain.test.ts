/** Explanations: each audience its own truth. What 公的個人認証法 第18条第3項 hides in an answer stays hidden in its explanation; and no log holds a value. */
import { createHash } from 'node:crypto'
import type { Context as LambdaContext } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Actor, Citizen, PartnerClient } from '../../core/law/actor.ts'
import type { CertificateRecord } from '../../core/law/certificate/certificate.ts'
import type { Consent } from '../../core/law/consent/consent.ts'
import { releaseFourInformation } from '../../core/law/consent/disclosure.ts'
import { newId, type ConsentId } from '../../core/law/ids.ts'
import { explain, hiddenReasons, noteDone, verdictGrounds } from '../../core/law/partner/explain.ts'
import { eraseRecords } from '../../core/law/record/erasure.ts'
import { revocation } from '../../core/law/certificate/revocation.ts'
import { after, instant } from '../../core/law/time.ts'
import { decisions } from '../../db/tables/decisions.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { graphqlDoor } from '../../functions/graphql.ts'
import { notedInAMinute } from '../../functions/graphql/admit.ts'
import * as rows from '../db/rows.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { holder as certified, signText } from '../law/holder.ts'

const { actOf, ok } = rows
const sha256 = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest())
const bank: PartnerClient = { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank', scopes: new Set(['consent', 'login', 'four_info:name', 'four_info:address']) }
const platform: PartnerClient = { ...bank, partner: seededPartnerIds.platform, client: 'platform' }
let world: TestWorld
let certificate: CertificateRecord
let consent: Consent
let holder: Citizen
beforeEach(async () => {
  world = await testWorld()
  certificate = await rows.issued(world, await rows.deliveredCard(world, rows.resident(world).person))
  consent = await rows.consentInForce(world, certificate)
  holder = { kind: 'citizen', person: certificate.person, scopes: new Set(['me']) }
})
afterEach(() => world.close())

let n = 0
async function read(id: string, by: PartnerClient = bank): Promise<string> {
  const requestId = `00000000-0000-7000-8000-${String(n++).padStart(12, '0')}`
  await releaseFourInformation(world, by, { consent: id, requestId })
  return requestId
}
const plain = (list: readonly object[]) => list.map(({ requestId: _r, at: _a, ...rest }: { requestId?: string; at?: unknown }) => rest)

describe('a release', () => {
  test('granted: the rule and every ground, to both', async () => {
    const id = await read(consent.id)
    const [to] = await explain(world, bank, id)
    expect(to).toMatchObject({ outcome: 'DONE', asked: 'four-information', rule: '公的個人認証法 第18条第3項', reasons: [] })
    expect(to!.grounds.map((g) => `${g.what} ${g.found}`)).toEqual(['standing IN_FORCE', 'consent IN_FORCE', 'scope HELD', 'certificate VALID'])
    expect(to!.grounds[1]).toMatchObject({ ref: consent.id, limit: 'TEN_YEARS', at: consent.until })
    expect(await explain(world, holder, id)).toEqual([to])
  })

  test('withdrawn, over, unknown and another’s are one to the partner; the person sees which', async () => {
    const other = await read(consent.id, platform)
    const unknown = await read(newId('consent', world.clock.now(), world.random))
    const rubbish = await read('x')
    ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, world.clock.now()))
    const withdrawn = await read(consent.id)
    const told = [...(await Promise.all([unknown, rubbish, withdrawn].map((id) => explain(world, bank, id)))).map(plain), plain(await explain(world, platform, other)).map((e) => ({ ...e, partner: bank.partner }))]
    for (const explanation of told) expect(explanation).toEqual([{ asked: 'four-information', partner: bank.partner, outcome: 'CONSENT_NOT_IN_FORCE', rule: '公的個人認証法 第18条第3項', grounds: [], reasons: hiddenReasons }])
    const [truth] = await explain(world, holder, withdrawn)
    expect([truth!.grounds.at(-1), truth!.reasons]).toEqual([{ what: 'consent', found: 'WITHDRAWN', ref: consent.id, limit: null, at: world.clock.now() }, []])
    for (const id of [unknown, rubbish]) expect(await explain(world, holder, id)).toEqual([])
    // That another partner tried it is the person's to know, not that partner's.
    expect((await explain(world, holder, other)).map((e) => [e.partner, e.outcome, e.grounds.at(-1)])).toEqual([[platform.partner, 'CONSENT_NOT_IN_FORCE', expect.objectContaining({ what: 'consent', found: 'OF_ANOTHER_PARTNER', ref: consent.id })]])
    expect((await world.releases.ofPerson(certificate.person, 10)).filter((entry) => entry.partner === platform.partner)).toEqual([expect.objectContaining({ requestId: other, consent: consent.id, purpose: null, items: [], outcome: 'CONSENT_NOT_IN_FORCE' })])
  })

  test('over by its clock: the person sees the limit that won', async () => {
    world.clock.set(after(consent.until, 1))
    ok(await world.standings.grant(actOf(world, 'partner.accredit'), bank.partner, { role: 'signature-verifier', basis: '法第17条第1項', through: null, from: '2036-01-01' as never, until: '2036-12-31' as never, suspended: false }))
    const [truth] = await explain(world, holder, await read(consent.id))
    expect(truth!.grounds.at(-1)).toMatchObject({ what: 'consent', found: 'EXPIRED', limit: 'TEN_YEARS', at: consent.until })
  })

  test('what is the partner’s own is told it: standing, scope, a lapsed certificate', async () => {
    const last = async (id: string) => (await explain(world, bank, id))[0]!.grounds.at(-1)
    expect(await last(await read(consent.id, { ...bank, scopes: new Set(['consent', 'four_info:name']) }))).toMatchObject({ what: 'scope', found: 'MISSING', limit: 'four_info:address' })
    ok(await world.revocations.revoke(actOf(world, 'certificate.revoke'), certificate.id, revocation('key-leak', world.clock.now(), world.clock.now())))
    expect(await last(await read(consent.id))).toMatchObject({ what: 'certificate', found: 'NONE' })
    ok(await world.standings.suspend(actOf(world, 'partner.suspend'), bank.partner, true))
    expect(await last(await read(consent.id))).toMatchObject({ what: 'standing', found: 'SUSPENDED' })
  })

  test('nobody else: another partner, another person, an officer, an unknown request, a thing that is no id', async () => {
    const id = await read(consent.id)
    const others: Actor[] = [platform, { ...holder, person: world.persona('taro').person }, { ...holder, scopes: new Set() }, { kind: 'officer', officer: 'ofc_1' as never, role: 'agency', municipality: null, scopes: new Set(['audit']) }]
    for (const actor of others) expect(await explain(world, actor, id)).toEqual([])
    for (const text of ['00000000-0000-7000-8000-ffffffffffff', "' or 1=1", '']) expect(await explain(world, bank, text)).toEqual([])
  })

  test('is kept a year and erased with proof', async () => {
    await read(consent.id)
    const at = (days: number) => ({ ...world, clock: { now: () => instant(world.clock.now() + days * 86_400_000) } })
    await eraseRecords(at(365), 100)
    expect(await world.db.$count(decisions)).toBe(1)
    await eraseRecords(at(366), 100)
    expect(await world.db.$count(decisions)).toBe(0)
  })
})

describe('refused and failed requests', () => {
  const lines: string[] = []
  const ask = async (actor: Actor, query: string, variables: object = {}, over: Partial<TestWorld> = {}) => {
    const door = graphqlDoor(async () => ({
      stage: 'test', world: { ...world, ...over }, sha256, issuer: 'https://i.example', audience: 'https://a.example', authenticate: async () => ({ actor }), log: (level, event, facts) => void lines.push(JSON.stringify({ level, event, facts })),
    }))
    const event = { rawPath: '/graphql', rawQueryString: '', headers: { 'content-type': 'application/json', authorization: 'Bearer x' }, requestContext: { domainName: 'a.example', http: { method: 'POST' } }, body: JSON.stringify({ query, variables }), isBase64Encoded: false }
    const { body, headers } = await door(event as never, { awsRequestId: 'aws' } as LambdaContext)
    return { ...(JSON.parse(body!) as { data: Record<string, any> | null; errors?: { extensions: { code: string } }[] }), requestId: String(headers?.['x-request-id']) }
  }
  const release = 'query ($c: ID!) { fourInformation(consent: $c) { ... on Refused { code requestId } ... on FourInformationRelease { name } } }'

  test('leave a row and a line each, with no value of the person in any; the person sees them', async () => {
    const { items } = rows.resident(world)
    const c = Buffer.from(consent.id).toString('base64url')
    const given = await ask(bank, release, { c })
    expect(given.data).toEqual({ fourInformation: { name: items.name } })
    const scopeless = await ask({ ...bank, scopes: new Set(['consent']) }, release, { c })
    const broken = await ask(bank, release, { c }, { releases: { ...world.releases, release: async () => { throw new Error(`duplicate key: ${items.name} ${items.address} ${items.birthDate} ${certificate.serial}`) } } })
    expect(broken.errors?.map((e) => e.extensions.code)).toEqual(['INTERNAL'])
    ok(await world.consents.withdraw(actOf(world, 'consent.withdraw'), consent.id, world.clock.now()))
    world.clock.advance(1)
    const withdrawn = await ask(bank, release, { c })
    expect([scopeless, withdrawn].map(({ data }) => data!['fourInformation'].code)).toEqual(['NOT_PERMITTED', 'CONSENT_NOT_IN_FORCE'])
    const failed = await ask(bank, 'mutation { answerLoginChallenge(input: { challenge: "Y2hsXzAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw", certificate: "AA==", signature: "AA==", idempotencyKey: "explain-0001" }) { ... on Refused { code } } }')
    expect((await ask(bank, 'query ($r: Text!) { explain(requestId: $r) { asked granted code grounds { what found } } }', { r: failed.requestId })).data).toEqual({ explain: [{ asked: 'LOGIN', granted: false, code: 'CHALLENGE_SPENT', grounds: [{ what: 'CHALLENGE', found: 'UNKNOWN' }] }] })

    const seen = (await ask(holder, '{ me { accessLog(first: 10) { nodes { requestId refusal } } } }')).data!['me'].accessLog.nodes as { requestId: string; refusal: string | null }[]
    expect(Object.fromEntries(seen.map((e) => [e.requestId, e.refusal]))).toEqual({ [given.requestId]: null, [scopeless.requestId]: 'NOT_PERMITTED', [withdrawn.requestId]: 'CONSENT_NOT_IN_FORCE' })
    for (const { requestId } of [given, scopeless, broken, withdrawn, failed]) expect(lines.some((line) => line.includes(requestId))).toBe(true)
    const kept = JSON.stringify([await world.db.select().from(decisions), (await world.db.execute('select * from access_log')), (await world.db.execute('select facts, subject, actor from audit_leaves'))])
    for (const value of [items.name, items.address, items.birthDate, certificate.serial, items.name.split('　')[0]!]) {
      expect(lines.join('\n')).not.toContain(value)
      expect(kept).not.toContain(value)
    }
    expect(lines.length).toBeGreaterThanOrEqual(6)
  })

  test('a consent of nobody has no person to show it to', async () => {
    await releaseFourInformation(world, bank, { consent: 'cns_00000000000000000000000000' as ConsentId, requestId: 'r' })
    expect((await world.releases.ofPerson(certificate.person, 10))).toEqual([])
  })
})

describe('every other request of a partner', () => {
  const door = (over: Partial<TestWorld> = {}) => graphqlDoor(async () => ({ stage: 'test', world: { ...world, ...over }, sha256, issuer: 'https://i.example', audience: 'https://a.example', authenticate: async () => ({ actor: bank }), log: () => undefined }))
  const send = async (query: string, variables: object = {}, by = door()) => {
    const event = { rawPath: '/graphql', rawQueryString: '', headers: { 'content-type': 'application/json', authorization: 'Bearer x' }, requestContext: { domainName: 'a.example', http: { method: 'POST' } }, body: JSON.stringify({ query, variables }), isBase64Encoded: false }
    return String((await by(event as never, { awsRequestId: 'aws' } as LambdaContext)).headers?.['x-request-id'])
  }
  const told = async (id: string, actor: Actor = bank) => (await explain(world, actor, id)).map((e) => [e.asked, e.outcome, e.grounds.map((g) => `${g.what} ${g.found} ${g.limit}`), e.reasons.length])

  test('is explained to it by code and field; what may not be told apart stays so', async () => {
    expect(await told(await send('mutation { registerPurpose(input: { name: "x", textJa: "x", textEn: "x", items: [], idempotencyKey: "explain-0002" }) { ... on Refused { code } } }'))).toEqual([['request', 'MALFORMED_INPUT', ['request REFUSED items'], 0]])
    expect(await told(await send('mutation { unlinkAccount(input: { link: "bG5rXzAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw", idempotencyKey: "explain-0003" }) { ... on Refused { code } } }'))).toEqual([['request', 'NOT_FOUND', [], 3]])
    expect(await told(await send('{ yearlyReport(from: "2026-04-01") { ... on Refused { code } } }'))).toEqual([['request', 'NOT_PERMITTED', ['request REFUSED actor partner'], 0]])
    expect(await told(await send('{ access { ... on Refused { code } } }'))).toEqual([['request', 'NOT_PERMITTED', ['request REFUSED scope partner'], 0]])
  })

  test('turned away by the budget: how much was asked, of how much, and when it is there again; not for ever', async () => {
    const spent = door({ budgets: { take: async (_partner, _cost, _at, usual) => ({ ...usual, granted: false, remaining: 0 }) } })
    const first = await send('{ serverInfo { now } }', {}, spent)
    expect(await told(first)).toEqual([['request', 'BUDGET_EXHAUSTED', ['budget TURNED_AWAY 1 of 60000'], 0]])
    expect((await explain(world, bank, first))[0]!.grounds[0]!.at).toBeGreaterThan(world.clock.now())
    for (let i = 0; i < notedInAMinute; i++) await send('{ serverInfo { now } }', {}, spent)
    expect(await world.db.$count(decisions)).toBe(notedInAMinute)
    world.clock.advance(61_000)
    expect(await told(await send('{ serverInfo { now } }', {}, spent))).toHaveLength(1)
  })

  test('a verdict, as it is asked for and explained over GraphQL', async () => {
    const own = await testWorld({ random: 'verdict' })
    try {
      const signer = await certified(own)
      const verifier: PartnerClient = { ...platform, scopes: new Set(['verify']) }
      const ask = async (actor: Actor, query: string, variables: object) => {
        const by = graphqlDoor(async () => ({ stage: 'test', world: own, sha256, issuer: 'https://i.example', audience: 'https://a.example', authenticate: async () => ({ actor }), log: () => undefined }))
        const event = { rawPath: '/graphql', rawQueryString: '', headers: { 'content-type': 'application/json', authorization: 'Bearer x' }, requestContext: { domainName: 'a.example', http: { method: 'POST' } }, body: JSON.stringify({ query, variables }), isBase64Encoded: false }
        const { body, headers } = await by(event as never, { awsRequestId: 'aws' } as LambdaContext)
        return { data: (JSON.parse(body!) as { data: unknown }).data, requestId: String(headers?.['x-request-id']) }
      }
      const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
      const input = { certificate: base64(signer.signature.der), hash: 'SHA256', digest: base64(sha256('a text')), signature: base64(signText(signer.keys.signature, 'another text')) }
      const asked = await ask(verifier, 'query ($i: VerifySignatureInput!) { verifySignature(input: $i) { ... on Verdict { valid } ... on Refused { code } } }', { i: input })
      expect(asked.data).toEqual({ verifySignature: { valid: false } })
      const why = async (actor: Actor) => (await ask(actor, 'query ($r: Text!) { explain(requestId: $r) { asked granted code rule partner { name } grounds { what found } } }', { r: asked.requestId })).data
      const told = { asked: 'VERIFICATION', granted: true, code: null, rule: '公的個人認証法 第19条', partner: { name: (await own.partners.load(platform.partner))!.name }, grounds: [{ what: 'CERTIFICATE', found: 'GOOD' }, { what: 'ANSWER', found: 'signature' }] }
      expect(await why(verifier)).toEqual({ explain: [told] })
      expect(await why(signer.actor)).toEqual({ explain: [told] })
      expect(await why(bank)).toEqual({ explain: [] })
    } finally {
      await own.close()
    }
  })

  test('a verdict: to the partner that asked and the person whose certificate it is', async () => {
    const verdict = verdictGrounds('signature', 'good', certificate.id)
    await noteDone(world, bank, 'verification', certificate.person, verdict, '00000000-0000-7000-8000-0000000000aa')
    const [seen] = await explain(world, holder, '00000000-0000-7000-8000-0000000000aa')
    expect(seen).toMatchObject({ asked: 'verification', outcome: 'DONE', rule: '公的個人認証法 第19条', grounds: [{ what: 'certificate', found: 'GOOD', ref: certificate.id }, { what: 'answer', found: 'signature' }] })
    expect([await explain(world, bank, '00000000-0000-7000-8000-0000000000aa'), await explain(world, platform, '00000000-0000-7000-8000-0000000000aa')]).toEqual([[seen], []])
  })
})

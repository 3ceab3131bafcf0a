/**
 * Officers in their office: whose card, in whose stead, signed by whom; and four eyes over every decision by every pair of
 * actors, delegates (地方自治法 第153条第1項) and one person in two offices among them.
 */
import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { scopes, type Officer } from '../../core/law/actor.ts'
import type { Grant } from '../../core/law/space/basis.ts'
import { approveGrant, challengeOnGrant, repealOrdinance, resumeGrant, suspendGrant } from '../../core/law/space/decision.ts'
import { requestGrant } from '../../core/law/space/grant.ts'
import { readInbox } from '../../core/law/space/inbox.ts'
import { confirmOfficerCard, endDelegation, endOfficerCard, proposeOfficerCard, readOffice, type DelegableAct } from '../../core/law/space/office.ts'
import type { SignedDecision } from '../../core/law/space/signed.ts'
import { revoke } from '../../core/law/certificate/revocation.ts'
import { after, hour, legalDate, minute } from '../../core/law/time.ts'
import { auditLeaves } from '../../db/tables/audit.ts'
import { defaultSettings, settingsFor } from '../../functions/environment/settings.ts'
import type { TestWorld } from '../harness/world.ts'
import { ok } from '../db/rows.ts'
import { holder, key, newKey, signText, type Holder } from './holder.ts'
import { closeScene, codeOf, decide, demanding, enrol, handOn, inForce, input, keepers, officer, openScene, seen, world, yokohama } from './office-scene.ts'

beforeAll(openScene, 60_000)
afterAll(closeScene)

describe('four eyes, with delegates and one person in two offices', () => {
  const actors = { a1: officer('11', 'agency'), a2: officer('12', 'agency'), deputy: officer('13', 'agency', null, ['area']), m1: officer('21', 'ministry'), twin: officer('22', 'ministry') } as const
  type Name = keyof typeof actors
  const names = Object.keys(actors) as Name[]
  /** Who stands behind a request, and behind a decision: the deputy asks in its own name and decides in that of a1; a1 and the twin are one person. */
  const asks: Readonly<Record<Name, readonly string[]>> = { a1: ['a1', 'P'], a2: ['a2'], deputy: ['deputy'], m1: ['m1'], twin: ['twin', 'P'] }
  const decides: Readonly<Record<Name, readonly string[]>> = { ...asks, deputy: ['deputy', 'a1', 'P'] }
  const share = (a: readonly string[], b: readonly string[]): boolean => a.some((x) => b.includes(x))
  const bodyOf = (name: Name): string => actors[name].role
  beforeAll(async () => {
    await enrol(actors.a1, world.persona('hanako').person)
    await enrol(actors.twin, world.persona('hanako').person)
    ok(await handOn(actors.a1, actors.deputy, 'standing'))
    // Signing is another matter: here nobody's card is asked for.
    demanding({ ...defaultSettings.signedDecisions, agency: 'accepted', ministry: 'accepted' })
  })
  afterAll(() => demanding(defaultSettings.signedDecisions))

  test('asking and approving: 5 × 5', { timeout: 60_000 }, async () => {
    const found: Record<string, string> = {}
    const wanted: Record<string, string> = {}
    for (const maker of names) for (const checker of names) {
      const asked = ok(await requestGrant(world, actors[maker], input()))
      found[`${maker} → ${checker}`] = codeOf(await decide('grant.approve', actors[checker], asked))
      wanted[`${maker} → ${checker}`] = share(asks[maker], decides[checker]) ? 'FOUR_EYES' : bodyOf(maker) === bodyOf(checker) ? 'FOUR_EYES organisation' : 'OK'
    }
    expect(found).toEqual(wanted)
    expect(Object.values(wanted).filter((w) => w === 'OK').length).toBeGreaterThan(5)
  })

  test.each(['grant.resume', 'grant.end'] as const)('%s takes two: 5 × 5', { timeout: 60_000 }, async (act) => {
    const found: Record<string, string> = {}
    const wanted: Record<string, string> = {}
    for (const first of names) for (const second of names) {
      const grant = await inForce()
      if (act === 'grant.resume') ok(await decide('grant.suspend', officer('93', 'agency'), grant))
      ok(await decide(act, actors[first], grant))
      found[`${first} → ${second}`] = codeOf(await decide(act, actors[second], grant))
      wanted[`${first} → ${second}`] = share(decides[first], decides[second]) ? 'FOUR_EYES' : 'OK'
    }
    expect(found).toEqual(wanted)
  })

  test('that a link was ended does not make one person two', async () => {
    const [one, two] = [officer('31', 'agency'), officer('32', 'ministry')]
    const person = world.persona('taro').person
    const cards = [await enrol(one, person), await enrol(two, person)]
    for (const card of cards) ok(await endOfficerCard(world, keepers(card.office === 'agency' ? 'agency' : 'ministry')[0], { card: card.id, idempotencyKey: key() }))
    expect(codeOf(await decide('grant.approve', two, ok(await requestGrant(world, one, input()))))).toBe('FOUR_EYES')
  })
})

describe('in another’s stead', () => {
  const [chief, deputy, stranger] = [officer('41', 'agency'), officer('42', 'agency', null, ['area']), officer('43', 'ministry', null, ['area'])]
  const asked = async () => ok(await requestGrant(world, officer('91', 'ministry'), input()))

  test('代決: while the officer is away the deputy decides and the officer does not; it ends by hand and by time, and the leaf says in whose stead', async () => {
    const first = await asked()
    expect(codeOf(await decide('grant.approve', deputy, first))).toBe('NOT_PERMITTED')
    const given = ok(await handOn(chief, deputy, 'absence', ['grant.approve'], 48))
    expect(codeOf(await decide('grant.approve', chief, first))).toBe('WRONG_STATE ABSENT')
    expect(codeOf(await decide('grant.approve', deputy, first))).toBe('OK')
    const [leaf] = await world.db.select().from(auditLeaves).where(sql`${auditLeaves.subject} = ${first.id} and ${auditLeaves.kind} = 'grant.approve'`)
    expect(leaf!.facts).toMatchObject({ onBehalfOf: chief.officer })
    // Only what was named, and nobody of another office.
    expect(codeOf(await decide('grant.suspend', deputy, first))).toBe('NOT_PERMITTED')
    expect(codeOf(await decide('grant.suspend', chief, first))).toBe('OK')
    ok(await handOn(officer('44', 'agency'), stranger, 'standing', ['grant.approve'], 48))
    expect(codeOf(await decide('grant.approve', stranger, await asked()))).toBe('NOT_PERMITTED')
    ok(await endDelegation(world, chief, { delegation: given.id, idempotencyKey: key() }))
    const next = await asked()
    expect([codeOf(await decide('grant.approve', deputy, next)), codeOf(await endDelegation(world, chief, { delegation: given.id, idempotencyKey: key() }))]).toEqual(['NOT_PERMITTED', 'WRONG_STATE'])
    expect(codeOf(await decide('grant.approve', chief, next))).toBe('OK')
    const start = after(world.clock.now(), hour)
    ok(await handOn(chief, deputy, 'absence', ['grant.approve'], 2, start))
    const [before, during, over] = [await asked(), await asked(), await asked()]
    expect(codeOf(await decide('grant.approve', deputy, before))).toBe('NOT_PERMITTED')
    world.clock.advance(hour)
    expect(codeOf(await decide('grant.approve', deputy, during))).toBe('OK')
    world.clock.advance(2 * hour)
    expect([codeOf(await decide('grant.approve', deputy, over)), codeOf(await decide('grant.approve', chief, over))]).toEqual(['NOT_PERMITTED', 'OK'])
  })

  test('nobody hands on more than is held, to themselves, without end, or what was handed on', async () => {
    ok(await handOn(chief, deputy, 'standing', ['grant.approve'], 4))
    expect(codeOf(await handOn(deputy, officer('45', 'agency', null, ['area']), 'standing', ['grant.approve'], 4))).toBe('NOT_PERMITTED')
    expect(codeOf(await handOn(officer('46', 'municipal', yokohama), officer('47', 'municipal', yokohama), 'standing', ['grant.approve']))).toBe('NOT_PERMITTED')
    expect(codeOf(await handOn(chief, chief, 'standing', ['grant.end']))).toBe('FOUR_EYES')
    expect(codeOf(await handOn(chief, deputy, 'standing', ['grant.end'], 366 * 24 + 1))).toBe('MALFORMED_INPUT')
    expect(codeOf(await handOn(chief, deputy, 'standing', [], 4))).toBe('MALFORMED_INPUT')
    expect(codeOf(await handOn(chief, deputy, 'standing', ['grant.end'], 4, after(world.clock.now(), -1)))).toBe('MALFORMED_INPUT')
    const view = ok(await readOffice(world, deputy))
    expect(view.delegations.filter((d) => d.from === chief.officer).map((d) => [d.kind, d.acts])).toEqual([['standing', ['grant.approve']]])
  })
})

describe('the own card', () => {
  const [one, two, third] = [officer('51', 'agency'), officer('52', 'agency'), officer('53', 'agency', null, ['area', 'area:approve'])]
  const person = () => world.persona('ivs').person

  test('is enrolled by two others of the office, within 72 hours', async () => {
    const propose = (by: Officer, of: Officer) => proposeOfficerCard(world, by, { officer: of.officer, person: person(), idempotencyKey: key() })
    expect(codeOf(await propose(one, one))).toBe('FOUR_EYES')
    expect(codeOf(await propose(third, one))).toBe('NOT_PERMITTED')
    const proposed = ok(await propose(one, third))
    const confirm = (by: Officer) => confirmOfficerCard(world, by, { card: proposed.id, idempotencyKey: key() })
    expect(codeOf(await confirm(one))).toBe('FOUR_EYES')
    expect(codeOf(await confirm({ ...third, scopes: new Set(scopes) }))).toBe('FOUR_EYES')
    expect(codeOf(await confirm(officer('54', 'ministry')))).toBe('NOT_FOUND')
    expect((await readInbox(world, two)).map((i) => [i.kind, i.card?.id])).toContainEqual(['officer-card', proposed.id])
    world.clock.advance(72 * hour + 1)
    expect(codeOf(await confirm(two))).toBe('DECISION_EXPIRED')
    expect(await world.offices.cardOf(third.officer)).toBeNull()
  })

  test('a second one ends the first; who has it may end it, others may not', async () => {
    const [first, second] = [await enrol(third, person()), await enrol(third, world.persona('taro').person)]
    expect((await world.offices.loadCard(first.id))!.state).toBe('ENDED')
    expect(codeOf(await endOfficerCard(world, officer('55', 'agency', null, []), { card: second.id, idempotencyKey: key() }))).toBe('NOT_PERMITTED')
    expect(ok(await endOfficerCard(world, third, { card: second.id, idempotencyKey: key() })).state).toBe('ENDED')
  })

  test('the archive refuses one pair of eyes, whatever code asks', async () => {
    const proposed = ok(await proposeOfficerCard(world, one, { officer: third.officer, person: person(), idempotencyKey: key() }))
    const act = { kind: 'officer.confirm' as const, actor: one, at: world.clock.now(), key: key(), request: '{}', subject: proposed.id, facts: {} }
    for (const by of [one, third]) expect(codeOf(await world.offices.changeCard({ ...act, key: key() }, 'PROPOSED', { ...proposed, state: 'ENROLLED', confirmedBy: by.officer }))).toBe('FOUR_EYES')
  })
})

describe('a signed decision', () => {
  const signer = officer('61', 'agency')
  let card: Holder
  let other: Holder
  beforeAll(async () => {
    card = await holder(world, 'hanako')
    other = await holder(world, 'gaiji', true)
    await enrol(signer, card.card.person)
  })
  let asked: Grant
  beforeEach(async () => { asked = ok(await requestGrant(world, officer('91', 'ministry'), input())) })
  const challenge = async (act: DelegableAct = 'grant.approve', grant = asked) => ok(await challengeOnGrant(world, signer, act, grant.id))
  const signedWith = (document: string, by: Holder = card): SignedDecision => ({ document, signature: signText(by.keys.authentication, document), certificate: by.authentication.der })

  test('is demanded of whose card is enrolled, holds for what was shown, and is kept so that anybody can check it', async () => {
    expect(codeOf(await decide('grant.approve', signer, asked))).toBe('DECISION_NOT_SIGNED')
    const { document, digest, demanded } = await challenge()
    expect([demanded, JSON.parse(document)]).toMatchObject([true, { type: 'Mynagate decision v1', act: 'grant.approve', officer: signer.officer, office: 'agency', onBehalfOf: null, shown: { aid: asked.aid, purpose: '見本', quota: asked.quota, version: 0, reach: seen } }])
    const signed = signedWith(document)
    expect(codeOf(await decide('grant.approve', signer, asked, signed))).toBe('OK')
    const [kept] = await world.grants.evidence(asked.id)
    expect(kept).toMatchObject({ act: 'grant.approve', officer: signer.officer, document, onBehalfOf: null })
    expect(verify('sha256', Buffer.from(kept!.document), new X509Certificate(Buffer.from(kept!.certificate)).publicKey, kept!.signature)).toBe(true)
    expect(digest).toHaveLength(32)
    const [leaf] = await world.db.select().from(auditLeaves).where(sql`${auditLeaves.subject} = ${asked.id} and ${auditLeaves.kind} = 'grant.approve'`)
    expect(leaf!.facts['signed']).toBe(kept!.digest)
    expect(createPublicKey({ key: Buffer.from(new X509Certificate(Buffer.from(kept!.certificate)).publicKey.export({ type: 'spki', format: 'der' })), format: 'der', type: 'spki' }).asymmetricKeyType).toBe('rsa')
  })

  test('of another thing, another act, another officer, another time or another state is none', async () => {
    const { document } = await challenge()
    const twin = ok(await requestGrant(world, officer('91', 'ministry'), input()))
    expect(codeOf(await decide('grant.approve', signer, twin, signedWith(document)))).toBe('DECISION_DIFFERS')
    const suspended = await inForce()
    ok(await decide('grant.suspend', officer('93', 'ministry'), suspended))
    expect(codeOf(await decide('grant.resume', signer, suspended, signedWith((await challenge('grant.end', suspended)).document)))).toBe('DECISION_DIFFERS')
    const resume = (await challenge('grant.resume', suspended)).document
    ok(await decide('grant.resume', officer('93', 'ministry'), suspended))
    expect(codeOf(await decide('grant.resume', signer, suspended, signedWith(resume)))).toBe('DECISION_DIFFERS')
    const words = document.replace('見本', '見木')
    expect(codeOf(await decide('grant.approve', signer, asked, signedWith(words)))).toBe('DECISION_DIFFERS')
    for (const rubbish of ['', '{}', 'null', '{"at":1e99}', `${document} `]) expect(codeOf(await decide('grant.approve', signer, asked, signedWith(rubbish)))).toBe('DECISION_DIFFERS')
    expect(codeOf(await decide('grant.approve', { ...signer, officer: officer('62', 'agency').officer }, asked, signedWith(document)))).toBe('DECISION_DIFFERS')
    world.clock.advance(10 * minute)
    const late = signedWith(document)
    world.clock.advance(1)
    expect(codeOf(await decide('grant.approve', signer, asked, late))).toBe('DECISION_DIFFERS')
    expect((await world.grants.load(asked.id))!.state).toBe('REQUESTED')
  })

  test('with another key, another card, a card that is no longer enrolled or a certificate that lapsed is refused', async () => {
    const { document } = await challenge()
    const own = signedWith(document)
    expect(codeOf(await decide('grant.approve', signer, asked, { ...own, signature: signText(newKey(), document) }))).toBe('SIGNATURE_INVALID')
    expect(codeOf(await decide('grant.approve', signer, asked, { ...own, certificate: card.signature.der }))).toBe('CERTIFICATE_NOT_VALID')
    expect(codeOf(await decide('grant.approve', signer, asked, signedWith(document, other)))).toBe('NOT_OWN_CARD')
    const unknown = officer('63', 'agency')
    const theirs = ok(await challengeOnGrant(world, unknown, 'grant.approve', asked.id))
    expect([theirs.demanded, codeOf(await decide('grant.approve', unknown, asked, signedWith(theirs.document)))]).toEqual([false, 'NOT_OWN_CARD'])
    const lapsing = await holder(world, 'misaki', true)
    const clerk = officer('64', 'agency')
    await enrol(clerk, lapsing.card.person)
    ok(await revoke(world, officer('65', 'agency'), { certificate: lapsing.authentication.id, ground: 'key-leak', occurredAt: null, idempotencyKey: key() }))
    const text = ok(await challengeOnGrant(world, clerk, 'grant.approve', asked.id)).document
    expect(codeOf(await decide('grant.approve', clerk, asked, signedWith(text, lapsing)))).toBe('CERTIFICATE_NOT_VALID')
  })

  test('a deployed gateway demands it of everybody; suspending waits for no card', async () => {
    const strict: TestWorld = { ...world, settings: { ...world.settings, signedDecisions: settingsFor({ ocspUrl: null }).signedDecisions } }
    expect(Object.values(strict.settings.signedDecisions)).toEqual(['demanded', 'demanded', 'demanded', 'demanded', 'demanded'])
    expect(codeOf(await approveGrant(strict, officer('66', 'agency'), { grant: asked.id, idempotencyKey: key() }))).toBe('DECISION_NOT_SIGNED')
    const grant = await inForce()
    expect(codeOf(await suspendGrant(strict, officer('66', 'agency'), { grant: grant.id, idempotencyKey: key() }))).toBe('OK')
    expect(codeOf(await resumeGrant(strict, officer('66', 'agency'), { grant: grant.id, idempotencyKey: key() }))).toBe('DECISION_NOT_SIGNED')
    const clerk = officer('67', 'municipal', yokohama)
    ok(await requestGrant(world, clerk, input({ basis: { kind: 'ordinance', municipality: yokohama, name: '署名条例', article: '第1条', promulgatedOn: legalDate('2020-04-01') }, population: { kind: 'residents', municipalities: [yokohama] } })))
    expect(codeOf(await repealOrdinance(strict, clerk, { municipality: yokohama, name: '署名条例', repealedOn: legalDate('2026-03-31'), seen, idempotencyKey: key() }))).toBe('DECISION_NOT_SIGNED')
  })
})

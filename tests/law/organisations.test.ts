/** Prefectures and organs of the state, and what waits for whom in an office. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { officeOf, type Officer } from '../../core/law/actor.ts'
import type { Grant, LegalBasis } from '../../core/law/space/basis.ts'
import { repealOrdinance } from '../../core/law/space/decision.ts'
import { listGrants, readGrant, requestGrant, sweepGrants, type GrantInput } from '../../core/law/space/grant.ts'
import { readInbox } from '../../core/law/space/inbox.ts'
import { municipalityCode, type MunicipalityCode } from '../../core/law/ids.ts'
import { isRefusal } from '../../core/law/refusal.ts'
import { after, addDays, hour, legalDate, startOf } from '../../core/law/time.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { ok } from '../db/rows.ts'
import { key } from './holder.ts'
import { closeScene, codeOf, confirmation, decide, inForce, input, kanagawa, kawasaki, kiyose, officer, openScene, seen, world, yokohama } from './office-scene.ts'

beforeAll(openScene, 60_000)
afterAll(closeScene)

describe('prefectures and organs of the state', () => {
  const prefecture = officer('81', 'prefectural', kanagawa, ['area'])
  const organ = officer('82', 'national', null, ['area'], '見本庁')
  const ordinance = (municipality: MunicipalityCode): LegalBasis => ({ kind: 'ordinance', municipality, name: '見本条例', article: '第3条', promulgatedOn: legalDate('2020-04-01') })
  const rule: LegalBasis = { kind: 'ministerial-rule', notice: '告示第1号', issuedOn: legalDate('2020-04-01') }
  const residents = (...municipalities: MunicipalityCode[]) => ({ kind: 'residents', municipalities }) as const

  test('a prefecture asks by its own ordinance, for residents of its own municipalities; an organ by the ministers’ rule', async () => {
    const ask = async (by: Officer, basis: LegalBasis, population: GrantInput['population']) => { const r = await requestGrant(world, by, input({ basis, population })); return isRefusal(r) ? `${r.code} ${r.field}` : 'OK' }
    expect(await ask(prefecture, ordinance(kanagawa), residents(yokohama, kawasaki))).toBe('OK')
    expect(await ask(prefecture, ordinance(kanagawa), residents(yokohama, kiyose))).toBe('MALFORMED_INPUT population')
    expect(await ask(prefecture, ordinance(kanagawa), { kind: 'cards' })).toBe('MALFORMED_INPUT population')
    expect(await ask(prefecture, ordinance(yokohama), residents(yokohama))).toBe('LEGAL_BASIS_MISSING basis')
    expect(await ask(prefecture, rule, residents(yokohama))).toBe('LEGAL_BASIS_MISSING basis')
    expect(await ask(organ, rule, { kind: 'cards' })).toBe('OK')
    expect(await ask(organ, confirmation, { kind: 'cards' })).toBe('LEGAL_BASIS_MISSING basis')
    expect(await ask(officer('83', 'municipal', yokohama), ordinance(yokohama), residents(yokohama, municipalityCode('480002')))).toBe('MALFORMED_INPUT population')
  })

  test('it sees what its municipalities have and decides on its own; approving is for agency and ministry', async () => {
    const own = ok(await requestGrant(world, prefecture, input({ basis: ordinance(kanagawa), population: residents(kawasaki) })))
    const theirs = ok(await requestGrant(world, officer('83', 'municipal', yokohama), input({ basis: ordinance(yokohama), population: residents(yokohama) })))
    const tokyo = ok(await requestGrant(world, officer('84', 'municipal', kiyose), input({ basis: ordinance(kiyose), population: residents(kiyose) })))
    const state = ok(await requestGrant(world, organ, input({ basis: rule })))
    const sees = async (by: Officer) => { const ids = new Set((await listGrants(world, by)).map((g) => g.id)); return [own, theirs, tokyo, state].map((g) => ids.has(g.id)) }
    expect(await sees(prefecture)).toEqual([true, true, false, false])
    expect(await sees(organ)).toEqual([false, false, false, true])
    expect(await sees(officer('85', 'national', null, ['area'], '他庁'))).toEqual([false, false, false, false])
    // What is for any card is for cards of its residents too.
    expect(await sees(officer('86', 'municipal', kawasaki, ['area']))).toEqual([true, false, false, true])
    for (const grant of [own, theirs, tokyo, state]) ok(await decide('grant.approve', officer('87', 'agency'), grant))
    expect([codeOf(await decide('grant.approve', prefecture, own)), codeOf(await decide('grant.suspend', prefecture, theirs)), codeOf(await decide('grant.suspend', prefecture, own)), codeOf(await decide('grant.suspend', prefecture, state))]).toEqual(['NOT_PERMITTED', 'NOT_PERMITTED', 'OK', 'NOT_FOUND'])
    expect([codeOf(await decide('grant.suspend', organ, state)), codeOf(await decide('grant.suspend', organ, own)), codeOf(await readGrant(world, organ, theirs.id))]).toEqual(['OK', 'NOT_FOUND', 'NOT_FOUND'])
    expect([officeOf(prefecture), officeOf(organ)]).toEqual(['prefectural 140007', 'national 見本庁'])
  })
})

describe('what waits', () => {
  const [agency, ministry] = [officer('88', 'agency'), officer('89', 'ministry')]
  test('a request for other eyes, a decision for a second person, an area that runs out', async () => {
    const kindsFor = async (by: Officer, grant: Grant) => (await readInbox(world, by)).filter((i) => i.grant?.id === grant.id).map((i) => [i.kind, i.daysLeft])
    const asked = ok(await requestGrant(world, agency, input()))
    // A private body’s area wants another body, not only another officer.
    expect([await kindsFor(agency, asked), await kindsFor(officer('90', 'agency'), asked), await kindsFor(ministry, asked)]).toEqual([[], [], [['approval', null]]])
    const ruled = ok(await requestGrant(world, ministry, input({ basis: { kind: 'ministerial-rule', notice: '告示第1号', issuedOn: legalDate('2020-04-01') } })))
    expect([await kindsFor(ministry, ruled), await kindsFor(officer('93', 'ministry'), ruled)]).toEqual([[], [['approval', null]]])
    const grant = await inForce()
    ok(await decide('grant.end', agency, grant))
    expect([await kindsFor(agency, grant), await kindsFor(ministry, grant)]).toEqual([[], [['second-decision', null]]])
    // A repeal waits for the council's own second officer, also where what stands on it was only asked for.
    const [clerk, clerk2] = [officer('91', 'municipal', yokohama), officer('92', 'municipal', yokohama)]
    const onOrdinance = ok(await requestGrant(world, clerk, input({ basis: { kind: 'ordinance', municipality: yokohama, name: '廃止条例', article: '第1条', promulgatedOn: legalDate('2020-04-01') }, population: { kind: 'residents', municipalities: [yokohama] } })))
    ok(await repealOrdinance(world, clerk, { municipality: yokohama, name: '廃止条例', repealedOn: legalDate('2026-03-31'), seen, idempotencyKey: key() }))
    expect([await kindsFor(clerk, onOrdinance), await kindsFor(clerk2, onOrdinance), await kindsFor(ministry, onOrdinance)]).toEqual([[], [['second-decision', null]], [['approval', null]]])
    // A request that one would turn down waits for a second too. What was said of it is not said of an area in force.
    const doubted = ok(await requestGrant(world, agency, input()))
    ok(await decide('grant.end', officer('90', 'agency'), doubted))
    expect([await kindsFor(agency, doubted), await kindsFor(officer('90', 'agency'), doubted), await kindsFor(ministry, doubted)]).toEqual([[['second-decision', null]], [], [['second-decision', null]]])
    expect(ok(await decide('grant.approve', ministry, doubted)).pending).toBe(null)
    expect([ok(await decide('grant.end', agency, doubted)).state, ok(await decide('grant.end', ministry, doubted)).state]).toEqual(['APPROVED', 'ENDED'])
    expect(ok(await decide('grant.approve', ministry, onOrdinance)).pending?.act).toBe('repeal')
    world.clock.advance(72 * hour + 1)
    expect([await kindsFor(ministry, asked), await kindsFor(ministry, grant), await kindsFor(clerk2, onOrdinance)]).toEqual([[], [], []])
  })

  test('90, 30 and 7 days before its end an area is warned of: in the inbox, and to the organisation’s webhook by its outbox', async () => {
    const until = addDays(legalDate('2026-04-05'), 120)
    const grant = await inForce({ partner: seededPartnerIds.bank, validUntil: until })
    const other = await inForce({ validUntil: until })
    const hook = (n: number, partner: string, events: string) => world.db.execute(sql`insert into webhooks (id, partner, url, events, secret, registered_at, state) values (${`whk_${String(n).padStart(26, '0')}`}, ${partner}, 'https://partner.example/', ${sql.raw(`array['${events}']`)}, decode('00', 'hex'), 0, 'ACTIVE')`)
    await hook(1, seededPartnerIds.bank, 'grant-expiring')
    await hook(2, seededPartnerIds.bank, 'consent-ended')
    await hook(3, seededPartnerIds.hospital, 'grant-expiring')
    const told = async () => ((await world.db.execute(sql`select webhook, "grant", consent, state from webhook_deliveries order by id`)) as unknown as { rows: { webhook: string; grant: string }[] }).rows
    for (const [n, days] of [90, 30, 7].entries()) {
      world.clock.set(after(startOf(addDays(until, -days)), -1))
      expect((await sweepGrants(world, 1_000)).warned, `the day before ${days}`).toBe(0)
      world.clock.set(startOf(addDays(until, -days)))
      expect((await sweepGrants(world, 1_000)).warned).toBe(2)
      expect((await sweepGrants(world, 1_000)).warned).toBe(0)
      expect(await told()).toHaveLength(n + 1)
      const waiting = (await readInbox(world, agency)).filter((i) => i.kind === 'expiring').map((i) => [i.grant!.id, i.daysLeft])
      expect(waiting).toEqual(expect.arrayContaining([[grant.id, days], [other.id, days]]))
    }
    expect(await told()).toEqual(Array.from({ length: 3 }, () => ({ webhook: 'whk_00000000000000000000000001', grant: grant.id, consent: null, state: 'WAITING' })))
  })
})

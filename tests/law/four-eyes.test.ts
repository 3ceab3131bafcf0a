/** Four eyes over grants of free space: every act by every pair of officers, each with every scope there is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomUUID } from 'node:crypto'
import { scopes, type Officer } from '../../core/law/actor.ts'
import { decisionLife, type Grant, type LegalBasis } from '../../core/law/space/basis.ts'
import { approveGrant, endGrant, repealOrdinance, resumeGrant, suspendGrant } from '../../core/law/space/decision.ts'
import { requestGrant, type GrantInput } from '../../core/law/space/grant.ts'
import { municipalityCode, type IdempotencyKey, type OfficerId } from '../../core/law/ids.ts'
import { isRefusal, type Result } from '../../core/law/refusal.ts'
import { legalDate } from '../../core/law/time.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { ok } from '../db/rows.ts'

const yokohama = municipalityCode('141003')
const kiyose = municipalityCode('132217')
const [kanagawa, tokyo] = [municipalityCode('140007'), municipalityCode('130001')]
/** Nobody has more than everything. */
const officer = (n: number, role: Officer['role'], municipality: Officer['municipality'] = null): Officer => ({ kind: 'officer', officer: `ofc_${n}` as OfficerId, role, municipality, scopes: new Set(scopes) })
const officers = {
  'Yokohama 1': officer(11, 'municipal', yokohama), 'Yokohama 2': officer(12, 'municipal', yokohama), Kiyose: officer(21, 'municipal', kiyose),
  'agency 1': officer(31, 'agency'), 'agency 2': officer(32, 'agency'), 'ministry 1': officer(41, 'ministry'), 'ministry 2': officer(42, 'ministry'),
} as const
type Name = keyof typeof officers
const names = Object.keys(officers) as Name[]
const bodyOf = (name: Name): string => name.split(' ')[0]!

const bases: Readonly<Record<LegalBasis['kind'], { readonly basis: LegalBasis; readonly makers: readonly string[]; readonly isPrivate: boolean }>> = {
  ordinance: { basis: { kind: 'ordinance', municipality: yokohama, name: '見本条例', article: '第3条', promulgatedOn: legalDate('2020-04-01') }, makers: ['Yokohama'], isPrivate: false },
  'ministerial-rule': { basis: { kind: 'ministerial-rule', notice: '告示第1号', issuedOn: legalDate('2020-04-01') }, makers: ['ministry'], isPrivate: false },
  'minister-confirmation': { basis: { kind: 'minister-confirmation', number: '第1号', confirmedOn: legalDate('2020-04-01'), procedure: '要領 第1版' }, makers: ['agency', 'ministry'], isPrivate: true },
  'jpki-verifier': { basis: { kind: 'jpki-verifier', provision: 'article-17-1', number: '届出第1号', notifiedOn: legalDate('2020-04-01') }, makers: ['agency', 'ministry'], isPrivate: true },
}
const kinds = Object.keys(bases) as (keyof typeof bases)[]

let world: TestWorld
beforeAll(async () => { world = await testWorld({ settings: { freeSpace: { code: 0, data: 1_000_000, volatile: 0 }, freeSpaceForResidents: { code: 0, data: 500_000, volatile: 0 } } }) }, 60_000)
afterAll(() => world.close())

const key = (): IdempotencyKey => randomUUID() as string as IdempotencyKey
let drawn = 0
const input = (basis: LegalBasis): GrantInput => ({
  basis, population: basis.kind === 'ordinance' ? { kind: 'residents', municipalities: [yokohama] } : { kind: 'cards' }, partner: null, operator: '見本', purpose: '見本', label: '見本', aid: `A0${String(drawn++).padStart(10, '0')}`,
  quota: { code: 0, data: 74, volatile: 0 }, pin: null, records: { count: 1, size: 10 }, minimumAge: 15, evidence: 'AB'.repeat(32), validFrom: legalDate('2026-01-01'), validUntil: legalDate('2030-12-31'), idempotencyKey: key(),
})
const codeOf = (result: Result<unknown>): string => (isRefusal(result) ? `${result.code}${result.field === 'organisation' ? ' organisation' : ''}` : 'OK')
const seen = { installations: 0, cards: 0 }

/** A grant in force, asked for by whoever may and approved by a third. */
async function inForce(kind: keyof typeof bases): Promise<Grant> {
  const { basis } = bases[kind]
  const asked = ok(await requestGrant(world, officer(91, basis.kind === 'ordinance' ? 'municipal' : 'ministry', basis.kind === 'ordinance' ? yokohama : null), input(basis)))
  return ok(await approveGrant(world, officer(92, 'agency'), { grant: asked.id, idempotencyKey: key() }))
}

describe.each(kinds)('%s', (kind) => {
  const { basis, makers, isPrivate } = bases[kind]
  const isMaker = (name: Name): boolean => makers.includes(bodyOf(name))
  const decides = (name: Name): boolean => bodyOf(name) === 'agency' || bodyOf(name) === 'ministry'
  const inCharge = (name: Name): boolean => decides(name) || (kind === 'ordinance' && bodyOf(name) === 'Yokohama')
  const reads = (name: Name): boolean => kind !== 'ordinance' || bodyOf(name) !== 'Kiyose'

  test('asking and approving: 7 × 7', { timeout: 60_000 }, async () => {
    const found: Record<string, string> = {}
    const wanted: Record<string, string> = {}
    for (const maker of names) {
      for (const checker of names) {
        const asked = await requestGrant(world, officers[maker], input(basis))
        const pair = `${maker} → ${checker}`
        if (!isMaker(maker)) {
          found[pair] = codeOf(asked)
          wanted[pair] = 'LEGAL_BASIS_MISSING'
          continue
        }
        found[pair] = codeOf(await approveGrant(world, officers[checker], { grant: ok(asked).id, idempotencyKey: key() }))
        wanted[pair] = !reads(checker) ? 'NOT_FOUND' : !decides(checker) ? 'NOT_PERMITTED' : maker === checker ? 'FOUR_EYES' : isPrivate && bodyOf(maker) === bodyOf(checker) ? 'FOUR_EYES organisation' : 'OK'
      }
    }
    expect(found).toEqual(wanted)
  })

  test.each(['resume', 'end'] as const)('%s takes two: 7 × 7', { timeout: 60_000 }, async (act) => {
    const decide = (name: Name, grant: Grant) => act === 'resume'
      ? resumeGrant(world, officers[name], { grant: grant.id, idempotencyKey: key() })
      : endGrant(world, officers[name], { grant: grant.id, seen, idempotencyKey: key() })
    const found: Record<string, string> = {}
    const wanted: Record<string, string> = {}
    const state = act === 'resume' ? 'APPROVED' : 'ENDED'
    for (const first of names) {
      for (const second of names) {
        const grant = await inForce(kind)
        if (act === 'resume') ok(await suspendGrant(world, officer(93, 'agency'), { grant: grant.id, idempotencyKey: key() }))
        const before = await decide(first, grant)
        const after = await decide(second, grant)
        const pair = `${first} → ${second}`
        found[pair] = `${codeOf(before)}, ${codeOf(after)}, ${(await world.grants.load(grant.id))!.state === state ? 'done' : 'not done'}`
        const no = (name: Name): string => (reads(name) ? 'NOT_PERMITTED' : 'NOT_FOUND')
        wanted[pair] = `${inCharge(first) ? 'OK' : no(first)}, ${!inCharge(second) ? no(second) : first === second ? 'FOUR_EYES' : 'OK'}, ${inCharge(first) && inCharge(second) && first !== second ? 'done' : 'not done'}`
      }
    }
    expect(found).toEqual(wanted)
  })

  test('suspending takes one, of those in charge', async () => {
    for (const name of names) {
      const grant = await inForce(kind)
      const result = await suspendGrant(world, officers[name], { grant: grant.id, idempotencyKey: key() })
      expect([name, codeOf(result)]).toEqual([name, inCharge(name) ? 'OK' : reads(name) ? 'NOT_PERMITTED' : 'NOT_FOUND'])
    }
  })
})

test('repealing an ordinance takes two of the council’s own: 7 × 7', { timeout: 60_000 }, async () => {
  const found: Record<string, string> = {}
  const wanted: Record<string, string> = {}
  const own = (name: Name): boolean => bodyOf(name) === 'Yokohama'
  for (const first of names) {
    for (const second of names) {
      const pair = `${first} → ${second}`
      const name = `条例 ${pair}`
      const asked = ok(await requestGrant(world, officer(91, 'municipal', yokohama), input({ kind: 'ordinance', municipality: yokohama, name, article: '第3条', promulgatedOn: legalDate('2020-04-01') })))
      ok(await approveGrant(world, officer(92, 'agency'), { grant: asked.id, idempotencyKey: key() }))
      const repeal = (who: Name) => repealOrdinance(world, officers[who], { municipality: yokohama, name, repealedOn: legalDate('2026-03-31'), seen, idempotencyKey: key() })
      const [before, after] = [await repeal(first), await repeal(second)]
      found[pair] = `${codeOf(before)}, ${codeOf(after)}, ${(await world.grants.load(asked.id))!.state}`
      wanted[pair] = `${own(first) ? 'OK' : 'NOT_PERMITTED'}, ${!own(second) ? 'NOT_PERMITTED' : first === second ? 'FOUR_EYES' : 'OK'}, ${own(first) && own(second) && first !== second ? 'ENDED' : 'APPROVED'}`
    }
  }
  expect(found).toEqual(wanted)
})

test('a repeal that nobody seconded in 72 hours, another day, or what came to stand on it meanwhile: it begins again', async () => {
  const name = '待つ条例'
  const basis: LegalBasis = { kind: 'ordinance', municipality: yokohama, name, article: '第3条', promulgatedOn: legalDate('2020-04-01') }
  const ask = async () => ok(await requestGrant(world, officer(91, 'municipal', yokohama), input(basis)))
  const repeal = async (who: Name, repealedOn = legalDate('2026-03-31')) => {
    const { ended, waiting } = ok(await repealOrdinance(world, officers[who], { municipality: yokohama, name, repealedOn, seen, idempotencyKey: key() }))
    return [ended.length, waiting.length]
  }
  await ask()
  expect(await repeal('Yokohama 1')).toEqual([0, 1])
  world.clock.advance(decisionLife + 1)
  expect(await repeal('Yokohama 2')).toEqual([0, 1])
  expect(await repeal('Yokohama 1', legalDate('2026-03-30'))).toEqual([0, 1])
  await ask()
  expect(await repeal('Yokohama 2', legalDate('2026-03-30'))).toEqual([0, 2])
  expect(await repeal('Yokohama 1', legalDate('2026-03-30'))).toEqual([2, 0])
})

describe.each(['prefecture', 'organ'] as const)('asked for by the %s itself: 5 × 5', (whose) => {
  const organ = (n: number, name: string): Officer => ({ ...officer(n, 'national'), organ: name })
  const ordinance = (name: string): LegalBasis => ({ kind: 'ordinance', municipality: kanagawa, name, article: '第3条', promulgatedOn: legalDate('2020-04-01') })
  const [own, stranger] = whose === 'prefecture' ? [[51, 52].map((n) => officer(n, 'prefectural', kanagawa)), officer(53, 'prefectural', tokyo)] : [[61, 62].map((n) => organ(n, '見本庁')), organ(63, '別の庁')]
  const actors = { 'own 1': own[0]!, 'own 2': own[1]!, stranger, agency: officers['agency 1'], ministry: officers['ministry 1'] } as const
  type Actor = keyof typeof actors
  const all = Object.keys(actors) as Actor[]
  const isOwn = (name: Actor): boolean => name.startsWith('own')
  const ask = async (by: Officer, name = '県の条例'): Promise<Grant> => ok(await requestGrant(world, by, { ...input(whose === 'prefecture' ? ordinance(name) : bases['ministerial-rule'].basis), population: whose === 'prefecture' ? { kind: 'residents', municipalities: [yokohama] } : { kind: 'cards' } }))
  const approved = async (name?: string): Promise<Grant> => ok(await approveGrant(world, officer(92, 'agency'), { grant: (await ask(own[0]!, name)).id, idempotencyKey: key() }))
  const on = ({ id }: Grant) => ({ grant: id, idempotencyKey: key() })
  const no = (name: Actor): string | null => (name === 'stranger' ? 'NOT_FOUND' : null)

  test('approved by agency or ministry alone', async () => {
    for (const maker of ['own 1', 'own 2'] as const) for (const checker of all) expect([maker, checker, codeOf(await approveGrant(world, actors[checker], on(await ask(actors[maker]))))]).toEqual([maker, checker, no(checker) ?? (isOwn(checker) ? 'NOT_PERMITTED' : 'OK')])
  })

  test.each(['resume', 'end'] as const)('%s takes two; suspending one', { timeout: 60_000 }, async (act) => {
    const decide = (name: Actor, grant: Grant) => (act === 'resume' ? resumeGrant(world, actors[name], on(grant)) : endGrant(world, actors[name], { ...on(grant), seen }))
    for (const first of all) {
      expect([first, codeOf(await suspendGrant(world, actors[first], on(await approved())))]).toEqual([first, no(first) ?? 'OK'])
      for (const second of all) {
        const grant = await approved()
        if (act === 'resume') ok(await suspendGrant(world, officer(93, 'agency'), on(grant)))
        const [before, after] = [await decide(first, grant), await decide(second, grant)]
        expect([first, second, codeOf(before), codeOf(after)]).toEqual([first, second, no(first) ?? 'OK', no(second) ?? (first === second ? 'FOUR_EYES' : 'OK')])
      }
    }
  })

  if (whose === 'prefecture') test('the repeal of its ordinance takes two of its own', { timeout: 60_000 }, async () => {
    for (const first of all) {
      for (const second of all) {
        const name = `県の条例 ${first} → ${second}`
        const grant = await approved(name)
        const repeal = (who: Actor) => repealOrdinance(world, actors[who], { municipality: kanagawa, name, repealedOn: legalDate('2026-03-31'), seen, idempotencyKey: key() })
        const [before, after] = [await repeal(first), await repeal(second)]
        const done = isOwn(first) && isOwn(second) && first !== second
        expect([name, codeOf(before), codeOf(after), (await world.grants.load(grant.id))!.state]).toEqual([name, isOwn(first) ? 'OK' : 'NOT_PERMITTED', !isOwn(second) ? 'NOT_PERMITTED' : first === second ? 'FOUR_EYES' : 'OK', done ? 'ENDED' : 'APPROVED'])
      }
    }
  })
})

test('the archive itself refuses what no code of ours may ever ask: one pair of eyes, one body for a private area', async () => {
  const shares = () => ({ code: 0, data: 100, volatile: 0 })
  const act = (grant: Grant) => ({ kind: 'grant.approve' as const, actor: officers['agency 1'], at: world.clock.now(), key: key(), request: '{}', subject: grant.id, facts: {} })
  const asked = ok(await requestGrant(world, officers['ministry 1'], input(bases['minister-confirmation'].basis)))
  const approved = (by: string, body: string): Grant => ({ ...asked, state: 'APPROVED', approvedBy: by, approvedFor: body, version: 1 })
  expect(codeOf(await world.grants.change(act(asked), [approved('ofc_41', 'agency')], shares))).toBe('FOUR_EYES')
  expect(codeOf(await world.grants.change(act(asked), [approved('ofc_42', 'ministry')], shares))).toBe('FOUR_EYES')
  expect(codeOf(await world.grants.change(act(asked), [approved('ofc_31', 'agency')], () => ({ code: 0, data: 73, volatile: 0 })))).toBe('NO_SPACE')
  expect((await world.grants.load(asked.id))!.state).toBe('REQUESTED')
})

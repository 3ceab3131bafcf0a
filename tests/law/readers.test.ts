/** Who may read what: every reader asked by everybody, with every scope, with the one that opens it, and without that one. */
import { describe, expect, test } from 'vitest'
import { anonymous, scopes, system, type Actor, type OfficerRole, type Scope } from '../../core/law/actor.ts'
import { readCard, readCardApplication } from '../../core/law/card/card.ts'
import { readNotes } from '../../core/law/card/holding.ts'
import { readOrder } from '../../core/law/card/order.ts'
import { certificatesOnCard, readCertificate } from '../../core/law/certificate/certificate.ts'
import { readCertificateApplication } from '../../core/law/certificate/issuance.ts'
import { municipalityCode, newId } from '../../core/law/ids.ts'
import { readAccess, readManifest } from '../../core/law/partner/access.ts'
import { readKeys } from '../../core/law/partner/key.ts'
import { readLogin } from '../../core/law/partner/login.ts'
import { readEnding } from '../../core/law/partner/standing.ts'
import { readResident } from '../../core/law/person/resident.ts'
import { readEntries } from '../../core/law/record/audit.ts'
import { readTallies, type Tally } from '../../core/law/record/ledger.ts'
import { farthest, readCertificateDays, readDeadlines, readWorks } from '../../core/law/record/operations.ts'
import { isRefusal, refuse, type Refusal } from '../../core/law/refusal.ts'
import { readDrift } from '../../core/law/space/drift.ts'
import { longestSpan, readCounts, readDailyCounts, readMunicipalityCounts, readYearlyReport } from '../../core/law/statistics/counts.ts'
import { addDays, dayOf, legalDate } from '../../core/law/time.ts'
import type { World } from '../../core/law/world.ts'
import { defaultSettings } from '../../functions/environment/settings.ts'
import { defaultNow as now, testRandom } from '../harness/world.ts'
import { resident } from './card-scene.ts'

const random = testRandom('readers')
const [town, another] = [municipalityCode('132217'), municipalityCode('141003')]
const { person } = resident
const [bank, other] = [newId('partner', now, random), newId('partner', now, random)]
const today = dayOf(now)

const people = ['anonymous', 'system', 'citizen', 'another citizen', 'partner', 'another partner', 'municipal', 'elsewhere', 'prefectural', 'another prefecture', 'national', 'agency', 'ministry'] as const
type Who = (typeof people)[number]
const officer = (role: OfficerRole, held: ReadonlySet<Scope>, municipality: string | null = null): Actor => ({ kind: 'officer', officer: newId('officer', now, testRandom(role)), role, municipality: municipality as never, scopes: held })
function actor(who: Who, held: ReadonlySet<Scope> = new Set(scopes)): Actor {
  switch (who) {
    case 'anonymous': return { ...anonymous, scopes: held }
    case 'system': return { ...system('sweep'), scopes: held }
    case 'citizen': return { kind: 'citizen', person, scopes: held }
    case 'another citizen': return { kind: 'citizen', person: newId('person', now, testRandom('another')), scopes: held }
    case 'partner': return { kind: 'partner', partner: bank, client: 'app', scopes: held }
    case 'another partner': return { kind: 'partner', partner: other, client: 'app', scopes: held }
    case 'municipal': return officer('municipal', held, town)
    case 'elsewhere': return officer('municipal', held, another)
    case 'prefectural': return officer('prefectural', held, '130001')
    case 'another prefecture': return officer('prefectural', held, '140007')
    case 'national': case 'agency': case 'ministry': return officer(who, held)
  }
}

const tally = (key: string): Tally => ({ key, asked: 2, distinct: 2, recent: 0, stored: 2 })
const asked: unknown[] = []
const world = {
  clock: { now: () => now }, settings: defaultSettings,
  cards: { load: async () => ({ id: 'crd_1', person, municipality: town }) }, cardNotes: { of: async () => [] }, cardApplications: { load: async () => ({ id: 'cap_1', person, municipality: town }) },
  orders: { load: async () => ({ id: 'cor_1', municipality: town }) }, installations: { onCard: async () => [] },
  certificates: { load: async () => ({ id: 'crt_1', person, shard: town }), ofCard: async () => [{ id: 'crt_1', person, shard: town }] },
  issuances: { load: async (id: string) => ({ id, person, municipality: town, kind: id === 'xap_phone' ? 'smartphone-signature' : 'signature' }) },
  residents: { load: async () => resident }, challenges: { loadLogin: async () => ({ id: 'lgn_1', person, partner: bank }) },
  accesses: { documents: async () => [], load: async (partner: string) => ({ partner }) }, partnerKeys: { ofClient: async () => [], addressesOf: async () => [] },
  partners: { load: async () => ({ id: bank }) }, standings: { endingOf: async () => ({ consents: 0 }) },
  operations: {
    lists: async () => [], responders: async () => [], queue: async () => ({ issuances: 0 }), deadlines: async (...args: unknown[]) => { asked.push(args); return [] },
    certificateDays: async (...args: unknown[]) => { asked.push(args); return [{ day: addDays(today, 1), issued: 2, revoked: 1 }] },
  },
  audit: { head: async () => ({ size: 7n }), checkpoint: async () => null, entries: async () => [] },
  ledger: { lastTrail: async () => [{ key: 'k1', signed: 2 }, { key: 'strange', signed: 1 }, { key: 'idle', signed: 0 }], tally: async () => [tally('k1'), tally('k2')] },
  counts: { at: async () => ({}), byMunicipality: async () => [], daily: async (...args: unknown[]) => { asked.push(args); return [] }, ledger: async () => [], certificates: async () => ({ issued: [], revoked: [] }) },
} as unknown as World

/** `opens`: any one of them does. `freely`: who needs none. */
interface Reader { readonly ask: (by: Actor) => Promise<unknown>; readonly seenBy: readonly Who[]; readonly opens: readonly Scope[]; readonly freely?: readonly Who[]; readonly no: unknown }
const notFound = refuse('NOT_FOUND')
const notPermitted = (scope: string): Refusal => refuse('NOT_PERMITTED', { field: scope })
const id = 'x' as never
const readers: Readonly<Record<string, Reader>> = {
  card: { ask: (by) => readCard(world, by, id), seenBy: ['citizen', 'municipal', 'agency'], opens: ['card', 'area'], freely: ['citizen'], no: notFound },
  'what was added to a card': { ask: (by) => readNotes(world, by, id), seenBy: ['citizen', 'municipal', 'agency'], opens: ['card', 'area'], freely: ['citizen'], no: notFound },
  'application for a card': { ask: (by) => readCardApplication(world, by, id), seenBy: ['citizen', 'municipal', 'agency'], opens: ['card'], freely: ['citizen'], no: notFound },
  'order to a card': { ask: (by) => readOrder(world, by, id), seenBy: ['municipal', 'agency'], opens: ['card', 'area'], no: notFound },
  'drift of a card': { ask: (by) => readDrift(world, by, id, []), seenBy: ['municipal', 'agency'], opens: ['area'], no: notFound },
  certificate: { ask: (by) => readCertificate(world, by, id), seenBy: ['citizen', 'municipal', 'agency'], opens: ['certificate'], freely: ['citizen'], no: notFound },
  'certificates on a card': { ask: (by) => certificatesOnCard(world, by, id), seenBy: ['citizen', 'municipal', 'agency'], opens: ['certificate'], freely: ['citizen'], no: [] },
  'application for a certificate': { ask: (by) => readCertificateApplication(world, by, id), seenBy: ['municipal', 'agency'], opens: ['certificate'], no: notFound },
  'application for one in a phone': { ask: (by) => readCertificateApplication(world, by, 'xap_phone' as never), seenBy: ['citizen'], opens: ['me'], no: notFound },
  record: { ask: (by) => readResident(world, by, person), seenBy: ['citizen', 'municipal'], opens: ['register'], freely: ['citizen'], no: notFound },
  'own login': { ask: (by) => readLogin(world, by, id), seenBy: ['citizen'], opens: ['me'], no: notFound },
  'login at a partner': { ask: (by) => readLogin(world, by, id), seenBy: ['partner'], opens: ['login'], no: notFound },
  'keys of a client': { ask: (by) => readKeys(world, by), seenBy: ['partner', 'another partner'], opens: [], freely: ['partner', 'another partner'], no: notPermitted('actor partner') },
  'what would end with a partner': { ask: (by) => readEnding(world, by, bank), seenBy: ['ministry'], opens: ['partner'], no: notPermitted('scope partner') },
  works: { ask: (by) => readWorks(world, by), seenBy: ['agency', 'ministry'], opens: ['audit', 'card'], no: notPermitted('scope audit') },
  'days of lapses': { ask: (by) => readDeadlines(world, by, 30), seenBy: ['municipal', 'elsewhere', 'agency', 'ministry'], opens: ['card'], no: notPermitted('scope card') },
  'certificates by day': { ask: (by) => readCertificateDays(world, by, { from: today, to: today }), seenBy: ['municipal', 'elsewhere', 'agency', 'ministry'], opens: ['statistics'], no: notPermitted('scope statistics') },
  'signatures by key': { ask: (by) => readTallies(world, by), seenBy: ['agency', 'ministry'], opens: ['audit'], no: notPermitted('scope audit') },
  'entries of the log': { ask: (by) => readEntries(world, by, 0n, 1), seenBy: ['agency', 'ministry'], opens: ['audit'], no: notPermitted('scope audit') },
}

describe.each(Object.entries(readers))('%s', (_name, { ask, seenBy, opens, freely = [], no }) => {
  // A list from which everything is left out is a no where that is how the reader says it.
  const seen = (result: unknown): boolean => !isRefusal(result) && !(Array.isArray(no) && (result as unknown[]).length === 0)

  test('is read by whom it is for, who have what opens it', async () => {
    for (const who of seenBy) for (const held of [new Set(scopes), ...opens.map((scope) => new Set([scope]))]) expect([who, held.size, seen(await ask(actor(who, held)))]).toEqual([who, held.size, true])
  })

  test('without it by those alone who need none', async () => {
    const rest = new Set(scopes.filter((scope) => !opens.includes(scope)))
    for (const who of seenBy) {
      const found = await ask(actor(who, rest))
      if (freely.includes(who)) expect(seen(found)).toBe(true)
      else expect([who, found]).toEqual([who, no])
    }
  })

  test('and by nobody else, whatever they hold', async () => {
    // A thing with two doors stands here twice: what opens the other one is left out.
    const held = opens[0] === 'me' || opens[0] === 'login' ? new Set(opens) : new Set(scopes.filter((scope) => !['me', 'login'].includes(scope)))
    for (const who of people) if (!seenBy.includes(who)) expect([who, await ask(actor(who, held))]).toEqual([who, no])
  })
})

test('an officer of another office with the code of the municipality is none of its own', async () => {
  for (const [name, { ask, seenBy, no }] of Object.entries(readers)) if (seenBy.includes('municipal') && !['order to a card', 'days of lapses', 'certificates by day'].includes(name)) {
    for (const role of ['prefectural', 'national', 'ministry'] as const) expect([name, role, await ask(officer(role, new Set(scopes), town))]).toEqual([name, role, no])
  }
  // Of agency and ministry, who see all municipalities, and of none of the others.
  for (const name of ['days of lapses', 'certificates by day']) for (const role of ['prefectural', 'national'] as const) expect([name, role, await readers[name]!.ask(officer(role, new Set(scopes), town))]).toEqual([name, role, readers[name]!.no])
})

describe('counts', () => {
  const held = new Set<Scope>(['statistics'])
  const everything = new Set(scopes.filter((scope) => scope !== 'statistics'))
  const whom = async (ask: (by: Actor) => Promise<unknown>): Promise<Who[]> => {
    const found: Who[] = []
    for (const who of people) {
      const result = await ask(actor(who, held))
      if (!isRefusal(result)) found.push(who)
      else expect([who, result]).toEqual([who, notPermitted(['anonymous', 'system', 'citizen', 'another citizen', 'partner', 'another partner'].includes(who) ? 'scope statistics' : 'municipality')])
      expect([who, await ask(actor(who, everything))]).toEqual([who, notPermitted('scope statistics')])
    }
    return found
  }

  test('of one municipality are for it, its prefecture, agency and ministry', async () => {
    expect(await whom((by) => readCounts(world, by, town))).toEqual(['municipal', 'prefectural', 'agency', 'ministry'])
    expect(await whom((by) => readDailyCounts(world, by, { from: today, to: today, municipality: town }))).toEqual(['municipal', 'prefectural', 'agency', 'ministry'])
  })

  test('of all together, municipality by municipality and of a year: agency and ministry', async () => {
    for (const ask of [(by: Actor) => readCounts(world, by, null), (by: Actor) => readMunicipalityCounts(world, by), (by: Actor) => readYearlyReport(world, by, legalDate('2026-04-01')), (by: Actor) => readDailyCounts(world, by, { from: today, to: today, municipality: null })]) expect(await whom(ask)).toEqual(['agency', 'ministry'])
  })

  test('day by day: from one day to the longest span', async () => {
    const days = (n: number) => readDailyCounts(world, actor('agency'), { from: today, to: addDays(today, n - 1), municipality: null })
    asked.length = 0
    expect([await days(1), await days(longestSpan)]).toEqual([[], []])
    expect(asked).toEqual([[today, today, null], [today, addDays(today, longestSpan - 1), null]])
    for (const n of [0, -1, longestSpan + 1]) expect(await days(n)).toEqual(refuse('MALFORMED_INPUT', { field: 'to' }))
  })
})

describe('what a partner has registered', () => {
  test.each([['documents', (by: Actor, of: string | null) => readManifest(world, by, of as never)], ['access', (by: Actor, of: string | null) => readAccess(world, by, of as never)]] as const)('%s: a partner its own, the agency that of any, whom it names', async (_name, ask) => {
    expect([await ask(actor('partner'), null), await ask(actor('partner'), bank), await ask(actor('agency'), bank)]).toEqual(Array(3).fill(expect.objectContaining({ partner: bank })))
    expect(await ask(actor('agency'), null)).toEqual(refuse('MALFORMED_INPUT', { field: 'partner' }))
    expect(await ask(actor('partner'), other)).toEqual(notPermitted('partner'))
    for (const who of people) {
      expect([who, await ask(actor(who, new Set(scopes.filter((scope) => scope !== 'partner'))), bank)]).toEqual([who, notPermitted('scope partner')])
      if (who !== 'partner' && who !== 'agency') expect([who, await ask(actor(who), bank)]).toEqual([who, notPermitted(who === 'another partner' ? 'partner' : 'role agency')])
    }
  })
})

describe('what the works say', () => {
  test('as of now; a log that was never signed', async () => {
    expect(await readWorks(world, actor('ministry'))).toMatchObject({ asOf: now, log: { acts: 7n, signed: 0n, at: null } })
    const signed = { ...world, audit: { ...world.audit, checkpoint: async () => ({ size: 5n, at: now }) } } as unknown as World
    expect(await readWorks(signed, actor('agency'))).toMatchObject({ log: { acts: 7n, signed: 5n, at: now } })
  })

  test('days of lapses: from today on, a day to a year, of the own municipality', async () => {
    asked.length = 0
    expect([await readDeadlines(world, actor('municipal'), 1), await readDeadlines(world, actor('agency'), farthest)]).toEqual([[], []])
    expect(asked).toEqual([[today, today, town], [today, addDays(today, farthest - 1), null]])
    for (const days of [0, farthest + 1]) expect(await readDeadlines(world, actor('agency'), days)).toEqual(refuse('MALFORMED_INPUT', { field: 'days' }))
  })

  test('certificates by day: every day of the span, also those without any', async () => {
    asked.length = 0
    const days = (n: number) => readCertificateDays(world, actor('municipal'), { from: today, to: addDays(today, n - 1) })
    expect(await days(3)).toEqual([{ day: today, issued: 0, revoked: 0 }, { day: addDays(today, 1), issued: 2, revoked: 1 }, { day: addDays(today, 2), issued: 0, revoked: 0 }])
    expect(asked).toEqual([[today, addDays(today, 2), town]])
    expect(await days(farthest)).toHaveLength(farthest)
    for (const n of [0, farthest + 1]) expect(await days(n)).toEqual(refuse('MALFORMED_INPUT', { field: 'to' }))
  })

  test('signatures by key: with the key service’s own account, and keys that signed without being asked', async () => {
    expect(await readTallies(world, actor('agency'))).toEqual([
      { ...tally('k1'), trail: { key: 'k1', signed: 2 } }, { ...tally('k2'), trail: null }, { key: 'strange', asked: 0, distinct: 0, recent: 0, stored: 0, trail: { key: 'strange', signed: 1 } },
    ])
  })
})

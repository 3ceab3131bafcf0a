/** Minors and their representatives (民法 第4条・第818条・第824条), over the real stores. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Citizen, Officer, Scope } from '../../core/law/actor.ts'
import { draftConsent, readConsent, withdrawConsent } from '../../core/law/consent/consent.ts'
import { endRepresentation, ownRepresentations, recordRepresentation } from '../../core/law/consent/guardian.ts'
import type { ConsentItem } from '../../core/law/consent/item.ts'
import { answerPredicate } from '../../core/law/consent/predicate.ts'
import type { PersonId } from '../../core/law/ids.ts'
import { completesAgeOn } from '../../core/law/person/person.ts'
import { addDays, endOf, legalDate, startOf } from '../../core/law/time.ts'
import { key } from '../law/holder.ts'
import { ok, outcome } from '../db/rows.ts'
import { asking, bank, closeScene, give, hanako, openScene, purposeOf, released, world } from './chain-scene.ts'

beforeEach(openScene)
afterEach(closeScene)

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

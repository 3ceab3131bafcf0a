/** Every act asked of nothing, of what is somebody else's, and by somebody who may not: each refusal by its word, and nothing is stored. */
import { describe, expect, test } from 'vitest'
import { anonymous, scopes, system, type Actor } from '../../core/law/actor.ts'
import { municipalityCode, newId } from '../../core/law/ids.ts'
import { defaultNow as now, testRandom } from '../harness/world.ts'
import { bank, deeds, done, person, town, worldWith, type Found } from './acts-scene.ts'

const elsewhere = municipalityCode('141003')
const [stranger, another] = [newId('person', now, testRandom('stranger')), newId('partner', now, testRandom('another'))]
const word = (result: unknown): string => { const { code, field } = result as { code?: string; field?: string }; return code === undefined ? 'DONE' : field === undefined ? code : `${code} ${field}` }

/** Refused by another word than that it is not there, because of something else that is not there; or made of what was said alone. */
const absent: Readonly<Record<string, string>> = {
  'an entry': 'DONE', 'a reading of the number': 'CARD_NOT_USABLE', 'a reading that was refused': 'CARD_NOT_USABLE', 'an application for a phone': 'PARENT_NOT_LIVE',
  'a purpose': 'PARTNER_NOT_IN_STANDING signature-verifier', 'a request for a consent': 'PARTNER_NOT_IN_STANDING signature-verifier', 'an offered passkey': 'PARTNER_NOT_IN_STANDING authentication-verifier', 'a challenge': 'PARTNER_NOT_IN_STANDING authentication-verifier',
  'a representation': 'NOT_PERMITTED municipality', 'a webhook': 'MALFORMED_INPUT events', 'a webhook that ended meanwhile': 'MALFORMED_INPUT events', 'a requested area': 'MALFORMED_INPUT aid', 'an officer’s card': 'NOT_FOUND person', 'a delegation': 'MALFORMED_INPUT acts',
}

test.each(Object.entries(deeds))('%s, where nothing is', async (name, { ask }) => {
  // Deadlines are looked at first, where a card's holder asks: there is nothing that is due.
  const { world } = worldWith({ 'deadlines.look': [{ cards: [], certificates: [], due: [], transfer: null }] }, null)
  expect(word(await ask(world))).toBe(absent[name] ?? 'NOT_FOUND')
})

/** Of what an act looks at, one thing is gone. */
describe('what is looked at first, one thing of it gone', () => {
  for (const [name, { ask, first = {} }] of Object.entries(deeds)) {
    for (const gone of Object.keys(first)) {
      if (gone === 'cardNotes.of' || gone === 'representations.of') continue
      test(`${name}: ${gone}`, async () => {
        const { world } = worldWith({ ...first, [gone]: [] }, done)
        expect(word(await ask(world))).toBe(gone === 'partners.load' && name !== 'the start of one' && name !== 'a no to one' ? (absent[name] ?? 'NOT_FOUND') : name === 'a representation' ? 'NOT_PERMITTED municipality' : 'NOT_FOUND')
      })
    }
  }
})

/** Whatever names the person, the municipality or the partner names another one. */
const foreign = (found: Found): Found => JSON.parse(JSON.stringify(found).replaceAll(person, stranger).replaceAll(town, elsewhere).replaceAll(bank, another)) as Found
/** Who look after all of them, and what is of no one in particular. */
const central = ['an application for a card', 'production', 'the start of one', 'a no to one', 'a purpose', 'an offered passkey', 'a challenge', 'a decision on it', 'its installation', 'its end in the office', 'the end of one']

describe('somebody else’s', () => {
  for (const [name, { ask, first = {}, by, thing }] of Object.entries(deeds)) {
    if (Object.keys(first).length === 0 || central.includes(name)) continue
    test(name, async () => {
      const { world, called } = worldWith({ ...foreign(first), [by]: [...(foreign(first)[by] ?? []), thing, thing] }, done)
      const refused = word(await ask(world))
      expect(refused).toBe(name === 'a representation' ? 'NOT_PERMITTED municipality' : 'NOT_FOUND')
      expect(called.has('acts.find')).toBe(false)
    })
  }
})

/** Acts that need no scope: the holder's on the own card, and any officer's own delegation. */
const unscoped: Readonly<Record<string, Actor['kind']>> = {
  'an application for a card': 'citizen', 'a withdrawn one': 'citizen', 'a suspension': 'citizen', 'a card reported lost': 'citizen', 'a lapse': 'citizen', 'its withdrawal by the person': 'citizen', 'a delegation': 'officer',
}

describe('by somebody who may not', () => {
  const nobodies: readonly Actor[] = [{ ...anonymous, scopes: new Set(scopes) }, { ...system('sweep'), scopes: new Set(scopes) }]
  const none = new Set<never>()
  const without: readonly Actor[] = [
    { kind: 'citizen', person, scopes: none }, { kind: 'partner', partner: bank, client: 'app', scopes: none },
    ...(['municipal', 'agency', 'ministry', 'national', 'prefectural'] as const).map((role): Actor => ({ kind: 'officer', officer: newId('officer', now, testRandom(role)), role, municipality: role === 'municipal' ? town : null, scopes: none })),
  ]
  test.each(Object.entries(deeds))('%s', async (name, { ask, first = {}, by, thing }) => {
    for (const actor of [...nobodies, ...without]) {
      const { world } = worldWith({ ...first, [by]: [...(first[by] ?? []), thing, thing] }, done)
      const answer = word(await ask(world, actor)).split(' ')[0]
      expect([actor.kind, answer]).toEqual([actor.kind, unscoped[name] === actor.kind ? 'DONE' : expect.stringMatching(/^NOT_(FOUND|PERMITTED)$/)])
    }
  })
})

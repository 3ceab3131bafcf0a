/** Every act asked of nothing, of what is somebody else's, and by somebody who may not: each refusal by its word, and nothing is stored. */
import { describe, expect, test } from 'vitest'
import { anonymous, scopes, system, type Actor, type OfficerRole, type Scope } from '../../core/law/actor.ts'
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

/** Who does it, holding every scope, and how all others are refused, where that is another word than that it is not there. */
type Kind = Exclude<Actor['kind'], 'officer'> | OfficerRole
const officers = ['municipal', 'agency', 'ministry', 'national', 'prefectural'] as const
const rule = (by: readonly Kind[], no = 'NOT_FOUND', unscoped: readonly Kind[] = []): { readonly by: readonly Kind[]; readonly no: string; readonly unscoped: readonly Kind[] } => ({ by, no, unscoped })
const lacks = (scope: string): string => `NOT_PERMITTED scope ${scope}`
const rules: Readonly<Record<string, ReturnType<typeof rule>>> = {
  'a resident’s event': rule(['municipal'], lacks('register')), 'an entry': rule(['municipal'], lacks('register')), 'a name': rule(['municipal']),
  'a reading of the number': rule(officers, lacks('my_number')), 'a reading that was refused': rule(officers, lacks('my_number')), 'a printed form': rule(['municipal']),
  'an application for a card': rule(['citizen', 'municipal'], 'NOT_FOUND', ['citizen']), 'a withdrawn one': rule(['citizen', 'municipal'], 'NOT_FOUND', ['citizen']), production: rule(['agency'], lacks('card')), 'a note on a card': rule(['municipal']),
  'a suspension': rule(['citizen', 'municipal', 'agency'], 'NOT_FOUND', ['citizen']), 'a card given back': rule(['municipal']), 'a card reported lost': rule(['citizen', 'municipal', 'agency'], 'NOT_FOUND', ['citizen']), 'a receipt of one': rule(['municipal', 'agency']),
  'a reset at a kiosk': rule(['citizen'], lacks('me')), 'its order': rule(['agency'], lacks('card')),
  'an application for a certificate': rule(['municipal'], lacks('certificate')), 'word of it to the agency': rule(['municipal']), 'its withdrawal': rule(['municipal']), 'its delivery': rule(['municipal', 'agency']),
  'an application for a phone': rule(['citizen'], lacks('me')), 'its end by the holder': rule(['citizen']),
  'a purpose': rule(['partner'], lacks('consent')), 'its end by the partner': rule(['partner'], lacks('consent')), 'a request for a consent': rule(['partner'], lacks('consent')), 'the start of one': rule(['partner'], lacks('consent')),
  'a no to one': rule(['citizen'], lacks('me')), 'a consent': rule(['citizen'], lacks('me')), 'its withdrawal by the person': rule(['citizen', 'partner'], 'NOT_FOUND', ['citizen']), 'a withdrawal from elsewhere': rule(['agency'], lacks('certificate')),
  'a representation': rule(['municipal'], lacks('register')), 'a link that was ended': rule(['citizen', 'partner']),
  'an accreditation': rule(['ministry'], lacks('partner')), 'a suspended partner': rule(['ministry'], lacks('partner')), 'a resumed one': rule(['ministry'], lacks('partner')), 'one that was ended': rule(['ministry'], lacks('partner')),
  'an agreement': rule(['agency'], lacks('partner')), 'a reported delegation': rule(['partner'], lacks('partner')),
  'a webhook': rule(['partner'], lacks('consent')), 'its next secret': rule(['partner'], lacks('consent')), 'its removal': rule(['partner'], lacks('consent')), 'a delivery sent again': rule(['partner'], lacks('consent')),
  'an offered passkey': rule(['partner'], lacks('login')), 'a passkey taken away': rule(['citizen'], lacks('me')), 'a challenge': rule(['partner'], lacks('login')),
  'a requested area': rule(officers, lacks('area')), 'a decision on it': rule(['municipal', 'agency', 'ministry']), 'its installation': rule(['municipal', 'agency', 'ministry']), 'another order to it': rule(['municipal', 'agency']), 'its receipt': rule(['municipal', 'agency']),
  'an officer’s card': rule(officers, lacks('office')), 'its second officer': rule(officers, lacks('office')), 'a delegation': rule(officers, 'NOT_PERMITTED actor', officers), 'the end of one': rule(['agency']),
}

describe('by everybody, with every scope and with none', () => {
  const kinds: readonly Kind[] = ['anonymous', 'system', 'citizen', 'partner', ...officers]
  const actor = (kind: Kind, held: ReadonlySet<Scope>): Actor => {
    switch (kind) {
      case 'anonymous': return { ...anonymous, scopes: held }
      case 'system': return { ...system('sweep'), scopes: held }
      case 'citizen': return { kind, person, scopes: held }
      case 'partner': return { kind, partner: bank, client: 'app', scopes: held }
      default: return { kind: 'officer', officer: newId('officer', now, testRandom(kind)), role: kind, municipality: kind === 'municipal' ? town : null, scopes: held }
    }
  }
  const told = async (name: string, kind: Kind, held: ReadonlySet<Scope>): Promise<string> => {
    const { ask, first = {}, by, thing } = deeds[name]!
    return word(await ask(worldWith({ ...first, [by]: [...(first[by] ?? []), thing, thing] }, done).world, actor(kind, held)))
  }

  test.each(Object.entries(rules))('%s', async (name, { by, no, unscoped }) => {
    // A repeat of what was refused by the law is refused by the law.
    const repeated = name === 'a reading that was refused' ? 'CARD_NOT_USABLE' : 'DONE'
    for (const kind of kinds) {
      expect([kind, await told(name, kind, new Set(scopes))]).toEqual([kind, by.includes(kind) ? repeated : no])
      if (kind !== 'anonymous' && kind !== 'system') expect([kind, await told(name, kind, new Set())]).toEqual([kind, unscoped.includes(kind) ? repeated : no])
    }
  })

  test('what has more than one word for it: a card is lifted and opened at the counter, a lapse is stated by whom it is theirs to state, an office ends its own', async () => {
    const words = async (name: string): Promise<Readonly<Record<string, string>>> => Object.fromEntries(await Promise.all(kinds.map(async (kind) => [kind, await told(name, kind, new Set(scopes))] as const)))
    const nobody = { anonymous: 'NOT_FOUND', system: 'NOT_FOUND', partner: 'NOT_FOUND', ministry: 'NOT_FOUND', national: 'NOT_FOUND', prefectural: 'NOT_FOUND' }
    expect(await words('its end')).toEqual({ ...nobody, citizen: 'NOT_PERMITTED lifting is done in person', agency: 'NOT_PERMITTED lifting is done in person', municipal: 'DONE' })
    expect(await words('an order to a card')).toEqual({ ...nobody, citizen: lacks('card'), agency: lacks('card'), municipal: 'DONE' })
    expect(await words('a lapse')).toEqual({ ...nobody, citizen: 'DONE', municipal: 'DONE', agency: 'NOT_PERMITTED ground' })
    expect(await words('its end in the office')).toEqual({ ...Object.fromEntries(kinds.map((kind) => [kind, lacks('office')])), municipal: 'NOT_FOUND', ministry: 'NOT_FOUND', national: 'NOT_FOUND', prefectural: 'NOT_FOUND', agency: 'DONE' })
  })

  test('every act has its rule', () => expect(Object.keys(deeds).filter((name) => !(name in rules))).toEqual(['its end', 'an order to a card', 'a lapse', 'a webhook that ended meanwhile', 'its end in the office']))
})

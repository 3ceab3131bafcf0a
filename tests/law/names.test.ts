/**
 * Every character that a name in the resident register may hold: API → archive → certificate → API and release, byte for
 * byte. What is not well-formed is refused with a code.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inForce } from '../../core/law/consent/disclosure.ts'
import { fromHex, newId, newSerial, type PersonId } from '../../core/law/ids.ts'
import { parseFourInformation, type FourInformation } from '../../core/law/person/person.ts'
import { refuse } from '../../core/law/refusal.ts'
import type { Resident } from '../../core/law/person/resident.ts'
import { characters, codePoints, guardText } from '../../core/law/text.ts'
import { addMonths, dayOf, endOf, legalDate } from '../../core/law/time.ts'
import { assemble, endEntityTbs, readIssued, type EndEntityInput } from '../../core/pki/certificate.ts'
import { lintEndEntity, signLinted } from '../../core/pki/lint.ts'
import { readFourItems } from '../../core/chip/client.ts'
import { plantResidents } from '../../db/seed.ts'
import { holder as chipHolder, makeTestChip, pins, Reader } from '../chip/fixture.ts'
import * as rows from '../db/rows.ts'
import { ok } from '../db/rows.ts'
import { signerNamed, somebody, testWorld, unhurried, type TestWorld } from '../harness/world.ts'
import { ask, card, global, hanako, officer, resident } from '../schema/fixture.ts'

const file = (name: string): string => readFileSync(new URL(`../vectors/names/${name}`, import.meta.url), 'utf8')
const lines = (name: string): string[] => file(name).trim().split('\n')
const text = (hex: string): string => String.fromCodePoint(...hex.split(' ').map((h) => Number.parseInt(h, 16)))
const single = lines('ipamj-codepoints.txt').map(text)
const sequences = lines('ipamj-ivs.txt').map(text)

/** Names of at most 200 code points that together hold every character once. */
function names(of: readonly string[], each: number): string[] {
  const made: string[] = []
  for (let i = 0; i < of.length; i += each) made.push(of.slice(i, i + each).join(''))
  return made
}
const taken = single.filter((c) => guardText(c, { max: 1 }) === c)
const all = [...names(taken, 190), ...names(sequences, 95)]
const bytes = (value: string): string => Buffer.from(value, 'utf8').toString('hex')

let world: TestWorld
beforeAll(async () => { world = await testWorld() })
afterAll(() => world.close())

test('all characters of the register are there, and the guard takes all but those that no name holds', () => {
  expect([single.length, sequences.length]).toEqual([54_578, 11_474])
  const refused = single.filter((c) => guardText(c, { max: 1 }) !== c)
  expect(refused.map((c) => c.codePointAt(0)!).filter((c) => !(c >= 0xe000 && c <= 0xf8ff) && !(c >= 0xf0000) && !(c >= 0x80 && c < 0xa0) && c !== 0x7f)).toEqual([])
  expect(sequences.filter((s) => guardText(s, { max: 2 }) !== s)).toEqual([])
  expect(all.every((name) => codePoints(name) <= 200)).toBe(true)
})

describe('API → archive → certificate → API', () => {
  const read: string[] = []
  test('in by the API: what the recipe gets is what was sent', async () => {
    for (const name of all) {
      let seen: Resident | null = null
      const result = await ask(officer('municipal', 'register'),
        'mutation ($p: ID!, $n: Text!) { recordResidentEvent(input: { person: $p, kind: NAME_CHANGE, occurredOn: "2026-04-01", items: { name: $n, birthDate: "1990-05-05", sex: FEMALE, address: "東京都千代田区丸の内1-1" }, idempotencyKey: "key-00000001" }) { ... on Refused { code field } ... on RecordedResidentEvent { resident { items { name } } } } }',
        { p: global(hanako), n: name }, { residents: { load: async () => resident, record: async (_act, _event, next) => { seen = next; return { lapsed: 0 } } } })
      expect(bytes((seen as Resident | null)?.items.name ?? '')).toBe(bytes(name))
      const out = (result as { data: { recordResidentEvent: { resident: { items: { name: string } } } } }).data.recordResidentEvent.resident.items.name
      read.push(out)
    }
    expect(read.map(bytes)).toEqual(all.map(bytes))
  }, 60_000)

  test('in the archive: written in one statement, read one by one', async () => {
    const planted = all.map((name, i): Resident => ({ ...rows.resident(world), person: somebody(i), items: itemsWith(name) }))
    await plantResidents(world.db, world.safe, planted)
    for (const { person, items } of planted) {
      const stored = (await world.residents.load(person as PersonId))!.items
      expect(bytes(stored.name)).toBe(bytes(items.name))
      expect(stored).toEqual(items)
    }
  }, 60_000)

  test('in a certificate: linted, signed, read back', async () => {
    const authority = world.authorities.current('signature')
    const municipality = (await world.municipalities.load(rows.resident(world).municipality!))!
    const now = world.clock.now()
    const { spki } = signerNamed('holder-signature')
    for (const name of all) {
      const items = itemsWith(name)
      const input: EndEntityInput = {
        kind: 'signature', issuer: authority.certificate, serial: fromHex(newSerial(world.random)), spki, municipality, commonName: 'ABCDEFGHJKLMNP13221001S', notBefore: now, notAfter: endOf(addMonths(dayOf(now), 60)),
        holder: { name, nameSubstitutes: items.nameSubstitutes, sex: '2', birthDate: items.birthDate, address: name, addressSubstitutes: items.nameSubstitutes },
      }
      const tbs = endEntityTbs(input, world.settings.profile)
      const linted = lintEndEntity(tbs, input, world.settings.profile)
      const der = assemble(linted, await signLinted(authority.signer!, linted))
      const { holder } = readIssued(der, world.settings.profile)
      expect([bytes(holder?.name ?? ''), bytes(holder?.address ?? '')]).toEqual([bytes(name), bytes(name)])
      expect(Buffer.from(der).includes(Buffer.from(name, 'utf8'))).toBe(true)
    }
  }, 120_000)

  test.each([
    ['a variation sequence', '辻󠄀　一'], ['beyond the basic plane', '𠮷野　𠀋'], ['a compatibility ideograph that NFC would change', '\u{fa10}本　\u{fa19}子'], ['combining marks that NFC would join', 'か\u3099　と\u3099'],
    ['a standardised variant', sequences.find((s) => s.codePointAt(s.length - 1) === 0xfe00)!], ['変体仮名', '\u{1b002}\u{1b003}　花'],
  ])('released as it stands in the certificate: %s', async (_, name) => {
    const own = await testWorld({ random: name })
    try {
      const persona = own.persona('hanako')
      const items = itemsWith(name)
      const as = { ...own, personas: [{ ...persona, resident: { ...persona.resident, items } }] }
      const card = await rows.deliveredCard(own, persona.person)
      const event = { id: 'rev_1' as never, person: persona.person, kind: 'name-change' as const, municipality: card.municipality, occurredOn: dayOf(own.clock.now()), recordedAt: own.clock.now(), plannedOn: null, cardPresented: false, continuedUse: false, correction: null }
      ok(await own.residents.record(rows.actOf(own, 'resident.record'), event, { ...persona.resident, items, version: 2 }, rows.nothing))
      const certificate = await rows.issued(as, card)
      expect(bytes((await own.certificates.load(certificate.id))!.items!.name)).toBe(bytes(name))
      const consent = await rows.consentInForce(own, certificate)
      const at = own.clock.now()
      const entry = { id: newId('release', at, own.random), at, partner: consent.partner, consent: consent.id, purpose: consent.purpose, person: consent.person, items: consent.items, outcome: 'RELEASED' as const, requestId: 'request-1' }
      const released = ok(await own.releases.release(rows.actOf(own, 'release.give', { key: null, subject: entry.id }), inForce(consent, at)!, certificate.id, entry, rows.why(own, entry), unhurried))
      expect([bytes(released.name), bytes(released.address)]).toEqual([bytes(name), bytes(name)])
    } finally {
      await own.close()
    }
  })
})

test('released: every character of the list, from the row of the certificate to the partner', async () => {
  const own = await testWorld({ random: 'release of all names' })
  try {
    const certificate = await rows.issued(own, await rows.deliveredCard(own, own.persona('hanako').person))
    const consent = await rows.consentInForce(own, certificate)
    for (const name of all) {
      const { nameSubstitutes } = itemsWith(name)
      await rows.rewriteItems(own, certificate.id, { ...certificate.items!, name, nameSubstitutes, address: name, addressSubstitutes: nameSubstitutes })
      const at = own.clock.now()
      const entry = { id: newId('release', at, own.random), at, partner: consent.partner, consent: consent.id, purpose: consent.purpose, person: consent.person, items: consent.items, outcome: 'RELEASED' as const, requestId: 'request-1' }
      const released = ok(await own.releases.release(rows.actOf(own, 'release.give', { key: null, subject: entry.id }), inForce(consent, at)!, certificate.id, entry, rows.why(own, entry), unhurried))
      expect([bytes(released.name), bytes(released.address)]).toEqual([bytes(name), bytes(name)])
    }
  } finally {
    await own.close()
  }
}, 120_000)

test('on the card: every character of the list, as personalised and as read by who knows the PIN', async () => {
  const every = [...taken, ...sequences]
  let at = 0
  /** As many as go into so many octets. */
  const next = (octets: number): string => {
    let text = ''
    while (at < every.length && Buffer.byteLength(text + every[at]!) <= octets) text += every[at++]!
    return text
  }
  let read = 0
  while (at < every.length) {
    const [name, address] = [next(300), next(600) || '見本町']
    const onCard = await readFourItems(new Reader(makeTestChip({ holder: { ...chipHolder, name, address } })).transmit, pins.text)
    if ('outcome' in onCard) throw new Error(onCard.outcome)
    expect([bytes(onCard.name), bytes(onCard.address)]).toEqual([bytes(name), bytes(address)])
    read += codePoints(name) + codePoints(address)
  }
  expect(read).toBeGreaterThanOrEqual(taken.length + 2 * sequences.length)
}, 120_000)

function itemsWith(name: string): FourInformation {
  const parsed = parseFourInformation({ name, birthDate: legalDate('1990-04-15'), sex: 'female', address: name })
  if ('refused' in parsed) throw new Error(`${parsed.code} ${parsed.state ?? ''}: ${bytes(name)}`)
  return parsed
}

describe('what is not well-formed is refused', () => {
  test.each([
    ['a lone high surrogate', 'a\ud842', 'surrogate'], ['a lone low surrogate', '\udfb7', 'surrogate'], ['U+0000', 'a\0b', 'control'], ['a noncharacter', '\ufffe', 'noncharacter'], ['外字', '\ue000', 'private-use'],
    ['an override of direction', 'a\u202eb', 'direction'], ['a byte order mark', '\ufeffa', 'invisible'], ['nothing', '', 'length'], ['201 characters', '𠮷'.repeat(201), 'length'], ['a selector with no character', '\u{e0100}', 'variation-selector'],
  ])('%s', (_, name, state) => {
    expect(parseFourInformation({ name, birthDate: '1990-04-15', sex: 'female', address: '見本町' })).toEqual(refuse('ILL_FORMED_TEXT', { field: 'name', state }))
  })

  test('each of the naughty strings comes back as it was sent, or is refused with a code', async () => {
    let refused = 0
    for (const naughty of JSON.parse(file('blns.json')) as string[]) {
      let seen: string | null = null
      const result = await ask(officer('municipal', 'card'), 'mutation ($c: ID!, $t: Text!) { addCardNote(input: { card: $c, text: $t, idempotencyKey: "key-00000001" }) { __typename ... on Refused { code } } }', { c: global(card.id), t: naughty },
        { cardNotes: { of: async () => [], add: async (_act, note) => { seen = note.text } } })
      if (seen !== null) {
        expect(seen).toBe(naughty)
        continue
      }
      refused++
      expect(JSON.stringify(result)).toMatch(/ILL_FORMED_TEXT/)
    }
    expect(refused).toBeGreaterThan(10)
    expect(refused).toBeLessThan(250)
  })

  test('normalisation would have changed names of the register; nothing here does it', () => {
    expect(single.filter((c) => c.normalize('NFC') !== c).length).toBe(92)
    expect(single.filter((c) => c.normalize('NFKC') !== c).length).toBe(700)
    const changed = lines('NormalizationTest.txt').filter((l) => /^[0-9A-F]/.test(l)).map((l) => text(l.split(';')[0]!)).filter((s) => s.normalize('NFC') !== s)
    expect(changed.length).toBeGreaterThan(1_000)
    for (const s of changed) if (guardText(s, { max: 200 }) === s) expect(parseFourInformation({ name: s, birthDate: '1990-04-15', sex: 'female', address: '見本町' })).toMatchObject({ name: s, nameSubstitutes: '0'.repeat(characters(s)) })
  })
})

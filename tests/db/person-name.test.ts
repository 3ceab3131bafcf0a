/** 住民基本台帳法 第7条第1号の2 · 住民基本台帳法施行令 第30条の13: what the register has of a name beside the four items. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Officer } from '../../core/law/actor.ts'
import { municipalityCode, type IdempotencyKey, type OfficerId, type PersonId } from '../../core/law/ids.ts'
import { nameOfResident, readingSources, recordPersonName, type NameInput } from '../../core/law/person/name.ts'
import { characters, guardText } from '../../core/law/text.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'
import { ok, outcome } from './rows.ts'

let world: TestWorld
let person: PersonId
let clerk: Officer
beforeAll(async () => {
  world = await testWorld()
  const resident = rows.resident(world)
  person = resident.person
  clerk = { kind: 'officer', officer: 'ofc_m' as OfficerId, role: 'municipal', municipality: resident.municipality, scopes: new Set(['register']) }
}, 60_000)
afterAll(() => world.close())
const key = (): IdempotencyKey => randomUUID() as string as IdempotencyKey
const record = (over: Partial<NameInput>, who: Officer = clerk) => recordPersonName(world, who, { person, reading: null, roman: null, former: null, ...over, idempotencyKey: key() })

describe('a name in the register', () => {
  test('a reading from before the law asked for one says so', () => {
    const resident = rows.resident(world)
    expect(nameOfResident(resident)).toEqual({ kanji: resident.items.name, substitutes: resident.items.nameSubstitutes, reading: { kana: resident.kana, source: 'before-2025' }, roman: null, former: null })
  })

  // Outside the basic plane · with a variation selector · decomposed · half-width · compatibility ideograph: none becomes another.
  test.each(['𠮷野', '辻\u{E0100}', 'か\u3099', 'ﾊﾝｶｸ', '\uFA11'])('%s goes in and comes out code point for code point, and what it was before is not touched', async (text) => {
    const before = (await world.residents.load(person))!
    for (const source of readingSources) ok(await record({ reading: { kana: text, source }, roman: "O'Hara-Aozora Hanako", former: { surname: text, kana: text } }))
    const after = (await world.residents.load(person))!
    expect(nameOfResident(after)).toEqual({
      kanji: before.items.name, substitutes: before.items.nameSubstitutes, reading: { kana: text, source: readingSources.at(-1) }, roman: "O'Hara-Aozora Hanako", former: { surname: text, substitutes: '0'.repeat(characters(text)), kana: text },
    })
    expect([after.items, after.state, after.municipality, after.version]).toEqual([before.items, before.state, before.municipality, before.version + readingSources.length])
    const { rows: stored } = (await world.db.execute(sql`select residents::text as row from residents where person = ${person}`)) as unknown as { rows: { row: string }[] }
    expect(stored[0]!.row.includes(text)).toBe(false)
  })

  test('every character of the register, as reading and as former surname: by the act, sealed in the row, and back', async () => {
    const lines = ['ipamj-codepoints', 'ipamj-ivs'].flatMap((name) => readFileSync(new URL(`../vectors/names/${name}.txt`, import.meta.url), 'utf8').trim().split('\n'))
    const every = lines.map((line) => String.fromCodePoint(...line.split(' ').map((hex) => Number.parseInt(hex, 16)))).filter((text) => guardText(text, { max: 2 }) === text)
    expect(every.length).toBeGreaterThan(60_000)
    const bytes = (text: string | null | undefined): string => Buffer.from(text ?? '', 'utf8').toString('hex')
    // Three texts in one act, of 95 characters each: with selectors no longer than a name may be.
    const texts = Array.from({ length: Math.ceil(every.length / 95) }, (_, n) => every.slice(n * 95, (n + 1) * 95).join(''))
    for (let i = 0; i < texts.length; i += 3) {
      const [kana, surname = kana, third = kana] = texts.slice(i, i + 3) as [string, string?, string?]
      ok(await record({ reading: { kana, source: 'notified' }, former: { surname, kana: third } }))
      const { reading, former } = nameOfResident((await world.residents.load(person))!)
      expect([reading?.kana, former?.surname, former?.kana].map(bytes)).toEqual([kana, surname, third].map(bytes))
    }
  }, 120_000)

  test('all as it stands from now on: what is left out is gone', async () => {
    ok(await record({ reading: { kana: 'アオゾラ ハナコ', source: 'notified' }, roman: 'AOZORA HANAKO' }))
    ok(await record({ reading: { kana: 'アオゾラ ハナコ', source: 'notified' } }))
    expect(nameOfResident((await world.residents.load(person))!)).toMatchObject({ reading: { source: 'notified' }, roman: null, former: null })
  })

  test('ill-formed text, flags that do not fit, other letters: typed refusals', async () => {
    expect(await record({ reading: { kana: '\ud800', source: 'notified' } })).toMatchObject({ code: 'ILL_FORMED_TEXT', field: 'reading.kana' })
    expect(await record({ former: { surname: '見本', substitutes: '0', kana: null } })).toMatchObject({ code: 'MALFORMED_INPUT', field: 'former.substitutes' })
    expect(await record({ roman: 'アオゾラ' })).toMatchObject({ code: 'MALFORMED_INPUT', field: 'roman' })
  })

  test('only the municipality that keeps the record; nothing of it stands in the leaf', async () => {
    expect(outcome(await record({}, { ...clerk, municipality: municipalityCode('011002') }))).toBe('NOT_FOUND')
    expect(outcome(await record({}, { ...clerk, scopes: new Set(['card']) }))).toBe('NOT_FOUND')
    const { rows: leaves } = (await world.db.execute(sql`select distinct facts::text from audit_leaves where kind = 'resident.name' order by 1`)) as unknown as { rows: { facts: string }[] }
    expect(leaves.map(({ facts }) => (JSON.parse(facts) as { source: string | null }).source).toSorted()).toEqual(['before-2025', 'notified', 'set-by-municipality'])
  })
})

/** What pages are made of: escaping that cannot be skipped, readings, texts a person can read, tokens as published. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { standingAt } from '../../web/consent/link.ts'
import { dayIn, instantIn } from '../../web/dates.ts'
import { annotated, html, plain, type Html } from '../../web/html.ts'
import { inside } from '../../web/login/provider.ts'
import { wordsOf } from '../../web/words.ts'

describe('html', () => {
  test('every value is escaped, also one that claims to be a template’s', () => {
    const forged = { text: '<script>' } as Html
    expect(html`<a title="${'"\'>'}">${'<b>&'}${forged}${html`<i>${1}</i>`}${[false, null, undefined, '<']}</a>`.text).toBe('<a title="&quot;&#39;&gt;">&lt;b&gt;&amp;&lt;script&gt;<i>1</i>&lt;</a>')
  })
  test('a piece cannot be changed once it is made', () => {
    const piece = html`<p></p>` as { text: string }
    expect(() => { piece.text = '<script>' }).toThrow(TypeError)
  })
  test('readings only where asked for, and escaped', () => {
    expect(annotated('{同意|どうい}する<', true).text).toBe('<ruby>同意<rp>（</rp><rt>どうい</rt><rp>）</rp></ruby>する&lt;')
    expect(annotated('{同意|どうい}する', false).text).toBe('同意する')
    expect(plain('{同意|どうい}する')).toBe('同意する')
  })
})

/** Every text of a dictionary; functions are asked with short values. */
function texts(words: unknown): string[] {
  if (typeof words === 'string') return [words]
  if (typeof words === 'function') return [String((words as (...given: string[]) => string)('あ', 'い'))]
  return Object.values(words as object).flatMap(texts)
}

test('both languages say everything, and no Japanese sentence is longer than 80 characters', () => {
  for (const [lang, easy] of [['ja', false], ['ja', true], ['en', false]] as const) {
    const all = texts(wordsOf(lang, easy))
    expect(all.filter((text) => text.trim() === '')).toEqual([])
    if (lang === 'ja') expect(all.flatMap((text) => plain(text).split('。')).filter((sentence) => [...sentence].length > 80)).toEqual([])
    else expect(all.filter((text) => /[\u3040-\u30ff\u4e00-\u9fff]/.test(text.replace(/[あい]/g, '')))).toEqual(['日本語'])
  }
  expect(wordsOf('ja', true).consent.title).not.toBe(wordsOf('ja', false).consent.title)
})

/** Values of an enumeration, as the schema has them. */
const valuesOf = (name: string): string[] => [...readFileSync('schema/schema.graphql', 'utf8').match(new RegExp(`^enum ${name} \\{\\n([^}]*)`, 'm'))![1]!.matchAll(/^  ([A-Z_0-9]+)$/gm)].map(([, value]) => value!).toSorted()

test.each(['ja', 'en'] as const)('%s has a word for whatever the gateway may answer', (lang) => {
  const { desk, me, consent, limits, items } = wordsOf(lang, false)
  // Of the page alone: in force by its row, and its last day past.
  const { OVER: _, ...consentStates } = me.consentStates
  const shown = {
    AreaDriftKind: desk.driftKinds, GrantState: desk.states, PendingDecision: desk.pending, InboxKind: desk.waiting, SignedAct: desk.signedActs, OfficerCardState: desk.colleagueStates,
    CardState: me.cardStates, InstallationState: me.areaStates, ConsentState: consentStates, CertificateState: me.certificateStates, ConsentLimit: limits, ConsentFrequency: consent.oftenIs, AttributeName: items,
  }
  expect(Object.fromEntries(Object.entries(shown).map(([name, words]) => [name, Object.keys(words).toSorted()]))).toEqual(Object.fromEntries(Object.keys(shown).map((name) => [name, valuesOf(name)])))
})

test('days in both calendars, in Japan’s time', () => {
  expect(dayIn('ja', '2019-05-01')).toBe('2019年5月1日（令和元年5月1日）')
  expect(dayIn('en', '2019-04-30')).toBe('30 April 2019 (Heisei 31)')
  expect(instantIn('ja', '2026-11-24T15:05:00Z')).toBe('2026年11月25日（令和8年11月25日） 00:05')
})

test('a standing begins and ends with days of Japan, not of Greenwich', () => {
  const standing = { role: 'SIGNATURE_VERIFIER', basis: '規則第29条 (委託)', from: '2026-04-01', until: '2027-03-31', suspended: false }
  const stands = (at: string, over: object = {}): boolean => standingAt([{ ...standing, ...over }], Date.parse(at)).length === 1
  expect(['2026-03-31T23:59:59+09:00', '2026-04-01T00:00:00+09:00', '2027-03-31T23:59:59+09:00', '2027-04-01T00:00:00+09:00'].map((at) => stands(at))).toEqual([false, true, true, false])
  expect([{ suspended: true }, { role: 'AUTHENTICATION_VERIFIER' }].map((over) => stands('2026-10-01T12:00:00+09:00', over))).toEqual([false, false])
})

test('where a login may go on to', () => {
  for (const bad of [null, '', '//evil.example', 'https://evil.example', '/pages/\\evil', '/graphiql', '/pages/..//x', '/pages/me#x']) expect(inside(bad, '/pages/me'), String(bad)).toBe('/pages/me')
  expect(inside('/pages/consent?request=a&state=b', '/pages/me')).toBe('/pages/consent?request=a&state=b')
})

test('the tokens are the published ones, with their licence', () => {
  const ours = readFileSync('web/assets/tokens.css', 'utf8')
  const folder = 'node_modules/@digital-go-jp/design-tokens'
  expect(ours.endsWith(readFileSync(`${folder}/dist/tokens.css`, 'utf8'))).toBe(true)
  expect(ours).toContain('MIT License')
  expect(ours).toContain((JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { version: string }).version)
})

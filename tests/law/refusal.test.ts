/** The catalogue of refusals: every code is documented for everybody who meets it, wherever it is met. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { refusals } from '../../core/law/refusal.ts'
import { errorCodes, errorTexts, requestErrors, type ErrorCode } from '../../core/law/request-error.ts'
import { anonymous } from '../../core/law/actor.ts'
import { ask } from '../schema/fixture.ts'
import { errorsPage } from '../../web/developer/page.ts'
import { ja } from '../../web/words/ja.ts'
import { en } from '../../web/words/en.ts'

const codes = errorCodes
const japanese = /[぀-ヿ一-鿿]/
interface Entry { readonly code: ErrorCode; readonly inData: boolean; readonly inErrors: boolean; readonly basis: string; readonly message: string; readonly userMessageJa: string; readonly userMessageEn: string; readonly retryable: boolean; readonly docsUrl: string }
const catalogue = async (): Promise<readonly Entry[]> => ((await ask(anonymous, '{ errorCatalogue { code inData inErrors basis message userMessageJa userMessageEn retryable docsUrl } }')).data as { errorCatalogue: readonly Entry[] }).errorCatalogue

describe('every code of the closed list', () => {
  test.each(codes)('%s has a basis and speaks to the developer and, in both languages, to the person', (code) => {
    const { basis, message, ja: personJa, en: personEn, retryable } = errorTexts[code]
    expect(basis.trim().length).toBeGreaterThan(2)
    expect(message).toMatch(/^[A-Z“][^]*[.]$/)
    expect(personJa).toMatch(/。$/)
    expect(japanese.test(personJa)).toBe(true)
    expect(personEn).toMatch(/^[A-Z][^]*[.]$/)
    expect(japanese.test(personEn)).toBe(false)
    expect(typeof retryable).toBe('boolean')
    // What a person reads names no code, field or protocol.
    expect(`${personJa} ${personEn}`).not.toMatch(/[A-Z]{2,}_[A-Z]|`|https?:|\bAPI\b|null|undefined/)
  })

  test('stands in the catalogue of the schema, as in the law', async () => {
    const entries = await catalogue()
    expect(entries.map((e) => e.code).toSorted()).toEqual(codes.toSorted())
    for (const { code, basis, message, userMessageJa, userMessageEn, retryable } of entries) expect({ basis, message, ja: userMessageJa, en: userMessageEn, retryable }).toEqual(errorTexts[code])
    // Every code says where it is met: none is met nowhere.
    expect(entries.filter((e) => e.inData).map((e) => e.code)).toEqual(expect.arrayContaining(Object.keys(refusals)))
    expect(entries.filter((e) => e.inErrors).map((e) => e.code).toSorted()).toEqual([...Object.keys(requestErrors), 'MALFORMED_DATE', 'MALFORMED_INPUT', 'ILL_FORMED_TEXT'].toSorted())
    expect(entries.filter((e) => !e.inData && !e.inErrors)).toEqual([])
  })

  test('has a section in the page that its docsUrl names', async () => {
    const entries = await catalogue()
    for (const [lang, words] of [['ja', ja], ['en', en]] as const) {
      const visit = { lang, words, say: (text: unknown) => text, session: null, query: new URLSearchParams(), parts: { stage: 'production', open: { query: async () => ({ data: { errorCatalogue: entries }, requestId: 'r' }) } } }
      const reply = await errorsPage(visit as never)
      const html = String(reply.body)
      for (const { code, docsUrl } of entries) {
        const url = new URL(docsUrl)
        expect([url.pathname, url.hash]).toEqual(['/pages/errors', `#${code}`])
        expect(html.split(`id="${code}"`), `${code} in ${lang}`).toHaveLength(2)
      }
    }
  })

  test('is a value of the enum in the SDL, described', () => {
    const sdl = readFileSync('schema/schema.graphql', 'utf8')
    const [ofRefusals, ofErrors] = [/enum RefusalCode \{([^]*?)\n\}/, /enum ErrorCode \{([^]*?)\n\}/].map((body) => body.exec(sdl)![1]!)
    for (const code of Object.keys(refusals)) expect(`${ofRefusals}\n`).toContain(`\n  ${code}\n`)
    for (const code of codes) expect(ofErrors, code).toMatch(new RegExp(`"""[^]*?"""\\n  ${code}(\\n|$)`))
  })

  test('is used: a code that nothing answers with is not kept', () => {
    const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'core', 'db', 'schema', 'functions'], { encoding: 'utf8' }).split('\n').filter((f) => f.endsWith('.ts') && !['core/law/refusal.ts', 'core/law/request-error.ts'].includes(f)).map((f) => readFileSync(f, 'utf8')).join('\n')
    expect(codes.filter((code) => !sources.includes(`'${code}'`))).toEqual([])
  })

  test('and no other code is answered with', () => {
    const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'core/law', 'db', 'schema', 'functions/graphql.ts', 'functions/graphql'], { encoding: 'utf8' }).split('\n').filter((f) => f.endsWith('.ts')).flatMap((f) => [...readFileSync(f, 'utf8').matchAll(/\b(?:refuse|requestError|problem)\((?:\d+, )?'([A-Z_]+)'|\bcode: '([A-Z_]{4,})'/g)].flatMap((m) => [m[1] ?? m[2] ?? '']))
    expect([...new Set(sources)].filter((code) => !(codes as string[]).includes(code))).toEqual([])
  })
})

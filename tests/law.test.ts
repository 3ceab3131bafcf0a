/**
 * The law that the law room cites, against the tests that name it: every article behind an `@law` tag stands in the text
 * of some test. A citation without a statute goes on with the one before it, in the tag or at the head of the file.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const statutes = [
  '公的個人認証法施行規則', '公的個人認証法施行令', '公的個人認証法', '番号法施行規則', '番号法施行令', '番号法', '地方自治法', '住民基本台帳法施行規則', '住民基本台帳法', '行政機関の休日に関する法律', '国民の祝日に関する法律', '年齢計算ニ関スル法律',
  'カード命令', '民法', '元号法', '施行規則', '施行令', '規則', '法',
] as const
/** The long name of a short one, by the act it stands beside. */
function whole(name: string, act: string): string {
  if (name === '施行規則' || name === '規則') return act === '番号法' ? '番号法施行規則' : '公的個人認証法施行規則'
  if (name === '施行令') return act === '番号法' ? '番号法施行令' : '公的個人認証法施行令'
  return name === '法' ? '公的個人認証法' : name
}

export interface Cited { readonly statute: string; readonly from: number; readonly to: number; readonly text: string }

/** Articles in a text; branches (第16条の2) count with their article. */
export function citations(text: string, start: string | null): Cited[] {
  const found: Cited[] = []
  let [statute, act] = [start, start ?? '']
  const pattern = new RegExp(`(${statutes.join('|')})(?: \\([^)]*\\))?|第(\\d+)条(?:の\\d+)?(?:第\\d+項)?(?:第\\d+号)?(?:[–-]第(\\d+)条(?:の\\d+)?)?`, 'g')
  let end = -1
  for (const match of text.matchAll(pattern)) {
    const [all, name, first, last] = match
    if (name !== undefined) {
      // 法 and 規則 inside another word are no statute.
      if ((name === '法' || name === '規則') && !/^ ?第/.test(text.slice(match.index + name.length))) continue
      statute = whole(name, act)
      if (!/施行|規則|命令/.test(statute)) act = statute
    } else if (statute !== null) {
      found.push({ statute, from: Number(first), to: Number(last ?? first), text: all })
    }
    end = match.index + all.length
  }
  return end < 0 ? [] : found
}

/** Tests that hold an article and do not say its number: article → file and words of the title. */
const heldBy: readonly (readonly [articles: string, file: string, title: string])[] = [
  ['公的個人認証法施行規則 第27条', 'tests/pki/copy.test.ts', '1,000 random edits under an earlier checkpoint: each one is seen'],
  ['番号法 第18条 · 番号法施行令 第18条', 'tests/law/four-eyes.test.ts', 'asking and approving: 7 × 7'],
  ['国民の祝日に関する法律 第2条・第3条', 'tests/law/statistics.test.ts', 'days without weekends and holidays (国民の祝日に関する法律)'],
  ['公的個人認証法 第7条・第26条', 'tests/law/names.test.ts', 'in a certificate: linted, signed, read back'],
  ['公的個人認証法 第8条・第27条', 'tests/db/issuances.test.ts', 'the first signature stored is the certificate, and both callers get it'],
  ['公的個人認証法 第18条 · 施行規則 第35条の2', 'tests/db/consents.test.ts', 'a consent that was withdrawn since it was sealed releases nothing'],
  ['公的個人認証法 第40条 · 施行規則 第71条', 'tests/law/statistics.test.ts', 'day becomes month, counts are summed by recipient, kind and method'],
  ['公的個人認証法 第19条', 'tests/law/verification.test.ts', 'is valid attached, detached, and by its digest'],
  ['公的個人認証法 第38条 · 施行規則 第64条', 'tests/partner/card.test.ts', 'an answer to another challenge is refused, and why'],
  ['公的個人認証法 第22条', 'tests/db/issuances.test.ts', 'one of a person and kind at a time; the other kind is free'],
  ['公的個人認証法 第37条', 'tests/law/smartphone.test.ts', 'corresponds to the card’s, never phone to phone'],
  ['公的個人認証法 第13条・第14条・第32条・第33条', 'tests/db/issuances.test.ts', 'a CA incident lapses everything of that key'],
  ['住民基本台帳法 第7条', 'tests/law/person.test.ts', 'changes are told item by item, bytes and flags'],
  ['公的個人認証法施行令 第10条', 'tests/partner/standing.test.ts', 'runs one year, to its last day'],
  ['公的個人認証法施行令 第18条–第23条', 'tests/db/erasures.test.ts', 'ten years from the day after expiry: kept on the last day, gone on the next'],
  ['民法 第140条・第141条', 'tests/law/lapse.test.ts', 'the first moment of the 31st day is too late'],
]

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], { encoding: 'utf8' }).split('\n').filter((f) => f !== '')
const cited = tracked.filter((f) => f.startsWith('core/law/')).flatMap((file) => {
  const tags = [...readFileSync(file, 'utf8').matchAll(/@law ([^\n]*(?:\n \* (?! *@)(?=[^\n]*第\d+条)[^\n]*)?)/g)].map((match) => match[1]!.split('@')[0]!)
  const head = citations(tags[0] ?? '', null)[0]?.statute ?? null
  return tags.flatMap((tag) => citations(tag, head).map((c) => ({ ...c, file })))
})
/** Line by line, so that a statute named in one test says nothing of an article in the next. */
const named = tracked.filter((f) => f.startsWith('tests/') && f !== 'tests/law.test.ts').flatMap((file) => readFileSync(file, 'utf8').split('\n').flatMap((line) => citations(line, null)))

describe('every article that the law room cites', () => {
  test('the reader of citations sees what it must', () => {
    const read = (text: string, start: string | null = null) => citations(text, start).map((c) => `${c.statute} ${c.from}${c.to === c.from ? '' : `-${c.to}`}`)
    expect(read('公的個人認証法 第3条・第22条 · 施行規則 第13条')).toEqual(['公的個人認証法 3', '公的個人認証法 22', '公的個人認証法施行規則 13'])
    expect(read('番号法 第18条 · 施行令 第18条')).toEqual(['番号法 18', '番号法施行令 18'])
    expect(read('第3条第2項・第22条第2項', '公的個人認証法')).toEqual(['公的個人認証法 3', '公的個人認証法 22'])
    expect(read('公的個人認証法 第16条の2–第16条の15 (signing)')).toEqual(['公的個人認証法 16'])
    expect(read('公的個人認証法施行令 第2条–第7条の8')).toEqual(['公的個人認証法施行令 2-7'])
    expect(read('no statute 第3条')).toEqual([])
    expect(cited.length).toBeGreaterThan(80)
  })

  test.each(heldBy)('%s: %s, %s', (_, file, title) => expect(readFileSync(file, 'utf8')).toContain(title))

  test('is named by a test', () => {
    const known = [...named, ...heldBy.flatMap(([articles]) => citations(articles, null))]
    const missing = cited.filter((c) => !known.some((n) => n.statute === c.statute && n.from <= c.to && n.to >= c.from)).map((c) => `${c.file}: ${c.statute} ${c.text}`)
    expect([...new Set(missing)]).toEqual([])
  })
})

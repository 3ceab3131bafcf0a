/**
 * Every word of the pages, in both languages: a text that is missing in one of them does not compile. `{漢字|かんじ}` carries
 * a reading. やさしい日本語 replaces the texts around a consent.
 */
import { en } from './words/en.ts'
import { easy, ja } from './words/ja.ts'

type Spoken<T> = T extends string ? string : T extends (...given: infer A) => string ? (...given: A) => string : { readonly [K in keyof T]: Spoken<T[K]> }
export type Words = Spoken<typeof ja>

export function wordsOf(lang: 'ja' | 'en', simple: boolean): Words {
  if (lang === 'en') return en satisfies Words
  return simple ? { ...ja, consent: { ...ja.consent, ...easy.consent }, login: { ...ja.login, ...easy.login } } : ja
}

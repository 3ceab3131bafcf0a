/** Days and instants as people read them: in Japanese in both calendars, always in Japan's time. */
type Lang = 'ja' | 'en'

const western = { ja: new Intl.DateTimeFormat('ja-JP', { dateStyle: 'long', timeZone: 'Asia/Tokyo' }), en: new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'Asia/Tokyo' }) }
const era = {
  ja: new Intl.DateTimeFormat('ja-JP-u-ca-japanese', { era: 'long', year: 'numeric', month: 'long', day: 'numeric', timeZone: 'Asia/Tokyo' }),
  en: new Intl.DateTimeFormat('en-u-ca-japanese', { era: 'short', year: 'numeric', timeZone: 'Asia/Tokyo' }),
}
const months = {
  ja: new Intl.DateTimeFormat('ja-JP', { year: 'numeric', month: 'long', timeZone: 'Asia/Tokyo' }), en: new Intl.DateTimeFormat('en-GB', { year: 'numeric', month: 'long', timeZone: 'Asia/Tokyo' }),
  era: new Intl.DateTimeFormat('ja-JP-u-ca-japanese', { era: 'long', year: 'numeric', month: 'long', timeZone: 'Asia/Tokyo' }),
}
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Tokyo' })

/** `2026年4月1日（令和8年4月1日）`, `1 April 2026 (Reiwa 8)`; of an RFC 3339 instant or a YYYY-MM-DD. */
export function dayIn(lang: Lang, text: string): string {
  const at = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00+09:00` : text)
  return lang === 'ja' ? `${western.ja.format(at)}（${era.ja.format(at)}）` : `${western.en.format(at)} (${era.en.format(at).replace(/^(\d+) (.*)$/, '$2 $1')})`
}

/** `2026年4月（令和8年4月）`, `April 2026 (Reiwa 8)`; of YYYY-MM. */
export const monthIn = (lang: Lang, text: string): string => {
  const at = new Date(`${text}-01T00:00:00+09:00`)
  return lang === 'ja' ? `${months.ja.format(at)}（${months.era.format(at)}）` : `${months.en.format(at)} (${era.en.format(at).replace(/^(\d+) (.*)$/, '$2 $1')})`
}

/** With hours and minutes. */
export const instantIn = (lang: Lang, text: string): string => `${dayIn(lang, text)} ${clock.format(new Date(text))}`

/** YYYY-MM-DD of an instant, in Japan. */
export const isoDay = (at: number): string => new Date(at + 9 * 3_600_000).toISOString().slice(0, 10)

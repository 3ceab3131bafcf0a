/**
 * What stands around every page, and the pieces pages are made of: heading, navigation, display settings, forms with
 * their token, tables, and the page that says what happened and what to do.
 */
import { html, plain, type Html, type Part } from './html.ts'
import type { Reply, Visit } from './visit.ts'
import { wordsOf, type Words } from './words.ts'

export function page(visit: Visit, title: string, body: Part, more: { readonly status?: number; readonly script?: boolean; readonly refresh?: string } & Partial<Pick<Reply, 'session' | 'leave' | 'pending'>> = {}): Reply {
  const { words: w, session, say } = visit
  const { status = 200, script = false, refresh, ...rest } = more
  const link = (to: string, text: string): Html => html`<li><a href="${to}"${visit.path === to ? html` aria-current="page"` : ''}>${text}</a></li>`
  const { text } = html`<!doctype html>
<html lang="${visit.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${plain(title)} | ${w.site}</title>
<link rel="icon" href="/pages/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/pages/style.css">
${refresh !== undefined && html`<meta http-equiv="refresh" content="0; url=${refresh}">`}
${script && html`<script src="/pages/card.js" type="module"></script>`}
</head>
<body>
<a class="skip" href="#main">${w.skip}</a>
<header class="top">
<p class="site"><a href="/pages/">${w.site}</a></p>
<nav aria-label="${w.pages}"><ul>${link('/pages/me', w.mine)}${link('/pages/office', w.office)}${visit.parts.stage !== 'production' && link('/pages/developer', w.developer)}</ul></nav>
${session !== null && form(visit, '/pages/logout', html`<button class="plain">${w.logout}</button>`)}
</header>
${visit.parts.stage !== 'production' && html`<p class="test">${w.test}</p>`}
${settings(visit)}
<main id="main" tabindex="-1">
<h1>${say(title)}</h1>
${body}
</main>
</body>
</html>
`
  return { status, body: text, ...rest }
}

/** A form that changes something: it carries the token of this session. */
export const form = (visit: Visit, action: string, body: Part, attributes: Part = ''): Html =>
  html`<form method="post" action="${action}"${attributes}><input type="hidden" name="csrf" value="${visit.csrf}">${body}</form>`

/** Language, readings and plain Japanese, kept in a cookie that says nothing else. */
function settings(visit: Visit): Html {
  const { words: w, lang, furigana, easy } = visit
  const other = wordsOf(lang === 'ja' ? 'en' : 'ja', false)
  return html`<form class="settings" method="post" action="/pages/display" aria-label="${w.display}">
<input type="hidden" name="back" value="${visit.here}">
<button class="plain" name="set" value="${lang === 'ja' ? 'en' : 'ja'}" lang="${lang === 'ja' ? 'en' : 'ja'}">${lang === 'ja' ? other.english : other.japanese}</button>
${lang === 'ja' && html`<button class="plain" name="set" value="${furigana ? 'furigana-off' : 'furigana-on'}">${furigana ? w.furiganaOff : w.furiganaOn}</button>
<button class="plain" name="set" value="${easy ? 'easy-off' : 'easy-on'}">${easy ? w.easyOff : w.easyOn}</button>`}
</form>`
}

/** A table that scrolls within itself on narrow screens; `none` where it has no row. */
export function table(visit: Visit, caption: string, heads: readonly string[], rows: readonly (readonly Part[])[]): Html {
  if (rows.length === 0) return html`<p>${visit.words.none}</p>`
  return html`<div class="scroll" role="region" aria-label="${plain(caption)}" tabindex="0"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${visit.say(head)}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`)}</tbody>
</table></div>`
}

export const listed = (texts: readonly Part[]): Html => html`<ul>${texts.map((text) => html`<li>${text}</li>`)}</ul>`

/** Terms and what they are. */
export const terms = (visit: Visit, entries: readonly (readonly [string, Part])[]): Html =>
  html`<dl>${entries.map(([term, what]) => html`<div><dt>${visit.say(term)}</dt><dd>${what}</dd></div>`)}</dl>`

/** What the script of a page may have to say, in the language of the page; it holds no text of its own. */
export function cardMessages({ words: w }: Visit): Html {
  return html`<p class="card-state" role="status" data-state></p>
<ul hidden data-messages>${Object.entries(w.card).map(([name, text]) => html`<li data-name="${name}">${text}</li>`)}</ul>`
}

export const toTop = ({ words: w }: Visit): Html => html`<p><a class="button secondary" href="/pages/">${w.home}</a></p>`

export type Problem = keyof Words['problem']
const statuses: Readonly<Record<Problem, number>> = {
  'link-broken': 400, 'link-expired': 410, 'link-answered': 409, 'return-unknown': 400, 'session-over': 401, 'form-stale': 403, 'no-signature': 400, 'login-over': 410, 'login-unsure': 400, 'login-refused': 403, refused: 409, 'not-found': 404, fault: 500,
}

/** Says what happened, what was and was not done, and what to do now. */
export function problem(visit: Visit, which: Problem, more: { readonly reason?: string; readonly onward?: Part } & Partial<Pick<Reply, 'leave'>> = {}): Reply {
  const [title, happened, todo] = visit.words.problem[which]
  const { reason, onward = html`<a class="button secondary" href="/pages/">${visit.words.home}</a>`, ...rest } = more
  const body = html`<p>${happened}</p>${reason !== undefined && html`<p class="notice">${reason}</p>`}<p>${todo}</p><p>${onward}</p>`
  return page(visit, title!, body, { status: statuses[which], ...rest })
}

/** A refusal of the gateway, in the words it has for the person. */
export interface Refused { readonly __typename: 'Refused'; readonly code: string; readonly foundState: string | null; readonly userMessageJa: string; readonly userMessageEn: string }
export const refusedFields = '... on Refused { code foundState userMessageJa userMessageEn }'
export type Answered<T> = ({ readonly __typename: string } & T) | Refused
export const isRefused = (answer: { readonly __typename: string }): answer is Refused => answer.__typename === 'Refused'
export const reasonOf = (visit: Visit, no: Refused): string => (visit.lang === 'ja' ? no.userMessageJa : no.userMessageEn)

/** How the works stand, for officers: what is published and how fresh, what waits, which days bring lapses; and drift of a chip. */
import { dayIn, instantIn } from '../dates.ts'
import { form, isRefused, page, refusedFields, table, type Answered } from '../frame.ts'
import { html, type Html, type Part } from '../html.ts'
import type { Page, Session, Visit } from '../visit.ts'
import { forOfficer } from '../login/who.ts'

interface Works {
  readonly asOf: string
  readonly lists: readonly { readonly issuer: string; readonly lists: number; readonly oldest: string | null; readonly firstEnd: string | null; readonly due: number }[]
  readonly responders: readonly { readonly issuer: string; readonly notBefore: string; readonly notAfter: string }[]
  readonly queue: { readonly issuances: number; readonly orders: number; readonly deliveries: number; readonly deadDeliveries: number; readonly oldest: string | null }
  readonly log: { readonly acts: string; readonly signed: string; readonly at: string | null }
}
interface Deadline { readonly day: string; readonly cards: number; readonly certificates: number }

const worksDocument = `{ operations { __typename ... on Operations { asOf lists { issuer lists oldest firstEnd due } responders { issuer notBefore notAfter } queue { issuances orders deliveries deadDeliveries oldest } log { acts signed at } } ${refusedFields} } trustAnchors { keyId authority } }`
const deadlinesDocument = `query ($days: Int!) { lapseDeadlines(days: $days) { __typename ... on LapseDeadlines { days { day cards certificates } } ${refusedFields} } }`
const driftDocument = 'query ($card: ID!, $present: [Text!]!) { areaDrift(card: $card, present: $present) { aid kind installation } }'
/** Days. */
const ahead = 90

/** Nothing where the officer may not see it. */
export async function worksSection(visit: Visit, session: Session): Promise<Html | null> {
  const { words: { desk: w }, lang } = visit
  const { data } = await session.gateway.query<{ operations: Answered<Works>; trustAnchors: readonly { keyId: string; authority: keyof typeof w.authorities }[] }>(worksDocument)
  if (isRefused(data.operations)) return null
  const { lists, responders, queue, log, asOf } = data.operations
  const at = (text: string | null): string => (text === null ? w.missing : instantIn(lang, text))
  const of = (issuer: string): string => w.authorities[data.trustAnchors.find(({ keyId }) => keyId === issuer)?.authority ?? 'SIGNATURE']
  const over = (until: string | null): Part => (until !== null && Date.parse(until) > visit.parts.now() ? at(until) : html`<strong>${at(until)} ${w.stale}</strong>`)
  const rows: readonly (readonly Part[])[] = [
    ...lists.map((l) => [`CRL ${of(l.issuer)}`, at(l.oldest), over(l.firstEnd), w.made(l.lists, l.due)]),
    ...responders.map((r) => [`OCSP ${of(r.issuer)}`, at(r.notBefore), over(r.notAfter), '—']),
    [w.log, at(log.at), '—', w.covered(log.signed, log.acts)],
  ]
  return html`<section aria-labelledby="works"><h2 id="works">${w.fresh}</h2><p><small>${w.asOf(instantIn(lang, asOf))}</small></p>
${table(visit, w.fresh, [w.list, w.from, w.until, w.note], rows)}
<h3>${w.queue}</h3>${table(visit, w.queue, [w.waits, w.number], [[w.issuances, queue.issuances], [w.orders, queue.orders], [w.deliveries, queue.deliveries], [w.dead, queue.deadDeliveries], [w.oldest, queue.oldest === null ? '—' : instantIn(lang, queue.oldest)]])}</section>`
}

export async function deadlinesSection(visit: Visit, session: Session): Promise<Html | null> {
  const { words: { desk: w, me }, lang } = visit
  const { data } = await session.gateway.query<{ lapseDeadlines: Answered<{ days: readonly Deadline[] }> }>(deadlinesDocument, { days: ahead })
  if (isRefused(data.lapseDeadlines)) return null
  return html`<section aria-labelledby="deadlines"><h2 id="deadlines">${w.deadlines}</h2><p>${w.deadlinesText(ahead)}</p>${table(visit, w.deadlines, [w.day, me.cards, me.certificates], data.lapseDeadlines.days.map((d) => [dayIn(lang, d.day), d.cards, d.certificates]))}</section>`
}

// ---------------------------------------------------------------- drift

const driftForm = (visit: Visit): Html => {
  const { words: { desk: w }, form: given } = visit
  return form(visit, '/pages/office/drift', html`<p><label for="card">${w.driftCard}</label><br><input id="card" name="card" required autocomplete="off" value="${given.get('card') ?? ''}"></p>
<p><label for="present">${w.driftPresent}</label><br><textarea id="present" name="present" rows="4" spellcheck="false" aria-describedby="present-hint">${given.get('present') ?? ''}</textarea><br><small id="present-hint">${w.driftHint}</small></p>
<p><button class="button">${w.driftGo}</button></p>`)
}

export const driftPage: Page = forOfficer(async (visit) => page(visit, visit.words.desk.drift, html`<p class="lead">${visit.words.desk.driftText}</p>${driftForm(visit)}`))

export const drift: Page = forOfficer(async (visit, session) => {
  const { words: { desk: w }, form: given } = visit
  const present = (given.get('present') ?? '').split(/[\s,]+/).filter((aid) => aid !== '')
  const wrong = present.filter((aid) => !/^([0-9A-Fa-f]{2}){5,16}$/.test(aid))
  const found = wrong.length > 0 ? null : (await session.gateway.query<{ areaDrift: readonly { aid: string; kind: keyof typeof w.driftKinds; installation: string | null }[] | null }>(driftDocument, { card: given.get('card') ?? '', present })).data.areaDrift
  const said = wrong.length > 0 ? html`<p class="notice" role="alert">${w.driftWrong(wrong.join(' '))}</p>` : found === null ? html`<p class="notice" role="alert">${w.driftUnknown}</p>`
    : found.length === 0 ? html`<p class="lead" role="status">${w.driftNone}</p>` : table(visit, w.drift, ['AID', w.driftKind], found.map(({ aid, kind }) => [html`<code>${aid}</code>`, w.driftKinds[kind]]))
  return page(visit, w.drift, html`${said}${driftForm(visit)}`, wrong.length > 0 ? { status: 400 } : found === null ? { status: 404 } : {})
})

/**
 * The person's own page (本人): cards and certificates with their dates, what ends next, consents, who read what and when
 * with refusals, logins and linked accounts, applications in the free space and why they are there.
 */
import { NotAnswered } from '../anybody.ts'
import { dayIn, instantIn, isoDay } from '../dates.ts'
import { page, problem, table } from '../frame.ts'
import { html, plain, type Html, type Part } from '../html.ts'
import { readPage, readReasons, readRest, readWhole, type Card, type Certificate, type Consent, type Named, type Rest } from './own.ts'
import { isFurther, pager, placeOf, sliceOf, type Listed } from '../paging.ts'
import type { Item, Page, Reply, Session, Visit } from '../visit.ts'
import { forCitizen } from '../login/who.ts'
import type { Words } from '../words.ts'

export const called = ({ lang }: Visit, who: Named | null): string => (who === null ? '—' : lang === 'ja' ? who.name : who.nameEn)
export const listOf = ({ words, lang }: Visit, items: readonly Item[]): string => items.map((item) => plain(words.items[item])).join(lang === 'en' ? ', ' : '、')
const anchor = (to: string, parameters: Readonly<Record<string, string>>, text: string): Html => html`<a href="${to}?${new URLSearchParams(parameters).toString()}">${text}</a>`
const section = (id: string, title: string, body: Part): Html => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`
/** Rows of a list on one page. */
const [consentsShown, entriesShown, loginsShown] = [50, 50, 20]

export const citizenPage: Page = forCitizen(async (visit, session) => {
  const [log, logins] = [placeOf(visit, 'log', entriesShown), placeOf(visit, 'logins', loginsShown)]
  try {
    return await shown(visit, session, log, logins)
  } catch (fault) {
    // A place in a list that is not there any more is no fault of ours.
    if (!(isFurther(log) || isFurther(logins)) || !(fault instanceof NotAnswered) || fault.status === 401) throw fault
    return problem(visit, 'not-found', { onward: html`<a class="button" href="/pages/me">${visit.words.me.done}</a>` })
  }
})

async function shown(visit: Visit, session: Session, ...[log, logins]: readonly ReturnType<typeof placeOf>[]): Promise<Reply> {
  const { words: { me: w }, lang } = visit
  const [cards, certificates, consents, accessLog, logged, rest] = await Promise.all([
    readWhole(session, 'cards'), readWhole(session, 'certificates'), readWhole(session, 'consents'), readPage(session, 'accessLog', log!), readPage(session, 'logins', logins!), readRest(session),
  ])
  const next = nextEnd(visit, cards, certificates, consents)
  const reasons = accessLog.nodes.some((entry) => entry.refusal !== null) ? await readReasons(session, lang) : new Map<string, string>()
  return page(visit, w.title, html`
${rest.notices.map((notice) => html`<p class="notice">${lang === 'ja' ? notice.messageJa : notice.messageEn}</p>`)}
${next !== null && html`<p class="next"><strong>${w.next}</strong><br>${next}</p>`}
${section('cards', w.cards, table(visit, w.cards, [w.kind, w.state, w.made, w.ends, w.act], cards.map((card) => [
    w.cardKind, w.cardStates[card.state], dayIn(lang, card.madeOn), dayIn(lang, card.expiresOn), card.state === 'ACTIVE' || card.state === 'SUSPENDED' ? anchor('/pages/me/loss', { card: card.id }, w.lost) : '—'])))}
${section('certificates', w.certificates, html`<p>${w.certificatesText}</p>${table(visit, w.certificates, [w.kind, w.state, w.issued, w.ends, w.act], certificates.map((c) => [
    w.kinds[c.kind], w.certificateStates[c.state], instantIn(lang, c.issuedAt), dayIn(lang, c.expiresOn), c.state === 'VALID' || c.state === 'HELD' ? anchor('/pages/me/certificate', { certificate: c.id }, w.certificateReport) : '—']))}`)}
${section('consents', w.consents, consentsTable(visit, sliceOf(consents.toReversed(), placeOf(visit, 'consents', consentsShown)), rest))}
${section('log', w.log, html`${table(visit, w.log, [w.at, w.to, w.items, w.outcome], accessLog.nodes.map((entry) => [
    instantIn(lang, entry.at), called(visit, entry.partner), listOf(visit, entry.items), entry.released ? w.released : html`${w.denied}<br><small>${w.why(reasons.get(entry.refusal ?? '') ?? '')}<br><code>${entry.refusal}</code></small>`]))}${pager(visit, 'log', accessLog.pageInfo, 'log', w.log)}`)}
${section('logins', w.logins, html`${table(visit, w.logins, [w.at, w.to, w.account], logged.nodes.map((login) => [instantIn(lang, login.at), called(visit, login.partner), html`<code>${login.subject.slice(0, 12)}…</code>`]))}${pager(visit, 'logins', logged.pageInfo, 'logins', w.logins)}`)}
${section('links', w.links, html`<p>${w.linksText}</p>${table(visit, w.links, [w.to, w.since, w.state, w.act], rest.links.map((link) => [
    called(visit, link.partner), instantIn(lang, link.linkedAt), link.endedAt === null ? w.linked : w.unlinkedOn(instantIn(lang, link.endedAt)), link.endedAt === null ? anchor('/pages/me/unlink', { link: link.id }, w.unlink) : '—']))}`)}
${section('areas', w.areas, html`<p>${w.areasText}</p>${areasTable(visit, cards)}`)}
<p><a class="button secondary" href="/pages/me/export">${w.export}</a><br><small>${w.exportHint}</small></p>`)
}

const stateOf = ({ parts }: Visit, consent: Consent): keyof Words['me']['consentStates'] => (consent.state === 'IN_FORCE' && Date.parse(consent.until) < parts.now() ? 'OVER' : consent.state)

/** Extending is asked for by the partner; what is open stands above, and leads to what would change. */
function consentsTable(visit: Visit, { nodes, pageInfo }: Listed<Consent>, { extensions }: Rest): Html {
  const { words: { me: w, ...words }, lang } = visit
  const day = (text: string): string => dayIn(lang, text)
  return html`<p>${w.extendText}</p>${extensions.length > 0 && html`<h3>${w.extensions}</h3>${table(visit, w.extensions, [w.to, w.purpose, w.at, w.answerBy, w.act], extensions.map((asked) => [
    called(visit, asked.partner), asked.purpose?.name ?? '—', instantIn(lang, asked.requestedAt), instantIn(lang, asked.expiresAt), anchor('/pages/consent', { request: asked.id }, w.extend[asked.action])]))}<h3>${w.given}</h3>`}
${table(visit, w.consents, [w.to, w.purpose, w.items, w.period, w.state, w.act], nodes.map((consent) => [
    called(visit, consent.partner), consent.purpose === null ? '—' : `${consent.purpose.name}（${plain(words.consent.version(consent.purpose.version))}）`, listOf(visit, consent.items),
    html`${words.from(day(consent.from))} ${words.until(day(consent.until))}<br><small>${plain(words.consent.decided(words.limits[consent.limitedBy]))}</small>`, html`${w.consentStates[stateOf(visit, consent)]}${consent.represented && html`<br><small>${w.represented}</small>`}`,
    html`${stateOf(visit, consent) === 'IN_FORCE' && html`${anchor('/pages/me/withdraw', { consent: consent.id }, w.withdraw)}<br>`}${anchor('/pages/me/receipt', { consent: consent.id }, w.receipt)}`]))}${pager(visit, 'consents', pageInfo, 'consents', w.consents)}`
}

function areasTable(visit: Visit, cards: readonly Card[]): Html {
  const { me: w } = visit.words
  return table(visit, w.areas, [w.area, w.purpose, w.operator, w.basis, w.state], cards.flatMap((card) => card.installations).map(({ grant, state }) => [
    grant?.label ?? '—', grant?.purpose ?? '—', grant?.operator ?? '—', grant === null ? '—' : [grant.legalBasis.name, grant.legalBasis.article, grant.legalBasis.notice, grant.legalBasis.number].filter(Boolean).join(' '), w.areaStates[state]]))
}

/** The card, certificate or consent whose last day comes first. */
function nextEnd({ words: { me: w }, lang, parts }: Visit, cards: readonly Card[], certificates: readonly Certificate[], consents: readonly Consent[]): string | null {
  const today = isoDay(parts.now())
  const ends = [
    ...cards.filter((c) => c.state === 'ACTIVE').map((c) => ({ what: w.cardKind as string, on: c.expiresOn })),
    ...certificates.filter((c) => c.state === 'VALID').map((c) => ({ what: `${w.certificates} — ${w.kinds[c.kind]}`, on: c.expiresOn })),
    ...consents.filter((c) => c.state === 'IN_FORCE').map((c) => ({ what: w.consents as string, on: isoDay(Date.parse(c.until)) })),
  ].filter(({ on }) => on >= today).toSorted((a, b) => (a.on < b.on ? -1 : 1))
  return ends[0] === undefined ? null : w.nextIs(ends[0].what, dayIn(lang, ends[0].on))
}

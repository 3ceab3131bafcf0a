/**
 * The person's own page (本人): cards and certificates with their dates, what ends next, consents, who read what and when
 * with refusals, logins and linked accounts, applications in the free space and why they are there.
 */
import { dayIn, instantIn, isoDay } from './dates.ts'
import { page, table } from './frame.ts'
import { html, plain, type Html } from './html.ts'
import type { Item, Page, Session, Visit } from './visit.ts'
import { forCitizen } from './who.ts'
import type { Words } from './words.ts'

export interface Named { readonly name: string; readonly nameEn: string }
interface Card { readonly id: string; readonly state: keyof Words['me']['cardStates']; readonly madeOn: string; readonly expiresOn: string; readonly installations: readonly { readonly id: string; readonly state: keyof Words['me']['areaStates']; readonly grant: { readonly label: string; readonly purpose: string; readonly operator: string; readonly legalBasis: { readonly name?: string; readonly article?: string; readonly notice?: string; readonly number?: string } } | null }[] }
interface Certificate { readonly id: string; readonly kind: keyof Words['me']['kinds']; readonly state: keyof Words['me']['certificateStates']; readonly issuedAt: string; readonly expiresOn: string }
export interface Consent { readonly id: string; readonly items: readonly Item[]; readonly from: string; readonly until: string; readonly state: Exclude<keyof Words['me']['consentStates'], 'OVER'>; readonly represented: boolean; readonly limitedBy: keyof Words['limits']; readonly partner: Named | null; readonly purpose: { readonly name: string; readonly version: number } | null }
interface Entry { readonly at: string; readonly items: readonly Item[]; readonly released: boolean; readonly refusal: string | null; readonly partner: Named | null }
interface Linked { readonly id: string; readonly linkedAt: string; readonly endedAt: string | null; readonly state: 'LINKED' | 'ENDED'; readonly partner: Named | null }
interface Login { readonly at: string; readonly subject: string; readonly partner: Named | null }
interface Nodes<T> { readonly nodes: readonly T[] }
export interface Me {
  readonly cards: Nodes<Card>
  readonly certificates: Nodes<Certificate>
  readonly consents: Nodes<Consent>
  readonly accessLog: Nodes<Entry>
  readonly logins: Nodes<Login>
  readonly links: readonly Linked[]
  readonly notices: readonly { readonly messageJa: string; readonly messageEn: string }[]
}

export const consentFields = 'id items from until state limitedBy represented partner { name nameEn } purpose { name version }'
// In three, so that each stays within what the gateway lets one document cost.
const documents = [
  '{ me { cards(first: 20) { nodes { id state madeOn expiresOn installations { id state grant { label purpose operator legalBasis { ... on Ordinance { name article } ... on MinisterialRule { notice } ... on MinisterConfirmation { number } } } } } } certificates(first: 50) { nodes { id kind state issuedAt expiresOn } } notices { messageJa messageEn } } }',
  `{ me { consents(first: 50) { nodes { ${consentFields} } } } }`,
  '{ me { accessLog(first: 50) { nodes { at items released refusal partner { name nameEn } } } logins(first: 20) { nodes { at subject partner { name nameEn } } } links { id linkedAt endedAt state partner { name nameEn } } } }',
] as const

export async function own(session: Session): Promise<Me> {
  const parts = await Promise.all(documents.map((document) => session.gateway.query<{ me: Partial<Me> }>(document)))
  return Object.assign({}, ...parts.map(({ data }) => data.me)) as Me
}

export const called = ({ lang }: Visit, who: Named | null): string => (who === null ? '—' : lang === 'ja' ? who.name : who.nameEn)
const list = ({ words, lang }: Visit, items: readonly Item[]): string => items.map((item) => plain(words.items[item])).join(lang === 'en' ? ', ' : '、')
const anchor = (to: string, text: string): Html => html`<a href="${to}">${text}</a>`
const about = (path: string, parameters: Readonly<Record<string, string>>): string => `${path}?${new URLSearchParams(parameters).toString()}`

export const citizenPage: Page = forCitizen(async (visit, session) => {
  const { words: { me: w, ...words }, lang, parts } = visit
  const me = await own(session)
  const day = (text: string): string => dayIn(lang, text)
  const section = (id: string, title: string, body: Html): Html => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`
  const stateOf = (consent: Consent): keyof Words['me']['consentStates'] => (consent.state === 'IN_FORCE' && Date.parse(consent.until) < parts.now() ? 'OVER' : consent.state)
  const next = nextEnd(visit, me)
  const areas = me.cards.nodes.flatMap((card) => card.installations)
  return page(visit, w.title, html`
${me.notices.map((notice) => html`<p class="notice">${lang === 'ja' ? notice.messageJa : notice.messageEn}</p>`)}
${next !== null && html`<p class="next"><strong>${w.next}</strong><br>${next}</p>`}
${section('cards', w.cards, table(visit, w.cards, [w.kind, w.state, w.made, w.ends, w.act], me.cards.nodes.map((card) => [
    w.cardKind, w.cardStates[card.state], day(card.madeOn), day(card.expiresOn), card.state === 'ACTIVE' ? anchor(about('/pages/me/loss', { card: card.id }), w.lost) : '—'])))}
${section('certificates', w.certificates, table(visit, w.certificates, [w.kind, w.state, w.issued, w.ends], me.certificates.nodes.map((c) => [w.kinds[c.kind], w.certificateStates[c.state], instantIn(lang, c.issuedAt), day(c.expiresOn)])))}
${section('consents', w.consents, table(visit, w.consents, [w.to, w.purpose, w.items, w.period, w.state, w.act], me.consents.nodes.map((consent) => [
    called(visit, consent.partner), consent.purpose === null ? '—' : `${consent.purpose.name}（${words.consent.version(consent.purpose.version)}）`, list(visit, consent.items),
    html`${words.until(day(consent.until))}<br><small>${words.consent.decided(words.limits[consent.limitedBy])}</small>`, html`${w.consentStates[stateOf(consent)]}${consent.represented && html`<br><small>${w.represented}</small>`}`,
    html`${stateOf(consent) === 'IN_FORCE' && html`${anchor(about('/pages/me/withdraw', { consent: consent.id }), w.withdraw)}<br>`}${anchor(about('/pages/me/receipt', { consent: consent.id }), w.receipt)}`])))}
${section('log', w.log, table(visit, w.log, [w.at, w.to, w.items, w.outcome], me.accessLog.nodes.map((entry) => [
    instantIn(lang, entry.at), called(visit, entry.partner), list(visit, entry.items), entry.released ? w.released : html`${w.denied}<br><small>${w.why(entry.refusal ?? '')}</small>`])))}
${section('logins', w.logins, table(visit, w.logins, [w.at, w.to, w.account], me.logins.nodes.map((login) => [instantIn(lang, login.at), called(visit, login.partner), html`<code>${login.subject.slice(0, 12)}…</code>`])))}
${section('links', w.links, html`<p>${w.linksText}</p>${table(visit, w.links, [w.to, w.since, w.state, w.act], me.links.map((link) => [
    called(visit, link.partner), instantIn(lang, link.linkedAt), link.endedAt === null ? w.linked : w.unlinkedOn(instantIn(lang, link.endedAt)), link.endedAt === null ? anchor(about('/pages/me/unlink', { link: link.id }), w.unlink) : '—']))}`)}
${section('areas', w.areas, html`<p>${w.areasText}</p>${table(visit, w.areas, [w.area, w.purpose, w.operator, w.basis, w.state], areas.map(({ grant, state }) => [
    grant?.label ?? '—', grant?.purpose ?? '—', grant?.operator ?? '—', grant === null ? '—' : [grant.legalBasis.name, grant.legalBasis.article, grant.legalBasis.notice, grant.legalBasis.number].filter(Boolean).join(' '), w.areaStates[state]]))}`)}
<p><a class="button secondary" href="/pages/me/export">${w.export}</a><br><small>${w.exportHint}</small></p>`)
})

/** The card, certificate or consent whose last day comes first. */
function nextEnd({ words: { me: w }, lang, parts }: Visit, me: Me): string | null {
  const today = isoDay(parts.now())
  const ends = [
    ...me.cards.nodes.filter((c) => c.state === 'ACTIVE').map((c) => ({ what: w.cardKind as string, on: c.expiresOn })),
    ...me.certificates.nodes.filter((c) => c.state === 'VALID').map((c) => ({ what: `${w.certificates} — ${w.kinds[c.kind]}`, on: c.expiresOn })),
    ...me.consents.nodes.filter((c) => c.state === 'IN_FORCE').map((c) => ({ what: w.consents as string, on: isoDay(Date.parse(c.until)) })),
  ].filter(({ on }) => on >= today).toSorted((a, b) => (a.on < b.on ? -1 : 1))
  return ends[0] === undefined ? null : w.nextIs(ends[0].what, dayIn(lang, ends[0].on))
}

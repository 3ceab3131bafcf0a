/**
 * The person's own page (本人): cards and certificates with their dates, what ends next, consents, who read what and when
 * with refusals, logins, applications in the free space; withdrawing, reporting a loss, taking everything along.
 */
import { dayIn, instantIn, isoDay } from './dates.ts'
import { form, isRefused, page, problem, reasonOf, refusedFields, table, type Answered } from './frame.ts'
import { html, plain, type Html } from './html.ts'
import type { Item, Page, Reply, Session, Visit } from './visit.ts'
import { forCitizen } from './who.ts'
import type { Words } from './words.ts'

interface Named { readonly name: string; readonly nameEn: string }
interface Card { readonly id: string; readonly state: keyof Words['me']['cardStates']; readonly madeOn: string; readonly expiresOn: string; readonly installations: readonly { readonly id: string; readonly state: string; readonly grant: { readonly label: string; readonly purpose: string; readonly legalBasis: { readonly name?: string; readonly article?: string; readonly notice?: string; readonly number?: string } } | null }[] }
interface Certificate { readonly id: string; readonly kind: keyof Words['me']['kinds']; readonly state: keyof Words['me']['certificateStates']; readonly issuedAt: string; readonly expiresOn: string }
interface Consent { readonly id: string; readonly items: readonly Item[]; readonly from: string; readonly until: string; readonly state: 'IN_FORCE' | 'WITHDRAWN'; readonly limitedBy: keyof Words['limits']; readonly partner: Named | null; readonly purpose: { readonly name: string; readonly version: number } | null }
interface Entry { readonly at: string; readonly items: readonly Item[]; readonly released: boolean; readonly refusal: string | null; readonly partner: Named | null }
interface Login { readonly at: string; readonly subject: string; readonly partner: Named | null }
interface Nodes<T> { readonly nodes: readonly T[] }
interface Me {
  readonly cards: Nodes<Card>
  readonly certificates: Nodes<Certificate>
  readonly consents: Nodes<Consent>
  readonly accessLog: Nodes<Entry>
  readonly logins: Nodes<Login>
  readonly notices: readonly { readonly messageJa: string; readonly messageEn: string }[]
}

const consentFields = 'id items from until state limitedBy partner { name nameEn } purpose { name version }'
// In three, so that each stays within what the gateway lets one document cost.
const documents = [
  '{ me { cards(first: 20) { nodes { id state madeOn expiresOn installations { id state grant { label purpose legalBasis { ... on Ordinance { name article } ... on MinisterialRule { notice } ... on MinisterConfirmation { number } } } } } } certificates(first: 50) { nodes { id kind state issuedAt expiresOn } } notices { messageJa messageEn } } }',
  `{ me { consents(first: 50) { nodes { ${consentFields} } } } }`,
  '{ me { accessLog(first: 50) { nodes { at items released refusal partner { name nameEn } } } logins(first: 20) { nodes { at subject partner { name nameEn } } } } }',
] as const

async function own(session: Session): Promise<Me> {
  const parts = await Promise.all(documents.map((document) => session.gateway.query<{ me: Partial<Me> }>(document)))
  return Object.assign({}, ...parts.map(({ data }) => data.me)) as Me
}

const called = ({ lang }: Visit, who: Named | null): string => (who === null ? '—' : lang === 'ja' ? who.name : who.nameEn)
const list = ({ words, lang }: Visit, items: readonly Item[]): string => items.map((item) => plain(words.items[item])).join(lang === 'en' ? ', ' : '、')
const anchor = (to: string, text: string): Html => html`<a href="${to}">${text}</a>`
const about = (path: string, parameters: Readonly<Record<string, string>>): string => `${path}?${new URLSearchParams(parameters).toString()}`

export const citizenPage: Page = forCitizen(async (visit, session) => {
  const { words: { me: w, ...words }, lang, parts } = visit
  const me = await own(session)
  const day = (text: string): string => dayIn(lang, text)
  const section = (id: string, title: string, body: Html): Html => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`
  const stateOf = (consent: Consent): 'IN_FORCE' | 'WITHDRAWN' | 'OVER' => (consent.state === 'IN_FORCE' && Date.parse(consent.until) < parts.now() ? 'OVER' : consent.state)
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
    html`${words.until(day(consent.until))}<br><small>${words.consent.decided(words.limits[consent.limitedBy])}</small>`, w.consentStates[stateOf(consent)],
    html`${stateOf(consent) === 'IN_FORCE' && html`${anchor(about('/pages/me/withdraw', { consent: consent.id }), w.withdraw)}<br>`}${anchor(about('/pages/me/receipt', { consent: consent.id }), w.receipt)}`])))}
${section('log', w.log, table(visit, w.log, [w.at, w.to, w.items, w.outcome], me.accessLog.nodes.map((entry) => [
    instantIn(lang, entry.at), called(visit, entry.partner), list(visit, entry.items), entry.released ? w.released : html`${w.denied}<br><small>${w.why(entry.refusal ?? '')}</small>`])))}
${section('logins', w.logins, table(visit, w.logins, [w.at, w.to, w.account], me.logins.nodes.map((login) => [instantIn(lang, login.at), called(visit, login.partner), html`<code>${login.subject.slice(0, 12)}…</code>`])))}
${section('areas', w.areas, table(visit, w.areas, [w.area, w.purpose, w.basis, w.state], areas.map(({ grant, state }) => [
    grant?.label ?? '—', grant?.purpose ?? '—', grant === null ? '—' : [grant.legalBasis.name, grant.legalBasis.article, grant.legalBasis.notice, grant.legalBasis.number].filter(Boolean).join(' '), state])))}
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

// ---------------------------------------------------------------- acts, each on a page of its own first

/** A question with its consequences, one button to do it and one way back. */
const question = (visit: Visit, title: string, text: string, action: string, fields: Readonly<Record<string, string>>, yes: string): Reply => page(visit, title, html`<p class="lead">${text}</p>
${form(visit, action, html`${Object.entries({ ...fields, key: visit.parts.token() }).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<p><button class="button">${yes}</button> <a class="button secondary" href="/pages/me">${visit.words.cancel}</a></p>`)}`)

const told = (visit: Visit, title: string, text: string): Reply => page(visit, title, html`<p class="lead">${text}</p><p><a class="button" href="/pages/me">${visit.words.me.done}</a></p>`)

export const withdrawPage: Page = forCitizen(async (visit, session) => {
  const { data } = await session.gateway.query<{ consent: Consent | null }>(`query ($id: ID!) { consent(id: $id) { ${consentFields} } }`, { id: visit.query.get('consent') ?? '' })
  const { me: w } = visit.words
  return data.consent === null ? problem(visit, 'link-broken') : question(visit, w.withdrawTitle, w.withdrawText(called(visit, data.consent.partner)), '/pages/me/withdraw', { consent: data.consent.id }, w.withdrawYes)
})

export const withdraw: Page = forCitizen(async (visit, session) => {
  const input = { consent: visit.form.get('consent') ?? '', idempotencyKey: visit.form.get('key') ?? '' }
  const { data } = await session.gateway.query<{ withdrawConsent: Answered<{ id: string }> }>(`mutation ($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { __typename ... on Consent { id } ${refusedFields} } }`, { input })
  const no = data.withdrawConsent
  // Withdrawn is what was wanted, whoever did it first.
  if (isRefused(no) && no.foundState !== 'WITHDRAWN') return problem(visit, 'refused', { reason: reasonOf(visit, no) })
  return told(visit, visit.words.me.withdrawDone, visit.words.me.withdrawDoneText)
})

export const lossPage: Page = forCitizen(async (visit) => {
  const { me: w } = visit.words
  return question(visit, w.lossTitle, w.lossText, '/pages/me/loss', { card: visit.query.get('card') ?? '' }, w.lossYes)
})

export const reportLoss: Page = forCitizen(async (visit, session) => {
  const input = { card: visit.form.get('card') ?? '', idempotencyKey: visit.form.get('key') ?? '' }
  const { data } = await session.gateway.query<{ suspendCard: Answered<{ id: string }> }>(`mutation ($input: SuspendCardInput!) { suspendCard(input: $input) { __typename ... on Card { id } ${refusedFields} } }`, { input })
  const no = data.suspendCard
  if (isRefused(no) && no.foundState !== 'SUSPENDED') return problem(visit, 'refused', { reason: reasonOf(visit, no) })
  return told(visit, visit.words.me.lossDone, visit.words.me.lossDoneText)
})

// ---------------------------------------------------------------- to take along

const receiptOf = async (session: Session, id: string): Promise<string | null> =>
  (await session.gateway.query<{ consent: { receipt: string | null } | null }>('query ($id: ID!) { consent(id: $id) { receipt } }', { id })).data.consent?.receipt ?? null

export const receipt: Page = forCitizen(async (visit, session) => {
  const text = await receiptOf(session, visit.query.get('consent') ?? '')
  return text === null ? problem(visit, 'link-broken') : { status: 200, type: 'application/json', body: text, download: 'consent-receipt.json' }
})

/** Everything these pages show, and the receipt of each consent, which the card of the person signed. */
export const takeAlong: Page = forCitizen(async (visit, session) => {
  const me = await own(session)
  const receipts = []
  for (const { id } of me.consents.nodes) receipts.push(await receiptOf(session, id))
  const text = JSON.stringify({ asOf: new Date(visit.parts.now()).toISOString(), ...me, receipts: receipts.map((r) => (r === null ? null : (JSON.parse(r) as unknown))) }, null, 2)
  return { status: 200, type: 'application/json', body: text, download: 'mynagate.json' }
})

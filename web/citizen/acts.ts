/**
 * What the person does: withdrawing a consent, ending a link, stopping a card or reporting it lost, and the same for one
 * certificate. Each act stands on a page of its own first, with what it brings about.
 *
 * @law 公的個人認証法 第9条・第10条・第28条・第29条 (certificates) · 施行規則 第35条の2第5項 (withdrawal) · 番号法 第17条 (cards)
 */
import { called, listOf } from './page.ts'
import { dayIn, instantIn } from '../dates.ts'
import { form, isRefused, listed, page, problem, reasonOf, refusedFields, terms, type Answered } from '../frame.ts'
import { html, type Html, type Part } from '../html.ts'
import { consentFields, type Certificate, type Consent } from './own.ts'
import type { Page, Reply, Session, Visit } from '../visit.ts'
import { forCitizen } from '../login/who.ts'

/** What would come of it, one button to do it and one way back. */
const question = (visit: Visit, title: string, body: Part, action: string, fields: Readonly<Record<string, string>>, yes: string, more: Part = ''): Reply => page(visit, title, html`${body}
${form(visit, action, html`${Object.entries({ ...fields, key: visit.parts.token() }).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<p><button class="button">${yes}</button> <a class="button secondary" href="/pages/me">${visit.words.cancel}</a></p>`)}${more}`)

const told = (visit: Visit, title: string, text: string): Reply => page(visit, title, html`<p class="lead">${text}</p><p><a class="button" href="/pages/me">${visit.words.me.done}</a></p>`)
const lead = (text: string): Html => html`<p class="lead">${text}</p>`

/** Null where it was done, or stood as it was wanted already, whoever did it first. */
async function act(visit: Visit, session: Session, mutation: string, input: Readonly<Record<string, unknown>>, wanted: readonly string[]): Promise<Reply | null> {
  const name = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}`
  const { data } = await session.gateway.query<Record<string, Answered<object>>>(`mutation ($input: ${name}Input!) { ${mutation}(input: $input) { __typename ${refusedFields} } }`, { input: { ...input, idempotencyKey: visit.form.get('key') ?? '' } })
  const answer = data[mutation]!
  if (!isRefused(answer) || wanted.includes(answer.foundState ?? '')) return null
  // Some acts want a login of a moment ago.
  const [to, text] = answer.code === 'ASSURANCE_TOO_LOW' ? ['/pages/login?next=%2Fpages%2Fme', visit.words.login.again] : ['/pages/me', visit.words.me.done]
  return problem(visit, 'refused', { reason: reasonOf(visit, answer), onward: html`<a class="button" href="${to}">${visit.say(text)}</a>` })
}

// ---------------------------------------------------------------- consents and links

export const withdrawPage: Page = forCitizen(async (visit, session) => {
  const { data: { consent } } = await session.gateway.query<{ consent: Consent | null }>(`query ($id: ID!) { consent(id: $id) { ${consentFields} } }`, { id: visit.query.get('consent') ?? '' })
  const { me: w, consent: c } = visit.words
  if (consent === null) return problem(visit, 'link-broken')
  const body = html`${lead(w.withdrawText(called(visit, consent.partner)))}
${terms(visit, [[c.who, called(visit, consent.partner)], [c.why, consent.purpose?.name ?? '—'], [c.what, listOf(visit, consent.items)], [c.period, visit.words.until(dayIn(visit.lang, consent.until))], [c.contact, consent.partner?.contact ?? '—']])}
<h2>${w.stops}</h2>${listed(w.stopsList)}`
  return question(visit, w.withdrawTitle, body, '/pages/me/withdraw', { consent: consent.id }, w.withdrawYes)
})

export const withdraw: Page = forCitizen(async (visit, session) =>
  (await act(visit, session, 'withdrawConsent', { consent: visit.form.get('consent') ?? '' }, ['WITHDRAWN'])) ?? told(visit, visit.words.me.withdrawDone, visit.words.me.withdrawDoneText))

export const unlinkPage: Page = forCitizen(async (visit) => {
  const { me: w } = visit.words
  return question(visit, w.unlinkTitle, lead(w.unlinkText), '/pages/me/unlink', { link: visit.query.get('link') ?? '' }, w.unlink)
})

export const unlink: Page = forCitizen(async (visit, session) =>
  (await act(visit, session, 'unlinkAccount', { link: visit.form.get('link') ?? '' }, ['ENDED'])) ?? told(visit, visit.words.me.unlinkDone, visit.words.me.unlinkDoneText))

// ---------------------------------------------------------------- the card

/** 一時停止 · 紛失の届出による廃止 */
const cardActs = { suspend: { mutation: 'suspendCard', wanted: ['SUSPENDED'] }, abolish: { mutation: 'reportCardLost', wanted: ['ABOLISHED', 'LAPSED'] } } as const
type CardAct = keyof typeof cardActs
const cardActOf = (text: string | null): CardAct => (text === 'abolish' ? 'abolish' : 'suspend')

export const lossPage: Page = forCitizen(async (visit) => {
  const { me: { cardActs: w } } = visit.words
  const [card, name] = [visit.query.get('card') ?? '', cardActOf(visit.query.get('act'))]
  const other: CardAct = name === 'suspend' ? 'abolish' : 'suspend'
  const more = html`<p><a href="/pages/me/loss?${new URLSearchParams({ card, act: other }).toString()}">${w[other].instead}</a></p>`
  return question(visit, w[name].title, html`${lead(w[name].text)}${listed(w[name].list)}`, '/pages/me/loss', { card, act: name }, w[name].yes, more)
})

export const reportLoss: Page = forCitizen(async (visit, session) => {
  const { me: { cardActs: w } } = visit.words
  const name = cardActOf(visit.form.get('act'))
  return (await act(visit, session, cardActs[name].mutation, { card: visit.form.get('card') ?? '' }, cardActs[name].wanted)) ?? told(visit, w[name].done, w[name].doneText)
})

// ---------------------------------------------------------------- one certificate

/** 一時停止 · 漏えい等の届出 (第10条・第29条) · 失効申請 (第9条・第28条): the grounds that a holder may state, and from which states. */
const certificateActs = {
  stop: { ground: 'TEMPORARY_STOP', from: ['VALID'], wanted: ['HELD', 'REVOKED'] }, leak: { ground: 'KEY_LEAK', from: ['VALID', 'HELD'], wanted: ['REVOKED'] }, end: { ground: 'HOLDER_REQUEST', from: ['VALID', 'HELD'], wanted: ['REVOKED'] },
} as const satisfies Readonly<Record<string, { readonly ground: string; readonly from: readonly Certificate['state'][]; readonly wanted: readonly string[] }>>
type CertificateAct = keyof typeof certificateActs
const certificateActOf = (text: string | null): CertificateAct | null => (text !== null && Object.hasOwn(certificateActs, text) ? (text as CertificateAct) : null)

export const certificatePage: Page = forCitizen(async (visit, session) => {
  const { me: w, ...words } = visit.words
  const { data: { certificate } } = await session.gateway.query<{ certificate: Certificate | null }>('query ($id: ID!) { certificate(id: $id) { id kind state issuedAt expiresOn } }', { id: visit.query.get('certificate') ?? '' })
  if (certificate === null) return problem(visit, 'not-found', { onward: html`<a class="button" href="/pages/me">${w.done}</a>` })
  const may = (Object.keys(certificateActs) as CertificateAct[]).filter((name) => (certificateActs[name].from as readonly string[]).includes(certificate.state))
  const [name, address] = [certificateActOf(visit.query.get('act')), (act: string): string => `/pages/me/certificate?${new URLSearchParams({ certificate: certificate.id, act }).toString()}`]
  const facts = terms(visit, [[w.kind, w.kinds[certificate.kind]], [w.state, w.certificateStates[certificate.state]], [w.issued, instantIn(visit.lang, certificate.issuedAt)], [w.ends, dayIn(visit.lang, certificate.expiresOn)]])
  if (name !== null && may.includes(name)) {
    const act = w.certificateActs[name]
    return question(visit, act.title, html`${lead(act.text)}${facts}${listed(act.list)}`, '/pages/me/certificate', { certificate: certificate.id, act: name }, act.yes)
  }
  return page(visit, w.certificateTitle, html`${facts}<p>${w.certificateLead}</p>${may.length === 0 ? html`<p>${words.none}</p>` : html`<ul class="entries">${may.map((one) => html`<li><a href="${address(one)}">${w.certificateActs[one].name}</a><br>${w.certificateActs[one].text}</li>`)}</ul>`}
<p><a class="button secondary" href="/pages/me">${w.done}</a></p>`)
})

export const reportCertificate: Page = forCitizen(async (visit, session) => {
  const { me: w } = visit.words
  const name = certificateActOf(visit.form.get('act'))
  if (name === null) return problem(visit, 'not-found')
  const { ground, wanted } = certificateActs[name]
  return (await act(visit, session, 'revokeCertificate', { certificate: visit.form.get('certificate') ?? '', ground }, wanted)) ?? told(visit, w.certificateActs[name].done, w.certificateActs[name].doneText)
})

/**
 * The consent page: who asks, for what, which items with the values about to go, from where, how often, until when and
 * why then; and the answer. The card signs in the browser; its PIN never comes here. 同意しない is an act like 同意する.
 *
 * @law 公的個人認証法 第18条第3項 · 施行規則 第35条の2
 */
import { addressOf, answeredAlready, open, returning, standingAt, stopped, type Asked, type Opened, type Partner } from './link.ts'
import { dayIn, instantIn, isoDay } from '../dates.ts'
import { form, cardMessages, isRefused, listed, page, problem, reasonOf, refusedFields, terms, type Answered } from '../frame.ts'
import { html, plain, type Html, type Part } from '../html.ts'
import { see, type Item, type Items, type Page, type Reply, type Session, type Visit } from '../visit.ts'

const itemNames: readonly Item[] = ['NAME', 'ADDRESS', 'BIRTH_DATE', 'SEX', 'IS_ADULT', 'LIVES_IN_MUNICIPALITY']
type Limit = keyof Visit['words']['limits']
interface Delta { readonly added: readonly Item[]; readonly kept: readonly Item[]; readonly dropped: readonly Item[]; readonly untilBefore: string | null; readonly untilAfter: string; readonly limitedBy: Limit }
const draftDocument = `query ($id: ID!, $items: [AttributeName!]!, $until: Date) { consentRequest(id: $id) { document(items: $items, chosenUntil: $until) { __typename ... on ConsentDocument { text } ${refusedFields} } } }`
const giveDocument = `mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { __typename ... on Consent { id } ${refusedFields} } }`
const declineDocument = `mutation ($input: DeclineConsentInput!) { declineConsent(input: $input) { __typename ... on ConsentRequest { id } ${refusedFields} } }`
const deltaDocument = `query ($id: ID!, $items: [AttributeName!]!) { consentDelta(request: $id, items: $items) { __typename ... on ConsentDelta { added kept dropped untilBefore untilAfter limitedBy } ${refusedFields} } }`
const certificatesDocument = '{ me { certificates(first: 100) { nodes { kind state issuedAt der } } } }'

const nameOf = (visit: Visit, partner: Partner): string => (visit.lang === 'ja' ? partner.name : partner.nameEn)

// ---------------------------------------------------------------- the page

export const consentPage: Page = async (visit) => {
  const opened = await open(visit, visit.query)
  if (stopped(opened)) return opened
  return opened.asked.state === 'ANSWERED' ? answeredAlready(visit, opened) : shown(visit, opened, { chosen: new Set(), until: '', values: false })
}

/** Shows or hides the values; what was ticked stays ticked. */
export const consentValues: Page = async (visit) => {
  const opened = await open(visit, visit.form)
  if (stopped(opened)) return opened
  return shown(visit, opened, { chosen: new Set(visit.form.getAll('item')), until: visit.form.get('until') ?? '', values: visit.form.get('answer') === 'show' })
}

interface Choice { readonly chosen: ReadonlySet<string>; readonly until: string; readonly values: boolean; readonly mistake?: string }

async function shown(visit: Visit, { link, asked, session }: Opened, choice: Choice): Promise<Reply> {
  const { words: w, say, lang, parts } = visit
  const { data } = await session.gateway.query<{ me: { certificates: { nodes: readonly { kind: string; state: string; issuedAt: string; der: string | null }[] } } }>(certificatesDocument)
  const certificate = data.me.certificates.nodes.find((c) => c.kind === 'SIGNATURE' && c.state === 'VALID' && c.der !== null)
  const items = certificate?.der ? parts.itemsOf(certificate.der) : null
  const ticked = asked.optional.filter((item) => choice.chosen.has(item))
  const period = await periodOf(session, asked, ticked)
  const delta = asked.action === 'CREATE' ? null : await deltaOf(session, asked, ticked)
  const who = nameOf(visit, asked.partner)
  const standing = standingAt(asked.partner.standings, parts.now())
  const value = (item: Item): Html => (choice.values && items !== null ? html`<bdi class="value">${spoken(visit, item, items, asked.municipality)}</bdi>` : html`<span class="masked"><span aria-hidden="true">●●●●●●</span> ${say(w.consent.hidden)}</span>`)
  const required = itemNames.filter((item) => asked.required.includes(item))
  const optional = itemNames.filter((item) => asked.optional.includes(item))
  // What is kept stands in the text that is signed, and is given from it: it is shown like the rest.
  const going = itemNames.filter((item) => delta?.kept.includes(item) && !asked.required.includes(item) && !asked.optional.includes(item))

  const body = html`<p class="lead">${say(w.consent.lead(who))}</p>
${standing.length === 0 && html`<p class="notice">${say(w.consent.unverified)}</p>`}
${terms(visit, [
    [w.consent.who, html`<strong>${who}</strong><br><small>${say(w.consent.registered)}</small>`],
    ...(asked.partner.tradeName === null ? [] : [[w.consent.tradeName, asked.partner.tradeName] as const]),
    [w.consent.contact, asked.partner.contact],
    [w.consent.privacy, asked.partner.privacyPolicy === null ? w.none : html`<a href="${asked.partner.privacyPolicy}" rel="noreferrer noopener">${asked.partner.privacyPolicy}</a>`],
    ...(standing.length === 0 ? [] : [[w.consent.standing, standing.map((s) => s.basis).join('、')] as const]),
    [w.consent.why, html`${asked.purpose.name}（${say(w.consent.version(asked.purpose.version))}）<br>${lang === 'ja' ? asked.purpose.textJa : asked.purpose.textEn}`],
    [w.consent.source, html`${say(w.consent.sourceIs)}${certificate !== undefined && html` — ${say(w.consent.asOf)} ${instantIn(lang, certificate.issuedAt)}`}`],
    [w.consent.supplier, say(w.consent.supplierIs)],
    [w.consent.often, html`${say(w.consent.oftenIs[asked.frequency])} ${say(w.consent.recorded)}`],
    [w.consent.period, period === null ? w.none : html`${w.from(dayIn(lang, period.from))} ${w.until(dayIn(lang, period.until))}<br><small>${say(w.consent.decided(w.limits[period.limitedBy]))}</small>`],
  ])}
${delta !== null && changes(visit, delta)}
${items === null && html`<p class="notice">${say(w.consent.noCertificate)}</p>`}
${form(visit, '/pages/consent', html`
${Object.entries(link.fields).map(([name, text]) => html`<input type="hidden" name="${name}" value="${text}">`)}
<input type="hidden" name="key" value="${parts.token()}"><input type="hidden" name="certificate"><input type="hidden" name="signature">
<h2>${say(w.consent.what)}</h2>
${required.length > 0 && html`<h3>${say(w.consent.together)}</h3><ul class="items">${required.map((item) => html`<li><span class="name">${say(w.items[item])} <small class="tag">${say(w.required)}</small></span> ${value(item)}</li>`)}</ul>`}
${going.length > 0 && html`<h3>${say(w.consent.going)}</h3><ul class="items">${going.map((item) => html`<li><span class="name">${say(w.items[item])}</span> ${value(item)}</li>`)}</ul>`}
<fieldset><legend>${say(w.consent.each)}</legend>
${optional.length === 0 ? html`<p>${say(w.consent.noOptional)}</p>` : html`<ul class="items">${optional.map((item) => html`<li><label class="name"><input type="checkbox" name="item" value="${item}"${choice.chosen.has(item) ? html` checked` : ''}> ${say(w.items[item])} <small class="tag">${say(w.optional)}</small></label> ${value(item)}</li>`)}</ul>`}
</fieldset>
<p><button class="button secondary" name="answer" value="${choice.values ? 'hide' : 'show'}" formaction="/pages/consent/values" data-plain>${say(choice.values ? w.consent.hide : w.consent.show)}</button></p>
<p><label for="until">${say(w.consent.chosen)}</label><br><input id="until" type="date" name="until" value="${choice.until}" aria-describedby="until-hint"><br><small id="until-hint">${say(w.consent.chosenHint)}</small></p>
<section class="law" aria-labelledby="law"><h2 id="law">${say(w.consent.law)}</h2><p>${say(w.consent.lawText)}</p>
<h3>${say(w.consent.ifRefused)}</h3>${listed([...(delta === null ? [] : [say(w.consent.ifRefusedNow)]), ...w.consent.ifRefusedList.map(say)])}
<h3>${say(w.consent.ifWithdrawn)}</h3>${listed(w.consent.ifWithdrawnList.map(say))}
<details><summary>${say(w.consent.notices)}</summary><ol>${asked.purpose.notices.map((notice) => html`<li>${lang === 'ja' ? notice.textJa : notice.textEn}</li>`)}</ol></details></section>
<h2>${say(w.consent.answer)}</h2>
${choice.mistake !== undefined && html`<p class="notice" role="alert">${say(choice.mistake)}</p>`}
<p><label for="pin">${say(w.consent.pin)}</label><br><input id="pin" type="password" autocomplete="off" autocapitalize="characters" maxlength="16" data-pin aria-describedby="pin-hint"><br><small id="pin-hint">${say(w.consent.pinHint)}</small></p>
<noscript><p class="notice">${say(w.consent.noScript)}</p></noscript>
${cardMessages(visit)}
<p class="answers"><button class="button answer" name="answer" value="yes">${say(w.consent.yes)}</button><button class="button answer" name="answer" value="no" data-plain>${say(w.consent.no)}</button></p>
`, html` data-card="sign" data-draft="/pages/consent/document"${session.card !== null && html` data-reader="${session.card}"`}${parts.sessions.cards !== null && html` data-door="${parts.sessions.cards.door}"`}`)}
<section aria-labelledby="other"><h2 id="other">${say(w.consent.otherTitle)}</h2><p>${say(w.consent.other)}</p><p><a href="/pages/consent/elsewhere?${new URLSearchParams(link.fields).toString()}">${say(w.consent.elsewhere)}</a></p></section>`
  return page(visit, w.consent.title, body, { script: true, ...(choice.mistake === undefined ? {} : { status: 400 }) })
}

/** As the certificate has it; of a question the answer, where the certificate alone gives it. */
function spoken({ words: w, say, parts }: Visit, item: Item, items: Items, municipality: string | null): Part {
  switch (item) {
    case 'SEX': return w.sexes[items.SEX as keyof typeof w.sexes]
    case 'IS_ADULT': return isoDay(parts.now()) >= `${Number(items.BIRTH_DATE.slice(0, 4)) + 18}${items.BIRTH_DATE.slice(4)}` ? say(w.answers.yes) : say(w.answers.no)
    case 'LIVES_IN_MUNICIPALITY': return say(w.answers.either(municipality ?? ''))
    default: return items[item]
  }
}

/** What would be otherwise than under the consent that is in force: only that is asked for. */
function changes(visit: Visit, delta: Delta): Html {
  const { words: w, say, lang } = visit
  const named = (items: readonly Item[]): string => (items.length === 0 ? w.none : items.map((item) => plain(w.items[item])).join('、'))
  return html`<section aria-labelledby="delta"><h2 id="delta">${say(w.consent.delta)}</h2>${terms(visit, [
    [w.consent.added, html`<strong>${named(delta.added)}</strong>`], [w.consent.kept, named(delta.kept)], ...(delta.dropped.length === 0 ? [] : [[w.consent.dropped, named(delta.dropped)] as const]),
    ...(delta.untilBefore === null ? [] : [[w.consent.endNow, dayIn(lang, delta.untilBefore)] as const]), [w.consent.endThen, html`${dayIn(lang, delta.untilAfter)}<br><small>${say(w.consent.decided(w.limits[delta.limitedBy]))}</small>`],
  ])}</section>`
}

/** With the optional items that are ticked; where nothing is asked for but optional ones and none is, without any of them. */
async function deltaOf(session: Session, asked: Asked, ticked: readonly Item[]): Promise<Delta | null> {
  const items = leastOf(asked, ticked)
  const { data } = await session.gateway.query<{ consentDelta: Answered<Delta> }>(deltaDocument, { id: asked.id, items })
  const delta = data.consentDelta
  if (isRefused(delta)) return null
  const chosen = (item: Item): boolean => asked.required.includes(item) || ticked.includes(item) || !items.includes(item)
  return { ...delta, added: delta.added.filter(chosen), kept: delta.kept.filter(chosen), dropped: [...delta.dropped, ...delta.kept.filter((item) => !chosen(item))] }
}

/** What can be consented to now: a consent to nothing is none, so of optional items alone the first. */
const leastOf = (asked: Asked, ticked: readonly Item[]): readonly Item[] => {
  const items = [...asked.required, ...ticked]
  return items.length > 0 ? items : asked.optional.slice(0, 1)
}

/** The period that a consent given now would have, from the document that would be signed. */
async function periodOf(session: Session, asked: Asked, ticked: readonly Item[]): Promise<{ from: string; until: string; limitedBy: Limit } | null> {
  const drafted = await draft(session, asked, leastOf(asked, ticked), null)
  return drafted === null || isRefused(drafted) ? null : (JSON.parse(drafted.text) as never)
}

async function draft(session: Session, asked: Asked, items: readonly string[], until: string | null): Promise<Answered<{ text: string }> | null> {
  const { data } = await session.gateway.query<{ consentRequest: { document: Answered<{ text: string }> } | null }>(draftDocument, { id: asked.id, items, until })
  return data.consentRequest?.document ?? null
}

const chosenItems = (visit: Visit, asked: Asked): Item[] => itemNames.filter((item) => asked.required.includes(item) || (asked.optional.includes(item) && visit.form.getAll('item').includes(item)))
const chosenUntil = (visit: Visit): string | null => (/^\d{4}-\d{2}-\d{2}$/.test(visit.form.get('until') ?? '') ? visit.form.get('until') : null)

// ---------------------------------------------------------------- the answer

/** For the script: the document that the card signs, for the items that are ticked now. */
export const consentDocument: Page = async (visit) => {
  const opened = await open(visit, visit.form)
  if (stopped(opened)) return { status: 409, type: 'application/json', body: '{"text":null}' }
  const drafted = await draft(opened.session, opened.asked, chosenItems(visit, opened.asked), chosenUntil(visit))
  const text = drafted === null || isRefused(drafted) ? null : drafted.text
  return { status: text === null ? 409 : 200, type: 'application/json', body: JSON.stringify({ text }) }
}

export const answerConsent: Page = async (visit) => {
  const opened = await open(visit, visit.form)
  if (stopped(opened)) return opened
  const answer = visit.form.get('answer')
  return answer === 'no' ? decline(visit, opened) : answer === 'yes' ? give(visit, opened) : problem(visit, 'link-broken')
}

const done = ({ link }: Opened, outcome: Readonly<Record<string, string>> = {}): Reply => see(`/pages/consent/done?${new URLSearchParams({ ...link.fields, ...outcome }).toString()}`)

async function decline(visit: Visit, opened: Opened): Promise<Reply> {
  const { asked, session } = opened
  const { data } = await session.gateway.query<{ declineConsent: Answered<{ id: string }> }>(declineDocument, { input: { request: asked.id, idempotencyKey: visit.form.get('key') ?? '' } })
  const declined = data.declineConsent
  if (!isRefused(declined) || asked.declinedAt !== null) return done(opened)
  return unanswerable(visit, opened, declined) ?? problem(visit, 'refused', { reason: reasonOf(visit, declined) })
}

/** Answered or too late: said so, whichever answer came. */
function unanswerable(visit: Visit, opened: Opened, no: { readonly code: string; readonly foundState: string | null }): Reply | null {
  if (no.code === 'WRONG_STATE' && no.foundState === 'EXPIRED') return problem(visit, 'link-expired')
  return no.code === 'WRONG_STATE' || no.code === 'CONFLICT' ? answeredAlready(visit, opened) : null
}

async function give(visit: Visit, opened: Opened): Promise<Reply> {
  const { link, asked, session } = opened
  const [certificate, signature, key] = [visit.form.get('certificate') ?? '', visit.form.get('signature') ?? '', visit.form.get('key') ?? '']
  const again = html`<a class="button" href="${addressOf(link.fields)}">${visit.words.back}</a>`
  if (signature === '' || certificate === '') return asked.state === 'ANSWERED' ? answeredAlready(visit, opened) : problem(visit, 'no-signature', { onward: again })
  const input = { request: asked.id, items: chosenItems(visit, asked), chosenUntil: chosenUntil(visit), certificate, signature, idempotencyKey: key }
  const { data } = await session.gateway.query<{ giveConsent: Answered<{ id: string }> }>(giveDocument, { input })
  const given = data.giveConsent
  if (!isRefused(given)) return done(opened, { consent: given.id })
  if (given.code === 'MALFORMED_INPUT') return shown(visit, opened, { chosen: new Set(visit.form.getAll('item')), until: '', values: false, mistake: visit.words.consent.dateWrong })
  return unanswerable(visit, opened, given) ?? problem(visit, 'refused', { reason: reasonOf(visit, given), onward: again })
}

/** What was answered, the receipt, and the way back. Can be opened again; nothing happens here. */
export const consentDone: Page = async (visit) => {
  const opened = await open(visit, visit.query)
  if (stopped(opened)) return opened
  const { words: w } = visit
  const { link, asked, session } = opened
  const consent = visit.query.get('consent')
  const who = nameOf(visit, asked.partner)
  if (consent === null) {
    if (asked.declinedAt === null) return asked.state === 'OPEN' ? see(addressOf(link.fields)) : answeredAlready(visit, opened)
    return page(visit, w.consent.refusedTitle, html`<p class="lead">${visit.say(w.consent.refusedText(who))}</p><p>${returning(visit, link, { error: 'access_denied' })}</p><p><small>${instantIn(visit.lang, asked.declinedAt)}</small></p>`)
  }
  const { data } = await session.gateway.query<{ consent: { request: string; until: string; items: readonly Item[]; limitedBy: Limit } | null }>('query ($id: ID!) { consent(id: $id) { request until items limitedBy } }', { id: consent })
  // Another consent of the person is no answer to this request.
  if (data.consent === null || data.consent.request !== asked.id) return problem(visit, 'link-broken')
  return page(visit, w.consent.doneTitle, html`<p class="lead">${visit.say(w.consent.doneText(who))}</p>
${terms(visit, [
    [w.consent.what, data.consent.items.map((item) => plain(w.items[item])).join('、')],
    [w.consent.period, html`${w.until(dayIn(visit.lang, data.consent.until))}<br><small>${visit.say(w.consent.decided(w.limits[data.consent.limitedBy]))}</small>`],
  ])}
<p>${returning(visit, link, { consent, grant_id: consent })}</p>
<ul><li><a href="/pages/me/receipt?${new URLSearchParams({ consent }).toString()}">${visit.say(w.consent.receipt)}</a></li><li><a href="/pages/me#log">${visit.say(w.consent.seeLog)}</a></li></ul>
<p><small>${visit.say(w.consent.afterwards)}</small></p>`)
}

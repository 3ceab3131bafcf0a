/**
 * The consent page: who asks, for what, which items with the values about to go, from where, how often, until when and
 * why then. Reached from a partner by redirect, and back: `?request=…&return=…&state=…` in, `consent` or
 * `error=access_denied` with `state` and `iss` out. The card signs in the browser; its PIN never comes here.
 *
 * @rfc 6749 4.1 · 9126 (the request was made on the back channel) · 9207 (`iss`)
 */
import { dayIn, instantIn } from './dates.ts'
import { form, cardMessages, isRefused, page, problem, reasonOf, refusedFields, terms, type Answered } from './frame.ts'
import { html, plain, type Html } from './html.ts'
import { see, type Item, type Items, type Page, type Reply, type Session, type Visit } from './visit.ts'

const itemNames: readonly Item[] = ['NAME', 'ADDRESS', 'BIRTH_DATE', 'SEX']
interface Standing { readonly role: string; readonly basis: string; readonly from: string; readonly until: string; readonly suspended: boolean }
interface Partner { readonly id: string; readonly name: string; readonly nameEn: string; readonly contact: string; readonly standings: readonly Standing[] }
interface Asked {
  readonly partner: Partner
  readonly purpose: { readonly name: string; readonly version: number; readonly textJa: string; readonly textEn: string }
  readonly required: readonly Item[]
  readonly optional: readonly Item[]
  readonly expiresAt: string
  readonly state: 'OPEN' | 'ANSWERED'
}
interface Link { readonly request: string; readonly return: string; readonly state: string }

const partnerFields = 'partner { id name nameEn contact standings { role basis from until suspended } }'
const requestDocument = `query ($id: ID!) { consentRequest(id: $id) { ${partnerFields} purpose { name version textJa textEn } required optional expiresAt state } }`
const draftDocument = `query ($id: ID!, $items: [AttributeName!]!, $until: Date) { consentRequest(id: $id) { document(items: $items, chosenUntil: $until) { __typename ... on ConsentDocument { text } ${refusedFields} } } }`
const giveDocument = `mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { __typename ... on Consent { id } ${refusedFields} } }`
const certificatesDocument = '{ me { certificates(first: 100) { nodes { kind state issuedAt der } } } }'

const nameOf = (visit: Visit, partner: Partner): string => (visit.lang === 'ja' ? partner.name : partner.nameEn)

// ---------------------------------------------------------------- the link

interface Opened { readonly link: Link; readonly asked: Asked; readonly session: Session }

/** The request behind the link of this visit, or the page that says why there is none to answer. */
async function open(visit: Visit, given: URLSearchParams): Promise<Opened | Reply> {
  const { session } = visit
  const link: Link = { request: given.get('request') ?? '', return: given.get('return') ?? '', state: given.get('state') ?? '' }
  if (!/^[\w.~:=-]{8,200}$/.test(link.request) || !URL.canParse(link.return) || !/^[\x21-\x7e]{1,512}$/.test(link.state)) return problem(visit, 'link-broken')
  if (session?.kind !== 'citizen') return see(`/pages/login?next=${encodeURIComponent(addressOf(link))}`)
  const { data } = await session.gateway.query<{ consentRequest: Asked | null }>(requestDocument, { id: link.request })
  const asked = data.consentRequest
  if (asked === null) return problem(visit, 'link-broken')
  if (!visit.parts.mayReturnTo(asked.partner.id, link.return)) return problem(visit, 'return-unknown')
  if (asked.state === 'OPEN' && visit.parts.now() > Date.parse(asked.expiresAt)) return problem(visit, 'link-expired', { onward: returning(visit, link, { error: 'invalid_request' }) })
  return { link, asked, session }
}
const stopped = (opened: Opened | Reply): opened is Reply => 'status' in opened

const addressOf = (link: Link): string => `/pages/consent?${new URLSearchParams({ ...link }).toString()}`
function backTo(visit: Visit, link: Link, outcome: Readonly<Record<string, string>>): string {
  const to = new URL(link.return)
  for (const [name, value] of Object.entries({ ...outcome, state: link.state, iss: visit.parts.origin })) to.searchParams.set(name, value)
  return to.href
}
const returning = (visit: Visit, link: Link, outcome: Readonly<Record<string, string>>): Html =>
  html`<a class="button" href="${backTo(visit, link, outcome)}">${visit.words.consent.goBack}</a>`

function answeredAlready(visit: Visit, link: Link): Reply {
  const onward = html`<a class="button secondary" href="/pages/me#consents">${visit.words.mine}</a> ${returning(visit, link, { error: 'invalid_request' })}`
  return problem(visit, 'link-answered', { onward })
}

// ---------------------------------------------------------------- the page

export const consentPage: Page = async (visit) => {
  const opened = await open(visit, visit.query)
  if (stopped(opened)) return opened
  return opened.asked.state === 'ANSWERED' ? answeredAlready(visit, opened.link) : shown(visit, opened, { chosen: new Set(), until: '', values: false })
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
  const period = await periodOf(session, link, asked)
  const who = nameOf(visit, asked.partner)
  const today = new Date(parts.now()).toISOString()
  const standing = asked.partner.standings.filter((s) => s.role === 'SIGNATURE_VERIFIER' && !s.suspended && s.from <= today.slice(0, 10) && s.until >= today.slice(0, 10))
  const value = (item: Item): Html => (choice.values && items !== null ? html`<bdi class="value">${spoken(visit, item, items)}</bdi>` : html`<span class="masked"><span aria-hidden="true">●●●●●●</span> ${say(w.consent.hidden)}</span>`)
  const required = itemNames.filter((item) => asked.required.includes(item))
  const optional = itemNames.filter((item) => asked.optional.includes(item))

  const body = html`<p class="lead">${say(w.consent.lead(who))}</p>
${standing.length === 0 && html`<p class="notice">${say(w.consent.unverified)}</p>`}
${terms(visit, [
    [w.consent.who, html`<strong>${who}</strong><br><small>${say(w.consent.registered)}</small>`],
    [w.consent.contact, asked.partner.contact],
    ...(standing.length === 0 ? [] : [[w.consent.standing, standing.map((s) => s.basis).join('、')] as const]),
    [w.consent.why, html`${asked.purpose.name}（${w.consent.version(asked.purpose.version)}）<br>${lang === 'ja' ? asked.purpose.textJa : asked.purpose.textEn}`],
    [w.consent.source, html`${say(w.consent.sourceIs)}${certificate !== undefined && html` — ${say(w.consent.asOf)} ${instantIn(lang, certificate.issuedAt)}`}`],
    [w.consent.supplier, w.consent.supplierIs],
    [w.consent.often, say(w.consent.oftenIs)],
    [w.consent.period, period === null ? w.none : html`${w.from(dayIn(lang, period.from))} ${w.until(dayIn(lang, period.until))}<br><small>${w.consent.decided(w.limits[period.limitedBy])}</small>`],
  ])}
${items === null && html`<p class="notice">${w.consent.noCertificate}</p>`}
${form(visit, '/pages/consent', html`
${Object.entries(link).map(([name, text]) => html`<input type="hidden" name="${name}" value="${text}">`)}
<input type="hidden" name="key" value="${parts.token()}"><input type="hidden" name="certificate"><input type="hidden" name="signature">
<h2>${say(w.consent.what)}</h2>
${required.length > 0 && html`<h3>${say(w.consent.together)}</h3><ul class="items">${required.map((item) => html`<li><span class="name">${say(w.items[item])} <small class="tag">${w.required}</small></span> ${value(item)}</li>`)}</ul>`}
<fieldset><legend>${say(w.consent.each)}</legend>
${optional.length === 0 ? html`<p>${w.consent.noOptional}</p>` : html`<ul class="items">${optional.map((item) => html`<li><label class="name"><input type="checkbox" name="item" value="${item}"${choice.chosen.has(item) ? html` checked` : ''}> ${say(w.items[item])} <small class="tag">${w.optional}</small></label> ${value(item)}</li>`)}</ul>`}
</fieldset>
<p><button class="button secondary" name="answer" value="${choice.values ? 'hide' : 'show'}" formaction="/pages/consent/values" data-plain>${say(choice.values ? w.consent.hide : w.consent.show)}</button></p>
<p><label for="until">${say(w.consent.chosen)}</label><br><input id="until" type="date" name="until" value="${choice.until}" aria-describedby="until-hint"><br><small id="until-hint">${w.consent.chosenHint}</small></p>
<section class="law" aria-labelledby="law"><h2 id="law">${say(w.consent.law)}</h2><p>${w.consent.lawText}</p>
<details><summary>${w.consent.notices}</summary><ol>${w.consent.fifteen.map((text) => html`<li>${text}</li>`)}</ol></details></section>
<h2>${say(w.consent.answer)}</h2>
${choice.mistake !== undefined && html`<p class="notice" role="alert">${choice.mistake}</p>`}
<p><label for="pin">${say(w.consent.pin)}</label><br><input id="pin" type="password" autocomplete="off" autocapitalize="characters" maxlength="16" data-pin aria-describedby="pin-hint"><br><small id="pin-hint">${w.consent.pinHint}</small></p>
<noscript><p class="notice">${w.consent.noScript}</p></noscript>
${cardMessages(visit)}
<p class="answers"><button class="button answer" name="answer" value="yes">${say(w.consent.yes)}</button><button class="button answer" name="answer" value="no" data-plain>${say(w.consent.no)}</button></p>
`, html` data-card="sign" data-draft="/pages/consent/document"${session.card !== null && html` data-reader="${session.card}"`}${parts.sessions.cards !== null && html` data-door="${parts.sessions.cards.door}"`}`)}
<section aria-labelledby="other"><h2 id="other">${say(w.consent.otherTitle)}</h2><p>${w.consent.other}</p></section>`
  return page(visit, w.consent.title, body, { script: true, ...(choice.mistake === undefined ? {} : { status: 400 }) })
}

const spoken = ({ words }: Visit, item: Item, items: Items): string => (item === 'SEX' ? words.sexes[items.SEX as keyof typeof words.sexes] : items[item])

/** The period that a consent given now would have, from the document that would be signed. */
async function periodOf(session: Session, link: Link, asked: Asked): Promise<{ from: string; until: string; limitedBy: 'TEN_YEARS' | 'PURPOSE' | 'CHOSEN' } | null> {
  const drafted = await draft(session, link, asked.required.length > 0 ? asked.required : asked.optional.slice(0, 1), null)
  return drafted === null || isRefused(drafted) ? null : (JSON.parse(drafted.text) as never)
}

async function draft(session: Session, link: Link, items: readonly string[], until: string | null): Promise<Answered<{ text: string }> | null> {
  const { data } = await session.gateway.query<{ consentRequest: { document: Answered<{ text: string }> } | null }>(draftDocument, { id: link.request, items, until })
  return data.consentRequest?.document ?? null
}

const chosenItems = (visit: Visit, asked: Asked): Item[] => itemNames.filter((item) => asked.required.includes(item) || (asked.optional.includes(item) && visit.form.getAll('item').includes(item)))
const chosenUntil = (visit: Visit): string | null => (/^\d{4}-\d{2}-\d{2}$/.test(visit.form.get('until') ?? '') ? visit.form.get('until') : null)

// ---------------------------------------------------------------- the answer

/** For the script: the document that the card signs, for the items that are ticked now. */
export const consentDocument: Page = async (visit) => {
  const opened = await open(visit, visit.form)
  if (stopped(opened)) return { status: 409, type: 'application/json', body: '{"text":null}' }
  const drafted = await draft(opened.session, opened.link, chosenItems(visit, opened.asked), chosenUntil(visit))
  const text = drafted === null || isRefused(drafted) ? null : drafted.text
  return { status: text === null ? 409 : 200, type: 'application/json', body: JSON.stringify({ text }) }
}

export const answerConsent: Page = async (visit) => {
  const opened = await open(visit, visit.form)
  if (stopped(opened)) return opened
  const { link, asked, session } = opened
  const done = (outcome: Readonly<Record<string, string>>): Reply => see(`/pages/consent/done?${new URLSearchParams({ ...link, ...outcome }).toString()}`)
  const answer = visit.form.get('answer')
  if (answer === 'no') return asked.state === 'ANSWERED' ? answeredAlready(visit, link) : done({})
  if (answer !== 'yes') return problem(visit, 'link-broken')
  const [certificate, signature, key] = [visit.form.get('certificate') ?? '', visit.form.get('signature') ?? '', visit.form.get('key') ?? '']
  const again = html`<a class="button" href="${addressOf(link)}">${visit.words.back}</a>`
  if (signature === '' || certificate === '') return asked.state === 'ANSWERED' ? answeredAlready(visit, link) : problem(visit, 'no-signature', { onward: again })
  const input = { request: link.request, items: chosenItems(visit, asked), chosenUntil: chosenUntil(visit), certificate, signature, idempotencyKey: key }
  const { data } = await session.gateway.query<{ giveConsent: Answered<{ id: string }> }>(giveDocument, { input })
  const given = data.giveConsent
  if (!isRefused(given)) return done({ consent: given.id })
  if (given.code === 'WRONG_STATE') return given.foundState === 'EXPIRED' ? problem(visit, 'link-expired') : answeredAlready(visit, link)
  if (given.code === 'CONFLICT') return answeredAlready(visit, link)
  return given.code === 'MALFORMED_INPUT' ? shown(visit, opened, { chosen: new Set(visit.form.getAll('item')), until: '', values: false, mistake: visit.words.consent.dateWrong }) : problem(visit, 'refused', { reason: reasonOf(visit, given), onward: again })
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
    if (asked.state === 'ANSWERED') return answeredAlready(visit, link)
    return page(visit, w.consent.refusedTitle, html`<p class="lead">${w.consent.refusedText(who)}</p><p>${returning(visit, link, { error: 'access_denied' })}</p>`)
  }
  const { data } = await session.gateway.query<{ consent: { until: string; items: readonly Item[]; limitedBy: 'TEN_YEARS' | 'PURPOSE' | 'CHOSEN' } | null }>('query ($id: ID!) { consent(id: $id) { until items limitedBy } }', { id: consent })
  if (data.consent === null) return problem(visit, 'link-broken')
  return page(visit, w.consent.doneTitle, html`<p class="lead">${w.consent.doneText(who)}</p>
${terms(visit, [
    [w.consent.what, data.consent.items.map((item) => plain(w.items[item])).join('、')],
    [w.consent.period, html`${w.until(dayIn(visit.lang, data.consent.until))}<br><small>${w.consent.decided(w.limits[data.consent.limitedBy])}</small>`],
  ])}
<p>${returning(visit, link, { consent })}</p>
<ul><li><a href="/pages/me/receipt?${new URLSearchParams({ consent }).toString()}">${w.consent.receipt}</a></li><li><a href="/pages/me#log">${w.consent.seeLog}</a></li></ul>
<p><small>${w.consent.afterwards}</small></p>`)
}

/**
 * For developers, where test partners can be played: what webhooks were told and to send it again, and why a request was
 * decided as it was. Each is asked of the gateway as that partner.
 */
import { instantIn } from '../dates.ts'
import { form, isRefused, page, problem, reasonOf, refusedFields, table, type Answered } from '../frame.ts'
import { html, type Html } from '../html.ts'
import type { Asking } from '../anybody.ts'
import { see, type Page, type Reply, type Visit } from '../visit.ts'

interface Delivery { readonly id: string; readonly event: string; readonly at: string; readonly state: string; readonly attempts: number; readonly lastOutcome: string | null }
interface Hook { readonly id: string; readonly url: string; readonly state: string; readonly deliveries: { readonly nodes: readonly Delivery[] } }
interface Explanation { readonly at: string; readonly asked: string; readonly granted: boolean; readonly code: string | null; readonly rule: string; readonly reasons: readonly string[]; readonly grounds: readonly { readonly what: string; readonly found: string; readonly limit: string | null; readonly at: string | null }[] }

const hooksDocument = '{ webhooks { id url state deliveries(first: 20) { nodes { id event at state attempts lastOutcome } } } }'
const explainDocument = 'query ($requestId: Text!) { explain(requestId: $requestId) { at asked granted code rule reasons grounds { what found limit at } } }'

/** Runs a page as a test partner; not there where none can be played. */
const asPartner = (run: (visit: Visit, name: string, partner: Asking) => Promise<Reply>): Page => async (visit) => {
  const name = visit.query.get('partner') ?? visit.form.get('partner') ?? ''
  const partner = visit.parts.partners?.as(name) ?? null
  return partner === null ? problem(visit, 'not-found') : run(visit, name, partner)
}
const addressOf = (partner: string): string => `/pages/developer/partner?${new URLSearchParams({ partner }).toString()}`

/** Which there are, on the developers' page. */
export function partnersSection(visit: Visit): Html | null {
  const { words: { dev: w }, parts: { partners } } = visit
  return partners === null ? null : html`<section aria-labelledby="partners"><h2 id="partners">${w.partners}</h2><p>${w.partnersText}</p><ul>${partners.choices.map(({ name, about }) => html`<li><a href="${addressOf(name)}">${name}</a> <span lang="en">${about}</span></li>`)}</ul></section>`
}

export const partnerPage: Page = asPartner((visit, name, partner) => shown(visit, name, partner, null))

/** `said`: what an explanation found. */
async function shown(visit: Visit, name: string, partner: Asking, said: Html | null): Promise<Reply> {
  const { words: { dev: w, ...words }, lang, parts } = visit
  const { data } = await partner.query<{ webhooks: readonly Hook[] }>(hooksDocument)
  const again = (delivery: Delivery): Html => form(visit, '/pages/developer/resend', html`<input type="hidden" name="partner" value="${name}"><input type="hidden" name="delivery" value="${delivery.id}"><input type="hidden" name="key" value="${parts.token()}"><button class="plain" aria-label="${w.resend} ${delivery.event} ${delivery.at}">${w.resend}</button>`)
  return page(visit, w.partner(name), html`
<section aria-labelledby="explain"><h2 id="explain">${w.explain}</h2>${said}
${form(visit, '/pages/developer/explain', html`<input type="hidden" name="partner" value="${name}"><p><label for="requestId">${w.requestId}</label><br><input id="requestId" name="requestId" required autocomplete="off" value="${visit.form.get('requestId') ?? ''}" aria-describedby="request-hint"><br><small id="request-hint">${w.requestHint}</small></p><p><button class="button">${w.explainGo}</button></p>`)}</section>
<section aria-labelledby="hooks"><h2 id="hooks">${w.hooks}</h2>${data.webhooks.length === 0 && html`<p>${words.none}</p>`}
${data.webhooks.map((hook) => html`<h3><code>${hook.url}</code> — ${hook.state}</h3>${table(visit, hook.url, [w.event, w.at, w.outcome, w.attempts, w.act], hook.deliveries.nodes.map((d) => [html`<code>${d.event}</code>`, instantIn(lang, d.at), `${d.state}${d.lastOutcome === null ? '' : ` (${d.lastOutcome})`}`, d.attempts, again(d)]))}`)}</section>
<p><a class="button secondary" href="/pages/developer">${words.back}</a></p>`)
}

export const resend: Page = asPartner(async (visit, name, partner) => {
  const input = { delivery: visit.form.get('delivery') ?? '', idempotencyKey: visit.form.get('key') ?? '' }
  const { data } = await partner.query<{ resendWebhookDelivery: Answered<{ id: string }> }>(`mutation ($input: ResendWebhookDeliveryInput!) { resendWebhookDelivery(input: $input) { __typename ... on WebhookDelivery { id } ${refusedFields} } }`, { input })
  return isRefused(data.resendWebhookDelivery) ? problem(visit, 'refused', { reason: reasonOf(visit, data.resendWebhookDelivery), onward: html`<a class="button" href="${addressOf(name)}">${visit.words.back}</a>` }) : see(addressOf(name))
})

export const explain: Page = asPartner(async (visit, name, partner) => {
  const { words: { dev: w }, lang } = visit
  const { data } = await partner.query<{ explain: readonly Explanation[] }>(explainDocument, { requestId: visit.form.get('requestId') ?? '' })
  const said = data.explain.length === 0 ? html`<p class="notice" role="status">${w.unexplained}</p>` : html`${data.explain.map((e) => html`<div role="status"><p class="lead">${e.granted ? w.granted : w.refusedWith(e.code ?? '')} — <code>${e.asked}</code>, ${instantIn(lang, e.at)}</p><p>${w.rule}: <span lang="ja">${e.rule}</span>${e.reasons.length > 0 && html`<br>${w.reasons}: ${e.reasons.join(', ')}`}</p>
${table(visit, w.grounds, [w.ground, w.found, w.limit, w.at], e.grounds.map((g) => [html`<code>${g.what}</code>`, html`<code>${g.found}</code>`, g.limit ?? '—', g.at === null ? '—' : instantIn(lang, g.at)]))}</div>`)}`
  return shown(visit, name, partner, said)
})

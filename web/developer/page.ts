/**
 * For developers: every refusal with its texts, on every stage, where a refusal's `docsUrl` points; and test persons, recipes
 * to paste and a debugger where no real persons are.
 */
import { debugForm } from './debugger.ts'
import { page, problem, table, toTop } from '../frame.ts'
import { partnersSection } from './partner.ts'
import { html, type Html } from '../html.ts'
import type { Page, Visit } from '../visit.ts'

interface Text { readonly code: string; readonly basis: string; readonly message: string; readonly userMessageJa: string; readonly userMessageEn: string; readonly retryable: boolean }

export const developerPage: Page = async (visit) => {
  const { words: { dev: w }, parts } = visit
  if (parts.stage === 'production') return problem(visit, 'not-found')
  const personas = await parts.personas()
  const [register, registerText, send, sendText, check, checkText] = w.recipe
  return page(visit, w.title, html`<p class="lead">${w.lead} <a href="/graphiql">${w.graphiql}</a></p>
<section aria-labelledby="recipes"><h2 id="recipes">${w.recipes}</h2>
<h3>${register}</h3><p>${registerText}</p><pre tabindex="0"><code>${`mutation {
  registerReturnAddresses(input: {addresses: ["http://127.0.0.1:5000/back"], idempotencyKey: "return-addresses-1"}) {
    ... on ReturnAddresses { addresses } ... on Refused { code field }
  }
}`}</code></pre>
<h3>${send}</h3><p>${sendText}</p><pre tabindex="0"><code>${`const { data } = await bank.query(\`mutation ($input: StartConsentInput!) {
  startConsent(input: $input) { ... on ConsentStart { requestUri } ... on Refused { code field } }
}\`, { input: { request: consentRequest.id, returnTo: 'http://127.0.0.1:5000/back', state, idempotencyKey: crypto.randomUUID() } })
const to = '${parts.origin}/pages/consent?' + new URLSearchParams({ client_id: 'bank', request_uri: data.startConsent.requestUri })`}</code></pre>
<h3>${check}</h3><p>${checkText}</p><pre tabindex="0"><code>${`const answer = new URL(request.url, 'http://127.0.0.1:5000').searchParams
if (answer.get('state') !== state || answer.get('iss') !== '${parts.origin}') throw new Error('not ours')
if (answer.get('error') === null) await bank.query(fourInformation, { consent: answer.get('grant_id') })`}</code></pre></section>
<section aria-labelledby="debug"><h2 id="debug">${w.debug.title}</h2>${debugForm(visit)}</section>
<section aria-labelledby="personas"><h2 id="personas">${w.personas}</h2>${personas.length === 0 ? html`<p>${w.noPersonas}</p>` : table(visit, w.personas, [w.name, w.about], personas.map(({ name, about }) => [html`<code>${name}</code>`, html`<span lang="en">${about}</span>`]))}</section>
${partnersSection(visit)}
${await catalogue(visit)}`)
}

export const errorsPage: Page = async (visit) => page(visit, visit.words.dev.errors, html`${await catalogue(visit)}${toTop(visit)}`)

async function catalogue(visit: Visit): Promise<Html> {
  const { words: { dev: w }, parts, lang } = visit
  const { data } = await parts.open.query<{ errorCatalogue: readonly Text[] }>('{ errorCatalogue { code basis message userMessageJa userMessageEn retryable } }')
  return html`<section aria-labelledby="errors"><h2 id="errors">${w.errors}</h2>${table(visit, w.errors, [w.code, w.basis, w.message, w.person, w.retry], data.errorCatalogue.map((text) => [
    html`<code id="${text.code}">${text.code}</code>`, html`<span lang="ja">${text.basis}</span>`, html`<span lang="en">${text.message}</span>`, lang === 'ja' ? text.userMessageJa : text.userMessageEn, text.retryable ? w.yes : w.no]))}</section>`
}

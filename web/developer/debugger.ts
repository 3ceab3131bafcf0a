/**
 * What is wrong with a client assertion, an access token or a DPoP proof: which check fails, what was expected where, and
 * how a right one looks. For stages that are not production; what is pasted is looked at and kept nowhere.
 */
import { debug, debugKinds, type DebugKind, type Finding } from '../../client/debug.ts'
import { form, page, problem, table } from '../frame.ts'
import { html, type Html } from '../html.ts'
import type { Page, Visit } from '../visit.ts'

const isKind = (text: string | null): text is DebugKind => (debugKinds as readonly (string | null)[]).includes(text)

/** The form, on the developers' page and above a finding. */
export function debugForm(visit: Visit): Html {
  const { words: { dev: w }, form: given, parts } = visit
  const kind = given.get('kind')
  return form(visit, '/pages/developer/debug', html`
<p><label for="kind">${w.debug.kind}</label><br><select id="kind" name="kind">${debugKinds.map((name) => html`<option value="${name}"${name === kind ? html` selected` : ''}>${w.debug.kinds[name]}</option>`)}</select></p>
<p><label for="text">${w.debug.text}</label><br><textarea id="text" name="text" rows="5" required spellcheck="false" aria-describedby="text-hint">${given.get('text') ?? ''}</textarea><br><small id="text-hint">${w.debug.hint}</small></p>
<p><label for="method">${w.debug.method}</label><br><input id="method" name="method" value="${given.get('method') ?? 'POST'}" autocomplete="off"></p>
<p><label for="url">${w.debug.url}</label><br><input id="url" name="url" value="${given.get('url') ?? `${parts.origin}/graphql`}" autocomplete="off"></p>
<p><button class="button">${w.debug.go}</button></p>`)
}

export const debugPage: Page = async (visit) => {
  const { parts, form: given, words: { dev: w, ...words } } = visit
  const kind = given.get('kind')
  if (parts.stage === 'production') return problem(visit, 'not-found')
  if (!isKind(kind)) return problem(visit, 'link-broken')
  const finding = await debug(kind, given.get('text') ?? '', { issuer: await parts.issuer(), audience: parts.origin, method: given.get('method') ?? 'POST', url: given.get('url') ?? '', now: Math.floor(parts.now() / 1000) })
  return page(visit, w.debug.title, html`${shown(visit, finding)}<h2>${w.debug.again}</h2>${debugForm(visit)}<p><a class="button secondary" href="/pages/developer">${words.back}</a></p>`)
}

/** What failed stands first. */
function shown(visit: Visit, { checks, corrected }: Finding): Html {
  const { dev: { debug: w } } = visit.words
  const failed = checks.filter((c) => !c.passed)
  return html`<p class="lead" role="status">${failed.length === 0 ? w.fine : w.wrong(failed.length, checks.length)}</p>
${table(visit, w.title, [w.check, w.outcome, w.expected, w.found], [...failed, ...checks.filter((c) => c.passed)].map((c) => [
    html`<code>${c.name}</code><br><small lang="en">${c.section}</small>`, c.passed ? `✓ ${w.passed}` : html`<strong>✗ ${w.failed}</strong>`, html`<span lang="en">${c.expected}</span>`, html`<span lang="en">${c.found}</span>`]))}
${failed.length > 0 && html`<h2>${w.right}</h2><pre tabindex="0" lang="en"><code>${corrected}</code></pre>`}`
}

/**
 * Logging in with the card, and out. The challenge goes to the browser, the card signs it there, and what comes back is a
 * certificate and a signature; officers log in elsewhere, and are played on stages without real persons.
 */
import { cardMessages, form, page, problem } from './frame.ts'
import { html } from './html.ts'
import { see, type Page, type Visit } from './visit.ts'

/** A place of these pages to go on to; anything else goes to the person's page. */
export const inside = (next: string | null, otherwise: string): string => (next !== null && /^\/pages\/[\w/]*(\?[^\s\\]*)?$/.test(next) ? next : otherwise)

export const loginPage: Page = (visit) => loginForm(visit, inside(visit.query.get('next'), '/pages/me'), false)

function loginForm(visit: Visit, next: string, denied: boolean) {
  const { words: w, say, parts: { sessions } } = visit
  const other = html`<section aria-labelledby="other"><h2 id="other">${say(w.login.otherTitle)}</h2><p>${w.login.other}</p></section>`
  if (!sessions.open) return page(visit, w.login.title, other)
  const body = html`<p class="lead">${say(w.login.lead)}</p>
${denied && html`<p class="notice" role="alert">${w.login.denied}</p>`}
<noscript><p class="notice">${w.login.noScript}</p></noscript>
${form(visit, '/pages/login', html`
<input type="hidden" name="next" value="${next}"><input type="hidden" name="challenge"><input type="hidden" name="certificate"><input type="hidden" name="signature">
${sessions.cards !== null && html`<p><label for="card">${say(w.login.card)}</label><br><select id="card" name="card" required data-cards><option value="">${w.login.choose}</option>${sessions.cards.choices.map(({ name, about }) => html`<option value="${name}">${name}${about !== '' && ` — ${about}`}</option>`)}</select></p>`}
<p><label for="pin">${say(w.login.pin)}</label><br><input id="pin" type="password" inputmode="numeric" autocomplete="off" maxlength="4" data-pin aria-describedby="pin-hint"><br><small id="pin-hint">${w.login.hint}</small></p>
${cardMessages(visit)}
<p><button class="button">${w.login.go}</button></p>`, html` data-card="authenticate" data-draft="/pages/login/challenge"${sessions.cards !== null && html` data-door="${sessions.cards.door}"`}`)}
${other}`
  return page(visit, w.login.title, body, { script: true, ...(denied ? { status: 401 } : {}) })
}

/** For the script: what the card signs. */
export const challenge: Page = async ({ parts }) => {
  if (!parts.sessions.open) return { status: 409, type: 'application/json', body: '{"text":null}' }
  const { id, message } = await parts.sessions.challenge()
  return { status: 200, type: 'application/json', body: JSON.stringify({ challenge: id, text: message }) }
}

export const login: Page = async (visit) => {
  const { form: given, parts } = visit
  const field = (name: string): string => given.get(name) ?? ''
  const next = inside(given.get('next'), '/pages/me')
  if (field('signature') === '' || field('challenge') === '') return problem(visit, 'no-signature', { onward: html`<a class="button" href="/pages/login?${new URLSearchParams({ next }).toString()}">${visit.words.back}</a>` })
  const session = await parts.sessions.login({ challenge: field('challenge'), certificate: field('certificate'), signature: field('signature'), card: given.get('card') })
  return session === null ? loginForm(visit, next, true) : see(next, { session })
}

export const logout: Page = () => see('/pages/', { leave: true })

// ---------------------------------------------------------------- officers

export const officerPage: Page = (visit) => {
  const { words: w, parts: { sessions } } = visit
  if (sessions.officers.length === 0) return page(visit, w.desk.title, html`<p>${w.desk.loginText}</p>`)
  return page(visit, w.desk.loginTitle, html`<p>${w.desk.loginText}</p>
${form(visit, '/pages/office/login', html`<p><label for="officer">${w.desk.officer}</label><br><select id="officer" name="officer" required><option value="">${w.login.choose}</option>${sessions.officers.map(({ name, about }) => html`<option value="${name}">${about}</option>`)}</select></p><p><button class="button">${w.desk.enter}</button></p>`)}`)
}

export const officerLogin: Page = async (visit) => {
  const session = await visit.parts.sessions.enter(visit.form.get('officer') ?? '')
  return session === null ? problem(visit, 'not-found') : see('/pages/office', { session })
}

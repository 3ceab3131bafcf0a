/**
 * Where the authorization server of one machine asks who somebody is: a person shows its card, an officer is chosen. In the
 * cloud the provider has pages of its own, and these are not there.
 */
import { cardMessages, form, page, problem } from '../frame.ts'
import { html, type Html } from '../html.ts'
import { see, type Page, type Reply, type SignIn, type Visit } from '../visit.ts'

const forSignIn = (run: (visit: Visit, signIn: SignIn, uid: string) => Promise<Reply>): Page => (visit) => {
  const { signIn } = visit.parts
  return signIn === null ? problem(visit, 'not-found') : run(visit, signIn, visit.query.get('uid') ?? visit.form.get('uid') ?? '')
}

export const signInPage: Page = forSignIn(async (visit, signIn, uid) => {
  const asked = await signIn.asked(uid)
  return asked === null ? problem(visit, 'login-over') : asked === 'citizen' ? cardForm(visit, signIn, uid, false) : officerForm(visit, signIn, uid)
})

function cardForm(visit: Visit, { cards }: SignIn, uid: string, denied: boolean): Reply {
  const { words: w, say } = visit
  const body = html`<p class="lead">${say(w.login.lead)}</p>
${denied && html`<p class="notice" role="alert">${say(w.login.denied)}</p>`}
<noscript><p class="notice">${say(w.login.noScript)}</p></noscript>
${form(visit, '/pages/signin', html`
<input type="hidden" name="uid" value="${uid}"><input type="hidden" name="challenge"><input type="hidden" name="certificate"><input type="hidden" name="signature">
<p><label for="card">${say(w.login.card)}</label><br><select id="card" name="card" required data-cards><option value="">${w.login.choose}</option>${cards.choices.map(({ name, about }) => html`<option value="${name}">${name}${about !== '' && ` — ${about}`}</option>`)}</select></p>
<p><label for="pin">${say(w.login.pin)}</label><br><input id="pin" type="password" inputmode="numeric" autocomplete="off" maxlength="4" data-pin aria-describedby="pin-hint"><br><small id="pin-hint">${say(w.login.hint)}</small></p>
${cardMessages(visit)}
<p><button class="button">${w.login.go}</button></p>`, html` data-card="authenticate" data-draft="/pages/signin/challenge" data-door="${cards.door}"`)}
${withoutCard(visit)}`
  return page(visit, w.login.title, body, { script: true, ...(denied ? { status: 401 } : {}) })
}

export const withoutCard = ({ words: w, say }: Visit): Html => html`<section aria-labelledby="other"><h2 id="other">${say(w.login.otherTitle)}</h2><p>${say(w.login.other)}</p></section>`

function officerForm(visit: Visit, { officers }: SignIn, uid: string): Reply {
  const { words: w } = visit
  return page(visit, w.desk.loginTitle, html`<p>${w.desk.loginText}</p>
${form(visit, '/pages/signin', html`<input type="hidden" name="uid" value="${uid}"><p><label for="officer">${w.desk.officer}</label><br><select id="officer" name="officer" required><option value="">${w.login.choose}</option>${officers.map(({ name, about }) => html`<option value="${name}">${about}</option>`)}</select></p><p><button class="button">${w.desk.enter}</button></p>`)}`)
}

/** For the script: what the card signs. */
export const signInChallenge: Page = forSignIn(async (_, signIn) => {
  const { id, message } = await signIn.challenge()
  return { status: 200, type: 'application/json', body: JSON.stringify({ challenge: id, text: message }) }
})

export const signIn: Page = forSignIn(async (visit, door, uid) => {
  const field = (name: string): string => visit.form.get(name) ?? ''
  const asked = await door.asked(uid)
  if (asked === null) return problem(visit, 'login-over')
  if (asked === 'officer') {
    const to = await door.officer(uid, field('officer'))
    return to === null ? officerForm(visit, door, uid) : see(to)
  }
  if (field('signature') === '' || field('challenge') === '') return problem(visit, 'no-signature', { onward: html`<a class="button" href="/pages/signin?${new URLSearchParams({ uid }).toString()}">${visit.words.back}</a>` })
  const to = await door.card(uid, { challenge: field('challenge'), certificate: field('certificate'), signature: field('signature') })
  return to === null ? cardForm(visit, door, uid, true) : see(to)
})

/**
 * Logging in at the provider and coming back, and logging out. Nothing here asks who somebody is: the provider does, and
 * what it answers is checked before there is a session (client/relying-party.ts).
 */
import { page, problem, toTop } from '../frame.ts'
import { html } from '../html.ts'
import { withoutCard } from './signin.ts'
import { see, type Page, type Session } from '../visit.ts'

/** A place of these pages to go on to; anything else goes to the person's page. */
export const inside = (next: string | null, otherwise: string): string => (next !== null && /^\/pages\/[\w/]*(\?[^\s\\]*)?$/.test(next) ? next : otherwise)

const begin = (kind: Session['kind'], otherwise: string): Page => async (visit) => {
  const { words: w, parts: { sessions } } = visit
  if (!sessions.open) return kind === 'citizen' ? page(visit, w.login.title, html`${withoutCard(visit)}${toTop(visit)}`) : page(visit, w.desk.title, html`<p>${w.desk.loginText}</p>${toTop(visit)}`)
  const { to, pending } = await sessions.begin(kind, inside(visit.query.get('next'), otherwise))
  return see(to, { pending })
}
export const loginPage: Page = begin('citizen', '/pages/me')
export const officerPage: Page = begin('officer', '/pages/office')

/** What the provider sent back. Whatever comes of it, it is good once. */
export const loginBack: Page = async (visit) => {
  const { words: w, parts: { sessions }, query, pending } = visit
  const finished = await sessions.finish(query, pending)
  if ('failed' in finished) {
    const again = finished.next.startsWith('/pages/office') ? '/pages/office/login' : `/pages/login?${new URLSearchParams({ next: finished.next }).toString()}`
    const onward = html`<a class="button" href="${again}">${visit.say(w.login.again)}</a>`
    return { ...problem(visit, finished.failed === 'denied' ? 'login-refused' : 'login-unsure', { onward }), pending: null, note: { event: 'pages.login-failed', facts: { fault: finished.failed } } }
  }
  // Not a redirect: a browser that comes from another site brings no strict cookie along until a page of ours sends it on.
  return page(visit, w.login.done, html`<p><a class="button" href="${finished.next}">${visit.say(w.login.onward)}</a></p>`, { refresh: finished.next, session: finished.session, pending: null })
}

export const logout: Page = () => see('/pages/', { leave: true })

/**
 * What an officer does with an area: what it would touch and what is signed stand before the button, and are handed in with
 * it. The officer's own card signs the very text that was shown; whether it has to, the gateway says.
 */
import { backToDesk, acts, eyesOf, findGrant, isAct, radius, type Act, type Grant } from './grant.ts'
import { instantIn } from '../dates.ts'
import { cardMessages, form, isRefused, page, problem, reasonOf, refusedFields, terms, type Answered } from '../frame.ts'
import { html, type Html } from '../html.ts'
import type { Page, Session, Visit } from '../visit.ts'
import { forOfficer } from '../login/who.ts'

export interface Challenge { readonly document: string; readonly validUntil: string; readonly demanded: boolean }
export const challengeDocument = `query ($act: SignedAct!, $target: DecisionTarget!) { decisionChallenge(act: $act, target: $target) { __typename ... on DecisionChallenge { document validUntil demanded } ... on Refused { code foundState userMessageJa userMessageEn } } }`

const challengeFor = async (session: Session, act: Act, grant: string): Promise<Answered<Challenge>> =>
  (await session.gateway.query<{ decisionChallenge: Answered<Challenge> }>(challengeDocument, { act: `GRANT_${act.toUpperCase()}`, target: { grant } })).data.decisionChallenge

export const actPage: Page = forOfficer(async (visit, session) => {
  const { words: { desk: w }, query } = visit
  const [grant, act] = [await findGrant(session, query.get('grant')), query.get('act')]
  if (grant === null || !isAct(act) || !(acts[grant.state] as readonly Act[]).includes(act)) return problem(visit, 'not-found', { onward: backToDesk(visit) })
  const challenge = await challengeFor(session, act, grant.id)
  if (isRefused(challenge)) return problem(visit, 'refused', { reason: reasonOf(visit, challenge), onward: backToDesk(visit) })
  const hidden = { grant: grant.id, act, cards: String(grant.blastRadius?.cards ?? 0), installations: String(grant.blastRadius?.installations ?? 0) }
  const back = html`<a class="button secondary" href="/pages/office/grant?${new URLSearchParams({ grant: grant.id }).toString()}">${visit.words.cancel}</a>`
  return page(visit, w.acts[act].title(grant.label), html`<p class="lead">${w.acts[act].text}</p>${await radius(visit, session, grant, act)}
${terms(visit, [[w.eyes, act === 'approve' ? eyesOf(visit, grant) : act === 'suspend' ? w.eyesOfOne : w.eyesOfAnother], [w.signing, challenge.demanded ? w.signingDemanded : w.signingFree], [w.signBy, instantIn(visit.lang, challenge.validUntil)]])}
${signedText(visit, challenge.document)}
${decisionForm(visit, { action: '/pages/office/act', hidden, name: w.acts[act].name, back }, challenge)}`, { script: true })
})

export interface Form { readonly action: string; readonly hidden: Readonly<Record<string, string>>; readonly name: string; readonly back: Html }
/** The first button signs; the second, where it may go unsigned, does not. */
export function decisionForm(visit: Visit, { action, hidden, name, back }: Form, { document, demanded }: Challenge): Html {
  const { words: { desk: w, login }, parts } = visit
  const fields = { ...hidden, key: parts.token(), document, certificate: '', signature: '' }
  const door = parts.sessions.cards?.door ?? null
  return form(visit, action, html`${Object.entries(fields).map(([field, value]) => html`<input type="hidden" name="${field}" value="${value}">`)}
${parts.signIn !== null && html`<p><label for="card">${visit.say(login.card)}</label><br><select id="card" data-cards><option value="">${login.choose}</option>${parts.signIn.cards.choices.map((choice) => html`<option value="${choice.name}">${choice.name}</option>`)}</select></p>`}
<p><label for="pin">${visit.say(login.pin)}</label><br><input id="pin" type="password" inputmode="numeric" autocomplete="off" maxlength="4" data-pin aria-describedby="pin-hint"><br><small id="pin-hint">${w.signHint}</small></p>
<noscript><p class="notice">${demanded ? w.signNoScript : w.signNoScriptFree}</p></noscript>
${cardMessages(visit)}
<p><button class="button">${w.signAnd(name)}</button> ${!demanded && html`<button class="button" name="unsigned" value="yes" data-plain>${w.unsignedAnd(name)}</button>`} ${back}</p>`, html` data-card="authenticate"${door !== null && html` data-door="${door}"`}`)
}

/** All that is signed, for whoever wants to read it. */
export const signedText = ({ words: { desk: w } }: Visit, document: string): Html =>
  html`<details><summary>${w.signedText}</summary><pre tabindex="0"><code>${JSON.stringify(JSON.parse(document), null, 2)}</code></pre></details>`

/** What was signed, as a mutation takes it; nothing where nothing was. */
export function signedIn(given: URLSearchParams): { readonly signed?: { readonly document: string; readonly signature: string; readonly certificate: string } } {
  const field = (name: string): string => given.get(name) ?? ''
  return field('signature') === '' ? {} : { signed: { document: field('document'), signature: field('signature'), certificate: field('certificate') } }
}
export const seenIn = (given: URLSearchParams): { readonly cards: number; readonly installations: number } => ({ cards: Number(given.get('cards')), installations: Number(given.get('installations')) })

export const act: Page = forOfficer(async (visit, session) => {
  const { form: given, words: { desk: w } } = visit
  const field = (name: string): string => given.get(name) ?? ''
  const [name, onward] = [given.get('act'), backToDesk(visit)]
  if (!isAct(name)) return problem(visit, 'not-found', { onward })
  const title = `${name[0]!.toUpperCase()}${name.slice(1)}`
  const [seen, signed] = [seenIn(given), signedIn(given)]
  const input = { grant: field('grant'), idempotencyKey: field('key'), ...signed, ...(name === 'end' ? { seen } : {}) }
  const { data } = await session.gateway.query<Record<string, Answered<{ label: string; state: Grant['state']; pendingDecision: Grant['pendingDecision'] }>>>(
    `mutation ($input: ${title}GrantInput!) { ${name}Grant(input: $input) { __typename ... on Grant { label state pendingDecision } ${refusedFields} } }`, { input })
  const answer = data[`${name}Grant`]!
  if (isRefused(answer)) return problem(visit, 'refused', { reason: reasonOf(visit, answer), onward: html`<a class="button" href="/pages/office/act?${new URLSearchParams({ grant: field('grant'), act: name }).toString()}">${visit.words.back}</a> ${onward}` })
  return page(visit, answer.pendingDecision === null ? w.acts[name].done : w.pending[answer.pendingDecision], html`<p class="lead">${answer.label}</p><p>${w.states[answer.state]}</p>${signed.signed !== undefined && html`<p>${w.wasSigned}</p>`}<p>${onward}</p>`)
})

/**
 * The council repealed an ordinance: what stands on it is shown before two officers of its administration end it. The first
 * names the day; the second decides on that day and no other.
 *
 * @law 番号法 第18条第1号
 */
import { challengeDocument, decisionForm, seenIn, signedIn, signedText, type Challenge } from './act.ts'
import { backToDesk, findGrant, type Grant } from './grant.ts'
import { dayIn, instantIn, isoDay } from '../dates.ts'
import { isRefused, page, problem, reasonOf, refusedFields, table, terms, type Answered } from '../frame.ts'
import { html, type Html } from '../html.ts'
import type { Page, Session, Visit } from '../visit.ts'
import { forOfficer } from '../login/who.ts'

interface Reach { readonly cards: number; readonly installations: number; readonly grants: readonly Pick<Grant, 'id' | 'label' | 'operator' | 'state'>[] }
const reachDocument = 'query ($municipality: MunicipalityCode!, $name: Text!) { ordinanceReach(municipality: $municipality, name: $name) { cards installations grants { id label operator state } } }'

interface Ordinance { readonly municipality: string; readonly name: string }
const ordinanceOf = ({ municipality, legalBasis: { name } }: Grant): Ordinance | null => (municipality === null || name === undefined ? null : { municipality, name })
const reachOf = async (session: Session, ordinance: Ordinance): Promise<Reach | null> => (await session.gateway.query<{ ordinanceReach: Reach | null }>(reachDocument, { ...ordinance })).data.ordinanceReach
const isDay = (text: string | null): text is string => text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text)

export const repealPage: Page = forOfficer(async (visit, session) => {
  const { words: { desk: w }, lang, query } = visit
  const grant = await findGrant(session, query.get('grant'))
  const ordinance = grant === null ? null : ordinanceOf(grant)
  const reach = ordinance === null ? null : await reachOf(session, ordinance)
  if (grant === null || ordinance === null || reach === null) return problem(visit, 'not-found', { onward: backToDesk(visit) })
  const on = grant.pendingDecision === 'REPEAL' ? grant.repealedOn : query.get('on')
  const back = html`<a class="button secondary" href="/pages/office/grant?${new URLSearchParams({ grant: grant.id }).toString()}">${visit.words.cancel}</a>`
  const shown = html`<p class="lead">${w.repeal.text}</p><h2>${w.blast}</h2>${table(visit, w.blast, [w.label, w.operator, w.state], reach.grants.map((one) => [one.label, one.operator, w.states[one.state]]))}<p>${w.installed(reach.cards, reach.installations)}</p>`
  if (!isDay(on)) return page(visit, w.repeal.title(ordinance.name), html`${shown}${dayForm(visit, grant.id, back)}`)
  const { decisionChallenge: challenge } = (await session.gateway.query<{ decisionChallenge: Answered<Challenge> }>(challengeDocument, { act: 'GRANT_REPEAL', target: { ordinance: { ...ordinance, repealedOn: on } } })).data
  if (isRefused(challenge)) return problem(visit, 'refused', { reason: reasonOf(visit, challenge), onward: back })
  const hidden = { grant: grant.id, on, cards: String(reach.cards), installations: String(reach.installations) }
  return page(visit, w.repeal.title(ordinance.name), html`${shown}
${terms(visit, [[w.repeal.on, dayIn(lang, on)], [w.eyes, w.repeal.eyes], [w.signing, challenge.demanded ? w.signingDemanded : w.signingFree], [w.signBy, instantIn(lang, challenge.validUntil)]])}
${signedText(visit, challenge.document)}
${decisionForm(visit, { action: '/pages/office/repeal', hidden, name: w.repeal.name, back }, challenge)}`, { script: true })
})

const dayForm = ({ words: { desk: w }, parts }: Visit, grant: string, back: Html): Html => html`<form method="get" action="/pages/office/repeal"><input type="hidden" name="grant" value="${grant}">
<p><label for="on">${w.repeal.on}</label><br><input id="on" type="date" name="on" required max="${isoDay(parts.now())}"></p>
<p><button class="button">${w.repeal.go}</button> ${back}</p></form>`

export const repeal: Page = forOfficer(async (visit, session) => {
  const { form: given, words: { desk: w } } = visit
  const onward = backToDesk(visit)
  const grant = await findGrant(session, given.get('grant'))
  const ordinance = grant === null ? null : ordinanceOf(grant)
  if (ordinance === null) return problem(visit, 'not-found', { onward })
  const input = { ...ordinance, repealedOn: given.get('on') ?? '', seen: seenIn(given), idempotencyKey: given.get('key') ?? '', ...signedIn(given) }
  const { repealOrdinance: answer } = (await session.gateway.query<{ repealOrdinance: Answered<{ ended: readonly { id: string }[]; waiting: readonly { id: string }[] }> }>(
    `mutation ($input: RepealOrdinanceInput!) { repealOrdinance(input: $input) { __typename ... on RepealedOrdinance { ended { id } waiting { id } } ${refusedFields} } }`, { input })).data
  if (isRefused(answer)) return problem(visit, 'refused', { reason: reasonOf(visit, answer), onward })
  return page(visit, answer.waiting.length > 0 ? w.pending.REPEAL : w.repeal.done, html`<p class="lead">${ordinance.name}</p><p>${answer.waiting.length > 0 ? w.repeal.waits(answer.waiting.length) : w.repeal.ended(answer.ended.length)}</p><p>${onward}</p>`)
})

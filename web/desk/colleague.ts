/**
 * The card that a colleague decides with: whose it is said to be, by whom, and what ends with it stand before a second
 * officer confirms it or turns it down.
 */
import { backToDesk } from './grant.ts'
import { instantIn } from '../dates.ts'
import { form, isRefused, page, problem, reasonOf, refusedFields, terms, type Answered } from '../frame.ts'
import { html } from '../html.ts'
import type { Page, Session } from '../visit.ts'
import type { Words } from '../words.ts'
import { forOfficer } from '../login/who.ts'

interface OfficerCard { readonly id: string; readonly officer: string; readonly holder: string; readonly proposedBy: string; readonly proposedAt: string; readonly state: keyof Words['desk']['colleagueStates'] }
const cardsDocument = '{ office { cards { id officer holder proposedBy proposedAt state } } }'
const cardsOf = async (session: Session): Promise<readonly OfficerCard[]> => (await session.gateway.query<{ office: { cards: readonly OfficerCard[] } | null }>(cardsDocument)).data.office?.cards ?? []

/** Milliseconds in which the second has to come. */
const life = 72 * 3_600_000

export const colleaguePage: Page = forOfficer(async (visit, session) => {
  const { words: { desk: w, ...words }, lang, parts } = visit
  const cards = await cardsOf(session)
  const card = cards.find(({ id }) => id === visit.query.get('card'))
  if (card === undefined) return problem(visit, 'not-found', { onward: backToDesk(visit) })
  const ends = cards.filter(({ officer, state }) => officer === card.officer && state === 'ENROLLED').length
  return page(visit, w.colleague, html`<p class="lead">${w.colleagueText}</p>
${terms(visit, [
    [w.state, w.colleagueStates[card.state]], [w.officer, html`<code>${card.officer}</code>`], [w.holder, html`<code>${card.holder}</code>`], [w.proposedBy, html`<code>${card.proposedBy}</code>`], [w.at, instantIn(lang, card.proposedAt)],
    ...(card.state === 'PROPOSED' ? [[w.decideBy, instantIn(lang, new Date(Date.parse(card.proposedAt) + life).toISOString())] as const, [w.eyes, w.colleagueEyes] as const] : []),
  ])}
<h2>${w.blast}</h2><p>${w.colleagueBlast(ends)}</p>
${form(visit, '/pages/office/colleague', html`<input type="hidden" name="card" value="${card.id}"><input type="hidden" name="key" value="${parts.token()}">
<p>${card.state === 'PROPOSED' && html`<button class="button" name="act" value="confirm">${w.colleagueConfirm}</button> `}<button class="button" name="act" value="end">${card.state === 'PROPOSED' ? w.colleagueRefuse : w.colleagueEnd}</button> <a class="button secondary" href="/pages/office">${words.cancel}</a></p>`)}`)
})

export const colleague: Page = forOfficer(async (visit, session) => {
  const { form: given, words: { desk: w } } = visit
  const [name, onward] = [given.get('act'), backToDesk(visit)]
  if (name !== 'confirm' && name !== 'end') return problem(visit, 'not-found', { onward })
  const title = name === 'confirm' ? 'Confirm' : 'End'
  const { data } = await session.gateway.query<Record<string, Answered<Pick<OfficerCard, 'state'>>>>(
    `mutation ($input: ${title}OfficerCardInput!) { ${name}OfficerCard(input: $input) { __typename ... on OfficerCard { state } ${refusedFields} } }`, { input: { card: given.get('card') ?? '', idempotencyKey: given.get('key') ?? '' } })
  const answer = data[`${name}OfficerCard`]!
  return isRefused(answer) ? problem(visit, 'refused', { reason: reasonOf(visit, answer), onward }) : page(visit, w.colleagueDone[name], html`<p class="lead">${w.colleagueStates[answer.state]}</p><p>${onward}</p>`)
})

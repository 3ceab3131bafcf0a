/**
 * One area of the free space for officers: what was checked, how full the cards would be, what an act would touch, and the
 * acts, each with its blast radius shown before it and handed in with it.
 */
import { dayIn } from './dates.ts'
import { totals } from './desk-counts.ts'
import { form, isRefused, page, problem, reasonOf, refusedFields, terms, type Answered } from './frame.ts'
import { html, type Html } from './html.ts'
import { meter } from './plot.ts'
import type { Page, Session, Visit } from './visit.ts'
import type { Words } from './words.ts'
import { forOfficer } from './who.ts'

export interface Quota { readonly code: number; readonly data: number; readonly volatile: number }
export interface Share { readonly share: string; readonly capacity: Quota; readonly reserved: Quota }
export interface Grant {
  readonly id: string
  readonly label: string
  readonly purpose: string
  readonly municipality: string | null
  readonly operator: string
  readonly requestedAt: string
  readonly blastRadius: { readonly cards: number; readonly installations: number } | null
  readonly pendingDecision: 'END' | 'RESUME' | 'REPEAL' | null
  readonly state: keyof Words['desk']['states']
  readonly validFrom: string
  readonly validUntil: string
  readonly quota: Quota
  readonly space: readonly Share[]
  readonly legalBasis: { readonly __typename: string; readonly name?: string; readonly article?: string; readonly promulgatedOn?: string; readonly notice?: string; readonly number?: string; readonly procedure?: string }
}
export const basisFields = 'legalBasis { __typename ... on Ordinance { name article promulgatedOn } ... on MinisterialRule { notice } ... on MinisterConfirmation { number procedure } }'
export const shareFields = 'space { share capacity { code data volatile } reserved { code data volatile } }'
const grantDocument = `query ($id: ID!) { grant(id: $id) { id label purpose municipality operator state requestedAt validFrom validUntil pendingDecision blastRadius { cards installations } quota { code data volatile } ${shareFields} ${basisFields} } }`

export const basisOf = ({ legalBasis: b }: Pick<Grant, 'legalBasis'>): string => [b.name, b.article, b.promulgatedOn, b.notice, b.number, b.procedure].filter(Boolean).join(' ')
const find = async (session: Session, id: string | null): Promise<Grant | null> => (await session.gateway.query<{ grant: Grant | null }>(grantDocument, { id: id ?? '' })).data.grant
const backToDesk = (visit: Visit): Html => html`<a class="button secondary" href="/pages/office">${visit.words.back}</a>`

/** What may be done from a state; each is a mutation of the same name. */
const acts = { REQUESTED: ['approve'], APPROVED: ['suspend', 'end'], SUSPENDED: ['resume', 'end'], ENDED: [] } as const satisfies Readonly<Record<Grant['state'], readonly Act[]>>
type Act = 'approve' | 'suspend' | 'resume' | 'end'
const isAct = (text: string | null): text is Act => text !== null && Object.values(acts).some((of) => (of as readonly string[]).includes(text))

/** For each kind of space: what is spoken for already, and with this area too. */
export function capacity({ words: { desk: w } }: Visit, shares: readonly Share[], more: Quota): Html {
  return html`<ul class="spaces">${shares.map(({ share, capacity: all, reserved }) => (['code', 'data', 'volatile'] as const).map((kind) => {
    const used = reserved[kind] + more[kind]
    return html`<li>${w.share(share)} — ${w.kinds[kind]}: ${w.of(String(all[kind]), String(used), String(more[kind]))}<br>${meter(used, all[kind], `${w.share(share)} ${w.kinds[kind]}`)}${used > all[kind] && html` <strong>${w.tooFull}</strong>`}</li>`
  }))}</ul>`
}

export const grantPage: Page = forOfficer(async (visit, session) => {
  const { words: { desk: w, ...words }, lang } = visit
  const grant = await find(session, visit.query.get('grant'))
  if (grant === null) return problem(visit, 'not-found', { onward: backToDesk(visit) })
  const waiting = grant.state === 'REQUESTED'
  return page(visit, grant.label, html`
${terms(visit, [[w.state, html`${w.states[grant.state]}${grant.pendingDecision !== null && html` — ${w.pending[grant.pendingDecision]}`}`], [w.purpose, grant.purpose], [w.operator, grant.operator], [w.validity, `${words.from(dayIn(lang, grant.validFrom))} ${words.until(dayIn(lang, grant.validUntil))}`]])}
<h2>${w.checked}</h2>${terms(visit, [[w.basis, basisOf(grant)], [w.space, capacity(visit, grant.space, waiting ? grant.quota : { code: 0, data: 0, volatile: 0 })]])}
${await radius(visit, session, grant)}
<p>${acts[grant.state].map((act) => html`<a class="button" href="/pages/office/act?${new URLSearchParams({ grant: grant.id, act }).toString()}">${w.acts[act].name}</a> `)}${backToDesk(visit)}</p>`)
})

async function radius(visit: Visit, session: Session, grant: Grant): Promise<Html> {
  const { words: { desk: w } } = visit
  const held = await totals(session, grant.municipality)
  return html`<h2>${w.blast}</h2>${grant.state === 'REQUESTED' && html`<p>${w.blastText(held?.cardsHeld ?? 0)}</p>`}${grant.blastRadius !== null && html`<p>${w.installed(grant.blastRadius.cards, grant.blastRadius.installations)}</p>`}`
}

/** What it would touch, before it is done. */
export const actPage: Page = forOfficer(async (visit, session) => {
  const { words: { desk: w, ...words }, query, parts } = visit
  const [grant, act] = [await find(session, query.get('grant')), query.get('act')]
  if (grant === null || !isAct(act) || !(acts[grant.state] as readonly Act[]).includes(act)) return problem(visit, 'not-found', { onward: backToDesk(visit) })
  const hidden = { grant: grant.id, act, key: parts.token(), cards: String(grant.blastRadius?.cards ?? 0), installations: String(grant.blastRadius?.installations ?? 0) }
  return page(visit, w.acts[act].title(grant.label), html`<p class="lead">${w.acts[act].text}</p>${await radius(visit, session, grant)}
${form(visit, '/pages/office/act', html`${Object.entries(hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<p><button class="button">${w.acts[act].name}</button> <a class="button secondary" href="/pages/office/grant?${new URLSearchParams({ grant: grant.id }).toString()}">${words.cancel}</a></p>`)}`)
})

export const act: Page = forOfficer(async (visit, session) => {
  const { form: given, words: { desk: w } } = visit
  const [name, grant] = [given.get('act'), given.get('grant') ?? '']
  const onward = backToDesk(visit)
  if (!isAct(name)) return problem(visit, 'not-found', { onward })
  const title = `${name[0]!.toUpperCase()}${name.slice(1)}`
  const seen = { cards: Number(given.get('cards')), installations: Number(given.get('installations')) }
  const input = { grant, idempotencyKey: given.get('key') ?? '', ...(name === 'end' ? { seen } : {}) }
  const { data } = await session.gateway.query<Record<string, Answered<{ label: string; state: Grant['state']; pendingDecision: Grant['pendingDecision'] }>>>(
    `mutation ($input: ${title}GrantInput!) { ${name}Grant(input: $input) { __typename ... on Grant { label state pendingDecision } ${refusedFields} } }`, { input })
  const answer = data[`${name}Grant`]!
  if (isRefused(answer)) return problem(visit, 'refused', { reason: reasonOf(visit, answer), onward })
  return page(visit, answer.pendingDecision === null ? w.acts[name].done : w.pending[answer.pendingDecision], html`<p class="lead">${answer.label}</p><p>${w.states[answer.state]}</p><p>${onward}</p>`)
})

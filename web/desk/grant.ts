/**
 * One area of the free space for officers: what was checked, how full the cards would be, what an act would touch, whose
 * eyes it wants, and what was signed about it. The acts themselves: act.ts.
 *
 * @law 番号法 第18条 · 施行令 第18条
 */
import { dayIn, instantIn } from '../dates.ts'
import { totals } from './counts.ts'
import { page, problem, table, terms } from '../frame.ts'
import { html, type Html } from '../html.ts'
import { meter } from '../plot.ts'
import type { Page, Session, Visit } from '../visit.ts'
import type { Words } from '../words.ts'
import { forOfficer } from '../login/who.ts'

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
  readonly repealedOn: string | null
  readonly state: keyof Words['desk']['states']
  readonly validFrom: string
  readonly validUntil: string
  readonly quota: Quota
  readonly space: readonly Share[]
  readonly legalBasis: { readonly __typename: 'Ordinance' | 'MinisterialRule' | 'MinisterConfirmation' | 'JpkiVerifierStatus'; readonly name?: string; readonly article?: string; readonly promulgatedOn?: string; readonly url?: string | null; readonly notice?: string; readonly number?: string; readonly procedure?: string; readonly provision?: string; readonly notifiedOn?: string }
  readonly population: { readonly municipalities: readonly string[] | null }
  readonly minimumAge: number
  readonly evidence: string
  readonly signedDecisions: readonly { readonly act: keyof Words['desk']['signedActs']; readonly at: string; readonly digest: string }[]
}
export const basisFields = 'legalBasis { __typename ... on Ordinance { name article promulgatedOn url } ... on MinisterialRule { notice } ... on MinisterConfirmation { number procedure } ... on JpkiVerifierStatus { provision number notifiedOn } }'
export const shareFields = 'space { share capacity { code data volatile } reserved { code data volatile } }'
const grantDocument = `query ($id: ID!) { grant(id: $id) { id label purpose municipality operator state requestedAt validFrom validUntil pendingDecision repealedOn blastRadius { cards installations } quota { code data volatile } population { municipalities } minimumAge evidence signedDecisions { act at digest } ${shareFields} ${basisFields} } }`

export const basisOf = ({ legalBasis: b }: Pick<Grant, 'legalBasis'>): string => [b.name, b.article, b.promulgatedOn, b.notice, b.provision, b.number, b.procedure, b.notifiedOn].filter(Boolean).join(' ')
export const findGrant = async (session: Session, id: string | null): Promise<Grant | null> => (await session.gateway.query<{ grant: Grant | null }>(grantDocument, { id: id ?? '' })).data.grant
export const backToDesk = (visit: Visit): Html => html`<a class="button secondary" href="/pages/office">${visit.words.back}</a>`

/** What may be done from a state; each is a mutation of the same name. */
export const acts = { REQUESTED: ['approve', 'end'], APPROVED: ['suspend', 'end'], SUSPENDED: ['resume', 'end'], ENDED: [] } as const satisfies Readonly<Record<Grant['state'], readonly Act[]>>
export type Act = 'approve' | 'suspend' | 'resume' | 'end'
export const isAct = (text: string | null): text is Act => text !== null && Object.values(acts).some((of) => (of as readonly string[]).includes(text))

/** For each kind of space: what is spoken for already, and with this area too. */
export function capacity({ words: { desk: w } }: Visit, shares: readonly Share[], more: Quota): Html {
  return html`<ul class="spaces">${shares.map(({ share, capacity: all, reserved }) => (['code', 'data', 'volatile'] as const).map((kind) => {
    const used = reserved[kind] + more[kind]
    return html`<li>${w.share(share)} — ${w.kinds[kind]}: ${w.of(String(all[kind]), String(used), String(more[kind]))}<br>${meter(used, all[kind], `${w.share(share)} ${w.kinds[kind]}`)}${used > all[kind] && html` <strong>${w.tooFull}</strong>`}</li>`
  }))}</ul>`
}

export const grantPage: Page = forOfficer(async (visit, session) => {
  const { words: { desk: w, ...words }, lang } = visit
  const grant = await findGrant(session, visit.query.get('grant'))
  if (grant === null) return problem(visit, 'not-found', { onward: backToDesk(visit) })
  const waiting = grant.state === 'REQUESTED'
  return page(visit, grant.label, html`
${terms(visit, [[w.state, html`${w.states[grant.state]}${grant.pendingDecision !== null && html` — ${w.pending[grant.pendingDecision]}`}`], [w.purpose, grant.purpose], [w.operator, grant.operator], [w.validity, `${words.from(dayIn(lang, grant.validFrom))} ${words.until(dayIn(lang, grant.validUntil))}`]])}
<h2>${w.checked}</h2>${terms(visit, [[w.basis, html`${basisOf(grant)}${grant.legalBasis.url != null && html`<br><a href="${grant.legalBasis.url}" rel="noreferrer noopener">${grant.legalBasis.url}</a>`}`], [w.population, html`${grant.population.municipalities === null ? w.anyCard : w.residents(grant.population.municipalities.join(' '))}${grant.minimumAge > 0 && html`<br><small>${w.fromAge(grant.minimumAge)}</small>`}`], [w.papers, html`<code>${Buffer.from(grant.evidence, 'base64').toString('hex')}</code>`], [w.eyes, eyesOf(visit, grant)], [w.space, capacity(visit, grant.space, waiting ? grant.quota : { code: 0, data: 0, volatile: 0 })]])}
${await radius(visit, session, grant)}
${grant.signedDecisions.length > 0 && html`<h2>${w.signedDecisions}</h2>${table(visit, w.signedDecisions, [w.decision, w.at, w.digest], grant.signedDecisions.map((one) => [w.signedActs[one.act], instantIn(lang, one.at), html`<code>${one.digest}</code>`]))}`}
<p>${acts[grant.state].map((act) => html`<a class="button" href="/pages/office/act?${new URLSearchParams({ grant: grant.id, act }).toString()}">${w.acts[act].name}</a> `)}${grant.legalBasis.__typename === 'Ordinance' && grant.state !== 'ENDED' && session.municipality !== null && session.municipality === grant.municipality && html`<a class="button" href="/pages/office/repeal?${new URLSearchParams({ grant: grant.id }).toString()}">${w.repeal.name}</a> `}${backToDesk(visit)}</p>`)
})

/** Who else has to have seen it: of another body too, where the area is a private body’s. */
export const eyesOf = ({ words: { desk: w } }: Visit, { legalBasis: { __typename: kind } }: Grant): string => (kind === 'MinisterConfirmation' || kind === 'JpkiVerifierStatus' ? w.eyesOfTwoBodies : w.eyesOfTwo)

/** `act`: what is asked about; absent: whatever may be done next. */
export async function radius(visit: Visit, session: Session, grant: Grant, act: Act = 'approve'): Promise<Html> {
  const { words: { desk: w } } = visit
  const held = await totals(session, grant.municipality)
  return html`<h2>${w.blast}</h2>${grant.state === 'REQUESTED' && act === 'approve' && html`<p>${w.blastText(held?.cardsHeld ?? 0)}</p>`}${grant.blastRadius !== null && html`<p>${w.installed(grant.blastRadius.cards, grant.blastRadius.installations)}</p>`}`
}

/**
 * The officers' page (職員): everything that waits for other eyes, areas by their basis with the free space they take, counts
 * over time, lapses to come, and how the works stand.
 */
import { NotAnswered } from '../anybody.ts'
import { dayIn, instantIn } from '../dates.ts'
import { countsSection } from './counts.ts'
import { basisFields, basisOf, capacity, shareFields, type Grant, type Share } from './grant.ts'
import { deadlinesSection, worksSection } from './works.ts'
import { page, problem, table } from '../frame.ts'
import { html, type Html } from '../html.ts'
import { isFurther, pager, placeArguments, placeOf, placeVariables, pageInfo, whole, type Listed } from '../paging.ts'
import type { Page, Reply, Session, Visit } from '../visit.ts'
import type { Words } from '../words.ts'
import { forOfficer } from '../login/who.ts'

type Row = Pick<Grant, 'id' | 'label' | 'operator' | 'state' | 'requestedAt' | 'validFrom' | 'validUntil' | 'pendingDecision' | 'legalBasis' | 'space'>
interface Waiting { readonly kind: keyof Words['desk']['waiting']; readonly until: string | null; readonly daysLeft: number | null; readonly grant: Pick<Row, 'id' | 'label' | 'operator' | 'requestedAt' | 'pendingDecision'> | null; readonly card: { readonly id: string; readonly proposedAt: string } | null }

const inboxDocument = `query (${placeVariables}) { inbox(${placeArguments}) { nodes { kind until daysLeft grant { id label operator requestedAt pendingDecision } card { id proposedAt } } ${pageInfo} } }`
const areasDocument = `query (${placeVariables}) { grants(${placeArguments}) { nodes { id label operator state requestedAt validFrom validUntil pendingDecision ${basisFields} ${shareFields} } ${pageInfo} } }`
/** Rows of a list on one page. */
const areasShown = 50

const linked = ({ id, label }: Pick<Row, 'id' | 'label'>): Html => html`<a href="/pages/office/grant?${new URLSearchParams({ grant: id }).toString()}">${label}</a>`

export const deskPage: Page = forOfficer(async (visit, session) => {
  const areas = placeOf(visit, 'areas', areasShown)
  try {
    return await shown(visit, session, (await session.gateway.query<{ grants: Listed<Row> }>(areasDocument, { ...areas })).data.grants)
  } catch (fault) {
    if (!isFurther(areas) || !(fault instanceof NotAnswered) || fault.status === 401) throw fault
    return problem(visit, 'not-found', { onward: html`<a class="button" href="/pages/office">${visit.words.desk.title}</a>` })
  }
})

async function shown(visit: Visit, session: Session, { nodes, pageInfo }: Listed<Row>): Promise<Reply> {
  const { words: { desk: w }, lang } = visit
  const [waiting, counts, works, deadlines] = await Promise.all([
    whole(session.gateway, inboxDocument, (data: { readonly inbox: Listed<Waiting> }) => data.inbox), countsSection(visit, session), worksSection(visit, session), deadlinesSection(visit, session),
  ])
  const shares = new Map<string, Share>(nodes.flatMap(({ space }) => space.map((share) => [share.share, share] as const)))
  return page(visit, w.title, html`
<section aria-labelledby="inbox"><h2 id="inbox">${w.inbox}</h2><p>${w.inboxText}</p>${inbox(visit, waiting)}</section>
<section aria-labelledby="areas"><h2 id="areas">${w.areas}</h2>
${table(visit, w.areas, [w.label, w.basis, w.operator, w.state, w.validity], nodes.map((grant) => [
    linked(grant), basisOf(grant), grant.operator, grant.pendingDecision === null ? w.states[grant.state] : w.pending[grant.pendingDecision], visit.words.until(dayIn(lang, grant.validUntil))]))}${pager(visit, 'areas', pageInfo, 'areas', w.areas)}
<h3>${w.capacity}</h3>${shares.size === 0 ? html`<p>${visit.words.none}</p>` : capacity(visit, [...shares.values()], { code: 0, data: 0, volatile: 0 })}
<p><a href="/pages/office/drift">${w.drift}</a></p></section>
${counts}${deadlines}${works}`)
}

/** What can no longer be done soonest stands first. */
function inbox(visit: Visit, waiting: readonly Waiting[]): Html {
  const { words: { desk: w }, lang } = visit
  const rows = waiting.toSorted((a, b) => ((a.until ?? '9') < (b.until ?? '9') ? -1 : 1)).map(({ kind, until, daysLeft, grant, card }) => [
    grant !== null ? linked(grant) : html`<a href="/pages/office/colleague?${new URLSearchParams({ card: card?.id ?? '' }).toString()}">${w.colleague}</a>`, w.waiting[kind], grant?.operator ?? '—', instantIn(lang, grant?.requestedAt ?? card?.proposedAt ?? ''), until !== null ? instantIn(lang, until) : daysLeft !== null ? w.daysLeft(daysLeft) : '—',
  ])
  return table(visit, w.inbox, [w.label, w.what, w.operator, w.asked, w.decideBy], rows)
}

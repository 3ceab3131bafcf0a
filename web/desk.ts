/**
 * The officers' page (職員): decisions that wait for other eyes, areas by their basis with the free space they take, counts
 * over time, lapses to come, and how the works stand.
 */
import { dayIn, instantIn } from './dates.ts'
import { countsSection } from './desk-counts.ts'
import { basisFields, basisOf, capacity, shareFields, type Grant, type Share } from './desk-grant.ts'
import { deadlinesSection, worksSection } from './desk-works.ts'
import { page, table } from './frame.ts'
import { html, type Html } from './html.ts'
import type { Page } from './visit.ts'
import { forOfficer } from './who.ts'

type Listed = Pick<Grant, 'id' | 'label' | 'operator' | 'state' | 'requestedAt' | 'validFrom' | 'validUntil' | 'pendingDecision' | 'legalBasis' | 'space'>
const inboxDocument = `{ grants(last: 50) { nodes { id label operator state requestedAt validFrom validUntil pendingDecision ${basisFields} ${shareFields} } } }`

const linked = ({ id, label }: Listed): Html => html`<a href="/pages/office/grant?${new URLSearchParams({ grant: id }).toString()}">${label}</a>`

export const deskPage: Page = forOfficer(async (visit, session) => {
  const { words: { desk: w }, lang } = visit
  const [{ data }, counts, works, deadlines] = await Promise.all([
    session.gateway.query<{ grants: { nodes: readonly Listed[] } }>(inboxDocument), countsSection(visit, session), worksSection(visit, session), deadlinesSection(visit, session),
  ])
  const listed = data.grants.nodes
  const waiting = listed.filter(({ state, pendingDecision }) => state === 'REQUESTED' || pendingDecision !== null).toSorted((a, b) => (a.requestedAt < b.requestedAt ? -1 : 1))
  const standing = listed.filter(({ state }) => state === 'APPROVED' || state === 'SUSPENDED')
  const shares = new Map<string, Share>(listed.flatMap(({ space }) => space.map((share) => [share.share, share] as const)))
  return page(visit, w.title, html`
<section aria-labelledby="inbox"><h2 id="inbox">${w.inbox}</h2><p>${w.inboxText}</p>
${table(visit, w.inbox, [w.label, w.operator, w.state, w.asked, w.validity], waiting.map((grant) => [linked(grant), grant.operator, grant.pendingDecision === null ? w.states[grant.state] : w.pending[grant.pendingDecision], instantIn(lang, grant.requestedAt), dayIn(lang, grant.validUntil)]))}</section>
<section aria-labelledby="areas"><h2 id="areas">${w.areas}</h2>
${table(visit, w.areas, [w.label, w.basis, w.operator, w.state, w.validity], standing.map((grant) => [linked(grant), basisOf(grant), grant.operator, w.states[grant.state], dayIn(lang, grant.validUntil)]))}
<h3>${w.capacity}</h3>${shares.size === 0 ? html`<p>${visit.words.none}</p>` : capacity(visit, [...shares.values()], { code: 0, data: 0, volatile: 0 })}
<p><a href="/pages/office/drift">${w.drift}</a></p></section>
${counts}${deadlines}${works}`)
})

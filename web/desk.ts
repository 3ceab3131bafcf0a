/**
 * The officers' page (職員): an application for an area of the free space with what was checked and what it affects before
 * anybody approves, counts with their plot and table, and how fresh the revocation information is.
 */
import { dayIn, instantIn, isoDay } from './dates.ts'
import { form, isRefused, page, problem, reasonOf, refusedFields, table, terms, type Answered } from './frame.ts'
import { html, type Html } from './html.ts'
import { bars, meter, type Day } from './plot.ts'
import { see, type Page, type Reply, type Session, type Visit } from './visit.ts'
import type { Words } from './words.ts'

type Totals = Readonly<Record<keyof Words['desk']['totals'], number>>
interface Quota { readonly code: number; readonly data: number; readonly volatile: number }
interface Grant {
  readonly id: string
  readonly label: string
  readonly purpose: string
  readonly municipality: string | null
  readonly operator: string
  readonly requestedAt: string
  readonly blastRadius: { readonly cards: number; readonly installations: number } | null
  readonly state: keyof Words['desk']['states']
  readonly validFrom: string
  readonly validUntil: string
  readonly quota: Quota
  readonly legalBasis: { readonly __typename: string; readonly name?: string; readonly article?: string; readonly promulgatedOn?: string; readonly notice?: string; readonly number?: string; readonly procedure?: string }
}

const grantFields = 'id label purpose municipality operator state requestedAt validFrom validUntil blastRadius { cards installations } quota { code data volatile } legalBasis { __typename ... on Ordinance { name article promulgatedOn } ... on MinisterialRule { notice } ... on MinisterConfirmation { number procedure } }'
const grantDocument = `query ($id: ID!) { grant(id: $id) { ${grantFields} } }`
const inboxDocument = '{ grants(last: 100) { nodes { id label operator state requestedAt validFrom validUntil } } }'
const countsDocument = (names: string, daily: boolean): string => `query ($municipality: MunicipalityCode${daily ? ', $from: Date!, $to: Date!' : ''}) { statistics(municipality: $municipality) { __typename ... on Statistics { ${names} ${daily ? 'daily(from: $from, to: $to) { __typename ... on DailyCounts { days { day applicationsReceived cardsDelivered } } }' : ''} } ${refusedFields} } }`

const forOfficer = (run: (visit: Visit, session: Session) => Promise<Reply>): Page => (visit) => (visit.session?.kind === 'officer' ? run(visit, visit.session) : see('/pages/office/login'))

/** Thirty days up to today, those without any count too. */
async function daily(visit: Visit, session: Session): Promise<readonly Day[]> {
  const days = Array.from({ length: 30 }, (_, i) => isoDay(visit.parts.now() - (29 - i) * 86_400_000))
  const { data } = await session.gateway.query<{ statistics: Answered<{ daily: { days?: readonly { day: string; applicationsReceived: number; cardsDelivered: number }[] } }> }>(countsDocument('', true), { municipality: session.municipality, from: days[0], to: days.at(-1) })
  const found = isRefused(data.statistics) ? [] : (data.statistics.daily.days ?? [])
  return days.map((day) => {
    const counted = found.find((d) => d.day === day)
    return { day, applications: counted?.applicationsReceived ?? 0, delivered: counted?.cardsDelivered ?? 0 }
  })
}

async function totals(session: Session, municipality: string | null): Promise<Totals | null> {
  const { data } = await session.gateway.query<{ statistics: Answered<Totals> }>(countsDocument('applicationsReceived applicationsValid cardsDelivered cardsHeld signatureCertificatesIssued authenticationCertificatesIssued certificatesRevoked', false), { municipality })
  return isRefused(data.statistics) ? null : data.statistics
}

export const deskPage: Page = forOfficer(async (visit, session) => {
  const { words: { desk: w }, lang, parts } = visit
  const [all, days, fresh, listed] = await Promise.all([
    totals(session, session.municipality), daily(visit, session), parts.freshness(), session.gateway.query<{ grants: { nodes: readonly Grant[] } }>(inboxDocument),
  ])
  const waiting = listed.data.grants.nodes.filter(({ state }) => state === 'REQUESTED').toSorted((a, b) => (a.requestedAt < b.requestedAt ? -1 : 1))
  return page(visit, w.title, html`
<section aria-labelledby="inbox"><h2 id="inbox">${w.inbox}</h2><p>${w.inboxText}</p>
${table(visit, w.inbox, [w.label, w.operator, w.asked, w.validity], waiting.map((grant) => [
    html`<a href="/pages/office/grant?${new URLSearchParams({ grant: grant.id }).toString()}">${grant.label}</a>`, grant.operator, instantIn(lang, grant.requestedAt), dayIn(lang, grant.validUntil)]))}</section>
<section aria-labelledby="counts"><h2 id="counts">${w.counts}</h2>
${all !== null && terms(visit, (Object.keys(w.totals) as (keyof Totals)[]).map((name) => [w.totals[name], String(all[name])] as const))}
<h3>${w.daily}</h3>
<img src="/pages/office/counts.svg" width="760" height="240" alt="${w.plot}">
<p><a href="/pages/office/counts.csv">${w.csv}</a></p>
<details><summary>${w.daily}</summary>${table(visit, w.daily, [w.day, w.applications, w.delivered], days.map(({ day, applications, delivered }) => [dayIn(lang, day), applications, delivered]))}</details></section>
<section aria-labelledby="fresh"><h2 id="fresh">${w.fresh}</h2>${table(visit, w.fresh, [w.list, w.from, w.until], fresh.map(({ what, at, until }) => [what, at === null ? w.missing : instantIn(lang, at), until === null ? '—' : instantIn(lang, until)]))}</section>`)
})

export const countsPlot: Page = forOfficer(async (visit, session) => ({ status: 200, type: 'image/svg+xml', body: bars(await daily(visit, session), visit.words.desk).text }))

export const countsCsv: Page = forOfficer(async (visit, session) => {
  const rows = (await daily(visit, session)).map(({ day, applications, delivered }) => `${day},${applications},${delivered}`)
  return { status: 200, type: 'text/csv; charset=utf-8', body: `day,applications_received,cards_delivered\r\n${rows.join('\r\n')}\r\n`, download: 'counts.csv' }
})

// ---------------------------------------------------------------- one application

/** Octets of the free space of a card; the card profile's, as the gateway is set. */
const capacity: Quota = { code: 32_768, data: 8_192, volatile: 1_024 }

export const grantPage: Page = forOfficer(async (visit, session) => {
  const { words: { desk: w, ...words }, lang } = visit
  const { data } = await session.gateway.query<{ grant: Grant | null }>(grantDocument, { id: visit.query.get('grant') ?? '' })
  const { grant } = data
  if (grant === null) return problem(visit, 'not-found', { onward: html`<a class="button" href="/pages/office">${words.back}</a>` })
  const held = await totals(session, grant.municipality)
  const basis = [grant.legalBasis.name, grant.legalBasis.article, grant.legalBasis.promulgatedOn, grant.legalBasis.notice, grant.legalBasis.number, grant.legalBasis.procedure].filter(Boolean).join(' ')
  const spaces: Html[] = (['code', 'data', 'volatile'] as const).map((kind) => html`<li>${w.kinds[kind]}: ${w.of(String(grant.quota[kind]), String(capacity[kind]))}<br>${meter(grant.quota[kind], capacity[kind], w.space)}</li>`)
  return page(visit, grant.label, html`
${terms(visit, [[w.state, w.states[grant.state]], [w.purpose, grant.purpose], [w.operator, grant.operator], [w.validity, `${words.from(dayIn(lang, grant.validFrom))} ${words.until(dayIn(lang, grant.validUntil))}`]])}
<h2>${w.checked}</h2>${terms(visit, [[w.basis, basis], [w.space, html`<ul class="spaces">${spaces}</ul>`]])}
<h2>${w.blast}</h2><p>${w.blastText(held?.cardsHeld ?? 0)}</p>${grant.blastRadius !== null && html`<p>${w.installed(grant.blastRadius.cards, grant.blastRadius.installations)}</p>`}
${grant.state === 'REQUESTED' && form(visit, '/pages/office/approve', html`<input type="hidden" name="grant" value="${grant.id}"><input type="hidden" name="key" value="${visit.parts.token()}"><p><button class="button">${w.approve}</button> <a class="button secondary" href="/pages/office">${words.cancel}</a></p>`)}`)
})

export const approve: Page = forOfficer(async (visit, session) => {
  const input = { grant: visit.form.get('grant') ?? '', idempotencyKey: visit.form.get('key') ?? '' }
  const onward = html`<a class="button" href="/pages/office">${visit.words.back}</a>`
  const { data } = await session.gateway.query<{ approveGrant: Answered<{ label: string }> }>(`mutation ($input: ApproveGrantInput!) { approveGrant(input: $input) { __typename ... on Grant { label } ${refusedFields} } }`, { input })
  const answer = data.approveGrant
  return isRefused(answer) ? problem(visit, 'refused', { reason: reasonOf(visit, answer), onward }) : page(visit, visit.words.desk.approved, html`<p class="lead">${answer.label}</p><p>${onward}</p>`)
})

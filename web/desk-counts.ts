/** Counts over time for officers: a plot with its day-count convention, the table beside it, and the same as CSV. */
import { dayIn, isoDay } from './dates.ts'
import { isRefused, refusedFields, table, terms, type Answered } from './frame.ts'
import { html, type Html } from './html.ts'
import { bars, type Day } from './plot.ts'
import type { Page, Reply, Session, Visit } from './visit.ts'
import type { Words } from './words.ts'
import { forOfficer } from './who.ts'

export type Totals = Readonly<Record<keyof Words['desk']['totals'], number>>
interface Average { readonly days: number; readonly perDay: number | null }
type Averages = Answered<{ readonly applicationsReceived: Average; readonly cardsDelivered: Average }>
interface Daily { readonly days: readonly { readonly day: string; readonly applicationsReceived: number; readonly cardsDelivered: number }[]; readonly calendar: Averages; readonly weekdays: Averages }

const average = 'applicationsReceived { days perDay } cardsDelivered { days perDay }'
const totalsDocument = `query ($municipality: MunicipalityCode) { statistics(municipality: $municipality) { __typename ... on Statistics { applicationsReceived applicationsValid cardsDelivered cardsHeld signatureCertificatesIssued authenticationCertificatesIssued certificatesRevoked } ${refusedFields} } }`
const dailyDocument = `query ($municipality: MunicipalityCode, $from: Date!, $to: Date!) { statistics(municipality: $municipality) { __typename ... on Statistics { daily(from: $from, to: $to) { __typename ... on DailyCounts { days { day applicationsReceived cardsDelivered } calendar: averages(convention: CALENDAR_DAYS) { __typename ... on DailyAverages { ${average} } ${refusedFields} } weekdays: averages(convention: WEEKDAYS_WITHOUT_HOLIDAYS) { __typename ... on DailyAverages { ${average} } ${refusedFields} } } ${refusedFields} } } ${refusedFields} } }`
const certificatesDocument = `query ($from: Date!, $to: Date!) { certificatesByDay(from: $from, to: $to) { __typename ... on CertificateDays { days { day issued revoked } } ${refusedFields} } }`

/** Thirty days up to today. */
function span(visit: Visit): { readonly from: string; readonly to: string } {
  const now = visit.parts.now()
  return { from: isoDay(now - 29 * 86_400_000), to: isoDay(now) }
}

export async function totals(session: Session, municipality: string | null): Promise<Totals | null> {
  const { data } = await session.gateway.query<{ statistics: Answered<Totals> }>(totalsDocument, { municipality })
  return isRefused(data.statistics) ? null : data.statistics
}

async function daily(visit: Visit, session: Session): Promise<Daily | null> {
  const { data } = await session.gateway.query<{ statistics: Answered<{ daily: Answered<Daily> }> }>(dailyDocument, { municipality: session.municipality, ...span(visit) })
  return isRefused(data.statistics) || isRefused(data.statistics.daily) ? null : data.statistics.daily
}
const cardDays = (counts: Daily | null): readonly Day[] => (counts?.days ?? []).map(({ day, applicationsReceived, cardsDelivered }) => ({ day, counts: [applicationsReceived, cardsDelivered] }))

async function certificateDays(visit: Visit, session: Session): Promise<readonly Day[]> {
  const { data } = await session.gateway.query<{ certificatesByDay: Answered<{ days: readonly { day: string; issued: number; revoked: number }[] }> }>(certificatesDocument, span(visit))
  return isRefused(data.certificatesByDay) ? [] : data.certificatesByDay.days.map(({ day, issued, revoked }) => ({ day, counts: [issued, revoked] }))
}

export async function countsSection(visit: Visit, session: Session): Promise<Html> {
  const { words: { desk: w } } = visit
  const [all, counts, certificates] = await Promise.all([totals(session, session.municipality), daily(visit, session), certificateDays(visit, session)])
  const say = (found: Averages | undefined): string | false => found !== undefined && !isRefused(found) && w.average(String(found.applicationsReceived.perDay ?? '—'), String(found.cardsDelivered.perDay ?? '—'), found.applicationsReceived.days)
  return html`<section aria-labelledby="counts"><h2 id="counts">${w.counts}</h2>
${all !== null && terms(visit, (Object.keys(w.totals) as (keyof Totals)[]).map((name) => [w.totals[name], String(all[name])] as const))}
${plotted(visit, 'counts', w.daily, [w.applications, w.delivered], cardDays(counts))}
${counts !== null && terms(visit, [[w.conventions.calendar, say(counts.calendar)], [w.conventions.weekdays, say(counts.weekdays)]])}
${plotted(visit, 'certificates', w.dailyCertificates, [w.issued, w.lapsed], certificates)}</section>`
}

const plotted = (visit: Visit, name: string, title: string, series: readonly [string, string], days: readonly Day[]): Html => html`<h3>${title}</h3>
<div class="beside"><img src="/pages/office/${name}.svg" width="760" height="240" alt="${visit.words.desk.plot(title)}">
<div class="tall">${table(visit, title, [visit.words.desk.day, ...series], days.toReversed().map(({ day, counts }) => [dayIn(visit.lang, day), ...counts]))}</div></div>
<p><a href="/pages/office/${name}.csv">${visit.words.desk.csv}</a></p>`

const svg = (body: Html): Reply => ({ status: 200, type: 'image/svg+xml', body: body.text })
const csv = (name: string, heads: string, days: readonly Day[]): Reply => ({ status: 200, type: 'text/csv; charset=utf-8', body: `${heads}\r\n${days.map(({ day, counts }) => `${day},${counts.join(',')}\r\n`).join('')}`, download: `${name}.csv` })

export const countsPlot: Page = forOfficer(async (visit, session) => {
  const { desk: w } = visit.words
  return svg(bars(cardDays(await daily(visit, session)), { title: w.daily, series: [w.applications, w.delivered] }))
})
export const countsCsv: Page = forOfficer(async (visit, session) => csv('counts', 'day,applications_received,cards_delivered', cardDays(await daily(visit, session))))
export const certificatesPlot: Page = forOfficer(async (visit, session) => {
  const { desk: w } = visit.words
  return svg(bars(await certificateDays(visit, session), { title: w.dailyCertificates, series: [w.issued, w.lapsed] }))
})
export const certificatesCsv: Page = forOfficer(async (visit, session) => csv('certificates', 'day,certificates_issued,certificates_lapsed', await certificateDays(visit, session)))

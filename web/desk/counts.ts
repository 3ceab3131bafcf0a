/**
 * Counts over time for officers, for a span of their choice: a plot with its day-count convention, the table beside it, and
 * the same as CSV. The gateway counts at most a year at once; longer spans are put together here, month by month.
 */
import { dayIn, isoDay, monthIn } from '../dates.ts'
import { isRefused, refusedFields, table, terms, type Answered } from '../frame.ts'
import { html, type Html } from '../html.ts'
import { bars, type Column } from '../plot.ts'
import type { Page, Reply, Session, Visit } from '../visit.ts'
import type { Words } from '../words.ts'
import { forOfficer } from '../login/who.ts'

export type Totals = Readonly<Record<keyof Words['desk']['totals'], number>>
interface Average { readonly days: number; readonly perDay: number | null }
type Averages = Answered<{ readonly applicationsReceived: Average; readonly cardsDelivered: Average }>
interface Received { readonly applicationsReceived: number; readonly cardsDelivered: number }
interface Daily { readonly days: readonly ({ readonly day: string } & Received)[]; readonly calendar: Averages; readonly weekdays: Averages }

const average = 'applicationsReceived { days perDay } cardsDelivered { days perDay }'
const averages = `calendar: averages(convention: CALENDAR_DAYS) { __typename ... on DailyAverages { ${average} } ${refusedFields} } weekdays: averages(convention: WEEKDAYS_WITHOUT_HOLIDAYS) { __typename ... on DailyAverages { ${average} } ${refusedFields} }`
const totalsDocument = `query ($municipality: MunicipalityCode) { statistics(municipality: $municipality) { __typename ... on Statistics { applicationsReceived applicationsValid cardsDelivered cardsHeld signatureCertificatesIssued authenticationCertificatesIssued certificatesRevoked } ${refusedFields} } }`
const dailyDocument = `query ($municipality: MunicipalityCode, $from: Date!, $to: Date!) { statistics(municipality: $municipality) { __typename ... on Statistics { daily(from: $from, to: $to) { __typename ... on DailyCounts { days { day applicationsReceived cardsDelivered } ${averages} } ${refusedFields} } } ${refusedFields} } }`
const certificatesDocument = `query ($from: Date!, $to: Date!) { certificatesByDay(from: $from, to: $to) { __typename ... on CertificateDays { days { day issued revoked } } ${refusedFields} } }`

// ---------------------------------------------------------------- spans

const spans = ['30d', '12m', 'all'] as const
type SpanName = (typeof spans)[number]
interface Span { readonly from: string; readonly to: string }

const spanOf = ({ query }: Visit): SpanName => spans.find((name) => name === query.get('span')) ?? '30d'
/** The day on which numbers were first given out and cards could be applied for. @law 番号法 附則第1条 (平成27年政令第171号) */
const firstDay = '2015-10-05'
const addDays = (day: string, days: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)

/** Thirty days, twelve months with the one that runs, or all there is; in pieces that are answered at once. */
export function pieces(name: SpanName, now: number): Span[] {
  const to = isoDay(now)
  if (name === '30d') return [{ from: addDays(to, -29), to }]
  const year = Number(to.slice(0, 4))
  if (name === '12m') return [{ from: `${to.slice(5, 7) === '12' ? year : year - 1}-${String((Number(to.slice(5, 7)) % 12) + 1).padStart(2, '0')}-01`, to }]
  return Array.from({ length: year - 2014 }, (_, i) => ({ from: i === 0 ? firstDay : `${2015 + i}-01-01`, to: 2015 + i === year ? to : `${2015 + i}-12-31` }))
}

/** Months from the days of a long span; the days themselves of a short one. */
function columns(name: SpanName, days: readonly { readonly day: string; readonly counts: readonly [number, number] }[]): readonly Column[] {
  if (name === '30d') return days.map(({ day, counts }) => ({ at: day, counts }))
  const months = new Map<string, [number, number]>()
  for (const { day, counts: [a, b] } of days) {
    const [before, after] = months.get(day.slice(0, 7)) ?? [0, 0]
    months.set(day.slice(0, 7), [before + a, after + b])
  }
  const all = [...months].map(([at, counts]) => ({ at, counts }))
  return name === 'all' ? all.slice(Math.max(0, all.findIndex(({ counts: [a, b] }) => a + b > 0))) : all
}

// ---------------------------------------------------------------- reading

export async function totals(session: Session, municipality: string | null): Promise<Totals | null> {
  const { data } = await session.gateway.query<{ statistics: Answered<Totals> }>(totalsDocument, { municipality })
  return isRefused(data.statistics) ? null : data.statistics
}

async function cardCounts(visit: Visit, session: Session): Promise<{ readonly columns: readonly Column[]; readonly averages: Pick<Daily, 'calendar' | 'weekdays'> | null }> {
  const name = spanOf(visit)
  const read = await Promise.all(pieces(name, visit.parts.now()).map(async (span) => {
    const { data } = await session.gateway.query<{ statistics: Answered<{ daily: Answered<Daily> }> }>(dailyDocument, { municipality: session.municipality, ...span })
    return isRefused(data.statistics) || isRefused(data.statistics.daily) ? null : data.statistics.daily
  }))
  const days = read.flatMap((piece) => piece?.days ?? []).map(({ day, applicationsReceived, cardsDelivered }) => ({ day, counts: [applicationsReceived, cardsDelivered] as const }))
  return { columns: columns(name, days), averages: read.length === 1 ? read[0]! : null }
}

async function certificateCounts(visit: Visit, session: Session): Promise<readonly Column[]> {
  const name = spanOf(visit)
  const read = await Promise.all(pieces(name, visit.parts.now()).map(async (span) => {
    const { data } = await session.gateway.query<{ certificatesByDay: Answered<{ days: readonly { day: string; issued: number; revoked: number }[] }> }>(certificatesDocument, { ...span })
    return isRefused(data.certificatesByDay) ? [] : data.certificatesByDay.days.map(({ day, issued, revoked }) => ({ day, counts: [issued, revoked] as const }))
  }))
  return columns(name, read.flat())
}

// ---------------------------------------------------------------- showing

export async function countsSection(visit: Visit, session: Session): Promise<Html> {
  const { words: { desk: w } } = visit
  const name = spanOf(visit)
  const [all, counts, certificates] = await Promise.all([totals(session, session.municipality), cardCounts(visit, session), certificateCounts(visit, session)])
  const say = (found: Averages): string | false => !isRefused(found) && w.average(String(found.applicationsReceived.perDay ?? '—'), String(found.cardsDelivered.perDay ?? '—'), found.applicationsReceived.days)
  return html`<section aria-labelledby="counts"><h2 id="counts">${w.counts}</h2>
${all !== null && terms(visit, (Object.keys(w.totals) as (keyof Totals)[]).map((total) => [w.totals[total], String(all[total])] as const))}
<nav aria-label="${w.span}"><ul class="choices">${spans.map((span) => html`<li><a href="/pages/office?span=${span}#counts"${span === name ? html` aria-current="true"` : ''}>${w.spans[span]}</a></li>`)}</ul></nav>
${plotted(visit, 'counts', titleOf(visit, 'daily'), [w.applications, w.delivered], counts.columns)}
${counts.averages !== null && terms(visit, [[w.conventions.calendar, say(counts.averages.calendar)], [w.conventions.weekdays, say(counts.averages.weekdays)]])}
${plotted(visit, 'certificates', titleOf(visit, 'dailyCertificates'), [w.issued, w.lapsed], certificates)}</section>`
}

const titleOf = (visit: Visit, which: 'daily' | 'dailyCertificates'): string => visit.words.desk[which](visit.words.desk.spans[spanOf(visit)], spanOf(visit) === '30d')
const timeIn = ({ lang }: Visit, { at }: Column): string => (at.length === 10 ? dayIn(lang, at) : monthIn(lang, at))

function plotted(visit: Visit, name: string, title: string, series: readonly [string, string], found: readonly Column[]): Html {
  const { desk: w } = visit.words
  return html`<h3>${title}</h3>
<div class="beside"><img src="/pages/office/${name}.svg?span=${spanOf(visit)}" width="760" height="240" alt="${w.plot(title)}">
<div class="tall">${table(visit, title, [spanOf(visit) === '30d' ? w.day : w.month, ...series], found.toReversed().map((column) => [timeIn(visit, column), ...column.counts]))}</div></div>
<p><a href="/pages/office/${name}.csv?span=${spanOf(visit)}">${w.csv}</a></p>`
}

const svg = (body: Html): Reply => ({ status: 200, type: 'image/svg+xml', body: body.text })
const csv = (visit: Visit, name: string, heads: string, found: readonly Column[]): Reply =>
  ({ status: 200, type: 'text/csv; charset=utf-8', body: `${spanOf(visit) === '30d' ? 'day' : 'month'},${heads}\r\n${found.map(({ at, counts }) => `${at},${counts.join(',')}\r\n`).join('')}`, download: `${name}-${spanOf(visit)}.csv` })

export const countsPlot: Page = forOfficer(async (visit, session) => {
  const { desk: w } = visit.words
  return svg(bars((await cardCounts(visit, session)).columns, { title: titleOf(visit, 'daily'), series: [w.applications, w.delivered] }))
})
export const countsCsv: Page = forOfficer(async (visit, session) => csv(visit, 'counts', 'applications_received,cards_delivered', (await cardCounts(visit, session)).columns))
export const certificatesPlot: Page = forOfficer(async (visit, session) => {
  const { desk: w } = visit.words
  return svg(bars(await certificateCounts(visit, session), { title: titleOf(visit, 'dailyCertificates'), series: [w.issued, w.lapsed] }))
})
export const certificatesCsv: Page = forOfficer(async (visit, session) => csv(visit, 'certificates', 'certificates_issued,certificates_lapsed', await certificateCounts(visit, session)))

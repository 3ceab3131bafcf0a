/**
 * A plot of the load as SVG: a line for each series, a tick for each year, and the same numbers in its text for those who
 * cannot see it.
 */
import { addDays, daysBetween, fromParts, partsOf, type LegalDate } from '../../core/law/time.ts'

export interface Series { readonly name: string; readonly colour: string; readonly values: Float64Array }

const [width, height, left, top, bottom, gap] = [1200, 260, 90, 40, 30, 50]

/** One panel under the other. */
export function plot(title: string, from: LegalDate, panels: readonly Series[]): string {
  const total = top + panels.length * (height + gap)
  const body = panels.map((series, i) => panel(series, from, top + i * (height + gap))).join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" font-family="sans-serif" font-size="13" role="img">
<title>${escape(title)}</title>
<desc>${escape(panels.map((s) => `${s.name}: at most ${round(peak(s.values).value)} on ${addDays(from, peak(s.values).at)}`).join('; '))}</desc>
<rect width="${width}" height="${total}" fill="#fff"/>
<text x="${left}" y="22" font-size="16">${escape(title)}</text>
${body}
</svg>
`
}

export function peak(values: Float64Array): { readonly at: number; readonly value: number } {
  let at = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[at]!) at = i
  return { at, value: values[at] ?? 0 }
}

function panel({ name, colour, values }: Series, from: LegalDate, y: number): string {
  const most = peak(values).value || 1
  const [w, h] = [width - left - 20, height - bottom]
  const x = (i: number): number => left + (i / (values.length - 1)) * w
  const points = Array.from(values, (v, i) => `${x(i).toFixed(1)},${(y + h - (v / most) * (h - 20)).toFixed(1)}`).join(' ')
  const years: string[] = []
  for (let year = partsOf(from).year + 1, i = daysBetween(from, fromParts(year, 1, 1)); i < values.length; year++, i = daysBetween(from, fromParts(year, 1, 1))) {
    years.push(`<path d="M${x(i).toFixed(1)} ${y}V${y + h}" stroke="#ddd"/><text x="${x(i).toFixed(1)}" y="${y + h + 18}" text-anchor="middle">${year}</text>`)
  }
  return `<g>${years.join('')}<path d="M${left} ${y}V${y + h}H${left + w}" fill="none" stroke="#333"/>
<text x="${left + 6}" y="${y + 12}">${escape(name)}</text><text x="${left - 6}" y="${y + 24}" text-anchor="end">${round(most)}</text><text x="${left - 6}" y="${y + h}" text-anchor="end">0</text>
<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1"/></g>`
}

export const round = (n: number): string => Math.round(n).toLocaleString('en')
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

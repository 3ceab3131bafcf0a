/** Drawings without a script: bars over time, and how full something is. Colour is never the only difference. */
import { html, type Html } from './html.ts'

/** Two counts of one day (YYYY-MM-DD) or month (YYYY-MM). */
export interface Column { readonly at: string; readonly counts: readonly [number, number] }
export interface PlotWords { readonly title: string; readonly series: readonly [string, string] }

const [width, height, left, bottom, top] = [760, 240, 44, 28, 34]

/** Two bars each: the first filled, the second outlined. An SVG of its own. */
export function bars(columns: readonly Column[], { title, series: [first, second] }: PlotWords): Html {
  const most = Math.max(1, ...columns.flatMap((d) => d.counts))
  const step = (width - left - 16) / Math.max(1, columns.length)
  /** About twelve words below the line. */
  const every = Math.max(1, Math.ceil(columns.length / 12))
  const tall = (n: number): number => Math.round(((height - bottom - top) * n) / most)
  const bar = (n: number, x: number, kind: Html): Html | false => n > 0 && html`<rect x="${x.toFixed(1)}" y="${height - bottom - tall(n)}" width="${(step * 0.38).toFixed(1)}" height="${tall(n)}" ${kind}/>`
  const filled = html`fill="#0017c1"`
  const outlined = html`fill="#ffffff" stroke="#ac3e00" stroke-width="2"`
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="sans-serif" font-size="13"><title>${title}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
<rect x="${left}" y="8" width="12" height="12" ${filled}/><text x="${left + 18}" y="19">${first}</text><rect x="${left + 180}" y="8" width="12" height="12" ${outlined}/><text x="${left + 198}" y="19">${second}</text>
<line x1="${left}" y1="${height - bottom}" x2="${width - 16}" y2="${height - bottom}" stroke="#333333"/><line x1="${left}" y1="${top}" x2="${left}" y2="${height - bottom}" stroke="#333333"/>
<text x="${left - 6}" y="${height - bottom}" text-anchor="end">0</text><text x="${left - 6}" y="${top + 6}" text-anchor="end">${most}</text>
${columns.map(({ at, counts: [a, b] }, i) => html`${bar(a, left + i * step + step * 0.08, filled)}${bar(b, left + i * step + step * 0.52, outlined)}${i % every === 0 && html`<text x="${(left + (i + 0.5) * step).toFixed(1)}" y="${height - 8}" text-anchor="middle">${at.length === 10 ? at.slice(5) : at}</text>`}`)}
</svg>`
}

/** How much of a space is spoken for, and how much more would be: drawn and said. */
export const meter = (used: number, all: number, label: string): Html => html`<meter min="0" max="${all}" value="${used}" aria-label="${label}"></meter>`

/** Bars, as SVG: the server's own share dark, the database's light. */
export interface Bar { readonly label: string; readonly own: number; readonly all: number }

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

export function bars(title: string, note: string, list: readonly Bar[]): string {
  const [left, width, step] = [260, 560, 26]
  const most = Math.max(...list.map(({ all }) => all))
  const height = 80 + list.length * step
  const rows = list.map(({ label, own, all }, n) => {
    const y = 50 + n * step
    const x = (value: number): string => ((value / most) * width).toFixed(1)
    return `<text x="${left - 8}" y="${y + 14}" text-anchor="end">${escaped(label)}</text><rect x="${left}" y="${y}" width="${x(all)}" height="18" fill="#9db7d5"/><rect x="${left}" y="${y}" width="${x(own)}" height="18" fill="#0031a0"/><text x="${left + Number(x(all)) + 6}" y="${y + 14}">${own.toFixed(0)} / ${all.toFixed(0)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + 120}" height="${height}" font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/><text x="12" y="24" font-size="16">${escaped(title)}</text>${rows.join('')}<text x="12" y="${height - 10}" font-size="11">${escaped(note)}</text></svg>\n`
}

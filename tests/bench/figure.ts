/**
 * Measuring: many runs, of which the best tenth counts, since whatever else the machine does only ever adds. Printed
 * beside the limit. Figures are of this machine and this moment.
 */
export interface Figure { readonly name: string; readonly value: number; readonly unit: string; readonly limit?: number; readonly atLeast?: number }

/** Milliseconds of one call at the tenth percentile, after a warm-up. */
export async function measure(runs: number, run: (i: number) => unknown): Promise<number> {
  for (let i = 0; i < Math.min(runs, 50); i++) await run(i)
  const times: number[] = []
  for (let i = 0; i < runs; i++) {
    const started = performance.now()
    await run(i)
    times.push(performance.now() - started)
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 10)]!
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`

/** Prints a line per figure and returns how many missed their limit. */
export function print(title: string, figures: readonly Figure[]): number {
  console.log(`\n${title}`)
  let missed = 0
  for (const { name, value, unit, limit, atLeast } of figures) {
    const holds = (limit === undefined || value <= limit) && (atLeast === undefined || value >= atLeast)
    const bound = limit !== undefined ? `limit ${limit}` : atLeast !== undefined ? `at least ${atLeast}` : 'no limit'
    const off = holds ? '' : limit !== undefined && value > limit ? `, missed by ${percent(value / limit - 1)}` : `, missed by ${percent(1 - value / atLeast!)}`
    console.log(`  ${holds ? 'ok  ' : 'MISS'} ${name.padEnd(64)} ${(value >= 100 ? value.toFixed(0) : value.toFixed(3)).padStart(10)} ${unit.padEnd(6)} ${bound}${off}`)
    if (!holds) missed++
  }
  return missed
}

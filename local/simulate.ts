/**
 * `npm run simulate`: the expiry and renewal load of a hundred million synthetic cards over ten years, day by day; prints
 * the peak days and the rates they imply, and writes a plot.
 *
 *   --cards N (100000000)   --seed N (1)   --out FILE (simulation.svg)
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { addDays, weekday } from '../core/law/time.ts'
import { dayCount, loadOf, renewed, span } from './simulate/load.ts'
import { peak, plot, round } from './simulate/plot.ts'
import { draw } from './simulate/population.ts'

const { values } = parseArgs({ options: { cards: { type: 'string', default: '100000000' }, seed: { type: 'string', default: '1' }, out: { type: 'string', default: 'simulation.svg' } } })
const cards = Number(values.cards)
const seed = Number(values.seed)
if (!Number.isSafeInteger(cards) || cards < 1 || cards > 2_000_000_000 || !Number.isSafeInteger(seed)) {
  console.error('simulate: --cards is a whole number from 1 to 2,000,000,000, --seed a whole number')
  process.exit(2)
}

const began = Date.now()
const load = loadOf(draw(cards, seed))

/** Seconds of a day at the counters (8:30–17:15), and those in which a night's ends should be done. */
const counters = 8.75 * 3600
const night = 3600
/** 市区町村 with a list of their own, and the share of all residents in the largest. */
const shards = 1_741
const largest = 0.03
/** SEQUENCE 2, INTEGER 2 + 20, UTCTime 2 + 13, extensions 2 + 2 + 5 + 5. */
const entryOctets = 53

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const day = (i: number): string => `${addDays(span.from, i)} ${weekdays[weekday(addDays(span.from, i))]}`
const line = (name: string, value: string): void => console.log(`${name.padEnd(58)} ${value}`)
const average = (of: Float64Array): number => of.reduce((sum, v) => sum + v, 0) / dayCount

console.log(`${round(cards)} cards, ${span.from} to ${span.to}; ${renewed.certificates * 100} % renew their certificates in time, ${renewed.cards * 100} % their card\n`)
const series = [
  ['persons whose certificates end', load.certificateEnds], ['cards that end', load.cardEnds], ['certificates issued for renewals', load.issued],
  ['certificates revoked as superseded', load.revoked], ['persons and cards ended by the sweep', load.swept], ['entries on all lists', load.listed],
] as const
for (const [name, of] of series) {
  const days = Array.from(of, (v, i) => ({ v, i })).toSorted((a, b) => b.v - a.v).slice(0, 3)
  line(`${name}, the average day`, round(average(of)))
  for (const { v, i } of days) line(`  peak ${day(i)}`, round(v))
}

const [issued, revoked, swept, listed] = [peak(load.issued), peak(load.revoked), peak(load.swept), peak(load.listed)]
console.log('\nRates that the peak days imply')
line('issuance, per second of the counters’ day', (issued.value / counters).toFixed(1))
line('signatures of each CA key, per second', (issued.value / 2 / counters).toFixed(1))
line('revocation, per second of the counters’ day', (revoked.value / counters).toFixed(1))
line('ends carried out by the sweep, per second of one hour', (swept.value / night).toFixed(1))
line('entries of an average list (of both authorities’ lists)', round(listed.value / shards / 2))
line('octets of the largest municipality’s list', round((listed.value / 2) * largest * entryOctets))
line('lists to be made anew on the peak day, at least', round(Math.min(shards * 2, revoked.value)))

writeFileSync(values.out, plot(`${round(cards)} cards: load per day, ${span.from} to ${span.to}`, span.from, series.map(([name, of], i) => ({ name, values: of, colour: ['#1f6feb', '#8250df', '#1a7f37', '#cf222e', '#9a6700', '#57606a'][i]! }))))
console.log(`\nplot: ${values.out}   ${((Date.now() - began) / 1000).toFixed(1)} s`)

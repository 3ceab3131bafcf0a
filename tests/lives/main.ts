/**
 * More random lives than the unit suite has time for: `npm run test:lives -- 2000 7` lives 2000 with seed 7, in portions, and
 * prints what came of them.
 */
import { isDeepStrictEqual } from 'node:util'
import { broken, live, livesOf } from '../db/lives.ts'

const [lives = 1_000, seed = 1] = process.argv.slice(2).map(Number)
const portion = 100
const began = Date.now()
const ends: Record<string, number> = {}
let [lived, acts, faults] = [0, 0, 0]
for (let n = 0; lived < lives; n++) {
  const some = livesOf(seed * 1_000 + n, Math.min(portion, lives - lived))
  const [daily, once] = [await live(some, true), await live(some, false)]
  for (const [i, told] of daily.entries()) {
    const wrong = [...broken(told), ...(isDeepStrictEqual(told, once[i]) ? [] : ['swept daily and once differ'])]
    if (wrong.length > 0) console.error(`portion ${seed * 1_000 + n}, life ${i}: ${wrong.join(', ')}`)
    faults += wrong.length
    acts += told.answers.length
    for (const { end } of told.cards) ends[end?.ground ?? 'none'] = (ends[end?.ground ?? 'none'] ?? 0) + 1
  }
  lived += some.length
  console.log(`${lived} lives, ${acts} acts, ${faults} faults, ${Math.round((Date.now() - began) / 1_000)} s; cards ended by ${Object.entries(ends).sort(([, a], [, b]) => b - a).map(([ground, count]) => `${ground} ${count}`).join(', ')}`)
}
process.exit(faults > 0 ? 1 : 0)

/**
 * `npm run test:authz`: the matrix of who may see what, cell by cell; then random requests across tenants, with the checks of
 * the application and without them. `-- --requests 100000` for the whole; `--seed` to make a run again.
 *
 * It is red and not among the suites of .ci/run: decided.ts is a draft from what was seen, nobody has read it line by line
 * yet, and newer fields stand in it nowhere (printed as `undecided`). What it prints is a list to look into, no proof.
 */
import { parseArgs } from 'node:util'
import { toSchema } from '../../schema/index.ts'
import { cross } from './cross.ts'
import { settle } from './land.ts'
import { prove, undecided } from './matrix.ts'

const { values } = parseArgs({ options: { requests: { type: 'string', default: '2000' }, seed: { type: 'string', default: '20261125' }, database: { type: 'string' } } })
const [requests, seed] = [Number(values.requests), Number(values.seed)]
const schema = toSchema()
const missing = undecided(schema)
for (const line of missing) console.log(`undecided: ${line}`)

const proven = await settle()
const report = await prove(schema, proven)
await proven.close()
for (const line of [...report.leaks, ...report.wrong]) console.log(line)
console.log(`cells decided ${report.decided}, proven ${report.proven}, leaks ${report.leaks.length}${report.unseen > 0 ? `; ${report.unseen} cells of the entitled hold nothing in this land` : ''}${report.wrong.length > 0 ? `; ${report.wrong.length} otherwise than decided` : ''}`)

let leaks = report.leaks.length
const land = await settle(values.database ?? null)
for (const applicationChecks of [true, false]) {
  const crossed = await cross(schema, land, { requests, seed, applicationChecks, atOnce: values.database === undefined ? 1 : 6 })
  for (const line of crossed.leaks.slice(0, 20)) console.log(line)
  console.log(`${crossed.asked} requests across tenants, ${applicationChecks ? 'as the gateway is' : 'application checks off, row-level security alone'}: ${crossed.answered} answered, leaks ${crossed.leaks.length} (seed ${seed}, ${Math.round(crossed.milliseconds / 1_000)} s)`)
  leaks += crossed.leaks.length
}
await land.close()
process.exit(missing.length + leaks + report.wrong.length === 0 ? 0 : 1)

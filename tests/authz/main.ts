/**
 * `npm run test:authz`: who may see what. The decisions (decisions/, by noun, each reviewed) are held against the real door,
 * cell by cell; then random requests across tenants, with the checks of the application and without them; then leaks that are
 * planted must be found. `-- --requests 100000` for the whole, `--seed` to make a run again, `--verbose` for what this land
 * holds nothing of. With DATABASE_URL the cost of the walls is measured there.
 */
import { parseArgs } from 'node:util'
import { toSchema } from '../../schema/index.ts'
import { cross } from './cross.ts'
import { roots, types } from './decisions/index.ts'
import { openDoor } from './door.ts'
import { settle } from './land.ts'
import { objectTypes, prove, undecided } from './matrix.ts'
import { planted } from './planted.ts'
import { toll, type Paid } from './toll.ts'

const { values } = parseArgs({ options: { requests: { type: 'string', default: '20000' }, seed: { type: 'string', default: '20261125' }, verbose: { type: 'boolean', default: false } } })
const [requests, seed] = [Number(values.requests), Number(values.seed)]
const begun = performance.now()
const schema = toSchema()
const seconds = (since: number): string => `${Math.round((performance.now() - since) / 1_000)} s`
const told = (lines: readonly string[], most = 40): void => lines.slice(0, most).forEach((line) => console.log(`  ${line}`))
const wrong: string[] = []

const missing = undecided(schema)
told(missing, missing.length)
const fields = objectTypes(schema).reduce((sum, type) => sum + Object.keys(type.getFields()).length, 0)
console.log(`decisions: ${types.size} types with ${fields} fields, ${roots.size} root fields; without a decision, or about nothing: ${missing.length}`)
wrong.push(...missing)

const first = await settle()
const report = await prove(schema, first, await openDoor(first))
await first.close()
told([...report.leaks, ...report.wrong, ...report.faults])
if (values.verbose) told([...report.unshown, ...report.never.map((field) => `${field}: to nobody`)], Infinity)
console.log(`cells decided ${report.cells}, proven ${report.proven}, of the entitled without anything to see in this land ${report.unshown.length}, mismatches ${report.wrong.length}, faults ${report.faults.length}, leaks ${report.leaks.length} (${seconds(begun)})`)
console.log(`fields that nobody was shown, so that only their being kept from others is proven: ${report.never.length} of ${fields} (--verbose names them)`)
console.log(`absent and another's look alike: ${report.alike} of ${report.alike + report.told.length} answers`)
told(report.told)
wrong.push(...report.leaks, ...report.wrong, ...report.faults, ...report.told)

const land = await settle()
const found = await planted(schema, land)
console.log(`planted: a guard that lets everybody pass, ${found.guard} leaks found; three tables without policies, ${found.policy} (with them again ${found.healed}); a field without a decision and two decisions about none, ${found.decision}`)
if (found.guard === 0 || found.policy === 0 || found.healed > 0 || found.decision !== 3) wrong.push('what was planted was not found')

const ask = await openDoor(land)
for (const applicationChecks of [true, false]) {
  const crossed = await cross(schema, land, ask, { requests, seed, applicationChecks })
  told([...crossed.leaks, ...crossed.faults], 20)
  console.log(`${crossed.asked} random requests across tenants, ${applicationChecks ? 'as the gateway is' : `application checks off, row-level security alone (${crossed.held} writes forbidden by it)`}: ${crossed.answered} answered with something, leaks ${crossed.leaks.length}, faults ${crossed.faults.length} (seed ${seed}, ${Math.round(crossed.milliseconds / 1_000)} s)`)
  wrong.push(...crossed.leaks, ...crossed.faults)
}
await land.close()

const cost = await toll()
const ratio = ({ walled, open }: Paid): string => `×${(walled / open).toFixed(2)} (${open.toFixed(2)} ms become ${walled.toFixed(2)})`
console.log(`what the session of row-level security costs a transaction, medians on ${cost.database}: a read ${ratio(cost.read)}, an act ${ratio(cost.act)}`)
console.log(`${wrong.length === 0 ? 'who may see what: as decided' : `${wrong.length} otherwise than decided`} (${seconds(begun)})`)
process.exit(wrong.length === 0 ? 0 : 1)

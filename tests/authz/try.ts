import { toSchema } from '../../schema/index.ts'
import { settle } from './land.ts'
import { cross } from './cross.ts'
const land = await settle(); const schema = toSchema()
for (const applicationChecks of [true, false]) {
  const r = await cross(schema, land, { requests: Number(process.argv[2] ?? 1000), seed: 7, applicationChecks })
  console.log(applicationChecks, r.asked, r.answered, r.leaks.length, r.milliseconds, [...new Set(r.leaks.map(l => l.replace(/ \(.*/, '')))].slice(0, 25))
}
process.exit(0)

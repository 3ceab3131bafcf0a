/** What a stage consists of, from its synthesis; and the place in stacks/README.md where that stands. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Registered } from './synth/mocks.ts'
import type { Synthesis } from './synth/run.ts'
import { root, type Stage } from './synthesise.ts'

const readme = join(root, 'stacks/README.md')
const block = (stage: Stage): RegExp => new RegExp(`(<!-- stacks:list ${stage} -->\\n\`\`\`\\n)([^]*?)(\\n\`\`\`\\n<!-- end -->)`)

/** What the README says of a stage; null where it says nothing. */
export const listed = (stage: Stage): string | null => block(stage).exec(readFileSync(readme, 'utf8'))?.[2] ?? null
export function writeListing(stage: Stage, text: string): void {
  const before = readFileSync(readme, 'utf8')
  if (!block(stage).test(before)) throw new Error(`stacks/README.md has no place for ${stage}`)
  writeFileSync(readme, before.replace(block(stage), (_, from: string, _old: string, to: string) => `${from}${text}${to}`))
}

/** Room by room, one resource a line. */
export function listing(stage: Stage, { app, resources }: Synthesis): string {
  const lines: string[] = []
  const own = resources.filter((r) => r.custom && !/^(pulumi:|sst:|random:)/.test(r.type))
  lines.push(`${app.name}, stage ${stage}: ${own.length} resources, removal ${app.removal}${app.protect === true ? ', protected' : ''}`, '')
  const rooms = Map.groupBy(own.toSorted((a, b) => a.type.localeCompare(b.type) || a.name.localeCompare(b.name)), (r) => roomOf(r))
  for (const [room, list] of [...rooms].toSorted(([a], [b]) => a.localeCompare(b))) {
    lines.push(room)
    for (const r of list) lines.push(`  ${kindOf(r).padEnd(28)} ${nameOf(r)}${facts(r)}`)
    lines.push('')
  }
  lines.push(Object.entries(Object.groupBy(own, serviceOf)).map(([service, list]) => `${service} ${list!.length}`).toSorted().join(' · '))
  return lines.map((line) => line.trimEnd()).join('\n')
}

const serviceOf = (r: Registered): string => (r.type.startsWith('neon:') ? 'neon' : r.type.split(':')[1]!.split('/')[0]!)
const kindOf = (r: Registered): string => `${serviceOf(r)} ${r.type.split(':').at(-1)}`
const nameOf = (r: Registered): string => {
  const name = r.inputs['name'] ?? r.inputs['bucket'] ?? r.inputs['routeKey'] ?? r.inputs['dashboardName']
  // SST puts eight random letters behind some names.
  return typeof name === 'string' && /^(mynagate|alias|\/|[A-Z]+ \/)/.test(name) ? name.replace(/(?<=Authorizer|-Counter|-Status)-[a-z]{8}$/, '') : r.name
}

function roomOf(r: Registered): string {
  const service = r.type.split(':')[1]!.split('/')[0]!
  if (r.type.startsWith('neon:')) return 'archive'
  if (service === 'kms') return 'keys'
  if (['cloudwatch', 'sns', 'cloudtrail', 'codedeploy'].includes(service) || r.type.includes('healthCheck') || r.name === 'Trail') return 'watch'
  if (['cloudfront', 'wafv2', 'route53', 's3'].includes(service)) return r.type.includes('bucketObject') ? 'doors' : 'edge'
  if (['apigatewayv2'].includes(service)) return 'gateway'
  if (['sqs', 'scheduler'].includes(service) || /Schedule$|EventSource/.test(r.name)) return 'bell and schedules'
  return 'doors'
}

function facts(r: Registered): string {
  const { inputs } = r
  const said = [
    r.type.endsWith(':Function') ? `${inputs['runtime']} ${inputs['architectures']}, ${inputs['memorySize']} MB, ${inputs['timeout']} s${inputs['reservedConcurrentExecutions'] === undefined ? '' : `, at most ${inputs['reservedConcurrentExecutions']} at once`}` : null,
    r.type.endsWith(':Key') ? `${inputs['customerMasterKeySpec']}${inputs['multiRegion'] === true ? ', several Regions' : ''}` : null,
    r.type.endsWith(':Schedule') ? inputs['scheduleExpression'] : null,
    r.type.endsWith(':LogGroup') ? `kept ${inputs['retentionInDays']} days` : null,
    r.type.endsWith(':MetricAlarm') ? inputs['alarmDescription'] : null,
    r.protect ? 'protected' : null,
  ].filter((fact) => typeof fact === 'string')
  return said.length === 0 ? '' : `  (${said.join('; ')})`
}

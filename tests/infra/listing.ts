/** What a stage consists of, from its synthesis: in short and in full, and where each stands. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Registered } from './synth/mocks.ts'
import type { Synthesis } from './synth/run.ts'
import { root, type Stage } from './synthesise.ts'

/** Where a listing stands: in short beside how it deploys, in full beside the stacks. */
export const places: Readonly<Record<string, (stage: Stage, site: Synthesis) => string>> = { 'README.md': summary, 'stacks/README.md': listing }
const block = (stage: Stage): RegExp => new RegExp(`(<!-- stacks:list ${stage} -->\\n\`\`\`\\n)([^]*?)(\\n\`\`\`\\n<!-- end -->)`)

/** What a file says of a stage; null where it says nothing. */
export const listed = (file: string, stage: Stage): string | null => block(stage).exec(readFileSync(join(root, file), 'utf8'))?.[2] ?? null
export function writeListing(file: string, stage: Stage, text: string): void {
  const before = readFileSync(join(root, file), 'utf8')
  if (!block(stage).test(before)) throw new Error(`${file} has no place for ${stage}`)
  writeFileSync(join(root, file), before.replace(block(stage), (_, from: string, _old: string, to: string) => `${from}${text}${to}`))
}

const ownOf = ({ resources }: Synthesis): Registered[] => resources.filter((r) => r.custom && !/^(pulumi:|sst:|random:)/.test(r.type))
const headOf = (stage: Stage, { app }: Synthesis, count: number): string => `${app.name}, stage ${stage}: ${count} resources, removal ${app.removal}${app.protect === true ? ', protected' : ''}`

/** Counts by kind, then by name what one looks for: doors, keys, buckets, queues, schedules, addresses. */
export function summary(stage: Stage, site: Synthesis): string {
  const own = ownOf(site)
  const byService = Object.entries(Object.groupBy(own, serviceOf)).toSorted(([a], [b]) => a.localeCompare(b)).map(([service, list]) => {
    const kinds = Object.entries(Object.groupBy(list!, (r) => r.type.split(':').at(-1)!)).toSorted(([a, x], [b, y]) => y!.length - x!.length || a.localeCompare(b))
    return `  ${service.padEnd(15)} ${String(list!.length).padStart(3)}  ${kinds.map(([kind, of]) => (of!.length === 1 ? kind : `${kind} ×${of!.length}`)).join(', ')}`
  })
  const names = (what: string, fits: RegExp, name: (r: Registered) => string): string[] => {
    const found = own.filter((r) => fits.test(r.type)).map(name).toSorted()
    return found.length === 0 ? [] : [`  ${what.padEnd(15)} ${found.join(', ')}`]
  }
  const short = (r: Registered): string => nameOf(r).replace(/^mynagate-[a-z0-9-]*?(production|pr-7)-/, '').replace(/-\d{12}$/, '')
  return [
    headOf(stage, site, own.length), '', ...byService, '',
    ...names('doors', /^aws:lambda\/function:/, (r) => `${short(r)} ${r.inputs['memorySize']} MB`), ...names('keys', /^aws:kms\/key:/, (r) => `${r.inputs['tags']['mynagate:role']} ${r.inputs['customerMasterKeySpec']}`),
    ...names('buckets', /^aws:s3\/bucket:/, short), ...names('queues', /^aws:sqs\/queue:/, short), ...names('schedules', /^aws:scheduler\/schedule:/, (r) => `${short(r)} ${r.inputs['scheduleExpression']}`),
    ...names('distributions', /^aws:cloudfront\/distribution:/, (r) => `${r.name}${r.inputs['aliases'] === undefined ? '' : ` ${(r.inputs['aliases'] as string[]).join(' ')}`}`), ...names('routes', /^aws:apigatewayv2\/route:/, (r) => String(r.inputs['routeKey'])),
    ...names('alarms', /^aws:cloudwatch\/metricAlarm:/, short),
  ].join('\n')
}

/** Room by room, one resource a line. */
export function listing(stage: Stage, site: Synthesis): string {
  const own = ownOf(site)
  const lines: string[] = [headOf(stage, site, own.length), '']
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

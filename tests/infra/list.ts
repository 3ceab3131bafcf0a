/**
 * What a stage consists of, from its synthesis: `npm run stacks:list -- --stage production`. Nothing is asked of a cloud.
 */
import { parseArgs } from 'node:util'
import type { Registered } from './synth/mocks.ts'
import { stages, synthesise, type Stage } from './synthesise.ts'

const { values } = parseArgs({ options: { stage: { type: 'string', default: 'production' } } })
const stage = stages.find((s) => s === values.stage) ?? (values.stage.startsWith('pr-') ? 'pr-7' : null)
if (stage === null) {
  console.error(`--stage is one of ${stages.join(', ')}`)
  process.exit(2)
}
function print(stage: Stage): void {
  const { app, resources } = synthesise(stage)
  const own = resources.filter((r) => r.custom && !/^(pulumi:|sst:|random:)/.test(r.type))
  console.log(`${app.name}, stage ${stage}: ${own.length} resources, removal ${app.removal}${app.protect === true ? ', protected' : ''}\n`)
  const rooms = Map.groupBy(own.toSorted((a, b) => a.type.localeCompare(b.type) || a.name.localeCompare(b.name)), (r) => roomOf(r))
  for (const [room, list] of [...rooms].toSorted(([a], [b]) => a.localeCompare(b))) {
    console.log(room)
    for (const r of list) console.log(`  ${kindOf(r).padEnd(28)} ${nameOf(r)}${facts(r)}`)
    console.log()
  }
  console.log(Object.entries(Object.groupBy(own, serviceOf)).map(([service, list]) => `${service} ${list!.length}`).toSorted().join(' · '))
}

const serviceOf = (r: Registered): string => (r.type.startsWith('neon:') ? 'neon' : r.type.split(':')[1]!.split('/')[0]!)
const kindOf = (r: Registered): string => `${serviceOf(r)} ${r.type.split(':').at(-1)}`
const nameOf = (r: Registered): string => {
  const name = r.inputs['name'] ?? r.inputs['bucket'] ?? r.inputs['routeKey'] ?? r.inputs['dashboardName']
  return typeof name === 'string' && /^(mynagate|alias|\/|[A-Z]+ \/)/.test(name) ? name : r.name
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

print(stage)

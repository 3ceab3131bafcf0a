/** Queue, schedules, alarms, and the move to a new version. */
import { figures } from '../../../functions/environment/metrics.ts'
import { functions, gateways, isGuard, isProduction, named, ofType, rule, unequal, where, type Rule } from './view.ts'

/** What must wake somebody in production. */
const wanted = [
  'ListsOld', 'CertificatesWait', 'CheckpointOld', 'StatusFailed', 'DeadLetters', 'BellUnheard', 'ListsStale', 'ListsFailed', 'ListFresh', 'RespondersFailed', 'RegisterUnreachable', 'OcspFresh', 'OcspSlow', 'OcspBroken', 'CounterSlow', 'CounterBroken',
  'SignaturesUnaccounted', 'StrangerSigns', 'AccountsDisagree', 'SweepFailed', 'AuthorityAsleep', 'SweepAsleep', 'GraphqlFaults', 'OcspFaults', 'AuthorityFaults', 'SweepFaults', 'GraphqlThrottles', 'OcspThrottles', 'AuthorityThrottles', 'SweepThrottles',
]
/** Of these silence itself is bad. */
const heartbeats = ['ListsOld', 'ListsStale', 'ListFresh', 'OcspFresh', 'AuthorityAsleep', 'SweepAsleep']
const live = (arn: unknown): boolean => /:function:mynagate-[a-z0-9-]+:live$/.test(String(arn))

export const watchRules: readonly Rule[] = [
  rule('the bell: dead letters, time to work, answers per message', gateways, ({ site }) => {
    const [queue, dead] = [named(site, 'aws:sqs/queue:Queue', 'Bell'), named(site, 'aws:sqs/queue:Queue', 'DeadLetters')]
    const redrive = JSON.parse(String(queue.inputs['redrivePolicy'])) as { deadLetterTargetArn: string; maxReceiveCount: number }
    const authority = functions(site).find((fn) => fn.name === 'AuthorityFunction')!
    const source = ofType(site, 'aws:lambda/eventSourceMapping:EventSourceMapping')
    return [
      ...unequal('dead letters', redrive.deadLetterTargetArn, dead.outputs['arn']), ...(redrive.maxReceiveCount >= 3 && redrive.maxReceiveCount <= 10 ? [] : ['tries']),
      ...(queue.inputs['visibilityTimeoutSeconds'] >= 6 * authority.inputs['timeout'] ? [] : ['a message comes back while it is being worked on']),
      ...(dead.inputs['messageRetentionSeconds'] > queue.inputs['messageRetentionSeconds'] ? [] : ['dead letters go before anybody reads them']),
      ...unequal('answers', source.map((s) => s.inputs['functionResponseTypes']), [['ReportBatchItemFailures']]), ...source.filter((s) => !live(s.inputs['functionName'])).map((s) => where(s, 'not to the live version')),
    ]
  }),
  rule('schedules: the authority and the sweep, to the live version, failures to the dead letters', gateways, ({ site }) => {
    const schedules = ofType(site, 'aws:scheduler/schedule:Schedule')
    return [
      ...unequal('schedules', schedules.map((s) => s.name).filter((name) => name !== 'DispatchSchedule').toSorted(), ['AuthoritySchedule', 'SweepSchedule']),
      ...schedules.flatMap((s) => [...(live(s.inputs['target'].arn) ? [] : [where(s, 'not to the live version')]), ...unequal(where(s, 'failures'), s.inputs['target'].deadLetterConfig?.arn, named(site, 'aws:sqs/queue:Queue', 'DeadLetters').outputs['arn'])]),
      ...(schedules.every((s) => /^rate\(\d+ minutes?\)$/.test(String(s.inputs['scheduleExpression'])) && s.inputs['state'] !== 'DISABLED') ? [] : ['a schedule that does not come']),
    ]
  }),
  rule('the API reaches the live version', gateways, ({ site }) => [
    ...ofType(site, 'aws:apigatewayv2/integration:Integration').filter((i) => !live(i.inputs['integrationUri'])).map((i) => where(i, String(i.inputs['integrationUri']))),
    ...ofType(site, 'aws:apigatewayv2/integration:Integration').filter((i) => i.inputs['payloadFormatVersion'] !== '2.0').map((i) => where(i, 'payload')),
    // A right to call the function by itself is no right to call its live version.
    ...ofType(site, 'aws:lambda/permission:Permission').filter((p) => p.name.includes('Route') && p.inputs['qualifier'] !== 'live').map((p) => where(p, 'not for the live version')),
    ...unequal('aliases', ofType(site, 'aws:lambda/alias:Alias').length, functions(site).filter((fn) => !isGuard(fn)).length),
  ]),
  rule('production moves step by step and back by an alarm', gateways, (view) => {
    const groups = ofType(view.site, 'aws:codedeploy/deploymentGroup:DeploymentGroup')
    if (!isProduction(view)) return [...unequal('groups', groups.length, 0), ...ofType(view.site, 'aws:lambda/alias:Alias').filter((a) => a.ignoreChanges.length > 0).map((a) => where(a, 'would keep the first version'))]
    const alarms = new Set(ofType(view.site, 'aws:cloudwatch/metricAlarm:MetricAlarm').map((a) => String(a.inputs['name'])))
    const gradual = ofType(view.site, 'aws:lambda/alias:Alias').filter((a) => a.ignoreChanges.includes('functionVersion') && a.ignoreChanges.includes('routingConfig')).map((a) => a.name.replace('Live', '')).filter((name) => name !== 'Pages').toSorted()
    return [
      ...unequal('moved by CodeDeploy', gradual, ['Graphql', 'Ocsp']),
      ...groups.flatMap((g) => [
        ...unequal(where(g, 'steps'), g.inputs['deploymentConfigName'], 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute'), ...(g.inputs['autoRollbackConfiguration']?.enabled === true && g.inputs['autoRollbackConfiguration'].events.includes('DEPLOYMENT_STOP_ON_ALARM') ? [] : [where(g, 'does not go back')]),
        ...((g.inputs['alarmConfiguration']?.alarms ?? []) as string[]).filter((name) => !alarms.has(name)).map((name) => where(g, `no alarm named ${name}`)), ...((g.inputs['alarmConfiguration']?.alarms ?? []).length > 0 && g.inputs['alarmConfiguration'].enabled === true ? [] : [where(g, 'listens to no alarm')]),
      ]),
    ]
  }),
  rule('everything that must wake somebody does', ['production'], ({ site }) => {
    const alarms = ofType(site, 'aws:cloudwatch/metricAlarm:MetricAlarm')
    return [
      ...wanted.filter((name) => !alarms.some((a) => a.name === name)).map((name) => `no alarm ${name}`),
      ...alarms.filter((a) => ((a.inputs['alarmActions'] ?? []) as unknown[]).length === 0).map((a) => where(a, 'wakes nobody')),
      ...alarms.filter((a) => heartbeats.includes(a.name) !== (a.inputs['treatMissingData'] === 'breaching')).map((a) => where(a, 'silence')),
      ...alarms.filter((a) => String(a.inputs['alarmDescription'] ?? '').length < 10).map((a) => where(a, 'does not say what is wrong')),
      ...(ofType(site, 'aws:sns/topicSubscription:TopicSubscription').length >= 2 ? [] : ['nobody is subscribed']),
    ]
  }),
  rule('alarms look at what exists', gateways, ({ site }) => {
    const names = new Set([...functions(site).map((fn) => String(fn.inputs['name'])), ...ofType(site, 'aws:sqs/queue:Queue').map((q) => String(q.inputs['name'])), ...ofType(site, 'aws:s3/bucket:Bucket').map((b) => String(b.outputs['bucket'])), ...ofType(site, 'aws:apigatewayv2/api:Api').map((a) => a.urn), 'lists'])
    const apis = new Set(ofType(site, 'aws:apigatewayv2/stage:Stage').map((s) => String(s.inputs['apiId'])))
    const checks = new Set(ofType(site, 'aws:route53/healthCheck:HealthCheck').map((c) => `${c.name}-id`))
    const filters = new Set([...Object.values(figures).flat().map(({ name }) => `Mynagate/production ${name}`), ...ofType(site, 'aws:cloudwatch/logMetricFilter:LogMetricFilter').map((f) => `${String(f.inputs['metricTransformation'].namespace)} ${String(f.inputs['metricTransformation'].name)}`)])
    return ofType(site, 'aws:cloudwatch/metricAlarm:MetricAlarm').flatMap((a) => {
      const own = String(a.inputs['namespace'] ?? '').startsWith('Mynagate/') ? [`${String(a.inputs['namespace'])} ${String(a.inputs['metricName'])}`] : ((a.inputs['metricQueries'] ?? []) as { metric?: { namespace: string; metricName: string } }[]).flatMap((q) => (q.metric === undefined ? [] : [`${q.metric.namespace} ${q.metric.metricName}`]))
      return [...own.filter((m) => !filters.has(m)).map((m) => where(a, `nothing counts ${m}`)), ...Object.values((a.inputs['dimensions'] ?? {}) as Record<string, string>).filter((d) => !names.has(d) && !apis.has(d) && !checks.has(d)).map((d) => where(a, `looks at ${d}`))]
    })
  }),
  rule('key use is on record, and touching a key wakes somebody', ['production'], ({ site }) => {
    const trail = named(site, 'aws:cloudtrail/trail:Trail', 'Trail').inputs
    const watched = (JSON.parse(String(named(site, 'aws:cloudwatch/eventRule:EventRule', 'KeysTouched').inputs['eventPattern'])) as { detail: { eventName: string[] } }).detail.eventName
    return [
      ...unequal('trail', [trail['enableLogFileValidation'], trail['eventSelectors']?.[0]?.readWriteType, trail['eventSelectors']?.[0]?.excludeManagementEventSources ?? null], [true, 'All', null]),
      ...['ScheduleKeyDeletion', 'DisableKey', 'PutKeyPolicy', 'CreateGrant', 'UpdateAlias'].filter((e) => !watched.includes(e)).map((e) => `${e} wakes nobody`),
      ...unequal('to', ofType(site, 'aws:cloudwatch/eventTarget:EventTarget').map((t) => t.inputs['arn']), [named(site, 'aws:sns/topic:Topic', 'Alarms').outputs['arn']]),
    ]
  }),
  rule('one page shows the doors', ['production'], ({ site }) => (JSON.parse(String(named(site, 'aws:cloudwatch/dashboard:Dashboard', 'Dashboard').inputs['dashboardBody'])) as { widgets: { properties: { metrics: unknown[][] } }[] }).widgets.filter((w) => w.properties.metrics.length === 0 || JSON.stringify(w).includes('[]')).map(() => 'an empty widget')),
]

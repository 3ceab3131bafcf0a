/**
 * What is looked at, and who is woken. Production: every alarm, the trail of key use, the dashboard, and the step-by-step
 * move of the doors on the internet with its way back. A preview has dead letters and nothing to wake anybody with.
 */
import type { Back, Bell } from './authority.ts'
import type { OpenDoor } from './door.ts'
import type { Store } from './buckets.ts'
import type { Counter, Responder } from './gateway.ts'
import { signatureAccounts } from './watch-keys.ts'
import { rolePath, type Site } from './site.ts'

export interface Watched { readonly queue: Bell; readonly bucket: Store; readonly counter: Counter; readonly responder: Responder; readonly back: Back }
export interface Alarm {
  readonly what: string
  readonly metric?: { readonly namespace: string; readonly name: string; readonly dimensions?: Readonly<Record<string, $util.Input<string>>> }
  readonly queries?: aws.cloudwatch.MetricAlarmArgs['metricQueries']
  readonly over?: number
  readonly under?: number
  readonly statistic?: string
  /** Seconds of one look, and how many looks in a row. */
  readonly period: number
  readonly looks?: number
  /** Silence: no sign of life is bad (`breaching`), or nothing happened and that is good. */
  readonly silence: 'breaching' | 'notBreaching'
}
export type Raise = (name: string, alarm: Alarm) => aws.cloudwatch.MetricAlarm

const minute = 60
const hour = 3_600

export function watch(site: Site, watched: Watched): void {
  const { queue, bucket, counter, responder, back } = watched
  const doors = [counter.graphql, counter.pages, responder.ocsp, back.authority, back.sweep, back.dispatch].filter((door) => door !== null)
  if (site.kind !== 'production') {
    raiseTo(site, null)('DeadLetters', deadLetters(queue))
    return
  }
  const topic = wake(site)
  const raise = raiseTo(site, topic)

  raise('DeadLetters', deadLetters(queue))
  raise('BellUnheard', { what: 'a message waits longer than ten minutes', metric: { namespace: 'AWS/SQS', name: 'ApproximateAgeOfOldestMessage', dimensions: { QueueName: queue.queue.name } }, statistic: 'Maximum', over: 600, period: minute, looks: 3, silence: 'notBreaching' })
  for (const door of doors) raise(`${pascal(door.door)}Faults`, { what: `the door ${door.door} fails`, metric: lambda(door, 'Errors'), over: door.gradual ? 5 : 0, period: minute, looks: door.gradual ? 3 : 5, silence: 'notBreaching' })
  for (const door of doors) raise(`${pascal(door.door)}Throttles`, { what: `the door ${door.door} is knocked at by more than it may serve`, metric: lambda(door, 'Throttles'), over: 0, period: minute, looks: 3, silence: 'notBreaching' })
  for (const door of [back.authority, back.sweep]) raise(`${pascal(door.door)}Asleep`, { what: `the door ${door.door} was not woken by its schedule`, metric: lambda(door, 'Invocations'), under: 1, period: 15 * minute, silence: 'breaching' })
  raise('CounterSlow', { what: 'one answer in a hundred of the counter takes longer than a second', metric: lambda(counter.graphql, 'Duration'), statistic: 'p99', over: 1_000, period: minute, looks: 10, silence: 'notBreaching' })
  raise('OcspSlow', { what: 'one answer in a hundred of the responder takes longer than 200 ms', metric: lambda(responder.ocsp, 'Duration'), statistic: 'p99', over: 200, period: minute, looks: 10, silence: 'notBreaching' })
  raise('CounterBroken', { what: 'the counter answers 5xx', metric: { namespace: 'AWS/ApiGateway', name: '5xx', dimensions: { ApiId: counter.api.nodes.api.id } }, over: 10, period: minute, looks: 3, silence: 'notBreaching' })
  raise('OcspBroken', { what: 'the responder answers 5xx', metric: { namespace: 'AWS/ApiGateway', name: '5xx', dimensions: { ApiId: responder.api.nodes.api.id } }, over: 10, period: minute, looks: 3, silence: 'notBreaching' })

  // Freshness. Inside: what failed, and a day without any new list (a list lives 48 hours). Outside: the two answers themselves.
  raise('ListsStale', { what: 'no list was published for a day', metric: { namespace: 'AWS/S3', name: 'PutRequests', dimensions: { BucketName: bucket.bucket.bucket, FilterId: 'lists' } }, under: 1, period: 24 * hour, silence: 'breaching' })
  raise('ListsFailed', { what: 'a list could not be published', metric: logged(site, back.authority, 'ListsFailed', '{ ($.event = "lists.failed") || ($.event = "crl.failed") }'), over: 0, period: 5 * minute, looks: 2, silence: 'notBreaching' })
  raise('RespondersFailed', { what: 'a responder could not be renewed; the present one ends within a day', metric: logged(site, back.authority, 'RespondersFailed', '{ $.event = "responders.failed" }'), over: 0, period: 5 * minute, looks: 2, silence: 'notBreaching' })
  raise('RegisterUnreachable', { what: 'the responder answers from what it kept', metric: logged(site, responder.ocsp, 'RegisterUnreachable', '{ ($.event = "ocsp.register-unreachable") || ($.event = "ocsp.fault") }'), over: 0, period: minute, looks: 5, silence: 'notBreaching' })
  const told = (name: string) => ({ namespace: `Mynagate/${site.stage}`, name })
  raise('ListsOld', { what: 'the oldest list has less than half a day left of its 48 hours', metric: told('ListAge'), statistic: 'Maximum', over: 36 * hour, period: 5 * minute, looks: 3, silence: 'breaching' })
  raise('CertificatesWait', { what: 'more than a hundred certificates are notified and not issued', metric: told('Waiting'), statistic: 'Maximum', over: 100, period: 5 * minute, looks: 3, silence: 'notBreaching' })
  raise('CheckpointOld', { what: 'the head of the log was not signed for a day', metric: told('CheckpointAge'), statistic: 'Maximum', over: 24 * hour, period: 5 * minute, looks: 3, silence: 'notBreaching' })
  raise('StatusFailed', { what: 'the public status could not be written', metric: logged(site, back.sweep, 'StatusFailed', '{ $.event = "health.failed" }'), over: 0, period: 5 * minute, looks: 2, silence: 'notBreaching' })
  fromOutside(site)

  signatureAccounts(site, topic, raise, (name, pattern) => logged(site, back.authority, name, pattern))
  raise('AccountsDisagree', { what: 'the daily reckoning of signatures asked for and kept does not agree', metric: logged(site, back.sweep, 'AccountsDisagree', '{ $.event = "account.disagrees" }'), over: 0, period: 5 * minute, silence: 'notBreaching' })
  raise('SweepFailed', { what: 'deadlines, the order of the log or its checkpoint could not be done', metric: logged(site, back.sweep, 'SweepFailed', '{ $.level = "error" }'), over: 0, period: 5 * minute, looks: 3, silence: 'notBreaching' })
  for (const door of doors.filter((d) => d.gradual)) gradually(site, door)
  dashboard(site, doors, watched)
}

const deadLetters = ({ deadLetters: queue }: Bell): Alarm => ({ what: 'something could not be done five times', metric: { namespace: 'AWS/SQS', name: 'ApproximateNumberOfMessagesVisible', dimensions: { QueueName: queue.name } }, statistic: 'Maximum', over: 0, period: minute, silence: 'notBreaching' })
const lambda = (door: OpenDoor, name: string) => ({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName: door.name } })
const pascal = (name: string): string => name.replace(/(?:^|-)([a-z])/g, (_, c: string) => c.toUpperCase())

function logged(site: Site, door: OpenDoor, name: string, pattern: string) {
  const namespace = `Mynagate/${site.stage}`
  new aws.cloudwatch.LogMetricFilter(name, { name: site.name(name), logGroupName: door.function.nodes.logGroup.apply((group) => group!.name), pattern, metricTransformation: { namespace, name, value: '1' } })
  return { namespace, name }
}

function raiseTo(site: Site, topic: aws.sns.Topic | null): Raise {
  return (name, { what, metric, queries, over, under, statistic = 'Sum', period, looks = 1, silence }) => {
    const actions = topic === null ? [] : [topic.arn]
    return new aws.cloudwatch.MetricAlarm(name, {
      name: site.name(name), alarmDescription: what, comparisonOperator: under === undefined ? 'GreaterThanThreshold' : 'LessThanThreshold', threshold: under ?? over!,
      evaluationPeriods: looks, treatMissingData: silence, alarmActions: actions, okActions: actions,
      ...(queries === undefined ? { namespace: metric!.namespace, metricName: metric!.name, ...(metric!.dimensions === undefined ? {} : { dimensions: metric!.dimensions }), period, ...(/^p\d/.test(statistic) ? { extendedStatistic: statistic } : { statistic }) } : { metricQueries: queries }),
    })
  }
}

function wake(site: Site): aws.sns.Topic {
  const topic = new aws.sns.Topic('Alarms', { name: site.name('alarms') })
  new aws.sns.TopicPolicy('Alarms', { arn: topic.arn, policy: $util.jsonStringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: ['cloudwatch.amazonaws.com', 'events.amazonaws.com'] }, Action: 'sns:Publish', Resource: topic.arn, Condition: { StringEquals: { 'aws:SourceAccount': site.account } } }] }) })
  for (const [i, endpoint] of site.alarmsTo.entries()) new aws.sns.TopicSubscription(`Alarms${i}`, { topic: topic.arn, protocol: 'email', endpoint })
  return topic
}

/** Asked over plain HTTP from several Regions, as a relying party asks. A status counts only if the answer carries its responder's certificate. */
function fromOutside(site: Site): void {
  if (site.probes === null || site.names === null) return
  const virginia = { provider: new aws.Provider('HealthChecks', { region: 'us-east-1', allowedAccountIds: [site.account] }) }
  const topic = new aws.sns.Topic('AlarmsOutside', { name: site.name('alarms-outside') }, virginia)
  for (const [i, endpoint] of site.alarmsTo.entries()) new aws.sns.TopicSubscription(`AlarmsOutside${i}`, { topic: topic.arn, protocol: 'email', endpoint }, virginia)
  for (const [name, path, search] of [['OcspFresh', site.probes.ocsp, 'OCSP'], ['ListFresh', site.probes.crl, null]] as const) {
    const check = new aws.route53.HealthCheck(name, { fqdn: site.names.status, port: 80, resourcePath: path, type: search === null ? 'HTTP' : 'HTTP_STR_MATCH', ...(search === null ? {} : { searchString: search }), requestInterval: 30, failureThreshold: 3 })
    // Metrics of health checks are in us-east-1 only.
    new aws.cloudwatch.MetricAlarm(name, { name: site.name(name), alarmDescription: `no good answer from outside: ${name}`, namespace: 'AWS/Route53', metricName: 'HealthCheckStatus', dimensions: { HealthCheckId: check.id }, statistic: 'Minimum', comparisonOperator: 'LessThanThreshold', threshold: 1, period: minute, evaluationPeriods: 2, treatMissingData: 'breaching', alarmActions: [topic.arn], okActions: [topic.arn] }, virginia)
  }
}

/** A tenth of the callers each minute; an alarm or a stop takes them all back to the version before. */
function gradually(site: Site, door: OpenDoor): void {
  const name = pascal(door.door)
  const application = new aws.codedeploy.Application(name, { name: door.name, computePlatform: 'Lambda' })
  const role = new aws.iam.Role(`${name}Shift`, {
    name: site.name(`${door.door}-shift`), path: rolePath,
    assumeRolePolicy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'codedeploy.amazonaws.com' }, Action: 'sts:AssumeRole', Condition: { StringEquals: { 'aws:SourceAccount': site.account } } }] }),
    inlinePolicies: [{ name: 'inline', policy: JSON.stringify({ Version: '2012-10-17', Statement: [
      { Effect: 'Allow', Action: ['lambda:GetAlias', 'lambda:UpdateAlias', 'lambda:GetProvisionedConcurrencyConfig'], Resource: [site.functionArn(door.door), `${site.functionArn(door.door)}:live`] },
      { Effect: 'Allow', Action: ['cloudwatch:DescribeAlarms'], Resource: [`arn:aws:cloudwatch:${site.region}:${site.account}:alarm:${site.name('*')}`] },
    ] }) }],
  })
  new aws.codedeploy.DeploymentGroup(name, {
    appName: application.name, deploymentGroupName: 'live', serviceRoleArn: role.arn, deploymentConfigName: 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute',
    deploymentStyle: { deploymentOption: 'WITH_TRAFFIC_CONTROL', deploymentType: 'BLUE_GREEN' },
    autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'] },
    alarmConfiguration: { enabled: true, ignorePollAlarmFailure: false, alarms: [`${name}Faults`, ...(door.door === 'graphql' ? ['CounterSlow', 'CounterBroken'] : door.door === 'ocsp' ? ['OcspSlow', 'OcspBroken'] : [])].map((alarm) => site.name(alarm)) },
  })
}

function dashboard(site: Site, doors: readonly OpenDoor[], { queue, responder, counter }: Watched): void {
  const widget = (row: number, column: number, title: string, metrics: unknown, stat = 'Sum') => ({ type: 'metric', x: column * 8, y: row * 6, width: 8, height: 6, properties: { title, metrics, stat, period: 60, region: site.region, view: 'timeSeries' } })
  const per = (name: string) => doors.map((door) => ['AWS/Lambda', name, 'FunctionName', door.name])
  const namespace = `Mynagate/${site.stage}`
  new aws.cloudwatch.Dashboard('Dashboard', { dashboardName: site.name('doors'), dashboardBody: $util.jsonStringify({ widgets: [
    widget(0, 0, 'Knocks per door', per('Invocations')), widget(0, 1, 'Faults per door', per('Errors')), widget(0, 2, 'At once, per door', per('ConcurrentExecutions'), 'Maximum'),
    widget(1, 0, 'Milliseconds, p99', per('Duration'), 'p99'),
    widget(1, 1, 'Bell: waiting and dead', [['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', queue.queue.name], ['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', queue.deadLetters.name]], 'Maximum'),
    widget(1, 2, 'API: requests and 5xx', [counter, responder].flatMap((of) => ['Count', '5xx'].map((name) => ['AWS/ApiGateway', name, 'ApiId', of.api.nodes.api.id]))),
    widget(2, 0, 'Signatures: made and accounted for', [[namespace, 'SignaturesMade'], [namespace, 'SignaturesAccounted']]),
    widget(2, 2, 'Given out, refused, issued', [[namespace, 'Released'], [namespace, 'Refused'], [namespace, 'Issued'], [namespace, 'Signed']]),
    widget(3, 0, 'Seconds: oldest list, head of the log', [[namespace, 'ListAge'], [namespace, 'CheckpointAge']], 'Maximum'),
    widget(3, 1, 'Certificates that wait', [[namespace, 'Waiting']], 'Maximum'),
    widget(3, 2, 'Answers of the responder', [[namespace, 'OcspGood'], [namespace, 'OcspRevoked'], [namespace, 'OcspUnknown'], [namespace, 'OcspFailed']]),
    widget(2, 1, 'Lists and responders that failed', [[namespace, 'ListsFailed'], [namespace, 'RespondersFailed'], [namespace, 'RegisterUnreachable']]),
  ] }) })
}

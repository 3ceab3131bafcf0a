/**
 * Every signature accounted for. What KMS signed is counted from the trail, what the authority recorded from its log; a
 * difference means that something else signed, or that a signature was made and not recorded. Once a day the sweep counts in
 * the same trail for every signing key, and holds it against the account in the archive (`AccountsDisagree`). And whoever touches a key or
 * its policy wakes somebody.
 */
import { closed, onlyOverTls } from './buckets.ts'
import type { Alarm, Raise } from './watch.ts'
import type { Site } from './site.ts'

const hour = 3_600

export const trailGroup = (site: Site): string => `/mynagate/${site.stage}/trail`
/** To count in the trail and in no other log. Whoever reads a result must have the number of its query; CloudWatch knows no resource for it. */
export const countsTrail = (site: Site) => [
  { actions: ['logs:StartQuery'], resources: [`arn:aws:logs:${site.region}:${site.account}:log-group:${trailGroup(site)}:*`] },
  { actions: ['logs:GetQueryResults'], resources: ['*'] },
]

export function signatureAccounts(site: Site, topic: aws.sns.Topic, raise: Raise, recorded: (name: string, pattern: string) => NonNullable<Alarm['metric']>): void {
  const namespace = `Mynagate/${site.stage}`
  const trail = keyTrail(site)
  const count = (name: string, pattern: string) => {
    new aws.cloudwatch.LogMetricFilter(name, { name: site.name(name), logGroupName: trail.name, pattern, metricTransformation: { namespace, name, value: '1' } })
    return { namespace, name }
  }
  const authorities = [site.pins['signature-ca']!.arn, site.pins['authentication-ca']!.arn]
  const ofAuthorities = `(${authorities.map((arn) => `($.resources[0].ARN = "${arn}")`).join(' || ')})`
  const signed = `($.eventSource = "kms.amazonaws.com") && ($.eventName = "Sign") && ${ofAuthorities}`

  // A try that was refused made no signature.
  const made = count('SignaturesMade', `{ ${signed} && ($.errorCode NOT EXISTS) && ($.userIdentity.sessionContext.sessionIssuer.arn = "${site.roleArn('authority')}") }`)
  const accounted = recorded('SignaturesAccounted', '{ ($.event = "signed") && (($.role = "signature-ca") || ($.role = "authentication-ca")) }')
  const query = (id: string, metric: { namespace: string; name: string }) => ({ id, metric: { namespace: metric.namespace, metricName: metric.name, stat: 'Sum', period: hour }, returnData: false })
  raise('SignaturesUnaccounted', {
    what: 'KMS signed with a CA key more often, or less often, than the authority recorded',
    queries: [query('made', made), query('accounted', accounted), { id: 'difference', expression: 'ABS(FILL(made, 0) - FILL(accounted, 0))', label: 'unaccounted', returnData: true }],
    // Two hours in a row: a signature just before the hour is recorded just after it, and evens out.
    over: 0, period: hour, looks: 2, silence: 'notBreaching',
  })
  raise('StrangerSigns', { what: 'somebody who is not the authority asked a CA key for a signature', metric: count('StrangerSigns', `{ ${signed} && ($.userIdentity.sessionContext.sessionIssuer.arn != "${site.roleArn('authority')}") }`), over: 0, period: 60, silence: 'notBreaching' })

  const rule = new aws.cloudwatch.EventRule('KeysTouched', {
    name: site.name('keys-touched'),
    eventPattern: JSON.stringify({ source: ['aws.kms'], 'detail-type': ['AWS API Call via CloudTrail'], detail: { eventSource: ['kms.amazonaws.com'], eventName: ['ScheduleKeyDeletion', 'DisableKey', 'PutKeyPolicy', 'CreateGrant', 'CreateAlias', 'UpdateAlias', 'DeleteAlias', 'ReplicateKey'] } }),
  })
  new aws.cloudwatch.EventTarget('KeysTouched', { rule: rule.name, arn: topic.arn })
}

/** Management events, among them every use of a key; kept out of reach of the doors. */
function keyTrail(site: Site): aws.cloudwatch.LogGroup {
  const trailArn = `arn:aws:cloudtrail:${site.region}:${site.account}:trail/${site.name('keys')}`
  const { bucket } = closed(site, 'Trail', 'trail')
  const trailOnly = { StringEquals: { 'aws:SourceArn': trailArn } }
  const policy = new aws.s3.BucketPolicy('Trail', { bucket: bucket.id, policy: $util.jsonStringify({ Version: '2012-10-17', Statement: [
    { Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 's3:GetBucketAcl', Resource: bucket.arn, Condition: trailOnly },
    { Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 's3:PutObject', Resource: $util.interpolate`${bucket.arn}/AWSLogs/${site.account}/*`, Condition: { StringEquals: { ...trailOnly.StringEquals, 's3:x-amz-acl': 'bucket-owner-full-control' } } },
    onlyOverTls(bucket.arn),
  ] }) })
  const group = new aws.cloudwatch.LogGroup('Trail', { name: trailGroup(site), retentionInDays: 3_653 }, { protect: true, retainOnDelete: true })
  const role = new aws.iam.Role('Trail', {
    name: site.name('trail'), path: '/mynagate/',
    assumeRolePolicy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 'sts:AssumeRole', Condition: { StringEquals: { 'aws:SourceArn': trailArn } } }] }),
    inlinePolicies: [{ name: 'inline', policy: $util.jsonStringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: [$util.interpolate`${group.arn}:log-stream:*`] }] }) }],
  })
  new aws.cloudtrail.Trail('Trail', {
    name: site.name('keys'), s3BucketName: bucket.bucket, includeGlobalServiceEvents: false, enableLogFileValidation: true, cloudWatchLogsGroupArn: $util.interpolate`${group.arn}:*`, cloudWatchLogsRoleArn: role.arn,
    eventSelectors: [{ readWriteType: 'All', includeManagementEvents: true }],
  }, { dependsOn: [policy] })
  return group
}

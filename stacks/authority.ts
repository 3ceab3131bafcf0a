/**
 * Behind the counter: the queue that is only a bell, the authority that it wakes, the schedules that come whether it rang
 * or not, and the ceremony, which is there while a window for it is open.
 */
import type { Store } from './buckets.ts'
import type { Archive } from './database.ts'
import { openDoor, written, type OpenDoor } from './door.ts'
import { keysFor, permissionsOn, type Keys } from './keys.ts'
import type { Site } from './site.ts'
import { countsTrail, trailGroup } from './watch-keys.ts'

export interface Bell { readonly queue: aws.sqs.Queue; readonly deadLetters: aws.sqs.Queue }
export interface Back { readonly authority: OpenDoor; readonly sweep: OpenDoor; readonly dispatch: OpenDoor | null; readonly ceremony: OpenDoor | null }

/** Seconds that the authority has. A message that is being worked on stays out of sight six times as long. */
const authoritySeconds = 120

export function bell(site: Site): Bell {
  const deadLetters = new aws.sqs.Queue('DeadLetters', { name: site.name('dead-letters'), messageRetentionSeconds: 14 * 86_400, sqsManagedSseEnabled: true })
  const queue = new aws.sqs.Queue('Bell', {
    name: site.name('bell'), messageRetentionSeconds: 4 * 86_400, visibilityTimeoutSeconds: 6 * authoritySeconds, sqsManagedSseEnabled: true,
    redrivePolicy: $util.jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 5 }),
  })
  new aws.sqs.RedriveAllowPolicy('DeadLettersOnlyOfBell', { queueUrl: deadLetters.id, redriveAllowPolicy: $util.jsonStringify({ redrivePermission: 'byQueue', sourceQueueArns: [queue.arn] }) })
  for (const [name, of] of Object.entries({ Bell: queue, DeadLetters: deadLetters })) {
    new aws.sqs.QueuePolicy(name, { queueUrl: of.id, policy: $util.jsonStringify({ Version: '2012-10-17', Statement: [{ Sid: 'OnlyOverTls', Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sqs:*', Resource: of.arn, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] }) })
  }
  return { queue, deadLetters }
}

export interface BackParts {
  readonly archive: Archive
  readonly keys: Keys
  readonly queue: Bell
  /** Of lists. */
  readonly bucket: Store
  /** Of checkpoints. */
  readonly log: Store
  readonly ocspUrl: $util.Input<string>
  readonly gatewayUrl: $util.Input<string>
}

export function authority(site: Site, parts: BackParts): Back {
  const { archive, keys, queue, bucket, log, ocspUrl, gatewayUrl } = parts
  const rings = { actions: ['sqs:SendMessage'], resources: [queue.queue.arn] }

  const authority = openDoor(site, {
    door: 'authority', memory: '1024 MB', seconds: authoritySeconds, reserved: 50,
    environment: { QUEUE_URL: queue.queue.url, CRL_BUCKET: bucket.url, OCSP_URL: ocspUrl, KMS_KEYS: keysFor(keys, 'signature-ca', 'authentication-ca', 'card-orders', 'ocsp-wrapping', 'personal-data') },
    secrets: { DATABASE_URL: archive.url('authority') },
    permissions: $util.output(permissionsOn(site, keys, 'authority')).apply((own) => [
      ...(own ?? []), rings,
      { actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'], resources: [queue.queue.arn] },
      { actions: ['s3:GetObject', 's3:PutObject'], resources: [$util.interpolate`${bucket.arn}/crl/*`] },
      // Without it S3 answers 403 instead of 404 for a list that is not there yet.
      { actions: ['s3:ListBucket'], resources: [bucket.arn] },
    ]),
  })
  new aws.lambda.EventSourceMapping('BellWakesAuthority', {
    eventSourceArn: queue.queue.arn, functionName: authority.alias.arn, batchSize: 10, functionResponseTypes: ['ReportBatchItemFailures'], scalingConfig: { maximumConcurrency: 40 },
  })

  const sweep = openDoor(site, {
    door: 'sweep', memory: '512 MB', seconds: 300, reserved: 2,
    environment: { QUEUE_URL: queue.queue.url, CHECKPOINT_BUCKET: log.url, CRL_BUCKET: bucket.url, OCSP_URL: ocspUrl, GATEWAY_URL: gatewayUrl, KMS_KEYS: keysFor(keys, 'checkpoint', 'receipt', 'card-orders'), ...(site.kind === 'production' ? { TRAIL_GROUP: trailGroup(site) } : {}) },
    secrets: { DATABASE_URL: archive.url('sweep') },
    permissions: $util.output(permissionsOn(site, keys, 'sweep')).apply((own) => [...(own ?? []), rings, { actions: ['s3:PutObject', 's3:GetObject'], resources: [$util.interpolate`${log.arn}/checkpoints/*`] }, { actions: ['s3:PutObject'], resources: [$util.interpolate`${bucket.arn}/status.json`] }, ...(site.kind === 'production' ? countsTrail(site) : [])]),
  })

  const dispatch = !written('dispatch') ? null : openDoor(site, {
    door: 'dispatch', memory: '512 MB', seconds: 120, reserved: 10,
    environment: { KMS_KEYS: keysFor(keys, 'personal-data') }, secrets: { DATABASE_URL: archive.url('dispatch') }, permissions: permissionsOn(site, keys, 'dispatch'),
  })

  const ceremony = site.kind === 'production' && site.ceremonyUntil === null ? null : openDoor(site, {
    door: 'ceremony', memory: '512 MB', seconds: 60,
    environment: { OCSP_URL: ocspUrl, KMS_KEYS: keysFor(keys, 'signature-ca', 'authentication-ca') },
    secrets: { DATABASE_URL: archive.url('ceremony') },
    permissions: permissionsOn(site, keys, 'ceremony'),
  })

  every(site, queue, authority, 'rate(5 minutes)')
  every(site, queue, sweep, 'rate(1 minute)')
  if (dispatch !== null) every(site, queue, dispatch, 'rate(1 minute)')
  return { authority, sweep, dispatch, ceremony }
}

/** A schedule may knock at its one door and nowhere else. What it could not deliver lands with the dead letters. */
function every(site: Site, { deadLetters }: Bell, door: OpenDoor, expression: string): void {
  const name = `${door.door[0]!.toUpperCase()}${door.door.slice(1)}Schedule`
  const role = new aws.iam.Role(name, {
    name: site.name(`${door.door}-schedule`), path: '/mynagate/',
    ...(site.kind === 'preview' ? { permissionsBoundary: `arn:aws:iam::${site.account}:policy/mynagate-preview-boundary` } : {}),
    assumeRolePolicy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'scheduler.amazonaws.com' }, Action: 'sts:AssumeRole', Condition: { StringEquals: { 'aws:SourceAccount': site.account } } }] }),
    inlinePolicies: [{ name: 'inline', policy: $util.jsonStringify({ Version: '2012-10-17', Statement: [
      { Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource: [door.alias.arn] },
      { Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: [deadLetters.arn] },
    ] }) }],
  })
  new aws.scheduler.Schedule(name, {
    name: site.name(door.door), scheduleExpression: expression, flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: door.alias.arn, roleArn: role.arn, input: JSON.stringify({ 'detail-type': 'Scheduled Event' }),
      retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 300 }, deadLetterConfig: { arn: deadLetters.arn },
    },
  })
}

/**
 * Buckets: closed to the public, encrypted, reached over TLS. Lists (失効情報ファイル) are written by the authority and read
 * by CloudFront; checkpoints of the log are written by the sweep, once, and in production nobody can remove one, not even
 * the owner of the account.
 */
import type { Site } from './site.ts'

export interface Store { readonly bucket: aws.s3.Bucket; readonly arn: $util.Output<string>; readonly url: $util.Output<string> }

export function lists(site: Site): Store {
  const store = closed(site, 'Lists', 'lists')
  new aws.s3.BucketLifecycleConfiguration('Lists', { bucket: store.bucket.id, rules: [{ id: 'old-lists', status: 'Enabled', filter: { prefix: 'crl/' }, noncurrentVersionExpiration: { noncurrentDays: site.kind === 'production' ? 90 : 7 } }] })
  // Counts what is put there: a day without a new list is an alarm.
  new aws.s3.BucketMetric('Lists', { bucket: store.bucket.id, name: 'lists', filter: { prefix: 'crl/' } })
  return store
}

export function checkpoints(site: Site): Store {
  const lock = site.kind === 'production'
  const store = closed(site, 'Checkpoints', 'checkpoints', lock)
  if (lock) new aws.s3.BucketObjectLockConfiguration('Checkpoints', { bucket: store.bucket.id, rule: { defaultRetention: { mode: 'COMPLIANCE', years: 10 } } })
  new aws.s3.BucketPolicy('Checkpoints', { bucket: store.bucket.id, policy: $util.jsonStringify({ Version: '2012-10-17', Statement: [onlyOverTls(store.arn)] }) })
  return store
}

/** A statement of a bucket's policy. */
export const onlyOverTls = (arn: $util.Input<string>, unless: Readonly<Record<string, string>> = {}) => ({
  Sid: 'OnlyOverTls', Effect: 'Deny', Principal: { AWS: '*' }, Action: 's3:*', Resource: [arn, $util.interpolate`${arn}/*`], Condition: { Bool: { 'aws:SecureTransport': 'false', ...unless } },
})

export function closed(site: Site, name: string, what: string, objectLockEnabled = false): Store {
  const production = site.kind === 'production'
  const bucket = new aws.s3.Bucket(name, { bucket: `${site.name(what)}-${site.account}`, forceDestroy: !production, objectLockEnabled }, { protect: production, retainOnDelete: production })
  new aws.s3.BucketOwnershipControls(name, { bucket: bucket.id, rule: { objectOwnership: 'BucketOwnerEnforced' } })
  new aws.s3.BucketPublicAccessBlock(name, { bucket: bucket.id, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true })
  new aws.s3.BucketVersioning(name, { bucket: bucket.id, versioningConfiguration: { status: 'Enabled' } })
  new aws.s3.BucketServerSideEncryptionConfiguration(name, { bucket: bucket.id, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }] })
  return { bucket, arn: bucket.arn, url: $util.interpolate`https://${bucket.bucket}.s3.${site.region}.amazonaws.com/` }
}

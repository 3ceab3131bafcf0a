/** What must outlive a mistake in production, and what must not outlive a pull request. */
import { everyStage, isProduction, ofType, rule, unequal, where, type Rule } from './view.ts'

const precious = ['aws:s3/bucket:Bucket', 'neon:index/branch:Branch', 'neon:index/database:Database', 'neon:index/endpoint:Endpoint', 'neon:index/role:Role', 'aws:kms/key:Key', 'aws:kms/alias:Alias']
const byName = ['PairwiseSecret', 'PagesCookies', 'Trail']

export const lastingRules: readonly Rule[] = [
  rule('a checkpoint of production cannot be removed by anybody, a preview’s goes with it', ['production', 'pr-7'], (view) => {
    const locks = ofType(view.site, 'aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration')
    const bucket = ofType(view.site, 'aws:s3/bucket:Bucket').find((b) => b.name === 'Checkpoints')
    return [...unequal('lock', bucket?.inputs['objectLockEnabled'], isProduction(view)), ...unequal('kept', locks.map((l) => l.inputs['rule'].defaultRetention), isProduction(view) ? [{ mode: 'COMPLIANCE', years: 10 }] : [])]
  }),
  rule('the app of persons and the app of keys cannot be removed', ['production', 'keys'], ({ site, stage }) => [...unequal('protect', site.app.protect, true), ...unequal('removal', site.app.removal, stage === 'keys' ? 'retain-all' : 'retain')]),
  rule('what is precious is protected and kept, each by itself', ['production', 'keys'], ({ site }) => site.resources.filter((r) => precious.includes(r.type) || (byName.includes(r.name) && /^(random:|aws:cloudwatch\/logGroup)/.test(r.type))).filter((r) => !r.protect || !r.retainOnDelete).map((r) => where(r, `${r.type} can be deleted`))),
  rule('production makes no key, and the keys’ app nothing else', ['production', 'keys'], ({ site, stage }) => site.resources.filter((r) => r.custom && r.type.startsWith('aws:kms/') !== (stage === 'keys')).filter((r) => stage === 'keys' ? !/^(pulumi:|random:)/.test(r.type) : r.type.startsWith('aws:kms/')).map((r) => where(r, r.type))),
  rule('nothing of a preview stays', ['pr-7'], ({ site }) => [
    ...unequal('removal', site.app.removal, 'remove'), ...unequal('protect', site.app.protect ?? false, false),
    ...site.resources.filter((r) => r.protect || (r.retainOnDelete && r.custom)).map((r) => where(r, 'stays')),
    ...ofType(site, 'aws:s3/bucket:Bucket').filter((r) => r.inputs['forceDestroy'] !== true).map((r) => where(r, 'cannot be removed while it holds lists')),
    ...ofType(site, 'aws:secretsmanager/secret:Secret').filter((r) => r.inputs['recoveryWindowInDays'] !== 0).map((r) => where(r, 'keeps its name for days, which the next deploy needs')),
    ...ofType(site, 'aws:wafv2', 'aws:route53', 'aws:cloudtrail', 'aws:codedeploy', 'aws:sns', 'aws:cloudwatch/dashboard').map((r) => where(r, 'costs money and watches nobody')),
  ]),
  rule('production’s secrets can be had back', ['production'], ({ site }) => ofType(site, 'aws:secretsmanager/secret:Secret').flatMap((r) => unequal(where(r, 'recovery'), r.inputs['recoveryWindowInDays'], 30))),
  rule('keys: kind, use, rotation, time to think before deletion', everyStage, (view) => ofType(view.keys, 'aws:kms/key:Key').flatMap((key) => {
    const role = String(key.inputs['tags']['mynagate:role'])
    const kinds: Readonly<Record<string, string>> = { 'signature-ca': 'RSA_2048', 'authentication-ca': 'RSA_2048', 'card-orders': 'ECC_NIST_P256', checkpoint: 'ECC_NIST_P256', receipt: 'ECC_NIST_P256', 'ocsp-wrapping': 'SYMMETRIC_DEFAULT', 'personal-data': 'SYMMETRIC_DEFAULT' }
    const symmetric = kinds[role] === 'SYMMETRIC_DEFAULT'
    return [
      ...unequal(where(key, 'kind'), key.inputs['customerMasterKeySpec'], kinds[role]), ...unequal(where(key, 'use'), key.inputs['keyUsage'], symmetric ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY'),
      ...unequal(where(key, 'rotation'), key.inputs['enableKeyRotation'], symmetric), ...unequal(where(key, 'several Regions'), key.inputs['multiRegion'], isProduction(view)),
      ...unequal(where(key, 'days before deletion'), key.inputs['deletionWindowInDays'], isProduction(view) ? 30 : 7), ...unequal(where(key, 'lock-out check bypassed'), key.inputs['bypassPolicyLockoutSafetyCheck'], false),
    ]
  })),
  rule('seven keys, each under its alias', ['keys', 'pr-7'], ({ site, stage }) => unequal('aliases', ofType(site, 'aws:kms/alias:Alias').map((r) => String(r.inputs['name'])).toSorted(), ['authentication-ca', 'card-orders', 'checkpoint', 'ocsp-wrapping', 'personal-data', 'receipt', 'signature-ca'].map((role) => `alias/mynagate/${stage === 'keys' ? 'production' : stage}/${role}`))),
]

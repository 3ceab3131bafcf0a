/**
 * Who may do what. Static: what may stand in a role, in its trust and in a key's policy. Simulated: every role of the site
 * and some strangers, against every key, with every use of it: what comes out must be the table below and nothing else.
 */
import { evaluate, list, parsePolicy, type Policy, type Request, type Statement } from '../policy.ts'
import { pins } from '../synthesise.ts'
import { everyStage, functions, gateways, isGuard, isProduction, ofType, policiesOf, roles, rule, trustOf, unequal, where, type Rule, type View } from './view.ts'

const digest = { 'kms:SigningAlgorithm': 'RSASSA_PKCS1_V1_5_SHA_256', 'kms:MessageType': 'DIGEST' }
const digest256 = { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' }
const responder = { 'kms:EncryptionContext:purpose': 'ocsp-responder' }

/** Door, key, action, context: everything that is allowed to use a key. */
const allowed: readonly (readonly [string, string, string, Readonly<Record<string, string>>])[] = [
  ['authority', 'signature-ca', 'kms:Sign', digest],
  ['authority', 'authentication-ca', 'kms:Sign', digest],
  ['authority', 'card-orders', 'kms:Sign', digest256],
  ['authority', 'ocsp-wrapping', 'kms:GenerateDataKeyPairWithoutPlaintext', { ...responder, 'kms:DataKeyPairSpec': 'RSA_2048' }],
  ['ocsp', 'ocsp-wrapping', 'kms:Decrypt', responder],
  ['sweep', 'checkpoint', 'kms:Sign', digest256],
  ['sweep', 'receipt', 'kms:Sign', digest256],
  ...['personal-data', 'blind-index', 'webhook-secret'].flatMap((purpose) => ['kms:GenerateDataKey', 'kms:Decrypt'].map((action) => ['graphql', 'personal-data', action, { 'kms:EncryptionContext:purpose': purpose }] as const)),
  ['authority', 'personal-data', 'kms:Decrypt', { 'kms:EncryptionContext:purpose': 'personal-data' }],
  ['dispatch', 'personal-data', 'kms:Decrypt', { 'kms:EncryptionContext:purpose': 'webhook-secret' }],
]
/** A preview's sandbox, which reads the public half of one key besides. */
const played: typeof allowed = ['kms:GenerateDataKey', 'kms:Encrypt', 'kms:Decrypt'].map((action) => ['sandbox', 'personal-data', action, { 'kms:EncryptionContext:purpose': 'chip' }] as const)
const ceremonial: typeof allowed = [['ceremony', 'signature-ca', 'kms:Sign', digest], ['ceremony', 'authentication-ca', 'kms:Sign', digest]]

const signing = ['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PSS_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_512', 'ECDSA_SHA_256', 'ECDSA_SHA_384'].flatMap((algorithm) => ['DIGEST', 'RAW'].map((type) => ({ action: 'kms:Sign', context: { 'kms:SigningAlgorithm': algorithm, 'kms:MessageType': type } })))
const sealing = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:GenerateDataKeyPair', 'kms:GenerateDataKeyPairWithoutPlaintext']
  .flatMap((action) => [{}, responder, { ...responder, 'kms:DataKeyPairSpec': 'RSA_2048' }, { ...responder, 'kms:DataKeyPairSpec': 'ECC_NIST_P256' }, ...['personal-data', 'blind-index', 'webhook-secret', 'chip'].map((purpose) => ({ 'kms:EncryptionContext:purpose': purpose }))].map((context) => ({ action, context })))
const others = ['kms:CreateGrant', 'kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:DisableKey', 'kms:UpdateAlias', 'kms:GenerateMac', 'kms:DeriveSharedSecret'].map((action) => ({ action, context: {} }))

export interface Key { readonly role: string; readonly arn: string; readonly policy: Policy }
export function keysOf(view: View): Key[] {
  return ofType(view.keys, 'aws:kms/key:Key').map((key) => {
    const role = String(key.inputs['tags']['mynagate:role'])
    return { role, arn: view.stage === 'pr-7' ? String(key.outputs['arn']) : pins[role as keyof typeof pins].arn, policy: parsePolicy(key.inputs['policy']) }
  })
}

const accountOf = (view: View): string => String((view.site.app.providers['aws'] as { allowedAccountIds: string[] }).allowedAccountIds[0])
const everything: Policy[] = [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] }]

/** Everybody who could ask: roles of the site by their name, and strangers with all the power IAM can give. */
function askers(view: View): { who: string; principal: string; own: Policy[]; role: boolean }[] {
  const account = accountOf(view)
  return [
    ...roles(view.site).map((role) => ({ who: String(role.inputs['name']).replace(/^mynagate-(production|pr-7)-/, ''), principal: String(role.outputs['arn']), own: policiesOf(role), role: true })),
    ...['root', 'user/someone', 'role/mynagate-production-deploy', 'role/mynagate/mynagate-pr-8-authority', 'role/mynagate-preview-deploy', 'role/mynagate-key-administrator'].map((name) => ({ who: name, principal: `arn:aws:iam::${account}:${name}`, own: everything, role: false })),
    { who: 'another account', principal: 'arn:aws:iam::333333333333:role/mynagate/mynagate-production-authority', own: everything, role: false },
  ]
}

/** Both locks as they are, or one of them alone with the other wide open: each has to hold by itself. */
type Locks = 'both' | 'the key alone' | 'the role alone'

/** What each asker may do with each key, as `who key action context`. */
function uses(view: View, at: string, locks: Locks): string[] {
  const found: string[] = []
  const account = accountOf(view)
  const open: Policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }] }
  for (const { who, principal, own, role } of askers(view)) {
    if (locks === 'the role alone' && !role) continue
    for (const key of keysOf(view)) {
      for (const { action, context } of [...signing, ...sealing, ...others]) {
        const request: Request = { principal, action, resource: key.arn, context: { ...context, 'aws:CurrentTime': at } }
        if (evaluate(request, locks === 'the key alone' ? everything : own, locks === 'the role alone' ? open : key.policy) === 'allowed') found.push(`${who} ${key.role} ${action} ${JSON.stringify(context)}`)
      }
    }
  }
  return found
}

const line = ([who, key, action, context]: (typeof allowed)[number]): string => `${who} ${key} ${action} ${JSON.stringify(context)}`
/** Contexts that only add to one that is allowed: a data key pair's spec beside a purpose. */
const added = (use: string): boolean => /^(sandbox personal-data kms:(GenerateDataKey|Encrypt|Decrypt)|ocsp ocsp-wrapping kms:Decrypt) \{"kms:EncryptionContext:purpose":"(ocsp-responder|personal-data|blind-index|webhook-secret|chip)"/.test(use)
const administers = (use: string, administrator: string): boolean => use.startsWith(`${administrator} `) && /kms:(PutKeyPolicy|ScheduleKeyDeletion|DisableKey|UpdateAlias)/.test(use)

export function unexpectedUses(view: View, expected: typeof allowed, at = '2026-11-25T12:00:00Z', locks: Locks = 'both'): string[] {
  const administrator = isProduction(view) ? 'role/mynagate-key-administrator' : 'role/mynagate-preview-deploy'
  const found = uses(view, at, locks)
  const wanted = expected.map(line)
  const missing = locks === 'the role alone' ? [] : ['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion'].flatMap((action) => keysOf(view).filter((key) => !found.includes(`${administrator} ${key.role} ${action} {}`)).map((key) => `nobody can ${action} ${key.role}`))
  return [...found.filter((use) => !wanted.includes(use) && !added(use) && !administers(use, administrator)).map((use) => `may, and must not: ${use}`), ...wanted.filter((use) => !found.includes(use)).map((use) => `may not, and must: ${use}`), ...missing]
}
export const usesAtCeremony = [...allowed, ...ceremonial]
export const usesInPreview = [...usesAtCeremony, ...played]

/** X-Ray's two actions know no resource: this statement, to the letter, and no other. */
const traces = (s: Statement): boolean => JSON.stringify([s.Effect, s.Action, s.Resource, s.Condition ?? null]) === JSON.stringify(['Allow', ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*', null])

/** Nor does reading the result of a query, which only who began it can name. */
const counted = (s: Statement): boolean => JSON.stringify([s.Effect, list(s.Action), list(s.Resource), s.Condition ?? null]) === JSON.stringify(['Allow', ['logs:GetQueryResults'], ['*'], null])

export const accessRules: readonly Rule[] = [
  rule('keys are used by the table and by nobody else (simulated)', ['production'], (view) => unexpectedUses(view, allowed)),
  rule('keys of a preview as well, with its ceremony (simulated)', ['pr-7'], (view) => unexpectedUses(view, usesInPreview)),
  ...(['the key alone', 'the role alone'] as const).map((locks) => rule(`${locks} keeps to the table, were the other to allow everything (simulated)`, gateways, (view) => unexpectedUses(view, isProduction(view) ? allowed : usesInPreview, undefined, locks))),
  rule('only one door has a signing right in its own role, whatever the key says', gateways, (view) => {
    const holders = roles(view.site).filter((role) => policiesOf(role).some((p) => p.Statement.some((s) => list(s.Action).includes('kms:Sign')))).map((role) => role.name).toSorted()
    return unequal('roles with kms:Sign', holders, isProduction(view) ? ['AuthorityRole', 'SweepRole'] : ['AuthorityRole', 'CeremonyRole', 'SweepRole'])
  }),
  rule('each signing right says algorithm and digest', gateways, ({ site }) => roles(site).flatMap((role) => policiesOf(role).flatMap((p) => p.Statement).filter((s) => list(s.Action).includes('kms:Sign')).flatMap((s) => {
    const said = s.Condition?.['StringEquals'] ?? {}
    return said['kms:MessageType'] === 'DIGEST' && typeof said['kms:SigningAlgorithm'] === 'string' && list(s.Action).length === 1 ? [] : [where(role, 'signs without saying how')]
  }))),
  rule('no wildcard in an action, no bare wildcard as a resource', gateways, ({ site }) => roles(site).flatMap((role) => policiesOf(role).flatMap((p) => p.Statement).filter((s) => !traces(s) && !(role.name === 'SweepRole' && counted(s))).flatMap((s) => [
    ...list(s.Action).filter((a) => a.includes('*')).map((a) => where(role, `may ${a}`)),
    ...list(s.Resource).filter((r) => r === '*' || /^arn:aws:[a-z0-9]+:\*|^arn:aws:[^:]+:[^:]*:[^:]*:\*$/.test(r)).map((r) => where(role, `may reach ${r}`)),
    ...(s.NotAction === undefined && s.NotResource === undefined && s.Resource !== undefined && s.Action !== undefined ? [] : [where(role, 'says what it may not instead of what it may')]),
  ]))),
  rule('no managed policy: they grant on everything', gateways, ({ site }) => [
    ...roles(site).filter((role) => ((role.inputs['managedPolicyArns'] ?? []) as unknown[]).length > 0).map((role) => where(role, 'has a managed policy')),
    ...ofType(site, 'aws:iam/rolePolicyAttachment:RolePolicyAttachment', 'aws:iam/rolePolicy:RolePolicy', 'aws:iam/policy:Policy').map((r) => where(r, 'a policy beside the role')),
  ]),
  rule('a role is assumed by one service and by nobody else', gateways, ({ site }) => roles(site).flatMap((role) => trustOf(role).Statement.flatMap((s) => {
    const service = (s.Principal as Record<string, unknown>)['Service']
    const bound = JSON.stringify(s.Condition ?? {})
    return [
      ...unequal(where(role, 'trust'), Object.keys(s.Principal as object), ['Service']), ...unequal(where(role, 'trust action'), list(s.Action), ['sts:AssumeRole']),
      ...(typeof service === 'string' && /^(lambda|scheduler|codedeploy|cloudtrail)\.amazonaws\.com$/.test(service) ? [] : [where(role, `trusts ${JSON.stringify(service)}`)]),
      // Services that act for many accounts say for which one.
      ...(service === 'lambda.amazonaws.com' || /aws:Source(Account|Arn)/.test(bound) ? [] : [where(role, 'can be used for another account')]),
    ]
  }))),
  rule('one function, one role of a fixed name, bounded in previews', gateways, (view) => {
    const used = functions(view.site).map((fn) => String(fn.inputs['role']))
    return [
      ...used.filter((arn, i) => used.indexOf(arn) !== i).map((arn) => `two functions share ${arn}`),
      ...functions(view.site).filter((fn) => !String(fn.inputs['role']).endsWith(`:role/mynagate/${String(fn.inputs['name'])}`)).map((fn) => where(fn, `runs as ${String(fn.inputs['role'])}`)),
      ...roles(view.site).filter((role) => (role.inputs['permissionsBoundary'] === undefined) !== isProduction(view)).map((role) => where(role, 'boundary')),
      ...roles(view.site).filter((role) => String(role.inputs['name']).length > 64).map((role) => where(role, 'a name of more than 64 characters')),
    ]
  }),
  rule('a door reads its own secret only', gateways, ({ site }) => functions(site).filter((fn) => !isGuard(fn)).flatMap((fn) => {
    const role = roles(site).find((r) => r.outputs['arn'] === fn.inputs['role'])!
    const read = policiesOf(role).flatMap((p) => p.Statement).filter((s) => list(s.Action).some((a) => a.startsWith('secretsmanager:'))).flatMap((s) => list(s.Resource))
    return unequal(where(fn, 'secrets'), read, [fn.inputs['environment'].variables.SECRETS].filter((arn) => arn !== undefined))
  })),
  rule('a key policy comes with the key, names one role per use, and denies the rest', ['keys', 'pr-7'], ({ keys }) => [
    ...ofType(keys, 'aws:kms/keyPolicy:KeyPolicy', 'aws:kms/grant:Grant').map((r) => where(r, 'beside the key')),
    ...ofType(keys, 'aws:kms/key:Key').flatMap((key) => {
      const { Statement } = parsePolicy(key.inputs['policy'] ?? '{"Statement":[]}')
      const administration = Statement.find((s) => s.Sid === 'KeyAdministration')
      return [
        ...(administration === undefined || list(administration.Action).some((a) => /\*|Sign$|crypt|Generate|Derive|Grant$/.test(a)) ? [where(key, 'administrators may use it')] : []),
        ...Statement.filter((s) => s.Effect === 'Allow' && s.Sid !== 'KeyAdministration').flatMap((s) => (s.Condition?.['ArnEquals']?.['aws:PrincipalArn'] === undefined || list(s.Condition['ArnEquals']['aws:PrincipalArn']).some((arn) => arn.includes('*')) ? [where(key, `${s.Sid} names no role`)] : [])),
        ...(Statement.some((s) => s.Effect === 'Deny' && list(s.Action).includes('kms:Sign') && list(s.Action).includes('kms:Decrypt')) ? [] : [where(key, 'denies nobody')]),
        ...(Statement.some((s) => s.Effect === 'Deny' && list(s.Action).includes('kms:CreateGrant') && s.Condition === undefined) ? [] : [where(key, 'can be granted past its policy')]),
      ]
    }),
  ]),
  rule('no account but our own is deployed to', everyStage, ({ site }) => {
    const aws = site.app.providers['aws'] as { allowedAccountIds?: string[] }
    return [...unequal('allowed accounts', aws.allowedAccountIds?.length, 1), ...ofType(site, 'pulumi:providers:aws').filter((p) => p.inputs['allowedAccountIds'] === undefined).map((p) => where(p, 'any account'))]
  }),
]

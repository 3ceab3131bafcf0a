/** What is open to the internet, how, and what is not. */
import { list, parsePolicy } from '../policy.ts'
import { functions, gateways, isProduction, named, ofType, rule, unequal, where, type Rule } from './view.ts'

export const edgeRules: readonly Rule[] = [
  rule('nothing is public', gateways, ({ site }) => [
    ...ofType(site, 'aws:lambda/functionUrl:FunctionUrl').map((r) => where(r, 'a function with an address of its own')),
    ...ofType(site, 'aws:lambda/permission:Permission').filter((r) => r.inputs['principal'] !== 'apigateway.amazonaws.com' || r.inputs['sourceArn'] === undefined).map((r) => where(r, `may be invoked by ${String(r.inputs['principal'])}`)),
    ...['aws:s3/bucketPolicy:BucketPolicy', 'aws:sqs/queuePolicy:QueuePolicy', 'aws:sns/topicPolicy:TopicPolicy'].flatMap((type) => ofType(site, type)).flatMap((r) => parsePolicy(r.inputs['policy']).Statement
      .filter((s) => s.Effect === 'Allow' && (s.Principal === '*' || JSON.stringify(s.Principal).includes('"*"') || s.Condition === undefined)).map(() => where(r, 'allows everybody'))),
    ...ofType(site, 'aws:s3/bucket:Bucket').filter((b) => !ofType(site, 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock').some((p) => p.inputs['bucket'] === b.outputs['bucket'] && ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'].every((k) => p.inputs[k] === true))).map((b) => where(b, 'could be made public')),
  ]),
  rule('buckets and queues speak TLS and encrypt at rest', gateways, ({ site }) => [
    ...ofType(site, 'aws:s3/bucketPolicy:BucketPolicy', 'aws:sqs/queuePolicy:QueuePolicy').filter((r) => !parsePolicy(r.inputs['policy']).Statement.some((s) => s.Effect === 'Deny' && s.Condition?.['Bool']?.['aws:SecureTransport'] === 'false')).map((r) => where(r, 'speaks without TLS')),
    ...unequal('queues with a policy', ofType(site, 'aws:sqs/queuePolicy:QueuePolicy').length, ofType(site, 'aws:sqs/queue:Queue').length),
    ...ofType(site, 'aws:sqs/queue:Queue').filter((r) => r.inputs['sqsManagedSseEnabled'] !== true).map((r) => where(r, 'in clear at rest')),
    ...['bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration', 'bucketPolicy:BucketPolicy', 'bucketVersioning:BucketVersioning'].flatMap((type) => unequal(type, ofType(site, `aws:s3/${type}`).length, ofType(site, 'aws:s3/bucket:Bucket').length)),
  ]),
  rule('every route answers to its own distribution only', gateways, ({ site }) => [
    ...ofType(site, 'aws:apigatewayv2/route:Route').flatMap((r) => [...unequal(where(r, 'authorisation'), r.inputs['authorizationType'], 'CUSTOM'), ...(r.inputs['authorizerId'] === undefined ? [where(r, 'no guard')] : [])]),
    ...ofType(site, 'aws:apigatewayv2/authorizer:Authorizer').flatMap((r) => [...unequal(where(r, 'source'), r.inputs['identitySources'], ['$request.header.x-origin-secret']), ...unequal(where(r, 'kind'), [r.inputs['authorizerType'], r.inputs['enableSimpleResponses']], ['REQUEST', true])]),
    ...ofType(site, 'aws:apigatewayv2/api:Api').filter((r) => r.inputs['corsConfiguration'] !== undefined).map((r) => where(r, 'lets pages of others ask')),
    ...ofType(site, 'aws:apigatewayv2/stage:Stage').filter((r) => !(r.inputs['defaultRouteSettings']?.throttlingRateLimit > 0)).map((r) => where(r, 'has no limit')),
    ...functions(site).filter((fn) => fn.name.endsWith('Guard')).filter((fn) => !/^[0-9a-f]{64}$/.test(fn.inputs['environment'].variables.ORIGIN_SHA256)).map((fn) => where(fn, 'holds the secret itself')),
  ]),
  rule('the routes are those of the doors', gateways, (view) => unequal('routes', ofType(view.site, 'aws:apigatewayv2/route:Route').map((r) => String(r.inputs['routeKey'])).filter((key) => key !== '$default').toSorted(), [...(isProduction(view) ? [] : ['ANY /oauth/{path+}', 'ANY /pages/signin', 'ANY /pages/signin/{path+}', 'ANY /sandbox/{path+}']), 'GET /.well-known/oauth-protected-resource', 'GET /graphql', 'GET /ocsp/{request+}', 'POST /graphql', 'POST /ocsp', 'POST /ocsp/'])),
  rule('status answers over plain HTTP, with POST for OCSP, and is kept ten minutes at most', gateways, ({ site }) => {
    const { defaultCacheBehavior: lists, orderedCacheBehaviors: ocsp } = named(site, 'aws:cloudfront/distribution:Distribution', 'Status').inputs
    const caching = named(site, 'aws:cloudfront/cachePolicy:CachePolicy', 'Status').inputs
    const behaviours = [lists, ...(ocsp as object[])] as { viewerProtocolPolicy: string; allowedMethods: string[]; pathPattern?: string; targetOriginId: string }[]
    return [
      ...behaviours.flatMap((b) => unequal(`${b.pathPattern ?? 'lists'} protocol`, b.viewerProtocolPolicy, 'allow-all')),
      ...behaviours.filter((b) => b.targetOriginId === 'responder' && !b.allowedMethods.includes('POST')).map((b) => `${b.pathPattern} refuses POST`),
      ...unequal('paths', behaviours.map((b) => [b.pathPattern ?? '*', b.targetOriginId]), [['*', 'lists'], ['/ocsp', 'responder'], ['/ocsp/*', 'responder']]),
      ...(caching['maxTtl'] <= 600 && caching['defaultTtl'] === 0 && caching['minTtl'] === 0 ? [] : ['a revocation could be hidden longer than promised']),
      ...unequal('key of the cache', Object.values(caching['parametersInCacheKeyAndForwardedToOrigin'] as object).flatMap((v) => (typeof v === 'object' ? Object.values(v as object) : [])), ['none', 'none', 'none']),
    ]
  }),
  rule('lists are read by their distribution alone', gateways, ({ site }) => {
    const origin = (named(site, 'aws:cloudfront/distribution:Distribution', 'Status').inputs['origins'] as { originId: string; originAccessControlId?: string }[]).find((o) => o.originId === 'lists')
    const allow = parsePolicy(named(site, 'aws:s3/bucketPolicy:BucketPolicy', 'Lists').inputs['policy']).Statement.filter((s) => s.Effect === 'Allow')
    // CloudFront asks a bucket the way the viewer asked, so a ban on plain HTTP must leave CloudFront out.
    const bans = parsePolicy(named(site, 'aws:s3/bucketPolicy:BucketPolicy', 'Lists').inputs['policy']).Statement.filter((s) => s.Effect === 'Deny' && s.Condition?.['Bool']?.['aws:SecureTransport'] !== undefined)
    return [...bans.filter((s) => s.Condition!['Bool']!['aws:PrincipalIsAWSService'] !== 'false').map(() => 'lists cannot be had over plain HTTP'), ...(origin?.originAccessControlId === undefined ? ['no access control'] : []), ...unequal('signing', named(site, 'aws:cloudfront/originAccessControl:OriginAccessControl', 'Lists').inputs['signingBehavior'], 'always'), ...unequal('reads', allow.map((s) => [list(s.Action), Object.keys(s.Condition?.['StringEquals'] ?? {})]), [[['s3:GetObject'], ['aws:SourceArn']]])]
  }),
  rule('the gateway answers over TLS and keeps nothing', gateways, (view) => {
    const { defaultCacheBehavior: behaviour, viewerCertificate, orderedCacheBehaviors } = named(view.site, 'aws:cloudfront/distribution:Distribution', 'Gateway').inputs
    return [
      ...unequal('protocol', behaviour.viewerProtocolPolicy, 'https-only'), ...unequal('cache', behaviour.cachePolicyId, '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'), ...unequal('more paths', orderedCacheBehaviors, undefined),
      ...(isProduction(view) ? unequal('TLS', viewerCertificate.minimumProtocolVersion, 'TLSv1.2_2021') : []),
    ]
  }),
  rule('origins are reached over TLS, with the secret', gateways, ({ site }) => ofType(site, 'aws:cloudfront/distribution:Distribution').flatMap((d) => (d.inputs['origins'] as { originId: string; customHeaders?: { name: string }[]; customOriginConfig?: { originProtocolPolicy: string; originSslProtocols: string[] } }[]).filter((o) => o.originId !== 'lists').flatMap((o) => [
    ...unequal(where(d, 'origin'), [o.customOriginConfig?.originProtocolPolicy, o.customOriginConfig?.originSslProtocols], ['https-only', ['TLSv1.2']]), ...unequal(where(d, 'header'), o.customHeaders?.map((h) => h.name), ['x-origin-secret']),
  ]))),
  rule('a firewall before the gateway of production, none to pay for elsewhere', gateways, (view) => {
    const acls = ofType(view.site, 'aws:wafv2/webAcl:WebAcl')
    if (!isProduction(view)) return unequal('firewalls', acls.length, 0)
    const [acl] = acls
    const rules = (acl?.inputs['rules'] ?? []) as { name: string; statement: { rateBasedStatement?: { limit: number }; managedRuleGroupStatement?: unknown } }[]
    return [
      ...unequal('attached', named(view.site, 'aws:cloudfront/distribution:Distribution', 'Gateway').inputs['webAclId'], acl?.outputs['arn']),
      ...(rules.some((r) => (r.statement.rateBasedStatement?.limit ?? Infinity) <= 10_000) ? [] : ['no limit per address']), ...(rules.filter((r) => r.statement.managedRuleGroupStatement !== undefined).length >= 3 ? [] : ['no managed rules']),
      // Web ACLs for CloudFront exist in us-east-1 only.
      ...(ofType(view.site, 'pulumi:providers:aws').some((p) => acl?.provider.includes(`::${p.name}::`) && p.inputs['region'] === 'us-east-1') ? [] : ['the firewall is not in us-east-1']),
    ]
  }),
]

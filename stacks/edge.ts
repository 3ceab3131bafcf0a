/**
 * Two distributions. Status answers over plain HTTP, as relying parties' software asks: lists from a bucket, OCSP from its
 * door, cached no longer than the promise about revocations. The gateway answers over TLS alone and caches nothing; in
 * production a firewall stands before it. (There is none before status: at its rates the firewall would cost more than all
 * the rest; see SCALE.md.)
 */
import { createHash } from 'node:crypto'
import { onlyOverTls, type Store } from './buckets.ts'
import type { CounterApi, Origin, Responder } from './gateway.ts'
import type { Site } from './site.ts'

/** Policies that AWS keeps, by the ids it publishes. */
const managed = { cachingDisabled: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', allViewerExceptHost: 'b689b0a8-53d0-40ab-baf2-68738e2966ac' }
/** How old a published revocation may look behind the cache; the doors and the bucket say the same in Cache-Control. */
const promise = 600

/** What CloudFront adds to each request to an origin and nobody else knows. */
export function originSecret(): Origin {
  const { result } = new random.RandomPassword('OriginSecret', { length: 48, special: false })
  return { secret: $util.secret(result), sha256: result.apply((text) => createHash('sha256').update(text).digest('hex')) }
}

export interface Edge { readonly distribution: aws.cloudfront.Distribution; readonly url: $util.Output<string> }

export function statusEdge(site: Site, { bucket, responder, origin }: { readonly bucket: Store; readonly responder: Responder; readonly origin: Origin }): Edge & { readonly ocspUrl: $util.Output<string> } {
  const access = new aws.cloudfront.OriginAccessControl('Lists', { name: site.name('lists'), originAccessControlOriginType: 's3', signingBehavior: 'always', signingProtocol: 'sigv4' })
  const nothing = { cookiesConfig: { cookieBehavior: 'none' }, headersConfig: { headerBehavior: 'none' }, queryStringsConfig: { queryStringBehavior: 'none' } }
  const caching = new aws.cloudfront.CachePolicy('Status', { name: site.name('status'), minTtl: 0, defaultTtl: 0, maxTtl: promise, parametersInCacheKeyAndForwardedToOrigin: nothing })
  const forward = new aws.cloudfront.OriginRequestPolicy('Status', { name: site.name('status'), cookiesConfig: { cookieBehavior: 'none' }, queryStringsConfig: { queryStringBehavior: 'none' }, headersConfig: { headerBehavior: 'whitelist', headers: { items: ['Content-Type'] } } })
  const distribution = new aws.cloudfront.Distribution('Status', {
    comment: site.name('status'), enabled: true, httpVersion: 'http2', isIpv6Enabled: true, priceClass: 'PriceClass_200', waitForDeployment: site.kind === 'production',
    ...namesOf(site, 'status'),
    origins: [
      { originId: 'lists', domainName: bucket.bucket.bucketRegionalDomainName, originAccessControlId: access.id },
      apiOrigin('responder', responder.api, origin),
    ],
    // What is neither list nor status ends at the bucket, which has nothing else.
    defaultCacheBehavior: { targetOriginId: 'lists', viewerProtocolPolicy: 'allow-all', allowedMethods: ['GET', 'HEAD'], cachedMethods: ['GET', 'HEAD'], cachePolicyId: caching.id, compress: false },
    orderedCacheBehaviors: ['/ocsp', '/ocsp/*'].map((pathPattern) => ({
      pathPattern, targetOriginId: 'responder', viewerProtocolPolicy: 'allow-all', compress: false,
      // OCSP needs POST, which CloudFront gives only with all the others; the API has no route for those.
      allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'], cachedMethods: ['GET', 'HEAD'], cachePolicyId: caching.id, originRequestPolicyId: forward.id,
    })),
    restrictions: { geoRestriction: { restrictionType: 'none' } },
  })
  new aws.s3.BucketPolicy('Lists', { bucket: bucket.bucket.id, policy: $util.jsonStringify({ Version: '2012-10-17', Statement: [
    { Sid: 'CloudFrontReads', Effect: 'Allow', Principal: { Service: 'cloudfront.amazonaws.com' }, Action: 's3:GetObject', Resource: [$util.interpolate`${bucket.arn}/crl/*`, $util.interpolate`${bucket.arn}/status.json`], Condition: { StringEquals: { 'aws:SourceArn': distribution.arn } } },
    // CloudFront fetches the way the viewer asked; lists are signed and public.
    onlyOverTls(bucket.arn, { 'aws:PrincipalIsAWSService': 'false' }),
  ] }) })
  address(site, 'status', distribution)
  const host = site.names === null ? distribution.domainName : $util.output(site.names.status)
  return { distribution, url: $util.interpolate`http://${host}`, ocspUrl: $util.interpolate`http://${host}/ocsp` }
}

export function gatewayEdge(site: Site, { api, origin }: { readonly api: CounterApi; readonly origin: Origin }): Edge {
  const distribution = new aws.cloudfront.Distribution('Gateway', {
    comment: site.name('gateway'), enabled: true, httpVersion: 'http2and3', isIpv6Enabled: true, priceClass: 'PriceClass_200', waitForDeployment: site.kind === 'production',
    ...namesOf(site, 'gateway'),
    ...(site.kind === 'production' ? { webAclId: firewall(site).arn } : {}),
    origins: [apiOrigin('counter', api.api, origin)],
    defaultCacheBehavior: {
      targetOriginId: 'counter', viewerProtocolPolicy: 'https-only', compress: true, allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'], cachedMethods: ['GET', 'HEAD'],
      cachePolicyId: managed.cachingDisabled, originRequestPolicyId: managed.allViewerExceptHost,
    },
    restrictions: { geoRestriction: { restrictionType: 'none' } },
  })
  address(site, 'gateway', distribution)
  const host = site.names === null ? distribution.domainName : $util.output(site.names.gateway)
  return { distribution, url: $util.interpolate`https://${host}` }
}

const apiOrigin = (originId: string, api: sst.aws.ApiGatewayV2, origin: Origin) => ({
  originId, domainName: api.nodes.api.apiEndpoint.apply((url) => new URL(url).hostname),
  customHeaders: [{ name: 'x-origin-secret', value: origin.secret }],
  customOriginConfig: { httpPort: 80, httpsPort: 443, originProtocolPolicy: 'https-only', originSslProtocols: ['TLSv1.2'], originReadTimeout: 30 },
})

/** A preview has CloudFront's own name and certificate; that of TLSv1 is CloudFront's, not ours to raise. */
function namesOf(site: Site, which: 'gateway' | 'status') {
  if (site.names === null) return { viewerCertificate: { cloudfrontDefaultCertificate: true } }
  return { aliases: [site.names[which]], viewerCertificate: { acmCertificateArn: site.names.certificate, sslSupportMethod: 'sni-only', minimumProtocolVersion: 'TLSv1.2_2021' } }
}

function address(site: Site, which: 'gateway' | 'status', distribution: aws.cloudfront.Distribution): void {
  if (site.names === null) return
  for (const type of ['A', 'AAAA'] as const) {
    new aws.route53.Record(`${which === 'gateway' ? 'Gateway' : 'Status'}${type}`, { zoneId: site.names.zone, name: site.names[which], type, aliases: [{ name: distribution.domainName, zoneId: distribution.hostedZoneId, evaluateTargetHealth: false }] })
  }
}

function firewall(site: Site): aws.wafv2.WebAcl {
  const seen = (metricName: string) => ({ cloudwatchMetricsEnabled: true, metricName, sampledRequestsEnabled: false })
  const group = (priority: number, name: string, counted: readonly string[] = []) => ({
    name, priority, overrideAction: { none: {} }, visibilityConfig: seen(name),
    statement: { managedRuleGroupStatement: { vendorName: 'AWS', name, ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })) } },
  })
  return new aws.wafv2.WebAcl('Firewall', {
    name: site.name('gateway'), scope: 'CLOUDFRONT', defaultAction: { allow: {} }, visibilityConfig: seen('gateway'),
    rules: [
      { name: 'per-address', priority: 0, action: { block: {} }, visibilityConfig: seen('per-address'), statement: { rateBasedStatement: { limit: 6_000, evaluationWindowSec: 300, aggregateKeyType: 'IP' } } },
      group(1, 'AWSManagedRulesAmazonIpReputationList'),
      group(2, 'AWSManagedRulesKnownBadInputsRuleSet'),
      // A signed document is larger than the 8 KB that this rule allows; the door has its own limit.
      group(3, 'AWSManagedRulesCommonRuleSet', ['SizeRestrictions_BODY']),
    ],
  }, { provider: new aws.Provider('NorthVirginia', { region: 'us-east-1', allowedAccountIds: [site.account] }) })
}

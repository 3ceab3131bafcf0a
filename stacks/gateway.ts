/**
 * The two doors on the internet, each behind an HTTP API of its own: the counter (GraphQL) and the responder (OCSP). Both
 * answer only to their own CloudFront distribution, because a firewall cannot be attached to an HTTP API: a route lets
 * through what carries the header that only CloudFront adds.
 */
import type { Bell } from './authority.ts'
import type { Archive } from './database.ts'
import { openDoor, written, type OpenDoor } from './door.ts'
import { keysFor, permissionsOn, type Keys } from './keys.ts'
import type { Login } from './sandbox.ts'
import { rolePath, type Site } from './site.ts'

export interface Origin { readonly secret: $util.Output<string>; readonly sha256: $util.Output<string> }
export interface CounterApi { readonly api: sst.aws.ApiGatewayV2; readonly auth: { readonly lambda: $util.Output<string> } }
export interface Counter { readonly graphql: OpenDoor; readonly pages: OpenDoor | null; readonly api: sst.aws.ApiGatewayV2 }
export type PairwiseSecret = random.RandomPassword
export interface Responder { readonly ocsp: OpenDoor; readonly api: sst.aws.ApiGatewayV2 }

/** Made before its doors: they are told the name under which they answer, and that is its distribution's. */
export function counterApi(site: Site, origin: Origin): CounterApi {
  const api = httpApi(site, 'Counter', { rate: 5_000, burst: 2_500 })
  return { api, auth: onlyFromCloudFront(site, 'Counter', api, origin) }
}

/** Names of persons towards partners hang on it: made once, never again. */
export const pairwiseSecret = (site: Site): PairwiseSecret => new random.RandomPassword('PairwiseSecret', { length: 48, special: false }, { protect: site.kind === 'production', retainOnDelete: site.kind === 'production' })

export interface CounterParts {
  readonly archive: Archive
  readonly keys: Keys
  readonly queue: Bell
  readonly api: CounterApi
  readonly pairwise: PairwiseSecret
  readonly login: Login
  readonly ocspUrl: $util.Input<string>
  /** Where gateway and pages answer, and the gateway's own name as a resource: what tokens are issued for. */
  readonly gatewayUrl: $util.Input<string>
}

export function gateway(site: Site, { archive, keys, queue, api: { api, auth }, pairwise, login, ocspUrl, gatewayUrl }: CounterParts): Counter {
  const graphql = openDoor(site, {
    door: 'graphql', memory: '1769 MB', seconds: 15, reserved: 500, gradual: true,
    environment: {
      QUEUE_URL: queue.queue.url, OCSP_URL: ocspUrl, ISSUER_URL: login.issuerUrl, AUDIENCE: gatewayUrl, KMS_KEYS: keysFor(keys, 'personal-data'),
      ...(site.bearerTokens === '' ? {} : { BEARER_TOKENS: site.bearerTokens }),
    },
    secrets: { DATABASE_URL: archive.url('graphql'), PAIRWISE_SECRET: pairwise.result },
    permissions: $util.output(permissionsOn(site, keys, 'graphql')).apply((own) => [...(own ?? []), { actions: ['sqs:SendMessage'], resources: [queue.queue.arn] }]),
  })
  // Pages ask the gateway like any client: no key in KMS, no archive. What they are told of a login seals cookies and speaks to the authorization server.
  const cookies = login.pages === null ? null : new random.RandomPassword('PagesCookies', { length: 48, special: false }, { protect: site.kind === 'production', retainOnDelete: site.kind === 'production' })
  const pages = !written('pages') ? null : openDoor(site, {
    door: 'pages', memory: '512 MB', seconds: 15, reserved: 80, gradual: true, files: 'web/assets', permissions: [],
    environment: { AUDIENCE: gatewayUrl, ...(login.pages === null ? {} : { PAGES_CLIENT: login.pages.client }), ...(site.kind === 'preview' ? { SANDBOX: 'cards' } : {}) },
    ...(login.pages === null || cookies === null ? {} : { secrets: { PAGES_KEY: login.pages.key, PAGES_SECRET: cookies.result } }),
  })
  for (const route of ['POST /graphql', 'GET /graphql', 'GET /.well-known/oauth-protected-resource']) api.route(route, graphql.alias.arn, { auth })
  if (pages !== null) api.route('$default', pages.alias.arn, { auth })
  return { graphql, pages, api }
}

export interface StatusParts { readonly archive: Archive; readonly keys: Keys; readonly bucket: { readonly url: $util.Input<string> }; readonly origin: Origin }

export function status(site: Site, { archive, keys, bucket, origin }: StatusParts): Responder {
  const ocsp = openDoor(site, {
    door: 'ocsp', memory: '1769 MB', seconds: 10, reserved: 200, gradual: true,
    // CRL_BUCKET says that a bucket serves the lists; the door has no right on it.
    environment: { CRL_BUCKET: bucket.url, KMS_KEYS: keysFor(keys, 'ocsp-wrapping') },
    secrets: { DATABASE_URL: archive.url('ocsp') },
    permissions: permissionsOn(site, keys, 'ocsp'),
  })
  const api = httpApi(site, 'Status', { rate: 8_000, burst: 4_000 })
  const auth = onlyFromCloudFront(site, 'Status', api, origin)
  for (const route of ['POST /ocsp', 'POST /ocsp/', 'GET /ocsp/{request+}']) api.route(route, ocsp.alias.arn, { auth })
  return { ocsp, api }
}

/** No CORS, limits per second, and a log that names neither caller nor path: an OCSP path says whose certificate is meant. */
function httpApi(site: Site, name: string, limits: { readonly rate: number; readonly burst: number }): sst.aws.ApiGatewayV2 {
  return new sst.aws.ApiGatewayV2(name, {
    cors: false,
    accessLog: { retention: site.kind === 'production' ? '1 year' : '1 week' },
    transform: {
      api: (args) => { args.name = site.name(name.toLowerCase()); args.corsConfiguration = undefined! },
      stage: (args) => {
        args.accessLogSettings = $util.output(args.accessLogSettings).apply((log) => ({
          destinationArn: log!.destinationArn,
          format: JSON.stringify({ time: '$context.requestTime', requestId: '$context.requestId', route: '$context.routeKey', status: '$context.status', latency: '$context.responseLatency', integration: '$context.integration.latency', error: '$context.integrationErrorMessage' }),
        }))
        args.defaultRouteSettings = { throttlingRateLimit: limits.rate, throttlingBurstLimit: limits.burst, detailedMetricsEnabled: true }
      },
    },
  })
}

/** Holds the hash of the secret, not the secret. Its answer is kept for an hour per header value, so it runs almost never. */
const guard = `import { createHash, timingSafeEqual } from 'node:crypto'
const expected = Buffer.from(process.env.ORIGIN_SHA256, 'hex')
export const handler = async (event) => {
  const given = event.headers?.['x-origin-secret'] ?? ''
  return { isAuthorized: timingSafeEqual(createHash('sha256').update(given).digest(), expected) }
}
`

function onlyFromCloudFront(site: Site, name: string, api: sst.aws.ApiGatewayV2, origin: Origin): { readonly lambda: $util.Output<string> } {
  const [functionName, production] = [site.functionName(`${name.toLowerCase()}-guard`), site.kind === 'production']
  const logs = new aws.cloudwatch.LogGroup(`${name}Guard`, { name: `/aws/lambda/${functionName}`, retentionInDays: production ? 365 : 7 })
  const role = new aws.iam.Role(`${name}Guard`, {
    name: site.name(`${name.toLowerCase()}-guard`), path: rolePath,
    ...(production ? {} : { permissionsBoundary: `arn:aws:iam::${site.account}:policy/mynagate-preview-boundary` }),
    assumeRolePolicy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] }),
    inlinePolicies: [{ name: 'inline', policy: $util.jsonStringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: [$util.interpolate`${logs.arn}:*`] }] }) }],
  })
  const fn = new aws.lambda.Function(`${name}Guard`, {
    name: functionName, role: role.arn, runtime: 'nodejs24.x', architectures: ['arm64'], handler: 'index.handler', memorySize: 256, timeout: 3,
    code: new $util.asset.AssetArchive({ 'index.mjs': new $util.asset.StringAsset(guard) }),
    environment: { variables: { ORIGIN_SHA256: origin.sha256 } }, loggingConfig: { logFormat: 'JSON', logGroup: logs.name },
  })
  const authorizer = api.addAuthorizer({ name: 'OnlyFromCloudFront', lambda: { function: fn.arn, identitySources: ['$request.header.x-origin-secret'], response: 'simple', payload: '2.0', ttl: '1 hour' } })
  return { lambda: authorizer.id }
}

/**
 * Who a preview's persons are. Previews are played by test persons: a sandbox holds their cards and is the authorization
 * server at which they log in. Production has neither door nor route, and its people log in elsewhere; what is here is made
 * for `preview` alone, and a rule of the tests finds it anywhere else.
 */
import { createECDH, createHash } from 'node:crypto'
import type { Bell } from './authority.ts'
import { closed, onlyOverTls } from './buckets.ts'
import type { Archive } from './database.ts'
import { openDoor, type OpenDoor } from './door.ts'
import type { CounterApi, PairwiseSecret } from './gateway.ts'
import { keysFor, permissionsOn, type Keys } from './keys.ts'
import type { Site } from './site.ts'

/** Where tokens come from, and as whom the pages ask there. */
export interface Login {
  readonly issuerUrl: $util.Input<string>
  /** The client's name and its private key; null: nobody can log in to the pages. */
  readonly pages: { readonly client: string; readonly key: $util.Output<string> } | null
}

export function loginOf(site: Site, gatewayUrl: $util.Output<string>): Login & { readonly publicKey: $util.Output<string> | null } {
  if (site.kind !== 'preview') return { issuerUrl: site.issuerUrl, pages: site.pages === null ? null : { client: site.pages.client, key: $util.secret(site.pages.key) }, publicKey: null }
  const { result } = new random.RandomPassword('PagesKey', { length: 48, special: false })
  const pair = result.apply(keyFrom)
  return { issuerUrl: $util.interpolate`${gatewayUrl}/oauth`, pages: { client: 'pages', key: $util.secret(pair.apply((both) => both.key)) }, publicKey: pair.apply((both) => both.publicKey) }
}

/** A P-256 key pair that stays the same as long as the stage does. */
function keyFrom(seed: string): { readonly key: string; readonly publicKey: string } {
  const curve = createECDH('prime256v1')
  const secret = createHash('sha256').update(`pages of a preview v1\0${seed}`).digest()
  curve.setPrivateKey(secret)
  const point = curve.getPublicKey()
  const publicKey = { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: 'pages', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
  return { key: JSON.stringify({ ...publicKey, d: secret.toString('base64url') }), publicKey: JSON.stringify(publicKey) }
}

export interface SandboxParts {
  readonly archive: Archive
  readonly keys: Keys
  readonly queue: Bell
  readonly api: CounterApi
  readonly pairwise: PairwiseSecret
  readonly pagesPublicKey: $util.Output<string>
  readonly ocspUrl: $util.Input<string>
  readonly gatewayUrl: $util.Input<string>
}

export interface Sandbox { readonly door: OpenDoor; readonly bucket: $util.Output<string> }

export function sandbox(site: Site, { archive, keys, queue, api, pairwise, pagesPublicKey, ocspUrl, gatewayUrl }: SandboxParts): Sandbox {
  if (site.kind !== 'preview') throw new Error(`test persons in ${site.stage}`)
  const kept = closed(site, 'Sandbox', 'sandbox')
  new aws.s3.BucketPolicy('Sandbox', { bucket: kept.bucket.id, policy: $util.jsonStringify({ Version: '2012-10-17', Statement: [onlyOverTls(kept.arn)] }) })
  const door = openDoor(site, {
    door: 'sandbox', handler: 'local/sandbox-door.handler', memory: '1769 MB', seconds: 60, alone: true,
    environment: { AUDIENCE: gatewayUrl, QUEUE_URL: queue.queue.url, OCSP_URL: ocspUrl, SANDBOX_BUCKET: kept.url, PAGES_PUBLIC_KEY: pagesPublicKey, KMS_KEYS: keysFor(keys, 'card-orders', 'personal-data') },
    secrets: { DATABASE_URL: archive.url('sandbox'), PAIRWISE_SECRET: pairwise.result },
    permissions: $util.output(permissionsOn(site, keys, 'sandbox')).apply((own) => [
      ...(own ?? []), { actions: ['sqs:SendMessage'], resources: [queue.queue.arn] },
      { actions: ['s3:GetObject', 's3:PutObject'], resources: [$util.interpolate`${kept.arn}/*`] },
      // Without it S3 answers 403 instead of 404 for what is not there yet.
      { actions: ['s3:ListBucket'], resources: [kept.arn] },
    ]),
  })
  for (const route of ['ANY /sandbox/{path+}', 'ANY /oauth/{path+}', 'ANY /pages/signin', 'ANY /pages/signin/{path+}']) api.api.route(route, door.alias.arn, { auth: api.auth })
  return { door, bucket: kept.bucket.bucket }
}

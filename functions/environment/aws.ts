/**
 * The AWS calls besides KMS that the doors make: ring the bell (SQS SendMessage), put lists and checkpoints into their
 * buckets (S3 PutObject, only where what is there is older). One signed request each, without an SDK in the bundle.
 *
 * Signature Version 4: HMAC-SHA-256 over date, region, service and the canonical request.
 */
import { createHash, createHmac } from 'node:crypto'
import type { CheckpointStore } from '../../core/law/record/audit.ts'
import type { Bell } from '../../core/law/world.ts'
import { listBucket, type ListBucket } from './lists.ts'
import { currentTrace, traceHeaders, xrayOf } from './trace.ts'

export interface AwsCredentials { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
export interface AwsAccess {
  readonly region: string
  readonly credentials: AwsCredentials
  readonly now: () => number
  readonly fetch: typeof fetch
}

export interface AwsRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

const hex = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')
const mac = (key: Uint8Array | string, data: string): Uint8Array => createHmac('sha256', key).update(data).digest()

/** The request's headers with the signature over all of them. Paths must be in their final encoded form. */
export function signRequest(request: AwsRequest, service: string, region: string, credentials: AwsCredentials, now: number): Record<string, string> {
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = stamp.slice(0, 8)
  const headers: Record<string, string> = { ...request.headers, host: request.url.host, 'x-amz-date': stamp }
  if (service === 's3') headers['x-amz-content-sha256'] = hex(request.body)
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, ' ')]))
  const names = Object.keys(lower).toSorted()
  const query = [...request.url.searchParams].map(([k, v]) => [encode(k), encode(v)] as const).toSorted(([a, x], [b, y]) => (a < b || (a === b && x < y) ? -1 : 1))
  const canonical = [
    request.method, request.url.pathname, query.map(([k, v]) => `${k}=${v}`).join('&'), ...names.map((name) => `${name}:${lower[name]}`), '', names.join(';'), hex(request.body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const key = mac(mac(mac(mac(`AWS4${credentials.secretAccessKey}`, day), region), service), 'aws4_request')
  const signature = Buffer.from(mac(key, ['AWS4-HMAC-SHA256', stamp, scope, hex(canonical)].join('\n'))).toString('hex')
  return { ...lower, authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}` }
}

const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** `patience`: milliseconds for all of it. */
export async function sendTo(access: AwsAccess, service: string, request: AwsRequest, patience = 3_000): Promise<Response> {
  const { host: _, ...headers } = signRequest(request, service, access.region, access.credentials, access.now())
  // Not signed: AWS's own front ends write into it.
  return access.fetch(request.url, { method: request.method, headers: { ...headers, ...traceHeaders(true) }, ...(request.method === 'GET' || request.method === 'HEAD' ? {} : { body: Buffer.from(request.body) }), signal: AbortSignal.timeout(patience) })
}

/** Rings by putting a message into the queue. A bell that cannot be rung is no fault of the act: the schedule comes anyway. */
export function sqsBell(access: AwsAccess, queueUrl: string, lost: (fault: unknown) => void): Bell {
  const url = new URL('/', queueUrl)
  return {
    async ring(message) {
      const trace = currentTrace()
      const kept = trace === null ? {} : { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: xrayOf(trace) } } }
      const body = Buffer.from(JSON.stringify({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message), ...kept }))
      const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' }
      try {
        const answer = await sendTo(access, 'sqs', { method: 'POST', url, headers, body })
        if (!answer.ok) throw new Error(`SQS answered ${answer.status}`)
      } catch (fault) {
        lost(fault)
      }
    },
  }
}

/** One object per checkpoint, never written again; the bucket's object lock keeps everybody from removing it. */
export function s3Checkpoints(access: AwsAccess, bucketUrl: string): CheckpointStore {
  return {
    async put(size, note) {
      const url = new URL(`checkpoints/${size.toString().padStart(18, '0')}.txt`, bucketUrl.endsWith('/') ? bucketUrl : `${bucketUrl}/`)
      const body = Buffer.from(note, 'utf8')
      // S3 takes an object under a lock only with a checksum.
      const checksum = createHash('sha256').update(body).digest('base64')
      const answer = await sendTo(access, 's3', { method: 'PUT', url, body, headers: { 'content-type': 'text/plain; charset=utf-8', 'if-none-match': '*', 'x-amz-checksum-sha256': checksum } })
      if (answer.ok) return
      if (answer.status !== 412) throw new Error(`the bucket of checkpoints answered ${answer.status}`)
      const there = await sendTo(access, 's3', { method: 'GET', url, headers: {}, body: new Uint8Array() })
      if (!there.ok || (await there.text()) !== note) throw new Error(`a different checkpoint of ${size} acts is kept already`)
    },
  }
}

/** Lists as objects of a bucket; the number stands beside the octets, so that looking does not fetch them. */
export const s3Lists = (access: AwsAccess, bucketUrl: string): ListBucket => {
  const at = (path: string): URL => new URL(path, bucketUrl.endsWith('/') ? bucketUrl : `${bucketUrl}/`)
  return listBucket({
    async look(path) {
      const there = await sendTo(access, 's3', { method: 'HEAD', url: at(path), headers: {}, body: new Uint8Array() })
      if (there.status === 404) return null
      const etag = there.headers.get('etag')
      if (!there.ok || etag === null) throw new Error(`the bucket of lists answered ${there.status}`)
      return { number: BigInt(there.headers.get('x-amz-meta-crl-number') ?? '0'), version: etag }
    },
    async replace(path, list, version) {
      const answer = await sendTo(access, 's3', {
        method: 'PUT', url: at(path), body: list.der,
        headers: {
          'content-type': 'application/pkix-crl', 'cache-control': 'max-age=600, public, no-transform, must-revalidate', 'x-amz-meta-crl-number': list.number.toString(),
          ...(version === null ? { 'if-none-match': '*' } : { 'if-match': version }),
        },
      })
      if (answer.ok) return true
      if (answer.status !== 412 && answer.status !== 409) throw new Error(`the bucket of lists answered ${answer.status}`)
      return false
    },
  })
}

/**
 * The cloud parts of a gateway on LocalStack: keys, buckets, and the queue with its dead letters, reached by the adapters
 * of the deployed doors. What a folder makes there bears the folder's own name, so that several can share one LocalStack;
 * a LocalStack that is stopped forgets it all. Schedules are kept there and not run: time is told here.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { instant } from '../../core/law/time.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { kmsClient } from '../../core/pki/kms.ts'
import type { Generation } from '../../core/pki/profile.ts'
import { s3Checkpoints, s3Lists, sendTo, type AwsAccess } from '../../functions/environment/aws.ts'
import { listPath } from '../../functions/environment/lists.ts'
import { begunOnLocalStack, type Closing, type Cloud } from './parts.ts'
import type { Folder } from '../folder.ts'
import { kmsKeys } from '../keys.ts'
import type { NewKey } from './kms/keys.ts'
import { Mistake } from '../mistake.ts'
import { patient } from '../http/patience.ts'
import { queueOf, sqsOf, type SqsUrls } from './localstack/queue.ts'

export const region = 'ap-northeast-1'
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' } as const

interface Site { readonly name: string; readonly queue: string; readonly deadLetters: string }

/** Throws {@link Mistake}, one line, where nothing answers at the address, or what the folder made there is gone. */
export async function cloudOnLocalStack(endpoint: string, folder: Folder, generation: Generation, closing: Closing, lost: (fault: unknown) => void): Promise<Cloud> {
  await expectLocalStack(endpoint)
  const { path } = folder
  if (path !== null && !existsSync(folder.place(begunOnLocalStack)) && existsSync(folder.place('pins.json'))) throw new Mistake(`${path} was begun with the keys of this machine: choose another folder with --data`)
  const access: AwsAccess = { region, credentials, now: Date.now, fetch: globalThis.fetch }
  let begun = true
  const site = await folder.keep<Site>(begunOnLocalStack, async () => {
    begun = false
    return makeSite(access, endpoint)
  })
  const ensureKey = keysAt(access, endpoint, site.name)
  if (begun && (await ensureKey.find('alias/mynagate-signature-ca')) === null) throw new Mistake(`LocalStack at ${endpoint} does not know what ${path ?? 'memory'} made there; it forgets when it stops: choose another folder with --data`)

  const kms = patient(kmsClient({ region, endpoint, credentials, gate: { failures: Number.MAX_SAFE_INTEGER } }))
  closing.push(() => kms.close())
  const keys = await kmsKeys(ensureKey, kms, folder, generation)
  const bucket = `${endpoint}/${site.name}-lists/`
  const urls: SqsUrls = { queue: here(endpoint, site.queue), deadLetters: here(endpoint, site.deadLetters) }
  return {
    kms, keys, lists: s3Lists(access, bucket), checkpoints: s3Checkpoints(access, `${endpoint}/${site.name}-checkpoints/`), startQueue: queueOf(access, urls, lost),
    // As the distribution before the bucket reads it.
    async latestList(issuer, shard) {
      const answer = await sendTo(access, 's3', { method: 'GET', url: new URL(listPath({ issuer, shard }), bucket), headers: {}, body: new Uint8Array() })
      if (answer.status === 404) return null
      if (!answer.ok) throw new Error(`the bucket of lists answered ${answer.status}`)
      const der = new Uint8Array(await answer.arrayBuffer())
      const { number, thisUpdate, nextUpdate } = readCrl(der)
      return { issuer, shard, number, der, thisUpdate: instant(thisUpdate), nextUpdate: instant(nextUpdate) }
    },
  }
}

async function expectLocalStack(endpoint: string): Promise<void> {
  const healthy = await fetch(new URL('/_localstack/health', endpoint), { signal: AbortSignal.timeout(3_000) }).then((answer) => answer.ok, () => false)
  if (!healthy) throw new Mistake(`no LocalStack answers at ${endpoint} (asked for /_localstack/health): start one, or leave --localstack out`)
}

// ---------------------------------------------------------------- what is made there

/** Buckets and queues as the stacks make them, as far as LocalStack knows them. */
async function makeSite(access: AwsAccess, endpoint: string): Promise<Site> {
  const name = `mynagate-${randomBytes(4).toString('hex')}`
  const location = Buffer.from(`<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`)
  for (const [what, lock] of [['lists', false], ['checkpoints', true]] as const) {
    const made = await sendTo(access, 's3', { method: 'PUT', url: new URL(`/${name}-${what}`, endpoint), headers: { 'content-type': 'application/xml', ...(lock ? { 'x-amz-bucket-object-lock-enabled': 'true' } : {}) }, body: location }, 60_000)
    if (!made.ok) throw new Mistake(`LocalStack at ${endpoint} makes no bucket: it answered ${made.status}`)
  }
  const sqs = sqsOf(access, endpoint)
  const make = async (queue: string, attributes: Readonly<Record<string, string>>): Promise<string> => String((await sqs('CreateQueue', { QueueName: queue, Attributes: attributes }))['QueueUrl'])
  const deadLetters = await make(`${name}-dead-letters`, {})
  const { Attributes: made } = (await sqs('GetQueueAttributes', { QueueUrl: deadLetters, AttributeNames: ['QueueArn'] })) as { Attributes?: { QueueArn?: string } }
  const queue = await make(`${name}-bell`, { VisibilityTimeout: '720', RedrivePolicy: JSON.stringify({ deadLetterTargetArn: made?.QueueArn, maxReceiveCount: 5 }) })
  return { name, queue, deadLetters }
}

/** LocalStack names queues by a host that only it knows. */
const here = (endpoint: string, url: string): string => new URL(new URL(url).pathname, endpoint).href

interface KeysThere {
  /** The ARN behind an alias; null where there is none. */
  find(alias: string): Promise<string | null>
  ensureKey(key: NewKey & { readonly alias?: string }): Promise<string>
}

function keysAt(access: AwsAccess, endpoint: string, site: string): KeysThere {
  const kms = async (operation: string, input: object): Promise<Record<string, unknown> | null> => {
    const answer = await sendTo(access, 'kms', { method: 'POST', url: new URL('/', endpoint), headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` }, body: Buffer.from(JSON.stringify(input)) }, 60_000)
    const text = await answer.text()
    if (answer.ok) return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
    if (operation === 'DescribeKey' && text.includes('NotFoundException')) return null
    throw new Error(`LocalStack answered ${answer.status} to ${operation}`)
  }
  const ofSite = (alias: string): string => alias.replace(/^alias\/mynagate-/, `alias/${site}/`)
  const arnIn = (answer: Record<string, unknown> | null): string | null => (answer === null ? null : String((answer['KeyMetadata'] as { Arn: string }).Arn))
  const find = async (alias: string): Promise<string | null> => arnIn(await kms('DescribeKey', { KeyId: ofSite(alias) }))
  return {
    find,
    async ensureKey({ spec, usage = 'ENCRYPT_DECRYPT', alias }) {
      const there = alias === undefined ? null : await find(alias)
      if (there !== null) return there
      const made = arnIn(await kms('CreateKey', { KeySpec: spec, KeyUsage: usage }))!
      if (alias !== undefined) await kms('CreateAlias', { AliasName: ofSite(alias), TargetKeyId: made })
      return made
    },
  }
}

/**
 * KMS on loopback, strict where emulators are lax: a digest is signed as it is and must have the right length, states
 * and usages are enforced, errors carry KMS's names. AWS JSON 1.1; the request's signature is not checked, its access
 * key id is handed to `authorize`. Keys live in a folder and survive a kill.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KmsError } from './kms/errors.ts'
import type { Input } from './kms/input.ts'
import { findKey, makeKey, type NewKey, type Place } from './kms/keys.ts'
import { keyNamed, onKey, withoutKey } from './kms/operations.ts'
import { policyAllows } from './kms/policy.ts'
import { openKeyStore, type StoredKey } from './kms/store.ts'

export interface KmsCall {
  readonly accessKeyId: string
  /** `kms:Sign` and so on. */
  readonly action: string
  readonly key: { readonly id: string; readonly arn: string; readonly policy: string } | null
  /** Condition keys: `kms:SigningAlgorithm`, `kms:MessageType`, `kms:EncryptionContext:…` and so on, where the request has them. */
  readonly context: Readonly<Record<string, string>>
}

export interface KmsOptions {
  /** A folder, or 'memory' for keys that end with the process. */
  readonly directory: string
  /** 0 or absent: any free port. */
  readonly port?: number
  readonly random: { bytes(n: number): Uint8Array }
  /** False is AccessDeniedException. Absent: everything is allowed. */
  readonly authorize?: (call: KmsCall) => boolean | Promise<boolean>
  readonly account?: string
  readonly region?: string
  /** Epoch milliseconds; for creation and deletion dates. */
  readonly now?: () => number
}

export interface RunningKms {
  readonly endpoint: string
  /** Makes the key where it does not exist yet, under a given id and alias; answers its ARN. */
  ensureKey(key: NewKey & { readonly alias?: string }): Promise<string>
  close(): Promise<void>
}

export async function startKms(options: KmsOptions): Promise<RunningKms> {
  const place: Place = {
    store: openKeyStore(options.directory), random: options.random, now: options.now ?? Date.now, account: options.account ?? '000000000000', region: options.region ?? 'ap-northeast-1',
  }
  const server = createServer((request, response) => void answer(place, options, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ensureKey: (key) => ensureKey(place, key),
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

async function ensureKey(place: Place, { alias, ...wanted }: NewKey & { readonly alias?: string }): Promise<string> {
  const known = wanted.id !== undefined ? place.store.key(wanted.id)?.id : alias === undefined ? undefined : place.store.aliases().get(alias)
  const key = known === undefined ? await makeKey(place, wanted) : findKey(place, known)
  if (alias !== undefined && place.store.aliases().get(alias) !== key.id) place.store.putAliases(new Map([...place.store.aliases(), [alias, key.id]]))
  return key.arn
}

// ---------------------------------------------------------------- protocol

const longestBody = 64 * 1024

async function answer(place: Place, options: KmsOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = Buffer.from(place.random.bytes(16)).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  const send = (status: number, body: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': id, 'content-length': Buffer.byteLength(body), ...headers }).end(body)
  }
  try {
    const output = await perform(place, options, request)
    send(200, output === null ? '' : JSON.stringify(output))
  } catch (error) {
    const known = error instanceof KmsError
    const name = known ? error.name : 'KMSInternalException'
    // The words of an unexpected failure stay here: they may name files.
    send(known ? 400 : 500, JSON.stringify({ __type: name, message: known ? error.message : 'internal failure' }), { 'x-amzn-errortype': name })
  }
}

async function perform(place: Place, options: KmsOptions, request: IncomingMessage): Promise<object | null> {
  const operation = /^TrentService\.(\w+)$/.exec(String(request.headers['x-amz-target'] ?? ''))?.[1]
  if (request.method !== 'POST' || operation === undefined || !(Object.hasOwn(onKey, operation) || Object.hasOwn(withoutKey, operation))) throw new KmsError('UnknownOperationException', 'no such operation')
  const accessKeyId = /Credential=([^/,\s]+)\//.exec(request.headers.authorization ?? '')?.[1]
  if (accessKeyId === undefined) throw new KmsError('MissingAuthenticationTokenException', 'Missing Authentication Token')
  const input = await readInput(request)
  const free = Object.hasOwn(withoutKey, operation) ? withoutKey[operation] : undefined
  const key = free === undefined ? keyNamed(place, operation, input) : null
  await authorize(place, options, { accessKeyId, action: `kms:${operation}`, key, context: conditions(input) })
  return free === undefined ? onKey[operation]!(place, key as StoredKey, input) : free(place, input)
}

/** The key's policy and the caller's own rights: either says no. */
async function authorize({ account }: Place, options: KmsOptions, call: KmsCall): Promise<void> {
  const byKey = call.key === null || policyAllows(call.key.policy, { account, action: call.action, context: call.context })
  if (byKey && (options.authorize === undefined || (await options.authorize(call)))) return
  throw new KmsError('AccessDeniedException', `${call.accessKeyId} is not authorized to perform: ${call.action} on resource: ${call.key?.arn ?? '*'}`)
}

function conditions(input: Input): Record<string, string> {
  const { SigningAlgorithm: algorithm, MessageType: type, KeyId: reference, KeyPairSpec: pair, EncryptionContext: bound } = input
  return {
    ...(typeof algorithm === 'string' ? { 'kms:SigningAlgorithm': algorithm, 'kms:MessageType': typeof type === 'string' ? type : 'RAW' } : {}),
    ...(typeof reference === 'string' && reference.includes('alias/') ? { 'kms:RequestAlias': reference.slice(reference.indexOf('alias/')) } : {}),
    ...(typeof pair === 'string' ? { 'kms:DataKeyPairSpec': pair } : {}),
    ...(typeof bound === 'object' && bound !== null ? Object.fromEntries(Object.entries(bound).map(([name, value]) => [`kms:EncryptionContext:${name}`, String(value)])) : {}),
  }
}

async function readInput(request: IncomingMessage): Promise<Input> {
  if (!/^application\/x-amz-json-1\.1\b/.test(request.headers['content-type'] ?? '')) throw new KmsError('SerializationException', 'content type is application/x-amz-json-1.1')
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > longestBody) throw new KmsError('ValidationException', `a request of more than ${longestBody} octets`)
    parts.push(part)
  }
  try {
    const input: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)))
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Input
  } catch {
    // Falls through: neither JSON nor UTF-8 is an object.
  }
  throw new KmsError('SerializationException', 'the body is not a JSON object')
}

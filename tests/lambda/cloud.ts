/**
 * What stands around the doors in the cloud, on loopback: KMS behind the policies that the stacks produce, the queue, the
 * bucket of lists, the secrets, the issuer of tokens. Who asks is told by the access key id, which is the role's name.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { realRandom } from '../../functions/environment.ts'
import { startKms } from '../../local/cloud/kms.ts'
import { evaluate, parsePolicy, type Request } from '../infra/policy.ts'
import { named, ofType, policiesOf } from '../infra/rules/view.ts'
import type { Synthesis } from '../infra/synth/run.ts'

export interface Cloud {
  readonly kms: string
  readonly other: string
  /** `role action key-role verdict`, in order. */
  readonly asked: readonly string[]
  readonly messages: readonly unknown[]
  readonly objects: ReadonlyMap<string, { readonly body: Buffer; readonly headers: Readonly<Record<string, unknown>> }>
  /** KMS_KEYS of the synthesis, pinned to the keys that the stand-in made. */
  pinned(keys: string): Promise<string>
  secret(arn: string, values: Readonly<Record<string, string>>): void
  close(): Promise<void>
}

const read = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const askerOf = (request: IncomingMessage): string => /Credential=([^/,\s]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? ''

export async function startCloud(site: Synthesis, account: string): Promise<Cloud> {
  const kms = await startKms({ directory: 'memory', random: realRandom, account })
  const keys = ofType(site, 'aws:kms/key:Key')
  const asked: string[] = []
  for (const key of keys) await kms.ensureKey({ id: String(key.outputs['keyId']), spec: key.inputs['customerMasterKeySpec'], usage: key.inputs['keyUsage'] })

  const permits = (asker: string, operation: string, body: Readonly<Record<string, unknown>>): boolean => {
    const key = keys.find((k) => k.outputs['arn'] === body['KeyId'] || k.outputs['keyId'] === body['KeyId'])
    const role = site.resources.find((r) => r.type === 'aws:iam/role:Role' && r.name === asker)
    const context: Record<string, string> = { 'aws:CurrentTime': new Date().toISOString() }
    if (typeof body['SigningAlgorithm'] === 'string') Object.assign(context, { 'kms:SigningAlgorithm': body['SigningAlgorithm'], 'kms:MessageType': body['MessageType'] ?? 'RAW' })
    if (typeof body['KeyPairSpec'] === 'string') context['kms:DataKeyPairSpec'] = body['KeyPairSpec']
    for (const [name, value] of Object.entries((body['EncryptionContext'] ?? {}) as Record<string, string>)) context[`kms:EncryptionContext:${name}`] = value
    const verdict = key === undefined || role === undefined ? 'not allowed' : evaluate({ principal: role.outputs['arn'], action: `kms:${operation}`, resource: key.outputs['arn'], context } satisfies Request, policiesOf(role), parsePolicy(key.inputs['policy']))
    asked.push(`${asker} ${operation} ${key?.inputs['tags']['mynagate:role'] ?? 'no key'} ${verdict}`)
    return verdict === 'allowed'
  }
  /** The policies stand before the stand-in: what they refuse never reaches it. */
  const gate = createServer((request, response) => void (async () => {
    const body = await read(request)
    const operation = String(request.headers['x-amz-target']).replace('TrentService.', '')
    if (!permits(askerOf(request), operation, JSON.parse(body.toString()) as Record<string, unknown>)) {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': 'AccessDeniedException' }).end(JSON.stringify({ __type: 'AccessDeniedException', message: `${askerOf(request)} is not authorized to perform: kms:${operation}` }))
      return
    }
    const answer = await fetch(kms.endpoint, { method: 'POST', headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': String(request.headers['x-amz-target']), authorization: String(request.headers.authorization) }, body: new Uint8Array(body) })
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()))
  })().catch((error: unknown) => response.writeHead(500).end(String(error))))

  const messages: unknown[] = []
  const objects = new Map<string, { body: Buffer; headers: Record<string, unknown> }>()
  const secrets = new Map<string, Readonly<Record<string, string>>>()
  let etag = 0
  let url = ''
  const other = createServer((request, response) => void (async () => {
    const body = await read(request)
    const target = String(request.headers['x-amz-target'] ?? '')
    const path = (request.url ?? '/').split('?')[0]!
    const json = (status: number, value: unknown) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (target === 'AmazonSQS.SendMessage') {
      messages.push(JSON.parse((JSON.parse(body.toString()) as { MessageBody: string }).MessageBody))
      return json(200, { MessageId: '1' })
    }
    if (target === 'secretsmanager.GetSecretValue') {
      const { SecretId } = JSON.parse(body.toString()) as { SecretId: string }
      const own = site.resources.find((r) => r.type === 'aws:iam/role:Role' && r.name === askerOf(request))
      const may = own !== undefined && policiesOf(own).some((p) => p.Statement.some((s) => JSON.stringify(s.Action).includes('secretsmanager:GetSecretValue') && JSON.stringify(s.Resource).includes(`"${SecretId}"`)))
      return may && secrets.has(SecretId) ? json(200, { ARN: SecretId, SecretString: JSON.stringify(secrets.get(SecretId)) }) : json(400, { __type: 'AccessDeniedException' })
    }
    if (path === '/.well-known/openid-configuration') return json(200, { issuer: url, jwks_uri: `${url}/jwks` })
    if (path === '/jwks') return json(200, { keys: [] })
    const there = objects.get(path)
    if (request.method === 'PUT') {
      if (request.headers['if-none-match'] === '*' && there !== undefined) return response.writeHead(412).end()
      objects.set(path, { body, headers: { ...request.headers, etag: `"${++etag}"` } })
      return response.writeHead(200).end()
    }
    if (there === undefined) return response.writeHead(404).end()
    response.writeHead(200, { etag: String(there.headers['etag']), 'x-amz-meta-crl-number': String(there.headers['x-amz-meta-crl-number'] ?? '') }).end(request.method === 'HEAD' ? undefined : there.body)
  })().catch((error: unknown) => response.writeHead(500).end(String(error))))
  url = await listen(other)
  const endpoint = await listen(gate)

  const publicKey = async (arn: string): Promise<Buffer> => {
    const answer = await fetch(kms.endpoint, { method: 'POST', headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.GetPublicKey', authorization: 'AWS4-HMAC-SHA256 Credential=seed/20260101/r/kms/aws4_request' }, body: JSON.stringify({ KeyId: arn }) })
    return Buffer.from(((await answer.json()) as { PublicKey: string }).PublicKey, 'base64')
  }
  return {
    kms: endpoint, other: url, asked, messages, objects,
    async pinned(text) {
      const told = JSON.parse(text) as Record<string, { arn: string; spkiSha256?: string }>
      for (const key of Object.values(told)) if (key.spkiSha256 !== undefined) key.spkiSha256 = createHash('sha256').update(await publicKey(key.arn)).digest('hex')
      return JSON.stringify(told)
    },
    secret: (arn, values) => void secrets.set(arn, values),
    async close() {
      for (const server of [gate, other]) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
      await kms.close()
    },
  }
}

/** The function, role and variables of a door as synthesised. */
export function doorOfSite(site: Synthesis, door: string) {
  const title = door[0]!.toUpperCase() + door.slice(1)
  const fn = named(site, 'aws:lambda/function:Function', `${title}Function`)
  const secret = site.resources.find((r) => r.type === 'aws:secretsmanager/secretVersion:SecretVersion' && r.name === `${title}Secret`)
  return {
    role: `${title}Role`, name: String(fn.inputs['name']), arn: String(fn.outputs['arn']), memory: Number(fn.inputs['memorySize']), timeout: Number(fn.inputs['timeout']) * 1_000,
    variables: fn.inputs['environment'].variables as Record<string, string>, secrets: secret === undefined ? {} : (JSON.parse(String(secret.inputs['secretString'])) as Readonly<Record<string, string>>),
  }
}

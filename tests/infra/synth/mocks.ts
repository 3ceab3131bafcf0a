/**
 * What a cloud would have answered: the state of a new resource and the result of a call. Only what SST's components or our
 * stacks wait for; everything else is its own input with a name and an ARN.
 */
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'

export interface Registered {
  readonly type: string
  readonly name: string
  readonly parent: string
  readonly custom: boolean
  readonly protect: boolean
  readonly retainOnDelete: boolean
  readonly ignoreChanges: readonly string[]
  readonly provider: string
  readonly urn: string
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  inputs: Record<string, any>
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  outputs: Record<string, any>
}

type Values = Record<string, unknown>
interface NewResource { readonly type: string; readonly name: string; readonly inputs: Values; readonly id?: string }
interface Call { readonly token: string; readonly inputs: Values }

const region = 'ap-northeast-1'
const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const uuid = (name: string): string => hash(name).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')

export function stateOf({ type, name, inputs, id }: NewResource, account: string): { id: string; state: Values } {
  const physical = String(inputs['name'] ?? inputs['bucket'] ?? name)
  const [, service = '', kind = ''] = /^([a-z0-9]+):([a-zA-Z0-9]+)/.exec(type) ?? []
  const arn = (resource: string, service: string, where = region) => `arn:aws:${service}:${where}:${account}:${resource}`
  const state: Values = { ...inputs, name: physical, arn: arn(`${service}/${physical}`, service === 'aws' ? kind : service) }
  const own = (more: Values, ownId = id || `${name}-id`) => ({ id: ownId, state: { ...state, ...more } })
  switch (type) {
    case 'aws:iam/role:Role': return own({ arn: `arn:aws:iam::${account}:role${String(inputs['path'] ?? '/')}${physical}` }, physical)
    case 'aws:kms/key:Key': {
      const keyId = `${inputs['multiRegion'] === true ? 'mrk-' : ''}${inputs['multiRegion'] === true ? hash(name).slice(0, 32) : uuid(name)}`
      return own({ keyId, arn: arn(`key/${keyId}`, 'kms') }, keyId)
    }
    case 'aws:lambda/function:Function': return own({ arn: arn(`function:${physical}`, 'lambda'), version: '1', invokeArn: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn(`function:${physical}`, 'lambda')}/invocations` }, physical)
    case 'aws:lambda/alias:Alias': return own({ arn: arn(`function:${String(inputs['functionName'])}:${physical}`, 'lambda') })
    case 'aws:sqs/queue:Queue': return own({ arn: arn(physical, 'sqs'), url: `https://sqs.${region}.amazonaws.com/${account}/${physical}` }, `https://sqs.${region}.amazonaws.com/${account}/${physical}`)
    case 'aws:s3/bucket:Bucket': return own({ arn: `arn:aws:s3:::${physical}`, bucket: physical, bucketRegionalDomainName: `${physical}.s3.${region}.amazonaws.com` }, physical)
    case 'aws:secretsmanager/secret:Secret': return own({ arn: arn(`secret:${physical}-AbCdEf`, 'secretsmanager') }, arn(`secret:${physical}-AbCdEf`, 'secretsmanager'))
    case 'aws:cloudwatch/logGroup:LogGroup': return own({ arn: arn(`log-group:${physical}`, 'logs') }, physical)
    case 'aws:cloudwatch/metricAlarm:MetricAlarm': return own({ arn: arn(`alarm:${physical}`, 'cloudwatch') }, physical)
    case 'aws:sns/topic:Topic': return own({ arn: arn(physical, 'sns') })
    case 'aws:apigatewayv2/api:Api': return own({ apiEndpoint: `https://${name.toLowerCase()}.execute-api.${region}.amazonaws.com`, executionArn: `arn:aws:execute-api:${region}:${account}:${name.toLowerCase()}` })
    case 'aws:cloudfront/distribution:Distribution': return own({ arn: `arn:aws:cloudfront::${account}:distribution/${name}`, domainName: `${name.toLowerCase()}.cloudfront.net`, hostedZoneId: 'Z2FDTNDATAQYW2' })
    case 'aws:wafv2/webAcl:WebAcl': return own({ arn: arn(`global/webacl/${physical}/${uuid(name)}`, 'wafv2', 'us-east-1') })
    case 'random:index/randomBytes:RandomBytes': return own({ base64: Buffer.from(hash(name), 'hex').toString('base64'), hex: hash(name) })
    case 'random:index/randomPassword:RandomPassword': return own({ result: `random-${hash(name)}` })
    case 'neon:index/endpoint:Endpoint': return own({ host: `ep-quiet-${hash(name).slice(0, 8)}.ap-southeast-1.aws.neon.tech` })
    case 'neon:index/role:Role': return own({ password: `random-${hash(name)}` })
    default: return own({})
  }
}

export function answerCall({ token, inputs }: Call, account: string): Values {
  switch (token) {
    case 'aws:index/getRegion:getRegion': return { region, name: region, id: region }
    case 'aws:index/getPartition:getPartition': return { partition: 'aws', dnsSuffix: 'amazonaws.com' }
    case 'aws:index/getCallerIdentity:getCallerIdentity': return { accountId: account }
    case 'aws:iam/getPolicyDocument:getPolicyDocument': return { ...inputs, json: renderPolicy(inputs) }
    case 'aws:kms/getPublicKey:getPublicKey': return { ...inputs, publicKey: publicKey }
    default: return inputs
  }
}

/** Any key: its hash is what the stack has to get right. */
export const publicKey = createPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey).export({ type: 'spki', format: 'der' }).toString('base64')

interface Statement {
  readonly sid?: string; readonly effect?: string; readonly actions?: string[]; readonly notActions?: string[]; readonly resources?: string[]; readonly notResources?: string[]
  readonly principals?: { type: string; identifiers: string[] }[]; readonly conditions?: { test: string; variable: string; values: string[] }[]
}

const scalar = (values: readonly string[]): string | readonly string[] => (values.length === 1 ? values[0]! : values)

/** As the data source of the provider renders it. */
function renderPolicy(inputs: Values): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: ((inputs['statements'] ?? []) as Statement[]).map((s) => ({
      ...(s.sid === undefined ? {} : { Sid: s.sid }),
      Effect: s.effect ?? 'Allow',
      ...Object.fromEntries(([['Action', s.actions], ['NotAction', s.notActions], ['Resource', s.resources], ['NotResource', s.notResources]] as const).filter(([, v]) => v !== undefined).map(([k, v]) => [k, scalar(v!)])),
      ...(s.principals === undefined ? {} : { Principal: s.principals.some((p) => p.type === '*') ? '*' : Object.fromEntries(s.principals.map((p) => [p.type, scalar(p.identifiers)])) }),
      ...(s.conditions === undefined || s.conditions.length === 0 ? {} : { Condition: conditionsOf(s.conditions) }),
    })),
  })
}

function conditionsOf(conditions: readonly { test: string; variable: string; values: string[] }[]): Record<string, Record<string, unknown>> {
  const all: Record<string, Record<string, unknown>> = {}
  for (const { test, variable, values } of conditions) (all[test] ??= {})[variable] = scalar(values)
  return all
}

/** Pulumi marks secrets and outputs with an object around the value. */
const signature = '4dabf18193072939515e22adb298388d'
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if (signature in value) return plain((value as unknown as { value: unknown }).value)
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
}

/**
 * What a stage is: its name, and the variables of its deployment environment, read once and checked, all complaints at
 * once. Names of roles and functions are fixed here, so that key policies and roles can be written before either exists.
 */

/** production: persons. keys: the app that holds production's keys. preview: everything else, thrown away with its pull request. */
export type SiteKind = 'production' | 'keys' | 'preview'
export type Door = 'graphql' | 'authority' | 'ocsp' | 'sweep' | 'dispatch' | 'pages' | 'ceremony' | 'sandbox'

/** Algorithms as the doors name them, and what KMS calls key and algorithm. */
export const algorithms = {
  'rsa-pkcs1-sha256': { spec: 'RSA_2048', kms: 'RSASSA_PKCS1_V1_5_SHA_256' },
  'ecdsa-p384-sha384': { spec: 'ECC_NIST_P384', kms: 'ECDSA_SHA_384' },
  'ecdsa-p256-sha256': { spec: 'ECC_NIST_P256', kms: 'ECDSA_SHA_256' },
} as const
export type Algorithm = keyof typeof algorithms

/** A key as the site pins it: by ARN and public key, never by an alias, which can be moved. */
export interface PinnedKey { readonly arn: string; readonly spkiSha256?: string; readonly algorithm?: Algorithm }

export interface Site {
  readonly kind: SiteKind
  readonly stage: string
  /** The stage whose doors use these keys: the stage `keys` serves `production`. */
  readonly serves: string
  readonly account: string
  readonly region: 'ap-northeast-1'
  /** Algorithm of the certification authorities' keys of the next generation to be made. */
  readonly generation: Algorithm
  /** Roles that may administer the keys of this stage, and never use them. */
  readonly keyAdministrator: string
  /** Until when the ceremony may sign with the CA keys; null where there is none. Previews hold theirs at will. */
  readonly ceremonyUntil: string | null
  readonly neon: { readonly project: string; readonly parent: string }
  /** The authorization server of production; a preview has its own. */
  readonly issuerUrl: string
  /** The pages as a client of the authorization server, with their private key; null: nobody can log in there. */
  readonly pages: { readonly client: string; readonly key: string } | null
  /** Whose tokens may come bound to no key, besides nobody's. */
  readonly bearerTokens: string
  readonly names: { readonly gateway: string; readonly status: string; readonly certificate: string; readonly zone: string } | null
  readonly pins: Readonly<Record<string, PinnedKey>>
  /** Paths that answer with a good status and with a list: asked from outside AWS's network. */
  readonly probes: { readonly ocsp: string; readonly crl: string } | null
  readonly alarmsTo: readonly string[]
  roleName(door: string): string
  roleArn(door: string): string
  functionName(door: string): string
  functionArn(door: string): string
  /** Name of anything else of this stage. */
  name(what: string): string
}

const app = 'mynagate'
export const rolePath = '/mynagate/'
const region = 'ap-northeast-1'

export function siteOf(stage: string, env: Readonly<Record<string, string | undefined>>): Site {
  const wrong: string[] = []
  const kind: SiteKind = stage === 'production' || stage === 'keys' ? stage : 'preview'
  const serves = kind === 'keys' ? 'production' : stage
  const text = (name: string, form: RegExp, wanted = true): string => {
    const value = env[name] ?? ''
    if ((wanted || value !== '') && !form.test(value)) wrong.push(`${name} ${value === '' ? 'is missing' : `does not fit ${form}`}`)
    return value
  }
  const [gateway, production] = [kind !== 'keys', kind === 'production']
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage)) wrong.push(`the stage ${stage} is not a short lower-case name`)
  const account = text('AWS_ACCOUNT_ID', /^\d{12}$/)
  const generation = text('CA_ALGORITHM', /^(rsa-pkcs1-sha256|ecdsa-p384-sha384)$/, false)
  const ceremonyUntil = text('CEREMONY_UNTIL', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, false)
  const neon = { project: text('NEON_PROJECT', /^[a-z0-9-]+$/, gateway), parent: text('NEON_PARENT_BRANCH', /^br-[a-z0-9-]+$/, gateway) }
  const issuerUrl = text('ISSUER_URL', /^https:\/\/[^\s/]+/, production)
  const bearerTokens = text('BEARER_TOKENS', /^(citizen|officer|citizen officer)$/, false)
  const client = text('PAGES_CLIENT', /^[\x21-\x7e]+$/, production)
  const pages = client === '' ? null : { client, key: env['PAGES_KEY'] ?? '' }
  if (pages !== null && !isPrivateKey(pages.key)) wrong.push(`PAGES_KEY ${pages.key === '' ? 'is missing' : 'is not a private JSON Web Key with alg'}`)
  const name = { gateway: text('GATEWAY_NAME', /^[a-z0-9.-]+$/, production), status: text('STATUS_NAME', /^[a-z0-9.-]+$/, production), certificate: text('CERTIFICATE_ARN', /^arn:aws:acm:us-east-1:\d{12}:certificate\//, production), zone: text('ZONE_ID', /^Z[A-Z0-9]+$/, production) }
  const probes = { ocsp: text('PROBE_OCSP', /^\/ocsp\/.+/, production), crl: text('PROBE_CRL', /^\/crl\/[0-9A-F]{40}\/\d{6}\.crl$/, production) }
  const alarmsTo = text('ALARMS_TO', /^[^\s,@]+@[^\s,@]+(,[^\s,@]+@[^\s,@]+)*$/, production)
  const pins = pinsOf(text('KMS_KEYS', /^\{[^]*\}$/, production), production, account, wrong)
  if (wrong.length > 0) throw new Error(`cannot make the site of stage ${stage}: ${wrong.join('; ')}`)

  const named = (what: string): string => `${app}-${serves}-${what}`
  return {
    kind, stage, serves, account, region, neon, issuerUrl, pages, bearerTokens, pins,
    generation: (generation || 'rsa-pkcs1-sha256') as Algorithm,
    keyAdministrator: `arn:aws:iam::${account}:role/${kind === 'preview' ? 'mynagate-preview-deploy' : 'mynagate-key-administrator'}`,
    ceremonyUntil: ceremonyUntil || null,
    names: name.gateway === '' || name.status === '' ? null : name,
    probes: production ? probes : null,
    alarmsTo: alarmsTo === '' ? [] : alarmsTo.split(','),
    name: named, roleName: named, functionName: named,
    roleArn: (door) => `arn:aws:iam::${account}:role${rolePath}${named(door)}`,
    functionArn: (door) => `arn:aws:lambda:${region}:${account}:function:${named(door)}`,
  }
}

/** As the door asks for it. */
function isPrivateKey(json: string): boolean {
  try {
    const key = JSON.parse(json) as Readonly<Record<string, unknown>> | null
    return ['d', 'kty', 'alg'].every((member) => typeof key?.[member] === 'string')
  } catch {
    return false
  }
}

/** The record of the ceremony: which keys, with which public keys. Who can change the code cannot change this variable. */
function pinsOf(json: string, wanted: boolean, account: string, wrong: string[]): Readonly<Record<string, PinnedKey>> {
  if (!wanted) return {}
  let pins: Readonly<Record<string, PinnedKey>> = {}
  try {
    pins = JSON.parse(json || '{}') as Readonly<Record<string, PinnedKey>>
  } catch {
    wrong.push('KMS_KEYS is not JSON')
  }
  for (const role of ['signature-ca', 'authentication-ca', 'card-orders', 'checkpoint', 'receipt', 'ocsp-wrapping', 'personal-data']) {
    const pin = pins[role]
    if (pin === undefined || !new RegExp(`^arn:aws:kms:${region}:${account}:key/[a-z0-9-]+$`).test(pin.arn)) wrong.push(`KMS_KEYS names no key of this account for ${role}`)
    else if (!/wrapping|personal/.test(role) && (!/^[0-9A-Fa-f]{64}$/.test(pin.spkiSha256 ?? '') || pin.algorithm === undefined || !(pin.algorithm in algorithms))) wrong.push(`KMS_KEYS does not pin the public key and algorithm of ${role}`)
  }
  return pins
}

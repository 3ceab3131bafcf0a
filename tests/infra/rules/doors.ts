/** What every Lambda has in common, what it is told, and what it must not be told. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../synthesise.ts'
import { doorOf, functions, gateways, isGuard, isProduction, named, ofType, rule, unequal, where, type Rule } from './view.ts'

/** What the doors read at start, as functions/environment.ts asks for it; secrets apart. */
const variables: Readonly<Record<string, readonly string[]>> = {
  graphql: ['AUDIENCE', 'ISSUER_URL', 'KMS_KEYS', 'OCSP_URL', 'QUEUE_URL'],
  authority: ['CRL_BUCKET', 'KMS_KEYS', 'OCSP_URL', 'QUEUE_URL'],
  ocsp: ['CRL_BUCKET', 'KMS_KEYS'],
  sweep: ['CHECKPOINT_BUCKET', 'CRL_BUCKET', 'GATEWAY_URL', 'KMS_KEYS', 'OCSP_URL', 'QUEUE_URL'],
  dispatch: ['KMS_KEYS'],
  pages: ['AUDIENCE', 'PAGES_CLIENT'],
  ceremony: ['KMS_KEYS', 'OCSP_URL'],
  sandbox: ['AUDIENCE', 'KMS_KEYS', 'OCSP_URL', 'PAGES_PUBLIC_KEY', 'QUEUE_URL', 'SANDBOX_BUCKET'],
}
/** Told in production alone, where a trail is kept. */
const kept: Readonly<Record<string, readonly string[]>> = { sweep: ['TRAIL_GROUP'] }
/** Told in previews alone. */
const played: Readonly<Record<string, readonly string[]>> = { pages: ['SANDBOX'] }
const secrets: Readonly<Record<string, readonly string[]>> = { graphql: ['DATABASE_URL', 'PAIRWISE_SECRET'], authority: ['DATABASE_URL'], ocsp: ['DATABASE_URL'], sweep: ['DATABASE_URL'], dispatch: ['DATABASE_URL'], pages: ['PAGES_KEY', 'PAGES_SECRET'], ceremony: ['DATABASE_URL'], sandbox: ['DATABASE_URL', 'PAIRWISE_SECRET'] }
const keys: Readonly<Record<string, readonly string[]>> = {
  graphql: ['personal-data'], authority: ['authentication-ca', 'card-orders', 'ocsp-wrapping', 'personal-data', 'signature-ca'], ocsp: ['ocsp-wrapping'], sweep: ['card-orders', 'checkpoint', 'receipt'], dispatch: ['personal-data'], ceremony: ['authentication-ca', 'signature-ca'], sandbox: ['card-orders', 'personal-data'],
}

const environmentOf = (fn: { inputs: Record<string, unknown> }): Record<string, string> => ((fn.inputs['environment'] as { variables?: Record<string, string> } | undefined)?.variables ?? {})

export const doorRules: readonly Rule[] = [
  rule('the doors that are deployed are the files of functions/, and in previews the sandbox', gateways, (view) => {
    const files = readdirSync(join(root, 'functions')).filter((f) => f.endsWith('.ts') && f !== 'environment.ts').map((f) => f.replace('.ts', ''))
    const wanted = files.filter((door) => door !== 'ceremony' || !isProduction(view)).toSorted()
    return unequal('doors', view.site.builds.map((b) => b.handler).toSorted(), [...wanted.map((door) => `functions/${door}.handler`), ...(isProduction(view) ? [] : ['local/sandbox-door.handler'])])
  }),
  rule('every handler is exported by its file', gateways, ({ site }) => site.builds.filter(({ handler }) => {
    const file = join(root, handler.replace(/\.handler$/, '.ts'))
    return !existsSync(file) || !/^export const handler\b/m.test(readFileSync(file, 'utf8'))
  }).map(({ handler }) => `${handler} is not there`)),
  rule('Node 24 on arm64, with a limit of time and memory', gateways, ({ site }) => functions(site).flatMap((fn) => [
    ...unequal(where(fn, 'runtime'), fn.inputs['runtime'], 'nodejs24.x'), ...unequal(where(fn, 'architecture'), fn.inputs['architectures'], ['arm64']),
    ...(fn.inputs['timeout'] <= 300 && fn.inputs['memorySize'] <= 1_769 ? [] : [where(fn, 'takes too long or too much')]),
    ...unequal(where(fn, 'versions'), fn.inputs['publish'] ?? false, !isGuard(fn)),
  ])),
  rule('every door is traced', gateways, ({ site }) => functions(site).filter((fn) => !isGuard(fn)).filter((fn) => fn.inputs['tracingConfig']?.mode !== 'Active').map((fn) => where(fn, 'leaves no trace'))),
  rule('bundles: ESM for Node 24, one per door, nothing linked into them', gateways, ({ site }) => site.builds.flatMap((build) => {
    const { format, minify, splitting, sourcemap } = build.properties as { format?: string; minify?: boolean; splitting?: boolean; sourcemap?: boolean }
    // SST puts the maps into the bundle when they are switched off.
    return [...unequal(`${build.functionID} links`, Object.keys(build.links), []), ...unequal(`${build.functionID} bundle`, [build.runtime, format, minify, splitting, sourcemap ?? null], ['nodejs24.x', 'esm', true, true, null])]
  })),
  rule('no test person in production, and nothing made for one', ['production'], ({ site, keys }) => [
    ...site.builds.filter(({ handler }) => !handler.startsWith('functions/')).map(({ handler }) => `${handler} is no door of production`),
    ...[...site.resources, ...keys.resources].filter((r) => r.type !== 'pulumi:pulumi:Stack' && /sandbox/i.test(`${r.name} ${JSON.stringify(r.inputs)}`)).map((r) => where(r, 'is of the sandbox')),
    ...ofType(site, 'aws:apigatewayv2/route:Route').filter((r) => /\/(sandbox|oauth)\//.test(String(r.inputs['routeKey']))).map((r) => where(r, 'leads to the sandbox')),
  ]),
  rule('the sandbox runs once, and the preview’s tokens are its own', ['pr-7'], ({ site }) => {
    const [sandbox, graphql] = ['SandboxFunction', 'GraphqlFunction'].map((name) => named(site, 'aws:lambda/function:Function', name))
    return [
      ...unequal('at once', sandbox!.inputs['reservedConcurrentExecutions'], 1), ...unequal('issuer', environmentOf(graphql!)['ISSUER_URL'], `${environmentOf(sandbox!)['AUDIENCE']}/oauth`),
      ...('d' in (JSON.parse(environmentOf(sandbox!)['PAGES_PUBLIC_KEY'] ?? '{}') as object) ? ['the pages’ private key in a variable'] : []),
    ]
  }),
  rule('a gateway is named by the address at which it answers', gateways, (view) => {
    const front = named(view.site, 'aws:cloudfront/distribution:Distribution', 'Gateway')
    const address = `https://${isProduction(view) ? (front.inputs['aliases'] as string[])[0] : String(front.outputs['domainName'])}`
    return functions(view.site).filter((fn) => 'AUDIENCE' in environmentOf(fn) || 'GATEWAY_URL' in environmentOf(fn)).flatMap((fn) => unequal(where(fn, 'address'), environmentOf(fn)['AUDIENCE'] ?? environmentOf(fn)['GATEWAY_URL'], address))
  }),
  rule('each door is told what it reads, and no more', gateways, (view) => functions(view.site).filter((fn) => !isGuard(fn)).flatMap((fn) => {
    const door = doorOf(fn)
    const told = Object.keys(environmentOf(fn)).filter((name) => !name.startsWith('SST_') && name !== 'STAGE' && name !== 'SECRETS').toSorted()
    const held = environmentOf(fn)['KMS_KEYS']
    const secret = view.site.resources.find((r) => r.type === 'aws:secretsmanager/secretVersion:SecretVersion' && r.name.toLowerCase() === `${door}secret`)
    return [
      ...unequal(where(fn, 'variables'), told, [...(variables[door] ?? []), ...((isProduction(view) ? kept : played)[door] ?? [])].toSorted()), ...unequal(where(fn, 'stage'), environmentOf(fn)['STAGE'], view.stage),
      ...unequal(where(fn, 'keys'), held === undefined ? [] : Object.keys(JSON.parse(held) as object).toSorted(), keys[door] ?? []),
      ...unequal(where(fn, 'secrets'), secret === undefined ? [] : Object.keys(JSON.parse(String(secret.inputs['secretString'])) as object).toSorted(), secrets[door] ?? []),
    ]
  })),
  rule('keys are pinned by ARN and public key; production pins come from its record', gateways, (view) => functions(view.site).flatMap((fn) => {
    const held = JSON.parse(environmentOf(fn)['KMS_KEYS'] ?? '{}') as Record<string, { arn?: string; spkiSha256?: string; algorithm?: string }>
    return Object.entries(held).flatMap(([role, key]) => [
      ...(/^arn:aws:kms:ap-northeast-1:\d{12}:key\//.test(key.arn ?? '') ? [] : [where(fn, `${role} has no ARN`)]),
      ...(/wrapping|personal/.test(role) || (/^[0-9A-F]{64}$/.test(key.spkiSha256 ?? '') && key.algorithm !== undefined) ? [] : [where(fn, `${role} is not pinned`)]),
      ...(isProduction(view) && role === 'signature-ca' ? unequal(where(fn, 'pin'), key.spkiSha256, 'A1'.repeat(32)) : []),
    ])
  })),
  rule('no secret stands in a variable, a name, or anywhere but its secret', gateways, ({ site }) => {
    const values = ofType(site, 'random:index/randomPassword:RandomPassword').map((r) => String(r.outputs['result']))
    const places = (text: string): boolean => values.some((value) => text.includes(value)) || /postgres(ql)?:\/\/|private-key-of-the-pages/.test(text)
    return site.resources.filter((r) => !/^(random:|aws:secretsmanager\/secretVersion)/.test(r.type)).filter((r) => {
      const inputs = structuredClone(r.inputs)
      // CloudFront has to send it; that is what it is for.
      for (const origin of (inputs['origins'] ?? []) as { customHeaders?: unknown }[]) delete origin.customHeaders
      return places(JSON.stringify(inputs)) || places(JSON.stringify(r.type.startsWith('neon:') ? {} : r.name))
    }).map((r) => where(r, 'holds a secret')).concat(places(JSON.stringify(site.outputs)) ? ['an output is a secret'] : [])
  }),
  rule('variables fit into Lambda’s 4 KB', gateways, ({ site }) => functions(site).filter((fn) => Buffer.byteLength(JSON.stringify(environmentOf(fn))) > 3_500).map((fn) => where(fn, 'too many variables'))),
  rule('doors leave a hundred of a thousand environments to the rest', ['production'], ({ site }) => {
    const reserved = functions(site).filter((fn) => !isGuard(fn)).map((fn) => Number(fn.inputs['reservedConcurrentExecutions'] ?? Number.NaN))
    return reserved.every(Number.isFinite) && reserved.reduce((a, b) => a + b, 0) <= 900 ? [] : [`reserved: ${reserved.join(' + ')}`]
  }),
  rule('logs are kept as long as decided, and name neither caller nor certificate', gateways, (view) => {
    const groups = ofType(view.site, 'aws:cloudwatch/logGroup:LogGroup')
    const days = (name: string) => (name === 'Trail' ? 3_653 : isProduction(view) ? [365, 366] : 7)
    return [
      ...groups.filter((g) => ![days(g.name)].flat().includes(Number(g.inputs['retentionInDays']))).map((g) => where(g, `kept for ${String(g.inputs['retentionInDays'])} days`)),
      ...functions(view.site).filter((fn) => !groups.some((g) => g.inputs['name'] === `/aws/lambda/${String(fn.inputs['name'])}` && fn.inputs['loggingConfig']?.logGroup === g.inputs['name'] && fn.inputs['loggingConfig']?.logFormat === 'JSON')).map((fn) => where(fn, 'has no log group of its own')),
      ...ofType(view.site, 'aws:apigatewayv2/stage:Stage').filter((s) => /identity|userAgent|sourceIp|\.path|authorizer/.test(String(s.inputs['accessLogSettings']?.format ?? 'path'))).map((s) => where(s, 'logs who asked for what')),
    ]
  }),
  rule('doors log in to the pooler each as itself, migrations to the database', gateways, ({ site }) => {
    const urls = ofType(site, 'aws:secretsmanager/secretVersion:SecretVersion').filter((r) => r.name !== 'PagesSecret').map((r) => [r.name, new URL((JSON.parse(String(r.inputs['secretString'])) as { DATABASE_URL: string }).DATABASE_URL)] as const)
    const owner = urls.find(([name]) => name === 'OwnerSecret')![1]
    const doors = urls.filter(([name]) => name !== 'OwnerSecret')
    return [
      ...(/^ep-[a-z0-9-]+\./.test(owner.hostname) && !owner.hostname.includes('-pooler') ? [] : [`migrations go to ${owner.hostname}`]),
      ...doors.flatMap(([name, url]) => [...unequal(`${name} user`, url.username, `door_${name.replace('Secret', '').toLowerCase()}`), ...(/^ep-[a-z0-9-]+-pooler\./.test(url.hostname) ? [] : [`${name} goes to ${url.hostname}`]), ...unequal(`${name} TLS`, url.searchParams.get('sslmode'), 'require')]),
      ...unequal('passwords', new Set(doors.map(([, url]) => url.password)).size, doors.length),
    ]
  }),
  rule('Neon: a branch per stage, a preview off synthetic persons', gateways, (view) => {
    const branch = named(view.site, 'neon:index/branch:Branch', 'Branch')
    return [...unequal('branch', branch.inputs['name'], view.stage), ...unequal('parent', branch.inputs['parentId'], isProduction(view) ? 'br-root-0001' : 'br-synthetic-0001'), ...unequal('protected', branch.inputs['protected'], isProduction(view) ? 'yes' : undefined)]
  }),
]

/**
 * Runs the site on SST's real components with Pulumi's mocks, as the SST CLI would run it, and writes every resource it
 * registered: `node run.ts <stage> <out.json>`. No network, no account. One run per process: mocks, working directory and
 * globals belong to the process. MUTATIONS (JSON) plants faults into the sources of the stacks, for tests of the tests.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import type * as Esbuild from 'esbuild'
import { answerCall, plain, stateOf, type Registered } from './mocks.ts'

export interface Mutation { readonly file: string; readonly find: string; readonly replace: string }
export interface Synthesis {
  readonly app: { readonly name: string; readonly stage: string; readonly removal: string; readonly protect?: boolean; readonly providers: Readonly<Record<string, unknown>> }
  readonly resources: readonly Registered[]
  /** What the bundler was asked for, by function. */
  readonly builds: readonly Build[]
  readonly outputs: Readonly<Record<string, unknown>>
}
export interface Build { readonly functionID: string; readonly handler: string; readonly runtime: string; readonly links: Readonly<Record<string, unknown>>; readonly properties: Readonly<Record<string, unknown>> }

const [, , stage, out] = process.argv as [string, string, string, string]
const root = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '')
const platform = join(root, '.sst/platform')
const mutations = JSON.parse(process.env['MUTATIONS'] ?? '[]') as Mutation[]
// The platform's own copies: the bundles leave them outside and must meet the same ones.
const require = createRequire(join(platform, 'package.json'))
const esbuild = require('esbuild') as typeof Esbuild
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const pulumi = require('@pulumi/pulumi') as any

const providers = (JSON.parse(readFileSync(join(root, '.sst/provider-lock.json'), 'utf8')) as { alias: string; package: string }[])
const globals = [...providers.map((p) => `import * as ${p.alias} from '${p.package}'`), `import * as sst from '${platform}/src/components/index.ts'`].join('\n')
const loaders = { ts: 'ts', tsx: 'tsx', js: 'js', jsx: 'jsx' } as const
const planted = new Set<Mutation>()

/** Our sources see the providers as globals; SST's own import what they need. */
const plugin: Esbuild.Plugin = {
  name: 'site',
  setup(build) {
    build.onLoad({ filter: /\.(ts|tsx|js|jsx)$/ }, ({ path }) => {
      if (path.includes('/.sst/') || path.includes('/node_modules/')) return undefined
      let text = readFileSync(path, 'utf8')
      for (const mutation of mutations) {
        if (mutation.file !== relative(root, path)) continue
        if (text.split(mutation.find).length !== 2) throw new Error(`${mutation.file} has «${mutation.find}» ${text.split(mutation.find).length - 1} times`)
        text = text.replace(mutation.find, () => mutation.replace)
        planted.add(mutation)
      }
      return { contents: `${globals}\n${text}`, loader: loaders[path.split('.').at(-1) as keyof typeof loaders] }
    })
  },
}

async function bundle(name: string, contents: string, options: Partial<Esbuild.BuildOptions>): Promise<string> {
  const outfile = join(platform, `${name}.${process.pid}.mjs`)
  await esbuild.build({
    bundle: true, format: 'esm', platform: 'node', mainFields: ['module', 'main'], nodePaths: [join(platform, 'node_modules')], outfile, logLevel: 'silent',
    stdin: { contents, resolveDir: root, loader: 'ts' },
    external: ['@pulumi/*', '@pulumiverse/*', '@sst-provider/*', '@aws-sdk/*', 'undici', 'esbuild', 'archiver', 'glob', 'vite'],
    ...options,
    banner: { js: `import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url); const __filename = ${JSON.stringify(outfile)}; const __dirname = ${JSON.stringify(platform)};${options.banner?.['js'] ?? ''}` },
  })
  process.once('exit', () => rmSync(outfile, { force: true }))
  return outfile
}

// What the command line is asked for by the components.
const work = join(root, '.sst/unit', `${stage}-${process.pid}`)
process.once('exit', () => rmSync(work, { recursive: true, force: true }))
const builds: Build[] = []
const rpc = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
    const { method, params } = JSON.parse(Buffer.concat(chunks).toString()) as { method: string; params: readonly Build[] | Build }
    let result: unknown = {}
    if (method === 'Provider.Aws.Bootstrap') result = { asset: 'sst-asset', state: 'sst-state', assetEcrRegistryId: '000000000000', assetEcrUrl: 'registry.invalid/sst-asset' }
    if (method === 'Runtime.Build') {
      const { functionID, handler, runtime, links, properties } = [params].flat()[0] as Build
      builds.push({ functionID, handler, runtime, links, properties })
      const folder = join(work, 'build', functionID)
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'bundle.mjs'), '')
      result = { handler: 'bundle.handler', out: folder, errors: [], sourcemaps: [] }
    }
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify({ id: 1, result, error: null }))
  })
})
await new Promise<void>((done) => rpc.listen(0, '127.0.0.1', done))
rpc.unref()
process.env['SST_SERVER'] = `http://127.0.0.1:${(rpc.address() as AddressInfo).port}`

const appBundle = await bundle('app', `import config from './sst.config.ts'\nexport default config.app({ stage: ${JSON.stringify(stage)} })`, { plugins: [plugin], banner: { js: 'const $config = (c) => c;' } })
const app = { removal: 'retain', ...((await (await import(pathToFileURL(appBundle).href)).default) as object), stage } as unknown as Synthesis['app']
const runBundle = await bundle('run', `import { run } from '${platform}/src/auto/run.ts'\nimport config from './sst.config.ts'\nexport default () => run(config.run)`, {
  plugins: [plugin], inject: [join(platform, 'src/shim/run.js')],
  define: {
    $app: JSON.stringify(app), $dev: 'false',
    $cli: JSON.stringify({ command: 'deploy', dev: false, paths: { home: root, root, work, platform }, state: { version: {} }, rpc: process.env['SST_SERVER'] }),
  },
})
const missed = mutations.filter((mutation) => !planted.has(mutation))
if (missed.length > 0) throw new Error(`no such file: ${missed.map((m) => m.file).join(', ')}`)

const account = process.env['AWS_ACCOUNT_ID'] ?? '000000000000'
await pulumi.runtime.setMocks({ newResource: (args: never) => stateOf(args, account), call: (args: never) => answerCall(args, account) }, app.name, stage, false)

// setMocks hides the options of a resource; the monitor sees them.
const resources: Registered[] = []
const monitor = pulumi.runtime.getMonitor()
const register = monitor.registerResource.bind(monitor)
monitor.registerResource = (request: any, callback: (error: unknown, response: any) => void) =>
  register(request, (error: unknown, response: any) => {
    if (error === null || error === undefined) {
      resources.push({
        type: request.getType(), name: request.getName(), parent: request.getParent(), custom: request.getCustom(), protect: request.getProtect(), retainOnDelete: request.getRetainondelete(),
        ignoreChanges: request.getIgnorechangesList(), provider: request.getProvider(), urn: response.getUrn(),
        inputs: plain(request.getObject()?.toJavaScript() ?? {}) as Registered['inputs'], outputs: plain(response.getObject()?.toJavaScript() ?? {}) as Registered['outputs'],
      })
    }
    callback(error, response)
  })

let failed: unknown = null
let outputs: Synthesis['outputs'] = {}
process.on('unhandledRejection', (error) => { failed ??= error })
// Not on a timer: what is registered late, inside an apply, would be lost.
process.once('beforeExit', () => {
  if (failed !== null) {
    console.error(failed)
    process.exit(1)
  }
  writeFileSync(out, JSON.stringify({ app, resources, builds, outputs } satisfies Synthesis))
})
await pulumi.runtime.runInPulumiStack(async () => {
  pulumi.output((await import(pathToFileURL(runBundle).href)).default()).apply((values: unknown) => { outputs = plain(values) as Synthesis['outputs'] })
}).catch((error: unknown) => { failed ??= error })

/**
 * Bundles a door as SST's builder does for nodejs24.x (pkg/runtime/node/build.go of 4.17), with the properties that the stack
 * gives it: what the builder reads of them is read here, with the same defaults, and anything else is refused, because the
 * builder would pass it over in silence. (It is part of SST's binary and runs with an engine that starts before it builds.)
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'
import { root } from '../infra/synthesise.ts'
import type { Build } from '../infra/synth/run.ts'

interface EsbuildProperties { readonly mainFields?: string[]; readonly conditions?: string[]; readonly keepNames?: boolean; readonly external?: string[]; readonly define?: Record<string, string>; readonly nodePaths?: string[] }
interface Properties { readonly format?: 'esm'; readonly minify?: boolean; readonly splitting?: boolean; readonly banner?: string; readonly esbuild?: EsbuildProperties }
/** Names that the builder's structures have, as their tags stand in the binary. */
export const read = { properties: ['format', 'minify', 'splitting', 'banner', 'esbuild', 'architecture', 'loader', 'install', 'plugins'], esbuild: ['mainFields', 'conditions', 'keepNames', 'external', 'define', 'nodePaths'] } as const

/** The builder's options for a door, apart from what goes in and where it comes out. */
export function optionsOf(properties: Build['properties']): BuildOptions {
  const given = properties as Properties
  const { format, minify = false, splitting = false, banner: own = '', esbuild = {} } = given
  const unread = [...Object.entries(given).filter(([name, value]) => value !== undefined && !(read.properties as readonly string[]).includes(name)).map(([name]) => name), ...Object.keys(esbuild).filter((name) => !(read.esbuild as readonly string[]).includes(name))]
  if (unread.length > 0) throw new Error(`SST's builder reads no ${unread.join(', ')}`)
  if (format !== 'esm' || !splitting) throw new Error('a door is an ES module in parts')
  return {
    platform: 'node', bundle: true, format, target: 'es2024', external: ['sharp', 'pg-native', ...(esbuild.external ?? [])], minify, splitting, metafile: true,
    mainFields: esbuild.mainFields ?? ['module', 'main'], conditions: esbuild.conditions ?? [], keepNames: esbuild.keepNames ?? true, define: esbuild.define ?? {}, nodePaths: esbuild.nodePaths ?? [],
    entryNames: 'bundle', outExtension: { '.js': '.mjs' }, banner: { js: `${banner}\n${own}` },
  }
}

const banner = [
  `import { createRequire as topLevelCreateRequire } from 'module';`,
  'const require = topLevelCreateRequire(import.meta.url);',
  `import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"`,
  'const __filename = topLevelFileUrlToPath(import.meta.url)',
  'const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))',
].join('\n')

export interface Bundle {
  readonly folder: string
  readonly handler: string
  /** Octets of all its files, and of those that are loaded at the start. */
  readonly size: number
  readonly startSize: number
  /** Octets at the start by where they come from: a package, or `(room)` of the project. */
  readonly startShares: ReadonlyMap<string, number>
  /** Files of the project and packages that are in it. */
  readonly inputs: readonly string[]
}

export const bundleDoor = ({ handler, properties }: Build, folder: string): Promise<Bundle> => bundle({ entryPoints: [handler.replace(/\.handler$/, '.ts')] }, properties, folder)

/** A text in place of a file, for what is to be measured alone. */
export const bundleText = (contents: string, properties: Build['properties'], folder: string): Promise<Bundle> => bundle({ stdin: { contents, resolveDir: root, loader: 'ts' } }, properties, folder)

async function bundle(from: Pick<BuildOptions, 'entryPoints' | 'stdin'>, properties: Build['properties'], folder: string): Promise<Bundle> {
  // Maps lie beside the code in a deployment as well, and are not loaded.
  const { metafile } = await build({ ...optionsOf(properties), metafile: true, ...from, absWorkingDir: root, outdir: folder, sourcemap: false, logLevel: 'silent' })
  const entry = Object.keys(metafile.outputs).find((path) => path.endsWith('/bundle.mjs'))!
  const atStart = new Set<string>()
  const follow = (path: string): void => {
    if (atStart.has(path)) return
    atStart.add(path)
    for (const next of metafile.outputs[path]?.imports ?? []) if (next.kind === 'import-statement' && next.external !== true) follow(next.path)
  }
  follow(entry)
  const octets = (paths: Iterable<string>): number => [...paths].reduce((sum, path) => sum + statSync(join(root, path)).size, 0)
  const startShares = new Map<string, number>()
  for (const path of atStart) for (const [input, { bytesInOutput }] of Object.entries(metafile.outputs[path]!.inputs)) startShares.set(originOf(input), (startShares.get(originOf(input)) ?? 0) + bytesInOutput)
  return { folder, handler: 'bundle.handler', size: octets(Object.keys(metafile.outputs)), startSize: octets(atStart), startShares, inputs: Object.keys(metafile.inputs) }
}

const originOf = (input: string): string => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? `(${input.split('/')[0]})`

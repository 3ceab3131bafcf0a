/**
 * Bundles a door as SST's builder does for nodejs24.x, with the properties that the stack gives it: same format, target,
 * banner, splitting and names. (The builder is part of SST's binary and runs with an engine that starts before it builds.)
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from '../infra/synthesise.ts'
import type { Build } from '../infra/synth/run.ts'

interface Properties { readonly format: 'esm'; readonly minify: boolean; readonly splitting: boolean; readonly esbuild: { readonly mainFields: string[]; readonly conditions: string[]; readonly keepNames: boolean } }

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
  /** Files of the project and packages that are in it. */
  readonly inputs: readonly string[]
}

export async function bundleDoor({ handler, properties }: Build, folder: string): Promise<Bundle> {
  const { minify, splitting, esbuild: { mainFields, conditions, keepNames } } = properties as unknown as Properties
  const { metafile } = await build({
    absWorkingDir: root, entryPoints: [handler.replace(/\.handler$/, '.ts')], outdir: folder, entryNames: 'bundle', outExtension: { '.js': '.mjs' },
    bundle: true, platform: 'node', format: 'esm', target: 'es2024', external: ['sharp', 'pg-native'], metafile: true, sourcemap: false, logLevel: 'silent',
    minify, splitting, mainFields, conditions, keepNames, banner: { js: banner },
  })
  const entry = Object.keys(metafile.outputs).find((path) => path.endsWith('/bundle.mjs'))!
  const atStart = new Set<string>()
  const follow = (path: string): void => {
    if (atStart.has(path)) return
    atStart.add(path)
    for (const next of metafile.outputs[path]?.imports ?? []) if (next.kind === 'import-statement' && next.external !== true) follow(next.path)
  }
  follow(entry)
  const octets = (paths: Iterable<string>): number => [...paths].reduce((sum, path) => sum + statSync(join(root, path)).size, 0)
  return { folder, handler: 'bundle.handler', size: octets(Object.keys(metafile.outputs)), startSize: octets(atStart), inputs: Object.keys(metafile.inputs) }
}

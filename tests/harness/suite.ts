/**
 * Runs a suite that needs more than Node: `node tests/harness/suite.ts infra|lambda|localstack [--optional] [vitest's own]`.
 * What a suite needs is looked for first. A part that is missing is said, with what to do, and is a failure; with `--optional`
 * the files that need it are left out, loudly, and the last line counts them as skipped.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { installPlatform } from '../infra/synthesise.ts'
import { runtimeClient } from '../lambda/ric.ts'
import { localStack } from '../localstack/start.ts'

interface Part { readonly name: string; readonly files: RegExp; /** Throws with what is missing. */ readonly look: () => void }

const program = (name: string, packet = name) => (): void => {
  if (spawnSync(name, ['--version'], { stdio: 'ignore' }).error !== undefined) throw new Error(`${name} is missing; on Debian: apt-get install ${packet}`)
}
const postgres = (): void => {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root) || !readdirSync(root).some((version) => existsSync(`${root}/${version}/bin/initdb`))) throw new Error(`no Postgres server under ${root}; on Debian: apt-get install postgresql`)
  program('psql', 'postgresql')()
}
const all = /./
const platform: Part = { name: 'SST’s platform', files: all, look: installPlatform }
const suites: Readonly<Record<string, readonly Part[]>> = {
  infra: [platform, { name: 'Postgres', files: /steps\.test\.ts$/, look: postgres }, { name: 'jq', files: /steps\.test\.ts$/, look: program('jq') }],
  lambda: [platform, { name: 'Postgres', files: all, look: postgres }, { name: 'curl', files: /preview\.test\.ts$/, look: program('curl') }, { name: 'AWS’s runtime client', files: all, look: () => void runtimeClient() }],
  localstack: [{ name: 'OpenSSL', files: all, look: program('openssl') }, { name: 'LocalStack', files: all, look: () => void localStack() }],
}

/** The first line of why a part cannot be had, by its name. */
export function missingOf(parts: readonly Part[]): { readonly part: Part; readonly why: string }[] {
  return parts.flatMap((part) => {
    try {
      part.look()
      return []
    } catch (fault) {
      return [{ part, why: (fault instanceof Error ? fault.message : String(fault)).split('\n')[0]! }]
    }
  })
}

export interface Run { readonly skipped: readonly string[]; readonly files: readonly string[] }
export function filesToRun(files: readonly string[], missing: readonly { readonly part: Part }[]): Run {
  const skipped = files.filter((file) => missing.some(({ part }) => part.files.test(file)))
  return { skipped, files: files.filter((file) => !skipped.includes(file)) }
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ allowPositionals: true, strict: false, options: { optional: { type: 'boolean', default: false } } })
  const [suite = '', ...only] = positionals
  const parts = suites[suite]
  if (parts === undefined) throw new RangeError(`suite.ts ${Object.keys(suites).join('|')} [--optional]`)
  const missing = missingOf(parts)
  for (const { part, why } of missing) console.log(values.optional === true ? `SKIP  ${part.name} is not to be had, what needs it does not run: ${why}` : `FAIL  ${part.name} is not to be had (--optional leaves out what needs it): ${why}`)
  const present = globSync(`tests/${suite}/**/*.test.ts`).filter((file) => only.length === 0 || only.some((name) => file.includes(name))).toSorted()
  const { files, skipped } = filesToRun(present, missing)
  const failing = missing.length > 0 && values.optional !== true
  const status = failing || files.length === 0 ? 0 : (spawnSync('node_modules/.bin/vitest', ['run', '--config', `tests/${suite}/vitest.config.ts`, ...files], { stdio: 'inherit' }).status ?? 1)
  console.log(failing ? `${suite}: failed, ${missing.length} part(s) missing, nothing ran` : `${suite}: ${status === 0 ? files.length : 0} files passed, ${skipped.length} skipped${skipped.length === 0 ? '' : ` (${skipped.join(', ')})`}${status === 0 ? '' : ', some failed: see above'}`)
  process.exitCode = failing ? 1 : status
}

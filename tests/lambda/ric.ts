/**
 * AWS's own runtime client for Node. It compiles its native part from sources that it brings along (some minutes; cmake, g++
 * and make), so it stands in a cache outside the project and is not among its dependencies.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const version = '4.0.2'

/** Path of the client's entry. Throws with what is missing where it cannot be built. */
export function runtimeClient(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mynagate')
  const folder = join(cache, `aws-lambda-ric-${version}`)
  const entry = join(folder, 'node_modules/aws-lambda-ric/index.mjs')
  if (existsSync(join(folder, 'complete'))) return entry
  for (const tool of ['cmake', 'g++', 'make']) {
    try {
      execFileSync('which', [tool], { stdio: 'ignore' })
    } catch {
      throw new Error(`${tool} is missing; on Debian: apt-get install cmake g++ make`)
    }
  }
  process.stderr.write(`building AWS's runtime client ${version} (some minutes, once) …\n`)
  const making = `${folder}.${process.pid}`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  writeFileSync(join(making, 'package.json'), '{"private":true}\n')
  try {
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts=false', '--foreground-scripts', `aws-lambda-ric@${version}`], { cwd: making, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, npm_config_ignore_scripts: 'false' } })
  } catch (error) {
    throw new Error(`the runtime client does not build:\n${String((error as { stderr?: unknown }).stderr ?? error).slice(-4_000)}`, { cause: error })
  }
  writeFileSync(join(making, 'complete'), '')
  rmSync(folder, { recursive: true, force: true })
  renameSync(making, folder)
  return entry
}

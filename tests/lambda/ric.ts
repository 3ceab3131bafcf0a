/**
 * AWS's own runtime client for Node. It compiles its native part from sources that it brings along (some minutes; cmake, g++
 * and make), so it stands in a cache outside the project and is not among its dependencies: one per version, machine and
 * ABI of Node, with the hashes of what was built beside it. What does not match them any more is built anew.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const version = '4.0.2'

/** Path of the client's entry. Throws with what is missing where it cannot be built. */
export function runtimeClient(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mynagate')
  const folder = join(cache, `aws-lambda-ric-${version}-${process.platform}-${process.arch}-abi${process.versions.modules}`)
  const entry = join(folder, 'node_modules/aws-lambda-ric/index.mjs')
  if (intact(folder)) return entry
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
  writeFileSync(join(making, 'complete'), hashOf(making))
  rmSync(folder, { recursive: true, force: true })
  renameSync(making, folder)
  return entry
}

/** Of every file of the client, its compiled part among them, by path. */
export function hashOf(folder: string): string {
  const hash = createHash('sha256')
  const at = join(folder, 'node_modules/aws-lambda-ric')
  for (const file of globSync('{*.mjs,*.node,package.json,src/**/*.*}', { cwd: at }).toSorted()) hash.update(`${file}\0`).update(readFileSync(join(at, file)))
  return hash.digest('hex')
}

/** Whether what was built is there and is what was built. */
export function intact(folder: string): boolean {
  const kept = join(folder, 'complete')
  return existsSync(kept) && existsSync(join(folder, 'node_modules/aws-lambda-ric/rapid-client.node')) && readFileSync(kept, 'utf8') === hashOf(folder)
}

/**
 * `npm run bench -- NAME… [--OPTION …]`: measurements in one run on this machine, each beside its limit and a peer: the file of that name
 * in this folder. Without a name: which there are. The status tells whether a limit was missed.
 */
import { existsSync, readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('./', import.meta.url))
const helpers = ['main.ts', 'figure.ts', 'load.ts']
const given = process.argv.slice(2)
const firstOption = given.findIndex((word) => word.startsWith('--'))
const [names, options] = firstOption < 0 ? [given, []] : [given.slice(0, firstOption), given.slice(firstOption)]
const known = readdirSync(folder).filter((file) => file.endsWith('.ts') && !helpers.includes(file)).map((file) => file.slice(0, -'.ts'.length)).sort()
const unknown = names.filter((name) => !/^[a-z-]+$/.test(name) || !existsSync(`${folder}${name}.ts`))

if (names.length === 0 || unknown.length > 0) {
  console.error(`${unknown.length > 0 ? `no such measurement: ${unknown.join(', ')}. ` : ''}npm run bench -- NAME… [--OPTION …], of: ${known.join(', ')}`)
  process.exitCode = 2
} else {
  console.log(`Node ${process.versions.node} on ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`)
  // Each in a process of its own: the memory of one is not that of another.
  const missed = names.filter((name) => spawnSync(process.execPath, ['--expose-gc', `${folder}${name}.ts`, ...options], { stdio: 'inherit' }).status !== 0)
  console.log(missed.length === 0 ? '\nall limits kept' : `\nlimits missed in: ${missed.join(', ')}`)
  process.exitCode = missed.length === 0 ? 0 : 1
}

/**
 * Command-line tools as second opinions. A machine without one skips these tests and says so; with CI set the absence
 * is a failure, so that no build goes green unchecked.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export function have(tool: string): boolean {
  const found = spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined
  if (!found && process.env['CI'] !== undefined && process.env['CI'] !== '' && process.env['CI'] !== 'false') throw new Error(`${tool} is not on this machine, and CI requires it`)
  if (!found) console.warn(`${tool} is not on this machine: its checks are skipped`)
  return found
}

export interface Run { readonly status: number; readonly output: string }

/** A folder of its own for one check; gone afterwards. */
export async function inFolder(use: (folder: string, put: (name: string, content: Uint8Array | string) => string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mynagate-pki-'))
  try {
    await use(folder, (name, content) => {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs and returns status and both outputs; never throws for a bad verdict. */
export function run(tool: string, args: readonly string[], environment: Record<string, string> = {}): Run {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: 'utf8', env: { ...process.env, ...environment }, timeout: 60_000 })
  if (error !== undefined) throw error
  return { status: status ?? -1, output: `${stdout}${stderr}` }
}

export const versionOf = (tool: string, ...args: string[]): string => execFileSync(tool, args, { encoding: 'utf8' }).split('\n')[0] ?? ''

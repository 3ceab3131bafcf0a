/**
 * One gateway per data folder, and where it answers. The lock is the kernel's and goes with the process; the note beside it
 * tells the command line whom to ask.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FolderInUse, lockFolder } from '../db/lock.ts'

export interface Running { readonly pid: number; readonly url: string | null }

export interface Claim {
  /** Tells other processes where this one answers. */
  announce(url: string): void
  release(): void
}

/** Throws {@link FolderInUse}, which says who has it and what to do. */
export function claimFolder(folder: string): Claim {
  const lock = claimOrSay(folder)
  const note = join(folder, 'gateway.json')
  const tell = (running: Running): void => writeFileSync(note, `${JSON.stringify(running)}\n`, { mode: 0o600 })
  tell({ pid: process.pid, url: null })
  return {
    announce: (url) => tell({ pid: process.pid, url }),
    release: () => {
      rmSync(note, { force: true })
      lock.release()
    },
  }
}

function claimOrSay(folder: string): { release(): void } {
  try {
    return lockFolder(folder)
  } catch (error) {
    if (error instanceof FolderInUse) {
      const url = runningIn(folder)?.url
      error.message += `${url == null ? '' : `, which answers at ${url}`}. Stop it, or choose another folder with --data`
    }
    throw error
  }
}

/** The gateway that has the folder, if one has; its note may be that of one that was killed. */
export function runningIn(folder: string): Running | null {
  try {
    const { pid, url } = JSON.parse(readFileSync(join(folder, 'gateway.json'), 'utf8')) as { pid?: unknown; url?: unknown }
    return typeof pid === 'number' ? { pid, url: typeof url === 'string' ? url : null } : null
  } catch {
    return null
  }
}

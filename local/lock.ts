/**
 * One gateway per data folder. The embedded database takes no lock of its own and two processes on one folder lose
 * acknowledged writes in silence, so a lock of the operating system is held as long as the process lives: an exclusive
 * SQLite transaction, the one file lock that Node offers. It goes with the process, also after `kill -9`.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Who holds the folder and where it answers; written once the gateway listens, read by the command line. */
export interface Running { readonly pid: number; readonly url: string | null }

export interface FolderLock {
  /** Tells other processes where this one answers. */
  announce(url: string): void
  release(): void
}

/** Another process holds the folder. */
export class FolderInUse extends Error {
  constructor(folder: string, running: Running | null) {
    const who = running === null ? '' : ` (process ${running.pid}${running.url === null ? '' : `, ${running.url}`})`
    super(`the data folder ${folder} is in use by another gateway${who}; stop it, or choose another folder with --data`)
    this.name = 'FolderInUse'
  }
}

export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const note = join(folder, 'gateway.json')
  const lock = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (error instanceof Error && /database is locked/.test(error.message)) throw new FolderInUse(folder, runningIn(folder))
    throw error
  }
  const tell = (running: Running): void => writeFileSync(note, `${JSON.stringify(running)}\n`, { mode: 0o600 })
  tell({ pid: process.pid, url: null })
  return {
    announce: (url) => tell({ pid: process.pid, url }),
    release: () => {
      rmSync(note, { force: true })
      lock.close()
    },
  }
}

/** What the last gateway on this folder left; it may have died since. */
export function runningIn(folder: string): Running | null {
  try {
    const { pid, url } = JSON.parse(readFileSync(join(folder, 'gateway.json'), 'utf8')) as { pid?: unknown; url?: unknown }
    return typeof pid === 'number' ? { pid, url: typeof url === 'string' ? url : null } : null
  } catch {
    return null
  }
}

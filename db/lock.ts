/**
 * The lock on a data folder. The embedded database takes none of its own, and two processes on one folder lose
 * acknowledged writes without an error. The lock is the kernel's (a write lock on an SQLite file, held by an open
 * transaction): it goes with the process however it ends, and there is no stale file to judge. Held also against a
 * second opener in the same process.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Another process, or another part of this one, has the folder open. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse'
  readonly folder: string
  /** Process id of the holder, where it could be read. */
  readonly holder: number | null
  constructor(folder: string, holder: number | null) {
    super(`${folder} is in use${holder === null ? '' : ` by process ${holder}`}; one folder serves one process`)
    this.folder = folder
    this.holder = holder
  }
}

export interface FolderLock {
  release(): void
}

const busy = 5 // SQLITE_BUSY

export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true })
  const holderFile = join(folder, 'holder')
  const file = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  try {
    file.exec('pragma journal_mode = delete; begin exclusive')
  } catch (error) {
    file.close()
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === busy) throw new FolderInUse(folder, readHolder(holderFile))
    throw error
  }
  writeFileSync(holderFile, `${process.pid}\n`)
  return { release: () => file.close() }
}

function readHolder(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null
  } catch {
    return null
  }
}

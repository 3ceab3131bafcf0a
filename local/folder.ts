/**
 * The data folder: what one gateway on one machine keeps besides its database. Each thing is one file, written whole or
 * not at all, readable by its owner alone. `memory` keeps all of it in the process.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Folder {
  /** Null: in memory. */
  readonly path: string | null
  /** What is kept under the name; made by `make` where there is nothing yet. */
  keep<T>(name: string, make: () => T | Promise<T>): Promise<T>
  /** Where a kept thing is, for a person who looks for it. */
  place(name: string): string
}

export function openFolder(path: string | null): Folder {
  const inMemory = new Map<string, string>()
  const read = (name: string): string | null => {
    if (path === null) return inMemory.get(name) ?? null
    const file = join(path, name)
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  }
  const write = (name: string, text: string): void => {
    if (path === null) return void inMemory.set(name, text)
    const file = join(path, name)
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true })
    renameSync(`${file}.new`, file)
  }
  return {
    path,
    async keep(name, make) {
      const kept = read(name)
      if (kept !== null) return JSON.parse(kept) as Awaited<ReturnType<typeof make>>
      const made = await make()
      write(name, `${JSON.stringify(made, null, 2)}\n`)
      return made
    },
    place: (name) => (path === null ? `memory:${name}` : join(path, name)),
  }
}

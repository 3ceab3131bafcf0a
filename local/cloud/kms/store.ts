/**
 * The keys of the stand-in: one file per key and one of aliases in a folder, or nothing but memory. A file is written
 * beside, flushed, then renamed into place, and so is the folder flushed: an acknowledged key survives a kill.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { KeySpec, KeyUsage } from './specs.ts'

export interface StoredKey {
  readonly id: string
  readonly arn: string
  readonly spec: KeySpec
  readonly usage: KeyUsage
  readonly description: string
  readonly multiRegion: boolean
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly state: 'Enabled' | 'Disabled' | 'PendingDeletion'
  readonly deletionAt: number | null
  readonly policy: string
  /** PKCS#8 or the raw key, base64. */
  readonly material: string
}

export interface KeyStore {
  key(id: string): StoredKey | undefined
  keys(): readonly StoredKey[]
  put(key: StoredKey): void
  remove(id: string): void
  /** `alias/name` → key id. */
  aliases(): ReadonlyMap<string, string>
  putAliases(aliases: ReadonlyMap<string, string>): void
}

export function openKeyStore(directory: string | 'memory'): KeyStore {
  const keys = new Map<string, StoredKey>()
  let aliases: ReadonlyMap<string, string> = new Map()
  const folder = directory === 'memory' ? null : keyFolder(directory)
  if (folder !== null) {
    for (const key of folder.read<StoredKey>(/^key-.*\.json$/)) keys.set(key.id, key)
    for (const entries of folder.read<[string, string][]>(/^aliases\.json$/)) aliases = new Map(entries)
  }
  return {
    key: (id) => keys.get(id),
    keys: () => [...keys.values()],
    put(key) {
      folder?.write(`key-${key.id}.json`, key)
      keys.set(key.id, key)
    },
    remove(id) {
      folder?.remove(`key-${id}.json`)
      keys.delete(id)
    },
    aliases: () => aliases,
    putAliases(next) {
      folder?.write('aliases.json', [...next])
      aliases = next
    },
  }
}

interface Folder {
  read<T>(name: RegExp): T[]
  write(name: string, value: unknown): void
  remove(name: string): void
}

function keyFolder(directory: string): Folder {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const flushFolder = (): void => {
    const fd = openSync(directory, 'r')
    fsyncSync(fd)
    closeSync(fd)
  }
  // What a kill left half-written was never acknowledged.
  for (const name of readdirSync(directory)) if (name.endsWith('.new')) rmSync(join(directory, name))
  return {
    read: <T>(pattern: RegExp) => readdirSync(directory).filter((name) => pattern.test(name)).map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as T),
    write(name, value) {
      const beside = join(directory, `${name}.new`)
      const fd = openSync(beside, 'w', 0o600)
      writeSync(fd, JSON.stringify(value))
      fsyncSync(fd)
      closeSync(fd)
      renameSync(beside, join(directory, name))
      flushFolder()
    },
    remove(name) {
      rmSync(join(directory, name), { force: true })
      flushFolder()
    },
  }
}

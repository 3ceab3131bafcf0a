/**
 * The place of the published lists on one machine: files of the data folder, each written whole or not at all and only where
 * the one that was looked at is still there. The folder belongs to one gateway; between look and write nothing of it runs.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { IssuerKeyId, MunicipalityCode } from '../../core/law/ids.ts'
import type { PublishedCrl } from '../../core/law/certificate/status.ts'
import { instant } from '../../core/law/time.ts'
import { readCrl } from '../../core/pki/crl.ts'
import { listPath, type ListStore } from '../../functions/environment/lists.ts'

export interface Lists extends ListStore {
  /** What is published; null where nothing is. */
  latest(issuer: IssuerKeyId, shard: MunicipalityCode): Promise<PublishedCrl | null>
}

/** `path` null: in memory. */
export function openLists(path: string | null): Lists {
  const inMemory = new Map<string, Uint8Array>()
  const read = (name: string): Uint8Array | null => {
    if (path === null) return inMemory.get(name) ?? null
    try {
      return Uint8Array.from(readFileSync(join(path, name)))
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return null
      throw error
    }
  }
  const write = (name: string, der: Uint8Array): void => {
    if (path === null) return void inMemory.set(name, der)
    const file = join(path, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.new`, der, { flush: true })
    renameSync(`${file}.new`, file)
  }
  const versionOf = (der: Uint8Array | null): string | null => (der === null ? null : createHash('sha256').update(der).digest('hex'))
  return {
    async look(name) {
      const der = read(name)
      return der === null ? null : { number: readCrl(der).number, version: versionOf(der)! }
    },
    async replace(name, list, version) {
      if (versionOf(read(name)) !== version) return false
      write(name, list.der)
      return true
    },
    async latest(issuer, shard) {
      const der = read(listPath({ issuer, shard }))
      if (der === null) return null
      const { number, thisUpdate, nextUpdate } = readCrl(der)
      return { issuer, shard, number, der, thisUpdate: instant(thisUpdate), nextUpdate: instant(nextUpdate) }
    },
  }
}

/**
 * Checkpoints of the log on one machine: files beside the database, one per head, never written again. They are the copy
 * outside of the archive as far as one machine has an outside: keep them elsewhere to be safe from its owner.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CheckpointStore } from '../../core/law/record/audit.ts'

/** `folder` null: in memory, for as long as the process lives. */
export function folderOfCheckpoints(folder: string | null, spki: Uint8Array): CheckpointStore {
  if (folder === null) return inMemory()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const key = join(folder, 'key.pem')
  if (!existsSync(key)) writeFileSync(key, pemOf(spki), { mode: 0o600 })
  return {
    async put(size, note) {
      const file = join(folder, `${size.toString().padStart(18, '0')}.txt`)
      if (existsSync(file)) return expectSame(readFileSync(file, 'utf8'), note, size)
      writeFileSync(`${file}.new`, note, { mode: 0o600, flush: true })
      renameSync(`${file}.new`, file)
    },
  }
}

function inMemory(): CheckpointStore {
  const kept = new Map<bigint, string>()
  return { put: async (size, note) => (kept.has(size) ? expectSame(kept.get(size)!, note, size) : void kept.set(size, note)) }
}

/** One head of a size, for good: another one of the same size is a log told twice. */
function expectSame(there: string, note: string, size: bigint): void {
  if (there !== note) throw new Error(`a different checkpoint of ${size} acts is kept already`)
}

export const pemOf = (spki: Uint8Array): string => `-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END PUBLIC KEY-----\n`

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openAsBlob, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cachedSnapshot, openEmbedded } from '../../db/embedded.ts'
import { FolderInUse, lockFolder } from '../../db/lock.ts'
import { expectSchema } from '../../db/migrate.ts'
import { openStores } from '../../db/open.ts'
import { testSafe } from '../harness/safe.ts'

let folder: string
let started: ChildProcess[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mynagate-embedded-'))
  started = []
})
afterEach(() => {
  for (const writer of started) writer.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** A process start costs seconds on a busy machine. */
const patience = 180_000

function child(script: string, ...args: string[]): ChildProcess {
  const writer = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  started.push(writer)
  return writer
}

/** Kills the writer once it acknowledged that many writes; returns all that it acknowledged. */
async function killAfter(writer: ChildProcess, acknowledged: number): Promise<string[]> {
  let said = ''
  writer.stdout!.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (said.split('\n').length > acknowledged + 1) writer.kill('SIGKILL')
  })
  const [, signal] = (await once(writer, 'close')) as [number | null, string | null]
  expect(signal).toBe('SIGKILL')
  return said.split('\n').slice(1, -1)
}

describe('a folder', { timeout: patience }, () => {
  test('keeps every acknowledged write through kill -9, again and again', async () => {
    const acknowledged: string[] = []
    for (const [round, writes] of [['a', 1], ['b', 40], ['c', 150]] as const) {
      const lines = await killAfter(child('embedded-child.ts', folder, round), writes)
      expect(lines.length).toBeGreaterThanOrEqual(writes)
      acknowledged.push(...lines)
    }
    const { db, close } = await openEmbedded({ directory: folder })
    const { chips } = openStores(db, testSafe(db))
    for (const id of acknowledged) expect(await chips.load(id), id).toEqual({ sealed: Uint8Array.of(Number(id.split('/')[1]) % 256), version: 1 })
    await close()
  })

  test('killed at its very first start is started anew', async () => {
    const first = child('embedded-child.ts', folder, 'x')
    await expect.poll(() => existsSync(join(folder, 'postgres')), { timeout: patience, interval: 5 }).toBe(true)
    first.kill('SIGKILL')
    await once(first, 'close')
    expect(existsSync(join(folder, 'ready'))).toBe(false)
    writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '17\n') // as if it had come that far
    const { db, close } = await openEmbedded({ directory: folder })
    await expectSchema(db)
    await close()
    expect(existsSync(join(folder, 'ready'))).toBe(true)
  })

  test('lets one process in: the second is refused and told who has it; the next may come', async () => {
    const holder = child('embedded-child.ts', folder, 'h')
    await once(holder.stdout!, 'data')
    const refused = await openEmbedded({ directory: folder }).catch((e: unknown) => e)
    expect(refused).toBeInstanceOf(FolderInUse)
    expect(refused).toMatchObject({ folder, holder: holder.pid })
    holder.kill('SIGKILL')
    await once(holder, 'close')
    const { close } = await openEmbedded({ directory: folder })
    await expect(openEmbedded({ directory: folder })).rejects.toMatchObject({ holder: process.pid })
    await close()
    await (await openEmbedded({ directory: folder })).close()
  })
})

describe('the lock', { timeout: patience }, () => {
  test('of 12 processes that want it at once, each has it alone', async () => {
    // Every child appends `in` and `out` around a moment with the lock; two inside at once would nest.
    const script = `
      import { appendFileSync } from 'node:fs'
      import { setTimeout as wait } from 'node:timers/promises'
      import { FolderInUse, lockFolder } from ${JSON.stringify(new URL('../../db/lock.ts', import.meta.url).href)}
      const folder = process.argv[1]
      for (let done = 0; done < 3; ) {
        try {
          const lock = lockFolder(folder)
          appendFileSync(folder + '/log', 'in ')
          await wait(2)
          appendFileSync(folder + '/log', 'out ')
          lock.release()
          done++
        } catch (error) {
          if (!(error instanceof FolderInUse)) throw error
        }
        await wait(Math.random() * 3)
      }`
    const children = Array.from({ length: 12 }, () => spawn(process.execPath, ['--input-type=module', '-e', script, folder], { stdio: ['ignore', 'inherit', 'inherit'] }))
    const codes = await Promise.all(children.map(async (c) => (await once(c, 'exit'))[0] as number))
    expect(codes).toEqual(Array.from({ length: 12 }, () => 0))
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('in out '.repeat(36))
  })

  test('needs no file of another’s: a holder that wrote nothing is still a holder', () => {
    const lock = lockFolder(folder)
    rmSync(join(folder, 'holder'))
    expect(() => lockFolder(folder)).toThrow(FolderInUse)
    lock.release()
    lockFolder(folder).release()
  })
})

test('the image is made once and named after what is in it', async () => {
  const file = await cachedSnapshot()
  expect(await cachedSnapshot()).toBe(file)
  expect(file).toMatch(/node_modules\/\.cache\/mynagate\/[0-9a-f]{16}\.tar$/)
})

test('two that make it at once: the first one stays, and who reads it already goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mynagate-image-'))
  try {
    const made = [cachedSnapshot(folder), cachedSnapshot(folder)]
    const reading = openAsBlob(await Promise.race(made))
    expect(new Set(await Promise.all(made)).size).toBe(1)
    expect((await (await reading).arrayBuffer()).byteLength).toBeGreaterThan(1_000_000)
    expect(readdirSync(folder)).toHaveLength(1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

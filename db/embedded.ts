/**
 * The embedded database of the offline edition and of tests: Postgres in WebAssembly. Acknowledged writes survive a
 * killed process, not a power cut: it does not flush. A fresh one starts from a cached image of the migrated tables,
 * because making it from nothing takes seconds.
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, openAsBlob, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite, type Transaction } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import type { Db, Opened } from './client.ts'
import { grantDoors, readGrants } from './doors.ts'
import { lockFolder } from './lock.ts'
import { migrate, readMigrations } from './migrate.ts'
import { currentSession, settingsOf, settingsText, type Session } from './session.ts'

export interface EmbeddedOptions {
  /** A folder of its own, or a database that ends with the process. */
  readonly directory: string | 'memory'
  /** Image of a migrated database; made and cached where it is not given. */
  readonly snapshot?: string
}

/** Throws `FolderInUse` where another process has the folder, `SchemaMismatch` where newer code made it. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Opened> {
  const snapshot = options.snapshot ?? (await cachedSnapshot())
  if (options.directory === 'memory') return opened(await PGlite.create({ loadDataDir: await openAsBlob(snapshot), relaxedDurability: false }))
  const lock = lockFolder(options.directory)
  try {
    const client = await openFolder(options.directory, snapshot)
    return opened(client, () => lock.release())
  } catch (error) {
    lock.release()
    throw error
  }
}

/** A folder whose first start was killed holds nothing that was acknowledged: it is started anew. */
async function openFolder(folder: string, snapshot: string): Promise<PGlite> {
  const dataDir = join(folder, 'postgres')
  const ready = join(folder, 'ready')
  if (existsSync(ready)) {
    const client = await PGlite.create({ dataDir, relaxedDurability: false })
    try {
      await migrate(database(client))
      await grantDoors(database(client))
    } catch (error) {
      await client.close()
      throw error
    }
    return client
  }
  rmSync(dataDir, { recursive: true, force: true })
  const client = await PGlite.create({ dataDir, loadDataDir: await openAsBlob(snapshot), relaxedDurability: false })
  writeFileSync(ready, '')
  return client
}

const database = (client: PGlite): Db => drizzle({ client: walled(client), casing: 'snake_case' })

function opened(client: PGlite, after: () => void = () => {}): Opened {
  return {
    db: database(client),
    async close() {
      await client.close()
      after()
    },
  }
}

/**
 * The image for these migrations and this version of the embedded Postgres, made if need be. Written under another name
 * and linked: of two that start together the first one's stays, and both succeed.
 */
export async function cachedSnapshot(folder = fileURLToPath(new URL('../node_modules/.cache/mynagate/', import.meta.url))): Promise<string> {
  const migrations = readMigrations()
  const engine = readFileSync(join(dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite')), '..', 'package.json'))
  const key = createHash('sha256').update(migrations.map((m) => m.sha256).join('\n')).update(readGrants()).update(engine).digest('hex').slice(0, 16)
  const file = join(folder, `${key}.tar`)
  if (existsSync(file)) return file
  const client = await PGlite.create()
  try {
    await migrate(database(client), migrations)
    await grantDoors(database(client))
    const image = await client.dumpDataDir('none')
    mkdirSync(folder, { recursive: true })
    const temporary = `${file}.${randomUUID()}`
    writeFileSync(temporary, new Uint8Array(await image.arrayBuffer()))
    keepFirst(temporary, file)
  } finally {
    await client.close()
  }
  return file
}

/** Whoever is first stays: another may be reading it, and would lose it under a rename. Where there are no links, the last one stays. */
function keepFirst(temporary: string, file: string): void {
  try {
    linkSync(temporary, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') renameSync(temporary, file)
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** The same database, whose statements and transactions run in the session of who calls (walls.ts does it for pools). */
function walled(client: PGlite): PGlite {
  const set = (tx: Transaction, session: Session): Promise<unknown> => tx.query(settingsText, settingsOf(session))
  const query: PGlite['query'] = (text, params, options) => {
    const session = currentSession()
    return session === null ? client.query(text, params, options) : client.transaction(async (tx) => {
      await set(tx, session)
      return tx.query(text, params, options)
    })
  }
  const transaction: PGlite['transaction'] = (work) => {
    const session = currentSession()
    return session === null ? client.transaction(work) : client.transaction(async (tx) => {
      await set(tx, session)
      return work(tx)
    })
  }
  return new Proxy(client, {
    get(target, name) {
      if (name === 'query') return query
      if (name === 'transaction') return transaction
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

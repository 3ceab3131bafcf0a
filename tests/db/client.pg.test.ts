/** A connection that is cut between two statements of a transaction: its statement fails, the process goes on. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Opened } from '../../db/client.ts'
import { openPostgres } from '../../db/postgres.ts'

let opened: Opened
beforeAll(() => { opened = openPostgres(process.env['DATABASE_URL']!, { connections: 2 }) })
afterAll(() => opened.close())

const pid = async (run: { execute: Opened['db']['execute'] }): Promise<number> => Number(((await run.execute(sql`select pg_backend_pid() as pid`)) as unknown as { rows: { pid: number }[] }).rows[0]!.pid)

test('cut between two statements', async () => {
  const stopped: unknown[] = []
  const seen = (error: unknown): void => void stopped.push(error)
  process.on('uncaughtException', seen)
  const broken = opened.db.transaction(async (tx) => {
    const own = await pid(tx)
    await opened.db.execute(sql`select pg_terminate_backend(${own})`)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await tx.execute(sql`select 1`)
  })
  await expect(broken).rejects.toThrow()
  process.off('uncaughtException', seen)
  expect(stopped).toEqual([])
  expect(await pid(opened.db)).toBeGreaterThan(0)
})

/**
 * Rights of the doors' roles on one machine: the very grants of a deployed stage, given by the owner after the migrations.
 * A session then takes the role of its door (session.ts), and the second wall holds offline as it does there.
 */
import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { withoutValues } from './fault.ts'

export const readGrants = (): string => readFileSync(new URL('./grants.sql', import.meta.url), 'utf8')

/** Again changes nothing. */
export async function grantDoors(db: Db): Promise<void> {
  try {
    await db.execute(sql.raw(readGrants()))
  } catch (error) {
    throw withoutValues(error)
  }
}

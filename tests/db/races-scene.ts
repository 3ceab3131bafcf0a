/** Many at once on a real server, and a way to hold what a statement has locked. */
import { sql, type SQL } from 'drizzle-orm'
import type { Card } from '../../core/law/card/card.ts'
import type { PersonId } from '../../core/law/ids.ts'
import type { Resident } from '../../core/law/person/resident.ts'
import { plantResidents } from '../../db/seed.ts'
import { freshDatabase, type TestDatabase } from '../harness/database.ts'
import { somebody, testWorld, unhurried, type TestWorld } from '../harness/world.ts'
import * as rows from './rows.ts'

let database: TestDatabase
export let world: TestWorld
/** Before all tests of a file. */
export async function openScene(): Promise<void> {
  database = await freshDatabase(64)
  world = await testWorld({ db: database.db, settings: { pace: unhurried } })
}
export const closeScene = (): Promise<void> => database.close()

export const n = 64
export const at = () => world.clock.now()
export const many = <T>(times: number, each: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: times }, (_, i) => each(i)))
export const tally = (outcomes: readonly string[]): Record<string, number> => Object.fromEntries([...new Set(outcomes)].sort().map((o) => [o, outcomes.filter((x) => x === o).length]))

let persons = 0
/** A person nobody else touches, in the register like hanako. */
export async function person(): Promise<PersonId> {
  const like = rows.resident(world)
  const id = somebody(persons++)
  const resident: Resident = { ...like, person: id }
  await plantResidents(world.db, world.safe, [resident])
  ;(world.personas as unknown[]).push({ name: `p${persons}`, person: id, about: '', resident, situation: { card: 'none', certificates: 'none' } })
  return id
}
export const cardInUse = async (): Promise<Card> => rows.deliveredCard(world, await person())

/** Holds what the statement locks or changes, uncommitted, until it is told to commit. */
export async function holding(statement: SQL): Promise<{ commit(): Promise<void> }> {
  let go: (() => void) | undefined
  const held = new Promise<void>((resolve) => { go = resolve })
  let entered: (() => void) | undefined
  const inside = new Promise<void>((resolve) => { entered = resolve })
  const done = world.db.transaction(async (tx) => {
    await tx.execute(statement)
    entered!()
    await held
  })
  await inside
  return {
    commit() {
      go!()
      return done
    },
  }
}

export const waiting = async (): Promise<number> =>
  ((await world.db.execute(sql`select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)) as unknown as { rows: { n: number }[] }).rows[0]!.n

/** What the second wall costs: the same read and the same act, inside of a session and outside of any, in turns. */
import { grantDoors } from '../../db/doors.ts'
import { openStores, type Stores } from '../../db/open.ts'
import { openPostgres } from '../../db/postgres.ts'
import { actorSession, inSession } from '../../db/session.ts'
import { freshDatabase } from '../harness/database.ts'
import { testWorld } from '../harness/world.ts'
import { actOf, deliveredCard, ok } from '../db/rows.ts'

/** Milliseconds, medians. */
export interface Paid { readonly walled: number; readonly open: number }
export interface Toll { readonly database: string; readonly read: Paid; readonly act: Paid }

/** On the server of DATABASE_URL where there is one, else embedded. */
export async function toll(rounds = 400): Promise<Toll> {
  const own = process.env['DATABASE_URL'] === undefined ? null : await freshDatabase(4)
  if (own !== null) await grantDoors(own.db)
  const world = await testWorld({ random: 'toll', ...(own === null ? {} : { db: own.db }) })
  const card = await deliveredCard(world, world.persona('hanako').person)
  const counter = actorSession({ kind: 'officer', officer: 'ofc_toll' as never, role: 'municipal', municipality: card.municipality, scopes: new Set(['card']) })
  // On connections of its own: a statement that is asked by two roles in turn is planned anew each time.
  const aside = own === null ? null : openPostgres(own.url, { connections: 4 })
  const open = openStores(aside?.db ?? world.db, world.safe)
  const walled = inSession(openStores(world.db, world.safe), counter)
  let line = 0
  const read = async (stores: Stores): Promise<unknown> => stores.cards.load(card.id)
  const act = async (stores: Stores): Promise<unknown> => ok(await stores.myNumberReadings.record({ ...actOf(world, 'my-number.read'), actor: { kind: 'officer', officer: 'ofc_toll', role: 'municipal', municipality: card.municipality, scopes: new Set() } as never },
    { id: `mnr_${String(line++).padStart(26, '0')}`, card: card.id, officer: 'ofc_toll', body: card.municipality, use: 'tax', result: 'READ', at: world.clock.now() } as never))
  const paid = async (work: (stores: Stores) => Promise<unknown>): Promise<Paid> => {
    const taken = { with: [] as number[], without: [] as number[] }
    for (let n = 0; n < rounds; n++) {
      for (const [name, stores] of n % 2 === 0 ? ([['with', walled], ['without', open]] as const) : ([['without', open], ['with', walled]] as const)) {
        const begun = performance.now()
        await work(stores)
        taken[name].push(performance.now() - begun)
      }
    }
    return { walled: median(taken.with), open: median(taken.without) }
  }
  const found = { database: own === null ? 'embedded' : 'Postgres', read: await paid(read), act: await paid(act) }
  await world.close()
  await aside?.close()
  await own?.close()
  return found
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

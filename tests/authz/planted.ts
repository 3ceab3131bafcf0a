/**
 * The proof proves itself: a guard that lets everybody pass, tables without their policies and a field without a decision are
 * put in, and each must be found.
 */
import { sql } from 'drizzle-orm'
import type { GraphQLSchema } from 'graphql'
import type { Card } from '../../core/law/card/card.ts'
import { cross } from './cross.ts'
import { roots, types } from './decisions/index.ts'
import { openDoor, type Remake } from './door.ts'
import type { Land } from './land.ts'
import { prove, undecided } from './matrix.ts'

/** Every card is the asker's: what `mayReadCard` looks at says yes to everybody. The archive is asked without a session. */
const blinded: Remake = (_, stores, { actor }, usual) => {
  const own = (card: Card): Card => (actor.kind === 'citizen' ? { ...card, person: actor.person } : actor.kind === 'officer' && actor.municipality !== null ? { ...card, municipality: actor.municipality } : card)
  return { ...usual, ...stores, cards: { ...stores.cards, load: async (id) => { const card = await stores.cards.load(id); return card === null ? null : own(card) } } }
}

const opened = ['cards', 'certificates', 'consents'] as const

export async function planted(schema: GraphQLSchema, land: Land): Promise<{ readonly guard: number; readonly policy: number; readonly decision: number; readonly healed: number }> {
  const guard = (await prove(schema, land, await openDoor(land, blinded), { only: /^card$/, acts: false })).leaks.length
  const options = { requests: 400, seed: 7, applicationChecks: false }
  const ask = await openDoor(land)
  for (const table of opened) await land.world.db.execute(sql.raw(`alter table ${table} disable row level security`))
  const policy = (await cross(schema, land, ask, options)).leaks.length
  for (const table of opened) await land.world.db.execute(sql.raw(`alter table ${table} enable row level security`))
  const healed = (await cross(schema, land, ask, options)).leaks.length
  const card = types.get('Card')!
  const forgotten = new Map(types).set('Card', { ...card, fields: card.fields.replace('cardNumber', 'noSuchField') })
  return { guard, policy, healed, decision: undecided(schema, forgotten, new Map(roots).set('noSuchField', { who: '' })).length - undecided(schema).length }
}

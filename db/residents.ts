/**
 * The resident register: a person's present record, and events with what they bring about for certificates and card.
 */
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Act } from '../core/law/act.ts'
import type { Instant } from '../core/law/time.ts'
import type { PersonId } from '../core/law/ids.ts'
import { refuse, type Result } from '../core/law/refusal.ts'
import type { Consequence, Resident, Residents, ResidentEvent } from '../core/law/resident.ts'
import type { Municipalities } from '../core/law/world.ts'
import { perform } from './acts.ts'
import type { Db, Tx } from './client.ts'
import { abandonReserved, lapse } from './lapse.ts'
import { cards } from './tables/cards.ts'
import { certificates } from './tables/certificates.ts'
import { municipalities, residentEvents, residents } from './tables/register.ts'

export function openMunicipalities(db: Db): Municipalities {
  const load = db.select().from(municipalities).where(eq(municipalities.code, sql.placeholder('code'))).prepare('municipalities_load')
  return {
    load: async (code) => (await load.execute({ code }))[0] ?? null,
    list: () => db.select().from(municipalities).orderBy(asc(municipalities.code)),
  }
}

export function openResidents(db: Db): Residents {
  const load = db.select().from(residents).where(eq(residents.person, sql.placeholder('person'))).prepare('residents_load')
  const one = async (person: PersonId): Promise<Resident | null> => {
    const [row] = await load.execute({ person })
    return row === undefined ? null : residentOf(row)
  }
  return {
    load: one,
    record: (act, event, resident, consequence) => perform(db, act, {}, (tx) => record(tx, act, event, resident, consequence)),
    async loadEvent(id) {
      const [row] = await db.select().from(residentEvents).where(eq(residentEvents.id, id))
      const resident = row === undefined ? null : await one(row.person)
      if (row === undefined || resident === null) return null
      const { lapsed, ...event } = row
      return { event, resident, lapsed }
    },
  }
}

/** Locks in the order resident, card, application, certificate, as every act does. */
async function record(tx: Tx, act: Act, event: ResidentEvent, resident: Resident, consequence: Consequence): Promise<Result<{ lapsed: number }>> {
  const { person, ...columns } = rowOf(resident)
  const moved = await tx.update(residents).set(columns).where(and(eq(residents.person, person), eq(residents.version, resident.version - 1))).returning({ person: residents.person })
  if (moved.length === 0) return refuse('CONFLICT')
  if (consequence.card !== null) await changeCard(tx, person, consequence.card, act.at)
  let lapsed = 0
  if (consequence.lapse !== null) {
    const { kinds, revocation } = consequence.lapse
    await abandonReserved(tx, person, kinds, act.at, revocation.ground)
    lapsed = await lapse(tx, and(eq(certificates.person, person), inArray(certificates.kind, kinds)), revocation)
  }
  await tx.insert(residentEvents).values({ ...event, lapsed })
  return { lapsed }
}

/** The card in use or suspended ends, or passes to the municipality of the move-in. */
async function changeCard(tx: Tx, person: PersonId, change: NonNullable<Consequence['card']>, at: Instant): Promise<void> {
  const inUse = and(eq(cards.person, person), inArray(cards.state, ['ACTIVE', 'SUSPENDED']))
  await tx.update(cards).set('end' in change ? { state: change.end === 'lost' ? 'ABOLISHED' : 'LAPSED', endGround: change.end, endAt: at } : { municipality: change.municipality }).where(inUse)
}

type Row = typeof residents.$inferSelect

const residentOf = ({ name, nameSubstitutes, address, addressSubstitutes, birthDate, sex, ...rest }: Row): Resident =>
  ({ ...rest, items: { name, nameSubstitutes, birthDate, sex, address, addressSubstitutes } })

export const rowOf = ({ items, ...rest }: Resident): Row => ({ ...rest, ...items })

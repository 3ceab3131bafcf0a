/**
 * The resident register: a person's present record, and events with what they bring about for certificates and card.
 */
import { and, asc, eq, sql } from 'drizzle-orm'
import type { Act } from '../../core/law/act.ts'
import type { PersonId } from '../../core/law/ids.ts'
import { refuse, type Result } from '../../core/law/refusal.ts'
import type { Decide } from '../../core/law/card/deadline.ts'
import type { Resident, Residents, ResidentEvent } from '../../core/law/person/resident.ts'
import type { Municipalities } from '../../core/law/world.ts'
import { perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import { opening, openPerson, shown } from '../session.ts'
import { carryOut, holdStill } from '../card/deadlines.ts'
import type { Safe } from '../safe.ts'
import { municipalities, residentEvents, residents } from '../tables/register.ts'

export function openMunicipalities(db: Db): Municipalities {
  const load = db.select().from(municipalities).where(eq(municipalities.code, sql.placeholder('code'))).prepare('municipalities_load')
  return {
    load: async (code) => (await load.execute({ code }))[0] ?? null,
    list: () => db.select().from(municipalities).orderBy(asc(municipalities.code)),
  }
}

export function openResidents(db: Db, safe: Safe): Residents {
  const load = db.select().from(residents).where(eq(residents.person, sql.placeholder('person'))).prepare('residents_load')
  const one = async (person: PersonId): Promise<Resident | null> => {
    const [row] = await load.execute({ person })
    if (row !== undefined) shown(`register:${person}`)
    return row === undefined ? null : residentOf(safe, row)
  }
  return {
    load: one,
    async birthDateOf(person) {
      const [row] = await opening([`about:${person}`], () => load.execute({ person }))
      return row === undefined ? null : openPersonal(safe, person, row.personal).items.birthDate
    },
    record: (act, event, resident, decide) => perform(db, act, {}, (tx) => record(tx, safe, act, event, resident, decide)),
    enter: (act, event, resident) => perform(db, act, {}, async (tx) => {
      await tx.insert(residents).values(rowOf(safe, resident))
      await tx.insert(residentEvents).values({ ...event, lapsed: 0 })
    }),
    rename: (act, resident) => perform(db, act, {}, async (tx) => {
      const { personal, version } = rowOf(safe, resident)
      const named = await tx.update(residents).set({ personal, version }).where(and(eq(residents.person, resident.person), eq(residents.version, version - 1))).returning({ person: residents.person })
      return named.length === 0 ? refuse('CONFLICT') : undefined
    }),
    history: async (person) => (await db.select().from(residentEvents).where(eq(residentEvents.person, person)).orderBy(asc(residentEvents.recordedAt), asc(residentEvents.id))).map(({ lapsed: _, ...event }) => event),
    async loadEvent(id) {
      const [row] = await db.select().from(residentEvents).where(eq(residentEvents.id, id))
      const resident = row === undefined ? null : await opening([`person:${row.person}`], () => one(row.person))
      if (row === undefined || resident === null) return null
      const { lapsed, ...event } = row
      return { event, resident, lapsed }
    },
  }
}

/** Locks in the order resident, card, application, certificate, as every act does. */
async function record(tx: Tx, safe: Safe, act: Act, event: ResidentEvent, resident: Resident, decide: Decide): Promise<Result<{ lapsed: number }>> {
  const { person, ...columns } = rowOf(safe, resident)
  await openPerson(tx, person)
  const moved = await tx.update(residents).set(columns).where(and(eq(residents.person, person), eq(residents.version, resident.version - 1))).returning({ person: residents.person })
  if (moved.length === 0) return refuse('CONFLICT')
  const lapsed = await carryOut(tx, act.at, person, decide(await holdStill(tx, person)))
  await tx.insert(residentEvents).values({ ...event, lapsed })
  return { lapsed }
}

type Row = typeof residents.$inferSelect

type Personal = Pick<Resident, 'items' | 'kana' | 'naming' | 'nationality' | 'stayUntil'>

export const openPersonal = (safe: Safe, person: PersonId, sealed: Uint8Array): Personal => safe.open<Personal>('residents.personal', person, sealed)

export const residentOf = (safe: Safe, { personal, departureTo, departsOn, departsFrom, departureContinues, ...rest }: Row): Resident => ({
  ...rest, ...openPersonal(safe, rest.person, personal),
  departure: departureTo === null || departsOn === null || departsFrom === null ? null : { to: departureTo, on: departsOn, from: departsFrom, continuedUse: departureContinues },
})

export const rowOf = (safe: Safe, { items, kana, naming, nationality, stayUntil, departure, ...rest }: Resident): Row => ({
  ...rest, personal: safe.seal('residents.personal', rest.person, { items, kana, ...(naming === undefined ? {} : { naming }), nationality, stayUntil } satisfies Personal),
  departureTo: departure?.to ?? null, departsOn: departure?.on ?? null, departsFrom: departure?.from ?? null, departureContinues: departure?.continuedUse ?? false,
})

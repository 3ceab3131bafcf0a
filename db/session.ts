/**
 * For whom the archive is asked: the second wall. Every table is closed by row-level security; a transaction opens what
 * its session names, and nothing where it names nothing. The first wall is the law's (the actor as an argument of every
 * recipe); this one holds where a recipe forgot to look.
 *
 * A session is given once, by `inSession`, to stores that are then handed on. From a method's call to the driver it goes
 * along unseen (AsyncLocalStorage), because a connection's settings are no argument of a query either.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { sql } from 'drizzle-orm'
import { nameOf, type Actor, type OfficerRole } from '../core/law/actor.ts'
import type { PersonId } from '../core/law/ids.ts'
import type { Tx } from './client.ts'

/** Database roles, one per door; what each may do stands in grants.sql. */
export const doorRoles = ['door_graphql', 'door_authority', 'door_ocsp', 'door_sweep', 'door_dispatch', 'door_ceremony'] as const
export type DoorRole = (typeof doorRoles)[number]

export interface Session {
  readonly role: DoorRole
  /** Kind of actor and whose rows are its own: a person, a partner, a local government, an organ. Empty: nobody's. */
  readonly kind: Exclude<Actor['kind'], 'officer'> | OfficerRole | ''
  readonly own: string
  /** Name in the log of acts. */
  readonly name: string
  /** What an act or a question reaches beyond that, each named by the store that asks: `person:…`, `serial:…`, `counts` (see the policies). */
  readonly opened: readonly string[]
  /** What became known in this very request: the card behind a certificate that was shown, the right behind an area. */
  readonly shown: Set<string>
}

/** A door that acts for nobody but itself: its role says what it may do. */
export const doorSession = (role: DoorRole): Session => ({ role, kind: '', own: '', name: '', opened: [], shown: new Set() })

/** One session per request: what is shown in one is not known in the next. */
export function actorSession(actor: Actor): Session {
  const [kind, own] = ownOf(actor)
  return { role: 'door_graphql', kind, own, name: nameOf(actor), opened: [], shown: new Set() }
}

function ownOf(actor: Actor): [Session['kind'], string] {
  switch (actor.kind) {
    case 'citizen': return ['citizen', actor.person]
    case 'partner': return ['partner', actor.partner]
    case 'officer': return [actor.role, actor.role === 'agency' || actor.role === 'ministry' ? actor.role : (actor.municipality ?? actor.organ ?? '')]
    case 'system':
    case 'anonymous': return [actor.kind, '']
  }
}

const sessions = new AsyncLocalStorage<Session>()

/** Null outside of any: then the login alone decides, and a door's login sees no row of a person. */
export const currentSession = (): Session | null => sessions.getStore() ?? null

/**
 * The same stores, every method of which runs in that session. A request asks few of them, so each is bound when it is asked for. `names`: which members are
 * stores, where there are others.
 */
export function inSession<S extends object>(stores: S, session: Session, names: ReadonlySet<PropertyKey> = new Set(Reflect.ownKeys(stores))): S {
  const handler = bind(session)
  const bound = new Map<PropertyKey, unknown>()
  return new Proxy(stores, {
    get(target, name) {
      const store: unknown = Reflect.get(target, name)
      if (typeof store !== 'object' || store === null || !names.has(name)) return store
      if (!bound.has(name)) bound.set(name, new Proxy(store, handler))
      return bound.get(name)
    },
  })
}

const bind = (session: Session): ProxyHandler<object> => ({
  get(store, name) {
    const member: unknown = Reflect.get(store, name)
    return typeof member === 'function' ? (...args: unknown[]): unknown => sessions.run(session, () => Reflect.apply(member, store, args)) : member
  },
})

/** `work`, with more opened. For what the policies name, and for nothing longer than one method of a store. */
export function opening<T>(what: readonly string[], work: () => Promise<T>): Promise<T> {
  const session = sessions.getStore()
  return session === undefined ? work() : sessions.run({ ...session, opened: [...session.opened, ...what] }, work)
}

/** Notes what this request has come to know by right: later questions of it may follow from there. */
export const shown = (what: string): void => void sessions.getStore()?.shown.add(what)

/** Value of `mynagate.opened`. */
const openedBy = (session: Session): string => [...session.opened, ...session.shown].join(' ')

/** Settings of the transaction, as one statement with values. The role comes with it: a login that may do more does not use it. */
export const settingsText = "select set_config('role', $1, true), set_config('mynagate.kind', $2, true), set_config('mynagate.own', $3, true), set_config('mynagate.actor', $4, true), set_config('mynagate.opened', $5, true)"
export const settingsOf = (session: Session): string[] => [session.role, session.kind, session.own, session.name, openedBy(session)]

/** Opens more for the rest of a transaction: what an act brings about, by a name that a policy knows. */
export async function openForAct(tx: Tx, what: string): Promise<void> {
  if (currentSession() === null) return
  await tx.execute(sql`select set_config('mynagate.opened', concat_ws(' ', nullif(current_setting('mynagate.opened', true), ''), ${what}::text), true)`)
}

/**
 * What the law makes follow for a person reaches all of its rows, whoever acts: a municipality that records a death ends a
 * certificate that another one handed over, and tells partners. Opened for the rest of the transaction, and only where the
 * actor sees a row of that person by its own right.
 */
export async function openPerson(tx: Tx, person: PersonId): Promise<void> {
  const session = currentSession()
  // A door of its own needs nothing opened, and a partner never gets a person's rows.
  if (session === null || session.kind === '' || session.kind === 'partner') return
  await tx.execute(sql`select set_config('mynagate.opened', concat_ws(' ', nullif(current_setting('mynagate.opened', true), ''), ${`person:${person}`}::text), true)
    where exists (select from residents where person = ${person}) or exists (select from cards where person = ${person}) or exists (select from certificates where person = ${person})`)
}

/** The same for several; all of them are open already while the agency ends everything that a key signed. */
export async function openPersons(tx: Tx, persons: readonly PersonId[]): Promise<void> {
  if (currentSession()?.opened.includes('incident') === true) return
  for (const person of new Set(persons)) await openPerson(tx, person)
}

/** The world that the measured servers stand on, ours and the peers': one database, sessions as in the cloud, and who asks by a name instead of a token. */
import { scopes, type Actor } from '../../../core/law/actor.ts'
import { instant } from '../../../core/law/time.ts'
import type { World } from '../../../core/law/world.ts'
import { openPostgres } from '../../../db/postgres.ts'
import { openStores } from '../../../db/open.ts'
import { seededPartnerIds } from '../../../db/seed.ts'
import { actorSession, inSession } from '../../../db/session.ts'
import { realRandom } from '../../../functions/environment.ts'
import { defaultSettings } from '../../../functions/environment/settings.ts'
import { defaultNow, unhurried } from '../../harness/world.ts'
import { testSafe } from '../../harness/safe.ts'
import type { Scene } from './ids.ts'

/** Of each server's pool. */
export const connections = 10
export const random = realRandom

export interface Measuring {
  readonly world: World
  readonly worldFor: (actor: Actor) => World
  /** By the name that a request bears as its authorization. */
  readonly actors: Readonly<Record<string, Actor>>
}

export function measuring(url: string, { person }: Scene): Measuring {
  const { db } = openPostgres(url, { connections })
  const stores = openStores(db, testSafe(db))
  const started = performance.now()
  const clock = { now: () => instant(defaultNow + Math.floor(performance.now() - started)) }
  const world = { ...stores, clock, random, settings: { ...defaultSettings, pace: unhurried } } as unknown as World
  const names = new Set(Object.keys(stores))
  return {
    world,
    worldFor: (actor) => inSession(world, actorSession(actor), names),
    actors: { partner: { kind: 'partner', partner: seededPartnerIds.bank, client: 'bank', scopes: new Set(scopes) }, citizen: { kind: 'citizen', person: person as never, scopes: new Set(scopes) } },
  }
}

/** All stores of a deployed door, over a database that is what this code knows. */
import type { SeenTokens } from '../../db/partner/oauth.ts'
import type { Health } from '../../core/law/record/health.ts'
import { openKeyring, type KeyringParts } from '../../db/keyring.ts'
import { openStores } from '../../db/open.ts'
import { noSafe, openSafe } from '../../db/safe.ts'
import { openHealth } from '../../db/record/health.ts'
import type { Random } from '../../core/law/ids.ts'
import type { Log } from '../environment.ts'
import { opened } from './opened.ts'
import type { Stores } from './parts.ts'

/** Null for a door that has no business with values of persons. */
export type Sealing = (KeyringParts & { readonly random: Random }) | null

export const archive = async (url: string, log: Log, sealing: Sealing): Promise<Stores & { readonly seenTokens: SeenTokens; readonly health: Health }> => {
  const db = await opened(url, log)
  const safe = sealing === null ? noSafe : openSafe(openKeyring(db, sealing), sealing.random)
  return { ...openStores(db, safe), health: openHealth(db) }
}

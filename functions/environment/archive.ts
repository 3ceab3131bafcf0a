/** All stores of a deployed door, over a database that is what this code knows. */
import type { SeenTokens } from '../../db/partner/oauth.ts'
import type { Health } from '../../core/law/record/health.ts'
import { openStores } from '../../db/open.ts'
import { openHealth } from '../../db/record/health.ts'
import type { Log } from '../environment.ts'
import { opened } from './opened.ts'
import type { Stores } from './parts.ts'

export const archive = async (url: string, log: Log): Promise<Stores & { readonly seenTokens: SeenTokens; readonly health: Health }> => {
  const db = await opened(url, log)
  return { ...openStores(db), health: openHealth(db) }
}

/** The archive of the responder's door: statuses, responders, issuers, the account of what was provided, and the published lists. No other table is loaded. */
import { openCrls } from '../../db/certificate/crls.ts'
import { openStatuses } from '../../db/certificate/certificates.ts'
import { openIssuers, openResponders } from '../../db/certificate/issuers.ts'
import { openProvisions } from '../../db/record/provisions.ts'
import { withoutValuesInFaults } from '../../db/fault.ts'
import type { Log } from '../environment.ts'
import { opened } from './opened.ts'
import type { OcspParts } from './parts.ts'

export async function statusArchive(url: string, log: Log): Promise<OcspParts['stores']> {
  const db = await opened(url, log)
  return { statuses: withoutValuesInFaults(openStatuses(db)), responders: withoutValuesInFaults(openResponders(db)), issuers: withoutValuesInFaults(openIssuers(db)), provisions: withoutValuesInFaults(openProvisions(db)), crls: openCrls(db) }
}

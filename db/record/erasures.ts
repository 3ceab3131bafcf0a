/**
 * Erasure of what is kept no longer, in the transaction of its proof. What another record refers to is not erasable: the
 * tables' own foreign keys would refuse it.
 */
import { createHash } from 'node:crypto'
import { sql, type SQL } from 'drizzle-orm'
import type { ErasedKind, Erasures } from '../../core/law/record/erasure.ts'
import { refuse } from '../../core/law/refusal.ts'
import { addDays, fromParts, partsOf, startOf, type LegalDate } from '../../core/law/time.ts'
import { perform } from './acts.ts'
import type { Db } from '../client.ts'
import { erasures } from '../tables/erasures.ts'

interface Source {
  readonly table: SQL
  /** A name of the row that holds no value of a person. */
  readonly id: SQL
  readonly over: (through: LegalDate) => SQL
  /** What is taken out of a row that stays for another kind; absent: the row goes. */
  readonly emptied?: SQL
  /** Key whose signature the row carries, or null. */
  readonly signedBy: SQL
}

const after = (through: LegalDate): number => startOf(addDays(through, 1))
/** Of `c`: withdrawn, or its last day over, by then. */
const endedBy = (through: LegalDate): SQL => sql`c."until" < ${after(through)}::bigint or c.withdrawn_at < ${after(through)}::bigint`
const sources: Readonly<Record<ErasedKind, readonly Source[]>> = {
  'issuance-record': [{
    table: sql`certificates`, id: sql`id`, signedBy: sql`case when der is not null then issuer end`,
    over: (through) => sql`expires_on <= ${through}::date and state <> 'RESERVED' and not exists (select from consents where certificate = certificates.id) and not exists (select from access_log where certificate = certificates.id)
      and not exists (select from certificates as children where children.parent = certificates.id) and not exists (select from certificate_applications where parent = certificates.id)`,
  }],
  // The newest list of a shard keeps its octets and stays.
  'revocation-file': [{ table: sql`crls`, id: sql`issuer || '/' || shard || '/' || number`, signedBy: sql`issuer`, over: (through) => sql`der is null and sha256 is not null and this_update < ${after(through)}::bigint` }],
  // The row stays as the issuance record; what it says of the lapse goes, when no yearly report counts it any more.
  'revocation-entry': [{
    table: sql`certificates`, id: sql`id`, signedBy: sql`null`, emptied: sql`state = 'EXPIRED', ground = null, reason = null, occurred_at = null, recorded_at = null`,
    over: (through) => sql`expires_on <= ${through}::date and ground is not null and recorded_at < ${startOf(fromParts(partsOf(through).year - 1, 1, 1))}::bigint`,
  }],
  // Which lapses a verifier was shown, when no standing of it goes on.
  'received-by-verifier': [{
    table: sql`lapse_sightings`, id: sql`partner || '/' || certificate`, signedBy: sql`null`,
    over: (through) => sql`not exists (select from standings s where s.partner = lapse_sightings.partner and s.until >= ${through}::date and (s.ended_at is null or s.ended_at >= ${after(through)}::bigint))`,
  }],
  // The report of a year is made within the next.
  'yearly-report': [{ table: sql`provision_counts`, id: sql`day || '/' || recipient || '/' || provision || '/' || method`, signedBy: sql`null`, over: (through) => sql`day < ${fromParts(partsOf(through).year - 1, 1, 1)}::date` }],
  'my-number-log': [{ table: sql`my_number_readings`, id: sql`id`, signedBy: sql`null`, over: (through) => sql`at < ${after(through)}::bigint` }],
  // What was given under a consent goes first; the consent follows when nothing refers to it.
  consent: [
    { table: sql`release_paces`, id: sql`consent`, signedBy: sql`null`, over: (through) => sql`exists (select from consents c where c.id = release_paces.consent and (${endedBy(through)}))` },
    { table: sql`release_turns`, id: sql`consent || '/' || item || '/' || turn`, signedBy: sql`null`, over: (through) => sql`exists (select from consents c where c.id = release_turns.consent and (${endedBy(through)}))` },
    { table: sql`access_log`, id: sql`id`, signedBy: sql`null`, over: (through) => sql`exists (select from consents c where c.id = access_log.consent and (${endedBy(through)})) and not exists (select from release_turns u where u.release = access_log.id)` },
    { table: sql`consent_seals`, id: sql`consent || '/' || event`, signedBy: sql`case when signature is not null then 'receipt' end`, over: (through) => sql`exists (select from consents c where c.id = consent_seals.consent and (${endedBy(through)}))` },
    {
      table: sql`consents`, id: sql`id`, signedBy: sql`null`,
      over: (through) => sql`exists (select from consents c where c.id = consents.id and (${endedBy(through)})) and not exists (select from access_log a where a.consent = consents.id) and not exists (select from consent_seals e where e.consent = consents.id)
        and not exists (select from webhook_deliveries d where d.consent = consents.id) and not exists (select from release_turns u where u.consent = consents.id) and not exists (select from release_paces p where p.consent = consents.id)`,
    },
  ],
  'decision-record': [{ table: sql`decisions`, id: sql`id`, signedBy: sql`null`, over: (through) => sql`at < ${after(through)}::bigint` }],
  application: [
    { table: sql`certificate_applications`, id: sql`id`, signedBy: sql`null`, over: (through) => sql`applied_on <= ${through}::date and state in ('DELIVERED', 'ISSUED', 'REFUSED', 'ABANDONED') and not exists (select from certificates where application = certificate_applications.id)` },
    { table: sql`card_applications`, id: sql`id`, signedBy: sql`null`, over: (through) => sql`received_at < ${after(through)}::bigint and not exists (select from cards where id = card_applications.card and state in ('MADE', 'ACTIVE', 'SUSPENDED'))` },
  ],
}

export function openErasures(db: Db): Erasures {
  return {
    async erasable(kind, through, limit) {
      const ids: string[] = []
      for (const { table, id, over } of sources[kind]) {
        const { rows } = (await db.execute(sql`select ${id} as id from ${table} where ${over(through)} order by 1 limit ${limit - ids.length}`)) as unknown as { rows: { id: string }[] }
        ids.push(...rows.map((row) => row.id))
      }
      return { ids, digest: digestOf(ids) }
    },
    erase: (act, kind, through, { ids, digest }) => perform(db, act, {}, async (tx) => {
      const wanted = sql`(${sql.join(ids.map((id) => sql`${id}`), sql`, `)})`
      let gone = 0
      for (const { table, id, over, signedBy, emptied } of sources[kind]) {
        const { rows } = (await tx.execute(sql`${emptied === undefined ? sql`delete from ${table}` : sql`update ${table} set ${emptied}`} where ${id} in ${wanted} and ${over(through)} returning ${signedBy} as key`)) as unknown as { rows: { key: string | null }[] }
        gone += rows.length
        for (const { key } of rows) if (key !== null) await tx.execute(sql`insert into erased_signatures (key, signatures) values (${key}, 1) on conflict (key) do update set signatures = erased_signatures.signatures + 1`)
      }
      if (gone !== ids.length) return refuse('CONFLICT')
      await tx.insert(erasures).values({ kind, digest, through, count: gone, at: act.at })
      return undefined
    }),
  }
}

const digestOf = (ids: readonly string[]): string => createHash('sha256').update(ids.toSorted().join('\n'), 'utf8').digest('hex').toUpperCase()

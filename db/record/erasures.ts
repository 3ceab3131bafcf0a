/**
 * Erasure of what is kept no longer, in the transaction of its proof. What another record refers to is not erasable: the
 * tables' own foreign keys would refuse it.
 */
import { createHash } from 'node:crypto'
import { sql, type SQL } from 'drizzle-orm'
import type { ErasedKind, Erasures } from '../../core/law/record/erasure.ts'
import { refuse } from '../../core/law/refusal.ts'
import { addDays, startOf, type LegalDate } from '../../core/law/time.ts'
import { perform } from './acts.ts'
import type { Db } from '../client.ts'
import { erasures } from '../tables/erasures.ts'

interface Source {
  readonly table: SQL
  /** A name of the row that holds no value of a person. */
  readonly id: SQL
  readonly over: (through: LegalDate) => SQL
  /** Key whose signature the row carries, or null. */
  readonly signedBy: SQL
}

const after = (through: LegalDate): number => startOf(addDays(through, 1))
const sources: Readonly<Record<ErasedKind, readonly Source[]>> = {
  'issuance-record': [{
    table: sql`certificates`, id: sql`id`, signedBy: sql`case when der is not null then issuer end`,
    over: (through) => sql`expires_on <= ${through}::date and state <> 'RESERVED' and not exists (select from consents where certificate = certificates.id) and not exists (select from access_log where certificate = certificates.id)
      and not exists (select from certificates as children where children.parent = certificates.id) and not exists (select from certificate_applications where parent = certificates.id)`,
  }],
  // The newest list of a shard keeps its octets and stays.
  'revocation-file': [{ table: sql`crls`, id: sql`issuer || '/' || shard || '/' || number`, signedBy: sql`issuer`, over: (through) => sql`der is null and sha256 is not null and this_update < ${after(through)}::bigint` }],
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
      for (const { table, id, over, signedBy } of sources[kind]) {
        const { rows } = (await tx.execute(sql`delete from ${table} where ${id} in ${wanted} and ${over(through)} returning ${signedBy} as key`)) as unknown as { rows: { key: string | null }[] }
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

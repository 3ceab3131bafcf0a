/**
 * The account of what was provided: numbers by day, recipient, kind and method. An addition is one statement, so that two
 * doors adding at once lose nothing.
 */
import { sql } from 'drizzle-orm'
import type { ProvisionCount, Provisions } from '../../core/law/statistics/provision.ts'
import type { Db } from '../client.ts'
import { provisionCounts } from '../tables/provisions.ts'

export function openProvisions(db: Db): Provisions {
  return {
    async add(counts) {
      // In one order: two doors never wait for each other crosswise.
      const rows = [...counts].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      if (rows.length === 0) return
      await db.insert(provisionCounts).values(rows).onConflictDoUpdate({
        target: [provisionCounts.day, provisionCounts.recipient, provisionCounts.provision, provisionCounts.method], set: { count: sql`${provisionCounts.count} + excluded.count` },
      })
    },
  }
}

const keyOf = ({ day, recipient, provision, method }: ProvisionCount): string => JSON.stringify([day, recipient, provision, method])

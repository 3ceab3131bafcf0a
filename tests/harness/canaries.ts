/**
 * Nothing of a person in a leaf: whatever a test did over real stores, its leaves are searched for every value of every
 * person that its archive knows. Called where a test's world closes, so that an act cannot be tested without it.
 */
import { sql } from 'drizzle-orm'
import { residentOf } from '../../db/person/residents.ts'
import type { Db } from '../../db/client.ts'
import type { Safe } from '../../db/safe.ts'
import { cards } from '../../db/tables/cards.ts'
import { residents } from '../../db/tables/register.ts'
import type { Resident } from '../../core/law/person/resident.ts'

export interface Found { readonly kind: string; readonly what: string; readonly leaf: string }

/** A name, each part of it, an address, a reading, a birth date in any of its forms. */
export function valuesOf({ items: { name, address, birthDate }, kana }: Pick<Resident, 'items' | 'kana'>): [what: string, value: string][] {
  const parts = name.split(/[　 ]/).filter((part) => part.length > (/^[ -~]*$/.test(part) ? 4 : 1))
  return [
    ['name', name], ...parts.map((part): [string, string] => ['part of a name', part]), ['address', address], ...(kana === null ? [] : [['reading', kana] as [string, string]]),
    ['birth date', birthDate], ['birth date', birthDate.replaceAll('-', '')], ['birth date', birthDate.replaceAll('-', '/')],
  ]
}

/** Leaves that hold a value of a person, or the number of a card. */
export async function personalIn(db: Db, safe: Safe): Promise<Found[]> {
  const { rows: leaves } = (await db.execute(sql`select kind, subject || ' ' || facts::text as leaf from audit_leaves`)) as unknown as { rows: { kind: string; leaf: string }[] }
  if (leaves.length === 0) return []
  await safe.fetch('personal-data')
  const values = new Map<string, string>()
  for (const row of await db.select().from(residents)) for (const [what, value] of valuesOf(residentOf(safe, row))) if (value.length > 1) values.set(value, what)
  for (const { id, number } of await db.select({ id: cards.id, number: cards.number }).from(cards)) values.set(safe.open<string>('cards.number', id, number), 'card number')
  return leaves.flatMap(({ kind, leaf }) => [...values].filter(([value]) => leaf.includes(value)).map(([, what]) => ({ kind, what, leaf }))).slice(0, 20)
}

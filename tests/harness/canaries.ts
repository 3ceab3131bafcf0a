/**
 * Nothing of a person in a leaf: whatever a test did over real stores, its leaves are searched for every value of every
 * person that its archive knows. Called where a test's world closes, so that an act cannot be tested without it.
 */
import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'

export interface Found { readonly kind: string; readonly what: string; readonly leaf: string }

/** Leaves that hold a name, an address, a reading, a birth date in any of its forms, or the number of a card. */
export async function personalIn(db: Pick<Db, 'execute'>): Promise<Found[]> {
  const { rows } = (await db.execute(sql`
    with leaf as (select kind, subject || ' ' || facts::text as text from audit_leaves), value as (
      select distinct 'name' as what, name as text from residents union select 'address', address from residents union select 'reading', kana from residents where kana is not null
      union select 'birth date', birth_date::text from residents union select 'birth date', to_char(birth_date, 'YYYYMMDD') from residents union select 'birth date', to_char(birth_date, 'YYYY/MM/DD') from residents
      union select 'part of a name', part from residents, regexp_split_to_table(name, '[　 ]') as part where length(part) > (case when part ~ '^[ -~]*$' then 4 else 1 end)
      union select 'card number', card_number from cards)
    select leaf.kind, value.what, leaf.text as leaf from leaf join value on length(value.text) > 1 and position(value.text in leaf.text) > 0 limit 20`)) as unknown as { rows: Found[] }
  return rows
}

/**
 * What the measurements read: one person with a card, certificates and a consent, made by the stores, and around them as many
 * others as asked for, copied by the database itself.
 */
import pg from 'pg'
import { seededPartnerIds } from '../../../db/seed.ts'
import * as rows from '../../db/rows.ts'
import { testWorld, type TestWorld } from '../../harness/world.ts'
import type { Db } from '../../../db/client.ts'

export interface Scene { readonly world: TestWorld; readonly consent: string; readonly card: string; readonly person: string; readonly certificate: string }

export async function scene(db: Db): Promise<Scene> {
  const world = await testWorld({ db, random: 'bench' })
  const card = await rows.deliveredCard(world, rows.resident(world).person)
  const certificate = await rows.issued(world, card)
  const consent = await rows.consentInForce(world, certificate)
  await world.accesses.set({ ...rows.actOf(world, 'partner.access'), subject: seededPartnerIds.bank }, { partner: seededPartnerIds.bank, documents: 'any', budget: { capacity: 1_000_000_000, perSecond: 1_000_000 } })
  return { world, consent: consent.id, card: card.id, person: card.person, certificate: certificate.id }
}

/** Copies until there are `people` of them, of which `from` are there; ids are as long as real ones. Foreign keys rest meanwhile. */
export async function populate(url: string, { consent, card, person, certificate }: Scene, people: number, from: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const id = (prefix: string): string => `'${prefix}_' || substr(md5(i::text), 1, 26)`
  const copy = (table: string, of: string, changed: string): Promise<unknown> => client.query(`
    insert into ${table} select copied.* from ${table} r, generate_series(${from + 1}::bigint, ${people}::bigint) i, lateral jsonb_populate_record(r, jsonb_build_object(${changed})) copied
    where r.${table === 'residents' ? 'person' : 'id'} = '${of}'`)
  try {
    await client.query('set session_replication_role = replica')
    await copy('residents', person, `'person', ${id('psn')}`)
    await copy('cards', card, `'id', ${id('crd')}, 'person', ${id('psn')}, 'card_number', lpad(i::text, 15, '0')`)
    await copy('certificates', certificate, `'id', ${id('crt')}, 'person', ${id('psn')}, 'card', ${id('crd')}, 'application', ${id('xap')}, 'serial', '40' || upper(md5(i::text))`)
    await copy('consents', consent, `'id', ${id('cns')}, 'request', ${id('crq')}, 'person', ${id('psn')}, 'certificate', ${id('crt')}`)
    await client.query('analyze')
  } finally {
    await client.end()
  }
}

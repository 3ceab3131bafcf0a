/** The second wall is whole: every table closed to everybody, opened by a policy, and no right without a policy to use it under. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Tx } from '../../db/client.ts'
import { openStores } from '../../db/open.ts'
import { actorSession, doorRoles, doorSession, inSession } from '../../db/session.ts'
import { scopes, type Actor } from '../../core/law/actor.ts'
import type { PartnerId, PersonId } from '../../core/law/ids.ts'
import { seededPartnerIds } from '../../db/seed.ts'
import { testWorld, type TestWorld } from '../harness/world.ts'
import { consentInForce, deliveredCard, issued, resident } from './rows.ts'

let world: TestWorld
beforeAll(async () => { world = await testWorld({ random: 'walls' }) }, 60_000)
afterAll(() => world.close())

const rows = async <T>(db: TestWorld['db'] | Tx, text: ReturnType<typeof sql>): Promise<T[]> => ((await db.execute(text)) as unknown as { rows: T[] }).rows

/** Tables that stand open, or that nobody can use. */
const gaps = (db: TestWorld['db'] | Tx): Promise<{ table: string; gap: string }[]> => rows(db, sql`
  with tables as (select c.oid, c.relname::text as "table", c.relrowsecurity, c.relforcerowsecurity from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p'))
  select "table", 'not closed: alter table … enable row level security' as gap from tables where not relrowsecurity
  union all select "table", 'open to its owner: alter table … force row level security' from tables where not relforcerowsecurity
  union all select "table", 'no policy' from tables where not exists (select from pg_policy where polrelid = tables.oid)
  order by 1, 2`)

/** Rights that a role has and no policy lets it use: every row would be silently absent. */
const unusable = (db: TestWorld['db'] | Tx): Promise<{ right: string }[]> => rows(db, sql`
  select role || ' ' || lower(privilege) || ' ' || c.relname as right
    from pg_class c, unnest(${sql.raw(`array['${doorRoles.join("','")}']`)}) as role, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as privilege
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
     and (has_table_privilege(role, c.oid, privilege) or (privilege <> 'DELETE' and has_any_column_privilege(role, c.oid, privilege)))
     and not exists (select from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname and (p.roles @> array['public'::name] or p.roles @> array[role::name]) and p.cmd in ('ALL', privilege))
   order by 1`)

describe('every table', () => {
  test('is closed by row-level security, to its owner too, and has a policy', async () => {
    expect(await gaps(world.db)).toEqual([])
  })
  test('one that forgets is found', async () => {
    await world.db.transaction(async (tx) => {
      await tx.execute(sql`create table forgotten (person text)`)
      expect((await gaps(tx)).map(({ table, gap }) => `${table}: ${gap.split(':')[0]!}`)).toEqual(['forgotten: no policy', 'forgotten: not closed', 'forgotten: open to its owner'])
      await tx.execute(sql`grant select on forgotten to door_graphql`)
      expect(await unusable(tx)).toContainEqual({ right: 'door_graphql select forgotten' })
      tx.rollback()
    }).catch((thrown: unknown) => { if (!String(thrown).includes('Rollback')) throw thrown })
    expect(await gaps(world.db)).toEqual([])
  })
  test('rights that no policy lets a door use are only those that nobody needs: the counter’s broad grant', async () => {
    const others = (await unusable(world.db)).map((row) => row.right).filter((right) => !/^door_graphql (insert|update) /.test(right))
    expect(others).toEqual([])
  })
})

describe('what a policy asks of other tables', () => {
  /** `exists` may be planned as a table of all rows that the actor sees, made anew for each statement; a single value is looked up. Of what stands in the row itself it is harmless. */
  const spreading = (db: TestWorld['db'] | Tx): Promise<{ policy: string }[]> => rows(db, sql`
    select policyname || ' on ' || tablename as policy from pg_policies where concat(qual, ' ', with_check) ~* 'exists \\(\\s*select\\s+from (?!jsonb_array_elements)' or concat(qual, ' ', with_check) ~* ' (in|any) \\(\\s*select' order by 1`)
  /** Tables that a question reads whole, besides the one it asks. */
  const readWhole = async (tx: Tx, table: string): Promise<string[]> => (await rows<{ 'QUERY PLAN': string }>(tx, sql.raw(`explain select * from "${table}"`))).flatMap(({ 'QUERY PLAN': line }, n) => (n > 0 && line.includes('Seq Scan on ') ? [`${table}: ${line.trim()}`] : []))
  test('is looked up, one value for each row, by an index', async () => {
    expect(await spreading(world.db)).toEqual([])
    await world.db.transaction(async (tx) => {
      await tx.execute(sql`set local enable_seqscan = off`)
      const readable = await rows<{ table: string }>(tx, sql`select relname::text as "table" from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and has_table_privilege('door_graphql', oid, 'select') order by 1`)
      await tx.execute(sql`set local role door_graphql`)
      const whole = []
      for (const { table } of readable) whole.push(...(await readWhole(tx, table)))
      expect(readable.length).toBeGreaterThan(40)
      expect(whole).toEqual([])
      await tx.execute(sql`reset role`)
      await tx.execute(sql`alter policy reads on certificates using (exists (select from logins l where l.certificate = certificates.id))`)
      expect(await spreading(tx)).toEqual([{ policy: 'reads on certificates' }])
      await tx.execute(sql`set local role door_graphql`)
      expect(await readWhole(tx, 'certificates')).not.toEqual([])
      tx.rollback()
    }).catch((thrown: unknown) => { if (!String(thrown).includes('Rollback')) throw thrown })
  })
})

describe('a session', () => {
  const citizen = (person: string): Actor => ({ kind: 'citizen', person: person as PersonId, scopes: new Set(scopes), assurance: { identity: 'IAL3', authentication: 'AAL3', at: world.clock.now() } })
  test('of nobody, and none at all on a door’s login, see no row of a person', async () => {
    const card = await deliveredCard(world, resident(world).person)
    const stores = openStores(world.db, world.safe)
    expect((await inSession(stores, actorSession(citizen(card.person))).cards.load(card.id))?.id).toBe(card.id)
    for (const session of [doorSession('door_graphql'), actorSession({ kind: 'anonymous', scopes: new Set() }), actorSession(citizen('per_other'))]) expect(await inSession(stores, session).cards.load(card.id)).toBeNull()
    // As a door's login is when a store was asked outside of any session.
    const seen = await world.db.transaction(async (tx) => {
      await tx.execute(sql`set local role door_graphql`)
      return Promise.all(['residents', 'cards', 'certificates', 'consents', 'logins', 'access_log', 'acts', 'audit_leaves', 'webhooks', 'decisions'].map(async (table) => (await rows<{ n: number }>(tx, sql.raw(`select count(*)::int as n from ${table}`)))[0]!.n))
    })
    expect(seen).toEqual(seen.map(() => 0))
  })
  test('names are values: one with a quotation mark or a space opens nothing', async () => {
    const card = await deliveredCard(world, resident(world).person)
    for (const name of [`' or true --`, `${card.person}' x`, `x person:${card.person}`, `{"${card.person}"}`]) expect(await inSession(openStores(world.db, world.safe), actorSession(citizen(name))).cards.load(card.id), name).toBeNull()
  })
  test('does not outlast its question, and sessions side by side do not mix', async () => {
    const [a, b] = await Promise.all([world.persona('hanako'), world.persona('ivs')].map(({ person }) => deliveredCard(world, person)))
    const stores = openStores(world.db, world.safe)
    const asks = Array.from({ length: 40 }, (_, i) => inSession(stores, actorSession(citizen(i % 2 === 0 ? a!.person : b!.person))).cards)
    const found = await Promise.all(asks.flatMap((cards) => [cards.load(a!.id), cards.load(b!.id)]))
    expect(found.map((card) => card?.id ?? null)).toEqual(asks.flatMap((_, i) => (i % 2 === 0 ? [a!.id, null] : [null, b!.id])))
    expect(await rows(world.db, sql`select coalesce(current_setting('mynagate.own', true), '') as own, current_user = session_user as owner`)).toEqual([{ own: '', owner: true }])
  })
  test('what is opened for one question is closed for the next', async () => {
    const consent = await consentInForce(world, await issued(world, await deliveredCard(world, world.persona('taro').person)))
    const partner = (id: PartnerId): Actor => ({ kind: 'partner', partner: id, client: `${id}-server`, scopes: new Set(scopes) })
    const other = consent.partner === seededPartnerIds.bank ? seededPartnerIds.platform : seededPartnerIds.bank
    const { consents, releases } = inSession(openStores(world.db, world.safe), actorSession(partner(other)))
    expect([await consents.load(consent.id), (await releases.look(other, consent.id, world.clock.now())).consent?.id, await consents.load(consent.id)]).toEqual([null, consent.id, null])
    expect((await inSession(openStores(world.db, world.safe), actorSession(partner(consent.partner))).consents.load(consent.id))?.id).toBe(consent.id)
  })
})

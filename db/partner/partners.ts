/**
 * Partners with their standing, and the clients by which the authorization server knows them.
 */
import { and, asc, eq, getTableColumns, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm'
import type { Scope } from '../../core/law/actor.ts'
import type { PartnerId } from '../../core/law/ids.ts'
import type { Agreement } from '../../core/law/partner/agreement.ts'
import type { Partner, Partners, Standing } from '../../core/law/partner/partner.ts'
import type { Db, Tx } from '../client.ts'
import { clients, partners, standings } from '../tables/partners.ts'

export interface Client {
  readonly clientId: string
  readonly partner: PartnerId
  readonly scopes: readonly Scope[]
  /** Public keys, RFC 7517. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  readonly redirectUris: readonly string[]
}

export interface Clients {
  load(clientId: string): Promise<Client | null>
  list(): Promise<Client[]>
  /** A client that is there already takes the new keys, scopes and addresses; its partner stays. */
  register(client: Client): Promise<void>
}

/** A delegation is worth what the platform it leads to is: its suspension spreads, and goes with it. @law 公的個人認証法 第18条第6項第6号 */
const throughSuspended = sql`exists (select 1 from ${standings} as platform where platform.partner = ${standings.through} and platform.suspended and platform.ended_at is null)`

/** What the platform agreed covers who acts through it: its newest ground in that role. @law 施行規則 第29条 */
const throughAgreed = sql`(select platform.agreement from ${standings} as platform where platform.partner = ${standings.through} and platform.role = ${standings.role} and platform.ended_at is null order by platform."from" desc limit 1)`

/** What counts of a ground, with what comes from the platform. */
export const groundColumns = {
  role: standings.role, basis: standings.basis, from: standings.from, until: standings.until, endedAt: standings.endedAt,
  suspended: sql<boolean>`${standings.suspended} or ${throughSuspended}`, agreement: sql<Agreement | null>`coalesce(${standings.agreement}, ${throughAgreed})`,
}
/** A partner and its grounds: a row for each, or one without any. */
const withStandings = { partner: partners, standing: { ...getTableColumns(standings), ...groundColumns } }
interface PartnerRow { readonly partner: typeof partners.$inferSelect; readonly standing: typeof standings.$inferSelect | null }

export function openPartners(db: Db): Partners {
  const load = db
    .select(withStandings)
    .from(partners)
    .leftJoin(standings, eq(standings.partner, partners.id))
    .where(eq(partners.id, sql.placeholder('id')))
    .orderBy(asc(standings.role), asc(standings.from))
    .prepare('partners_load')
  return {
    load: async (id) => partnerOf(await load.execute({ id })),
  }
}

function partnerOf(rows: readonly PartnerRow[]): Partner | null {
  const [first] = rows
  return first === undefined ? null : { ...first.partner, standings: rows.flatMap(({ standing }) => (standing === null ? [] : [withoutPartner(standing)])) }
}

/** The order in which grounds are locked, by everybody who locks several: so that no two wait for each other. */
export const standingOrder = [asc(standings.partner), asc(standings.role), asc(standings.from)] as const

/** The partner's grounds, held still until the transaction ends, with those of the platforms that they lead to. */
export async function standingsHeld(tx: Tx, partner: PartnerId): Promise<Standing[]> {
  const platforms = tx.select({ through: standings.through }).from(standings).where(and(eq(standings.partner, partner), isNull(standings.endedAt), isNotNull(standings.through)))
  const held = await tx.select().from(standings).where(or(eq(standings.partner, partner), inArray(standings.partner, platforms))).orderBy(...standingOrder).for('share')
  const stopped = new Set(held.filter((row) => row.suspended && row.endedAt === null).map((row) => row.partner))
  return held.filter((row) => row.partner === partner).map((row) => withoutPartner({ ...row, suspended: row.suspended || (row.through !== null && stopped.has(row.through)), agreement: row.agreement ?? held.findLast((above) => above.partner === row.through && above.role === row.role && above.endedAt === null)?.agreement ?? null }))
}

function withoutPartner(row: typeof standings.$inferSelect): Standing {
  const { partner: _, ...standing } = row
  return standing
}

export function openClients(db: Db): Clients {
  const load = db.select().from(clients).where(eq(clients.clientId, sql.placeholder('clientId'))).prepare('clients_load')
  return {
    load: async (clientId) => (await load.execute({ clientId }))[0] ?? null,
    list: () => db.select().from(clients).orderBy(asc(clients.clientId)),
    async register({ clientId, partner, scopes, jwks, redirectUris }) {
      if (jwks.keys.some((key) => 'd' in key || 'k' in key)) throw new RangeError('a private or symmetric key among the public ones')
      const columns = { scopes: [...scopes], jwks, redirectUris: [...redirectUris] }
      await db.insert(clients).values({ clientId, partner, ...columns }).onConflictDoUpdate({ target: clients.clientId, set: columns })
    },
  }
}

/**
 * Challenges of logins, each spent once, and the logins that came of them.
 */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { Challenges, Login } from '../../core/law/partner/login.ts'
import { refuse } from '../../core/law/refusal.ts'
import { perform } from '../record/acts.ts'
import type { Db } from '../client.ts'
import { challenges, logins } from '../tables/partners.ts'

export function openChallenges(db: Db): Challenges {
  const load = db.select().from(challenges).where(eq(challenges.id, sql.placeholder('id'))).prepare('challenges_load')
  const loadLogin = db.select().from(logins).where(eq(logins.id, sql.placeholder('id'))).prepare('logins_load')
  return {
    create: (act, challenge) =>
      perform(db, act, {}, async (tx) => {
        await tx.insert(challenges).values(challenge)
      }),
    load: async (id) => (await load.execute({ id }))[0] ?? null,
    spend: (act, id, login) =>
      perform(db, act, {}, async (tx) => {
        const spent = await tx.update(challenges).set({ state: 'SPENT' }).where(and(eq(challenges.id, id), eq(challenges.state, 'OPEN'))).returning({ id: challenges.id })
        if (spent.length === 0) return refuse('CONFLICT')
        if (login !== null) await tx.insert(logins).values({ ...login, ...login.assurance })
      }),
    async loadLogin(id) {
      const [row] = await loadLogin.execute({ id })
      return row === undefined ? null : loginOf(row)
    },
    loginsOf: async (person, limit) => (await db.select().from(logins).where(eq(logins.person, person)).orderBy(desc(logins.at), desc(logins.id)).limit(limit)).map(loginOf),
  }
}

const loginOf = ({ identity, authentication, method, ...rest }: typeof logins.$inferSelect): Login => ({ ...rest, assurance: { identity, authentication, method } })

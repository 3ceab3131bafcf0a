/**
 * Challenges of logins, each spent once, and the logins that came of them, each with what it brought about: a link to the
 * partner's account, the counter of a passkey, the record of why.
 */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { Aside, Challenge, Challenges, Login } from '../../core/law/partner/login.ts'
import { refuse, type Refusal } from '../../core/law/refusal.ts'
import { perform } from '../record/acts.ts'
import type { Db, Tx } from '../client.ts'
import { accountIndex } from './accounts.ts'
import type { Safe } from '../safe.ts'
import { accountLinks, passkeys } from '../tables/accounts.ts'
import { decisions } from '../tables/decisions.ts'
import { challenges, logins } from '../tables/partners.ts'

export function openChallenges(db: Db, safe: Safe): Challenges {
  const load = db.select().from(challenges).where(eq(challenges.id, sql.placeholder('id'))).prepare('challenges_load')
  const loadLogin = db.select().from(logins).where(eq(logins.id, sql.placeholder('id'))).prepare('logins_load')
  return {
    create: (act, { requested, ...challenge }) =>
      perform(db, act, {}, async (tx) => {
        await tx.insert(challenges).values({ ...challenge, account: challenge.account === null ? null : safe.sealOctets('challenges.account', challenge.id, challenge.account), requestedIdentity: requested.identity, requestedAuthentication: requested.authentication })
      }),
    async load(id) {
      const [row] = await load.execute({ id })
      return row === undefined ? null : challengeOf(safe, row)
    },
    spend: (act, id, login, aside) =>
      perform(db, act, { account_links_account: 'ACCOUNT_LINKED' }, async (tx) => {
        const spent = await tx.update(challenges).set({ state: 'SPENT' }).where(and(eq(challenges.id, id), eq(challenges.state, 'OPEN'))).returning({ id: challenges.id })
        if (spent.length === 0) return refuse('CONFLICT')
        if (login !== null) await tx.insert(logins).values({ ...login, ...login.assurance, requestedIdentity: login.requested.identity, requestedAuthentication: login.requested.authentication })
        return aside === undefined ? undefined : besides(tx, safe, aside, login)
      }),
    async loadLogin(id) {
      const [row] = await loadLogin.execute({ id })
      return row === undefined ? null : loginOf(row)
    },
    loginsOf: async (person, limit) => (await db.select().from(logins).where(eq(logins.person, person)).orderBy(desc(logins.at), desc(logins.id)).limit(limit)).map(loginOf),
  }
}

async function besides(tx: Tx, safe: Safe, { link, use, decision }: Aside, login: Login | null): Promise<Refusal | undefined> {
  if (link !== null) await tx.insert(accountLinks).values({ ...link, account: accountIndex(safe, link.account) })
  if (decision !== null) await tx.insert(decisions).values({ ...decision, grounds: [...decision.grounds] })
  if (use === null) return undefined
  const used = await tx.update(passkeys).set({ counter: use.to, ...(login === null ? {} : { usedAt: login.at }) })
    .where(and(eq(passkeys.id, use.passkey), eq(passkeys.counter, use.from), eq(passkeys.state, 'ENROLLED'))).returning({ id: passkeys.id })
  return used.length === 0 ? refuse('CONFLICT') : undefined
}

const challengeOf = (safe: Safe, { requestedIdentity, requestedAuthentication, account, ...rest }: typeof challenges.$inferSelect): Challenge => ({
  ...rest, account: account === null ? null : safe.openOctets('challenges.account', rest.id, account), requested: { identity: requestedIdentity, authentication: requestedAuthentication },
})

const loginOf = ({ identity, authentication, method, requestedIdentity, requestedAuthentication, ...rest }: typeof logins.$inferSelect): Login => ({
  ...rest, assurance: { identity, authentication, method }, requested: { identity: requestedIdentity, authentication: requestedAuthentication },
})
